//! The things of a runbook by what people call them: number, id, or the beginning of a title.

use crate::id::{ItemId, OperatorId, RoleId, StepId, TriggerId};
use crate::room::State;
use crate::text;

/// Something that can be named.
struct Named<'a, Id> {
    id: &'a Id,
    /// `2.1`, `R1`, `1.3`.
    number: String,
    title: &'a str,
}

pub(super) fn step(state: &State, name: &str) -> Result<StepId, String> {
    let all = state.runbook.all_steps().map(|step| Named { id: &step.id, number: step.number.clone(), title: &step.title });
    one("step", name, &all.collect::<Vec<_>>(), StepId::as_str)
}

/// Items are numbered by their checklist and their place in it: `1.3`.
pub(super) fn item(state: &State, name: &str) -> Result<ItemId, String> {
    let all = state.runbook.numbered_items().into_iter();
    let named: Vec<_> = all.map(|(number, item)| Named { id: &item.id, number, title: &item.text }).collect();
    one("item", name, &named, ItemId::as_str)
}

/// What details are asked of: a step, or else an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    Step(StepId),
    Item(ItemId),
}

/// The step of this name, or else the item. A number that both have means the step.
pub fn thing(state: &State, name: &str) -> Result<Thing, String> {
    step(state, name).map(Thing::Step).or_else(|why| item(state, name).map(Thing::Item).map_err(|_| why))
}

pub(super) fn trigger(state: &State, name: &str) -> Result<TriggerId, String> {
    let all = state.runbook.triggers.iter().zip(1..);
    let named = all.map(|(trigger, place)| Named { id: &trigger.id, number: place.to_string(), title: &trigger.title });
    one("trigger", name, &named.collect::<Vec<_>>(), TriggerId::as_str)
}

pub(super) fn role(state: &State, name: &str) -> Result<RoleId, String> {
    let all = state.runbook.roles.iter().map(|(id, role)| Named { id, number: String::new(), title: &role.title });
    one("role", name, &all.collect::<Vec<_>>(), RoleId::as_str)
}

pub(super) fn operator(state: &State, name: &str) -> Result<OperatorId, String> {
    let here = state.operators.keys().filter(|operator| state.is_here(operator));
    let named = here.map(|id| Named { id, number: String::new(), title: id.as_str() });
    one("person here", name, &named.collect::<Vec<_>>(), OperatorId::as_str)
}

fn one<Id: Clone>(what: &str, name: &str, all: &[Named<Id>], id: fn(&Id) -> &str) -> Result<Id, String> {
    let called = |named: &&Named<Id>| id(named.id) == name || named.number.eq_ignore_ascii_case(name);
    if let Some(found) = all.iter().find(called) {
        return Ok(found.id.clone());
    }
    let wanted = name.to_lowercase();
    let begins: Vec<_> = all.iter().filter(|named| named.title.to_lowercase().starts_with(&wanted)).collect();
    match begins.as_slice() {
        [only] if !wanted.is_empty() => Ok(only.id.clone()),
        [] => Err(format!("there is no {what} \"{}\"{}", text::clean_line(name), nearest(name, all, id))),
        several => {
            let titles: Vec<_> = several.iter().take(5).map(|named| describe(named)).collect();
            Err(format!("several begin with \"{}\": {}", text::clean_line(name), titles.join(", ")))
        }
    }
}

fn describe<Id>(named: &Named<Id>) -> String {
    format!("{} {}", named.number, text::clean_line(named.title)).trim().to_owned()
}

fn nearest<Id>(name: &str, all: &[Named<Id>], id: fn(&Id) -> &str) -> String {
    let distance = |named: &&Named<Id>| {
        let to = |other: &str| strsim::osa_distance(name, other);
        to(id(named.id)).min(to(&named.number)).min(to(named.title))
    };
    all.iter().min_by_key(distance).map_or_else(String::new, |near| format!("; the nearest is {}", describe(near)))
}
