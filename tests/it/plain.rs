//! The room without a screen: the built program, words in and words out.

use std::io::{BufRead, Read, Write};
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

/// The room's process, by the sign beside its socket.
fn room_process(place: &Place) -> rustix::process::Pid {
    let folders = std::fs::read_dir(place.0.path().join("run/warroom")).unwrap().flatten();
    let sign = folders.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "room")).unwrap();
    let sign: serde_json::Value = serde_json::from_slice(&std::fs::read(sign).unwrap()).unwrap();
    rustix::process::Pid::from_raw(i32::try_from(sign["pid"].as_i64().unwrap()).unwrap()).unwrap()
}

/// Reads on until this was said.
fn until(told: &mut impl BufRead, said: &str) -> String {
    let mut all = String::new();
    while !all.contains(said) {
        assert!(told.read_line(&mut all).unwrap() > 0, "never said {said:?}: {all}");
    }
    all
}

#[test]
fn who_follows_line_by_line_is_told_of_a_lost_room_and_rejoins_it_once_somebody_has_resumed_it() {
    let place = Place::new();
    place.talk(&runbook(&place), "");
    let follow = |words: &[&str]| {
        let mut command = place.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let (mut talk, mut events) = (follow(&["attach", "--plain"]), follow(&["ctl", "events", "--follow"]));
    let mut talked = std::io::BufReader::new(talk.stdout.take().unwrap());
    let mut followed = std::io::BufReader::new(events.stdout.take().unwrap());
    let mut aside = std::io::BufReader::new(events.stderr.take().unwrap());
    until(&mut talked, "The journal's anchor is ");
    place.ctl(&["note", "before"]);
    until(&mut followed, "notes: before");
    rustix::process::kill_process(room_process(&place), rustix::process::Signal::KILL).unwrap();
    let lost = until(&mut talked, "LINK LOST");
    assert!(lost.contains("rejoined by itself") && lost.contains("warroom resume "), "{lost}");
    until(&mut aside, "LINK LOST");
    let mut input = talk.stdin.take().unwrap();
    input.write_all(b"tick 1.1\n").unwrap();
    until(&mut talked, "REFUSED: not done: the link to the room is lost");

    let resumed = place.command(&["resume", "--plain"]).stdin(Stdio::null()).output().unwrap();
    assert!(text(&resumed).contains("resumed the room") || resumed.status.code() == Some(3), "{}", text(&resumed));
    let back = until(&mut talked, "Next: ");
    assert!(back.contains("Rejoined: the room was lost for ") && back.contains("resumed the room"), "{back}");
    until(&mut aside, "rejoined");
    input.write_all(b"tick 1.1\n").unwrap();
    until(&mut talked, "ticked Somebody listens");
    let heard = until(&mut followed, "ticked Somebody listens");
    assert!(heard.contains("resumed the room"), "what came meanwhile is not left out: {heard}");
    drop(input);
    talk.wait().unwrap();
    place.ctl(&["close", "--reason", "the test is over"]);
    assert_eq!(events.wait().unwrap().code(), Some(0));
}

#[test]
fn the_anchor_is_told_at_the_start_and_by_status_and_a_part_of_the_rooms_name_is_enough_to_prove_it() {
    let place = Place::new();
    let began = text(&place.talk(&runbook(&place), ""));
    let told =
        began.split("The journal's anchor is ").nth(1).and_then(|rest| rest.get(..64)).unwrap_or_else(|| panic!("{began}"));
    let status = text(&place.ctl(&["status", "--json"]));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let now = status["anchor"]["hash"].as_str().unwrap();
    assert!(status["anchor"]["records"].as_u64() > Some(1), "{status}");
    assert!(text(&place.ctl(&["status"])).contains(&format!("The journal's anchor is {now}, after ")));
    let verify = |words: &[&str]| place.command(&["verify"]).args(words).output().unwrap();
    for anchor in [told, now] {
        let proven = verify(&["words-alone", "--anchor", anchor]);
        assert!(proven.status.success() && text(&proven).contains("nothing"), "{}", text(&proven));
    }
    assert!(text(&verify(&["no-such-room"])).contains("no journal or room no-such-room"));
    place.ctl(&["close", "--reason", "one is enough"]);
    place.talk(&runbook(&place), "");
    let several = verify(&["words-alone"]);
    assert!(
        several.status.code() == Some(2) && text(&several).contains("several rooms have \"words-alone\""),
        "{}",
        text(&several)
    );
}

const CARRIES: &str = r##"
warroom: 1
title: Words for people
roles:
  commander: { title: Deployment commander }
  dba: { title: Database admin }
channels: { team: { slack: "#deployment" } }
messages:
  begun: { at: T, to: team, text: The deployment has begun. }
escalation: [ { after: 0m, call: dba }, { after: 15m, call: commander } ]
contacts: [ { name: Kim, role: Database admin, phone: "+00 555 0104" } ]
guides: [ { title: When answers are slow, text: Look at the pool. } ]
checklists: [ { title: Before, items: [ Somebody listens, { item: Backup, field: { ask: Finished at, kind: time } } ] } ]
phases:
  - id: one
    title: One
    steps: [ { title: Say so, about: To be heard., run: echo said, owner: dba }, { message: begun } ]
"##;

/// What a room line by line answers to these words.
fn attached(place: &Place, words: &[u8]) -> String {
    let mut child = place.command(&["attach", "--plain"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    // What is typed before the room has said how it stands is not answered.
    while !said.contains("Type help") {
        assert!(told.read_line(&mut said).unwrap() > 0, "{said}");
    }
    child.stdin.take().unwrap().write_all(words).unwrap();
    told.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

#[test]
fn whatever_can_be_read_on_the_screen_can_be_read_in_words() {
    let place = Place::new();
    let path = place.0.path().join("carries.yaml");
    std::fs::write(&path, CARRIES).unwrap();
    place.talk(&path, "");
    let typed = attached(&place, b"contacts\ndetails 1.1\nno-such-word\nquit\n");
    for said in ["call Database admin (Kim), +00 555 0104", "To be heard.", "The words are status, events, contacts"] {
        assert!(typed.contains(said), "{said}: {typed}");
    }
    for (words, said) in [
        (&["contacts"][..], "Kim: +00 555 0104, Database admin"),
        (&["guides"], "Look at the pool."),
        (&["messages"], "begun: The deployment has begun. (tell #deployment; 1.2 sends it)"),
        (&["messages", "beg"], "The deployment has begun."),
        (&["details", "1.1"], "To be heard."),
        (&["details", "backup"], "Finished at: not filled in yet (a time)"),
        (&["timeline"], "Phase 1 One: "),
        (&["output"], "No step has printed anything."),
        (&["status"], "Item 1.2 Backup: open, required; to fill in: Finished at."),
        (&["status", "--json"], "\"number\":\"1.2\""),
    ] {
        let answer = place.ctl(words);
        assert_eq!(answer.status.code(), Some(0), "{words:?}: {}", text(&answer));
        assert!(text(&answer).contains(said), "{words:?}: {}", text(&answer));
    }
    let filled = place.ctl(&["fill", "1.2", "1850"]);
    assert_eq!(filled.status.code(), Some(0), "{}", text(&filled));
    assert!(text(&place.ctl(&["details", "backup"])).contains("Finished at: 18:50"));
    let unknown = place.ctl(&["messages", "done"]);
    assert!(unknown.status.code() == Some(2) && text(&unknown).contains("there are begun"), "{}", text(&unknown));
}

#[test]
fn what_the_room_would_refuse_is_refused_and_what_nobody_knows_is_wrong() {
    let place = Place::new();
    place.talk(&runbook(&place), "");
    for (words, said) in [
        (&["go"][..], "refused: no gate is open: the deployment has not begun"),
        (&["vote", "commander", "go"], "refused: no gate is open"),
        (&["run"], "refused: no step can be run: the deployment has not begun: begin starts it"),
    ] {
        let answer = place.ctl(words);
        assert_eq!(answer.status.code(), Some(5), "{words:?}: {}", text(&answer));
        assert!(text(&answer).contains(said), "{words:?}: {}", text(&answer));
    }
    let unknown = place.ctl(&["statsu"]);
    assert_eq!(unknown.status.code(), Some(2));
    for said in ["statsu is no word of ctl", "the nearest is status", "status, events, contacts"] {
        assert!(text(&unknown).contains(said), "{said}: {}", text(&unknown));
    }
    let short = place.ctl(&["words-alone", "status"]);
    assert_eq!(short.status.code(), Some(0), "a part of the room's name will do: {}", text(&short));
    let named = place.ctl(&["note", "hello", "--as", "ana"]);
    assert_eq!(named.status.code(), Some(0), "{}", text(&named));
    assert!(text(&place.ctl(&["events"])).contains("ana"), "{}", text(&place.ctl(&["events"])));
    let help = text(&place.ctl(&["help", "assign-role"]));
    assert!(help.contains("The role: its id") && help.contains("Who gets it"), "{help}");
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

const DANGEROUS: &str = r#"
warroom: 1
title: Words of care
phases:
  - id: one
    title: One
    steps:
      - { title: Count the rows, manual: How many are there?, capture: rows }
      - { title: Drop the old table, run: echo dropped, dangerous: true }
      - { title: Tell the world, run: "exit 4", point_of_no_return: everybody knows }
"#;

#[test]
fn a_dangerous_step_is_run_by_its_name_and_one_word_more() {
    let place = Place::new();
    let path = place.0.path().join("care.yaml");
    std::fs::write(&path, DANGEROUS).unwrap();
    place.talk(&path, "");
    let says = |words: &[&str], code: i32, part: &str| {
        let answer = place.ctl(words);
        assert!(answer.status.code() == Some(code) && text(&answer).contains(part), "{words:?}: {}", text(&answer));
    };
    let waits_for = |part: &str| {
        while !text(&place.ctl(&["status"])).contains(part) {
            assert!(text(&place.ctl(&["status"])).contains("1.2"));
        }
    };
    says(&["begin"], 0, "");
    says(&["done", "1.1"], 5, "asks for a value: rows (d asks for it; in words: done 1.1 --note VALUE)");
    says(&["done", "1.1", "--note", "6331"], 0, "");
    let care = "refused: 1.2 Drop the old table is marked dangerous. Nothing was run. If you mean it: run 1.2 --sure";
    says(&["run"], 5, care);
    says(&["run", "1.2"], 5, care);
    says(&["run", "--sure"], 2, "STEP");
    assert!(!text(&place.ctl(&["events"])).contains("dropped"));
    let said = attached(&place, b"run\nno\nquit\n");
    assert!(said.contains("1.2 Drop the old table is marked dangerous. Type yes to do it."), "{said}");
    says(&["run", "1.2", "--sure"], 0, "");
    waits_for("1.2 Drop the old table: done");
    says(&["run", "1.3"], 5, "1.3 Tell the world is the point of no return: everybody knows. Nothing was run.");
    says(&["run", "1.3", "--sure"], 0, "");
    waits_for("1.3 Tell the world: FAILED");
    says(&["retry", "1.3"], 5, "If you mean it: retry 1.3 --sure");
    says(&["retry", "1.3", "--sure"], 0, "");
}

/// The sample's room in a rehearsal, with these words typed in it once it has said how it stands.
fn rehearsed(place: &Place, file: &str, words: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-runbooks").join(file);
    let mut command = place.command(&["rehearse", "--plain"]);
    let mut child = command.arg(path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Type help") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "{file}: it ended before it said how it stands");
    }
    child.stdin.take().unwrap().write_all(words.as_bytes()).unwrap();
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    child.wait().unwrap();
    rest
}

#[test]
fn what_a_sample_says_of_people_messages_and_itself_is_read_in_its_room() {
    let carried: [(&str, &[&str]); 5] = [
        (
            "friday.yaml",
            &[
                "DBA on call: +00 555 0161, Database",
                "Risk: minimal, all validations passed",
                "Status: ready for production",
                "GET /stats/performance",
                "sudo /opt/scripts/switch-load-balancer.sh blue",
            ],
        ),
        (
            "moshimoshi.yaml",
            &[
                "15:00 call Engineering manager",
                "agent1@moshimoshi.app",
                "started: The deployment has started. (tell #deployment-war-room, update https://status.moshimoshi.app; planned 08:00",
                "mail: mail deployment@moshimoshi.app",
                "Grafana: https://grafana.moshimoshi.app",
                "Next review: the retrospective after the deployment",
                "3. Services of others that it depends on",
                "3.: The database goes back, if needed, 2:00",
            ],
        ),
        ("granter.yaml", &["Ada Example: +00 555 0130", "https://meet.granter.example/deployment", "See also: DEPLOYMENT.md"]),
        (
            "safla.yaml",
            &[
                "decides on technical matters and approves a rollback",
                "not solved in 15 minutes",
                "page safla-production",
                "Production score: 95.40/100",
                "Last updated: 2025-10-15",
                "Signs: \"Database is closed\"",
            ],
        ),
        (
            "cohort-analyzer.yaml",
            &[
                "Plan the post-mortem",
                "Critical, error rate above 1 %",
                "Who does what",
                "Status: complete and approved",
                "The cache misses",
            ],
        ),
    ];
    for (file, says) in carried {
        let place = Place::new();
        let said = rehearsed(&place, file, "contacts\nguides\nmessages\ndetails R1\nquit\n");
        for wanted in says {
            assert!(said.contains(wanted), "{file}: {wanted}\n{said}");
        }
    }
}
