//! Keyspaces: what they promise, what they hold, and to which a key belongs.

use super::Admin;
use super::answer::Answer;
use super::routes::Query;
use crate::config::{Contract, Keyspace};
use crate::serve::Node;
use hyper::StatusCode;
use mainstay_node::slot;
use serde_json::{Map, Value, json};

/// `/api/v1/keyspaces`.
pub(super) fn list(admin: &Admin, _: &Query) -> Answer {
    Answer::json(StatusCode::OK, &json!({ "keyspaces": described(&admin.node) }))
}

/// Every keyspace, in the order of the configuration.
pub(super) fn described(node: &Node) -> Vec<Value> {
    let spaces = node.engine.spaces();
    let config = node.config();
    let described = config.keyspaces.iter().map(|declared| {
        let mut described = contract(declared);
        if let Some(id) = spaces.by_name(declared.name.as_bytes()) {
            described.insert("keys".to_owned(), spaces.usage(id).keys().into());
            described.insert("bytes".to_owned(), spaces.usage(id).bytes().into());
        }
        Value::Object(described)
    });
    described.collect()
}

fn contract(declared: &Keyspace) -> Map<String, Value> {
    let lines = Contract::of(declared).lines();
    let mut contract = Map::new();
    contract.insert("name".to_owned(), declared.name.as_str().into());
    contract.insert("prefix".to_owned(), declared.prefix.as_str().into());
    contract.insert("replication".to_owned(), declared.replication.as_str().into());
    contract.insert("durability".to_owned(), declared.durability.as_str().into());
    contract.insert("partition".to_owned(), declared.partition.as_str().into());
    contract.insert("eviction".to_owned(), declared.eviction.as_str().into());
    contract.insert("max_memory_bytes".to_owned(), declared.max_memory.into());
    contract.insert("max_keys".to_owned(), declared.max_keys.into());
    let lines = lines.into_iter().map(|(label, text)| (label.to_owned(), Value::from(text)));
    contract.insert("contract".to_owned(), Value::Object(lines.collect()));
    contract
}

/// `/api/v1/keyspaces/explain?key=`: where a key lives and why. Whether it exists is not looked up.
pub(super) fn explain(admin: &Admin, query: &Query) -> Answer {
    let Some(key) = query.parameter("key") else {
        let detail = "the parameter `key` must be there once, percent-encoded: ?key=user%3A1";
        return Answer::problem(StatusCode::BAD_REQUEST, detail);
    };
    let spaces = admin.node.engine.spaces();
    let space = spaces.get(spaces.of(&key));
    let prefix = String::from_utf8_lossy(&space.prefix);
    let why = if space.prefix.is_empty() {
        "no declared prefix fits, so the key belongs to `default`".to_owned()
    } else {
        format!("`{prefix}` is the longest declared prefix that the key begins with")
    };
    let config = admin.node.config();
    let declared = config.keyspaces.iter().find(|declared| declared.name == space.name);
    let explained = json!({
        "key": String::from_utf8_lossy(&key),
        "keyspace": space.name,
        "prefix": prefix,
        "why": why,
        "slot": slot::of_key(&key),
        "shard": slot::shard_of_key(&key),
        "node": config.node.name,
        "key_bytes_max": space.key_bytes_max,
        "allowed": key.len() <= space.key_bytes_max,
        "declared": declared.map(contract),
    });
    Answer::json(StatusCode::OK, &explained)
}
