//! What a step prints, on its way to the journal and to the spool.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::engine::spool::Spool;
use crate::engine::steps::Report;
use crate::engine::steps::mask::{Mask, MaskStream};
use crate::id::StepId;
use crate::room::event::{Done, Event, Failure, Output};
use crate::text::Lines;
use crate::time::{Moment, Span};

/// At most so often a batch of lines is reported, and at most so much of it; the spool has the rest.
const BATCH_EVERY: Span = Span(50);
const BATCH_LINES: usize = 200;
const BATCH_BYTES: usize = 64 * 1024;

/// Collects what one attempt of a step prints and reports it in batches. It never keeps more than a batch, however
/// slowly it is read.
pub(super) struct Reporter {
    step: StepId,
    attempt: u32,
    reports: mpsc::Sender<Report>,
    mask: Mask,
    masked: MaskStream,
    lines: Lines,
    spool: Spool,
    batch: VecDeque<String>,
    batch_bytes: usize,
    omitted: u64,
    /// When the next batch may be reported.
    next: Moment,
}

impl Reporter {
    pub(super) fn new(step: StepId, attempt: u32, mask: Mask, spool: Spool, reports: mpsc::Sender<Report>) -> Self {
        Self {
            step,
            attempt,
            reports,
            masked: MaskStream::new(mask.clone()),
            mask,
            lines: Lines::default(),
            spool,
            batch: VecDeque::new(),
            batch_bytes: 0,
            omitted: 0,
            next: Moment(i64::MIN),
        }
    }

    /// Bytes that the step printed.
    pub(super) async fn print(&mut self, bytes: &[u8]) {
        let clear = self.masked.push(bytes);
        self.take(&clear).await;
    }

    /// A line of our own among them.
    pub(super) async fn say(&mut self, line: &str) {
        let line = self.mask.text(line);
        self.spool.write(format!("{line}\n").as_bytes()).await;
        self.keep(crate::text::clean_line(&line).into_owned());
    }

    /// When something waits to be reported: from when on it may be.
    pub(super) fn due(&self) -> Option<Moment> {
        (!self.batch.is_empty()).then_some(self.next)
    }

    /// Reports the batch, if it is time and somebody has room for it; else it waits on, and its oldest lines make
    /// room for newer ones.
    pub(super) fn flush(&mut self, clock: &dyn Clock) {
        let now = clock.now();
        if self.batch.is_empty() || now < self.next {
            return;
        }
        self.next = now + BATCH_EVERY;
        if let Ok(place) = self.reports.clone().try_reserve_owned() {
            place.send(self.batch());
        }
    }

    /// Reports the rest, and how the step ended.
    pub(super) async fn end(mut self, ending: Result<Done, Failure>) {
        self.close().await;
        if !self.batch.is_empty() {
            let batch = self.batch();
            self.send(batch).await;
        }
        let (step, attempt) = (self.step.clone(), self.attempt);
        let event = match ending {
            Ok(how) => Event::StepDone { step, attempt, how },
            Err(why) => Event::StepFailed { step, attempt, why: self.masked_failure(why) },
        };
        let report = self.report(event);
        self.send(report).await;
        if let Err(error) = self.spool.finish().await {
            tracing::warn!("the output of {} is not on disk: {error}", self.step);
        }
    }

    /// Takes in what mask and lines still hold back.
    pub(super) async fn close(&mut self) {
        let clear = self.masked.finish();
        self.take(&clear).await;
        if let Some(line) = self.lines.finish() {
            self.keep(line);
        }
    }

    async fn take(&mut self, clear: &[u8]) {
        self.spool.write(clear).await;
        for line in self.lines.push(clear) {
            self.keep(line);
        }
    }

    fn keep(&mut self, line: String) {
        self.batch_bytes += line.len();
        self.batch.push_back(line);
        while self.batch.len() > BATCH_LINES || (self.batch_bytes > BATCH_BYTES && self.batch.len() > 1) {
            self.batch_bytes -= self.batch.pop_front().map_or(0, |line| line.len());
            self.omitted += 1;
        }
    }

    fn batch(&mut self) -> Report {
        self.batch_bytes = 0;
        // Masked once more: taking colours out may have joined the parts of a secret.
        let lines = self.batch.drain(..).map(|line| self.mask.line(line)).collect();
        let output = Output { lines, omitted: std::mem::take(&mut self.omitted) };
        self.report(Event::StepOutput { step: self.step.clone(), attempt: self.attempt, output })
    }

    fn report(&self, event: Event) -> Report {
        Report { step: self.step.clone(), attempt: self.attempt, event }
    }

    async fn send(&self, report: Report) {
        // Nobody listens any more when the room is gone, and then nothing is left to be told.
        let _ = self.reports.send(report).await;
    }

    /// Words about a failure quote what was printed, and so pass the mask as well.
    fn masked_failure(&self, why: Failure) -> Failure {
        let words = |what: &str| crate::text::clean_line(&self.mask.text(what)).into_owned();
        match why {
            Failure::Unmet { what } => Failure::Unmet { what: words(&what) },
            Failure::Broken { what } => Failure::Broken { what: words(&what) },
            Failure::Exit { .. }
            | Failure::Signal { .. }
            | Failure::Status { .. }
            | Failure::TimedOut { .. }
            | Failure::Cancelled
            | Failure::Criterion(_)
            | Failure::Manual { .. } => why,
        }
    }
}
