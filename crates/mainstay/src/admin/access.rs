//! Who may ask: whoever presents a token, or, where none is declared, whoever is on this machine and no foreign page.

use crate::config::Config;
use crate::telemetry::Logger;
use hyper::http::uri::Authority;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;

/// A token's hash: of equal length for all, so that a comparison tells nothing about where tokens differ.
type Hash = [u8; 32];

/// The tokens, read again when the configuration changes.
#[derive(Default)]
pub(super) struct Access {
    tokens: Mutex<Option<(Arc<Config>, Vec<Hash>)>>,
}

impl Access {
    /// Whether the value of an `Authorization` header lets somebody in.
    pub(super) fn permits(&self, config: &Arc<Config>, authorization: Option<&str>, logger: &Logger) -> bool {
        if config.listen.admin_tokens.is_empty() {
            return true;
        }
        let Some(token) = authorization.and_then(bearer) else { return false };
        let presented = hash(token);
        let mut cached = self.tokens.lock();
        let current = cached.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, config));
        if !current {
            *cached = Some((Arc::clone(config), read(config, logger)));
        }
        let tokens = cached.as_ref().map_or(&[][..], |(_, tokens)| tokens);
        // Every token is compared in full, whichever it is.
        tokens.iter().fold(false, |found, token| found | equal(token, &presented))
    }
}

/// A token that cannot be read lets nobody in.
fn read(config: &Config, logger: &Logger) -> Vec<Hash> {
    let mut tokens = Vec::new();
    for secret in &config.listen.admin_tokens {
        match secret.read() {
            Ok(text) => tokens.push(hash(text.expose())),
            Err(error) => logger.warn("admin", "a token cannot be read", &[("reason", &error.to_string())]),
        }
    }
    tokens
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

fn equal(a: &Hash, b: &Hash) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Whether a `Host` is an IP address or `localhost`. A page of a foreign site whose name was made to lead here has that name.
pub(super) fn is_local_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_local_and_names_are_not() {
        for (host, local) in [
            ("127.0.0.1:8090", true),
            ("[::1]:8090", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("10.0.0.7:8090", true),
            ("evil.example:8090", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(is_local_name(host), local, "{host}");
        }
    }

    #[test]
    fn bearer_tokens_are_read_from_their_header() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer"), None);
        assert!(equal(&hash("a"), &hash("a")) && !equal(&hash("a"), &hash("b")));
    }
}
