//! One block: a run of consecutive entries in one buffer.
//!
//! ```text
//! names of the first entry's fields    len ‖ bytes, once per field
//! entry, entry, …                      body_len ‖ body ‖ body_len backwards
//!
//! body    flags ‖ ms − master.ms ‖ seq ‖ (SAME_NAMES: values | else: count ‖ name, value, …)
//! seq     relative to the master's while ms is the master's, else as it is (it restarts with each millisecond)
//! ```
//! Numbers are [`varint`]s, texts are `len ‖ bytes`. The first entry's id is the block's *master*; ids never lie below
//! it. A deleted entry stays as a tombstone (a flag) until its block goes. The length on both sides lets a reader walk
//! either way without decoding what it skips.

use super::entry::{Entry, Fields, put_text, take_text};
use super::id::StreamId;
use super::{listpack, varint};

const DELETED: u8 = 1;
const SAME_NAMES: u8 = 2;

/// A run of entries; see the module for its bytes.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Id of the first entry ever stored here, live or not.
    pub(super) master: StreamId,
    /// Id of the entry stored last, live or not.
    pub(super) last: StreamId,
    /// Entries that are there.
    pub(super) live: u32,
    /// Tombstones.
    pub(super) dead: u32,
    weight: usize,
    name_count: u32,
    entries_at: u32,
    bytes: Vec<u8>,
}

/// An entry as it lies in its block.
pub(super) struct Stored<'a> {
    pub(super) entry: Entry<'a>,
    pub(super) deleted: bool,
    /// Where the next entry begins.
    pub(super) end: usize,
    /// Where this one begins.
    pub(super) start: usize,
    flags_at: usize,
}

