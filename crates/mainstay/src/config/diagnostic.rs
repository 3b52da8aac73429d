//! What is wrong, where, and what to do about it.

use std::fmt;
use std::ops::Range;

/// Most characters of a source line that are shown.
const SNIPPET_CHARS_MAX: usize = 120;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// It is accepted, and probably not what was meant.
    Warning,
    /// Valid, but this version does not act on it: `check` passes, `serve` refuses.
    Unserved,
}

/// Where a finding points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A position in the file.
    File {
        /// The file as the user named it.
        name: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// The line and the marks under it, with secrets starred out.
        snippet: String,
    },
    /// An environment variable, a command-line option, or the file as a whole.
    Named(String),
}

/// One finding. `Display` prints it as `file:line:column: error: message`, the source line with a caret, and the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// What is wrong, with which value.
    pub message: String,
    /// What is allowed, or what to do.
    pub help: Option<String>,
}

/// A finding that does not refuse the configuration: a [`Severity::Warning`] or [`Severity::Unserved`].
pub type Notice = Diagnostic;

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Unserved => "notice",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File { name, line, column, snippet } => {
                write!(f, "{name}:{line}:{column}: {}: {}\n{snippet}", self.severity, self.message)?;
            }
            Place::Named(name) => write!(f, "{name}: {}: {}", self.severity, self.message)?,
        }
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
    }
}

impl std::error::Error for Diagnostic {}

/// The place of `span`, a byte range of `source`; a range out of bounds or inside a character is moved to the nearest one before.
pub(crate) fn locate(source: &str, name: &str, span: Range<usize>) -> Place {
    let start = char_start(source, span.start);
    let end = char_start(source, span.end.max(start));
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let line = source[line_start..line_end].trim_end_matches('\r');
    let column = source[line_start..start].chars().count() + 1;
    let width = source[start..end.min(line_end)].trim_end().chars().count().max(1);
    let number = source[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    Place::File { name: name.to_owned(), line: number, column, snippet: snippet(line, column, width) }
}

/// `at`, or the nearest place before it that is within `source` and not inside a character.
pub(crate) fn char_start(source: &str, at: usize) -> usize {
    (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0)
}

/// The line, indented, and the caret below; of long lines the part around the caret.
fn snippet(line: &str, column: usize, width: usize) -> String {
    let shown: Vec<char> = masked(line).into_iter().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let from = if column > SNIPPET_CHARS_MAX { column - 1 - SNIPPET_CHARS_MAX / 2 } else { 0 };
    let text: String = shown.iter().skip(from).take(SNIPPET_CHARS_MAX).collect();
    let indent = column - 1 - from;
    let carets = "^".repeat(width.min(SNIPPET_CHARS_MAX.saturating_sub(indent)).max(1));
    format!("    {}\n    {}{carets}", text.trim_end(), " ".repeat(indent))
}

/// The line with what may be a secret starred out, character for character: the userinfo of a URL, and `>password` in rules.
/// A user who writes a secret into the file is told so; the message must not carry it into a log.
fn masked(line: &str) -> Vec<char> {
    let mut chars: Vec<char> = line.chars().collect();
    let stops = |c: char| c.is_whitespace() || c == '"' || c == '\'';
    let mut at = 0;
    while at < chars.len() {
        let end = chars[at..].iter().position(|c| stops(*c)).map_or(chars.len(), |n| at + n);
        let word = &mut chars[at..end];
        let secret_start = word.windows(3).position(|three| three == [':', '/', '/']).map(|n| n + 3);
        let secret = match (word.first(), secret_start) {
            (Some('>' | '<'), _) => Some(1..word.len()),
            (_, Some(start)) => word.iter().rposition(|c| *c == '@').filter(|end| *end > start).map(|end| start..end),
            _ => None,
        };
        secret.into_iter().flatten().for_each(|n| word[n] = '*');
        at = end + 1;
    }
    mask_assigned(&mut chars);
    chars
}

/// Stars out the literal value of a key that holds secrets, unless it is a reference.
fn mask_assigned(chars: &mut [char]) {
    let text: String = chars.iter().collect();
    for key in ["password", "admin_token"] {
        let Some((before, after)) = text.split_once(key) else { continue };
        if after.contains("env:") || after.contains("file:") {
            continue;
        }
        let start = before.chars().count() + key.chars().count();
        let value = chars[start..].iter_mut().skip_while(|c| **c != '=' && **c != ':').skip(1);
        value
            .filter(|c| c.is_alphanumeric() || c.is_ascii_punctuation() && !"\"'[],".contains(**c))
            .for_each(|c| *c = '*');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        for (source, span, expected) in [
            ("a = 1\nbé = 2\r\n", 10..11, (2, 4, "    bé = 2\n       ^")),
            ("a = 1", 4..99, (1, 5, "    a = 1\n        ^")),
            ("", 0..0, (1, 1, "    \n    ^")),
            ("é", 1..1, (1, 1, "    é\n    ^")),
            ("\tb", 1..2, (1, 2, "     b\n     ^")),
        ] {
            let Place::File { line, column, snippet, .. } = locate(source, "f", span) else { panic!("a file's place") };
            assert_eq!((line, column, snippet.as_str()), expected, "{source:?}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let source = format!("a = \"{}\" b", "x".repeat(5_000));
        let Place::File { snippet, .. } = locate(&source, "f", 5_007..5_008) else { panic!("a file's place") };
        let lines: Vec<&str> = snippet.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= SNIPPET_CHARS_MAX + 4), "{snippet}");
        assert_eq!(lines[0].chars().nth(lines[1].len() - 1), Some('b'));
    }

    #[test]
    fn secrets_are_starred_out() {
        for (line, expected) in [
            (r#"url = "redis://u:p@h/""#, r#"url = "redis://***@h/""#),
            (r#"rules = "on >hunter2 ~*""#, r#"rules = "on >******* ~*""#),
            (r#"password = "hunter2""#, r#"password = "*******""#),
            (r#"password = "env:PW""#, r#"password = "env:PW""#),
            (r#"admin_token = ["a", "b"]"#, r#"admin_token = ["*", "*"]"#),
        ] {
            assert_eq!(masked(line).into_iter().collect::<String>(), expected);
        }
    }
}
