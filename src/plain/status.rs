//! How the room stands: a line for each thing, the most important first.

use super::gauges;
use super::meaning::unsettled;
use crate::id::RoleId;
use crate::measure::judge::{Judgement, Verdict};
use crate::room::advice::advice;
use crate::room::alarm;
use crate::room::decide::{counting_down, how_ended, open_before_start, seats, signature_waited_for, signs_now};
use crate::room::event::{Mode, Record};
use crate::room::follow::{self, Pending};
use crate::room::log::{Line, Tone};
use crate::room::order;
use crate::room::say;
use crate::room::schedule;
use crate::room::state::{Mark, Stage, State, StepStatus, TriggerState};
use crate::room::stuck;
use crate::room::watch;
use crate::runbook::model::{Item, Phase, Step, StepKind};
use crate::text::clean_line;
use crate::time::Moment;

/// The whole of it.
pub fn status(state: &State, now: Moment) -> Vec<String> {
    let mut lines = vec![title(state), stage(state, now)];
    lines.extend(clocks(state, now));
    lines.push(people(state));
    if let Some(asked) = &state.conn_asked {
        let (who, left) = (clean_line(&state.called(&asked.by)).into_owned(), (asked.lapses() - now).or_zero());
        let why = clean_line(&asked.reason);
        lines.push(format!("{who} asks for the conn: {why}. hand-over gives it, keep-conn does not; {left} are left to answer."));
    }
    if let Some(hold) = &state.hold {
        lines.push(format!("ON HOLD for {} by {}: {}", now - hold.since, say::by(state, &hold.by), clean_line(&hold.reason)));
    }
    if let Some((phase, over, most)) = schedule::over_its_most(state, now) {
        lines.push(format!("Phase {} is TOO LATE: {over} over its {most} at most.", phase.number));
    }
    lines.extend(triggers(state, now));
    lines.extend(checklists(state, now));
    lines.extend(steps(state).iter().map(|step| self::step(state, step, now)));
    if let Stage::Underway { phase } = state.stage {
        lines.extend(gate(state, phase, now));
    }
    if state.stage == Stage::RollingBack {
        lines.extend(state.rollback_evidence(now).iter().map(|judged| criterion("Rollback verified by", judged)));
    }
    lines.extend(signatures(state));
    lines.extend(gauges::sources(state, now).into_iter().map(|text| format!("Source {text}")));
    lines.extend(state.runbook.metrics.iter().map(|(id, metric)| format!("Gauge {}", gauges::gauge(state, id, metric, now))));
    let nobody = state.commander().is_none() && state.closed.is_none() && !matches!(state.stage, Stage::Ended(..));
    let take = if nobody { "take-conn with a reason, since nobody has it; then " } else { "" };
    lines.push(format!("Next: {take}{}", next(state, now)));
    lines
}

/// One line of the log, as it is told when it happens.
pub fn line(state: &State, line: &Line) -> String {
    let tone = match line.tone {
        Tone::Plain | Tone::Output | Tone::Decision | Tone::Good => "",
        Tone::Warning => "warning: ",
        Tone::Bad => "ATTENTION: ",
    };
    format!("{} {tone}{}", state.wall(line.at).clock(state.runbook.zone), clean_line(&line.text))
}

fn title(state: &State) -> String {
    let mode = match state.mode() {
        Mode::Live => "LIVE",
        Mode::Demo => "DEMO",
        Mode::Rehearsal => "REHEARSAL",
    };
    format!("{mode}: {}, room {}", clean_line(&state.runbook.title), state.room())
}

fn stage(state: &State, now: Moment) -> String {
    match &state.stage {
        Stage::Planned => "Not started yet.".to_owned(),
        Stage::Underway { phase } => {
            let plan = &state.runbook.phases[*phase];
            let (of, title) = (state.runbook.phases.len(), clean_line(&plan.title));
            format!("Underway: phase {} of {of}, {title}.", plan.number)
        }
        Stage::RollingBack => {
            let rollback = state.rollback.as_ref();
            let since = rollback.map_or_else(String::new, |rollback| format!(" for {}", now - rollback.started));
            let reason = rollback.map_or_else(String::new, |rollback| format!(": {}", clean_line(&rollback.reason)));
            format!("ROLLING BACK{since}{reason}.")
        }
        Stage::Ended(ending, at) => {
            format!("Ended at {}: {}.", state.wall(*at).clock(state.runbook.zone), clean_line(&how_ended(state, ending)))
        }
    }
}

