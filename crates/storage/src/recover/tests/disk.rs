//! A disk that forgets: every version of every sector since its last sync may be what a loss of power leaves.

use std::collections::BTreeMap;
use std::io;

use mainstay_foundation::Rng;

use crate::wal::{MARK_FILE_BYTES, MarkWrite, Write};
use crate::{RecoveryStep, SegmentId, SegmentSource, SyncJob};

const SECTOR: usize = 512;

/// A file as a list of sectors, each with its durable version first and its newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    sectors: Vec<Vec<[u8; SECTOR]>>,
}

impl File {
    fn zeros(bytes: u64) -> Self {
        Self { sectors: vec![vec![[0; SECTOR]]; bytes as usize / SECTOR] }
    }

    fn write(&mut self, offset: u64, mut bytes: &[u8]) {
        let mut at = offset as usize;
        while !bytes.is_empty() {
            let within = at % SECTOR;
            let (now, later) = bytes.split_at(bytes.len().min(SECTOR - within));
            let versions = &mut self.sectors[at / SECTOR];
            let mut sector = *versions.last().expect("a sector has a version");
            sector[within..within + now.len()].copy_from_slice(now);
            versions.push(sector);
            (at, bytes) = (at + now.len(), later);
        }
    }

    fn sync(&mut self) {
        for versions in &mut self.sectors {
            versions.drain(..versions.len() - 1);
        }
    }

    pub(super) fn newest(&self) -> Vec<u8> {
        let newest: Vec<_> =
            self.sectors.iter().map(|versions| *versions.last().expect("a sector has a version")).collect();
        newest.concat()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) segments: BTreeMap<SegmentId, File>,
    pub(super) mark: Option<File>,
}

impl Disk {
    pub(super) fn write(&mut self, write: &Write<'_>) {
        self.file(write.segment).write(write.offset, write.bytes);
    }

    pub(super) fn write_mark(&mut self, mark: &MarkWrite) {
        self.mark.get_or_insert_with(|| File::zeros(MARK_FILE_BYTES)).write(mark.offset, &mark.bytes);
    }

    pub(super) fn create(&mut self, segment: SegmentId, bytes: u64) {
        self.segments.insert(segment, File::zeros(bytes));
    }

    pub(super) fn sync(&mut self, job: SyncJob) {
        self.file(job.first).sync();
        self.file(job.last).sync();
    }

    pub(super) fn apply(&mut self, step: RecoveryStep) {
        match step {
            RecoveryStep::Delete { segment } => {
                self.segments.remove(&segment).expect("a deleted segment exists");
            }
            RecoveryStep::Rewrite { segment, offset, bytes } => {
                let newest = self.file(segment).newest();
                self.file(segment).write(offset, &newest[offset as usize..][..bytes as usize]);
            }
            RecoveryStep::Zero { segment, offset, bytes } => {
                self.file(segment).write(offset, &vec![0; bytes as usize]);
            }
            RecoveryStep::Sync { segment } => self.file(segment).sync(),
        }
    }

    pub(super) fn flip(&mut self, segment: SegmentId, bit: usize) {
        let versions = &mut self.file(segment).sectors[bit / 8 / SECTOR];
        versions.last_mut().expect("a sector has a version")[bit / 8 % SECTOR] ^= 1 << (bit % 8);
    }

    /// Replaces a segment's bytes at rest.
    pub(super) fn overwrite(&mut self, segment: SegmentId, bytes: &[u8]) {
        let mut file = File::zeros(bytes.len() as u64);
        file.write(0, bytes);
        file.sync();
        self.segments.insert(segment, file);
    }

    /// What losses of power may leave: every combination if there are at most `max`, else so many drawn by `rng` (the two
    /// extremes among them).
    pub(super) fn crashes(&self, max: u64, rng: &mut Rng) -> Vec<Self> {
        let counts: Vec<u64> = self.sectors().map(|versions| versions.len() as u64).filter(|&n| n > 1).collect();
        let all = counts.iter().try_fold(1u64, |product, &n| product.checked_mul(n));
        match all.filter(|&all| all <= max) {
            Some(all) => (0..all).map(|number| self.crashed(digits(number))).collect(),
            None => [self.crashed(|_| 0), self.crashed(|n| n - 1)]
                .into_iter()
                .chain((2..max).map(|_| self.crashed(|n| rng.below(n))))
                .collect(),
        }
    }

    /// One loss of power: `choose` picks a version out of so many for each unsynced sector.
    pub(super) fn crashed(&self, mut choose: impl FnMut(u64) -> u64) -> Self {
        let mut left = self.clone();
        let files = left.segments.values_mut().chain(&mut left.mark);
        for versions in files.flat_map(|file| &mut file.sectors).filter(|versions| versions.len() > 1) {
            let kept = versions[choose(versions.len() as u64) as usize];
            *versions = vec![kept];
        }
        left
    }

    fn sectors(&self) -> impl Iterator<Item = &Vec<[u8; SECTOR]>> {
        self.segments.values().chain(&self.mark).flat_map(|file| &file.sectors)
    }

    fn file(&mut self, segment: SegmentId) -> &mut File {
        self.segments.get_mut(&segment).expect("the segment exists")
    }
}

/// Reads `number` digit by digit, each in its own base.
fn digits(mut number: u64) -> impl FnMut(u64) -> u64 {
    move |base| {
        let digit = number % base;
        number /= base;
        digit
    }
}

impl SegmentSource for Disk {
    type Bytes = Vec<u8>;

    fn segments(&self) -> io::Result<Vec<SegmentId>> {
        Ok(self.segments.keys().rev().copied().collect())
    }

    fn open(&self, segment: SegmentId) -> io::Result<Vec<u8>> {
        self.segments.get(&segment).map(File::newest).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mark(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(self.mark.as_ref().map(File::newest))
    }
}
