//! A room whose process is killed, and taken up again by another one.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::process::{Signal, kill_process};
use serde_json::Value;

use crate::harness::{Screen, rooms_of};
use crate::quick::{QUICK, Quick};

/// Kills the room's process as a crash would; its screen says so and is left.
fn kill_room(screen: &Screen) {
    let rooms = rooms_of(screen.home());
    assert_eq!(rooms.len(), 1);
    kill_process(rooms[0], Signal::KILL).unwrap();
    screen.wait_for("LINK LOST since").press("q");
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored().wait_for(&format!("`warroom resume {}` takes it up again", name(screen)));
}

fn again(left: &Screen, args: &[&str]) -> Screen {
    Screen::start_at_home(args, 80, 24, left.shared_home())
}

/// The name of the only room.
fn name(screen: &Screen) -> String {
    screen.journal().parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
}

/// How the sources answered the process that took the room up.
fn polls_since_the_resume(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).unwrap();
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let since = records.map(|record| record["event"].clone()).skip_while(|event| event["resumed"].is_null());
    since.map(|event| event["source_polled"]["outcome"].clone()).filter(|outcome| !outcome.is_null()).collect()
}

fn numbers(text: &str) -> Vec<u64> {
    text.lines().filter_map(|line| line.strip_prefix("line ")?.parse().ok()).collect()
}

#[test]
fn a_killed_room_is_taken_up_with_the_step_that_prints_and_nothing_runs_twice() {
    let loud = "echo ran >> \"$go_file.ran\"; n=0; until [ -e \"$go_file\" ]; do n=$((n+1)); echo line $n; done";
    let room = Quick::on(&QUICK.replace("until [ -e \"$go_file\" ]; do sleep 0.1; done", loud), 80, 24);
    room.through_the_first_phase();
    room.enter().wait_for("2.1 Something long runs for").press("o").wait_for_all(&[" OUTPUT ", "line "]).to_main();
    kill_room(&room);
    let refused = again(&room, &["attach", &name(&room)]);
    refused.wait_for("is gone").wait_for("warroom resume");
    assert_eq!(refused.exit_code(), 1);
    let resumed = again(&room, &["resume"]);
    resumed.wait_for_all(&["2.1 Something long runs for", "while you were away"]);
    room.let_it_end();
    resumed.wait_for("2.1 done, exit 0").close_room();
    assert_eq!(resumed.exit_code(), 3);
    resumed.assert_terminal_restored();
    let starts = resumed.journalled().iter().filter(|(name, event)| name == "step_started" && event["step"] == "long").count();
    assert_eq!((starts, resumed.count_journalled("resumed"), resumed.count_journalled("step_lost")), (1, 1, 0));
    assert_eq!(std::fs::read_to_string(room.folder().join("go.ran")).unwrap(), "ran\n");
    let told: u64 = resumed.journalled().iter().filter(|(name, event)| name == "step_output" && event["step"] == "long").fold(
        0,
        |all, (_, event)| {
            let (lines, omitted) = (event["output"]["lines"].as_array(), event["output"]["omitted"].as_u64());
            all + lines.map_or(0, |lines| lines.len() as u64) + omitted.unwrap_or(0)
        },
    );
    let log = std::fs::read_to_string(resumed.journal().with_file_name("output").join("long.1.log")).unwrap();
    let printed = numbers(&log);
    assert!(log.starts_with("it runs\n") && log.ends_with("\nit ends well\n"));
    assert!(printed.iter().copied().eq(1..=printed.len() as u64), "a line is missing, or was kept twice");
    assert_eq!(told, printed.len() as u64 + 2, "each line was told once, or counted");
}

