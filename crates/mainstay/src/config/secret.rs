//! Secrets: named in the file, kept in the environment or in files of their own, never printed.

use std::fmt;
use std::path::{Path, PathBuf};

/// Most bytes a secret's file may have.
pub const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Where a secret is kept: `env:NAME` or `file:PATH`. It holds the place and never the secret; `Debug` and `Display` show the
/// place only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Variable(String),
    File(PathBuf),
}

/// A secret that was read. It prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

/// Why a secret could not be read. It names the place, never the content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The environment has no such variable.
    #[error("environment variable {0} is not set")]
    Unset(String),
    /// The variable's value is empty or not UTF-8.
    #[error("environment variable {0} is empty or not UTF-8")]
    Unusable(String),
    /// The file could not be read.
    #[error("cannot read secret file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is empty, too long or not UTF-8.
    #[error("secret file {0} must hold 1 to {SECRET_BYTES_MAX} bytes of UTF-8")]
    Content(PathBuf),
}

impl Secret {
    /// Reads `env:NAME` or `file:PATH`; `None` for any other text.
    #[must_use]
    pub fn from_reference(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("env:") {
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            return named.then(|| Self(Place::Variable(name.to_owned())));
        }
        let path = text.strip_prefix("file:")?;
        (!path.is_empty() && !path.contains('\0')).then(|| Self(Place::File(PathBuf::from(path))))
    }

    /// Reads the secret now; one trailing line end of a file is dropped. Relative files are relative to the working directory.
    ///
    /// # Errors
    /// [`SecretError`] when the place is missing, empty, too long or not UTF-8.
    pub fn read(&self) -> Result<SecretText, SecretError> {
        match &self.0 {
            Place::Variable(name) => read_variable(name),
            Place::File(path) => read_file(path),
        }
    }
}

fn read_variable(name: &str) -> Result<SecretText, SecretError> {
    let value = std::env::var_os(name).ok_or_else(|| SecretError::Unset(name.to_owned()))?;
    match value.into_string() {
        Ok(text) if !text.is_empty() => Ok(SecretText(text)),
        _ => Err(SecretError::Unusable(name.to_owned())),
    }
}

fn read_file(path: &Path) -> Result<SecretText, SecretError> {
    let failed = |source| SecretError::Read { path: path.to_owned(), source };
    let unusable = || SecretError::Content(path.to_owned());
    if std::fs::metadata(path).map_err(failed)?.len() > SECRET_BYTES_MAX {
        return Err(unusable());
    }
    let text = String::from_utf8(std::fs::read(path).map_err(failed)?).map_err(|_| unusable())?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() { Err(unusable()) } else { Ok(SecretText(text.to_owned())) }
}

impl SecretText {
    /// The secret itself. Hand it on; do not keep or print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Variable(name) => write!(f, "env:{name}"),
            Place::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_env_or_file_and_nothing_else() {
        for (text, expected) in [
            ("env:DB", Some("env:DB")),
            ("file:/run/secrets/db", Some("file:/run/secrets/db")),
            ("env:", None),
            ("env:A B", None),
            ("file:", None),
            ("hunter2", None),
        ] {
            assert_eq!(Secret::from_reference(text).map(|s| s.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_is_read_without_its_line_end_and_never_printed() {
        let path = std::env::temp_dir().join(format!("mainstay-secret-{}", std::process::id()));
        let secret = Secret::from_reference(&format!("file:{}", path.display())).expect("a file reference");
        for (content, expected) in [
            (&b"hunter2\r\n"[..], Some("hunter2")),
            (b"two\n\n", Some("two\n")),
            (b"\n", None),
            (b"", None),
            (b"\xff", None),
        ] {
            std::fs::write(&path, content).expect("writing a temporary file");
            let read = secret.read();
            assert_eq!(read.as_ref().ok().map(SecretText::expose), expected, "{content:?}");
            assert!(!format!("{read:?} {secret:?}").contains("hunter2"));
        }
        std::fs::remove_file(&path).expect("removing a temporary file");
        assert!(matches!(secret.read(), Err(SecretError::Read { .. })));
    }
}
