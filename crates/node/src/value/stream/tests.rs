//! What was tried against redis-server 7.0.15 stands here as tables; everything else is held against a dumb twin.

mod blocks;
mod ids;
mod lag;
mod snapshot;
mod twin;

use super::*;

/// Adds an entry whose id and fields are written as `XADD` takes them: `"5-1 name value"`.
fn add(stream: &mut Stream, text: &str) -> Result<StreamId, AddError> {
    let mut words = text.split(' ').map(str::as_bytes);
    let wanted = NewId::parse(words.next().unwrap()).unwrap();
    stream.log.add(wanted, 0, words, BlockLimits::default())
}

fn id(text: &str) -> StreamId {
    StreamId::parse(text.as_bytes()).unwrap()
}

/// Entries as `id name value …`.
fn show<'l>(entries: impl IntoIterator<Item = Entry<'l>>) -> Vec<String> {
    entries
        .into_iter()
        .map(|entry| {
            let fields = entry.fields().flat_map(|(name, value)| [name, value]);
            fields.fold(entry.id.to_string(), |line, text| line + " " + &String::from_utf8_lossy(text))
        })
        .collect()
}
