//! What scripts see: stock Lua without its ways out, our libraries, and read-only views of all of them.
//!
//! ```text
//! script's environment ─ view ──► globals ──► unknown_global (an error)
//!                                  │ KEYS, ARGV: fresh tables of each run
//!                                  └ string, redis, …: views ──► library tables
//! ```
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_CFunction, lua_State};

use super::frame::{Frame, Native};
use super::guard;
use super::machine::Machine;
use super::world::{View, World};

/// A table of native functions and constants that scripts see as a global.
pub(in crate::script) struct Library {
    /// Name of the global.
    pub(in crate::script) name: &'static CStr,
    /// Fills the table at position 1 of the frame.
    pub(in crate::script) fill: fn(&mut Frame<'_>),
}

/// What scripts may use of stock Lua, once [`replace_stock`] has been over it.
const GLOBALS: [&CStr; 27] = [
    c"_VERSION",
    c"assert",
    c"collectgarbage",
    c"coroutine",
    c"error",
    c"gcinfo",
    c"getmetatable",
    c"ipairs",
    c"load",
    c"loadstring",
    c"math",
    c"next",
    c"os",
    c"pairs",
    c"pcall",
    c"rawequal",
    c"rawget",
    c"rawset",
    c"select",
    c"setmetatable",
    c"string",
    c"table",
    c"tonumber",
    c"tostring",
    c"type",
    c"unpack",
    c"xpcall",
];

/// Wrapped functions: library (none: base), name, wrapper.
const WRAPPED: [(Option<&CStr>, &CStr, lua_CFunction); 14] = [
    (None, c"next", guard::reading),
    (None, c"rawget", guard::reading),
    (None, c"rawset", guard::writing),
    (None, c"setmetatable", guard::writing),
    (None, c"collectgarbage", guard::collectgarbage),
    (Some(c"table"), c"foreach", guard::reading),
    (Some(c"table"), c"insert", guard::writing),
    (Some(c"table"), c"remove", guard::writing),
    (Some(c"table"), c"sort", guard::writing),
    (Some(c"table"), c"setn", guard::writing),
    (Some(c"string"), c"find", guard::matching),
    (Some(c"string"), c"match", guard::matching),
    (Some(c"string"), c"gmatch", guard::matching),
    (Some(c"string"), c"gsub", guard::matching),
];

/// `load` in terms of `loadstring`: the pieces are gathered first, so that compiled code is seen in whatever pieces it comes.
const LOAD: &CStr = c"local pcall, loadstring, concat, type = ...
return function(reader, name)
  local pieces = {}
  while true do
    local ok, piece = pcall(reader)
    if not ok then return nil, piece end
    if piece == nil or piece == '' then break end
    if type(piece) ~= 'string' then return nil, 'reader function must return a string' end
    pieces[#pieces + 1] = piece
  end
  return loadstring(concat(pieces), name or '=(load)')
end";

/// Builds the sandbox: stock libraries, wrappers, our libraries, and the views that scripts see of them.
///
/// The machine's globals are used as stock Lua's until the last step replaces them by a view.
///
/// # Safety
/// The state is fresh.
pub(super) unsafe fn build(machine: &mut Machine, libraries: &[Library]) {
    let l = machine.l;
    // SAFETY: stack use is a few slots; names are C strings; library openers are called as functions, as they demand.
    unsafe {
        for open in [ffi::luaopen_base, ffi::luaopen_string, ffi::luaopen_table, ffi::luaopen_math, ffi::luaopen_os] {
            ffi::lua_pushcclosure(l, open, 0);
            ffi::lua_call(l, 0, 0);
        }
        replace_stock(l);
        ffi::lua_createtable(l, 0, 32);
        let globals = 1;
        for name in GLOBALS {
            ffi::lua_getglobal_(l, name.as_ptr());
            ffi::lua_setfield(l, globals, name.as_ptr());
        }
        ffi::lua_pushcclosure(l, guard::describe, 0);
        ffi::lua_pushvalue(l, -1);
        machine.describe = ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX);
        ffi::lua_setfield(l, globals, c"__redis__err__handler".as_ptr());
        for library in libraries {
            fill_library(l, machine.world, globals, library);
        }
        protect_tables(l, globals);
        protect_strings(l, globals);
        protect_globals(machine, globals);
        ffi::lua_settop(l, 0);
    }
}

/// Puts the wrappers in front of stock functions and takes the parts of `os` that reach outside.
unsafe fn replace_stock(l: *mut lua_State) {
    // SAFETY: as in `build`.
    unsafe {
        for (library, name, wrapper) in WRAPPED {
            match library {
                Some(library) => ffi::lua_getfield_(l, ffi::LUA_GLOBALSINDEX, library.as_ptr()),
                None => ffi::lua_pushvalue(l, ffi::LUA_GLOBALSINDEX),
            }
            wrap(l, name, wrapper);
            ffi::lua_settop(l, 0);
        }
        for (name, function) in
            [(c"pcall", guard::pcall as lua_CFunction), (c"xpcall", guard::xpcall), (c"loadstring", guard::loadstring)]
        {
            ffi::lua_pushcclosure(l, function, 0);
            ffi::lua_setglobal(l, name.as_ptr());
        }
        // `pairs` hands out the `next` that it keeps as its upvalue.
        ffi::lua_getglobal_(l, c"pairs".as_ptr());
        ffi::lua_getglobal_(l, c"next".as_ptr());
        ffi::lua_setupvalue(l, -2, 1);
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_getglobal_(l, c"os".as_ptr());
        ffi::lua_getfield_(l, -1, c"clock".as_ptr());
        ffi::lua_setfield(l, -3, c"clock".as_ptr());
        ffi::lua_settop(l, -2);
        ffi::lua_setglobal(l, c"os".as_ptr());
        install_load(l);
        ffi::lua_settop(l, 0);
    }
}

/// Replaces the function `name` of the topmost table by `wrapper`, which keeps the original.
unsafe fn wrap(l: *mut lua_State, name: &CStr, wrapper: lua_CFunction) {
    // SAFETY: as in `build`; the field is a C function without upvalues, as these functions of stock Lua are.
    unsafe {
        ffi::lua_getfield_(l, -1, name.as_ptr());
        let original = ffi::lua_tocfunction(l, -1).expect("a function of stock Lua");
        ffi::lua_settop(l, -2);
        ffi::lua_pushlightuserdata(l, original as *mut std::ffi::c_void);
        ffi::lua_pushcclosure(l, wrapper, 1);
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

unsafe fn install_load(l: *mut lua_State) {
    // SAFETY: as in `build`; the chunk is the constant above, which compiles and raises nothing when run.
    unsafe {
        let code = LOAD.to_bytes();
        let status = ffi::luaL_loadbuffer(l, code.as_ptr().cast(), code.len(), c"=load".as_ptr());
        assert_eq!(status, 0, "the text of load is correct");
        ffi::lua_getglobal_(l, c"pcall".as_ptr());
        ffi::lua_getglobal_(l, c"loadstring".as_ptr());
        ffi::lua_getglobal_(l, c"table".as_ptr());
        ffi::lua_getfield_(l, -1, c"concat".as_ptr());
        ffi::lua_remove(l, -2);
        ffi::lua_getglobal_(l, c"type".as_ptr());
        ffi::lua_call(l, 4, 1);
        ffi::lua_pushcclosure(l, guard::load, 1);
        ffi::lua_setglobal(l, c"load".as_ptr());
    }
}

/// Adds a library to `globals`, or to the stock library of that name.
unsafe fn fill_library(l: *mut lua_State, world: *mut World, globals: c_int, library: &Library) {
    // SAFETY: as in `build`. The frame sees the library's table as position 1: it is called through a C function's own stack.
    unsafe {
        ffi::lua_getfield_(l, globals, library.name.as_ptr());
        if ffi::lua_type(l, -1) != ffi::LUA_TTABLE {
            ffi::lua_settop(l, -2);
            ffi::lua_createtable(l, 0, 16);
            ffi::lua_pushvalue(l, -1);
            ffi::lua_setfield(l, globals, library.name.as_ptr());
        }
        ffi::lua_insert(l, 1);
        (library.fill)(&mut Frame::new(l, &*world));
        ffi::lua_remove(l, 1);
    }
}

/// Replaces each table in `globals` by a view.
unsafe fn protect_tables(l: *mut lua_State, globals: c_int) {
    const TABLES: [&CStr; 10] =
        [c"string", c"table", c"math", c"os", c"coroutine", c"redis", c"cjson", c"cmsgpack", c"bit", c"struct"];
    // SAFETY: as in `build`.
    unsafe {
        for name in TABLES {
            ffi::lua_getfield_(l, globals, name.as_ptr());
            if ffi::lua_type(l, -1) == ffi::LUA_TTABLE {
                view(l, false);
                ffi::lua_setfield(l, globals, name.as_ptr());
            }
        }
        ffi::lua_settop(l, globals);
    }
}

/// Replaces the topmost table by a view of it. `getmetatable` of the view gives a view of its metatable if `open`.
unsafe fn view(l: *mut lua_State, open: bool) {
    // SAFETY: as in `build`; the topmost value is a table.
    unsafe {
        ffi::lua_createtable(l, 0, 0);
        ffi::lua_createtable(l, 0, 3);
        ffi::lua_pushvalue(l, -3);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_pushcclosure(l, guard::refuse, 0);
        ffi::lua_setfield(l, -2, c"__newindex".as_ptr());
        if open {
            // A table without secrets: what scripts see of the metatable.
            ffi::lua_createtable(l, 0, 0);
            view(l, false);
        } else {
            ffi::lua_pushboolean(l, 0);
        }
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        ffi::lua_setmetatable(l, -2);
        let proxy = ffi::lua_topointer(l, -1);
        ffi::lua_insert(l, -2);
        let behind = ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX);
        (*World::of(l).views.as_ptr()).push(View { proxy, behind });
    }
}

/// Makes the metatable of strings read through the view of `string`, and hides it behind a view.
unsafe fn protect_strings(l: *mut lua_State, globals: c_int) {
    // SAFETY: as in `build`; stock Lua gives strings a metatable.
    unsafe {
        ffi::lua_pushstring_(l, c"".as_ptr());
        ffi::lua_getmetatable(l, -1);
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_getfield_(l, globals, c"string".as_ptr());
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setfield(l, -4, c"__index".as_ptr());
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        view(l, false);
        ffi::lua_setfield(l, -2, c"__metatable".as_ptr());
        ffi::lua_settop(l, globals);
    }
}

/// Makes unknown globals an error, and a view of `globals` the environment of every function compiled from now on.
unsafe fn protect_globals(machine: &mut Machine, globals: c_int) {
    let l = machine.l;
    // SAFETY: as in `build`.
    unsafe {
        ffi::lua_createtable(l, 0, 1);
        ffi::lua_pushcclosure(l, guard::unknown_global, 0);
        ffi::lua_setfield(l, -2, c"__index".as_ptr());
        ffi::lua_setmetatable(l, globals);
        ffi::lua_pushvalue(l, globals);
        machine.globals = ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX);
        ffi::lua_pushvalue(l, globals);
        view(l, true);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setfield(l, globals, c"_G".as_ptr());
        ffi::lua_replace(l, ffi::LUA_GLOBALSINDEX);
    }
}

impl Frame<'_> {
    /// Adds a native function to the library being filled.
    pub(in crate::script) fn define(&mut self, name: &str, function: Native) {
        self.push_native(function, 0);
        self.set_field(1, name.as_bytes());
    }

    /// Adds a number to the library being filled.
    pub(in crate::script) fn define_number(&mut self, name: &str, value: f64) {
        self.push_number(value);
        self.set_field(1, name.as_bytes());
    }

    /// Adds a string to the library being filled.
    pub(in crate::script) fn define_bytes(&mut self, name: &str, value: &[u8]) {
        self.push_bytes(value);
        self.set_field(1, name.as_bytes());
    }
}
