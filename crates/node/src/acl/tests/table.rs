//! The command table of redis-server 7.0.15, from data.

use super::super::*;
use crate::command::Category;
use std::sync::LazyLock;

/// Commands by id, in the order of the data: parents before their subcommands.
pub(super) struct Table(Vec<Row>);

struct Row {
    name: &'static str,
    categories: Category,
    parent: Option<CommandId>,
    open: bool,
}

impl Table {
    pub(super) fn redis() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(Table::read);
        &TABLE
    }

    fn read() -> Self {
        let table = Self::parse(include_str!("../testdata/commands.txt"));
        assert!(table.0.len() > 300);
        table
    }

    /// Reads lines of a name and categories.
    pub(super) fn parse(text: &'static str) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, categories) = line.split_once(' ').unwrap();
            let open = name.ends_with('!');
            let name = name.trim_end_matches('!');
            let parent = name.split_once('|').map(|(parent, _)| {
                CommandId(rows.iter().position(|row| row.name == parent).expect("parents come first") as u16)
            });
            let categories =
                categories.split_whitespace().map(|name| category_named(name.as_bytes()).unwrap()).collect();
            rows.push(Row { name, categories, parent, open });
        }
        Self(rows)
    }

    pub(super) fn is_open(&self, id: CommandId) -> bool {
        self.0[usize::from(id.0)].open
    }

    pub(super) fn named(&self, full_name: &str) -> Option<CommandId> {
        let at = self.0.iter().position(|row| row.name.eq_ignore_ascii_case(full_name))?;
        Some(CommandId(at as u16))
    }
}

impl CommandIndex for Table {
    fn count(&self) -> u16 {
        self.0.len() as u16
    }

    fn find(&self, name: &[u8]) -> Option<CommandId> {
        let id = self.named(std::str::from_utf8(name).ok()?)?;
        self.parent(id).is_none().then_some(id)
    }

    fn find_sub(&self, parent: CommandId, name: &[u8]) -> Option<CommandId> {
        self.named(&format!("{}|{}", self.name(parent), std::str::from_utf8(name).ok()?))
    }

    fn name(&self, id: CommandId) -> &str {
        self.0[usize::from(id.0)].name
    }

    fn parent(&self, id: CommandId) -> Option<CommandId> {
        self.0[usize::from(id.0)].parent
    }

    fn categories(&self, id: CommandId) -> Category {
        self.0[usize::from(id.0)].categories
    }
}
