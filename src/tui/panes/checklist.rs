//! The checklists: what has to be done by people, what is filled in, and who did it when.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::id::RoleId;
use crate::room::decide::signs_now;
use crate::room::schedule;
use crate::room::state::Mark;
use crate::room::watch;
use crate::runbook::model::{Checklist, FieldKind, Item, SignOff, Watch};
use crate::text;
use crate::tui::keys::Command;
use crate::tui::panes::header::reserved_style;
use crate::tui::panes::kit::{Page, Row, window};
use crate::tui::panes::words::press;
use crate::tui::scene::Scene;

enum Line<'a> {
    Heading(&'a Checklist),
    Item(usize, &'a Item),
    SignOff(&'a SignOff),
    Signature(&'a RoleId),
    /// A watch that was not due yet.
    ToCome(&'a Watch),
    Gap,
}

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let lists: Vec<&Checklist> = scene.state.lists().collect();
    let to_come = scene.state.runbook.watch.iter().filter(|watch| !scene.state.watch.contains_key(&watch.id));
    let to_come: Vec<&Watch> = to_come.collect();
    if lists.is_empty() && to_come.is_empty() && scene.state.runbook.sign_off.is_none() {
        page.row().put(" the runbook has no checklists", scene.theme.muted());
        return;
    }
    let mut lines = Vec::new();
    for list in lists {
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::Heading(list));
        lines.extend(list.walk().into_iter().map(|(depth, item)| Line::Item(depth, item)));
    }
    for watch in to_come {
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::ToCome(watch));
    }
    for sign_off in scene.state.runbook.sign_off.iter().filter(|_| signs_now(scene.state)) {
        lines.extend([Line::Gap, Line::SignOff(sign_off)]);
        lines.extend(sign_off.roles.iter().map(Line::Signature));
    }
    let selected = scene.selected_item();
    let is_selected = |item: &Item| selected.is_some_and(|one| one.id == item.id);
    let wanted = lines.iter().position(|line| matches!(line, Line::Item(_, item) if is_selected(item)));
    let numbered = scene.state.runbook.numbered_items();
    let number = |item: &Item| numbered.iter().find(|(_, one)| one.id == item.id).map_or("", |(number, _)| number.as_str());
    let signers = scene.state.runbook.sign_off.iter().flat_map(|sign_off| &sign_off.roles);
    let widest = signers.map(|role| text::width(role.as_str())).max().unwrap_or(0).min(24) + 3;
    for line in &lines[window(lines.len(), page.room(), wanted.unwrap_or(0))] {
        let mut row = page.row();
        match line {
            Line::Heading(list) => heading(&mut row, scene, list),
            Line::Item(depth, item) => item_row(&mut row, scene, *depth, (number(item), item), is_selected(item)),
            Line::SignOff(sign_off) => {
                row.right("  ", scene.theme.normal())
                    .right(&format!("{} signs", press(scene, Command::Sign)), scene.theme.muted());
                row.put(" ", scene.theme.normal()).put(&text::clean(&sign_off.question), scene.theme.title());
            }
            Line::Signature(role) => signed_row(&mut row, scene, role, widest),
            Line::ToCome(watch) => {
                let told = watch::told(scene.state, watch, scene.now);
                row.put(" ", scene.theme.normal()).put(&text::clean(&watch.list.title), scene.theme.muted());
                row.put("   ", scene.theme.normal()).put(&told, scene.theme.muted());
            }
            Line::Gap => {}
        }
    }
}

/// ` The evening before            2 of 3 required   due 20:00, in 1h05m`
fn heading(row: &mut Row, scene: &Scene, list: &Checklist) {
    let theme = scene.theme;
    let (done, required) = scene.state.required_done(list);
    let complete = done == required;
    row.put(" ", theme.normal());
    if let Some(one) = scene.state.watch_of(list) {
        let at = scene.state.watch.get(&one.id);
        let late = at.is_some_and(|at| at.overdue && !complete || !at.missed.is_empty());
        let style = if late { theme.warning() } else { theme.normal() };
        row.right(" ", theme.normal()).right(&watch::told(scene.state, one, scene.now), style).right("   ", theme.normal());
    }
    if let Some(due) = list.due.and_then(|due| schedule::moment(scene.state, due)) {
        let zone = scene.state.runbook.zone;
        let clock = scene.state.wall(due).clock_minutes(zone);
        let (text, style) = if complete {
            (format!("due {clock}"), theme.muted())
        } else if due >= scene.now {
            (format!("due {clock}, in {}", due - scene.now), theme.normal())
        } else {
            (format!("OVERDUE since {clock}, {}", scene.now - due), theme.warning())
        };
        row.right(" ", theme.normal()).right(&text, style).right("   ", theme.normal());
    }
    let (text, style) = match required {
        0 => ("nothing required".to_owned(), theme.muted()),
        _ if complete => (format!("complete, {done} of {required} required"), theme.good()),
        _ => (format!("{done} of {required} required"), theme.warning()),
    };
    row.right(&text, style).right("  ", theme.normal());
    row.put(&text::clean(&list.title), theme.title());
}

/// `   [x] 1.2 Database backup finished   Backup time: 07:10      ana 07:12:04`
fn item_row(row: &mut Row, scene: &Scene, depth: usize, (number, item): (&str, &Item), selected: bool) {
    let theme = scene.theme;
    let open = crate::room::state::ItemState::default();
    let state = scene.state.items.get(&item.id).unwrap_or(&open);
    let title = if selected { theme.selected() } else { theme.normal() };
    row.put(if selected { scene.marks.pointer } else { " " }, theme.accent()).put(" ", theme.normal());
    row.skip(depth * 4);
    if item.items.is_empty() {
        let (mark, style) = match state.mark {
            Mark::Open if item.required => (scene.marks.open, theme.warning()),
            Mark::Open => (scene.marks.open, theme.muted()),
            Mark::Ticked(_) => (scene.marks.ticked, theme.good()),
            Mark::Waived(..) => (scene.marks.waived, theme.warning()),
        };
        row.put(mark, style).put(" ", theme.normal()).put(number, theme.muted()).put(" ", theme.normal());
    } else {
        row.put(&format!("{} ", progress(scene, item)), theme.muted());
    }
    signature(row, scene, &state.mark);
    if let Some(due) = item.at.and_then(|at| schedule::moment(scene.state, at)) {
        let late = state.mark == Mark::Open && item.items.is_empty() && due < scene.now && item.not_for_us().is_none();
        let clock = scene.state.wall(due).clock_minutes(scene.state.runbook.zone);
        row.put(&clock, if late { theme.warning() } else { theme.muted() }).put(" ", theme.normal());
    }
    row.put(&text::clean(&item.text), title);
    if let Some(why) = item.not_for_us() {
        row.put(&format!("  left out: {}", text::clean(why)), theme.muted());
    } else if item.required && state.mark == Mark::Open && item.items.is_empty() {
        row.put(" (required)", theme.warning());
    }
    if let Some(owner) = &item.owner {
        row.put(&format!("  @{}", text::clean(owner.as_str())), theme.muted());
    }
    if let Some(field) = &item.field {
        row.put("   ", theme.normal()).put(&text::clean(&field.ask), theme.muted()).put(": ", theme.muted());
        match (&state.value, &field.kind) {
            (Some(value), _) => row.put(&text::clean(value), theme.accent()),
            (None, FieldKind::Time) => row.put("__:__", theme.muted()),
            (None, FieldKind::Number | FieldKind::Text) => row.put("____", theme.muted()),
            (None, FieldKind::OneOf(words)) => row.put(&text::clean(&words.join(" / ")), theme.muted()),
        };
    }
}

/// `   [x] sre   accepted, bob, by voice      14:03:12`
fn signed_row(row: &mut Row, scene: &Scene, role: &RoleId, name: usize) {
    let theme = scene.theme;
    let signature = scene.state.signed.get(role);
    let (mark, style) = match signature {
        Some(signature) => (scene.marks.ticked, reserved_style(theme, signature.acceptance)),
        None => (scene.marks.open, theme.warning()),
    };
    row.put("  ", theme.normal()).put(mark, style).put(" ", theme.normal());
    if let Some(signature) = signature {
        let at = scene.state.wall(signature.at).clock(scene.state.runbook.zone);
        row.right("   ", theme.normal()).right(&at, theme.muted());
        row.column(&text::clean(role.as_str()), name, theme.normal()).put(&text::clean(&signature.told()), theme.normal());
    } else {
        row.column(&text::clean(role.as_str()), name, theme.normal()).put("not signed yet", theme.muted());
    }
}

/// Done and all of what is under an item: `2/3`.
fn progress(scene: &Scene, item: &Item) -> String {
    fn count(scene: &Scene, item: &Item, done: &mut usize, all: &mut usize) {
        if item.items.is_empty() {
            *all += 1;
            *done += usize::from(scene.state.items.get(&item.id).is_some_and(|state| state.mark != Mark::Open));
        }
        for child in &item.items {
            count(scene, child, done, all);
        }
    }
    let (mut done, mut all) = (0, 0);
    count(scene, item, &mut done, &mut all);
    format!("{done}/{all}")
}

/// Who ticked it and when, at the right.
fn signature(row: &mut Row, scene: &Scene, mark: &Mark) {
    let theme = scene.theme;
    let (word, why) = match mark {
        Mark::Open => return,
        Mark::Ticked(word) => (word, None),
        Mark::Waived(word, why) => (word, Some(why)),
    };
    let at = scene.state.wall(word.at).clock(scene.state.runbook.zone);
    row.right(" ", theme.normal()).right(&format!("{} {at}", text::clean(word.by.as_str())), theme.muted());
    if let Some(why) = why {
        row.right(&format!("waived: {}  ", text::clean(why)), theme.warning());
    }
    row.right("  ", theme.normal());
}
