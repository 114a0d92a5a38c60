//! Typed reading of a TOML text that collects every mistake instead of stopping at the first.

mod named;

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml_edit::{Item, TableLike, Value};

use super::findings::{Findings, Span, nearest};
use super::units::{parse_bytes, parse_duration, show_duration, shown};

/// A table of the user's text over the table of the defaults.
pub(super) struct Section<'a> {
    findings: &'a Findings<'a>,
    name: String,
    user: Option<&'a dyn TableLike>,
    fallback: Option<&'a dyn TableLike>,
    /// Where the user's table begins; the head of the text where there is none.
    span: Span,
    known: RefCell<Vec<&'static str>>,
}

/// A value with its key, as it stands in its section, and its place.
pub(super) struct Found<'a> {
    pub(super) item: &'a Item,
    pub(super) key: String,
    /// The place of the value, or of the section where the value is a default.
    pub(super) span: Span,
}

impl<'a> Section<'a> {
    pub(super) fn root(
        findings: &'a Findings<'a>,
        user: &'a dyn TableLike,
        fallback: &'a dyn TableLike,
    ) -> Self {
        Self {
            findings,
            name: String::new(),
            user: Some(user),
            fallback: Some(fallback),
            span: 0..0,
            known: RefCell::default(),
        }
    }

    /// The place of the section's head.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Whether the user's text sets `key`.
    pub(super) fn sets(&self, key: &str) -> bool {
        self.user.is_some_and(|user| user.get(key).is_some())
    }

    /// The names of the user's keys with their places.
    pub(super) fn user_keys(&self) -> Vec<(&'a str, Span)> {
        let Some(user) = self.user else { return Vec::new() };
        user.iter().map(|(key, item)| (key, key_span(user, key, item).unwrap_or(self.span()))).collect()
    }

    /// The full name of a key of this section.
    pub(super) fn full(&self, key: &str) -> String {
        let bare =
            !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let key = if bare { key.to_owned() } else { shown(key) };
        if self.name.is_empty() { key } else { format!("{}.{key}", self.name) }
    }

    /// Notes a mistake at the value of `key`, or at the section's head where the user did not set it.
    pub(super) fn wrong(&self, key: &str, message: impl Into<String>) {
        let span = self.user.and_then(|u| u.get(key)).and_then(Item::span).unwrap_or(self.span());
        self.findings.add(span, &self.full(key), message);
    }

    /// Notes a mistake at the name of `key` itself.
    pub(super) fn wrong_key(&self, key: &str, message: impl Into<String>) {
        let span = self.user.and_then(|user| key_span(user, key, user.get(key)?)).unwrap_or(self.span());
        self.findings.add(span, &self.full(key), message);
    }

    /// The value of `key`: the user's, else the default's.
    pub(super) fn value(&self, key: &'static str) -> Option<Found<'a>> {
        self.learn(key);
        self.any_value(key)
    }

    fn any_value(&self, key: &str) -> Option<Found<'a>> {
        if let Some((user, item)) = self.user.and_then(|user| Some((user, user.get(key)?))) {
            let span = item.span().or_else(|| key_span(user, key, item)).unwrap_or(self.span());
            return Some(Found { item, key: key.to_owned(), span });
        }
        let item = self.fallback.and_then(|fallback| fallback.get(key))?;
        Some(Found { item, key: key.to_owned(), span: self.span() })
    }

    /// Makes `key` known, so that it is not taken for a mistake.
    pub(super) fn learn(&self, key: &'static str) {
        self.known.borrow_mut().push(key);
        #[cfg(test)]
        self.findings.learn(strip_numbers(&self.full(key)));
    }

