//! Redis commands that are left out on purpose, so that whoever sends one learns why instead of that it is unknown.
//!
//! They have no rows: `COMMAND` does not list them, and clients that ask it know the truth.

/// Commands that are left out for one reason.
pub(super) struct Absent {
    /// In lower case.
    pub(super) names: &'static [&'static str],
    pub(super) reason: &'static str,
}

pub(super) const ABSENT: &[Absent] = &[
    Absent {
        names: &["pfadd", "pfcount", "pfmerge", "pfdebug", "pfselftest"],
        reason: "it has no HyperLogLog; a set counts exactly",
    },
    Absent {
        names: &[
            "geoadd",
            "geodist",
            "geohash",
            "geopos",
            "georadius",
            "georadius_ro",
            "georadiusbymember",
            "georadiusbymember_ro",
            "geosearch",
            "geosearchstore",
        ],
        reason: "it has no geospatial index; a sorted set holds whatever order the application encodes",
    },
    Absent {
        names: &["bitfield", "bitfield_ro"],
        reason: "it has no bit fields; SETBIT, SETRANGE and scripts change parts of strings",
    },
    Absent {
        names: &["dump", "restore", "restore-asking", "migrate"],
        reason: "values have no portable byte form; COPY copies keys, snapshots carry whole nodes",
    },
    Absent {
        names: &["function", "fcall", "fcall_ro"],
        reason: "it keeps no function libraries; scripts run by EVAL and EVALSHA",
    },
    Absent {
        names: &["ssubscribe", "sunsubscribe", "spublish"],
        reason: "channels are not sharded; SUBSCRIBE and PUBLISH reach all of them",
    },
    Absent {
        names: &["replicaof", "slaveof", "psync", "sync", "replconf", "failover"],
        reason: "it does not follow Redis' replication stream; replication is declared per keyspace in its configuration",
    },
    Absent { names: &["module"], reason: "it loads no modules" },
    Absent { names: &["monitor"], reason: "it streams no commands; the slow log and the metrics tell what runs" },
];

/// Why the command of that name is left out; `None` if it is merely unknown.
#[must_use]
pub fn reason(name: &[u8]) -> Option<&'static str> {
    ABSENT
        .iter()
        .find(|absent| absent.names.iter().any(|absent| absent.as_bytes().eq_ignore_ascii_case(name)))
        .map(|absent| absent.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{index, testing::check};

    #[test]
    fn no_command_is_both_present_and_absent() {
        for absent in ABSENT {
            for name in absent.names {
                assert!(index().find(name.as_bytes()).is_none(), "{name}");
                assert_eq!(*name, name.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn absence_is_told_with_its_reason() {
        check(
            "
            pfAdd k a => -ERR 'PFADD' is not supported by this version of Mainstay: it has no HyperLogLog; a set counts exactly
            MODULE => -ERR 'MODULE' is not supported by this version of Mainstay: it loads no modules
            PFAD => -ERR unknown command 'PFAD', with args beginning with:
            ",
        );
    }
}
