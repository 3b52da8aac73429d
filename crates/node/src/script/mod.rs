//! Lua scripts.
