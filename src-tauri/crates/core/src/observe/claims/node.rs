//! JSON from a stranger, read with bounds: only what is wanted is kept, the rest is passed over unbuilt.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Levels that are kept: answer, modules, one module, its values.
const DEEPEST: usize = 4;
/// Values that are kept in all.
const MOST: usize = 20_000;

/// A value that was kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// Too deep or too many: passed over.
    Skipped,
}

/// Reads the object at the start of `text`, of which only the top-level keys in `wanted` are kept.
///
/// With `whole`, nothing may follow it. The second half of the result tells whether there was more than is
/// kept. Python writes `NaN`, `Infinity` and numbers beyond every range:
/// they are read as text.
pub(super) fn read(text: &str, wanted: &[&str], whole: bool) -> Result<(Node, bool), String> {
    parse(text, wanted, whole).or_else(|first| match quote_odd_numbers(text) {
        Some(mended) => parse(&mended, wanted, whole).map_err(|e| e.to_string()),
        None => Err(first.to_string()),
    })
}

fn parse(text: &str, wanted: &[&str], whole: bool) -> Result<(Node, bool), serde_json::Error> {
    let left = Cell::new(MOST);
    let mut stream = serde_json::Deserializer::from_str(text);
    let node = Seed { depth: 0, wanted, left: &left }.deserialize(&mut stream)?;
    if !matches!(node, Node::Map(_)) {
        return Err(serde_json::Error::custom("it is not an object"));
    }
    if whole {
        stream.end()?;
    }
    Ok((node, left.get() == 0))
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    wanted: &'a [&'a str],
    left: &'a Cell<usize>,
}

impl<'a> Seed<'a> {
    fn below(self) -> Option<Seed<'a>> {
        let left = self.left.get().checked_sub(1)?;
        self.left.set(left);
        (self.depth + 1 < DEEPEST).then_some(Seed { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Negative(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.chars().take(1_000).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        if self.depth == 0 {
            return Err(A::Error::custom("it is a list, not an object"));
        }
        let mut kept = Vec::new();
        loop {
            match self.below() {
                Some(below) => match list.next_element_seed(below)? {
                    Some(node) => kept.push(node),
                    None => break,
                },
                None => match list.next_element::<IgnoredAny>()? {
                    Some(_) => {}
                    None => break,
                },
            }
        }
        Ok(Node::List(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut kept = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let wanted = self.depth > 0 || self.wanted.contains(&&*key);
            match wanted.then(|| self.below()).flatten() {
                Some(below) => kept.push((key.into_owned(), map.next_value_seed(below)?)),
                None => {
                    map.next_value::<IgnoredAny>()?;
                    if wanted && self.left.get() > 0 {
                        kept.push((key.into_owned(), Node::Skipped));
                    }
                }
            }
        }
        Ok(Node::Map(kept))
    }
}

/// Puts quotes around `NaN`, `Infinity` and numbers too large for any range; `None` when there are none.
fn quote_odd_numbers(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' | b'N' | b'I' => {
                let start = at;
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'+' | b'-' | b'.'))
                {
                    at += 1;
                }
                let word = &text[start..at];
                let odd = matches!(word, "NaN" | "Infinity" | "-Infinity" | "-NaN")
                    || word.parse::<f64>().is_ok_and(|n| n.is_infinite() && !word.contains(['i', 'I']));
                if odd {
                    out.push_str(&text[copied..start]);
                    out.push('"');
                    out.push_str(&word[..word.len().min(40)]);
                    out.push('"');
                    copied = at;
                }
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}
