//! What a report says, kept small: names are kept once for all reports.

use std::collections::HashMap;
use std::sync::Arc;

use crate::observe::reports::Figure;

/// So many names are kept; ecosystems have dozens, and what invents more is no report.
const MOST_NAMES: usize = 20_000;

/// What a figure is called.
#[derive(Debug, PartialEq, Eq)]
pub struct FigureName {
    /// The same for the same figure in every report: same name in lower case, same unit.
    id: u32,
    /// As it stands in the report: `Time Saved`.
    pub label: String,
    /// In lower case: `time saved`.
    pub key: String,
    /// What follows the number: `hours`, `%`; empty where nothing does.
    pub unit: String,
}

impl FigureName {
    /// Whether both name the same figure.
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What a report says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Its figures in the order of the text, each once.
    pub figures: Box<[(Arc<FigureName>, f64)]>,
    /// Its headings in the order of the text, each once.
    pub sections: Box<[Arc<str>]>,
    /// How many lines speak of warnings or errors.
    pub warnings: u32,
    /// The first few of them.
    pub lines: Box<[Box<str>]>,
}

impl Facts {
    /// The value of a figure; `None` where it is not given.
    pub fn value(&self, name: &FigureName) -> Option<f64> {
        self.figures.iter().find(|(known, _)| known.is(name)).map(|(_, value)| *value)
    }

    /// Whether there is such a heading, in whatever case.
    pub fn has_section(&self, heading: &Arc<str>) -> bool {
        self.sections.iter().any(|known| Arc::ptr_eq(known, heading) || known.eq_ignore_ascii_case(heading))
    }
}

/// All names that reports use.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<(String, String), u32>,
    figures: HashMap<(String, String), Arc<FigureName>>,
    sections: HashMap<String, Arc<str>>,
}

impl Names {
    /// Figures with their names kept once, without repetitions; what goes beyond the bound of names is left out.
    pub fn figures(&mut self, figures: Vec<Figure>) -> Box<[(Arc<FigureName>, f64)]> {
        let mut kept: Vec<(Arc<FigureName>, f64)> = Vec::with_capacity(figures.len());
        for figure in figures {
            let value = figure.value;
            if let Some(name) = self.figure(figure)
                && !kept.iter().any(|(known, _)| known.is(&name))
            {
                kept.push((name, value));
            }
        }
        kept.into_boxed_slice()
    }

    fn figure(&mut self, Figure { key, label, unit, .. }: Figure) -> Option<Arc<FigureName>> {
        let shown = (label, unit);
        if let Some(known) = self.figures.get(&shown) {
            return Some(Arc::clone(known));
        }
        if self.figures.len() >= MOST_NAMES {
            return None;
        }
        let next = u32::try_from(self.ids.len()).ok()?;
        let id = *self.ids.entry((key.clone(), shown.1.clone())).or_insert(next);
        let name = Arc::new(FigureName { id, label: shown.0.clone(), key, unit: shown.1.clone() });
        self.figures.insert(shown, Arc::clone(&name));
        Some(name)
    }

    /// Headings with their names kept once.
    pub fn sections(&mut self, sections: Vec<String>) -> Box<[Arc<str>]> {
        let mut keep = |heading: String| {
            if let Some(known) = self.sections.get(&heading) {
                return Some(Arc::clone(known));
            }
            let kept: Arc<str> = heading.as_str().into();
            (self.sections.len() < MOST_NAMES).then(|| {
                self.sections.insert(heading, Arc::clone(&kept));
                kept
            })
        };
        sections.into_iter().filter_map(&mut keep).collect()
    }
}
