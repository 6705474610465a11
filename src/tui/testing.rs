//! Rooms for the tests of the screen, and a person who presses keys in them.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::commands::Wish;
use super::input::{Decoder, Input};
use super::session::{Options, Session};
use super::theme::{Marks, Theme};
use super::{screen, view::Screen};
use crate::id::OperatorId;
use crate::room::event::{Mode, Opened, Vote};
use crate::room::{Action, Record, State, apply, decide, follow};
use crate::runbook::load;
use crate::time::{Moment, Span};

const PLAN: &str = r#"
warroom: 1
title: Teapot shop 2.4.0
sources:
  health: { health: "http://127.0.0.1:1/health", every: 5s }
checklists:
  - title: Before
    items:
      - { item: Staging tests passed, required: true }
      - { item: Backup finished, required: true, field: { ask: Finished at, kind: time } }
phases:
  - id: blue
    title: Deploy to blue
    steps:
      - { title: Say hello, run: "echo hello" }
      - { title: Drop the old table, run: "true", dangerous: true }
      - { title: Look at the graphs, manual: Look at them }
    gate:
      question: Go on?
      require: [ health is up, 'operator confirms "no complaints"' ]
      poll: [ sre, qa ]
      no_go: rollback
  - id: all
    title: All users
    steps:
      - { title: Switch, run: "true" }
roles:
  sre: { title: SRE }
  qa: { title: QA }
triggers:
  - { when: health is down, for: 10s, then: rollback, countdown: 15s }
rollback:
  budget: 5m
  steps:
    - { title: Back to green, run: "true" }
"#;

/// A person at a screen of a room that decides at once.
pub(super) struct Desk {
    pub(super) session: Session,
    pub(super) now: Moment,
    pub(super) done: Vec<Action>,
    decoder: Decoder,
    seq: u64,
}

pub(super) fn me() -> OperatorId {
    OperatorId::new("ana")
}

pub(super) fn state() -> State {
    state_of(PLAN)
}

fn state_of(plan: &str) -> State {
    let runbook = Arc::new(load("plan.yaml", plan).unwrap());
    let opened = Opened {
        format: 1,
        room: "room".into(),
        mode: Mode::Demo,
        file: "plan.yaml".to_owned(),
        runbook: plan.to_owned(),
        values: std::collections::BTreeMap::default(),
        t0: None,
        operator: me(),
        host: "here".to_owned(),
        version: "0".to_owned(),
        rehearsal: None,
    };
    State::open(&opened, Moment(1_000_000_000), runbook)
}

impl Desk {
    pub(super) fn open() -> Self {
        Self::of(PLAN)
    }

    /// Before a plan of one's own.
    pub(super) fn of(plan: &str) -> Self {
        let options = Options { me: me(), theme: Theme::builtin("default").unwrap(), marks: Marks::ASCII };
        let mut session = Session::new(state_of(plan), options);
        session.view.size = (80, 24);
        Self { session, now: Moment(1_000_000_000), done: Vec::new(), decoder: Decoder::default(), seq: 0 }
    }

    /// Underway, with the checklist done.
    pub(super) fn underway() -> Self {
        let mut desk = Self::open();
        desk.act(Action::Tick { item: "before.1".into() });
        desk.act(Action::Fill { item: "before.2".into(), value: "07:00".to_owned() });
        desk.act(Action::StartDeployment);
        desk
    }

    /// At the open gate of the first phase, all steps skipped.
    pub(super) fn at_the_gate() -> Self {
        let mut desk = Self::underway();
        for step in ["blue.1", "blue.2", "blue.3"] {
            desk.act(Action::SkipStep { step: step.into(), reason: "test".to_owned() });
        }
        if desk.session.state.phases[0].gate.open.is_none() {
            desk.act(Action::OpenGate { phase: "blue".into() });
        }
        desk.session.view.screen = Screen::Gate;
        desk
    }

    /// Every criterion passes and every role says GO.
    pub(super) fn say_yes_to_everything(&mut self) {
        let outcome = crate::room::event::Outcome::Up { status: 200 };
        self.tell(crate::room::Event::SourcePolled {
            source: "health".into(),
            took: Span(9),
            outcome,
            readings: Vec::new(),
            during: None,
            notes: Vec::new(),
            alerts: None,
            ages: std::collections::BTreeMap::new(),
        });
        self.act(Action::Confirm { what: "no complaints".to_owned() });
        for role in ["sre", "qa"] {
            let (phase, reason) = ("blue".into(), String::new());
            self.act(Action::Vote { phase, role: role.into(), vote: Vote::Go, reason, by_voice: true, saw: None });
        }
    }

    /// What the room does, without the screen.
    #[expect(clippy::needless_pass_by_value, reason = "stories read better without the ampersand")]
    pub(super) fn act(&mut self, action: Action) {
        let events = decide(&self.session.state, &action, &self.session.scene(self.now).facts().asked()).unwrap();
        for event in events {
            self.tell(event);
        }
        for event in follow(&self.session.state, self.now) {
            self.tell(event);
        }
    }

    /// What happens without anybody asking for it.
    pub(super) fn tell(&mut self, event: crate::room::Event) {
        self.seq += 1;
        apply(&mut self.session.state, &Record { seq: self.seq, at: self.now, ask: None, event });
    }

    /// Presses keys one after the other with a second between them.
    pub(super) fn press(&mut self, keys: &str) -> Option<Wish> {
        let mut last = None;
        for key in keys.split(' ') {
            self.now = self.now + Span::SECOND;
            last = self.bytes(bytes_of(key));
        }
        last
    }

    /// Bytes that come now, all at once.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Option<Wish> {
        let mut inputs = self.decoder.feed(bytes);
        inputs.extend(self.decoder.settle());
        self.inputs(inputs)
    }

    pub(super) fn inputs(&mut self, inputs: Vec<Input>) -> Option<Wish> {
        let mut last = None;
        for input in super::input::unburst(inputs) {
            last = self.session.input(&input, self.now).or(last);
        }
        if let Some(Wish::Act { action, .. }) = &last {
            self.done.push(action.clone());
        }
        last
    }

    pub(super) fn text(&self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let scene = self.session.scene(self.now);
        terminal.draw(|frame| screen::draw(frame, &scene)).unwrap();
        terminal.backend().to_string()
    }

    pub(super) fn notice(&self) -> &str {
        self.session.view.notice(self.now).map_or("", |notice| notice.text.as_str())
    }
}

fn bytes_of(key: &str) -> &[u8] {
    match key {
        "Enter" => b"\r",
        "Esc" => b"\x1b",
        "Tab" => b"\t",
        "Space" => b" ",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        other => other.as_bytes(),
    }
}
