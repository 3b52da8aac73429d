//! Recovery ends in order over arbitrary segments, and reads the same records twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_storage::{ClusterId, Lsn, SegmentId, SegmentSource, recover};
use std::io;

/// Segments 1, 2, … and a mark.
struct Files {
    segments: Vec<Vec<u8>>,
    mark: Vec<u8>,
}

impl SegmentSource for Files {
    type Bytes = Vec<u8>;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        Ok((1..=self.segments.len() as u64).map(SegmentId).collect())
    }

    fn open(&self, segment: SegmentId) -> io::Result<Vec<u8>> {
        let at = usize::try_from(segment.0).ok().and_then(|number| number.checked_sub(1));
        at.and_then(|at| self.segments.get(at)).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        Ok((!self.mark.is_empty()).then(|| self.mark.clone()))
    }
}

fn read(files: &Files, after: Lsn) -> (Vec<(u64, Vec<u8>)>, Option<u64>) {
    let mut records = Vec::new();
    let recovered = recover(files, after, None::<ClusterId>, |record| {
        records.push((record.lsn.0, record.payload.to_vec()));
        Ok(())
    });
    (records, recovered.ok().map(|recovery| recovery.last_lsn.0))
}

fuzz_target!(|input: (u8, Vec<u8>, Vec<Vec<u8>>)| {
    let (after, mark, segments) = input;
    let files = Files { segments: segments.into_iter().take(4).collect(), mark };
    let (records, last) = read(&files, Lsn(u64::from(after)));
    assert_eq!(read(&files, Lsn(u64::from(after))), (records.clone(), last));
    assert!(records.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0), "lsns are consecutive");
    if let (Some(last), Some(newest)) = (last, records.last()) {
        assert_eq!(newest.0, last);
    }
});
