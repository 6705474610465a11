//! What goes on beside and after the plan: watches, and who signs it off.

use super::forms::{AT, ID, SPAN, TEXT};
use super::{ITEM, Part, Takes, key};

static EVERY: [Takes; 2] = [SPAN, Takes::Named("INTERVAL", &SPAN)];
static FROM: [Takes; 2] = [AT, Takes::Name("phase")];
static LOOKED_AT: [Takes; 2] = [TEXT, Takes::Part(&ITEM)];

pub static WATCH: Part = Part {
    name: "watch",
    noun: "a watch",
    about: "What people look at again and again. Each tick is a fresh checklist, which is due, then overdue, and missed once the \
            next one is due; the journal keeps each of these. Nothing waits for it. A rollback ends it.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: The first day", "What people call it.").needed(),
        key("id", ID, "id: first-day", "What the journal calls it.").or("made from the title"),
        key(
            "every",
            Takes::Either(&EVERY),
            "every: { 5m: 1h, 30m: 8h, 2h: 24h }",
            "The time from one tick to the next. `5m: 1h, 30m: 8h` is every 5 minutes until an hour has passed, then every 30 \
             until eight have; the first tick is one interval after the beginning.",
        )
        .needed(),
        key("for", SPAN, "every: 5m\nfor: 1h", "How long it goes on, where `every` is one duration.").or("as long as its phase"),
        key("within", SPAN, "within: 2m", "How long after its tick it is overdue.").or("half the time to the next tick"),
        key(
            "from",
            Takes::Either(&FROM),
            "from: canary",
            "When it begins: a planned time, or a phase, with whose beginning it begins and whose end it outlives.",
        )
        .or("where the watch before it ends; the first, and one behind a watch of a phase (`during`), where the plan ends"),
        key("during", Takes::Name("phase"), "during: canary", "It goes on from the beginning to the end of this phase."),
        key(
            "items",
            Takes::List(&Takes::Either(&LOOKED_AT)),
            "items: [ No new errors in the log, { item: Users are content, required: false } ]",
            "What is looked at.",
        )
        .needed(),
    ],
};

pub static SIGN_OFF: Part = Part {
    name: "sign_off",
    noun: "a sign-off",
    about: "Who signs at the end, for how it went: each role with a name, a verdict and a note, from its own terminal or by voice. \
            A rollback may be signed as well, and waits for nobody.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("roles", Takes::OneOrMore(&Takes::Name("role")), "roles: [ commander, sre ]", "The roles that sign.").needed(),
        key("question", TEXT, "question: Was the runbook followed?", "What they sign.").or("Is the deployment accepted?"),
        key(
            "verdicts",
            Takes::OneOrMore(&TEXT),
            "verdicts: [ yes, partial, no ]",
            "What they may say; any of it is a signature. Only the first accepts the deployment without a word.",
        )
        .or("accepted, accepted with remarks, refused"),
        key(
            "refuses",
            Takes::OneOrMore(&TEXT),
            "refuses: [ refused ]",
            "Which of the verdicts do not accept it: then it reads COMPLETED, NOT ACCEPTED, and the exit code is 3.",
        )
        .or("the last of several verdicts"),
        key("required", Takes::Flag, "required: false", "Whether the deployment is completed only once each of them has signed.")
            .or("true"),
    ],
};
