use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::engine::Outside;
use crate::engine::actor::Setup;
use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::net::FakeNet;
use crate::engine::spawn::FakeSpawner;
use crate::engine::writer::Writer;
use crate::journal::storage::SimStorage;
use crate::journal::{FORMAT, Journal};
use crate::link::{GuestId, Port, local};
use crate::room::event::{Event, Failure, Mode, Opened};
use crate::room::people::Person;
use crate::room::state::Stage;
use crate::room::{Action, State, apply};
use crate::runbook;
use crate::runbook::template::Values;

const PLAN: &str = "
warroom: 1
title: Slow
phases: [ { id: work, title: Work, steps: [ { run: make }, { run: make } ] } ]
rollback: { budget: 1m, steps: [ { run: unmake } ] }
";

const START: Moment = Moment(1_795_227_000_000);

struct Room {
    clock: Arc<VirtualClock>,
    disk: SimStorage,
    spawner: Arc<FakeSpawner>,
    calls: tokio::sync::mpsc::Sender<Call>,
    port: Port,
    _folder: tempfile::TempDir,
}

fn person(name: &str) -> Person {
    let (operator, account) = (name.into(), name.to_owned());
    Person { operator, account, uid: 1000, login_uid: Some(1000), groups: Vec::new(), verified: true }
}

fn opened() -> Opened {
    Opened {
        format: FORMAT,
        room: "slow".into(),
        mode: Mode::Live,
        file: "slow.yaml".to_owned(),
        runbook: PLAN.to_owned(),
        values: BTreeMap::new(),
        t0: None,
        operator: "ana".into(),
        host: "here".to_owned(),
        version: "0".to_owned(),
        rehearsal: None,
    }
}

/// A room whose journal has its own thread, and whose disk may stop answering.
fn open() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let disk = SimStorage::with_folder(Path::new("room"));
    let clock = Arc::new(VirtualClock::at(START));
    let record = Record { seq: 0, at: START, ask: None, event: Event::Opened(Box::new(opened())) };
    let journal = Journal::create(&disk, Path::new("room"), &record).unwrap();
    let mut state = State::open(&opened(), START, Arc::new(runbook::load("slow.yaml", PLAN).unwrap()));
    apply(&mut state, &record);
    let spawner = Arc::new(FakeSpawner::new(clock.clone()));
    let net = Arc::new(FakeNet::new(clock.clone()));
    let outside = Outside { clock: clock.clone(), spawner: spawner.clone(), net };
    let (calls, called) = tokio::sync::mpsc::channel(64);
    let port = local::join(calls.clone(), GuestId::random().unwrap(), person("ana"), 64);
    let writer = Writer::start(journal).unwrap();
    let setup = Setup { state, writer, values: Values::default(), folder: folder.path().to_owned() };
    tokio::spawn(Engine::new(setup, outside, called, None).run());
    Room { clock, disk, spawner, calls, port, _folder: folder }
}

impl Room {
    async fn asks(&mut self, action: Action) -> AskId {
        let id = self.port.names.next_name();
        self.port.asks.send(Ask::Act { id: id.clone(), seen: u64::MAX, action }).await.unwrap();
        id
    }

    /// The next word of the room that is not about what was recorded or polled.
    async fn says(&mut self) -> Update {
        loop {
            match self.port.updates.recv().await.unwrap() {
                Update::Records(_) | Update::Picture(_) | Update::Welcome(_) | Update::Anchor { .. } => {}
                word => return word,
            }
        }
    }

    /// How a step is said to have failed, and all that was run by then, by number of the step.
    async fn fails(&mut self, wanted: &str) -> (String, Vec<String>) {
        loop {
            let Update::Records(records) = self.port.updates.recv().await.unwrap() else { continue };
            for record in records.iter() {
                if let Event::StepFailed { step, why: Failure::Broken { what }, .. } = &record.event
                    && step.as_str() == wanted
                {
                    let names = self.spawner.launches().into_iter().flat_map(|launch| launch.env);
                    let steps = names.filter(|(name, _)| name == "WARROOM_STEP");
                    return (what.clone(), steps.map(|(_, step)| step.to_string_lossy().into_owned()).collect());
                }
            }
        }
    }

