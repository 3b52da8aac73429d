//! Streams of commands from a seed: mostly sound, partly damaged, with transactions and expiry in between.

use super::template::Template;
use super::words::{JUNK, Words, pick};
use mainstay_foundation::Rng;

/// What happens next in a stream.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Command { connection: usize, arguments: Vec<Vec<u8>> },
    Sleep { ms: u64 },
}

/// One subject of a test: its own templates, and how streams go about transactions.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) grammar: &'static [&'static str],
    /// The share of steps that begin a whole transaction.
    pub(super) transactions: f64,
}

/// The share of commands that are damaged on purpose.
const DAMAGE: f64 = 0.06;
/// The share of commands that only see to it that there is data.
const POPULATE: f64 = 0.25;

const POPULATING: &str = include_str!("grammar/populate.txt");

/// A stream of about `length` commands; the same for the same seed.
pub(super) fn stream(family: &Family, seed: u64, length: usize) -> Vec<Step> {
    let mut generator = Generator {
        populating: Template::parse_all(POPULATING),
        own: family.grammar.iter().flat_map(|text| Template::parse_all(text)).collect(),
        words: Words::default(),
        rng: Rng::new(seed),
        steps: Vec::new(),
    };
    if seed % 2 == 1 {
        generator.push(0, ["HELLO", "3"].map(Vec::from).to_vec());
    }
    while generator.steps.len() < length {
        if generator.rng.chance(family.transactions) {
            generator.transaction();
        } else if generator.rng.chance(0.01) {
            generator.expiry();
        } else {
            let arguments = generator.command();
            generator.push(0, arguments);
        }
    }
    generator.steps
}

struct Generator {
    populating: Vec<Template>,
    own: Vec<Template>,
    words: Words,
    rng: Rng,
    steps: Vec<Step>,
}

impl Generator {
    fn push(&mut self, connection: usize, arguments: Vec<Vec<u8>>) {
        self.steps.push(Step::Command { connection, arguments });
    }

    fn push_line(&mut self, connection: usize, line: &str) {
        self.push(connection, line.split(' ').map(Vec::from).collect());
    }

    fn command(&mut self) -> Vec<Vec<u8>> {
        let populate = self.rng.chance(POPULATE);
        let templates = if populate { &self.populating } else { &self.own };
        let template = &templates[self.rng.below(templates.len() as u64) as usize];
        let mut arguments = template.expand(&mut self.rng, &mut self.words);
        if template.fragile && self.rng.chance(DAMAGE) {
            damage(&mut arguments, &mut self.rng);
        }
        arguments
    }

    /// A key that is gone a moment later, for every reader.
    fn expiry(&mut self) {
        let mut key = Vec::new();
        self.words.fill("any", &mut self.rng, &mut key);
        let key = key.remove(0);
        self.push(0, vec![b"PEXPIRE".to_vec(), key.clone(), b"1".to_vec()]);
        self.steps.push(Step::Sleep { ms: 12 });
        self.push(0, vec![b"EXISTS".to_vec(), key]);
    }

    /// `WATCH`, a rival's write, `MULTI`, some commands, `EXEC` or `DISCARD`: each part may be missing.
    fn transaction(&mut self) {
        if self.rng.chance(0.4) {
            self.with_key("WATCH");
            if self.rng.chance(0.2) {
                self.push_line(0, "UNWATCH");
            }
        }
        if self.rng.chance(0.4) {
            let rival = self.command();
            self.push(1, rival);
        }
        self.push_line(0, "MULTI");
        for _ in 0..self.rng.below(6) {
            let arguments = self.command();
            if !is_scan(&arguments) {
                self.push(0, arguments);
            }
            match self.rng.below(60) {
                0 => self.push_line(0, "MULTI"),
                1 => self.with_key("WATCH"),
                2 => self.push_line(0, "UNWATCH"),
                _ => {}
            }
        }
        match self.rng.below(12) {
            0 => self.push_line(0, "DISCARD"),
            1 => self.push_line(0, "EXEC now"),
            _ => {}
        }
        // Without an open transaction this shows the error instead.
        self.push_line(0, "EXEC");
    }

    fn with_key(&mut self, command: &str) {
        let mut arguments = vec![command.as_bytes().to_vec()];
        self.words.fill("any", &mut self.rng, &mut arguments);
        self.push(0, arguments);
    }
}

/// True for the commands that go on with a cursor.
pub(super) fn is_scan(arguments: &[Vec<u8>]) -> bool {
    matches!(arguments[0].to_ascii_uppercase().as_slice(), b"SCAN" | b"HSCAN" | b"SSCAN" | b"ZSCAN")
}

fn damage(arguments: &mut Vec<Vec<u8>>, rng: &mut Rng) {
    let at = rng.below(arguments.len() as u64) as usize;
    match rng.below(6) {
        0 if at > 0 => drop(arguments.remove(at)),
        1 => arguments.push(pick(JUNK, rng)),
        2 if at > 0 => arguments.insert(at, arguments[at].clone()),
        3 => arguments.truncate(at.max(1)),
        4 => arguments[at].make_ascii_lowercase(),
        _ if at > 0 => arguments[at] = pick(JUNK, rng),
        _ => arguments[0].extend_from_slice(b"X"),
    }
}
