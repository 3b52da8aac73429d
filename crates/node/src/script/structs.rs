use super::raw::frame::Frame;
use super::raw::machine::Library;
pub(super) const LIBRARY: Library = Library { name: c"struct", fill };
fn fill(_frame: &mut Frame<'_>) {}
