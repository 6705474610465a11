//! The runbooks that come along: each is good, says nothing that is not meant, and wants no more than the table says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use warroom::id::{OperatorId, RoomId};
use warroom::rehearse::{Play, builtin, drive, read};
use warroom::room::event::{Event, Mode, Opened, Record};
use warroom::room::state::{Ending, Stage};
use warroom::room::{State, apply};
use warroom::runbook::template::Values;
use warroom::runbook::{Runbook, load, resolve};

use crate::story::clock;

struct Sample {
    file: &'static str,
    /// When the people come, and T where it is a time of day.
    from: &'static str,
    t0: Option<&'static str>,
    /// What has no default.
    given: &'static [(&'static str, &'static str)],
}

const SAMPLES: [Sample; 5] = [
    Sample { file: "friday.yaml", from: "09:00", t0: None, given: &[] },
    Sample {
        file: "moshimoshi.yaml",
        from: "05:50",
        t0: Some("08:00"),
        given: &[
            ("SLACK_WEBHOOK_URL", "http://127.0.0.1:1/hook"),
            ("CLOUDFLARE_API_TOKEN", "fictional"),
            ("CLOUDFLARE_ZONE_ID", "zone"),
        ],
    },
    Sample { file: "granter.yaml", from: "12:50", t0: Some("14:00"), given: &[("token", "fictional")] },
    Sample {
        file: "safla.yaml",
        from: "01:50",
        t0: Some("02:30"),
        given: &[
            ("previous_sha", "1a2b3c4"),
            ("slack_webhook_url", "http://127.0.0.1:1/hook"),
            ("pagerduty_service_key", "fictional"),
        ],
    },
    Sample { file: "cohort-analyzer.yaml", from: "13:50", t0: Some("14:00"), given: &[] },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-runbooks")
}

