//! The words of the rule language and what can be wrong with them.

use thiserror::Error;

/// Why a rule is refused, in the words of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// No such rule, or a pattern with white space or a zero byte.
    #[error("Syntax error")]
    Syntax,
    /// `+name`, `-name`, `+@name` or `-@name` with a name that is not known.
    #[error("Unknown command or category name in ACL")]
    UnknownCommand,
    /// `+command|subcommand|argument`.
    #[error("Allowing first-arg of a subcommand is not supported")]
    FirstArgumentOfSubcommand,
    /// A key pattern after `~*`.
    #[error(
        "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try \
         'resetkeys' to start with an empty list of patterns"
    )]
    PatternAfterAllKeys,
    /// A channel pattern after `&*`.
    #[error(
        "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try \
         'resetchannels' to start with an empty list of channels"
    )]
    PatternAfterAllChannels,
    /// `<password` or `!hash` of a password that the user does not have.
    #[error("The password you are trying to remove from the user does not exist")]
    NoSuchPassword,
    /// `#hash` or `!hash` with something else.
    #[error("The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters")]
    BadHash,
    /// One more would exceed a limit.
    #[error("A user may have at most {limit} {what}")]
    TooMany {
        /// The plural of what there are too many of.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
}

/// A list of rules that cannot be applied. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A rule that is refused. The message repeats it, also the password in `<password`: it is for the client that sent it,
    /// not for a log.
    #[error("Error in ACL SETUSER modifier '{}': {reason}", String::from_utf8_lossy(.rule))]
    Refused {
        /// The rule as given.
        rule: Box<[u8]>,
        /// What is wrong with it.
        reason: Reason,
    },
    /// A selector that is opened and never closed.
    #[error("Unmatched parenthesis in acl selector starting at '{}'.", String::from_utf8_lossy(.0))]
    Unmatched(Box<[u8]>),
}

/// Joins selectors that clients spread over several words: `(+get`, `~a*)` is one rule.
pub(super) fn join_selectors(words: &[&[u8]]) -> Result<Vec<Box<[u8]>>, RuleError> {
    let mut rules = Vec::with_capacity(words.len());
    let mut open: Option<(&[u8], Vec<u8>)> = None;
    for &word in words {
        match &mut open {
            None if word.starts_with(b"(") && !word.ends_with(b")") => open = Some((word, word.to_vec())),
            None => rules.push(word.into()),
            Some((_, selector)) => {
                selector.push(b' ');
                selector.extend_from_slice(word);
            }
        }
        open = match open {
            Some((_, selector)) if selector.ends_with(b")") => {
                rules.push(selector.into_boxed_slice());
                None
            }
            other => other,
        };
    }
    match open {
        Some((start, _)) => Err(RuleError::Unmatched(start.into())),
        None => Ok(rules),
    }
}

/// White space as C's `isspace` has it, and the zero byte: names and patterns must not have them, for rules are written to
/// files with spaces between them.
pub(super) fn has_spaces(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b' ' | b'\t'..=b'\r' | 0))
}
