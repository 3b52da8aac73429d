//! SIGHUP: the configuration is read again, and what can change while running changes.

use super::node::Node;
use super::translate;
use crate::cli::ServeArgs;
use crate::config::Config;
use std::sync::Arc;
use tokio::signal::unix::Signal;

/// Reloads at each SIGHUP, for ever.
pub(super) async fn on_hangup(mut hangups: Signal, args: ServeArgs, node: Arc<Node>) {
    while hangups.recv().await.is_some() {
        reload(&args, &node);
    }
}

/// Applies what changed, or nothing if anything is wrong with the file.
fn reload(args: &ServeArgs, node: &Node) {
    let log = &node.logger;
    let (config, notices) = match args.load(std::env::vars()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            for error in &errors {
                log.error("reload", "refused", &[("reason", error)]);
            }
            return;
        }
    };
    let acl = match translate::acl(&config) {
        Ok(acl) => acl,
        Err(error) => {
            log.error("reload", "refused", &[("reason", &error)]);
            return;
        }
    };
    for notice in &notices {
        log.warn("reload", &notice.to_string(), &[]);
    }
    let old = node.config();
    let plan = Config::diff(&old, &config);
    if (plan.touches("keyspace") || plan.touches("limits"))
        && let Err(error) = node.engine.set_spaces(translate::keyspaces(&config))
    {
        log.error("reload", "refused", &[("reason", &error.to_string())]);
        return;
    }
    for (key, why) in &plan.refused {
        log.warn("reload", "not changed", &[("setting", key), ("reason", why)]);
    }
    if let (Some(acceptor), Some(tls)) = (&node.tls, &config.tls)
        && let Err(error) = acceptor.reload(tls)
    {
        log.error("reload", "certificates stay as they were", &[("reason", &error)]);
    }
    let settings = node.engine.settings();
    node.engine.set_settings(translate::settings(&config, (*settings).clone()));
    if plan.touches("acl") || secrets_are_read_again(&config) {
        node.engine.acl.write().replace(acl);
        node.engine.acl_changed();
    }
    log.set_level(config.log.level);
    log.info("reload", "done", &[("changed", &plan.apply.len()), ("not_changed", &plan.refused.len())]);
    node.set_config(config.keeping(&old, &plan));
}

/// Passwords lie outside the file: their change shows only when they are read.
fn secrets_are_read_again(config: &Config) -> bool {
    config.acl.users.iter().any(|user| !user.passwords.is_empty())
}
