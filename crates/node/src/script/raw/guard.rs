//! Functions of Lua's own libraries that the sandbox stands in front of.
//!
//! Stock Lua 5.1 has no read-only tables, so scripts hold *views*: empty tables whose metatable reads from the table behind and
//! refuses writes. The few library functions that bypass metatables are wrapped here: those that read look behind the view,
//! those that write refuse it.
//!
//! These are C functions in Rust: they own nothing, so Lua's jumps may cross them.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};

use mlua::ffi::{self, lua_CFunction, lua_State};

use super::frame::upvalue;
use super::world::World;

/// Lua's matcher recurses once per item of a pattern; more than this many bytes of pattern are refused.
const PATTERN_BYTES_MAX: usize = 4096;

const READ_ONLY: &std::ffi::CStr = c"Attempt to modify a readonly table";

/// The registry slot behind the view at `at`, if it is one.
unsafe fn behind(l: *mut lua_State, at: c_int) -> Option<c_int> {
    // SAFETY: the position is acceptable; a view always has a metatable, which is the quick test.
    unsafe {
        if ffi::lua_type(l, at) != ffi::LUA_TTABLE || ffi::lua_getmetatable(l, at) == 0 {
            return None;
        }
        ffi::lua_settop(l, -2);
        let proxy = ffi::lua_topointer(l, at);
        let views = World::of(l).views.as_ptr();
        // The list is only written while the machine is built.
        (*views).iter().find(|view| view.proxy == proxy).map(|view| view.behind)
    }
}

/// The wrapped function, kept as the first upvalue.
unsafe fn original(l: *mut lua_State) -> lua_CFunction {
    // SAFETY: `wrap` put a C function there.
    unsafe { std::mem::transmute::<*mut c_void, lua_CFunction>(ffi::lua_touserdata(l, upvalue(1))) }
}

/// Wraps a function that reads its first argument.
pub(super) unsafe extern "C-unwind" fn reading(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the table behind takes the view's place before the original runs.
    unsafe {
        if let Some(slot) = behind(l, 1) {
            ffi::lua_rawgeti_(l, ffi::LUA_REGISTRYINDEX, slot);
            ffi::lua_replace(l, 1);
        }
        original(l)(l)
    }
}

/// Wraps a function that writes to its first argument.
pub(super) unsafe extern "C-unwind" fn writing(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        if behind(l, 1).is_some() {
            ffi::lua_pushstring_(l, READ_ONLY.as_ptr());
            ffi::lua_error(l);
        }
        original(l)(l)
    }
}

/// Wraps a function whose second argument is a pattern.
pub(super) unsafe extern "C-unwind" fn matching(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        if ffi::lua_type(l, 2) == ffi::LUA_TSTRING && ffi::lua_objlen(l, 2) > PATTERN_BYTES_MAX {
            ffi::luaL_error(l, c"pattern too complex".as_ptr());
        }
        original(l)(l)
    }
}

/// `__newindex` of a view.
pub(super) unsafe extern "C-unwind" fn refuse(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe { ffi::luaL_error(l, READ_ONLY.as_ptr()) }
}

/// `__index` of the globals.
pub(super) unsafe extern "C-unwind" fn unknown_global(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with the table and the key, which is converted if it is a string or a number.
    unsafe {
        let name = match ffi::lua_type(l, 2) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => ffi::lua_tostring(l, 2),
            other => ffi::lua_typename(l, other),
        };
        ffi::luaL_error(l, c"Script attempted to access nonexistent global variable '%s'".as_ptr(), name)
    }
}

