//! Admin.
use crate::serve::Node;
use std::sync::Arc;
/// x
pub async fn serve(_l: tokio::net::TcpListener, _n: Arc<Node>) {
    std::future::pending().await
}
