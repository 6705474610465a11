//! Steps made of steps: groups, choices and verifications; and the text of a message.

use super::Place;
use crate::id::StepId;
use crate::runbook::check::Check;
use crate::runbook::check::fields::Fields;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{ChoiceOption, Inside, Letter, Message, Step, StepKind};
use crate::runbook::words;
use crate::time::Span;

/// How long what a verification looks for may take to come true.
const VERIFY_TIMEOUT: Span = Span(120_000);
/// As many letters as there are.
const OPTIONS_MAX: usize = 26;

impl Check<'_> {
    pub(super) fn group(&mut self, fields: &Fields<'_>, entry: &Entry) -> StepKind {
        if !fields.has("steps") && !fields.misspelt {
            self.say(entry.key_extent, "a group without steps", "add `steps: [ … ]`: they run beside each other");
        }
        self.title(&entry.value);
        StepKind::Group
    }

    pub(super) fn choose(&mut self, fields: &Fields<'_>, entry: &Entry) -> StepKind {
        self.title(&entry.value);
        let node = self.required(fields, "a choice", "options", "options: [ { title: Blue-green, steps: […] }, … ]");
        let nodes = self.list(node, "options");
        if let (Some(node), true) = (node, nodes.len() < 2 || nodes.len() > OPTIONS_MAX) {
            let help = format!("a choice has from 2 to {OPTIONS_MAX} options");
            self.say(node.head(), format!("{} to choose from", nodes.len()), help);
        }
        let mut options: Vec<ChoiceOption> = Vec::new();
        for node in nodes {
            // The steps of the options are read later, when the step they belong to is known.
            let Some(fields) = self.fields(node, &words::OPTION) else { continue };
            let title_node = self.required(&fields, "an option", "title", "title: Blue-green");
            let title = title_node.map(|node| self.title(node));
            let again = title.as_ref().is_some_and(|title| options.iter().any(|option| option.title == *title));
            if let (Some(node), Some(title), true) = (title_node, &title, again) {
                self.say(node.extent, format!("a second option `{title}`"), "say what is different about it");
            }
            let about = fields.get("about").map(|node| self.human(node));
            options.push(ChoiceOption { title: title.unwrap_or_default(), about });
        }
        StepKind::Choose { options }
    }

    /// The steps that belong to the one just read.
    pub(super) fn parts(&mut self, fields: &Fields<'_>, entry: &Entry, id: &StepId, place: &Place, into: &mut Vec<Step>) {
        let nested = ["steps", "options", "verify"].iter().any(|key| fields.has(key));
        if nested && place.depth >= super::DEPTH_MAX {
            self.say(fields.head, "steps within steps within steps", "at most four deep: make a phase of it");
            return;
        }
        match &*entry.key {
            "group" => {
                let within = |index: usize| place.part(&index.to_string(), Inside::Group(id.clone()));
                let steps = self.steps_at(fields.get("steps"), within);
                into.extend(steps);
            }
            "choose" => self.options(fields, id, place, into),
            _ => {}
        }
        if let Some(node) = fields.get("verify") {
            self.verify(node, id, place, into);
        }
    }

    fn options(&mut self, fields: &Fields<'_>, id: &StepId, place: &Place, into: &mut Vec<Step>) {
        let nodes = fields.get("options").map(|node| &node.value);
        let Some(Value::List(nodes)) = nodes else { return };
        for (index, node) in nodes.iter().enumerate().take(OPTIONS_MAX) {
            let letter = Letter(u8::try_from(index).unwrap_or(u8::MAX));
            let Value::Map(entries) = &node.value else { continue };
            let steps = entries.iter().find(|entry| &*entry.key == "steps").map(|entry| &entry.value);
            let within = |index: usize| place.part(&format!("{}{index}", letter.letter()), Inside::Option(id.clone(), letter));
            let steps = self.steps_at(steps, within);
            into.extend(steps);
        }
    }

    /// One verification or several: `look at the dashboard`, a criterion, or a step of its own.
    fn verify(&mut self, node: &Node, id: &StepId, place: &Place, into: &mut Vec<Step>) {
        let single = !matches!(node.value, Value::List(_));
        let nodes: &[Node] = if single { std::slice::from_ref(node) } else { self.list(Some(node), "verifications") };
        for (index, node) in nodes.iter().enumerate() {
            let name = if single { "v".to_owned() } else { format!("v{}", index + 1) };
            let place = place.part(&name, Inside::Verify(id.clone()));
            match &node.value {
                Value::Map(_) => self.each_step(node, &place, into),
                Value::Text { text, .. } if is_a_look(text) => {
                    let instruction = self.template(node);
                    let title = self.title(node);
                    let kind = StepKind::Manual { instruction };
                    let step = Step::plain(StepId::new(&place.id), place.number, title, kind);
                    into.push(Step { inside: place.inside, with: self.phase_with.clone(), ..step });
                }
                Value::Text { .. } => {
                    let criterion = self.criterion(node);
                    let title = format!("Verify {}", criterion.text);
                    let kind = StepKind::Until { hold: Span::ZERO, criteria: vec![criterion] };
                    let step = Step::plain(StepId::new(&place.id), place.number, title, kind);
                    into.push(Step { inside: place.inside, timeout: Some(VERIFY_TIMEOUT), ..step });
                }
                Value::Nothing | Value::List(_) => {
                    let help = "write a criterion, `look at …`, or a step: `{ run: ./check.sh }`";
                    self.say(node.head(), format!("a verification was expected; this is {}", node.noun()), help);
                }
            }
        }
    }

    /// `message: deployed`, one of `messages:`, or the text itself.
    pub(super) fn message_step(&mut self, fields: &Fields<'_>, node: &Node) -> Option<StepKind> {
        let to: Vec<_> = self.some(fields.get("to"), "channels").into_iter().map(|node| self.channel_name(node)).collect();
        let subject = fields.get("subject").map(|node| self.template(node));
        if let Some(Message { name, to: usual, subject: its, text, .. }) = self.named_message(node) {
            // What the step says itself goes before what was prepared.
            let to = if to.is_empty() { usual } else { to };
            return Some(StepKind::Message { name: Some(name), to, subject: subject.or(its), text });
        }
        let text = self.template(node);
        if text.written().trim().is_empty() && matches!(node.value, Value::Text { .. }) {
            self.say(node.extent, "an empty message", "write what people are to know");
            return None;
        }
        Some(StepKind::Message { name: None, to, subject, text })
    }
}

fn is_a_look(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    first.eq_ignore_ascii_case("look")
}

impl Place {
    /// The place of a part: `2.2` and `1` make `2.2.1`.
    fn part(&self, name: &str, inside: Inside) -> Self {
        Self {
            id: format!("{}.{name}", self.id),
            number: format!("{}.{name}", self.number),
            inside: Some(inside),
            depth: self.depth + 1,
        }
    }
}
