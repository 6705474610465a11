//! The forms that a text can have: a duration, an address, a criterion.

use super::Takes;
use ReadBy::{Checker, Network, Shell};

/// A form of a text.
#[derive(Debug)]
pub struct Form {
    /// `a duration`.
    pub noun: &'static str,
    /// How it is written.
    pub written: &'static str,
    /// What every such text matches. It may let through what the checker refuses, never the other way round.
    pub pattern: Option<&'static str>,
    pub read_by: ReadBy,
    /// Whether it may be a number without a unit.
    pub bare_number: bool,
}

/// Whom a text is for, which decides on what may be wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBy {
    People,
    /// It is run.
    Shell,
    /// It is an address.
    Network,
    /// Only the checker: a form of its own, which it has proved already.
    Checker,
}

/// A form that any text may have: people read it, unless something else is said.
const fn free(noun: &'static str, written: &'static str) -> Form {
    Form { noun, written, pattern: None, read_by: ReadBy::People, bare_number: true }
}

/// A form that the checker proves.
const fn form(noun: &'static str, written: &'static str, pattern: &'static str) -> Form {
    Form { noun, written, pattern: Some(pattern), read_by: ReadBy::Checker, bare_number: false }
}

impl Form {
    const fn read_by(mut self, reader: ReadBy) -> Self {
        self.read_by = reader;
        self
    }

    const fn or_number(mut self) -> Self {
        self.bare_number = true;
        self
    }
}

pub(in crate::runbook) const TEXT: Takes = Takes::Form(&free("a text", "`{{ name }}` in it is replaced by the variable's value"));
pub(in crate::runbook) const PLAIN: Takes = Takes::Form(&free("a text", "used exactly as it is written"));
pub(in crate::runbook) const SCRIPT: Takes =
    Takes::Form(&free("a script", "one command, or many lines after a `|`").read_by(Shell));
pub(in crate::runbook) const CRITERION: Takes = Takes::Form(
    &free(
        "a criterion",
        "`error_rate < 0.5% for 5m`, `rps >= 95% of baseline`, `p95 meets its target`, `rss grows < 5% in 30m`, \
     `hits > 80% within 3h of T`, `health is up`, `health was up 99.9% of 24h`, `no critical metrics`, `checklist \"Before we start\" is complete`, \
     `operator confirms \"no complaints\"`, joined by `and`, `or`, `not` and parentheses; \
     what is to be so by a time has to be so then, and now",
    )
    .read_by(Checker),
);
pub(in crate::runbook) const WHEN_FORM: Takes = Takes::Form(&form(
    "a condition",
    "`name`, `not name`, `name == value`, `name != value`",
    r"^\s*(not\s+)?[A-Za-z_][A-Za-z0-9_]*\s*([=!]=.*)?$",
));
pub(in crate::runbook) const URL: Takes = Takes::Form(
    &form("an address", "`http://…`, `https://…`, or a variable that begins it: `{{ target }}/health`", r"^(https?://.|\{\{)")
        .read_by(Network),
);
pub(in crate::runbook) const REQUEST_LINE: Takes =
    Takes::Form(&free("a request line", "`GET http://…`, or an address alone").read_by(Network));
pub(in crate::runbook) const QUERY: Takes =
    Takes::Form(&free("a PromQL query", "`sum(rate(http_requests_total[1m]))`").read_by(Checker));
pub(in crate::runbook) const JSON_PATH: Takes = Takes::Form(&form("a JSON path", "`$.status`, `$.items[0].name`", r"^\$"));
pub(in crate::runbook) const MATCHERS: Takes =
    Takes::Form(&free("label matchers", "`severity=\"critical\", team=~\"web|db\"`, or `all`"));
pub(in crate::runbook) const REGEX: Takes =
    Takes::Form(&free("a regular expression", "`^` and `$` are the ends of a line: `version: 2\\.4\\.\\d+`"));
pub(in crate::runbook) const RANGE: Takes = Takes::Form(
    &form("a range", "`< 0.1`, `0.1 .. 1`, `\">= 3\"`; without a unit it is in the metric's own", r"[0-9]").or_number(),
);
pub(in crate::runbook) const A_BASELINE: Takes =
    Takes::Form(&form("a baseline", "`15m before T`, or a value like `1900/s`", r"[0-9]").or_number());
pub(in crate::runbook) const A_VALUE: Takes = Takes::Form(&form("a value", "`200ms`, `1900`", r"[0-9]").or_number());
pub(in crate::runbook) const UNIT: Takes =
    Takes::Form(&form("a unit", "`%`, `ms`, `bytes`, `/s`, or a word of your own", r"^[^\s0-9]{1,16}$"));
pub(in crate::runbook) const ID: Takes =
    Takes::Form(&form("an id", "letters, digits, `_` and `-`", r"^[\p{L}\p{N}_-]{1,64}$").or_number());
pub(in crate::runbook) const ENV: Takes = Takes::Form(&form(
    "the name of an environment variable",
    "letters, digits and `_`, without `$`",
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$",
));
pub(in crate::runbook) const SPAN: Takes =
    Takes::Form(&form("a duration", "`90s`, `30m`, `1h30m`, `2d`", r"^\s*([0-9]+(ms|s|sec|m|min|h|d)\s*)+$"));
pub(in crate::runbook) const PLANNED: Takes = Takes::Form(&form(
    "a duration, or a range of them",
    "`30m`, or `15m..30m`: late after the first, too late after the second",
    r"^\s*([0-9]+(ms|s|sec|m|min|h|d)\s*)+(\.\.\s*([0-9]+(ms|s|sec|m|min|h|d)\s*)+)?$",
));
pub(in crate::runbook) const AT: Takes = Takes::Form(&form(
    "a planned time",
    "`T`, `T+1h`, `T-30m`, `T+1:30`, `\"09:00\"` by the clock, or on a day: `T+1d 14:00`, `Wed 18:00`, `2026-10-31 14:00`",
    r"^\s*([Tt]\s*([+-].*)?|([A-Za-z]+ |[0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)\s*$",
));
pub(in crate::runbook) const CLOCK: Takes =
    Takes::Form(&form("a time of day", "`\"09:00\"`, from 00:00 to 23:59", r"^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\s*$"));
pub(in crate::runbook) const ZONE: Takes = Takes::Form(&free("a time zone", "`UTC`, `Europe/Berlin`").read_by(Checker));