fn clocks(state: &State, now: Moment) -> Vec<String> {
    let clock = |moment: Moment| state.wall(moment).clock_minutes(state.runbook.zone);
    let mut lines = Vec::new();
    if let Some(t0) = state.t0.or(state.started) {
        lines.push(format!("The clock is at {}.", (now - t0).t_clock()));
    }
    if let Some(window) = schedule::window(state) {
        let rollback =
            window.latest_rollback.map_or_else(String::new, |latest| format!("; a rollback fits until {}", clock(latest)));
        lines.push(format!("The window is open from {} to {}{rollback}.", clock(window.opens), clock(window.closes)));
    }
    if let Some(drift) = schedule::drift(state, now).filter(|drift| drift.0.abs() >= 1_000) {
        let way = if drift.0 > 0 { "late" } else { "early" };
        lines.push(format!("The plan is {} {way}.", drift.abs()));
    }
    lines
}

fn people(state: &State) -> String {
    let here = state.operators.keys().filter(|operator| state.is_here(operator));
    let here = here.map(|operator| clean_line(&state.called(operator)).into_owned()).collect::<Vec<_>>().join(", ");
    let conn = match state.commander() {
        Some(commander) => format!("{} has the conn.", clean_line(&state.called(commander))),
        None => "NOBODY HAS THE CONN.".to_owned(),
    };
    if here.is_empty() { conn } else { format!("{conn} Here: {here}.") }
}

fn triggers(state: &State, now: Moment) -> Vec<String> {
    let said = state.runbook.triggers.iter().filter_map(|trigger| {
        let title = clean_line(&trigger.title);
        Some(match state.triggers.get(&trigger.id)? {
            TriggerState::Quiet => return None,
            TriggerState::Pending { since } => match follow::pending(state, trigger, *since, now) {
                Pending::True { held } => format!("Trigger {title}: true for {held} of {}.", trigger.hold),
                Pending::Unknown { why } => {
                    format!("Trigger {title}: was true, unknown now: {}; it counts anew.", clean_line(&why))
                }
            },
            TriggerState::Fired { rollback_at: Some(at), .. } => {
                format!("Trigger {title} FIRED: the rollback starts in {} unless it is vetoed.", (*at - now).or_zero())
            }
            TriggerState::Fired { evidence, .. } => {
                let wants = match order::wants(state, trigger.then) {
                    wants if wants.is_empty() => wants,
                    wants => format!("; {}", clean_line(&wants)),
                };
                format!("Trigger {title} FIRED: {}{wants}.", clean_line(&evidence.now))
            }
            TriggerState::Vetoed { by, reason, .. } => {
                format!("Trigger {title}: vetoed by {}, {}.", state.called(by), clean_line(reason))
            }
        })
    });
    said.collect()
}

/// Each list, and of those that are not complete each item by the number that `tick` takes.
fn checklists(state: &State, now: Moment) -> Vec<String> {
    let numbered = state.runbook.numbered_items();
    let number = |item: &Item| numbered.iter().find(|(_, one)| one.id == item.id).map_or("", |(number, _)| number.as_str());
    let mut lines = Vec::new();
    for list in state.lists() {
        let (done, required) = state.required_done(list);
        let title = clean_line(&list.title);
        lines.push(match state.watch_of(list) {
            Some(one) => format!("Watch {title}: {}, {done} of {required} looked at.", watch::told(state, one, now)),
            None => format!("Checklist {title}: {done} of {required} required items done."),
        });
        if done < required {
            let leaves = list.walk().into_iter().map(|(_, item)| item).filter(|item| item.items.is_empty());
            lines.extend(leaves.map(|item| self::item(state, number(item), item)));
        }
    }
    lines
}

/// `Item 1.2 Backup finished: open, required; fill in Finished at.`
fn item(state: &State, number: &str, item: &Item) -> String {
    let known = state.items.get(&item.id);
    let how = match (item.not_for_us(), known.map_or(&Mark::Open, |item| &item.mark)) {
        (Some(why), _) => format!("left out, {}", clean_line(why)),
        (None, Mark::Open) if item.required => "open, required".to_owned(),
        (None, Mark::Open) => "open".to_owned(),
        (None, Mark::Ticked(word)) => format!("ticked by {}", state.called(&word.by)),
        (None, Mark::Waived(word, why)) => format!("left out by {}: {}", state.called(&word.by), clean_line(why)),
    };
    let value = known.and_then(|item| item.value.as_deref());
    let field = item.field.as_ref().map_or_else(String::new, |field| match value {
        Some(value) => format!("; {}: {}", clean_line(&field.ask), clean_line(value)),
        None => format!("; to fill in: {}", clean_line(&field.ask)),
    });
    format!("Item {number} {}: {how}{field}.", clean_line(&item.text))
}

