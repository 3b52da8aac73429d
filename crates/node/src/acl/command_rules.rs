//! Which commands a selector allows, and the shortest rules that say so.

use super::command_set::CommandSet;
use super::index::{CommandId, CommandIndex, category_named};
use super::rule::{Reason, has_spaces};
use crate::command::Category;

/// First arguments that one selector may allow.
const FIRST_ARGUMENTS_MAX: usize = 1_024;

/// Allowed commands: a bit for each, and for commands that are not allowed as such, the first arguments with which they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandRules {
    allowed: CommandSet,
    /// Sorted by command only, in the order in which they were allowed.
    first_arguments: Vec<(CommandId, Box<[u8]>)>,
}

impl CommandRules {
    pub(super) const NONE: Self = Self { allowed: CommandSet::NONE, first_arguments: Vec::new() };

    /// Whether the user may run everything, also what does not exist yet.
    pub(super) fn are_all(&self) -> bool {
        self.allowed == CommandSet::ALL
    }

    /// Whether the command may run with this first argument (for a subcommand: the one after its name).
    #[inline]
    pub(super) fn allow(&self, id: CommandId, first_argument: Option<&[u8]>) -> bool {
        self.allowed.contains(id) || (!self.first_arguments.is_empty() && self.allow_first(id, first_argument))
    }

    fn allow_first(&self, id: CommandId, first_argument: Option<&[u8]>) -> bool {
        let Some(given) = first_argument else { return false };
        self.first_arguments.iter().any(|(of, argument)| *of == id && argument.eq_ignore_ascii_case(given))
    }

    /// `+@all` or `-@all`.
    pub(super) fn set_all(&mut self, allow: bool) {
        *self = Self { allowed: if allow { CommandSet::ALL } else { CommandSet::NONE }, first_arguments: Vec::new() };
    }

    /// `+@name` or `-@name`, for a category other than `all`.
    pub(super) fn set_category(&mut self, name: &[u8], allow: bool, index: &impl CommandIndex) -> Result<(), Reason> {
        let category = category_named(name).ok_or(Reason::UnknownCommand)?;
        self.allowed.set_all(&ruled_by(category, index), allow);
        self.first_arguments.retain(|(id, _)| !index.is_ruled_by(*id, category));
        Ok(())
    }

    /// `-name` or `-name|sub`.
    pub(super) fn deny(&mut self, name: &[u8], index: &impl CommandIndex) -> Result<(), Reason> {
        self.set_command(find_full(name, index).ok_or(Reason::UnknownCommand)?, false, index);
        Ok(())
    }

    /// `+name`, `+name|sub` or, for a command without subcommands, `+name|first-argument`.
    pub(super) fn grant(&mut self, name: &[u8], index: &impl CommandIndex) -> Result<(), Reason> {
        let Some(bar) = memchr::memrchr(b'|', name) else {
            let id = index.find(name).ok_or(Reason::UnknownCommand)?;
            self.set_command(id, true, index);
            return Ok(());
        };
        let (command, argument) = (&name[..bar], &name[bar + 1..]);
        let id = find_full(command, index).ok_or(Reason::UnknownCommand)?;
        if index.parent(id).is_some() {
            return Err(Reason::FirstArgumentOfSubcommand);
        }
        if argument.is_empty() {
            return Err(Reason::Syntax);
        }
        if index.has_subs(id) {
            let sub = index.find_sub(id, argument).ok_or(Reason::UnknownCommand)?;
            self.set_command(sub, true, index);
            return Ok(());
        }
        self.grant_first(id, argument)
    }

    fn grant_first(&mut self, id: CommandId, argument: &[u8]) -> Result<(), Reason> {
        if has_spaces(argument) {
            return Err(Reason::Syntax);
        }
        // Where the command is allowed anyway, the argument says nothing; and a later denial would take it away too.
        if self.allow(id, Some(argument)) {
            return Ok(());
        }
        if self.first_arguments.len() == FIRST_ARGUMENTS_MAX {
            return Err(Reason::TooMany { what: "first arguments in a selector", limit: FIRST_ARGUMENTS_MAX });
        }
        let at = self.first_arguments.partition_point(|(of, _)| *of <= id);
        self.first_arguments.insert(at, (id, argument.into()));
        Ok(())
    }

