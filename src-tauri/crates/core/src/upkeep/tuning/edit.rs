//! One change of one value in a settings file: the text is cut at that value, and what comes out is read again and compared.

use std::ops::Range;

use super::value::{self, Kind, kind_of, written};
use super::yaml::{Node, Shape, What, Yaml, fault};
use crate::error::{Error, ErrorKind, Result};

/// What a change did to a file.
#[derive(Debug)]
pub(super) struct Edited {
    /// The file as it would be.
    pub(super) yaml: Yaml,
    /// The line of the change, counted from 1.
    pub(super) line: usize,
    /// What stood there; `None` where nothing did.
    pub(super) before: Option<String>,
    /// What stands there then.
    pub(super) after: Option<String>,
}

/// A piece of text in place of another.
type Cut = (Range<usize>, String);

/// Sets the value at `place`; `None` where it says that already.
///
/// # Errors
/// When the value is not a single one, is repeated by an alias, or `new` is of another kind than what stands there.
pub(super) fn set(yaml: &Yaml, place: &[usize], new: &str) -> Result<Option<Edited>> {
    let node = single(yaml, place)?;
    let What::Scalar { says, plain } = &node.what else { return Err(missing(yaml)) };
    let kind = kind_of(says, *plain);
    let text = written(kind, new).map_err(|what| {
        Error::new(ErrorKind::Usage, format!("{}, line {}: this {what}", yaml.path.display(), node.line))
            .at(&yaml.path)
            .hint("Give a value of the kind that stands there; nothing was changed.")
    })?;
    let same_number = || matches!((says.parse::<f64>(), new.parse::<f64>()), (Ok(a), Ok(b)) if a == b);
    if kind != Kind::Nothing && (says == new || (kind == Kind::Number && same_number())) {
        return Ok(None);
    }
    let shape = Shape::Scalar { says: new.to_owned(), plain: !text.starts_with('"'), tag: None };
    fill(yaml, place, text, shape).map(Some)
}

/// Adds a text to the list at `place`, which may be empty; `None` where it is in it already.
///
/// # Errors
/// When it is no list of single values, or one that cannot be added to without touching other text.
pub(super) fn add(yaml: &Yaml, place: &[usize], name: &str) -> Result<Option<Edited>> {
    let node = free(yaml, place)?;
    let quoted = value::quoted(name);
    let item = Shape::Scalar { says: name.to_owned(), plain: false, tag: None };
    let What::List { items, flow } = &node.what else {
        single(yaml, place)?;
        let nothing =
            matches!(&node.what, What::Scalar { says, plain } if kind_of(says, *plain) == Kind::Nothing);
        if !nothing {
            return Err(by_hand(yaml, node.line, "this is no list"));
        }
        return fill(yaml, place, format!("[{quoted}]"), Shape::List(vec![item])).map(Some);
    };
    if items.iter().any(|known| known.says() == Some(name)) {
        return Ok(None);
    }
    let (cut, line): (Cut, usize) = match items.last() {
        None => (at(node.bytes.start + 1, quoted.clone()), node.line),
        Some(last) if *flow => (at(last.bytes.end, format!(", {quoted}")), last.line),
        Some(last) => {
            let dash = dash(yaml, last)?;
            let end = line_end(&yaml.text, last.bytes.end);
            let text = format!("{}{}{quoted}", line_break(&yaml.text), &yaml.text[dash]);
            (at(end, text), last.line + 1)
        }
    };
    let mut expected = yaml.shape();
    put(&mut expected, place, |shape| {
        if let Shape::List(items) = shape {
            items.push(item);
        }
    });
    Ok(Some(Edited { yaml: made(yaml, vec![cut], &expected)?, line, before: None, after: Some(quoted) }))
}

