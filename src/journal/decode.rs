//! Decoding many lines quickly: one thread follows the chain, another decodes what it has checked.
//!
//! Lines are decoded in blocks. While the helper is busy the thread that reads decodes a block itself, so that both
//! have work to the end; the records come out in their order all the same.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread;

use crate::journal::JournalError;
use crate::journal::line::{self, Place};
use crate::journal::read::{Reader, newer};
use crate::room::Record;

/// Enough to outweigh handing it over, and little enough to begin early.
const BLOCK_BYTES: usize = 256 << 10;

/// Blocks that may wait for the helper.
const WAITING_MAX: usize = 2;

/// Lines that are intact and in their place.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where each line ends, and where it belongs.
    ends: Vec<(usize, Place)>,
}

type Decoded = Result<Vec<Record>, JournalError>;

impl Block {
    fn decode(&self) -> Decoded {
        let mut records = Vec::with_capacity(self.ends.len());
        let mut from = 0;
        for (end, place) in &self.ends {
            // The line is as it was written, so what can't be understood was written by somebody who knows more.
            records.push(line::record(&self.bytes[from..*end]).map_err(|error| newer(*place, &error.to_string()))?);
            from = *end;
        }
        Ok(records)
    }
}

impl<R: BufRead> Reader<R> {
    /// Hands all that is left to `each`, in order.
    pub(super) fn each(&mut self, mut each: impl FnMut(Record)) -> Result<(), JournalError> {
        // A short journal is not worth a second thread.
        let (first, damage) = match self.block() {
            Ok(block) => (block, None),
            Err((block, damage)) => (block, Some(damage)),
        };
        first.decode()?.into_iter().for_each(&mut each);
        if let Some(damage) = damage {
            return Err(damage);
        }
        if first.bytes.len() < BLOCK_BYTES {
            return Ok(());
        }
        thread::scope(|scope| {
            let (hand, blocks) = sync_channel::<Block>(WAITING_MAX);
            let (give, decoded) = sync_channel::<Decoded>(WAITING_MAX + 2);
            let helper = thread::Builder::new().name("decode".to_owned()).spawn_scoped(scope, move || help(&blocks, &give));
            let mut helper = Helper { hand: helper.is_ok().then_some(hand), decoded, order: VecDeque::new() };
            loop {
                let checked = self.block();
                let last = !matches!(&checked, Ok(block) if !block.ends.is_empty());
                match checked {
                    Ok(block) => helper.take(block),
                    Err((block, error)) => {
                        helper.take(block);
                        helper.order.push_back(Turn::Here(Err(error)));
                    }
                }
                helper.finished(last, &mut each)?;
                if last {
                    return Ok(());
                }
            }
        })
    }

    /// The next lines, checked; none at the end. Where one is damaged, those before it come with the damage.
    fn block(&mut self) -> Result<Block, (Block, JournalError)> {
        let mut block = Block::default();
        while block.bytes.len() < BLOCK_BYTES {
            let place = self.place();
            match self.advance() {
                Ok(true) => {
                    block.bytes.extend_from_slice(self.line());
                    block.ends.push((block.bytes.len(), place));
                }
                Ok(false) => break,
                Err(error) => return Err((block, error)),
            }
        }
        Ok(block)
    }
}

fn help(blocks: &Receiver<Block>, give: &SyncSender<Decoded>) {
    while let Ok(block) = blocks.recv() {
        if give.send(block.decode()).is_err() {
            return;
        }
    }
}

/// Whose block comes next.
enum Turn {
    Here(Decoded),
    Helper,
}

struct Helper {
    hand: Option<SyncSender<Block>>,
    decoded: Receiver<Decoded>,
    order: VecDeque<Turn>,
}

impl Helper {
    /// Gives a block to the helper, or decodes it here when the helper has enough.
    fn take(&mut self, block: Block) {
        let block = match &self.hand {
            None => block,
            Some(hand) => match hand.try_send(block) {
                Ok(()) => return self.order.push_back(Turn::Helper),
                Err(TrySendError::Full(block) | TrySendError::Disconnected(block)) => block,
            },
        };
        self.order.push_back(Turn::Here(block.decode()));
    }

    /// Hands on what is decoded as far as it is in order; `all` of it at the end.
    fn finished(&mut self, all: bool, each: &mut impl FnMut(Record)) -> Result<(), JournalError> {
        while let Some(turn) = self.order.pop_front() {
            let decoded = match turn {
                Turn::Here(decoded) => decoded,
                Turn::Helper => match self.decoded.try_recv() {
                    Ok(decoded) => decoded,
                    Err(TryRecvError::Empty) if !all => {
                        self.order.push_front(Turn::Helper);
                        return Ok(());
                    }
                    // It is decoding, or was cut off, which only a panic does.
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                        self.decoded.recv().unwrap_or_else(|_| Ok(Vec::new()))
                    }
                },
            };
            decoded?.into_iter().for_each(&mut *each);
        }
        Ok(())
    }
}
