//! The client's side of the socket: joins a room in another process, and gives the same port as one in this process.
//!
//! A link that breaks is made again at once, if there is a room to make it to; what was asked and not answered is asked
//! again by the same name, so that it is never done twice. A room that is not there any more is [looked for](super::rejoin).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::id::AskId;
use crate::link::rejoin::{self, Lost};
use crate::link::wire::{self, BEAT, DEAD, Entry, Greeting, HANDSHAKE, Hello, Lines, PROTOCOL, ToClient, ToRoom, WireError};
use crate::link::{Ask, AskNames, Batch, Picture, Port, Update, Welcome};
use crate::room::snapshot;
use crate::time::{Moment, Span};

/// Messages that may wait between the link and who uses it.
const CAPACITY: usize = 1_024;

/// A picture of more than this is not believed.
const PICTURE_MAX: usize = 512 * 1024 * 1024;

/// How often a link is made anew before the room is given up, and what is waited between.
const ATTEMPTS: u32 = 3;
const ATTEMPT_EVERY: Span = Span(300);

/// Where a room is, and who comes.
#[derive(Clone, Debug)]
pub struct Way {
    pub socket: PathBuf,
    /// Who it is, where the account does not say so.
    pub name: Option<String>,
    /// To look only: nobody is told that they came.
    pub looks: bool,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("nobody answers at {}: {source}", path.display())]
    NotThere { path: PathBuf, source: io::Error },
    #[error("the room at {} belongs to another account (uid {uid}) than its folder", path.display())]
    Imposter { path: PathBuf, uid: u32 },
    #[error("the room lets nobody in: {0}")]
    Refused(String),
    #[error("the room does not say who it is within {} s", HANDSHAKE.0 / 1_000)]
    Silent,
    #[error("the link broke: {0}")]
    Broken(#[from] WireError),
    #[error("the room's state can't be used: {0}")]
    Picture(String),
}

/// Room time as a client knows it: its own clock, set by what the room says, and as fast as the room's.
#[derive(Clone, Debug)]
pub struct RoomTime {
    clock: Arc<dyn Clock>,
    since: Moment,
    speed: Arc<AtomicU32>,
    ahead_ms: Arc<AtomicI64>,
}

impl RoomTime {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let since = clock.now();
        Self { clock, since, speed: Arc::new(AtomicU32::new(1)), ahead_ms: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    /// The own clock.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub fn now(&self) -> Moment {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        self.hurried(self.clock.now()) + Span(if ahead == i64::MIN { 0 } else { ahead })
    }

    /// A rehearsal's clock runs faster than the machine's.
    pub fn run_at(&self, speed: u32) {
        self.speed.store(speed.max(1), Ordering::Relaxed);
    }

    /// What the own clock would show if it had run as fast as the room's.
    fn hurried(&self, own: Moment) -> Moment {
        let speed = i64::from(self.speed.load(Ordering::Relaxed));
        self.since + Span((own - self.since).0.saturating_mul(speed))
    }

    /// The message that travelled fastest tells best.
    pub fn heard(&self, room: Moment) {
        self.heard_at(self.clock.now(), room);
    }

    fn heard_at(&self, own: Moment, room: Moment) {
        self.ahead_ms.fetch_max((room - self.hurried(own)).0, Ordering::Relaxed);
    }

    /// Another clock counts from here: the link was made anew.
    fn forget(&self) {
        self.ahead_ms.store(i64::MIN, Ordering::Relaxed);
    }
}

/// Let in, with the room's picture in hand.
#[derive(Debug)]
pub struct Joined {
    pub entry: Entry,
    pub picture: Picture,
    pub time: RoomTime,
    link: Link,
}

#[derive(Debug)]
struct Link {
    way: Way,
    lines: Lines<OwnedReadHalf>,
    output: OwnedWriteHalf,
}

/// Both ends of a port whose room is still to be joined.
#[derive(Debug)]
pub struct Ends {
    pub(super) asks: mpsc::Receiver<Ask>,
    pub updates: mpsc::Sender<Update>,
    /// Asked, and not answered.
    pub(super) open: Vec<Ask>,
}

/// A port, and what is behind it.
pub fn port(names: AskNames) -> (Port, Ends) {
    let (ask, asks) = mpsc::channel(CAPACITY);
    let (update, updates) = mpsc::channel(CAPACITY);
    (Port { asks: ask, updates, names }, Ends { asks, updates: update, open: Vec::new() })
}

/// Joins the room at a socket: its greeting and its picture, which is one round trip.
pub async fn join(way: Way, time: RoomTime) -> Result<Joined, JoinError> {
    let deadline = time.clock.now() + HANDSHAKE;
    let clock = time.clock.clone();
    tokio::select! {
        biased;
        joined = shake_hands(way, time) => joined,
        () = clock.sleep_until(deadline) => Err(JoinError::Silent),
    }
}

