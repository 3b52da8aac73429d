//! What a field's value may be.

use crate::config::Diagnostic;
use crate::disk::SnapshotError;
use std::borrow::Cow;
use std::fmt::Display;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A value as it is written.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Text, or bytes that need not be UTF-8: what is not becomes U+FFFD.
    Text(Cow<'a, [u8]>),
    /// A whole number.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// A number; infinities and NaN are written as text.
    Float(f64),
    /// A truth.
    Flag(bool),
}

/// Something that can be a field of a log line.
pub trait Field {
    /// The value.
    fn value(&self) -> Value<'_>;
}

/// Makes a field of anything that can be displayed.
#[derive(Clone, Copy, Debug)]
pub struct Show<T>(pub T);

impl<T: Display> Field for Show<T> {
    fn value(&self) -> Value<'_> {
        shown(&self.0)
    }
}

fn shown(value: &dyn Display) -> Value<'static> {
    Value::Text(Cow::Owned(value.to_string().into_bytes()))
}

impl<T: Field + ?Sized> Field for &T {
    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl Field for str {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self.as_bytes()))
    }
}

impl Field for [u8] {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Field for String {
    fn value(&self) -> Value<'_> {
        self.as_str().value()
    }
}

impl Field for Vec<u8> {
    fn value(&self) -> Value<'_> {
        self.as_slice().value()
    }
}

impl Field for Path {
    fn value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self.as_os_str().as_encoded_bytes()))
    }
}

impl Field for PathBuf {
    fn value(&self) -> Value<'_> {
        self.as_path().value()
    }
}

impl Field for bool {
    fn value(&self) -> Value<'_> {
        Value::Flag(*self)
    }
}

impl Field for f64 {
    fn value(&self) -> Value<'_> {
        Value::Float(*self)
    }
}

/// In seconds.
impl Field for Duration {
    fn value(&self) -> Value<'_> {
        Value::Float(self.as_secs_f64())
    }
}

macro_rules! fields {
    ($($kind:ty => $value:expr;)+) => {
        $(impl Field for $kind {
            fn value(&self) -> Value<'_> {
                $value(self)
            }
        })+
    };
}

fields! {
    u16 => |n: &u16| Value::Unsigned(u64::from(*n));
    u32 => |n: &u32| Value::Unsigned(u64::from(*n));
    u64 => |n: &u64| Value::Unsigned(*n);
    usize => |n: &usize| Value::Unsigned(*n as u64);
    i32 => |n: &i32| Value::Signed(i64::from(*n));
    i64 => |n: &i64| Value::Signed(*n);
    u128 => |n: &u128| Value::Unsigned(u64::try_from(*n).unwrap_or(u64::MAX));
    IpAddr => shown;
    SocketAddr => shown;
    io::Error => shown;
    Diagnostic => shown;
    SnapshotError => shown;
}
