//! Steps against what is planned for them: a phase's duration, the rollback's budget.

use super::Lint;
use super::plan::written;
use super::rules::STEPS_TOO_LONG;
use crate::runbook::file::{Extent, Node};
use crate::runbook::model::{Inside, Letter, Step, StepKind};
use crate::runbook::written::entry;
use crate::time::Span;

impl Lint<'_> {
    pub(super) fn lengths(&mut self, root: &Node) {
        let (runbook, written) = (self.runbook, written(root));
        for phase in &runbook.phases {
            let (Some(planned), Some(node)) = (phase.duration, written.value(phase, "duration")) else { continue };
            self.too_long(&phase.steps, planned.limit, node.extent, &format!("the steps of `{}`", phase.title));
        }
        let budget = entry(root, "rollback").and_then(|rollback| entry(&rollback.value, "budget"));
        if let (Some(rollback), Some(budget)) = (&runbook.rollback, budget) {
            self.too_long(&rollback.steps, rollback.budget, budget.value.extent, "the steps of the rollback");
        }
    }

    fn too_long(&mut self, steps: &[Step], planned: Span, at: Extent, which: &str) {
        let outermost = steps.iter().filter(|step| step.inside.is_none());
        let taken = outermost.fold(Span::ZERO, |sum, step| sum + least(step, steps));
        if taken > planned {
            let what = format!("{which} take {taken}, and {planned} is planned");
            self.warn(&STEPS_TOO_LONG, at, what, format!("{} are missing", taken - planned));
        }
    }
}

/// How long a step takes at least, with its parts, by what the runbook says.
fn least(step: &Step, all: &[Step]) -> Span {
    // What may not be done takes no time for certain, nor does what runs on beside the others.
    if step.when.is_some() || step.optional || step.kind.background().is_some() {
        return Span::ZERO;
    }
    let own = step.kind.own_length().unwrap_or_default();
    let said = step.duration.map(|planned| planned.expected).unwrap_or_default().max(own);
    let parts = |belongs: &dyn Fn(&Inside) -> bool| {
        let parts =
            all.iter().filter(|part| part.inside.as_ref().is_some_and(|inside| *inside.parent() == step.id && belongs(inside)));
        parts.map(|part| least(part, all)).collect::<Vec<_>>()
    };
    let sum = |spans: Vec<Span>| spans.into_iter().fold(Span::ZERO, |sum, span| sum + span);
    let beside = parts(&|inside| matches!(inside, Inside::Group(_))).into_iter().max().unwrap_or_default();
    let options = if let StepKind::Choose { options } = &step.kind { options.len() } else { 0 };
    let option = |number: usize| {
        let letter = Letter(u8::try_from(number).unwrap_or(u8::MAX));
        sum(parts(&|inside| matches!(inside, Inside::Option(_, own) if *own == letter)))
    };
    let chosen = (0..options).map(option).min().unwrap_or_default();
    said.max(beside).max(chosen) + sum(parts(&|inside| matches!(inside, Inside::Verify(_))))
}
