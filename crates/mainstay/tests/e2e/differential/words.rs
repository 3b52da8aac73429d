//! What the slots of a template may hold: small pools, so that commands meet each other's keys, members and ids.

use mainstay_foundation::Rng;

/// Keys by the type they usually hold. Those of the last three pools never leave their own templates: lexicographic
/// ranges need equal scores, float counters small numbers, and sorting by number needs numbers.
const KEYS: &[(&str, &[&str])] = &[
    ("s", &["s1", "s2", "s3", "s\r\n\0\u{e9}"]),
    ("n", &["n1", "n2"]),
    ("b", &["b1", "b2", "b3"]),
    ("h", &["h1", "h2", "h3"]),
    ("l", &["l1", "l2", "l3"]),
    ("t", &["t1", "t2", "t3", "t4"]),
    ("z", &["z1", "z2", "z3"]),
    ("x", &["x1", "x2"]),
    ("y", &["y1", "y2"]),
    ("f", &["f1", "f2"]),
    ("ln", &["ln1", "ln2"]),
];

/// How many pools of [`KEYS`], from the front, mix.
const MIXED_POOLS: usize = 8;

const VALUES: &[&[u8]] = &[
    b"",
    b"0",
    b"1",
    b"-1",
    b"7",
    b"10",
    b"42",
    b"-17",
    b"3.25",
    b"0.5",
    b"a",
    b"b",
    b"hello",
    b"hello world",
    b"Hello",
    b"foobar",
    b"\x00\xff\r\n",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"12345678901234567890",
    b"1e3",
    b"nan",
    b"inf",
    b" 1",
    b"exactly-forty-four-bytes-are-an-embedded-str",
    b"one-byte-more-than-forty-four-is-a-raw-string",
    b"a value of more than sixty-four bytes, which no packed hash or set keeps inside its array",
];

/// Replacements that break the rules of most positions. No small positive number is among them: as a time to live or
/// a timeout it would make the outcome depend on the clock.
pub(super) const JUNK: &[&[u8]] = &[
    b"",
    b"abc",
    b"-1",
    b"0",
    b"1.5",
    b"1e400",
    b"nan",
    b"-inf",
    b" 1",
    b"+1",
    b"01",
    b"-0",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"99999999999999999999",
    b"\x00",
    b"(1",
    b"[a",
    b"NX",
];

const PATTERNS: &[&str] =
    &["*", "s*", "?1", "[a-l]*", "[^s]?", "h[12]", "*1*", "\\*", "z3", "", "[", "x[", "[2-1]*", "**2", "*\u{e9}"];

const MEMBERS: &[&[u8]] =
    &[b"a", b"b", b"c", b"d", b"e", b"f", b"1", b"2", b"30", b"-4", b"", b"\x00\x01", b"aa", b"A"];

/// The pools of one stream of commands, and the ids it has given to stream entries so far.
#[derive(Debug, Default)]
pub(super) struct Words {
    last_id: u64,
}

impl Words {
    /// Appends what the slot `name` holds this time.
    pub(super) fn fill(&mut self, name: &str, rng: &mut Rng, out: &mut Vec<Vec<u8>>) {
        if let Some(pool) = name.strip_suffix('#') {
            return numbered_keys(pool, rng, out);
        }
        if name == "any" || KEYS.iter().any(|(pool, _)| *pool == name) {
            return out.push(key(name, rng));
        }
        match name {
            "kv" => out.extend([key("any", rng), pick(VALUES, rng)]),
            "fv" => out.extend([pick(MEMBERS, rng), pick(VALUES, rng)]),
            "sm" => out.extend([score(rng), pick(MEMBERS, rng)]),
            "weighted" => weighted_keys(rng, out),
            "fv140" => many(140, rng, out, |i, out| out.extend([format!("f{i}"), format!("{i}")])),
            "sm140" => many(140, rng, out, |i, out| out.extend([format!("{}", i / 3), format!("m{i}")])),
            "m140" => many(140, rng, out, |i, out| out.push(format!("m{i}"))),
            "i600" => many(600, rng, out, |i, out| out.push(format!("{}", i * 37))),
            "v200" => many(200, rng, out, |i, out| out.push(format!("item {i}"))),
            _ => out.push(self.word(name, rng)),
        }
    }

