//! The `cmsgpack` library: MessagePack without its binary and extension types.

mod pack;
mod unpack;

use super::raw::frame::Frame;
use super::raw::sandbox::Library;

pub(super) const LIBRARY: Library = Library { name: c"cmsgpack", fill };

fn fill(frame: &mut Frame<'_>) {
    frame.define("pack", pack::pack);
    frame.define("unpack", unpack::unpack);
    frame.define("unpack_one", unpack::unpack_one);
    frame.define("unpack_limit", unpack::unpack_limit);
    frame.define_bytes("_NAME", b"cmsgpack");
    frame.define_bytes("_VERSION", b"lua-cmsgpack 0.4.0");
    frame.define_bytes("_COPYRIGHT", b"Copyright (C) 2012, Salvatore Sanfilippo");
    frame.define_bytes("_DESCRIPTION", b"MessagePack C implementation for Lua");
}
