//! Commands without a screen, run as a person runs them.

use std::fs;
use std::process::Output;

use tempfile::TempDir;

const ROOM: &str = include_str!("../../src/journal/format_1.jsonl");

#[expect(clippy::disallowed_methods, reason = "the built program is what is tested here")]
fn warroom(home: &TempDir, args: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warroom"));
    let Output { status, stdout, stderr } = command.args(args).env("WARROOM_DATA", home.path()).output().unwrap();
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn a_journal_is_verified_and_its_anchor_holds_it() {
    let home = TempDir::new().unwrap();
    let journal = home.path().join("journal.jsonl");
    fs::write(&journal, ROOM).unwrap();
    let path = journal.to_str().unwrap();

    let (code, said) = warroom(&home, &["verify", path]);
    assert_eq!(code, 0, "{said}");
    let anchor = said.lines().find_map(|line| line.strip_prefix("anchor: ")).unwrap().to_owned();
    assert_eq!(warroom(&home, &["verify", path, "--anchor", &anchor]).0, 0);
    let (code, said) = warroom(&home, &["verify", path, "--anchor", &"0".repeat(64)]);
    assert_eq!(code, 1);
    assert!(said.contains("no record has this anchor"), "{said}");

    // An anchor that was kept earlier still proves what came before it.
    let all_but_one = ROOM.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    fs::write(&journal, all_but_one).unwrap();
    let (_, said) = warroom(&home, &["verify", path]);
    let earlier = said.lines().find_map(|line| line.strip_prefix("anchor: ")).unwrap().to_owned();
    fs::write(&journal, ROOM).unwrap();
    let (code, said) = warroom(&home, &["verify", path, "--anchor", &earlier]);
    assert_eq!(code, 0);
    assert!(said.contains("1 came after"), "{said}");
}

#[test]
fn a_changed_journal_is_refused_with_the_place() {
    let home = TempDir::new().unwrap();
    let journal = home.path().join("journal.jsonl");
    fs::write(&journal, ROOM.replacen("\"seq\":3", "\"seq\":4", 1)).unwrap();
    let (code, said) = warroom(&home, &["verify", journal.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(said.contains("NOT intact") && said.contains("line 4"), "{said}");
}
