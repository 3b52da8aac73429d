//! A set of commands as bits.

use super::index::CommandId;

/// Commands as bits. The highest bit stands for commands that do not exist yet: `+@all` grants them, single grants do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CommandSet([u64; WORDS]);

const WORDS: usize = 16;
const FUTURE: CommandId = CommandId((WORDS as u16) * 64 - 1);

impl CommandSet {
    pub(super) const NONE: Self = Self([0; WORDS]);
    pub(super) const ALL: Self = Self([u64::MAX; WORDS]);

    /// Whether the command is in the set. Ids past the last bit never are.
    #[inline]
    pub(super) fn contains(&self, id: CommandId) -> bool {
        self.0.get(usize::from(id.0 / 64)).is_some_and(|word| word >> (id.0 % 64) & 1 == 1)
    }

    pub(super) fn contains_future(&self) -> bool {
        self.contains(FUTURE)
    }

    /// Puts the command in or takes it out. Ids that would need the last bit or more stay out.
    pub(super) fn set(&mut self, id: CommandId, present: bool) {
        if id >= FUTURE {
            return;
        }
        let (word, bit) = (&mut self.0[usize::from(id.0 / 64)], 1u64 << (id.0 % 64));
        if present { *word |= bit } else { *word &= !bit }
    }

    /// Adds all of `others`, or removes them.
    pub(super) fn set_all(&mut self, others: &Self, present: bool) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            if present { *word |= other } else { *word &= !other }
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// How many commands both sets have.
    pub(super) fn shared(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(one, two)| (one & two).count_ones()).sum()
    }
}

impl FromIterator<CommandId> for CommandSet {
    fn from_iter<I: IntoIterator<Item = CommandId>>(ids: I) -> Self {
        let mut set = Self::NONE;
        for id in ids {
            set.set(id, true);
        }
        set
    }
}
