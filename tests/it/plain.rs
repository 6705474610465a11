//! The room without a screen: the built program, words in and words out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A data folder and a runtime folder of their own, so that no other room is in the way.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.0.path().join("run")).unwrap();
        place
    }

    #[expect(clippy::disallowed_methods, reason = "this test uses the program as a person does")]
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(args).env("WARROOM_DATA", self.0.path().join("data")).env("XDG_RUNTIME_DIR", self.0.path().join("run"));
        command
    }

    fn ctl(&self, args: &[&str]) -> Output {
        self.command(&["ctl"]).args(args).output().unwrap()
    }

    /// Begins a room and leaves it again, with these words typed on the way.
    fn talk(&self, runbook: &Path, words: &str) -> Output {
        let mut child = self
            .command(&["run", "--plain"])
            .arg(runbook)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(words.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

/// Whatever a test did, its room is ended.
impl Drop for Place {
    fn drop(&mut self) {
        self.ctl(&["close", "--reason", "the test is over"]);
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const RUNBOOK: &str = "
warroom: 1
title: Words alone
checklists:
  - title: Before
    items: [ Somebody listens ]
phases:
  - id: one
    title: One
    steps:
      - title: Say so
        run: echo said
    gate: { question: Was it said? }
";

fn runbook(place: &Place) -> std::path::PathBuf {
    let path = place.0.path().join("words.yaml");
    std::fs::write(&path, RUNBOOK).unwrap();
    path
}

#[test]
fn a_deployment_is_run_to_its_end_by_words_alone() {
    let place = Place::new();
    let left = place.talk(&runbook(&place), "");
    assert_eq!(left.status.code(), Some(3), "{}", text(&left));
    let rooms = text(&place.command(&["rooms"]).output().unwrap());
    assert!(rooms.contains("running, nobody attached"), "{rooms}");
    let refused = place.ctl(&["begin"]);
    assert_eq!(refused.status.code(), Some(5), "{}", text(&refused));
    assert!(text(&refused).contains("Before"), "{}", text(&refused));
    for words in [&["tick", "1.1"][..], &["begin"], &["run"]] {
        let done = place.ctl(words);
        assert_eq!(done.status.code(), Some(0), "{words:?}: {}", text(&done));
    }
    let went = loop {
        let status = text(&place.ctl(&["status"]));
        if status.contains("GATE:") {
            break place.ctl(&["go"]);
        }
        assert!(!status.contains("FAILED"), "{status}");
    };
    assert_eq!(went.status.code(), Some(0), "{}", text(&went));
    let status = text(&place.ctl(&["status", "--json"]));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["stage"]["how"], "completed", "{status}");
    let events = text(&place.ctl(&["events"]));
    assert!(events.contains("GO") && events.contains("said"), "{events}");
}

#[test]
fn what_is_not_there_is_named_with_what_is_nearest() {
    let place = Place::new();
    place.talk(&runbook(&place), "");
    let unknown = place.ctl(&["run", "1.7"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown).contains("the nearest is 1.1 Say so"), "{}", text(&unknown));
}

#[test]
fn a_yes_that_was_there_before_the_question_does_not_count() {
    let place = Place::new();
    place.talk(&runbook(&place), "");
    place.ctl(&["tick", "1.1"]);
    let mut child = place.command(&["attach", "--plain"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"begin\nyes\nbegin\nyes\n").unwrap();
    drop(input);
    let said = child.wait_with_output().unwrap();
    let status = text(&place.ctl(&["status"]));
    assert!(status.contains("Not started yet."), "{status}\n{}", text(&said));
}

/// What each process of this room has open, by where it leads.
#[cfg(target_os = "linux")]
fn open_files(place: &Place) -> Vec<String> {
    use std::os::unix::ffi::OsStrExt;
    let home = place.0.path().as_os_str().as_bytes().to_owned();
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let of_this_room = processes.filter(|process| {
        let environ = std::fs::read(process.join("environ")).unwrap_or_default();
        environ.windows(home.len()).any(|part| part == home)
    });
    let links = of_this_room.flat_map(|process| std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten());
    links.filter_map(|link| std::fs::read_link(link.path()).ok()).map(|to| to.display().to_string()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_room_and_its_steps_have_none_of_the_files_that_the_shell_had_open() {
    let place = Place::new();
    let path = place.0.path().join("inherits.yaml");
    let home = place.0.path().display();
    let step = format!("ls -l /proc/self/fd > {home}/seen; echo done > {home}/ended; sleep 20");
    let plan = format!("warroom: 1\ntitle: Inherits\nphases:\n  - title: One\n    steps:\n      - run: {step}\n");
    std::fs::write(&path, plan).unwrap();
    let stray = std::fs::File::create(place.0.path().join("stray-of-the-shell")).unwrap();
    // The shell keeps it open across the start of its programs.
    rustix::io::fcntl_setfd(&stray, rustix::io::FdFlags::empty()).unwrap();
    let began = place.talk(&path, "");
    drop(stray);
    for words in [&["begin"][..], &["run"]] {
        let done = place.ctl(words);
        assert_eq!(done.status.code(), Some(0), "{words:?}: {}{}", text(&began), text(&done));
    }
    let ended = place.0.path().join("ended");
    while !ended.exists() {
        let status = text(&place.ctl(&["status"]));
        assert!(!status.contains("FAILED"), "{status}");
    }
    let open = open_files(&place);
    assert!(!open.is_empty());
    let stray: Vec<&String> = open.iter().filter(|to| to.contains("stray-of-the-shell")).collect();
    assert!(stray.is_empty(), "{stray:?}");
    let seen = std::fs::read_to_string(place.0.path().join("seen")).unwrap();
    assert!(!seen.contains("stray-of-the-shell"), "{seen}");
}
