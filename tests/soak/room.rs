//! The process that is killed: five rooms, each with a step that prints as fast as it can.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;
use warroom::engine::actor::Setup;
use warroom::engine::clock::{Clock, SystemClock};
use warroom::engine::hold::boot_id;
use warroom::engine::net::HttpNet;
use warroom::engine::resume::ResumeError;
use warroom::engine::spawn::SystemSpawner;
use warroom::engine::writer::Writer;
use warroom::engine::{Engine, Outside, resume};
use warroom::id::{OperatorId, RoomId};
use warroom::journal::storage::DiskStorage;
use warroom::journal::{self, Journal, JournalError};
use warroom::link::{self, Ask, Call, GuestId, Update};
use warroom::room::event::{Event, Mode, Opened};
use warroom::room::people::Person;
use warroom::room::state::{Stage, StepStatus};
use warroom::room::{Action, Record, State, apply};
use warroom::runbook::{self, template::Values};

pub(crate) const ROOMS: i32 = 5;
pub(crate) const LINES: u64 = 200_000;

/// Each room's step tells that it starts, prints its lines and exits with the room's number.
fn plan(folder: &Path, room: i32) -> String {
    let starts = folder.join(format!("starts-{room}"));
    let script = format!("echo started >> {}; seq -w 1 {LINES}; exit {room}", starts.display());
    format!(
        "warroom: 1\ntitle: Soak\nphases:\n  - id: work\n    title: Work\n    steps: [ {{ run: '{script}', expect: {{ exit: {room} }} }} ]\n"
    )
}

pub(crate) fn live(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut rooms = tokio::task::JoinSet::new();
        for room in 1..=ROOMS {
            rooms.spawn(one(folder.to_owned(), room));
        }
        say("up");
        while rooms.join_next().await.is_some_and(|ended| ended.map_err(|error| panic!("{error}")).is_ok()) {}
        say("over");
        // The end comes from outside.
        std::future::pending::<()>().await;
    });
}

fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{word}").and_then(|()| out.flush());
}

/// The room of this number, until its step is over.
async fn one(folder: std::path::PathBuf, room: i32) {
    let home = folder.join(format!("room-{room}"));
    let mut torn = None;
    let (setup, clock, resumed) = match resume(&DiskStorage, &home) {
        Ok(found) => {
            let clock = Arc::new(found.clock());
            torn = found.torn;
            (found.setup(Values::default()).unwrap(), clock, true)
        }
        Err(error) => {
            // It was never opened, or killed while it was: no room yet, and none that anybody was told of.
            let empty = matches!(&error, ResumeError::Journal(JournalError::Empty));
            assert!(empty || !home.join(journal::FILE).exists(), "{error}");
            let _ = std::fs::remove_dir_all(&home);
            let clock = Arc::new(SystemClock::new());
            (open(&plan(&folder, room), &home, clock.as_ref()), clock, false)
        }
    };
    let outside = Outside {
        net: Arc::new(HttpNet::new(clock.clone())),
        clock,
        spawner: Arc::new(SystemSpawner::through(env!("CARGO_BIN_EXE_warroom").into())),
    };
    let mut state = setup.state.clone();
    let (calls, called) = mpsc::channel(64);
    let engine = Engine::new(setup, outside, called, None);
    let ana = OperatorId::new("ana");
    let engine = if resumed { engine.resuming(ana, "here".into(), boot_id(), torn) } else { engine };
    tokio::spawn(engine.run());
    follow(calls, &mut state, room).await;
}

fn open(yaml: &str, home: &Path, clock: &SystemClock) -> Setup {
    std::fs::create_dir_all(home).unwrap();
    let runbook = runbook::load("soak.yaml", yaml).unwrap_or_else(|problems| panic!("{problems}"));
    let opened = Opened {
        format: journal::FORMAT,
        room: RoomId::new("soak"),
        mode: Mode::Live,
        file: "soak.yaml".into(),
        runbook: yaml.into(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ana"),
        host: "here".into(),
        version: "0".into(),
        rehearsal: None,
    };
    let record = Record { seq: 0, at: clock.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
    let journal = Journal::create(&DiskStorage, home, &record).unwrap();
    let mut state = State::open(&opened, record.at, Arc::new(runbook));
    apply(&mut state, &record);
    Setup { state, writer: Writer::start(journal).unwrap(), values: Values::default(), folder: home.to_owned() }
}

/// Presses what there is to press, and says aloud up to which event the room has told.
async fn follow(calls: mpsc::Sender<Call>, state: &mut State, room: i32) {
    let ana = Person {
        operator: OperatorId::new("ana"),
        account: "ana".into(),
        uid: 1000,
        login_uid: Some(1000),
        groups: Vec::new(),
        verified: true,
    };
    let mut port = link::local::join(calls, GuestId::random().unwrap(), ana, 64);
    let mut asked = None;
    loop {
        match port.updates.recv().await.expect("the room is gone") {
            Update::Picture(picture) => state.clone_from(picture.state()),
            Update::Records(records) => records.iter().for_each(|record| apply(state, record)),
            Update::Refused { refusal, .. } => panic!("refused: {refusal}"),
            _ => continue,
        }
        say(&format!("told {room} {}", state.seq));
        let step = &state.steps["work.1"].status;
        let wish = match (&state.stage, step) {
            (Stage::Planned, _) => Action::StartDeployment,
            (Stage::Underway { .. }, StepStatus::Waiting) => Action::RunStep { step: "work.1".into() },
            (_, StepStatus::Running { .. }) => continue,
            _ => return,
        };
        if asked.as_ref() != Some(&wish) {
            asked = Some(wish.clone());
            port.asks.send(Ask::Act { id: port.names.next_name(), seen: state.seq, action: wish }).await.unwrap();
        }
    }
}
