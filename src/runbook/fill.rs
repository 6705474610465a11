//! Putting the variables' values into the texts that people read, once, before the room opens.
//!
//! Secrets are never put in: they stay `{{ name }}`. Addresses, headers and bodies stay templates, filled as they are used.

use indexmap::IndexMap;

use crate::id::VarName;
use crate::measure::criterion::{Criterion, Test};
use crate::measure::metric::Query;
use crate::runbook::model::{
    ChannelKind, Checklist, Contact, Expect, Gate, Guide, Item, Link, Phase, Runbook, SignOff, Step, StepKind, Watch, When,
};
use crate::runbook::template::{Template, Values};

impl Runbook {
    /// The same plan with its variables in all texts that people read.
    #[must_use]
    pub fn fill(mut self, values: &Values) -> Self {
        let mut shown = values.clone();
        shown.0.retain(|name, _| self.vars.get(name).is_none_or(|var| !var.secret));
        let fill = Fill(&shown);
        fill.text(&mut self.title);
        fill.maybe(&mut self.about);
        for role in self.roles.values_mut() {
            fill.text(&mut role.title);
            fill.maybe(&mut role.phone);
        }
        for source in self.sources.values_mut() {
            fill.expect(&mut source.expect);
        }
        for metric in self.metrics.values_mut() {
            fill.text(&mut metric.title);
            match &mut metric.query {
                Query::PromQl(query) | Query::JsonPath(query) | Query::Alerts(query) | Query::Regex(query) => fill.text(query),
                Query::LastNumber => {}
            }
        }
        for Checklist { title, items, .. } in &mut self.checklists {
            fill.text(title);
            fill.each(items, Fill::item);
        }
        if let Some(SignOff { question, verdicts, refuses, .. }) = &mut self.sign_off {
            fill.text(question);
            fill.each(verdicts, Fill::text);
            fill.each(refuses, Fill::text);
        }
        for Watch { list, .. } in &mut self.watch {
            fill.text(&mut list.title);
            fill.each(&mut list.items, Fill::item);
        }
        for phase in &mut self.phases {
            fill.phase(phase);
        }
        for trigger in &mut self.triggers {
            let own = fill.own(&trigger.with);
            Fill(&own).text(&mut trigger.title);
            Fill(&own).criterion(&mut trigger.when);
        }
        if let Some(rollback) = &mut self.rollback {
            fill.each(&mut rollback.steps, Fill::step);
            fill.each(&mut rollback.verify, Fill::criterion);
        }
        fill.each(&mut self.contacts, Fill::contact);
        fill.each(&mut self.guides, Fill::guide);
        fill.comms(&mut self);
        self
    }
}

impl Expect {
    /// With the values that are known by the time the step begins: what earlier steps captured among them.
    #[must_use]
    pub fn filled(&self, values: &Values) -> Self {
        let mut filled = self.clone();
        Fill(values).expect(&mut filled);
        filled
    }
}

struct Fill<'v>(&'v Values);

