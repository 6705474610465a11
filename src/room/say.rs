//! What happened, in words: a line of the log for each event that a person may want to read.

use crate::id::{ItemId, MetricId, OperatorId, PhaseId, SourceId, StepId, TriggerId, WatchId};
use crate::measure::history::Move;
use crate::measure::metric::{Band, Metric};
use crate::measure::reading::{Reading, Standing};
use crate::measure::show;
use crate::room::alarm;
use crate::room::apply::measure::measured;
use crate::room::baseline::Taken;
use crate::room::decide::reserved;
use crate::room::event::{Acceptance, Asker, By, Decision, Done, Event, Failure, Outcome, Output, Record, Subject};
use crate::room::log::{Line, Tone};
use crate::room::order;
use crate::room::people::{CONN_ANSWER, Person};
use crate::room::state::{State, StepStatus};
use crate::runbook::model::{Severity, When};
use crate::time::{Moment, Span};

/// Adds the lines of `record` to the log. Called before the record is applied, so that a change can be told.
pub(super) fn before(state: &mut State, record: &Record) {
    if let Event::StepOutput { step, output, .. } = &record.event {
        printed(state, record, step, output);
    } else if let Event::SourcePolled { source, outcome, readings, during, notes, .. } = &record.event {
        if state.elsewhere(source, during.as_ref()) {
            return;
        }
        for (tone, text) in beside(state, source, during.as_ref(), notes) {
            add(state, record, tone, text);
        }
        polled(state, record, source, outcome, readings);
    } else if let Some((tone, text)) = line(state, &record.event, record.at) {
        add(state, record, tone, text);
    }
}

fn add(state: &mut State, record: &Record, tone: Tone, text: String) {
    state.log.push(Line { seq: record.seq, at: record.at, tone, text });
}

/// Of a long output only the newest lines stay in the log; the step's own pane has the rest.
fn printed(state: &mut State, record: &Record, step: &StepId, output: &Output) {
    let number = state.runbook.step(step).map_or_else(|| step.to_string(), |step| step.number.clone());
    let late = match output.printed_by.map(|at| state.wall(at).clock(state.runbook.zone)) {
        Some(clock) if output.late => format!(" (earlier, by {clock})"),
        None if output.late => " (earlier)".to_owned(),
        Some(_) | None => String::new(),
    };
    for text in output.lines.iter().rev().take(crate::room::log::OUTPUT_RUN_MAX).rev() {
        let text = format!("{number}{late} | {text}");
        state.log.push_output(Line { seq: record.seq, at: record.at, tone: Tone::Output, text });
    }
}

fn polled(state: &mut State, record: &Record, source: &SourceId, outcome: &Outcome, readings: &[(MetricId, Reading)]) {
    if let Some((tone, text)) = source_changed(state, source, outcome, record.at) {
        add(state, record, tone, text);
    }
    for (id, reading) in readings {
        let Some(metric) = state.runbook.metrics.get(id) else { continue };
        let compared = metric.against.is_some().then(|| measured(state, id, source, reading, record.at).0);
        let reading = compared.as_ref().map_or(Some(reading), Option::as_ref);
        if let Some((tone, text)) = reading.and_then(|reading| metric_changed(state, id, metric, reading)) {
            add(state, record, tone, text);
        }
    }
}

/// What changed about a source besides its numbers: where it is asked, what it says, whether anybody can pose as it.
fn beside(state: &State, id: &SourceId, during: Option<&PhaseId>, notes: &[String]) -> Vec<(Tone, String)> {
    let Some(source) = state.sources.get(id) else { return Vec::new() };
    let mut lines = Vec::new();
    let insecure = state.runbook.sources.get(id).is_some_and(|source| source.access.insecure);
    if insecure && source.last.is_none() {
        lines.push((Tone::Warning, format!("{id} is insecure: anybody may answer in its name")));
    }
    if source.during.as_ref() != during {
        lines.push((Tone::Plain, format!("{id} is now asked at {}", Move::address(during))));
    }
    let new = notes.iter().filter(|note| !source.notes.contains(note));
    lines.extend(new.map(|note| (Tone::Warning, format!("{id} says: {note}"))));
    lines
}

