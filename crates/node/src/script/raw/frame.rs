//! What a native function sees of Lua, and the border it is called through.
//!
//! A [`Frame`] gives raw accesses to the values of one call by their position, counted from 1 at the first argument. Every
//! method checks what the C interface leaves unchecked: that a position exists, that a table is one, that the stack has room.
//! A failed check is a bug in a library here, and panics; the border turns that into an error of the script.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use mlua::ffi::{self, lua_State};

use super::world::World;

/// A function that Lua code can call; answers how many of the topmost values are its results.
pub(in crate::script) type Native = fn(&mut Frame<'_>) -> Result<i32, Fault>;

/// Why a native function failed.
#[derive(Debug)]
pub(in crate::script) enum Fault {
    /// A message, to be prefixed with the place of the call in the script.
    Message(Cow<'static, str>),
    /// A wrong argument, by its number.
    Argument(i32, Cow<'static, str>),
    /// The topmost value is the error.
    Value,
}

impl Fault {
    pub(in crate::script) fn text(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Message(message.into())
    }

    pub(in crate::script) fn argument(number: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Argument(number, message.into())
    }
}

/// The type of a Lua value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::script) enum Kind {
    /// There is no value at this position.
    None,
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

impl Kind {
    /// The name Lua prints.
    pub(in crate::script) fn name(self) -> &'static str {
        match self {
            Self::None => "no value",
            Self::Nil => "nil",
            Self::Boolean => "boolean",
            Self::LightUserdata | Self::Userdata => "userdata",
            Self::Number => "number",
            Self::String => "string",
            Self::Table => "table",
            Self::Function => "function",
            Self::Thread => "thread",
        }
    }
}

/// The values of one call. See the module.
pub(in crate::script) struct Frame<'w> {
    l: *mut lua_State,
    world: &'w World,
    /// How many values there is room for, whatever Lua's limit of them says.
    assured: i32,
    _not_send: PhantomData<*mut ()>,
}

impl<'w> Frame<'w> {
    /// # Safety
    /// `l` is a live state whose world is `world`; nothing else uses its stack while the frame lives.
    pub(super) unsafe fn new(l: *mut lua_State, world: &'w World) -> Self {
        Self { l, world, assured: 0, _not_send: PhantomData }
    }

    /// The frame of a native function that was just called. Lua leaves it room for `LUA_MINSTACK` values besides its arguments, even
    /// where those alone are as many as its limit, which is what [`reserve`](Self::reserve) would ask for.
    ///
    /// # Safety
    /// As for [`new`](Self::new); the function runs in `l` and nothing was pushed yet.
    unsafe fn of_call(l: *mut lua_State, world: &'w World) -> Self {
        // SAFETY: the state is live.
        let arguments = unsafe { ffi::lua_gettop(l) };
        Self { l, world, assured: arguments + ffi::LUA_MINSTACK, _not_send: PhantomData }
    }

    /// The state outside of Lua.
    pub(in crate::script) fn world(&self) -> &'w World {
        self.world
    }

    /// Asks the watch; a script that must stop does so when native code returns to it.
    pub(in crate::script) fn ask_watch(&mut self) {
        // SAFETY: the state runs this frame's native code.
        unsafe { super::guard::ask(self.l) };
    }

    /// How many values there are; at the start of a native function its arguments.
    pub(in crate::script) fn top(&self) -> i32 {
        // SAFETY: the state is live.
        unsafe { ffi::lua_gettop(self.l) }
    }

    /// The type at a position, also past the last.
    pub(in crate::script) fn kind(&self, at: i32) -> Kind {
        assert!(at > 0, "positions count from 1");
        // SAFETY: any positive position is acceptable to lua_type.
        match unsafe { ffi::lua_type(self.l, at) } {
            ffi::LUA_TNIL => Kind::Nil,
            ffi::LUA_TBOOLEAN => Kind::Boolean,
            ffi::LUA_TLIGHTUSERDATA => Kind::LightUserdata,
            ffi::LUA_TNUMBER => Kind::Number,
            ffi::LUA_TSTRING => Kind::String,
            ffi::LUA_TTABLE => Kind::Table,
            ffi::LUA_TFUNCTION => Kind::Function,
            ffi::LUA_TUSERDATA => Kind::Userdata,
            ffi::LUA_TTHREAD => Kind::Thread,
            _ => Kind::None,
        }
    }

    /// Lua's truth of a value.
    pub(in crate::script) fn truth(&self, at: i32) -> bool {
        assert!(at > 0, "positions count from 1");
        // SAFETY: any positive position is acceptable.
        unsafe { ffi::lua_toboolean(self.l, at) != 0 }
    }

    /// A number, or a string that reads as one.
    pub(in crate::script) fn number(&self, at: i32) -> Option<f64> {
        assert!(at > 0, "positions count from 1");
        // SAFETY: any positive position is acceptable.
        unsafe { (ffi::lua_isnumber(self.l, at) != 0).then(|| ffi::lua_tonumber(self.l, at)) }
    }

    /// The bytes of a string; `None` for every other type.
    pub(in crate::script) fn bytes(&self, at: i32) -> Option<&[u8]> {
        if self.kind(at) != Kind::String {
            return None;
        }
        let mut len = 0;
        // SAFETY: a string lives as long as it is on the stack, and no method that removes it works on `&self`.
        unsafe {
            let start = ffi::lua_tolstring(self.l, at, &raw mut len);
            Some(slice::from_raw_parts(start.cast(), len))
        }
    }

    /// The bytes of a string or of a number, which becomes a string in place.
    ///
    /// Not for a key during [`entries`](Self::entries).
    pub(in crate::script) fn text(&mut self, at: i32) -> Option<&[u8]> {
        if self.kind(at) == Kind::Number {
            // SAFETY: the position holds a number; the conversion allocates, which never fails in native code.
            unsafe { ffi::lua_tolstring(self.l, at, std::ptr::null_mut()) };
        }
        self.bytes(at)
    }

    /// Whether a value is the null of `cjson`.
    pub(in crate::script) fn is_null(&self, at: i32) -> bool {
        // SAFETY: a light userdata is at the position.
        self.kind(at) == Kind::LightUserdata && unsafe { ffi::lua_touserdata(self.l, at).is_null() }
    }

    /// Makes room for `slots` more values; false when Lua's stack is at its limit.
    #[must_use]
    pub(in crate::script) fn reserve(&mut self, slots: i32) -> bool {
        if self.top() + slots <= self.assured {
            return true;
        }
        // SAFETY: the state is live; growing allocates, which never fails in native code.
        unsafe { ffi::lua_checkstack(self.l, slots) != 0 }
    }

    fn room(&mut self) {
        assert!(self.reserve(1), "the stack was not reserved");
    }

    /// Pushes nil.
    pub(in crate::script) fn push_nil(&mut self) {
        self.room();
        // SAFETY: there is room.
        unsafe { ffi::lua_pushnil(self.l) };
    }

    /// Pushes a boolean.
    pub(in crate::script) fn push_bool(&mut self, value: bool) {
        self.room();
        // SAFETY: there is room.
        unsafe { ffi::lua_pushboolean(self.l, c_int::from(value)) };
    }

    /// Pushes a number.
    pub(in crate::script) fn push_number(&mut self, value: f64) {
        self.room();
        // SAFETY: there is room.
        unsafe { ffi::lua_pushnumber(self.l, value) };
    }

    /// Pushes a string.
    pub(in crate::script) fn push_bytes(&mut self, value: &[u8]) {
        self.room();
        // SAFETY: there is room; Lua copies the bytes.
        unsafe { ffi::lua_pushlstring_(self.l, value.as_ptr().cast(), value.len()) };
    }

    /// Pushes the null of `cjson`.
    pub(in crate::script) fn push_null(&mut self) {
        self.room();
        // SAFETY: there is room.
        unsafe { ffi::lua_pushlightuserdata(self.l, std::ptr::null_mut()) };
    }

    /// Pushes a new table with room for that many items (bounded) and fields.
    pub(in crate::script) fn push_table(&mut self, items: usize, fields: usize) {
        self.room();
        let bounded = |n: usize| n.min(PREALLOCATED_MAX) as c_int;
        // SAFETY: there is room; sizes are small and not negative.
        unsafe { ffi::lua_createtable(self.l, bounded(items), bounded(fields)) };
    }

    /// Pushes a native function that carries a number, see [`tag`](Self::tag).
    pub(in crate::script) fn push_native(&mut self, function: Native, tag: u32) {
        assert!(self.reserve(2), "the stack was not reserved");
        // SAFETY: there is room; the upvalues are what `enter` and `tag` expect.
        unsafe {
            ffi::lua_pushlightuserdata(self.l, function as *mut c_void);
            ffi::lua_pushnumber(self.l, f64::from(tag));
            ffi::lua_pushcclosure(self.l, enter, 2);
        }
    }

    /// The number that the running function carries.
    pub(in crate::script) fn tag(&self) -> u32 {
        // SAFETY: an upvalue's position is acceptable.
        unsafe { ffi::lua_tonumber(self.l, upvalue(2)) as u32 }
    }

    /// Removes the topmost `count` values.
    pub(in crate::script) fn pop(&mut self, count: i32) {
        assert!(count >= 0 && count <= self.top(), "fewer values than removed");
        // SAFETY: there are that many values.
        unsafe { ffi::lua_settop(self.l, -count - 1) };
    }

    /// Replaces the value at a position by the topmost one.
    pub(in crate::script) fn replace(&mut self, at: i32) {
        self.exists(at);
        // SAFETY: both values exist.
        unsafe { ffi::lua_replace(self.l, at) };
    }

    /// Pushes the field of a table.
    pub(in crate::script) fn get_field(&mut self, table: i32, name: &[u8]) {
        self.is_table(table);
        self.push_bytes(name);
        // SAFETY: it is a table; a raw read of a string key raises nothing.
        unsafe { ffi::lua_rawget_(self.l, table) };
    }

    /// Pushes an item of a table.
    pub(in crate::script) fn get_item(&mut self, table: i32, index: i32) {
        self.is_table(table);
        self.room();
        // SAFETY: it is a table and there is room.
        unsafe { ffi::lua_rawgeti_(self.l, table, index) };
    }

    /// Moves the topmost value into a field.
    pub(in crate::script) fn set_field(&mut self, table: i32, name: &[u8]) {
        self.is_table(table);
        self.exists(table + 1);
        self.push_bytes(name);
        // SAFETY: a table, a value and above it a key that is a string: the raw write raises nothing.
        unsafe {
            ffi::lua_insert(self.l, -2);
            ffi::lua_rawset(self.l, table);
        }
    }

    /// Moves the topmost value into an item.
    pub(in crate::script) fn set_item(&mut self, table: i32, index: i32) {
        self.is_table(table);
        self.exists(table + 1);
        // SAFETY: a table and a value above it.
        unsafe { ffi::lua_rawseti_(self.l, table, index) };
    }

    /// Moves the two topmost values, key and value, into a table; false, and both dropped, if the key is nil or NaN.
    #[must_use]
    pub(in crate::script) fn set_entry(&mut self, table: i32) -> bool {
        self.is_table(table);
        let key = self.top() - 1;
        self.exists(table + 2);
        let valid = match self.kind(key) {
            Kind::Nil | Kind::None => false,
            Kind::Number => self.number(key).is_some_and(|x| !x.is_nan()),
            _ => true,
        };
        if !valid {
            self.pop(2);
            return false;
        }
        // SAFETY: a table, and above it a key that Lua accepts and a value.
        unsafe { ffi::lua_rawset(self.l, table) };
        true
    }

    /// Calls `body` with the positions of key and value for each entry of a table, in Lua's order.
    ///
    /// `body` leaves the stack as it found it, but when it fails, and must not add entries to the table.
    pub(in crate::script) fn entries<E>(
        &mut self,
        table: i32,
        mut body: impl FnMut(&mut Self, i32, i32) -> Result<(), E>,
    ) -> Result<(), E> {
        self.is_table(table);
        assert!(self.reserve(3), "the stack was not reserved");
        let key = self.top() + 1;
        self.push_nil();
        // SAFETY: the key is nil at first and then one that lua_next gave, of a table that keeps its entries.
        while unsafe { ffi::lua_next(self.l, table) } != 0 {
            body(self, key, key + 1)?;
            assert_eq!(self.top(), key + 1, "the stack was not left as found");
            self.pop(1);
        }
        Ok(())
    }

    fn exists(&self, at: i32) {
        assert!(at > 0 && at <= self.top(), "no value at {at}");
    }

    fn is_table(&self, at: i32) {
        assert_eq!(self.kind(at), Kind::Table, "no table at {at}");
    }
}