/// `pcall`, which hands errors of `redis.call` over as their text.
pub(super) unsafe extern "C-unwind" fn pcall(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; there is a function to call once the argument is checked.
    unsafe {
        ffi::luaL_checkany(l, 1);
        let failed = ffi::lua_pcall(l, ffi::lua_gettop(l) - 1, ffi::LUA_MULTRET, 0) != 0;
        if failed && ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
            ffi::lua_pushstring_(l, c"err".as_ptr());
            ffi::lua_rawget_(l, -2);
            let textual = ffi::lua_isstring(l, -1) != 0;
            ffi::lua_remove(l, if textual { -2 } else { -1 });
        }
        if ffi::lua_checkstack(l, 1) == 0 {
            ffi::lua_settop(l, 0);
            ffi::lua_pushboolean(l, 0);
            ffi::lua_pushstring_(l, c"stack overflow".as_ptr());
            return 2;
        }
        ffi::lua_pushboolean(l, c_int::from(!failed));
        ffi::lua_insert(l, 1);
        ffi::lua_gettop(l)
    }
}

/// `xpcall`, whose handler is not called for a kill: hooks are off while it would run, so it could go on for ever.
pub(super) unsafe extern "C-unwind" fn xpcall(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the handler's closure ends up at 1, below the function.
    unsafe {
        ffi::luaL_checkany(l, 2);
        ffi::lua_settop(l, 2);
        ffi::lua_pushcclosure(l, handle, 1);
        ffi::lua_insert(l, 1);
        let status = ffi::lua_pcall(l, 0, ffi::LUA_MULTRET, 1);
        ffi::lua_pushboolean(l, c_int::from(status == 0));
        ffi::lua_replace(l, 1);
        ffi::lua_gettop(l)
    }
}

/// Calls the handler of an `xpcall`, its upvalue, with the error.
unsafe extern "C-unwind" fn handle(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with the error.
    unsafe {
        if !World::of(l).killed.get() {
            ffi::lua_pushvalue(l, upvalue(1));
            ffi::lua_insert(l, 1);
            ffi::lua_call(l, 1, 1);
        }
        1
    }
}

/// `loadstring` for text only: compiled code could break the machine.
pub(super) unsafe extern "C-unwind" fn loadstring(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the strings stay on the stack while they are read.
    unsafe {
        let mut len = 0;
        let text = ffi::luaL_checklstring(l, 1, &raw mut len);
        let name = ffi::luaL_optlstring(l, 2, text, std::ptr::null_mut());
        ffi::lua_settop(l, 2);
        if len > 0 && *text.cast::<u8>() == ffi::LUA_SIGNATURE[0] {
            ffi::lua_pushstring_(l, c" ".as_ptr());
            ffi::lua_pushvalue(l, 1);
            ffi::lua_concat(l, 2);
        } else {
            ffi::lua_pushvalue(l, 1);
        }
        let text = ffi::lua_tolstring(l, 3, &raw mut len);
        if ffi::luaL_loadbuffer(l, text, len, name) == 0 {
            return 1;
        }
        ffi::lua_pushnil(l);
        ffi::lua_insert(l, -2);
        2
    }
}

/// `load`: checks its argument in the name of the script, then calls the function written in Lua, its upvalue.
pub(super) unsafe extern "C-unwind" fn load(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TFUNCTION);
        ffi::lua_settop(l, 2);
        ffi::lua_pushvalue(l, upvalue(1));
        ffi::lua_insert(l, 1);
        ffi::lua_call(l, 2, ffi::LUA_MULTRET);
        ffi::lua_gettop(l)
    }
}

/// `collectgarbage` without the means to switch the collector off: those do nothing and answer 0.
pub(super) unsafe extern "C-unwind" fn collectgarbage(l: *mut lua_State) -> c_int {
    const REFUSED: [&[u8]; 4] = [b"stop", b"restart", b"setpause", b"setstepmul"];
    // SAFETY: called by Lua; the string stays on the stack while it is read.
    unsafe {
        let mut len = 0;
        if ffi::lua_type(l, 1) == ffi::LUA_TSTRING {
            let option = ffi::lua_tolstring(l, 1, &raw mut len);
            if REFUSED.contains(&std::slice::from_raw_parts(option.cast(), len)) {
                ffi::lua_pushnumber(l, 0.0);
                return 1;
            }
        }
        original(l)(l)
    }
}

