//! What comes next where people decide: at an open gate, and while a rollback is proposed. It names the keys that work for who
//! sits here, and who is waited for where none does.

use crate::id::{OperatorId, RoleId};
use crate::measure::judge::{Judgement, Verdict};
use crate::room::decide::{Seat, seats, unsigned};
use crate::room::event::Vote;
use crate::room::state::{Stage, TriggerState};
use crate::room::watch;
use crate::runbook::model::{Gate, Then, Trigger};
use crate::text;
use crate::time::Moment;
use crate::tui::keys::Command;
use crate::tui::panes::alert;
use crate::tui::panes::kit::count;
use crate::tui::panes::next::Next;
use crate::tui::panes::words::{can, commander, press};
use crate::tui::scene::Scene;
use crate::tui::view::Screen;

/// The triggers that have fired and want a person to roll back, in the runbook's order.
pub(super) fn proposals<'a>(scene: &Scene<'a>) -> Vec<&'a Trigger> {
    let waits = matches!(scene.state.stage, Stage::Planned | Stage::Underway { .. }) && scene.state.rollback.is_none();
    let proposes = |trigger: &&Trigger| {
        let fired = matches!(scene.state.triggers.get(&trigger.id), Some(TriggerState::Fired { rollback_at: None, .. }));
        fired && matches!(trigger.then, Then::Propose | Then::Rollback { .. })
    };
    scene.state.runbook.triggers.iter().filter(|_| waits).filter(proposes).collect()
}

/// `ROLLBACK PROPOSED: R rolls back, v vetoes (Too many errors)`
pub(super) fn proposed(scene: &Scene) -> Option<Next> {
    let proposals = proposals(scene);
    let titles: Vec<_> = proposals.iter().map(|trigger| alert::named(trigger)).collect();
    let by = match titles.len() {
        0 => return None,
        1 => String::new(),
        several => format!(" by {several} triggers"),
    };
    let mut ways = Vec::new();
    if can(scene, Command::RollBack) {
        ways.push(format!("{} rolls back", press(scene, Command::RollBack)));
    }
    if can(scene, Command::Veto) {
        ways.push(format!("{} vetoes{}", press(scene, Command::Veto), if titles.len() > 1 { " each" } else { "" }));
    } else {
        ways.push(format!("waiting for {} to decide", commander(scene)));
    }
    let text = format!("ROLLBACK PROPOSED{by}: {} ({})", ways.join(", "), titles.join(", "));
    Some(Next { text, style: scene.theme.critical() })
}

/// `g decides the gate, open for 0:42, 1 UNKNOWN, qa NO-GO, 1 vote missing: Continue to 50 %?`
pub(super) fn at_the_gate(scene: &Scene, place: usize, gate: &Gate, since: Moment) -> Next {
    let theme = scene.theme;
    let evidence = scene.state.gate_evidence(place, scene.now);
    let seats = seats(scene.state, place, &evidence, scene.now);
    let silent: Vec<&RoleId> = seats.iter().filter(|seat| seat.vote().is_none()).map(|seat| seat.role).collect();
    let open = scene.now - since;
    let stands = stands(&evidence, &seats);
    let missing = if silent.is_empty() { String::new() } else { format!(", {} missing", count(silent.len(), "vote")) };
    let question = text::clean(&gate.question);
    let own: Vec<&str> = silent.iter().filter(|role| scene.state.holds(scene.me, role)).map(|role| role.as_str()).collect();
    let decides = scene.state.in_command(scene.me);
    let here = scene.view.screen == Screen::Gate;
    let text = match (here, decides) {
        (true, true) => format!("{}{stands}{missing}", answers(scene, &own, &silent)),
        (false, true) => {
            format!(
                "{} decides the gate, open for {open}{stands}{missing}: {question}",
                press(scene, Command::Open(Screen::Gate))
            )
        }
        (_, false) if !own.is_empty() => {
            let first = if here { String::new() } else { format!("{}, then ", press(scene, Command::Open(Screen::Gate))) };
            let then = if here { press(scene, Command::Vote) } else { "v".to_owned() };
            format!("{first}{then} votes for {}{stands}, open for {open}: {question}", own.join(", "))
        }
        (_, false) => format!("{}{stands}, open for {open}: {question}", waited_for(scene, &silent)),
    };
    let fails = evidence.iter().any(|judged| judged.verdict == Verdict::Fail);
    Next { text: text::clean(&text).into_owned(), style: if fails { theme.critical() } else { theme.title() } }
}

