//! What the threads of a shim share: what was printed, who reads it, and how it ended.

use std::collections::VecDeque;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use crate::engine::hold::bounded::Piece;
use crate::engine::hold::keep::Keeper;
use crate::engine::hold::record::{End, Ended, Holder, Printed};
use crate::engine::hold::shim::{obey, whole};
use crate::engine::hold::wire::{self, CHUNK, Greeted, Kind, Missing};
use crate::engine::spawn::Exit;
use crate::time::Moment;

/// So much is read ahead of a room; the newest bytes are kept at hand, so that they reach it also when the disk is full.
const WINDOW: usize = 1024 * 1024;

pub(super) struct Share {
    pub(super) holder: Holder,
    now: Mutex<Now>,
    changed: Condvar,
}

struct Now {
    keeper: Keeper,
    /// The newest bytes.
    window: VecDeque<u8>,
    /// With what the wall clock showed.
    exit: Option<(Exit, Moment)>,
    /// When the last of the output came.
    printed: Option<Printed>,
    end: Option<End>,
    /// The room that reads, and how far it is.
    reader: Option<Reader>,
    readers_ever: u64,
    /// A room has been told the end.
    told: bool,
}

struct Reader {
    id: u64,
    sent: u64,
    stream: UnixStream,
}

impl Share {
    pub(super) fn new(keeper: Keeper, holder: Holder) -> Self {
        let window = VecDeque::new();
        let now = Now { keeper, window, exit: None, printed: None, end: None, reader: None, readers_ever: 0, told: false };
        Self { holder, now: Mutex::new(now), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        whole(self.now.lock())
    }

    fn wait<'a>(&self, now: MutexGuard<'a, Now>) -> MutexGuard<'a, Now> {
        whole(self.changed.wait(now))
    }

    fn change(&self, how: impl FnOnce(&mut Now)) {
        how(&mut self.lock());
        self.changed.notify_all();
    }

    pub(super) fn exited(&self, exit: Exit, wall: Moment) {
        self.change(|now| now.exit = Some((exit, wall)));
    }

    pub(super) fn exit(&self) -> Option<(Exit, Moment)> {
        self.lock().exit
    }

    pub(super) fn printed(&self, bytes: &[u8], at: Moment) {
        self.change(|now| {
            let clear = now.keeper.push(bytes);
            now.keep(&clear);
            now.printed = Some(Printed { bytes: now.keeper.total(), at });
        });
    }

    /// What was held back, because it may have been the beginning of a secret.
    pub(super) fn rest(&self) {
        self.change(|now| {
            let clear = now.keeper.rest();
            now.keep(&clear);
        });
    }

    pub(super) fn end(&self, exit: (Exit, Option<Moment>), closed: bool) -> End {
        let holders = if closed { Vec::new() } else { super::tree::running(self.holder.shim.pid) };
        let mut now = self.lock();
        let printed = now.printed;
        End::Ended(Box::new(Ended { printed, ..now.keeper.end(exit, closed, holders) }))
    }

    pub(super) fn tell_end(&self, end: End) {
        self.change(|now| now.end = Some(end));
    }

    /// Holds the reading up while the room that reads along is too far behind.
    pub(super) fn wait_for_reader(&self) {
        let mut now = self.lock();
        while now.reader.as_ref().is_some_and(|reader| now.keeper.total() > reader.sent + (WINDOW - 2 * CHUNK) as u64) {
            now = self.wait(now);
        }
    }

    /// Waits while a room is there. Whether one has been told the end.
    pub(super) fn wait_until_left(&self) -> bool {
        let mut now = self.lock();
        while now.reader.is_some() {
            now = self.wait(now);
        }
        now.told
    }

    /// From now on this room is told what is printed, from that byte on; another that was told so far is let go.
    pub(super) fn take_up(self: &Arc<Self>, stream: UnixStream, from: u64) -> io::Result<()> {
        let greeted = Greeted { holder: self.holder.clone(), printed: self.lock().printed };
        wire::write(&stream, &wire::message(Kind::Held, &greeted)?)?;
        let (telling, listening) = (stream.try_clone()?, stream.try_clone()?);
        let mut id = 0;
        self.change(|now| {
            now.readers_ever += 1;
            id = now.readers_ever;
            let sent = from.min(now.keeper.total());
            if let Some(old) = now.reader.replace(Reader { id, sent, stream }) {
                let _ = old.stream.shutdown(std::net::Shutdown::Both);
            }
        });
        let writer = Arc::new(Mutex::new(telling));
        let (share, told) = (Arc::clone(self), Arc::clone(&writer));
        thread::Builder::new().name("teller".to_owned()).spawn(move || {
            if share.tell(id, &told).is_err() {
                share.leave(id);
            }
        })?;
        let share = Arc::clone(self);
        thread::Builder::new().name("listener".to_owned()).spawn(move || {
            let _ = share.listen(listening, &writer);
            share.leave(id);
        })?;
        Ok(())
    }

    fn leave(&self, id: u64) {
        self.change(|now| {
            if let Some(reader) = now.reader.take_if(|reader| reader.id == id) {
                let _ = reader.stream.shutdown(std::net::Shutdown::Both);
            }
        });
    }

    fn listen(&self, mut stream: UnixStream, writer: &Mutex<UnixStream>) -> io::Result<()> {
        loop {
            let (kind, _) = wire::read(&mut stream)?;
            if let Some(answer) = obey(kind, &self.holder)? {
                wire::write(&*whole(writer.lock()), &answer)?;
            }
        }
    }

    /// Output as it comes, then the end.
    fn tell(&self, id: u64, writer: &Mutex<UnixStream>) -> io::Result<()> {
        while let Some((frame, forward, last)) = self.next(id)? {
            wire::write(&*whole(writer.lock()), &frame)?;
            self.change(|now| {
                now.told |= last;
                if let Some(reader) = now.reader.as_mut().filter(|reader| reader.id == id) {
                    reader.sent += forward;
                }
            });
            if last {
                break;
            }
        }
        Ok(())
    }

    /// The next frame for this room, how much of the output it is, and whether it is the last. `None` when it has left.
    fn next(&self, id: u64) -> io::Result<Option<(Vec<u8>, u64, bool)>> {
        let mut now = self.lock();
        loop {
            let Some(sent) = now.reader.as_ref().filter(|reader| reader.id == id).map(|reader| reader.sent) else {
                return Ok(None);
            };
            if sent < now.keeper.total() {
                return Ok(Some(match now.piece(sent) {
                    Piece::Bytes(bytes) => (wire::frame(Kind::Output, &bytes), bytes.len() as u64, false),
                    Piece::Gap { bytes, lines } => (wire::message(Kind::Gap, &Missing { bytes, lines })?, bytes, false),
                }));
            }
            if let Some(end) = &now.end {
                return Ok(Some((wire::message(Kind::End, end)?, 0, true)));
            }
            now = self.wait(now);
        }
    }
}

impl Now {
    fn keep(&mut self, clear: &[u8]) {
        self.window.extend(clear);
        let over = self.window.len().saturating_sub(WINDOW);
        self.window.drain(..over);
    }

    fn piece(&self, from: u64) -> Piece {
        let begin = self.keeper.total() - self.window.len() as u64;
        if from < begin {
            return match self.keeper.read(from, CHUNK) {
                Piece::Gap { bytes, lines } => Piece::Gap { bytes: bytes.min(begin - from), lines },
                bytes @ Piece::Bytes(_) => bytes,
            };
        }
        let first = (from - begin) as usize;
        Piece::Bytes(self.window.range(first..self.window.len().min(first + CHUNK)).copied().collect())
    }
}
