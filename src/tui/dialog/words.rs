//! What a dialog says: what will happen, and what will not.

use super::Purpose;
use super::back::{roll_back, rollback_plan};
use crate::id::{ItemId, PhaseId, StepId, TriggerId, VarName};
use crate::room::alarm;
use crate::room::decide;
use crate::room::event::Mode;
use crate::room::event::{Outcome, Subject, Vote};
use crate::room::order;
use crate::room::schedule;
use crate::room::state::{Stage, StepStatus, TriggerState};
use crate::runbook::model::{FieldKind, Gate, NoGo, Phase, StepKind, When};
use crate::time::Span;
use crate::tui::scene::Facts;

/// The text of a dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    /// What happens on Enter, and what stands against it.
    pub(super) will: Vec<String>,
    /// What does not happen.
    pub(super) wont: Vec<String>,
    /// What the field wants.
    pub(super) ask: String,
    /// What Enter does, in a word or two.
    pub(super) enter: &'static str,
    /// It can't be taken back.
    pub(super) danger: bool,
}

pub(super) fn words(purpose: &Purpose, facts: &Facts) -> Words {
    match purpose {
        Purpose::Begin => begin(facts),
        Purpose::Run(step) => run(step, "Run", facts),
        Purpose::Retry(step) => again(step, facts),
        Purpose::Stop(step) => stop(step, facts),
        Purpose::Skip(step) => skip(step, facts),
        Purpose::Finish(step) if is_message(step, facts) => {
            plain(format!("{} has been sent", number_and_title(step, facts)), "note (may stay empty)", "sent")
                .with("It counts as sent, by your word.", "Nothing is sent by this.")
        }
        Purpose::Finish(step) => plain(format!("{} is done", number_and_title(step, facts)), &finish_ask(step, facts), "done")
            .with("It counts as done, by your word.", "Nothing is run."),
        Purpose::Fail(step) => plain(format!("{} has failed", number_and_title(step, facts)), "what went wrong", "failed").with(
            "It counts as failed. The deployment waits for a decision: again, skip, or roll back.",
            "No rollback starts by itself.",
        ),
        Purpose::Fill(item) => fill(item, facts),
        Purpose::Waive(item) => {
            plain(format!("Does not apply: {}", item_text(item, facts)), "why not tonight, in a few words", "waive").with(
                "The item counts as done, with your name and reason.",
                "It is not ticked, and can be taken back with Space.",
            )
        }
        Purpose::GiveWord => plain("Your word on what no metric shows".to_owned(), "", "confirm or withdraw")
            .with("Criteria that ask for it rest on your name and the time.", "Nothing is measured."),
        Purpose::Go(phase) => go(phase, facts),
        Purpose::Waiver(phase) => waiver(phase, facts),
        Purpose::NoGo(phase) => no_go(phase, facts),
        Purpose::HoldGate(_) | Purpose::Hold => hold(facts),
        Purpose::Voter { by_voice, .. } => {
            let title = if *by_voice { "Record a vote given by voice: for which role?" } else { "Vote for which role?" };
            plain(title.to_owned(), "", "next")
        }
        Purpose::Ballot { role, .. } => plain(format!("Vote of {role}"), "", "vote")
            .with("The vote counts for this opening of the gate; voting again replaces it.", "A vote decides nothing by itself."),
        Purpose::VoteReason { role, by_voice, .. } => {
            let how = if *by_voice { ", given by voice: say who gave it" } else { "" };
            plain(format!("{role} votes {}{how}", Vote::NoGo.word()), "why not", "vote")
                .with("The vote is recorded with your name.", "The gate stays open: GO and NO-GO are decided separately.")
        }
        Purpose::Signer => plain(sign_off_question(facts), "", "next"),
        Purpose::Verdict(role) => plain(format!("{role}: {}", sign_off_question(facts)), "", "next"),
        Purpose::Signatory { role, verdict } => plain(format!("{role} signs by voice: {verdict}"), "who says so", "next").with(
            "Their name is recorded as theirs, and yours as who recorded it. Then a note is asked for.",
            "Nothing is signed yet.",
        ),
        Purpose::Signature { role, verdict, by_voice } => {
            let whose = by_voice.as_ref().map_or_else(String::new, |person| format!(", by voice of {person}"));
            plain(format!("{role} signs: {verdict}{whose}"), "a note (may stay empty)", "sign").with(
                "It is recorded with the name and the time; signing again replaces it.",
                "No step is run and nothing is stopped.",
            )
        }
        Purpose::Veto(trigger) => veto(trigger, facts),
        Purpose::RollBack => roll_back(facts),
        Purpose::AcceptRollback => plain("End the rollback unverified".to_owned(), "why it may end so, in a few words", "end it")
            .with("The room ends as rolled back, NOT verified, with your reason.", "No further step is run.")
            .dangerous(),
        Purpose::TakeConn if facts.state.commander().is_some() => {
            plain(format!("Ask {} for the conn", facts.state.conn), "why you ask for it", "ask").with(
                "They are told, with your reason, and have a minute to hand it over or keep it; it is recorded.",
                "Nothing begins or ends by that.",
            )
        }
        Purpose::TakeConn => plain(format!("Take the conn of {}", facts.state.conn), "why you take it", "take it")
            .with("You command this deployment from now on; it is recorded.", "Nothing begins or ends by that."),
        Purpose::HandOver => plain("Hand the conn over to whom?".to_owned(), "", "hand it over")
            .with("They command from now on, and it is recorded.", "You keep your roles; only they can hand it back."),
        Purpose::GiveRole => plain("Give a role to whom?".to_owned(), "", "give it")
            .with("They hold it until the room ends, and it is recorded.", "Nobody loses a role by that."),
        Purpose::Abandon => plain("End the deployment here".to_owned(), "why it ends here", "abandon")
            .with(
                "Running steps are stopped and the deployment ends as it stands.",
                "No rollback is run: what is deployed stays deployed.",
            )
            .dangerous(),
        Purpose::Note => plain("Note".to_owned(), "text for the log", "write it"),
        Purpose::Question(of) => question(of, facts),
        Purpose::Choose(step) => plain(number_and_title(step, facts), "", "choose")
            .with("Its steps are next, and those of the others are left out.", "Nothing is run yet."),
        Purpose::Second(step) => plain(format!("A second person for {}", number_and_title(step, facts)), "who agrees", "agree")
            .with("Their name is recorded; then the step can be run.", "Nothing is run yet."),
        Purpose::Value { step, name } => value(step, name, facts),
        Purpose::Name => plain("Who are you?".to_owned(), "your name", "come in by it").with(
            &format!(
                "Somebody came by the account {} before you; the record has your name from now on, as unverified.",
                facts.me
            ),
            "Esc leaves you under the account's name.",
        ),
        Purpose::Break if facts.state.mode() == Mode::Rehearsal => plain("Break what is rehearsed".to_owned(), "", "do it")
            .with("It is played so from now on; watch the gauges and the triggers.", "Nothing leaves this machine."),
        Purpose::Break => plain("Break the demo's target".to_owned(), "", "do it").with(
            "The embedded target behaves so from now on; watch the gauges and the triggers.",
            "Nothing outside this demo is touched.",
        ),
        Purpose::Suspend => suspend(facts),
        Purpose::Quit => quit(facts),
    }
}

