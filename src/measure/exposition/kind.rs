//! The types that a metric family may have, and the names its samples go by.

use std::fmt;

use super::Dialect;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Unknown,
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
}

impl Kind {
    /// The type by the word of a `# TYPE` line; each dialect has its own.
    pub fn named(word: &[u8], dialect: Dialect) -> Option<Self> {
        Some(match (word, dialect) {
            (b"counter", _) => Self::Counter,
            (b"gauge", _) => Self::Gauge,
            (b"histogram", _) => Self::Histogram,
            (b"summary", _) => Self::Summary,
            (b"untyped", Dialect::Text) | (b"unknown", Dialect::OpenMetrics) => Self::Unknown,
            (b"gaugehistogram", _) | (b"gauge_histogram", Dialect::Text) => Self::GaugeHistogram,
            (b"info", Dialect::OpenMetrics) => Self::Info,
            (b"stateset", Dialect::OpenMetrics) => Self::StateSet,
            _ => return None,
        })
    }

    /// What a family's name may be followed by in the names of its samples.
    pub fn suffixes(self, dialect: Dialect) -> &'static [&'static str] {
        match self {
            Self::GaugeHistogram if dialect == Dialect::Text => &["_bucket", "_count", "_sum"],
            Self::Unknown | Self::Gauge | Self::StateSet => &[""],
            Self::Counter => &["_total", "_created"],
            Self::Histogram => &["_bucket", "_count", "_sum", "_created"],
            Self::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
            Self::Summary => &["", "_count", "_sum", "_created"],
            Self::Info => &["_info"],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "unknown",
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::StateSet => "stateset",
        })
    }
}