    fn word(&mut self, name: &str, rng: &mut Rng) -> Vec<u8> {
        let text = match name {
            "v" => return pick(VALUES, rng),
            "m" => return pick(MEMBERS, rng),
            "score" => return score(rng),
            "pattern" => pick_text(PATTERNS, rng),
            "int" => {
                pick_text(&["1", "-1", "0", "5", "-30", "1000", "9223372036854775807", "-9223372036854775808"], rng)
            }
            "float" => pick_text(&["0.1", "0.2", "-0.3", "5", "10.5", "3.0e3", "-5e-2", "1000", "0", "-0.25"], rng),
            "floatbad" => pick_text(&["abc", "", "nan", "inf", "-inf", " 1", "1 ", "1e5000", "--1"], rng),
            "idx" => format!("{}", rng.below(13) as i64 - 6),
            "off" => format!("{}", rng.below(40)),
            "bit" => format!("{}", rng.below(200)),
            "count" => pick_text(&["0", "1", "2", "3", "10", "1000"], rng),
            "positive" => format!("{}", 1 + rng.below(5)),
            "signed" => format!("{}", rng.below(30) as i64 - 15),
            "ttl" => pick_text(&["100", "200", "5000", "100000", "0", "-1", "9223372036854775807"], rng),
            "ttlms" => pick_text(&["100000", "250000", "99999999", "0", "-5", "9223372036854775807"], rng),
            "ttlrandom" => format!("{}", 100_000 + rng.below(9_000_000)),
            "ttlrandomms" => format!("{}", 100_000_000 + rng.below(9_000_000_000)),
            "at" => format!("{}", if rng.chance(0.2) { rng.below(3) } else { 4_102_444_800 + rng.below(9) * 1000 }),
            "atms" => format!("{}", if rng.chance(0.2) { 1 } else { 4_102_444_800_000 + rng.below(9) * 1000 }),
            "scorebound" => {
                pick_text(&["-inf", "+inf", "(1", "1", "2.5", "(3", "-2", "0", "(0", "10", "inf", "(-inf"], rng)
            }
            "lexbound" => pick_text(&["-", "+", "[a", "(a", "[c", "(d", "[", "(", "[aa", "[zz", "[30"], rng),
            "newid" => self.new_id(rng),
            "id" => format!("{}-{}", rng.below(12), rng.below(4)),
            "idbound" => {
                pick_text(&["-", "+", "0", "3", "5-1", "(2", "(4-1", "8", "(9-9", "18446744073709551615"], rng)
            }
            "group" => pick_text(&["g1", "g2"], rng),
            "consumer" => pick_text(&["alice", "bob"], rng),
            "type" => pick_text(&["string", "hash", "list", "set", "zset", "stream", "STRING", "nothing"], rng),
            other => panic!("no such slot: <{other}>"),
        };
        text.into_bytes()
    }

    /// Mostly the next id of all, sometimes one that is too small or leaves its sequence to the server.
    fn new_id(&mut self, rng: &mut Rng) -> String {
        match rng.below(10) {
            0 => format!("{}-{}", rng.below(8), rng.below(3)),
            1 => format!("{}-*", self.last_id),
            2 => pick_text(&["0-0", "5", "abc", "1-", "-1-1", "18446744073709551616-1"], rng),
            _ => {
                self.last_id += rng.below(2);
                format!("{}-{}", self.last_id, 1 + rng.below(3))
            }
        }
    }
}

/// A key of the pool `name`; once in a while one that holds another type.
fn key(name: &str, rng: &mut Rng) -> Vec<u8> {
    let own = KEYS.iter().position(|(pool, _)| *pool == name);
    let mixes = own.is_none_or(|index| index < MIXED_POOLS);
    let index = match own {
        Some(index) if !(mixes && rng.chance(0.05)) => index,
        _ => rng.below(MIXED_POOLS as u64) as usize,
    };
    pick_text(KEYS[index].1, rng).into_bytes()
}

/// A count and as many keys; rarely the count lies.
fn numbered_keys(pool: &str, rng: &mut Rng, out: &mut Vec<Vec<u8>>) {
    let count = 1 + rng.below(3);
    let told = if rng.chance(0.04) { rng.below(6) } else { count };
    out.push(told.to_string().into_bytes());
    out.extend((0..count).map(|_| key(pool, rng)));
}

/// A count, as many sorted sets (or sets), `WEIGHTS`, and a weight each.
fn weighted_keys(rng: &mut Rng, out: &mut Vec<Vec<u8>>) {
    let count = 1 + rng.below(3);
    out.push(count.to_string().into_bytes());
    out.extend((0..count).map(|_| key(if rng.chance(0.2) { "t" } else { "z" }, rng)));
    out.push(b"WEIGHTS".to_vec());
    out.extend((0..count).map(|_| pick_text(&["1", "2", "0.5", "-1", "0", "inf"], rng).into_bytes()));
}

fn many(count: u64, rng: &mut Rng, out: &mut Vec<Vec<u8>>, each: impl Fn(u64, &mut Vec<String>)) {
    let mut words = Vec::new();
    let from = rng.below(50);
    (from..from + count).for_each(|i| each(i, &mut words));
    out.extend(words.into_iter().map(String::into_bytes));
}

/// Quarters, so that every way of printing a double agrees; infinities now and then.
fn score(rng: &mut Rng) -> Vec<u8> {
    let text = match rng.below(20) {
        0 => pick_text(&["inf", "-inf", "+inf", "Infinity"], rng),
        1 => pick_text(&["0", "-0", "1e3", "1e17", "-1e-2", ".5"], rng),
        _ => format!("{}", rng.below(24) as f64 / 4.0 - 2.0),
    };
    text.into_bytes()
}

pub(super) fn pick(pool: &[&[u8]], rng: &mut Rng) -> Vec<u8> {
    pool[rng.below(pool.len() as u64) as usize].to_vec()
}

fn pick_text(pool: &[&str], rng: &mut Rng) -> String {
    pool[rng.below(pool.len() as u64) as usize].to_owned()
}
