//! A service with users that are made up: what it would have answered, request by request, up to a moment.
//!
//! For: numbers that move like a real service's, follow the weights and the fault, and are the same for the same seed.
//! May not touch: the clock. It is told what time it is, and nothing depends on how often it is told.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::demo::histogram::Histogram;
use crate::demo::slot::{Code, Slot};
use crate::link::Fault;
use crate::random::Random;
use crate::time::{Moment, Span};

const TICK: Span = Span(250);
/// A gap longer than this (a laptop that slept) is left out.
const GAP_MAX: Span = Span(600_000);
/// What "recent" means in [`Recent`] and for being degraded.
const RECENT_TICKS: usize = 60;

const REQUESTS_PER_SECOND: f64 = 120.0;
const ERROR_CHANCE: f64 = 0.0002;
const NOT_FOUND_CHANCE: f64 = 0.004;
/// At 10 % of the traffic this is 7.5 % of all answers: seen without looking at one version alone.
const ERROR_CHANCE_BROKEN: f64 = 0.75;
/// The usual answer; a bell on the exponent puts one in twenty above 2.3 times as much.
const MEDIAN_SECONDS: f64 = 0.046;
/// What each of the new version's answers waits for when it is slow. Even the fastest of them is above the limit of
/// 800 ms, so that 10 % of the traffic is enough to lift the 95th percentile of all.
const SLOW_SECONDS: (f64, f64) = (0.95, 1.7);
const LEAK_BYTES_PER_SECOND: f64 = 22e6;
pub(super) const POOL_MAX: f64 = 40.0;

pub(super) const DEGRADED_ERROR_RATE: f64 = 5.0;
pub(super) const DEGRADED_P95_MS: f64 = 800.0;
pub(super) const DEGRADED_RSS_BYTES: f64 = 900e6;

/// Percent of the traffic that each slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    pub blue: u32,
    pub green: u32,
}

/// What was seen in the last fifteen seconds. Nothing seen is `None`, not 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recent {
    pub requests_per_second: f64,
    pub error_rate_percent: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub cpu_percent: f64,
    /// Of the bigger of the two slots.
    pub rss_bytes: f64,
    /// Connections to the database in use, out of `POOL_MAX`.
    pub pool_in_use: f64,
    /// Requests that wait for one.
    pub queue_depth: f64,
}

/// What one tick added.
#[derive(Clone, Debug, Default)]
struct Tick {
    errors: u64,
    took: Histogram,
    cpu_seconds: f64,
}

#[derive(Clone, Debug)]
pub struct Traffic {
    random: Random,
    started: Moment,
    /// Up to where it has been played; always a whole number of ticks after the start.
    played: Moment,
    weights: Weights,
    fault: Fault,
    pub(super) blue: Slot,
    pub(super) green: Slot,
    /// Requests that are due and not whole yet, and blue's share of one, likewise.
    request_due: f64,
    blue_due: u32,
    recent: VecDeque<Tick>,
}

impl Traffic {
    /// Green holds the release that is live; blue is empty.
    pub fn start(seed: u64, now: Moment) -> Self {
        Self {
            random: Random::of(seed),
            started: now,
            played: now,
            weights: Weights { blue: 0, green: 100 },
            fault: Fault::None,
            blue: Slot::with(None),
            green: Slot::with(Some("2.3.1")),
            request_due: 0.0,
            blue_due: 0,
            recent: VecDeque::with_capacity(RECENT_TICKS + 1),
        }
    }

    /// Plays on until `now`. A clock that went back changes nothing.
    pub fn advance(&mut self, now: Moment) {
        let behind = now - self.played;
        if behind > GAP_MAX {
            let skipped = Span((behind - GAP_MAX).0 / TICK.0 * TICK.0);
            self.played = self.played + skipped;
        }
        while self.played + TICK <= now {
            self.played = self.played + TICK;
            self.tick();
        }
    }

    pub fn weights(&self) -> Weights {
        self.weights
    }

    /// The weights from `now` on. Whether they make sense was checked before.
    pub fn weigh(&mut self, weights: Weights, now: Moment) {
        self.advance(now);
        self.weights = weights;
    }

    pub fn deploy(&mut self, version: &str, now: Moment) {
        self.advance(now);
        self.blue.version = Some(version.to_owned());
    }

    pub fn fault(&self) -> Fault {
        self.fault
    }

    pub fn fail(&mut self, fault: Fault, now: Moment) {
        self.advance(now);
        self.fault = fault;
    }

    fn tick(&mut self) {
        let at_seconds = (self.played - self.started).as_seconds();
        let mut tick = Tick::default();
        let due = self.requests_due(at_seconds);
        let mut requests = [0, 0];
        for _ in 0..due {
            let to_blue = self.route();
            requests[usize::from(to_blue)] += 1;
            self.request(to_blue, at_seconds, &mut tick);
        }
        self.wear(at_seconds, requests, &mut tick);
        self.recent.push_back(tick);
        if self.recent.len() > RECENT_TICKS {
            self.recent.pop_front();
        }
    }

