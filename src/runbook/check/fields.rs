//! Mappings and lists: which keys are there, which are unknown, which are missing.

use super::Check;
use crate::runbook::file::{Entry, Extent, Node, Value};
use crate::runbook::notes::{nearest, suggest};
use crate::runbook::words::Part;

/// A mapping whose keys are checked.
pub(super) struct Fields<'n> {
    pub(super) head: Extent,
    /// Whether a key in it is unknown: then what seems to be missing may only be misspelt.
    pub(super) misspelt: bool,
    part: &'static Part,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !matches!(node.value, Value::Nothing))
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        debug_assert!(self.part.key(key).is_some(), "`{key}` wants a row in runbook::words, in {}", self.part.name);
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Those of the keys that say what kind of thing it is, in the order of the file.
    pub(super) fn kinds(&self) -> Vec<&'n Entry> {
        self.entries.iter().filter(|entry| self.part.one_of.contains(&&*entry.key)).collect()
    }
}

impl Check<'_> {
    /// The keys of a mapping; unknown ones and ones without a value are told.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, part: &'static Part) -> Option<Fields<'n>> {
        if self.notes.is_full() {
            return None;
        }
        let what = part.noun;
        let Value::Map(entries) = &node.value else {
            let known: Vec<&str> = part.names().collect();
            let help = format!("write it as `key: value`; its keys are {}", known.join(", "));
            self.say(node.head(), format!("{what} was expected; this is {}", node.noun()), help);
            return None;
        };
        let mut misspelt = false;
        for entry in entries {
            if part.key(&entry.key).is_none() {
                misspelt = true;
                let help = suggest(&entry.key, part.names());
                self.say(entry.key_extent, format!("unknown key `{}` in {what}", entry.key), help);
            } else if matches!(entry.value.value, Value::Nothing) {
                self.say(
                    entry.key_extent,
                    format!("`{}` has no value", entry.key),
                    "write one behind the colon, or remove the key",
                );
            }
        }
        Some(Fields { head: node.head(), misspelt, part, entries })
    }

    /// Says which keys are there although they belong beside others.
    pub(super) fn strays(&mut self, fields: &Fields<'_>, kind: &str) {
        for entry in fields.entries {
            let beside = fields.part.key(&entry.key).map_or(&[] as &[&str], |key| key.beside);
            if !beside.is_empty() && !beside.contains(&kind) {
                let kinds: Vec<String> = beside.iter().map(|kind| format!("`{kind}:`")).collect();
                let what = format!("`{}` means nothing in a `{kind}` {}", entry.key, fields.part.name);
                self.say(entry.key_extent, what, format!("it belongs to {}s with {}", fields.part.name, kinds.join(" or ")));
            }
        }
    }

    /// The value of a key that must be there.
    pub(super) fn required<'n>(&mut self, fields: &Fields<'n>, what: &str, key: &str, example: &str) -> Option<&'n Node> {
        let misspelt = fields.misspelt && fields.entries.iter().any(|entry| nearest(&entry.key, [key]).is_some());
        if !fields.has(key) && !misspelt {
            self.say(fields.head, format!("{what} needs `{key}:`"), format!("add `{example}`"));
        }
        fields.get(key)
    }

    /// The names and values of a mapping with names of the author's own.
    pub(super) fn entries<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n [Entry] {
        match node.map(|node| &node.value) {
            None => &[],
            Some(Value::Map(entries)) => entries,
            Some(Value::Nothing | Value::Text { .. } | Value::List(_)) => {
                let (at, noun) = node.map(|node| (node.head(), node.noun())).unwrap_or_default();
                self.say(at, format!("{what} was expected, as `name: …` lines; this is {noun}"), None);
                &[]
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n [Node] {
        match node.map(|node| &node.value) {
            None => &[],
            Some(Value::List(nodes)) => nodes,
            Some(Value::Nothing | Value::Text { .. } | Value::Map(_)) => {
                let (at, noun) = node.map(|node| (node.head(), node.noun())).unwrap_or_default();
                self.say(
                    at,
                    format!("a list of {what} was expected; this is {noun}"),
                    "begin each one with `- `, or put them in `[ ]`",
                );
                &[]
            }
        }
    }

    /// A list, or a single one without the brackets.
    pub(super) fn some<'n>(&mut self, node: Option<&'n Node>, what: &str) -> Vec<&'n Node> {
        match node {
            Some(Node { value: Value::Text { .. }, .. }) => node.into_iter().collect(),
            _ => self.list(node, what).iter().collect(),
        }
    }
}
