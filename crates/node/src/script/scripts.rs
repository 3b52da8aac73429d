//! The scripts of a node: compiled once, run by name.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::host::{Host, Watch};
use super::outgoing::Writer;
use super::random::Lrand48;
use super::raw::machine::{Compiled, Finish, Machine};
use super::redis::{self, write_failure};
use super::sha::Sha;
use super::shebang::{self, Flags};
use super::{bits, cjson, cmsgpack, structs};

/// Instructions of the Lua machine between two calls of [`Watch::tick`].
pub const INSTRUCTIONS_PER_TICK: u32 = super::raw::machine::INSTRUCTIONS_PER_TICK as u32;

/// Scripts that came by `EVAL` and are kept beyond their run; the least recently used one goes first.
pub const EVAL_SCRIPTS_MAX: usize = 500;

/// Runs between two collector steps that are not Lua's own.
const RUNS_PER_COLLECTION: u32 = 50;

/// What a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// RESP2.
    Resp2,
    /// RESP3.
    Resp3,
}

/// What a script may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lua values of all scripts of a machine; the sandbox itself takes about 40 KiB of it.
    pub memory_bytes_max: usize,
    /// The reply of a script, and any string that a library function builds.
    pub output_bytes_max: usize,
}

impl Default for Limits {
    /// 256 MiB, and the 512 MiB of the longest bulk string.
    fn default() -> Self {
        Self { memory_bytes_max: 256 << 20, output_bytes_max: 512 << 20 }
    }
}

/// How a script came here, which decides how long it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By `SCRIPT LOAD`: until a flush.
    Load,
    /// By `EVAL`: while it is among the last [`EVAL_SCRIPTS_MAX`] used.
    Eval,
}

/// A script that was not accepted. The text is the whole error reply without its `-`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", String::from_utf8_lossy(.0))]
pub struct CompileError(Vec<u8>);

impl CompileError {
    /// The error reply, complete.
    #[must_use]
    pub fn reply(&self) -> Vec<u8> {
        let mut reply = Vec::new();
        super::outgoing::write_error(&mut reply, &self.0);
        reply
    }
}

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which script.
    pub sha: &'a Sha,
    /// `KEYS`.
    pub keys: &'a [&'a [u8]],
    /// `ARGV`.
    pub args: &'a [&'a [u8]],
    /// Seeds `math.random` with its lower 32 bits, as `srand48` does; `0x1234_ABCD` is what a fresh Redis draws from.
    pub seed: u64,
    /// The client's protocol, for the reply.
    pub protocol: Protocol,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a result in the reply.
    Returned,
    /// With the script's error in the reply.
    Failed,
    /// By [`Verdict::Kill`](super::Verdict::Kill); the reply is an error.
    Killed,
    /// Not begun: no such script. The reply is untouched.
    Missing,
}

/// One Lua machine and the scripts compiled in it.
///
/// Not shared: a node that runs scripts in parallel has several, and loads a script into each.
pub struct Scripts {
    machine: Machine,
    cache: HashMap<Sha, Script, RandomState>,
    body_bytes: usize,
    evals: usize,
    runs: u32,
    clock: u64,
    /// Bytes of Lua's memory after a run that ask for a whole collection.
    collect_above: usize,
}

struct Script {
    compiled: Compiled,
    body: Box<[u8]>,
    flags: Flags,
    origin: Origin,
    used: u64,
}

