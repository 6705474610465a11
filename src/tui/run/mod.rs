//! The loop: waits for keys, records, signals and the next second, and paints when something changed.
//!
//! For: the one place of the screen that waits. Keys come first in it, so that no flood of output can hold them up.
//! May not touch: the engine. What is asked goes through the port, and is never waited for.
//! Start reading at [`run`]; [`replay`] is the same loop over a recording.

mod ask;
mod keyboard;
mod signals;

pub use ask::ask;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;

use self::keyboard::Keyboard;
use self::signals::{Caught, Signals};
use super::commands::Wish;
use super::dialog::Dialog;
use super::input::{Input, unburst};
use super::keys::Play;
use super::scene::{LinkState, Rest, Tape, TapeMark};
use super::screen;
use super::session::{Options, Session};
use super::terminal::{Blank, Held, is_gone};
use super::view::NoticeTone;
use crate::link::{Ask, Port, Update};
use crate::replay::{Coming, Kind, Player, Reading};
use crate::room::log::Tone;
use crate::room::{Event, State};
use crate::time::{Moment, Span};

/// Room time, asked for. It is handed in, because only the engine may know where it comes from.
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;

/// At most thirty frames a second.
const FRAME: Span = Span(33);
/// What was measured may wait for what else is measured: eight sources are one frame, and not eight.
const POLLS_WAIT: Span = Span(250);
/// Updates taken in before keys are looked at again.
const UPDATES_AT_ONCE: usize = 256;

/// How a screen comes to its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The room is in this process and ends with the screen.
    InOneProcess,
    /// The room's process is coming up; until then the plan is shown.
    Opening,
    /// The room lived before. `seen` is the last sequence that this person saw; `shared` says that others come by the same
    /// account, so that they are asked for their name.
    Attached { seen: Option<u64>, shared: bool },
}

/// Why the screen ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// The operator left.
    Quit,
    /// The operator closed the room.
    Closed,
    /// The room could not be opened.
    NotOpened(String),
    /// The operator left a room that had been lost.
    Gone(String),
    /// The operator comes back at once, by this name.
    CalledBy(String),
    /// A signal asked for it.
    Signal(&'static str),
    /// There is no terminal any more.
    TerminalGone,
}

impl fmt::Display for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quit | Self::Closed | Self::CalledBy(_) => f.write_str("the operator left"),
            Self::NotOpened(why) | Self::Gone(why) => f.write_str(why),
            Self::Signal(name) => write!(f, "ended by {name}"),
            Self::TerminalGone => f.write_str("the terminal is gone"),
        }
    }
}

/// How a screen was left, and the room as it last saw it.
#[derive(Debug)]
pub struct Left {
    pub why: Leave,
    pub state: State,
    /// What the journal came to when this screen came in.
    pub anchor: Option<String>,
    pub port: Port,
}

/// Shows a room that lives, until its operator leaves, a signal says so, or the terminal is gone. `first` is the state
/// after the records so far. Whichever way it ends, the terminal is as it was before.
pub async fn run(mut port: Port, first: State, (options, blank): (Options, Blank), clock: Now, start: Start) -> io::Result<Left> {
    let mut session = Session::new(first, options).asking_as(port.names);
    match start {
        Start::InOneProcess => session.view.in_one_process = true,
        Start::Opening => session.link = LinkState::Opening,
        Start::Attached { seen, shared } => {
            session.seen_before = seen;
            if shared {
                session.ask_name(clock());
            }
        }
    }
    let mut desk = Desk::sit_down(session, clock, blank)?;
    let mut linked = true;
    let leave = loop {
        if let Some(leave) = desk.paint()? {
            break leave;
        }
        let wait = desk.until_wanted();
        let wishes = tokio::select! {
            biased;
            caught = desk.signals.next() => match desk.caught(caught)? {
                Some(leave) => break leave,
                None => Vec::new(),
            },
            read = desk.keyboard.read() => match read {
                Ok(inputs) => desk.inputs(inputs),
                Err(error) if is_gone(&error) => break Leave::TerminalGone,
                Err(error) => return Err(error),
            },
            update = port.updates.recv(), if linked => {
                let now = desk.room_now();
                let mut calm = true;
                if let Some(update) = update {
                    if let Update::Lost { why, .. } = &update
                        && desk.session.link == LinkState::Opening
                    {
                        break Leave::NotOpened(why.clone());
                    }
                    calm &= only_polls(&update);
                    desk.session.update(&update, now);
                } else {
                    (calm, linked) = (false, false);
                    desk.session.unheard(now);
                }
                for _ in 1..UPDATES_AT_ONCE {
                    let Ok(update) = port.updates.try_recv() else { break };
                    calm &= only_polls(&update);
                    desk.session.update(&update, now);
                }
                if desk.session.closed {
                    break Leave::Closed;
                }
                desk.change(if calm { POLLS_WAIT } else { Span::ZERO });
                Vec::new()
            }
            () = tokio::time::sleep(wait) => Vec::new(),
        };
        if let Some(leave) = desk.carry_out(wishes, &port)? {
            break leave;
        }
    };
    let Session { state, anchor, .. } = desk.session;
    Ok(Left { why: leave, state, anchor, port })
}