    /// Allows or denies a command with all its subcommands, whatever its first argument.
    fn set_command(&mut self, id: CommandId, allow: bool, index: &impl CommandIndex) {
        self.first_arguments.retain(|(of, _)| *of != id);
        set_with_subs(&mut self.allowed, id, allow, index);
    }

    /// The rules that lead to these permissions, in the form that `ACL LIST` shows: everything or nothing first, then categories
    /// as long as one says more rightly than wrongly, then single commands. Costs about as many steps as there are
    /// commands, times a few dozen.
    pub(super) fn describe(&self, index: &impl CommandIndex) -> String {
        let additive = !self.allowed.contains_future();
        let sign = if additive { '+' } else { '-' };
        let mut text = String::from(if additive { "-@all" } else { "+@all" });
        // What the rules written so far lead to.
        let mut reached = if additive { CommandSet::NONE } else { CommandSet::ALL };
        for (name, category) in self.best_categories(additive, index) {
            text.extend([' ', sign, '@']);
            text.push_str(name);
            reached.set_all(&ruled_by(category, index), additive);
        }
        for id in index.ids() {
            let allowed = self.allowed.contains(id);
            if allowed != reached.contains(id) {
                text.extend([' ', if allowed { '+' } else { '-' }]);
                text.push_str(index.name(id));
                set_with_subs(&mut reached, id, allowed, index);
            }
        }
        debug_assert_eq!(reached, self.allowed, "the description leads to the same permissions: {text}");
        text
    }

    /// The rules for first arguments, each with a space before it.
    pub(super) fn describe_first_arguments(&self, index: &impl CommandIndex, out: &mut Vec<u8>) {
        for (id, argument) in &self.first_arguments {
            out.extend_from_slice(b" +");
            out.extend_from_slice(index.name(*id).as_bytes());
            out.push(b'|');
            out.extend_from_slice(argument);
        }
    }

    /// Picks categories greedily: each time the one with the fewest commands that it would get wrong among those that get more
    /// right than wrong, with more right ones deciding between equals.
    fn best_categories(&self, additive: bool, index: &impl CommandIndex) -> Vec<(&'static str, Category)> {
        let mut left: Vec<_> =
            Category::NAMES.iter().map(|&(name, category)| (name, category, members(category, index))).collect();
        let mut remaining = self.allowed;
        let mut picked = Vec::new();
        loop {
            let mut best: Option<(usize, u32, u32)> = None;
            for (at, (_, _, members)) in left.iter().enumerate() {
                let (on, all) = (remaining.shared(members), members.len());
                let (right, wrong) = if additive { (on, all - on) } else { (all - on, on) };
                let improves = best.is_none_or(|(_, most, least)| wrong < least || (wrong == least && right > most));
                if right > wrong && improves {
                    best = Some((at, right, wrong));
                }
            }
            let Some((at, ..)) = best else { return picked };
            let (name, category, _) = left.remove(at);
            remaining.set_all(&ruled_by(category, index), !additive);
            picked.push((name, category));
        }
    }
}

/// Finds `name` or `name|sub`.
fn find_full(name: &[u8], index: &impl CommandIndex) -> Option<CommandId> {
    match memchr::memchr(b'|', name) {
        Some(bar) => index.find_sub(index.find(&name[..bar])?, &name[bar + 1..]),
        None => index.find(name),
    }
}

fn set_with_subs(set: &mut CommandSet, id: CommandId, present: bool, index: &impl CommandIndex) {
    set.set(id, present);
    if index.parent(id).is_none() {
        for sub in index.ids().filter(|&sub| index.parent(sub) == Some(id)) {
            set.set(sub, present);
        }
    }
}

/// The commands that name the category as theirs.
fn members(category: Category, index: &impl CommandIndex) -> CommandSet {
    index.ids().filter(|&id| index.categories(id).intersects(category)).collect()
}

/// The commands that a rule about the category changes.
fn ruled_by(category: Category, index: &impl CommandIndex) -> CommandSet {
    index.ids().filter(|&id| index.is_ruled_by(id, category)).collect()
}
