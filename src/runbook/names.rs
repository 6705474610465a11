//! The names that a runbook declares, with where it declares them: what references are looked up in.

use indexmap::IndexMap;

use crate::id::ChecklistId;
use crate::measure::criterion::Test;
use crate::measure::unit::Unit;
use crate::runbook::file::Extent;
use crate::runbook::model::Message;
use crate::time::Span;

/// A name that is declared with something wrong in it is known all the same: one mistake is told once.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) vars: Table<VarName>,
    pub(super) roles: Table<RoleName>,
    pub(super) sources: Table<SourceName>,
    pub(super) metrics: Table<MetricName>,
    /// By title.
    pub(super) checklists: Table<ChecklistId>,
    pub(super) channels: Table<()>,
    /// Nothing where something is wrong with it.
    pub(super) messages: Table<Option<Message>>,
    pub(super) phases: Table<()>,
    /// Only those with an id of their own.
    pub(super) steps: Table<()>,
    pub(super) rollback: bool,
    /// Where a variable says that it is asked for at the rollback.
    pub(super) reason: Option<Extent>,
}

#[derive(Debug)]
pub(super) struct Table<T>(IndexMap<String, (Extent, T)>);

#[derive(Debug)]
pub(super) struct VarName {
    pub(super) secret: bool,
    /// It gets its value from a step's output.
    pub(super) captured: bool,
}

#[derive(Debug)]
pub(super) struct RoleName {
    pub(super) votes: bool,
}

#[derive(Debug)]
pub(super) struct SourceName {
    /// `health`, `scrape`, `json` and so on; nothing where that is what is wrong with it.
    pub(super) word: Option<&'static str>,
    pub(super) every: Option<Span>,
}

#[derive(Debug)]
pub(super) struct MetricName {
    pub(super) unit: Unit,
    /// The source, and the one it is compared with.
    pub(super) sources: Vec<String>,
    /// Whether it has a critical band, in any phase.
    pub(super) critical: bool,
    /// Whether it has a normal band.
    pub(super) normal: bool,
    pub(super) baseline: bool,
}

impl Names {
    /// Why no samples can show that `test` held for so long: what is wrong, and what to do. Between two samples nothing is
    /// known, so that a stretch within one interval proves nothing.
    pub(super) fn too_short(&self, test: &Test, hold: Span) -> Option<(String, String)> {
        let polled = self.sources_of(test).into_iter().filter_map(|name| Some((name, self.sources.get(name)?.every?)));
        let (source, every) = polled.max_by_key(|(_, every)| *every).filter(|(_, every)| hold > Span::ZERO && hold < *every)?;
        let (hold, every) = (short(hold), short(every));
        let what = format!("`{hold}` is shorter than the interval of the source `{source}`, {every}");
        Some((what, format!("samples cannot prove it: write at least `{every}`, or poll `{source}` more often")))
    }

    /// The sources whose samples show that a test held.
    fn sources_of<'n>(&'n self, test: &'n Test) -> Vec<&'n str> {
        let sources_of = |metric: &str| {
            self.metrics.get(metric).into_iter().flat_map(|metric| &metric.sources).map(String::as_str).collect::<Vec<_>>()
        };
        match test {
            Test::Compare { metric, .. } | Test::Target { metric, .. } | Test::Change { metric, .. } => {
                sources_of(metric.as_str())
            }
            Test::Health { source: Some(source), .. }
            | Test::Uptime { source: Some(source), .. }
            | Test::NoAlerts { source: Some(source), .. } => vec![source.as_str()],
            Test::Due { test, .. } => self.sources_of(test),
            Test::Health { source: None, .. } | Test::Uptime { source: None, .. } => {
                let is_health = |name: &&str| self.sources.get(name).is_some_and(|source| source.word == Some("health"));
                self.sources.all().filter(is_health).collect()
            }
            Test::NoCritical { .. } => {
                let is_critical = |name: &&str| self.metrics.get(name).is_some_and(|metric| metric.critical);
                self.metrics.all().filter(is_critical).flat_map(sources_of).collect()
            }
            Test::All(tests) | Test::Any(tests) => tests.iter().flat_map(|test| self.sources_of(test)).collect(),
            // They have no samples of their own to hold.
            Test::NoAlerts { source: None, .. } | Test::Not(_) | Test::Complete { .. } | Test::Confirmed { .. } => Vec::new(),
        }
    }
}

/// `5s`, `1m30s`: as a runbook writes it.
fn short(span: Span) -> String {
    humantime::format_duration(span.to_std()).to_string().replace(' ', "")
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

    /// A name that was known within one part only.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.shift_remove(name);
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
