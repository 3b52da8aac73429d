//! The test kit of the command families: a node in memory, and transcripts of what clients say and hear.
//!
//! ```text
//! SET greeting "hello world" => +OK          a command, quoted as in redis-cli, and its reply
//! 2> BLPOP q 0 => (waits)                    the same for client 2 (0 to 9; without a number client 0)
//! RPUSH q a => :1
//! 2> => *2 $1 q $1 a                         what a waiting client got meanwhile
//! @sleep 100                                 moves the clock by 100 ms
//! @db 3                                      client 0 selects database 3
//! @resp 3                                    client 0 speaks RESP3
//! @list k a b                                puts a list in database 0; also @set k m, @hash k f v, @zset k 1 m, @stream k
//! # a remark                                 nothing
//! ```
//! A reply is shown in one line: `\r\n` is a blank, other bytes that do not print are escaped. After a transcript the node's
//! counts are verified and its log is replayed on a second node with other dice, which has to arrive at the same state.

use crate::acl::Acl;
use crate::command::index;
use crate::engine::{ClientInfo, Clock, Engine, Flow, Log, LogError, Lsn, Mail, Settings, WaitOutcome, Waiter};
use crate::keyspace::{Durability, Keyspaces};
use crate::resp::{Encoder, Protocol, split_line};
use crate::session::Session;
use crate::shard::EventClass;
use crate::shell::ManualClock;
use crate::table::Entry;
use crate::value::{Collection, Hash, List, Set, Stream, ZSet};
use mainstay_foundation::Timestamp;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// When every test begins: milliseconds since 1970, in November 2023.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;

/// A log that keeps its records in memory.
#[derive(Clone, Default)]
struct Records(Arc<Mutex<Vec<Vec<u8>>>>);

impl Log for Records {
    fn admit(&self, _bytes: usize) -> Result<(), LogError> {
        Ok(())
    }

    fn append(&self, parts: &[&[u8]], _durability: Durability) -> Result<Lsn, LogError> {
        let mut records = self.0.lock();
        records.push(parts.concat());
        Ok(records.len() as Lsn)
    }

    fn fell_behind(&self) {}
}

struct Client {
    session: Session,
    waiter: Option<Arc<Waiter>>,
}

/// A node with clients.
pub(crate) struct Db {
    /// The node.
    pub(crate) engine: Engine,
    /// Its clock.
    pub(crate) clock: ManualClock,
    records: Records,
    clients: BTreeMap<u64, Client>,
}

impl Db {
    /// An empty node with default settings.
    pub(crate) fn new() -> Self {
        Self::with(Settings::default(), Keyspaces::only_default())
    }

    /// An empty node with these settings and keyspaces.
    pub(crate) fn with(settings: Settings, spaces: Arc<Keyspaces>) -> Self {
        let (clock, records) = (ManualClock::default(), Records::default());
        clock.set(Timestamp::from_millis(BEGIN_MS));
        let (log, time) = (Box::new(records.clone()), Box::new(clock.clone()));
        let engine = Engine::new(spaces, settings, Acl::new(index()), log, time, 1);
        Self { engine, clock, records, clients: BTreeMap::new() }
    }

    /// Client 0 says `line`; its reply in one line.
    pub(crate) fn run(&mut self, line: &str) -> String {
        self.run_as(0, line)
    }

    /// That client says `line`.
    pub(crate) fn run_as(&mut self, client: u64, line: &str) -> String {
        let words = split_line(line.as_bytes()).unwrap_or_else(|| panic!("unbalanced quotes: {line}"));
        let args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        self.run_args(client, &args)
    }

    /// That client sends these arguments.
    pub(crate) fn run_args(&mut self, client: u64, args: &[&[u8]]) -> String {
        let Self { engine, clients, .. } = self;
        let client = client_of(engine, clients, client);
        assert!(client.waiter.is_none(), "a waiting client says nothing");
        let mut out = Encoder::new(Vec::new(), client.session.protocol);
        match engine.execute(&mut client.session, args, &mut out) {
            Flow::Wait(waiter) => {
                assert!(out.is_empty(), "who waits has no reply yet");
                client.waiter = Some(waiter);
                "(waits)".into()
            }
            Flow::Retry => "(retries)".into(),
            Flow::Continue | Flow::Close | Flow::Ask(_) => shown(out.bytes()),
        }
    }