/// Takes a text out of the list at `place`; `None` where it is not in it.
///
/// # Errors
/// When it cannot be taken out without touching other text.
pub(super) fn take(yaml: &Yaml, place: &[usize], name: &str) -> Result<Option<Edited>> {
    let node = free(yaml, place)?;
    let What::List { items, flow } = &node.what else { return Ok(None) };
    let Some(index) = items.iter().position(|item| item.says() == Some(name)) else { return Ok(None) };
    let item = &items[index];
    let cuts = if *flow {
        let range = match (index, items.get(index + 1)) {
            (0, None) => item.bytes.clone(),
            (0, Some(next)) => item.bytes.start..next.bytes.start,
            _ => items[index - 1].bytes.end..item.bytes.end,
        };
        let rest = [&yaml.text[range.start..item.bytes.start], &yaml.text[item.bytes.end..range.end]];
        if rest.iter().any(|text| text.contains('#')) {
            return Err(by_hand(yaml, item.line, "a comment stands in the middle of the list"));
        }
        vec![(range, String::new())]
    } else {
        let dash = dash(yaml, item)?;
        let end = line_end(&yaml.text, item.bytes.end);
        // The line goes with its end; the last line of a file without one goes with the end before it.
        let range = match after_break(&yaml.text, end) {
            next if next > end => dash.start..next,
            _ => before_break(&yaml.text, dash.start)..end,
        };
        let mut cuts = vec![(range, String::new())];
        if items.len() == 1 {
            // A key without a value would be nothing to the reader, not an empty list.
            cuts.insert(0, at(colon(yaml, place)?, " []".to_owned()));
        }
        cuts
    };
    let before = Some(yaml.text[item.bytes.clone()].to_owned());
    let mut expected = yaml.shape();
    put(&mut expected, place, |shape| {
        if let Shape::List(items) = shape {
            items.remove(index);
        }
    });
    Ok(Some(Edited { yaml: made(yaml, cuts, &expected)?, line: item.line, before, after: None }))
}

/// Adds a key at the end of the file, with a list of one text.
///
/// # Errors
/// When nothing can be added there: the file ends in a document's end, or is one section in brackets.
pub(super) fn append(yaml: &Yaml, key: &str, name: &str) -> Result<Edited> {
    let value = format!("[{}]", value::quoted(name));
    let newline = line_break(&yaml.text);
    let whole = yaml.text.ends_with(['\n', '\r']) || yaml.root.is_none() && yaml.text.is_empty();
    if yaml.ends_in_block && !whole {
        let line = super::tabs::line_of(&yaml.text, yaml.text.len());
        return Err(by_hand(yaml, line, "this cannot be changed without changing what is around it"));
    }
    let text = if whole { format!("{key}: {value}{newline}") } else { format!("{newline}{key}: {value}") };
    let mut expected = yaml.shape();
    let scalar = |says: &str, plain| Shape::Scalar { says: says.to_owned(), plain, tag: None };
    if let Shape::Map(entries) = &mut expected {
        entries.push((scalar(key, true), Shape::List(vec![scalar(name, false)])));
    }
    let made = made(yaml, vec![at(yaml.text.len(), text)], &expected)?;
    let line = super::tabs::line_of(&made.text, made.text.trim_end().len());
    Ok(Edited { yaml: made, line, before: None, after: Some(value) })
}

/// Puts a value, or an empty place, to something else.
fn fill(yaml: &Yaml, place: &[usize], text: String, shape: Shape) -> Result<Edited> {
    let node = single(yaml, place)?;
    let before = (!node.bytes.is_empty()).then(|| yaml.text[node.bytes.clone()].to_owned());
    let (cut, line) = match before {
        Some(_) => ((node.bytes.clone(), text.clone()), node.line),
        None => {
            let colon = colon(yaml, place)?;
            (at(colon, format!(" {text}")), super::tabs::line_of(&yaml.text, colon))
        }
    };
    let mut expected = yaml.shape();
    put(&mut expected, place, |old| *old = shape);
    Ok(Edited { yaml: made(yaml, vec![cut], &expected)?, line, before, after: Some(text) })
}

/// The file with its cuts, read again: it must say what is expected, and nothing else.
fn made(yaml: &Yaml, cuts: Vec<Cut>, expected: &Shape) -> Result<Yaml> {
    let (mut text, mut from) = (String::with_capacity(yaml.text.len() + 64), 0);
    for (range, with) in &cuts {
        text.push_str(&yaml.text[from..range.start]);
        text.push_str(with);
        from = range.end;
    }
    text.push_str(&yaml.text[from..]);
    let line = super::tabs::line_of(&yaml.text, cuts.first().map_or(0, |(range, _)| range.start));
    let after = Yaml::read(&yaml.path, text.into_bytes());
    match after {
        Ok(after) if after.shape() == *expected => Ok(after),
        _ => Err(by_hand(yaml, line, "this cannot be changed without changing what is around it")),
    }
}

