//! When two replies say the same. Every tolerance here has its reason; anything else must be equal byte for byte.

use crate::kit::Reply;

/// True when the program's reply to `command` is as good as redis-server's.
pub(crate) fn agree(command: &[Vec<u8>], ours: &Reply, theirs: &Reply) -> bool {
    if ours == theirs {
        return true;
    }
    // An error is compared as it is, and so is a reply where the other side has an error.
    if ours.error().is_some() || theirs.error().is_some() {
        return false;
    }
    let name = command[0].to_ascii_uppercase();
    match name.as_slice() {
        b"KEYS" | b"SMEMBERS" | b"SINTER" | b"SUNION" | b"SDIFF" | b"HKEYS" | b"HVALS" | b"SPOP" => {
            same_shape(ours, theirs) && same_groups(ours.items(), theirs.items(), 1)
        }
        b"HGETALL" => same_shape(ours, theirs) && same_groups(ours.items(), theirs.items(), 2),
        // Chosen at random, so only how many can be compared.
        b"SRANDMEMBER" | b"HRANDFIELD" | b"ZRANDMEMBER" | b"RANDOMKEY" => same_shape(ours, theirs),
        // The name, version and connection number are each server's own.
        b"HELLO" | b"INFO" | b"TIME" => std::mem::discriminant(ours) == std::mem::discriminant(theirs),
        // Keys whose time was past when it was set are counted until redis-server happens to look at them.
        b"DBSIZE" => matches!((ours, theirs), (Reply::Integer(_), Reply::Integer(_))),
        // 7.0.15 collates up to the first NUL byte, so that the order of what is equal up to there is open.
        b"SORT" | b"SORT_RO" => {
            same_shape(ours, theirs)
                && ours.items().iter().map(up_to_nul).eq(theirs.items().iter().map(up_to_nul))
                && sorted(ours.items(), 1) == sorted(theirs.items(), 1)
        }
        b"TTL" | b"EXPIRETIME" => near(ours, theirs, 2),
        b"PTTL" | b"PEXPIRETIME" => near(ours, theirs, 2_000),
        b"OBJECT" => encoding_class(ours) == encoding_class(theirs),
        b"XINFO" => masked_info(ours) == masked_info(theirs),
        b"XPENDING" => masked_idle(ours) == masked_idle(theirs),
        _ => same_numbers(ours, theirs),
    }
}

/// Two replies from whole iterations of a SCAN command: the same elements (for a hash or sorted set, pairs), each at
/// least once, in any order.
pub(super) fn agree_on_scan(command: &[Vec<u8>], ours: &Reply, theirs: &Reply) -> bool {
    let (Reply::Array(a), Reply::Array(b)) = (ours, theirs) else { return ours == theirs };
    let name = command[0].to_ascii_uppercase();
    let cursor = command.get(if name == b"SCAN" { 1 } else { 2 });
    if cursor.is_none_or(|cursor| cursor != b"0") {
        // Where another cursor leads is each server's own.
        return true;
    }
    let width = if matches!(name.as_slice(), b"HSCAN" | b"ZSCAN") { 2 } else { 1 };
    let (mut a, mut b) = (sorted(a, width), sorted(b, width));
    a.dedup();
    b.dedup();
    a == b || a.len() == b.len() && a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| same_numbers(a, b))
}

fn same_shape(ours: &Reply, theirs: &Reply) -> bool {
    if std::mem::discriminant(ours) != std::mem::discriminant(theirs) {
        return false;
    }
    match (ours, theirs) {
        (Reply::Array(a), Reply::Array(b)) | (Reply::Set(a), Reply::Set(b)) | (Reply::Map(a), Reply::Map(b)) => {
            a.len() == b.len()
        }
        _ => matches!(ours, Reply::Bulk(_) | Reply::Simple(_)),
    }
}

/// The items in groups of `width`, ordered by how they look.
fn sorted(items: &[Reply], width: usize) -> Vec<Vec<Reply>> {
    let mut groups: Vec<Vec<Reply>> = items.chunks(width).map(<[Reply]>::to_vec).collect();
    groups.sort_by_cached_key(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>());
    groups
}