async fn shake_hands(way: Way, time: RoomTime) -> Result<Joined, JoinError> {
    let not_there = |source| JoinError::NotThere { path: way.socket.clone(), source };
    let stream = UnixStream::connect(&way.socket).await.map_err(not_there)?;
    let uid = stream.peer_cred().map_err(not_there)?.uid();
    if owner(&way.socket).is_some_and(|owner| owner != uid) {
        return Err(JoinError::Imposter { path: way.socket.clone(), uid });
    }
    let (input, mut output) = stream.into_split();
    let hello = Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fold: snapshot::fold(),
        name: way.name.clone(),
        looks: way.looks,
    };
    wire::send(&mut output, &hello).await?;
    let mut lines = Lines::of(input, wire::TO_CLIENT_MAX);
    let entry = match lines.next().await? {
        Some(Greeting::Welcome(entry)) => entry,
        Some(Greeting::Refused { why }) => return Err(JoinError::Refused(why)),
        None => return Err(JoinError::Broken(WireError::CutOff)),
    };
    let greeted = time.clock.now();
    let picture = picture(&mut lines).await?;
    time.forget();
    time.run_at(picture.state().opened.speed());
    time.heard_at(greeted, entry.now);
    Ok(Joined { entry, picture, time, link: Link { way, lines, output } })
}

fn owner(socket: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(socket).ok().map(|found| found.uid())
}

async fn picture(lines: &mut Lines<OwnedReadHalf>) -> Result<Picture, JoinError> {
    let mut text = String::new();
    loop {
        match lines.next().await? {
            Some(ToClient::Picture { part, last }) => {
                if let Some(picture) = add_part(&mut text, &part, last).await? {
                    return Ok(picture);
                }
            }
            // The first picture comes before all news.
            Some(ToClient::Beat { .. }) => {}
            Some(ToClient::Dismissed { why } | ToClient::Gone { why }) => return Err(JoinError::Refused(why)),
            Some(other) => return Err(JoinError::Picture(format!("instead came {other:?}").chars().take(200).collect())),
            None => return Err(JoinError::Broken(WireError::CutOff)),
        }
    }
}

async fn add_part(text: &mut String, part: &str, last: bool) -> Result<Option<Picture>, JoinError> {
    text.push_str(part);
    if text.len() > PICTURE_MAX {
        return Err(JoinError::Picture(format!("it has more than {PICTURE_MAX} bytes")));
    }
    if !last {
        return Ok(None);
    }
    let whole = std::mem::take(text);
    // It may be some MiB: keys are not kept waiting for it.
    let loaded = tokio::task::spawn_blocking(move || snapshot::load(whole.as_bytes())).await;
    let state = loaded.map_err(|error| JoinError::Picture(error.to_string()))?;
    state.map(|state| Some(Picture::of(state))).map_err(|unfit| JoinError::Picture(unfit.to_string()))
}

/// Why a conversation ended.
enum End {
    /// Everything was said, or nobody listens any more.
    Over,
    Lost(String),
    /// It has said nothing for so long that it counts as gone.
    Silent,
}

impl Joined {
    /// A port to the room, served by a task of its own.
    pub fn open(self) -> Port {
        let (port, ends) = port(AskNames::of(self.entry.guest));
        tokio::spawn(self.serve(ends));
        port
    }

    /// Serves a port until the room has ended or who uses it is gone.
    pub async fn serve(mut self, mut ends: Ends) {
        loop {
            let welcome = Welcome { guest: self.entry.guest, you: self.entry.you.clone() };
            let told = ends.updates.send(Update::Welcome(welcome)).await.is_ok()
                && ends.updates.send(Update::Picture(self.picture.clone())).await.is_ok();
            let (why, since) = match self.link.converse(&mut ends, &self.time, told).await {
                End::Over => return,
                End::Lost(why) => (why, self.time.now()),
                End::Silent => ("nothing is heard from the room".to_owned(), self.time.now() - DEAD),
            };
            let (way, time, room) = (&self.link.way, &self.time, self.picture.state());
            let back = match again(way, time).await {
                Ok(joined) if rejoin::is_same(room, joined.picture.state()) => Some(joined),
                Ok(_) => {
                    let why = format!("{why}; another room answers in its place");
                    rejoin::wait(Lost { way, time, room, since, why }, &mut ends).await
                }
                Err(error) => {
                    let why = format!("{why}; {error}");
                    rejoin::wait(Lost { way, time, room, since, why }, &mut ends).await
                }
            };
            match back {
                Some(joined) => self = joined,
                None => return,
            }
        }
    }
}