fn source_changed(state: &State, id: &SourceId, outcome: &Outcome, at: Moment) -> Option<(Tone, String)> {
    let source = state.sources.get(id)?;
    let was = source.last.as_ref().map(|(_, outcome)| outcome);
    match (was, outcome) {
        (None | Some(Outcome::Up { .. }), Outcome::Down { why }) => Some((Tone::Bad, format!("{id} DOWN: {why}"))),
        (Some(Outcome::Down { .. }), Outcome::Up { .. }) => {
            let down = source.since.map_or(Span::ZERO, |since| at - since);
            Some((Tone::Good, format!("{id} up again, after {down}")))
        }
        (None, Outcome::Up { .. }) => Some((Tone::Plain, format!("{id} is up"))),
        (Some(Outcome::Up { .. }), Outcome::Up { .. }) | (Some(Outcome::Down { .. }), Outcome::Down { .. }) => None,
    }
}

/// A metric that changed its band, or was lost, or came back.
fn metric_changed(state: &State, id: &MetricId, metric: &Metric, reading: &Reading) -> Option<(Tone, String)> {
    let history = state.metrics.get(id)?;
    let was = history.newest().and_then(|sample| sample.reading.number());
    let title = &metric.title;
    match reading {
        Reading::Number(value) => {
            let (_, new) = alarm::entered(state, metric, history, reading)?;
            let tell = alarm::of_band(new).map_or_else(String::new, |severity| whom(state, severity));
            let shown = show::number(*value, &metric.unit);
            Some(match new {
                Band::Critical => (Tone::Bad, format!("{title} entered CRITICAL: {shown}{tell}")),
                Band::Warning => (Tone::Warning, format!("{title} entered WARN: {shown}{tell}")),
                Band::Between => (Tone::Warning, format!("{title} is between its bands: {shown}")),
                Band::Normal => (Tone::Good, format!("{title} back to normal: {shown}")),
            })
        }
        Reading::Missing(why) if was.is_some() => Some((Tone::Warning, format!("{title}: no data, {why}"))),
        Reading::Invalid(what) if was.is_some() => Some((Tone::Warning, format!("{title}: invalid, {what}"))),
        Reading::Missing(_) | Reading::Invalid(_) => None,
    }
}

/// `; tell #deployment, page shop`: whom to tell of it.
fn whom(state: &State, severity: Severity) -> String {
    alarm::tell(state, severity).map_or_else(String::new, |whom| format!("; {whom}"))
}

/// `4.1 s` where seconds matter, else as every other duration.
pub fn took(span: Span) -> String {
    if span < Span::MINUTE { format!("{:.1} s", span.as_seconds()) } else { span.to_string() }
}

fn step(state: &State, id: &StepId) -> String {
    state.runbook.step(id).map_or_else(|| id.to_string(), |step| format!("{} {}", step.number, step.title))
}

fn number(state: &State, id: &StepId) -> String {
    state.runbook.step(id).map_or_else(|| id.to_string(), |step| step.number.clone())
}

fn phase(state: &State, id: &PhaseId) -> String {
    state.runbook.phase(id).map_or_else(|| id.to_string(), |phase| format!("{} {}", phase.number, phase.title))
}

fn item(state: &State, id: &ItemId) -> String {
    state.runbook.item(id).map_or_else(|| id.to_string(), |item| item.text.clone())
}

fn trigger(state: &State, id: &TriggerId) -> String {
    let known = state.runbook.triggers.iter().find(|trigger| trigger.id == *id);
    known.map_or_else(|| id.to_string(), |trigger| trigger.title.clone())
}

fn watch(state: &State, id: &WatchId) -> String {
    let known = state.runbook.watch.iter().find(|watch| watch.id == *id);
    known.map_or_else(|| id.to_string(), |watch| watch.list.title.clone())
}

/// Who or what: `ana`, `the plan`, `trigger error rate`.
pub fn by(state: &State, by: &By) -> String {
    match by {
        By::Operator(operator) => state.called(operator),
        By::Trigger(id) => format!("trigger \"{}\"", trigger(state, id)),
        By::Plan => "the plan".to_owned(),
    }
}

