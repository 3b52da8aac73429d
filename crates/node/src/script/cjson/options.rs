//! The options of `cjson` and the functions that show and change them.

use std::cell::RefCell;

use crate::script::raw::frame::{Fault, Frame, Kind, to_integer};

/// Modules that one script can make.
const MODULES_MAX: usize = 1000;

/// What encoding does with infinities and NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InvalidNumbers {
    Refuse,
    Write,
    Null,
}

/// The options of one module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// Sparse arrays become objects; otherwise they are refused.
    pub(super) sparse_convert: bool,
    /// An array is sparse when its greatest index is over this many times its items (0: never) …
    pub(super) sparse_ratio: i32,
    /// … and over this.
    pub(super) sparse_safe: i32,
    pub(super) encode_depth_max: i32,
    pub(super) decode_depth_max: i32,
    /// Significant digits.
    pub(super) precision: i32,
    /// Shown only: buffers are not kept.
    keep_buffer: bool,
    pub(super) encode_invalid: InvalidNumbers,
    /// Whether `0x1F`, `nan`, `inf` and leading zeros are read.
    pub(super) decode_invalid: bool,
}

const DEFAULT: Options = Options {
    sparse_convert: false,
    sparse_ratio: 2,
    sparse_safe: 10,
    encode_depth_max: 1000,
    decode_depth_max: 1000,
    precision: 14,
    keep_buffer: true,
    encode_invalid: InvalidNumbers::Refuse,
    decode_invalid: true,
};

/// The options of the modules of a script, by the number that their functions carry.
#[derive(Debug)]
pub(in crate::script) struct Modules(RefCell<Vec<Options>>);

impl Default for Modules {
    fn default() -> Self {
        Self(RefCell::new(vec![DEFAULT]))
    }
}

impl Modules {
    /// Forgets what the last script set. Its further modules are unreachable by then.
    pub(in crate::script) fn reset(&self) {
        let mut modules = self.0.borrow_mut();
        modules.truncate(1);
        modules[0] = DEFAULT;
    }

    /// The number of a new module.
    pub(super) fn add(&self) -> Option<u32> {
        let mut modules = self.0.borrow_mut();
        let number = modules.len();
        (number < MODULES_MAX).then(|| modules.push(DEFAULT))?;
        u32::try_from(number).ok()
    }
}

/// The options of the running function's module.
pub(super) fn of(frame: &Frame<'_>) -> Options {
    frame.world().json.0.borrow().get(frame.tag() as usize).copied().unwrap_or(DEFAULT)
}

fn change(frame: &Frame<'_>, set: impl FnOnce(&mut Options)) {
    if let Some(options) = frame.world().json.0.borrow_mut().get_mut(frame.tag() as usize) {
        set(options);
    }
}

/// Checks the count of arguments and pushes nils for those left out.
fn arguments(frame: &mut Frame<'_>, count: i32) -> Result<(), Fault> {
    if frame.top() > count {
        return Err(Fault::argument(count + 1, "found too many arguments"));
    }
    while frame.top() < count {
        frame.push_nil();
    }
    Ok(())
}

/// An integer argument, if there is one.
fn integer(frame: &Frame<'_>, at: i32, least: i32, greatest: i32) -> Result<Option<i32>, Fault> {
    if frame.kind(at) == Kind::Nil {
        return Ok(None);
    }
    let value = to_integer(frame.check_number(at)?) as i32;
    if (least..=greatest).contains(&value) {
        return Ok(Some(value));
    }
    Err(Fault::argument(1, format!("expected integer between {least} and {greatest}")))
}

/// One of `names`, or a boolean for the first two, if the argument is there; answers its index.
fn choice(frame: &mut Frame<'_>, at: i32, names: &[&str]) -> Result<Option<usize>, Fault> {
    match frame.kind(at) {
        Kind::Nil => Ok(None),
        Kind::Boolean => Ok(Some(usize::from(frame.truth(at)))),
        _ => {
            let given = String::from_utf8_lossy(&frame.check_bytes(at)?).into_owned();
            let index = names.iter().position(|name| *name == given);
            index.map(Some).ok_or_else(|| Fault::argument(at, format!("invalid option '{given}'")))
        }
    }
}

const SWITCH: [&str; 2] = ["off", "on"];

pub(super) fn encode_sparse_array(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    arguments(frame, 3)?;
    if let Some(convert) = choice(frame, 1, &SWITCH)? {
        change(frame, |options| options.sparse_convert = convert == 1);
    }
    if let Some(ratio) = integer(frame, 2, 0, i32::MAX)? {
        change(frame, |options| options.sparse_ratio = ratio);
    }
    if let Some(safe) = integer(frame, 3, 0, i32::MAX)? {
        change(frame, |options| options.sparse_safe = safe);
    }
    let options = of(frame);
    frame.push_bool(options.sparse_convert);
    frame.push_number(f64::from(options.sparse_ratio));
    frame.push_number(f64::from(options.sparse_safe));
    Ok(3)
}

pub(super) fn encode_max_depth(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    limit(frame, i32::MAX, |options| &mut options.encode_depth_max)
}

pub(super) fn decode_max_depth(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    limit(frame, i32::MAX, |options| &mut options.decode_depth_max)
}

pub(super) fn encode_number_precision(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    limit(frame, 14, |options| &mut options.precision)
}

fn limit(frame: &mut Frame<'_>, greatest: i32, field: fn(&mut Options) -> &mut i32) -> Result<i32, Fault> {
    arguments(frame, 1)?;
    if let Some(value) = integer(frame, 1, 1, greatest)? {
        change(frame, |options| *field(options) = value);
    }
    let value = *field(&mut of(frame));
    frame.push_number(f64::from(value));
    Ok(1)
}

pub(super) fn encode_keep_buffer(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    switch(frame, |options| &mut options.keep_buffer)
}

pub(super) fn decode_invalid_numbers(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    switch(frame, |options| &mut options.decode_invalid)
}

fn switch(frame: &mut Frame<'_>, field: fn(&mut Options) -> &mut bool) -> Result<i32, Fault> {
    arguments(frame, 1)?;
    if let Some(value) = choice(frame, 1, &SWITCH)? {
        change(frame, |options| *field(options) = value == 1);
    }
    let value = *field(&mut of(frame));
    frame.push_bool(value);
    Ok(1)
}

pub(super) fn encode_invalid_numbers(frame: &mut Frame<'_>) -> Result<i32, Fault> {
    const CHOICES: [InvalidNumbers; 3] = [InvalidNumbers::Refuse, InvalidNumbers::Write, InvalidNumbers::Null];
    arguments(frame, 1)?;
    if let Some(index) = choice(frame, 1, &["off", "on", "null"])? {
        change(frame, |options| options.encode_invalid = CHOICES[index]);
    }
    match of(frame).encode_invalid {
        InvalidNumbers::Null => frame.push_bytes(b"null"),
        other => frame.push_bool(other == InvalidNumbers::Write),
    }
    Ok(1)
}
