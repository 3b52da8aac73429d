//! A collection is decoded or refused; a decoded one encodes to bytes that decode to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_node::value::Collection;

fn encode(collection: &Collection) -> Vec<u8> {
    let mut bytes = Vec::new();
    collection.encode(&mut bytes);
    bytes
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(collection) = Collection::decode(bytes, 1) {
        let once = encode(&collection);
        let again = Collection::decode(&once, 1).expect("what was encoded decodes");
        assert_eq!(encode(&again), once);
        assert!(collection.heap_bytes() < (bytes.len() + 64) * 64, "memory is bounded by the input");
    }
});
