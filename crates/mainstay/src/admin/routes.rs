//! Every page.

use super::answer::Answer;
use super::{Admin, health, keyspaces, overview};
use crate::telemetry::metrics::Format;

/// The API in OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("openapi.json");

/// What a page may look at of its request.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// The `Accept` headers, joined.
    pub(super) accept: String,
    /// What stands behind the `?`.
    pub(super) text: String,
}

/// A page.
pub(super) struct Route {
    /// Its path.
    pub(super) path: &'static str,
    /// Whether it needs no token, and no thread for blocking work.
    pub(super) open: bool,
    /// Makes it.
    pub(super) answer: fn(&Admin, &Query) -> Answer,
}

/// All of them.
pub(super) const ROUTES: [Route; 7] = [
    Route { path: "/healthz", open: true, answer: health::health },
    Route { path: "/readyz", open: true, answer: health::ready },
    Route { path: "/metrics", open: false, answer: metrics },
    Route { path: "/api/v1/overview", open: false, answer: overview::overview },
    Route { path: "/api/v1/keyspaces", open: false, answer: keyspaces::list },
    Route { path: "/api/v1/keyspaces/explain", open: false, answer: keyspaces::explain },
    Route { path: "/openapi.json", open: false, answer: openapi },
];

/// The page of that path.
pub(super) fn find(path: &str) -> Option<&'static Route> {
    const { &ROUTES }.iter().find(|route| route.path == path)
}

fn metrics(admin: &Admin, query: &Query) -> Answer {
    let format = Format::from_accept(&query.accept);
    Answer::text(format.content_type(), admin.metrics.page(&admin.node, format))
}

fn openapi(_: &Admin, _: &Query) -> Answer {
    Answer::text("application/json", OPENAPI.to_owned())
}

impl Query {
    /// The bytes of a parameter that is there exactly once, decoded: `%XX` is a byte, `+` a space.
    pub(super) fn parameter(&self, name: &str) -> Option<Vec<u8>> {
        let named = |pair: &&str| pair.split_once('=').is_some_and(|(found, _)| found == name);
        let mut found = self.text.split('&').filter(named);
        let (_, value) = found.next()?.split_once('=')?;
        if found.next().is_some() {
            return None;
        }
        decode(value)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            b'+' => b' ',
            plain => plain,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_must_be_there_once() {
        for (text, expected) in [
            ("key=user%3A1", Some(&b"user:1"[..])),
            ("a=1&key=a+b%2Bc", Some(b"a b+c")),
            ("key=%ff%00", Some(b"\xff\x00")),
            ("key=", Some(b"")),
            ("key=a=b", Some(b"a=b")),
            ("key=a&key=b", None),
            ("key=%f", None),
            ("key=%zz", None),
            ("keys=a", None),
            ("key", None),
            ("", None),
        ] {
            let query = Query { text: text.to_owned(), ..Query::default() };
            assert_eq!(query.parameter("key").as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn every_page_is_in_the_api_document_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).expect("JSON");
        let mut described: Vec<&str> =
            document["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
        let mut served: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
        described.sort_unstable();
        served.sort_unstable();
        assert_eq!(described, served);
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
        for route in &ROUTES {
            let get = &document["paths"][route.path]["get"];
            assert!(get["summary"].is_string() && get["responses"]["200"].is_object(), "{}", route.path);
            assert_eq!(get["security"] == serde_json::json!([]), route.open, "{}", route.path);
        }
    }
}