/// Shows a recorded room on the same screens, while `coming` brings the rest of it. Gives the player back as it was left.
pub async fn replay((mut player, mut coming): (Player, Coming), options: Options, clock: Now) -> io::Result<Player> {
    let mut session = Session::new(player.state().clone(), options);
    session.tape = Some(tape(&player));
    // Only what is recorded went faster.
    session.view.speed = 1;
    let mut desk = Desk::sit_down(session, clock, Blank::default())?;
    desk.tell_end(&player);
    let mut before = desk.now();
    let mut comes = true;
    loop {
        let now = desk.now();
        if player.playing() {
            player.advance(now - before);
            desk.show(&player);
        }
        before = now;
        desk.room_time = Some(player.now());
        if desk.paint()?.is_some() {
            return Ok(player);
        }
        let wait = if player.playing() { FRAME.to_std() } else { desk.until_wanted() };
        let wishes = tokio::select! {
            biased;
            caught = desk.signals.next() => match desk.caught(caught)? {
                Some(_) => return Ok(player),
                None => Vec::new(),
            },
            read = desk.keyboard.read() => match read {
                Ok(inputs) => desk.inputs(inputs),
                Err(error) if is_gone(&error) => return Ok(player),
                Err(error) => return Err(error),
            },
            heard = coming.next(), if comes => {
                comes = heard.is_some();
                if let Some(heard) = heard {
                    player.hear(heard);
                    desk.read_on(&player);
                }
                Vec::new()
            }
            () = tokio::time::sleep(wait) => Vec::new(),
        };
        for wish in wishes {
            match wish {
                Wish::Leave => return Ok(player),
                Wish::Suspend => desk.held.suspend()?,
                Wish::Repaint => desk.held.repaint()?,
                Wish::Play(play) => {
                    steer(&mut player, play);
                    desk.show(&player);
                }
                // Nobody is there to be asked.
                Wish::Act { .. } | Wish::Break(_) | Wish::Copy(_) | Wish::CallMe(_) | Wish::Close => {}
            }
        }
    }
}

/// The session at a terminal.
struct Desk {
    session: Session,
    clock: Now,
    held: Held,
    keyboard: Keyboard,
    signals: Signals,
    /// Something on the screen is not as it was painted: when that should be mended.
    wanted: Option<Moment>,
    painted: Moment,
    /// Where the clock of a recording stands; `None` where it is that of the room.
    room_time: Option<Moment>,
}

impl Desk {
    fn sit_down(session: Session, clock: Now, blank: Blank) -> io::Result<Self> {
        // Signals are listened for before the terminal is touched, so that none of them finds it changed and nobody home.
        let signals = Signals::listen()?;
        let held = Held::enter(blank)?;
        let keyboard = Keyboard::open()?;
        let painted = Moment(0);
        Ok(Self { session, clock, held, keyboard, signals, wanted: Some(painted), painted, room_time: None })
    }

    /// The time by which frames are painted: as fast as that of who looks, also where the room's own runs faster.
    fn now(&self) -> Moment {
        Moment((self.clock)().0 / i64::from(self.session.view.speed.max(1)))
    }

