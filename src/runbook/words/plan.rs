//! The whole runbook, its variables and times, its phases with their gates, triggers, and the rollback.

use super::forms::{AT, CLOCK, CRITERION, ENV, ID, PLAIN, PLANNED, SPAN, TEXT, WHEN_FORM, ZONE};
use super::people::LINKS;
use super::{
    CHANNEL, CHECKLIST, CONTACT, GUIDE, Key, LEVEL, LINK, MESSAGE, METRIC, Part, ROLE, SIGN_OFF, SOURCE, STEP, Takes, WATCH, key,
};

const SHARED: &[(&str, &str)] =
    &[("allow", "each name has its own seat, and roles may name it"), ("one_seat", "an account has one seat in a poll")];

/// A fact, or what stands under `links:`.
static FACT: Takes = Takes::Either(&FACT_TAKES);
static FACT_TAKES: [Takes; 3] = [TEXT, Takes::Named("TITLE", &TEXT), Takes::List(&A_PAGE)];
static A_PAGE: Takes = Takes::Part(&LINK);

const VERSIONS: &[(&str, &str)] = &[("1", "the format that this program reads")];

pub static RUNBOOK: Part = Part {
    name: "runbook",
    noun: "a runbook",
    about: "The plan of one deployment: a YAML file, read whole and checked before anything begins.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("warroom", Takes::Word(VERSIONS), "warroom: 1", "The version of the file's format.").needed(),
        key("title", TEXT, "title: Shop 2.4.0 to production", "What is deployed, as the screen's first line says it.").needed(),
        key("about", TEXT, "about: A canary in three steps.", "What the deployment is about, in a sentence or two."),
        key("timezone", ZONE, "timezone: Europe/Berlin", "The time zone in which all times of the runbook are meant.").or("UTC"),
        key(
            "window",
            Takes::Part(&WINDOW),
            "window: { opens: \"22:00\", closes: \"02:00\" }",
            "The agreed maintenance window. Time left is counted down, and the last moment at which a rollback still fits is shown.",
        ),
        key("t0", CLOCK, "t0: \"22:15\"", "The planned time of T, the moment the deployment starts; `--t0` overrides it.")
            .or("when `b` is pressed"),
        key(
            "vars",
            Takes::Named("NAME", &Takes::Either(&[PLAIN, Takes::Part(&VAR), Takes::Nothing])),
            "vars: { version: 2.4.0, target: { about: base address of the service } }",
            "Values that the plan is run with. Texts and addresses use them as `{{ name }}`, scripts as environment: `$name`. \
             A value comes from `--var`, then the environment, then its default; a variable with none of them has to be given.",
        ),
        key(
            "roles",
            Takes::Named("ROLE", &Takes::Either(&[TEXT, Takes::Part(&ROLE), Takes::Nothing])),
            "roles: { commander: Deployment commander, sre: { title: SRE on duty, phone: \"+00 555 0100\" } }",
            "The parts that people play: they own steps and vote at gates. A text alone is the title.",
        ),
        key(
            "shared_accounts",
            Takes::Word(SHARED),
            "shared_accounts: allow",
            "Whether people who use one account, under names they give, count as several.",
        )
        .or("one_seat"),
        key(
            "sources",
            Takes::Named("SOURCE", &Takes::Part(&SOURCE)),
            "sources: { health: { health: \"http://127.0.0.1:8080/health\" } }",
            "What is polled, each in its own rhythm.",
        ),
        key(
            "metrics",
            Takes::Named("METRIC", &Takes::Part(&METRIC)),
            "sources: { app: { scrape: \"http://127.0.0.1:8080/metrics\" } }\nmetrics: { memory: { unit: bytes, source: app, query: process_resident_memory_bytes } }",
            "Named numbers out of the sources. Criteria are written with these names.",
        ),
        key(
            "checklists",
            Takes::List(&Takes::Part(&CHECKLIST)),
            "checklists: [ { title: Before we start, items: [ Backup is finished ] } ]",
            "What people tick and fill in.",
        ),
        key(
            "phases",
            Takes::List(&Takes::Part(&PHASE)),
            "phases: [ { title: Deploy, steps: [ { run: ./deploy.sh } ] } ]",
            "The parts of the plan, in order.",
        )
        .needed(),
        key(
            "success",
            Takes::OneOrMore(&CRITERION),
            "sources: { health: { health: \"http://127.0.0.1:8080/health\" } }\nsuccess: [ health is up, operator confirms \"users are content\" ]",
            "What must be true for the deployment to be a success. It is judged at the end: as evidence of the last phase's gate, which \
             is recorded with its decision, or of a gate of its own (`final-verdict`) where that phase has none.",
        ),
        key(
            "triggers",
            Takes::List(&Takes::Part(&TRIGGER)),
            "sources: { health: { health: \"http://127.0.0.1:8080/health\" } }\ntriggers: [ { when: health is down, for: 30s, then: notify } ]",
            "What starts or proposes the rollback.",
        ),
        key(
            "rollback",
            Takes::Part(&ROLLBACK),
            "rollback: { budget: 5m, steps: [ { run: ./undo.sh } ] }",
            "The way back: one key and a reason away at any moment.",
        ),
        key(
            "contacts",
            Takes::List(&Takes::Part(&CONTACT)),
            "contacts: [ { name: Ana Kettle, phone: \"+00 555 0100\" } ]",
            "Whom to call.",
        ),
        key(
            "guides",
            Takes::List(&Takes::Part(&GUIDE)),
            "guides: [ { title: When errors rise, text: Roll back first. } ]",
            "What one wants to read when something goes wrong, one key away.",
        ),
        key(
            "watch",
            Takes::List(&Takes::Part(&WATCH)),
            "watch: [ { title: The first day, every: { 5m: 1h, 30m: 8h }, items: [ No new errors ] } ]",
            "What people look at again and again, beside the plan and once it is done.",
        ),
        key("sign_off", Takes::Part(&SIGN_OFF), "roles: { sre: SRE on duty }\nsign_off: { roles: sre }", "Who signs at the end."),
        key(
            "channels",
            Takes::Named("NAME", &Takes::Part(&CHANNEL)),
            "channels: { team: { slack: \"#deployment\" } }",
            "The ways to reach people.",
        ),
        key(
            "messages",
            Takes::Named("NAME", &Takes::Part(&MESSAGE)),
            "messages: { begun: { at: T, text: The deployment has begun. } }",
            "Texts that are prepared, with the time at which they are due.",
        ),
        key(
            "escalation",
            Takes::Either(&[Takes::List(&Takes::Part(&LEVEL)), Takes::Named("TITLE", &Takes::List(&Takes::Part(&LEVEL)))]),
            "escalation: [ { after: 0m, do: Look at the log }, { after: 15m, do: Call the lead } ]",
            "Who is called when trouble goes on: levels, or several ladders of them by their titles.",
        ),
        key(
            "document",
            Takes::Named("FACT", &FACT),
            "document: { Version: 1.0, Owner: Operations, Next review: after the deployment }",
            "What the document says of itself; shown, and judged by nobody. `links:` in it are pages.",
        ),
    ],
};

