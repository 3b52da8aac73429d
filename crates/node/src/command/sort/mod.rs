//! `SORT`: the elements of a collection in the order of their numbers, their bytes, or of other keys.

mod options;
mod pattern;
#[cfg(test)]
mod tests;

use super::{Access, Category, Command, Ctx, Failure, Flags, Group, KeySpec, Run};
use crate::shard::{EventClass, Expiry};
use crate::table::{Entry, ValueRef};
use crate::text::float;
use crate::value::{Collection, List};
use options::{Options, Order};
use pattern::Pattern;
use std::cmp::Ordering;
use std::ops::Range;

const DERIVED: KeySpec = KeySpec::Derived { keywords: &["by", "get"], access: Access::Read };
const KEYS: &[KeySpec] =
    &[KeySpec::one(Access::Read), DERIVED, KeySpec::Keyword { keyword: "store", access: Access::Write }];
const KEYS_RO: &[KeySpec] = &[KeySpec::one(Access::Read), DERIVED];
const TYPES: Category = Category::SET.union(Category::SORTEDSET).union(Category::LIST).union(Category::DANGEROUS);
const WRITE: Flags = Flags::WRITE.union(Flags::DENYOOM).union(Flags::MOVABLEKEYS);

const fn row(name: &'static str, run: fn(&mut Ctx<'_>, &[&[u8]]) -> Result<(), Failure>) -> Command {
    Command::new(name, -2, Group::Generic, Run::Data(run)).only_categories(TYPES)
}

/// The rows of this family.
pub const COMMANDS: &[Command] = &[
    row("sort", sort).flags(WRITE).keys(KEYS).doc(
        "1.0.0",
        "O(n log n)",
        "Sorts a list, set or sorted set, and stores the result if asked to.",
    ),
    row("sort_ro", sort_ro).flags(Flags::READONLY.union(Flags::MOVABLEKEYS)).keys(KEYS_RO).doc(
        "7.0.0",
        "O(n log n)",
        "Sorts a list, set or sorted set.",
    ),
];

fn sort(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    sort_by(ctx, args[1], Options::parse(&args[2..])?)
}

fn sort_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Failure> {
    sort_by(ctx, args[1], Options::parse_readonly(&args[2..])?)
}

fn sort_by(ctx: &mut Ctx<'_>, key: &[u8], mut options: Options<'_>) -> Result<(), Failure> {
    let mut elements = Elements::default();
    match ctx.keys.read(key).map(Entry::value) {
        None => {}
        Some(ValueRef::Coll(collection)) => {
            if options.store.is_some() && options.order == Order::AsStored && matches!(collection, Collection::Set(_)) {
                // The order within a set is not told; what is stored must not depend on it.
                options.order = Order::Alphabetic;
                options.by = None;
            }
            elements.load(collection, &options)?;
        }
        Some(ValueRef::Str(_)) => return Err(Failure::WRONG_TYPE),
    }
    if options.order != Order::AsStored {
        elements.weigh(ctx, &options)?;
        elements.sort(&options);
    }
    let shown = options.limit(elements.rows.len());
    match options.store {
        Some(target) => store(ctx, target, &elements, shown, &options.get),
        None => reply(ctx, &elements, shown, &options.get),
    }
    Ok(())
}

/// By what an element is sorted.
enum Weight {
    /// The element itself.
    Element,
    Number(f64),
    /// Bytes within the arena.
    Text(Range<usize>),
    /// The pattern named no string.
    Missing,
}

struct Row {
    /// Bytes within the arena.
    element: Range<usize>,
    weight: Weight,
}

/// The elements and their weights; all bytes lie in one arena.
#[derive(Default)]
struct Elements {
    arena: Vec<u8>,
    rows: Vec<Row>,
}