    /// What the screen shows and is told by.
    fn room_now(&self) -> Moment {
        self.room_time.unwrap_or_else(|| (self.clock)())
    }

    /// Something changed that is to be seen `after` some time at the latest.
    fn change(&mut self, after: Span) {
        let at = self.now() + after;
        self.wanted = Some(self.wanted.map_or(at, |wanted| wanted.min(at)));
    }

    /// How long nothing has to be painted: to the next frame when something changed, else to the next full second, or to
    /// when the dialog on top begins to hear and shows its keys.
    fn until_wanted(&self) -> Duration {
        let now = self.now();
        let second = Moment((now.0.div_euclid(1_000) + 1) * 1_000);
        let next = self.wanted.map_or(second, |at| at.max(self.painted + FRAME).min(second));
        let next = self.hears_from().map_or(next, |hears| hears.min(next));
        (next - now).to_std()
    }

    /// When the dialog on top will begin to hear, where it is painted as deaf.
    fn hears_from(&self) -> Option<Moment> {
        let hears = self.session.view.dialogs.last().map(Dialog::deaf_until)?;
        let speed = i64::from(self.session.view.speed.max(1));
        let hears = Moment((hears.0 + speed - 1) / speed);
        (self.painted < hears).then_some(hears)
    }

    /// Paints when it is due; a terminal that is gone is an end, not an error.
    fn paint(&mut self) -> io::Result<Option<Leave>> {
        match self.paint_frame() {
            // Asked for its size, a terminal that is gone answers with whatever error came last.
            Err(error) if is_gone(&error) || !self.keyboard.is_alive() => Ok(Some(Leave::TerminalGone)),
            painted => painted,
        }
    }

    /// A frame is a function of the session and the time, and nothing else.
    fn paint_frame(&mut self) -> io::Result<Option<Leave>> {
        let now = self.now();
        let ticked = now.0.div_euclid(1_000) != self.painted.0.div_euclid(1_000);
        if ticked {
            let room_now = self.room_now();
            self.session.view.forget(room_now);
            self.session.greet(room_now);
            if !self.keyboard.is_alive() {
                return Ok(Some(Leave::TerminalGone));
            }
        }
        let hears = self.hears_from().is_some_and(|hears| hears <= now);
        let wanted = self.wanted.is_some_and(|at| at <= now) && now - self.painted >= FRAME;
        if !ticked && !wanted && !hears {
            return Ok(None);
        }
        tui_logger::move_events();
        let size = self.held.screen().size()?;
        // A terminal that is going away says that it has no size.
        if size.width > 0 && size.height > 0 {
            self.session.view.size = (size.width, size.height);
            let scene = self.session.scene(self.room_now());
            self.held.screen().draw(|frame| screen::draw(frame, &scene))?;
        }
        self.wanted = None;
        self.painted = now;
        Ok(None)
    }

    fn inputs(&mut self, inputs: Vec<Input>) -> Vec<Wish> {
        let now = self.room_now();
        self.change(Span::ZERO);
        // A key is answered by the very next frame.
        self.painted = self.painted - FRAME;
        unburst(inputs).iter().filter_map(|input| self.session.input(input, now)).collect()
    }

    fn caught(&mut self, caught: Caught) -> io::Result<Option<Leave>> {
        match caught {
            Caught::End(name) => return Ok(Some(Leave::Signal(name))),
            Caught::Resized => {}
            Caught::Suspend => self.held.suspend()?,
            // A terminal that hangs up sends this too, right behind its SIGHUP.
            Caught::Continued => match self.held.retake() {
                Err(error) if is_gone(&error) || !self.keyboard.is_alive() => return Ok(Some(Leave::TerminalGone)),
                taken => taken?,
            },
        }
        self.change(Span::ZERO);
        Ok(None)
    }

