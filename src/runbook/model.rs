//! The runbook as the rest of the program knows it: checked, so that every name in it leads somewhere.
//!
//! `runbook::file` mirrors the YAML; `runbook::check` turns that into these types or into problems.

use chrono::NaiveTime;
use indexmap::IndexMap;

pub use crate::runbook::source::{Access, Address, Auth, Proxy, Source, SourceKind};

use crate::id::{ChecklistId, ItemId, MetricId, PhaseId, RoleId, SourceId, StepId, TriggerId, VarName};
use crate::measure::criterion::Criterion;
use crate::measure::metric::Metric;
use crate::runbook::template::{Template, Values};
use crate::time::{Span, Zone};

/// A checked plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Runbook {
    pub title: String,
    pub about: Option<String>,
    pub zone: Zone,
    pub window: Option<Window>,
    /// `t0:` in the file, the wall-clock time of T; `--t0` overrides it.
    pub t0: Option<NaiveTime>,
    pub vars: IndexMap<VarName, Var>,
    pub roles: IndexMap<RoleId, Role>,
    /// Several people may use one account, under names they give themselves.
    pub shared_accounts: bool,
    pub sources: IndexMap<SourceId, Source>,
    pub metrics: IndexMap<MetricId, Metric>,
    pub checklists: Vec<Checklist>,
    pub phases: Vec<Phase>,
    pub triggers: Vec<Trigger>,
    pub rollback: Option<Rollback>,
    pub contacts: Vec<Contact>,
    pub guides: Vec<Guide>,
}

/// The agreed opening and closing times. A closing time before the opening one is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub opens: NaiveTime,
    pub closes: NaiveTime,
}

/// When something is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// `T+1h`, `T-30m`.
    T(Span),
    /// `"09:00"` in the runbook's zone, on the day the window opens (or the day after, in the hours after midnight).
    Clock(NaiveTime),
}

/// How long something may take: `30m`, or `15m..30m` where late begins after `expected` and too late after `limit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub expected: Span,
    pub limit: Span,
}

/// A value the plan is run with: from `--var`, from the environment, or its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Var {
    pub about: Option<String>,
    pub default: Option<String>,
    /// The environment variable it is read from.
    pub env: Option<String>,
    /// Masked wherever it could appear.
    pub secret: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub title: String,
    pub phone: Option<String>,
    pub may: May,
    /// Who holds it, by account.
    pub people: Vec<String>,
    /// The Unix group whose members hold it.
    pub group: Option<String>,
    /// Its NO-GO can't be waived.
    pub veto: bool,
    /// May say GO against the evidence.
    pub waive: bool,
}

impl Role {
    /// A role that votes and that nobody is named for.
    pub fn titled(title: &str) -> Self {
        Self { title: title.to_owned(), phone: None, may: May::Vote, people: Vec::new(), group: None, veto: false, waive: false }
    }

    /// Whether the runbook says who holds it.
    pub fn is_staffed(&self) -> bool {
        !self.people.is_empty() || self.group.is_some()
    }
}

/// What who holds a role may do; each may what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum May {
    Observe,
    Vote,
    Command,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checklist {
    pub id: ChecklistId,
    pub title: String,
    pub due: Option<At>,
    pub items: Vec<Item>,
}

/// An item; one with children is complete when they are, and can't be ticked itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: ItemId,
    pub text: String,
    pub required: bool,
    pub owner: Option<RoleId>,
    pub field: Option<Field>,
    pub items: Vec<Item>,
}

impl Checklist {
    /// Every item with its depth, parents before children.
    pub fn walk(&self) -> Vec<(usize, &Item)> {
        fn visit<'a>(items: &'a [Item], depth: usize, into: &mut Vec<(usize, &'a Item)>) {
            for item in items {
                into.push((depth, item));
                visit(&item.items, depth + 1, into);
            }
        }
        let mut all = Vec::new();
        visit(&self.items, 0, &mut all);
        all
    }
}

/// What is filled in beside an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub ask: String,
    pub kind: FieldKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// `07:00` or `07:00:30`.
    Time,
    Number,
    Text,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub id: PhaseId,
    /// Its place in the plan, from 1.
    pub number: usize,
    pub title: String,
    pub at: Option<At>,
    pub duration: Option<Planned>,
    pub owner: Option<RoleId>,
    pub steps: Vec<Step>,
    pub gate: Option<Gate>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: StepId,
    /// `2.1`, or `R1` in the rollback: how people say it.
    pub number: String,
    pub title: String,
    pub kind: StepKind,
    pub owner: Option<RoleId>,
    /// How long it is expected to take.
    pub duration: Option<Planned>,
    /// It fails when it takes longer.
    pub timeout: Option<Span>,
    pub expect: Expect,
    /// Between TERM and KILL on cancel.
    pub grace: Span,
    /// May be skipped without being asked why.
    pub optional: bool,
    /// Asks once more before it runs.
    pub dangerous: bool,
    /// Shown before it runs.
    pub warn: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// A script, run from a private file; variables reach it as environment.
    Run {
        script: String,
        shell: Shell,
        env: IndexMap<String, Template>,
        dir: Option<Template>,
    },
    /// A person does it and says so.
    Manual {
        instruction: Template,
    },
    Http(Request),
    Wait {
        span: Span,
    },
    /// Holds for `span` while every criterion stays true.
    Bake {
        span: Span,
        criteria: Vec<Criterion>,
    },
}