pub static WINDOW: Part = Part {
    name: "window",
    noun: "a window",
    about: "The agreed opening and closing times.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("opens", CLOCK, "opens: \"22:00\"", "When it opens.").needed(),
        key("closes", CLOCK, "closes: \"02:00\"", "When it closes; a time before the opening one is on the next day.").needed(),
        key("timezone", ZONE, "timezone: Europe/Berlin", "The same as `timezone` of the runbook, written here.")
            .or("the runbook's"),
    ],
};

pub static VAR: Part = Part {
    name: "var",
    noun: "a variable",
    about: "A value that the plan is run with. `name: value` is short for `name: { default: value }`; `name:` alone has to be given.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("about", PLAIN, "about: base address of the service", "What it is, for who has to give it."),
        key("default", PLAIN, "default: 2.4.0", "Its value where none is given.").or("none: it must be given"),
        key("env", ENV, "env: CF_TOKEN", "The environment variable that it is read from."),
        key(
            "secret",
            Takes::Flag,
            "secret: true\nenv: CF_TOKEN",
            "Masked wherever it could appear, and never recorded. A secret has no default.",
        )
        .or("false"),
        key("ask", PLAIN, "ask: Which version?", "What is asked for it where it has no value."),
        key(
            "when",
            Takes::Word(ASKED),
            "ask: Why are we rolling back?\nwhen: rollback",
            "When it gets its value. The one of the rollback is its reason, which its scripts find under this name.",
        )
        .or("start"),
    ],
};

const ASKED: &[(&str, &str)] = &[("start", "before the room opens"), ("rollback", "when the rollback is started")];

