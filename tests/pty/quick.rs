//! A room on `quick.yaml`: a deployment of seconds against a target that the story breaks itself.

use std::fs::File;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use warroom::demo::Target;
use warroom::engine::clock::{Clock, SystemClock};
use warroom::link::Fault;

use crate::harness::Screen;

pub(crate) const QUICK: &str = include_str!("quick.yaml");

pub(crate) struct Quick {
    screen: Screen,
    target: Target,
    folder: TempDir,
    /// The target is served in it.
    runtime: Runtime,
}

impl Deref for Quick {
    type Target = Screen;

    fn deref(&self) -> &Screen {
        &self.screen
    }
}

impl Quick {
    /// The room before its start, at 80 x 24, with numbers on its gauges.
    pub(crate) fn open() -> Self {
        Self::on(QUICK, 80, 24)
    }

    pub(crate) fn on(runbook: &str, columns: u16, rows: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let target = runtime.block_on(serving_blue());
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("quick.yaml");
        std::fs::write(&file, runbook).unwrap();
        let address = format!("target={}", target.address());
        let go = format!("go_file={}", folder.path().join("go").display());
        let screen = Screen::start(&["run", file.to_str().unwrap(), "--var", &address, "--var", &go], columns, rows);
        screen.wait_for("b begins the deployment").wait_gone("needs two");
        Self { screen, target, folder, runtime }
    }

    /// The same, after the first phase: 2.1 is next.
    pub(crate) fn after_the_first_phase() -> Self {
        let quick = Self::open();
        quick.through_the_first_phase();
        quick
    }

    pub(crate) fn through_the_first_phase(&self) {
        self.to_the_first_gate();
        self.vote_go(&["commander"]).go().wait_for("Enter runs 2.1");
    }

    pub(crate) fn to_the_first_gate(&self) {
        self.begin().wait_for("Enter runs 1.1").enter().wait_for("Enter runs 1.2").enter();
        self.wait_for("decides the gate");
    }

    /// Starts the step that runs until [`Self::let_it_end`].
    pub(crate) fn start_the_long_step(&self) {
        self.enter().wait_for("2.1 Something long runs for").press("o").wait_for_all(&[" OUTPUT ", "it runs"]).to_main();
    }

    pub(crate) fn let_it_end(&self) {
        File::create(self.folder.path().join("go")).unwrap();
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.target.fault(fault);
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// To close its terminal.
    pub(crate) fn into_parts(self) -> (Screen, impl Sized) {
        (self.screen, (self.target, self.folder, self.runtime))
    }
}

/// A target at which 2.4.0 has all the users, so that a fault is everybody's at once.
async fn serving_blue() -> Target {
    let clock = SystemClock::new();
    let target = Target::start(Arc::new(move || clock.now())).unwrap();
    // The second to install it is told so, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asks = [("/deploy", r#"{"version":"2.4.0","slot":"blue"}"#), ("/config/traffic-weights", r#"{"blue":100,"green":0}"#)];
    for (path, body) in asks {
        assert_eq!(client.post(target.address() + path).body(body).send().await.unwrap().status(), 200, "{path}");
    }
    target
}