/// The node at `place`, if what is done to it changes nothing elsewhere.
fn free<'y>(yaml: &'y Yaml, place: &[usize]) -> Result<&'y Node> {
    for depth in 0..=place.len() {
        if let Some(node) = yaml.at(&place[..depth])
            && yaml.repeated.contains(&node.anchor)
        {
            return Err(by_hand(yaml, node.line, "an alias repeats this elsewhere in the file"));
        }
    }
    let node = yaml.at(place).ok_or_else(|| missing(yaml))?;
    match (&node.what, &node.tag) {
        (What::Alias(_), _) => Err(by_hand(yaml, node.line, "this is an alias of another value")),
        (_, Some(_)) => Err(by_hand(yaml, node.line, "this value has a tag")),
        _ => Ok(node),
    }
}

/// The same, if it is one value on one line.
fn single<'y>(yaml: &'y Yaml, place: &[usize]) -> Result<&'y Node> {
    let node = free(yaml, place)?;
    let text = &yaml.text[node.bytes.clone()];
    match &node.what {
        What::Map { .. } => Err(by_hand(yaml, node.line, "this is a section, not a value")),
        What::List { .. } => Err(by_hand(yaml, node.line, "this is a list, not a value")),
        What::Scalar { plain, .. }
            if text.contains(['\n', '\r']) || !(*plain || text.starts_with(['"', '\''])) =>
        {
            Err(by_hand(yaml, node.line, "this is a text of several lines"))
        }
        _ if text.is_empty() && node.anchor != 0 => {
            Err(by_hand(yaml, node.line, "this is an anchor of nothing"))
        }
        _ => Ok(node),
    }
}

/// Where a value would follow the colon of its key.
fn colon(yaml: &Yaml, place: &[usize]) -> Result<usize> {
    let key = place.split_last().and_then(|(index, above)| {
        let (key, _) = yaml.at(above)?.entries().get(*index)?;
        Some(key)
    });
    let key = key.ok_or_else(|| missing(yaml))?;
    let rest = &yaml.text[key.bytes.end..];
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    if !rest[spaces..].starts_with(':') {
        return Err(by_hand(yaml, key.line, "this key has no colon behind it"));
    }
    Ok(key.bytes.end + spaces + 1)
}

/// What stands before an item of a list on its line: spaces, a dash, spaces.
fn dash(yaml: &Yaml, item: &Node) -> Result<Range<usize>> {
    let start = yaml.text[..item.bytes.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let before = &yaml.text[start..item.bytes.start];
    let one_line = !yaml.text[item.bytes.clone()].contains(['\n', '\r']);
    let plain = before
        .trim_start_matches(' ')
        .strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte == b' '));
    if item.says().is_none() || !one_line || !plain {
        return Err(by_hand(yaml, item.line, "this list does not have one name a line"));
    }
    Ok(start..item.bytes.start)
}

fn put(shape: &mut Shape, place: &[usize], change: impl FnOnce(&mut Shape)) {
    match (place.split_first(), shape) {
        (None, shape) => change(shape),
        (Some((index, rest)), Shape::Map(entries)) => {
            if let Some((_, value)) = entries.get_mut(*index) {
                put(value, rest, change);
            }
        }
        _ => {}
    }
}

fn at(at: usize, text: String) -> Cut {
    (at..at, text)
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find(['\n', '\r']).map_or(text.len(), |at| from + at)
}

fn after_break(text: &str, end: usize) -> usize {
    let rest = &text[end..];
    end + if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) }
}

fn before_break(text: &str, start: usize) -> usize {
    let before = &text[..start];
    start - if before.ends_with("\r\n") { 2 } else { usize::from(before.ends_with(['\n', '\r'])) }
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn missing(yaml: &Yaml) -> Error {
    Error::new(ErrorKind::NotFound, format!("{} has no such key", yaml.path.display())).at(&yaml.path)
}

fn by_hand(yaml: &Yaml, line: usize, what: &str) -> Error {
    let mut error = fault(&yaml.path, line, what, "Change it by hand; nothing was changed.");
    error.kind = ErrorKind::Usage;
    error
}
