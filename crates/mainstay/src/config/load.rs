//! From text to a [`Config`].

use std::ops::Range;

use toml::de::DeTable;

use super::diagnostic::{Diagnostic, Notice, Place, Severity};
use super::findings::Findings;
use super::overrides::Overrides;
use super::reader::Reader;
use super::value::{Source, Table};
use super::{Acl, Config, Keyspace, Limits, Listen, Log, Node, Slowlog, Snapshot, Tls, Wal, checks, nouns, reload};

/// Most bytes of a configuration file.
pub const FILE_BYTES_MAX: usize = 1 << 20;

impl Config {
    /// Reads and checks a whole file; `name` stands in front of each finding. Neither the environment nor any other file is
    /// read: secrets and certificates are only named.
    ///
    /// # Errors
    /// Every error of the file, in its order, with warnings and notices between them.
    pub fn parse(source: &str, name: &str) -> Result<(Self, Vec<Notice>), Vec<Diagnostic>> {
        Self::parse_with(source, name, &Overrides::default())
    }

    /// As [`Config::parse`], with settings from outside the file in place of the file's own.
    ///
    /// # Errors
    /// As [`Config::parse`]; findings outside the file come last and name the variable or option.
    pub fn parse_with(source: &str, name: &str, overrides: &Overrides) -> Result<(Self, Vec<Notice>), Vec<Diagnostic>> {
        if source.len() > FILE_BYTES_MAX {
            let message = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", source.len());
            return Err(vec![Diagnostic {
                severity: Severity::Error,
                place: Place::Named(name.to_owned()),
                message,
                help: None,
            }]);
        }
        let mut findings = Findings::default();
        let (document, syntax) = DeTable::parse_recoverable(source);
        let mut reader = Reader { overrides: &overrides.by_key, findings: &mut findings, unserved: false };
        let file = reader.table(nouns::FILE, Some(document.get_ref()), String::new(), Source::File(0..0));
        let config = Self::from_file(&file);
        if syntax.is_empty() {
            checks::run(&file, &config, &mut findings);
        } else {
            report_syntax(source, &syntax, &mut findings);
        }
        let refused = findings.any_error();
        let mut diagnostics = findings.into_diagnostics(source, name);
        diagnostics.extend(overrides.warnings());
        if refused { Err(diagnostics) } else { Ok((config, diagnostics)) }
    }

    fn from_file(file: &Table) -> Self {
        let section = |name| file.table(name).expect("the schema gives this section a default");
        let limits = Limits::from_table(section("limits"));
        let keyspace = |(name, table): &(String, Table)| Keyspace::from_table(name, table, &limits);
        Self {
            node: Node::from_table(section("node")),
            listen: Listen::from_table(section("listen")),
            tls: file.table("tls").map(Tls::from_table),
            wal: Wal::from_table(section("wal")),
            snapshot: Snapshot::from_table(section("snapshot")),
            log: Log::from_table(section("log")),
            slowlog: Slowlog::from_table(section("slowlog")),
            acl: Acl::from_table(section("acl")),
            keyspaces: file.named("keyspace").iter().map(keyspace).collect(),
            settings: reload::settings(file),
            routes: file.tables("route").iter().map(super::Route::from_table).collect(),
            limits,
        }
    }
}

/// Reports every syntax error and drops what may only follow from one.
fn report_syntax(source: &str, errors: &[toml::de::Error], findings: &mut Findings) {
    let spans: Vec<Range<usize>> = errors.iter().map(|error| error.span().unwrap_or(0..0)).collect();
    findings.drop_consequences(source, &spans);
    for (error, span) in errors.iter().zip(spans) {
        findings.error(&Source::File(span), format!("this is not TOML: {}", error.message()), None);
    }
}

/// Turns notices of what this version does not serve into errors: a node starts only when it acts on everything declared.
///
/// # Errors
/// One for each such notice, at its place.
pub fn refuse_unserved(notices: &[Notice]) -> Result<(), Vec<Diagnostic>> {
    let unserved = notices.iter().filter(|notice| notice.severity == Severity::Unserved);
    let refused: Vec<Diagnostic> =
        unserved.map(|notice| Diagnostic { severity: Severity::Error, ..notice.clone() }).collect();
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}
