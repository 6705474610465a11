//! What a step prints, on its way to the journal and to the spool.
//!
//! A question ends without a line end, and so does what a program said before it hung. When nothing more came for a while, the
//! line so far is reported as a line of its own, and what it goes on with as the next one: nothing is lost, said twice or
//! taken back, and the journal needs no other kind of line. What may be the beginning of a secret waits for its end.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::engine::spool::Spool;
use crate::engine::steps::mask::{Mask, MaskStream};
use crate::engine::steps::{Ending, Report};
use crate::id::{StepId, VarName};
use crate::room::event::{Event, Failure, Output};
use crate::text::{Lines, PIECE_MAX};
use crate::time::{Moment, Span};

/// At most so often a batch of lines is reported, and at most so much of it; the spool has the rest.
const BATCH_EVERY: Span = Span(50);
const BATCH_LINES: usize = 200;
const BATCH_BYTES: usize = 64 * 1024;

/// After so much silence an unfinished line is reported; a line that grows bit by bit, as a progress bar does, not as often.
const SILENCE: Span = Span(300);
const PIECE_EVERY: Span = Span(5_000);

/// Collects what one attempt of a step prints and reports it in batches. It never keeps more than a batch, however
/// slowly it is read.
pub(super) struct Reporter {
    step: StepId,
    attempt: u32,
    reports: mpsc::Sender<Report>,
    mask: Mask,
    masked: MaskStream,
    lines: Lines,
    /// `None` where whoever holds the step keeps its output.
    spool: Option<Spool>,
    /// Bytes of the kept output that came so far, and up to where they were given out as lines.
    came: u64,
    lines_to: Option<u64>,
    batch: VecDeque<String>,
    batch_bytes: usize,
    omitted: u64,
    /// When the next batch may be reported.
    next: Moment,
    /// When the unfinished line is reported, unless more of it comes before.
    piece: Option<Moment>,
    /// Until when nothing more of that line is reported.
    piece_next: Moment,
    /// All of it came before anybody was there to hear it.
    late: bool,
    /// Up to that byte it came before anybody was there, the last of it then.
    before: Option<(u64, Moment)>,
    /// What came before anybody was there, and waits to be reported before the batch.
    earlier: Option<Output>,
    /// When it ended, where nobody was there.
    ended: Option<Moment>,
}

impl Reporter {
    pub(super) fn new(step: StepId, attempt: u32, mask: Mask, spool: Option<Spool>, reports: mpsc::Sender<Report>) -> Self {
        Self {
            step,
            attempt,
            reports,
            masked: MaskStream::new(mask.clone()),
            mask,
            lines: Lines::default(),
            spool,
            came: 0,
            lines_to: None,
            batch: VecDeque::new(),
            batch_bytes: 0,
            omitted: 0,
            next: Moment(i64::MIN),
            piece: None,
            piece_next: Moment(i64::MIN),
            late: false,
            before: None,
            earlier: None,
            ended: None,
        }
    }

    /// What comes next is the kept output from this byte on.
    pub(super) fn from(mut self, byte: u64) -> Self {
        self.came = byte;
        self
    }

    /// It had ended before it was found: what it printed is told late.
    pub(super) fn is_late(&mut self) {
        self.late = true;
    }

    /// What comes up to that byte was printed while nobody was there, the last of it at that moment.
    pub(super) fn printed_before(&mut self, printed: Option<(u64, Moment)>) {
        self.before = printed.filter(|(byte, _)| *byte > self.came);
    }

    /// It ended then, and it is told only now.
    pub(super) fn ended_at(&mut self, ended: Moment) {
        self.ended = Some(ended);
    }

    /// Bytes that the step printed, masked and kept already by who holds it.
    pub(super) fn print_kept(&mut self, clear: &[u8], now: Moment) {
        let before = self.before.map_or(0, |(byte, _)| byte.saturating_sub(self.came)).min(clear.len() as u64);
        let (earlier, clear) = clear.split_at(before as usize);
        if !earlier.is_empty() {
            self.print_one(earlier, now);
            self.now_there();
        }
        self.print_one(clear, now);
    }

    /// Once all of what was printed before has come, it is told by itself.
    fn now_there(&mut self) {
        if self.before.is_some_and(|(byte, _)| self.came >= byte) {
            if !self.batch.is_empty() {
                self.earlier = Some(self.output());
            }
            self.before = None;
        }
    }

    fn print_one(&mut self, clear: &[u8], now: Moment) {
        self.came += clear.len() as u64;
        let lines = self.lines.push(clear);
        if !lines.is_empty() {
            self.piece_next = now;
            let behind_last = memchr::memrchr(b'\n', clear).map(|end| clear.len() - end - 1);
            let left = behind_last.filter(|left| *left < PIECE_MAX).unwrap_or_else(|| self.lines.waiting());
            self.lines_to = Some(self.came - left as u64);
        }
        for line in lines {
            self.keep(line);
        }
        self.piece = self.lines.is_unfinished().then(|| (now + SILENCE).max(self.piece_next));
    }

