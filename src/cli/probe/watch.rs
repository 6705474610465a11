//! `--watch`: the target is read again and again, and the query answered over everything read so far.

use crate::cli::out;
use crate::cli::probe::target::Source;
use crate::cli::probe::{Taken, answer};
use crate::engine::clock::{Clock, SystemClock};
use crate::measure::promql::Question;
use crate::measure::series::Store;
use crate::text;
use crate::time::{Moment, Span, Zone};

/// More often than that tells nothing new and only makes the endpoint busy.
const EVERY_MIN: Span = Span(100);
/// What was read longer ago is forgotten.
const KEEP: Span = Span::HOUR;

/// Goes on until the process is ended, or until nobody reads what it prints.
pub(super) fn watch(source: &mut Source, question: &Question, every: Span, clock: SystemClock) -> anyhow::Result<()> {
    source.check_readable_again()?;
    let mut store = Store::everything(KEEP);
    loop {
        let began = clock.now();
        let read = source.read();
        let now = clock.now();
        let taken = read.and_then(|target| Taken::from(&target, &mut store, |_| now).map_err(anyhow::Error::msg));
        let said = match taken {
            Ok(taken) => told(&taken, question, &store, now),
            Err(error) => {
                store.scrape_failed(now);
                format!("no answer: {error:#}")
            }
        };
        let heard = out::line_heard(&format!("{} {}\n{said}", now.clock(Zone::UTC), Zone::UTC))?;
        if !heard {
            return Ok(());
        }
        source.runtime.block_on(clock.sleep_until(began + every.max(EVERY_MIN)));
    }
}

/// What is wrong with the text, and the answer.
fn told(taken: &Taken, question: &Question, store: &Store, now: Moment) -> String {
    let mut lines = taken.complaints();
    lines.push(match question.answer(store, now).map(|found| answer::text(&found, now)) {
        Ok(text) if text.is_empty() => "nothing is found".to_owned(),
        Ok(text) => text,
        Err(why) => format!("no answer: {}", text::clean_line(&why)),
    });
    lines.join("\n")
}
