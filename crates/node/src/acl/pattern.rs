//! Patterns of keys and channels.

use crate::text::glob;
use bitflags::bitflags;

bitflags! {
    /// What a command does to a key. Neither bit: it only names the key, as `EXISTS` and `WATCH` do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Access: u8 {
        /// Returns or copies the value.
        const READ = 1;
        /// Inserts, changes or deletes.
        const WRITE = 2;
    }
}

impl Access {
    /// Reads keys whose names derive from data, so that they cannot be matched beforehand: no pattern allows it, only the right to
    /// all keys does.
    pub const DERIVED: Self = Self::from_bits_retain(1 << 2 | Self::READ.bits());
}

/// How a command names a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelUse {
    /// A channel, to publish or to subscribe: some pattern of the user must match it.
    Channel,
    /// A pattern of channels, as in `PSUBSCRIBE`: the user must have exactly this pattern.
    Pattern,
}

/// Keys by pattern, with what may be done to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyPattern {
    pub(super) access: Access,
    pub(super) pattern: Box<[u8]>,
}

impl KeyPattern {
    pub(super) fn allows(&self, key: &[u8], access: Access) -> bool {
        self.access.contains(access) && glob::matches(&self.pattern, key)
    }

    /// Appends the rule that adds this pattern.
    pub(super) fn describe(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.access == Access::READ {
            b"%R~"
        } else if self.access == Access::WRITE {
            b"%W~"
        } else {
            b"~"
        });
        out.extend_from_slice(&self.pattern);
    }
}

/// Whether one of the patterns admits the channel.
pub(super) fn channels_allow(patterns: &[Box<[u8]>], channel: &[u8], used_as: ChannelUse) -> bool {
    patterns.iter().any(|pattern| match used_as {
        ChannelUse::Channel => glob::matches(pattern, channel),
        ChannelUse::Pattern => **pattern == *channel,
    })
}
