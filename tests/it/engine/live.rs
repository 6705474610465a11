//! A live room in this process, with its real engine, followed as a screen would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use warroom::engine::actor::Setup;
use warroom::engine::clock::{Clock, SystemClock};
use warroom::engine::net::HttpNet;
use warroom::engine::spawn::{Spawner, SystemSpawner};
use warroom::engine::writer::Writer;
use warroom::engine::{Engine, Outside};
use warroom::id::{OperatorId, RoomId, VarName};
use warroom::journal::storage::{DiskStorage, Storage};
use warroom::journal::{self, Journal};
use warroom::link::client::{self, JoinError, RoomTime, Way};
use warroom::link::{self, Ask, Call, GuestId, Port, Update};
use warroom::measure::reading::Reading;
use warroom::room::event::{Event, Mode, Opened};
use warroom::room::people::Person;
use warroom::room::{Action, Record, Refusal, State, apply};
use warroom::runbook;
use warroom::runbook::template::Values;
use warroom::serve::{self, Door, House, Sign};
use warroom::time::Moment;

/// Far longer than anything here takes; a test that gets there has failed.
const DEADLINE: Duration = Duration::from_mins(1);

/// What is refused so is asked again: how fast the machine's disk is, is no part of these stories.
const SLOW_DISK: &str = "the disk has not answered for";

pub(crate) struct Live {
    pub(crate) state: State,
    port: Port,
    engine: JoinHandle<State>,
    folder: TempDir,
    calls: mpsc::Sender<Call>,
}

fn person(name: &str) -> Person {
    let (operator, account) = (OperatorId::new(name), name.to_owned());
    Person { operator, account, uid: 1000, login_uid: Some(1000), groups: Vec::new(), verified: true }
}

/// The room's door, open.
pub(crate) struct Doorway {
    pub(crate) socket: PathBuf,
    _open: JoinHandle<()>,
    _folder: TempDir,
}

/// Somebody else in the same room.
pub(crate) struct Another {
    port: Port,
    pub(crate) state: State,
    /// How many answers came.
    pub(crate) answers: usize,
    /// How often the room let it in: once, unless its link broke.
    pub(crate) welcomes: usize,
}

impl Live {
    pub(crate) fn open(yaml: &str, vars: &[(&str, &str)]) -> Self {
        Self::open_on(&DiskStorage, tempfile::tempdir().unwrap(), yaml, vars)
    }

    /// With its journal on this storage.
    pub(crate) fn open_on(storage: &dyn Storage, folder: TempDir, yaml: &str, vars: &[(&str, &str)]) -> Self {
        let spawner = Arc::new(SystemSpawner::through(env!("CARGO_BIN_EXE_warroom").into()));
        Self::open_with(spawner, storage, folder, yaml, vars)
    }

