//! The segmented hash table.