    /// Gentle waves, and nobody who comes while nobody is answered.
    fn requests_due(&mut self, at_seconds: f64) -> u64 {
        match self.fault {
            Fault::Hang | Fault::Down => return 0,
            Fault::None
            | Fault::Latency
            | Fault::Errors
            | Fault::Memory
            // What only a rehearsal plays is nothing here.
            | Fault::Triggers
            | Fault::Critical
            | Fault::Missing
            | Fault::StepsFail
            | Fault::StepsHang => {}
        }
        let wave = |period: f64| (at_seconds * std::f64::consts::TAU / period).sin();
        let load = 1.0 + 0.08 * wave(97.0) + 0.04 * wave(31.0) + 0.06 * self.random.bell();
        self.request_due += REQUESTS_PER_SECOND * TICK.as_seconds() * load;
        let whole = self.request_due.floor();
        self.request_due -= whole;
        whole as u64
    }

    /// Takes turns by weight, as a load balancer does: no luck in who gets how much.
    fn route(&mut self) -> bool {
        self.blue_due += self.weights.blue;
        let to_blue = self.blue_due >= 100;
        if to_blue {
            self.blue_due -= 100;
        }
        to_blue
    }

    fn request(&mut self, to_blue: bool, at_seconds: f64, tick: &mut Tick) {
        let ill = |fault: Fault| to_blue && self.fault == fault;
        let error_chance = if ill(Fault::Errors) { ERROR_CHANCE_BROKEN } else { ERROR_CHANCE };
        let waits = ill(Fault::Latency);
        let mood = 1.0 + 0.06 * (at_seconds * std::f64::consts::TAU / 61.0).sin();
        let mut seconds = MEDIAN_SECONDS * mood * (0.5 * self.random.bell()).exp();
        if waits {
            seconds += self.random.between(SLOW_SECONDS.0, SLOW_SECONDS.1);
        }
        let code = if self.random.happens(error_chance) {
            Code::ServerError
        } else if self.random.happens(NOT_FOUND_CHANCE) {
            Code::NotFound
        } else {
            Code::Ok
        };
        tick.errors += u64::from(code == Code::ServerError);
        tick.took.observe(seconds);
        let slot = if to_blue { &mut self.blue } else { &mut self.green };
        slot.answer(code, seconds);
    }

    fn wear(&mut self, at_seconds: f64, [to_green, to_blue]: [u64; 2], tick: &mut Tick) {
        let seconds = TICK.as_seconds();
        let before = self.blue.cpu_seconds + self.green.cpu_seconds;
        self.green.work(&mut self.random, at_seconds, seconds, to_green);
        self.blue.work(&mut self.random, at_seconds, seconds, to_blue);
        tick.cpu_seconds = self.blue.cpu_seconds + self.green.cpu_seconds - before;
        if self.fault == Fault::Memory && self.weights.blue > 0 {
            let share = f64::from(self.weights.blue) / 100.0;
            self.blue.leak(LEAK_BYTES_PER_SECOND * (1.0 + share) * seconds);
        } else {
            self.blue.recover(seconds);
        }
    }

    pub fn recent(&self) -> Recent {
        let mut took = Histogram::default();
        for tick in &self.recent {
            took.add(&tick.took);
        }
        let errors: u64 = self.recent.iter().map(|tick| tick.errors).sum();
        let cpu_seconds: f64 = self.recent.iter().map(|tick| tick.cpu_seconds).sum();
        let seconds = (TICK.as_seconds() * self.recent.len() as f64).max(TICK.as_seconds());
        let count = took.count();
        let milliseconds = |share| took.quantile(share).map(|seconds| seconds * 1000.0);
        // By Little's law as many are in flight as arrive per second, times the seconds each one takes.
        let in_flight = self.in_flight();
        let wanted = 8.0 + in_flight;
        Recent {
            requests_per_second: count as f64 / seconds,
            error_rate_percent: (count > 0).then(|| 100.0 * errors as f64 / count as f64),
            p50_ms: milliseconds(0.50),
            p95_ms: milliseconds(0.95),
            p99_ms: milliseconds(0.99),
            cpu_percent: 100.0 * cpu_seconds / seconds,
            rss_bytes: self.blue.rss_bytes().max(self.green.rss_bytes()),
            pool_in_use: wanted.min(POOL_MAX).round(),
            queue_depth: (wanted - POOL_MAX).max(0.0).round(),
        }
    }

    /// Over the last two seconds.
    fn in_flight(&self) -> f64 {
        let last = self.recent.iter().rev().take(8);
        let (ticks, seconds) = last.fold((0, 0.0), |(ticks, seconds), tick| (ticks + 1, seconds + tick.took.sum_seconds));
        if ticks == 0 { 0.0 } else { seconds / (f64::from(ticks) * TICK.as_seconds()) }
    }

    /// What its own health check finds wrong; empty when nothing is.
    pub fn ailments(&self) -> Vec<&'static str> {
        let recent = self.recent();
        let checks = [
            (recent.error_rate_percent.is_some_and(|rate| rate > DEGRADED_ERROR_RATE), "errors"),
            (recent.p95_ms.is_some_and(|p95| p95 > DEGRADED_P95_MS), "latency"),
            (recent.rss_bytes > DEGRADED_RSS_BYTES, "memory"),
            (recent.pool_in_use >= POOL_MAX, "database"),
        ];
        checks.into_iter().filter(|(ill, _)| *ill).map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
#[path = "traffic_tests.rs"]
mod tests;
