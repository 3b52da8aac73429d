//! A disk in memory that keeps its promises and not a bit more.
//!
//! Written bytes are seen by every later read, but survive a loss of power only if the file was synced after; a new, renamed
//! or removed name survives only if the directory was synced after. [`SimDisk::crash`] draws, sector by sector and name by
//! name, which of the unsynced versions is there afterwards. A sync that fails leaves the newest bytes readable and forgets
//! that they are unsynced, as kernels do: no later sync carries them, only a new write does.
//!
//! [`SimLog`] runs a [`mainstay_storage::Wal`] on such a disk with a method per step.

mod file;
mod log;
mod publication;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use mainstay_foundation::Rng;

use file::SimFile;
pub use log::{FailedStart, LogStep, Recovering, SimLog};
pub use publication::Publication;

/// Bytes that are written or lost as one.
pub const SECTOR_BYTES: usize = 512;

/// What can go wrong, each by itself. Probabilities in 0..=1 per operation; all zero by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiskFaults {
    /// A write fails, nothing is written.
    pub write_error: f64,
    /// A sync fails and loses track of what was unsynced.
    pub sync_error: f64,
    /// At a crash, a lost sector is torn: a part of it, in units of eight bytes, is of the next version.
    pub tear: f64,
    /// Bytes that all files may take.
    pub capacity_bytes: u64,
}

impl Default for DiskFaults {
    fn default() -> Self {
        Self { write_error: 0.0, sync_error: 0.0, tear: 0.0, capacity_bytes: u64::MAX }
    }
}

/// A refused operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// No such name.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The capacity is used up.
    #[error("no space for {0}")]
    NoSpace(String),
    /// A drawn fault.
    #[error("input/output error in {0}")]
    Io(String),
}

/// A name that came or went since the directory was last synced.
#[derive(Clone, Debug)]
enum DirectoryChange {
    Link(String, u64),
    Unlink(String),
    /// One change: a crash has both names as before or both as after.
    Rename(String, String, u64),
}

/// One directory on one disk. A clone is a copy of the whole disk.
#[derive(Clone, Debug)]
pub struct SimDisk {
    faults: DiskFaults,
    rng: Rng,
    files: BTreeMap<u64, SimFile>,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    changes: Vec<DirectoryChange>,
    next_file: u64,
    operations: u64,
    /// The operation to stop before, and the disk as it was then.
    fuse: Option<(u64, Option<Box<Self>>)>,
}

impl SimDisk {
    /// An empty disk whose faults are drawn from `rng`.
    #[must_use]
    pub fn new(rng: Rng, faults: DiskFaults) -> Self {
        Self {
            faults,
            rng,
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            changes: Vec::new(),
            next_file: 0,
            operations: 0,
            fuse: None,
        }
    }

    /// Changes what can go wrong from now on.
    pub fn set_faults(&mut self, faults: DiskFaults) {
        self.faults = faults;
    }

    /// Operations that changed the disk so far: a place in a run to crash at.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Stops the process before the operation that comes after `operations` more. What runs goes on as if nothing had happened;
    /// whoever drives it asks [`SimDisk::burnt`] after each step and throws away what came later.
    pub fn arm(&mut self, operations: u64) {
        self.fuse = Some((self.operations + operations, None));
    }

    /// Takes [`SimDisk::arm`] back.
    pub fn disarm(&mut self) {
        self.fuse = None;
    }

    /// Whether the process has been stopped.
    #[must_use]
    pub fn is_burnt(&self) -> bool {
        matches!(self.fuse, Some((_, Some(_))))
    }

    /// The disk as it was when the process was stopped; none if it was not.
    #[must_use]
    pub fn burnt(self) -> Option<Self> {
        self.fuse.and_then(|(_, image)| image).map(|image| *image)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// A file's bytes as a process sees them.
    ///
    /// # Errors
    /// [`DiskError::NotFound`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, DiskError> {
        Ok(self.file(name)?.newest())
    }

    /// A fresh file of `bytes` zeros under `name`, in place of any other.
    ///
    /// # Errors
    /// [`DiskError::NoSpace`]; the name is as before.
    pub fn create(&mut self, name: &str, bytes: u64) -> Result<(), DiskError> {
        self.operate();
        let replaced = self.names.get(name).map_or(0, |id| self.files[id].len());
        self.reserve(name, bytes, replaced)?;
        let id = self.next_file;
        self.next_file += 1;
        self.files.insert(id, SimFile::zeros(bytes));
        self.names.insert(name.to_owned(), id);
        self.changes.push(DirectoryChange::Link(name.to_owned(), id));
        Ok(())
    }

