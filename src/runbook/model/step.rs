//! A step: what is done, by what kind of doing, when it applies, and what must be seen for a success.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{At, Link, Planned};
use crate::id::{ChannelId, RoleId, StepId, VarName};
use crate::measure::criterion::{Criterion, Op};
use crate::runbook::template::{Template, Values};
use crate::time::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: StepId,
    /// `2.1`, or `R1` in the rollback: how people say it.
    pub number: String,
    pub title: String,
    pub kind: StepKind,
    /// The step that it belongs to, which stands before it.
    pub inside: Option<Inside>,
    pub about: Option<String>,
    pub links: Vec<Link>,
    pub owner: Option<RoleId>,
    /// When it is planned, where that is not when the one before it is done.
    pub at: Option<At>,
    /// Whether it applies; without it, always.
    pub when: Option<When>,
    /// Values of its own, which go before the room's.
    pub with: IndexMap<VarName, Template>,
    /// How long it is expected to take.
    pub duration: Option<Planned>,
    /// It fails when it takes longer.
    pub timeout: Option<Span>,
    pub expect: Expect,
    /// What is taken from its output for later steps.
    pub capture: Vec<Capture>,
    /// What a step of many parts is expected to do, in order, with how long each takes where that is known.
    pub outline: Vec<(String, Option<Span>)>,
    /// Between TERM and KILL on cancel.
    pub grace: Span,
    /// May be skipped without being asked why.
    pub optional: bool,
    /// Asks once more before it runs.
    pub dangerous: bool,
    /// Why nothing leads back once it has begun.
    pub point_of_no_return: Option<String>,
    /// A second person has to agree before it runs.
    pub second_person: bool,
    /// Shown before it runs.
    pub warn: Option<String>,
}

/// What a step is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// One of those that run beside each other.
    Group(StepId),
    /// A step of one of the options that can be chosen.
    Option(StepId, Letter),
    /// It looks whether that step did what it was to do.
    Verify(StepId),
}

impl Inside {
    pub fn parent(&self) -> &StepId {
        match self {
            Self::Group(parent) | Self::Option(parent, _) | Self::Verify(parent) => parent,
        }
    }
}

/// One of the options of a choice, by its place: A, B, C …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Letter(pub u8);

impl Letter {
    pub fn letter(self) -> char {
        char::from(b'A' + self.0.min(25))
    }
}

/// Whether something applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// `strategy == blue-green`, `kubernetes`, `not kubernetes`: known once the variables have their values.
    Var { name: VarName, is: bool, value: Option<String> },
    /// The values say that it does not: why.
    Never { why: String },
    /// A person is asked in place.
    Ask { question: String },
}

impl When {
    pub fn question(&self) -> Option<&str> {
        match self {
            Self::Ask { question } => Some(question),
            Self::Var { .. } | Self::Never { .. } => None,
        }
    }