impl Fill<'_> {
    fn each<'t, T: 't>(&self, many: impl IntoIterator<Item = &'t mut T>, fill: fn(&Self, &mut T)) {
        for one in many {
            fill(self, one);
        }
    }

    /// Text without a variable stays untouched, whatever braces it has.
    fn text(&self, text: &mut String) {
        if let Ok(template) = Template::parse(text)
            && template.vars().next().is_some()
        {
            *text = template.render(self.0);
        }
    }

    fn maybe(&self, text: &mut Option<String>) {
        self.each(text, Self::text);
    }

    fn item(&self, item: &mut Item) {
        self.text(&mut item.text);
        self.maybe(&mut item.about);
        self.each(&mut item.links, Self::link);
        self.when(&mut item.when);
        if let Some(field) = &mut item.field {
            self.text(&mut field.ask);
        }
        self.each(&mut item.items, Self::item);
    }

    /// The values with those that a step or phase has for itself.
    fn own(&self, with: &IndexMap<VarName, Template>) -> Values {
        let mut values = self.0.clone();
        values.0.extend(with.iter().map(|(name, value)| (name.clone(), value.render(self.0))));
        values
    }

    fn phase(&self, phase: &mut Phase) {
        let own = self.own(&phase.with);
        let fill = Fill(&own);
        fill.text(&mut phase.title);
        fill.maybe(&mut phase.about);
        fill.each(&mut phase.links, Fill::link);
        fill.when(&mut phase.when);
        fill.each(&mut phase.gate, Fill::gate);
        // Its steps have its values for themselves.
        self.each(&mut phase.steps, Self::step);
    }

    fn step(&self, step: &mut Step) {
        let own = self.own(&step.with);
        let fill = Fill(&own);
        fill.text(&mut step.title);
        fill.each([&mut step.about, &mut step.warn, &mut step.point_of_no_return], Fill::maybe);
        fill.each(&mut step.links, Fill::link);
        fill.when(&mut step.when);
        fill.expect(&mut step.expect);
        for (title, _) in &mut step.outline {
            fill.text(title);
        }
        match &mut step.kind {
            StepKind::Manual { instruction } => *instruction = instruction.fill(&own),
            StepKind::Bake { criteria, .. } | StepKind::Until { criteria, .. } => fill.each(criteria, Fill::criterion),
            StepKind::Message { subject, text, .. } => {
                *text = text.fill(&own);
                if let Some(subject) = subject {
                    *subject = subject.fill(&own);
                }
            }
            StepKind::Choose { options } => {
                for option in options {
                    fill.text(&mut option.title);
                    fill.maybe(&mut option.about);
                }
            }
            StepKind::Run { .. } | StepKind::Http(_) | StepKind::Wait { .. } | StepKind::Group => {}
        }
    }

    /// Decides what hangs on values: what applies loses its condition, what does not says why.
    fn when(&self, when: &mut Option<When>) {
        match when {
            Some(When::Ask { question }) => self.text(question),
            Some(When::Var { name, is, value }) => {
                let known = self.0.0.get(name).map_or("", |known| known.trim());
                let holds = value.as_ref().map_or_else(|| is_yes(known), |wanted| known == wanted.as_str());
                *when = if holds == *is { None } else { Some(When::Never { why: format!("{name} is {}", shown(known)) }) };
            }
            Some(When::Never { .. }) | None => {}
        }
    }

    fn link(&self, link: &mut Link) {
        self.text(&mut link.title);
        self.text(&mut link.url);
    }

    fn comms(&self, runbook: &mut Runbook) {
        for message in &mut runbook.messages {
            message.text = message.text.fill(self.0);
            if let Some(subject) = &mut message.subject {
                *subject = subject.fill(self.0);
            }
        }
        for channel in runbook.channels.values_mut() {
            self.text(&mut channel.title);
            match &mut channel.kind {
                ChannelKind::Slack { room: text, .. }
                | ChannelKind::Email { to: text }
                | ChannelKind::PagerDuty { service: text, .. }
                | ChannelKind::StatusPage { url: text }
                | ChannelKind::Phone { number: text }
                | ChannelKind::Call { url: text } => self.text(text),
                ChannelKind::Webhook { .. } => {}
            }
        }
        for level in runbook.escalation.iter_mut().flat_map(|ladder| &mut ladder.levels) {
            self.each(&mut level.act, Self::text);
            self.each([&mut level.authority, &mut level.escalate_if], Self::maybe);
        }
        for (_, value) in &mut runbook.document.facts {
            self.text(value);
        }
        self.each(&mut runbook.document.links, Self::link);
    }

    fn expect(&self, expect: &mut Expect) {
        self.each(expect.contains.iter_mut().chain(&mut expect.absent).chain(&mut expect.matches), Self::text);
        self.maybe(&mut expect.value);
        for (_, value) in &mut expect.json {
            if let serde_json::Value::String(text) = value {
                self.text(text);
            }
        }
    }

    fn gate(&self, gate: &mut Gate) {
        self.text(&mut gate.question);
        self.each(&mut gate.require, Self::criterion);
    }

    fn criterion(&self, criterion: &mut Criterion) {
        self.text(&mut criterion.text);
        self.test(&mut criterion.test);
    }

    /// What an operator confirms is a text for people, and is known by it.
    fn test(&self, test: &mut Test) {
        match test {
            Test::Confirmed { what } => self.text(what),
            Test::All(tests) | Test::Any(tests) => self.each(tests, Self::test),
            Test::Not(test) | Test::Due { test, .. } => self.test(test),
            Test::Compare { .. }
            | Test::Target { .. }
            | Test::Change { .. }
            | Test::Health { .. }
            | Test::Uptime { .. }
            | Test::NoCritical { .. }
            | Test::NoAlerts { .. }
            | Test::Complete { .. } => {}
        }
    }

    fn contact(&self, contact: &mut Contact) {
        self.text(&mut contact.name);
        self.each([&mut contact.role, &mut contact.phone, &mut contact.email, &mut contact.link], Self::maybe);
    }

    fn guide(&self, guide: &mut Guide) {
        self.text(&mut guide.title);
        self.text(&mut guide.text);
        self.each(&mut guide.links, Self::link);
    }
}

/// Whether a value says yes. Nothing, `no`, `false`, `off` and `0` do not.
fn is_yes(value: &str) -> bool {
    !["", "no", "false", "off", "0"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "empty" } else { value }
}