    /// Output that nobody has: only that there was some is reported.
    pub(super) fn miss(&mut self, bytes: u64, lines: u64) {
        if let Some(line) = self.lines.finish() {
            self.keep(line);
        }
        self.came += bytes;
        self.lines_to = Some(self.came);
        self.omitted += lines;
        self.keep(format!("warroom: {bytes} bytes were printed here while no room was there, more than is kept"));
        self.now_there();
    }

    /// Bytes that the step printed.
    pub(super) async fn print(&mut self, bytes: &[u8], now: Moment) {
        let clear = self.masked.push(bytes);
        if self.take(&clear).await {
            self.piece_next = now;
        }
        self.piece = self.lines.is_unfinished().then(|| (now + SILENCE).max(self.piece_next));
    }

    /// A line of our own among them.
    pub(super) async fn say(&mut self, line: &str) {
        let line = self.mask.text(line);
        if let Some(spool) = &mut self.spool {
            spool.write(format!("{line}\n").as_bytes()).await;
        }
        self.keep(crate::text::clean_line(&line).into_owned());
    }

    /// When something waits to be reported: from when on it may be.
    pub(super) fn due(&self) -> Option<Moment> {
        let batch = (!self.batch.is_empty() || self.earlier.is_some()).then_some(self.next);
        batch.into_iter().chain(self.piece).min()
    }

    /// Reports the batch, if it is time and somebody has room for it; else it waits on, and its oldest lines make
    /// room for newer ones.
    pub(super) fn flush(&mut self, clock: &dyn Clock) {
        let now = clock.now();
        if self.piece.is_some_and(|due| now >= due) {
            self.keep_piece(now);
        }
        if (self.batch.is_empty() && self.earlier.is_none()) || now < self.next {
            return;
        }
        self.next = now + BATCH_EVERY;
        if self.earlier.is_some() {
            let Ok(place) = self.reports.clone().try_reserve_owned() else { return };
            if let Some(output) = self.earlier.take() {
                place.send(self.printed(output));
            }
        }
        if self.batch.is_empty() {
            return;
        }
        if let Ok(place) = self.reports.clone().try_reserve_owned() {
            place.send(self.batch());
        }
    }

    /// Reports what later steps need of the output.
    pub(super) async fn captured(&mut self, values: BTreeMap<VarName, String>) {
        let (step, attempt) = (self.step.clone(), self.attempt);
        let report = self.report(Event::ValuesCaptured { step, attempt, values });
        self.send(report).await;
    }

