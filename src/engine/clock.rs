//! The clock seam: what time it is, and waiting until a time.
//!
//! For: room time, which starts at the wall clock's time, runs on with what has really passed (also while the machine
//! is suspended) and never goes back; and the wall clock beside it, which may be set.
//! May not touch: the room. This is the only file that asks the system what time it is.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

use crate::time::{Moment, Span};

/// A sleep is cut into ticks of this length: the system's timers stand still while the machine is suspended, so a
/// longer one would end late by as long as the suspend took. Shorter ticks would wake an idle machine for nothing: the room
/// itself looks at the clock each second.
const TICK: Span = Span(10_000);

pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// Room time. Never goes back.
    fn now(&self) -> Moment;
    /// What the wall clock shows. May jump either way.
    fn wall(&self) -> Moment;
    /// Returns as soon as room time has reached `at`.
    fn sleep_until(&self, at: Moment) -> BoxFuture<'_, ()>;
    /// How many times faster than the machine's time room time runs.
    fn speed(&self) -> u32 {
        1
    }
    /// `span` of the machine's time, as long as it is in room time.
    fn hurried(&self, span: Span) -> Span {
        Span(span.0.saturating_mul(i64::from(self.speed())))
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Moment,
    started_boot: Span,
}

impl SystemClock {
    /// Room time starts with what the wall clock shows now.
    pub fn new() -> Self {
        Self { started: wall(), started_boot: since_boot() }
    }

    /// For a room that is taken up again: its time goes on after `last`, even where the wall clock was set back meanwhile.
    pub fn not_before(last: Moment) -> Self {
        Self::resumed(last, Span::ZERO)
    }

    /// For a room in which wall clocks showed so much more than room time: they go on to.
    pub fn resumed(last: Moment, offset: Span) -> Self {
        Self { started: (wall() - offset).max(last), started_boot: since_boot() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        self.started + (since_boot() - self.started_boot)
    }

    fn wall(&self) -> Moment {
        wall()
    }

    fn sleep_until(&self, at: Moment) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = at - self.now();
                if left <= Span::ZERO {
                    return;
                }
                tokio::time::sleep(left.min(TICK).to_std()).await;
            }
        })
    }
}

/// Waits where there is no runtime: in a process that holds a step.
#[expect(clippy::disallowed_methods, reason = "this is where time is waited for")]
pub fn pause(span: Span) {
    std::thread::sleep(span.to_std());
}

/// A clock that runs faster than the machine's: a rehearsal of a night takes an afternoon's coffee.
#[derive(Clone, Copy, Debug)]
pub struct HurriedClock {
    clock: SystemClock,
    /// What room time starts with.
    from: Moment,
    speed: u32,
}

impl HurriedClock {
    /// Room time starts with `from` and runs `speed` times as fast as the machine's; 0 is taken for 1.
    pub fn new(from: Moment, speed: u32) -> Self {
        Self { clock: SystemClock::new(), from, speed: speed.max(1) }
    }
}

impl Clock for HurriedClock {
    fn now(&self) -> Moment {
        self.from + self.hurried(self.clock.now() - self.clock.started)
    }

    /// A rehearsal lives in its own time: nobody sets it.
    fn wall(&self) -> Moment {
        self.now()
    }

    fn sleep_until(&self, at: Moment) -> BoxFuture<'_, ()> {
        let passed = Span((at - self.from).0 / i64::from(self.speed) + 1);
        Box::pin(async move {
            if at > self.now() {
                self.clock.sleep_until(self.clock.started + passed).await;
            }
        })
    }

    fn speed(&self) -> u32 {
        self.speed
    }
}

fn wall() -> Moment {
    Moment(millis(ClockId::Realtime))
}

fn since_boot() -> Span {
    Span(millis(RUNNING))
}

/// The clock that counts time in suspend too. On Linux that is not the monotonic one.
#[cfg(target_os = "linux")]
const RUNNING: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const RUNNING: ClockId = ClockId::Monotonic;