pub(super) fn plain(title: String, ask: &str, enter: &'static str) -> Words {
    Words { title, ask: ask.to_owned(), enter, ..Words::default() }
}

impl Words {
    fn with(mut self, will: &str, wont: &str) -> Self {
        self.will.push(will.to_owned());
        self.wont.push(wont.to_owned());
        self
    }

    pub(super) fn dangerous(mut self) -> Self {
        self.danger = true;
        self
    }
}

fn sign_off_question(facts: &Facts) -> String {
    facts.state.runbook.sign_off.as_ref().map(|sign_off| sign_off.question.clone()).unwrap_or_default()
}

fn value(step: &StepId, name: &VarName, facts: &Facts) -> Words {
    let state = facts.state;
    let lacking = state.runbook.step(step).and_then(|step| order::lacking(state, step)).unwrap_or_default();
    let begins = if state.stage == Stage::RollingBack { "the rollback goes on by itself" } else { "the step can be run" };
    plain(format!("A value for {}", number_and_title(step, facts)), &format!("the value of {name}"), "give it").with(
        &format!("{lacking}. It is recorded with your name, later steps find it as well, and {begins}."),
        "Nothing is run with an empty value in its place.",
    )
}

fn number_and_title(id: &StepId, facts: &Facts) -> String {
    facts.state.runbook.step(id).map_or_else(|| id.to_string(), |step| format!("{} {}", step.number, step.title))
}

