//! A tiny language for command lines with variety in them.
//!
//! ```text
//! SET <s> <v> (NX|XX)? (GET)? (EX <ttl>|PX <ttlms>)?
//! ```
//! A word stands for itself, `<slot>` for one or more words from [`Words`], `(a|b c)` for one of the sequences; `?`
//! behind a slot or a group makes it optional, `*` repeats it up to three times, `+` one to four times. `"a \"b\""` is
//! one argument with spaces. A line that begins with `!` is never damaged on purpose (see [`super::generate`]): it may
//! block, or holds a key whose content must keep to a form.

use super::words::Words;
use mainstay_foundation::Rng;

/// One parsed line of a grammar file.
#[derive(Debug)]
pub(super) struct Template {
    nodes: Vec<Node>,
    /// May be damaged: an argument dropped, doubled or replaced by junk.
    pub(super) fragile: bool,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    least: u64,
    most: u64,
}

#[derive(Debug)]
enum Kind {
    Literal(String),
    Slot(String),
    Choice(Vec<Vec<Node>>),
}

impl Template {
    /// The templates of a grammar file; empty lines and lines that begin with `#` hold none.
    pub(super) fn parse_all(text: &str) -> Vec<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    fn parse(line: &str) -> Self {
        let (fragile, body) = match line.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, line),
        };
        let mut parser = Parser { text: body.as_bytes(), at: 0, line };
        let nodes = parser.sequence();
        assert_eq!(parser.at, body.len(), "unbalanced parenthesis in template: {line}");
        Self { nodes, fragile }
    }

    /// One command line that the template allows.
    pub(super) fn expand(&self, rng: &mut Rng, words: &mut Words) -> Vec<Vec<u8>> {
        let mut arguments = Vec::new();
        expand(&self.nodes, rng, words, &mut arguments);
        arguments
    }
}

fn expand(nodes: &[Node], rng: &mut Rng, words: &mut Words, arguments: &mut Vec<Vec<u8>>) {
    for node in nodes {
        for _ in 0..node.least + rng.below(node.most - node.least + 1) {
            match &node.kind {
                Kind::Literal(word) => arguments.push(word.clone().into_bytes()),
                Kind::Slot(name) => words.fill(name, rng, arguments),
                Kind::Choice(sequences) => {
                    let chosen = &sequences[rng.below(sequences.len() as u64) as usize];
                    expand(chosen, rng, words, arguments);
                }
            }
        }
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    line: &'a str,
}

impl Parser<'_> {
    /// Nodes up to the end, or to a `|` or `)` of an enclosing group.
    fn sequence(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            while self.peek() == Some(b' ') {
                self.at += 1;
            }
            let kind = match self.peek() {
                None | Some(b'|' | b')') => return nodes,
                Some(b'(') => self.choice(),
                Some(b'"') => Kind::Literal(self.quoted()),
                Some(b'<') => {
                    self.at += 1;
                    let name = self.until(b">");
                    self.at += 1;
                    Kind::Slot(name)
                }
                Some(_) => {
                    let word = self.until(b" |)");
                    nodes.push(Node { kind: Kind::Literal(word), least: 1, most: 1 });
                    continue;
                }
            };
            let (least, most) = self.repetition();
            nodes.push(Node { kind, least, most });
        }
    }

    fn choice(&mut self) -> Kind {
        let mut sequences = Vec::new();
        while self.peek() != Some(b')') {
            assert!(self.peek().is_some(), "no end of the group in template: {}", self.line);
            self.at += 1;
            sequences.push(self.sequence());
        }
        self.at += 1;
        Kind::Choice(sequences)
    }

    fn repetition(&mut self) -> (u64, u64) {
        let range = match self.peek() {
            Some(b'?') => (0, 1),
            Some(b'*') => (0, 3),
            Some(b'+') => (1, 4),
            _ => return (1, 1),
        };
        self.at += 1;
        range
    }

    fn quoted(&mut self) -> String {
        let mut word = Vec::new();
        self.at += 1;
        while self.peek() != Some(b'"') {
            if self.peek() == Some(b'\\') {
                self.at += 1;
            }
            word.push(self.peek().unwrap_or_else(|| panic!("no end of the quote in template: {}", self.line)));
            self.at += 1;
        }
        self.at += 1;
        String::from_utf8(word).expect("templates are UTF-8")
    }

    fn until(&mut self, ends: &[u8]) -> String {
        let start = self.at;
        while self.peek().is_some_and(|byte| !ends.contains(&byte)) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}
