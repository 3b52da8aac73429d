//! Finding a command's row by its name.

use super::FAMILIES;
use super::spec::Command;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The longest name that is looked up.
const NAME_BYTES_MAX: usize = 32;

/// Number of a row; subcommands have numbers of their own.
pub(crate) type Number = u16;

/// A row and its number.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The row.
    pub command: &'static Command,
    /// Its number.
    pub number: Number,
    /// The container's number, for a subcommand.
    pub parent: Option<Number>,
}

/// All rows by name and number.
#[derive(Debug)]
pub struct Index {
    rows: Vec<Found>,
    names: Vec<String>,
    by_name: HashMap<&'static [u8], Number, foldhash::fast::FixedState>,
}

/// The index of [`FAMILIES`], made at its first use.
pub fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(Index::new)
}

impl Index {
    fn new() -> Self {
        let mut index = Self { rows: Vec::new(), names: Vec::new(), by_name: HashMap::default() };
        for command in FAMILIES.iter().flat_map(|family| family.iter()) {
            let number = index.push(command, None);
            let twice = index.by_name.insert(command.name.as_bytes(), number);
            assert!(twice.is_none(), "two rows for '{}'", command.name);
            for sub in command.subcommands {
                index.push(sub, Some(number));
            }
        }
        index
    }

    fn push(&mut self, command: &'static Command, parent: Option<Number>) -> Number {
        let number = self.rows.len() as Number;
        self.rows.push(Found { command, number, parent });
        self.names.push(match parent {
            Some(parent) => format!("{}|{}", self.names[usize::from(parent)], command.name),
            None => command.name.to_owned(),
        });
        number
    }

    /// The row of a top-level command, whatever the case of `name`.
    #[inline]
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<Found> {
        let number = lower(name, |lower| self.by_name.get(lower).copied())??;
        Some(self.rows[usize::from(number)])
    }

    /// The row of a subcommand.
    #[must_use]
    pub fn find_sub(&self, parent: Number, name: &[u8]) -> Option<Found> {
        let command = self.rows[usize::from(parent)].command;
        let at = command.subcommands.iter().position(|sub| sub.name.as_bytes().eq_ignore_ascii_case(name))?;
        // Subcommands follow their container.
        self.get(parent + 1 + at as Number)
    }

    /// The row of a whole command: that of the subcommand where its first words name one.
    #[must_use]
    pub fn find_full(&self, words: &[&[u8]]) -> Option<Found> {
        let found = self.find(words.first()?)?;
        if found.command.subcommands.is_empty() {
            return Some(found);
        }
        match words.get(1).map(|word| self.find_sub(found.number, word)) {
            Some(Some(sub)) => Some(sub),
            _ if matches!(found.command.run, super::Run::Container) => None,
            _ => Some(found),
        }
    }

    /// The row of that number.
    #[must_use]
    pub fn get(&self, number: Number) -> Option<Found> {
        self.rows.get(usize::from(number)).copied()
    }

    /// The full name of a row, such as `config|get`.
    #[must_use]
    pub fn name(&self, number: Number) -> &str {
        &self.names[usize::from(number)]
    }

    /// All rows, subcommands behind their container.
    pub fn rows(&self) -> impl Iterator<Item = Found> {
        self.rows.iter().copied()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[inline]
fn lower<R>(name: &[u8], with: impl FnOnce(&[u8]) -> R) -> Option<R> {
    let mut buffer = [0u8; NAME_BYTES_MAX];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    Some(with(lower))
}
