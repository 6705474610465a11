//! All that the runbook says of one step or one item: what it is for, who does it, when, what must be seen, where to look.
//!
//! For: the words that have no room in a list. May not touch: anything it is lent. Start reading at [`lines`].

mod doing;
mod expects;
mod item;
mod step;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::id::RoleId;
use crate::runbook::model::{At, Callee, Item, Step};
use crate::time::Moment;
use crate::tui::panes::kit::Page;
use crate::tui::panes::prose::{self, Line, Prose};
use crate::tui::scene::{Facts, Scene};
use crate::tui::view::{Detail, View};

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let lines = lines(&scene.facts(), scene.view, page.width());
    prose::draw(&mut page, scene, &lines, scene.view.details);
}

/// The text of what is looked at, for a screen so wide.
pub(in crate::tui) fn lines(facts: &Facts, view: &View, width: usize) -> Vec<Line> {
    let mut prose = Prose::new(width);
    match view.detail {
        Detail::Step => match facts.selected_step(view) {
            Some(step) => step::tell(&mut prose, facts, step),
            None => prose.title("there is no step here"),
        },
        Detail::Item => match facts.selected_item(view) {
            Some(item) => item::tell(&mut prose, facts, item),
            None => prose.title("the runbook has no checklists"),
        },
    }
    prose.into_lines()
}

/// `SRE lead, +00 555 0102`
fn owner(facts: &Facts, id: &RoleId) -> String {
    let said = |Callee { name, at }| at.map_or_else(|| name.clone(), |at| format!("{name}, {at}"));
    facts.state.runbook.callees(id).into_iter().map(said).collect::<Vec<_>>().join("; ")
}

/// `09:30, in 12:40`; and how it was written, where T is not known yet.
fn planned(facts: &Facts, at: At) -> String {
    match crate::room::schedule::moment(facts.state, at) {
        Some(moment) => format!("{}, {}", clock(facts, moment), away(facts, moment)),
        None => "counted from T, which is not known yet".to_owned(),
    }
}

fn clock(facts: &Facts, at: Moment) -> String {
    facts.state.wall(at).clock(facts.state.runbook.zone)
}

fn away(facts: &Facts, at: Moment) -> String {
    let away = at - facts.now;
    if away.0 >= 0 { format!("in {away}") } else { format!("{} ago", -away) }
}

/// All about a step, as lines to be read aloud.
pub(in crate::tui) fn step_aloud(facts: &Facts, step: &Step) -> Vec<String> {
    let mut prose = Prose::aloud();
    step::tell(&mut prose, facts, step);
    prose.into_text()
}

/// All about an item, in the same way.
pub(in crate::tui) fn item_aloud(facts: &Facts, item: &Item) -> Vec<String> {
    let mut prose = Prose::aloud();
    item::tell(&mut prose, facts, item);
    prose.into_text()
}