async fn again(way: &Way, time: &RoomTime) -> Result<Joined, JoinError> {
    let mut attempt = 1;
    loop {
        match join(way.clone(), time.clone()).await {
            Err(JoinError::NotThere { .. } | JoinError::Broken(_)) if attempt < ATTEMPTS => {
                attempt += 1;
                time.clock.sleep_until(time.clock.now() + ATTEMPT_EVERY).await;
            }
            other => return other,
        }
    }
}

impl Link {
    async fn converse(&mut self, ends: &mut Ends, time: &RoomTime, told: bool) -> End {
        if !told {
            let _ = wire::send(&mut self.output, &ToRoom::Leave).await;
            return End::Over;
        }
        let (answered, answers) = mpsc::unbounded_channel();
        let updates = ends.updates.clone();
        tokio::select! {
            end = listen(&mut self.lines, &updates, time, &answered) => end,
            end = speak(&mut self.output, ends, time, answers) => end,
        }
    }
}

/// Hands on what the room says.
async fn listen(
    lines: &mut Lines<OwnedReadHalf>,
    updates: &mpsc::Sender<Update>,
    time: &RoomTime,
    answered: &mpsc::UnboundedSender<AskId>,
) -> End {
    let mut text = String::new();
    loop {
        let dead = time.clock.now() + DEAD;
        let frame = tokio::select! {
            biased;
            frame = lines.next() => frame,
            () = time.clock.sleep_until(dead) => return End::Silent,
        };
        let frame = match frame {
            Ok(Some(frame)) => frame,
            Ok(None) => return End::Lost("the room's process is gone".to_owned()),
            Err(error) => return End::Lost(format!("the link broke: {error}")),
        };
        let update = match frame {
            ToClient::Beat { now } => {
                time.heard(now);
                continue;
            }
            ToClient::Picture { part, last } => match add_part(&mut text, &part, last).await {
                Ok(None) => continue,
                Ok(Some(picture)) => Update::Picture(picture),
                Err(error) => return End::Lost(error.to_string()),
            },
            ToClient::Records(records) => Update::Records(Batch::of(records.into_iter().map(Arc::new).collect())),
            ToClient::Accepted { id } => {
                let _ = answered.send(id.clone());
                Update::Accepted { id }
            }
            ToClient::Refused { id, refusal } => {
                let _ = answered.send(id.clone());
                Update::Refused { id, refusal }
            }
            ToClient::Broken(fault) => Update::Broken(fault),
            ToClient::JournalFailed { why } => Update::JournalFailed { why },
            ToClient::JournalLow { why } => Update::JournalLow { why },
            ToClient::Anchor { records, hash } => Update::Anchor { records, hash },
            ToClient::NotDurable { since } => Update::NotDurable { since },
            ToClient::Waits { id, why } => Update::Waits { id, why },
            ToClient::NotRecorded { what } => Update::NotRecorded { what },
            ToClient::Dismissed { why } => Update::Dismissed { why },
            ToClient::Gone { why } => Update::Gone { why },
        };
        let over = matches!(update, Update::Dismissed { .. } | Update::Gone { .. });
        if updates.send(update).await.is_err() || over {
            return End::Over;
        }
    }
}

/// Asks what is to be asked, what was not answered on an earlier link first, and says that it is there.
async fn speak(
    output: &mut OwnedWriteHalf,
    ends: &mut Ends,
    time: &RoomTime,
    mut answers: mpsc::UnboundedReceiver<AskId>,
) -> End {
    for ask in &ends.open {
        if let Err(error) = wire::send(output, &ToRoom::Ask(ask.clone())).await {
            return End::Lost(error.to_string());
        }
    }
    loop {
        let beat = time.clock.now() + BEAT;
        let frame = tokio::select! {
            ask = ends.asks.recv() => match ask {
                Some(ask) => ToRoom::Ask(ask),
                None => ToRoom::Leave,
            },
            () = ends.updates.closed() => ToRoom::Leave,
            Some(id) = answers.recv() => {
                ends.open.retain(|ask| asked_as(ask) != Some(&id));
                continue;
            }
            () = time.clock.sleep_until(beat) => ToRoom::Beat,
        };
        if let ToRoom::Ask(ask) = &frame
            && asked_as(ask).is_some()
        {
            ends.open.push(ask.clone());
        }
        let sent = wire::send(output, &frame).await;
        if matches!(frame, ToRoom::Leave) {
            return End::Over;
        }
        if let Err(error) = sent {
            return End::Lost(error.to_string());
        }
    }
}

/// The name by which an ask is answered.
pub(super) fn asked_as(ask: &Ask) -> Option<&AskId> {
    match ask {
        Ask::Act { id, .. } | Ask::Close { id, .. } => Some(id),
        Ask::Break(_) => None,
    }
}
