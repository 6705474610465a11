//! Who is told, over what, and what; who is called next; and what the document says of itself.

use crate::id::{ChannelId, RoleId};
use crate::runbook::model::{At, Contact, Link, Runbook};
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

/// Somebody who can be called: `Technical lead (Ben Example)`, with the number, the address or the page they are reached at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    pub name: String,
    pub at: Option<String>,
}

impl Contact {
    /// Whether this is who has the role, by its id or its title: `DBA on call`, or one of several, `DBA on call, platform`.
    fn has(&self, id: &RoleId, title: &str) -> bool {
        let is = |said: &str| [id.as_str(), title].iter().any(|known| said.trim().eq_ignore_ascii_case(known.trim()));
        is(&self.name) || self.role.as_deref().is_some_and(|role| is(role) || role.split(',').any(is))
    }

    fn at(&self) -> Option<&String> {
        self.phone.as_ref().or(self.email.as_ref()).or(self.link.as_ref())
    }
}

impl Runbook {
    /// Who is called for a role: the role's own number, else the contacts that have the role, else the role as it is called.
    pub fn callees(&self, id: &RoleId) -> Vec<Callee> {
        let role = self.roles.get(id);
        let title = role.map_or(id.as_str(), |role| role.title.as_str());
        let phone = role.and_then(|role| role.phone.clone());
        if phone.is_none() {
            let found: Vec<Callee> = self
                .contacts
                .iter()
                .filter(|contact| contact.has(id, title))
                .map(|contact| {
                    let is_named_so = contact.name.trim().eq_ignore_ascii_case(title.trim());
                    let name = if is_named_so { title.to_owned() } else { format!("{title} ({})", contact.name) };
                    Callee { name, at: contact.at().cloned() }
                })
                .collect();
            if found.iter().any(|callee| callee.at.is_some()) {
                return found;
            }
        }
        vec![Callee { name: title.to_owned(), at: phone }]
    }
}

/// What the document says of itself; shown, and judged by nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// `Version: 1.0`, `Risk: minimal`, in the order of the file.
    pub facts: Vec<(String, String)>,
    pub links: Vec<Link>,
}
