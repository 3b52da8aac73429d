//! What only the shell knows of the machine and of the process.

/// Told to `INFO` and `CONFIG GET`. The engine works without one and then leaves those fields out.
pub trait Machine: Send + Sync {
    /// Fields of an `INFO` section (`server`, `memory`, `cpu`, …), in order. A field that the engine knows too is told as it is here.
    fn info(&self, section: &str) -> Vec<(&'static str, String)>;

    /// The value of a parameter of `CONFIG GET` that the shell decides, such as `port` or `bind`.
    fn parameter(&self, name: &str) -> Option<String>;
}