impl Scripts {
    /// A machine without scripts.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let libraries = [redis::REDIS, redis::MATH, cjson::LIBRARY, cmsgpack::LIBRARY, bits::LIBRARY, structs::LIBRARY];
        Self {
            machine: Machine::new(limits, &libraries),
            cache: HashMap::default(),
            body_bytes: 0,
            evals: 0,
            runs: 0,
            clock: 0,
            collect_above: limits.memory_bytes_max / 2,
        }
    }

    /// Compiles `body` unless it is known, and answers its name. Costs a SHA1, and 10–20 µs to compile.
    pub fn load(&mut self, body: &[u8], origin: Origin) -> Result<Sha, CompileError> {
        let sha = Sha::of(body);
        if let Some(script) = self.cache.get_mut(&sha) {
            if script.origin == Origin::Eval && origin == Origin::Load {
                script.origin = Origin::Load;
                self.evals -= 1;
            }
            return Ok(sha);
        }
        let (flags, code) =
            shebang::split(body).map_err(|problem| CompileError(format!("ERR {problem}").into_bytes()))?;
        let compiled = self.machine.compile(code).map_err(|problem| {
            CompileError([b"ERR Error compiling script (new function): ".as_slice(), &problem].concat())
        })?;
        if origin == Origin::Eval {
            self.make_room();
            self.evals += 1;
        }
        self.clock += 1;
        self.body_bytes += body.len();
        self.cache.insert(sha, Script { compiled, body: body.into(), flags, origin, used: self.clock });
        Ok(sha)
    }

    /// Whether the script can be run.
    #[must_use]
    pub fn exists(&self, sha: &Sha) -> bool {
        self.cache.contains_key(sha)
    }

    /// The script's text.
    #[must_use]
    pub fn body(&self, sha: &Sha) -> Option<&[u8]> {
        self.cache.get(sha).map(|script| &*script.body)
    }

    /// What the script declares about itself.
    #[must_use]
    pub fn flags(&self, sha: &Sha) -> Option<Flags> {
        self.cache.get(sha).map(|script| script.flags)
    }

    /// How many scripts are kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cache.len()
    }

    /// Bytes of Lua's memory and of the scripts' texts.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.machine.world().heap.used_bytes() + self.body_bytes
    }

    /// Forgets every script and collects the machine's garbage.
    pub fn flush(&mut self) {
        for (_, script) in self.cache.drain() {
            self.machine.forget(&script.compiled);
        }
        self.body_bytes = 0;
        self.evals = 0;
        self.collect();
    }

    /// Runs a script and appends its reply: one RESP value in the client's protocol, whatever happens in the script.
    pub fn run(&mut self, call: Call<'_>, host: &mut dyn Host, watch: &dyn Watch, reply: &mut Vec<u8>) -> Ended {
        let Some(script) = self.cache.get_mut(call.sha) else { return Ended::Missing };
        self.clock += 1;
        script.used = self.clock;
        let world = self.machine.world();
        world.random.set(Lrand48::new(call.seed as u32));
        world.resp3.set(false);
        world.json.reset();
        let ended = self.machine.run(&script.compiled, call.keys, call.args, host, watch, |frame, finish| {
            let writer = Writer::new(call.protocol, frame.world().resp3.get());
            match finish {
                Finish::Returned => {
                    writer.value(frame, 1, reply);
                    Ended::Returned
                }
                Finish::Failed => {
                    write_failure(frame, call.sha, reply);
                    Ended::Failed
                }
                Finish::Killed => {
                    write_failure(frame, call.sha, reply);
                    Ended::Killed
                }
            }
        });
        self.after_run();
        ended
    }

    fn after_run(&mut self) {
        self.runs += 1;
        if self.machine.world().heap.used_bytes() > self.collect_above {
            self.collect();
        } else if self.runs >= RUNS_PER_COLLECTION {
            self.runs = 0;
            self.machine.collect(false);
        }
    }

    /// Collects all garbage. Lua gives up at the memory limit without looking for garbage, so much of it must not wait there;
    /// what is alive now must double before it is looked through again.
    fn collect(&mut self) {
        self.machine.collect(true);
        let world = self.machine.world();
        self.collect_above = (world.limits.memory_bytes_max / 2).max(world.heap.used_bytes() * 2);
    }

    /// Forgets the least recently used script of `EVAL` when there are too many.
    fn make_room(&mut self) {
        if self.evals < EVAL_SCRIPTS_MAX {
            return;
        }
        let evals = self.cache.iter().filter(|(_, script)| script.origin == Origin::Eval);
        let Some(oldest) = evals.min_by_key(|(_, script)| script.used).map(|(sha, _)| *sha) else { return };
        if let Some(script) = self.cache.remove(&oldest) {
            self.machine.forget(&script.compiled);
            self.body_bytes -= script.body.len();
            self.evals -= 1;
        }
    }
}
