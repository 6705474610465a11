//! Signing at the end, for how it went.

use crate::id::{OperatorId, RoleId};
use crate::room::action::{Action, Refusal};
use crate::room::decide::{Decision, ended, refuse};
use crate::room::event::{Acceptance, Event};
use crate::room::state::{Ending, PhaseStatus, Signature, Stage, State};
use crate::runbook::model::SignOff;

/// Whether it is time: the plan is done, or was left.
pub fn signs_now(state: &State) -> bool {
    match &state.stage {
        Stage::Planned | Stage::RollingBack => false,
        Stage::Underway { phase } => matches!(state.phases[*phase].status, PhaseStatus::Over { .. }),
        Stage::Ended(Ending::Completed | Ending::RolledBack { .. } | Ending::Abandoned { .. }, _) => state.started.is_some(),
    }
}

/// The roles that have not signed, once it is time.
pub fn unsigned(state: &State) -> Vec<&RoleId> {
    let asked = state.runbook.sign_off.iter().filter(|_| signs_now(state)).flat_map(|sign_off| &sign_off.roles);
    asked.filter(|role| !state.signed.contains_key(*role)).collect()
}

/// The roles that the end of the plan waits for.
pub fn signature_waited_for(state: &State) -> Vec<&RoleId> {
    let required = state.runbook.sign_off.as_ref().is_some_and(|sign_off| sign_off.required);
    match state.stage {
        Stage::Underway { .. } if required => unsigned(state),
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack | Stage::Ended(..) => Vec::new(),
    }
}

pub(super) fn sign(state: &State, action: &Action, by: &OperatorId) -> Decision {
    let Action::Sign { role, person, verdict, note, by_voice } = action else { return refuse("that is not a signature") };
    let Some(sign_off) = &state.runbook.sign_off else { return refuse("the runbook asks nobody to sign") };
    if !signs_now(state) {
        return refuse("it is signed at the end, when the plan is done");
    }
    if !sign_off.roles.contains(role) {
        let roles: Vec<&str> = sign_off.roles.iter().map(RoleId::as_str).collect();
        return refuse(format!("{role} does not sign; those who do are {}", roles.join(", ")));
    }
    if !sign_off.verdicts.contains(verdict) {
        return refuse(format!("\"{verdict}\" is no verdict here; write one of {}", sign_off.verdicts.join(", ")));
    }
    let person = if *by_voice { by_voice_of(state, person, by)? } else { own(state, role, by)? };
    Ok(vec![Event::Signed {
        role: role.clone(),
        person,
        verdict: verdict.clone(),
        note: note.trim().to_owned(),
        by: by.clone(),
        by_voice: *by_voice,
        acceptance: acceptance(sign_off, verdict),
    }])
}

/// What a verdict means: only the first of them accepts without a word.
fn acceptance(sign_off: &SignOff, verdict: &String) -> Acceptance {
    if sign_off.refuses.contains(verdict) {
        Acceptance::Refused
    } else if sign_off.verdicts.first() == Some(verdict) {
        Acceptance::Accepted
    } else {
        Acceptance::Remarks
    }
}

/// The signature that says most against the deployment, and for which role; none where all that signed accept it.
pub fn reservation(state: &State) -> Option<(&RoleId, &Signature)> {
    let against = state.signed.iter().filter(|(_, signature)| signature.acceptance != Acceptance::Accepted);
    // Of two that say as much the first.
    against.rev().max_by_key(|(_, signature)| signature.acceptance)
}

/// What those who signed have against it: `NOT ACCEPTED by qa`, `qa: accepted with remarks`.
pub fn reserved(state: &State) -> Option<(Acceptance, String)> {
    let (role, signature) = reservation(state)?;
    Some(match signature.acceptance {
        Acceptance::Refused => (signature.acceptance, format!("NOT ACCEPTED by {role}")),
        Acceptance::Accepted | Acceptance::Remarks => (signature.acceptance, format!("{role}: {}", signature.verdict)),
    })
}

/// How the deployment ended, and what those who signed have against it.
pub fn how_ended(state: &State, ending: &Ending) -> String {
    let against = match ending {
        Ending::Completed => reserved(state),
        Ending::RolledBack { .. } | Ending::Abandoned { .. } => None,
    };
    against.map_or_else(|| ended(ending), |(_, against)| format!("{}, {against}", ended(ending)))
}

/// The commander records what was said by voice, with the name of who said it.
fn by_voice_of(state: &State, person: &str, by: &OperatorId) -> Result<String, Refusal> {
    if !state.in_command(by) {
        return Err(Refusal::new(format!("the commander records what is signed by voice; {} has the conn", state.conn)));
    }
    match person.trim() {
        "" => Err(Refusal::new("a signature by voice needs the name of who gave it")),
        person => Ok(person.to_owned()),
    }
}

fn own(state: &State, role: &RoleId, by: &OperatorId) -> Result<String, Refusal> {
    if state.holds(by, role) {
        return Ok(by.to_string());
    }
    Err(Refusal::new(format!("{by} does not hold {role}; the commander records what is signed by voice")))
}
