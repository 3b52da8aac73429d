//! Lines about what happens.
use crate::config::{LogFormat, LogLevel};
use std::fmt::Display;
/// Log.
#[derive(Clone, Debug)]
pub struct Logger;
impl Logger {
    /// x
    pub fn start(_l: LogLevel, _f: LogFormat, _n: &str, _r: bool) -> Self {
        Self
    }
    fn put(&self, level: &str, target: &str, msg: &str, fields: &[(&str, &dyn Display)]) {
        eprint!("{level} {target} {msg}");
        for (k, v) in fields {
            eprint!(" {k}={v}");
        }
        eprintln!();
    }
    /// x
    pub fn debug(&self, t: &str, m: &str, f: &[(&str, &dyn Display)]) {
        self.put("debug", t, m, f);
    }
    /// x
    pub fn info(&self, t: &str, m: &str, f: &[(&str, &dyn Display)]) {
        self.put("info", t, m, f);
    }
    /// x
    pub fn warn(&self, t: &str, m: &str, f: &[(&str, &dyn Display)]) {
        self.put("warn", t, m, f);
    }
    /// x
    pub fn error(&self, t: &str, m: &str, f: &[(&str, &dyn Display)]) {
        self.put("error", t, m, f);
    }
    /// x
    pub fn set_level(&self, _l: LogLevel) {}
    /// x
    pub fn flush(&self) {}
}
