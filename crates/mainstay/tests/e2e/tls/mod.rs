//! RESP over TLS: who is let in, who is turned away, and certificates that change while the node runs.

mod authority;
mod client;

use crate::kit::{Client, Directory, Options, Server, eventually, skipped_for_want_of};
use authority::{Authority, Files};
use client::{SERVER_NAME, TlsClient};
use std::net::SocketAddr;

/// Two authorities, a directory with the server's certificate, and a client's certificate.
struct World {
    servers: Authority,
    clients: Authority,
    files: Files,
    _directory: Directory,
}

impl World {
    fn new() -> Self {
        let (servers, clients, directory) = (Authority::new(), Authority::new(), Directory::new());
        let files = Files::new(directory.path(), &servers.sign(SERVER_NAME), &clients);
        Self { servers, clients, files, _directory: directory }
    }

    fn server(&self, client_auth: &str) -> Server {
        Server::subject_with(self.options(client_auth))
    }

    fn options(&self, client_auth: &str) -> Options {
        Options { toml: self.files.toml(client_auth), ..Options::default() }
    }
}

#[test]
fn a_client_that_trusts_the_server_is_served() {
    if skipped_for_want_of("TLS in TOML") {
        return;
    }
    let world = World::new();
    let server = world.server("none");
    let mut client = TlsClient::connect(server.resp_tls(), &world.servers, None);
    assert_eq!(client.ask("SET k v").expect("a reply"), "+OK");
    // Both ports show the same data.
    assert_eq!(server.connect().line("GET k"), r#""v""#);
    // One that trusts somebody else leaves by itself.
    let mut stranger = TlsClient::connect(server.resp_tls(), &world.clients, None);
    let error = stranger.ask("PING").expect_err("the certificate is not trusted").to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
}

#[test]
fn a_client_without_tls_is_turned_away_and_the_others_go_on() {
    if skipped_for_want_of("TLS in TOML") {
        return;
    }
    let world = World::new();
    let server = world.server("none");
    let mut plain = Client::connect(&crate::kit::Address::Tcp(server.resp_tls()));
    plain.send_line("PING");
    // It is sent a TLS alert, which no client takes for a reply, and nothing else.
    assert!(plain.closes_without("PONG"), "a plain request is answered on the TLS port");
    eventually("the failed handshake is logged", || server.log().contains("a TLS handshake failed"));
    let mut client = TlsClient::connect(server.resp_tls(), &world.servers, None);
    assert_eq!(client.ask("PING").expect("a reply"), "+PONG");
}

/// Whether a client is served without a certificate, with one that is trusted, and with one that is not.
fn served(address: SocketAddr, world: &World) -> [bool; 3] {
    let (own, foreign) = (world.clients.sign("alice"), world.servers.sign("mallory"));
    [None, Some(&own), Some(&foreign)].map(|identity| {
        let answer = TlsClient::connect(address, &world.servers, identity).ask("PING");
        answer.is_ok_and(|reply| reply == "+PONG")
    })
}

#[test]
fn client_certificates_are_asked_for_as_declared() {
    if skipped_for_want_of("TLS in TOML") {
        return;
    }
    let world = World::new();
    for (client_auth, expected) in
        [("none", [true, true, true]), ("optional", [true, true, false]), ("required", [false, true, false])]
    {
        let server = world.server(client_auth);
        assert_eq!(served(server.resp_tls(), &world), expected, "{client_auth}");
    }
}

#[test]
fn a_reload_reads_certificates_again_and_keeps_connections() {
    if skipped_for_want_of("TLS in TOML") {
        return;
    }
    let world = World::new();
    let mut server = world.server("none");
    let mut before = TlsClient::connect(server.resp_tls(), &world.servers, None);
    assert_eq!(before.ask("PING").expect("a reply"), "+PONG");
    let others = Authority::new();
    world.files.replace(&others.sign(SERVER_NAME));
    server.reload(world.options("none"));
    assert_eq!(before.ask("PING").expect("a reply"), "+PONG");
    assert!(TlsClient::connect(server.resp_tls(), &world.servers, None).ask("PING").is_err());
    assert_eq!(TlsClient::connect(server.resp_tls(), &others, None).ask("PING").expect("a reply"), "+PONG");
    // The same reload may begin to ask for client certificates.
    server.reload(world.options("required"));
    assert!(TlsClient::connect(server.resp_tls(), &others, None).ask("PING").is_err());
}

#[test]
fn a_reload_with_an_unusable_certificate_keeps_the_old_one() {
    if skipped_for_want_of("TLS in TOML") {
        return;
    }
    let world = World::new();
    let mut server = world.server("none");
    world.files.replace(&authority::Identity { certificate: "no PEM".to_owned(), key: "none either".to_owned() });
    let log = server.reload(world.options("none"));
    assert!(log.contains("certificates stay as they were") && log.contains("server."), "{log}");
    assert_eq!(TlsClient::connect(server.resp_tls(), &world.servers, None).ask("PING").expect("a reply"), "+PONG");
}
