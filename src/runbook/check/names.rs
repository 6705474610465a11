//! Names: which characters they may have, how a title becomes one, and references to them.

use super::Check;
use crate::id::{PhaseId, RoleId};
use crate::measure::criterion::Criterion;
use crate::measure::criterion::Test;
use crate::runbook::criterion;
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::names::Table;
use crate::runbook::notes::suggest;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

impl Check<'_> {
    /// A name of the author's own: letters, digits, `_` and `-`. Criteria read it, so that it begins like a word.
    pub(super) fn name(&mut self, name: &str, at: Extent) -> bool {
        let begins_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !(begins_well && is_name(name)) {
            let help = "names are made of letters, digits, `_` and `-`, and begin with a letter";
            self.say(at, format!("`{name}` cannot be a name"), help);
        }
        begins_well && is_name(name)
    }

    /// An `id:` as written. Phases called `1` and `2` are natural enough.
    pub(super) fn id(&mut self, node: &Node) -> Option<String> {
        let id = self.raw(node).to_string();
        if !id.is_empty() && !is_name(&id) {
            self.say(node.extent, format!("`{id}` cannot be an id"), "ids are made of letters, digits, `_` and `-`");
        }
        is_name(&id).then_some(id)
    }

    pub(super) fn role(&mut self, node: &Node) -> RoleId {
        let name = self.raw(node);
        let unknown = unknown(&self.names.roles, &name);
        self.tell(node, "role", &name, unknown, "add it under `roles:`");
        RoleId::new(&name)
    }

    pub(super) fn phase_name(&mut self, node: &Node) -> PhaseId {
        let name = self.raw(node);
        let unknown = unknown(&self.names.phases, &name);
        self.tell(node, "phase", &name, unknown, "phases are called by their `id:`");
        PhaseId::new(&name)
    }

    /// Says that there is no such thing, with the nearest name and where such names are declared.
    pub(super) fn tell(&mut self, node: &Node, kind: &str, name: &str, unknown: Option<Unknown>, else_help: &str) {
        let Some(unknown) = unknown.filter(|_| !name.is_empty()) else { return };
        let line = unknown.first.map(|first| self.notes.line(first));
        let help = line.map_or_else(|| else_help.to_owned(), |line| whereabouts(unknown.suggestion, &format!("{kind}s"), line));
        self.say(node.extent, format!("unknown {kind} `{name}`"), help);
    }

    /// One criterion, or several as a list.
    pub(super) fn criteria(&mut self, node: Option<&Node>) -> Vec<Criterion> {
        if let Some(Node { value: Value::List(nodes), extent }) = node
            && nodes.is_empty()
        {
            self.say(*extent, "an empty list of criteria always holds", "write a criterion into it, or remove the key");
        }
        self.some(node, "criteria").into_iter().map(|node| self.criterion(node)).collect()
    }

    pub(super) fn criterion(&mut self, node: &Node) -> Criterion {
        let text = self.raw(node);
        let stand_in = || Test::All(Vec::new());
        if text.is_empty() {
            return Criterion { text: String::new(), test: stand_in() };
        }
        let parsed = criterion::parse(&text, &self.names);
        let condition = parsed.unwrap_or_else(|flaws| {
            for flaw in flaws {
                let at = self.inside(node, flaw.at);
                let help = self.with_line(&flaw.what, flaw.help.clone()).or(flaw.help);
                self.say(at, flaw.what, help);
            }
            stand_in()
        });
        self.template_of(&text, node);
        self.asked.extend(condition.checklists().into_iter().cloned());
        Criterion { text: text.split_whitespace().collect::<Vec<_>>().join(" "), test: condition }
    }

    /// Adds where such names are declared to the help about an unknown one.
    fn with_line(&self, what: &str, help: Option<String>) -> Option<String> {
        let names = &self.names;
        let (kind, first) = match what.strip_prefix("unknown ")?.split(' ').next()? {
            "metric" => ("metrics", names.metrics.first()),
            "source" => ("sources", names.sources.first()),
            _ => ("checklists", names.checklists.first()),
        };
        let Some(first) = first else { return Some(format!("add it under `{kind}:`")) };
        Some(whereabouts(help, kind, self.notes.line(first)))
    }
}

fn whereabouts(suggestion: Option<String>, kind: &str, line: usize) -> String {
    match suggestion {
        Some(question) if question.ends_with('?') => format!("{question} {kind} are defined at line {line}"),
        Some(list) => format!("{list}; {kind} are defined at line {line}"),
        None => format!("{kind} are defined at line {line}"),
    }
}

pub(super) fn is_name(name: &str) -> bool {
    let belongs = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.chars().all(belongs)
}

/// A name that is not there.
pub(super) struct Unknown {
    pub(super) suggestion: Option<String>,
    first: Option<Extent>,
}

pub(super) fn unknown<T>(table: &Table<T>, name: &str) -> Option<Unknown> {
    table.get(name).is_none().then(|| Unknown { suggestion: suggest(name, table.all()), first: table.first() })
}

/// `10 % of the traffic` as a name: `10-of-the-traffic`.
pub(super) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() >= NAME_BYTES_MAX {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}
