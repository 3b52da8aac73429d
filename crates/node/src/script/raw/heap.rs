//! Lua's memory: counted, and limited while Lua code runs.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use super::world::World;

/// Every block has the alignment that C's `malloc` promises.
const ALIGN: usize = 16;

/// Counters of the allocator.
pub(in crate::script) struct Heap {
    used: Cell<usize>,
    limit: usize,
    /// Set while native code runs: going over the limit is then let pass, and refused at Lua's next allocation.
    native: Cell<bool>,
}

impl Heap {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self { used: Cell::new(0), limit: limit_bytes, native: Cell::new(true) }
    }

    /// Bytes that Lua holds now.
    pub(in crate::script) fn used_bytes(&self) -> usize {
        self.used.get()
    }

    /// Whether Lua holds more than it may, which native code can bring about.
    pub(in crate::script) fn is_over(&self) -> bool {
        self.used.get() > self.limit
    }

    /// Says who runs from now on.
    pub(super) fn set_native(&self, native: bool) {
        self.native.set(native);
    }

    fn refuses(&self, more: usize) -> bool {
        !self.native.get() && self.used.get().saturating_add(more) > self.limit
    }
}

/// The allocation function given to Lua; `user` is the [`World`].
///
/// # Safety
/// `user` points to a live `World`; `block` is null or came from this function with size `old`.
pub(super) unsafe extern "C" fn allocate(user: *mut c_void, block: *mut c_void, old: usize, new: usize) -> *mut c_void {
    // SAFETY: the machine passes its World, which outlives the Lua state; only Cells are touched through it.
    let heap = unsafe { &(*user.cast::<World>()).heap };
    let old = if block.is_null() { 0 } else { old };
    if new > old && heap.refuses(new - old) {
        return ptr::null_mut();
    }
    let (Ok(from), Ok(to)) = (Layout::from_size_align(old, ALIGN), Layout::from_size_align(new, ALIGN)) else {
        return ptr::null_mut();
    };
    // SAFETY: layouts are of non-zero size where the functions ask for it; Lua passes the size a block was requested with.
    let fresh = unsafe {
        match (old, new) {
            (0, 0) => ptr::null_mut(),
            (_, 0) => {
                dealloc(block.cast(), from);
                ptr::null_mut()
            }
            (0, _) => alloc(to),
            (..) => realloc(block.cast(), from, new),
        }
    };
    if fresh.is_null() && new > 0 {
        // A null would raise a Lua error below Rust frames.
        if heap.native.get() {
            handle_alloc_error(to);
        }
        return ptr::null_mut();
    }
    heap.used.set(heap.used.get() - old + new);
    fresh.cast()
}
