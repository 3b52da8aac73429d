//! Keys, values and secrets do not reach the log: a keyed hash stands in, by which equal ones can still be told.

use super::field::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Fields that hold what a client stores, where they hold text: numbers under these names are counts.
const CLIENT_DATA: [&str; 7] = ["key", "keys", "value", "values", "body", "url_query", "args"];
/// Fields that hold what lets somebody in.
const SECRETS: [&str; 5] = ["authorization", "cookie", "password", "token", "secret"];

/// Replaces values by the names of their fields.
#[derive(Clone, Debug)]
pub(super) struct Redactor {
    client_data: bool,
    key: [u8; 16],
}

impl Redactor {
    /// `client_data`: whether keys and values are replaced too, not secrets alone.
    pub(super) const fn new(client_data: bool, key: [u8; 16]) -> Self {
        Self { client_data, key }
    }

    /// Whether the value of a field of that name is replaced. `-` and `_` are the same, and case does not matter.
    pub(super) fn covers(&self, name: &str, value: &Value<'_>) -> bool {
        let named = |list: &[&str]| list.iter().any(|covered| same_name(covered, name));
        named(&SECRETS) || (self.client_data && matches!(value, Value::Text(_)) && named(&CLIENT_DATA))
    }

    /// `h:` and 8 hexadecimal digits.
    pub(super) fn hashed(&self, value: &[u8]) -> String {
        let digest = Sha256::new().chain_update(self.key).chain_update(value).finalize();
        let mut text = String::with_capacity(10);
        text.push_str("h:");
        for byte in &digest[..4] {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

fn same_name(covered: &str, name: &str) -> bool {
    let plain = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    covered.len() == name.len() && covered.bytes().zip(name.bytes()).all(|(a, b)| a == plain(b))
}
