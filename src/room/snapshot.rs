//! A state as bytes and back: what a joiner is sent, and what lies beside a journal so that resuming is quick.
//!
//! A snapshot is only ever a shorter way to what the fold comes to. It says by which fold it was made, and one that another
//! fold made is refused: the events are there to fold again. The same state always gives the same bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::id::ById;
use crate::room::event::Opened;
use crate::room::state::State;
use crate::runbook::template::Values;
use crate::runbook::{self, Problems, Runbook};

/// What decides how events become a state: where any of it differs, the states may too.
const FOLDED_BY: [(&str, &[u8]); 21] = [
    ("room/apply/measure.rs", include_bytes!("apply/measure.rs")),
    ("room/apply/mod.rs", include_bytes!("apply/mod.rs")),
    ("room/apply/moves.rs", include_bytes!("apply/moves.rs")),
    ("room/apply/people.rs", include_bytes!("apply/people.rs")),
    ("room/apply/plan.rs", include_bytes!("apply/plan.rs")),
    ("room/apply/steps.rs", include_bytes!("apply/steps.rs")),
    ("room/apply/taken.rs", include_bytes!("apply/taken.rs")),
    ("room/apply/watches.rs", include_bytes!("apply/watches.rs")),
    ("room/apply/words.rs", include_bytes!("apply/words.rs")),
    ("room/event/mod.rs", include_bytes!("event/mod.rs")),
    ("room/event/parts.rs", include_bytes!("event/parts.rs")),
    ("room/log.rs", include_bytes!("log.rs")),
    ("room/opened.rs", include_bytes!("opened.rs")),
    ("room/people.rs", include_bytes!("people.rs")),
    ("room/say.rs", include_bytes!("say.rs")),
    ("room/schedule.rs", include_bytes!("schedule.rs")),
    ("room/state/mod.rs", include_bytes!("state/mod.rs")),
    ("room/state/step.rs", include_bytes!("state/step.rs")),
    ("measure/history.rs", include_bytes!("../measure/history.rs")),
    ("measure/judge/mod.rs", include_bytes!("../measure/judge/mod.rs")),
    ("measure/reading.rs", include_bytes!("../measure/reading.rs")),
];

/// A number for this program's way of folding, made while it is compiled (FNV-1a).
const FOLD: u64 = {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut file = 0;
    while file < FOLDED_BY.len() {
        let bytes = FOLDED_BY[file].1;
        let mut at = 0;
        while at < bytes.len() {
            hash = (hash ^ bytes[at] as u64).wrapping_mul(0x100_0000_01b3);
            at += 1;
        }
        file += 1;
    }
    hash
};

/// Which fold makes the snapshots of this program: its version, and a number for what is in it.
pub fn fold() -> String {
    format!("{}-{FOLD:016x}", env!("CARGO_PKG_VERSION"))
}

/// Why a snapshot is of no use here. The events it was made of are.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("it was made by another build of warroom ({0})")]
    Fold(String),
    #[error("it can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("its runbook can't be read: {0}")]
    Runbook(#[from] Problems),
    #[error("it does not fit its own runbook")]
    Shape,
}

/// The state as JSON. The runbook is in it as the text that the room was opened with.
pub fn save(state: &State) -> Vec<u8> {
    #[derive(Serialize)]
    struct Snapshot<'a> {
        fold: String,
        state: &'a State,
    }
    // All its keys are strings and all its numbers finite, so JSON can hold it; and nothing at all would be refused.
    serde_json::to_vec(&Snapshot { fold: fold(), state }).unwrap_or_default()
}

/// The state that was saved, or why it can't be relied on.
pub fn load(bytes: &[u8]) -> Result<State, Unfit> {
    #[derive(Deserialize)]
    struct Made {
        fold: String,
    }
    #[derive(Deserialize)]
    struct Saved {
        state: State,
    }
    let by = serde_json::from_slice::<Made>(bytes)?.fold;
    if by != fold() {
        return Err(Unfit::Fold(by));
    }
    let Saved { mut state } = serde_json::from_slice(bytes)?;
    state.runbook = Arc::new(runbook_of(&state.opened)?);
    if fits(&state) { Ok(state) } else { Err(Unfit::Shape) }
}

