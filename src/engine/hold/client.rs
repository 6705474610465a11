//! The room's side of a shim: starting it, reaching it, hearing it.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures_util::future::{self, BoxFuture};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use crate::engine::hold::adopt::{broken_off, past};
use crate::engine::hold::record::{End, Printed, Process};
use crate::engine::hold::shim::stdin_of;
use crate::engine::hold::wire::{self, CHUNK, Greeted, Kind, Missing, Order};
use crate::engine::hold::{Held, Keeping, News, Unheld, tree};
use crate::engine::spawn::{Launch, Survivor};

/// The shim's socket in the attempt's own folder.
pub(super) const SOCKET: &str = "socket";

/// A path to the socket that is short enough to be one, however deep the folder is. It leads there while this lives.
pub(super) struct Short {
    folder: File,
    long: PathBuf,
}

pub(super) fn short(folder: &Path) -> io::Result<Short> {
    Ok(Short { folder: File::open(folder)?, long: folder.join(SOCKET) })
}

impl Short {
    pub(super) fn path(&self) -> PathBuf {
        let path = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", self.folder.as_raw_fd()));
        if path.parent().is_some_and(Path::exists) { path } else { self.long.clone() }
    }
}

/// Starts a shim with the program at `shim`, and by it what `launch` says.
pub(in crate::engine) async fn launch(shim: &Path, launch: Launch, keeping: Keeping) -> Result<Box<dyn Held>, Unheld> {
    let never = |error: io::Error| Unheld::NeverStarted(error.to_string());
    let keeping = absolute(keeping).map_err(never)?;
    let launch = settled(launch).map_err(never)?;
    let (ours, theirs) = StdStream::pair().map_err(never)?;
    start(shim, theirs).map_err(never)?;
    let order = wire::message(Kind::Launch, &Order::new(launch, keeping.clone())).map_err(never)?;
    let greeted = async {
        ours.set_nonblocking(true)?;
        let mut talk = Talk::new(UnixStream::from_std(ours)?);
        talk.stream.write_all(&order).await?;
        greeting(talk).await
    };
    match greeted.await {
        Ok(Greeting::Held(talk, holder)) => Ok(Box::new(HeldThere::new(talk, &holder, keeping, 0))),
        Ok(Greeting::Broken(why)) => Err(Unheld::NeverStarted(why)),
        // It may be dead, or not. It is settled by the claim.
        Err(error) => past(&keeping, 0, &format!("its holder broke off: {error}")).await,
    }
}

/// Paths that mean the same from the shim's folder.
fn absolute(mut keeping: Keeping) -> io::Result<Keeping> {
    keeping.folder = std::path::absolute(&keeping.folder)?;
    keeping.log = std::path::absolute(&keeping.log)?;
    Ok(keeping)
}

fn settled(mut launch: Launch) -> io::Result<Launch> {
    launch.dir = Some(match launch.dir {
        Some(dir) => std::path::absolute(dir)?,
        None => std::env::current_dir()?,
    });
    Ok(launch)
}

#[expect(clippy::disallowed_methods, reason = "this is where shims are started")]
fn start(shim: &Path, room: StdStream) -> io::Result<()> {
    let mut command = tokio::process::Command::new(shim);
    // Not even the name of the room is in the arguments: a script that kills by name would find its own shim.
    command.arg("__hold").env_clear().current_dir("/");
    command.stdin(stdin_of(room)).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}

/// The shim of this folder, if it is there and answers.
pub(super) async fn reach(keeping: &Keeping, from: u64) -> io::Result<Box<dyn Held>> {
    let short = short(&keeping.folder)?;
    let mut talk = Talk::new(UnixStream::connect(short.path()).await?);
    talk.stream.write_all(&wire::message(Kind::From, &from)?).await?;
    match greeting(talk).await? {
        Greeting::Held(talk, holder) => Ok(Box::new(HeldThere::new(talk, &holder, keeping.clone(), from))),
        Greeting::Broken(why) => Err(io::Error::other(why)),
    }
}

enum Greeting {
    Held(Talk, Greeted),
    Broken(String),
}

