//! What people say with an action: without anything that a terminal acts on, and short enough for the record.
//!
//! What stops the plan or goes back is never held up by that: its reason is cut, and says so.

use crate::room::action::{Action, Refusal};
use crate::room::people::NAME_MAX;
use crate::text;

/// The longest reason, note or value, in characters.
pub const TEXT_MAX: usize = 2_000;

/// The action as it is recorded, or why it says too much.
pub(super) fn bounded(action: &Action) -> Result<Action, Refusal> {
    let mut action = action.clone();
    let cuts = stops(&action);
    let mut refusal = None;
    action.texts(|said| {
        let mut clean = text::clean(said).into_owned();
        if let Some(why) = too_long(&clean) {
            if cuts {
                clean = cut(&clean);
            } else {
                refusal = Some(why);
            }
        }
        *said = clean;
    });
    if let Action::SecondStep { person, .. } | Action::Sign { person, .. } = &action
        && person.chars().count() > NAME_MAX
    {
        refusal =
            Some(Refusal::new(format!("a name has at most {NAME_MAX} characters, and this one {}", person.chars().count())));
    }
    refusal.map_or(Ok(action), Err)
}

/// Why a text is not recorded, where it is longer than the record takes.
pub fn too_long(said: &str) -> Option<Refusal> {
    let count = said.chars().count();
    let why =
        || format!("that has {count} characters, and the record takes {TEXT_MAX}: say it shorter, and name where the rest is");
    (count > TEXT_MAX).then(|| Refusal::new(why()))
}

fn cut(said: &str) -> String {
    // The note itself needs room.
    let kept = TEXT_MAX - 40;
    let begin: String = said.chars().take(kept).collect();
    format!("{begin} [+{} characters]", said.chars().count() - kept)
}

/// Whether it takes the room back, or stops what goes on.
pub fn stops(action: &Action) -> bool {
    matches!(
        action,
        Action::RollBack { .. }
            | Action::Abandon { .. }
            | Action::CancelStep { .. }
            | Action::Hold { .. }
            | Action::HoldGate { .. }
            | Action::NoGo { .. }
    )
}
