//! `guides:` what one wants to read when something goes wrong.

use super::Check;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Guide, Link};
use crate::runbook::template::Template;
use crate::runbook::words;
use crate::runbook::written::entry;

impl Check<'_> {
    pub(super) fn guides(&mut self, node: Option<&Node>) -> Vec<Guide> {
        let mut guides: Vec<Guide> = Vec::new();
        for node in self.list(node, "guides") {
            let Some(guide) = self.guide(node) else { continue };
            if !guide.title.is_empty() && guides.iter().any(|other| other.title == guide.title) {
                let at = entry(node, "title").map_or_else(|| node.head(), |entry| entry.value.extent);
                self.say(at, format!("a second guide with the title `{}`", guide.title), "give one of them another `title:`");
            }
            guides.push(guide);
        }
        guides
    }

    fn guide(&mut self, node: &Node) -> Option<Guide> {
        let fields = self.fields(node, &words::GUIDE)?;
        let title = self.required(&fields, "a guide", "title", "title: When the queue grows").map(|node| self.title(node));
        if !fields.has("text") && !fields.has("links") && !fields.misspelt {
            self.say(fields.head, "an empty guide", "give it a `text:` or `links:`");
        }
        Some(Guide {
            title: title.unwrap_or_default(),
            text: fields.get("text").map(|node| self.guide_text(node)).unwrap_or_default(),
            links: fields.get("links").map(|node| self.links(node)).unwrap_or_default(),
        })
    }

    /// Guides hold commands, and commands may hold braces of their own: `docker inspect -f '{{.State}}'`.
    fn guide_text(&mut self, node: &Node) -> String {
        let text = self.raw(node);
        if Template::parse(&text).is_ok() { self.human(node) } else { text.trim_end().to_owned() }
    }

    /// `[{ title, url }]`, or `title: url` lines.
    pub(super) fn links(&mut self, node: &Node) -> Vec<Link> {
        match &node.value {
            Value::Map(entries) => entries.iter().map(|entry| self.titled(entry)).collect(),
            Value::Nothing | Value::Text { .. } | Value::List(_) => {
                self.list(Some(node), "links").iter().filter_map(|node| self.link(node)).collect()
            }
        }
    }

    fn titled(&mut self, entry: &Entry) -> Link {
        Link { title: entry.key.to_string(), url: self.human(&entry.value) }
    }

    fn link(&mut self, node: &Node) -> Option<Link> {
        let fields = self.fields(node, &words::LINK)?;
        let url = self.required(&fields, "a link", "url", "url: https://…").map(|node| self.human(node)).unwrap_or_default();
        let title = fields.get("title").map_or_else(|| url.clone(), |node| self.title(node));
        Some(Link { title, url })
    }
}
