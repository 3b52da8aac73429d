//! Listeners: from an accepted socket to a connection's task.

use super::connection;
use super::node::{Node, Phase};
use socket2::{SockRef, TcpKeepalive};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after a failed accept, which mostly means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Quiet time after which the kernel asks whether a client is still there.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(300);

/// Opens every listener of the configuration and starts accepting; returns a line for each.
///
/// # Errors
/// Names the address that cannot be had.
pub(super) async fn open(node: &Arc<Node>) -> Result<Vec<String>, String> {
    let listen = node.config().listen.clone();
    let mut lines = Vec::new();
    if let Some(address) = listen.resp {
        let (listener, bound) = bind(address, "listen.resp").await?;
        node.set_resp_port(bound.port());
        lines.push(format!("listening resp={bound}"));
        tokio::spawn(accept_tcp(listener, Arc::clone(node), Transport::Plain));
    }
    if let Some(address) = listen.resp_tls {
        let (listener, bound) = bind(address, "listen.resp_tls").await?;
        lines.push(format!("listening resp_tls={bound}"));
        tokio::spawn(accept_tcp(listener, Arc::clone(node), Transport::Tls));
    }
    if let Some(path) = &listen.unix {
        let listener = bind_unix(path, listen.unix_mode)?;
        lines.push(format!("listening unix={}", path.display()));
        tokio::spawn(accept_unix(listener, Arc::clone(node)));
    }
    if let Some(address) = listen.admin {
        let (listener, bound) = bind(address, "listen.admin").await?;
        lines.push(format!("listening admin={bound}"));
        tokio::spawn(crate::admin::serve(listener, Arc::clone(node)));
    }
    Ok(lines)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
}

async fn bind(address: SocketAddr, key: &str) -> Result<(TcpListener, SocketAddr), String> {
    let failed = |error: std::io::Error| format!("{key} = \"{address}\": {error}; is another server using the port?");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn bind_unix(path: &Path, mode: u32) -> Result<UnixListener, String> {
    let failed = |error: std::io::Error| format!("listen.unix = \"{}\": {error}", path.display());
    // A socket left by a killed process refuses connections; one in use accepts them and stays.
    if path.exists() && std::os::unix::net::UnixStream::connect(path).is_err() {
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    Ok(listener)
}

async fn accept_tcp(listener: TcpListener, node: Arc<Node>, transport: Transport) {
    let local = listener.local_addr().map_or_else(|_| String::from("?"), |address| address.to_string());
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let socket = SockRef::from(&stream);
                // A socket that is gone already fails here and again at its first read.
                let _ = stream.set_nodelay(true);
                let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
                let (node, local) = (Arc::clone(&node), local.clone());
                match transport {
                    Transport::Plain => drop(tokio::spawn(begin(stream, node, peer.to_string(), local))),
                    Transport::Tls => drop(tokio::spawn(begin_tls(stream, node, peer.to_string(), local))),
                }
            }
            Err(error) => {
                node.logger.warn("listener", "a connection could not be accepted", &[("reason", &error)]);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn accept_unix(listener: UnixListener, node: Arc<Node>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                drop(tokio::spawn(begin(stream, Arc::clone(&node), String::from("unix:0"), String::from("unix:0"))));
            }
            Err(error) => {
                node.logger.warn("listener", "a connection could not be accepted", &[("reason", &error)]);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn begin_tls(stream: TcpStream, node: Arc<Node>, peer: String, local: String) {
    let Some(tls) = &node.tls else { return };
    match tokio::time::timeout(HANDSHAKE, tls.get().accept(stream)).await {
        Ok(Ok(stream)) => begin(stream, Arc::clone(&node), peer, local).await,
        Ok(Err(error)) => {
            node.logger.info("listener", "a TLS handshake failed", &[("peer", &peer), ("reason", &error)]);
        }
        Err(_) => node.logger.info("listener", "a TLS handshake took too long", &[("peer", &peer)]),
    }
}

async fn begin<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, node: Arc<Node>, peer: String, local: String) {
    if node.phase() == Phase::Draining {
        return;
    }
    let settings = node.engine.settings();
    if node.engine.clients.len() >= settings.clients_max {
        node.rejected.fetch_add(1, Ordering::Relaxed);
        node.logger.warn("listener", "refused a connection: too many clients", &[("limit", &settings.clients_max)]);
        let _ = stream.write_all(b"-ERR max number of clients reached\r\n").await;
        return;
    }
    connection::run(stream, node, peer, local).await;
}
