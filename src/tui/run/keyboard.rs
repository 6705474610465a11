//! Standard input as keys.
//!
//! For: waiting for bytes without a thread that reads ahead, and noticing that nobody will ever send any more.
//! May not touch: the terminal's modes, and whether standard input blocks (its other users share that).

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;

use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::time::{Sleep, sleep};

use crate::tui::input::{Decoder, ESC_WAIT, Input};

/// Bytes read at once.
const CHUNK: usize = 4096;

pub(super) struct Keyboard {
    input: AsyncFd<io::Stdin>,
    decoder: Decoder,
    /// When a beginning that waits for its rest has waited enough. Kept between reads, so that a flood of other news can't
    /// put it off.
    settles: Option<Pin<Box<Sleep>>>,
}

impl Keyboard {
    pub(super) fn open() -> io::Result<Self> {
        #[expect(deprecated, reason = "what took its place is unsafe; standard input is owned here and never closed")]
        let input = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
        Ok(Self { input, decoder: Decoder::default(), settles: None })
    }

    /// What came together. The end of the input is an error, as there is nothing more to wait for.
    /// Being dropped while it waits loses nothing.
    pub(super) async fn read(&mut self) -> io::Result<Vec<Input>> {
        loop {
            let before = self.decoder.patience();
            let inputs = if let Some(patience) = before {
                let settles = self.settles.get_or_insert_with(|| Box::pin(sleep(patience.to_std())));
                tokio::select! {
                    ready = self.input.readable() => Self::bytes(ready?)?.map_or_else(Vec::new, |bytes| self.decoder.feed(&bytes)),
                    () = settles => self.decoder.settle(),
                }
            } else {
                let ready = self.input.readable().await?;
                Self::bytes(ready)?.map_or_else(Vec::new, |bytes| self.decoder.feed(&bytes))
            };
            // A paste that goes on is given its time anew; the rest of a sequence is not.
            let after = self.decoder.patience();
            if after != before || after != Some(ESC_WAIT) || !inputs.is_empty() {
                self.settles = None;
            }
            if !inputs.is_empty() {
                return Ok(inputs);
            }
        }
    }

    /// `None` where nothing was there after all.
    fn bytes(mut ready: AsyncFdReadyGuard<'_, io::Stdin>) -> io::Result<Option<Vec<u8>>> {
        // Standard input blocks, and readiness may be old news: only what is there is read.
        if rustix::io::ioctl_fionread(ready.get_inner())? == 0 {
            ready.clear_ready();
            return Ok(None);
        }
        let mut chunk = [0; CHUNK];
        match rustix::io::read(ready.get_inner().as_fd(), &mut chunk) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(count) => Ok(Some(chunk[..count].to_vec())),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether there still is a terminal at the other end.
    pub(super) fn is_alive(&self) -> bool {
        rustix::termios::tcgetattr(self.input.get_ref()).is_ok()
    }
}
