//! `steps:` what is done. A step's kind is the key that it carries.
//!
//! For: the keys that all steps share; what each kind means has its own chapter here. The steps of a group, an option
//! and a verification stand behind the step they belong to, in one list: that is the order in which people go.

mod capture;
mod parts;
mod script;
mod title;
mod when;

use indexmap::IndexMap;

use super::Check;
use super::expect::Seen;
use super::fields::Fields;
use crate::id::{StepId, VarName};
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Course, Inside, Planned, Step, StepKind};
use crate::runbook::template::Template;
use crate::runbook::words;
use crate::time::Span;

const GRACE_DEFAULT: Span = Span(10_000);
/// Parts within parts: a group in an option in a group.
const DEPTH_MAX: usize = 4;

/// Where a step stands: what it is called after, and what it belongs to.
#[derive(Clone)]
pub(super) struct Place {
    /// `canary.2`
    pub(super) id: String,
    /// `2.2`
    pub(super) number: String,
    pub(super) inside: Option<Inside>,
    pub(super) depth: usize,
}

impl Check<'_> {
    /// Steps are numbered `2.1`, `2.2` … and called `canary.1`, `canary.2` … unless they have an id.
    pub(super) fn steps(&mut self, node: Option<&Node>, parent: &str, prefix: &str) -> Vec<Step> {
        let separator = if prefix == "R" { "" } else { "." };
        let place = |place: usize| Place {
            id: format!("{parent}.{place}"),
            number: format!("{prefix}{separator}{place}"),
            inside: None,
            depth: 0,
        };
        self.steps_at(node, place)
    }

    /// The steps of a list, each at the place that `place` gives it by its number from 1.
    fn steps_at(&mut self, node: Option<&Node>, place: impl Fn(usize) -> Place) -> Vec<Step> {
        if let Some(node @ Node { value: Value::List(nodes), .. }) = node
            && nodes.is_empty()
        {
            self.say(node.head(), "a list without a step", "add one: `- run: echo hello`");
        }
        let nodes = self.list(node, "steps");
        let mut steps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            self.each_step(node, &place(index + 1), &mut steps);
        }
        steps
    }

    /// A step with `each:` stands for several, one for each value.
    fn each_step(&mut self, node: &Node, place: &Place, into: &mut Vec<Step>) {
        let Some((name, values)) = self.each_of(node) else {
            return self.step(node, place, &IndexMap::new(), into);
        };
        for (index, value) in values.into_iter().enumerate() {
            let (id, number) = (format!("{}.{}", place.id, index + 1), format!("{}.{}", place.number, index + 1));
            let with = IndexMap::from([(name.clone(), value)]);
            let added = self.declare_local(&name);
            self.step(node, &Place { id, number, ..place.clone() }, &with, into);
            self.forget_local(&name, added);
        }
    }

    fn step(&mut self, node: &Node, place: &Place, with: &IndexMap<VarName, Template>, into: &mut Vec<Step>) {
        let Some(fields) = self.fields(node, &words::STEP) else { return };
        let Some(entry) = self.only_kind(&fields) else { return };
        self.strays(&fields, &entry.key);
        let Some(kind) = self.step_kind(&fields, entry) else { return };
        let id = self.step_id(&fields, place, !with.is_empty());
        let mut outline = fields.get("outline").map(|node| self.outline(node)).unwrap_or_default();
        if let (StepKind::Run { script, .. }, true) = (&kind, outline.is_empty()) {
            outline = script::outline(script);
        }
        let mut values = self.phase_with.clone();
        values.extend(with.clone());
        let seen = if &*entry.key == "http" { Seen::Answer } else { Seen::Output };
        let title = fields.get("title").map_or_else(|| title::default_title(&kind, &entry.value), |node| self.title(node));
        into.push(Step {
            id: id.clone(),
            number: place.number.clone(),
            title: with_value(title, with),
            inside: place.inside.clone(),
            about: fields.get("about").map(|node| self.human(node)),
            links: fields.get("links").map(|node| self.links(node)).unwrap_or_default(),
            owner: fields.get("owner").map(|node| self.role(node)),
            at: fields.get("at").and_then(|node| self.at(node)),
            when: fields.get("when").and_then(|node| self.when(node)),
            with: values,
            duration: fields.get("duration").and_then(|node| self.planned(node)).or_else(|| own_duration(&kind)),
            timeout: fields.get("timeout").map(|node| self.positive_span(node)),
            expect: self.expect(fields.get("expect").filter(|_| kind.runs_outside()), seen),
            capture: fields.get("capture").map(|node| self.capture(node, &kind)).unwrap_or_default(),
            outline,
            grace: fields.get("grace").map_or(GRACE_DEFAULT, |node| self.span(node)),
            optional: fields.get("optional").is_some_and(|node| self.flag(node)),
            dangerous: fields.get("dangerous").is_some_and(|node| self.flag(node)),
            point_of_no_return: fields.get("point_of_no_return").map(|node| self.title(node)),
            second_person: fields.get("second_person").is_some_and(|node| self.flag(node)),
            warn: fields.get("warn").map(|node| self.human(node)),
            kind,
        });
        self.parts(&fields, entry, &id, place, into);
    }

    /// A step that stands for several, or in a phase that does, is called by its place as well.
    fn step_id(&mut self, fields: &Fields<'_>, place: &Place, one_of_several: bool) -> StepId {
        let Some(node) = fields.get("id") else { return StepId::new(&place.id) };
        let own = self.id(node).unwrap_or_default();
        let id = match place.id.split_once('.') {
            Some((phase, _)) if self.copied => format!("{phase}.{own}"),
            Some(_) | None => own,
        };
        let last = place.id.rsplit('.').next().unwrap_or_default();
        let id = if one_of_several { format!("{id}.{last}") } else { id };
        if let (Err(first), false) = (self.names.steps.add(&id, node.extent, ()), id.is_empty()) {
            self.notes.say_twice(node.extent, format!("a second step called `{id}`"), first);
        }
        StepId::new(&id)
    }

    /// The one key that says what the step does.
    fn only_kind<'n>(&mut self, fields: &Fields<'n>) -> Option<&'n Entry> {
        let kinds = fields.kinds();
        if let Some(second) = kinds.get(1) {
            let what = format!("a step does one thing, not `{}` and `{}`", kinds[0].key, second.key);
            self.say(second.key_extent, what, "make two steps of it");
        }
        if kinds.is_empty() && !fields.misspelt {
            self.say(fields.head, "this step does nothing", format!("give it one of {}", words::STEP.one_of.join(", ")));
        }
        kinds.first().copied().filter(|entry| !matches!(entry.value.value, Value::Nothing))
    }

    fn step_kind(&mut self, fields: &Fields<'_>, entry: &Entry) -> Option<StepKind> {
        let node = &entry.value;
        Some(match &*entry.key {
            "run" => self.scripted(fields, node, Course::Once),
            "background" => self.background(fields, node),
            "watch" => self.watch_step(fields, node),
            "until" => self.until(fields, node)?,
            "manual" => StepKind::Manual { instruction: self.instruction(node) },
            "http" => StepKind::Http(self.request(node)?),
            "wait" => StepKind::Wait { span: self.positive_span(node) },
            "message" => self.message_step(fields, node)?,
            "choose" => self.choose(fields, entry),
            "group" => self.group(fields, entry),
            _ => self.bake(fields, entry),
        })
    }

    fn bake(&mut self, fields: &Fields<'_>, entry: &Entry) -> StepKind {
        if !fields.has("while") && !fields.misspelt {
            let help = "add `while: [ health is up ]`, or make it a `wait:`";
            self.say(entry.key_extent, "a bake that watches nothing", help);
        }
        let (span, criteria) = (self.positive_span(&entry.value), self.criteria(fields.get("while")));
        let flaws: Vec<_> = criteria.iter().filter_map(|criterion| self.names.too_short(&criterion.test, span)).collect();
        for (what, help) in flaws {
            self.say(entry.value.extent, what, help);
        }
        StepKind::Bake { span, criteria }
    }

    fn instruction(&mut self, node: &Node) -> Template {
        let instruction = self.template(node);
        if instruction.written().trim().is_empty() && matches!(node.value, Value::Text { .. }) {
            self.say(node.extent, "an empty instruction", "say what the person has to do");
        }
        instruction
    }

    /// What the step is expected to do inside: a list of texts, or of `title: 30s`.
    fn outline(&mut self, node: &Node) -> Vec<(String, Option<Span>)> {
        let nodes = self.list(Some(node), "parts");
        let mut parts = Vec::new();
        for node in nodes {
            match &node.value {
                Value::Map(entries) if entries.len() == 1 => {
                    parts.push((entries[0].key.to_string(), self.maybe_span(&entries[0].value)));
                }
                Value::Map(_) | Value::Nothing | Value::Text { .. } | Value::List(_) => parts.push((self.title(node), None)),
            }
        }
        parts
    }
}

/// Waiting and baking take as long as they say.
fn own_duration(kind: &StepKind) -> Option<Planned> {
    kind.own_length().map(|span| Planned { expected: span, limit: span })
}

/// Where a step stands for several and its title does not say which, the value does.
fn with_value(title: String, with: &IndexMap<VarName, Template>) -> String {
    let Some((name, value)) = with.first() else { return title };
    let says = Template::parse(&title).is_ok_and(|template| template.vars().any(|var| var == name));
    if says { title } else { format!("{title}: {}", value.written()) }
}