    /// Carries out wishes; the room is asked without waiting for it.
    fn carry_out(&mut self, wishes: Vec<Wish>, port: &Port) -> io::Result<Option<Leave>> {
        for wish in wishes {
            self.change(Span::ZERO);
            let ask = match wish {
                Wish::Leave => return Ok(Some(self.session.how_left())),
                Wish::CallMe(name) => return Ok(Some(Leave::CalledBy(name))),
                Wish::Close => self.session.ask_to_close(),
                Wish::Suspend => {
                    self.held.suspend()?;
                    continue;
                }
                Wish::Repaint => {
                    self.held.repaint()?;
                    continue;
                }
                Wish::Copy(text) => {
                    self.held.copy(&text)?;
                    continue;
                }
                Wish::Play(_) => continue,
                Wish::Act { action, draft } => self.session.ask(action, draft),
                Wish::Break(fault) => Ask::Break(fault),
            };
            let now = self.room_now();
            match port.asks.try_send(ask) {
                Ok(()) => {}
                Err(TrySendError::Full(ask)) => self.session.not_asked(&ask, "the room is busy; press it again", now),
                Err(TrySendError::Closed(ask)) => self.session.not_asked(&ask, "the room has ended", now),
            }
        }
        Ok(None)
    }

    fn show(&mut self, player: &Player) {
        // The state is the fold of the records so far, so the last one's number tells whether it is another.
        if self.session.state.seq != player.state().seq {
            self.session.state.clone_from(player.state());
        }
        self.session.tape = Some(tape(player));
        self.room_time = Some(player.now());
        self.change(Span::ZERO);
        self.tell_end(player);
    }

    /// There is more to be shown.
    fn read_on(&mut self, player: &Player) {
        self.session.tape = Some(tape(player));
        self.change(Span::ZERO);
        self.tell_end(player);
    }

    /// Says at its end that a recording is not whole.
    fn tell_end(&mut self, player: &Player) {
        let why = match player.reading() {
            Reading::Whole { torn: Some(torn) } => format!(
                "the journal ends in the middle of a record: {} bytes after byte {} were never whole, and are left out",
                torn.bytes, torn.offset
            ),
            Reading::Failed(error) => format!("nothing after this is shown: {error}"),
            Reading::Percent(_) | Reading::Whole { torn: None } => return,
        };
        if player.fraction() >= 1.0 {
            self.session.view.say(NoticeTone::Plain, why, player.now());
        }
    }
}

fn only_polls(update: &Update) -> bool {
    match update {
        Update::Records(records) => records.iter().all(|record| matches!(record.event, Event::SourcePolled { .. })),
        Update::Welcome(_)
        | Update::Picture(_)
        | Update::Accepted { .. }
        | Update::Refused { .. }
        | Update::Broken(_)
        | Update::JournalFailed { .. }
        | Update::JournalLow { .. }
        | Update::Anchor { .. }
        | Update::NotDurable { .. }
        | Update::Waits { .. }
        | Update::NotRecorded { .. }
        | Update::Dismissed { .. }
        | Update::Lost { .. }
        | Update::Gone { .. } => false,
    }
}

fn steer(player: &mut Player, play: Play) {
    match play {
        Play::Toggle => player.toggle(),
        Play::Faster => player.faster(),
        Play::Slower => player.slower(),
        Play::Forward => {
            player.forward();
        }
        Play::Back => {
            player.back();
        }
        Play::NextDecision => {
            player.next_decision();
        }
        Play::DecisionBefore => {
            player.previous_decision();
        }
        Play::Tenth(tenth) => player.seek_fraction(f64::from(tenth) / 10.0),
    }
}

fn tape(player: &Player) -> Tape {
    let (from, to) = player.bounds();
    let marks = player.marks().iter().map(|(at, kind)| TapeMark { at: *at, tone: tone(*kind) }).collect();
    let rest = match player.reading() {
        Reading::Percent(percent) => Rest::Coming(*percent),
        Reading::Whole { .. } if player.is_newer() => Rest::NewerFormat,
        Reading::Whole { .. } => Rest::None,
        Reading::Failed(error) if error.is_newer() => Rest::Newer,
        Reading::Failed(_) => Rest::Damaged,
    };
    Tape { from, to, at: player.now(), playing: player.playing(), speed: player.speed().to_string(), rest, marks }
}

fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Phase => Tone::Plain,
        Kind::Go | Kind::Vote => Tone::Decision,
        Kind::Stop | Kind::Trigger => Tone::Warning,
        Kind::Failure | Kind::Rollback => Tone::Bad,
        Kind::Done => Tone::Good,
    }
}