fn is_message(id: &StepId, facts: &Facts) -> bool {
    facts.state.runbook.step(id).is_some_and(|step| matches!(step.kind, StepKind::Message { .. }) && step.capture.is_empty())
}

fn item_text(id: &ItemId, facts: &Facts) -> String {
    facts.state.runbook.item(id).map_or_else(|| id.to_string(), |item| item.text.clone())
}

fn begin(facts: &Facts) -> Words {
    let first = facts.state.runbook.phases.first();
    let title = match (facts.state.t0, schedule::lead(&facts.state.runbook)) {
        (Some(_), _) => "Begin the deployment".to_owned(),
        (None, Span(0)) => "Begin the deployment: T is now".to_owned(),
        (None, lead) => format!("Begin the deployment: T is in {lead}"),
    };
    let mut words = plain(title, "", "begin");
    if let Some(phase) = first {
        words.will.push(format!("The clock starts, and phase 1, {}, is next.", phase.title));
    }
    if let Some(planned) = facts.state.t0 {
        let zone = facts.state.runbook.zone;
        let wall = facts.state.wall(planned);
        let away = planned - facts.now;
        let when = if away.0 < 0 { format!("{} ago", -away) } else { format!("in {away}") };
        words.will.push(format!("T stays as planned: {} on {}, {when}.", wall.clock(zone), wall.day(zone)));
    }
    for (id, source) in &facts.state.sources {
        if let Some((_, Outcome::Down { why })) = &source.last {
            words.will.push(format!("NOW: {id} is DOWN, {why}."));
        }
    }
    words.wont.push("No step runs yet: Enter runs the first one.".to_owned());
    words
}

fn run(id: &StepId, verb: &str, facts: &Facts) -> Words {
    let mut words = plain(format!("{verb} {}", number_and_title(id, facts)), "", "run").dangerous();
    let Some(step) = facts.state.runbook.step(id) else { return words };
    if let Some(why) = &step.point_of_no_return {
        words.will.push(format!("POINT OF NO RETURN: {why}"));
    }
    if let Some(warn) = &step.warn {
        words.will.push(warn.clone());
    }
    let does = match &step.kind {
        StepKind::Run { script, .. } => {
            let lines = script.lines().count();
            let first = script.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
            if lines > 1 { format!("Runs a script of {lines} lines: {first} ...") } else { format!("Runs: {first}") }
        }
        StepKind::Http(request) => format!("Sends a {} request.", request.method.word()),
        StepKind::Manual { .. } => "Asks you to do it by hand.".to_owned(),
        StepKind::Message { to, .. } => format!("Shows the message, for you to send: {}.", alarm::reach(facts.state, to)),
        StepKind::Wait { span } | StepKind::Bake { span, .. } => format!("Waits for {span}."),
        StepKind::Until { .. } => "Waits until it is so.".to_owned(),
        StepKind::Choose { .. } => "Asks which way to go.".to_owned(),
        StepKind::Group => "Starts its steps, beside each other.".to_owned(),
    };
    words.will.push(does);
    if let Some(timeout) = step.timeout {
        words.will.push(format!("It fails when it takes longer than {timeout}."));
    }
    words.wont.push("Nothing after it runs by itself, except waiting and baking.".to_owned());
    words
}

/// What a later step needs of this one has to be typed here.
fn finish_ask(id: &StepId, facts: &Facts) -> String {
    let capture = facts.state.runbook.step(id).and_then(|step| step.capture.first());
    capture.map_or_else(|| "note (may stay empty)".to_owned(), |capture| format!("the value of {}", capture.name))
}