/// Checks in the words of Lua's own libraries.
impl Frame<'_> {
    /// Fails when Lua's memory is over its limit. For code that builds values as large as its input says.
    pub(in crate::script) fn check_memory(&self) -> Result<(), Fault> {
        if self.world.heap.is_over() { Err(Fault::text("not enough memory")) } else { Ok(()) }
    }

    /// Fails when native code has written more than a script can use.
    pub(in crate::script) fn check_output(&self, out: &[u8]) -> Result<(), Fault> {
        if out.len() > self.world.limits.output_bytes_max { Err(Fault::text("result is too large")) } else { Ok(()) }
    }

    /// A number argument.
    pub(in crate::script) fn check_number(&self, at: i32) -> Result<f64, Fault> {
        self.number(at).ok_or_else(|| self.wrong_type(at, "number"))
    }

    /// A number argument as the C library's machines convert it to an integer.
    pub(in crate::script) fn check_integer(&self, at: i32) -> Result<i64, Fault> {
        self.check_number(at).map(to_integer)
    }

    /// A copy of a string argument.
    pub(in crate::script) fn check_bytes(&mut self, at: i32) -> Result<Vec<u8>, Fault> {
        match self.text(at) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(self.wrong_type(at, "string")),
        }
    }

    /// The fault of a wrong type.
    pub(in crate::script) fn wrong_type(&self, at: i32, expected: &str) -> Fault {
        Fault::argument(at, format!("{expected} expected, got {}", self.kind(at).name()))
    }
}

