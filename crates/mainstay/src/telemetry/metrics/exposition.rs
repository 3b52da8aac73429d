//! The two text formats of Prometheus.
//!
//! They differ in little: in OpenMetrics 1.0 a counter's family has no `_total`, its samples do; there are units, a type for infos, and an end. The
//! classic format 0.0.4 has the name of the sample everywhere.

use super::accept;
use mainstay_node::engine::BUCKETS_US;
use std::fmt::{self, Write as _};

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Classic,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// What the value of an `Accept` header asks for: OpenMetrics if it is named with a weight no less than that of text, else the classic format.
    #[must_use]
    pub fn from_accept(accept: &str) -> Self {
        let (open, text) = accept::weights(accept);
        if open > 0 && open >= text { Self::OpenMetrics } else { Self::Classic }
    }

    /// The `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only rises, but for a restart or `CONFIG RESETSTAT`.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts by duration.
    Histogram,
    /// Text in labels.
    Info,
}

impl Kind {
    /// What a sample's name has beyond the family's.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Info => "_info",
            Self::Gauge | Self::Histogram => "",
        }
    }

    const fn name(self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Counter, _) => "counter",
            (Self::Info, Format::OpenMetrics) => "info",
            (Self::Gauge, _) | (Self::Info, Format::Classic) => "gauge",
            (Self::Histogram, _) => "histogram",
        }
    }
}

/// A number of a sample.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// A whole one.
    Whole(u64),
    /// Any.
    Real(f64),
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self::Whole(number as u64)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Number {
    fn from(flag: bool) -> Self {
        Self::Whole(u64::from(flag))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
        }
    }
}

/// A page under construction.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    format: Format,
    series: usize,
}

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self { text: String::with_capacity(16 << 10), format, series: 0 }
    }

    /// Begins a family. `name` has its unit at the end and neither `_total` nor `_info`.
    pub(super) fn family(&mut self, kind: Kind, name: &'static str, help: &'static str) -> Family<'_> {
        let suffix = if self.format == Format::Classic { kind.suffix() } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "# HELP {name}{suffix} {help}");
        let _ = writeln!(self.text, "# TYPE {name}{suffix} {}", kind.name(self.format));
        let unit = ["seconds", "bytes", "ratio"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")));
        if let (Format::OpenMetrics, Some(unit)) = (self.format, unit) {
            let _ = writeln!(self.text, "# UNIT {name} {unit}");
        }
        Family { page: self, kind, name }
    }

    /// Begins a gauge with one sample.
    pub(super) fn gauge(&mut self, name: &'static str, help: &'static str, value: impl Into<Number>) {
        self.family(Kind::Gauge, name, help).put(&[], value);
    }

    /// Begins a counter with one sample.
    pub(super) fn counter(&mut self, name: &'static str, help: &'static str, value: impl Into<Number>) {
        self.family(Kind::Counter, name, help).put(&[], value);
    }

    /// Samples so far.
    pub(super) const fn series(&self) -> usize {
        self.series
    }

    /// The whole page.
    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn sample(&mut self, name: &str, suffix: &str, labels: &[(&str, &str)], bound: Option<&str>, value: Number) {
        self.series += 1;
        self.text.push_str(name);
        self.text.push_str(suffix);
        let bound = bound.map(|bound| ("le", bound));
        for (at, (label, text)) in labels.iter().chain(&bound).enumerate() {
            self.text.push(if at == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{label}=\"");
            self.escape(text);
            self.text.push('"');
        }
        if !labels.is_empty() || bound.is_some() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\\' => self.text.push_str("\\\\"),
                '"' => self.text.push_str("\\\""),
                '\n' => self.text.push_str("\\n"),
                other => self.text.push(other),
            }
        }
    }
}

/// The samples of a family.
#[derive(Debug)]
pub(super) struct Family<'p> {
    page: &'p mut Page,
    kind: Kind,
    name: &'static str,
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn put(&mut self, labels: &[(&str, &str)], value: impl Into<Number>) {
        self.page.sample(self.name, self.kind.suffix(), labels, None, value.into());
    }

    /// Adds a histogram over [`BUCKETS_US`]; `counts` are by bucket, the last one above all bounds.
    pub(super) fn histogram(&mut self, labels: &[(&str, &str)], counts: &[u64; BUCKETS_US.len() + 1], sum_ns: u64) {
        let mut below = 0;
        for (bound, count) in BUCKETS_US.iter().zip(counts) {
            below += count;
            let bound = seconds(*bound);
            self.page.sample(self.name, "_bucket", labels, Some(&bound), Number::Whole(below));
        }
        let all = counts.iter().sum::<u64>();
        self.page.sample(self.name, "_bucket", labels, Some("+Inf"), Number::Whole(all));
        self.page.sample(self.name, "_sum", labels, None, Number::Real(sum_ns as f64 / 1e9));
        self.page.sample(self.name, "_count", labels, None, Number::Whole(all));
    }
}

/// A bound as both formats write it, with a point, so that a series keeps its name when a scraper changes the format.
fn seconds(micros: u32) -> String {
    let text = (f64::from(micros) / 1e6).to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}
