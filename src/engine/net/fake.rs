//! Answers from a script, for tests and simulation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

use crate::engine::clock::Clock;
use crate::engine::net::{Answer, Call, Intake, Net, NetError, Stage};
use crate::time::Span;

/// Every address answers as it was last told to; one that was told nothing refuses connections.
#[derive(Debug)]
pub struct FakeNet {
    clock: Arc<dyn Clock>,
    replies: Mutex<HashMap<String, Reply>>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Clone, Debug)]
struct Reply {
    takes: Span,
    result: Result<Answer, NetError>,
}

impl FakeNet {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, replies: Mutex::default(), calls: Mutex::default() }
    }

    /// From now on `url` answers so, at once.
    pub fn answers(&self, url: &str, status: u16, content_type: &str, body: &str) {
        let answer = Answer {
            status,
            content_type: Some(content_type.to_owned()),
            headers_count: 1,
            age: None,
            dated: None,
            is_bounded: true,
            body: body.as_bytes().to_vec(),
            took: Span::ZERO,
        };
        self.replies_in(url, Span::ZERO, Ok(answer));
    }

    /// From now on `url` gives this, `takes` after it is asked.
    pub fn replies_in(&self, url: &str, takes: Span, result: Result<Answer, NetError>) {
        lock(&self.replies).insert(url.to_owned(), Reply { takes, result });
    }

    /// Everything that was sent, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }
}

impl Net for FakeNet {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Answer, NetError>> {
        let refused = NetError::Refused { address: call.url.clone() };
        let reply = lock(&self.replies).get(&call.url).cloned();
        let reply = reply.unwrap_or(Reply { takes: Span::ZERO, result: Err(refused) });
        let deadline = call.deadline;
        lock(&self.calls).push(call);
        Box::pin(async move {
            self.clock.sleep_until(self.clock.now() + reply.takes.min(deadline)).await;
            if reply.takes > deadline {
                return Err(NetError::NoAnswer { after: deadline, stage: Stage::Waiting });
            }
            reply.result.map(|answer| Answer { took: reply.takes, ..answer })
        })
    }

    /// In pieces that end anywhere.
    fn stream<'a>(&'a self, call: Call, intake: &'a mut dyn Intake) -> BoxFuture<'a, Result<Answer, NetError>> {
        Box::pin(async move {
            let body_max = call.body_max;
            let mut answer = self.send(call).await?;
            let body = std::mem::take(&mut answer.body);
            let unwanted = |why| NetError::Unwanted { why };
            intake.head(&answer).map_err(unwanted)?;
            body[..body.len().min(body_max)].chunks(7).try_for_each(|bytes| intake.chunk(bytes)).map_err(unwanted)?;
            if body.len() > body_max { Err(NetError::TooLarge { max: body_max }) } else { Ok(answer) }
        })
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