/// Truncates as x86's conversion does: what does not fit, and NaN, is the least integer.
pub(in crate::script) fn to_integer(x: f64) -> i64 {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if (-TWO_63..TWO_63).contains(&x) { x as i64 } else { i64::MIN }
}

/// Tables are created with room for at most this many entries; they grow as they are filled.
const PREALLOCATED_MAX: usize = 4096;

/// Position of an upvalue of the running function.
pub(super) fn upvalue(number: i32) -> c_int {
    ffi::LUA_GLOBALSINDEX - number
}

/// What the border does after native code: results, or the kind of error whose message or value is topmost.
enum Exit {
    Results(c_int),
    Message,
    Argument(c_int),
    Value,
}

/// The border: the C function behind every [`Native`].
unsafe extern "C-unwind" fn enter(l: *mut lua_State) -> c_int {
    // SAFETY: Lua calls this with a live state. `leave` has dropped all that Rust owned, so the jumps below cross no destructor.
    unsafe {
        match leave(l) {
            Exit::Results(count) => count,
            Exit::Value => ffi::lua_error(l),
            Exit::Message => ffi::luaL_error(l, c"%s".as_ptr(), ffi::lua_tostring(l, -1)),
            Exit::Argument(number) => ffi::luaL_argerror(l, number, ffi::lua_tostring(l, -1)),
        }
    }
}

