//! From TOML and overrides to tables of values, by the rows of the schema.
//!
//! Nothing stops at the first error: a value that is refused is reported and replaced by its default, so that the checks which
//! follow can run on whole tables.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::expect::{advice, describe, from_string, from_text, integer, is_name, ratio};
use super::findings::Findings;
use super::overrides::Override;
use super::schema::{Key, Kind, Preset, Served};
use super::suggest::nearest;
use super::value::{Entry, Source, Table, Value, join};

/// Most tables of one noun.
const NAMED_MAX: usize = 1_024;

pub(crate) struct Reader<'a> {
    /// Values by full key name that replace those of the file.
    pub(crate) overrides: &'a BTreeMap<String, Override>,
    pub(crate) findings: &'a mut Findings,
    /// Whether what is read now lies in something that was already reported as not served.
    pub(crate) unserved: bool,
}

/// A value of the file with the place of its key.
struct Given<'a, 'i> {
    key: Range<usize>,
    value: &'a Spanned<DeValue<'i>>,
}

impl Reader<'_> {
    /// Reads a table; `raw` is `None` where the file does not have it.
    pub(crate) fn table(
        &mut self,
        keys: &'static [Key],
        raw: Option<&DeTable<'_>>,
        path: String,
        source: Source,
    ) -> Table {
        let mut table = Table { keys, path, source, entries: BTreeMap::new(), refused: BTreeSet::new() };
        for (name, value) in raw.into_iter().flatten() {
            match keys.iter().find(|key| key.name == name.get_ref().as_ref()) {
                Some(key) => {
                    let given = Given { key: name.span(), value };
                    match self.given(key, &given, &table.path) {
                        Some(entry) => drop(table.entries.insert(key.name, entry)),
                        None => drop(table.refused.insert(key.name)),
                    }
                }
                None => self.unknown(name.get_ref(), name.span(), &table),
            }
        }
        for key in keys {
            self.complete(key, &mut table);
        }
        table
    }

    fn unknown(&mut self, name: &str, span: Range<usize>, table: &Table) {
        let known = table.keys.iter().map(|key| key.name);
        let help = match nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
        };
        let place = if table.path.is_empty() { "the file".to_owned() } else { format!("[{}]", table.path) };
        let noun = if table.path.is_empty() { "section" } else { "key" };
        self.findings.error(&Source::File(span), format!("unknown {noun} `{}` in {place}", cut(name)), Some(help));
    }

    /// Fills in an override or the default of `key`.
    fn complete(&mut self, key: &'static Key, table: &mut Table) {
        let name = table.full_name(key.name);
        if let Some(replacement) = self.overrides.get(&name) {
            match from_text(&key.kind, &replacement.text) {
                Some(value) => {
                    let entry = Entry { value, source: Source::Override(replacement.origin.clone()) };
                    self.note_unserved(key, &entry, &name, &entry.source.clone());
                    table.entries.insert(key.name, entry);
                }
                None => self.refused_text(
                    &key.kind,
                    &name,
                    &replacement.text,
                    &Source::Override(replacement.origin.clone()),
                ),
            }
        }
        if table.entries.contains_key(key.name) {
            return;
        }
        match key.preset {
            Preset::Absent => self.overridden_table(key, name, table),
            Preset::Required if table.refused.contains(key.name) => {}
            Preset::Required => {
                self.findings.missing(&table.source, format!("`{name}` is missing"), &describe(&key.kind));
            }
            Preset::Value(text) => {
                let value = self.preset(key, text, name);
                table.entries.insert(key.name, Entry { value, source: Source::Preset });
            }
        }
    }

    /// A table that the file leaves out exists when something outside the file sets a key of it.
    fn overridden_table(&mut self, key: &'static Key, name: String, table: &mut Table) {
        let inside = format!("{name}.");
        let Kind::Table(keys) = key.kind else { return };
        if self.overrides.keys().any(|full| full.starts_with(&inside)) {
            let value = Value::Table(self.table(keys, None, name, Source::Preset));
            table.entries.insert(key.name, Entry { value, source: Source::Preset });
        }
    }

    fn preset(&mut self, key: &'static Key, text: &str, name: String) -> Value {
        match key.kind {
            Kind::Table(keys) => Value::Table(self.table(keys, None, name, Source::Preset)),
            Kind::Named(keys) => {
                let table = self.table(keys, None, join(&name, text), Source::Preset);
                Value::Named(vec![(text.to_owned(), table)])
            }
            // A test reads every default of the schema, so the fallback is never taken.
            _ => from_text(&key.kind, text).unwrap_or(Value::Open),
        }
    }

    fn given(&mut self, key: &'static Key, given: &Given<'_, '_>, path: &str) -> Option<Entry> {
        let name = join(path, key.name);
        let outer = self.unserved;
        self.unserved |= key.served == Served::No;
        let value = self.value(key, &key.kind, given, &name);
        self.unserved = outer;
        let entry = Entry { value: value?, source: Source::File(given.value.span()) };
        self.note_unserved(key, &entry, &name, &Source::File(given.key.clone()));
        Some(entry)
    }

    /// Says that a valid setting has no effect yet: once per noun, table or key.
    fn note_unserved(&mut self, key: &Key, entry: &Entry, name: &str, at: &Source) {
        match (key.served, &entry.value) {
            _ if self.unserved => {}
            (Served::Words(words), Value::Text(word)) if !words.contains(&word.as_str()) => {
                let served = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
                self.findings.unserved(&entry.source, &format!("{name} = \"{word}\""), &format!("it serves {served}"));
            }
            (Served::Yes | Served::Words(_), _) => {}
            (Served::No, Value::Named(tables)) => {
                tables.iter().for_each(|(_, table)| {
                    self.findings.unserved(&table.source, &table.path, "remove it to start a node");
                });
            }
            (Served::No, Value::Tables(tables)) => {
                tables
                    .iter()
                    .for_each(|table| self.findings.unserved(&table.source, &table.path, "remove it to start a node"));
            }
            (Served::No, _) => self.findings.unserved(at, name, "remove it to start a node"),
        }
    }

    fn value(&mut self, key: &'static Key, kind: &'static Kind, given: &Given<'_, '_>, name: &str) -> Option<Value> {
        let source = Source::File(given.value.span());
        match (kind, given.value.get_ref()) {
            (Kind::Open, _) => Some(Value::Open),
            (Kind::Either(kinds), raw) => self.either(key, kinds, given, raw, name),
            (Kind::Table(keys), DeValue::Table(raw)) => {
                Some(Value::Table(self.table(keys, Some(raw), name.to_owned(), key_place(given))))
            }
            (Kind::Named(keys), DeValue::Table(raw)) => Some(self.named(key, keys, raw, name)),
            (Kind::Tables(keys), DeValue::Array(raw)) => Some(self.tables(keys, raw, name)),
            (Kind::List { of, max }, DeValue::Array(raw)) => self.list(key, of, *max, raw, name, &source),
            (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Kind::Integer { .. }, DeValue::Integer(number)) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                let value = number.and_then(|number| integer(kind, number));
                self.or_refuse(value, kind, given, name)
            }
            (Kind::Ratio { .. }, DeValue::Integer(_) | DeValue::Float(_)) => {
                let value = number_of(given.value.get_ref()).and_then(|number| ratio(kind, number));
                self.or_refuse(value, kind, given, name)
            }
            (_, DeValue::String(text)) => {
                let value = from_string(kind, text);
                if value.is_none() {
                    self.refused_text(kind, name, text, &source);
                }
                value
            }
            _ => self.or_refuse(None, kind, given, name),
        }
    }

    /// The alternatives of the value's own type decide; if there is one, its error is the precise one.
    fn either(
        &mut self,
        key: &'static Key,
        kinds: &'static [Kind],
        given: &Given<'_, '_>,
        raw: &DeValue<'_>,
        name: &str,
    ) -> Option<Value> {
        let fitting: Vec<&'static Kind> = kinds.iter().filter(|kind| fits(kind, raw)).collect();
        match (fitting.as_slice(), raw) {
            ([only], _) => self.value(key, only, given, name),
            (several, DeValue::String(text)) if !several.is_empty() => {
                let value = several.iter().find_map(|kind| from_string(kind, text));
                if value.is_none() {
                    self.refused_text(&key.kind, name, text, &Source::File(given.value.span()));
                }
                value
            }
            _ => self.or_refuse(None, &key.kind, given, name),
        }
    }

    fn named(&mut self, key: &Key, keys: &'static [Key], raw: &DeTable<'_>, name: &str) -> Value {
        let mut tables = Vec::new();
        for (child, value) in raw {
            let source = Source::File(child.span());
            let path = join(name, child.get_ref());
            if !is_name(child.get_ref()) {
                self.findings.error(
                    &source,
                    format!("`{}` is not a name", cut(child.get_ref())),
                    Some(describe(&Kind::Name)),
                );
            } else if tables.len() == NAMED_MAX {
                self.findings.error(&source, format!("more than {NAMED_MAX} tables in [{name}]"), None);
                break;
            } else if let DeValue::Table(raw) = value.get_ref() {
                let table = self.table(keys, Some(raw), path, source);
                tables.push((child.get_ref().to_string(), table));
            } else {
                let help = Some(format!("write `[{name}.NAME]` with the settings below it"));
                self.findings.error(
                    &source,
                    format!("`{path}` must be a table, not {}", type_name(value.get_ref())),
                    help,
                );
            }
        }
        if let Preset::Value(always) = key.preset
            && !tables.iter().any(|(name, _)| name == always)
        {
            let table = self.table(keys, None, join(name, always), Source::Preset);
            tables.push((always.to_owned(), table));
            tables.sort_by(|a, b| a.0.cmp(&b.0));
        }
        Value::Named(tables)
    }

    fn tables(&mut self, keys: &'static [Key], raw: &DeArray<'_>, name: &str) -> Value {
        let mut tables = Vec::new();
        for (index, value) in raw.iter().enumerate().take(NAMED_MAX) {
            let (path, source) = (format!("{name}[{index}]"), Source::File(value.span()));
            match value.get_ref() {
                DeValue::Table(raw) => tables.push(self.table(keys, Some(raw), path, source)),
                other => {
                    self.findings.error(&source, format!("`{path}` must be a table, not {}", type_name(other)), None);
                }
            }
        }
        if let Some(extra) = raw.get(NAMED_MAX) {
            self.findings.error(&Source::File(extra.span()), format!("more than {NAMED_MAX} tables in `{name}`"), None);
        }
        Value::Tables(tables)
    }

    fn list(
        &mut self,
        key: &'static Key,
        of: &'static Kind,
        max: usize,
        raw: &DeArray<'_>,
        name: &str,
        source: &Source,
    ) -> Option<Value> {
        if raw.len() > max {
            self.findings.error(source, format!("`{name}` has more than {max} elements"), None);
            return None;
        }
        let mut entries = Vec::new();
        for (index, value) in raw.iter().enumerate() {
            let given = Given { key: value.span(), value };
            let value = self.value(key, of, &given, &format!("{name}[{index}]"));
            entries.extend(value.map(|value| Entry { value, source: Source::File(given.key) }));
        }
        Some(Value::List(entries))
    }

    fn or_refuse(&mut self, value: Option<Value>, kind: &Kind, given: &Given<'_, '_>, name: &str) -> Option<Value> {
        if value.is_none() {
            let raw = given.value.get_ref();
            let shown = match raw {
                DeValue::Integer(number) => cut(&number.to_string()),
                DeValue::Float(number) => cut(number.as_str()),
                DeValue::Boolean(flag) => flag.to_string(),
                other => type_name(other).to_owned(),
            };
            let digits = match raw {
                DeValue::Integer(number) => advice(kind, number.as_str()),
                _ => None,
            };
            self.refused(kind, name, &shown, digits, &Source::File(given.value.span()));
        }
        value
    }

    fn refused_text(&mut self, kind: &Kind, name: &str, text: &str, source: &Source) {
        let shown = if holds_secret(kind, text) { "the value".to_owned() } else { format!("\"{}\"", cut(text)) };
        self.refused(kind, name, &shown, advice(kind, text), source);
    }

    fn refused(&mut self, kind: &Kind, name: &str, shown: &str, advice: Option<String>, source: &Source) {
        let message = format!("{shown} is not allowed for `{name}`; expected {}", describe(kind));
        self.findings.error(source, message, advice);
    }
}

