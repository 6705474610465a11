//! The journal as version 0.1 writes it, one line for each kind of event. Recorded rooms must stay readable, so a
//! change that this notices needs a new format number, or a default for what older journals lack.

use std::collections::BTreeMap;

use super::fixture::{START, bytes_of, noted, printed};
use super::*;
use crate::id::{
    AskId, EvidenceMark, ItemId, MetricId, OperatorId, PhaseId, RoleId, RoomId, SourceId, StepId, TriggerId, VarName, WatchId,
};
use crate::measure::judge::{Judgement, Verdict};
use crate::measure::reading::Reading;
use crate::room::baseline::Taken;
use crate::room::event::{Acceptance, Asker, By, Decision, Done, Failure, Mode, Opened, Outcome, Output, Subject, Vote};
use crate::room::people::Person;
use crate::room::{Event, Record};
use crate::runbook::model::Letter;
use crate::time::{Moment, Span};

const GOLDEN: &[u8] = include_bytes!("format_1.jsonl");

fn judgement() -> Judgement {
    Judgement {
        criterion: "error_rate < 0.5%".to_owned(),
        verdict: Verdict::Unknown,
        now: "?".to_owned(),
        must_be: "< 0.5 %".to_owned(),
        held: Some(Span(2_500)),
        reason: "last sample 2:10 old, source app".to_owned(),
    }
}

fn person() -> Person {
    Person {
        operator: OperatorId::new("ada"),
        account: "deploy".to_owned(),
        uid: 1_000,
        login_uid: Some(1_001),
        groups: vec!["release".to_owned()],
        verified: false,
    }
}

