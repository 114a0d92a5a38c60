//! Lists whose entries have names: those of the user change those of the defaults, or join them.

use toml_edit::{ArrayOfTables, Item, TableLike};

use super::{RefCell, Section};

/// An entry of a list by names.
pub(in super::super) struct Named<'a> {
    /// What it holds; a key that it leaves out is as in the default of the same name, else of the first one.
    pub(in super::super) section: Section<'a>,
    /// Whether the defaults have no entry of this name.
    pub(in super::super) new: bool,
}

impl<'a> Section<'a> {
    /// The list of tables `key`: the defaults, each with what the user changes of it, and then those that are the user's own.
    /// An empty list of the user's means none.
    pub(in super::super) fn list_by(&self, key: &'static str, name: &'static str) -> Vec<Named<'a>> {
        let defaults = self.fallback.and_then(|f| f.get(key)).and_then(Item::as_array_of_tables);
        let defaults: Vec<&'a dyn TableLike> =
            defaults.into_iter().flat_map(ArrayOfTables::iter).map(|table| table as &dyn TableLike).collect();
        let given = self.list(key);
        let own = self.sets(key);
        if own && given.is_empty() {
            return Vec::new();
        }
        let called = |table: &dyn TableLike| table.get(name).and_then(Item::as_str).map(str::to_owned);
        let mut own: Vec<Section<'a>> = if own { given } else { Vec::new() };
        let mut all = Vec::new();
        for table in &defaults {
            let wanted = called(*table);
            let same = own.iter().position(|section| section.user.and_then(called) == wanted);
            let section = match same {
                Some(at) => Section { fallback: Some(*table), ..own.remove(at) },
                None => Section {
                    findings: self.findings,
                    name: self.full(key),
                    user: Some(*table),
                    fallback: None,
                    span: self.span(),
                    known: RefCell::default(),
                },
            };
            all.push(Named { section, new: false });
        }
        all.extend(own.into_iter().map(|section| Named { section, new: true }));
        all
    }
}
