//! The only unsafe code of the scripting host: the Lua machine, its memory, and the border that native functions cross.
//!
//! Why not the safe layer of `mlua`: it enters protected mode for each table access and wraps each callback, which costs more
//! than the commands of a short script. Its bindings (`mlua::ffi`) are used directly instead, under three rules that together
//! give SCRIPT-4:
//! * Native functions ([`frame::Native`]) are plain Rust that returns a `Result`. They see a [`frame::Frame`], whose methods are
//!   raw accesses: no metamethods, so no Lua code runs and nothing is raised below a Rust frame.
//! * While native code runs the allocator never refuses ([`heap`]), so no memory error is raised below a Rust frame either.
//! * The error a native function returns is put on the Lua stack and everything Rust owns is dropped before `lua_error` jumps.

pub(super) mod frame;
pub(super) mod guard;
pub(super) mod heap;
pub(super) mod machine;
pub(super) mod sandbox;
pub(super) mod world;
