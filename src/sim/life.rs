//! One process of the room: from its start to its end, whichever that is.
//!
//! It has a runtime of its own, so that everything in it ends with it, as a process does. Nothing in it runs but while it is
//! told to [`Life::settle`], and then until nothing more can happen without time passing.

use std::io;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::engine::actor::Setup;
use crate::engine::resume::Found;
use crate::engine::writer::Writer;
use crate::engine::{Engine, Outside};
use crate::journal::Journal;
use crate::link::Call;
use crate::room::State;
use crate::runbook::template::Values;
use crate::sim::children::SimSpawner;
use crate::sim::world::World;

/// Calls that may wait; a turn makes far fewer.
const CALLS: usize = 256;

pub(super) struct Life {
    runtime: Runtime,
    idle: Arc<Notify>,
    pub(super) calls: mpsc::Sender<Call>,
    engine: JoinHandle<State>,
}

impl Life {
    /// The first one, on a journal that was just begun.
    pub(super) fn first(world: &World, state: State, journal: Journal) -> io::Result<Self> {
        let folder = world.folder().to_owned();
        let values = Values::default();
        Self::begin(world, |engine| engine, || Setup { state, writer: Writer::start_in_task(journal), values, folder })
    }

    /// One that takes the room up again.
    pub(super) fn another(world: &World, found: Found) -> io::Result<Self> {
        let torn = found.torn;
        let (operator, boot) = (found.state.opened.operator.clone(), world.boot());
        let resuming = move |engine: Engine| engine.resuming(operator, "bastion".to_owned(), boot, torn);
        Self::begin(world, resuming, || found.setup_in_task(Values::default()))
    }

    fn begin(world: &World, told: impl FnOnce(Engine) -> Engine, setup: impl FnOnce() -> Setup) -> io::Result<Self> {
        let idle = Arc::new(Notify::new());
        let parked = Arc::clone(&idle);
        let runtime = tokio::runtime::Builder::new_current_thread().on_thread_park(move || parked.notify_waiters()).build()?;
        let (calls, called) = mpsc::channel(CALLS);
        let outside = Outside {
            clock: world.clock.clone(),
            spawner: Arc::new(SimSpawner { children: Arc::clone(&world.children), disk: world.disk.clone() }),
            net: world.net.clone(),
        };
        let engine = {
            let _inside = runtime.enter();
            let engine = told(Engine::new(setup(), outside, called, None));
            tokio::spawn(engine.run())
        };
        Ok(Self { runtime, idle, calls, engine })
    }

    /// Lets everything happen that can happen without time passing.
    pub(super) fn settle(&self) {
        self.runtime.block_on(self.idle.notified());
    }

    pub(super) fn has_ended(&self) -> bool {
        self.engine.is_finished()
    }

    /// How the room was left, if it ended in order.
    pub(super) fn end(self) -> Result<State, String> {
        self.runtime.block_on(self.engine).map_err(|error| format!("the engine broke down: {error}"))
    }
}