    /// What the waiting client got, or `(waits)`.
    pub(crate) fn hear(&mut self, client: u64) -> String {
        let Self { engine, clients, .. } = self;
        let client = client_of(engine, clients, client);
        let waiter = client.waiter.take().expect("the client waits");
        match waiter.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {
                client.waiter = Some(waiter);
                "(waits)".into()
            }
            Poll::Ready(outcome) => {
                engine.forget_waiter(&waiter);
                match outcome {
                    WaitOutcome::Served(reply, _) | WaitOutcome::TimedOut(reply) => shown(&reply),
                    WaitOutcome::Unblocked => "(unblocked)".into(),
                }
            }
        }
    }

    /// Connects a client as the shell does: it is in the node's register. Its number is its id there, from 1.
    pub(crate) fn connect(&mut self, address: &str) -> u64 {
        let limit = self.engine.settings().output_pubsub;
        let now = Clock::now(&self.clock);
        let info = self.engine.clients.add(address.into(), "127.0.0.1:6379".into(), now, limit);
        let id = info.id;
        let mut session = Session::new(info, self.engine.dice());
        self.engine.greet(&mut session);
        self.clients.insert(id, Client { session, waiter: None });
        id
    }

    /// What others sent to that client since the last look: messages, or `(closed)` if it was told to close.
    pub(crate) fn mail(&mut self, client: u64) -> String {
        let mailbox = &self.session(client).client.mailbox;
        match mailbox.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => String::new(),
            Poll::Ready(Mail::Bytes(bytes)) => shown(&bytes),
            Poll::Ready(Mail::Close(_)) => "(closed)".into(),
        }
    }

    /// The session of that client.
    pub(crate) fn session(&mut self, client: u64) -> &mut Session {
        &mut client_of(&self.engine, &mut self.clients, client).session
    }

    /// Puts a collection into database 0, without the commands of its family.
    pub(crate) fn put(&mut self, key: &[u8], collection: Collection) {
        let item = Entry::collection(key, Box::new(collection), None);
        let mut record = Clock::now(&self.clock).as_micros().to_le_bytes().to_vec();
        crate::shard::put_state(Some(&item), 0, key, &mut record);
        let mut image = Vec::new();
        crate::shard::encode_image(&mut image, 0, &item);
        self.engine.restore(&image, true).expect("an image just written is well-formed");
        self.records.0.lock().push(record);
    }

    /// Moves the clock.
    pub(crate) fn sleep_ms(&self, millis: u64) {
        self.clock.advance_micros(millis * 1_000);
    }

    /// What was logged so far, an item a line: commands as they are, images and removals as `(image)` and `(gone) key`.
    pub(crate) fn logged(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for record in self.records.0.lock().iter() {
            crate::record::walk::<crate::record::RecordError>(record, &mut |_, item| {
                lines.push(match item {
                    crate::record::Item::Command { args, .. } => args.join(&b' ').escape_ascii().to_string(),
                    crate::record::Item::Image(_) => "(image)".into(),
                    crate::record::Item::Gone { key, .. } => format!("(gone) {}", key.escape_ascii()),
                });
                Ok(())
            })
            .expect("the engine writes well-formed records");
        }
        lines
    }

    /// Checks what always holds: the node's counts are right, and a replay of its log gives its state.
    ///
    /// # Panics
    /// If not.
    pub(crate) fn verify(&self) {
        self.engine.verify();
        let spaces = Keyspaces::only_default();
        let (settings, clock) = (Settings::clone(&self.engine.settings()), Box::new(ManualClock::default()));
        let twin = Engine::new(spaces, settings, Acl::new(index()), Box::new(Records::default()), clock, 2);
        twin.replay(&mut |apply| self.records.0.lock().iter().try_for_each(|record| apply(record)))
            .expect("the log replays");
        let now = Clock::now(&self.clock);
        let (ours, theirs) = (self.engine.state(now), twin.state(now));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.escape_ascii().to_string(), theirs.escape_ascii().to_string(), "state = replay");
        }
        assert_eq!(ours.len(), theirs.len(), "the node and the replay of its log hold as many keys");
        twin.verify();
    }
}

fn client_of<'c>(engine: &Engine, clients: &'c mut BTreeMap<u64, Client>, id: u64) -> &'c mut Client {
    clients.entry(id).or_insert_with(|| {
        let session = Session::new(ClientInfo::detached(id), engine.dice());
        Client { session, waiter: None }
    })
}

/// A reply in one line.
pub(crate) fn shown(reply: &[u8]) -> String {
    reply.escape_ascii().to_string().replace("\\r\\n", " ").replace("\\\"", "\"").replace("\\'", "'").trim_end().into()
}

