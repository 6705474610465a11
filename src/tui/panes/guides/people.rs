//! Whom to call: the rungs of the escalation that are due, who is here, who is named, and over what they are reached.

use crate::room::trouble::{Trouble, trouble};
use crate::runbook::model::{Callee, Channel, ChannelKind, Escalation, Level, Severity};
use crate::text;
use crate::time::Span;
use crate::tui::keys::Command;
use crate::tui::panes::messages;
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;
use crate::tui::view::Screen;

pub(super) fn tell(prose: &mut Prose, facts: &Facts) {
    escalation(prose, facts);
    contacts(prose, facts);
    roster(prose, facts);
    channels(prose, facts);
}

fn escalation(prose: &mut Prose, facts: &Facts) {
    let ladders = &facts.state.runbook.escalation;
    if ladders.is_empty() {
        return;
    }
    let trouble = trouble(facts.state);
    prose.title("ESCALATION");
    if let Some(Trouble { since, what }) = &trouble {
        let clock = facts.state.wall(*since).clock(facts.state.runbook.zone);
        let said = format!("counted from {clock}, {} ago: {what}", (facts.now - *since).or_zero());
        prose.text(&said, Ink::Careful);
    } else {
        prose.text("the console knows of nothing that is wrong: count from when it began", Ink::Quiet);
    }
    let gone = trouble.map(|trouble| (facts.now - trouble.since).or_zero());
    for ladder in ladders {
        if ladders.len() > 1 {
            let margin = " ".repeat(prose.margin());
            prose.hang(&margin, &ladder.title, Ink::Link);
        }
        rungs(prose, facts, ladder, gone);
    }
}

/// ` NOW   15:00  call Technical lead, +00 555 0121`. A ladder without times is an order, and nothing on it is ever due.
fn rungs(prose: &mut Prose, facts: &Facts, ladder: &Escalation, gone: Option<Span>) {
    let timed = ladder.levels.iter().any(|level| level.after > Span::ZERO);
    let reached = |level: &Level| gone.is_some_and(|gone| timed && level.after <= gone);
    let current = ladder.levels.iter().rposition(reached);
    let mark = |(place, level): (usize, &Level)| match (gone, current) {
        _ if !timed => (format!("{}.", place + 1), Ink::Plain),
        (_, Some(current)) if place == current => ("NOW".to_owned(), Ink::Bad),
        (_, Some(current)) if place < current => ("due".to_owned(), Ink::Careful),
        (Some(gone), _) => (format!("in {}", level.after - gone), Ink::Plain),
        (None, _) => ("--".to_owned(), Ink::Plain),
    };
    let marks: Vec<_> = ladder.levels.iter().enumerate().map(mark).collect();
    let widest = marks.iter().map(|(mark, _)| text::width(mark)).max().unwrap_or(0) + 2;
    for ((mark, ink), level) in marks.into_iter().zip(&ladder.levels) {
        let after = if timed { text::fit(&level.after.to_string(), 7) } else { String::new() };
        let mut lead = format!("{:margin$}{}{after}", "", text::fit(&mark, widest), margin = prose.margin());
        let indent = " ".repeat(text::width(&lead));
        for line in what_to_do(facts, level, prose.width().saturating_sub(indent.len())) {
            prose.hang(&lead, &line, ink);
            lead.clone_from(&indent);
        }
        if let Some(authority) = &level.authority {
            prose.hang(&indent, &format!("may: {authority}"), Ink::Quiet);
        }
        if let Some(next) = &level.escalate_if {
            prose.hang(&indent, &format!("up if: {next}"), Ink::Quiet);
        }
    }
}

/// Who is called, a line for each, and what is done. A number is never broken in two.
fn what_to_do(facts: &Facts, level: &Level, room: usize) -> Vec<String> {
    let mut said = Vec::new();
    for Callee { name, at } in level.call.iter().flat_map(|role| facts.state.runbook.callees(role)) {
        let whole = format!("call {name}, {}", at.as_deref().unwrap_or_default());
        match at {
            Some(at) if text::width(&whole) > room => said.extend([format!("call {name}"), at]),
            Some(_) => said.push(whole),
            None => said.push(format!("call {name}")),
        }
    }
    said.extend(level.act.iter().cloned());
    said
}

/// Somebody who can be called.
struct Row<'a> {
    name: &'a str,
    phone: &'a str,
    rest: String,
}

