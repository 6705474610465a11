//! One of the two slots that share the traffic, with the counters of the processes in it.

use crate::demo::histogram::Histogram;
use crate::random::Random;

const RSS_BASE_BYTES: f64 = 405e6;
/// Where the container's limit kills the process.
const RSS_MAX_BYTES: f64 = 2e9;
/// What is given back each second once nothing leaks any more.
const RSS_FREED_SHARE: f64 = 0.25;
const CPU_IDLE_CORES: f64 = 0.03;
const CPU_REQUEST_SECONDS: f64 = 0.0026;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Ok,
    NotFound,
    ServerError,
}

impl Code {
    pub(super) const ALL: [Self; 3] = [Self::Ok, Self::NotFound, Self::ServerError];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "200",
            Self::NotFound => "404",
            Self::ServerError => "500",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The release in it; a slot with none takes no traffic.
    pub(super) version: Option<String>,
    answered: [u64; Code::ALL.len()],
    pub(super) took: Histogram,
    pub(super) cpu_seconds: f64,
    pub(super) restarts: u64,
    rss_bytes: f64,
    leaked_bytes: f64,
}

impl Slot {
    pub(super) fn with(version: Option<&str>) -> Self {
        Self {
            version: version.map(str::to_owned),
            answered: [0; Code::ALL.len()],
            took: Histogram::default(),
            cpu_seconds: 0.0,
            restarts: 0,
            rss_bytes: RSS_BASE_BYTES,
            leaked_bytes: 0.0,
        }
    }

    pub(super) fn answer(&mut self, code: Code, seconds: f64) {
        self.answered[code as usize] += 1;
        self.took.observe(seconds);
    }

    pub(super) fn answered(&self, code: Code) -> u64 {
        self.answered[code as usize]
    }

    pub(super) fn rss_bytes(&self) -> f64 {
        self.rss_bytes + self.leaked_bytes
    }

    /// What a stretch of `seconds` with so many requests costs the processes. Memory breathes over three minutes.
    pub(super) fn work(&mut self, random: &mut Random, at_seconds: f64, seconds: f64, requests: u64) {
        let cores = CPU_IDLE_CORES * seconds + CPU_REQUEST_SECONDS * requests as f64;
        self.cpu_seconds += cores * (1.0 + 0.05 * random.bell());
        let breath = 14e6 * (at_seconds * std::f64::consts::TAU / 180.0).sin();
        let load = 0.2e6 * requests as f64 / seconds;
        let aim = RSS_BASE_BYTES + breath + load;
        self.rss_bytes += (aim - self.rss_bytes) * 0.3 * seconds + 0.3e6 * random.bell();
    }

    /// Loses so many bytes; at the container's limit the process is killed and starts again.
    pub(super) fn leak(&mut self, bytes: f64) {
        self.leaked_bytes += bytes;
        if self.rss_bytes() > RSS_MAX_BYTES {
            self.restarts += 1;
            self.leaked_bytes = 0.0;
        }
    }

    pub(super) fn recover(&mut self, seconds: f64) {
        self.leaked_bytes *= (1.0 - RSS_FREED_SHARE).powf(seconds);
    }
}