/// What speaks against GO, in short: `, 1 FAIL, 1 UNKNOWN, qa NO-GO`.
fn stands(evidence: &[Judgement], seats: &[Seat]) -> String {
    let not = |verdict| evidence.iter().filter(|judged| judged.verdict == verdict).count();
    let counted = [(not(Verdict::Fail), "FAIL"), (not(Verdict::Unknown), "UNKNOWN")];
    let measured = counted.iter().filter(|(some, _)| *some > 0).map(|(some, word)| format!(", {some} {word}"));
    let against = seats.iter().filter_map(|seat| match seat.vote()? {
        vote @ (Vote::NoGo | Vote::Hold) => Some(format!(", {} {}", seat.role, vote.word())),
        Vote::Go | Vote::Abstain => None,
    });
    measured.chain(against).collect()
}

/// The keys of who commands: `v votes for commander, a says GO, n says NO-GO`.
fn answers(scene: &Scene, own: &[&str], silent: &[&RoleId]) -> String {
    let mut ways = Vec::new();
    if !own.is_empty() && can(scene, Command::Vote) {
        ways.push(format!("{} votes for {}", press(scene, Command::Vote), own.join(", ")));
    } else if !silent.is_empty() && can(scene, Command::VoteByVoice) {
        ways.push(format!("{} records votes", press(scene, Command::VoteByVoice)));
    }
    for (command, word) in [(Command::Go, "GO"), (Command::NoGo, "NO-GO")] {
        if can(scene, command) {
            ways.push(format!("{} says {word}", press(scene, command)));
        }
    }
    ways.join(", ")
}

/// `waiting for sre (bo), qa, then for ana to decide`
fn waited_for(scene: &Scene, silent: &[&RoleId]) -> String {
    let commander = commander(scene);
    if silent.is_empty() {
        return format!("waiting for {commander} to decide");
    }
    let seats: Vec<String> = silent.iter().map(|role| seat(scene, role)).collect();
    format!("waiting for the vote of {}, then for {commander} to decide", seats.join(", "))
}

/// A role, and who of those who are here holds it: `sre (bo)`, `qa (nobody here)`.
pub(super) fn seat(scene: &Scene, role: &RoleId) -> String {
    let here: Vec<&str> = scene.state.holders_here(role).into_iter().map(OperatorId::as_str).collect();
    format!("{role} ({})", if here.is_empty() { "nobody here".to_owned() } else { here.join(", ") })
}

/// What is still to be done when the deployment has ended: the list of a watch that is due, then the signatures.
pub(super) fn after_the_end(scene: &Scene) -> Option<Next> {
    let theme = scene.theme;
    if let Some(list) = watch::open(scene.state) {
        let title = text::clean(&list.title);
        let ticks = if scene.view.screen == Screen::Checklists {
            format!("{} ticks", press(scene, Command::Tick))
        } else {
            format!("{} lists", press(scene, Command::Open(Screen::Checklists)))
        };
        let how = scene.state.watch_of(list).map_or_else(String::new, |one| watch::told(scene.state, one, scene.now));
        return Some(Next { text: format!("{ticks} what is due in {title}: {how}"), style: theme.title() });
    }
    let unsigned = unsigned(scene.state);
    if unsigned.is_empty() {
        return None;
    }
    let roles: Vec<&str> = unsigned.iter().map(|role| role.as_str()).collect();
    let text = if can(scene, Command::Sign) {
        format!("{} signs for {}; the deployment has ended", press(scene, Command::Sign), roles.join(", "))
    } else {
        let seats: Vec<String> = unsigned.iter().map(|role| seat(scene, role)).collect();
        format!("the deployment has ended; waiting for the signature of {}", seats.join(", "))
    };
    Some(Next { text: text::clean(&text).into_owned(), style: theme.title() })
}
