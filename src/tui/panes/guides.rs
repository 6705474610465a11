//! Contacts and guides: whom to call, and what to try. One text that scrolls.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::text;
use crate::tui::layout::wrap;
use crate::tui::panes::kit::Page;
use crate::tui::scene::Scene;

/// Lines of contacts and guides together; a runbook with more is cut here, and says so.
const LINES_MAX: usize = 5_000;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let lines = lines(scene, page.width());
    let from = scene.view.guides.min(lines.len().saturating_sub(page.room()));
    let cut = lines.len() > from + page.room();
    let last = if cut { page.room().saturating_sub(1) } else { page.room() };
    for (text, style) in lines.iter().skip(from).take(last) {
        page.row().put(text, *style);
    }
    if cut {
        page.row().put(&format!(" {} more lines below", lines.len() - from - last), scene.theme.muted());
    }
}

fn lines(scene: &Scene, width: usize) -> Vec<(String, Style)> {
    let theme = scene.theme;
    let runbook = &scene.state.runbook;
    let mut lines = roster(scene);
    lines.push((" CONTACTS".to_owned(), theme.title()));
    if runbook.contacts.is_empty() && runbook.roles.is_empty() {
        lines.push(("   the runbook names nobody".to_owned(), theme.muted()));
    }
    let roles = runbook.roles.values().map(|role| (role.title.as_str(), "", role.phone.as_deref(), None, None));
    let people = runbook.contacts.iter().map(|contact| {
        let role = contact.role.as_deref().unwrap_or("");
        (contact.name.as_str(), role, contact.phone.as_deref(), contact.email.as_deref(), contact.link.as_deref())
    });
    for (name, role, phone, email, link) in roles.chain(people) {
        let rest = [phone, email, link].into_iter().flatten().map(text::clean).collect::<Vec<_>>().join("   ");
        let (name, role) = (text::fit(&text::clean(name), 24), text::fit(&text::clean(role), 18));
        lines.push((format!("   {name} {role} {rest}"), theme.normal()));
    }
    for guide in &runbook.guides {
        lines.push((String::new(), theme.normal()));
        lines.push((format!(" {}", text::clean(&guide.title)), theme.title()));
        for line in paragraphs(text::clean_lines(&guide.text)) {
            lines.extend(wrap(&line, width.saturating_sub(4)).into_iter().map(|piece| (format!("   {piece}"), theme.normal())));
        }
        for link in &guide.links {
            lines.push((format!("   {}: {}", text::clean(&link.title), text::clean(&link.url)), theme.accent()));
        }
        if lines.len() > LINES_MAX {
            lines.truncate(LINES_MAX);
            lines.push((format!(" only the first {LINES_MAX} lines are shown"), theme.warning()));
            break;
        }
    }
    lines
}

/// Who is or was here, with their roles, and who has the conn; nothing where only one person ever was.
fn roster(scene: &Scene) -> Vec<(String, Style)> {
    let (state, theme) = (scene.state, scene.theme);
    if state.operators.len() < 2 {
        return Vec::new();
    }
    let mut lines = vec![(" IN THE ROOM".to_owned(), theme.title())];
    for (operator, attendee) in &state.operators {
        let mut parts: Vec<String> = state.roles_of(operator).map(ToString::to_string).collect();
        if state.conn == *operator {
            parts.push("has the conn".to_owned());
        }
        if parts.is_empty() {
            parts.push("observer".to_owned());
        }
        let clock = |at| state.wall(at).clock(state.runbook.zone);
        let (when, style) = match &attendee.left {
            None => (format!("here since {}", clock(attendee.joined)), theme.normal()),
            Some((at, why)) => (format!("left at {}: {}", clock(*at), text::clean(why)), theme.muted()),
        };
        let name = text::fit(&text::clean(&state.called(operator)), 24);
        let parts = text::fit(&text::clean(&parts.join(", ")), 30);
        lines.push((format!("   {name} {parts} {when}"), style));
    }
    lines.push((String::new(), theme.normal()));
    lines
}

/// Lines that the author broke to fit the file are joined again: the screen breaks them where it needs to. A line of a list,
/// or one that is indented, stays a line of its own; an empty one parts.
fn paragraphs(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for line in lines {
        let line = line.as_ref().trim_end();
        match joined.last_mut() {
            Some(last) if !last.is_empty() && !last.starts_with(' ') && !line.is_empty() && !stands_alone(line) => {
                last.push(' ');
                last.push_str(line);
            }
            Some(_) | None => joined.push(line.to_owned()),
        }
    }
    joined
}

fn stands_alone(line: &str) -> bool {
    let after_number = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    line.starts_with([' ', '-']) || (after_number.len() < line.len() && after_number.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_one_text_and_a_list_stays_a_list() {
        let text = ["Roll back first,", "then look.", "", "1. Stop", "the job", "2. Wait", "- or not", "   indented"];
        let shown = ["Roll back first, then look.", "", "1. Stop the job", "2. Wait", "- or not", "   indented"];
        assert_eq!(paragraphs(text), shown);
    }
}