/// Why a step failed, in words: `exit 3`, `timed out after 2:00`.
pub fn failure(state: &State, why: &Failure) -> String {
    match why {
        Failure::Exit { code } => format!("exit {code}"),
        Failure::Signal { signal } => format!("killed by signal {signal}"),
        Failure::Status { status } => format!("HTTP status {status}"),
        Failure::TimedOut { after } => format!("timed out after {after}"),
        Failure::Cancelled => "cancelled".to_owned(),
        Failure::Unmet { what } | Failure::Broken { what } => what.clone(),
        Failure::Criterion(judgement) => {
            // The reason of a failing comparison begins with its value.
            let why = if judgement.reason.is_empty() { &judgement.now } else { &judgement.reason };
            format!("{}: {why}", judgement.criterion)
        }
        Failure::Manual { by, reason } => format!("{} says it failed: {reason}", state.called(by)),
    }
}

/// How a step was done, in words: `exit 0`, `HTTP status 200`.
pub fn done(state: &State, how: &Done) -> String {
    match how {
        Done::Exit { code } => format!("exit {code}"),
        Done::Status { status } => format!("HTTP status {status}"),
        Done::Manual { by, note } if note.is_empty() => format!("{} says so", state.called(by)),
        Done::Manual { by, note } => format!("{}: {note}", state.called(by)),
        Done::Elapsed => "time passed".to_owned(),
        Done::Seen => "it is so".to_owned(),
        Done::Stopped => "stopped".to_owned(),
        Done::LeftRunning => "LEFT RUNNING, nothing here stops it".to_owned(),
        Done::Parts => "all of it".to_owned(),
        Done::Chosen { option, title, by } => format!("{} chose {}, {title}", state.called(by), option.letter()),
    }
}

fn elapsed(state: &State, id: &StepId, at: Moment) -> String {
    match state.steps.get(id).map(|step| &step.status) {
        Some(StepStatus::Running { started, .. } | StepStatus::Lost { started, .. }) => took(at - *started),
        Some(StepStatus::Waiting | StepStatus::Done { .. } | StepStatus::Failed { .. } | StepStatus::Skipped { .. }) | None => {
            took(Span::ZERO)
        }
    }
}

/// `; it ended 02:10:05, while no room was there`
fn learnt_later(state: &State, ended: Option<Moment>) -> String {
    let when = ended.map(|ended| state.wall(ended).clock(state.runbook.zone));
    when.map_or_else(String::new, |when| format!("; ended {when}, while no room was there"))
}

fn joined(person: &Person) -> String {
    let account = if person.account == person.operator.as_str() { String::new() } else { format!(" ({})", person.account) };
    let doubt = if person.verified { "" } else { ", unverified" };
    format!("{}{account} joined{doubt}", person.operator)
}

