//! The `cjson` library.
//!
//! Options belong to the module (`cjson.new` makes another one) and start anew with each script, so that no script changes the
//! meaning of another (SCRIPT-1).

mod decode;
mod encode;
mod options;

pub(super) use options::Modules;

use super::raw::frame::{Fault, Frame, Native};
use super::raw::sandbox::Library;

pub(super) const LIBRARY: Library = Library { name: c"cjson", fill };

const FUNCTIONS: [(&str, Native); 10] = [
    ("encode", encode::encode),
    ("decode", decode::decode),
    ("encode_sparse_array", options::encode_sparse_array),
    ("encode_max_depth", options::encode_max_depth),
    ("decode_max_depth", options::decode_max_depth),
    ("encode_number_precision", options::encode_number_precision),
    ("encode_keep_buffer", options::encode_keep_buffer),
    ("encode_invalid_numbers", options::encode_invalid_numbers),
    ("decode_invalid_numbers", options::decode_invalid_numbers),
    ("new", new),
];

/// Fills the table at position 1 with the first module.
fn fill(frame: &mut Frame<'_>) {
    fill_module(frame, 0);
}

fn fill_module(frame: &mut Frame<'_>, module: u32) {
    for (name, function) in FUNCTIONS {
        frame.push_native(function, module);
        frame.set_field(1, name.as_bytes());
    }
    frame.push_null();
    frame.set_field(1, b"null");
    frame.define_bytes("_NAME", b"cjson");
    frame.define_bytes("_VERSION", b"2.1.0");
}

/// `cjson.new()`: a module with the default options.
fn new(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    let module = frame.world().json.add().ok_or_else(|| Fault::text("too many cjson modules"))?;
    let all = frame.top();
    frame.pop(all);
    frame.push_table(0, 16);
    fill_module(frame, module);
    Ok(1)
}
