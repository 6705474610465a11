//! What is polled: sources, where they are, and how one gets to them.

use indexmap::IndexMap;

use crate::id::PhaseId;
use crate::runbook::model::Expect;
use crate::runbook::template::Template;
use crate::time::Span;

/// Something polled. Every source has its own interval and deadline and one request in flight.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub kind: SourceKind,
    pub every: Span,
    /// For connect, headers and body together; for a script, from its start to its end.
    pub deadline: Span,
    pub headers: IndexMap<String, Template>,
    pub access: Access,
    /// What the answer must look like (`health` sources; others default to status 200).
    pub expect: Expect,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// Up or down, by status and body.
    Health { url: Address },
    /// Prometheus or OpenMetrics text; its metrics' queries are PromQL.
    Scrape { url: Address },
    /// A JSON document; its metrics carry a JSON path.
    Json { url: Address },
    /// A Prometheus server: its metrics' queries are sent to it, and it knows which alerts fire.
    Prometheus { url: Address },
    /// An Alertmanager: which alerts fire and are neither silenced nor inhibited.
    Alertmanager { url: Address },
    /// A script whose output holds the numbers.
    Script { script: String },
}

/// Where a source is: mostly at one address, and at others in phases that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub usual: Template,
    pub during: IndexMap<PhaseId, Template>,
}

impl Address {
    /// Stands for the rollback among the phases.
    pub const ROLLBACK: &str = "rollback";

    /// The address in `phase`, and under which key the runbook has it where it is not the usual one.
    pub fn at(&self, phase: Option<&PhaseId>) -> (&Template, Option<&PhaseId>) {
        match phase.and_then(|phase| self.during.get_key_value(phase)) {
            Some((phase, url)) => (url, Some(phase)),
            None => (&self.usual, None),
        }
    }
}

impl From<Template> for Address {
    fn from(usual: Template) -> Self {
        Self { usual, during: IndexMap::new() }
    }
}

/// What a server wants to see, and whom one trusts to be it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    pub auth: Option<Auth>,
    /// A file with the certificates that are trusted instead of the machine's.
    pub ca: Option<Template>,
    /// The file of this side's certificate, and that of its key.
    pub identity: Option<(Template, Template)>,
    /// Any certificate will do: shown wherever the source is.
    pub insecure: bool,
    pub proxy: Proxy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    Bearer(Template),
    Basic { user: Template, password: Template },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What the environment says, and none on the way to this machine itself.
    #[default]
    Environment,
    Never,
    Through(Template),
}

impl SourceKind {
    /// Where it is asked; a script is asked nowhere.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Health { url }
            | Self::Scrape { url }
            | Self::Json { url }
            | Self::Prometheus { url }
            | Self::Alertmanager { url } => Some(url),
            Self::Script { .. } => None,
        }
    }

    /// Whether it knows which alerts fire.
    pub fn tells_alerts(&self) -> bool {
        matches!(self, Self::Prometheus { .. } | Self::Alertmanager { .. })
    }

    /// The word the YAML uses: `health`, `scrape`, `json`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Health { .. } => "health",
            Self::Scrape { .. } => "scrape",
            Self::Json { .. } => "json",
            Self::Prometheus { .. } => "prometheus",
            Self::Alertmanager { .. } => "alertmanager",
            Self::Script { .. } => "script",
        }
    }
}

impl Source {
    /// A value older than this is stale: three intervals and one deadline have passed without a newer one.
    pub fn fresh_for(&self) -> Span {
        Span(self.every.0.saturating_mul(3)) + self.deadline
    }
}