/// Names and numbers line up; a number is never cut.
fn contacts(prose: &mut Prose, facts: &Facts) {
    let runbook = &facts.state.runbook;
    prose.title("CONTACTS");
    if runbook.contacts.is_empty() && runbook.roles.is_empty() {
        prose.text("the runbook names nobody", Ink::Quiet);
    }
    let roles = runbook.roles.values().map(|role| Row {
        name: &role.title,
        phone: role.phone.as_deref().unwrap_or(""),
        rest: String::new(),
    });
    let people = runbook.contacts.iter().map(|contact| {
        let rest = [&contact.role, &contact.email, &contact.link].into_iter().flatten().map(String::as_str);
        let phone = contact.phone.as_deref().unwrap_or("");
        Row { name: &contact.name, phone, rest: rest.collect::<Vec<_>>().join(", ") }
    });
    let rows: Vec<_> = roles.chain(people).collect();
    if prose.is_aloud() {
        for Row { name, phone, rest } in &rows {
            let parts: Vec<&str> = [*phone, rest].into_iter().filter(|part| !part.is_empty()).collect();
            let reached = if parts.is_empty() { "no number".to_owned() } else { parts.join(", ") };
            prose.fact(name, &reached, Ink::Plain);
        }
        return;
    }
    let phone = rows.iter().map(|row| text::width(row.phone)).max().unwrap_or(0).min(24) + 2;
    let narrow = prose.width() < 60;
    let most = if narrow { prose.width().saturating_sub(phone + 3) } else { 28 };
    let name = rows.iter().map(|row| text::width(row.name)).max().unwrap_or(0).min(most) + 2;
    let margin = " ".repeat(prose.margin());
    for Row { name: called, phone: number, rest } in &rows {
        let lead = format!("{margin}{}", text::fit(&text::clip(&text::clean_line(called), name - 2), name));
        let number = text::clean_line(number);
        if narrow || text::width(&number) + 2 > phone {
            prose.put(format!("{lead}{number}"), Ink::Plain);
            if !rest.is_empty() {
                prose.hang(&format!("{margin}  "), rest, Ink::Quiet);
            }
        } else {
            prose.hang(&format!("{lead}{}", text::fit(&number, phone)), rest, Ink::Plain);
        }
    }
}

/// Who is or was here, with their roles, and who has the conn; nothing where only one person ever was.
fn roster(prose: &mut Prose, facts: &Facts) {
    let state = facts.state;
    if state.operators.len() < 2 {
        return;
    }
    prose.title("IN THE ROOM");
    let margin = " ".repeat(prose.margin());
    for (operator, attendee) in &state.operators {
        let mut parts: Vec<String> = state.roles_of(operator).map(ToString::to_string).collect();
        if state.conn == *operator {
            parts.push("has the conn".to_owned());
        }
        if parts.is_empty() {
            parts.push("observer".to_owned());
        }
        let clock = |at| state.wall(at).clock(state.runbook.zone);
        let (when, ink) = match &attendee.left {
            None => (format!("here since {}", clock(attendee.joined)), Ink::Plain),
            Some((at, why)) => (format!("left at {}: {why}", clock(*at)), Ink::Quiet),
        };
        let name = text::fit(&text::clean_line(&state.called(operator)), if prose.width() < 60 { 14 } else { 24 });
        prose.hang(&format!("{margin}{name} "), &format!("{}, {when}", parts.join(", ")), ink);
    }
}

/// `   team           tell #deployment (The room of the deployment), told of a rollback`
fn channels(prose: &mut Prose, facts: &Facts) {
    let runbook = &facts.state.runbook;
    if runbook.channels.is_empty() {
        return;
    }
    prose.title("CHANNELS");
    for (id, channel) in &runbook.channels {
        let title = if channel.title == id.as_str() { String::new() } else { format!(" ({})", channel.title) };
        let told = told_of(channel);
        // What a webhook's address is stays unsaid: it may hold a secret.
        let way = if matches!(channel.kind, ChannelKind::Webhook { .. }) { "a webhook".to_owned() } else { channel.reach() };
        prose.fact(id.as_str(), &format!("{way}{title}{told}"), Ink::Plain);
    }
    if !runbook.messages.is_empty() {
        let key = if prose.is_aloud() { "messages".to_owned() } else { messages::key(Command::Open(Screen::Messages)) };
        prose.text(&format!("{key} shows what to say there"), Ink::Quiet);
    }
}

fn told_of(channel: &Channel) -> String {
    if channel.told.is_empty() {
        return String::new();
    }
    let words: Vec<_> = channel.told.iter().map(|severity| word(*severity)).collect();
    format!(", told of {}", words.join(" and "))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warnings",
        Severity::Critical => "what is critical",
        Severity::Rollback => "a rollback",
    }
}
