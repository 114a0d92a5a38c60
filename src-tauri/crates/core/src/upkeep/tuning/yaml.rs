//! Settings in YAML, read strictly and with the place of every value, so that a change touches that value alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use super::tabs;
use crate::error::{Error, ErrorKind, Result};

/// Levels of sections and lists.
const DEEPEST: usize = 32;
/// Values in a file.
const MOST: usize = 20_000;
/// Values in a file once each alias stands for what it repeats.
const MOST_REPEATED: usize = 100_000;
const BOM: char = '\u{feff}';

/// A settings file that was understood.
#[derive(Debug, Clone)]
pub(in crate::upkeep) struct Yaml {
    pub(super) path: PathBuf,
    /// All of it, with the byte order mark where there is one.
    pub(super) text: String,
    /// `None` where there is nothing but comments.
    pub(super) root: Option<Node>,
    /// Anchors that some alias repeats.
    pub(super) repeated: BTreeSet<usize>,
    /// Whether its last value is a block of lines, to which a line end behind it may belong.
    pub(super) ends_in_block: bool,
}

/// A value with its place in the text.
#[derive(Debug, Clone)]
pub(in crate::upkeep) struct Node {
    pub(super) what: What,
    pub(super) bytes: Range<usize>,
    pub(in crate::upkeep) line: usize,
    pub(super) anchor: usize,
    pub(super) tag: Option<String>,
}

/// What stands there.
#[derive(Debug, Clone)]
pub(in crate::upkeep) enum What {
    /// A single value: what it says, and whether it stands there without quotes.
    Scalar { says: String, plain: bool },
    /// Keys and values.
    Map { entries: Vec<(Node, Node)> },
    /// A list.
    List { items: Vec<Node>, flow: bool },
    /// What the anchor with this number says.
    Alias(usize),
}

/// What a file says, wherever it says it: to hold two of them against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar { says: String, plain: bool, tag: Option<String> },
    Map(Vec<(Shape, Shape)>),
    List(Vec<Shape>),
    Alias(usize),
}

impl Node {
    /// What it says, wherever it stands.
    pub(super) fn shape(&self) -> Shape {
        match &self.what {
            What::Scalar { says, plain } => {
                Shape::Scalar { says: says.clone(), plain: *plain, tag: self.tag.clone() }
            }
            What::Map { entries } => {
                Shape::Map(entries.iter().map(|(key, value)| (key.shape(), value.shape())).collect())
            }
            What::List { items, .. } => Shape::List(items.iter().map(Self::shape).collect()),
            What::Alias(of) => Shape::Alias(*of),
        }
    }

    /// What a single value says.
    pub(in crate::upkeep) fn says(&self) -> Option<&str> {
        match &self.what {
            What::Scalar { says, .. } => Some(says),
            _ => None,
        }
    }

    /// The entries of a section.
    pub(in crate::upkeep) fn entries(&self) -> &[(Node, Node)] {
        match &self.what {
            What::Map { entries } => entries,
            _ => &[],
        }
    }
}

/// A refusal that names file, line, fault and remedy.
pub(super) fn fault(path: &Path, line: usize, what: &str, remedy: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("{}, line {line}: {what}", path.display())).at(path).hint(remedy)
}

/// Where a file is not settings that every reader takes alike, and why.
pub(in crate::upkeep) fn fault_of(error: &Error, path: &Path) -> (Option<u64>, String) {
    let placed = error.message.strip_prefix(&format!("{}, line ", path.display()));
    let told = placed.and_then(|rest| rest.split_once(": "));
    match told.and_then(|(line, what)| Some((line.parse().ok()?, what))) {
        Some((line, what)) => (Some(line), what.to_owned()),
        None => (None, error.message.clone()),
    }
}

impl Yaml {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// When two readers of YAML could take them for different things, or one of them for none: the line and what helps.
    pub(in crate::upkeep) fn read(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            fault(path, line, "this is no text in UTF-8", "Save the file as UTF-8.")
        })?;
        let start = if text.starts_with(BOM) { BOM.len_utf8() } else { 0 };
        tabs::refuse_unprintable(path, &text[start..])?;
        let mut builder = Builder::of(path, start);
        for next in Parser::new_from_str(&text[start..]) {
            let (event, span) = next.map_err(|error| {
                let line = error.marker().line();
                // What a tab breaks is noticed only later, and named in other words.
                tabs::indent(path, &text, line).unwrap_or_else(|| {
                    let what = format!("this is no YAML: {}", error.info());
                    fault(path, line, &what, "Mend that line; nothing was changed.")
                })
            })?;
            builder.take(event, span)?;
        }
        let Builder { root, repeated, scalars, in_block, .. } = builder;
        tabs::refuse_tabs(path, &text, start, &scalars)?;
        if let Some(node) = &root
            && !matches!(node.what, What::Map { .. })
        {
            return Err(fault(
                path,
                node.line,
                "no settings begin here",
                "Settings are lines of `key: value`.",
            ));
        }
        Ok(Self { path: path.to_owned(), text, root, repeated, ends_in_block: in_block })
    }

    /// What the whole file says.
    pub(super) fn shape(&self) -> Shape {
        self.root.as_ref().map_or(Shape::Map(Vec::new()), Node::shape)
    }

    /// The node at a place: the number of the entry or item at each level.
    pub(in crate::upkeep) fn at(&self, place: &[usize]) -> Option<&Node> {
        place.iter().try_fold(self.root.as_ref()?, |node, index| match &node.what {
            What::Map { entries } => entries.get(*index).map(|(_, value)| value),
            What::List { items, .. } => items.get(*index),
            _ => None,
        })
    }

    /// Every value below sections with its place and its keys, in the order of the file; lists are not looked into.
    pub(in crate::upkeep) fn settings(&self) -> Vec<(Vec<usize>, Vec<&str>)> {
        let mut found = Vec::new();
        if let Some(root) = &self.root {
            walk(root, &mut Vec::new(), &mut Vec::new(), &mut found);
        }
        found
    }
}

