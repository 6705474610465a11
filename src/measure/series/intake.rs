//! One scrape on its way into the store.

use super::{Scrape, Store};
use crate::measure::exposition::{BadLine, Dialect, ExpositionError, Feed, Take, Wanted};
use crate::time::Moment;

/// Keeps what has come of a scrape so far. Either it is finished and was an exposition, or nothing of it remains and the
/// source's series end here.
#[derive(Debug)]
pub struct Intake<'s, 'w> {
    store: &'s mut Store,
    wanted: &'w Wanted,
    feed: Feed<'w>,
    at: Moment,
    scrape: Scrape,
}

impl<'s, 'w> Intake<'s, 'w> {
    /// `wanted` is the store's own, lent from outside of it.
    pub fn open(store: &'s mut Store, wanted: &'w Wanted, dialect: Dialect, at: Moment) -> Self {
        store.begin(at);
        Self { store, wanted, feed: Feed::new(dialect, wanted), at, scrape: Scrape::default() }
    }

    /// The next bytes of the body, wherever they are cut.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ExpositionError> {
        self.feed(|feed, take| feed.push(bytes, take))
    }

    /// Whether the body is known to be whole: then its last line may have no end, which else makes it doubtful.
    pub fn whole(mut self, whole: bool) -> Result<Self, ExpositionError> {
        let ended = if whole { self.feed(Feed::end_line) } else { Ok(()) };
        match ended {
            Ok(()) => Ok(self),
            Err(error) => {
                self.abandon();
                Err(error)
            }
        }
    }

    /// The body has ended.
    pub fn finish(mut self) -> Result<Scrape, ExpositionError> {
        match self.feed(Feed::finish) {
            Ok(()) => {
                self.store.tidy(self.at);
                self.scrape.skipped = self.feed.skipped();
                Ok(self.scrape)
            }
            Err(error) => {
                self.abandon();
                Err(error)
            }
        }
    }

    /// The body broke off, or is none: what came of it is forgotten.
    pub fn abandon(self) {
        self.store.shelf.give_back_round();
        self.store.scrape_failed(self.at);
    }

    fn feed<R>(&mut self, with: impl FnOnce(&mut Feed<'w>, &mut Take<'_>) -> R) -> R {
        let (store, scrape, wanted, at) = (&mut *self.store, &mut self.scrape, self.wanted, self.at);
        with(&mut self.feed, &mut |line, read| {
            let bad = match read {
                Ok(sample) => match store.take(&sample, at, scrape) {
                    Ok(()) => return,
                    Err(why) => BadLine { line, whose: sample.series.whose(), why },
                },
                Err(bad) => bad,
            };
            store.note_bad(&bad, wanted, scrape);
        })
    }
}
