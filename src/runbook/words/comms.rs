//! Who is told and who is called: channels, messages, escalation.

use super::forms::{AT, SPAN, TEXT, URL};
use super::{Part, Takes, key};

pub static CHANNEL: Part = Part {
    name: "channel",
    noun: "a channel",
    about: "A way to reach people.",
    one_of: &["slack", "email", "pagerduty", "webhook", "status_page", "phone", "call"],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: The room of the deployment", "What people call it.").or("its name"),
        key("slack", TEXT, "slack: \"#deployment\"", "A room in Slack."),
        key("email", TEXT, "email: deployment@shop.example", "An address for mail."),
        key("pagerduty", TEXT, "pagerduty: shop-production", "A service of PagerDuty."),
        key("webhook", URL, "webhook: \"https://hooks.shop.example/deploy\"", "An address that is posted to."),
        key("status_page", TEXT, "status_page: \"https://status.shop.example\"", "A page that people look at."),
        key("phone", TEXT, "phone: \"+00 555 0199\"", "A number that is called."),
        key("call", TEXT, "call: \"https://meet.shop.example/deploy\"", "A call that people join."),
        key(
            "for",
            Takes::OneOrMore(&Takes::Word(&[
                ("warning", "a metric entered its warning band, or a trigger that only notifies fired"),
                ("critical", "a metric entered its critical band, or a trigger that wants a decision fired"),
                ("rollback", "a rollback counts down or has begun"),
            ])),
            "slack: \"#deployment\"\nfor: [ critical, rollback ]",
            "What the people there are told of when it happens. The screen says whom to tell.",
        )
        .or("only what a message says"),
        key("url", TEXT, "slack: \"#deployment\"\nurl: \"{{ token }}\"", "Where it is posted to; may be a secret.")
            .beside(&["slack"]),
        key("key", TEXT, "pagerduty: shop\nkey: \"{{ token }}\"", "Its routing key; may be a secret.").beside(&["pagerduty"]),
    ],
};

pub static MESSAGE: Part = Part {
    name: "message",
    noun: "a message",
    about: "A text that is prepared.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("at", AT, "at: T+1h", "When it is due."),
        key("to", Takes::OneOrMore(&Takes::Name("channel")), "to: team", "The channels it goes to."),
        key("subject", TEXT, "subject: Deployment of {{ version }}", "What stands above the text."),
        key("text", TEXT, "text: The deployment has begun.", "What it says.").needed(),
    ],
};

pub static LEVEL: Part = Part {
    name: "level",
    noun: "a level",
    about: "A rung of the escalation: who is called, or what is done, when trouble has gone on for so long.",
    one_of: &[],
    any_of: &["call", "do"],
    keys: &[
        key("after", SPAN, "after: 15m", "How long the trouble has gone on.").or("0s: at once"),
        key("call", Takes::OneOrMore(&Takes::Name("role")), "call: sre", "The roles that are called."),
        key("do", Takes::OneOrMore(&TEXT), "do: Preserve the logs", "What is done at this point."),
        key("authority", TEXT, "authority: may decide on the rollback", "What they may decide."),
        key("escalate_if", TEXT, "escalate_if: not solved in 15 minutes", "What leads to the next level."),
    ],
};
