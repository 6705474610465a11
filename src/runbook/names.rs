//! The names that a runbook declares, with where it declares them: what references are looked up in.

use indexmap::IndexMap;

use crate::id::ChecklistId;
use crate::measure::unit::Unit;
use crate::runbook::file::Extent;

/// A name that is declared with something wrong in it is known all the same: one mistake is told once.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) vars: Table<VarName>,
    pub(super) roles: Table<RoleName>,
    pub(super) sources: Table<SourceName>,
    pub(super) metrics: Table<MetricName>,
    /// By title.
    pub(super) checklists: Table<ChecklistId>,
    pub(super) phases: Table<()>,
    /// Only those with an id of their own.
    pub(super) steps: Table<()>,
    pub(super) rollback: bool,
}

#[derive(Debug)]
pub(super) struct Table<T>(IndexMap<String, (Extent, T)>);

#[derive(Debug)]
pub(super) struct VarName {
    pub(super) secret: bool,
}

#[derive(Debug)]
pub(super) struct RoleName {
    pub(super) votes: bool,
}

#[derive(Debug)]
pub(super) struct SourceName {
    /// `health`, `scrape`, `json`; nothing where that is what is wrong with it.
    pub(super) word: Option<&'static str>,
}

#[derive(Debug)]
pub(super) struct MetricName {
    pub(super) unit: Unit,
    /// Whether it has a critical band.
    pub(super) critical: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<T> Table<T> {
    /// Adds a name, or tells where it already is.
    pub(super) fn add(&mut self, name: &str, at: Extent, value: T) -> Result<(), Extent> {
        if let Some((first, _)) = self.0.get(name) {
            return Err(*first);
        }
        self.0.insert(name.to_owned(), (at, value));
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name).map(|(_, value)| value)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Where the first of them is declared.
    pub(super) fn first(&self) -> Option<Extent> {
        self.0.first().map(|(_, (at, _))| *at)
    }
}