fn left(state: &State, operator: &OperatorId, why: &str) -> (Tone, String) {
    let who = state.called(operator);
    if state.conn == *operator {
        return (Tone::Warning, format!("{who} left{}; nobody has the conn", because(why)));
    }
    (Tone::Plain, format!("{who} left{}", because(why)))
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn answered(state: &State, of: &Subject, yes: bool, by: &OperatorId) -> String {
    let (what, when) = match of {
        Subject::Step(id) => (step(state, id), state.runbook.step(id).and_then(|step| step.when.as_ref())),
        Subject::Phase(id) => (phase(state, id), state.runbook.phase(id).and_then(|phase| phase.when.as_ref())),
    };
    let question = when.and_then(When::question).unwrap_or("is it needed?");
    format!(
        "{}: {} to \"{question}\", so {what} is {}",
        state.called(by),
        if yes { "yes" } else { "no" },
        if yes { "next" } else { "left out" }
    )
}

/// `gate 2`, `step 1.3`, `the rollback`, `the trigger "Errors"`
pub fn asker(state: &State, asker: &Asker) -> String {
    match asker {
        Asker::Gate { phase, .. } => {
            format!("gate {}", state.runbook.phase(phase).map_or_else(|| phase.to_string(), |phase| phase.number.to_string()))
        }
        Asker::Step { step, .. } => format!("step {}", number(state, step)),
        Asker::Rollback => "the rollback".to_owned(),
        Asker::Trigger { trigger, .. } => {
            let title = state.runbook.triggers.iter().find(|known| known.id == *trigger).map(|known| known.title.as_str());
            format!("the trigger \"{}\"", title.unwrap_or(trigger.as_str()))
        }
    }
}

fn baseline(state: &State, id: &MetricId, taken: &Taken) -> (Tone, String) {
    match (taken.value, state.runbook.metrics.get(id)) {
        (Some(value), Some(metric)) => {
            let (value, over) = (show::number(value, &metric.unit), taken.over);
            (
                Tone::Plain,
                format!("baseline of {}: {value}, the mean of {} samples in the {over} before T", metric.title, taken.samples),
            )
        }
        (Some(_), None) => (Tone::Plain, format!("baseline of {id}")),
        (None, _) => (Tone::Warning, format!("NO baseline of {id}: {}", taken.too_few())),
    }
}

fn line(state: &State, event: &Event, at: Moment) -> Option<(Tone, String)> {
    Some(match event {
        Event::Opened(opened) => (Tone::Plain, format!("room {} opened by {} on {}", opened.room, opened.operator, opened.host)),
        Event::DeploymentStarted { by } => (Tone::Decision, format!("{} started the deployment", state.called(by))),
        Event::ItemTicked { item: id, by } => (Tone::Decision, format!("{} ticked {}", state.called(by), item(state, id))),
        Event::ItemUnticked { item: id, by } => (Tone::Decision, format!("{} took back {}", state.called(by), item(state, id))),
        Event::FieldFilled { item: id, value, by } => {
            (Tone::Decision, format!("{} filled in {}: {value}", state.called(by), item(state, id)))
        }
        Event::ItemWaived { item: id, by, reason } => {
            (Tone::Decision, format!("{} waived {}: {reason}", state.called(by), item(state, id)))
        }
        Event::Confirmed { what, by, asked_by } => {
            let whom: Vec<_> = asked_by.iter().map(|one| asker(state, one)).collect();
            let whom = if whom.is_empty() { String::new() } else { format!(", for {}", whom.join(", ")) };
            (Tone::Decision, format!("{} confirms \"{what}\"{whom}", state.called(by)))
        }
        Event::ConfirmationWithdrawn { what, by } => {
            (Tone::Decision, format!("{} no longer confirms \"{what}\"", state.called(by)))
        }
        Event::PhaseBegan { phase: id } => (Tone::Plain, format!("phase {} began", phase(state, id))),
        Event::PhaseEnded { phase: id } => (Tone::Good, format!("phase {} is over", phase(state, id))),
        Event::StepStarted { step: id, attempt, by: who } => {
            let again = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
            (Tone::Decision, format!("{} started {}{again}", by(state, who), step(state, id)))
        }
        Event::StepCancelled { step: id, by: who, reason, .. } => {
            (Tone::Warning, format!("{} stops {}{}", by(state, who), number(state, id), because(reason)))
        }
        Event::StepDone { step: id, how: how @ Done::LeftRunning, .. } => {
            (Tone::Warning, format!("{} is {}", step(state, id), done(state, how)))
        }
        Event::StepDone { step: id, how, ended, .. } => {
            let (took, when) = (elapsed(state, id, ended.unwrap_or(at)), learnt_later(state, *ended));
            (Tone::Good, format!("{} done, {}, {took}{when}", number(state, id), done(state, how)))
        }
        Event::StepFailed { step: id, why, ended, .. } => {
            let (took, when) = (elapsed(state, id, ended.unwrap_or(at)), learnt_later(state, *ended));
            (Tone::Bad, format!("{} FAILED, {}, {took}{when}", number(state, id), failure(state, why)))
        }
        Event::StepSkipped { step: id, by, reason } => {
            (Tone::Warning, format!("{} skipped {}{}", state.called(by), step(state, id), because(reason)))
        }
        Event::StepNotNeeded { step: id, reason } => (Tone::Plain, format!("{} is not needed: {reason}", step(state, id))),
        Event::PhaseNotNeeded { phase: id, reason } => {
            (Tone::Plain, format!("phase {} is not needed: {reason}", phase(state, id)))
        }
        Event::Answered { of, yes, by } => (Tone::Decision, answered(state, of, *yes, by)),
        Event::StepSeconded { step: id, person, by } => {
            let by = if person == by.as_str() { String::new() } else { format!(" (recorded by {})", state.called(by)) };
            (Tone::Decision, format!("{person} agrees to {}{by}", step(state, id)))
        }
        Event::ValuesCaptured { step: id, values, .. } => {
            let values: Vec<_> = values.iter().map(|(name, value)| format!("{name} is {value}")).collect();
            (Tone::Plain, format!("{} gave {}", number(state, id), values.join(", ")))
        }
        Event::ValueGiven { name, value, by } => (Tone::Decision, format!("{} gave {name}: {value}", state.called(by))),
        Event::TickDue { watch: id, tick } => (Tone::Plain, format!("watch \"{}\" is due, tick {tick}", watch(state, id))),
        Event::TickOverdue { watch: id, tick } => {
            (Tone::Warning, format!("watch \"{}\" is OVERDUE, tick {tick}", watch(state, id)))
        }
        Event::TickMissed { watch: id, tick } => {
            (Tone::Warning, format!("watch \"{}\" was MISSED, tick {tick}", watch(state, id)))
        }
        Event::UntilBroken { step: id, why, .. } => (Tone::Warning, format!("{} begins to count anew: {why}", number(state, id))),
        Event::StepLost { step: id, why, .. } => {
            (Tone::Bad, format!("{} LOST, nobody knows how it ended{}", step(state, id), because(why)))
        }
        Event::BakePaused { step: id, why, .. } => (Tone::Warning, format!("{} does not count on: {why}", number(state, id))),
        Event::BakeResumed { step: id, .. } => (Tone::Plain, format!("{} counts, its evidence is good", number(state, id))),
        Event::GateOpened { phase: id, .. } => (Tone::Plain, format!("gate of phase {} is open", phase(state, id))),
        Event::VoteCast { role, vote, reason, by, by_voice, .. } => {
            let how = if *by_voice {
                format!(" (by voice, recorded by {})", state.called(by))
            } else {
                format!(" ({})", state.called(by))
            };
            (Tone::Decision, format!("{role} votes {}{how}{}", vote.word(), because(reason)))
        }
        Event::Signed { role, person, verdict, note, by, by_voice, acceptance } => {
            let how = if *by_voice { format!(" (by voice, recorded by {})", state.called(by)) } else { String::new() };
            let tone = match acceptance {
                Acceptance::Accepted => Tone::Decision,
                Acceptance::Remarks => Tone::Warning,
                Acceptance::Refused => Tone::Bad,
            };
            (tone, format!("{role} signs: {verdict}, {person}{how}{}", because(note)))
        }
        Event::GateDecided { phase: id, decision, by, .. } => match decision {
            Decision::Go { waiver: None } => {
                (Tone::Decision, format!("{}: GO after phase {}", state.called(by), phase(state, id)))
            }
            Decision::Go { waiver: Some(reason) } => {
                (Tone::Warning, format!("{}: GO after phase {} with a waiver: {reason}", state.called(by), phase(state, id)))
            }
            Decision::NoGo { reason } => {
                (Tone::Bad, format!("{}: NO-GO after phase {}{}", state.called(by), phase(state, id), because(reason)))
            }
            Decision::Hold { reason } => (
                Tone::Warning,
                format!("{}: HOLD at the gate of phase {}{}", state.called(by), phase(state, id), because(reason)),
            ),
        },
        Event::GateExpired { phase: id, after, .. } => {
            (Tone::Warning, format!("the gate of phase {} expired after {after}: held", phase(state, id)))
        }
        Event::HoldBegan { by, reason } => {
            (Tone::Warning, format!("{} holds the deployment{}", state.called(by), because(reason)))
        }
        Event::HoldEnded { by } => (Tone::Decision, format!("{} resumes the deployment", state.called(by))),
        Event::TriggerPending { trigger: id } => (Tone::Warning, format!("trigger \"{}\" came true", trigger(state, id))),
        Event::TriggerCleared { trigger: id, why } => {
            (Tone::Good, format!("trigger \"{}\" cleared{}", trigger(state, id), because(why)))
        }
        Event::TriggerFired { trigger: id, evidence, rollback_at } => {
            let known = state.runbook.triggers.iter().find(|trigger| trigger.id == *id);
            let wants = known.map(|trigger| order::wants(state, trigger.then)).filter(|wants| !wants.is_empty());
            let wants = || wants.map(|wants| format!("; {wants}")).unwrap_or_default();
            let then = rollback_at.map_or_else(wants, |when| format!(", rollback in {}", when - at));
            let tell = known.map_or_else(String::new, |trigger| whom(state, trigger.then.severity()));
            (Tone::Bad, format!("trigger \"{}\" fired: {}{then}{tell}", trigger(state, id), evidence.now))
        }
        Event::TriggerVetoed { trigger: id, by, reason } => {
            (Tone::Decision, format!("{} vetoed trigger \"{}\": {reason}", state.called(by), trigger(state, id)))
        }
        Event::RollbackStarted { by: who, reason } => {
            let tell = whom(state, Severity::Rollback);
            (Tone::Bad, format!("{} started the ROLLBACK: {reason}{tell}", by(state, who)))
        }
        Event::RollbackEnded { verified: true, .. } => (Tone::Good, "rolled back, verified".to_owned()),
        Event::RollbackEnded { verified: false, reason, .. } => {
            (Tone::Warning, format!("rolled back, NOT verified{}", because(reason)))
        }
        Event::DeploymentCompleted => match reserved(state) {
            None => (Tone::Good, "deployment completed".to_owned()),
            Some((Acceptance::Refused, against)) => (Tone::Bad, format!("deployment completed, {against}")),
            Some((Acceptance::Accepted | Acceptance::Remarks, against)) => {
                (Tone::Warning, format!("deployment completed, {against}"))
            }
        },
        Event::DeploymentAbandoned { by, reason } => {
            (Tone::Bad, format!("{} abandoned the deployment: {reason}", state.called(by)))
        }
        Event::OperatorJoined { person } => (Tone::Plain, joined(person)),
        Event::OperatorLeft { operator, why } => left(state, operator, why),
        Event::ConnTaken { by, from, reason } => {
            (Tone::Warning, format!("{} took the conn from {}: {reason}", state.called(by), state.called(from)))
        }
        Event::ConnHandedOver { by, to } => {
            (Tone::Decision, format!("{} handed the conn over to {}", state.called(by), state.called(to)))
        }
        Event::ConnAsked { by, of, reason } => {
            (Tone::Warning, format!("{} asks {} for the conn: {reason}", state.called(by), state.called(of)))
        }
        Event::ConnKept { by, from, reason } => {
            let keeps = format!("{} keeps the conn, {} does not get it", state.called(by), state.called(from));
            (Tone::Decision, keeps + &because(reason))
        }
        Event::ConnAskLapsed { by, of } => {
            let (by, of) = (state.called(by), state.called(of));
            (Tone::Warning, format!("{of} has not answered within {CONN_ANSWER}: {by} does not get the conn, and may ask again"))
        }
        Event::RoleAssigned { role, to, by } => {
            (Tone::Decision, format!("{} made {} {role}", state.called(by), state.called(to)))
        }
        Event::Noted { text, by } => (Tone::Decision, format!("{} notes: {text}", state.called(by))),
        Event::ClockStepped { by } => (Tone::Warning, format!("the wall clock was set by {} s", by.0 / 1_000)),
        Event::Resumed { operator, host, version, torn, .. } => {
            let torn = torn.map_or_else(String::new, |bytes| {
                format!("; the last {bytes} bytes of its journal were torn and were not an acknowledged event: they are kept beside it")
            });
            (Tone::Warning, format!("{} resumed the room on {host}, warroom {version}{torn}", state.called(operator)))
        }
        Event::Closed { why } => (Tone::Plain, format!("room closed: {why}")),
        Event::BaselineTaken { metric: id, taken } => baseline(state, id, taken),
        Event::StepOutput { .. } | Event::SourcePolled { .. } => return None,
    })
}

/// What a gauge says in one word and a value; shared by the log and the screens.
pub fn standing(standing: &Standing, unit: &crate::measure::unit::Unit) -> String {
    match standing {
        Standing::Number(value) => show::number(*value, unit),
        Standing::Never | Standing::Missing(_) | Standing::Invalid(_) => "?".to_owned(),
        Standing::Stale { last } => last.map_or_else(|| "?".to_owned(), |last| show::number(last, unit)),
    }
}