/// Turns an error that reaches the top of a script into `{err, source, line}`, where line is the one that raised it.
pub(super) unsafe extern "C-unwind" fn describe(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with the error. The debug record is filled by lua_getstack before lua_getinfo reads it.
    unsafe {
        ffi::lua_settop(l, 1);
        if ffi::lua_type(l, 1) != ffi::LUA_TTABLE {
            wrap_message(l);
        }
        let mut record: ffi::lua_Debug = std::mem::zeroed();
        let mut found =
            ffi::lua_getstack(l, 1, &raw mut record) != 0 && ffi::lua_getinfo(l, c"Sl".as_ptr(), &raw mut record) != 0;
        if found && *record.what.cast::<u8>() == b'C' {
            found = ffi::lua_getstack(l, 2, &raw mut record) != 0
                && ffi::lua_getinfo(l, c"Sl".as_ptr(), &raw mut record) != 0;
        }
        if found && behind(l, 1).is_none() {
            ffi::lua_pushstring_(l, c"source".as_ptr());
            ffi::lua_pushstring_(l, record.source);
            ffi::lua_rawset(l, 1);
            ffi::lua_pushstring_(l, c"line".as_ptr());
            ffi::lua_pushnumber(l, f64::from(record.currentline));
            ffi::lua_rawset(l, 1);
        }
        1
    }
}

/// Replaces the error at 1 by `{err = "ERR " .. error}`.
unsafe fn wrap_message(l: *mut lua_State) {
    // SAFETY: one value is on the stack, and there is room for the few more.
    unsafe {
        if ffi::lua_isstring(l, 1) == 0 {
            let name = if ffi::lua_toboolean(l, 1) != 0 {
                c"true".as_ptr()
            } else {
                ffi::lua_typename(l, ffi::lua_type(l, 1))
            };
            ffi::lua_pushstring_(l, name);
            ffi::lua_replace(l, 1);
        }
        ffi::lua_createtable(l, 0, 3);
        ffi::lua_pushstring_(l, c"err".as_ptr());
        ffi::lua_pushstring_(l, c"ERR ".as_ptr());
        ffi::lua_pushvalue(l, 1);
        ffi::lua_concat(l, 2);
        ffi::lua_rawset(l, -3);
        ffi::lua_replace(l, 1);
    }
}

/// The hook: asks the watch, and from the first refusal on raises at every instruction, so that no `pcall` goes on (SCRIPT-2).
pub(super) unsafe extern "C-unwind" fn tick(l: *mut lua_State, _record: *mut ffi::lua_Debug) {
    // SAFETY: called by Lua between instructions. `ask` owns nothing when it returns.
    unsafe {
        if ask(l) {
            ffi::lua_pushstring_(l, KILLED.as_ptr());
            ffi::lua_error(l);
        }
    }
}

/// The error of a killed script.
const KILLED: &std::ffi::CStr = c"Script killed by user with SCRIPT KILL...";

/// Whether the script must stop; if so, the hook is made to come before the next instruction. A watch that panics stops it.
///
/// # Safety
/// `l` is the running state of a machine.
pub(super) unsafe fn ask(l: *mut lua_State) -> bool {
    // SAFETY: the state belongs to a machine.
    let world = unsafe { World::of(l) };
    if !world.killed.get() {
        let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.must_stop()));
        world.killed.set(stop.unwrap_or(true));
    }
    if world.killed.get() {
        // SAFETY: both states are live; setting a hook raises nothing.
        unsafe {
            ffi::lua_sethook(l, Some(tick), ffi::LUA_MASKCOUNT, 1);
            ffi::lua_sethook(world.main.get(), Some(tick), ffi::LUA_MASKCOUNT, 1);
        }
    }
    world.killed.get()
}
