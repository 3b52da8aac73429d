//! TLS: certificates from files, read again at a reload.

use crate::config::{ClientAuth, Tls};
use arc_swap::ArcSwap;
use rustls::RootCertStore;
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The certificates in force.
#[derive(Debug)]
pub(super) struct Acceptor(ArcSwap<ServerConfig>);

impl Acceptor {
    /// Reads certificate, key and authorities.
    ///
    /// # Errors
    /// Says which file is unusable, and why.
    pub(super) fn load(tls: &Tls) -> Result<Self, String> {
        Ok(Self(ArcSwap::from_pointee(read(tls)?)))
    }

    /// Reads them again; connections that are open keep theirs.
    ///
    /// # Errors
    /// As [`load`](Self::load); the old ones stay in force.
    pub(super) fn reload(&self, tls: &Tls) -> Result<(), String> {
        self.0.store(Arc::new(read(tls)?));
        Ok(())
    }

    pub(super) fn get(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.load_full())
    }
}

fn read(tls: &Tls) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match (&tls.ca, tls.client_auth) {
        (Some(ca), ClientAuth::Required | ClientAuth::Optional) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(|error| format!("{}: {error}", ca.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier =
                if tls.client_auth == ClientAuth::Optional { verifier.allow_unauthenticated() } else { verifier };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| format!("{}: {error}", ca.display()))?)
        }
        _ => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| format!("{}: {error}", tls.key.display()))?;
    builder.with_single_cert(certificates(&tls.cert)?, key).map_err(|error| format!("{}: {error}", tls.cert.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error: rustls_pki_types::pem::Error| format!("{}: {error}", path.display());
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(failed)?.collect();
    match found.map_err(failed)? {
        none if none.is_empty() => Err(format!("{}: holds no certificate", path.display())),
        found => Ok(found),
    }
}