/// The runbook that a room was opened with, filled with the values it was given. Secrets stay unfilled.
pub fn runbook_of(opened: &Opened) -> Result<Runbook, Problems> {
    let runbook = runbook::load(&opened.file, &opened.runbook)?;
    Ok(runbook.fill(&Values(opened.values.clone())))
}

/// Whether the state has a place for each part of its runbook and for nothing else, as a state that was folded has.
fn fits(state: &State) -> bool {
    let fresh = State::open(&state.opened, state.opened_at, state.runbook.clone());
    state.phases.len() == fresh.phases.len()
        && same_keys(&state.steps, &fresh.steps)
        && same_keys(&state.items, &fresh.items)
        && same_keys(&state.metrics, &fresh.metrics)
        && same_keys(&state.sources, &fresh.sources)
        && same_keys(&state.triggers, &fresh.triggers)
}

fn same_keys<K: Eq + std::hash::Hash, V>(one: &ById<K, V>, other: &ById<K, V>) -> bool {
    one.len() == other.len() && one.keys().all(|key| other.contains_key(key))
}

/// Writes a map in the order of its keys, so that the same state gives the same bytes.
pub(super) fn sorted<K, V, S>(map: &ById<K, V>, into: S) -> Result<S::Ok, S::Error>
where
    K: Serialize + Ord,
    V: Serialize,
    S: Serializer,
{
    into.collect_map(map.iter().collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{OperatorId, RoomId};
    use crate::room::event::Mode;
    use crate::time::Moment;

    const PLAN: &str = "warroom: 1\ntitle: Canary\nphases: [ { title: Push, steps: [ { run: 'true' } ] } ]\n";

    fn state() -> State {
        let opened = Opened {
            format: 1,
            room: RoomId::new("room"),
            mode: Mode::Live,
            file: "canary.yaml".to_owned(),
            runbook: PLAN.to_owned(),
            values: BTreeMap::new(),
            t0: None,
            operator: OperatorId::new("ada"),
            host: "bastion".to_owned(),
            version: "0.1.0".to_owned(),
            rehearsal: None,
        };
        State::open(&opened, Moment(0), Arc::new(runbook_of(&opened).unwrap()))
    }

    /// The snapshot of a state, with one text in it replaced by another.
    fn changed(from: &str, to: &str) -> Result<State, Unfit> {
        let text = String::from_utf8(save(&state())).unwrap();
        assert!(text.contains(from), "{text}");
        load(text.replace(from, to).as_bytes())
    }

    #[test]
    fn a_snapshot_gives_the_state_back_with_its_runbook() {
        assert_eq!(load(&save(&state())).unwrap(), state());
    }

    #[test]
    fn what_another_build_made_is_refused_however_well_it_reads() {
        assert!(matches!(changed(&fold(), "0.0.9-0123456789abcdef"), Err(Unfit::Fold(by)) if by.starts_with("0.0.9")));
    }

    #[test]
    fn what_is_no_whole_snapshot_is_refused() {
        let whole = save(&state());
        for cut in 0..whole.len() {
            assert!(matches!(load(&whole[..cut]), Err(Unfit::Unreadable(_))), "cut at {cut}");
        }
        assert!(matches!(changed("\"state\":", "\"estate\":"), Err(Unfit::Unreadable(_))));
        assert!(matches!(changed("\"hold\":null", "\"hold\":7"), Err(Unfit::Unreadable(_))));
    }

    #[test]
    fn a_state_that_does_not_fit_its_runbook_is_refused() {
        assert!(matches!(changed("\"phases\":[", "\"phases\":[],\"was\":["), Err(Unfit::Shape)));
        assert!(matches!(changed("\"steps\":{\"", "\"steps\":{\"x"), Err(Unfit::Shape)));
        assert!(matches!(changed("warroom: 1", "warroom: 9"), Err(Unfit::Runbook(_))));
    }

    #[test]
    fn every_file_that_folds_counts_for_the_fold() {
        let listed: Vec<&str> = FOLDED_BY.iter().map(|(name, _)| *name).collect();
        let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for folder in ["room/apply", "room/state"] {
            for entry in std::fs::read_dir(src.join(folder)).unwrap() {
                let name = format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy());
                assert!(listed.contains(&name.as_str()), "{name} is missing in FOLDED_BY");
            }
        }
    }
}