fn question(of: &Subject, facts: &Facts) -> Words {
    let runbook = &facts.state.runbook;
    let (what, when) = match of {
        Subject::Step(id) => (number_and_title(id, facts), runbook.step(id).and_then(|step| step.when.as_ref())),
        Subject::Phase(id) => (format!("phase {id}"), runbook.phase(id).and_then(|phase| phase.when.as_ref())),
    };
    plain(when.and_then(When::question).unwrap_or_default().to_owned(), "", "answer")
        .with(&format!("Yes: {what} is next. No: it is left out, with your name."), "Nothing is run yet.")
}

fn again(id: &StepId, facts: &Facts) -> Words {
    let mut words = run(id, "Run again", facts);
    if matches!(facts.state.step(id).map(|step| &step.status), Some(StepStatus::Lost { .. })) {
        words.will.insert(0, "It is LOST: it may still be running, and would then run twice. Look first.".to_owned());
    }
    words
}

fn stop(id: &StepId, facts: &Facts) -> Words {
    let mut words = plain(format!("Stop {}", number_and_title(id, facts)), "why it is stopped", "stop it").dangerous();
    match facts.state.runbook.step(id) {
        Some(step) if step.kind.runs_outside() => {
            words.will.push(format!("TERM to everything it started, KILL after {} if that is not enough.", step.grace));
        }
        Some(_) | None => words.will.push("It ends at once and counts as failed.".to_owned()),
    }
    words.wont.push("What it has done already is not undone. No rollback starts.".to_owned());
    words
}

fn skip(id: &StepId, facts: &Facts) -> Words {
    let optional = facts.state.runbook.step(id).is_some_and(|step| step.optional);
    let ask = if optional { "reason (may stay empty)" } else { "why it is skipped" };
    plain(format!("Skip {}", number_and_title(id, facts)), ask, "skip")
        .with("The plan goes on as if it were done, with your name and reason.", "It is not run. It can be run later with r.")
}

fn fill(id: &ItemId, facts: &Facts) -> Words {
    let field = facts.state.runbook.item(id).and_then(|item| item.field.as_ref());
    let (ask, wants) = field.map_or(("", String::new()), |field| {
        let wants = match &field.kind {
            FieldKind::Time => "a time: 18:50 or 1850".to_owned(),
            FieldKind::Number => "a number".to_owned(),
            FieldKind::Text => "a text".to_owned(),
            FieldKind::OneOf(words) => words.join(" / "),
        };
        (field.ask.as_str(), wants)
    });
    plain(item_text(id, facts), &format!("{ask} ({wants})"), "fill in")
        .with("The value is recorded, and the item is ticked with it.", "A later value replaces it; both stay in the journal.")
}

fn phase_and_gate<'a>(id: &PhaseId, facts: &Facts<'a>) -> Option<(usize, &'a Phase, &'a Gate)> {
    let phases = &facts.state.runbook.phases;
    let place = phases.iter().position(|phase| phase.id == *id)?;
    let phase = phases.get(place)?;
    Some((place, phase, phase.gate.as_ref()?))
}

/// What comes after this gate's GO.
fn goes_on(place: usize, facts: &Facts) -> String {
    match facts.state.runbook.phases.get(place + 1) {
        Some(next) => {
            let steps = order::to_be_done(facts.state, &next.steps);
            let time = next.duration.map_or_else(String::new, |planned| format!(", about {}", planned.expected));
            format!("Goes on to phase {}, {} ({steps} step{}{time}).", next.number, next.title, if steps == 1 { "" } else { "s" })
        }
        None => "It is the last gate: the deployment is complete.".to_owned(),
    }
}

