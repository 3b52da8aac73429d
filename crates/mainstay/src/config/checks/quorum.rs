//! Contradictions of leaderless keyspaces.

use crate::config::findings::Findings;
use crate::config::value::Table;
use crate::config::{Eviction, Keyspace, Values};

pub(super) fn check(table: &Table, keyspace: &Keyspace, findings: &mut Findings) {
    let Some(quorum) = &keyspace.quorum else { return };
    for (key, count) in [("w", quorum.w), ("r", quorum.r)] {
        if count > quorum.n {
            let message = format!("`{}` = {count} is more than `n` = {}", table.full_name(key), quorum.n);
            let at = if table.given(key) { key } else { "n" };
            findings.error(table.source_of(at), message, Some(format!("write 1 to {}", quorum.n)));
        }
    }
    if quorum.values == Values::Register && !quorum.overlaps() {
        let message = format!(
            "r + w = {} does not exceed n = {}: reads may miss acknowledged writes",
            quorum.r + quorum.w,
            quorum.n
        );
        findings.warning(
            table.source_of("values"),
            message,
            Some("registers are linearizable only with r + w > n".to_owned()),
        );
    }
    if quorum.values == Values::Crdt {
        mergeable(table, keyspace, findings);
    }
}

/// Merged values cannot be dropped or reloaded on one replica alone: the others would bring them back.
fn mergeable(table: &Table, keyspace: &Keyspace, findings: &mut Findings) {
    if keyspace.eviction != Eviction::None {
        let message = format!(
            "eviction \"{}\" contradicts values = \"crdt\": other replicas would bring dropped keys back",
            keyspace.eviction
        );
        findings.error(table.source_of("eviction"), message, Some("write \"none\", or leave it out".to_owned()));
    }
    if keyspace.origin.is_some() {
        let message = format!(
            "`{}` contradicts values = \"crdt\": merged values have no single source",
            table.full_name("origin")
        );
        findings.error(table.source_of("origin"), message, None);
    }
}
