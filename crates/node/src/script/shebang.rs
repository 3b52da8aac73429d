//! The first line of a script, `#!lua flags=…`, which says what the script promises and needs.

use bitflags::bitflags;

bitflags! {
    /// What a script declares about itself.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct Flags: u8 {
        /// Issues no write; may run with `EVAL_RO` and on replicas.
        const NO_WRITES = 1;
        /// May run when memory is over its limit.
        const ALLOW_OOM = 1 << 1;
        /// May run on stale data.
        const ALLOW_STALE = 1 << 2;
        /// Refuses to run in a cluster.
        const NO_CLUSTER = 1 << 3;
        /// May touch keys of several slots.
        const ALLOW_CROSS_SLOT_KEYS = 1 << 4;
        /// There is no shebang: whether the script writes is seen command by command.
        const COMPATIBILITY = 1 << 5;
    }
}

/// Splits `body` into its flags and the text to compile, which starts at the first line's end so that lines keep their numbers.
pub(super) fn split(body: &[u8]) -> Result<(Flags, &[u8]), String> {
    if !body.starts_with(b"#!") {
        return Ok((Flags::COMPATIBILITY, body));
    }
    let end = memchr::memchr(b'\n', body).ok_or("Invalid script shebang")?;
    let (line, code) = body.split_at(end);
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let engine = words.next().unwrap_or_default();
    if engine != b"#!lua" {
        return Err(format!("Unexpected engine in script shebang: {}", String::from_utf8_lossy(engine)));
    }
    let mut flags = Flags::empty();
    for word in words {
        let list = word
            .strip_prefix(b"flags=")
            .ok_or_else(|| format!("Unknown lua shebang option: {}", String::from_utf8_lossy(word)))?;
        flags |= parse_flags(list)?;
    }
    Ok((flags, code))
}

fn parse_flags(list: &[u8]) -> Result<Flags, String> {
    let mut flags = Flags::empty();
    if list.is_empty() {
        return Ok(flags);
    }
    for name in list.split(|&b| b == b',') {
        flags |= match name {
            b"no-writes" => Flags::NO_WRITES,
            b"allow-oom" => Flags::ALLOW_OOM,
            b"allow-stale" => Flags::ALLOW_STALE,
            b"no-cluster" => Flags::NO_CLUSTER,
            b"allow-cross-slot-keys" => Flags::ALLOW_CROSS_SLOT_KEYS,
            _ => return Err(format!("Unexpected flag in script shebang: {}", String::from_utf8_lossy(name))),
        };
    }
    Ok(flags)
}
