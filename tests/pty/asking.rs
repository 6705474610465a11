//! Values that a runbook asks for before its room begins.

use std::path::Path;

use tempfile::TempDir;

use crate::commands::says;
use crate::harness::Screen;

const PLAN: &str = "\
warroom: 1
title: Shop {{ sha }}
vars:
  sha: { ask: Which commit runs now? }
  token: { ask: The token?, env: TOKEN_OF_THE_SHOP, secret: true }
phases: [ { title: Deploy, steps: [ { manual: Look at it } ] } ]
";

fn plan() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.yaml").display().to_string();
    std::fs::write(&file, PLAN).unwrap();
    (folder, file)
}

/// All that the rooms have on disk.
fn recorded(rooms: &Path) -> String {
    let rooms = std::fs::read_dir(rooms).unwrap().map(|room| room.unwrap().path()).filter(|path| path.is_dir());
    let files = rooms.flat_map(|room| std::fs::read_dir(room).unwrap()).map(|file| file.unwrap().path());
    files.filter_map(|file| std::fs::read(file).ok()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn the_room_begins_with_what_was_answered_and_records_no_secret() {
    let (_folder, file) = plan();
    let screen = Screen::start(&["run", &file], 80, 24);
    screen.wait_for("Which commit runs now?").press("Enter").wait_for("it needs a value");
    screen.type_text("3f2a91c").wait_for("3f2a91c").press("Enter");
    let second = |now: &str| now.split("The token?").nth(1).is_some_and(|below| below.contains('>'));
    screen.wait_until_text("the second question to have the keys", second);
    screen.type_text("hunter2").wait_for("*******").press("Enter");
    screen.wait_for("Shop 3f2a91c").wait_for("b begins the deployment");
    assert!(!screen.text().contains("The token?") && !screen.text().contains("****"), "{}", screen.text());
    let recorded = recorded(&screen.home().join("data/rooms"));
    assert!(recorded.contains("\"sha\":\"3f2a91c\"") && !recorded.contains("hunter2"), "{recorded}");
    assert!(!String::from_utf8_lossy(&screen.raw_bytes()).contains("hunter2"));
}

#[test]
fn who_opens_a_room_from_an_account_that_tells_nothing_is_asked_for_their_name_and_is_called_by_it() {
    let (_folder, file) = plan();
    // What the kernel knows of who runs this test is not the test's business: the plan says that accounts are shared.
    let shared = PLAN.replace("vars:", "shared_accounts: allow\nvars:");
    std::fs::write(&file, shared).unwrap();
    let given = ["run", &file, "--var", "sha=3f2a91c", "--var", "token=hunter2"];
    let screen = Screen::start_with(&given, &[("WARROOM_AS", "")], 80, 24);
    screen
        .wait_for("Who are you?")
        .type_text(&"x".repeat(41))
        .wait_for(&"x".repeat(41))
        .press("Enter")
        .wait_for("it has at most 40 characters");
    for _ in 0..41 {
        screen.press("Backspace");
    }
    screen.type_text("cleo").wait_for("> cleo").press("Enter").wait_for("b begins the deployment");
    assert_eq!(screen.journalled()[0].1["operator"], "cleo");
    let joined = screen.last_journalled("operator_joined");
    assert_eq!((&joined["person"]["operator"], &joined["person"]["verified"]), (&"cleo".into(), &false.into()));
    let named = Screen::start(&given, 80, 24);
    named.wait_for("b begins the deployment");
    assert!(!named.text().contains("Who are you?"), "who said their name is not asked");
}

#[test]
fn who_leaves_the_questions_has_opened_nothing() {
    let (_folder, file) = plan();
    let screen = Screen::start(&["run", &file], 40, 10);
    screen.wait_for("Which commit runs now?").press("Esc");
    assert_eq!(screen.exit_code(), 2);
    screen.wait_for("nothing was opened").assert_terminal_restored();
    assert!(!screen.home().join("data/rooms").exists());
}

#[test]
fn where_nobody_can_be_asked_what_is_missing_is_named() {
    let (folder, file) = plan();
    for args in [&["run", &file][..], &["run", &file, "--plain"]] {
        let (exit, said) = says(folder.path(), args);
        assert_eq!(exit, Some(2), "{said}");
        assert!(said.contains("--var sha=") && said.contains("set TOKEN_OF_THE_SHOP"), "{said}");
    }
}

#[test]
fn a_query_that_is_none_is_refused_by_the_room_and_nothing_was_opened() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.yaml").display().to_string();
    let broken = "\
warroom: 1
title: Shop
sources: { app: { scrape: 'http://127.0.0.1:1/metrics' } }
metrics: { load: { source: app, query: 'sum(load' } }
phases: [ { title: Deploy, steps: [ { run: tests, expect: { matches: '(' } } ] } ]
";
    std::fs::write(&file, broken).unwrap();
    let screen = Screen::start(&["run", &file], 80, 24);
    assert_eq!(screen.exit_code(), 1);
    screen.wait_for("this is not PromQL").wait_for("this is not a regular expression").assert_terminal_restored();
    let rooms = screen.home().join("data/rooms");
    assert_eq!(std::fs::read_dir(rooms).map_or(0, Iterator::count), 0);
    // Without a terminal it is told as it is.
    let (exit, said) = says(folder.path(), &["run", &file]);
    assert!(exit == Some(1) && said.contains("this is not PromQL"), "{said}");
}