impl StepKind {
    /// The word the YAML uses: `run`, `manual`, `http`, `wait`, `bake`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::Manual { .. } => "manual",
            Self::Http(_) => "http",
            Self::Wait { .. } => "wait",
            Self::Bake { .. } => "bake",
        }
    }

    /// Waiting and baking begin by themselves when the step before is done: nothing happens that one could regret.
    pub fn begins_by_itself(&self) -> bool {
        matches!(self, Self::Wait { .. } | Self::Bake { .. })
    }

    /// What must stay true while it lasts.
    pub fn criteria(&self) -> &[Criterion] {
        match self {
            Self::Bake { criteria, .. } => criteria,
            Self::Run { .. } | Self::Manual { .. } | Self::Http(_) | Self::Wait { .. } => &[],
        }
    }

    /// Whether a machine does it (so that it has output and can be cancelled).
    pub fn runs_outside(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Http(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `bash -o pipefail`, the default.
    Bash,
    /// POSIX `sh`.
    Sh,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    pub url: Template,
    pub headers: IndexMap<String, Template>,
    pub body: Option<Body>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A text: values stand in it as they are.
    Text(Template),
    /// Written as a mapping or a list: values stand in strings of it, and can't break out of them.
    Json(Template),
}

impl Body {
    pub fn render(&self, values: &Values) -> String {
        match self {
            Self::Text(template) => template.render(values),
            Self::Json(template) => template.render_json(values),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What must be seen for a success, beyond exit code 0 or a status below 400.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Expect {
    /// The exit code, where it is not 0.
    pub exit: Option<i32>,
    /// The HTTP status, where one in particular is meant.
    pub status: Option<u16>,
    /// Texts that the output (or body) must contain.
    pub contains: Vec<String>,
    /// Texts that must not be in it.
    pub absent: Vec<String>,
    /// Regular expressions that must be found in it.
    pub matches: Vec<String>,
    /// JSON path to the value that must be there.
    pub json: Vec<(String, serde_json::Value)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub question: String,
    pub require: Vec<Criterion>,
    pub poll: Vec<RoleId>,
    /// How many of the poll must say GO.
    pub quorum: usize,
    /// How long it may stay undecided before the deployment is held.
    pub expires: Option<Span>,
    /// The roles that may waive here, where they are not those with `waive: true`.
    pub waive: Vec<RoleId>,
    pub no_go: NoGo,
}

/// What NO-GO leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGo {
    Rollback,
    Hold,
    /// Back (or on) to this phase, which is done again.
    Phase(PhaseId),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    pub id: TriggerId,
    pub title: String,
    pub when: Criterion,
    /// How long it must hold.
    pub hold: Span,
    /// Empty: in every phase.
    pub during: Vec<PhaseId>,
    pub then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Starts the rollback by itself, after a countdown that the commander can veto.
    Rollback { countdown: Span },
    /// Puts the rollback before the commander.
    Propose,
    /// Says so, no more.
    Notify,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    pub budget: Span,
    pub steps: Vec<Step>,
    /// What must hold for the rollback to count as verified.
    pub verify: Vec<Criterion>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub role: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub link: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    pub title: String,
    pub text: String,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub title: String,
    pub url: String,
}

impl Runbook {
    /// The steps of the plan and of the rollback, in order.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        let back = self.rollback.iter().flat_map(|rollback| &rollback.steps);
        self.phases.iter().flat_map(|phase| &phase.steps).chain(back)
    }

    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.all_steps().find(|step| step.id == *id)
    }

    pub fn phase(&self, id: &PhaseId) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == *id)
    }

    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.checklists.iter().flat_map(Checklist::walk).map(|(_, item)| item).find(|item| item.id == *id)
    }

    /// The Unix groups that some role asks for.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.roles.values().filter_map(|role| role.group.as_deref())
    }

    /// How long a value of this metric stays fresh.
    pub fn fresh_for(&self, metric: &MetricId) -> Span {
        let source = self.metrics.get(metric).and_then(|metric| self.sources.get(&metric.source));
        source.map_or(Span::ZERO, Source::fresh_for)
    }
}