    pub fn never(&self) -> Option<&str> {
        match self {
            Self::Never { why } => Some(why),
            Self::Var { .. } | Self::Ask { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// A script, run from a private file; variables reach it as environment.
    Run {
        script: String,
        shell: Shell,
        env: IndexMap<String, Template>,
        dir: Option<Template>,
        course: Course,
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
    /// Waits until every criterion has been true for `hold`, however long that takes.
    Until {
        hold: Span,
        criteria: Vec<Criterion>,
    },
    /// A text that goes out to people, who may have to acknowledge it.
    Message {
        /// The entry of `messages:` that it is.
        name: Option<String>,
        to: Vec<ChannelId>,
        subject: Option<Template>,
        text: Template,
    },
    /// One of several options is chosen; the steps of the others are not run.
    Choose {
        options: Vec<ChoiceOption>,
    },
    /// Its steps run beside each other.
    Group,
}

/// How the run of a script is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It ends by itself.
    Once,
    /// It runs on beside what comes after it, and is stopped then.
    Background { until: Ends },
    /// It is looked at for so long, then stopped, and that is a success; run again and again where `every` says so.
    Watch { span: Span, every: Option<Span> },
    /// It is run again and again until it succeeds.
    Until { every: Span },
}

/// What ends a step that runs on in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Phase,
    Plan,
    /// Nothing here: it runs on when the plan is left.
    Never,
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceOption {
    pub title: String,
    pub about: Option<String>,
}

impl StepKind {
    /// The word the YAML uses: `run`, `manual`, `http`, `wait`, `bake` …
    pub fn word(&self) -> &'static str {
        match self {
            Self::Run { course: Course::Once, .. } => "run",
            Self::Run { course: Course::Background { .. }, .. } => "background",
            Self::Run { course: Course::Watch { .. }, .. } => "watch",
            Self::Run { course: Course::Until { .. }, .. } | Self::Until { .. } => "until",
            Self::Manual { .. } => "manual",
            Self::Http(_) => "http",
            Self::Wait { .. } => "wait",
            Self::Bake { .. } => "bake",
            Self::Message { .. } => "message",
            Self::Choose { .. } => "choose",
            Self::Group => "group",
        }
    }

    /// What must stay or become true while it lasts.
    pub fn criteria(&self) -> &[Criterion] {
        match self {
            Self::Bake { criteria, .. } | Self::Until { criteria, .. } => criteria,
            Self::Run { .. }
            | Self::Manual { .. }
            | Self::Http(_)
            | Self::Wait { .. }
            | Self::Message { .. }
            | Self::Choose { .. }
            | Self::Group => &[],
        }
    }

    /// Whether a machine does it (so that it has output and can be cancelled).
    pub fn runs_outside(&self) -> bool {
        matches!(self, Self::Run { .. } | Self::Http(_))
    }

    /// Whether a person does it and says when it is done.
    pub fn by_hand(&self) -> bool {
        matches!(self, Self::Manual { .. } | Self::Message { .. })
    }

    /// How long it lasts by what it says itself.
    pub fn own_length(&self) -> Option<Span> {
        match self {
            Self::Wait { span } | Self::Bake { span, .. } | Self::Run { course: Course::Watch { span, .. }, .. } => Some(*span),
            Self::Until { hold, .. } => Some(*hold).filter(|hold| *hold > Span::ZERO),
            Self::Run { course: Course::Once | Course::Background { .. } | Course::Until { .. }, .. }
            | Self::Manual { .. }
            | Self::Http(_)
            | Self::Message { .. }
            | Self::Choose { .. }
            | Self::Group => None,
        }
    }

    /// Whether it runs on beside the steps after it.
    pub fn background(&self) -> Option<Ends> {
        match self {
            Self::Run { course: Course::Background { until }, .. } => Some(*until),
            Self::Run { .. }
            | Self::Manual { .. }
            | Self::Http(_)
            | Self::Wait { .. }
            | Self::Bake { .. }
            | Self::Until { .. }
            | Self::Message { .. }
            | Self::Choose { .. }
            | Self::Group => None,
        }
    }
}

impl Step {
    /// A step that says only what it does.
    pub fn plain(id: StepId, number: String, title: String, kind: StepKind) -> Self {
        Self {
            id,
            number,
            title,
            kind,
            inside: None,
            about: None,
            links: Vec::new(),
            owner: None,
            at: None,
            when: None,
            with: IndexMap::new(),
            duration: None,
            timeout: None,
            expect: Expect::default(),
            capture: Vec::new(),
            outline: Vec::new(),
            grace: Span::seconds(10),
            optional: false,
            dangerous: false,
            point_of_no_return: None,
            second_person: false,
            warn: None,
        }
    }

    /// It begins by itself when the step before is done: nothing happens in it that one could regret.
    pub fn begins_by_itself(&self) -> bool {
        self.is_verification() || matches!(self.kind, StepKind::Wait { .. } | StepKind::Bake { .. } | StepKind::Until { .. })
    }

    pub fn is_verification(&self) -> bool {
        matches!(self.inside, Some(Inside::Verify(_)))
    }

    /// Whether it changes something outside, so that what was measured before it proves nothing about it.
    pub fn acts(&self) -> bool {
        let looks = matches!(self.kind, StepKind::Run { course: Course::Watch { .. } | Course::Until { .. }, .. });
        let does = matches!(self.kind, StepKind::Run { .. } | StepKind::Http(_) | StepKind::Manual { .. });
        does && !looks && !self.begins_by_itself()
    }

    /// What the plan never begins without a person: what is dangerous, asked about, or chosen.
    pub fn waits_for_a_person(&self) -> bool {
        let asked = self.when.as_ref().is_some_and(|when| when.question().is_some());
        self.dangerous || self.second_person || asked || matches!(self.kind, StepKind::Choose { .. })
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expect {
    /// The exit code, where it is not 0.
    pub exit: Option<i32>,
    /// The HTTP status, where one in particular is meant.
    pub status: Option<u16>,
    /// Texts that the output (or body) must contain.
    pub contains: Vec<String>,
    /// Texts that must not be in it.
    pub absent: Vec<String>,
    /// Regular expressions that some line of it must match.
    pub matches: Vec<String>,
    /// What the whole of it must be, but for white space around it.
    pub value: Option<String>,
    /// Numbers in it, and what they must be.
    pub numbers: Vec<Number>,
    /// How many lines it must have.
    #[serde(default)]
    pub lines: Option<Number>,
    /// JSON path to the value that must be there.
    pub json: Vec<(String, serde_json::Value)>,
}

impl Expect {
    /// Whether what is expected can be said before the end of the output: texts that are found stay found.
    pub fn is_seen_early(&self) -> bool {
        self.absent.is_empty()
            && self.json.is_empty()
            && self.value.is_none()
            && self.numbers.is_empty()
            && self.lines.is_none()
            && self.matches.is_empty()
    }
}

/// A number in the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// The regular expression whose first group it is; without one the whole output is the number.
    pub pattern: Option<String>,
    pub op: Op,
    pub limit: f64,
    /// As it was written: `>= 3895`.
    pub written: String,
}

/// A value taken from a step's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    pub name: VarName,
    pub from: CaptureFrom,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureFrom {
    /// The last line that is not empty; of a manual step what the person types.
    LastLine,
    /// The first group of a regular expression, or all that it matches.
    Pattern(String),
    /// The value at a JSON path.
    Json(String),
}
