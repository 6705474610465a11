//! The plan against the clock: phases one after the other, and all of it with its rollback inside the window.

use chrono::{NaiveTime, Timelike};

use super::Lint;
use super::rules::{OUTSIDE_WINDOW, PHASES_OVERLAP, SOURCE_DOWN, WINDOW_TOO_SHORT};
use crate::runbook::file::{Extent, Node};
use crate::runbook::model::{At, Phase, Runbook};
use crate::runbook::written::{Written, entry};
use crate::time::Span;

const DAY_MS: i64 = 86_400_000;

impl Lint<'_> {
    pub(super) fn plan(&mut self, root: &Node) {
        let (begin, end) = self.overlaps(&written(root));
        if !self.outside(root, begin) {
            self.window(root, end);
        }
    }

    /// Warns of phases that begin too early; returns when the first one from T on begins, and when the last one
    /// of the window ends.
    fn overlaps(&mut self, written: &Written<'_>) -> (Span, Span) {
        let runbook = self.runbook;
        let mut end = Span::ZERO;
        let (mut first, mut last_end) = (None, None);
        let mut before: Option<&Phase> = None;
        for phase in &runbook.phases {
            // Of those that one text stands for, it says when the first one begins.
            let again = before.is_some_and(|before| before.written == phase.written);
            let at = phase.at.filter(|_| !again).and_then(|at| from_t(at, runbook));
            if let (Some(at), Some(before)) = (at, before)
                && at < end
            {
                let place = written.value(phase, "at").map_or_else(Extent::default, |node| node.extent);
                let what = format!("`{}` is planned {} before `{}` ends", phase.title, end - at, before.title);
                self.warn(
                    &PHASES_OVERLAP,
                    place,
                    what,
                    format!("begin it at {} or later, or shorten `{}`", t(end), before.title),
                );
            }
            // What is planned for after the window, like a review a week later, need not fit into it.
            if at.is_some_and(|at| self.open_for().is_some_and(|open_for| at >= open_for)) {
                last_end = last_end.or(Some(end));
            }
            let begins = at.unwrap_or(end);
            first = first.or(Some(begins).filter(|begins| *begins >= Span::ZERO));
            end = begins + expected(phase);
            before = Some(phase);
        }
        (first.unwrap_or_default(), last_end.unwrap_or(end))
    }

    /// Whether the plan begins while the window is closed.
    fn outside(&mut self, root: &Node, begin: Span) -> bool {
        let (runbook, Some(window)) = (self.runbook, self.runbook.window) else { return false };
        let opened = after(window.opens, runbook.t0.unwrap_or(window.opens)) + begin;
        let opened = Span(opened.0.rem_euclid(DAY_MS));
        if opened < after(window.opens, window.closes) {
            return false;
        }
        let at = entry(root, "t0").map(|entry| entry.value.extent).or(entry(root, "window").map(|entry| entry.key_extent));
        let clock = |time: NaiveTime| time.format("%H:%M");
        let begins = window.opens.overflowing_add_signed(chrono::Duration::milliseconds(opened.0)).0;
        let (opens, closes) = (clock(window.opens), clock(window.closes));
        let what = format!("the plan begins at {}, and the window is from {opens} to {closes}", clock(begins));
        self.warn(&OUTSIDE_WINDOW, at.unwrap_or_default(), what, "correct the time, or agree on another window");
        true
    }

    /// How long the window is open: from the planned T, or at best, as it opens.
    fn open_for(&self) -> Option<Span> {
        let window = self.runbook.window?;
        Some(after(self.runbook.t0.unwrap_or(window.opens), window.closes))
    }

    /// What was asked and did not answer.
    pub(super) fn down(&mut self, root: &Node) {
        let sources = entry(root, "sources");
        for (id, why) in self.here.and_then(|here| here.down).unwrap_or_default() {
            let at = sources.and_then(|sources| entry(&sources.value, id.as_str())).map(|entry| entry.key_extent);
            let what = format!("the source `{id}` is down: {why}");
            self.warn(&SOURCE_DOWN, at.unwrap_or_default(), what, "correct its address, or start what should answer there");
        }
    }

    fn window(&mut self, root: &Node, end: Span) {
        let (runbook, Some(open_for)) = (self.runbook, self.open_for()) else { return };
        let budget = runbook.rollback.as_ref().map_or(Span::ZERO, |rollback| rollback.budget);
        let needed = end + budget;
        if needed > open_for {
            let at = entry(root, "window").map(|entry| entry.key_extent);
            let from = if runbook.t0.is_some() { "from T" } else { "from its opening" };
            let what = format!("the window has {open_for} {from}; the plan takes {end}, its rollback {budget}");
            self.warn(&WINDOW_TOO_SHORT, at.unwrap_or_default(), what, format!("{} are missing", needed - open_for));
        }
    }
}

/// A phase takes as long as it says, or as its steps say.
fn expected(phase: &Phase) -> Span {
    let steps = || phase.steps.iter().filter_map(|step| step.duration).fold(Span::ZERO, |sum, planned| sum + planned.expected);
    phase.duration.map_or_else(steps, |planned| planned.expected)
}

/// When that is, from T on; a time by the clock only where T is one as well.
fn from_t(at: At, runbook: &Runbook) -> Option<Span> {
    match at {
        At::T(span) => Some(span),
        At::Clock(time) => {
            let t0 = runbook.t0.or_else(|| runbook.window.map(|window| window.opens))?;
            // Less than half a day later, or else before.
            let later = after(t0, time);
            Some(if later.0 > DAY_MS / 2 { Span(later.0 - DAY_MS) } else { later })
        }
        // On other days there are other windows.
        At::Day(..) | At::Weekday(..) | At::Date(_) => None,
    }
}

/// From one time of day to the next time that it is the other.
fn after(from: NaiveTime, to: NaiveTime) -> Span {
    let ms = |time: NaiveTime| i64::from(time.num_seconds_from_midnight()) * 1_000;
    Span((ms(to) - ms(from)).rem_euclid(DAY_MS))
}

fn t(span: Span) -> String {
    format!("T+{span}")
}

pub(super) fn written(root: &Node) -> Written<'_> {
    Written::of(entry(root, "phases").map(|entry| &entry.value))
}