fn millis(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

/// A clock that stands until it is told to go on, for tests and simulation. Who waits for the same moment is woken in the order
/// in which they began to wait.
#[derive(Debug)]
pub struct VirtualClock {
    now_ms: AtomicI64,
    wall_offset_ms: AtomicI64,
    sleeps: Mutex<BTreeMap<(Moment, u64), oneshot::Sender<()>>>,
    sleeps_ever: AtomicU64,
}

impl VirtualClock {
    pub fn at(now: Moment) -> Self {
        Self {
            now_ms: AtomicI64::new(now.0),
            wall_offset_ms: AtomicI64::new(0),
            sleeps: Mutex::default(),
            sleeps_ever: AtomicU64::new(0),
        }
    }

    fn sleeps(&self) -> MutexGuard<'_, BTreeMap<(Moment, u64), oneshot::Sender<()>>> {
        self.sleeps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `span` pass, and wakes who waited for a moment in it.
    pub fn advance(&self, span: Span) {
        let mut sleeps = self.sleeps();
        let now = Moment(self.now_ms.fetch_add(span.or_zero().0, Ordering::SeqCst) + span.or_zero().0);
        while let Some(first) = sleeps.first_entry().filter(|first| first.key().0 <= now) {
            // Who has given up waiting needs no waking.
            let _ = first.remove().send(());
        }
    }

    /// Sets the wall clock forward, or back, without time passing.
    pub fn set_wall_by(&self, span: Span) {
        self.wall_offset_ms.fetch_add(span.0, Ordering::SeqCst);
    }

    /// The earliest moment that anybody waits for: where a simulation goes on to when nothing else happens.
    pub fn next_wake(&self) -> Option<Moment> {
        self.sleeps().first_key_value().map(|((at, _), _)| *at)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Moment {
        Moment(self.now_ms.load(Ordering::SeqCst))
    }

    fn wall(&self) -> Moment {
        self.now() + Span(self.wall_offset_ms.load(Ordering::SeqCst))
    }

    fn sleep_until(&self, at: Moment) -> BoxFuture<'_, ()> {
        let mut sleeps = self.sleeps();
        if self.now() >= at {
            return Box::pin(std::future::ready(()));
        }
        let (wake, woken) = oneshot::channel();
        let key = (at, self.sleeps_ever.fetch_add(1, Ordering::SeqCst));
        sleeps.insert(key, wake);
        drop(sleeps);
        let noted = Sleep { clock: self, key };
        Box::pin(async move {
            let _noted = noted;
            // The sender stays in the list until it is time.
            let _ = woken.await;
        })
    }
}

/// One waiter in the list of sleeps; it is struck off when the wait ends or is given up.
struct Sleep<'a> {
    clock: &'a VirtualClock,
    key: (Moment, u64),
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.clock.sleeps().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_sleep_ends_when_its_moment_comes_and_not_before() {
        let clock = VirtualClock::at(Moment(1_000));
        let mut sleep = clock.sleep_until(Moment(5_000));
        assert_eq!(clock.next_wake(), Some(Moment(5_000)));
        clock.advance(Span(3_999));
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(Span(1));
        sleep.await;
        assert_eq!(clock.next_wake(), None);
    }

    #[test]
    fn setting_the_wall_clock_back_leaves_room_time_alone() {
        let clock = VirtualClock::at(Moment(1_000_000));
        clock.set_wall_by(Span(-86_400));
        assert_eq!((clock.now(), clock.wall()), (Moment(1_000_000), Moment(913_600)));
    }

    #[tokio::test]
    async fn a_hurried_clock_starts_where_it_is_told_and_lets_an_hour_pass_in_a_moment() {
        let clock = HurriedClock::new(Moment(1_000), 1_000_000);
        clock.sleep_until(Moment(1_000) + Span::HOUR).await;
        assert!(clock.now() >= Moment(1_000) + Span::HOUR);
        assert_eq!((clock.hurried(Span(2)), clock.speed()), (Span(2_000_000), 1_000_000));
    }

    #[test]
    fn a_room_taken_up_again_goes_on_after_its_last_moment() {
        let last = SystemClock::new().wall() + Span::HOUR;
        assert!(SystemClock::not_before(last).now() >= last);
    }

    #[tokio::test]
    async fn the_systems_clock_wakes_a_sleeper_at_its_time() {
        let clock = SystemClock::new();
        let at = clock.now() + Span(5);
        clock.sleep_until(at).await;
        assert!(clock.now() >= at);
    }
}