    /// With its scripts started by this.
    pub(crate) fn open_with(
        spawner: Arc<dyn Spawner>,
        storage: &dyn Storage,
        folder: TempDir,
        yaml: &str,
        vars: &[(&str, &str)],
    ) -> Self {
        let runbook = runbook::load("live.yaml", yaml).unwrap_or_else(|problems| panic!("{problems}"));
        let given: Vec<_> = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let values = runbook::resolve(&runbook, &given, &|_| None).unwrap();
        let secret = |name: &VarName| runbook.vars.get(name).is_some_and(|var| var.secret);
        let known: BTreeMap<_, _> = values.0.clone().into_iter().filter(|(name, _)| !secret(name)).collect();
        let runbook = runbook.fill(&Values(known.clone()));
        let clock = Arc::new(SystemClock::new());
        let opened = Opened {
            format: journal::FORMAT,
            room: RoomId::new("live"),
            mode: Mode::Live,
            file: "live.yaml".into(),
            runbook: yaml.into(),
            values: known,
            t0: None,
            operator: OperatorId::new("ana"),
            host: "here".into(),
            version: "0".into(),
            rehearsal: None,
        };
        let record = Record { seq: 0, at: clock.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
        let journal = Journal::create(storage, folder.path(), &record).unwrap();
        let mut state = State::open(&opened, record.at, Arc::new(runbook));
        apply(&mut state, &record);
        let outside = Outside { net: Arc::new(HttpNet::new(clock.clone())), clock, spawner };
        let (calls, called) = mpsc::channel(64);
        let port = link::local::join(calls.clone(), GuestId::random().unwrap(), person("ana"), 64);
        let setup =
            Setup { state: state.clone(), writer: Writer::start(journal).unwrap(), values, folder: folder.path().to_owned() };
        let engine = tokio::spawn(Engine::new(setup, outside, called, None).run());
        Self { state, port, engine, folder, calls }
    }

    /// Opens the room's door; it stays open as long as what is returned lives.
    pub(crate) fn door(&self, clock: Arc<dyn Clock>) -> Doorway {
        let folder = tempfile::tempdir().unwrap();
        let sign = Sign {
            room: "live".into(),
            folder: "/data/rooms/live".into(),
            title: "Live".into(),
            pid: 1,
            version: "0".into(),
            since: Moment(0),
        };
        let bound = serve::bind_in(&[folder.path().join("run")], &sign, None).unwrap();
        let calls = self.calls.clone();
        let house = House {
            room: "live".into(),
            folder: self.folder.path().to_owned(),
            calls,
            room_clock: clock.clone(),
            clock,
            group: None,
        };
        let door = Door::new(bound, house);
        Doorway { socket: door.socket(), _open: tokio::spawn(door.serve()), _folder: folder }
    }

    /// Somebody joins, and has seen how the room stands when this returns.
    pub(crate) async fn another(&self, name: &str) -> Another {
        let port = link::local::join(self.calls.clone(), GuestId::random().unwrap(), person(name), 64);
        Another::at(port, self.state.clone()).await
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.path().join(journal::FILE)
    }

    async fn update(&mut self) -> Update {
        let update = tokio::time::timeout(DEADLINE, self.port.updates.recv()).await;
        let update =
            update.unwrap_or_else(|_| panic!("nothing happens any more; the log: {:#?}", self.log())).expect("the room is gone");
        if let Update::Picture(picture) = &update {
            self.state.clone_from(picture.state());
        }
        if let Update::Records(records) = &update {
            for record in records.iter() {
                apply(&mut self.state, record);
            }
        }
        update
    }

    pub(crate) fn log(&self) -> Vec<&str> {
        self.state.log.iter().map(|line| line.text.as_str()).collect()
    }

    fn last_readings(&self) -> Vec<(&str, Option<&Reading>)> {
        self.state.metrics.iter().map(|(id, history)| (id.as_str(), history.last().map(|sample| &sample.reading))).collect()
    }

    /// Follows the room until this is so.
    pub(crate) async fn until(&mut self, what: &str, so: impl Fn(&State) -> bool) -> &mut Self {
        let began = self.state.at;
        while !so(&self.state) {
            self.update().await;
            assert!(
                (self.state.at - began).to_std() < DEADLINE,
                "never came to be: {what}; metrics: {:?}; the log: {:#?}",
                self.last_readings(),
                self.log()
            );
        }
        self
    }

    /// Asks, and again where the disk was too slow for it, as a person would.
    pub(crate) async fn tries(&mut self, action: Action) -> Result<(), Refusal> {
        loop {
            match self.asks(action.clone()).await {
                Err(refusal) if refusal.0.starts_with(SLOW_DISK) => {
                    while !matches!(self.update().await, Update::NotDurable { since: None }) {}
                }
                answered => return answered,
            }
        }
    }

    async fn asks(&mut self, action: Action) -> Result<(), Refusal> {
        let asked = self.port.names.next_name();
        let ask = Ask::Act { id: asked.clone(), seen: self.state.seq, action };
        self.port.asks.send(ask).await.unwrap();
        loop {
            match self.update().await {
                Update::Accepted { id } if id == asked => return Ok(()),
                Update::Refused { id, refusal } if id == asked => return Err(refusal),
                _ => {}
            }
        }
    }

    pub(crate) async fn ask(&mut self, action: Action) -> &mut Self {
        let asked = format!("{action:?}");
        self.tries(action).await.unwrap_or_else(|refusal| panic!("{asked} was refused: {refusal}"));
        self
    }

    pub(crate) async fn wish_to_end(&mut self) {
        let id = self.port.names.next_name();
        self.port.asks.send(Ask::Close { id, why: "the test is over".into() }).await.unwrap();
    }

    /// Closes the room, wherever its journal is.
    pub(crate) async fn end(mut self) -> State {
        self.wish_to_end().await;
        while !matches!(self.update().await, Update::Gone { .. }) {}
        self.engine.await.unwrap()
    }

    /// Closes the room; what the journal folds to is what was lived through.
    pub(crate) async fn close(mut self) -> State {
        self.wish_to_end().await;
        while !matches!(self.update().await, Update::Gone { .. }) {}
        self.engine.await.unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(self.folder.path().join(journal::FILE)).unwrap());
        let recording = journal::read(file).unwrap();
        assert!(recording.torn.is_none());
        let mut again: Option<State> = None;
        for record in &recording.records {
            let state = again.get_or_insert_with(|| match &record.event {
                Event::Opened(opened) => State::open(opened, record.at, self.state.runbook.clone()),
                other => panic!("the journal begins with {other:?}"),
            });
            apply(state, record);
        }
        assert!(again.as_ref() == Some(&self.state), "the journal folds to another state than the one lived through");
        self.state
    }
}

