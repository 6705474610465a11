//! What one client has still to be told. Who reads slowly delays nobody else, and costs no more than this holds.
//!
//! The engine puts in and never waits. A client whose queue is full loses the records that wait in it; once it has read
//! the rest it finds out that it is behind, and asks for a picture of the room instead.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::link::{Picture, Update};

/// Bytes of records that may wait, roughly.
const WEIGHT_MAX: usize = 512 * 1024;

/// Answers that may wait. Nobody asks so much without reading.
const ANSWERS_MAX: usize = 1_000;

/// The engine's end.
#[derive(Debug)]
pub struct Outbox(Arc<Shared>);

/// The client's end.
#[derive(Debug)]
pub struct Inbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Update>,
    weight: usize,
    answers: usize,
    /// Records were left out; nothing but answers comes until there is a picture.
    behind: bool,
    /// The client was told that it is behind.
    noticed: bool,
    closed: bool,
}

/// What a client finds.
#[derive(Debug)]
pub enum Found {
    Update(Box<Update>),
    /// It was spared what it did not read: it may ask for a picture.
    Behind,
    /// The engine has let go of it.
    Closed,
}

pub fn pair() -> (Outbox, Inbox) {
    let shared = Arc::new(Shared::default());
    (Outbox(shared.clone()), Inbox(shared))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, update: Update) {
        if let Update::Records(batch) = &update {
            if self.behind {
                return;
            }
            self.weight += batch.weight();
            if self.weight > WEIGHT_MAX {
                return self.collapse();
            }
        } else {
            self.answers += 1;
        }
        self.waiting.push_back(update);
    }

    /// What waits and will be part of the next picture is left out.
    fn collapse(&mut self) {
        self.waiting.retain(|update| !matches!(update, Update::Records(_) | Update::Picture(_)));
        self.answers = self.waiting.len();
        (self.weight, self.behind, self.noticed) = (0, true, false);
    }

    fn pop(&mut self) -> Option<Found> {
        if let Some(update) = self.waiting.pop_front() {
            if let Update::Records(batch) = &update {
                self.weight = self.weight.saturating_sub(batch.weight());
            } else {
                self.answers = self.answers.saturating_sub(1);
            }
            return Some(Found::Update(Box::new(update)));
        }
        if self.closed {
            return Some(Found::Closed);
        }
        if self.behind && !self.noticed {
            self.noticed = true;
            return Some(Found::Behind);
        }
        None
    }
}

impl Outbox {
    /// Whether the client is still there, and reads its answers.
    pub fn tell(&self, update: Update) -> bool {
        let mut queue = self.0.lock();
        if queue.closed || Arc::strong_count(&self.0) == 1 {
            return false;
        }
        queue.push(update);
        let reads = queue.answers <= ANSWERS_MAX;
        drop(queue);
        self.0.news.notify_one();
        reads
    }

    /// In place of whatever still waits.
    pub fn show(&self, picture: Picture) -> bool {
        let mut queue = self.0.lock();
        queue.collapse();
        queue.behind = false;
        drop(queue);
        self.tell(Update::Picture(picture))
    }
}

impl Outbox {
    /// Nothing more is told.
    pub fn let_go(&self) {
        let mut queue = self.0.lock();
        *queue = Queue { closed: true, ..Queue::default() };
        drop(queue);
        self.0.news.notify_one();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.news.notify_one();
    }
}

impl Inbox {
    /// The next thing to read. Being dropped while it waits loses nothing.
    pub async fn next(&mut self) -> Found {
        loop {
            if let Some(found) = self.0.lock().pop() {
                return found;
            }
            self.0.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::link::Batch;
    use crate::room::{Event, Record};
    use crate::time::Moment;

    fn records(from: u64, count: u64) -> Update {
        let event = |seq| Event::Noted { text: format!("note {seq}"), by: "ana".into() };
        let record = |seq| Arc::new(Record { event: event(seq), seq, at: Moment(0), ask: None });
        Update::Records(Batch::of((from..from + count).map(record).collect()))
    }

    fn gone() -> Update {
        Update::Gone { why: "over".to_owned() }
    }

    #[test]
    fn who_does_not_read_is_spared_records_and_keeps_its_answers() {
        let (outbox, mut inbox) = pair();
        outbox.tell(Update::NotRecorded { what: "one".to_owned() });
        for from in (0..10_000).step_by(100) {
            outbox.tell(records(from, 100));
        }
        outbox.tell(gone());
        let mut next = || inbox.next().now_or_never();
        assert!(matches!(next(), Some(Found::Update(update)) if matches!(*update, Update::NotRecorded { .. })));
        assert!(matches!(next(), Some(Found::Update(update)) if matches!(*update, Update::Gone { .. })));
        assert!(matches!(next(), Some(Found::Behind)));
        assert!(next().is_none(), "it is told once");
        outbox.tell(records(10_000, 1));
        assert!(next().is_none(), "records without a picture would leave a gap");
    }

    #[test]
    fn a_client_that_goes_is_noticed_and_one_that_is_let_go_finds_out() {
        let (outbox, inbox) = pair();
        assert!(outbox.tell(gone()));
        drop(inbox);
        assert!(!outbox.tell(gone()));
        let (outbox, mut inbox) = pair();
        drop(outbox);
        assert!(matches!(inbox.next().now_or_never(), Some(Found::Closed)));
    }

    #[test]
    fn who_asks_on_and_never_reads_an_answer_is_noticed() {
        let (outbox, _inbox) = pair();
        let told = (0..5_000).take_while(|_| outbox.tell(gone())).count();
        assert_eq!(told, ANSWERS_MAX);
    }
}
