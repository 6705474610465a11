//! What a step without a title is called.

use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Course, StepKind};

/// The longest title that is made from a script.
const TITLE_CHARS_MAX: usize = 60;

/// What a step without a title is called: its first command, its request, its time.
pub(super) fn default_title(kind: &StepKind, node: &Node) -> String {
    match kind {
        StepKind::Run { script, course: Course::Until { .. }, .. } => format!("Until {}", first_command(script)),
        StepKind::Run { script, .. } => first_command(script),
        StepKind::Manual { .. } | StepKind::Choose { .. } | StepKind::Group => match &node.value {
            Value::Text { text, .. } => clipped(text.trim().lines().next().unwrap_or_default()),
            Value::Nothing | Value::List(_) | Value::Map(_) => String::new(),
        },
        StepKind::Message { name: Some(name), .. } => format!("Message: {name}"),
        StepKind::Message { name: None, subject, text, .. } => {
            let said = subject.as_ref().unwrap_or(text).written();
            clipped(&format!("Message: {}", said.trim().lines().next().unwrap_or_default()))
        }
        StepKind::Until { criteria, .. } => {
            let what: Vec<&str> = criteria.iter().map(|criterion| criterion.text.as_str()).collect();
            clipped(&format!("Until {}", what.join(" and ")))
        }
        StepKind::Http(request) => clipped(&format!("{} {}", request.method.word(), request.url.written())),
        StepKind::Wait { span } => format!("Wait {span}"),
        StepKind::Bake { span, .. } => format!("Bake {span}"),
    }
}

fn first_command(script: &str) -> String {
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let says_little = |line: &str| line.starts_with('#') || line.starts_with("set -");
    let command = lines.clone().find(|line| !says_little(line)).or_else(|| lines.next());
    clipped(command.unwrap_or_default())
}

fn clipped(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS_MAX {
        return line;
    }
    let kept: String = line.chars().take(TITLE_CHARS_MAX - 1).collect();
    format!("{kept}…")
}
