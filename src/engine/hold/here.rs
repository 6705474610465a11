//! A child that this process holds itself: scripted ones, and those of programs that have no shim.

use std::io;
use std::sync::Arc;

use futures_util::future::{self, BoxFuture};

use crate::engine::clock::Clock;
use crate::engine::hold::keep::Keeper;
use crate::engine::hold::{Held, Keeping, News};
use crate::engine::spawn::{Child, Exit, Heard, Survivor};
use crate::time::{Moment, Span};

/// How long output is still read after the exit when something else holds it open.
pub(super) const DRAIN: Span = Span(500);

/// It lives no longer than this process, but is kept, watched and counted in the same way.
pub struct HeldHere {
    child: Option<Box<dyn Child>>,
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    exit: Option<Exited>,
    closed: bool,
    rest: bool,
    over: bool,
}

/// The exit, when it came, and what the wall clock showed.
#[derive(Clone, Copy)]
struct Exited {
    exit: Exit,
    now: Moment,
    wall: Moment,
}

impl std::fmt::Debug for HeldHere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeldHere").field("child", &self.child).finish_non_exhaustive()
    }
}

impl HeldHere {
    pub fn new(child: Box<dyn Child>, keeping: &Keeping, clock: Arc<dyn Clock>) -> Self {
        Self { child: Some(child), keeper: Keeper::new(keeping), clock, exit: None, closed: false, rest: false, over: false }
    }

    /// The end of it: `closed` says whether all was read.
    fn end(&mut self, exited: Exited, closed: bool) -> News {
        if !self.rest {
            self.rest = true;
            let rest = self.keeper.rest();
            if !rest.is_empty() {
                return News::Output(rest);
            }
        }
        self.over = true;
        let holders = if closed { Vec::new() } else { self.child.as_ref().map_or(Vec::new(), |child| child.descendants()) };
        News::Over(Box::new(self.keeper.end((exited.exit, Some(exited.wall)), closed, holders)))
    }
}

impl Held for HeldHere {
    fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, |child| child.pid())
    }

    fn heard(&mut self) -> BoxFuture<'_, News> {
        Box::pin(async move {
            loop {
                if self.over {
                    return future::pending().await;
                }
                if let (Some(exited), true) = (self.exit, self.rest) {
                    return self.end(exited, self.closed);
                }
                let Some(child) = &mut self.child else { return future::pending().await };
                let deadline = self.exit.map(|exited| exited.now + DRAIN);
                tokio::select! {
                    biased;
                    heard = tokio::task::unconstrained(child.heard()) => match heard {
                        Heard::Output(bytes) => {
                            let clear = self.keeper.push(&bytes);
                            if !clear.is_empty() {
                                return News::Output(clear);
                            }
                        }
                        Heard::Closed => self.closed = true,
                        Heard::Exited(exit) => {
                            self.exit = Some(Exited { exit, now: self.clock.now(), wall: self.clock.wall() });
                        }
                    },
                    () = until(self.clock.as_ref(), deadline) => {
                        if let Some(exited) = self.exit {
                            return self.end(exited, false);
                        }
                    }
                }
                if let (Some(exited), true) = (self.exit, self.closed) {
                    return self.end(exited, true);
                }
            }
        })
    }

    fn terminate(&mut self) -> BoxFuture<'_, io::Result<()>> {
        let sent = self.child.as_mut().map_or(Ok(()), |child| child.terminate());
        Box::pin(future::ready(sent))
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        match &mut self.child {
            Some(child) => child.kill(),
            None => Box::pin(future::ready(Vec::new())),
        }
    }

    fn running(&self) -> Vec<Survivor> {
        let Some(child) = &self.child else { return Vec::new() };
        let mut running = child.descendants();
        if self.exit.is_none() {
            running.push(Survivor { pid: child.pid(), name: "the step".to_owned() });
        }
        running
    }
}

/// What goes on holding the output open is read on, so that it does not break when it prints.
impl Drop for HeldHere {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take().filter(|_| !self.closed) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { while child.heard().await != Heard::Closed {} });
        }
    }
}

async fn until(clock: &dyn Clock, at: Option<Moment>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => future::pending().await,
    }
}
