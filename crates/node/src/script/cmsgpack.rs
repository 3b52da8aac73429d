use super::raw::frame::Frame;
use super::raw::machine::Library;
pub(super) const LIBRARY: Library = Library { name: c"cmsgpack", fill };
fn fill(_frame: &mut Frame<'_>) {}
