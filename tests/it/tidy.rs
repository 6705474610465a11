//! The tree is what the documents say it is.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The code of a file up to its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

#[test]
fn every_door_has_a_sign() {
    let without: Vec<_> = sources(&root().join("src"))
        .into_iter()
        .filter(|path| !name(path).contains("tests") && !fs::read_to_string(path).unwrap().starts_with("//!"))
        .collect();
    assert!(without.is_empty(), "no //! at the top of {without:?}");
}

#[test]
fn arrows_point_one_way() {
    // A room, and the rooms it may not know of.
    let forbidden: [(&str, &[&str]); 14] = [
        ("src/time.rs", &["runbook", "measure", "room", "journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/text", &["runbook", "measure", "room", "journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/measure", &["runbook", "room", "journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/runbook", &["room", "journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/room", &["journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/journal", &["engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/engine", &["serve", "tui", "replay", "demo", "cli"]),
        ("src/link", &["journal", "serve", "tui", "replay", "demo", "cli"]),
        ("src/serve", &["journal", "tui", "replay", "demo", "cli"]),
        ("src/plain", &["journal", "engine", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/rehearse", &["journal", "link", "serve", "tui", "replay", "demo", "cli"]),
        ("src/sim", &["serve", "tui", "replay", "demo", "cli"]),
        ("src/replay", &["engine", "link", "tui", "demo", "cli"]),
        ("src/tui", &["engine", "journal", "serve", "demo", "cli"]),
    ];
    let mut wrong = Vec::new();
    for (from, rooms) in forbidden {
        let place = root().join(from);
        let files = if place.is_dir() { sources(&place) } else { vec![place] };
        for file in files.iter().filter(|file| !name(file).contains("test")) {
            let code = code(file);
            for room in rooms {
                if code.contains(&format!("crate::{room}::")) || code.contains(&format!("use crate::{room};")) {
                    wrong.push(format!("{} reaches into {room}", name(file)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_chapters() {
    let long: Vec<_> = sources(&root().join("src"))
        .into_iter()
        .filter(|path| code(path).lines().count() > 500)
        .map(|path| name(&path))
        .collect();
    assert!(long.is_empty(), "these want to be folders: {long:?}");
}

/// What stands between `<!-- mark -->` and `<!-- /mark -->`.
fn block(text: &str, mark: &str) -> String {
    let (open, close) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let from = text.find(&open).unwrap_or_else(|| panic!("README.md has no {open}")) + open.len();
    let to = from + text[from..].find(&close).unwrap_or_else(|| panic!("README.md has no {close}"));
    text[from..to].trim_matches('\n').to_owned()
}

#[test]
fn the_readme_shows_the_real_screen_keys_and_runbook() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let snapshot = root().join("src/tui/panes/tests/snapshots/warroom__tui__panes__tests__stories__bake_80x24.snap");
    let screen = fs::read_to_string(snapshot).unwrap();
    let screen = screen.splitn(3, "---\n").nth(2).unwrap().trim_matches('\n').to_owned();
    let first = fs::read_to_string(root().join("sample-runbooks/first.yaml")).unwrap();
    let expected = [
        ("screen", format!("```text\n{screen}\n```")),
        ("first", format!("```yaml\n{}\n```", first.trim_end())),
        ("keys", warroom::tui::keys::markdown().trim_end().to_owned()),
    ];
    for (mark, wanted) in expected {
        let shown = block(&readme, mark);
        assert!(shown == wanted, "README.md, between <!-- {mark} --> and its end, must be:\n\n{wanted}\n");
    }
}
