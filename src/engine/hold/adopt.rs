//! Finding again what a room held that is gone: the shim, or what it recorded, or nothing.

use std::fs::File;
use std::io;

use futures_util::future::{self, BoxFuture};

use crate::engine::hold::bounded::{Piece, read_finished};
use crate::engine::hold::client::reach;
use crate::engine::hold::record::{Claim, End, Ended, Holder, Printed, boot_id, claim, claimed, ended};
use crate::engine::hold::wire::CHUNK;
use crate::engine::hold::{Held, Keeping, News, Unheld};
use crate::engine::spawn::Survivor;
use crate::time::Span;

/// How often a shim is asked that is there and does not answer: it may be writing down the end.
const TRIES: u32 = 200;
const TRY_EVERY: Span = Span(50);

/// The child of this attempt, its output from that byte on.
pub(in crate::engine) async fn adopt(keeping: Keeping, from: u64) -> Result<Box<dyn Held>, Unheld> {
    past(&keeping, from, "the room ended before it was started").await
}

/// Settles what became of an attempt whose shim is not known to be there. `never` tells why, where nothing was run.
pub(super) async fn past(keeping: &Keeping, from: u64, never: &str) -> Result<Box<dyn Held>, Unheld> {
    let folder = keeping.folder.clone();
    let settled = tokio::task::spawn_blocking(move || {
        if claim(&folder, &Claim::Withdrawn)? { Ok(Some(Claim::Withdrawn)) } else { claimed(&folder) }
    });
    match settled.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(Some(Claim::Withdrawn)) => Err(Unheld::NeverStarted(format!("{never}; nothing was run"))),
        Ok(Some(Claim::Held(holder))) => find(keeping, &holder, from).await,
        Ok(None) => Err(Unheld::Unknown("its record is gone".to_owned())),
        Err(error) => Err(Unheld::Unknown(format!("its record can't be read in {}: {error}", keeping.folder.display()))),
    }
}

/// A shim that was heard and is silent: it is not asked again, but may have left the end.
pub(super) async fn broken_off(keeping: &Keeping, from: u64) -> Result<Box<dyn Held>, Unheld> {
    match claimed(&keeping.folder) {
        Ok(Some(Claim::Held(holder))) => find(keeping, &holder, from).await,
        Ok(Some(Claim::Withdrawn) | None) => Err(Unheld::Unknown("its record is gone".to_owned())),
        Err(error) => Err(Unheld::Unknown(format!("its record can't be read: {error}"))),
    }
}

async fn find(keeping: &Keeping, holder: &Holder, from: u64) -> Result<Box<dyn Held>, Unheld> {
    for _ in 0..TRIES {
        // Looked for first: whatever is read behind it is not older than it.
        let is_there = holder.shim.is_running() && is_this_boot(holder);
        match ended(&keeping.folder) {
            Ok(Some(End::Ended(ended))) => return Ok(Box::new(Recorded::new(keeping, *ended, from, holder.child.pid))),
            Ok(Some(End::Broken(why))) => return Err(Unheld::NeverStarted(why)),
            Ok(None) => {}
            Err(error) => return Err(Unheld::Unknown(format!("the record of its end can't be read: {error}"))),
        }
        if !is_this_boot(holder) {
            return Err(Unheld::Unknown("the host was started anew since".to_owned()));
        }
        if !is_there {
            return Err(Unheld::Unknown(gone(holder)));
        }
        if let Ok(held) = reach(keeping, from).await {
            return Ok(held);
        }
        tokio::time::sleep(TRY_EVERY.to_std()).await;
    }
    Err(Unheld::Unknown(format!("the process that holds it (pid {}) does not answer", holder.shim.pid)))
}

fn is_this_boot(holder: &Holder) -> bool {
    let boot = boot_id();
    !boot.is_empty() && holder.boot == boot
}

fn gone(holder: &Holder) -> String {
    let (shim, child) = (holder.shim.pid, holder.child);
    if child.is_running() {
        format!("the process that held it (pid {shim}) is gone; its own (pid {}) still runs", child.pid)
    } else {
        format!("the process that held it (pid {shim}) is gone, and so is its own (pid {})", child.pid)
    }
}

/// A child that has ended while nobody was there.
#[derive(Debug)]
struct Recorded {
    pid: u32,
    log: Option<File>,
    at: u64,
    ended: Option<Ended>,
}

impl Recorded {
    fn new(keeping: &Keeping, ended: Ended, from: u64, pid: u32) -> Self {
        Self { pid, log: File::open(&keeping.log).ok(), at: from.min(ended.bytes), ended: Some(ended) }
    }

    fn next(&mut self) -> Option<News> {
        let ended = self.ended.as_ref()?;
        if self.at >= ended.bytes {
            return self.ended.take().map(|ended| News::Over(Box::new(ended)));
        }
        let missing = Piece::Gap { bytes: ended.bytes - self.at, lines: ended.layout.left_out_lines };
        let piece = self.log.as_ref().and_then(|log| read_finished(log, &ended.layout, self.at, CHUNK).ok());
        match piece.unwrap_or(missing) {
            Piece::Bytes(bytes) => {
                self.at += bytes.len() as u64;
                Some(News::Output(bytes))
            }
            Piece::Gap { bytes, lines } => {
                // A log that tells of nothing more is at its end.
                self.at = if bytes == 0 { ended.bytes } else { self.at + bytes };
                Some(News::Gap { bytes, lines })
            }
        }
    }
}

impl Held for Recorded {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn has_ended(&self) -> bool {
        true
    }

    fn printed_before(&self) -> Option<Printed> {
        self.ended.as_ref().and_then(|ended| ended.printed)
    }

    fn heard(&mut self) -> BoxFuture<'_, News> {
        // Taken only when it is waited for: a wait that is given up before must lose nothing.
        Box::pin(async move {
            match self.next() {
                Some(news) => news,
                None => future::pending().await,
            }
        })
    }

    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(future::ready(Ok(())))
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        Box::pin(future::ready(Vec::new()))
    }

    fn running(&self) -> Vec<Survivor> {
        Vec::new()
    }
}
