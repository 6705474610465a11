//! `phases:` the parts of the plan, and the gates between them.

use super::Check;
use super::fields::Fields;
use super::names::slug;
use crate::id::PhaseId;
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::model::{Gate, NoGo, Phase};
use crate::runbook::words;

/// What `no_go:` says besides a phase, so that no phase may be called so.
const TAKEN: [&str; 2] = ["rollback", "hold"];

impl Check<'_> {
    pub(super) fn phases(&mut self, node: &Node) -> Vec<Phase> {
        let nodes = self.list(Some(node), "phases");
        if let (Value::List(_), true) = (&node.value, nodes.is_empty()) {
            self.say(node.head(), "a plan without a phase", "add one: `- { title: Deploy, steps: […] }`");
        }
        // A gate may lead to a later phase, so that all of them are known before the first is read.
        let ids: Vec<String> = nodes.iter().enumerate().map(|(place, node)| self.declare(node, place + 1)).collect();
        nodes.iter().zip(ids).enumerate().filter_map(|(place, (node, id))| self.phase(node, &id, place + 1)).collect()
    }

    fn declare(&mut self, node: &Node, number: usize) -> String {
        let Value::Map(entries) = &node.value else { return String::new() };
        let find = |key: &str| entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value);
        let text = |node: &Node| if let Value::Text { text, .. } = &node.value { text.to_string() } else { String::new() };
        let (id, at) = match (find("id"), find("title")) {
            (Some(node), _) => (self.id(node).unwrap_or_default(), node.extent),
            (None, Some(node)) => (slug(&text(node)), node.extent),
            (None, None) => (String::new(), node.head()),
        };
        let id = if id.is_empty() { format!("phase-{number}") } else { id };
        self.declare_as(&id, at);
        id
    }

    fn declare_as(&mut self, id: &str, at: Extent) {
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

    fn phase(&mut self, node: &Node, id: &str, number: usize) -> Option<Phase> {
        let fields = self.fields(node, &words::PHASE)?;
        let title = match fields.get("id") {
            // A phase with an id may go by it.
            Some(_) if !fields.has("title") => id.to_owned(),
            _ => self.required(&fields, "a phase", "title", "title: Deploy").map(|node| self.title(node)).unwrap_or_default(),
        };
        if !fields.has("steps") && !fields.has("gate") && !fields.misspelt {
            self.say(fields.head, "a phase with nothing in it", "give it `steps:` or a `gate:`");
        }
        Some(Phase {
            id: PhaseId::new(id),
            number,
            at: fields.get("at").and_then(|node| self.at(node)),
            duration: fields.get("duration").and_then(|node| self.planned(node)),
            owner: fields.get("owner").map(|node| self.role(node)),
            steps: self.steps(fields.get("steps"), id, &number.to_string()),
            gate: fields.get("gate").and_then(|node| self.gate(node, &title)),
            title,
        })
    }

    fn gate(&mut self, node: &Node, phase: &str) -> Option<Gate> {
        let fields = self.fields(node, &words::GATE)?;
        let question = fields.get("question").map(|node| self.title(node));
        let require = self.criteria(fields.get("require"));
        let poll = self.poll(&fields);
        if !fields.has("require") && !fields.has("poll") && question.is_none() && !fields.misspelt {
            self.say(fields.head, "a gate that asks nothing", "give it a `question:`, `require:` or `poll:`");
        }
        let no_go = match fields.get("no_go") {
            Some(node) => self.no_go(node),
            None if self.names.rollback => NoGo::Rollback,
            None => NoGo::Hold,
        };
        let question = question.unwrap_or_else(|| format!("Go on after {phase}?"));
        let quorum = fields.get("quorum").map_or(poll.len(), |node| self.quorum(node, poll.len()));
        let expires = fields.get("expires").map(|node| self.positive_span(node));
        let waive = self.some(fields.get("waive"), "roles").into_iter().map(|node| self.role(node)).collect();
        Some(Gate { question, require, poll, quorum, expires, waive, no_go })
    }

    fn poll(&mut self, fields: &Fields<'_>) -> Vec<crate::id::RoleId> {
        let mut poll = Vec::new();
        for node in self.some(fields.get("poll"), "roles") {
            let role = self.role(node);
            if poll.contains(&role) {
                self.say(node.extent, format!("`{role}` is polled twice"), "each role votes once");
            } else if self.names.roles.get(role.as_str()).is_some_and(|role| !role.votes) {
                self.say(node.extent, format!("`{role}` does not vote"), "its role says `votes: false` or `may: observe`");
            }
            poll.push(role);
        }
        poll
    }

    fn quorum(&mut self, node: &Node, polled: usize) -> usize {
        let text = self.raw(node);
        let count = if &*text == "all" { Some(polled) } else { text.parse().ok() };
        match count {
            Some(count) if (1..=polled).contains(&count) || (count == polled) => count,
            _ => {
                self.say(
                    node.extent,
                    format!("`{text}` is no quorum of {polled}"),
                    format!("write `all`, or a number from 1 to {polled}"),
                );
                polled
            }
        }
    }

    fn no_go(&mut self, node: &Node) -> NoGo {
        let text = self.raw(node);
        match &*text {
            "hold" => NoGo::Hold,
            "rollback" => {
                self.needs_rollback(node);
                NoGo::Rollback
            }
            name if self.names.phases.get(name).is_some() => NoGo::Phase(PhaseId::new(name)),
            name => {
                if !name.is_empty() {
                    let known = self.names.phases.all().chain(TAKEN);
                    let help = crate::runbook::notes::suggest(name, known);
                    self.say(node.extent, format!("`{name}` is neither rollback nor hold nor a phase"), help);
                }
                NoGo::Hold
            }
        }
    }

    /// Says so where a rollback is asked for that the runbook does not have.
    pub(super) fn needs_rollback(&mut self, node: &Node) {
        if !self.names.rollback {
            let help = "add `rollback: { budget: 5m, steps: […] }`";
            self.say(node.extent, "there is no rollback in this runbook", help);
        }
    }
}
