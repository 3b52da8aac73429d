//! Lua 5.1 scripts, as `EVAL`, `EVALSHA` and `SCRIPT` run them.
//!
//! A [`Scripts`] owns one Lua virtual machine and the functions compiled in it. It knows nothing of shards or connections:
//! commands leave through [`Host`], time limits enter through [`Watch`].
//!
//! ```text
//! load(body) ──► shebang ──► compile ──► cache[sha] = function
//! run(sha)   ──► KEYS, ARGV ──► function ──► redis.call ──► Host::call ──► RESP ──► Lua value
//!                                   │
//!                                   └──► result or error ──► RESP reply
//! ```
//!
//! What holds for every script (numbered for the tests):
//! * SCRIPT-1: a script leaves nothing behind: globals, libraries and the string metatable are read-only views, the random
//!   generator and the options of `cjson` start anew, so that equal inputs give equal commands.
//! * SCRIPT-2: once [`Watch`] said [`Verdict::Kill`] every further instruction of the script raises, `pcall` or not; one step of
//!   native code (a command, a sort, a decoding) is finished first.
//! * SCRIPT-3: Lua's memory is accounted and limited; native code finishes its step before the limit is enforced.
//! * SCRIPT-4: a Lua error never unwinds a Rust frame that owns something.
//!
//! All `unsafe` code lives in `raw`.

mod bits;
mod cjson;
mod cmsgpack;
mod host;
mod incoming;
mod number;
mod outgoing;
mod random;
mod raw;
mod redis;
mod scripts;
mod sha;
mod shebang;
mod structs;
#[cfg(test)]
mod tests;

pub use host::{Host, LogLevel, Verdict, Watch};
pub use scripts::{
    Call, CompileError, EVAL_SCRIPTS_MAX, Ended, INSTRUCTIONS_PER_TICK, Limits, Origin, Protocol, Scripts,
};
pub use sha::Sha;
pub use shebang::Flags;
