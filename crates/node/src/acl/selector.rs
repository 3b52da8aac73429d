//! A selector: a set of permissions that together allow a call.

use super::check::{Call, Denied};
use super::command_rules::CommandRules;
use super::index::CommandIndex;
use super::pattern::{Access, ChannelUse, KeyPattern, channels_allow};
use super::rule::{Reason, has_spaces};

/// Key patterns, and channel patterns, that one selector may have.
pub const PATTERNS_MAX: usize = 4_096;

/// Commands, keys and channels. A call must find all it needs in one selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    commands: CommandRules,
    /// `None`: all keys.
    keys: Option<Vec<KeyPattern>>,
    /// `None`: all channels.
    channels: Option<Vec<Box<[u8]>>>,
}

impl Selector {
    /// Allows nothing.
    pub(super) const NOTHING: Self =
        Self { commands: CommandRules::NONE, keys: Some(Vec::new()), channels: Some(Vec::new()) };

    /// Reads the rules within the parentheses of `(+get ~a*)`.
    pub(super) fn parse(inner: &[u8], index: &impl CommandIndex) -> Result<Self, Reason> {
        let mut selector = Self::NOTHING;
        for word in inner.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            // A word like this closes the selector when the rules are read back from a file.
            if word.ends_with(b")") {
                return Err(Reason::Syntax);
            }
            selector.apply(word, index)?;
        }
        Ok(selector)
    }

    /// Applies one rule about commands, keys or channels.
    pub(super) fn apply(&mut self, rule: &[u8], index: &impl CommandIndex) -> Result<(), Reason> {
        match rule.to_ascii_lowercase().as_slice() {
            b"allkeys" | b"~*" => self.keys = None,
            b"resetkeys" => self.keys = Some(Vec::new()),
            b"allchannels" | b"&*" => self.channels = None,
            b"resetchannels" => self.channels = Some(Vec::new()),
            b"allcommands" | b"+@all" => self.commands.set_all(true),
            b"nocommands" | b"-@all" => self.commands.set_all(false),
            _ => match rule {
                [b'~', pattern @ ..] => self.add_key_pattern(Access::all(), pattern)?,
                [b'%', rest @ ..] => self.add_qualified_pattern(rest)?,
                [b'&', pattern @ ..] => self.add_channel_pattern(pattern)?,
                [b'+', b'@', name @ ..] => self.commands.set_category(name, true, index)?,
                [b'-', b'@', name @ ..] => self.commands.set_category(name, false, index)?,
                [b'+', name @ ..] => self.commands.grant(name, index)?,
                [b'-', name @ ..] => self.commands.deny(name, index)?,
                _ => return Err(Reason::Syntax),
            },
        }
        Ok(())
    }

    /// `%R~pattern`, `%W~pattern`, `%RW~pattern`; what stands behind the `%`.
    fn add_qualified_pattern(&mut self, rest: &[u8]) -> Result<(), Reason> {
        if self.keys.is_none() {
            return Err(Reason::PatternAfterAllKeys);
        }
        let (qualifiers, pattern) = match memchr::memchr(b'~', rest) {
            Some(tilde) => (&rest[..tilde], &rest[tilde + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        let mut access = Access::empty();
        for qualifier in qualifiers {
            let one = match qualifier.to_ascii_uppercase() {
                b'R' => Access::READ,
                b'W' => Access::WRITE,
                _ => return Err(Reason::Syntax),
            };
            if access.contains(one) {
                return Err(Reason::Syntax);
            }
            access |= one;
        }
        if access.is_empty() { Err(Reason::Syntax) } else { self.add_key_pattern(access, pattern) }
    }

    fn add_key_pattern(&mut self, access: Access, pattern: &[u8]) -> Result<(), Reason> {
        let patterns = self.keys.as_mut().ok_or(Reason::PatternAfterAllKeys)?;
        if has_spaces(pattern) {
            return Err(Reason::Syntax);
        }
        let known = patterns.iter_mut().find(|known| *known.pattern == *pattern);
        let access = known.as_ref().map_or(access, |known| known.access | access);
        if pattern == b"*" && access == Access::all() {
            self.keys = None;
        } else if let Some(known) = known {
            known.access = access;
        } else if patterns.len() == PATTERNS_MAX {
            return Err(Reason::TooMany { what: "key patterns in a selector", limit: PATTERNS_MAX });
        } else {
            patterns.push(KeyPattern { access, pattern: pattern.into() });
        }
        Ok(())
    }

    fn add_channel_pattern(&mut self, pattern: &[u8]) -> Result<(), Reason> {
        let patterns = self.channels.as_mut().ok_or(Reason::PatternAfterAllChannels)?;
        if has_spaces(pattern) {
            return Err(Reason::Syntax);
        }
        if patterns.iter().any(|known| **known == *pattern) {
            return Ok(());
        }
        if patterns.len() == PATTERNS_MAX {
            return Err(Reason::TooMany { what: "channel patterns in a selector", limit: PATTERNS_MAX });
        }
        patterns.push(pattern.into());
        Ok(())
    }

    pub(super) fn allows_everything(&self) -> bool {
        self.commands.are_all() && self.keys.is_none() && self.channels.is_none()
    }

    /// Judges a call. Names the first key or channel that stands in the way, with its place in the order of the call.
    pub(super) fn permit<C: Call>(&self, call: &C) -> Result<(), (usize, Denied)> {
        if !call.is_open() && !self.commands.allow(call.command(), call.first_argument()) {
            return Err((0, Denied::Command));
        }
        if self.keys.is_some() {
            for (place, (key, access)) in call.keys().enumerate() {
                if !self.allows_key(key, access) {
                    return Err((place, Denied::Key(key.into())));
                }
            }
        }
        if self.channels.is_some() {
            for (place, (channel, used_as)) in call.channels().enumerate() {
                if !self.allows_channel(channel, used_as) {
                    return Err((place, Denied::Channel(channel.into())));
                }
            }
        }
        Ok(())
    }

    pub(super) fn allows_key(&self, key: &[u8], access: Access) -> bool {
        self.keys.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.allows(key, access)))
    }

    pub(super) fn allows_channel(&self, channel: &[u8], used_as: ChannelUse) -> bool {
        self.channels.as_ref().is_none_or(|patterns| channels_allow(patterns, channel, used_as))
    }

    /// The rules about commands, as `ACL GETUSER` shows them: `-@all +@read -get`.
    #[must_use]
    pub fn describe_commands(&self, index: &impl CommandIndex) -> Vec<u8> {
        let mut out = self.commands.describe(index).into_bytes();
        self.commands.describe_first_arguments(index, &mut out);
        out
    }

    /// The key patterns, as `ACL GETUSER` shows them: `~a* %R~b*`.
    #[must_use]
    pub fn describe_keys(&self) -> Vec<u8> {
        let Some(patterns) = &self.keys else { return b"~*".to_vec() };
        let mut out = Vec::new();
        for pattern in patterns {
            separate(&mut out);
            pattern.describe(&mut out);
        }
        out
    }

    /// The channel patterns, as `ACL GETUSER` shows them: `&news.* &chat`.
    #[must_use]
    pub fn describe_channels(&self) -> Vec<u8> {
        let Some(patterns) = &self.channels else { return b"&*".to_vec() };
        let mut out = Vec::new();
        for pattern in patterns {
            separate(&mut out);
            out.push(b'&');
            out.extend_from_slice(pattern);
        }
        out
    }

    /// Appends all rules, as `ACL LIST` shows them: keys, channels, commands.
    pub(super) fn describe(&self, index: &impl CommandIndex, out: &mut Vec<u8>) {
        let mut append = |part: &[u8]| {
            if !part.is_empty() {
                out.extend_from_slice(part);
                out.push(b' ');
            }
        };
        append(&self.describe_keys());
        append(if self.channels.is_some() { b"resetchannels" } else { b"" });
        append(&self.describe_channels());
        out.extend_from_slice(&self.describe_commands(index));
    }
}

fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b' ');
    }
}
