use super::*;
use crate::id::{OperatorId, PhaseId, RoleId, StepId};
use crate::journal;
use crate::journal::fixture::{START, noted, opened, polled, printed};
use crate::journal::storage::DiskStorage;
use crate::journal::storage::sim::Dice;
use crate::room::event::{By, Decision, Done, Failure, Vote};
use crate::room::{Record, apply};

const RUNBOOK: &str = "\
warroom: 1
title: Canary
roles:
  sre: { title: SRE lead }
sources:
  app: { scrape: 'http://127.0.0.1:9/metrics', every: 5s }
metrics:
  error_rate: { title: Error rate, unit: '%', source: app, query: errors }
phases:
  - id: canary
    title: 10 % of the traffic
    steps:
      - title: Send 10 %
        run: 'true'
      - title: Look
        run: 'true'
    gate:
      question: Go on?
      poll: [ sre ]
      no_go: hold
rollback:
  budget: 5m
  steps:
    - title: Send 0 %
      run: 'true'
";

/// A room in which something happens at these seconds, with `noise` polls a second in between.
fn recording(noise: i64) -> Recording {
    let ada = || OperatorId::new("ada");
    let (step, phase) = (|place: u32| StepId::new(&format!("canary.{place}")), || PhaseId::new("canary"));
    let by = || By::Operator(ada());
    let told = vec![
        (0, opened("room", RUNBOOK)),
        (10, Event::DeploymentStarted { by: ada() }),
        (10, Event::PhaseBegan { phase: phase() }),
        (12, Event::StepStarted { step: step(1), attempt: 1, by: by() }),
        (20, Event::StepDone { step: step(1), attempt: 1, how: Done::Exit { code: 0 }, ended: None }),
        (30, Event::StepStarted { step: step(2), attempt: 1, by: by() }),
        (31, printed("on it")),
        (40, Event::StepFailed { step: step(2), attempt: 1, why: Failure::Exit { code: 3 }, ended: None }),
        (50, Event::GateOpened { phase: phase(), instance: 1 }),
        (
            60,
            Event::VoteCast {
                phase: phase(),
                instance: 1,
                role: RoleId::new("sre"),
                vote: Vote::NoGo,
                reason: "look failed".to_owned(),
                by: ada(),
                by_voice: true,
                saw: None,
            },
        ),
        (
            70,
            Event::GateDecided {
                phase: phase(),
                instance: 1,
                decision: Decision::NoGo { reason: "look failed".to_owned() },
                by: ada(),
                evidence: Vec::new(),
            },
        ),
        (80, noted("calling it a night")),
        (90, Event::RollbackStarted { by: by(), reason: "look failed".to_owned() }),
        (100, Event::Closed { why: "done".to_owned() }),
    ];
    let mut timed: Vec<(i64, Event)> = told.into_iter().map(|(second, event)| (second * 1000, event)).collect();
    timed.extend((1..100 * noise).map(|tick| (tick * 1000 / noise + 1, polled(tick as f64))));
    timed.sort_by_key(|(at, _)| *at);
    let records =
        timed.into_iter().zip(0..).map(|((at, event), seq)| Record { seq, at: START + Span(at), ask: None, event }).collect();
    Recording { records, torn: None, last_hash: String::new() }
}

fn player(recording: &Recording) -> Player {
    let Event::Opened(opened) = &recording.records[0].event else { panic!("it opens a room") };
    Player::new(recording.clone(), Arc::new(runbook_of(opened).unwrap())).unwrap()
}

/// The state after `position` records, by nothing but folding.
fn fold(recording: &Recording, position: usize) -> State {
    let Record { at, event: Event::Opened(opened), .. } = &recording.records[0] else { panic!("it opens a room") };
    let mut state = State::open(opened, *at, Arc::new(runbook_of(opened).unwrap()));
    for record in &recording.records[..position] {
        apply(&mut state, record);
    }
    state
}

/// Seconds since the beginning.
fn seconds(player: &Player) -> f64 {
    (player.now() - START).as_seconds()
}

#[test]
fn seeking_anywhere_shows_what_a_fold_up_to_there_does() {
    let recording = recording(40);
    let mut player = player(&recording);
    let mut dice = Dice(5);
    for _ in 0..60 {
        let moment = START + Span(dice.roll(100_001).cast_signed() as i64);
        player.seek(moment);
        let position = recording.records.iter().filter(|record| record.at <= moment).count();
        assert_eq!((player.now(), player.position()), (moment, position));
        assert!(*player.state() == fold(&recording, position), "at {position}");
    }
    for (fraction, position) in [(-1.0, 1), (f64::NAN, 1), (1.0, player.len()), (7.0, player.len())] {
        player.seek_fraction(fraction);
        assert_eq!(player.position(), position, "{fraction}");
    }
}