/// Runs the native function of the first upvalue and puts its error on the stack.
///
/// # Safety
/// As for [`enter`].
unsafe fn leave(l: *mut lua_State) -> Exit {
    // SAFETY: the first upvalue is a `Native`, put there by `Frame::push_native`; the state belongs to a machine.
    let (world, function) = unsafe {
        let function = ffi::lua_touserdata(l, upvalue(1));
        (World::of(l), std::mem::transmute::<*mut c_void, Native>(function))
    };
    world.heap.set_native(true);
    // SAFETY: this call has the stack for itself.
    let mut frame = unsafe { Frame::of_call(l, world) };
    let outcome = catch_unwind(AssertUnwindSafe(|| function(&mut frame)));
    let exit = match outcome {
        Ok(Ok(count)) => Exit::Results(count),
        Ok(Err(Fault::Value)) => Exit::Value,
        Ok(Err(Fault::Message(message))) => put(&mut frame, &message, Exit::Message),
        Ok(Err(Fault::Argument(number, message))) => put(&mut frame, &message, Exit::Argument(number)),
        Err(_panic) => put(&mut frame, "internal error in a library function", Exit::Message),
    };
    world.heap.set_native(false);
    exit
}

/// Leaves `message` as the topmost value; drops the others, as there may be no room beside them.
fn put(frame: &mut Frame<'_>, message: &str, exit: Exit) -> Exit {
    let all = frame.top();
    frame.pop(all);
    frame.push_bytes(message.as_bytes());
    exit
}
