//! The keyspaces of a world: every durability, a limit, a default life.

use mainstay_node::keyspace::{Durability, Keyspace, Keyspaces};
use std::sync::Arc;

/// `k:` and whatever else has no prefix: `everysec`. `a:` `always`. `n:` `never`. `m:` `everysec`, at most 1,200 bytes and 6 keys.
/// `t:` `always`, lives of up to three seconds.
pub(super) fn declare() -> Arc<Keyspaces> {
    let space = |name: &str, prefix: &str, durability| Keyspace {
        name: name.into(),
        prefix: prefix.as_bytes().into(),
        durability,
        ..Keyspace::default_space()
    };
    let tight =
        Keyspace { memory_bytes_max: Some(1_200), keys_max: Some(6), ..space("tight", "m:", Durability::EverySecond) };
    let mortal = Keyspace { ttl_ms: Some(3_000), ttl_jitter: 0.5, ..space("mortal", "t:", Durability::Always) };
    Keyspaces::new(vec![
        Keyspace::default_space(),
        space("account", "a:", Durability::Always),
        space("cache", "n:", Durability::Never),
        tight,
        mortal,
    ])
}

/// What the keyspace of `key` promises.
pub(super) fn durability(key: &[u8]) -> Durability {
    match key.get(..2) {
        Some(b"a:" | b"t:") => Durability::Always,
        Some(b"n:") => Durability::Never,
        _ => Durability::EverySecond,
    }
}