fn text(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn loaded(file: &str) -> Runbook {
    load(file, &text(file)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn owned(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the built program is what is tested here")]
fn every_sample_passes_the_strict_check() {
    let home = TempDir::new().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(["check", "--strict", "--elsewhere"]).args(SAMPLES.map(|sample| sample.file));
    let output = command.current_dir(folder()).env("WARROOM_DATA", home.path()).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && !said.contains("warning"), "{said}");
    assert_eq!(said.matches(": good. ").count(), SAMPLES.len(), "{said}");
}

#[test]
fn every_sample_wants_only_what_nobody_can_know_before() {
    for Sample { file, given, .. } in SAMPLES {
        let runbook = loaded(file);
        let given = owned(given);
        assert_eq!(resolve(&runbook, &given, &|_| None).err(), None, "{file}");
        for missing in 0..given.len() {
            let mut fewer = given.clone();
            let (name, _) = fewer.remove(missing);
            assert!(resolve(&runbook, &fewer, &|_| None).is_err(), "{file}: {name} is given and not wanted");
        }
    }
}

#[test]
fn every_sample_is_rehearsed_to_its_end() {
    for sample in &SAMPLES {
        let (ending, story) = rehearsed(sample, "calm");
        insta::assert_snapshot!(format!("calm-{}", sample.file), story);
        assert_eq!(ending, Some(Ending::Completed), "{}\n{story}", sample.file);
    }
}

#[test]
fn a_burst_of_errors_takes_every_sample_into_its_rollback() {
    for sample in &SAMPLES {
        let (ending, story) = rehearsed(sample, "error-burst");
        insta::assert_snapshot!(format!("error-burst-{}", sample.file), story);
        assert_eq!(ending, Some(Ending::RolledBack { verified: true }), "{}\n{story}", sample.file);
    }
}

#[test]
fn a_sample_whose_numbers_creep_or_vanish_comes_to_an_end_all_the_same() {
    for sample in &SAMPLES {
        for scenario in ["slow-leak", "blind"] {
            let (ending, story) = rehearsed(sample, scenario);
            assert!(ending.is_some(), "{} under {scenario} is stuck:\n{story}", sample.file);
        }
    }
}

/// How the rehearsal ended, and what its log says of it, but for single ticks and what steps printed.
fn rehearsed(sample: &Sample, scenario: &str) -> (Option<Ending>, String) {
    let runbook = loaded(sample.file);
    let values = resolve(&runbook, &owned(sample.given), &|_| None).unwrap();
    let known = values.0.iter().filter(|(name, _)| !runbook.vars.get(*name).is_some_and(|var| var.secret));
    let opened = Opened {
        format: 1,
        room: RoomId::new("rehearsal"),
        mode: Mode::Rehearsal,
        file: sample.file.into(),
        runbook: text(sample.file),
        values: known.map(|(name, value)| (name.clone(), value.clone())).collect(),
        t0: sample.t0.map(clock),
        operator: OperatorId::new("ana"),
        host: "bastion".into(),
        version: "0".into(),
        rehearsal: None,
    };
    let runbook = Arc::new(runbook.fill(&Values(opened.values.clone())));
    let at = clock(sample.from);
    let mut state = State::open(&opened, at, runbook.clone());
    apply(&mut state, &Record { seq: 0, at, ask: None, event: Event::Opened(Box::new(opened)) });
    let scenario = read(scenario, builtin(scenario).unwrap(), &runbook).unwrap();
    let mut story = String::new();
    let play = Play::of(&runbook, scenario, 7);
    let rehearsed = drive(state, play, |state, record| {
        let quiet = matches!(record.event, Event::ItemTicked { .. } | Event::FieldFilled { .. } | Event::StepOutput { .. });
        let lines = state.log.newest_first().take_while(|line| line.seq == record.seq && !quiet);
        for line in lines {
            let day = (line.at.day(state.runbook.zone) - at.day(state.runbook.zone)).num_days();
            let day = if day == 0 { String::new() } else { format!("+{day}d ") };
            let _ = writeln!(story, "{day}{}  {}", line.at.clock(state.runbook.zone), line.text);
        }
        Ok::<_, ()>(())
    });
    let ending = match rehearsed.unwrap().state.stage {
        Stage::Ended(ending, _) => Some(ending),
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack => None,
    };
    (ending, story)
}

/// Tests that say of every construct at once that it can be read: no row may lean on them.
const READS_ONLY: [&str; 3] = [
    "every_sample_passes_the_strict_check",
    "every_key_says_what_it_means_and_its_example_loads",
    "every_sample_wants_only_what_nobody_can_know_before",
];

/// Rows like `| T1 | what is asked | construct | sample | test |`: each names a line in which its construct stands, and a test
/// that is there.
#[test]
fn the_table_of_demands_points_at_what_is_there() {
    let page = text("README.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(".yaml#L"))
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect())
        .collect();
    assert!(rows.len() > 50, "{} rows", rows.len());
    let tests = tests();
    let mut wrong = Vec::new();
    for row in rows {
        let [id, asked, construct, sample, test] = row[..] else { panic!("five cells: {row:?}") };
        let code = construct.split('`').nth(1).unwrap_or_default();
        let (file, line) = link(sample).unwrap_or_else(|| panic!("{id} {asked}: no link in {sample}"));
        let there = text(file);
        let there = there.lines().nth(line - 1).unwrap_or_default();
        if code.is_empty() || !there.contains(code) {
            let now = text(file).lines().position(|line| line.contains(code)).map(|place| place + 1);
            wrong.push(format!("{id} {asked}: `{code}` is not in {file}:{line}, which says {there:?}; it is in {now:?}"));
        }
        let name = test.trim_matches('`');
        if READS_ONLY.contains(&name) {
            wrong.push(format!("{id} {asked}: {name} shows that it is read, and not that anything comes of it"));
        }
        if !tests.contains(&format!("fn {name}(")) {
            wrong.push(format!("{id} {asked}: there is no test {name}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `[friday.yaml:12](friday.yaml#L12)`
fn link(cell: &str) -> Option<(&str, usize)> {
    let (_, address) = cell.split_once("](")?;
    let (file, line) = address.split_once(')')?.0.split_once("#L")?;
    Some((file, line.parse().ok()?))
}

/// The text of everything that may hold a test.
fn tests() -> String {
    let mut all = String::new();
    let mut folders = vec![folder().with_file_name("src"), folder().with_file_name("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    all
}
