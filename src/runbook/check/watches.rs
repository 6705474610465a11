//! `watch:` what is looked at again and again.

use std::collections::HashSet;

use super::Check;
use super::fields::Fields;
use super::names::slug;
use crate::id::{ChecklistId, PhaseId, WatchId};
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Checklist, Leg, ListAbout, Watch, WatchFrom};
use crate::runbook::notes::suggest;
use crate::runbook::{span, words};
use crate::time::Span;

/// More ticks than this are a schedule for a machine, not for people.
const TICKS_MAX: i64 = 2_000;

/// More watches than this nobody keeps.
const WATCHES_MAX: usize = 100;

impl Check<'_> {
    pub(super) fn watches(&mut self, node: Option<&Node>) -> Vec<Watch> {
        let mut ids = HashSet::new();
        let nodes = self.list(node, "watches");
        if let Some(node) = nodes.get(WATCHES_MAX) {
            self.say(
                node.head(),
                format!("more than {WATCHES_MAX} watches"),
                "one watch may change its rhythm: `every: { 5m: 1h, 30m: 8h }`",
            );
        }
        let nodes = nodes.iter().take(WATCHES_MAX).enumerate();
        nodes.filter_map(|(place, node)| self.watch(node, place + 1, &mut ids)).collect()
    }

    fn watch(&mut self, node: &Node, number: usize, ids: &mut HashSet<String>) -> Option<Watch> {
        let fields = self.fields(node, &words::WATCH)?;
        let title_node = self.required(&fields, "a watch", "title", "title: The first day");
        let title = title_node.map(|node| self.title(node)).unwrap_or_default();
        let id = match fields.get("id") {
            Some(node) => self.id(node).unwrap_or_default(),
            None => Some(slug(&title)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| format!("watch-{number}")),
        };
        if !ids.insert(id.clone()) {
            let at = fields.get("id").or(title_node).map_or(fields.head, |node| node.extent);
            self.say(at, format!("a second watch called `{id}`"), "give one of them another `id:`");
        }
        let from = self.watch_from(&fields);
        let legs = self.legs(&fields, matches!(from, WatchFrom::During(_)));
        let within = fields.get("within").map(|node| self.positive_span(node));
        let items = self.required(&fields, "a watch", "items", "items: [ No new errors in the log ]");
        let name = format!("watch.{id}");
        let items = self.items(items, &name);
        let list = Checklist { id: ChecklistId::new(&name), title, due: None, about: ListAbout::Watch, items };
        Some(Watch { id: WatchId::new(&id), from, legs, within, list })
    }

    fn watch_from(&mut self, fields: &Fields<'_>) -> WatchFrom {
        match (fields.get("during"), fields.get("from")) {
            (Some(node), None) => WatchFrom::During(self.phase_name(node)),
            (None, Some(node)) => self.time_or_phase(node),
            (None, None) => WatchFrom::Before,
            (Some(_), Some(node)) => {
                self.say(node.extent, "`from` cannot stand beside `during`", "a phase says itself when it begins");
                WatchFrom::Before
            }
        }
    }

    fn time_or_phase(&mut self, node: &Node) -> WatchFrom {
        let text = self.raw(node);
        if self.names.phases.get(&text).is_some() {
            return WatchFrom::Phase(PhaseId::new(&text));
        }
        if let Ok(at) = span::at(&text) {
            return WatchFrom::At(at);
        }
        if !text.is_empty() {
            let help = suggest(&text, self.names.phases.all());
            let help = help.or_else(|| Some("write a phase, or a time like `T+1h`".to_owned()));
            self.say(node.extent, format!("`{text}` is neither a phase nor a planned time"), help);
        }
        WatchFrom::Before
    }

    /// `every: 5m` with `for: 1h`, or `every: { 5m: 1h, 30m: 8h }`.
    fn legs(&mut self, fields: &Fields<'_>, has_an_end: bool) -> Vec<Leg> {
        let Some(every) = self.required(fields, "a watch", "every", "every: 5m") else { return Vec::new() };
        let legs = match &every.value {
            Value::Map(entries) => {
                if let Some(entry) = fields.entry("for") {
                    self.say(entry.key_extent, "`for` cannot stand beside several rhythms", "the last of them says when it ends");
                }
                self.rhythms(entries)
            }
            Value::Nothing | Value::Text { .. } | Value::List(_) => {
                let until = fields.get("for").map(|node| self.positive_span(node));
                if until.is_none() && !has_an_end && !fields.misspelt {
                    self.say(fields.head, "a watch without an end", "add `for: 1h`, or a phase: `during: canary`");
                }
                let leg = Leg { every: self.positive_span(every), until };
                if let Some(until) = until.filter(|until| *until > Span::ZERO && *until < leg.every) {
                    self.say(
                        every.extent,
                        format!("no tick every {} before {until}", leg.every),
                        "look more often, or for longer",
                    );
                }
                vec![leg]
            }
        };
        if legs.is_empty() {
            self.say(every.head(), "a watch without a rhythm", "write `5m`, or `{ 5m: 1h, 30m: 8h }`");
        }
        let ticks = legs.iter().map(|leg| leg.until.unwrap_or_default().0 / leg.every.0.max(1)).max().unwrap_or_default();
        if ticks > TICKS_MAX {
            self.say(every.head(), format!("more than {TICKS_MAX} ticks"), "watch less often, or for a shorter time");
        }
        legs
    }

    fn rhythms(&mut self, entries: &[Entry]) -> Vec<Leg> {
        let mut legs: Vec<Leg> = Vec::new();
        for entry in entries {
            let Ok(every) = span::parse(&entry.key) else {
                let help = "write how often, then until when: `5m: 1h` is every 5 minutes until an hour has passed";
                self.say(entry.key_extent, format!("`{}` is not a duration", entry.key), help);
                continue;
            };
            let until = self.positive_span(&entry.value);
            let before = legs.last().and_then(|leg| leg.until).unwrap_or_default();
            if until > Span::ZERO && until - before < every {
                let help =
                    "each is counted from the beginning of the watch, and at least one tick has to fit behind the one before";
                self.say(entry.value.extent, format!("no tick every {every} before {until}"), help);
            }
            legs.push(Leg { every, until: Some(until) });
        }
        legs
    }
}
