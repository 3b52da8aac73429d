//! Contradictions within limits, log and snapshots.

use crate::config::findings::Findings;
use crate::config::quantity::format_size;
use crate::config::value::Table;
use crate::config::{Config, SnapshotEvery};

/// Segments that a log must have room for: one written, one prepared, and what a snapshot has not freed yet.
const SEGMENTS_MIN: u64 = 4;

pub(super) fn check(file: &Table, config: &Config, findings: &mut Findings) {
    if let Some(limits) = file.table("limits") {
        not_above(limits, "output_soft", "output_hard", findings);
        not_above(limits, "pubsub_output_soft", "pubsub_output_hard", findings);
        not_above(limits, "max_inline_bytes", "max_query_bytes", findings);
    }
    if let Some(wal) = file.table("wal")
        && config.wal.max_bytes < config.wal.segment.saturating_mul(SEGMENTS_MIN)
    {
        let (max, segment) = (format_size(config.wal.max_bytes), format_size(config.wal.segment));
        let at = if wal.given("max_bytes") { "max_bytes" } else { "segment" };
        let message = format!("`wal.max_bytes` = {max} has no room for {SEGMENTS_MIN} segments of {segment}");
        findings.error(wal.source_of(at), message, None);
    }
    snapshot(file, config, findings);
}

fn snapshot(file: &Table, config: &Config, findings: &mut Findings) {
    let (Some(table), SnapshotEvery::Log(every)) = (file.table("snapshot"), config.snapshot.every) else { return };
    if every > config.wal.max_bytes / 2 {
        let (every, max) = (format_size(every), format_size(config.wal.max_bytes));
        let message = format!(
            "`snapshot.every` = {every} is more than half of `wal.max_bytes` = {max}: the log would fill first"
        );
        let at = if table.given("every") {
            table.source_of("every")
        } else {
            file.table("wal").map_or(&table.source, |wal| wal.source_of("max_bytes"))
        };
        findings.error(at, message, Some("snapshot earlier, or allow a longer log".to_owned()));
    }
}

/// `lower` is a size that must not exceed `upper`.
fn not_above(table: &Table, lower: &str, upper: &str, findings: &mut Findings) {
    let (Some(low), Some(high)) = (table.size(lower), table.size(upper)) else { return };
    if low > high {
        let at = if table.given(lower) { lower } else { upper };
        let message = format!(
            "`{}` = {} is more than `{}` = {}",
            table.full_name(lower),
            format_size(low),
            table.full_name(upper),
            format_size(high)
        );
        findings.error(table.source_of(at), message, None);
    }
}
