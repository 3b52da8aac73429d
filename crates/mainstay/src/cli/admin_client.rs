//! Asking a node's admin API: one bounded HTTP/1.1 request over a blocking socket.

use super::Exit;
use hyper::Uri;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use thiserror::Error;

/// The environment variable with the token for nodes that ask for one.
pub const TOKEN_VARIABLE: &str = "MAINSTAY_ADMIN_TOKEN";

/// Time for a connection to each address of the host.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Time for each piece of the answer: more than the node gives itself.
const READ_TIME: Duration = Duration::from_secs(15);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum ClientError {
    /// The URL is no place to ask.
    #[error("--url {url}: {reason}; expected http://HOST:PORT")]
    Url {
        /// As given.
        url: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The token cannot be sent.
    #[error("{TOKEN_VARIABLE} must hold visible ASCII characters only")]
    Token,
    /// Nobody is there, or it is no admin API.
    #[error("{url} cannot be reached: {source}; is the node running, and is this its listen.admin?")]
    Unreachable {
        /// The node.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// It answered that it will not.
    #[error("{url} answered {status}: {detail}")]
    Refused {
        /// The node.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
}

impl ClientError {
    /// The exit code.
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::Url { .. } | Self::Token => Exit::Usage,
            Self::Unreachable { .. } | Self::Refused { .. } => Exit::Unknown,
        }
    }
}

/// Asks for `path` and returns the JSON of its answer.
pub(super) fn get(url: &str, path: &str) -> Result<serde_json::Value, ClientError> {
    let authority = authority(url)?;
    let token = std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.is_empty());
    if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(ClientError::Token);
    }
    let unreachable = |source| ClientError::Unreachable { url: url.to_owned(), source };
    let bearer = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\n{bearer}Accept: application/json\r\nConnection: close\r\n\r\n"
    );
    let (status, body) = exchange(&authority, &request).map_err(unreachable)?;
    let answer: serde_json::Value =
        serde_json::from_str(&body).map_err(|_| unreachable(io::Error::other("its answer is no JSON")))?;
    if status == 200 {
        return Ok(answer);
    }
    let detail = answer["detail"].as_str().unwrap_or("no reason given").to_owned();
    Err(ClientError::Refused { url: url.to_owned(), status, detail })
}

/// `HOST:PORT` of a URL.
fn authority(url: &str) -> Result<String, ClientError> {
    let wrong = |reason| ClientError::Url { url: url.to_owned(), reason };
    let uri: Uri = url.parse().map_err(|_| wrong("it is no URL"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => return Err(wrong("the admin API has no TLS of its own")),
        _ => return Err(wrong("it does not begin with http://")),
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong("it must end after the port"));
    }
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
    let authority = authority.ok_or_else(|| wrong("it must name a host and no user"))?;
    Ok(format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)))
}

fn exchange(authority: &str, request: &str) -> io::Result<(u16, String)> {
    let mut stream = connect(authority)?;
    stream.set_read_timeout(Some(READ_TIME))?;
    stream.set_write_timeout(Some(READ_TIME))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    let foreign = || io::Error::other("its answer is no HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(foreign)?;
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).ok_or_else(foreign)?;
    Ok((status.parse().map_err(|_| foreign())?, body.to_owned()))
}

/// Tries every address of the host.
fn connect(authority: &str) -> io::Result<TcpStream> {
    let mut failed = io::Error::other("the host has no address");
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIME) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Bytes as they may stand in a query.
pub(super) fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_host_and_a_port() {
        for (url, expected) in [
            ("http://127.0.0.1:8090", Some("127.0.0.1:8090")),
            ("http://[::1]:8090/", Some("[::1]:8090")),
            ("http://n1", Some("n1:80")),
            ("https://n1:8090", None),
            ("http://u:p@n1:8090", None),
            ("http://n1:8090/api", None),
            ("http://n1:8090?a", None),
            ("n1:8090", None),
            ("", None),
        ] {
            assert_eq!(authority(url).ok().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn keys_are_encoded_byte_by_byte() {
        assert_eq!(percent_encoded("a-b.c_d~e:/?&=+% é".as_bytes()), "a-b.c_d~e%3A%2F%3F%26%3D%2B%25%20%C3%A9");
    }
}
