//! Commands: one table, one file per family.

mod category;

pub use category::Category;
