//! Conversations written down: what is sent and what redis-server 7.0.15 answers, a file for each family of commands.
//!
//! ```text
//! # a comment
//! > SET a "with space"      sends a command on the connection "a"
//! < +OK                     its reply, one line a scalar; items of an array follow deeper
//! @ b                       what follows is sent on connection "b"
//! ! unordered               the items of the next reply are sorted before they are compared (`pairs`: by two)
//! ! masked                  of the next reply only the kind counts
//! ! resp 3                  switches the connection's protocol
//! ! wait 20                 lets so many milliseconds pass
//! ```
//! Every file starts on an empty server. `UPDATE=1` sends the commands to redis-server and writes its replies into the
//! files.

use crate::differential::differences::same_numbers;
use crate::kit::{Client, Reply, Server};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[test]
fn every_transcript_is_answered_as_written() {
    let update = std::env::var_os("UPDATE").is_some();
    let server = if update { Server::reference() } else { Server::subject() };
    let mut failures = Vec::new();
    for file in files() {
        let written = std::fs::read_to_string(&file).expect("a transcript is UTF-8");
        let answered = replay(&written, &server);
        if update {
            std::fs::write(&file, render(&answered)).expect("the file can be written");
        } else {
            failures.extend(differences(&file, &answered));
        }
    }
    assert!(failures.is_empty(), "{} replies differ:\n\n{}", failures.len(), failures.join("\n"));
}

fn files() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/transcripts");
    let entries = std::fs::read_dir(&directory).expect("the transcripts are there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the directory can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 10, "only {} transcripts in {}", files.len(), directory.display());
    files
}

/// A line that is sent or obeyed, what the file says about the answer, and what the server said.
struct Exchange {
    line: String,
    number: usize,
    written: Vec<String>,
    answered: Option<Reply>,
}

fn replay(text: &str, server: &Server) -> Vec<Exchange> {
    server.connect().ask("FLUSHALL");
    let mut talk = Talk { server, clients: HashMap::new(), current: "a".to_owned(), order: Order::AsSent };
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(reply) = line.strip_prefix("< ") {
            let exchange = exchanges.last_mut().unwrap_or_else(|| panic!("line {}: a reply to nothing", index + 1));
            exchange.written.push(reply.to_owned());
        } else {
            let answered = talk.obey(line, index + 1);
            exchanges.push(Exchange { line: line.to_owned(), number: index + 1, written: Vec::new(), answered });
        }
    }
    exchanges
}

fn render(exchanges: &[Exchange]) -> String {
    let mut text = String::new();
    for exchange in exchanges {
        text.push_str(&exchange.line);
        text.push('\n');
        for line in exchange.answered.iter().flat_map(Reply::lines) {
            text.push_str("< ");
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn differences(file: &Path, exchanges: &[Exchange]) -> Vec<String> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found = Vec::new();
    for exchange in exchanges {
        let answered = exchange.answered.as_ref().map(Reply::lines).unwrap_or_default();
        let same = answered.len() == exchange.written.len()
            && answered.iter().zip(&exchange.written).all(|(a, b)| same_lines(a, b));
        if !same {
            let (written, answered) = (exchange.written.join("\n    "), answered.join("\n    "));
            let (line, number) = (&exchange.line, exchange.number);
            found.push(format!("{name}:{number}: {line}\n  written:\n    {written}\n  answered:\n    {answered}\n"));
        }
    }
    found
}

/// Equal but for how a double is printed, as in the differential tests.
fn same_lines(a: &str, b: &str) -> bool {
    let bulk = |line: &str| Reply::Bulk(line.trim_matches(|c| c == ' ' || c == '"' || c == ',').as_bytes().to_vec());
    a == b || a.chars().next() == b.chars().next() && same_numbers(&bulk(a), &bulk(b))
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    AsSent,
    Unordered { width: usize },
    Masked,
}

struct Talk<'a> {
    server: &'a Server,
    clients: HashMap<String, Client>,
    current: String,
    order: Order,
}

impl Talk<'_> {
    fn obey(&mut self, line: &str, number: usize) -> Option<Reply> {
        match line.split_at_checked(2) {
            Some(("> ", command)) => {
                let reply = self.client().call(words(command));
                Some(arranged(reply, std::mem::replace(&mut self.order, Order::AsSent)))
            }
            Some(("@ ", name)) => {
                name.clone_into(&mut self.current);
                None
            }
            Some(("! ", order)) => {
                self.direct(order, number);
                None
            }
            _ => {
                assert!(line.is_empty() || line.starts_with('#'), "line {number} is no line of a transcript: {line}");
                None
            }
        }
    }

    fn direct(&mut self, order: &str, number: usize) {
        match order.split(' ').collect::<Vec<_>>().as_slice() {
            ["unordered"] => self.order = Order::Unordered { width: 1 },
            ["pairs"] => self.order = Order::Unordered { width: 2 },
            ["masked"] => self.order = Order::Masked,
            ["resp", version] => {
                let reply = self.client().call(["HELLO", version]);
                assert!(reply.error().is_none(), "line {number}: {reply}");
            }
            ["wait", ms] => std::thread::sleep(Duration::from_millis(ms.parse().expect("a number of milliseconds"))),
            _ => panic!("line {number}: no such direction: {order}"),
        }
    }

    fn client(&mut self) -> &mut Client {
        self.clients.entry(self.current.clone()).or_insert_with(|| self.server.connect())
    }
}

fn arranged(reply: Reply, order: Order) -> Reply {
    let Order::Unordered { width } = order else {
        return if order == Order::Masked { masked(reply) } else { reply };
    };
    let sorted = |items: Vec<Reply>| {
        let mut groups: Vec<Vec<Reply>> = items.chunks(width).map(<[Reply]>::to_vec).collect();
        groups.sort_by_cached_key(|group| group[0].to_string());
        groups.concat()
    };
    match reply {
        Reply::Array(items) => Reply::Array(sorted(items)),
        Reply::Set(items) => Reply::Set(sorted(items)),
        Reply::Map(items) => Reply::Map(sorted(items)),
        other => other,
    }
}

fn masked(reply: Reply) -> Reply {
    match reply {
        Reply::Integer(_) => Reply::Integer(0),
        Reply::Bulk(_) => Reply::Bulk(b"masked".to_vec()),
        Reply::Array(_) => Reply::Array(Vec::new()),
        Reply::Map(_) => Reply::Map(Vec::new()),
        other => other,
    }
}

/// The arguments of a line: words between spaces; in double quotes also spaces, `\n`, `\r`, `\t`, `\xHH`, `\"`, `\\`.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut bytes = line.bytes().peekable();
    while let Some(&first) = bytes.peek() {
        match first {
            b' ' => drop(bytes.next()),
            b'"' => {
                bytes.next();
                words.push(quoted(&mut bytes));
            }
            _ => {
                let mut word = Vec::new();
                while let Some(byte) = bytes.next_if(|&byte| byte != b' ') {
                    word.push(byte);
                }
                words.push(word);
            }
        }
    }
    words
}

fn quoted(bytes: &mut impl Iterator<Item = u8>) -> Vec<u8> {
    let mut word = Vec::new();
    while let Some(byte) = bytes.next().filter(|&byte| byte != b'"') {
        if byte != b'\\' {
            word.push(byte);
            continue;
        }
        let escape = bytes.next().expect("something follows a backslash");
        word.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let mut digit =
                    || (bytes.next().expect("two digits follow \\x") as char).to_digit(16).expect("a digit");
                (digit() * 16 + digit()) as u8
            }
            other => other,
        });
    }
    word
}
