//! What a scrape of `/metrics` gets.
//!
//! A scrape reads counters that are there anyway; it takes no shard, so a long script or a busy shard does not delay it, and it delays no
//! command. Every label is an enum or a name of the configuration: never a key, a user, an address or the text of an error.

mod accept;
mod disk;
mod exposition;
mod process;
mod requests;
mod resources;
#[cfg(test)]
mod tests;

pub use exposition::Format;
pub(crate) use process::resident_bytes;

use crate::serve::Node;
use exposition::{Kind, Page};
use std::sync::atomic::{AtomicU64, Ordering};

/// Keyspaces that have a label of their own: the first in the configuration's order. All others share `other`.
pub const KEYSPACE_LABELS_MAX: usize = 100;
/// Series of a page. Beyond it requests of further keyspaces are left out, and counted.
pub const SERIES_MAX: usize = 10_000;

/// Makes pages of metrics, and remembers what they left out.
#[derive(Debug, Default)]
pub struct Metrics {
    labels_dropped: AtomicU64,
}

impl Metrics {
    /// A page of the node's metrics now. Reads files of `/proc`: milliseconds at most.
    #[must_use]
    pub fn page(&self, node: &Node, format: Format) -> String {
        let mut page = Page::new(format);
        resources::identity(&mut page, node);
        resources::keyspaces(&mut page, &node.engine.spaces());
        resources::connections(&mut page, node);
        resources::data(&mut page, node);
        resources::wal(&mut page, &node.journal.status(), node.config().wal.max_bytes);
        resources::snapshots(&mut page, node);
        process::families(&mut page);
        disk::families(&mut page, &node.config().node.data_dir);
        let dropped = requests::families(&mut page, &node.engine.recorded(), &node.engine.spaces());
        let dropped = self.labels_dropped.fetch_add(dropped, Ordering::Relaxed) + dropped;
        page.family(
            Kind::Counter,
            "mainstay_metric_labels_dropped",
            "Label values that pages of metrics left out or folded into other.",
        )
        .put(&[("label", "keyspace")], dropped);
        page.finish()
    }
}