impl Block {
    /// A block whose first entry will have `id` and these alternating names and values.
    pub(super) fn new<'f>(id: StreamId, fields: impl Iterator<Item = &'f [u8]> + Clone) -> Self {
        let names = fields.step_by(2);
        let mut bytes = Vec::new();
        let mut name_count = 0;
        for name in names.clone() {
            put_text(&mut bytes, name);
            name_count += 1;
        }
        let (entries_at, weight) = (bytes.len() as u32, listpack::block_head(names));
        Self { master: id, last: id, live: 0, dead: 0, weight, name_count, entries_at, bytes }
    }

    /// Adds an entry behind the others. `id` is not below the master.
    pub(super) fn append<'f>(&mut self, id: StreamId, fields: impl Iterator<Item = &'f [u8]> + Clone) {
        let size = Measure::of(fields.clone(), self.name_count as usize, self.names());
        let ms = id.ms - self.master.ms;
        let seq = if ms == 0 { id.seq - self.master.seq } else { id.seq };
        let count_len = if size.same_names { 0 } else { varint::size(size.count as u64) };
        let body_len = 1 + varint::size(ms) + varint::size(seq) + count_len + size.text_len();
        reserve(&mut self.bytes, body_len + 2 * varint::size(body_len as u64));

        varint::write(&mut self.bytes, body_len as u64);
        self.bytes.push(if size.same_names { SAME_NAMES } else { 0 });
        varint::write(&mut self.bytes, ms);
        varint::write(&mut self.bytes, seq);
        if !size.same_names {
            varint::write(&mut self.bytes, size.count as u64);
        }
        let skipped = usize::from(size.same_names);
        for text in fields.skip(skipped).step_by(1 + skipped) {
            put_text(&mut self.bytes, text);
        }
        varint::write_back(&mut self.bytes, body_len as u64);

        self.weight += listpack::entry_frame(self.master, id, size.count, size.same_names) + size.text_weight();
        (self.last, self.live) = (id, self.live + 1);
    }

    /// Bytes that this block would have in Redis; see [`listpack`].
    pub(super) fn weight(&self) -> usize {
        self.weight + listpack::block_counts(self.live, self.dead)
    }

    /// Bytes allocated for the buffer.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Gives back what was reserved for entries to come.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Where the first entry begins.
    pub(super) fn start(&self) -> usize {
        self.entries_at as usize
    }

    /// Where the next entry would begin.
    pub(super) fn end(&self) -> usize {
        self.bytes.len()
    }

    /// The entry, live or not, that begins at `at`; `None` at the end.
    pub(super) fn entry_at(&self, at: usize) -> Option<Stored<'_>> {
        let mut body_at = at;
        let len = usize::try_from(varint::read(&self.bytes, &mut body_at)?).ok()?;
        self.parse(at, body_at, len)
    }

    /// The entry, live or not, that ends before `end`; `None` at the start.
    pub(super) fn entry_before(&self, end: usize) -> Option<Stored<'_>> {
        if end <= self.start() {
            return None;
        }
        let (len, len_size) = varint::read_back(&self.bytes, end)?;
        let len = usize::try_from(len).ok()?;
        let body_at = end.checked_sub(len_size)?.checked_sub(len)?;
        self.parse(body_at.checked_sub(len_size)?, body_at, len)
    }

    /// The live entry with this id.
    pub(super) fn find(&self, id: StreamId) -> Option<Stored<'_>> {
        let mut at = self.start();
        while let Some(stored) = self.entry_at(at) {
            at = stored.end;
            if !stored.deleted && stored.entry.id >= id {
                return (stored.entry.id == id).then_some(stored);
            }
        }
        None
    }

    /// Makes the live entry that begins at `at` a tombstone.
    pub(super) fn bury(&mut self, at: usize) {
        if let Some(flags_at) = self.entry_at(at).map(|stored| stored.flags_at) {
            self.bytes[flags_at] |= DELETED;
            self.live -= 1;
            self.dead += 1;
        }
    }

    /// Appends the block for a snapshot.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for number in [self.master.ms, self.master.seq, self.name_count.into(), self.entries_at.into()] {
            varint::write(out, number);
        }
        put_text(out, &self.bytes);
    }

    /// Reads what [`Self::encode`] wrote and checks that every later step of this module will hold: texts and entries
    /// end where they should, ids do not fall below the master, live ids rise. `None` otherwise.
    pub(super) fn decode(input: &mut &[u8]) -> Option<Self> {
        let mut at = 0;
        let mut number = || varint::read(input, &mut at);
        let master = StreamId::new(number()?, number()?);
        let (name_count, entries_at) = (u32::try_from(number()?).ok()?, u32::try_from(number()?).ok()?);
        *input = &input[at..];
        let bytes = take_text(input)?.to_vec();
        let mut block = Self { master, last: master, live: 0, dead: 0, weight: 0, name_count, entries_at, bytes };
        block.check_names().then_some(())?;
        block.recount()?;
        Some(block)
    }

    /// The lowest and the highest live id.
    pub(super) fn live_span(&self) -> Option<(StreamId, StreamId)> {
        let (mut at, mut span) = (self.start(), None);
        while let Some(stored) = self.entry_at(at) {
            at = stored.end;
            if !stored.deleted {
                span = Some((span.map_or(stored.entry.id, |(lowest, _)| lowest), stored.entry.id));
            }
        }
        span
    }

    fn names(&self) -> &[u8] {
        &self.bytes[..self.entries_at as usize]
    }

    fn name_list(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let mut names = self.names();
        std::iter::from_fn(move || take_text(&mut names))
    }

    fn check_names(&self) -> bool {
        let Some(mut names) = self.bytes.get(..self.entries_at as usize) else { return false };
        let all = (0..self.name_count).all(|_| take_text(&mut names).is_some());
        all && names.is_empty() && self.name_count > 0
    }

    /// Derives the counts, the last id and the weight from the bytes.
    fn recount(&mut self) -> Option<()> {
        let (mut at, mut newest) = (self.start(), None);
        let mut weight = listpack::block_head(self.name_list());
        let (mut live, mut dead, mut last) = (0, 0, self.master);
        while at < self.bytes.len() {
            let stored = self.entry_at(at)?;
            let back = self.entry_before(stored.end)?;
            let (id, fields) = (stored.entry.id, stored.entry.fields());
            let rises = newest.is_none_or(|newest| id > newest);
            let holds = back.start == at && id >= self.master && (stored.deleted || rises);
            if !holds || !fields.clone().are_whole() {
                return None;
            }
            let (count, same) = (fields.len(), fields.share_names());
            let skipped = usize::from(same);
            let texts = fields.flat_map(|(name, value)| [name, value]).skip(skipped).step_by(1 + skipped);
            weight += texts.map(listpack::text).sum::<usize>();
            weight += listpack::entry_frame(self.master, id, count, same);
            if stored.deleted {
                dead += 1;
            } else {
                (live, newest) = (live + 1, Some(id));
            }
            (at, last) = (stored.end, id);
        }
        (self.live, self.dead, self.last, self.weight) = (live, dead, last, weight);
        (live + dead > 0).then_some(())
    }

    fn parse(&self, start: usize, body_at: usize, len: usize) -> Option<Stored<'_>> {
        let body_end = body_at.checked_add(len)?;
        let body = self.bytes.get(body_at..body_end)?;
        let flags = *body.first()?;
        let mut at = 1;
        let (ms, seq) = (varint::read(body, &mut at)?, varint::read(body, &mut at)?);
        let base = if ms == 0 { self.master.seq } else { 0 };
        let id = StreamId::new(self.master.ms.checked_add(ms)?, base.checked_add(seq)?);
        let same = flags & SAME_NAMES != 0;
        let left = if same { self.name_count as usize } else { usize::try_from(varint::read(body, &mut at)?).ok()? };
        let fields = Fields::new(same.then(|| self.names()), &body[at..], left);
        let end = body_end + varint::size(len as u64);
        Some(Stored { entry: Entry::new(id, fields), deleted: flags & DELETED != 0, end, start, flags_at: body_at })
    }
}

/// Sizes of the texts of one entry, here and in Redis.
struct Measure {
    count: usize,
    same_names: bool,
    names: [usize; 2],
    values: [usize; 2],
}

impl Measure {
    /// Measures `fields` against a block whose first entry has `name_count` fields called `shared`.
    fn of<'f>(fields: impl Iterator<Item = &'f [u8]>, name_count: usize, mut shared: &[u8]) -> Self {
        let mut sums = [[0, 0], [0, 0]];
        let (mut texts, mut same) = (0, true);
        for text in fields {
            if texts % 2 == 0 {
                same = same && take_text(&mut shared) == Some(text);
            }
            let [len, weight] = &mut sums[texts % 2];
            *len += varint::size(text.len() as u64) + text.len();
            *weight += listpack::text(text);
            texts += 1;
        }
        let count = texts / 2;
        Self { count, same_names: same && count == name_count, names: sums[0], values: sums[1] }
    }

    fn text_len(&self) -> usize {
        self.values[0] + if self.same_names { 0 } else { self.names[0] }
    }

    fn text_weight(&self) -> usize {
        self.values[1] + if self.same_names { 0 } else { self.names[1] }
    }
}

/// Grows by a half at least: appending stays cheap, and a block wastes less than by doubling.
fn reserve(bytes: &mut Vec<u8>, more: usize) {
    if bytes.capacity() - bytes.len() < more {
        bytes.reserve_exact(more.max(bytes.len() / 2));
    }
}
