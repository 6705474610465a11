//! Ticking, filling in, waiving; and giving one's word for what no metric shows.

use chrono::NaiveTime;

use crate::id::{ItemId, OperatorId};
use crate::measure::criterion::Criterion;
use crate::room::action::Refusal;
use crate::room::decide::{Decision, need_substance, refuse};
use crate::room::event::Event;
use crate::room::schedule;
use crate::room::state::{Mark, State};
use crate::runbook::model::{At, Checklist, FieldKind, Item, ListAbout, Phase};

/// The item, when it is one that can be ticked itself.
fn leaf<'a>(state: &'a State, id: &ItemId) -> Result<&'a Item, Refusal> {
    let item = state.runbook.item(id).ok_or_else(|| Refusal::new(format!("there is no item {id}")))?;
    is_there(state, id)?;
    if let Some(why) = item.not_for_us() {
        return Err(Refusal::new(format!("\"{}\" does not apply here: {why}", item.text)));
    }
    if item.items.is_empty() {
        Ok(item)
    } else {
        Err(Refusal::new(format!("\"{}\" is done when the items under it are", item.text)))
    }
}

/// What belongs to a rollback or to a tick of a watch is there only then.
fn is_there(state: &State, id: &ItemId) -> Result<(), Refusal> {
    let Some(list) = state.runbook.lists().find(|list| list.walk().iter().any(|(_, item)| item.id == *id)) else {
        return Ok(());
    };
    let title = &list.title;
    match (list.about, state.watch_of(list).map(|watch| state.watch.get(&watch.id))) {
        (ListAbout::Rollback, _) if state.rollback.is_none() => {
            Err(Refusal::new(format!("\"{title}\" is for the rollback, and there is none")))
        }
        (_, Some(None)) => Err(Refusal::new(format!("\"{title}\" is not due yet"))),
        (_, Some(Some(at))) if at.missed.contains(&at.tick) => {
            Err(Refusal::new(format!("\"{title}\" was missed, and the journal says so: note what you see")))
        }
        (
            ListAbout::Start | ListAbout::Asked | ListAbout::After | ListAbout::Rollback | ListAbout::Watch,
            Some(Some(_)) | None,
        ) => Ok(()),
    }
}

fn is_open(state: &State, id: &ItemId) -> bool {
    state.items.get(id).is_none_or(|item| item.mark == Mark::Open)
}

pub(super) fn tick(state: &State, id: &ItemId, by: &OperatorId) -> Decision {
    let item = leaf(state, id)?;
    if !is_open(state, id) {
        return refuse(format!("\"{}\" is done already", item.text));
    }
    if let Some(field) = &item.field {
        return refuse(format!("\"{}\" wants to be filled in: {}", item.text, field.ask));
    }
    Ok(vec![Event::ItemTicked { item: id.clone(), by: by.clone() }])
}

pub(super) fn untick(state: &State, id: &ItemId, by: &OperatorId) -> Decision {
    let item = leaf(state, id)?;
    if is_open(state, id) {
        return refuse(format!("\"{}\" is not done yet", item.text));
    }
    Ok(vec![Event::ItemUnticked { item: id.clone(), by: by.clone() }])
}

pub(super) fn fill(state: &State, id: &ItemId, value: &str, by: &OperatorId) -> Decision {
    let item = leaf(state, id)?;
    let Some(field) = &item.field else {
        return refuse(format!("\"{}\" has nothing to fill in", item.text));
    };
    let value = value.trim();
    let written = if field.kind == FieldKind::Time { time_of_day(value) } else { None };
    let good = match &field.kind {
        FieldKind::Text => !value.is_empty(),
        FieldKind::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
        FieldKind::Time => written.is_some(),
        FieldKind::OneOf(words) => words.iter().any(|word| word == value),
    };
    if !good {
        let wanted = match &field.kind {
            FieldKind::Text => "a text".to_owned(),
            FieldKind::Number => "a number".to_owned(),
            FieldKind::Time => "a time such as 07:00 or 0700".to_owned(),
            FieldKind::OneOf(words) => format!("one of {}", words.join(", ")),
        };
        return refuse(format!("{} wants {wanted}, not \"{value}\"", field.ask));
    }
    let value = written.unwrap_or_else(|| value.to_owned());
    Ok(vec![Event::FieldFilled { item: id.clone(), value, by: by.clone() }])
}

