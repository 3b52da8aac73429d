//! `mainstay serve`: its options, and the configuration that they, the environment and the file make together.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::{Config, Diagnostic, FILE_BYTES_MAX, Notice, Overrides, Place, Severity, refuse_unserved};

/// `mainstay serve`. Options replace the environment's settings, which replace the file's.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeArgs {
    /// The configuration file; none: embedded defaults
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory (node.data_dir)
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
    /// The node's name (node.name)
    #[arg(long)]
    pub name: Option<String>,
    /// Worker threads (node.threads)
    #[arg(long, value_name = "N")]
    pub threads: Option<String>,
    /// Address for clients, or off (listen.resp)
    #[arg(long, value_name = "ADDR")]
    pub listen_resp: Option<String>,
    /// Address for clients with TLS (listen.resp_tls)
    #[arg(long, value_name = "ADDR")]
    pub listen_resp_tls: Option<String>,
    /// Unix socket for clients (listen.unix)
    #[arg(long, value_name = "PATH")]
    pub listen_unix: Option<String>,
    /// Address of the admin API, or off (listen.admin)
    #[arg(long, value_name = "ADDR")]
    pub listen_admin: Option<String>,
    /// error, warn, info, debug or trace (log.level)
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// auto, text or json (log.format)
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Any other setting, such as limits.max_clients=500; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl ServeArgs {
    /// Reads the file and puts it together with `environment` and the options: a configuration that this version serves in full,
    /// with warnings. Call it again on SIGHUP and compare with [`Config::diff`].
    ///
    /// # Errors
    /// Every error found, settings that this version does not serve among them.
    pub fn load(
        &self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Config, Vec<Notice>), Vec<Diagnostic>> {
        let mut overrides = Overrides::from_environment(environment);
        self.apply(&mut overrides).map_err(|error| vec![error])?;
        let (source, name) = match &self.config {
            Some(path) => (read_file(path).map_err(|error| vec![error])?, path.display().to_string()),
            None => (String::new(), "embedded defaults".to_owned()),
        };
        let (config, notices) = Config::parse_with(&source, &name, &overrides)?;
        refuse_unserved(&notices)?;
        Ok((config, notices))
    }

    fn apply(&self, overrides: &mut Overrides) -> Result<(), Diagnostic> {
        for setting in &self.set {
            let (key, text) = setting.split_once('=').ok_or_else(|| named("--set", "expected KEY=VALUE".to_owned()))?;
            overrides.set(key.trim(), text, "--set")?;
        }
        let options = [
            ("node.data_dir", &self.data, "--data"),
            ("node.name", &self.name, "--name"),
            ("node.threads", &self.threads, "--threads"),
            ("listen.resp", &self.listen_resp, "--listen-resp"),
            ("listen.resp_tls", &self.listen_resp_tls, "--listen-resp-tls"),
            ("listen.unix", &self.listen_unix, "--listen-unix"),
            ("listen.admin", &self.listen_admin, "--listen-admin"),
            ("log.level", &self.log_level, "--log-level"),
            ("log.format", &self.log_format, "--log-format"),
        ];
        for (key, text, option) in options {
            text.iter().try_for_each(|text| overrides.set(key, text, option))?;
        }
        Ok(())
    }
}

/// The text of a configuration file.
///
/// # Errors
/// It is missing, too long or not UTF-8.
pub(crate) fn read_file(path: &Path) -> Result<String, Diagnostic> {
    let place = path.display().to_string();
    let failed = |error: std::io::Error| named(&place, format!("cannot be read: {error}"));
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > FILE_BYTES_MAX as u64 {
        return Err(named(&place, format!("has {length} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    String::from_utf8(bytes)
        .map_err(|error| named(&place, format!("is not UTF-8 from byte {} on", error.utf8_error().valid_up_to())))
}

fn named(place: &str, message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Error, place: Place::Named(place.to_owned()), message, help: None }
}
