//! The words of the runbook file: every part and every key, with its meaning, its default and an example.
//!
//! For: one table, which the checker takes the known keys from, and which the schema, `warroom explain` and the reference
//! are printed from. A key that is not in here is not read, and a row without a meaning does not compile.
//! May not touch: what a value turns into. That is `check`'s business.
//! Start reading at [`Part`]; `plan::RUNBOOK` holds all the others.

mod after;
mod comms;
mod explain;
pub(super) mod forms;
mod measure;
mod people;
mod plan;
#[cfg(test)]
mod printed_tests;
mod schema;
mod steps;
#[cfg(test)]
mod tests;

pub use after::{SIGN_OFF, WATCH};
pub use comms::{CHANNEL, LEVEL, MESSAGE};
pub use explain::{explain, list, reference};
pub use measure::{BANDS, BASELINE, BASIC, METRIC, SOURCE};
pub use people::{CHECKLIST, CONTACT, FIELD, GUIDE, ITEM, LINK, ROLE};
pub use plan::{CONDITION, FAIL, GATE, PHASE, ROLLBACK, RUNBOOK, TRIGGER, VAR, WINDOW};
pub use schema::schema;
pub use steps::{ANSWER, OPTION, OUTPUT, PROBE, REQUEST, STEP};

/// A mapping of the runbook file whose keys are known.
#[derive(Debug)]
pub struct Part {
    /// What it goes by: `step`, as in `warroom explain step.timeout`.
    pub name: &'static str,
    /// As an error says it: `a step`.
    pub noun: &'static str,
    /// What it is for, in whole sentences.
    pub about: &'static str,
    /// Exactly one of these must be there.
    pub one_of: &'static [&'static str],
    /// At least one of these must be there.
    pub any_of: &'static [&'static str],
    pub keys: &'static [Key],
}

/// A key of a mapping: a row of the table.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub takes: Takes,
    /// Lines of its mapping in which it is used; they are tried by a test.
    pub example: &'static str,
    /// What it means, in whole sentences.
    pub about: &'static str,
    /// What holds without it, in words or as it would be written.
    pub default: Option<&'static str>,
    /// Whether its mapping is nothing without it.
    pub needed: bool,
    /// It means something beside one of these keys only; empty: always.
    pub beside: &'static [&'static str],
}

/// What can be a value.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A text of some form.
    Form(&'static forms::Form),
    /// `true` or `false`.
    Flag,
    /// A whole number from, to.
    Whole(i64, i64),
    /// One of a few words, each with its meaning.
    Word(&'static [(&'static str, &'static str)]),
    /// The name of something that the runbook declares: `role`, `phase`, `source`.
    Name(&'static str),
    /// Any JSON value.
    Json,
    /// Nothing behind the colon.
    Nothing,
    Part(&'static Part),
    List(&'static Takes),
    /// A list, or a single one without the brackets.
    OneOrMore(&'static Takes),
    /// A mapping with names of the author's own, which are called so.
    Named(&'static str, &'static Takes),
    Either(&'static [Takes]),
}

/// A row: its key, what it takes, an example, its meaning.
const fn key(name: &'static str, takes: Takes, example: &'static str, about: &'static str) -> Key {
    Key { name, takes, example, about, default: None, needed: false, beside: &[] }
}

impl Key {
    /// What holds without the key.
    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// Only beside one of these keys.
    const fn beside(mut self, keys: &'static [&'static str]) -> Self {
        self.beside = keys;
        self
    }
}

impl Part {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.keys.iter().map(|key| key.name)
    }
}

/// Every part, the runbook first, each before what is inside it.
pub fn parts() -> Vec<&'static Part> {
    let mut parts = vec![&RUNBOOK];
    let mut next = 0;
    while let Some(part) = parts.get(next).copied() {
        for key in part.keys {
            collect(&key.takes, &mut parts);
        }
        next += 1;
    }
    parts
}

fn collect(takes: &Takes, into: &mut Vec<&'static Part>) {
    match takes {
        Takes::Part(part) => {
            if !into.iter().any(|known| known.name == part.name) {
                into.push(part);
            }
        }
        Takes::List(inner) | Takes::OneOrMore(inner) | Takes::Named(_, inner) => collect(inner, into),
        Takes::Either(some) => some.iter().for_each(|one| collect(one, into)),
        Takes::Form(_) | Takes::Flag | Takes::Whole(..) | Takes::Word(_) | Takes::Name(_) | Takes::Json | Takes::Nothing => {}
    }
}