#[test]
fn going_back_shows_what_was_shown_before() {
    let recording = recording(20);
    let mut player = player(&recording);
    let mut seen = vec![(player.position(), player.state().clone())];
    while player.forward() {
        seen.push((player.position(), player.state().clone()));
    }
    assert_eq!(seen.len(), 13, "everything but output and polls");
    for (position, state) in seen.into_iter().rev().skip(1) {
        assert!(player.back());
        assert_eq!(player.position(), position);
        assert!(*player.state() == state, "at {position}");
    }
    assert!(!player.back());
}

#[test]
fn stepping_by_decision_passes_over_everything_else() {
    let mut player = player(&recording(3));
    let mut stops = Vec::new();
    while player.next_decision() {
        stops.push(seconds(&player));
    }
    assert_eq!(stops, [10.0, 40.0, 60.0, 70.0, 90.0]);
    while player.previous_decision() {
        stops.push(seconds(&player));
    }
    assert_eq!(stops[5..], [70.0, 60.0, 40.0, 10.0]);
}

#[test]
fn events_of_one_millisecond_are_stepped_through_one_by_one() {
    let recording = recording(1);
    let mut player = player(&recording);
    player.forward();
    assert_eq!(seconds(&player), 10.0);
    assert!(player.state().started.is_some());
    let position = player.position();
    player.forward();
    assert_eq!((seconds(&player), player.position()), (10.0, position + 1));
    player.back();
    assert_eq!(player.position(), position);
}

#[test]
fn time_passes_as_it_did_at_the_chosen_speed() {
    let mut player = player(&recording(2));
    player.advance(Span::SECOND);
    assert_eq!(seconds(&player), 0.0, "it is paused");
    player.play();
    player.advance(Span(1_500));
    assert_eq!(seconds(&player), 1.5);
    for _ in 0..9 {
        player.faster();
    }
    assert_eq!(player.speed().to_string(), "64x");
    player.advance(Span(500));
    assert_eq!(seconds(&player), 33.5);
    for _ in 0..9 {
        player.slower();
    }
    assert_eq!(player.speed().to_string(), "1/4x");
    for _ in 0..1_000 {
        player.advance(Span(17));
    }
    assert_eq!(seconds(&player), 33.5 + 4.25, "no quarter of a millisecond gets lost");
    assert_eq!(player.position(), fold(&recording(2), player.position()).seq as usize + 1);
}

#[test]
fn it_pauses_at_the_end_and_plays_from_the_beginning_again() {
    let mut player = player(&recording(2));
    player.play();
    player.advance(Span::HOUR);
    assert_eq!((player.playing(), player.position(), player.fraction()), (false, player.len(), 1.0));
    player.toggle();
    assert_eq!((player.playing(), player.position(), player.fraction()), (true, 1, 0.0));
}

#[test]
fn idle_time_is_left_out_up_to_just_before_something_happens() {
    let mut player = player(&recording(5));
    player.play();
    assert!(player.skip_idle());
    assert_eq!((seconds(&player), player.playing()), (9.0, true));
    assert!(player.state().started.is_none());
    assert!(player.skip_idle());
    assert_eq!(seconds(&player), 10.0);
    assert!(player.state().started.is_some());
}

#[test]
fn pressing_back_twice_goes_on_while_it_plays() {
    let mut player = player(&recording(5));
    player.seek(START + Span::seconds(75));
    player.play();
    player.back();
    assert_eq!(seconds(&player), 70.0);
    player.advance(Span(300));
    player.back();
    assert_eq!(seconds(&player), 60.0);
}

#[test]
fn the_transport_line_is_marked_where_it_was_decided() {
    let marks = player(&recording(1)).marks().to_vec();
    let expected =
        [(10, Kind::Go), (10, Kind::Phase), (40, Kind::Failure), (60, Kind::Vote), (70, Kind::Stop), (90, Kind::Rollback)];
    assert_eq!(marks, expected.map(|(second, kind)| (START + Span::seconds(second), kind)));
}

