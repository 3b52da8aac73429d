//! Opening the data directory: lock, identity, format version.

use mainstay_storage::ClusterId;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The format of the directory as a whole. Version N of the program reads N−1; a newer one is refused.
const FORMAT: u32 = 1;

/// Why the directory cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DirError {
    /// Another process has it.
    #[error("data directory {0} is in use by another process; stop that one or choose another directory with --data")]
    InUse(PathBuf),
    /// It was written by a newer program.
    #[error(
        "data directory {dir} has format {found}, this version reads up to {FORMAT}; start the version that wrote it"
    )]
    Newer {
        /// The directory.
        dir: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The identity file is damaged.
    #[error(
        "{0} is damaged: it must hold 'mainstay <format> <32 hexadecimal digits>'; restore it from a backup, or from the id that `mainstay storage check` reads from the log"
    )]
    Meta(PathBuf),
    /// The system refused.
    #[error("data directory {path}: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The right to use a directory, which one process has at a time. It goes when it is dropped, or with the process.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl DirLock {
    /// Takes it; the directory exists.
    ///
    /// # Errors
    /// [`DirError::InUse`], or the lock file cannot be made.
    pub fn take(dir: &Path) -> Result<Self, DirError> {
        let path = dir.join("LOCK");
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let failed = |source| DirError::Io { path: path.clone(), source };
        let file = opened.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DirError::InUse(dir.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

/// Whose directory it is; `None`: it does not say.
///
/// # Errors
/// The identity is damaged, or that of a newer format.
pub fn identity(dir: &Path) -> Result<Option<ClusterId>, DirError> {
    read_meta(dir, &dir.join("meta"))
}

/// A locked data directory. The lock goes when it is dropped, or with the process.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    cluster: ClusterId,
    _lock: DirLock,
}

impl DataDir {
    /// Makes the directory if it is missing, locks it and reads its identity; `fresh` is the identity of a new one.
    ///
    /// # Errors
    /// [`DirError`]; nothing was changed but for an empty directory and its lock file.
    pub fn open(path: &Path, fresh: ClusterId) -> Result<Self, DirError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| DirError::Io { path, source }
        };
        fs::create_dir_all(path).map_err(failed(path))?;
        let lock = DirLock::take(path)?;
        let meta = path.join("meta");
        let cluster = match read_meta(path, &meta)? {
            Some(cluster) => cluster,
            None => {
                write_meta(path, &meta, fresh).map_err(failed(&meta))?;
                fresh
            }
        };
        Ok(Self { path: path.to_owned(), cluster, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose it is.
    #[must_use]
    pub const fn cluster(&self) -> ClusterId {
        self.cluster
    }
}

fn read_meta(dir: &Path, meta: &Path) -> Result<Option<ClusterId>, DirError> {
    let mut text = String::new();
    match File::open(meta).and_then(|file| file.take(256).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(DirError::Meta(meta.to_owned())),
        Err(source) => return Err(DirError::Io { path: meta.to_owned(), source }),
    }
    let mut words = text.split_whitespace();
    let (name, format) = (words.next(), words.next().and_then(|format| format.parse::<u32>().ok()));
    let (Some("mainstay"), Some(format)) = (name, format) else { return Err(DirError::Meta(meta.to_owned())) };
    if format > FORMAT {
        return Err(DirError::Newer { dir: dir.to_owned(), found: format });
    }
    let cluster = words.next().filter(|id| id.len() == 32).and_then(|id| u128::from_str_radix(id, 16).ok());
    cluster.map(|id| Some(ClusterId(id))).ok_or_else(|| DirError::Meta(meta.to_owned()))
}

fn write_meta(dir: &Path, meta: &Path, cluster: ClusterId) -> io::Result<()> {
    let temporary = dir.join("meta.tmp");
    let mut file = File::create(&temporary)?;
    writeln!(file, "mainstay {FORMAT} {cluster}")?;
    file.sync_all()?;
    fs::rename(&temporary, meta)?;
    sync_directory(dir)
}

/// Makes creations, renames and removals in `dir` durable.
pub(crate) fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("mainstay-directory-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn identity_is_kept_and_a_second_process_is_refused() {
        let path = scratch("identity");
        let first = DataDir::open(&path, ClusterId(7)).unwrap();
        assert!(matches!(DataDir::open(&path, ClusterId(8)), Err(DirError::InUse(_))));
        drop(first);
        assert_eq!(DataDir::open(&path, ClusterId(8)).unwrap().cluster(), ClusterId(7));
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn foreign_and_newer_identities_are_refused() {
        let path = scratch("foreign");
        fs::create_dir_all(&path).unwrap();
        for (text, newer) in [
            ("mainstay 2 00000000000000000000000000000007\n", true),
            ("mainstay 1 7\n", false),
            ("", false),
            ("x", false),
        ] {
            fs::write(path.join("meta"), text).unwrap();
            match DataDir::open(&path, ClusterId(8)) {
                Err(DirError::Newer { found: 2, .. }) => assert!(newer, "{text:?}"),
                Err(DirError::Meta(_)) => assert!(!newer, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
        fs::remove_dir_all(path).unwrap();
    }
}
