//! Reading many lines quickly: in blocks, checked and decoded by two threads.
//!
//! What costs time, each line's hash and its JSON, is done for a whole block by whoever is free; the thread that reads then
//! only looks whether each block follows on the one before, and hands the records on in their order. At the first line that
//! is not plainly good the rest is given back to be read one by one ([`Reader::advance`]), which tells a tear from damage.

use std::collections::VecDeque;
use std::io::{BufRead, Read as _};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel};
use std::thread;

use crate::journal::JournalError;
use crate::journal::line::{self, Hash, Place};
use crate::journal::quick::Names;
use crate::journal::read::{Reader, newer};
use crate::room::Record;

/// Enough to outweigh handing it over, and little enough to begin early.
const BLOCK_BYTES: usize = 256 << 10;

/// A line that is longer is read by itself.
const LONG_BYTES: usize = 1 << 20;

/// Blocks that may wait for the helper.
const WAITING_MAX: usize = 3;

/// What became of a block of lines: its good ones, from its beginning on.
#[derive(Debug)]
struct Checked {
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// What the first of its lines follows on.
    follows: Hash,
    /// Of the last good line.
    last: Hash,
    /// What the last good line says to be safe.
    safe: u64,
    /// How many of the bytes are good lines.
    good: usize,
}

/// Checks blocks, one after another, with what the last one left.
#[derive(Default)]
struct Checker {
    names: Names,
    /// Records that nobody wants any more. Each goes when a new one comes, so that its memory is used again at once and is not
    /// given back to the system and asked for anew with every block.
    spent: Vec<Record>,
    /// Memory that held records.
    empty: Vec<Record>,
    /// How many records the last block had: about as many as the next one.
    usual: usize,
}

impl Checker {
    /// The lines from the first one on that are whole, follow on each other and can be understood.
    fn check(&mut self, bytes: Vec<u8>) -> Checked {
        let mut records = std::mem::take(&mut self.empty);
        records.reserve(self.usual);
        let (follows, last) = (Hash::ORIGIN, Hash::ORIGIN);
        let mut checked = Checked { bytes: Vec::new(), records, follows, last, safe: 0, good: 0 };
        for end in memchr::memchr_iter(b'\n', &bytes) {
            let line = &bytes[checked.good..=end];
            let Ok(intact) = line::intact(line) else { break };
            match checked.records.last() {
                None => checked.follows = intact.prev,
                Some(before) if before.seq + 1 == intact.seq && checked.last == intact.prev => {}
                Some(_) => break,
            }
            let Ok(record) = line::record(line, &mut self.names) else { break };
            drop(self.spent.pop());
            checked.records.push(record);
            (checked.last, checked.safe, checked.good) = (intact.hash, intact.safe, end + 1);
        }
        self.usual = checked.records.len();
        self.spent.clear();
        self.empty = std::mem::take(&mut self.spent);
        Checked { bytes, ..checked }
    }

    fn take_back(&mut self, spent: Vec<Record>) {
        self.spent = spent;
    }
}

impl<R: BufRead> Reader<R> {
    /// Hands all that is left to `each`, in order.
    pub(super) fn each(&mut self, mut each: impl FnMut(Record)) -> Result<(), JournalError> {
        self.blocks(|_, records| {
            records.drain(..).for_each(&mut each);
            ControlFlow::Continue(())
        })
    }

    /// Hands all that is left to `each`, some records at a time and in order, with the place behind them, until it wants no
    /// more; then nothing can be read here any more. What `each` does not keep is better left where it is: it goes back to the
    /// thread that made it, and memory that another thread gives back costs both of them time. What it keeps it may take whole.
    pub fn blocks(&mut self, mut each: impl FnMut(Place, &mut Vec<Record>) -> ControlFlow<()>) -> Result<(), JournalError> {
        let mut names = Names::default();
        // The first line says what all others are. Where there are more files, which lines count is told by the careful way.
        let mut flow = if self.place().seq == 0 { self.one(&mut names, &mut each)? } else { ControlFlow::Continue(()) };
        while flow.is_continue() {
            if !self.goes_on_elsewhere() {
                flow = self.quickly(&mut each)?;
            }
            if flow.is_continue() {
                flow = self.one(&mut names, &mut each)?;
            }
        }
        Ok(())
    }