impl Another {
    /// At this port, with the room's picture.
    pub(crate) async fn at(port: Port, state: State) -> Self {
        let mut another = Self { port, state, answers: 0, welcomes: 0 };
        while !matches!(another.update().await, Update::Picture(_)) {}
        another
    }

    /// Through the door.
    pub(crate) async fn through(socket: &Path, name: &str) -> Result<Self, JoinError> {
        let way = Way { socket: socket.to_owned(), name: Some(name.to_owned()), looks: false };
        let joined = client::join(way, RoomTime::new(Arc::new(SystemClock::new()))).await?;
        let state = joined.picture.state().clone();
        Ok(Self::at(joined.open(), state).await)
    }

    async fn update(&mut self) -> Update {
        let update = tokio::time::timeout(DEADLINE, self.port.updates.recv()).await.expect("nothing is told").unwrap();
        match &update {
            Update::Picture(picture) => self.state.clone_from(picture.state()),
            Update::Records(records) => records.iter().for_each(|record| apply(&mut self.state, record)),
            Update::Accepted { .. } | Update::Refused { .. } => self.answers += 1,
            Update::Welcome(_) => self.welcomes += 1,
            _ => {}
        }
        update
    }

    pub(crate) async fn until(&mut self, so: impl Fn(&State) -> bool) {
        while !so(&self.state) {
            self.update().await;
        }
    }

    pub(crate) async fn ask(&mut self, action: Action) {
        loop {
            let (id, seen) = (self.port.names.next_name(), self.state.seq);
            match self.answered(Ask::Act { id, seen, action: action.clone() }).await {
                Err(refusal) if refusal.0.starts_with(SLOW_DISK) => {
                    while !matches!(self.update().await, Update::NotDurable { since: None }) {}
                }
                answered => return answered.unwrap(),
            }
        }
    }

    pub(crate) async fn closes(&mut self) -> Result<(), Refusal> {
        let id = self.port.names.next_name();
        self.answered(Ask::Close { id, why: "enough".into() }).await
    }

    async fn answered(&mut self, ask: Ask) -> Result<(), Refusal> {
        self.port.asks.send(ask).await.unwrap();
        loop {
            match self.update().await {
                Update::Accepted { .. } => return Ok(()),
                Update::Refused { refusal, .. } => return Err(refusal),
                _ => {}
            }
        }
    }
}