/// The same groups in any order. Sums of HINCRBYFLOAT are exact here and have 64 bits in redis-server: as doubles they are equal.
fn same_groups(ours: &[Reply], theirs: &[Reply], width: usize) -> bool {
    let (ours, theirs) = (sorted(ours, width), sorted(theirs, width));
    ours.iter().flatten().zip(theirs.iter().flatten()).all(|(a, b)| same_numbers(a, b))
}

fn up_to_nul(item: &Reply) -> Reply {
    match item {
        Reply::Bulk(bytes) => Reply::Bulk(bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec()),
        other => other.clone(),
    }
}

/// Times to live are measured a moment apart.
fn near(ours: &Reply, theirs: &Reply, tolerance: i64) -> bool {
    match (ours, theirs) {
        (Reply::Integer(a), Reply::Integer(b)) => *a >= 0 && *b >= 0 && a.abs_diff(*b) <= tolerance.unsigned_abs(),
        _ => false,
    }
}

/// 7.0.15 knows two encodings less than its successors: a small list is a `quicklist` there and a `listpack` since
/// 7.2, a small set a `hashtable` there and a `listpack` since. A sorted set that SORT looked at by position has become a `skiplist`
/// there. A whole number that INCRBYFLOAT wrote is an `embstr` there, and an `int` here like any other.
fn encoding_class(reply: &Reply) -> String {
    let text = reply.to_string();
    match text.as_str() {
        "\"quicklist\"" | "\"listpack\"" | "\"hashtable\"" | "\"skiplist\"" => "packed or not".to_owned(),
        "\"int\"" | "\"embstr\"" => "short".to_owned(),
        _ => text,
    }
}

/// A stream's description without what depends on the clock or on the tree inside, nor the two fields that came with 7.2.
fn masked_info(reply: &Reply) -> Reply {
    match reply {
        Reply::Array(items) => Reply::Array(masked_fields(items)),
        Reply::Map(items) => Reply::Map(masked_fields(items)),
        // A delivery time in milliseconds since 1970.
        Reply::Integer(n) if *n > 1_000_000_000_000 => Reply::Integer(0),
        other => other.clone(),
    }
}

const CLOCK_AND_TREE: &[&[u8]] =
    &[b"idle", b"inactive", b"seen-time", b"active-time", b"radix-tree-keys", b"radix-tree-nodes"];

fn masked_fields(items: &[Reply]) -> Vec<Reply> {
    let mut masked: Vec<Reply> = Vec::with_capacity(items.len());
    let mut rest = items.iter();
    while let Some(item) = rest.next() {
        match item {
            Reply::Bulk(name) if CLOCK_AND_TREE.contains(&name.as_slice()) => {
                rest.next();
            }
            other => masked.push(masked_info(other)),
        }
    }
    masked
}

/// Pending entries without the third field, the milliseconds since their delivery.
fn masked_idle(reply: &Reply) -> Reply {
    let Reply::Array(entries) = reply else { return reply.clone() };
    let entry = |entry: &Reply| match entry {
        Reply::Array(fields) if fields.len() == 4 => {
            Reply::Array(vec![fields[0].clone(), fields[1].clone(), fields[3].clone()])
        }
        other => other.clone(),
    };
    Reply::Array(entries.iter().map(entry).collect())
}

/// Equal but for how a double is printed: 7.0.15 prints 17 digits, since 7.2 it is the shortest form that reads back.
pub(crate) fn same_numbers(ours: &Reply, theirs: &Reply) -> bool {
    match (ours, theirs) {
        (Reply::Bulk(a), Reply::Bulk(b)) | (Reply::Double(a), Reply::Double(b)) => {
            a == b
                || (is_fractional(a) || is_fractional(b))
                    && matches!((as_double(a), as_double(b)), (Some(a), Some(b)) if a == b)
        }
        (Reply::Array(a), Reply::Array(b)) | (Reply::Map(a), Reply::Map(b)) | (Reply::Set(a), Reply::Set(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_numbers(a, b))
        }
        _ => ours == theirs,
    }
}

/// Written with a point or an exponent, or as -0, which a packed sorted set does not know and a large one does. Other whole numbers
/// have one form only.
fn is_fractional(text: &[u8]) -> bool {
    text == b"-0" || text.iter().any(|byte| matches!(byte, b'.' | b'e'))
}

fn as_double(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
