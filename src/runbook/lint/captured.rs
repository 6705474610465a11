//! Captured values that are used where the step that captures them may not have run.
//!
//! The plan's order is the file's: what is captured further up is known further down, unless it is captured where the plan may
//! not come by. A rollback begins at any time, and so knows for certain only what was captured before anything was changed.

use super::Lint;
use super::rules::NOT_CAPTURED;
use super::walk::{Level, Text};
use crate::id::VarName;
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::words::forms::ReadBy;

/// What is shown only, or asked before the step begins.
const SHOWN: [&str; 9] = ["title", "about", "warn", "outline", "links", "point_of_no_return", "ask", "choose", "group"];

/// What the steps of the file capture and use, in its order.
#[derive(Default)]
pub(super) struct Flow {
    given: Vec<Given>,
    used: Vec<Used>,
}

struct Given {
    name: String,
    place: Around,
}

struct Used {
    name: String,
    at: Extent,
    place: Around,
}

/// Where in the plan a step stands; each mapping around it by where it begins in the file.
#[derive(Clone)]
struct Around {
    /// The steps, the outermost first.
    steps: Vec<usize>,
    /// What may be left out: by a condition, a choice, or because it is optional.
    open: Vec<usize>,
    /// The steps whose parts run beside each other.
    groups: Vec<usize>,
    /// Whether a person is asked before it begins.
    asked: bool,
    rollback: bool,
}

impl Around {
    fn of(text: &Text<'_>) -> Option<Self> {
        let mut around = Self { steps: Vec::new(), open: Vec::new(), groups: Vec::new(), asked: false, rollback: false };
        for level in text.around {
            let begins = level.entries.first()?.key_extent.start;
            let is_step = level.part.name == "step";
            if is_step {
                around.steps.push(begins);
            }
            let when = level.get("when").filter(|_| is_step || matches!(level.part.name, "phase" | "option"));
            let optional = is_step && level.get("optional").is_some_and(|node| plain(node) == Some("true"));
            if when.is_some() || optional || level.part.name == "option" {
                around.open.push(begins);
            }
            around.asked |=
                level.part.name == "option" || optional || when.is_some_and(|node| matches!(node.value, Value::Map(_)));
            if is_step && level.get("group").is_some() {
                around.groups.push(begins);
            }
            around.rollback |= level.part.name == "rollback";
        }
        (!around.steps.is_empty()).then_some(around)
    }

    fn step(&self) -> usize {
        self.steps.last().copied().unwrap_or_default()
    }
}

/// How certain it is that a value is there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Never,
    Perhaps,
    Surely,
}

impl Given {
    /// Whether the plan has come by here when it comes to `used`.
    fn known_at(&self, used: &Around) -> Known {
        let (own, place) = (self.place.step(), &self.place);
        // A step's verification finds what the step gave, the step itself does not.
        let within = used.steps.contains(&own);
        if own == used.step() || (own > used.step() && !within) || place.rollback != used.rollback {
            return Known::Never;
        }
        let left_out = place.open.iter().any(|open| !used.open.contains(open));
        let beside = !within && place.groups.iter().any(|group| used.groups.contains(group));
        if left_out || beside { Known::Perhaps } else { Known::Surely }
    }
}

impl Flow {
    /// What the steps around this text capture.
    pub(super) fn gives(&mut self, text: &Text<'_>) {
        let Some(around) = Around::of(text) else { return };
        let Some(step) = text.around.iter().rev().find(|level| level.part.name == "step") else { return };
        if self
            .given
            .iter()
            .rev()
            .take_while(|given| given.place.step() >= around.step())
            .any(|one| one.place.step() == around.step())
        {
            return;
        }
        for name in captured(step) {
            self.given.push(Given { name, place: around.clone() });
        }
    }

    /// A script's `$name`, where the script does not say what holds without it.
    pub(super) fn uses(&mut self, text: &Text<'_>, name: &str, at: Extent) {
        let own = |level: &Level<'_>| {
            let given = ["with", "each", "env"].into_iter().filter_map(|key| level.get(key));
            given.into_iter().any(|node| matches!(&node.value, Value::Map(own) if own.iter().any(|entry| &*entry.key == name)))
        };
        if !self.given.iter().any(|given| given.name == name) || text.around.iter().any(own) {
            return;
        }
        let Some(place) = Around::of(text) else { return };
        self.used.push(Used { name: name.to_owned(), at, place });
    }
}

/// The names that a step captures.
fn captured(step: &Level<'_>) -> Vec<String> {
    match step.get("capture").map(|node| &node.value) {
        Some(Value::Text { text, .. }) => vec![text.to_string()],
        Some(Value::Map(named)) => named.iter().map(|entry| entry.key.to_string()).collect(),
        Some(Value::Nothing | Value::List(_)) | None => Vec::new(),
    }
}

fn plain(node: &Node) -> Option<&str> {
    if let Value::Text { text, .. } = &node.value { Some(text) } else { None }
}

/// Whether `{{ name }}` in this text is needed for what the step does.
pub(super) fn is_needed(text: &Text<'_>) -> bool {
    text.form.read_by != ReadBy::Shell && text.inside("step") && !SHOWN.contains(&text.key.name)
}

impl Lint<'_> {
    pub(super) fn captured(&mut self, flow: &Flow) {
        for used in &flow.used {
            let given = || flow.given.iter().filter(|given| given.name == used.name);
            let known = given().map(|given| given.known_at(&used.place)).max().unwrap_or(Known::Never);
            if known == Known::Surely || used.place.rollback && used.place.asked {
                continue;
            }
            let Some(from) = self.runbook.captures(&VarName::new(&used.name)) else { continue };
            let (name, number) = (&used.name, &from.number);
            let before_all = self.is_before_all_else(&used.name) && given().any(|given| given.place.open.is_empty());
            let what = match (used.place.rollback, known) {
                (true, _) if before_all => continue,
                (true, _) => format!("the rollback needs `{name}`, and may begin before {number} has captured it"),
                (false, Known::Never) => format!("nothing has captured `{name}` by then: {number} does it later"),
                (false, Known::Perhaps | Known::Surely) => format!("`{name}` is captured by {number}, which may be left out"),
            };
            let help = if used.place.rollback {
                format!(
                    "capture it before anything is changed, ask whether the step applies (`when: {{ ask: … }}`), or say what holds without it: `${{{name}:-…}}`"
                )
            } else {
                format!("capture it before, or say what holds without it: `${{{name}:-…}}`")
            };
            self.warn(&NOT_CAPTURED, used.at, what, help);
        }
    }

    /// Whether the first step that captures it stands before all that changes anything: until then there is nothing to roll back.
    fn is_before_all_else(&self, name: &str) -> bool {
        let gives = |step: &crate::runbook::model::Step| step.capture.iter().any(|capture| *capture.name.as_str() == *name);
        let mut plan = self.runbook.phases.iter().flat_map(|phase| &phase.steps);
        plan.find(|step| gives(step) || step.acts()).is_some_and(gives)
    }
}