/// Runs a transcript on a new node and compares each reply; see the module's documentation for its form.
pub(crate) fn check(transcript: &str) {
    let mut db = Db::new();
    check_on(&mut db, transcript);
    db.verify();
}

/// Runs a transcript on `db`.
///
/// # Panics
/// At the end, with all lines whose replies differ.
pub(crate) fn check_on(db: &mut Db, transcript: &str) {
    let mut differences = String::new();
    for (at, line) in transcript.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(directive) = line.strip_prefix('@') {
            direct(db, directive);
            continue;
        }
        let (client, said) = match line.split_once('>') {
            Some((number, said)) if number.len() == 1 && number.as_bytes()[0].is_ascii_digit() => {
                (u64::from(number.as_bytes()[0] - b'0'), said.trim())
            }
            _ => (0, line),
        };
        let (command, expected) = said.split_once("=>").unwrap_or_else(|| panic!("line {at} lacks `=>`: {line}"));
        let heard = match command.trim() {
            "" => db.hear(client),
            command => db.run_as(client, command),
        };
        if heard != expected.trim() {
            differences += &format!("line {at}: {line}\n  but: {heard}\n");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

fn direct(db: &mut Db, directive: &str) {
    let words = split_line(directive.as_bytes()).expect("quotes are balanced");
    let (verb, values) = (words[0].as_slice(), &words[1..]);
    let number = || std::str::from_utf8(&values[0]).ok().and_then(|text| text.parse().ok()).expect("a number");
    match verb {
        b"sleep" => db.sleep_ms(number()),
        b"db" => db.session(0).db = number() as u8,
        b"resp" => db.session(0).protocol = if number() == 3 { Protocol::Resp3 } else { Protocol::Resp2 },
        kind => {
            let collection = collection(kind, &values[1..]);
            db.put(&values[0], collection);
        }
    }
}

fn collection(kind: &[u8], elements: &[Vec<u8>]) -> Collection {
    const SEED: u64 = 3;
    match kind {
        b"list" => {
            let mut list = List::new();
            elements.iter().for_each(|element| list.push_back(element));
            Collection::List(list)
        }
        b"set" => {
            let mut set = Set::new(SEED);
            elements.iter().for_each(|member| assert!(set.add(member, &Default::default()), "members differ"));
            Collection::Set(set)
        }
        b"hash" => {
            let mut hash = Hash::new(SEED);
            elements.chunks(2).for_each(|pair| assert!(hash.insert(&pair[0], &pair[1], &Default::default())));
            Collection::Hash(hash)
        }
        b"zset" => {
            let mut zset = ZSet::new(SEED);
            for pair in elements.chunks(2) {
                let score = crate::text::float::parse(&pair[0]).expect("a score");
                assert_eq!(zset.insert(&pair[1], score, &Default::default()), None, "members differ");
            }
            Collection::ZSet(zset)
        }
        b"stream" => Stream::new(SEED).into(),
        other => panic!("unknown directive: {}", other.escape_ascii()),
    }
}

/// The keyspace events that these commands cause on a new node, each as `event key`.
pub(crate) fn events(lines: &[&str]) -> Vec<String> {
    let settings = Settings { notify: EventClass::ALL | EventClass::KEYEVENT, ..Settings::default() };
    let mut db = Db::with(settings, Keyspaces::only_default());
    let mailbox = Arc::clone(&db.session(0).client.mailbox);
    db.engine.pubsub.psubscribe(b"*", &mailbox);
    lines.iter().for_each(|line| _ = db.run(line));
    let mail = shown(&mailbox.take());
    let words: Vec<&str> = mail.split(' ').collect();
    // *4 $8 pmessage $1 * $n __keyevent@0__:event $n key
    words.chunks_exact(9).map(|message| format!("{} {}", message[6].rsplit(':').next().unwrap(), message[8])).collect()
}

mod tests {
    use super::*;

    #[test]
    fn transcripts_show_replies_time_databases_and_protocols() {
        check(
            r#"
            SET k "a b\r\n\x00" EX 1 => +OK
            GET k => $6 a b \x00
            @db 1
            GET k => $-1
            @resp 3
            GET k => _
            3> GET k => $6 a b \x00
            @sleep 1000
            3> GET k => $-1
            "#,
        );
    }

    #[test]
    fn the_log_is_told() {
        let mut db = Db::new();
        db.run("SET k 1");
        db.run("GET k");
        db.run("INCRBYFLOAT k 1.5");
        assert_eq!(db.logged(), ["SET k 1", "SET k 2.5 KEEPTTL"]);
        db.verify();
    }
}
