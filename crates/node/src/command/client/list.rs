//! `CLIENT LIST` and `CLIENT INFO`.

use crate::command::{Failure, args};
use crate::engine::{Call, ClientInfo, Flow};
use std::sync::Arc;

/// What kind of connection is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    PubSub,
    /// Masters and replicas: there are none.
    Link,
}

impl Kind {
    pub(super) fn parse(word: &[u8]) -> Result<Self, Failure> {
        for (name, kind) in [
            ("normal", Self::Normal),
            ("pubsub", Self::PubSub),
            ("master", Self::Link),
            ("replica", Self::Link),
            ("slave", Self::Link),
        ] {
            if args::is(word, name) {
                return Ok(kind);
            }
        }
        Err(Failure::made([b"ERR Unknown client type '", word, b"'"].concat()))
    }

    pub(super) fn of(client: &ClientInfo) -> Self {
        if client.is_subscriber() { Self::PubSub } else { Self::Normal }
    }
}

pub(super) fn info(call: &mut Call<'_>, _args: &[&[u8]]) -> Result<Flow, Failure> {
    let client = Arc::clone(&call.session.client);
    write(call, &[client]);
    Ok(Flow::Continue)
}

pub(super) fn list(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let clients = match args[2..] {
        [] => call.engine.clients.list(),
        [word, kind] if args::is(word, "type") => {
            let kind = Kind::parse(kind)?;
            let mut clients = call.engine.clients.list();
            clients.retain(|client| Kind::of(client) == kind);
            clients
        }
        [word, ref ids @ ..] if args::is(word, "id") && !ids.is_empty() => {
            let mut clients = Vec::new();
            for id in ids {
                let id = args::int(id).ok().and_then(|id| u64::try_from(id).ok());
                let id = id.ok_or(Failure::Fixed("ERR Invalid client ID"))?;
                clients.extend(call.engine.clients.get(id));
            }
            clients
        }
        _ => return Err(Failure::SYNTAX),
    };
    write(call, &clients);
    Ok(Flow::Continue)
}

fn write(call: &mut Call<'_>, clients: &[Arc<ClientInfo>]) {
    let (date, now) = (call.engine.clock.now(), call.engine.clock.instant());
    let mut text = Vec::new();
    for client in clients {
        client.describe(date, now, &mut text);
        text.push(b'\n');
    }
    call.out.verbatim(&text);
}