    /// Lets the engine come to where it waits for the disk, and then time pass.
    async fn waits_for_the_disk(&self, span: Span) {
        while self.clock.next_wake() != Some(self.clock.now() + PATIENCE) {
            tokio::task::yield_now().await;
        }
        self.clock.advance(span);
    }
}

fn step(id: &str) -> Action {
    Action::RunStep { step: id.into() }
}

fn back() -> Action {
    Action::RollBack { reason: "the disk hangs".to_owned() }
}

#[tokio::test]
async fn while_the_disk_does_not_answer_nothing_begins_and_a_rollback_waits_as_the_first() {
    let mut room = open();
    let begun = room.asks(Action::StartDeployment).await;
    assert!(matches!(room.says().await, Update::Accepted { id } if id == begun));

    room.disk.hang();
    let first = room.asks(step("work.1")).await;
    room.waits_for_the_disk(Span(12_000)).await;
    assert!(matches!(room.says().await, Update::NotDurable { since: Some(since) } if since == START));
    assert!(matches!(room.says().await, Update::Waits { id, .. } if id == first), "it is not said to be recorded");

    let second = room.asks(step("work.2")).await;
    let Update::Refused { id, refusal } = room.says().await else { panic!("a step began") };
    assert_eq!(id, second);
    assert!(refusal.0.starts_with("the disk has not answered for 0:12, so nothing new is begun"), "{refusal}");
    let rollback = room.asks(back()).await;
    let Update::Waits { id, why } = room.says().await else { panic!("the rollback is not queued") };
    assert_eq!((id, why.as_str()), (rollback.clone(), "not recorded yet: it is the first that is taken when the disk answers"));

    room.disk.goes_on();
    assert!(matches!(room.says().await, Update::NotDurable { since: None }));
    assert!(matches!(room.says().await, Update::Accepted { id } if id == first));
    assert!(matches!(room.says().await, Update::Accepted { id } if id == rollback));
}

/// A step whose start waits for the disk, and what is asked meanwhile.
async fn begins_and_thinks_better(better: Action) -> (String, Vec<String>) {
    let mut room = open();
    let begun = room.asks(Action::StartDeployment).await;
    assert!(matches!(room.says().await, Update::Accepted { id } if id == begun));
    room.disk.hang();
    room.asks(step("work.1")).await;
    room.waits_for_the_disk(Span(1_000)).await;
    room.asks(better).await;
    room.disk.goes_on();
    room.fails("work.1").await
}

#[tokio::test]
async fn a_step_whose_start_was_recorded_just_before_a_rollback_is_never_begun_and_says_so() {
    let (what, run) = begins_and_thinks_better(back()).await;
    assert_eq!(what, "never started: ana was first: rolling back");
    assert!(!run.contains(&"work.1".to_owned()), "{run:?}");
}

#[tokio::test]
async fn a_step_that_is_stopped_or_given_up_before_it_began_is_never_begun() {
    let reason = || "the wrong host".to_owned();
    for better in [Action::CancelStep { step: "work.1".into(), reason: reason() }, Action::Abandon { reason: reason() }] {
        let (what, run) = begins_and_thinks_better(better).await;
        assert_eq!((what.as_str(), run), ("never started: ana was first: the wrong host", Vec::new()));
    }
}

#[tokio::test]
async fn who_comes_while_the_disk_does_not_answer_sees_the_room_and_that_it_waits() {
    let room = open();
    room.disk.hang();
    // Its own coming is what waits for the disk.
    room.waits_for_the_disk(Span(4_000)).await;
    let mut bob = local::join(room.calls.clone(), GuestId::random().unwrap(), person("bob"), 64);
    let mut shown = None;
    while let Some(update) = bob.updates.recv().await {
        match update {
            Update::Picture(picture) => shown = Some(picture.state().clone()),
            Update::NotDurable { since } => {
                assert_eq!(since, Some(START));
                break;
            }
            _ => {}
        }
    }
    let mut state = shown.expect("no picture came");
    assert!(matches!(state.stage, Stage::Planned) && !state.operators.contains_key("bob"));
    room.disk.goes_on();
    let mut answers = false;
    while !state.operators.contains_key("bob") {
        match bob.updates.recv().await.unwrap() {
            Update::Records(records) => records.iter().for_each(|record| apply(&mut state, record)),
            Update::NotDurable { since } => answers = since.is_none(),
            _ => {}
        }
    }
    assert!(answers, "it is said that the disk answers again");
}
