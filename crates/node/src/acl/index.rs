//! What the access rules must know of commands.

use crate::command::Category;

/// A command or subcommand. Ids are dense and the same for the life of the process; they are written nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u16);

/// The command table, as far as access rules go.
///
/// Ids run from 0 to `count() - 1`, and a subcommand's id is greater than that of its parent.
pub trait CommandIndex {
    /// How many commands and subcommands there are.
    fn count(&self) -> u16;

    /// The command of this name, in any case; subcommands have no name of their own here.
    fn find(&self, name: &[u8]) -> Option<CommandId>;

    /// The subcommand of `parent` with this name, in any case.
    fn find_sub(&self, parent: CommandId, name: &[u8]) -> Option<CommandId>;

    /// The full name in lower case: `get`, `config|set`.
    fn name(&self, id: CommandId) -> &str;

    /// The command to which a subcommand belongs; `None` for a command.
    fn parent(&self, id: CommandId) -> Option<CommandId>;

    /// The categories of the command itself, not those of its subcommands.
    fn categories(&self, id: CommandId) -> Category;

    /// All ids, parents before their subcommands.
    fn ids(&self) -> impl Iterator<Item = CommandId> {
        (0..self.count()).map(CommandId)
    }

    /// Whether `id` or its parent is in `category`: rules about a command hold for its subcommands too.
    fn is_ruled_by(&self, id: CommandId, category: Category) -> bool {
        self.categories(id).intersects(category)
            || self.parent(id).is_some_and(|parent| self.categories(parent).intersects(category))
    }

    /// Whether the command has subcommands. Looks at every command.
    fn has_subs(&self, id: CommandId) -> bool {
        self.ids().any(|sub| self.parent(sub) == Some(id))
    }
}

/// The category of this name, in any case, for `ACL CAT name`.
#[must_use]
pub fn category_named(name: &[u8]) -> Option<Category> {
    Category::NAMES.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name)).map(|&(_, category)| category)
}

/// The full names of the commands in `category`, in the order of their ids: the answer to `ACL CAT name`.
pub fn commands_in(index: &impl CommandIndex, category: Category) -> impl Iterator<Item = &str> {
    index.ids().filter(move |&id| index.categories(id).intersects(category)).map(|id| index.name(id))
}
