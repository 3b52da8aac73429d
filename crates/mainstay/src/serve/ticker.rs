//! What is done every now and then: expiry, and a look at clients.

use super::node::{Node, Phase};
use mainstay_node::engine::Clock;
use mainstay_node::slot::SHARD_COUNT;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Shards looked at in one turn: with two segments each, well under two milliseconds of work.
const SHARDS_PER_TURN: usize = SHARD_COUNT / 8;
/// The pause between turns, so that every shard is looked at eleven times a second.
const TURN: Duration = Duration::from_millis(11);

/// Removes expired keys in short turns; without a pause while much is due, but letting others work in between.
pub(super) async fn expire(node: Arc<Node>) {
    while node.phase() != Phase::Draining {
        node.clock.adjust();
        if node.engine.expire(SHARDS_PER_TURN) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        } else {
            tokio::time::sleep(TURN).await;
        }
    }
}

/// Closes clients that are idle for too long, or that leave too much unread for too long.
pub(super) async fn watch_clients(node: Arc<Node>) {
    let mut over_since = HashMap::new();
    while node.phase() != Phase::Draining {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (settings, now) = (node.engine.settings(), node.clock.instant());
        let mut over = HashMap::new();
        for client in node.engine.clients.list() {
            let subscriber = client.is_subscriber();
            if settings.timeout_s > 0
                && !subscriber
                && client.blocked().is_none()
                && client.idle_s(now) >= settings.timeout_s
            {
                client.mailbox.close("it was idle for too long");
            }
            let limit = if subscriber { settings.output_pubsub } else { settings.output_normal };
            let waiting = client.mailbox.len() + client.unsent_bytes();
            if limit.soft > 0 && waiting > limit.soft {
                let since = *over_since.get(&client.id).unwrap_or(&now);
                if now.since(since).as_secs() >= limit.soft_seconds {
                    client.mailbox.close("its output buffer was over the soft limit for too long");
                }
                over.insert(client.id, since);
            }
        }
        over_since = over;
    }
}