fn go(id: &PhaseId, facts: &Facts) -> Words {
    let Some((place, _, gate)) = phase_and_gate(id, facts) else { return plain("GO".to_owned(), "", "GO") };
    let mut words = plain(format!("GO: {}", gate.question), "", "GO");
    let against = against(place, facts);
    if against.is_empty() {
        words.will.push(in_favour(gate));
        words.will.push(goes_on(place, facts));
        words.wont.push("No step of it runs yet.".to_owned());
    } else {
        words.will.push("The evidence has changed since this was opened:".to_owned());
        words.will.extend(against);
        words.wont.push("It does not go on without a waiver and its reason.".to_owned());
        words.enter = "on to the waiver";
        words.danger = true;
    }
    words
}

/// What stands against GO at this moment, in the room's own words.
fn against(place: usize, facts: &Facts) -> Vec<String> {
    let phase = facts.state.runbook.phases.get(place);
    let evidence = facts.state.gate_evidence(place, facts.now);
    let obstacle = phase.and_then(|phase| decide::obstacle(facts.state, phase));
    let objections = decide::objections(facts.state, place, &evidence, facts.now);
    obstacle.into_iter().chain(objections).map(|objection| format!("against it: {objection}")).collect()
}

fn in_favour(gate: &Gate) -> String {
    match (gate.require.is_empty(), gate.poll.is_empty()) {
        (false, false) => "Every criterion passes and every role says GO.",
        (false, true) => "Every criterion passes; nobody is polled.",
        (true, false) => "Every role says GO; no criterion is asked for.",
        (true, true) => "The gate asks for no criterion and polls nobody: it is your decision alone.",
    }
    .to_owned()
}

fn waiver(id: &PhaseId, facts: &Facts) -> Words {
    let Some((place, _, gate)) = phase_and_gate(id, facts) else { return plain("GO".to_owned(), "why", "GO") };
    let against = against(place, facts);
    let evidence = facts.state.gate_evidence(place, facts.now);
    let says_no = decide::seats(facts.state, place, &evidence, facts.now).iter().any(|seat| seat.ballot.is_some());
    let measured = decide::objections_measured(facts.state, &evidence, facts.now);
    // Votes that are missing say nothing against it; those that are there, and the evidence, do.
    let title = match (measured.is_empty(), says_no && !against.is_empty()) {
        (true, false) => "GO WITHOUT THE VOTES",
        (true, true) => "GO WITHOUT THE POLL",
        (false, _) => "GO AGAINST THE EVIDENCE",
    };
    let mut words = plain(format!("{title}: {}", gate.question), "waiver: why it may go on all the same", "GO with waiver");
    words.wont.push(if against.is_empty() {
        "Nothing stands against it any more: no waiver is recorded.".to_owned()
    } else {
        "The evidence does not change: it is recorded beside your name and reason.".to_owned()
    });
    words.will.extend(against);
    words.will.push(goes_on(place, facts));
    words.dangerous()
}

fn no_go(id: &PhaseId, facts: &Facts) -> Words {
    let gate = phase_and_gate(id, facts).map(|(_, _, gate)| gate);
    let question = gate.map_or("", |gate| gate.question.as_str());
    let mut words = plain(format!("NO-GO: {question}"), "why not", "NO-GO").dangerous();
    match gate.map(|gate| &gate.no_go) {
        Some(NoGo::Rollback) => {
            words.will.extend(rollback_plan(facts));
            words.wont.push("It can't be taken back once it runs.".to_owned());
        }
        Some(NoGo::Phase(id)) => {
            let title = facts.state.runbook.phase(id).map_or_else(|| id.to_string(), |phase| phase.title.clone());
            words.will.push(format!("Goes to phase {title}, which is done again."));
            words.wont.push("No rollback starts.".to_owned());
        }
        Some(NoGo::Hold) | None => {
            words.will.push("The deployment holds here.".to_owned());
            words.wont.push("No rollback starts; nothing is undone.".to_owned());
        }
    }
    words
}

fn hold(facts: &Facts) -> Words {
    let mut words = plain("Hold".to_owned(), "why it holds", "hold").with(
        "No further step begins until somebody resumes (u).",
        "What runs goes on. Polling, triggers and the rollback stay as they are.",
    );
    if let Some(window) = schedule::window(facts.state) {
        let left = window.closes - facts.now;
        words.will.push(format!("The window goes on: {left} left."));
    }
    words
}

