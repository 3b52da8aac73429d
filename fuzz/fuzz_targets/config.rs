//! A configuration file is read or refused with diagnostics, whatever it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay::config::Config;

fuzz_target!(|text: &str| {
    let _ = Config::parse(text, "fuzz.toml");
});
