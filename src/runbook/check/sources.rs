//! `sources:` what is polled.

use super::Check;
use super::expect::Seen;
use super::fields::Fields;
use crate::id::{InOrder, SourceId};
use crate::runbook::file::{Entry, Node};
use crate::runbook::model::{Expect, Shell, Source, SourceKind};
use crate::runbook::names::SourceName;
use crate::runbook::template::Template;
use crate::runbook::words;
use crate::time::Span;

const EVERY_DEFAULT: Span = Span(5_000);
const EVERY_MIN: Span = Span(100);
const DEADLINE_DEFAULT: Span = Span(3_000);

impl Check<'_> {
    pub(super) fn sources(&mut self, node: Option<&Node>) -> InOrder<SourceId, Source> {
        let entries = self.entries(node, "sources");
        let mut sources = InOrder::default();
        for entry in entries {
            self.name(&entry.key, entry.key_extent);
            let source = self.source(entry);
            let word = source.as_ref().map(|source| source.kind.word());
            let every = source.as_ref().map(|source| source.every);
            // The file already refuses the same key twice in one mapping.
            let _ = self.names.sources.add(&entry.key, entry.key_extent, SourceName { word, every });
            sources.extend(source.map(|source| (SourceId::new(&entry.key), source)));
        }
        sources
    }

    fn source(&mut self, entry: &Entry) -> Option<Source> {
        let fields = self.fields(&entry.value, &words::SOURCE)?;
        let every = fields.get("every").map_or(EVERY_DEFAULT, |node| self.interval(node));
        let headers = self.templates(fields.get("headers"), "headers");
        self.header_names(fields.get("headers"));
        let kind = self.source_kind(&fields);
        let source_kind = kind.as_ref().map(SourceKind::word);
        let expect = self.source_expect(&fields, source_kind);
        let access = self.access(&fields);
        if source_kind == Some("script") {
            self.strays(&fields, "script");
        }
        Some(Source { kind: kind?, every, deadline: self.deadline(&fields, every), headers, access, expect })
    }

    fn source_kind(&mut self, fields: &Fields<'_>) -> Option<SourceKind> {
        let kinds = fields.kinds();
        if let Some(second) = kinds.get(1) {
            let help = "make two sources of it";
            self.say(second.key_extent, format!("a source is one thing, not `{}` and `{}`", kinds[0].key, second.key), help);
        }
        let Some(first) = kinds.first() else {
            if !fields.misspelt {
                self.say(
                    fields.head,
                    "nothing says what to poll",
                    "add `health:`, `scrape:`, `json:` or `prometheus:` with an address, or a `script:`",
                );
            }
            return None;
        };
        let node = fields.get(&first.key)?;
        if &*first.key == "script" {
            return Some(SourceKind::Script { script: self.script(node, Shell::Bash) });
        }
        let url = self.address(node);
        Some(match &*first.key {
            "health" => SourceKind::Health { url },
            "scrape" => SourceKind::Scrape { url },
            "prometheus" => SourceKind::Prometheus { url },
            "alertmanager" => SourceKind::Alertmanager { url },
            _ => SourceKind::Json { url },
        })
    }

    fn source_expect(&mut self, fields: &Fields<'_>, kind: Option<&'static str>) -> Expect {
        if let (Some(_), Some(entry)) = (kind.filter(|kind| *kind != "health"), fields.entry("expect")) {
            let help = "only a `health` source is up or down by what it answers; others must answer 200";
            self.say(entry.key_extent, "`expect` cannot stand here", help);
            return Expect::default();
        }
        self.expect(fields.get("expect"), Seen::Answer)
    }

    fn interval(&mut self, node: &Node) -> Span {
        let Some(every) = self.maybe_span(node) else { return EVERY_DEFAULT };
        if every < EVERY_MIN {
            self.say(node.extent, "polled too often", "the shortest interval is `100ms`");
        }
        every
    }

    /// For one request; a source has one request in flight, so that it cannot be longer than the interval.
    fn deadline(&mut self, fields: &Fields<'_>, every: Span) -> Span {
        let Some(node) = fields.get("deadline") else { return DEADLINE_DEFAULT.min(every) };
        let deadline = self.positive_span(node);
        if deadline > every {
            let help = "a source is asked once at a time: make `every` at least as long as `deadline`";
            self.say(node.extent, "the deadline is longer than the interval", help);
        }
        deadline
    }

    /// An address, which a variable may begin.
    pub(super) fn url(&mut self, node: &Node) -> Template {
        let text = self.raw(node);
        self.url_of(&text, node)
    }

    pub(super) fn url_of(&mut self, text: &str, node: &Node) -> Template {
        let after = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let good = text.starts_with("{{") || after.is_some_and(|host| !host.is_empty());
        if !text.is_empty() && (!good || text.trim().chars().any(char::is_control) || without_vars_has_space(text)) {
            let help = "write it like `http://127.0.0.1:8080/health` or `{{ target }}/health`";
            self.say(node.extent, "this is not an http address", help);
        }
        self.template_of(text, node)
    }

    pub(super) fn header_names(&mut self, node: Option<&Node>) {
        for entry in self.entries(node.filter(|node| matches!(node.value, crate::runbook::file::Value::Map(_))), "headers") {
            let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            if entry.key.is_empty() || !entry.key.bytes().all(token) {
                self.say(
                    entry.key_extent,
                    format!("`{}` cannot be the name of a header", entry.key),
                    "write it like `Authorization`",
                );
            }
        }
    }
}

/// A space inside `{{ name }}` is no space in the address.
fn without_vars_has_space(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        if rest[..open].contains(char::is_whitespace) {
            return true;
        }
        rest = rest[open..].find("}}").map_or("", |close| &rest[open + close + 2..]);
    }
    rest.contains(char::is_whitespace)
}
