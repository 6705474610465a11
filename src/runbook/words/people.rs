//! People: who has a say, what they tick, whom to call, what they read.

use super::forms::{AT, ID, TEXT};
use super::{Key, Part, Takes, key};

pub static ROLE: Part = Part {
    name: "role",
    noun: "a role",
    about: "A part that somebody plays. `sre: SRE on duty` is short for its title; `sre:` alone is called so.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: SRE on duty", "What people call it.").or("its name"),
        key("phone", TEXT, "phone: \"+00 555 0100\"", "Where to reach who plays it."),
        key("votes", Takes::Flag, "votes: false", "Whether gates may poll it; `may:` says more.").or("true"),
        key("may", Takes::Word(MAY), "may: command", "What who holds it may do.").or("command for `commander`, vote for others"),
        key(
            "people",
            Takes::OneOrMore(&TEXT),
            "people: [ ana, bob ]",
            "Who holds it, by their accounts; by the names they give as well where `shared_accounts: allow` stands.",
        ),
        key("group", TEXT, "group: release", "The Unix group whose members hold it."),
        key("veto", Takes::Flag, "veto: true", "Its NO-GO can't be waived.").or("false"),
        key("waive", Takes::Flag, "waive: true", "Who holds it may say GO against the evidence or without the votes.")
            .or("false; where no role may, the commander may"),
    ],
};

const MAY: &[(&str, &str)] =
    &[("command", "have the conn, roll back and vote"), ("vote", "vote, tick and hold"), ("observe", "look, and write notes")];

pub static CHECKLIST: Part = Part {
    name: "checklist",
    noun: "a checklist",
    about: "What people tick and fill in. `checklist \"Title\" is complete` is a criterion.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: The evening before", "What criteria and people call it.").needed(),
        key("id", ID, "id: evening", "What the journal calls it.").or("made from the title"),
        key(
            "due",
            AT,
            "due: T-12h",
            "When it should be complete. The start waits for what is due by then, and for nothing that is due later.",
        ),
        key(
            "when",
            Takes::Word(LIST_WHEN),
            "when: rollback",
            "What it is about, and so whether the start of the deployment waits for it.",
        )
        .or("start; but nothing waits for one that a criterion asks for (`checklist \"…\" is complete`), besides that criterion"),
        key(
            "items",
            Takes::List(&Takes::Either(&[TEXT, Takes::Part(&ITEM)])),
            "items: [ Staging tests passed, { item: Backup is finished, field: { ask: Finished at, kind: time } } ]",
            "Its items; a text alone is a required item.",
        )
        .needed(),
    ],
};

const LIST_WHEN: &[(&str, &str)] = &[
    ("start", "what has to be so before: without it the deployment does not start, unless it is due later"),
    ("after", "the time after the plan: nothing waits for it"),
    ("rollback", "the way back: it is shown once a rollback has begun, and nothing waits for it"),
];

pub static ITEM: Part = Part {
    name: "item",
    noun: "an item",
    about: "Something to tick. One with items of its own is done when they are.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("item", TEXT, "item: Backup is finished", "What is to be true.").needed(),
        key(
            "required",
            Takes::Flag,
            "required: false",
            "Whether the checklist is incomplete without it; said of an item with items of its own, it is said of those.",
        )
        .or("true, or what the item above it says"),
        key("owner", Takes::Name("role"), "owner: sre", "The role that sees to it."),
        key("at", AT, "at: \"07:00\"", "When it is due.").or("when its checklist is"),
        super::plan::WHEN_ITEM,
        key(
            "each",
            Takes::Named("NAME", &Takes::List(&TEXT)),
            "item: \"{{ service }} is healthy\"\neach: { service: [ shop, users ] }",
            "The item stands for several, one for each value.",
        ),
        key("about", TEXT, "about: In the folder of the day.", "What one should know about it."),
        LINKS,
        key("field", Takes::Part(&FIELD), "field: { ask: Finished at, kind: time }", "What is filled in beside it."),
        key(
            "items",
            Takes::List(&Takes::Either(&[TEXT, Takes::Part(&ITEM)])),
            "items: [ Of the shop, Of the users ]",
            "Items below it.",
        ),
    ],
};

const KINDS: &[(&str, &str)] = &[("time", "`07:00` or `07:00:30`"), ("number", "a number"), ("text", "anything")];

pub static FIELD: Part = Part {
    name: "field",
    noun: "a field",
    about: "What is filled in beside an item, and recorded.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("ask", TEXT, "ask: Finished at", "What is asked.").needed(),
        key("kind", Takes::Word(KINDS), "kind: time", "What the answer is.").or("text"),
        key("of", Takes::List(&TEXT), "of: [ yes, no, partial ]", "The answer is one of these words; instead of `kind`."),
    ],
};

pub static CONTACT: Part = Part {
    name: "contact",
    noun: "a contact",
    about: "Whom to call, one key away.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("name", TEXT, "name: Ana Kettle", "Who.").needed(),
        key("role", TEXT, "role: Database", "What for."),
        key("phone", TEXT, "phone: \"+00 555 0100\"", "A telephone number."),
        key("email", TEXT, "email: ana@shop.example", "An address for mail."),
        key("link", TEXT, "link: \"https://support.shop.example\"", "A page."),
    ],
};

pub static GUIDE: Part = Part {
    name: "guide",
    noun: "a guide",
    about: "What one wants to read when something goes wrong, one key away.",
    one_of: &[],
    any_of: &["text", "links"],
    keys: &[
        key("title", TEXT, "title: When the queue grows", "What it is about.").needed(),
        key("text", TEXT, "text: |\n  Look at the consumers first.", "What to know and to do."),
        LINKS,
    ],
};

static A_LINK: Takes = Takes::Part(&LINK);
static LINKS_TAKE: [Takes; 2] = [Takes::Named("TITLE", &TEXT), Takes::List(&A_LINK)];

/// Wherever something can be looked at.
pub(super) const LINKS: Key = key(
    "links",
    Takes::Either(&LINKS_TAKE),
    "links: { Dashboard: \"http://grafana.example/shop\" }",
    "Pages, as `title: url` lines or as a list.",
);

pub static LINK: Part = Part {
    name: "link",
    noun: "a link",
    about: "A page to look at.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: Dashboard", "What it shows.").or("the address"),
        key("url", TEXT, "url: \"http://grafana.example/shop\"", "Its address.").needed(),
    ],
};