#[test]
fn a_clock_that_went_back_in_a_recording_does_not_turn_time_around() {
    let mut recording = recording(1);
    let middle = recording.records.len() / 2;
    recording.records[middle].at = START - Span::HOUR;
    let mut player = player(&recording);
    player.play();
    player.advance(Span::seconds(100));
    assert_eq!(player.position(), player.len());
    let (from, to) = player.bounds();
    assert!(player.marks().iter().all(|(at, _)| (from..=to).contains(at)));
}

#[test]
fn a_recording_that_opens_no_room_is_refused() {
    let mut recording = recording(1);
    let Event::Opened(opened) = recording.records.remove(0).event else { panic!("it opens a room") };
    let runbook = Arc::new(runbook_of(&opened).unwrap());
    assert!(matches!(Player::new(recording, Arc::clone(&runbook)), Err(ReplayError::NotOpened)));
    let empty = Recording { records: Vec::new(), torn: None, last_hash: String::new() };
    assert!(matches!(Player::new(empty, runbook), Err(ReplayError::NotOpened)));
}

#[test]
fn a_journal_on_disk_is_played_with_the_runbook_that_is_in_it() {
    let home = tempfile::tempdir().unwrap();
    let (_, folder) = journal::create_room(&DiskStorage, home.path(), "Canary", START).unwrap();
    let recording = recording(1);
    let mut journal = journal::Journal::create(&DiskStorage, &folder, &recording.records[0]).unwrap();
    journal.append(&recording.records[1..]).unwrap();
    let mut player = Player::open(&folder.join(journal::FILE)).unwrap();
    player.to_end();
    assert!(*player.state() == fold(&recording, recording.records.len()));
    let missing = Player::open(&folder.join("nothing.jsonl")).unwrap_err().to_string();
    assert!(missing.starts_with("can't read ") && missing.contains("nothing.jsonl"), "{missing}");
}

/// A long journal in `home`: what it holds, and where.
fn long_journal(home: &std::path::Path) -> (Recording, std::path::PathBuf) {
    let mut recording = recording(1);
    let (last, count) = (recording.records.len() as u64, 60_000);
    recording.records.extend((last..count).map(|seq| Record {
        seq,
        at: START + Span::seconds(100) + Span(seq.cast_signed()),
        ask: None,
        event: if seq % 3 == 0 { polled(seq as f64 / 7.0) } else { printed(&format!("line {seq}")) },
    }));
    let (_, folder) = journal::create_room(&DiskStorage, home, "Canary", START).unwrap();
    let mut journal = journal::Journal::create(&DiskStorage, &folder, &recording.records[0]).unwrap();
    recording.records[1..].chunks(5_000).for_each(|records| journal.append(records).unwrap());
    (recording, folder.join(journal::FILE))
}

#[test]
fn a_long_recording_is_looked_at_while_the_rest_is_read_and_comes_to_the_same() {
    let home = tempfile::tempdir().unwrap();
    let (recording, path) = long_journal(home.path());
    let (mut player, mut coming) = Player::begin(&path).unwrap();
    let there = player.len();
    assert!(there < recording.records.len(), "the first picture waits for all of it");
    assert!(matches!(player.reading(), Reading::Percent(1..=99)));
    player.to_end();
    assert!(*player.state() == fold(&recording, there));
    // At the end of what is read it waits for more.
    player.play();
    player.advance(Span::HOUR);
    assert!(player.playing());
    let mut heard = 0;
    while let Some(more) = coming.wait() {
        heard += 1;
        player.hear(more);
    }
    assert!(heard > 2 && matches!(player.reading(), Reading::Whole { torn: None }), "{heard}");
    player.advance(Span::HOUR);
    assert!(!player.playing());
    for fraction in [1.0, 0.5, 0.9, 0.0] {
        player.seek_fraction(fraction);
        assert!(*player.state() == fold(&recording, player.position()), "at {fraction}");
    }
}

#[test]
fn of_a_long_recording_that_is_damaged_what_comes_before_is_shown_and_why_no_more_is() {
    let home = tempfile::tempdir().unwrap();
    let (recording, path) = long_journal(home.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.len() * 3 / 4;
    bytes[place] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (mut player, mut coming) = Player::begin(&path).unwrap();
    while let Some(more) = coming.wait() {
        player.hear(more);
    }
    player.to_end();
    let line = bytes[..place].split(|byte| *byte == b'\n').count();
    assert_eq!(player.len(), line - 1);
    assert!(*player.state() == fold(&recording, line - 1));
    let why = player.into_failure().unwrap().to_string();
    assert!(why.contains(&format!("damaged at line {line} ")), "{why}");
    assert!(Player::open(&path).is_err());
}
