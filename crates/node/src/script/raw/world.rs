//! What one machine keeps outside of Lua: reachable from every native function through the allocator's user pointer.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::{self, NonNull};

use mlua::ffi::{self, lua_State};

use super::heap::Heap;
use crate::script::cjson::Modules;
use crate::script::random::Lrand48;
use crate::script::{Host, Limits, Watch};

/// A read-only view that scripts hold, and where the table behind it is kept in the registry.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) proxy: *const c_void,
    pub(super) behind: i32,
}

/// State of a machine and of the script that runs in it.
pub(in crate::script) struct World {
    pub(in crate::script) heap: Heap,
    pub(in crate::script) limits: Limits,
    pub(in crate::script) random: Cell<Lrand48>,
    /// Whether the script asked for RESP3 replies with `redis.setresp`.
    pub(in crate::script) resp3: Cell<bool>,
    pub(in crate::script) json: Modules,
    /// Commands of the running script.
    pub(in crate::script) calls: Cell<u32>,
    /// The script was killed: every further instruction raises.
    pub(super) killed: Cell<bool>,
    pub(super) main: Cell<*mut lua_State>,
    pub(super) views: RefCell<Vec<View>>,
    host: Cell<Option<NonNull<dyn Host>>>,
    watch: Cell<Option<NonNull<dyn Watch>>>,
    reply: Cell<Vec<u8>>,
}

impl World {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            heap: Heap::new(limits.memory_bytes_max),
            limits,
            random: Cell::new(Lrand48::new(0)),
            resp3: Cell::new(false),
            json: Modules::default(),
            calls: Cell::new(0),
            killed: Cell::new(false),
            main: Cell::new(ptr::null_mut()),
            views: RefCell::new(Vec::new()),
            host: Cell::new(None),
            watch: Cell::new(None),
            reply: Cell::new(Vec::new()),
        }
    }

    /// The world of a Lua state.
    ///
    /// # Safety
    /// `l` is a state of a [`Machine`](super::machine::Machine), which lives for `'w`.
    pub(super) unsafe fn of<'w>(l: *mut lua_State) -> &'w World {
        let mut user = ptr::null_mut();
        // SAFETY: the machine created the state with `allocate` and its boxed World.
        unsafe {
            ffi::lua_getallocf(l, &raw mut user);
            &*user.cast::<World>()
        }
    }

    /// Runs `body` with `host` and `watch` in place, and takes them away again.
    pub(super) fn during<R>(&self, host: &mut dyn Host, watch: &dyn Watch, body: impl FnOnce() -> R) -> R {
        /// Takes the borrowed pointers away also when `body` panics.
        struct Leave<'w>(&'w World);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.host.set(None);
                self.0.watch.set(None);
            }
        }
        // SAFETY: only the lifetimes are erased; `Leave` removes both pointers before this function returns.
        let (host, watch) = unsafe {
            (
                std::mem::transmute::<NonNull<dyn Host + '_>, NonNull<dyn Host + 'static>>(NonNull::from(host)),
                std::mem::transmute::<NonNull<dyn Watch + '_>, NonNull<dyn Watch + 'static>>(NonNull::from(watch)),
            )
        };
        self.host.set(Some(host));
        self.watch.set(Some(watch));
        let _leave = Leave(self);
        body()
    }

    /// Lends the host and an empty buffer for its replies, which keeps its capacity from call to call.
    ///
    /// `None` when no script runs, or when the host is lent already.
    pub(in crate::script) fn with_host<R>(&self, body: impl FnOnce(&mut dyn Host, &mut Vec<u8>) -> R) -> Option<R> {
        let mut lent = self.host.take()?;
        let mut reply = self.reply.take();
        reply.clear();
        // SAFETY: the pointer is valid during `during`, which encloses every native call that can come here, and being
        // taken out of the cell it is the only reference.
        let result = body(unsafe { lent.as_mut() }, &mut reply);
        self.host.set(Some(lent));
        reply.shrink_to(REPLY_KEPT_BYTES_MAX);
        self.reply.set(reply);
        Some(result)
    }

    /// Asks the watch; a script without one is killed.
    pub(super) fn must_stop(&self) -> bool {
        // SAFETY: as in `with_host`; a watch is only ever shared.
        let verdict = self.watch.get().map(|watch| unsafe { watch.as_ref() }.tick());
        verdict != Some(crate::script::Verdict::Continue)
    }
}

/// A reply buffer larger than this is given back after the call.
const REPLY_KEPT_BYTES_MAX: usize = 64 << 10;
