//! Stories of real children in sessions of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

/// A program that does what `__exec` does, for these tests have no `warroom` at hand.
fn shim(folder: &TempDir) -> SystemSpawner {
    let path = folder.path().join("shim");
    fs::write(&path, "#!/bin/sh\n[ \"$1 $2\" = '__exec --' ] || exit 99\nshift 2\nexec setsid \"$@\"\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    SystemSpawner::through(path)
}

fn bash(spawner: &SystemSpawner, script: &str) -> Box<dyn Child> {
    let path = std::env::var_os("PATH").unwrap();
    let args = vec!["-c".into(), script.into()];
    spawner.spawn(Launch { program: "bash".into(), args, env: vec![("PATH".into(), path)], dir: None }).unwrap()
}

/// What it prints up to a text, or to its end.
async fn output(child: &mut dyn Child, until: &str) -> String {
    let mut text = String::new();
    loop {
        match child.heard().await {
            Heard::Output(bytes) => text.push_str(&String::from_utf8(bytes).unwrap()),
            Heard::Closed => return text,
            Heard::Exited(_) => {}
        }
        if !until.is_empty() && text.contains(until) {
            return text;
        }
    }
}

#[tokio::test]
async fn a_child_leads_a_session_and_has_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let script = "ps -o sid= -p $$ | tr -d ' '; (: < /dev/tty) 2>/dev/null && echo a terminal || echo none";
    let mut child = bash(&shim(&folder), script);
    let pid = child.pid();
    assert_eq!(output(child.as_mut(), "").await, format!("{pid}\nnone\n"));
}

#[tokio::test]
async fn exit_and_output_are_both_heard_and_nothing_after_them() {
    let mut child = bash(&SystemSpawner::without_session(), "echo hello; exit 7");
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(child.heard().await);
    }
    assert!(heard.contains(&Heard::Output(b"hello\n".to_vec())), "{heard:?}");
    assert!(heard.contains(&Heard::Exited(Exit::Code(7))) && heard.contains(&Heard::Closed), "{heard:?}");
}

#[tokio::test]
async fn a_storm_of_forks_is_killed_to_the_last_one() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; grow() { (trap '' TERM; sleep 600) & setsid sleep 600 & }
                  for i in 1 2 3 4 5 6 7 8 9 10; do grow; done; echo grown; while :; do sleep 0.001 & done";
    let mut child = bash(&shim(&folder), script);
    output(child.as_mut(), "grown").await;
    assert!(child.descendants().len() >= 10);
    child.terminate().unwrap();
    assert_eq!(child.kill().await, []);
    assert_eq!(child.descendants(), []);
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_no_more() {
    let launch = Launch {
        program: "/usr/bin/env".into(),
        args: Vec::new(),
        env: vec![("only".into(), "this\nand this".into())],
        dir: None,
    };
    let mut child = SystemSpawner::without_session().spawn(launch).unwrap();
    let mark = format!("{MARK}={}.", std::process::id());
    let text = output(child.as_mut(), "").await;
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with(&mark)).collect();
    assert_eq!(lines, ["only=this", "and this"]);
}

#[tokio::test]
async fn a_program_that_is_not_there_can_not_be_started() {
    let launch = Launch { program: "/nowhere/bash".into(), args: Vec::new(), env: Vec::new(), dir: None };
    let error = SystemSpawner::without_session().spawn(launch).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert_eq!(exec_in_new_session(&[]).kind(), io::ErrorKind::InvalidInput);
}
