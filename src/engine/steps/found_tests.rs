//! Stories of steps that had ended before a room came back to them.

use std::collections::VecDeque;
use std::io;

use futures_util::future::{self, BoxFuture};

use super::tests::job;
use super::*;
use crate::engine::clock::VirtualClock;
use crate::engine::hold::{Ended, Held, Keeping, Layout, News, Unheld};
use crate::engine::net::FakeNet;
use crate::engine::spawn::{Child, Exit, Launch, Spawner, Survivor};
use crate::room::event::Output;
use crate::time::Span;

const STARTED: Moment = Moment(1_000_000);

/// A host on which the step printed a line, ended well so long after its start, and left only its record.
#[derive(Debug)]
struct Left(Span);

impl Spawner for Left {
    fn spawn(&self, _: Launch) -> io::Result<Box<dyn Child>> {
        unreachable!("what was begun is not begun again")
    }

    fn hold(&self, _: Launch, _: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        unreachable!("what was begun is not begun again")
    }

    fn adopt(&self, _: Keeping, _: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        let ended = Ended {
            printed: None,
            exit: Exit::Code(0),
            at: Some(STARTED + self.0),
            whole: true,
            unmet: None,
            captured: BTreeMap::new(),
            holders: Vec::new(),
            bytes: 5,
            sha256: String::new(),
            layout: Layout::default(),
            unkept: None,
        };
        let told = [News::Output(b"done\n".to_vec()), News::Over(Box::new(ended))];
        Box::pin(future::ready(Ok(Box::new(Record(told.into())) as Box<dyn Held>)))
    }
}

#[derive(Debug)]
struct Record(VecDeque<News>);

impl Held for Record {
    fn pid(&self) -> u32 {
        1
    }

    fn has_ended(&self) -> bool {
        true
    }

    fn heard(&mut self) -> BoxFuture<'_, News> {
        let next = self.0.pop_front();
        Box::pin(async move {
            match next {
                Some(news) => news,
                None => future::pending().await,
            }
        })
    }

    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>> {
        unreachable!("nothing is stopped that has ended")
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        unreachable!("nothing is stopped that has ended")
    }

    fn running(&self) -> Vec<Survivor> {
        Vec::new()
    }
}

/// What a room reports that is back ten minutes after the start of a step which may take one and really took `took`.
async fn told_of(took: Span, cancelled: bool) -> (Vec<Output>, Event) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(STARTED + Span::minutes(10)));
    let net = Arc::new(FakeNet::new(Arc::<VirtualClock>::clone(&clock)));
    let mut job = job("echo done", folder.path());
    job.step.timeout = Some(Span::MINUTE);
    job.before = Some(Before { started: STARTED, cancelled, heard: 0 });
    let (reports, mut inbox) = mpsc::channel(8);
    let (_cancel, asks) = cancel();
    run(job, Outside { clock, spawner: Arc::new(Left(took)), net }, reports, asks).await;
    let mut printed = Vec::new();
    while let Some(report) = inbox.recv().await {
        match report.event {
            Event::StepOutput { output, .. } => printed.push(output),
            end => return (printed, end),
        }
    }
    panic!("its end is not told");
}

#[tokio::test]
async fn a_step_that_ended_while_no_room_was_there_is_told_with_its_real_end() {
    let (printed, end) = told_of(Span::seconds(40), false).await;
    let (step, how, ended) = (StepId::new("canary.1"), Done::Exit { code: 0 }, Some(STARTED + Span::seconds(40)));
    assert_eq!(end, Event::StepDone { step, attempt: 1, how, ended }, "its time ran out later than it ended");
    assert!(printed.iter().all(|output| output.late) && printed[0].lines == ["done"], "{printed:?}");
}

#[tokio::test]
async fn one_that_took_longer_than_it_may_is_timed_out_by_its_real_end() {
    let (printed, end) = told_of(Span::seconds(90), false).await;
    let (step, why, ended) =
        (StepId::new("canary.1"), Failure::TimedOut { after: Span::MINUTE }, Some(STARTED + Span::seconds(90)));
    assert_eq!(end, Event::StepFailed { step, attempt: 1, why, ended });
    let lines: Vec<_> = printed.iter().flat_map(|output| &output.lines).collect();
    assert!(lines[1].contains("went on to its end after 1:30 (exit 0): no room was there to stop it"), "{lines:?}");
}

#[tokio::test]
async fn one_that_had_been_told_to_stop_is_cancelled() {
    let (_, end) = told_of(Span::seconds(40), true).await;
    assert!(matches!(end, Event::StepFailed { why: Failure::Cancelled, ended: Some(_), .. }), "{end:?}");
}
