//! A blocking TLS client.

use super::authority::{Authority, Identity};
use crate::kit::{Reply, encode};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The name that servers' certificates are made out to.
pub(super) const SERVER_NAME: &str = "localhost";

/// One encrypted connection.
pub(super) struct TlsClient(StreamOwned<ClientConnection, TcpStream>);

impl TlsClient {
    /// Connects, trusting `trusted` alone, with a certificate of its own or without. That the server accepted it shows in the first
    /// reply only.
    pub(super) fn connect(address: SocketAddr, trusted: &Authority, own: Option<&Identity>) -> Self {
        let certificates = |pem: &str| -> Vec<CertificateDer<'static>> {
            CertificateDer::pem_slice_iter(pem.as_bytes()).map(|found| found.expect("a certificate")).collect()
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&trusted.certificate()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has what they need")
            .with_root_certificates(roots);
        let config = match own {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key");
                builder.with_client_auth_cert(certificates(&own.certificate), key).expect("they fit")
            }
        };
        let name = SERVER_NAME.try_into().expect("a valid name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("the configuration is sound");
        let stream = TcpStream::connect(address).expect("the port is open");
        stream.set_read_timeout(Some(Duration::from_secs(15))).expect("the timeout is not zero");
        Self(StreamOwned::new(connection, stream))
    }

    /// The reply to the words of `line`, or why there is none.
    pub(super) fn ask(&mut self, line: &str) -> io::Result<String> {
        self.0.write_all(&encode(line.split_whitespace()))?;
        let mut received = Vec::new();
        loop {
            if let Some((reply, _)) = Reply::parse(&received) {
                return Ok(reply.to_string());
            }
            let mut chunk = [0; 4096];
            match self.0.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => received.extend_from_slice(&chunk[..count]),
            }
        }
    }
}