    /// A text; `None` where it is missing or wrong, which is noted.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        let found = self.value(key)?;
        let Some(text) = found.item.as_str() else {
            self.mistyped(&found, "a text in quotes");
            return None;
        };
        if text.contains('\0') {
            self.findings.add(found.span, &self.full(&found.key), "holds a NUL character; remove it");
            return None;
        }
        Some(text.to_owned())
    }

    /// A text, where an empty one means none.
    pub(super) fn text_or_none(&self, key: &'static str) -> Option<String> {
        self.text(key).filter(|text| !text.trim().is_empty())
    }

    /// `true` or `false`; `false` where it is missing or wrong, which is noted.
    pub(super) fn flag(&self, key: &'static str) -> bool {
        let Some(found) = self.value(key) else { return false };
        found.item.as_bool().unwrap_or_else(|| {
            self.mistyped(&found, "true or false");
            false
        })
    }

    /// A whole number within `range`.
    pub(super) fn whole(&self, key: &'static str, range: RangeInclusive<u8>) -> Option<u8> {
        let found = self.value(key)?;
        let Some(number) = found.item.as_integer() else {
            self.mistyped(&found, "a whole number");
            return None;
        };
        let within = u8::try_from(number).ok().filter(|n| range.contains(n));
        if within.is_none() {
            let message = format!("is {number}; it must be from {} to {}", range.start(), range.end());
            self.findings.add(found.span, &self.full(&found.key), message);
        }
        within
    }

    /// A time within `range`.
    pub(super) fn time(&self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        let text = self.text_of_unit(key, "a time in quotes, such as \"5m\"")?;
        let wrong = match parse_duration(&text) {
            Ok(time) if range.contains(&time) => return Some(time),
            Ok(time) => format!(
                "is {}; it must be from {} to {}",
                show_duration(time),
                show_duration(*range.start()),
                show_duration(*range.end())
            ),
            Err(wrong) => wrong,
        };
        self.wrong(key, wrong);
        None
    }

    /// A size in bytes, from 1 to `most`.
    pub(super) fn size(&self, key: &'static str, most: u64) -> Option<u64> {
        let found = self.value(key)?;
        let bytes = match found.item {
            Item::Value(Value::Integer(n)) => u64::try_from(*n.value()).map_err(|_| "is negative".to_owned()),
            Item::Value(Value::String(text)) => parse_bytes(text.value()),
            _ => {
                self.mistyped(&found, "a size, such as \"256 KB\"");
                return None;
            }
        };
        let wrong = match bytes {
            Ok(bytes) if (1..=most).contains(&bytes) => return Some(bytes),
            Ok(bytes) => format!("is {bytes} bytes; it must be from 1 to {most}"),
            Err(wrong) => wrong,
        };
        self.findings.add(found.span, &self.full(&found.key), wrong);
        None
    }

    fn text_of_unit(&self, key: &'static str, wanted: &str) -> Option<String> {
        let found = self.value(key)?;
        let text = found.item.as_str();
        if text.is_none() {
            self.mistyped(&found, wanted);
        }
        text.map(str::to_owned)
    }

    /// A list of texts; empty where it is missing or wrong, which is noted.
    pub(super) fn words(&self, key: &'static str) -> Vec<String> {
        const WANTED: &str = "a list of texts, such as [\"a\", \"b\"]";
        let Some(found) = self.value(key) else { return Vec::new() };
        let Some(list) = found.item.as_array() else {
            self.mistyped(&found, WANTED);
            return Vec::new();
        };
        let mut words = Vec::new();
        for value in list {
            let span = value.span().unwrap_or(found.span.clone());
            match value.as_str() {
                Some(word) if word.contains('\0') => {
                    self.findings.add(span, &self.full(&found.key), "holds a NUL character; remove it");
                }
                Some(word) => words.push(word.to_owned()),
                None => {
                    let message = format!("holds {}; it must be {WANTED}", type_of(value));
                    self.findings.add(span, &self.full(&found.key), message);
                }
            }
        }
        words
    }

    /// The table `key`, or an empty one where it is missing or no table, which is noted.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        self.learn(key);
        self.sub(key)
    }

    /// Like [`Self::section`] for a key that is not fixed.
    pub(super) fn sub(&self, key: &str) -> Section<'a> {
        let mut span = self.span();
        let mut user = None;
        if let Some((table, item)) = self.user.and_then(|user| Some((user, user.get(key)?))) {
            span = key_span(table, key, item).unwrap_or(span);
            user = item.as_table_like();
            if user.is_none() {
                let found = Found { item, key: key.to_owned(), span: span.clone() };
                self.mistyped(&found, &format!("a table: [{}]", self.full(key)));
            }
        }
        let fallback = self.fallback.and_then(|f| f.get(key)).and_then(Item::as_table_like);
        Section {
            findings: self.findings,
            name: self.full(key),
            user,
            fallback,
            span,
            known: RefCell::default(),
        }
    }

    /// The list of tables `key`: the user's, else the default's.
    ///
    /// What an entry leaves out is as in the first entry of the defaults; see [`Self::own_text`] for what it may not.
    pub(super) fn list(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(found) = self.value(key) else { return Vec::new() };
        let tables: Vec<(Option<&'a dyn TableLike>, Span)> = match found.item {
            Item::ArrayOfTables(tables) => tables
                .iter()
                .map(|t| (Some(t as &dyn TableLike), t.span().unwrap_or(found.span.clone())))
                .collect(),
            Item::Value(Value::Array(list)) => list
                .iter()
                .map(|value| {
                    let table = value.as_inline_table().map(|t| t as &dyn TableLike);
                    (table, value.span().unwrap_or(found.span.clone()))
                })
                .collect(),
            _ => {
                self.mistyped(&found, &format!("a list of tables: [[{key}]]"));
                return Vec::new();
            }
        };
        let first = self.fallback.and_then(|f| f.get(key)).and_then(Item::as_array_of_tables);
        let first = first.and_then(|tables| tables.iter().next()).map(|t| t as &dyn TableLike);
        let from_user = self.sets(key);
        let mut sections = Vec::new();
        for (index, (user, span)) in tables.into_iter().enumerate() {
            let name = format!("{}[{}]", self.full(key), index + 1);
            if user.is_none() {
                self.findings.add(span, &name, format!("must be a table: [[{key}]]"));
                continue;
            }
            let span = if from_user { span } else { self.span() };
            sections.push(Section {
                findings: self.findings,
                name,
                user,
                fallback: first,
                span,
                known: RefCell::default(),
            });
        }
        sections
    }

    /// A text that every entry of a list must set for itself.
    pub(super) fn own_text(&self, key: &'static str) -> Option<String> {
        self.learn(key);
        if !self.sets(key) {
            self.findings.add(self.span(), &self.full(key), "is missing; every entry needs its own");
            return None;
        }
        let text = self.text(key)?;
        if text.trim().is_empty() {
            self.wrong(key, "is empty; every entry needs its own");
            return None;
        }
        Some(text)
    }

    /// Notes every key of the user's that nobody asked for.
    pub(super) fn refuse_others(&self) {
        let known = self.known.borrow();
        for (key, span) in self.user_keys() {
            if known.contains(&key) {
                continue;
            }
            let hint = match nearest(key, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let mut names: Vec<&str> = known.clone();
                    names.dedup();
                    format!("remove it; the keys here are {}", names.join(", "))
                }
            };
            self.findings.add(span, &self.full(key), format!("there is no such key; {hint}"));
        }
    }

    pub(super) fn mistyped(&self, found: &Found<'_>, wanted: &str) {
        let is = match found.item {
            Item::Value(value) => type_of(value),
            Item::Table(_) => "a table",
            Item::ArrayOfTables(_) => "a list of tables",
            Item::None => "nothing",
        };
        self.findings.add(
            found.span.clone(),
            &self.full(&found.key),
            format!("is {is}; it must be {wanted}"),
        );
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time without quotes",
        Value::Array(_) => "a list",
        Value::InlineTable(_) => "a table",
    }
}

fn key_span(table: &dyn TableLike, key: &str, item: &Item) -> Option<Span> {
    table.get_key_value(key).and_then(|(k, _)| k.span()).or_else(|| item.span())
}

#[cfg(test)]
fn strip_numbers(name: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' => inside = true,
            ']' => {
                inside = false;
                out.push_str("[]");
            }
            _ if inside => {}
            _ => out.push(c),
        }
    }
    out
}
