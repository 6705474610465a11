//! An item of a checklist: what it is about, who does it until when, and how it stands.

use super::{away, clock, owner, planned};
use crate::room::schedule;
use crate::room::state::Mark;
use crate::runbook::model::{Checklist, FieldKind, Item, When};
use crate::tui::panes::guides::links;
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;

pub(super) fn tell(prose: &mut Prose, facts: &Facts, item: &Item) {
    prose.title(&item.text);
    if let Some(about) = &item.about {
        prose.text(about, Ink::Plain);
    }
    stands(prose, facts, item);
    let list = facts.items().into_iter().find(|(_, _, one)| one.id == item.id).map(|(list, _, _)| list);
    if let Some(list) = list {
        prose.fact("in", &list.title, Ink::Quiet);
        due(prose, facts, item, list);
    }
    if let Some(id) = &item.owner {
        prose.fact("owner", &owner(facts, id), Ink::Plain);
    }
    if let Some(When::Never { why }) = &item.when {
        prose.fact("left out", why, Ink::Careful);
    }
    if let Some(field) = &item.field {
        let kind = match &field.kind {
            FieldKind::Time => "a time".to_owned(),
            FieldKind::Number => "a number".to_owned(),
            FieldKind::Text => "a text".to_owned(),
            FieldKind::OneOf(words) => words.join(", "),
        };
        let value = facts.state.items.get(&item.id).and_then(|state| state.value.as_deref());
        let value = value.map_or_else(|| format!("not filled in yet ({kind})"), str::to_owned);
        prose.fact(&field.ask, &value, Ink::Plain);
    }
    for part in &item.items {
        let mark = if facts.is_open(part) { "open" } else { "done" };
        prose.fact(mark, &part.text, Ink::Plain);
    }
    if !item.links.is_empty() {
        prose.title("PAGES");
        links(prose, &item.links);
    }
}

fn stands(prose: &mut Prose, facts: &Facts, item: &Item) {
    if !item.items.is_empty() {
        prose.fact("state", "done when all of its parts are", Ink::Quiet);
        return;
    }
    let open = Mark::Open;
    let mark = facts.state.items.get(&item.id).map_or(&open, |state| &state.mark);
    let (said, ink) = match mark {
        Mark::Open if item.required => ("open, and required".to_owned(), Ink::Careful),
        Mark::Open => ("open".to_owned(), Ink::Plain),
        Mark::Ticked(word) => (format!("ticked by {} at {}", word.by, clock(facts, word.at)), Ink::Plain),
        Mark::Waived(word, why) => (format!("does not apply: {why} ({} at {})", word.by, clock(facts, word.at)), Ink::Careful),
    };
    prose.fact("state", &said, ink);
}

/// Its own time, or else that of its list.
fn due(prose: &mut Prose, facts: &Facts, item: &Item, list: &Checklist) {
    let Some(at) = item.at.or(list.due) else { return };
    let overdue = facts.is_open(item) && item.items.is_empty();
    match schedule::moment(facts.state, at) {
        Some(due) if overdue && due < facts.now => {
            prose.fact("OVERDUE", &format!("since {}, {}", clock(facts, due), away(facts, due)), Ink::Careful);
        }
        Some(_) | None => prose.fact("due", &planned(facts, at), Ink::Plain),
    }
}