const WHEN_ABOUT: &str = "Whether it applies: `name`, `not name`, `name == value` or `name != value` on a variable. What does not \
                          apply is left out, with the reason.";

static WHEN_TAKES: [Takes; 2] = [WHEN_FORM, Takes::Part(&CONDITION)];

/// Wherever something may not apply.
pub(super) const WHEN: Key = key(
    "when",
    Takes::Either(&WHEN_TAKES),
    "when: { ask: Is a restore needed? }",
    "Whether it applies: `name`, `not name`, `name == value` or `name != value` on a variable, or a question to be answered in \
     place. What does not apply is left out, with the reason.",
);
pub(super) const WHEN_ITEM: Key = key("when", WHEN_FORM, "when: version != 2.4.0", WHEN_ABOUT);

pub static CONDITION: Part = Part {
    name: "condition",
    noun: "a condition",
    about: "A question that decides, in place, whether something applies.",
    one_of: &[],
    any_of: &[],
    keys: &[key("ask", TEXT, "ask: Is a restore of the database needed?", "What is asked; yes or no.").needed()],
};

pub static PHASE: Part = Part {
    name: "phase",
    noun: "a phase",
    about: "A part of the plan: steps, and the gate that decides whether to go on.",
    one_of: &[],
    any_of: &["steps", "gate"],
    keys: &[
        key("id", ID, "id: canary", "What triggers and gates call it.").or("made from the title"),
        key("title", TEXT, "title: 10 % of the traffic", "What people call it. A phase with an `id` may go by that."),
        key("about", TEXT, "about: One in ten requests goes to blue.", "What it is for."),
        LINKS,
        key(
            "use",
            Takes::Name("phase"),
            "title: Half\nuse: other",
            "The phase does what that one does: what it does not say itself is taken from there, apart from `at` and `when`.",
        ),
        key("with", Takes::Named("VARIABLE", &TEXT), "with: { version: 2.5.0 }", "Values of variables in this phase only."),
        key(
            "each",
            Takes::Named("NAME", &Takes::List(&TEXT)),
            "title: To {{ region }}\neach: { region: [ eu, us ] }",
            "The phase stands for several, one for each value, which its steps find under that name.",
        ),
        WHEN,
        key("at", AT, "at: T+1h", "When it is planned to begin. What stands before a phase that is `at: T` ends there.")
            .or("right after the one before"),
        key("duration", PLANNED, "duration: 15m..30m", "How long it is planned to take."),
        key("owner", Takes::Name("role"), "owner: sre", "The role that sees to it."),
        key("env", Takes::Named("NAME", &TEXT), "env: { ENVIRONMENT: production }", "Environment for all of its scripts."),
        key("dir", TEXT, "dir: monitoring", "The folder that all of its scripts begin in.").or("where the runbook was started"),
        key("steps", Takes::List(&Takes::Part(&STEP)), "steps: [ { run: ./deploy.sh } ]", "What is done, in order."),
        key(
            "fail",
            Takes::Part(&FAIL),
            "fail: { when: [ error_rate > 1%, p95 > 200ms ], for: 1m, then: investigate }",
            "What is a failure of this phase, and what that leads to. What it needs for success stands in its gate.",
        ),
        key(
            "gate",
            Takes::Part(&GATE),
            "gate: { question: Go on?, require: health is up, poll: commander }",
            "The decision at its end. Without a gate the plan goes on by itself.",
        ),
    ],
};

/// What a gate's NO-GO leads to, besides a phase.
const QUORUM: &[(&str, &str)] = &[("all", "every one of them")];

const NO_GO: &[(&str, &str)] = &[("rollback", "starts the rollback"), ("hold", "nothing new begins until somebody resumes")];

