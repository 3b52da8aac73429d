//! The admin API: health, metrics, and what the node knows about itself, over HTTP/1.1.
//!
//! ```text
//! accept (64 at most) ─ head (16 KiB, 10 s) ─ host ─ path ─ method ─ token ─ answer (10 s)
//! ```
//! Only reading is served: requests have no bodies, and a connection with one is closed after its answer. Answers other than health are made on
//! threads for blocking work, so that a scrape takes no time of those who serve clients.

mod access;
mod answer;
mod health;
mod keyspaces;
mod overview;
mod routes;
#[cfg(test)]
mod tests;

use crate::serve::Node;
use crate::telemetry::metrics::Metrics;
use access::Access;
use answer::Answer;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, AUTHORIZATION, HOST};
use hyper::http::uri::Authority;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use routes::{Query, Route};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

pub use health::{Readiness, readiness};
pub use routes::OPENAPI;

/// Connections at a time; more wait in the listener's queue.
pub const CONNECTIONS_MAX: usize = 64;
/// Bytes of a request's head.
pub const HEAD_BYTES_MAX: usize = 16 << 10;
/// Header fields of a request.
const HEADERS_MAX: usize = 64;
/// Time for a request's head; also how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Age at which a connection is closed after its request; then it has `ANSWER_TIME` to end.
const CONNECTION_TIME: Duration = Duration::from_secs(300);
/// Pause after a failed accept, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What all requests share.
struct Admin {
    node: Arc<Node>,
    metrics: Metrics,
    access: Access,
}

/// Serves the admin API on `listener`, for ever.
pub async fn serve(listener: TcpListener, node: Arc<Node>) {
    let admin = Arc::new(Admin { node, metrics: Metrics::default(), access: Access::default() });
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let admin = Arc::clone(&admin);
                tokio::spawn(async move {
                    connection(stream, admin).await;
                    drop(place);
                });
            }
            Err(error) => {
                admin.node.logger.warn("admin", "a connection could not be accepted", &[("reason", &error)]);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, admin: Arc<Admin>) {
    let service = service_fn(|request| {
        let admin = Arc::clone(&admin);
        async move { Ok::<_, Infallible>(respond(admin, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .half_close(false);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is of no interest: whoever asked knows more.
    tokio::select! {
        _ = serving.as_mut() => {}
        () = tokio::time::sleep(CONNECTION_TIME) => {
            serving.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(ANSWER_TIME, serving).await;
        }
    }
}

async fn respond(admin: Arc<Admin>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    match check(&admin, &request) {
        Err(refused) => refused,
        Ok(route) => make(admin, route, &request).await,
    }
    .into_response()
}

/// The route of a request that may have its answer.
fn check(admin: &Admin, request: &Request<Incoming>) -> Result<&'static Route, Answer> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let config = admin.node.config();
    let host = request.uri().authority().map(Authority::as_str).or_else(|| header(HOST));
    if config.listen.admin_tokens.is_empty() && !host.is_some_and(access::is_local_name) {
        let detail = "the Host header must be an IP address or localhost: other names may be those of a foreign page";
        return Err(Answer::problem(StatusCode::MISDIRECTED_REQUEST, detail));
    }
    let Some(route) = routes::find(request.uri().path()) else {
        return Err(Answer::problem(StatusCode::NOT_FOUND, "there is no such page; /openapi.json lists all"));
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Answer::problem(StatusCode::METHOD_NOT_ALLOWED, "this page can be read only: GET or HEAD"));
    }
    if !route.open && !admin.access.permits(&config, header(AUTHORIZATION), &admin.node.logger) {
        let detail = "present one of listen.admin_token as `Authorization: Bearer <token>`";
        return Err(Answer::problem(StatusCode::UNAUTHORIZED, detail));
    }
    Ok(route)
}

async fn make(admin: Arc<Admin>, route: &'static Route, request: &Request<Incoming>) -> Answer {
    let accept: Vec<&str> = request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let query = Query { accept: accept.join(","), text: request.uri().query().unwrap_or_default().to_owned() };
    if route.open {
        return (route.answer)(&admin, &query);
    }
    let work = tokio::task::spawn_blocking(move || (route.answer)(&admin, &query));
    match tokio::time::timeout(ANSWER_TIME, work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, "a bug ended the work on this answer"),
        Err(_) => Answer::problem(StatusCode::SERVICE_UNAVAILABLE, "the answer took more than 10 s; try again"),
    }
}
