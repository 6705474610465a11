//! `channels:`, `messages:`, `escalation:` and `document:`.

use indexmap::IndexMap;

use super::Check;
use super::fields::Fields;
use super::names::{is_name, unknown};
use crate::id::ChannelId;
use crate::runbook::file::{Entry, Node};
use crate::runbook::model::{Channel, ChannelKind, Document, Escalation, Level, Message, Severity};
use crate::runbook::words;
use crate::time::Span;

/// What `for:` of a channel may say.
const SEVERITIES: [(&str, Severity); 3] =
    [("warning", Severity::Warning), ("critical", Severity::Critical), ("rollback", Severity::Rollback)];

impl Check<'_> {
    pub(super) fn channels(&mut self, node: Option<&Node>) -> IndexMap<ChannelId, Channel> {
        let mut channels = IndexMap::new();
        for entry in self.entries(node, "channels") {
            self.name(&entry.key, entry.key_extent);
            // The file already refuses the same key twice in one mapping.
            let _ = self.names.channels.add(&entry.key, entry.key_extent, ());
            if let Some(channel) = self.channel(entry) {
                channels.insert(ChannelId::new(&entry.key), channel);
            }
        }
        channels
    }

    fn channel(&mut self, entry: &Entry) -> Option<Channel> {
        let fields = self.fields(&entry.value, &words::CHANNEL)?;
        let title = fields.get("title").map_or_else(|| entry.key.to_string(), |node| self.title(node));
        let kinds = fields.kinds();
        if let Some(second) = kinds.get(1) {
            let what = format!("a channel is one thing, not `{}` and `{}`", kinds[0].key, second.key);
            self.say(second.key_extent, what, "make two channels of it");
        }
        let Some(kind) = kinds.first() else {
            if !fields.misspelt {
                self.say(
                    fields.head,
                    "nothing says what channel it is",
                    format!("give it one of {}", words::CHANNEL.one_of.join(", ")),
                );
            }
            return None;
        };
        let address = fields.get("url").map(|node| self.template(node));
        let key = fields.get("key").map(|node| self.template(node));
        let kind = match &*kind.key {
            "slack" => ChannelKind::Slack { room: self.human(&kind.value), webhook: address },
            "email" => ChannelKind::Email { to: self.human(&kind.value) },
            "pagerduty" => ChannelKind::PagerDuty { service: self.human(&kind.value), key },
            "webhook" => ChannelKind::Webhook { url: self.template(&kind.value) },
            "status_page" => ChannelKind::StatusPage { url: self.human(&kind.value) },
            "phone" => ChannelKind::Phone { number: self.human(&kind.value) },
            _ => ChannelKind::Call { url: self.human(&kind.value) },
        };
        let told = self.some(fields.get("for"), "words").into_iter().filter_map(|node| self.choice(node, &SEVERITIES)).collect();
        Some(Channel { title, kind, told })
    }

    pub(super) fn channel_name(&mut self, node: &Node) -> ChannelId {
        let name = self.raw(node);
        let unknown = unknown(&self.names.channels, &name);
        self.tell(node, "channel", &name, unknown, "add it under `channels:`");
        ChannelId::new(&name)
    }

    pub(super) fn messages(&mut self, node: Option<&Node>) -> Vec<Message> {
        let mut messages = Vec::new();
        for entry in self.entries(node, "messages") {
            let message = self.message(entry);
            // The file already refuses the same key twice in one mapping.
            let _ = self.names.messages.add(&entry.key, entry.key_extent, message.clone());
            messages.extend(message);
        }
        messages
    }

    /// The prepared message that a step names. One word that is no name of one is a slip, where there are any.
    pub(super) fn named_message(&mut self, node: &Node) -> Option<Message> {
        let name = self.raw(node);
        if let Some(known) = self.names.messages.get(&name) {
            return known.clone();
        }
        if self.names.messages.first().is_some() && is_name(&name) {
            let unknown = unknown(&self.names.messages, &name);
            self.tell(node, "message", &name, unknown, "add it under `messages:`");
        }
        None
    }

    fn message(&mut self, entry: &Entry) -> Option<Message> {
        self.name(&entry.key, entry.key_extent);
        let fields = self.fields(&entry.value, &words::MESSAGE)?;
        let text = self.required(&fields, "a message", "text", "text: Deployment started")?;
        Some(Message {
            name: entry.key.to_string(),
            at: fields.get("at").and_then(|node| self.at(node)),
            to: self.some(fields.get("to"), "channels").into_iter().map(|node| self.channel_name(node)).collect(),
            subject: fields.get("subject").map(|node| self.open_template(node)),
            text: self.open_template(text),
        })
    }

    /// One ladder as a list of levels, or several by their titles.
    pub(super) fn escalation(&mut self, node: Option<&Node>) -> Vec<Escalation> {
        use crate::runbook::file::Value;
        match node.map(|node| &node.value) {
            Some(Value::Map(entries)) => {
                let mut ladders = Vec::new();
                for entry in entries {
                    ladders.push(Escalation { title: entry.key.to_string(), levels: self.levels(Some(&entry.value)) });
                }
                ladders
            }
            Some(_) => vec![Escalation { title: "Escalation".to_owned(), levels: self.levels(node) }],
            None => Vec::new(),
        }
    }

    fn levels(&mut self, node: Option<&Node>) -> Vec<Level> {
        let mut levels: Vec<Level> = Vec::new();
        for node in self.list(node, "levels") {
            let Some(fields) = self.fields(node, &words::LEVEL) else { continue };
            let level = self.level(&fields);
            if let (Some(before), Some(node)) = (levels.last(), fields.get("after"))
                && level.after < before.after
            {
                self.say(node.extent, "this level comes before the one above it", "write the levels in the order of their time");
            }
            levels.push(level);
        }
        levels
    }

    fn level(&mut self, fields: &Fields<'_>) -> Level {
        if !fields.has("call") && !fields.has("do") && !fields.misspelt {
            self.say(fields.head, "a level that calls nobody", "give it `call:` with roles, or say what to `do:`");
        }
        Level {
            after: fields.get("after").map_or(Span::ZERO, |node| self.span(node)),
            call: self.some(fields.get("call"), "roles").into_iter().map(|node| self.role(node)).collect(),
            act: self.some(fields.get("do"), "texts").into_iter().map(|node| self.title(node)).collect(),
            authority: fields.get("authority").map(|node| self.title(node)),
            escalate_if: fields.get("escalate_if").map(|node| self.title(node)),
        }
    }

    /// `links:` apart, whatever the author wants to say of the document: version, owner, status, next review.
    pub(super) fn document(&mut self, node: Option<&Node>) -> Document {
        let mut document = Document::default();
        for entry in self.entries(node, "facts about the document") {
            if &*entry.key == "links" {
                document.links = self.links(&entry.value);
            } else {
                document.facts.push((entry.key.to_string(), self.human(&entry.value)));
            }
        }
        document
    }
}