    /// Reports the rest, and how the step ended.
    pub(super) async fn end(mut self, ending: Ending) {
        self.close().await;
        if let Some(output) = self.earlier.take() {
            let report = self.printed(output);
            self.send(report).await;
        }
        if !self.batch.is_empty() {
            let batch = self.batch();
            self.send(batch).await;
        }
        let (step, attempt) = (self.step.clone(), self.attempt);
        let event = match ending {
            Ending::Done(how) => Event::StepDone { step, attempt, how, ended: self.ended },
            Ending::Failed(why) => Event::StepFailed { step, attempt, why: self.masked_failure(why), ended: self.ended },
            Ending::Lost(why) => Event::StepLost { step, attempt, why },
        };
        let report = self.report(event);
        self.send(report).await;
        if let Some(spool) = self.spool
            && let Err(error) = spool.finish().await
        {
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
        if self.spool.is_none() {
            self.lines_to = Some(self.came);
        }
    }

    /// Whether that ended a line.
    async fn take(&mut self, clear: &[u8]) -> bool {
        if let Some(spool) = &mut self.spool {
            spool.write(clear).await;
        }
        let lines = self.lines.push(clear);
        let ended = !lines.is_empty();
        for line in lines {
            self.keep(line);
        }
        ended
    }

    /// The line so far. The parts of a secret that colours keep apart are let through by the stream's mask, and are found
    /// only where they are in one line: such a line is not cut.
    fn keep_piece(&mut self, now: Moment) {
        self.piece = None;
        if self.lines.partial().is_none_or(|line| self.mask.may_go_on(&line)) {
            return;
        }
        if let Some(line) = self.lines.take_partial() {
            self.keep(line);
            if self.spool.is_none() {
                self.lines_to = Some(self.came - self.lines.waiting() as u64);
            }
            self.piece_next = now + PIECE_EVERY;
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
        let output = self.output();
        self.printed(output)
    }

    fn printed(&self, output: Output) -> Report {
        self.report(Event::StepOutput { step: self.step.clone(), attempt: self.attempt, output })
    }

    fn output(&mut self) -> Output {
        self.batch_bytes = 0;
        // Masked once more: taking colours out may have joined the parts of a secret.
        let lines = self.batch.drain(..).map(|line| self.mask.line(line)).collect();
        let (late, printed_by) = (self.late || self.before.is_some(), self.before.map(|(_, at)| at));
        Output { lines, omitted: std::mem::take(&mut self.omitted), to: self.lines_to, late, printed_by }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::clock::VirtualClock;

    struct Bench {
        clock: Arc<VirtualClock>,
        reporter: Reporter,
        inbox: mpsc::Receiver<Report>,
    }

    fn bench() -> Bench {
        let clock = Arc::new(VirtualClock::at(Moment(0)));
        let seam: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&clock);
        let (reports, inbox) = mpsc::channel(8);
        let mask = Mask::new(["hunter2"]);
        Bench { clock, reporter: Reporter::new(StepId::new("one"), 1, mask, Some(Spool::nowhere(seam)), reports), inbox }
    }

    impl Bench {
        async fn prints(&mut self, text: &str) {
            self.reporter.print(text.as_bytes(), self.clock.now()).await;
            self.reporter.flush(self.clock.as_ref());
        }

        /// What is reported while so much time passes in silence.
        fn hears_in(&mut self, span: Span) -> Vec<String> {
            let end = self.clock.now() + span;
            while let Some(due) = self.reporter.due().filter(|due| *due <= end) {
                self.clock.advance(due - self.clock.now());
                self.reporter.flush(self.clock.as_ref());
            }
            self.clock.advance(end - self.clock.now());
            self.heard()
        }

        fn heard(&mut self) -> Vec<String> {
            let mut lines = Vec::new();
            while let Ok(report) = self.inbox.try_recv() {
                let Event::StepOutput { output, .. } = report.event else { panic!("no output: {report:?}") };
                lines.extend(output.lines);
            }
            lines
        }
    }

    #[tokio::test]
    async fn a_question_is_reported_in_the_silence_after_it_and_its_answer_as_the_next_line() {
        let mut bench = bench();
        bench.prints("Continue? [y/N] ").await;
        assert!(bench.hears_in(Span(299)).is_empty());
        assert_eq!(bench.hears_in(Span(1)), ["Continue? [y/N] "]);
        bench.prints("yes\nnext\n").await;
        assert_eq!(bench.hears_in(Span::SECOND), ["yes", "next"]);
        bench.prints("Sure? ").await;
        assert_eq!(bench.hears_in(Span(300)), ["Sure? "], "another line is another question");
        bench.prints("\n").await;
        assert!(bench.hears_in(Span::MINUTE).is_empty(), "its end alone says nothing new");
    }

    #[tokio::test]
    async fn what_was_printed_before_anybody_was_there_is_told_by_itself_with_its_own_time() {
        let clock = Arc::new(VirtualClock::at(Moment(60_000)));
        let (reports, mut inbox) = mpsc::channel(8);
        let mut reporter = Reporter::new(StepId::new("one"), 1, Mask::new([]), None, reports).from(4);
        reporter.printed_before(Some((14, Moment(20_000))));
        // The room knew the first four bytes; of these chunks ten more had been printed when it came back.
        reporter.print_kept(b"gone\nof", clock.now());
        reporter.print_kept(b"f\nhere\n", clock.now());
        reporter.flush(&*clock);
        clock.advance(BATCH_EVERY);
        reporter.flush(&*clock);
        let mut told = Vec::new();
        while let Ok(report) = inbox.try_recv() {
            let Event::StepOutput { output, .. } = report.event else { panic!("no output: {report:?}") };
            told.push((output.lines, output.to, output.late, output.printed_by));
        }
        let line = |text: &str| vec![text.to_owned()];
        let earlier = (vec!["gone".to_owned(), "off".to_owned()], Some(13), true, Some(Moment(20_000)));
        assert_eq!(told, [earlier, (line("here"), Some(18), false, None)]);
    }

    #[tokio::test]
    async fn a_line_that_grows_bit_by_bit_does_not_fill_the_journal() {
        let mut bench = bench();
        let mut lines = Vec::new();
        for second in 1..=20 {
            bench.prints(&format!("\r{second} of 20")).await;
            lines.extend(bench.hears_in(Span::SECOND));
        }
        assert_eq!(lines, ["1 of 20", "6 of 20", "11 of 20", "16 of 20"]);
        bench.reporter.close().await;
        assert_eq!(bench.hears_in(Span::SECOND), ["20 of 20"]);
    }

    #[tokio::test]
    async fn what_may_be_the_beginning_of_a_secret_waits_for_its_end() {
        let mut bench = bench();
        bench.prints("token: hun").await;
        assert_eq!(bench.hears_in(Span::MINUTE), ["token: "]);
        bench.prints("ter2\n").await;
        assert_eq!(bench.hears_in(Span::SECOND), ["[secret]"]);
        bench.prints("hun\u{1b}[1m").await;
        assert!(bench.hears_in(Span::MINUTE).is_empty(), "colours keep a secret's parts apart only for the stream");
        bench.prints("ter2\n").await;
        assert_eq!(bench.hears_in(Span::SECOND), ["[secret]"]);
    }
}