    /// Overwrites `bytes` at `offset`; the file grows as needed.
    ///
    /// # Errors
    /// [`DiskError::NotFound`], [`DiskError::NoSpace`], or a drawn [`DiskError::Io`]; nothing is written then.
    pub fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.operate();
        let end = offset + bytes.len() as u64;
        let grows = end.saturating_sub(self.file(name)?.len());
        self.reserve(name, grows, 0)?;
        if self.rng.chance(self.faults.write_error) {
            return Err(DiskError::Io(name.to_owned()));
        }
        let operation = self.operations;
        self.file_mut(name)?.write(operation, offset, bytes);
        Ok(())
    }

    /// Makes the file's bytes and size durable (not its name).
    ///
    /// # Errors
    /// [`DiskError::NotFound`], or a drawn [`DiskError::Io`]: what was unsynced is readable, and lost at the next crash
    /// whatever later syncs say.
    pub fn sync(&mut self, name: &str) -> Result<(), DiskError> {
        self.sync_written_by(name, u64::MAX)
    }

    /// A sync that began when [`SimDisk::operations`] was `operation` and ends now: it carries what was written before, and
    /// nothing that was written while it ran. How slow it is, is the time between.
    ///
    /// # Errors
    /// Those of [`SimDisk::sync`].
    pub fn sync_written_by(&mut self, name: &str, operation: u64) -> Result<(), DiskError> {
        self.operate();
        let fails = self.rng.chance(self.faults.sync_error);
        let file = self.file_mut(name)?;
        if fails {
            file.forget_unsynced();
            return Err(DiskError::Io(name.to_owned()));
        }
        file.sync(operation);
        Ok(())
    }

    /// Gives a file another name, replacing any file that has it.
    ///
    /// # Errors
    /// [`DiskError::NotFound`].
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        self.operate();
        let id = self.names.remove(from).ok_or_else(|| DiskError::NotFound(from.to_owned()))?;
        self.names.insert(to.to_owned(), id);
        self.changes.push(DirectoryChange::Rename(from.to_owned(), to.to_owned(), id));
        Ok(())
    }

    /// Removes a name.
    ///
    /// # Errors
    /// [`DiskError::NotFound`].
    pub fn remove(&mut self, name: &str) -> Result<(), DiskError> {
        self.operate();
        self.names.remove(name).ok_or_else(|| DiskError::NotFound(name.to_owned()))?;
        self.changes.push(DirectoryChange::Unlink(name.to_owned()));
        Ok(())
    }

    /// Makes all names durable.
    pub fn sync_directory(&mut self) {
        self.operate();
        self.changes.clear();
        self.durable_names = self.names.clone();
        self.collect();
    }

    /// A loss of power: every unsynced sector and name is kept or lost as `rng` draws. The disk goes on from there.
    pub fn crash(&mut self, rng: &mut Rng) {
        let mut names = std::mem::take(&mut self.durable_names);
        for change in std::mem::take(&mut self.changes) {
            if rng.chance(0.5) {
                apply(&mut names, change);
            }
        }
        self.names = names.clone();
        self.durable_names = names;
        self.collect();
        for file in self.files.values_mut() {
            file.crash(rng, self.faults.tear);
        }
    }

    /// Turns one bit of a file over, in memory and on the disk: damage at rest.
    ///
    /// # Errors
    /// [`DiskError::NotFound`].
    ///
    /// # Panics
    /// If the file has no such bit.
    pub fn flip(&mut self, name: &str, bit: u64) -> Result<(), DiskError> {
        self.file_mut(name)?.flip(bit);
        Ok(())
    }

    /// A checksum of all names and bytes as a process sees them: equal runs have equal ones.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut add = |bytes: &[u8]| {
            for &byte in bytes {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for (name, id) in &self.names {
            add(name.as_bytes());
            add(&self.files[id].newest());
        }
        hash
    }

    fn operate(&mut self) {
        if matches!(self.fuse, Some((at, None)) if at == self.operations) {
            let image = Self { fuse: None, ..self.clone() };
            self.fuse = Some((self.operations, Some(Box::new(image))));
        }
        self.operations += 1;
    }

    fn file(&self, name: &str) -> Result<&SimFile, DiskError> {
        self.names.get(name).map(|id| &self.files[id]).ok_or_else(|| DiskError::NotFound(name.to_owned()))
    }

    fn file_mut(&mut self, name: &str) -> Result<&mut SimFile, DiskError> {
        let id = self.names.get(name).ok_or_else(|| DiskError::NotFound(name.to_owned()))?;
        Ok(self.files.get_mut(id).expect("a name has a file"))
    }

    fn reserve(&self, name: &str, bytes: u64, freed: u64) -> Result<(), DiskError> {
        let used: u64 = self.names.values().map(|id| self.files[id].len()).sum();
        if bytes > 0 && (used - freed).saturating_add(bytes) > self.faults.capacity_bytes {
            return Err(DiskError::NoSpace(name.to_owned()));
        }
        Ok(())
    }

    /// Drops files that no name, and no name that may come back, leads to.
    fn collect(&mut self) {
        let (names, durable) = (&self.names, &self.durable_names);
        self.files.retain(|id, _| names.values().chain(durable.values()).any(|named| named == id));
    }
}

fn apply(names: &mut BTreeMap<String, u64>, change: DirectoryChange) {
    match change {
        DirectoryChange::Link(name, id) => {
            names.insert(name, id);
        }
        DirectoryChange::Unlink(name) => {
            names.remove(&name);
        }
        DirectoryChange::Rename(from, to, id) => {
            if names.get(&from) == Some(&id) {
                names.remove(&from);
            }
            names.insert(to, id);
        }
    }
}