fn signatures(state: &State) -> Vec<String> {
    let roles = state.runbook.sign_off.iter().filter(|_| signs_now(state)).flat_map(|sign_off| &sign_off.roles);
    let said = roles.map(|role| match state.signed.get(role) {
        None => format!("Signature of {role}: none yet."),
        Some(signature) => format!("Signature of {role}: {}.", clean_line(&signature.told())),
    });
    said.collect()
}

fn steps(state: &State) -> &[Step] {
    match state.stage {
        Stage::Underway { phase } => &state.runbook.phases[phase].steps,
        Stage::RollingBack => state.runbook.rollback.as_ref().map_or(&[], |rollback| &rollback.steps),
        Stage::Planned | Stage::Ended(..) => &[],
    }
}

fn step(state: &State, step: &Step, now: Moment) -> String {
    let how = match state.steps.get(&step.id).map(|step| &step.status) {
        None | Some(StepStatus::Waiting) => "waiting".to_owned(),
        Some(StepStatus::Running { started, cancelled, bake, .. }) => {
            let told = if cancelled.is_some() { ", told to stop" } else { "" };
            let held = bake.as_ref().map_or_else(String::new, |bake| match &bake.paused {
                Some(why) => format!(", held for {} and paused: {}", bake.held_at(now), clean_line(why)),
                None => format!(", held for {}", bake.held_at(now)),
            });
            let stuck = stuck::stuck(state, step, now).map_or_else(String::new, |stuck| format!(", {stuck}"));
            format!("running for {}{held}{told}{stuck}", now - *started)
        }
        Some(StepStatus::Done { how, started, ended }) => format!("done, {}, took {}", say::done(state, how), *ended - *started),
        Some(StepStatus::Failed { why, .. }) => format!("FAILED, {}", clean_line(&say::failure(state, why))),
        Some(StepStatus::Skipped { by, reason, .. }) => format!("skipped by {}: {}", say::by(state, by), clean_line(reason)),
        Some(StepStatus::Lost { .. }) => "LOST: nobody knows how it ended".to_owned(),
    };
    format!("Step {} {}: {how}.", step.number, clean_line(&step.title))
}

fn criterion(what: &str, judged: &Judgement) -> String {
    if judged.verdict == Verdict::Unknown && !judged.reason.is_empty() {
        return format!("{what} {}: UNKNOWN, {}.", clean_line(&judged.criterion), clean_line(&judged.reason));
    }
    let reason = if judged.reason.is_empty() { String::new() } else { format!(", {}", clean_line(&judged.reason)) };
    format!("{what} {}: {}, now {}{reason}.", clean_line(&judged.criterion), judged.verdict.word(), clean_line(&judged.now))
}

fn gate(state: &State, place: usize, now: Moment) -> Vec<String> {
    let (phase, at) = (&state.runbook.phases[place], &state.phases[place].gate);
    let (Some(gate), Some(_)) = (&phase.gate, at.open) else { return Vec::new() };
    let evidence = state.gate_evidence(place, now);
    let mut lines = vec![format!("GATE: {}", clean_line(&gate.question))];
    lines.extend(evidence.iter().map(|judged| criterion("Criterion", judged)));
    lines.extend(seats(state, place, &evidence, now).into_iter().map(|seat| match seat.ballot {
        None => format!("Vote of {}: none yet.", seat.role),
        Some(ballot) => {
            let since = if seat.stale { ", STALE: the evidence changed since" } else { "" };
            let voice = if ballot.by_voice { ", by voice" } else { "" };
            let reason = if ballot.reason.is_empty() { String::new() } else { format!(": {}", clean_line(&ballot.reason)) };
            let (role, word, by) = (seat.role, ballot.vote.word(), state.called(&ballot.by));
            format!("Vote of {role}: {word} by {by}{voice}{since}{reason}.")
        }
    }));
    if let Some(advice) = advice(state, place, &evidence, now) {
        lines.push(format!("Advice: {}, {}.", advice.counsel.word(), clean_line(&advice.reason).trim_end_matches('.')));
    }
    lines
}