async fn greeting(mut talk: Talk) -> io::Result<Greeting> {
    match talk.frame().await? {
        Some((Kind::Held, body)) => Ok(Greeting::Held(talk, wire::parse(&body)?)),
        Some((Kind::End, body)) => match wire::parse(&body)? {
            End::Broken(why) => Ok(Greeting::Broken(why)),
            End::Ended(_) => Err(io::ErrorKind::InvalidData.into()),
        },
        Some(_) => Err(io::ErrorKind::InvalidData.into()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The connection. What came of a frame is kept when the wait for the rest of it is given up.
#[derive(Debug)]
struct Talk {
    stream: UnixStream,
    came: Vec<u8>,
}

impl Talk {
    fn new(stream: UnixStream) -> Self {
        Self { stream, came: Vec::new() }
    }

    async fn frame(&mut self) -> io::Result<Option<(Kind, Vec<u8>)>> {
        loop {
            if let Some((kind, length)) = wire::first(&self.came)? {
                let body = wire::body(&self.came[..length]).to_vec();
                self.came.drain(..length);
                return Ok(Some((kind, body)));
            }
            self.came.reserve(2 * CHUNK);
            if self.stream.read_buf(&mut self.came).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[derive(Debug)]
struct HeldThere {
    talk: Talk,
    shim: Process,
    child: Process,
    keeping: Kept,
    /// What it had printed when it was reached.
    printed: Option<Printed>,
    /// The byte of the output that comes next.
    at: u64,
    /// What came while an answer was waited for.
    waiting: VecDeque<(Kind, Vec<u8>)>,
    /// What is heard instead, once the shim is silent.
    instead: Option<Box<dyn Held>>,
    over: bool,
}

/// `Keeping`, which can't be printed, in what can.
struct Kept(Keeping);

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.folder.fmt(f)
    }
}

impl HeldThere {
    fn new(talk: Talk, greeted: &Greeted, keeping: Keeping, at: u64) -> Self {
        let (shim, child) = (greeted.holder.shim, greeted.holder.child);
        let printed = greeted.printed;
        Self { talk, shim, child, printed, keeping: Kept(keeping), at, waiting: VecDeque::new(), instead: None, over: false }
    }

    async fn next(&mut self) -> News {
        if let Some(instead) = &mut self.instead {
            return instead.heard().await;
        }
        if self.over {
            return future::pending().await;
        }
        let frame = match self.waiting.pop_front() {
            Some(frame) => Ok(Some(frame)),
            None => self.talk.frame().await,
        };
        match frame.and_then(|frame| frame.map(news).transpose()) {
            Ok(Some(news)) => {
                match &news {
                    News::Output(bytes) => self.at += bytes.len() as u64,
                    News::Gap { bytes, .. } => self.at += bytes,
                    News::Over(_) | News::Lost(_) => self.over = true,
                }
                news
            }
            Ok(None) | Err(_) => self.broken_off().await,
        }
    }

    /// The shim is gone: what it recorded counts, and else nothing is known.
    async fn broken_off(&mut self) -> News {
        match broken_off(&self.keeping.0, self.at).await {
            Ok(mut recorded) => {
                let news = recorded.heard().await;
                self.instead = Some(recorded);
                news
            }
            Err(Unheld::Unknown(why) | Unheld::NeverStarted(why)) => {
                self.over = true;
                News::Lost(why)
            }
        }
    }
}

fn news((kind, body): (Kind, Vec<u8>)) -> io::Result<News> {
    Ok(match kind {
        Kind::Output => News::Output(body),
        Kind::Gap => {
            let Missing { bytes, lines } = wire::parse(&body)?;
            News::Gap { bytes, lines }
        }
        Kind::End => match wire::parse(&body)? {
            End::Ended(ended) => News::Over(ended),
            End::Broken(why) => News::Lost(why),
        },
        Kind::Launch | Kind::From | Kind::Terminate | Kind::Kill | Kind::Held | Kind::Killed => {
            return Err(io::ErrorKind::InvalidData.into());
        }
    })
}

impl Held for HeldThere {
    fn pid(&self) -> u32 {
        self.child.pid
    }

    fn printed_before(&self) -> Option<Printed> {
        self.printed
    }

    fn heard(&mut self) -> BoxFuture<'_, News> {
        Box::pin(self.next())
    }

    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { self.talk.stream.write_all(&wire::frame(Kind::Terminate, &[])).await })
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        Box::pin(async move {
            if self.talk.stream.write_all(&wire::frame(Kind::Kill, &[])).await.is_err() {
                return Vec::new();
            }
            while let Ok(Some((kind, body))) = self.talk.frame().await {
                if kind == Kind::Killed {
                    return wire::parse(&body).unwrap_or_default();
                }
                self.waiting.push_back((kind, body));
            }
            Vec::new()
        })
    }

    fn running(&self) -> Vec<Survivor> {
        if self.shim.is_running() { tree::running(self.shim.pid) } else { Vec::new() }
    }
}
