//! Through the whole file by the table of words: each text with its key and the mapping that it stands in.
//!
//! What a new key holds is known from its row, so that the rules look at it without being told.

use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::words::forms::Form;
use crate::runbook::words::{Key, Part, RUNBOOK, Takes};

/// A text of the file.
#[derive(Clone, Copy)]
pub(super) struct Text<'n> {
    pub(super) node: &'n Node,
    pub(super) value: &'n str,
    pub(super) form: &'static Form,
    /// The key that it is the value of, or in the value of.
    pub(super) key: &'static Key,
    /// The mapping with that key, and those around it, the runbook first.
    pub(super) around: &'n [Level<'n>],
}

/// A mapping on the way down.
#[derive(Clone, Copy)]
pub(super) struct Level<'n> {
    pub(super) part: &'static Part,
    pub(super) entries: &'n [Entry],
}

impl Level<'_> {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }
}

impl Text<'_> {
    /// Whether it stands in a part of this name.
    pub(super) fn inside(&self, part: &str) -> bool {
        self.around.iter().any(|level| level.part.name == part)
    }

    /// The value of a key beside it.
    pub(super) fn beside(&self, key: &str) -> Option<&Node> {
        self.around.last().and_then(|level| level.get(key))
    }
}

/// A name that the author gave to something, under the word that the table has for such names.
pub(super) type Named<'n> = (&'static str, &'n Entry, &'static Key);

/// Shows `each` every text of a form, and `named` every name.
pub(super) fn walk(root: &Node, each: &mut dyn FnMut(Text<'_>), named: &mut dyn FnMut(Named<'_>)) {
    let mut walker = Walker { each, named };
    walker.part(&RUNBOOK, root, &[]);
}

struct Walker<'f> {
    each: &'f mut dyn FnMut(Text<'_>),
    named: &'f mut dyn FnMut(Named<'_>),
}

impl Walker<'_> {
    fn part(&mut self, part: &'static Part, node: &Node, around: &[Level<'_>]) {
        let Value::Map(entries) = &node.value else { return };
        let around: Vec<Level<'_>> = around.iter().copied().chain([Level { part, entries }]).collect();
        for entry in entries {
            if let Some(key) = part.key(&entry.key) {
                self.value(&key.takes, key, &entry.value, &around);
            }
        }
    }

    fn value(&mut self, takes: &Takes, key: &'static Key, node: &Node, around: &[Level<'_>]) {
        match takes {
            Takes::Form(form) => {
                if let Value::Text { text, .. } = &node.value {
                    (self.each)(Text { node, value: text, form, key, around });
                }
            }
            Takes::Part(part) => self.part(part, node, around),
            Takes::List(inner) | Takes::OneOrMore(inner) => match &node.value {
                Value::List(nodes) => nodes.iter().for_each(|node| self.value(inner, key, node, around)),
                Value::Text { .. } | Value::Map(_) => self.value(inner, key, node, around),
                Value::Nothing => {}
            },
            Takes::Named(word, inner) => {
                let Value::Map(entries) = &node.value else { return };
                for own in entries {
                    (self.named)((word, own, key));
                    self.value(inner, key, &own.value, around);
                }
            }
            Takes::Either(some) => {
                if let Some(one) = fitting(some, node) {
                    self.value(one, key, node, around);
                }
            }
            // A JSON document's texts are filled in as well.
            Takes::Json => self.json(key, node, around),
            Takes::Flag | Takes::Whole(..) | Takes::Word(_) | Takes::Name(_) | Takes::Nothing => {}
        }
    }

    fn json(&mut self, key: &'static Key, node: &Node, around: &[Level<'_>]) {
        match &node.value {
            Value::Text { .. } => self.value(&crate::runbook::words::forms::TEXT, key, node, around),
            Value::List(nodes) => nodes.iter().for_each(|node| self.json(key, node, around)),
            Value::Map(entries) => entries.iter().for_each(|own| self.json(key, &own.value, around)),
            Value::Nothing => {}
        }
    }
}

/// The first of several kinds that the value can be; of several mappings, the one that knows its first key.
fn fitting(some: &'static [Takes], node: &Node) -> Option<&'static Takes> {
    let knows = |part: &Part| match &node.value {
        Value::Map(entries) => entries.iter().all(|entry| part.key(&entry.key).is_some()),
        Value::Nothing | Value::Text { .. } | Value::List(_) => false,
    };
    let fits = |takes: &Takes| match (takes, &node.value) {
        (Takes::Part(part), Value::Map(_)) => knows(part),
        (Takes::OneOrMore(inner), Value::Text { .. }) => !matches!(inner, Takes::Part(_) | Takes::Named(..)),
        (Takes::OneOrMore(Takes::Either(some)), Value::Map(_)) => {
            some.iter().any(|one| matches!(one, Takes::Part(part) if knows(part)))
        }
        (Takes::Named(..), value) => matches!(value, Value::Map(_)),
        (Takes::List(_) | Takes::OneOrMore(_), value) => matches!(value, Value::List(_)),
        (Takes::Form(_) | Takes::Flag | Takes::Whole(..) | Takes::Word(_) | Takes::Name(_), value) => {
            matches!(value, Value::Text { .. })
        }
        (Takes::Json, _) => true,
        (Takes::Part(_) | Takes::Nothing | Takes::Either(_), _) => false,
    };
    some.iter().find(|takes| fits(takes))
}
