//! The findings of one check, gathered as it goes and put in the order of the file at the end.

use std::ops::Range;

use super::diagnostic::{Diagnostic, Place, Severity, char_start, locate};
use super::value::Source;

/// Most findings that are reported; a last one counts the rest.
const FINDINGS_MAX: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    /// How many there were beyond [`FINDINGS_MAX`].
    more: usize,
}

#[derive(Debug)]
struct Finding {
    severity: Severity,
    source: Source,
    message: String,
    help: Option<String>,
    /// It says that something is absent; after a syntax error that may be untrue.
    absence: bool,
}

impl Findings {
    pub(crate) fn error(&mut self, source: &Source, message: String, help: Option<String>) {
        self.push(Finding { severity: Severity::Error, source: source.clone(), message, help, absence: false });
    }

    pub(crate) fn warning(&mut self, source: &Source, message: String, help: Option<String>) {
        self.push(Finding { severity: Severity::Warning, source: source.clone(), message, help, absence: false });
    }

    /// A required setting that is not there.
    pub(crate) fn missing(&mut self, source: &Source, message: String, expected: &str) {
        let help = Some(format!("expected {expected}"));
        self.push(Finding { severity: Severity::Error, source: source.clone(), message, help, absence: true });
    }

    /// A valid setting that this version does not act on.
    pub(crate) fn unserved(&mut self, source: &Source, what: &str, help: &str) {
        let message = format!("valid; this version does not serve it yet: {what}");
        let help = Some(help.to_owned());
        self.push(Finding { severity: Severity::Unserved, source: source.clone(), message, help, absence: false });
    }

    fn push(&mut self, finding: Finding) {
        if self.list.len() < FINDINGS_MAX { self.list.push(finding) } else { self.more += 1 }
    }

    pub(crate) fn any_error(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Drops what a syntax error at `spans` may have caused: findings of absence, and those between the error and the next line
    /// that opens a table, since what the parser made of these lines is a guess.
    pub(crate) fn drop_consequences(&mut self, source: &str, spans: &[Range<usize>]) {
        let unsure: Vec<Range<usize>> = spans.iter().map(|span| until_next_header(source, span.start)).collect();
        self.list.retain(|finding| {
            let hit =
                matches!(&finding.source, Source::File(span) if unsure.iter().any(|range| range.contains(&span.start)));
            !finding.absence && !hit
        });
    }

    /// In the order of the file; findings outside it come last.
    pub(crate) fn into_diagnostics(mut self, source: &str, name: &str) -> Vec<Diagnostic> {
        self.list.sort_by_key(|finding| match &finding.source {
            Source::File(span) => (0, span.start),
            Source::Override(_) => (1, 0),
            Source::Preset => (2, 0),
        });
        let mut diagnostics: Vec<Diagnostic> = self.list.into_iter().map(|finding| finding.at(source, name)).collect();
        if self.more > 0 {
            let message = format!("{} more findings are not shown", self.more);
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                place: Place::Named(name.to_owned()),
                message,
                help: None,
            });
        }
        diagnostics
    }
}

impl Finding {
    fn at(self, source: &str, name: &str) -> Diagnostic {
        let place = match self.source {
            Source::File(span) => locate(source, name, span),
            Source::Override(origin) => Place::Named(origin),
            Source::Preset => Place::Named(name.to_owned()),
        };
        Diagnostic { severity: self.severity, place, message: self.message, help: self.help }
    }
}

/// From the beginning of the line of `at` to the next line that opens a table.
fn until_next_header(source: &str, at: usize) -> Range<usize> {
    let at = char_start(source, at);
    let start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = source[at..].find("\n[").map_or(source.len() + 1, |newline| at + newline + 1);
    start..end
}
