//! `phases:` the parts of the plan, and the gates between them.

use indexmap::IndexMap;

use super::Check;
use super::drafts::Draft;
use super::fields::Fields;
use crate::id::{PhaseId, VarName};
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Gate, NoGo, Phase};
use crate::runbook::words;

/// What `no_go:` says besides a phase, so that no phase may be called so.
pub(super) const TAKEN: [&str; 2] = ["rollback", "hold"];

/// The phase in which success is judged, where the last one has no gate for it.
const FINAL: &str = "final-verdict";

impl Check<'_> {
    pub(super) fn phases(&mut self, node: &Node) -> Vec<Phase> {
        let nodes = self.list(Some(node), "phases");
        if let (Value::List(_), true) = (&node.value, nodes.is_empty()) {
            self.say(node.head(), "a plan without a phase", "add one: `- { title: Deploy, steps: […] }`");
        }
        // A gate may lead to a later phase, so that all of them are known before the first is read.
        let drafts = self.drafts(nodes);
        let numbered = drafts.iter().enumerate();
        numbered.filter_map(|(place, draft)| self.phase(draft, place + 1)).collect()
    }

    fn phase(&mut self, draft: &Draft, number: usize) -> Option<Phase> {
        let fields = self.fields(&draft.node, &words::PHASE)?;
        let locals: Vec<(VarName, bool)> = draft.with.keys().map(|name| (name.clone(), self.declare_local(name))).collect();
        let title = match fields.get("id") {
            // A phase with an id may go by it.
            Some(_) if !fields.has("title") => draft.id.clone(),
            _ => self.required(&fields, "a phase", "title", "title: Deploy").map(|node| self.title(node)).unwrap_or_default(),
        };
        if !fields.has("steps") && !fields.has("gate") && !fields.misspelt {
            self.say(fields.head, "a phase with nothing in it", "give it `steps:` or a `gate:`");
        }
        self.phase_env = self.templates(fields.get("env"), "environment variables");
        self.env_names(fields.get("env"));
        self.phase_dir = fields.get("dir").map(|node| self.template(node));
        self.phase_with.clone_from(&draft.with);
        self.copied = draft.copied;
        let phase = Phase {
            id: PhaseId::new(&draft.id),
            number,
            written: Some(draft.place),
            at: fields.get("at").and_then(|node| self.at(node)),
            duration: fields.get("duration").and_then(|node| self.planned(node)),
            owner: fields.get("owner").map(|node| self.role(node)),
            about: fields.get("about").map(|node| self.human(node)),
            links: fields.get("links").map(|node| self.links(node)).unwrap_or_default(),
            when: fields.get("when").and_then(|node| self.when(node)),
            with: draft.with.clone(),
            steps: self.steps(fields.get("steps"), &draft.id, &number.to_string()),
            gate: fields.get("gate").and_then(|node| self.gate(node, &title)),
            title,
        };
        if let Some(failure) = fields.get("fail").and_then(|node| self.failure(node, &phase)) {
            self.failures.push(failure);
        }
        self.phase_env.clear();
        self.phase_dir = None;
        self.phase_with.clear();
        self.copied = false;
        for (name, added) in locals {
            self.forget_local(&name, added);
        }
        Some(phase)
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

    /// What makes the whole a success is evidence of the last decision, or a decision of its own.
    pub(super) fn success(&mut self, node: Option<&Node>, phases: &mut Vec<Phase>) {
        let criteria = self.criteria(node);
        let (Some(node), Some(last)) = (node, phases.last_mut()) else { return };
        if let (Some(gate), None) = (&mut last.gate, &last.when) {
            let new = criteria.into_iter().filter(|one| !gate.require.contains(one)).collect::<Vec<_>>();
            gate.require.extend(new);
            return;
        }
        if phases.iter().any(|phase| phase.id.as_str() == FINAL) {
            let help = "call that phase otherwise: success is judged in one of this name";
            self.say(node.head(), format!("there is a phase called `{FINAL}` already"), help);
        }
        let no_go = if self.names.rollback { NoGo::Rollback } else { NoGo::Hold };
        let question = "Is the deployment a success?".to_owned();
        let gate = Gate { question, require: criteria, poll: Vec::new(), quorum: 0, expires: None, waive: Vec::new(), no_go };
        phases.push(Phase {
            id: PhaseId::new(FINAL),
            number: phases.len() + 1,
            written: None,
            title: "Final verdict".to_owned(),
            at: None,
            duration: None,
            owner: None,
            about: None,
            links: Vec::new(),
            when: None,
            with: IndexMap::new(),
            steps: Vec::new(),
            gate: Some(gate),
        });
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
