//! A log record is walked or refused, and its images are decoded or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_node::record::{Item, RecordError, walk};
use mainstay_node::shard::{decode_image, encode_image};

fuzz_target!(|bytes: &[u8]| {
    let mut read = 0;
    let _ = walk::<RecordError>(bytes, &mut |_, item| {
        match item {
            Item::Command { args, .. } => read += args.iter().map(|arg| arg.len()).sum::<usize>(),
            Item::Gone { key, .. } => read += key.len(),
            Item::Image(image) => {
                read += image.len();
                if let Ok(decoded) = decode_image(image, 1) {
                    let mut again = Vec::new();
                    encode_image(&mut again, decoded.db, &decoded.item);
                    assert!(decode_image(&again, 1).is_ok(), "what was decoded can be written again");
                }
            }
        }
        Ok(())
    });
    assert!(read <= bytes.len(), "no item is longer than its record");
});