/// Each kind of event, and each way in which its parts differ.
fn every_event() -> Vec<Event> {
    let ada = || OperatorId::new("ada");
    let (item, phase, step) = (|| ItemId::new("before.1"), || PhaseId::new("canary"), || StepId::new("canary.1"));
    let trigger = || TriggerId::new("trigger-1");
    let (what, reason) = (|| "the board is green".to_owned(), || "seen by eye".to_owned());
    let failed = |why| Event::StepFailed { step: step(), attempt: 2, why, ended: None };
    let done = |how| Event::StepDone { step: step(), attempt: 2, how, ended: None };
    let decided = |decision| Event::GateDecided { phase: phase(), instance: 1, decision, by: ada(), evidence: vec![judgement()] };
    let vote = |vote| {
        let (reason, role) = (reason(), RoleId::new("sre"));
        Event::VoteCast { phase: phase(), instance: 1, role, vote, reason, by: ada(), by_voice: true, saw: None }
    };
    let signed = |person: &str, note, by_voice| {
        let (role, verdict) = (RoleId::new("sre"), "accepted".to_owned());
        Event::Signed { role, person: person.to_owned(), verdict, note, by: ada(), by_voice, acceptance: Acceptance::Accepted }
    };
    let polled = |outcome, readings| {
        let (source, took) = (SourceId::new("app"), Span(12));
        Event::SourcePolled {
            source,
            took,
            outcome,
            readings,
            during: None,
            notes: Vec::new(),
            alerts: None,
            ages: std::collections::BTreeMap::new(),
        }
    };
    let baseline = |value| {
        let taken = Taken { value, samples: 180, needed: 90, over: Span::minutes(15), at: START };
        Event::BaselineTaken { metric: MetricId::new("rps"), taken }
    };
    let readings = [Reading::Number(0.1), Reading::Missing("no such series".to_owned()), Reading::Invalid("NaN".to_owned())];
    vec![
        Event::Opened(Box::new(Opened {
            format: 1,
            room: RoomId::new("2026-11-21-0333-canary"),
            mode: Mode::Live,
            file: "canary.yaml".to_owned(),
            runbook: "warroom: 1\ntitle: \"Canary\"\n".to_owned(),
            values: BTreeMap::from([(VarName::new("version"), "1.0.0".to_owned())]),
            t0: Some(START),
            operator: ada(),
            host: "bastion".to_owned(),
            version: "0.1.0".to_owned(),
            rehearsal: None,
        })),
        Event::DeploymentStarted { by: ada() },
        Event::ItemTicked { item: item(), by: ada() },
        Event::ItemUnticked { item: item(), by: ada() },
        Event::FieldFilled { item: item(), value: "07:00".to_owned(), by: ada() },
        Event::ItemWaived { item: item(), by: ada(), reason: reason() },
        Event::Confirmed { what: what(), by: ada(), asked_by: Vec::new() },
        Event::ConfirmationWithdrawn { what: what(), by: ada() },
        Event::PhaseBegan { phase: phase() },
        Event::PhaseEnded { phase: phase() },
        Event::StepStarted { step: step(), attempt: 1, by: By::Operator(ada()) },
        printed("caf\u{e9} \u{1f680} \"quoted\" \\ \u{1}"),
        Event::StepOutput {
            step: step(),
            attempt: 1,
            output: Output { lines: Vec::new(), omitted: 9, to: None, late: false, printed_by: None },
        },
        Event::StepCancelled { step: step(), attempt: 1, by: By::Trigger(trigger()), reason: reason() },
        done(Done::Exit { code: 0 }),
        done(Done::Status { status: 204 }),
        done(Done::Manual { by: ada(), note: reason() }),
        done(Done::Elapsed),
        failed(Failure::Exit { code: 3 }),
        failed(Failure::Signal { signal: 9 }),
        failed(Failure::Status { status: 500 }),
        failed(Failure::Unmet { what: what() }),
        failed(Failure::TimedOut { after: Span::MINUTE }),
        failed(Failure::Cancelled),
        failed(Failure::Broken { what: what() }),
        failed(Failure::Criterion(Box::new(judgement()))),
        failed(Failure::Manual { by: ada(), reason: reason() }),
        Event::StepSkipped { step: step(), by: ada(), reason: reason() },
        Event::StepLost { step: step(), attempt: 2, why: String::new() },
        Event::BakePaused { step: step(), attempt: 2, why: reason() },
        Event::BakeResumed { step: step(), attempt: 2 },
        Event::GateOpened { phase: phase(), instance: 1 },
        vote(Vote::Go),
        vote(Vote::NoGo),
        vote(Vote::Abstain),
        decided(Decision::Go { waiver: Some(reason()) }),
        decided(Decision::Go { waiver: None }),
        decided(Decision::NoGo { reason: reason() }),
        decided(Decision::Hold { reason: reason() }),
        Event::HoldBegan { by: ada(), reason: reason() },
        Event::HoldEnded { by: ada() },
        Event::TriggerPending { trigger: trigger() },
        Event::TriggerCleared { trigger: trigger(), why: reason() },
        Event::TriggerFired { trigger: trigger(), evidence: judgement(), rollback_at: Some(Moment(1)) },
        Event::TriggerVetoed { trigger: trigger(), by: ada(), reason: reason() },
        Event::RollbackStarted { by: By::Plan, reason: reason() },
        Event::RollbackEnded { verified: true, by: By::Plan, reason: reason(), evidence: vec![judgement()] },
        Event::DeploymentCompleted,
        Event::DeploymentAbandoned { by: ada(), reason: reason() },
        polled(Outcome::Up { status: 200 }, readings.map(|reading| (MetricId::new("p95"), reading)).into()),
        polled(Outcome::Down { why: reason() }, Vec::new()),
        noted("calling it a night"),
        Event::ClockStepped { by: Span(-3_600_000) },
        Event::Closed { why: "done".to_owned() },
        Event::Resumed {
            operator: ada(),
            host: "bastion".to_owned(),
            boot: "b0075".to_owned(),
            version: "0.1.0".to_owned(),
            torn: None,
        },
        Event::StepOutput {
            step: step(),
            attempt: 1,
            output: Output { lines: vec![what()], omitted: 0, to: Some(4_711), late: false, printed_by: None },
        },
        Event::StepLost { step: step(), attempt: 2, why: reason() },
        Event::OperatorJoined { person: person() },
        Event::OperatorLeft { operator: ada(), why: reason() },
        Event::ConnTaken { by: OperatorId::new("bob"), from: ada(), reason: reason() },
        Event::ConnHandedOver { by: OperatorId::new("bob"), to: ada() },
        Event::RoleAssigned { role: RoleId::new("sre"), to: OperatorId::new("bob"), by: ada() },
        baseline(Some(1900.5)),
        baseline(None),
        vote(Vote::Hold),
        Event::VoteCast {
            phase: phase(),
            instance: 2,
            role: RoleId::new("sre"),
            vote: Vote::Go,
            reason: String::new(),
            by: ada(),
            by_voice: false,
            saw: Some(EvidenceMark::new("00c0ffee00c0ffee")),
        },
        Event::GateExpired { phase: phase(), instance: 1, after: Span::MINUTE },
        Event::StepNotNeeded { step: step(), reason: reason() },
        Event::PhaseNotNeeded { phase: phase(), reason: reason() },
        Event::Answered { of: Subject::Step(step()), yes: true, by: ada() },
        Event::Answered { of: Subject::Phase(phase()), yes: false, by: ada() },
        Event::StepSeconded { step: step(), person: "bob".to_owned(), by: ada() },
        Event::ValuesCaptured { step: step(), attempt: 2, values: [(VarName::new("version"), "1.0.0".to_owned())].into() },
        Event::UntilBroken { step: step(), attempt: 2, why: reason() },
        done(Done::Seen),
        done(Done::Stopped),
        done(Done::Parts),
        done(Done::Chosen { option: Letter(1), title: what(), by: ada() }),
        Event::TickDue { watch: WatchId::new("first-day"), tick: 2 },
        Event::TickOverdue { watch: WatchId::new("first-day"), tick: 2 },
        Event::TickMissed { watch: WatchId::new("first-day"), tick: 2 },
        done(Done::LeftRunning),
        signed("bob", reason(), true),
        signed("ada", String::new(), false),
        Event::Resumed {
            operator: ada(),
            host: "bastion".to_owned(),
            boot: "b0075".to_owned(),
            version: "0.1.0".to_owned(),
            torn: Some(312),
        },
        Event::StepOutput {
            step: step(),
            attempt: 2,
            output: Output { lines: vec![what()], omitted: 0, to: Some(9), late: true, printed_by: None },
        },
        Event::StepDone { step: step(), attempt: 2, how: Done::Exit { code: 0 }, ended: Some(START) },
        Event::StepFailed { step: step(), attempt: 2, why: Failure::Exit { code: 3 }, ended: Some(START) },
        Event::Signed {
            role: RoleId::new("sre"),
            person: "bob".to_owned(),
            verdict: "no".to_owned(),
            note: String::new(),
            by: ada(),
            by_voice: false,
            acceptance: Acceptance::Refused,
        },
        Event::ConnAsked { by: OperatorId::new("bob"), of: ada(), reason: reason() },
        Event::ConnKept { by: ada(), from: OperatorId::new("bob"), reason: String::new() },
        Event::Confirmed {
            what: what(),
            by: ada(),
            asked_by: vec![
                Asker::Gate { phase: phase(), instance: 2 },
                Asker::Step { step: step(), attempt: 1 },
                Asker::Rollback,
                Asker::Trigger { trigger: trigger(), phase: phase() },
            ],
        },
        Event::ValueGiven { name: VarName::new("backup"), value: "backup-17.sql".to_owned(), by: ada() },
        Event::ConnAskLapsed { by: OperatorId::new("bob"), of: ada() },
        Event::StepOutput {
            step: step(),
            attempt: 2,
            output: Output { lines: vec![what()], omitted: 0, to: Some(17), late: true, printed_by: Some(START) },
        },
    ]
}

fn every_record() -> Vec<Record> {
    let events = every_event().into_iter().zip(0_u64..);
    // What somebody asked for says so; the first journals did not.
    let ask = |event: &Event| matches!(event, Event::ConnTaken { .. }).then(|| AskId::new("5f0c4d.3"));
    let record =
        |(event, seq): (Event, u64)| Record { seq, at: START + Span::seconds(seq.cast_signed()), ask: ask(&event), event };
    events.map(record).collect()
}

#[test]
fn journals_of_the_first_format_are_read_as_they_were_meant() {
    assert_eq!(read(GOLDEN).unwrap().records, every_record());
}

#[test]
fn the_first_format_is_written_to_the_byte() {
    assert_eq!(String::from_utf8_lossy(&bytes_of(every_record().chunks(1))), String::from_utf8_lossy(GOLDEN));
}
