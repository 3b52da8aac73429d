//! A Lua machine: asked to compile and to run.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};

use mlua::ffi::{self, lua_State};

use super::frame::Frame;
use super::sandbox::{Library, build};
use super::world::World;
use super::{guard, heap};
use crate::script::{Host, Limits, Watch};

/// Place of a compiled function in the machine.
#[derive(Debug)]
pub(in crate::script) struct Compiled(c_int);

/// How a run ended; the result or the error is at position 1 of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum Finish {
    Returned,
    Failed,
    Killed,
}

/// A Lua state and the world around it.
pub(in crate::script) struct Machine {
    pub(super) l: *mut lua_State,
    pub(super) world: *mut World,
    /// Registry slot of the table behind the globals.
    pub(super) globals: c_int,
    /// Registry slot of the function that completes errors.
    pub(super) describe: c_int,
}

// SAFETY: the state and its world are owned by the machine alone, and neither depends on the thread that uses it.
unsafe impl Send for Machine {}

impl Machine {
    /// Builds the sandbox with `libraries`.
    pub(in crate::script) fn new(limits: Limits, libraries: &[Library]) -> Self {
        let world = Box::into_raw(Box::new(World::new(limits)));
        // SAFETY: the world outlives the state. Building is native code: allocation does not fail, and the code of `build`
        // raises nothing else.
        unsafe {
            let l = ffi::lua_newstate(heap::allocate, world.cast());
            assert!(!l.is_null(), "the allocator does not refuse while native code runs");
            (*world).main.set(l);
            let mut machine = Self { l, world, globals: 0, describe: 0 };
            build(&mut machine, libraries);
            machine
        }
    }

    /// The state outside of Lua.
    pub(in crate::script) fn world(&self) -> &World {
        // SAFETY: alive until drop; shared references only are made of it.
        unsafe { &*self.world }
    }

    /// Compiles `code`; the error is Lua's message.
    pub(in crate::script) fn compile(&mut self, code: &[u8]) -> Result<Compiled, Vec<u8>> {
        // SAFETY: `lua_load` is protected and its text reader owns nothing. The first byte is looked at so that compiled
        // code is refused as text.
        unsafe {
            ffi::lua_settop(self.l, 0);
            let code = if code.first() == Some(&ffi::LUA_SIGNATURE[0]) { REFUSED } else { code };
            let status = ffi::luaL_loadbuffer(self.l, code.as_ptr().cast(), code.len(), c"@user_script".as_ptr());
            if status == 0 {
                return Ok(Compiled(ffi::luaL_ref(self.l, ffi::LUA_REGISTRYINDEX)));
            }
            let message = Frame::new(self.l, self.world()).bytes(1).unwrap_or_default().to_vec();
            ffi::lua_settop(self.l, 0);
            Err(message)
        }
    }

    /// Forgets a compiled function; the collector frees it later.
    pub(in crate::script) fn forget(&mut self, compiled: &Compiled) {
        // SAFETY: the slot is this machine's; a slot that was freed already would be given out twice, hence the newtype
        // without Clone, of which each value comes here once.
        unsafe { ffi::luaL_unref(self.l, ffi::LUA_REGISTRYINDEX, compiled.0) };
    }

    /// Runs a function with `KEYS` and `ARGV`, and gives the outcome to `finish`.
    pub(in crate::script) fn run<R>(
        &mut self,
        compiled: &Compiled,
        keys: &[&[u8]],
        args: &[&[u8]],
        host: &mut dyn Host,
        watch: &dyn Watch,
        finish: impl FnOnce(&mut Frame<'_>, Finish) -> R,
    ) -> R {
        // SAFETY: alive until drop; shared references only are made of it.
        let world = unsafe { &*self.world };
        world.killed.set(false);
        // SAFETY: pushes within the 20 slots that are always there, on a stack that this call has for itself; the frame is
        // used when the protected call is over. Only that call runs Lua code.
        unsafe {
            ffi::lua_settop(self.l, 0);
            self.set_global_list(c"KEYS", keys);
            self.set_global_list(c"ARGV", args);
            ffi::lua_rawgeti_(self.l, ffi::LUA_REGISTRYINDEX, self.describe);
            ffi::lua_rawgeti_(self.l, ffi::LUA_REGISTRYINDEX, compiled.0);
            ffi::lua_sethook(self.l, Some(guard::tick), ffi::LUA_MASKCOUNT, INSTRUCTIONS_PER_TICK);
            let status = world.during(host, watch, || {
                world.heap.set_native(false);
                let status = ffi::lua_pcall(self.l, 0, 1, 1);
                world.heap.set_native(true);
                status
            });
            ffi::lua_remove(self.l, 1);
            let finish_kind = match (status, world.killed.get()) {
                (_, true) => Finish::Killed,
                (0, false) => Finish::Returned,
                _ => Finish::Failed,
            };
            let result = finish(&mut Frame::new(self.l, world), finish_kind);
            ffi::lua_settop(self.l, 0);
            result
        }
    }

    /// Collects garbage: a step, or everything.
    pub(in crate::script) fn collect(&mut self, whole: bool) {
        let what = if whole { ffi::LUA_GCCOLLECT } else { ffi::LUA_GCSTEP };
        // SAFETY: no value of the machine has a finalizer that could raise.
        unsafe { ffi::lua_gc(self.l, what, GC_STEP_KIB) };
    }

    unsafe fn set_global_list(&mut self, name: &CStr, items: &[&[u8]]) {
        // SAFETY: uses four slots and leaves none; the globals are a table.
        unsafe {
            ffi::lua_rawgeti_(self.l, ffi::LUA_REGISTRYINDEX, self.globals);
            ffi::lua_pushstring_(self.l, name.as_ptr());
            ffi::lua_createtable(self.l, c_int::try_from(items.len()).unwrap_or(0), 0);
            for (index, item) in (1..).zip(items) {
                ffi::lua_pushlstring_(self.l, item.as_ptr().cast(), item.len());
                ffi::lua_rawseti_(self.l, -2, index);
            }
            ffi::lua_rawset(self.l, -3);
            ffi::lua_settop(self.l, -2);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: both were made in `new`; the state goes first, as it frees through the world.
        unsafe {
            ffi::lua_close(self.l);
            drop(Box::from_raw(self.world));
        }
    }
}

/// Instructions of the machine between two looks at the [`Watch`]: about a millisecond.
pub(in crate::script) const INSTRUCTIONS_PER_TICK: c_int = 100_000;

/// Argument of a collector step: it then works through about this much garbage.
const GC_STEP_KIB: c_int = 50;

/// Compiled in the place of compiled code, to fail in the same way as other text that begins with such a byte.
const REFUSED: &[u8] = b" \x1b";
