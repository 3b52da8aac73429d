//! A keyspace of strings and hashes, just large enough for scripts.

use std::collections::BTreeMap;

use crate::script::{Host, LogLevel, Verdict, Watch};

/// A watch that never ends a script.
pub(super) struct Free;

impl Watch for Free {
    fn tick(&self) -> Verdict {
        Verdict::Continue
    }
}

/// The commands `GET SET HGET HMSET HGETALL EXPIRE TIME PING`; `RAW` replies with its argument as it stands.
#[derive(Default)]
pub(super) struct Keyspace {
    strings: BTreeMap<Vec<u8>, Vec<u8>>,
    hashes: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(super) now_us: u64,
    pub(super) logged: Vec<(LogLevel, Vec<u8>)>,
    pub(super) calls: usize,
}

impl Host for Keyspace {
    fn call(&mut self, args: &[&[u8]], resp3: bool, reply: &mut Vec<u8>) {
        self.calls += 1;
        let name = args[0].to_ascii_uppercase();
        match (name.as_slice(), &args[1..]) {
            (b"PING", []) => reply.extend_from_slice(b"+PONG\r\n"),
            (b"RAW", [raw]) => reply.extend_from_slice(raw),
            (b"TIME", []) => {
                reply.extend_from_slice(b"*2\r\n");
                bulk(reply, Some((1_700_000_000 + self.now_us / 1_000_000).to_string().as_bytes()), resp3);
                bulk(reply, Some((self.now_us % 1_000_000).to_string().as_bytes()), resp3);
            }
            (b"GET", [key]) => bulk(reply, self.strings.get(*key).map(Vec::as_slice), resp3),
            (b"SET", [key, value]) => {
                self.strings.insert(key.to_vec(), value.to_vec());
                reply.extend_from_slice(b"+OK\r\n");
            }
            (b"HGET", [key, field]) => {
                let value = self.hashes.get(*key).and_then(|hash| hash.get(*field));
                bulk(reply, value.map(Vec::as_slice), resp3);
            }
            (b"HMSET", [key, pairs @ ..]) if pairs.len() % 2 == 0 => {
                let hash = self.hashes.entry(key.to_vec()).or_default();
                hash.extend(pairs.chunks_exact(2).map(|pair| (pair[0].to_vec(), pair[1].to_vec())));
                reply.extend_from_slice(b"+OK\r\n");
            }
            (b"EXPIRE", [key, _]) => {
                let found = u8::from(self.hashes.contains_key(*key));
                reply.extend_from_slice(format!(":{found}\r\n").as_bytes());
            }
            (b"GET" | b"SET" | b"HGET" | b"HMSET", _) => {
                reply.extend_from_slice(b"-ERR Wrong number of args calling Redis command from script\r\n");
            }
            _ => reply.extend_from_slice(b"-ERR Unknown Redis command called from script\r\n"),
        }
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        self.logged.push((level, message.to_vec()));
    }

    fn acl_check(&mut self, args: &[&[u8]]) -> Option<bool> {
        match args[0] {
            b"get" => Some(true),
            b"set" => Some(false),
            _ => None,
        }
    }
}

fn bulk(reply: &mut Vec<u8>, value: Option<&[u8]>, resp3: bool) {
    match value {
        Some(value) => {
            reply.extend_from_slice(format!("${}\r\n", value.len()).as_bytes());
            reply.extend_from_slice(value);
            reply.extend_from_slice(b"\r\n");
        }
        None => reply.extend_from_slice(if resp3 { b"_\r\n" } else { b"$-1\r\n" }),
    }
}
