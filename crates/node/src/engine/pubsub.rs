//! Channels, patterns and who listens.

use super::clients::Mailbox;
use crate::text::glob;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// The subscriptions of all connections.
#[derive(Debug, Default)]
pub struct PubSub {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    channels: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
    patterns: HashMap<Vec<u8>, Vec<Arc<Mailbox>>>,
}

impl PubSub {
    /// Whether anybody listens to anything.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let inner = self.inner.read();
        inner.channels.is_empty() && inner.patterns.is_empty()
    }

    /// Adds a listener to a channel.
    pub fn subscribe(&self, channel: &[u8], mailbox: &Arc<Mailbox>) {
        self.inner.write().channels.entry(channel.to_vec()).or_default().push(Arc::clone(mailbox));
    }

    /// Adds a listener to a pattern.
    pub fn psubscribe(&self, pattern: &[u8], mailbox: &Arc<Mailbox>) {
        self.inner.write().patterns.entry(pattern.to_vec()).or_default().push(Arc::clone(mailbox));
    }

    /// Takes a listener from a channel.
    pub fn unsubscribe(&self, channel: &[u8], mailbox: &Arc<Mailbox>) {
        remove(&mut self.inner.write().channels, channel, mailbox);
    }

    /// Takes a listener from a pattern.
    pub fn punsubscribe(&self, pattern: &[u8], mailbox: &Arc<Mailbox>) {
        remove(&mut self.inner.write().patterns, pattern, mailbox);
    }

    /// What `mailbox` listens to: channels, and patterns. O(all subscriptions).
    #[must_use]
    pub fn of(&self, mailbox: &Arc<Mailbox>) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let inner = self.inner.read();
        (names_of(&inner.channels, mailbox), names_of(&inner.patterns, mailbox))
    }

    /// Hands `message` to everyone who listens to `channel`, in the protocol of each; returns to how many. O(listeners + patterns).
    pub fn publish(&self, channel: &[u8], message: &[u8]) -> usize {
        let inner = self.inner.read();
        let mut receivers = 0;
        for mailbox in inner.channels.get(channel).into_iter().flatten() {
            mailbox.push(&[b"message", channel, message]);
            receivers += 1;
        }
        for (pattern, mailboxes) in inner.patterns.iter().filter(|(pattern, _)| glob::matches(pattern, channel)) {
            for mailbox in mailboxes {
                mailbox.push(&[b"pmessage", pattern, channel, message]);
                receivers += 1;
            }
        }
        receivers
    }

    /// The channels with listeners, those that match `pattern` if one is given.
    #[must_use]
    pub fn channels(&self, pattern: Option<&[u8]>) -> Vec<Vec<u8>> {
        let inner = self.inner.read();
        let wanted = |channel: &&Vec<u8>| pattern.is_none_or(|pattern| glob::matches(pattern, channel));
        inner.channels.keys().filter(wanted).cloned().collect()
    }

    /// Listeners of `channel`, those by pattern not counted.
    #[must_use]
    pub fn listeners(&self, channel: &[u8]) -> usize {
        self.inner.read().channels.get(channel).map_or(0, Vec::len)
    }

    /// Patterns with listeners.
    #[must_use]
    pub fn pattern_count(&self) -> usize {
        self.inner.read().patterns.len()
    }

    /// Channels with listeners.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        self.inner.read().channels.len()
    }
}

fn names_of(map: &HashMap<Vec<u8>, Vec<Arc<Mailbox>>>, mailbox: &Arc<Mailbox>) -> Vec<Vec<u8>> {
    let listens = |mailboxes: &[Arc<Mailbox>]| mailboxes.iter().any(|other| Arc::ptr_eq(other, mailbox));
    map.iter().filter(|(_, mailboxes)| listens(mailboxes)).map(|(name, _)| name.clone()).collect()
}

fn remove(map: &mut HashMap<Vec<u8>, Vec<Arc<Mailbox>>>, name: &[u8], mailbox: &Arc<Mailbox>) {
    if let Some(mailboxes) = map.get_mut(name) {
        mailboxes.retain(|other| !Arc::ptr_eq(other, mailbox));
        if mailboxes.is_empty() {
            map.remove(name);
        }
    }
}
