//! One file, sector by sector.

use mainstay_foundation::Rng;

use super::SECTOR_BYTES;

type Bytes = [u8; SECTOR_BYTES];

/// The versions of one sector: the durable one, those that may have reached the disk since, and the one in memory.
#[derive(Clone, Debug)]
struct Sector {
    durable: Bytes,
    /// Each with the number of the operation that wrote it.
    unsynced: Vec<(u64, Bytes)>,
    /// Differs from the newest of the others only after a sync that failed.
    cached: Bytes,
}

impl Sector {
    const ZERO: Self = Self { durable: [0; SECTOR_BYTES], unsynced: Vec::new(), cached: [0; SECTOR_BYTES] };

    fn choose(&mut self, rng: &mut Rng, tear: f64) {
        let choice = rng.below(self.unsynced.len() as u64 + 1) as usize;
        let version = |number: usize| if number == 0 { self.durable } else { self.unsynced[number - 1].1 };
        let mut kept = version(choice);
        if choice < self.unsynced.len() && rng.chance(tear) {
            let cut = rng.below(SECTOR_BYTES as u64 / 8) as usize * 8;
            kept[..cut].copy_from_slice(&version(choice + 1)[..cut]);
        }
        *self = Self { durable: kept, unsynced: Vec::new(), cached: kept };
    }
}

#[derive(Clone, Debug)]
pub(super) struct SimFile {
    sectors: Vec<Sector>,
    len: u64,
    durable_len: u64,
}

impl SimFile {
    pub(super) fn zeros(len: u64) -> Self {
        Self { sectors: vec![Sector::ZERO; (len as usize).div_ceil(SECTOR_BYTES)], len, durable_len: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn newest(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.sectors.len() * SECTOR_BYTES);
        for sector in &self.sectors {
            bytes.extend_from_slice(&sector.cached);
        }
        bytes.truncate(self.len as usize);
        bytes
    }

    pub(super) fn write(&mut self, operation: u64, offset: u64, mut bytes: &[u8]) {
        self.len = self.len.max(offset + bytes.len() as u64);
        let sectors = (self.len as usize).div_ceil(SECTOR_BYTES).max(self.sectors.len());
        self.sectors.resize(sectors, Sector::ZERO);
        let mut at = offset as usize;
        while !bytes.is_empty() {
            let within = at % SECTOR_BYTES;
            let (now, later) = bytes.split_at(bytes.len().min(SECTOR_BYTES - within));
            let sector = &mut self.sectors[at / SECTOR_BYTES];
            sector.cached[within..within + now.len()].copy_from_slice(now);
            sector.unsynced.push((operation, sector.cached));
            (at, bytes) = (at + now.len(), later);
        }
    }

    /// Makes durable what operations up to `operation` wrote, and no more.
    pub(super) fn sync(&mut self, operation: u64) {
        self.durable_len = self.len;
        for sector in &mut self.sectors {
            let covered = sector.unsynced.partition_point(|&(written, _)| written <= operation);
            if let Some((_, newest)) = sector.unsynced.drain(..covered).next_back() {
                sector.durable = newest;
            }
        }
    }

    /// What was unsynced stays in memory only.
    pub(super) fn forget_unsynced(&mut self) {
        for sector in &mut self.sectors {
            sector.unsynced.clear();
        }
    }

    pub(super) fn crash(&mut self, rng: &mut Rng, tear: f64) {
        for sector in &mut self.sectors {
            sector.choose(rng, tear);
        }
        if self.durable_len < self.len && rng.chance(0.5) {
            self.len = self.durable_len;
            self.sectors.truncate((self.len as usize).div_ceil(SECTOR_BYTES));
        }
        self.durable_len = self.len;
    }

    pub(super) fn flip(&mut self, bit: u64) {
        assert!(bit / 8 < self.len, "bit {bit} is behind the end at byte {}", self.len);
        let (at, mask) = (bit as usize / 8, 1 << (bit % 8));
        let sector = &mut self.sectors[at / SECTOR_BYTES];
        let unsynced = sector.unsynced.iter_mut().map(|(_, version)| version);
        for version in unsynced.chain([&mut sector.durable, &mut sector.cached]) {
            version[at % SECTOR_BYTES] ^= mask;
        }
    }
}