#[test]
fn a_step_that_ended_while_no_room_was_there_is_told_with_its_real_end() {
    let room = Quick::after_the_first_phase();
    room.start_the_long_step();
    kill_process(rooms_of(room.home())[0], Signal::KILL).unwrap();
    room.wait_for("LINK LOST since");
    room.let_it_end();
    let end = room.journal().with_file_name("held").join("long.1/end.json");
    room.wait_until_text("the record of its end", |_| end.exists());
    let record: Value = serde_json::from_slice(&std::fs::read(end).unwrap()).unwrap();
    let resumed = again(&room, &["resume"]);
    // The log of the main screen is short, and what is measured now may have gone past it.
    resumed.wait_for("decides the gate").press("l");
    resumed.wait_for_all(&["2.1 done, exit 0", "while no room was there", "2.1 (earlier, by ", " | it ends well"]);
    let journalled = resumed.journalled();
    let (_, done) = journalled.iter().find(|(name, event)| name == "step_done" && event["step"] == "long").unwrap();
    let (told, really) = (done["ended"].as_i64().unwrap(), record["ended"]["at"].as_i64().unwrap());
    assert!((told - really).abs() < 1_000, "it ended at {really} and is said to at {told}");
}

#[test]
fn a_screen_that_lost_its_room_says_so_and_rejoins_when_somebody_has_resumed_it() {
    let room = Quick::after_the_first_phase();
    kill_process(rooms_of(room.home())[0], Signal::KILL).unwrap();
    let remedy = format!("next: warroom resume {}; this screen rejoins", name(&room));
    room.wait_for_all(&["LINK LOST since", "was T+", &remedy]);
    assert!(!room.text().contains(" LIVE "));
    let resumed = again(&room, &["resume", &name(&room)]);
    resumed.wait_for(" LIVE ");
    room.wait_for("rejoined").wait_for_all(&[" LIVE ", "Enter runs 2.1"]);
    resumed.close_room();
    room.wait_for("ROOM ENDED").wait_gone("LINK LOST").press("q");
    room.exit_code();
    room.assert_terminal_restored();
}

#[test]
fn the_demo_goes_on_with_its_service_where_it_was() {
    let screen = Screen::start(&["demo"], 80, 24);
    screen.wait_for("c lists 5 items to tick").wait_for("/s ");
    kill_room(&screen);
    let resumed = again(&screen, &["resume"]);
    resumed.wait_for("c lists 5 items to tick");
    let journal = screen.journal();
    resumed.wait_until_text("what the new process measures", |_| polls_since_the_resume(&journal).len() >= 3);
    for outcome in polls_since_the_resume(&journal) {
        assert_eq!(outcome["up"]["status"], 200, "{outcome}");
    }
}

#[test]
fn a_screen_left_while_the_room_still_opens_says_that_it_goes_on() {
    let home = std::sync::Arc::new(tempfile::TempDir::new().unwrap());
    let at = |name: &str| home.path().join(name);
    // A service manager that takes its time.
    for folder in ["bin", "run/systemd"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    std::fs::set_permissions(at("run"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let _manager = UnixListener::bind(at("run/systemd/private")).unwrap();
    let slow = "#!/bin/sh\nuntil [ -e \"$HOME/opens\" ]; do sleep 0.05; done\nshift 5\nexec \"$@\"\n";
    std::fs::write(at("bin/systemd-run"), slow).unwrap();
    std::fs::set_permissions(at("bin/systemd-run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
    let warroom = Path::new(env!("CARGO_BIN_EXE_warroom"));
    let screen = Screen::program(warroom, &["demo"], &[("PATH", &path)], 80, 24, home.clone());
    screen.wait_for("OPENING THE ROOM").press("q").wait_for("Leave").answer("choose").wait_for_main_screen();
    assert!(rooms_of(home.path()).is_empty());
    std::fs::File::create(at("opens")).unwrap();
    assert_eq!(screen.exit_code(), 3);
    screen.assert_terminal_restored().wait_for("The room goes on").wait_for(&format!("warroom attach {}", name(&screen)));
    assert_eq!(rooms_of(home.path()).len(), 1);
}
