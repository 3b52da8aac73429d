//! Sends one stream to two servers and compares what comes back.

use super::differences::{agree, agree_on_scan};
use super::generate::{Step, is_scan};
use crate::kit::{Client, Reply, Server, escaped};
use std::collections::VecDeque;
use std::time::Duration;

/// How many connections a stream may use.
const CONNECTIONS: usize = 2;
/// No iteration of a stream's small keys takes more calls.
const SCAN_CALLS_MAX: usize = 100_000;

/// The two servers; the one under test is started anew when it has died.
pub(super) struct Pair {
    subject: Server,
    reference: Server,
}

/// The first reply that is not the same.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// Index of the step; the number of steps for a difference in what is left at the end.
    pub(super) index: usize,
    pub(super) command: Vec<Vec<u8>>,
    pub(super) ours: Result<Reply, String>,
    pub(super) theirs: Reply,
}

impl Pair {
    pub(super) fn start() -> Self {
        Self { subject: Server::subject(), reference: Server::reference() }
    }

    /// Runs the stream on empty servers, `batch` commands at a time in one write.
    pub(super) fn run(&mut self, steps: &[Step], batch: usize) -> Result<(), Mismatch> {
        let mut ours = self.fresh_subject();
        let mut theirs = Session::open(&self.reference).expect("the reference answers");
        let mut from = 0;
        while from < steps.len() {
            let until = from + batch_length(&steps[from..], batch);
            if let Step::Sleep { ms } = steps[from] {
                std::thread::sleep(Duration::from_millis(ms));
            } else {
                compare_batch(&steps[from..until], from, &mut ours, &mut theirs)?;
            }
            from = until;
        }
        compare_state(steps.len(), &mut ours, &mut theirs)
    }

    fn fresh_subject(&mut self) -> Session {
        Session::open(&self.subject).unwrap_or_else(|_| {
            self.subject = Server::subject();
            Session::open(&self.subject).expect("a server just started answers")
        })
    }
}

/// How many of the first steps go out together: commands of one connection, none of which needs several calls.
fn batch_length(steps: &[Step], batch: usize) -> usize {
    let connection_of = |step: &Step| match step {
        Step::Command { connection, arguments } if !is_scan(arguments) => Some(*connection),
        _ => None,
    };
    let Some(first) = connection_of(&steps[0]) else { return 1 };
    steps.iter().take(batch).take_while(|step| connection_of(step) == Some(first)).count()
}

fn compare_batch(steps: &[Step], from: usize, ours: &mut Session, theirs: &mut Session) -> Result<(), Mismatch> {
    let commands: Vec<(usize, &[Vec<u8>])> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Command { connection, arguments } => Some((*connection, arguments.as_slice())),
            Step::Sleep { .. } => None,
        })
        .collect();
    let expected = theirs.answers(&commands).expect("the reference answers");
    let got = ours.answers(&commands);
    let lost = got.as_ref().err().cloned();
    let mut got = got.unwrap_or_default().into_iter();
    for (offset, ((connection, command), theirs_reply)) in commands.iter().zip(expected).enumerate() {
        let ours_reply = got.next().ok_or_else(|| lost.clone().unwrap_or_default());
        let queued = theirs.queue(*connection, command, &theirs_reply);
        let same = ours_reply.as_ref().is_ok_and(|ours_reply| match &queued {
            Some(commands) => agree_on_exec(commands, ours_reply, &theirs_reply),
            None if is_scan(command) => agree_on_scan(command, ours_reply, &theirs_reply),
            None => agree(command, ours_reply, &theirs_reply),
        });
        if !same {
            let command = command.to_vec();
            return Err(Mismatch { index: from + offset, command, ours: ours_reply, theirs: theirs_reply });
        }
    }
    Ok(())
}

fn agree_on_exec(commands: &[Vec<Vec<u8>>], ours: &Reply, theirs: &Reply) -> bool {
    let (Reply::Array(ours), Reply::Array(theirs)) = (ours, theirs) else { return ours == theirs };
    ours.len() == theirs.len()
        && theirs.len() == commands.len()
        && commands.iter().zip(ours.iter().zip(theirs)).all(|(command, (ours, theirs))| agree(command, ours, theirs))
}

