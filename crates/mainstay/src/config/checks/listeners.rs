//! Contradictions of listeners, certificates and credentials.

use std::net::SocketAddr;

use crate::config::findings::Findings;
use crate::config::value::Table;
use crate::config::{ClientAuth, Config};

pub(super) fn check(file: &Table, config: &Config, findings: &mut Findings) {
    let Some(listen) = file.table("listen") else { return };
    tls(file, listen, config, findings);
    credentials(listen, config, findings);
    equal_addresses(listen, findings);
    redaction(file, listen, config, findings);
    if config.listen.resp.is_none() && config.listen.resp_tls.is_none() && config.listen.unix.is_none() {
        let help = "set one of `resp`, `resp_tls` and `unix`".to_owned();
        findings.error(listen.source_of("resp"), "the node would listen for no client".to_owned(), Some(help));
    }
}

fn tls(file: &Table, listen: &Table, config: &Config, findings: &mut Findings) {
    let Some(tls) = file.table("tls") else {
        if config.listen.resp_tls.is_some() {
            let help = "add [tls] with `cert` and `key`".to_owned();
            findings.error(listen.source_of("resp_tls"), "`listen.resp_tls` needs [tls]".to_owned(), Some(help));
        }
        return;
    };
    if tls.text("client_auth").is_some_and(|word| word != ClientAuth::None.as_str()) && !tls.given("ca") {
        let help = "add `ca`, the authorities that sign client certificates".to_owned();
        findings.error(tls.source_of("client_auth"), "`tls.client_auth` needs `tls.ca`".to_owned(), Some(help));
    }
    if config.listen.resp_tls.is_none() {
        let help = "set `listen.resp_tls`".to_owned();
        findings.warning(&tls.source, "[tls] is given and no port uses it".to_owned(), Some(help));
    }
}

/// A bind that other machines can reach must ask who is there.
fn credentials(listen: &Table, config: &Config, findings: &mut Findings) {
    let clients_asked = config.acl.asks_for_credentials();
    let mutual = config.tls.as_ref().is_some_and(|tls| tls.client_auth == ClientAuth::Required);
    let client_help = "give the default user a password ([acl.user.default] password = \"env:NAME\") or switch it off (rules = \"off\")";
    let rules = [
        ("resp", clients_asked, client_help),
        (
            "resp_tls",
            clients_asked || mutual,
            "give the default user a password, or set `tls.client_auth` = \"required\" with `tls.ca`",
        ),
        ("admin", listen.given("admin_token"), "set `listen.admin_token` = \"env:NAME\""),
        ("peer", mutual, "set `tls.client_auth` = \"required\" with `tls.ca`"),
    ];
    for (name, asked, help) in rules {
        if let Some(address) = listen.address(name).filter(|address| !asked && !is_loopback(address)) {
            let message =
                format!("`listen.{name}` = {address} can be reached from other machines and asks for no credentials");
            findings.error(listen.source_of(name), message, Some(format!("{help}, or bind 127.0.0.1")));
        }
    }
}

/// Clients' data in log lines is for a machine of one's own.
fn redaction(file: &Table, listen: &Table, config: &Config, findings: &mut Findings) {
    let Some(log) = file.table("log").filter(|_| !config.log.redact) else { return };
    let open = ["resp", "resp_tls", "admin"]
        .into_iter()
        .find_map(|name| Some((name, listen.address(name).filter(|address| !is_loopback(address))?)));
    if let Some((name, address)) = open {
        let message = format!(
            "`log.redact` = false shows clients' keys and values, and `listen.{name}` = {address} can be reached from other machines"
        );
        findings.error(log.source_of("redact"), message, Some("leave `log.redact` true, or bind 127.0.0.1".to_owned()));
    }
}

fn is_loopback(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

fn equal_addresses(listen: &Table, findings: &mut Findings) {
    let names = ["resp", "resp_tls", "admin", "http", "peer", "dtm"];
    let bound: Vec<(&str, SocketAddr)> = names.iter().filter_map(|name| Some((*name, listen.address(name)?))).collect();
    for (index, (name, address)) in bound.iter().enumerate() {
        let earlier = bound[..index].iter().find(|(_, other)| overlap(address, other));
        if let Some((other, _)) = earlier {
            let message = format!("`listen.{name}` = {address} is taken by `listen.{other}`");
            let at = if listen.given(name) { name } else { other };
            findings.error(listen.source_of(at), message, None);
        }
    }
}

/// Port 0 takes any free port and collides with nothing.
fn overlap(a: &SocketAddr, b: &SocketAddr) -> bool {
    let wild = a.ip().is_unspecified() || b.ip().is_unspecified();
    let same_ip = a.ip() == b.ip() || wild && a.is_ipv4() == b.is_ipv4();
    a.port() != 0 && a.port() == b.port() && same_ip
}
