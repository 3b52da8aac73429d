//! What a setting accepts, in words, and the parsers of single values.

use std::net::SocketAddr;

use super::quantity::{format_duration, format_size, parse_duration, parse_rate, parse_size};
use super::schema::Kind;
use super::secret::Secret;
use super::suggest::nearest;
use super::value::{Entry, Source, Value};

/// Most bytes of a path.
const PATH_BYTES_MAX: usize = 4_096;
/// Most bytes of a name.
const NAME_BYTES_MAX: usize = 63;

/// What `kind` accepts, to follow "expected".
pub(crate) fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Integer { min, max: i64::MAX } => format!("a whole number of at least {min}"),
        Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Ratio { min, max } => format!("a number from {min} to {max}"),
        Kind::Text { bytes_max } => format!("text of 1 to {bytes_max} bytes"),
        Kind::Name => format!("a name of letters, digits, `_`, `-` and `.`, at most {NAME_BYTES_MAX}"),
        Kind::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
        Kind::Span { min, max } => {
            format!("a duration from {} to {}, such as \"10m\"", format_duration(*min), format_duration(*max))
        }
        Kind::Size { min, max } => {
            format!("a size from {} to {}, such as \"64MiB\"", format_size(*min), format_size(*max))
        }
        Kind::Rate => "a rate such as \"100/s\", \"600/m\" or \"3600/h\"".to_owned(),
        Kind::Address => "an IP address and port such as \"127.0.0.1:6379\" or \"[::1]:6379\", or \"off\"".to_owned(),
        Kind::Peer => "a host and port such as \"10.0.0.2:7379\"".to_owned(),
        Kind::Path => format!("a path of 1 to {PATH_BYTES_MAX} bytes"),
        Kind::Secret => "\"env:NAME\" or \"file:PATH\"".to_owned(),
        Kind::Url => "a URL without credentials in it, \"env:NAME\" or \"file:PATH\"".to_owned(),
        Kind::List { of, max } => format!("an array of at most {max}, each {}", describe(of)),
        Kind::Either(kinds) => kinds.iter().map(describe).collect::<Vec<_>>().join("; or "),
        Kind::Table(_) => "a table".to_owned(),
        Kind::Named(_) => "tables by name".to_owned(),
        Kind::Tables(_) => "an array of tables".to_owned(),
        Kind::Open => "any value".to_owned(),
    }
}

/// Reads the text of a string, an environment variable, a command-line option or a default as `kind`. `None`: it does not fit.
pub(crate) fn from_text(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Flag => text.parse().ok().map(Value::Flag),
        Kind::Integer { .. } => integer(kind, whole_number(text)?),
        Kind::Ratio { .. } => ratio(kind, text.parse().ok()?),
        Kind::List { of, max } => {
            let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
            let entries: Option<Vec<Entry>> =
                parts.iter().map(|part| Some(Entry { value: from_text(of, part)?, source: Source::Preset })).collect();
            entries.filter(|entries| entries.len() <= *max).map(Value::List)
        }
        Kind::Either(kinds) => kinds.iter().find_map(|kind| from_text(kind, text)),
        Kind::Table(_) | Kind::Named(_) | Kind::Tables(_) | Kind::Open => None,
        _ => from_string(kind, text),
    }
}

/// Reads a TOML string as one of the kinds that are written as strings.
pub(crate) fn from_string(kind: &Kind, text: &str) -> Option<Value> {
    let owned = || Value::Text(text.to_owned());
    match kind {
        Kind::Text { bytes_max } => (1..=*bytes_max).contains(&text.len()).then(owned),
        Kind::Name => is_name(text).then(owned),
        Kind::Choice(words) => words.contains(&text).then(owned),
        Kind::Span { min, max } => parse_duration(text).filter(|d| (min..=max).contains(&d)).map(Value::Span),
        Kind::Size { min, max } => parse_size(text).filter(|s| (min..=max).contains(&s)).map(Value::Size),
        Kind::Rate => parse_rate(text).map(|_| owned()),
        Kind::Address if text == "off" => Some(Value::Address(None)),
        Kind::Address => text.parse::<SocketAddr>().ok().map(|address| Value::Address(Some(address))),
        Kind::Peer => is_peer(text).then(owned),
        Kind::Path => ((1..=PATH_BYTES_MAX).contains(&text.len()) && !text.contains('\0')).then(owned),
        Kind::Secret => Secret::from_reference(text).map(Value::Secret),
        Kind::Url => Secret::from_reference(text).map(Value::Secret).or_else(|| is_plain_url(text).then(owned)),
        Kind::Flag
        | Kind::Integer { .. }
        | Kind::Ratio { .. }
        | Kind::List { .. }
        | Kind::Either(_)
        | Kind::Table(_)
        | Kind::Named(_)
        | Kind::Tables(_)
        | Kind::Open => None,
    }
}

/// `number` if it is within the bounds of `kind`.
pub(crate) fn integer(kind: &Kind, number: i64) -> Option<Value> {
    match kind {
        Kind::Integer { min, max } => (*min..=*max).contains(&number).then_some(Value::Integer(number)),
        _ => None,
    }
}

/// `number` if it is within the bounds of `kind`; never NaN.
pub(crate) fn ratio(kind: &Kind, number: f64) -> Option<Value> {
    match kind {
        Kind::Ratio { min, max } => (*min..=*max).contains(&number).then_some(Value::Ratio(number)),
        _ => None,
    }
}

/// A whole number in decimal, or in octal, hexadecimal or binary with TOML's prefixes.
fn whole_number(text: &str) -> Option<i64> {
    let radixes = [("0o", 8), ("0x", 16), ("0b", 2)];
    let prefixed = radixes.iter().find_map(|(prefix, radix)| Some((text.strip_prefix(prefix)?, *radix)));
    let (digits, radix) = prefixed.unwrap_or((text, 10));
    i64::from_str_radix(digits, radix).ok()
}

/// Whether `text` may name a keyspace, user, route, …
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_peer(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let host_fits =
        (1..=255).contains(&host.len()) && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    host_fits && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A URL with scheme and something after it, and no password.
fn is_plain_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let scheme_fits = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let rest_fits =
        (1..=PATH_BYTES_MAX).contains(&rest.len()) && !rest.chars().any(|c| c.is_whitespace() || c.is_control());
    scheme_fits && rest_fits && !has_password(text)
}

/// Whether a URL's authority carries a password.
pub(crate) fn has_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    rest.rsplit_once('@').is_some_and(|(userinfo, _)| userinfo.contains(':'))
}

/// What to do about a refused text, beyond what is allowed.
pub(crate) fn advice(kind: &Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Choice(words) => nearest(text, words.iter().copied()).map(|word| format!("did you mean \"{word}\"?")),
        Kind::Address if text.starts_with("localhost:") => {
            Some(format!("write the address itself: \"{}\"", text.replacen("localhost", "127.0.0.1", 1)))
        }
        Kind::Secret => {
            Some("a secret never stands in the file; put it into a variable or a file of its own".to_owned())
        }
        Kind::Url if has_password(text) => {
            Some("put a URL with credentials into a variable or a file of its own".to_owned())
        }
        Kind::Span { .. } if text.parse::<f64>().is_ok() => Some(format!("add a unit: \"{text}s\" or \"{text}ms\"")),
        Kind::Size { .. } if text.parse::<f64>().is_ok() => Some(format!("add a unit: \"{text}B\" or \"{text}MiB\"")),
        Kind::Either(kinds) => kinds.iter().find_map(|kind| advice(kind, text)),
        _ => None,
    }
}