fn walk<'y>(
    node: &'y Node,
    place: &mut Vec<usize>,
    keys: &mut Vec<&'y str>,
    found: &mut Vec<(Vec<usize>, Vec<&'y str>)>,
) {
    for (index, (key, value)) in node.entries().iter().enumerate() {
        let Some(key) = key.says() else { continue };
        place.push(index);
        keys.push(key);
        found.push((place.clone(), keys.clone()));
        walk(value, place, keys, found);
        place.pop();
        keys.pop();
    }
}

/// A section or list that is being read.
struct Open {
    node: Node,
    key: Option<Node>,
    weight: usize,
}

struct Builder<'p> {
    path: &'p Path,
    start: usize,
    documents: usize,
    count: usize,
    open: Vec<Open>,
    root: Option<Node>,
    repeated: BTreeSet<usize>,
    weights: BTreeMap<usize, usize>,
    scalars: Vec<Range<usize>>,
    in_block: bool,
}

impl<'p> Builder<'p> {
    fn of(path: &'p Path, start: usize) -> Self {
        Self {
            path,
            start,
            documents: 0,
            count: 0,
            open: Vec::new(),
            root: None,
            repeated: BTreeSet::new(),
            weights: BTreeMap::new(),
            scalars: Vec::new(),
            in_block: false,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<()> {
        let line = span.start.line();
        let node = |what, anchor, tag: Option<String>| -> Result<Node> {
            let bytes = span.byte_range().ok_or_else(|| self.fault(line, "its place is not known"))?;
            let bytes = bytes.start + self.start..bytes.end + self.start;
            Ok(Node { what, bytes, line, anchor, tag })
        };
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let remedy = "Keep one document in the file: nobody can tell which one counts.";
                    return Err(fault(self.path, line, "a second document begins here", remedy));
                }
            }
            Event::Scalar(says, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let in_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let what = What::Scalar { says: says.into_owned(), plain };
                let node = node(what, anchor, tag.map(|tag| format!("{tag:?}")))?;
                self.scalars.push(node.bytes.clone());
                self.in_block = in_block;
                self.close(node, 1)?;
            }
            Event::Alias(of) => {
                let Some(weight) = self.weights.get(&of).copied() else {
                    return Err(self.fault(line, "an alias that repeats itself without end"));
                };
                let node = node(What::Alias(of), 0, None)?;
                self.repeated.insert(of);
                self.close(node, weight)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                let what = What::List { items: Vec::new(), flow: style == StructureStyle::Flow };
                let node = node(what, anchor, tag.map(|tag| format!("{tag:?}")))?;
                self.begin(node)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                let what = What::Map { entries: Vec::new() };
                let node = node(what, anchor, tag.map(|tag| format!("{tag:?}")))?;
                self.begin(node)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut done) = self.open.pop() {
                    if let Some(end) = span.end.byte_offset() {
                        done.node.bytes.end = (end + self.start).max(done.node.bytes.end);
                    }
                    self.close(done.node, done.weight + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, node: Node) -> Result<()> {
        if self.open.len() >= DEEPEST {
            return Err(self.fault(node.line, "sections within sections, too deep to be settings"));
        }
        self.open.push(Open { node, key: None, weight: 0 });
        Ok(())
    }

    /// Puts a value that is complete where it belongs.
    fn close(&mut self, node: Node, weight: usize) -> Result<()> {
        self.count += 1;
        let all = self.open.iter().fold(weight, |sum, open| sum.saturating_add(open.weight));
        if all > MOST_REPEATED {
            return Err(self.fault(node.line, "aliases that repeat each other without end"));
        }
        if self.count > MOST {
            return Err(self.fault(node.line, "more values than settings have"));
        }
        if node.anchor != 0 {
            self.weights.insert(node.anchor, weight);
        }
        let path = self.path;
        let Some(open) = self.open.last_mut() else {
            self.root = (!is_nothing(&node)).then_some(node);
            return Ok(());
        };
        open.weight = open.weight.saturating_add(weight);
        match &mut open.node.what {
            What::List { items, .. } => items.push(node),
            What::Map { entries } => match open.key.take() {
                None => {
                    let twin =
                        entries.iter().find(|(key, _)| key.says().is_some() && key.says() == node.says());
                    if let Some((twin, _)) = twin {
                        let what = format!(
                            "“{}” stands here again, after line {}",
                            node.says().unwrap_or(""),
                            twin.line
                        );
                        return Err(fault(
                            path,
                            node.line,
                            &what,
                            "Keep one of the two: nobody can tell which one counts.",
                        ));
                    }
                    open.key = Some(node);
                }
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }

    fn fault(&self, line: usize, what: &str) -> Error {
        fault(self.path, line, what, "Write it out plainly; nothing was changed.")
    }
}

/// What a file of comments alone is.
fn is_nothing(node: &Node) -> bool {
    matches!(&node.what, What::Scalar { says, plain: true } if says.is_empty() || says == "~")
        && node.bytes.is_empty()
}
