//! Everything a step printed, byte for byte, in a file of the room's folder.
//!
//! For: the whole of what the journal holds only in part. Secrets are masked before they come here.
//! May not touch: the journal. A disk that is full or hangs costs the spool, never the step.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::clock::Clock;
use crate::id::StepId;
use crate::time::Span;

/// Bytes kept of one attempt. The beginning is kept: it tells what was begun, and the journal has the end.
pub const SPOOL_MAX: u64 = 64 * 1024 * 1024;

/// Chunks on their way to the disk.
const QUEUE: usize = 16;

/// How long a chunk waits for a disk that does not take it.
const PATIENCE: Span = Span::SECOND;

/// `<room folder>/output/<step>.<attempt>.log`
pub fn path(folder: &Path, step: &StepId, attempt: u32) -> PathBuf {
    folder.join("output").join(format!("{}.{attempt}.log", file_name(step)))
}

/// The step's name as a file may be called: anything unusual in it is spelled `=xx`, so that no two steps share a file.
pub fn file_name(step: &StepId) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let spell = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("={byte:02x}") };
    step.as_str().bytes().map(spell).collect()
}

/// A folder that only its owner may look into.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A new file that only its owner may read.
pub fn private_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    // An older file of this name may have other rights, and `mode` counts only for a new one.
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The writing end of a spool file. The disk is written by a thread of its own.
pub struct Spool {
    chunks: Option<mpsc::Sender<Vec<u8>>>,
    writer: Option<JoinHandle<io::Result<()>>>,
    clock: Arc<dyn Clock>,
    room_left: u64,
    /// Bytes that came, kept or not.
    printed: u64,
    dropped: u64,
    stuck: bool,
}

impl Spool {
    pub fn create(path: &Path, max: u64, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let mut file = private_file(path)?;
        let (chunks, mut queue) = mpsc::channel::<Vec<u8>>(QUEUE);
        let writer = tokio::task::spawn_blocking(move || {
            while let Some(chunk) = queue.blocking_recv() {
                file.write_all(&chunk)?;
            }
            Ok(())
        });
        let (chunks, writer) = (Some(chunks), Some(writer));
        Ok(Self { chunks, writer, clock, room_left: max, printed: 0, dropped: 0, stuck: false })
    }

    /// Stands in where no file could be made: counts, and keeps nothing.
    pub fn nowhere(clock: Arc<dyn Clock>) -> Self {
        Self { chunks: None, writer: None, clock, room_left: 0, printed: 0, dropped: 0, stuck: false }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        let kept = usize::try_from(self.room_left).unwrap_or(usize::MAX).min(bytes.len());
        self.printed += bytes.len() as u64;
        self.room_left -= kept as u64;
        self.dropped += (bytes.len() - kept) as u64;
        if kept > 0 && !self.send(bytes[..kept].to_vec()).await {
            self.dropped += kept as u64;
        }
    }

    /// Whether the chunk is on its way. Once the disk was found stuck it is not waited for again until it goes on.
    async fn send(&mut self, chunk: Vec<u8>) -> bool {
        let Some(chunks) = &self.chunks else { return false };
        if self.stuck {
            self.stuck = chunks.try_send(chunk).is_err();
            return !self.stuck;
        }
        let patience = self.clock.now() + PATIENCE;
        tokio::select! {
            biased;
            sent = chunks.send(chunk) => sent.is_ok(),
            () = self.clock.sleep_until(patience) => {
                self.stuck = true;
                false
            }
        }
    }

    /// Ends the file, with a word on what is not in it, and tells why it could not be written, if so.
    pub async fn finish(mut self) -> io::Result<()> {
        if self.dropped > 0 {
            let note = format!("\n[warroom: {} of {} bytes were not kept]\n", self.dropped, self.printed);
            self.send(note.into_bytes()).await;
        }
        drop(self.chunks.take());
        match self.writer.take() {
            // A disk that hangs keeps its thread; the step does not wait for it.
            Some(_) if self.stuck => Err(io::Error::other("the disk does not take it")),
            Some(writer) => writer.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::engine::clock::VirtualClock;
    use crate::time::Moment;

    fn clock() -> Arc<dyn Clock> {
        Arc::new(VirtualClock::at(Moment(0)))
    }

    #[tokio::test]
    async fn the_beginning_is_kept_and_the_end_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path(), &StepId::new("canary.2"), 1);
        let mut spool = Spool::create(&path, 8, clock()).unwrap();
        for chunk in ["hello ", "world", "!"] {
            spool.write(chunk.as_bytes()).await;
        }
        spool.finish().await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "hello wo\n[warroom: 4 of 12 bytes were not kept]\n");
    }

    #[tokio::test]
    async fn nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path(), &StepId::new("a"), 1);
        Spool::create(&path, 8, clock()).unwrap().finish().await.unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[tokio::test]
    async fn a_full_disk_is_told_at_the_end_and_stops_nobody() {
        let mut file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(file.write_all(b"x").is_err());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("output"), "a file where the folder should be").unwrap();
        assert!(Spool::create(&path(folder.path(), &StepId::new("a"), 1), 8, clock()).is_err());
        let mut spool = Spool::nowhere(clock());
        spool.write(b"lost").await;
        assert_eq!(spool.dropped, 4);
    }

    #[test]
    fn strange_names_lead_to_no_other_folder_and_to_no_other_steps_file() {
        assert_eq!(file_name(&StepId::new("../etc/x")), "..=2fetc=2fx");
        assert_ne!(file_name(&StepId::new("a b")), file_name(&StepId::new("a=20b")));
    }
}
