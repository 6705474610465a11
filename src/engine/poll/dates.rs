//! Whether the `Date` of a source's answers goes on with our clock: one that falls behind is that of a copy.
//!
//! Clocks may differ, so how far a `Date` lies behind says little; that it lies ever further behind says how old the answer is. A
//! server whose own clock is set back looks the same at first, and is believed again once that is long enough ago.

use crate::time::{Moment, Span};

/// Looked back on for at least this long.
const LOOK_BACK: Span = Span(150_000);

/// A `Date` has whole seconds, and answers take their time.
const EXACT: Span = Span(5_000);

#[derive(Debug, Default)]
pub(super) struct Dates {
    /// How far behind it was at least, in this stretch of time and in the one before.
    least: Option<Span>,
    before: Option<Span>,
    since: Moment,
}

impl Dates {
    /// How much further an answer of this `Date` lies behind than others did, where that is more than its age may be.
    pub(super) fn behind(&mut self, dated: Moment, now: Moment, fresh_for: Span) -> Option<Span> {
        if now - self.since >= LOOK_BACK.max(fresh_for + fresh_for) {
            (self.before, self.least, self.since) = (self.least.or(self.before), None, now);
        }
        let lag = now - dated;
        let least = self.least.map_or(lag, |least| least.min(lag));
        self.least = Some(least);
        let behind = lag - self.before.map_or(least, |before| before.min(least));
        (behind > fresh_for.max(EXACT)).then_some(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Span = Span(18_000);

    /// What is found at a poll each five seconds, by how far `Date` is behind at each second.
    fn polled(seconds: i64, behind: impl Fn(i64) -> i64) -> Vec<(i64, Span)> {
        let mut dates = Dates::default();
        let polls = (0..seconds / 5).map(|poll| poll * 5);
        let found = polls.filter_map(|at| {
            let now = Moment(1_000_000_000 + at * 1_000);
            dates.behind(now - Span::seconds(behind(at)), now, FRESH).map(|behind| (at, behind))
        });
        found.collect()
    }

    #[test]
    fn a_clock_that_only_differs_is_no_copy() {
        assert_eq!(polled(3_600, |_| 240), []);
        assert_eq!(polled(3_600, |_| -3_600), []);
        assert_eq!(polled(3_600, |at| at / 600), [], "one that is slow by seconds in an hour");
    }

    #[test]
    fn a_date_that_stands_still_is_found_out_as_soon_as_the_answer_is_not_fresh_any_more_and_as_long_as_it_stands() {
        let found = polled(3_600, |at| at);
        assert_eq!(found.first(), Some(&(20, Span::seconds(20))));
        assert_eq!(found.len(), 3_600 / 5 - 4);
    }

    #[test]
    fn of_two_servers_behind_one_address_the_one_that_stands_still_is_found_out() {
        let found = polled(600, |at| if at % 10 == 0 { at } else { 0 });
        assert!(found.iter().all(|(at, _)| at % 10 == 0) && found.len() == 60 - 2, "{found:?}");
    }

    #[test]
    fn a_cache_that_is_filled_each_minute_is_believed_while_it_is_fresh() {
        let found = polled(600, |at| at % 60);
        assert!(found.iter().all(|(at, behind)| at % 60 > 18 && behind.0 == at % 60 * 1_000) && found.len() == 80, "{found:?}");
    }

    #[test]
    fn a_clock_that_was_set_back_is_believed_again_after_some_minutes() {
        let found = polled(1_200, |at| if at < 600 { 0 } else { 90 });
        assert_eq!(found.first(), Some(&(600, Span::seconds(90))));
        assert!(found.last().is_some_and(|(at, _)| *at < 600 + 300), "{found:?}");
    }
}
