//! Rows, their goals, and the two files of a result.

use crate::machine;
use crate::options::Options;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Numbers of one side from all rounds.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 { self.0[middle] } else { f64::midpoint(self.0[middle - 1], self.0[middle]) }
    }

    fn range(&self) -> (f64, f64) {
        (self.0[0], self.0[self.0.len() - 1])
    }
}

/// What a row must show. Ratios are ours to theirs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    None,
    RatioAtLeast(f64),
    RatioAtMost(f64),
    /// Our own number, in the row's unit.
    AtMost(f64),
}

/// One comparison.
pub struct Row {
    group: &'static str,
    what: String,
    unit: &'static str,
    ours: Sample,
    theirs: Sample,
    goal: Goal,
}

impl Row {
    /// `samples`: ours first.
    pub fn new(group: &'static str, what: &str, unit: &'static str, samples: &[Sample; 2], goal: Goal) -> Self {
        let [ours, theirs] = samples.clone();
        Self { group, what: what.to_owned(), unit, ours, theirs, goal }
    }

    fn ratio(&self) -> f64 {
        self.ours.median() / self.theirs.median()
    }

    /// `None` without a goal.
    fn is_met(&self) -> Option<bool> {
        match self.goal {
            Goal::None => None,
            Goal::RatioAtLeast(least) => Some(self.ratio() >= least),
            Goal::RatioAtMost(most) => Some(self.ratio() <= most),
            Goal::AtMost(most) => Some(self.ours.median() <= most),
        }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::None => "–".to_owned(),
            Goal::RatioAtLeast(least) => format!("≥ {least}×"),
            Goal::RatioAtMost(most) => format!("≤ {most}×"),
            Goal::AtMost(most) => format!("≤ {most} {}", self.unit),
        }
    }

    fn markdown(&self) -> String {
        let side = |sample: &Sample| {
            let (low, high) = sample.range();
            format!("{} ({}–{})", shown(sample.median()), shown(low), shown(high))
        };
        let met = self.is_met().map_or("", |met| if met { "yes" } else { "**no**" });
        let (ours, theirs, ratio, goal) = (side(&self.ours), side(&self.theirs), self.ratio(), self.goal_text());
        format!("| {} | {} | {ours} | {theirs} | {ratio:.2} | {goal} | {met} |\n", self.what, self.unit)
    }

    fn json(&self) -> Value {
        json!({
            "group": self.group, "what": self.what, "unit": self.unit, "ratio": self.ratio(),
            "mainstay": self.ours.0, "redis": self.theirs.0, "goal": self.goal_text(), "met": self.is_met(),
        })
    }
}

fn shown(number: f64) -> String {
    match number.abs() {
        n if n >= 1_000.0 => format!("{:.1}k", number / 1_000.0),
        n if n >= 100.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

pub struct Report {
    facts: Vec<(&'static str, String)>,
    rounds: usize,
    quick: bool,
    rows: Vec<Row>,
    stem: PathBuf,
}

impl Report {
    pub fn new(options: &Options) -> Self {
        let quick = if options.quick { "-quick" } else { "" };
        let stem = options.out.join(format!("{}-redis{quick}", machine::today()));
        Self { facts: machine::facts(options), rounds: options.rounds, quick: options.quick, rows: Vec::new(), stem }
    }

    pub fn add(&mut self, row: Row) {
        eprint!("  {}", row.markdown());
        self.rows.push(row);
    }

    /// Writes both files and says where.
    pub fn write(&self) {
        std::fs::create_dir_all(self.stem.parent().unwrap_or(&self.stem)).expect("the result directory can be made");
        let (markdown, json) = (self.stem.with_extension("md"), self.stem.with_extension("json"));
        std::fs::write(&markdown, self.markdown()).expect("the result can be written");
        std::fs::write(&json, format!("{:#}\n", self.json())).expect("the result can be written");
        println!("{}\n{}", markdown.display(), json.display());
    }

    fn markdown(&self) -> String {
        let mut text = "# mainstay beside redis-server\n\n".to_owned();
        for (name, value) in &self.facts {
            let _ = writeln!(text, "* {name}: {value}");
        }
        let rounds = self.rounds;
        let _ = write!(
            text,
            "\nEach server on one thread on CPU 0, the load on CPU 1. Median (lowest–highest) of up to {rounds} "
        );
        text.push_str("interleaved rounds; the ratio is mainstay to redis-server.\n");
        if self.quick {
            text.push_str("\nA quick run: it shows that everything runs and proves nothing.\n");
        }
        let mut groups: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !groups.contains(&row.group) {
                groups.push(row.group);
            }
        }
        for group in groups {
            let _ = write!(text, "\n## {group}\n\n| what | unit | mainstay | redis-server | ratio | goal | met |\n");
            text.push_str("|---|---|--:|--:|--:|--:|---|\n");
            text.extend(self.rows.iter().filter(|row| row.group == group).map(Row::markdown));
        }
        text
    }

    fn json(&self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        json!({ "facts": facts, "rounds": self.rounds, "quick": self.quick, "rows": rows })
    }
}
