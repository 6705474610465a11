//! What of one scrape can't be relied on: a sum that misses one of its series looks better than it is.

use std::collections::HashMap;

use crate::measure::exposition::{BadLine, Wanted, Whose};

/// Metrics with bad lines that are told apart; beyond them everything is doubtful.
const NAMES_MAX: usize = 1_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Damage {
    /// Metrics of which a line could not be read, and why.
    names: HashMap<String, String>,
    /// Why every metric may be concerned.
    all: Option<String>,
}

impl Damage {
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.all = None;
    }

    pub(super) fn note(&mut self, bad: &BadLine<'_>, wanted: &Wanted) {
        let why = || format!("line {}: {}", bad.line, bad.why);
        match (&bad.whose, wanted) {
            (Whose::Metric(name), wanted) if wanted.wants(name) => self.note_name(name, why()),
            (Whose::Metric(_), _) => {}
            (Whose::Beginning(begun), Wanted::Names(names)) => {
                names.iter().filter(|name| name.starts_with(begun)).for_each(|name| self.note_name(name, why()));
            }
            (Whose::Beginning(_), Wanted::All) | (Whose::Anyones, _) => {
                self.note_all(|| format!("a line of some metric, {}", why()));
            }
        }
    }

    fn note_name(&mut self, name: &[u8], why: String) {
        let name = String::from_utf8_lossy(name).into_owned();
        if self.names.len() < NAMES_MAX {
            self.names.entry(name).or_insert(why);
        } else if !self.names.contains_key(&name) {
            self.note_all(|| format!("more than {NAMES_MAX} metrics have bad lines; {name}, {why}"));
        }
    }

    fn note_all(&mut self, why: impl FnOnce() -> String) {
        self.all.get_or_insert_with(why);
    }

    /// Why an answer about these names, or about any, can't be relied on.
    pub(super) fn of(&self, names: Option<&[String]>) -> Option<String> {
        let damaged = match names {
            Some(names) => names.iter().find_map(|name| self.names.get_key_value(name)),
            None => self.names.iter().min(),
        };
        damaged.map(|(name, why)| format!("{name}, {why}")).or_else(|| self.all.clone())
    }
}