/// A table is reported at the key that opens it.
fn key_place(given: &Given<'_, '_>) -> Source {
    Source::File(given.key.clone())
}

/// Whether the value's TOML type is the one that `kind` is written in.
fn fits(kind: &Kind, raw: &DeValue<'_>) -> bool {
    match raw {
        DeValue::Boolean(_) => matches!(kind, Kind::Flag),
        DeValue::Integer(_) => matches!(kind, Kind::Integer { .. } | Kind::Ratio { .. }),
        DeValue::Float(_) => matches!(kind, Kind::Ratio { .. }),
        DeValue::Datetime(_) => false,
        DeValue::Array(_) => matches!(kind, Kind::List { .. } | Kind::Tables(_)),
        DeValue::Table(_) => matches!(kind, Kind::Table(_) | Kind::Named(_)),
        DeValue::String(_) => !matches!(
            kind,
            Kind::Flag
                | Kind::Integer { .. }
                | Kind::Ratio { .. }
                | Kind::List { .. }
                | Kind::Table(_)
                | Kind::Named(_)
                | Kind::Tables(_)
        ),
    }
}

fn number_of(raw: &DeValue<'_>) -> Option<f64> {
    match raw {
        DeValue::Integer(number) => i32::from_str_radix(number.as_str(), number.radix()).ok().map(f64::from),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn type_name(raw: &DeValue<'_>) -> &'static str {
    match raw {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Whether a refused text may be a secret, which a message must not repeat.
fn holds_secret(kind: &Kind, text: &str) -> bool {
    match kind {
        Kind::Secret => true,
        Kind::Url => text.contains('@'),
        Kind::Either(kinds) => kinds.iter().any(|kind| holds_secret(kind, text)),
        Kind::List { of, .. } => holds_secret(of, text),
        _ => false,
    }
}

/// At most 60 characters of a user's text, without control characters.
pub(crate) fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
