//! A snapshot is read or refused; what was delivered before a refusal is bounded by the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_storage::read_snapshot;

fuzz_target!(|bytes: &[u8]| {
    let mut delivered = 0;
    let read = read_snapshot(bytes, |_, record| {
        delivered += record.bytes.len();
        Ok(())
    });
    assert!(delivered <= bytes.len(), "no record is longer than its file");
    if let Ok((_, totals)) = read {
        assert_eq!(totals.bytes, bytes.len() as u64);
    }
});
