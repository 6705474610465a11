//! Putting the variables' values into the texts that people read, once, before the room opens.
//!
//! Secrets are never put in: they stay `{{ name }}`. Addresses, headers and bodies stay templates, filled as they are used.

use crate::measure::criterion::{Criterion, Test};
use crate::measure::metric::Query;
use crate::runbook::model::{Checklist, Contact, Expect, Gate, Guide, Item, Runbook, Step, StepKind};
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
        for phase in &mut self.phases {
            fill.text(&mut phase.title);
            fill.each(&mut phase.steps, Fill::step);
            fill.each(&mut phase.gate, Fill::gate);
        }
        for trigger in &mut self.triggers {
            fill.text(&mut trigger.title);
            fill.criterion(&mut trigger.when);
        }
        if let Some(rollback) = &mut self.rollback {
            fill.each(&mut rollback.steps, Fill::step);
            fill.each(&mut rollback.verify, Fill::criterion);
        }
        fill.each(&mut self.contacts, Fill::contact);
        fill.each(&mut self.guides, Fill::guide);
        self
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
        if let Some(field) = &mut item.field {
            self.text(&mut field.ask);
        }
        self.each(&mut item.items, Self::item);
    }

    fn step(&self, step: &mut Step) {
        self.text(&mut step.title);
        self.maybe(&mut step.warn);
        self.expect(&mut step.expect);
        match &mut step.kind {
            StepKind::Manual { instruction } => *instruction = instruction.fill(self.0),
            StepKind::Bake { criteria, .. } => self.each(criteria, Self::criterion),
            StepKind::Run { .. } | StepKind::Http(_) | StepKind::Wait { .. } => {}
        }
    }

    fn expect(&self, expect: &mut Expect) {
        self.each(expect.contains.iter_mut().chain(&mut expect.absent).chain(&mut expect.matches), Self::text);
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
        for link in &mut guide.links {
            self.text(&mut link.title);
            self.text(&mut link.url);
        }
    }
}
