//! Who is told, over what, and what; who is called next; and what the document says of itself.

use crate::id::{ChannelId, RoleId};
use crate::runbook::model::{At, Link};
use crate::runbook::template::Template;
use crate::time::Span;

/// A way to reach people.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub title: String,
    pub kind: ChannelKind,
    /// What it is told of; empty: only what a message says.
    pub told: Vec<Severity>,
}

/// How bad it is that something happened, from what needs a look to what must wake people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A metric entered its warning band, or a trigger says so and no more.
    Warning,
    /// A metric entered its critical band, or a trigger fired that wants a decision.
    Critical,
    /// The rollback counts down, or runs.
    Rollback,
}

impl Channel {
    /// What people do: `tell #deployment`, `page shop-production`, `call +00 555 0199`, `mail ops@shop.example`.
    pub fn reach(&self) -> String {
        let what = match self.kind.shown() {
            "" => &self.title,
            shown => shown,
        };
        format!("{} {what}", self.kind.verb())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ChannelKind {
    /// A room to write into; its address may be a secret.
    Slack {
        room: String,
        webhook: Option<Template>,
    },
    Email {
        to: String,
    },
    PagerDuty {
        service: String,
        key: Option<Template>,
    },
    Webhook {
        url: Template,
    },
    /// A page that people look at.
    StatusPage {
        url: String,
    },
    Phone {
        number: String,
    },
    /// A call that people join.
    Call {
        url: String,
    },
}

impl ChannelKind {
    /// The word the YAML uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "slack",
            Self::Email { .. } => "email",
            Self::PagerDuty { .. } => "pagerduty",
            Self::Webhook { .. } => "webhook",
            Self::StatusPage { .. } => "status_page",
            Self::Phone { .. } => "phone",
            Self::Call { .. } => "call",
        }
    }

    /// What is done to reach people by it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "tell",
            Self::Email { .. } => "mail",
            Self::PagerDuty { .. } => "page",
            Self::Webhook { .. } => "post to",
            Self::StatusPage { .. } => "update",
            Self::Phone { .. } => "call",
            Self::Call { .. } => "join",
        }
    }

    /// What people know it by: `#deployment`. Addresses that may hold a secret are not said.
    pub fn shown(&self) -> &str {
        match self {
            Self::Slack { room, .. } => room,
            Self::Email { to } => to,
            Self::PagerDuty { service, .. } => service,
            Self::Webhook { .. } => "",
            Self::StatusPage { url } | Self::Call { url } => url,
            Self::Phone { number } => number,
        }
    }
}

/// A text that is prepared: sent by a step, or due at its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub name: String,
    pub at: Option<At>,
    pub to: Vec<ChannelId>,
    pub subject: Option<Template>,
    pub text: Template,
}

/// Who is called when trouble goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    pub title: String,
    pub levels: Vec<Level>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// How long the trouble has gone on.
    pub after: Span,
    pub call: Vec<RoleId>,
    /// What is done at this point.
    pub act: Vec<String>,
    /// What they may decide.
    pub authority: Option<String>,
    /// What leads to the next level.
    pub escalate_if: Option<String>,
}

/// What the document says of itself; shown, and judged by nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// `Version: 1.0`, `Risk: minimal`, in the order of the file.
    pub facts: Vec<(String, String)>,
    pub links: Vec<Link>,
}
