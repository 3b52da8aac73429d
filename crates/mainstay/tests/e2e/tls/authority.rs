//! An authority of one test, and the certificates that it signs.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::path::{Path, PathBuf};

/// Signs certificates. Two of them do not trust each other.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// Certificate and key, as PEM.
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("a certificate of its own"))
    }

    /// The certificate that others trust.
    pub(super) fn certificate(&self) -> String {
        self.0.pem()
    }

    /// Signs a certificate for the host or client `name`.
    pub(super) fn sign(&self, name: &str) -> Identity {
        let parameters = CertificateParams::new([name.to_owned()]).expect("a valid name");
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.0).expect("a signed certificate");
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// The files that `[tls]` names, in one directory.
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn new(directory: &Path, server: &Identity, clients: &Authority) -> Self {
        let files = Self { directory: directory.to_owned() };
        files.replace(server);
        std::fs::write(directory.join("clients.pem"), clients.certificate()).expect("the directory takes files");
        files
    }

    /// Puts another certificate in the place of the server's.
    pub(super) fn replace(&self, server: &Identity) {
        for (name, text) in [("server.pem", &server.certificate), ("server.key", &server.key)] {
            std::fs::write(self.directory.join(name), text).expect("the directory takes files");
        }
    }

    /// `[listen]` and `[tls]` of a configuration.
    pub(super) fn toml(&self, client_auth: &str) -> String {
        let at = |name: &str| self.directory.join(name).display().to_string();
        format!(
            "[listen]\nresp_tls = \"127.0.0.1:0\"\n[tls]\ncert = \"{}\"\nkey = \"{}\"\nca = \"{}\"\nclient_auth = \"{client_auth}\"\n",
            at("server.pem"),
            at("server.key"),
            at("clients.pem")
        )
    }
}
