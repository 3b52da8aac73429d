//! The rows of all families against those of Redis.

use super::{Category, Flags, index};
use std::collections::BTreeSet;

/// The commands of redis-server 7.0.15 as its `COMMAND` told them, a line each: name, arity, flags, first key, last key, step,
/// categories.
const REDIS: &str = include_str!("rows.txt");

/// Flags of Redis that say nothing here.
const WITHOUT_MEANING: [&str; 2] = ["asking", "no_async_loading"];

fn words(list: &str) -> BTreeSet<&str> {
    list.split(',').filter(|word| *word != "-" && !WITHOUT_MEANING.contains(word)).collect()
}

fn flag_words(flags: Flags) -> BTreeSet<&'static str> {
    Flags::NAMES.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name).collect()
}

fn category_words(categories: Category) -> BTreeSet<&'static str> {
    Category::NAMES.into_iter().filter(|(_, category)| categories.contains(*category)).map(|(name, _)| name).collect()
}

#[test]
fn rows_are_those_of_redis() {
    let mut differences = String::new();
    for line in REDIS.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let [name, arity, flags, first_key, _, _, categories] = parts[..] else {
            panic!("a line of seven words: {line}")
        };
        let Some(ours) = index().rows().find(|found| index().name(found.number) == name) else { continue };
        let command = ours.command;
        let mut compare = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                differences += &format!("{name}: {what} is {ours}, in Redis {theirs}\n");
            }
        };
        compare("arity", command.arity.to_string(), arity.to_string());
        compare("flags", format!("{:?}", flag_words(command.flags)), format!("{:?}", words(flags)));
        compare(
            "categories",
            format!("{:?}", category_words(command.all_categories())),
            format!("{:?}", words(categories)),
        );
        let movable = command.flags.contains(Flags::MOVABLEKEYS);
        compare(
            "having keys",
            (movable || !command.keys.is_empty()).to_string(),
            (movable || first_key != "0").to_string(),
        );
    }
    assert!(differences.is_empty(), "{differences}");
}
