//! Which phases there are, before any of them is read: one `use:`d again and one done for each of several stand for more
//! than one.

use indexmap::IndexMap;

use super::Check;
use super::names::slug;
use super::phases::TAKEN;
use crate::id::VarName;
use crate::runbook::file::{Entry, Extent, Node, Value};
use crate::runbook::notes::suggest;
use crate::runbook::template::Template;

/// A phase that is about to be read.
pub(super) struct Draft {
    pub(super) id: String,
    /// Its place in the file, from 0.
    pub(super) place: usize,
    pub(super) node: Node,
    /// Values that are its own.
    pub(super) with: IndexMap<VarName, Template>,
    /// Its text stands for others as well.
    pub(super) copied: bool,
}

/// What a phase that uses another has for itself.
const OWN: [&str; 6] = ["id", "use", "with", "each", "when", "at"];

impl Check<'_> {
    pub(super) fn drafts(&mut self, nodes: &[Node]) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (place, node) in nodes.iter().enumerate() {
            let with = self.own_values(node);
            let copied = find(node, "use").is_some();
            let used = if copied { self.with_used(node, nodes) } else { node.clone() };
            let (id, at) = self.draft_id(node, &used, place + 1);
            let Some((name, values)) = self.each_of(node) else {
                self.declare_phase(&id, at);
                drafts.push(Draft { id, place, node: used, with, copied });
                continue;
            };
            for value in values {
                let id = format!("{id}-{}", slug(&value.written()));
                self.declare_phase(&id, at);
                let with = with.clone().into_iter().chain([(name.clone(), value)]).collect();
                drafts.push(Draft { id, place, node: used.clone(), with, copied: true });
            }
        }
        drafts
    }

    fn draft_id(&mut self, node: &Node, used: &Node, number: usize) -> (String, Extent) {
        let text = |node: &Node| if let Value::Text { text, .. } = &node.value { text.to_string() } else { String::new() };
        let (id, at) = match (find(node, "id"), find(node, "title"), find(used, "title")) {
            (Some(node), _, _) => (self.id(node).unwrap_or_default(), node.extent),
            (None, Some(node), _) => (slug(&text(node)), node.extent),
            (None, None, Some(title)) => (format!("{}-{number}", slug(&text(title))), node.head()),
            (None, None, None) => (String::new(), node.head()),
        };
        (if id.is_empty() { format!("phase-{number}") } else { id }, at)
    }

    fn declare_phase(&mut self, id: &str, at: Extent) {
        if TAKEN.contains(&id) {
            self.say(
                at,
                format!("a phase cannot be called `{id}`"),
                "`no_go:` would take it for its own word: give the phase another `id:`",
            );
        } else if let Err(first) = self.names.phases.add(id, at, ()) {
            let help = format!("the first one is at line {}; give one of them another `id:`", self.notes.line(first));
            self.say(at, format!("a second phase called `{id}`"), help);
        }
    }

    /// `with:` may change what the runbook declares, so that the text that is used has all of its names.
    fn own_values(&mut self, node: &Node) -> IndexMap<VarName, Template> {
        let Some(with) = find(node, "with") else { return IndexMap::new() };
        let mut values = IndexMap::new();
        for entry in self.entries(Some(with), "variables") {
            if self.names.vars.get(&entry.key).is_none() {
                let help = suggest(&entry.key, self.names.vars.all());
                self.say(entry.key_extent, format!("unknown variable `{}`", entry.key), help);
            }
            values.insert(VarName::new(&entry.key), self.template(&entry.value));
        }
        values
    }

    /// The phase with what it does not say itself taken from the one it uses.
    fn with_used(&mut self, node: &Node, all: &[Node]) -> Node {
        let (mut merged, mut passed) = (node.clone(), Vec::new());
        let mut from = find(node, "use").cloned();
        while let Some(reference) = from {
            let name = self.raw(&reference).to_string();
            let Some(base) = all.iter().find(|other| called(other).is_some_and(|id| id == name)) else {
                let known = all.iter().filter_map(called);
                let help = suggest(&name, known.collect::<Vec<_>>().iter().map(String::as_str));
                if !name.is_empty() {
                    self.say(reference.extent, format!("unknown phase `{name}`"), help);
                }
                return merged;
            };
            if passed.contains(&name) || std::ptr::eq(base, node) {
                self.say(reference.extent, format!("`{name}` uses itself"), "write its steps out once");
                return merged;
            }
            passed.push(name);
            add_missing(&mut merged, base);
            from = find(base, "use").cloned();
        }
        merged
    }
}

fn add_missing(node: &mut Node, base: &Node) {
    let (Value::Map(entries), Value::Map(more)) = (&mut node.value, &base.value) else { return };
    let missing = |entry: &&Entry| !OWN.contains(&&*entry.key) && !entries.iter().any(|own| own.key == entry.key);
    let added: Vec<Entry> = more.iter().filter(missing).cloned().collect();
    entries.extend(added);
}

fn find<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &node.value else { return None };
    entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value).filter(|node| !matches!(node.value, Value::Nothing))
}

/// What a phase is called as it stands in the file.
pub(in crate::runbook) fn called(node: &Node) -> Option<String> {
    match (find(node, "id"), find(node, "title")) {
        (Some(Node { value: Value::Text { text, .. }, .. }), _) => Some(text.to_string()),
        (None, Some(Node { value: Value::Text { text, .. }, .. })) => Some(slug(text)),
        _ => None,
    }
}
