//! The runbook as the rest of the program knows it: checked, so that every name in it leads somewhere.
//!
//! `runbook::file` mirrors the YAML; `runbook::check` turns that into these types or into problems.

mod comms;
mod step;
mod watch;

pub use comms::{Callee, Channel, ChannelKind, Document, Escalation, Level, Message, Severity};
pub use step::{
    Body, Capture, CaptureFrom, ChoiceOption, Course, Ends, Expect, Inside, Letter, Method, Number, Request, Shell, Step,
    StepKind, When,
};
pub use watch::{Leg, Watch, WatchFrom};

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use indexmap::IndexMap;

pub use crate::runbook::source::{Access, Address, Auth, Proxy, Source, SourceKind};

use crate::id::{ChannelId, ChecklistId, InOrder, ItemId, MetricId, PhaseId, RoleId, SourceId, StepId, TriggerId, VarName};
use crate::measure::criterion::Criterion;
use crate::measure::metric::Metric;
use crate::runbook::template::Template;
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
    pub sources: InOrder<SourceId, Source>,
    pub metrics: InOrder<MetricId, Metric>,
    pub checklists: Vec<Checklist>,
    pub phases: Vec<Phase>,
    pub triggers: Vec<Trigger>,
    pub rollback: Option<Rollback>,
    pub contacts: Vec<Contact>,
    pub guides: Vec<Guide>,
    pub channels: IndexMap<ChannelId, Channel>,
    pub messages: Vec<Message>,
    pub watch: Vec<Watch>,
    pub sign_off: Option<SignOff>,
    pub escalation: Vec<Escalation>,
    pub document: Document,
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
    /// `"T+1d 14:00"`, `"T-1d 18:00"`: that time on the day so many days after T's, or before it.
    Day(i64, NaiveTime),
    /// `"Wed 18:00"`: on the Wednesday that is nearest to T's day.
    Weekday(Weekday, NaiveTime),
    /// `"2026-10-31 14:00"`.
    Date(NaiveDateTime),
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
    /// What is asked for it at the start, where nothing else gives its value.
    pub ask: Option<String>,
    /// It is not known before a rollback: its value is why that was started.
    pub at_rollback: bool,
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
    pub about: ListAbout,
    pub items: Vec<Item>,
}

/// What a checklist is about, and so what waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListAbout {
    /// What has to be so before: the start waits for it, where it is due by then.
    Start,
    /// What a criterion asks for: that waits, and nothing else.
    Asked,
    /// The time after the plan: nothing waits.
    After,
    /// The rollback: it is there from then on, and nothing waits.
    Rollback,
    /// What is looked at again and again: nothing waits, and what nobody looks at is missed.
    Watch,
}

/// An item; one with children is complete when they are, and can't be ticked itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: ItemId,
    pub text: String,
    pub required: bool,
    pub owner: Option<RoleId>,
    /// When it is due, where that is not when its list is.
    pub at: Option<At>,
    pub about: Option<String>,
    pub links: Vec<Link>,
    pub when: Option<When>,
    pub field: Option<Field>,
    pub items: Vec<Item>,
}

impl Item {
    /// An item that says only what is to be done.
    pub fn plain(id: ItemId, text: String) -> Self {
        Self {
            id,
            text,
            required: true,
            owner: None,
            at: None,
            about: None,
            links: Vec::new(),
            when: None,
            field: None,
            items: Vec::new(),
        }
    }

    /// Why it does not apply in this room.
    pub fn not_for_us(&self) -> Option<&str> {
        self.when.as_ref().and_then(When::never)
    }
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// `07:00` or `07:00:30`.
    Time,
    Number,
    Text,
    /// One of these words.
    OneOf(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub id: PhaseId,
    /// Its place in the plan, from 1.
    pub number: usize,
    /// Which of the phases of the file it was made from, counted from 0; the final verdict has none.
    pub written: Option<usize>,
    pub title: String,
    pub at: Option<At>,
    pub duration: Option<Planned>,
    pub owner: Option<RoleId>,
    /// What it is for.
    pub about: Option<String>,
    pub links: Vec<Link>,
    pub when: Option<When>,
    /// Values of its own: of a phase that is used again, or done for each of several.
    pub with: IndexMap<VarName, Template>,
    /// Those inside a group, an option or a verification stand behind the step that they belong to.
    pub steps: Vec<Step>,
    pub gate: Option<Gate>,
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
    /// The values of the phase whose failure it is.
    pub with: IndexMap<VarName, Template>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Starts the rollback by itself, after a countdown that the commander can veto.
    Rollback { countdown: Span },
    /// Puts the rollback before the commander.
    Propose,
    /// Nothing new begins until somebody resumes.
    Hold,
    /// Somebody has to look into it: it speaks against GO until it is gone, or vetoed.
    Investigate,
    /// Says so, no more.
    Notify,
}

impl Then {
    /// How bad it is that the trigger fired.
    pub fn severity(self) -> Severity {
        match self {
            Self::Rollback { .. } => Severity::Rollback,
            Self::Propose | Self::Hold | Self::Investigate => Severity::Critical,
            Self::Notify => Severity::Warning,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    pub budget: Span,
    pub steps: Vec<Step>,
    /// What must hold for the rollback to count as verified.
    pub verify: Vec<Criterion>,
}

/// Who signs at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    pub question: String,
    pub roles: Vec<RoleId>,
    pub verdicts: Vec<String>,
    /// Those of them that do not accept it.
    pub refuses: Vec<String>,
    /// The deployment is completed only once each has signed.
    pub required: bool,
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

    /// Every checklist, those of watches among them.
    pub fn lists(&self) -> impl Iterator<Item = &Checklist> {
        self.checklists.iter().chain(self.watch.iter().map(|watch| &watch.list))
    }

    /// Every item that can be ticked, with the number by which people name it: that of its list and its place there, `1.3`.
    pub fn numbered_items(&self) -> Vec<(String, &Item)> {
        let numbered = self.lists().zip(1..).flat_map(|(list, number)| {
            let leaves = list.walk().into_iter().map(|(_, item)| item).filter(|item| item.items.is_empty());
            leaves.zip(1..).map(move |(item, place)| (format!("{number}.{place}"), item))
        });
        numbered.collect()
    }

    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.lists().flat_map(Checklist::walk).map(|(_, item)| item).find(|item| item.id == *id)
    }

    /// The Unix groups that some role asks for.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.roles.values().filter_map(|role| role.group.as_deref())
    }

    /// The channels that are told of something so bad, in the order of the file.
    pub fn told(&self, severity: Severity) -> impl Iterator<Item = &Channel> {
        self.channels.values().filter(move |channel| channel.told.contains(&severity))
    }

    /// How long a value of this metric stays fresh.
    pub fn fresh_for(&self, metric: &MetricId) -> Span {
        self.sources_of(metric).map(Source::fresh_for).max().unwrap_or(Span::ZERO)
    }

    /// How often it is measured: where it compares two sources, as often as the slower one is asked.
    pub fn every(&self, metric: &MetricId) -> Option<Span> {
        self.sources_of(metric).map(|source| source.every).max()
    }

    /// Whether anybody may answer for one of its sources.
    pub fn is_insecure(&self, metric: &MetricId) -> bool {
        self.sources_of(metric).any(|source| source.access.insecure)
    }

    fn sources_of(&self, metric: &MetricId) -> impl Iterator<Item = &Source> {
        self.metrics.get(metric).into_iter().flat_map(Metric::sources).filter_map(|source| self.sources.get(source))
    }
}