pub static GATE: Part = Part {
    name: "gate",
    noun: "a gate",
    about: "A decision point: the evidence, a poll of roles, and what go and no-go lead to. GO needs every criterion to pass \
            and every polled role to have said GO; otherwise it needs a waiver with a reason.",
    one_of: &[],
    any_of: &["question", "require", "poll"],
    keys: &[
        key("question", TEXT, "question: Continue to 50 %?", "What is decided.").or("`Go on after …?`"),
        key(
            "require",
            Takes::OneOrMore(&CRITERION),
            "require: [ error_rate < 0.5%, health is up, no critical metrics ]",
            "What must be measured to be true. What is not known does not pass.",
        ),
        key(
            "poll",
            Takes::OneOrMore(&Takes::Name("role")),
            "poll: [ commander, sre ]",
            "The roles that vote GO, NO-GO or HOLD; ABSTAIN where the quorum is less than all of them.",
        ),
        key(
            "quorum",
            Takes::Either(&[Takes::Word(QUORUM), Takes::Whole(1, 100)]),
            "poll: [ commander, sre ]\nquorum: 1",
            "How many of them must say GO. A NO-GO or HOLD needs a waiver all the same.",
        )
        .or("all")
        .beside(&["poll"]),
        key(
            "expires",
            SPAN,
            "question: Go on?\nexpires: 10m",
            "Undecided for so long, the deployment is held; the gate is asked anew when it is resumed.",
        )
        .or("never"),
        key(
            "waive",
            Takes::OneOrMore(&Takes::Name("role")),
            "question: Go on?\nwaive: [ sre ]",
            "The roles that may waive here, instead of those with `waive: true`.",
        ),
        key(
            "no_go",
            Takes::Either(&[Takes::Word(NO_GO), Takes::Name("phase")]),
            "question: Go on?\nno_go: hold",
            "What NO-GO leads to; the name of a phase goes back (or on) to that one.",
        )
        .or("rollback, where there is one; else hold"),
    ],
};

/// What a trigger may do.
const THEN: &[(&str, &str)] = &[
    (
        "rollback",
        "starts the rollback by itself, after a countdown that can be vetoed; past a `point_of_no_return` it only proposes it",
    ),
    ("propose", "puts the rollback before the commander"),
    ("hold", "holds the deployment: nothing new begins until somebody resumes"),
    ("investigate", "somebody has to look into it: it speaks against GO until it is gone, or vetoed with what was found"),
    ("notify", "says so, no more"),
];

pub static TRIGGER: Part = Part {
    name: "trigger",
    noun: "a trigger",
    about: "A criterion that, held for a time in given phases, starts or proposes the rollback. One that can't see anything does nothing.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("id", ID, "id: too-many-errors", "What the journal calls it.").or("its place: `trigger-1`"),
        key("title", TEXT, "title: Too many errors", "What the screen calls it.").or("the criterion as written"),
        key("when", CRITERION, "when: error_rate > 5%", "What must be measured to be so.").needed(),
        key("for", SPAN, "for: 30s", "For how long without a break. One bad sample has not held for anything.").or("0s: at once"),
        key("during", Takes::OneOrMore(&Takes::Name("phase")), "during: [ canary, half ]", "The phases in which it is armed.")
            .or("all of them"),
        key("then", Takes::Word(THEN), "then: propose", "What it does.").or("propose, where there is a rollback; else notify"),
        key(
            "countdown",
            SPAN,
            "then: rollback\ncountdown: 15s",
            "How long the commander can veto it; only with `then: rollback`.",
        )
        .or("15s"),
    ],
};

pub static FAIL: Part = Part {
    name: "fail",
    noun: "what is a failure",
    about: "What is a failure of the phase that it stands in: a trigger that is armed in that phase only. Any of its criteria is enough.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("when", Takes::OneOrMore(&CRITERION), "when: [ error_rate > 1%, p95 > 200ms ]", "What must be measured to be so.")
            .needed(),
        key("for", SPAN, "for: 1m", "For how long without a break.").or("0s: at once"),
        key("then", Takes::Word(THEN), "then: hold", "What it does.").or("propose, where there is a rollback; else notify"),
        key(
            "countdown",
            SPAN,
            "then: rollback\ncountdown: 30s",
            "How long the commander can veto it; only with `then: rollback`.",
        )
        .or("15s"),
    ],
};

pub static ROLLBACK: Part = Part {
    name: "rollback",
    noun: "the rollback",
    about: "The way back. Its steps run by themselves, one after the other: a person has asked for all of them.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key(
            "budget",
            SPAN,
            "budget: 5m",
            "How long it may take. The last moment at which it still fits into the window is shown.",
        )
        .needed(),
        key("steps", Takes::List(&Takes::Part(&STEP)), "steps: [ { run: ./undo.sh } ]", "What is done, in order.").needed(),
        key(
            "verify",
            Takes::OneOrMore(&CRITERION),
            "verify: [ error_rate < 0.5%, health is up ]",
            "What must be measured afterwards for the rollback to count as verified.",
        ),
    ],
};