/// What is to be done next, and by which word.
fn next(state: &State, now: Moment) -> String {
    if let Some(why) = &state.closed {
        return format!("nothing, the room is closed: {}.", clean_line(why));
    }
    if let Some(title) = counting_down(state) {
        return format!("the rollback counts down because of {}: veto it, or let it.", clean_line(title));
    }
    match &state.stage {
        Stage::Ended(..) => match watch::open(state) {
            Some(list) => format!("tick what is due in {}.", clean_line(&list.title)),
            None if watch::goes_on(state, now) => match watch::missed(state) {
                0 => "watch on: the next tick says so.".to_owned(),
                some => format!("watch on, {some} missed so far: the next tick says so."),
            },
            None => "nothing: close the room.".to_owned(),
        },
        Stage::Planned => match open_before_start(state).next() {
            Some((list, left)) => format!("tick {left} more in {}, then begin.", clean_line(&list.title)),
            None => "begin.".to_owned(),
        },
        Stage::Underway { .. } if !signature_waited_for(state).is_empty() => {
            let roles: Vec<&str> = signature_waited_for(state).into_iter().map(RoleId::as_str).collect();
            format!("sign for {}; the deployment is completed then.", roles.join(", "))
        }
        Stage::Underway { .. } if state.hold.is_some() => "resume, when the reason for the hold is gone.".to_owned(),
        Stage::Underway { phase } => match unsettled(state) {
            Some(step) => at_step(state, step),
            None => at_gate(state, &state.runbook.phases[*phase], *phase),
        },
        Stage::RollingBack => match unsettled(state) {
            Some(step) => at_step(state, step),
            None if state.rollback_evidence(now).is_empty() => "the rollback ends by itself.".to_owned(),
            None => "wait until the rollback is verified, or accept-rollback with a reason.".to_owned(),
        },
    }
}

fn at_step(state: &State, step: &Step) -> String {
    let number = &step.number;
    if let Some(name) = order::lacks(state, step) {
        let lacking = order::lacking(state, step).unwrap_or_default();
        return format!("value {name} VALUE, because {lacking}.");
    }
    match state.steps.get(&step.id).map(|step| &step.status) {
        None | Some(StepStatus::Waiting) if order::begins_by_itself(state, order::current(state), step) => {
            format!("{number} begins by itself.")
        }
        None | Some(StepStatus::Waiting) => {
            let warn = step.warn.as_ref().map_or_else(String::new, |warn| format!(" WARNING: {}", clean_line(warn)));
            format!("run {number}, {}.{warn}", clean_line(&step.title))
        }
        Some(StepStatus::Running { .. }) if matches!(step.kind, StepKind::Manual { .. }) => {
            format!("do it, then done {number}, or failed {number} with a reason.")
        }
        Some(StepStatus::Running { .. }) => match message(state, step) {
            Some(message) => format!("{message} Then done {number}."),
            None => format!("wait for {number}, or stop it with a reason."),
        },
        Some(StepStatus::Failed { .. }) => format!("retry {number}, skip it with a reason, or rollback with a reason."),
        Some(StepStatus::Lost { .. }) => format!("look, then done {number}, failed {number} with a reason, or retry {number}."),
        Some(StepStatus::Done { .. } | StepStatus::Skipped { .. }) => format!("nothing at {number}."),
    }
}

/// Where a message goes, and what it says.
fn message(state: &State, step: &Step) -> Option<String> {
    let StepKind::Message { to, subject, text, .. } = &step.kind else { return None };
    let values = state.shown_values();
    let parts = subject.iter().chain([text]).map(|part| part.render(&values));
    let said = parts.collect::<Vec<_>>().join("\n").split_whitespace().collect::<Vec<_>>().join(" ");
    Some(clean_line(&format!("{}: \"{said}\".", alarm::reach(state, to))).into_owned())
}

fn at_gate(state: &State, phase: &Phase, place: usize) -> String {
    match (&phase.gate, state.phases[place].gate.open) {
        (Some(_), Some(_)) => "vote, then go, no-go or hold.".to_owned(),
        (Some(_), None) | (None, _) => "the plan goes on by itself.".to_owned(),
    }
}

/// The lines that a record brought into the log.
pub fn told(state: &State, record: &Record) -> Vec<String> {
    let seq = record.seq;
    let newest = state.log.newest_first().take_while(move |line| line.seq == seq);
    let mut lines: Vec<_> = newest.map(|found| line(state, found)).collect();
    lines.reverse();
    lines
}
