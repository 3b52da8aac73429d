//! `CLIENT KILL`.

use super::list::Kind;
use crate::command::{Failure, args};
use crate::engine::{Call, ClientInfo, Flow};
use std::sync::Arc;

/// What the connections to be closed have in common.
struct Filter<'a> {
    id: Option<u64>,
    address: Option<&'a [u8]>,
    local_address: Option<&'a [u8]>,
    user: Option<&'a [u8]>,
    kind: Option<Kind>,
    spare_own: bool,
}

impl<'a> Filter<'a> {
    const ANY: Self = Self { id: None, address: None, local_address: None, user: None, kind: None, spare_own: true };

    fn parse(call: &Call<'_>, mut words: &[&'a [u8]]) -> Result<Self, Failure> {
        let mut filter = Self::ANY;
        while let [option, rest @ ..] = words {
            let [value, rest @ ..] = rest else { return Err(Failure::SYNTAX) };
            if args::is(option, "id") {
                let id = args::int(value).ok().and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0);
                filter.id = Some(id.ok_or(Failure::Fixed("ERR client-id should be greater than 0"))?);
            } else if args::is(option, "type") {
                filter.kind = Some(Kind::parse(value)?);
            } else if args::is(option, "addr") {
                filter.address = Some(value);
            } else if args::is(option, "laddr") {
                filter.local_address = Some(value);
            } else if args::is(option, "user") {
                if call.engine.acl.read().user(value).is_none() {
                    return Err(Failure::made([b"ERR No such user '", *value, b"'"].concat()));
                }
                filter.user = Some(value);
            } else if args::is(option, "skipme") {
                filter.spare_own = if args::is(value, "yes") {
                    true
                } else if args::is(value, "no") {
                    false
                } else {
                    return Err(Failure::SYNTAX);
                };
            } else {
                return Err(Failure::SYNTAX);
            }
            words = rest;
        }
        Ok(filter)
    }

    fn matches(&self, client: &ClientInfo, own: u64) -> bool {
        !(self.spare_own && client.id == own)
            && self.id.is_none_or(|id| client.id == id)
            && self.address.is_none_or(|address| client.address.as_bytes() == address)
            && self.local_address.is_none_or(|address| client.local_address.as_bytes() == address)
            && self.user.is_none_or(|user| *client.user.lock() == user)
            && self.kind.is_none_or(|kind| Kind::of(client) == kind)
    }
}

pub(super) fn kill(call: &mut Call<'_>, args: &[&[u8]]) -> Result<Flow, Failure> {
    let old_form = args.len() == 3;
    let filter = match args[2..] {
        [address] => Filter { address: Some(address), spare_own: false, ..Filter::ANY },
        ref words => Filter::parse(call, words)?,
    };
    let own = call.session.client.id;
    let clients: Vec<Arc<ClientInfo>> =
        call.engine.clients.list().into_iter().filter(|client| filter.matches(client, own)).collect();
    let mut flow = Flow::Continue;
    for client in &clients {
        client.mailbox.close("CLIENT KILL asked for it");
        if client.id == own {
            flow = Flow::Close;
        }
    }
    if !old_form {
        call.out.count(clients.len());
    } else if clients.is_empty() {
        return Err(Failure::Fixed("ERR No such client"));
    } else {
        call.out.ok();
    }
    Ok(flow)
}
