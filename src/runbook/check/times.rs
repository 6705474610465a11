//! Times: durations, planned times, times of day, the window and its zone.

use chrono::NaiveTime;

use super::Check;
use super::fields::Fields;
use crate::runbook::file::Node;
use crate::runbook::model::{At, Planned, Window};
use crate::runbook::notes::nearest;
use crate::runbook::span;
use crate::runbook::words;
use crate::time::{Span, Zone};

impl Check<'_> {
    pub(super) fn span(&mut self, node: &Node) -> Span {
        self.maybe_span(node).unwrap_or_default()
    }

    /// A duration, or nothing where it is none, which is told.
    pub(super) fn maybe_span(&mut self, node: &Node) -> Option<Span> {
        self.timed(node, "a duration", span::parse)
    }

    /// A duration that is not nothing.
    pub(super) fn positive_span(&mut self, node: &Node) -> Span {
        let read = self.maybe_span(node);
        if read == Some(Span::ZERO) {
            self.say(node.extent, "no time at all", "write a duration of at least `1s`");
        }
        read.unwrap_or_default()
    }

    pub(super) fn planned(&mut self, node: &Node) -> Option<Planned> {
        self.timed(node, "a duration", span::planned)
    }

    pub(super) fn at(&mut self, node: &Node) -> Option<At> {
        self.timed(node, "a planned time", span::at)
    }

    pub(super) fn clock(&mut self, node: &Node) -> Option<NaiveTime> {
        self.timed(node, "a time of day", span::clock)
    }

    fn timed<T>(&mut self, node: &Node, what: &str, read: fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.raw(node);
        if text.is_empty() {
            return None;
        }
        match read(&text) {
            Ok(value) => Some(value),
            Err(help) => {
                self.say(node.extent, format!("`{}` is not {what}", text.trim()), help);
                None
            }
        }
    }

    /// The window, and the zone in which all times of the runbook are meant.
    pub(super) fn window(&mut self, root: &Fields<'_>) -> (Option<Window>, Zone) {
        let fields = root.get("window").and_then(|node| self.fields(node, &words::WINDOW));
        let window = fields.as_ref().map(|fields| self.opening(fields));
        let outer = root.get("timezone").map(|node| (node, self.zone(node)));
        let inner = fields.and_then(|fields| fields.get("timezone")).map(|node| (node, self.zone(node)));
        if let (Some((_, outer)), Some((node, inner))) = (&outer, &inner)
            && outer != inner
        {
            let help = "all times of a runbook are in one zone: keep one of them";
            self.say(node.extent, "a second time zone, different from `timezone` above", help);
        }
        (window, outer.or(inner).map_or(Zone::UTC, |(_, zone)| zone))
    }

    fn opening(&mut self, fields: &Fields<'_>) -> Window {
        let opens = self.required(fields, "a window", "opens", "opens: \"08:00\"");
        let closes = self.required(fields, "a window", "closes", "closes: \"12:00\"");
        let times = (opens.and_then(|node| self.clock(node)), closes.and_then(|node| self.clock(node)));
        if let ((Some(opening), Some(closing)), Some(node)) = (times, closes)
            && opening == closing
        {
            self.say(node.extent, "the window closes when it opens", "a closing time before the opening one is on the next day");
        }
        Window { opens: times.0.unwrap_or_default(), closes: times.1.unwrap_or_default() }
    }

    fn zone(&mut self, node: &Node) -> Zone {
        let name = self.raw(node);
        if name.is_empty() {
            return Zone::UTC;
        }
        name.parse().map_or_else(|_| self.unknown_zone(node, &name), Zone)
    }

    fn unknown_zone(&mut self, node: &Node, name: &str) -> Zone {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let city = known.clone().find(|zone| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name)));
        let help = match city.or_else(|| nearest(name, known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write it like `UTC` or `Europe/Berlin`".to_owned(),
        };
        self.say(node.extent, format!("unknown time zone `{name}`"), help);
        Zone::UTC
    }
}