impl Elements {
    fn load(&mut self, collection: &Collection, options: &Options<'_>) -> Result<(), Failure> {
        match collection {
            Collection::List(list) => list.iter().for_each(|element| self.push(element)),
            Collection::Set(set) => set.iter().for_each(|member| self.push(&member)),
            Collection::ZSet(zset) => zset.iter().for_each(|(member, _)| self.push(member)),
            Collection::Hash(_) | Collection::Stream(_) => return Err(Failure::WRONG_TYPE),
        }
        let backwards = options.order == Order::AsStored && options.descending;
        if backwards && !matches!(collection, Collection::Set(_)) {
            self.rows.reverse();
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(bytes);
        start..self.arena.len()
    }

    fn push(&mut self, element: &[u8]) {
        let element = self.keep(element);
        self.rows.push(Row { element, weight: Weight::Element });
    }

    fn element(&self, row: usize) -> &[u8] {
        &self.arena[self.rows[row].element.clone()]
    }

    fn weigh(&mut self, ctx: &mut Ctx<'_>, options: &Options<'_>) -> Result<(), Failure> {
        let by = options.by.map(Pattern::parse);
        if by.is_none() && options.order == Order::Alphabetic {
            return Ok(());
        }
        let mut name = Vec::new();
        for row in 0..self.rows.len() {
            let element = self.element(row);
            let text = match &by {
                Some(pattern) => pattern.look_up(&mut ctx.keys, element, &mut name),
                None => Some(element),
            };
            self.rows[row].weight = match (text, options.order) {
                (None, _) => Weight::Missing,
                (Some(text), Order::Alphabetic) => {
                    let text = text.to_vec();
                    Weight::Text(self.keep(&text))
                }
                (Some(text), _) => Weight::Number(number(text)?),
            };
        }
        Ok(())
    }

    fn sort(&mut self, options: &Options<'_>) {
        let arena = &self.arena;
        let compare = |one: &Row, other: &Row| {
            let order = one.compare(other, arena);
            if options.descending { order.reverse() } else { order }
        };
        self.rows.sort_by(compare);
    }
}

impl Row {
    /// Equal numbers are ordered by their elements' bytes. What is missing counts as the number 0, or comes before all text.
    fn compare(&self, other: &Self, arena: &[u8]) -> Ordering {
        let elements = || arena[self.element.clone()].cmp(&arena[other.element.clone()]);
        match (&self.weight, &other.weight) {
            (Weight::Text(one), Weight::Text(other)) => arena[one.clone()].cmp(&arena[other.clone()]),
            (Weight::Text(_), _) => Ordering::Greater,
            (_, Weight::Text(_)) => Ordering::Less,
            (one, other) => one.number().total_cmp(&other.number()).then_with(elements),
        }
    }
}

impl Weight {
    fn number(&self) -> f64 {
        match self {
            // The sum turns -0 into 0, which is equal to it.
            Self::Number(number) => number + 0.0,
            Self::Element | Self::Text(_) | Self::Missing => 0.0,
        }
    }
}

/// Reads a weight as C's `strtod` does: blanks may precede it, a zero byte ends it, and nothing at all is zero.
fn number(text: &[u8]) -> Result<f64, Failure> {
    let text = &text[..memchr::memchr(0, text).unwrap_or(text.len())];
    if text.is_empty() {
        return Ok(0.0);
    }
    float::parse(text.trim_ascii_start()).ok_or(Failure::Fixed("ERR One or more scores can't be converted into double"))
}

fn reply(ctx: &mut Ctx<'_>, elements: &Elements, shown: Range<usize>, get: &[&[u8]]) {
    ctx.out.array(shown.len() * get.len().max(1));
    let Ctx { keys, out, .. } = ctx;
    each_result(keys, elements, shown, get, &mut |result| out.bulk_or_null(result));
}

fn store(ctx: &mut Ctx<'_>, target: &[u8], elements: &Elements, shown: Range<usize>, get: &[&[u8]]) {
    let mut list = List::new();
    each_result(&mut ctx.keys, elements, shown, get, &mut |result| list.push_back(result.unwrap_or_default()));
    let count = list.len();
    if count > 0 {
        ctx.keys.put(target, Collection::List(list), Expiry::Default);
        ctx.keys.changed(EventClass::LIST, "sortstore", target);
        ctx.keys.log_image(target);
    } else if ctx.keys.remove(target) {
        ctx.keys.changed(EventClass::GENERIC, "del", target);
        ctx.keys.log_image(target);
    }
    ctx.out.count(count);
}

/// Calls `visit` with each element shown, or with what each pattern finds for it.
fn each_result(
    keys: &mut crate::shard::Keys<'_>,
    elements: &Elements,
    shown: Range<usize>,
    get: &[&[u8]],
    visit: &mut dyn FnMut(Option<&[u8]>),
) {
    let patterns: Vec<Pattern<'_>> = get.iter().map(|text| Pattern::parse(text)).collect();
    let mut name = Vec::new();
    for row in shown {
        let element = elements.element(row);
        if patterns.is_empty() {
            visit(Some(element));
        }
        for pattern in &patterns {
            visit(pattern.look_up(keys, element, &mut name));
        }
    }
}