fn veto(id: &TriggerId, facts: &Facts) -> Words {
    let state = facts.state;
    let trigger = state.runbook.triggers.iter().find(|trigger| trigger.id == *id);
    let title = trigger.map_or_else(|| id.to_string(), |trigger| trigger.title.clone());
    let mut words = plain(format!("Veto \"{title}\""), "why it must not roll back", "veto").dangerous();
    let counts = facts.countdown().filter(|(counting, _)| *counting == id);
    if let Some((_, at)) = counts {
        words.will.push(format!("The rollback that starts in {} does not start.", (at - facts.now).or_zero()));
    }
    words.will.push("The trigger stays quiet until its condition has gone and come back.".to_owned());
    let fired = |known: &&TriggerId| *known != id && matches!(state.triggers.get(*known), Some(TriggerState::Fired { .. }));
    let others = state.triggers.keys().filter(fired).count();
    if others > 0 {
        words.will.push(format!("{others} more fired, and is not vetoed by this: each asks for its own."));
    }
    let runs = if counts.is_some() { " The countdown goes on until Enter." } else { "" };
    words.wont.push(format!("What the trigger saw does not get better by it.{runs}"));
    words
}

fn suspend(facts: &Facts) -> Words {
    let mut words = plain("Suspend: STOPS the room until `fg`".to_owned(), "", "stop the room").dangerous();
    words.will.push("The whole program stands still: nothing is polled, no trigger is watched, no timeout is kept.".to_owned());
    if let Some((_, at)) = facts.countdown() {
        let left = (at - facts.now).or_zero();
        words.will.push(format!("The rollback that counts down ({left} left) does not start until then."));
    }
    words.wont.push("What a running step started goes on by itself. The room does not end: `fg` brings it back.".to_owned());
    words
}

/// In a process of its own the room outlives its screens.
pub(super) fn leave(facts: &Facts) -> Words {
    let mut words = plain("Leave, or close the room".to_owned(), "", "choose");
    words.will.push("Left, the room goes on: what runs goes on, triggers are watched, others stay in it.".to_owned());
    for step in facts.state.runbook.all_steps().filter(|step| decide::is_running(facts.state, &step.id)) {
        words.will.push(if step.kind.runs_outside() {
            format!("Closed: {} {} is running: its end is waited for and recorded.", step.number, step.title)
        } else {
            format!("Closed: {} {} is running: it is left without an end.", step.number, step.title)
        });
    }
    if let Some((_, at)) = facts.countdown() {
        let left = (at - facts.now).or_zero();
        words.will.push(format!("The rollback that counts down ({left} left) starts either way: veto it first, or stay."));
    }
    words.wont.push("Closed, nothing is rolled back: what is deployed stays deployed.".to_owned());
    words
}

fn quit(facts: &Facts) -> Words {
    let mut words = plain("Leave warroom".to_owned(), "", "leave").dangerous();
    words.will.push("The deployment is not over. The room ends with this screen; its journal keeps everything.".to_owned());
    if let Some((_, at)) = facts.countdown() {
        let left = (at - facts.now).or_zero();
        words.will.push(format!("The rollback that counts down ({left} left) starts all the same: veto it first, or stay."));
    }
    for step in facts.state.runbook.all_steps().filter(|step| decide::is_running(facts.state, &step.id)) {
        words.will.push(if step.kind.runs_outside() {
            format!("{} {} is running: its end is waited for and recorded.", step.number, step.title)
        } else {
            // What a person does, and what waits or bakes, ends with the room.
            format!("{} {} is running: it is left without an end.", step.number, step.title)
        });
    }
    words.wont.extend(match facts.state.stage {
        Stage::RollingBack => vec![
            "The rollback is not called off: it goes on as far as it needs nobody.".to_owned(),
            "Its verification is waited for as long as its budget lasts.".to_owned(),
        ],
        Stage::Planned | Stage::Underway { .. } | Stage::Ended(..) => vec![
            "No step begins, and no trigger is watched any more.".to_owned(),
            "Nothing is rolled back: what is deployed stays deployed.".to_owned(),
        ],
    });
    words
}