    /// The next line, with care; a break at the end.
    fn one(
        &mut self,
        names: &mut Names,
        each: &mut impl FnMut(Place, &mut Vec<Record>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, JournalError> {
        let place = self.place();
        if !self.advance()? {
            return Ok(ControlFlow::Break(()));
        }
        // The line is as it was written, so what can't be understood was written by somebody who knows more.
        let record = line::record(self.line(), names).map_err(|error| newer(place, &error.to_string()))?;
        Ok(each(self.place(), &mut vec![record]))
    }

    /// In blocks, as far as all is plainly good; what is not is ahead of the input afterwards.
    fn quickly(
        &mut self,
        each: &mut impl FnMut(Place, &mut Vec<Record>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, JournalError> {
        let mut cut = Cut::default();
        let Some(first) = cut.next(self)? else { return Ok(self.go_back(cut.rest)) };
        // A short journal is not worth a second thread.
        if first.len() < BLOCK_BYTES / 2 {
            return Ok(match self.take_in(&mut Checker::default().check(first), each) {
                Ok(ControlFlow::Break(())) => ControlFlow::Break(()),
                Ok(ControlFlow::Continue(())) => self.go_back(cut.rest),
                Err(bad) => self.go_back([bad, cut.rest].concat()),
            });
        }
        thread::scope(|scope| {
            let (hand, blocks) = sync_channel::<Vec<u8>>(WAITING_MAX);
            let (give, checked) = sync_channel::<Checked>(WAITING_MAX + 2);
            let (back, spent) = channel::<Vec<Record>>();
            let helper = thread::Builder::new().name("decode".to_owned());
            let helper = helper.spawn_scoped(scope, move || help(&blocks, &give, &spent));
            let (hand, order) = (helper.is_ok().then_some(hand), VecDeque::new());
            let mut turns = Turns { hand, checked, back, order, here: Checker::default() };
            turns.begin(first);
            loop {
                let next = cut.next(self)?;
                let last = next.is_none();
                if let Some(block) = next {
                    turns.begin(block);
                }
                while let Some((mut checked, helped)) = turns.finished(last) {
                    match self.take_in(&mut checked, each) {
                        Ok(ControlFlow::Continue(())) => {
                            turns.give_back(checked.records, helped);
                            cut.spare = checked.bytes;
                        }
                        Ok(ControlFlow::Break(())) => return Ok(ControlFlow::Break(())),
                        Err(bad) => return Ok(self.go_back([bad, turns.unread(), cut.rest].concat())),
                    }
                }
                if last {
                    return Ok(self.go_back(cut.rest));
                }
            }
        })
    }

    fn go_back(&mut self, bytes: Vec<u8>) -> ControlFlow<()> {
        self.give_back(bytes);
        ControlFlow::Continue(())
    }

    /// Hands on a block's records where they follow on what is behind; gives back what does not.
    fn take_in(
        &mut self,
        checked: &mut Checked,
        each: &mut impl FnMut(Place, &mut Vec<Record>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Vec<u8>> {
        let place = self.place();
        let Checked { bytes, records, follows, last, safe, good } = checked;
        if records.first().is_none_or(|first| first.seq != place.seq || *follows != place.prev) {
            return Err(std::mem::take(bytes));
        }
        self.come_to(records.len() as u64, *good as u64, *last, *safe);
        let flow = each(self.place(), records);
        if *good < bytes.len() && flow.is_continue() { Err(bytes.split_off(*good)) } else { Ok(flow) }
    }
}

/// The input cut into blocks of whole lines.
#[derive(Default)]
struct Cut {
    /// The beginning of a line whose end was not read yet.
    rest: Vec<u8>,
    /// Memory that was a block.
    spare: Vec<u8>,
}

impl Cut {
    /// `None` where no line ends any more, or none for long.
    fn next<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<Option<Vec<u8>>, JournalError> {
        let mut block = std::mem::take(&mut self.spare);
        block.clear();
        block.append(&mut self.rest);
        loop {
            let from = block.len();
            block.reserve(BLOCK_BYTES);
            let read = reader.input().take(BLOCK_BYTES as u64).read_to_end(&mut block);
            let read = read.map_err(|source| reader.unreadable(source))?;
            if let Some(end) = memchr::memrchr(b'\n', &block[from..]) {
                self.rest.extend_from_slice(&block[from + end + 1..]);
                block.truncate(from + end + 1);
                return Ok(Some(block));
            }
            if read == 0 || block.len() > LONG_BYTES {
                self.rest = block;
                return Ok(None);
            }
        }
    }
}

fn help(blocks: &Receiver<Vec<u8>>, give: &SyncSender<Checked>, spent: &Receiver<Vec<Record>>) {
    let mut checker = Checker::default();
    while let Ok(block) = blocks.recv() {
        while let Ok(spent) = spent.try_recv() {
            checker.take_back(spent);
        }
        if give.send(checker.check(block)).is_err() {
            return;
        }
    }
}

/// Whose block comes next.
enum Turn {
    Here(Checked),
    Helper,
}

struct Turns {
    hand: Option<SyncSender<Vec<u8>>>,
    checked: Receiver<Checked>,
    /// For the helper's records, once they are done with.
    back: Sender<Vec<Record>>,
    order: VecDeque<Turn>,
    here: Checker,
}

impl Turns {
    /// Gives a block to the helper, or checks it here when the helper has enough.
    fn begin(&mut self, block: Vec<u8>) {
        let block = match &self.hand {
            None => block,
            Some(hand) => match hand.try_send(block) {
                Ok(()) => return self.order.push_back(Turn::Helper),
                Err(TrySendError::Full(block) | TrySendError::Disconnected(block)) => block,
            },
        };
        self.order.push_back(Turn::Here(self.here.check(block)));
    }

    /// The next block in order, where it is checked, and whether it was the helper's; at the end it is waited for.
    fn finished(&mut self, wait: bool) -> Option<(Checked, bool)> {
        match self.order.pop_front()? {
            Turn::Here(checked) => Some((checked, false)),
            Turn::Helper => match self.checked.try_recv() {
                Ok(checked) => Some((checked, true)),
                Err(TryRecvError::Empty) if !wait => {
                    self.order.push_front(Turn::Helper);
                    None
                }
                // It is at it, or was cut off, which only a panic does.
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => Some((self.checked.recv().ok()?, true)),
            },
        }
    }

    fn give_back(&mut self, records: Vec<Record>, helped: bool) {
        if helped {
            // Nobody is there to take them only where the helper is gone.
            drop(self.back.send(records));
        } else {
            self.here.take_back(records);
        }
    }

    /// The bytes of all blocks that were begun.
    fn unread(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some((checked, _)) = self.finished(true) {
            bytes.extend_from_slice(&checked.bytes);
        }
        bytes
    }
}
