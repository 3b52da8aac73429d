//! Patterns and numbers as text.