/// Compares everything the stream has left behind: keys, types, encodings, times to live, content.
fn compare_state(index: usize, ours: &mut Session, theirs: &mut Session) -> Result<(), Mismatch> {
    for session in [&mut *ours, &mut *theirs] {
        // Whatever transaction is open ends here.
        let _ = session.answers(&[(0, &words("DISCARD"))]);
    }
    let mut compare = |command: Vec<Vec<u8>>| {
        let theirs = theirs.answers(&[(0, &command)]).expect("the reference answers").remove(0);
        let ours = ours.answers(&[(0, &command)]).map(|mut replies| replies.remove(0));
        let same = |ours: &Reply| {
            if is_scan(&command) { agree_on_scan(&command, ours, &theirs) } else { agree(&command, ours, &theirs) }
        };
        if ours.as_ref().is_ok_and(same) {
            return Ok(theirs);
        }
        Err(Mismatch { index, command, ours, theirs })
    };
    let keys = compare(words("KEYS *"))?;
    for key in keys.items() {
        let Reply::Bulk(key) = key else { continue };
        let about = |line: &str| -> Vec<Vec<u8>> {
            let key_or_word = |word: &str| if word == "KEY" { key.clone() } else { word.as_bytes().to_vec() };
            line.split(' ').map(key_or_word).collect()
        };
        let kind = compare(about("TYPE KEY"))?.text();
        compare(about("PTTL KEY"))?;
        compare(about("OBJECT ENCODING KEY"))?;
        compare(about(match kind.as_str() {
            "string" => "GET KEY",
            "hash" => "HGETALL KEY",
            "list" => "LRANGE KEY 0 -1",
            "set" => "SMEMBERS KEY",
            "zset" => "ZRANGE KEY 0 -1 WITHSCORES",
            _ => "XINFO STREAM KEY FULL COUNT 0",
        }))?;
    }
    Ok(())
}

fn words(line: &str) -> Vec<Vec<u8>> {
    line.split(' ').map(Vec::from).collect()
}

/// The connections of one stream to one server.
struct Session {
    clients: Vec<Client>,
    /// Per connection, the commands that wait for EXEC.
    queues: [VecDeque<Vec<Vec<u8>>>; CONNECTIONS],
}

impl Session {
    /// Opens the connections and empties the server.
    fn open(server: &Server) -> Result<Self, String> {
        let connect = |_| Client::try_connect(server.address()).map_err(|error| error.to_string());
        let clients = (0..CONNECTIONS).map(connect).collect::<Result<_, _>>()?;
        let mut session = Self { clients, queues: Default::default() };
        for reply in session.answers(&[(0, &words("FLUSHALL")), (0, &words("SCRIPT FLUSH"))])? {
            assert!(reply.error().is_none(), "a server cannot be emptied between streams: {reply}");
        }
        Ok(session)
    }

    /// All replies, or why the first missing one is missing. A SCAN command is carried to its end: its reply holds the
    /// elements of all calls.
    fn answers(&mut self, commands: &[(usize, &[Vec<u8>])]) -> Result<Vec<Reply>, String> {
        if let [(connection, command)] = commands
            && is_scan(command)
        {
            return Ok(vec![scan(&mut self.clients[*connection], command)?]);
        }
        for (connection, command) in commands {
            self.clients[*connection].send_raw(&crate::kit::encode(*command)).map_err(|error| error.to_string())?;
        }
        commands.iter().map(|(connection, _)| receive(&mut self.clients[*connection])).collect()
    }

    /// Follows the transaction of a connection; at EXEC returns the commands that its reply answers.
    fn queue(&mut self, connection: usize, command: &[Vec<u8>], reply: &Reply) -> Option<Vec<Vec<Vec<u8>>>> {
        let queue = &mut self.queues[connection];
        match command[0].to_ascii_uppercase().as_slice() {
            _ if *reply == Reply::Simple(b"QUEUED".to_vec()) => queue.push_back(command.to_vec()),
            b"EXEC" if command.len() == 1 => return Some(queue.drain(..).collect()),
            b"DISCARD" if reply.error().is_none() => queue.clear(),
            _ => {}
        }
        None
    }
}

fn receive(client: &mut Client) -> Result<Reply, String> {
    client.try_receive().map_err(|error| format!("no reply: {error}"))
}

fn scan(client: &mut Client, command: &[Vec<u8>]) -> Result<Reply, String> {
    let cursor_at = if command[0].eq_ignore_ascii_case(b"SCAN") { 1 } else { 2 };
    let mut command = command.to_vec();
    let mut elements = Vec::new();
    for _ in 0..SCAN_CALLS_MAX {
        client.send_raw(&crate::kit::encode(&command)).map_err(|error| error.to_string())?;
        let reply = receive(client)?;
        let Reply::Array(parts) = &reply else { return Ok(reply) };
        let [Reply::Bulk(cursor), Reply::Array(found)] = parts.as_slice() else {
            return Err(format!("not a reply to a scan: {reply}"));
        };
        elements.extend_from_slice(found);
        if cursor == b"0" {
            return Ok(Reply::Array(elements));
        }
        command[cursor_at].clone_from(cursor);
    }
    Err(format!("no end of the scan after {SCAN_CALLS_MAX} calls"))
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "    {}", shown(&self.command))?;
        match &self.ours {
            Ok(reply) => writeln!(f, "      mainstay:     {reply}")?,
            Err(error) => writeln!(f, "      mainstay:     {error}")?,
        }
        write!(f, "      redis-server: {}", self.theirs)
    }
}

/// A command line as one could type it into redis-cli.
pub(super) fn shown(command: &[Vec<u8>]) -> String {
    let plain = |word: &Vec<u8>| !word.is_empty() && word.iter().all(|b| b.is_ascii_graphic() && !b"\"'\\".contains(b));
    let word = |w: &Vec<u8>| if plain(w) { String::from_utf8_lossy(w).into_owned() } else { escaped(w) };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}
