//! Values of parameters: reading them, with the words of Redis for what is wrong.

use super::memory;
use crate::engine::{OutputLimit, Settings};
use crate::shard::EventClass;
use crate::text::integer;

/// An integer within bounds.
pub(super) fn int(text: &[u8], min: i64, max: i64) -> Result<i64, String> {
    let value = integer::parse_i64(text).ok_or("argument couldn't be parsed into an integer")?;
    within(value, min, max)
}

/// An amount of memory within bounds.
pub(super) fn bytes(text: &[u8], min: i64, max: i64) -> Result<i64, String> {
    let value =
        memory::parse(text).and_then(|bytes| i64::try_from(bytes).ok()).ok_or("argument must be a memory value")?;
    within(value, min, max)
}

fn within(value: i64, min: i64, max: i64) -> Result<i64, String> {
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    Err(format!("argument must be between {min} and {max} inclusive"))
}

/// A count of something small.
pub(super) fn count(text: &[u8]) -> Result<usize, String> {
    int(text, 0, i64::MAX).map(|count| count as usize)
}

/// Letters of `notify-keyspace-events` in the order in which Redis shows them.
const EVENTS: [(u8, EventClass); 14] = [
    (b'g', EventClass::GENERIC),
    (b'$', EventClass::STRING),
    (b'l', EventClass::LIST),
    (b's', EventClass::SET),
    (b'h', EventClass::HASH),
    (b'z', EventClass::ZSET),
    (b'x', EventClass::EXPIRED),
    (b'e', EventClass::EVICTED),
    (b't', EventClass::STREAM),
    (b'd', EventClass::MODULE),
    (b'n', EventClass::NEW),
    (b'K', EventClass::KEYSPACE),
    (b'E', EventClass::KEYEVENT),
    (b'm', EventClass::MISS),
];

pub(super) fn parse_events(text: &[u8]) -> Result<EventClass, String> {
    let mut events = EventClass::empty();
    for letter in text {
        events |= match EVENTS.iter().find(|(known, _)| known == letter) {
            Some((_, class)) => *class,
            None if *letter == b'A' => EventClass::ALL,
            None => return Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".into()),
        };
    }
    Ok(events)
}

pub(super) fn events(events: EventClass) -> String {
    let all = events.contains(EventClass::ALL);
    let mut text = String::from(if all { "A" } else { "" });
    for (letter, class) in EVENTS {
        if events.contains(class) && !(all && EventClass::ALL.contains(class)) {
            text.push(char::from(letter));
        }
    }
    text
}

pub(super) fn output_limits(settings: &Settings) -> String {
    let one = |name, limit: OutputLimit| format!("{name} {} {} {}", limit.hard, limit.soft, limit.soft_seconds);
    // There are no replicas, hence nothing is promised about their output.
    format!("{} slave 0 0 0 {}", one("normal", settings.output_normal), one("pubsub", settings.output_pubsub))
}

/// Groups of four words: class, hard limit, soft limit, seconds.
pub(super) fn set_output_limits(settings: &mut Settings, text: &[u8]) -> Result<(), String> {
    let words: Vec<&[u8]> = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || !words.len().is_multiple_of(4) {
        return Err("Wrong number of arguments in buffer limit configuration.".into());
    }
    for group in words.chunks_exact(4) {
        let sizes = (memory::parse(group[1]), memory::parse(group[2]), integer::parse_i64(group[3]));
        let limit = match sizes {
            (Some(hard), Some(soft), Some(seconds @ 0..)) => {
                OutputLimit { hard: hard as usize, soft: soft as usize, soft_seconds: seconds as u64 }
            }
            _ => return Err("Error in hard, soft or soft_seconds setting in buffer limit configuration.".into()),
        };
        match group[0].to_ascii_lowercase().as_slice() {
            b"normal" => settings.output_normal = limit,
            b"pubsub" => settings.output_pubsub = limit,
            b"slave" | b"replica" => {}
            _ => return Err("Invalid client class specified in buffer limit configuration.".into()),
        }
    }
    Ok(())
}
