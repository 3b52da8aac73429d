//! A segment file in memory.
//!
//! Appends are copies into the map: no system call, and what was copied survives the process at once, as it lies in the page cache.
//! `sync` brings it to the disk. The file is filled with zeros when it is made, so that its blocks exist and a full disk shows
//! itself there as an error, not later as a signal.

#![allow(unsafe_code)]

use memmap2::MmapMut;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

/// Zeros are written in pieces of this size.
const FILL_BYTES: usize = 1 << 20;

/// A mapped segment. Writers are serialized by the log's lock; a sync may run beside a write.
#[derive(Debug)]
pub(super) struct SegmentMap {
    file: File,
    map: MmapMut,
}

impl SegmentMap {
    /// Makes a file of `bytes` zeros, durable, in place of what had its name, and maps it.
    pub(super) fn create(path: &Path, bytes: u64) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        let filled = fill(&mut file, bytes).and_then(|()| file.sync_all());
        if let Err(error) = filled {
            drop(file);
            // The space is given back at once: what is left may be needed to write a snapshot.
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        Self::map(file)
    }

    /// Maps an existing file for writing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::map(OpenOptions::new().read(true).write(true).open(path)?)
    }

    fn map(file: File) -> io::Result<Self> {
        // SAFETY: the map is valid as long as nobody truncates the file. The data directory is locked by this process, which
        // only removes segments after dropping their maps, and never shortens one. Another program that truncates files of
        // a running node breaks more than this map.
        let map = unsafe { MmapMut::map_mut(&file)? };
        Ok(Self { file, map })
    }

    /// The whole file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Copies `bytes` to `offset`. The caller holds the log's lock, so there is one writer.
    ///
    /// # Panics
    /// If the range is outside the file.
    pub(super) fn write(&self, offset: u64, bytes: &[u8]) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        assert!(offset.checked_add(bytes.len()).is_some_and(|end| end <= self.map.len()), "a write beyond the segment");
        // SAFETY: the range lies in the map (asserted), the source cannot overlap it, and writers are serialized by the log's
        // lock. A `bytes()` slice is only taken by recovery, before there are writers.
        unsafe {
            let target = self.map.as_ptr().cast_mut().add(offset);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len());
        }
    }

    /// Fills a range with zeros.
    pub(super) fn zero(&self, offset: u64, bytes: u64) {
        let zeros = [0u8; 4096];
        let mut at = offset;
        while at < offset + bytes {
            let piece = (offset + bytes - at).min(zeros.len() as u64);
            self.write(at, &zeros[..piece as usize]);
            at += piece;
        }
    }

    /// Writes a range over with what it holds, so that its pages are dirty again and the next sync brings them to the disk, also where
    /// an earlier sync failed and left them clean.
    pub(super) fn rewrite(&self, offset: u64, bytes: u64) {
        let copy = self.map[offset as usize..(offset + bytes) as usize].to_vec();
        self.write(offset, &copy);
    }

    /// Makes everything written so far durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Touches the pages from `offset` on, so that the first write to each does not wait for the kernel.
    pub(super) fn warm(&self, offset: u64, bytes: u64) {
        const PAGE: usize = 4096;
        let end = (offset + bytes).min(self.map.len() as u64) as usize;
        let mut sum = 0u8;
        for at in (offset as usize..end).step_by(PAGE) {
            // SAFETY: `at` lies in the map; an atomic load of a byte may race with a copy into it without harm.
            sum ^= unsafe { AtomicU8::from_ptr(self.map.as_ptr().cast_mut().add(at)).load(Ordering::Relaxed) };
        }
        std::hint::black_box(sum);
    }
}

fn fill(file: &mut File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0u8; FILL_BYTES];
    let mut left = bytes;
    while left > 0 {
        let piece = left.min(FILL_BYTES as u64);
        file.write_all(&zeros[..piece as usize])?;
        left -= piece;
    }
    Ok(())
}
