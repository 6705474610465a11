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
                Query::PromQl(query) | Query::JsonPath(query) => fill.text(query),
            }
        }
        for Checklist { title, items, .. } in &mut self.checklists {
            fill.text(title);
            items.iter_mut().for_each(|item| fill.item(item));
        }
        for phase in &mut self.phases {
            fill.text(&mut phase.title);
            phase.steps.iter_mut().for_each(|step| fill.step(step));
            phase.gate.iter_mut().for_each(|gate| fill.gate(gate));
        }
        for trigger in &mut self.triggers {
            fill.text(&mut trigger.title);
            fill.criterion(&mut trigger.when);
        }
        if let Some(rollback) = &mut self.rollback {
            rollback.steps.iter_mut().for_each(|step| fill.step(step));
            rollback.verify.iter_mut().for_each(|criterion| fill.criterion(criterion));
        }
        self.contacts.iter_mut().for_each(|contact| fill.contact(contact));
        self.guides.iter_mut().for_each(|guide| fill.guide(guide));
        self
    }
}

struct Fill<'v>(&'v Values);

impl Fill<'_> {
    /// Text without a variable stays untouched, whatever braces it has.
    fn text(&self, text: &mut String) {
        if let Ok(template) = Template::parse(text)
            && template.vars().next().is_some()
        {
            *text = template.render(self.0);
        }
    }

    fn maybe(&self, text: &mut Option<String>) {
        text.iter_mut().for_each(|text| self.text(text));
    }

    fn item(&self, item: &mut Item) {
        self.text(&mut item.text);
        item.field.iter_mut().for_each(|field| self.text(&mut field.ask));
        item.items.iter_mut().for_each(|item| self.item(item));
    }

    fn step(&self, step: &mut Step) {
        self.text(&mut step.title);
        self.maybe(&mut step.warn);
        self.expect(&mut step.expect);
        match &mut step.kind {
            StepKind::Manual { instruction } => *instruction = instruction.fill(self.0),
            StepKind::Bake { criteria, .. } => criteria.iter_mut().for_each(|criterion| self.criterion(criterion)),
            StepKind::Run { .. } | StepKind::Http(_) | StepKind::Wait { .. } => {}
        }
    }

    fn expect(&self, expect: &mut Expect) {
        expect.contains.iter_mut().chain(&mut expect.absent).for_each(|text| self.text(text));
        for (_, value) in &mut expect.json {
            if let serde_json::Value::String(text) = value {
                self.text(text);
            }
        }
    }

    fn gate(&self, gate: &mut Gate) {
        self.text(&mut gate.question);
        gate.require.iter_mut().for_each(|criterion| self.criterion(criterion));
    }

    fn criterion(&self, criterion: &mut Criterion) {
        self.text(&mut criterion.text);
        self.test(&mut criterion.test);
    }

    /// What an operator confirms is a text for people, and is known by it.
    fn test(&self, test: &mut Test) {
        match test {
            Test::Confirmed { what } => self.text(what),
            Test::All(tests) | Test::Any(tests) => tests.iter_mut().for_each(|test| self.test(test)),
            Test::Not(test) => self.test(test),
            Test::Compare { .. } | Test::Health { .. } | Test::NoCritical { .. } | Test::Complete { .. } => {}
        }
    }

    fn contact(&self, contact: &mut Contact) {
        self.text(&mut contact.name);
        [&mut contact.role, &mut contact.phone, &mut contact.email, &mut contact.link]
            .into_iter()
            .for_each(|text| self.maybe(text));
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
