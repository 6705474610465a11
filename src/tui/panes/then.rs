//! What came next in a recording: said as in a room that lives, but without keys that nobody can press any more.

use crate::room::decide;
use crate::room::state::{Stage, StepStatus};
use crate::runbook::model::{Step, StepKind};
use crate::text;
use crate::tui::panes::kit::count;
use crate::tui::panes::next::{self, Next};
use crate::tui::scene::Scene;

pub(super) fn was_next(scene: &Scene) -> Next {
    let theme = scene.theme;
    if let Some((_, at)) = scene.countdown() {
        let text = format!("the rollback in {}, unless somebody vetoes it", (at - scene.now).or_zero());
        return Next { text, style: theme.critical() };
    }
    let step = || next::unsettled(scene, next::current_steps(scene)).map(|one| step(scene, one));
    match &scene.state.stage {
        Stage::Ended(ending, _) => next::ended(scene, ending),
        Stage::RollingBack => {
            step().unwrap_or_else(|| Next { text: "the verification of the rollback".to_owned(), style: theme.title() })
        }
        Stage::Planned | Stage::Underway { .. } if scene.state.hold.is_some() => {
            Next { text: "somebody resumes: it is on hold".to_owned(), style: theme.warning() }
        }
        Stage::Planned => Next { text: the_start(scene), style: theme.title() },
        Stage::Underway { phase } => {
            step().or_else(|| gate(scene, *phase)).unwrap_or_else(|| next::the_phase_after(scene, *phase))
        }
    }
}

fn step(scene: &Scene, step: &Step) -> Next {
    let theme = scene.theme;
    let name = format!("{} {}", step.number, text::clean(&step.title));
    match next::status(scene, step) {
        StepStatus::Running { started, .. } => match &step.kind {
            StepKind::Wait { .. }
            | StepKind::Bake { .. }
            | StepKind::Until { .. }
            | StepKind::Choose { .. }
            | StepKind::Group => next::running(scene, step, &name),
            StepKind::Run { .. } | StepKind::Http(_) => {
                Next { text: format!("the end of {name}, which runs for {}", scene.now - *started), style: theme.normal() }
            }
            StepKind::Manual { .. } | StepKind::Message { .. } => {
                Next { text: format!("the end of {name}, done by hand"), style: theme.normal() }
            }
        },
        StepStatus::Failed { .. } => Next { text: format!("a decision: {name} has failed"), style: theme.critical() },
        StepStatus::Lost { .. } => Next { text: format!("a decision: {name} is LOST"), style: theme.unknown() },
        StepStatus::Waiting | StepStatus::Done { .. } | StepStatus::Skipped { .. } => Next { text: name, style: theme.title() },
    }
}

/// `GO or NO-GO, asked for 2:10: Continue to 50 %?`
fn gate(scene: &Scene, place: usize) -> Option<Next> {
    let gate = scene.state.runbook.phases.get(place)?.gate.as_ref()?;
    let asked = scene.state.phases.get(place)?.gate.open.map(|since| format!(", asked for {}", scene.now - since));
    let text = format!("GO or NO-GO{}: {}", asked.unwrap_or_default(), text::clean(&gate.question));
    Some(Next { text, style: scene.theme.title() })
}

fn the_start(scene: &Scene) -> String {
    let start = format!("the start of the deployment{}", next::when_due(scene));
    match decide::open_before_start(scene.state).map(|(_, open)| open).sum() {
        0 => start,
        some => format!("{}, then {start}", count(some, "required item")),
    }
}
