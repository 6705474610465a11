//! `triggers:` what starts or proposes the rollback, `fail:` of a phase, and `rollback:` itself.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Check;
use super::fields::Fields;
use crate::id::TriggerId;
use crate::measure::criterion::{Criterion, Test};
use crate::runbook::file::Node;
use crate::runbook::model::{Phase, Rollback, Then, Trigger};
use crate::runbook::words;
use crate::time::Span;

const COUNTDOWN_DEFAULT: Span = Span(15_000);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Rollback,
    Propose,
    Hold,
    Investigate,
    Notify,
}

/// What `then:` may say.
const THEN: [(&str, Word); 5] = [
    ("rollback", Word::Rollback),
    ("propose", Word::Propose),
    ("hold", Word::Hold),
    ("investigate", Word::Investigate),
    ("notify", Word::Notify),
];

impl Check<'_> {
    pub(super) fn triggers(&mut self, node: Option<&Node>) -> Vec<Trigger> {
        let mut ids = HashSet::new();
        let nodes = self.list(node, "triggers");
        nodes.iter().enumerate().filter_map(|(place, node)| self.trigger(node, place + 1, &mut ids)).collect()
    }

    fn trigger(&mut self, node: &Node, number: usize, ids: &mut HashSet<String>) -> Option<Trigger> {
        let fields = self.fields(node, &words::TRIGGER)?;
        let id = fields.get("id").and_then(|node| self.id(node)).unwrap_or_else(|| format!("trigger-{number}"));
        if let (false, Some(node)) = (ids.insert(id.clone()), fields.get("id")) {
            self.say(node.extent, format!("a second trigger called `{id}`"), "give one of them another `id:`");
        }
        let when = self.required(&fields, "a trigger", "when", "when: error_rate > 5%").map(|node| self.criterion(node));
        let title = fields.get("title").map(|node| self.title(node));
        let hold = fields.get("for").map(|node| self.trigger_hold(node, when.as_ref())).unwrap_or_default();
        let during = self.some(fields.get("during"), "phases").into_iter().map(|node| self.phase_name(node)).collect();
        let then = self.then(&fields);
        let when = when?;
        let title = title.unwrap_or_else(|| when.text.clone());
        Some(Trigger { id: TriggerId::new(&id), title, when, hold, during, then, with: IndexMap::new() })
    }

    /// `fail:` of a phase is a trigger that is armed in it: any of its criteria is enough.
    pub(super) fn failure(&mut self, node: &Node, phase: &Phase) -> Option<Trigger> {
        let fields = self.fields(node, &words::FAIL)?;
        let when = self.required(&fields, "what is a failure", "when", "when: [ error_rate > 1% ]")?;
        let criteria = self.criteria(Some(when));
        let hold = fields.get("for").map(|node| self.span(node)).unwrap_or_default();
        let flaws: Vec<_> = criteria.iter().filter_map(|criterion| self.names.too_short(&criterion.test, hold)).collect();
        for (what, help) in flaws {
            self.say(fields.get("for").unwrap_or(when).extent, what, help);
        }
        let then = self.then(&fields);
        let written = criteria.iter().map(|criterion| criterion.text.as_str()).collect::<Vec<_>>().join(" or ");
        let test = match <[Criterion; 1]>::try_from(criteria) {
            Ok([only]) => only.test,
            Err(several) => Test::Any(several.into_iter().map(|criterion| criterion.test).collect()),
        };
        let id = TriggerId::new(&format!("{}.fail", phase.id));
        let title = format!("{} fails", phase.title);
        let (when, during, with) = (Criterion { text: written, test }, vec![phase.id.clone()], phase.with.clone());
        Some(Trigger { id, title, when, hold, during, then, with })
    }

    fn trigger_hold(&mut self, node: &Node, when: Option<&Criterion>) -> Span {
        let hold = self.span(node);
        if let Some((what, help)) = when.and_then(|when| self.names.too_short(&when.test, hold)) {
            self.say(node.extent, what, help);
        }
        hold
    }

    fn then(&mut self, fields: &Fields<'_>) -> Then {
        let node = fields.get("then");
        let default = if self.names.rollback { Word::Propose } else { Word::Notify };
        let word = node.and_then(|node| self.choice(node, &THEN)).unwrap_or(default);
        if let (Some(node), Word::Rollback | Word::Propose) = (node, word) {
            self.needs_rollback(node);
        }
        let countdown = fields.get("countdown").map(|node| self.span(node));
        if let Some(entry) = fields.entry("countdown").filter(|_| word != Word::Rollback) {
            self.say(
                entry.key_extent,
                "nothing is counted down here",
                "only `then: rollback` starts by itself, after a countdown",
            );
        }
        match word {
            Word::Rollback => Then::Rollback { countdown: countdown.unwrap_or(COUNTDOWN_DEFAULT) },
            Word::Propose => Then::Propose,
            Word::Hold => Then::Hold,
            Word::Investigate => Then::Investigate,
            Word::Notify => Then::Notify,
        }
    }

    pub(super) fn rollback(&mut self, node: &Node) -> Rollback {
        let fields = self.fields(node, &words::ROLLBACK);
        let Some(fields) = fields else { return Rollback { budget: Span::ZERO, steps: Vec::new(), verify: Vec::new() } };
        let budget = self.required(&fields, "the rollback", "budget", "budget: 5m").map(|node| self.positive_span(node));
        let steps = self.required(&fields, "the rollback", "steps", "steps: [ { run: … } ]");
        Rollback {
            budget: budget.unwrap_or_default(),
            steps: self.steps(steps, "rollback", "R"),
            verify: self.criteria(fields.get("verify")),
        }
    }
}
