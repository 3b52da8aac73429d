//! A connection as a line of text: what `CLIENT LIST`, `CLIENT INFO` and `ACL LOG` show.

use super::ClientInfo;
use crate::command::index;
use mainstay_foundation::{Instant, Timestamp};
use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;

impl ClientInfo {
    /// Appends the line, without its end. Sizes are in bytes, times in seconds.
    pub fn describe(&self, date: Timestamp, now: Instant, out: &mut Vec<u8>) {
        let age = date.as_secs().saturating_sub(self.since.as_secs());
        let command = self.last_command.load(Relaxed);
        let command = if command == u16::MAX { "NULL" } else { index().name(command) };
        let (query, output) = (self.query_bytes.load(Relaxed), self.output_bytes.load(Relaxed) + self.mailbox.len());
        let _ = write!(out, "id={} addr={} laddr={} fd=-1 name=", self.id, self.address, self.local_address);
        out.extend_from_slice(&self.name.lock());
        let _ = write!(
            out,
            " age={age} idle={} flags={} db={} sub={} psub={} ssub=0 multi={} watch={}",
            self.idle_s(now).min(age),
            self.flags(),
            self.db.load(Relaxed),
            self.channels.load(Relaxed),
            self.patterns.load(Relaxed),
            self.queued.load(Relaxed),
            self.watching.load(Relaxed),
        );
        let total = query + output;
        let _ =
            write!(out, " qbuf={query} obl={output} oll=0 omem={output} tot-mem={total} events=r cmd={command} user=");
        out.extend_from_slice(&self.user.lock());
        let _ = write!(out, " redir=-1 resp={} lib-name=", self.protocol.load(Relaxed));
        out.extend_from_slice(&self.library_name.lock());
        out.extend_from_slice(b" lib-ver=");
        out.extend_from_slice(&self.library_version.lock());
    }

    /// The letters of Redis for what holds of the connection; `N` if none does.
    fn flags(&self) -> String {
        let letters = [
            ('P', self.is_subscriber()),
            ('x', self.queued.load(Relaxed) >= 0),
            ('b', self.is_blocked()),
            ('A', self.mailbox.is_closing()),
            ('e', self.no_evict.load(Relaxed)),
            ('T', self.no_touch.load(Relaxed)),
        ];
        let set: String = letters.iter().filter_map(|(letter, holds)| holds.then_some(*letter)).collect();
        if set.is_empty() { "N".into() } else { set }
    }
}