/// `07:00`, `07:00:30`, or `0700`, which is kept as `07:00`. Half a time, as `04:3`, is more likely a slip than what was meant.
pub fn time_of_day(value: &str) -> Option<String> {
    let digits = |part: &str| part.bytes().all(|letter| letter.is_ascii_digit());
    let value = match value.split_at_checked(2) {
        Some((hours, minutes)) if value.len() == 4 && digits(value) => format!("{hours}:{minutes}"),
        Some(_) | None => value.to_owned(),
    };
    let whole = value.split(':').all(|part| part.len() == 2 && digits(part));
    let reads = ["%H:%M", "%H:%M:%S"].iter().any(|form| NaiveTime::parse_from_str(&value, form).is_ok());
    (whole && reads).then_some(value)
}

pub(super) fn waive(state: &State, id: &ItemId, reason: &str, by: &OperatorId) -> Decision {
    let item = leaf(state, id)?;
    if !is_open(state, id) {
        return refuse(format!("\"{}\" is done already", item.text));
    }
    let reason = need_substance(reason, "waiving an item")?;
    Ok(vec![Event::ItemWaived { item: id.clone(), by: by.clone(), reason }])
}

/// What in the plan asks for a person's word on `what`, whenever that is, in words.
fn askers_in_the_plan(state: &State, what: &str) -> Vec<String> {
    let runbook = &state.runbook;
    let asks = |criterion: &Criterion| criterion.test.confirmations().contains(&what);
    let gate = |phase: &&Phase| phase.gate.iter().flat_map(|gate| &gate.require).any(asks);
    let gates = runbook.phases.iter().filter(gate).map(|phase| format!("the gate of phase {} once it is open", phase.number));
    let steps = runbook.all_steps().filter(|step| step.kind.criteria().iter().any(asks));
    let steps = steps.map(|step| format!("{} while it runs", step.number));
    let back = runbook.rollback.iter().filter(|rollback| rollback.verify.iter().any(asks));
    let back = back.map(|_| "the rollback once its steps are done".to_owned());
    let triggers = runbook.triggers.iter().filter(|trigger| asks(&trigger.when));
    let triggers = triggers.map(|trigger| format!("the trigger \"{}\" in its phases", trigger.title));
    gates.chain(steps).chain(back).chain(triggers).collect()
}

pub(super) fn confirm(state: &State, what: &str, by: &OperatorId) -> Decision {
    let asked_by = state.askers_of(what);
    if asked_by.is_empty() {
        let askers = askers_in_the_plan(state, what);
        return refuse(match askers.as_slice() {
            [] => format!("nothing in the runbook asks to confirm \"{what}\""),
            askers => format!("nothing asks now to confirm \"{what}\": it is asked by {}", askers.join(", and by ")),
        });
    }
    if let Some(word) = state.word_on(what) {
        return refuse(format!("{} has confirmed it already", word.by));
    }
    Ok(vec![Event::Confirmed { what: what.to_owned(), by: by.clone(), asked_by }])
}

pub(super) fn withdraw(state: &State, what: &str, by: &OperatorId) -> Decision {
    if !state.confirmed.iter().any(|given| given.what == what) {
        return refuse(format!("nobody has confirmed \"{what}\""));
    }
    Ok(vec![Event::ConfirmationWithdrawn { what: what.to_owned(), by: by.clone() }])
}

/// The checklists that are due by the time the plan begins and still have required items open, with how many. One that is due
/// later is asked for by a gate, or by nobody.
pub fn open_before_start(state: &State) -> impl Iterator<Item = (&Checklist, usize)> {
    let begins = schedule::slots(state, state.at).first().and_then(|first| first.planned).map(|planned| planned.from);
    let lead_in = schedule::offsets(&state.runbook).first().copied().flatten().unwrap_or_default();
    let before = move |list: &&Checklist| {
        let Some(at) = list.due else { return true };
        match (schedule::moment(state, at), begins) {
            (Some(due), Some(begins)) => due <= begins,
            (due, None) | (due @ None, Some(_)) => match at {
                At::Clock(_) => true,
                At::T(offset) => offset <= lead_in,
                At::Day(days, _) => days <= 0,
                At::Weekday(..) | At::Date(_) => due.is_none_or(|due| due <= state.at),
            },
        }
    };
    let open = move |list| {
        let (done, required) = state.required_done(list);
        (done < required).then(|| (list, required - done))
    };
    let about_it = |list: &&Checklist| list.about == ListAbout::Start;
    state.runbook.checklists.iter().filter(about_it).filter(before).filter_map(open)
}

pub(super) fn in_the_way_of_the_start(state: &State) -> Option<String> {
    let open: Vec<_> = open_before_start(state).map(|(list, left)| open_items(list, left)).collect();
    (!open.is_empty()).then(|| format!("{}: tick them (c), or leave each out with its reason (n)", open.join("; ")))
}

fn open_items(list: &Checklist, left: usize) -> String {
    let items = if left == 1 { "item is" } else { "items are" };
    format!("{left} required {items} open in \"{}\"", list.title)
}
