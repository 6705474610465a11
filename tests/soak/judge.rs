//! Kills the process, takes the rooms up again, and judges what is left.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};
use warroom::engine::resume;
use warroom::journal::{self, storage::DiskStorage};
use warroom::room::event::{Done, Event, Failure};
use warroom::room::state::{State, StepStatus};

use crate::room::{LINES, ROOMS};

/// How often the process of a round is killed before it may see its rooms to their end.
const KILLS: u64 = 4;

/// What the rooms have said so far, the highest event of each, and whether all are over.
#[derive(Default)]
struct Heard {
    told: [u64; ROOMS as usize],
    over: bool,
}

pub(crate) fn round(round: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut heard = Heard::default();
    for kill in 1..=KILLS {
        // An instant of its own for each: after so many words of the rooms.
        let words = Sha256::digest(format!("{round} {kill}"))[0] % 60;
        run(folder.path(), &mut heard, Some(words));
    }
    run(folder.path(), &mut heard, None);
    assert!(heard.over, "round {round}: the rooms did not come to their end");
    for room in 1..=ROOMS {
        judge(folder.path(), room, heard.told[room as usize - 1]);
    }
}

/// Runs the process until it has said so many words, or that all is over, and kills it.
#[expect(clippy::disallowed_methods, reason = "the process that is killed is started here")]
fn run(folder: &Path, heard: &mut Heard, words: Option<u8>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.arg("room").arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    for (line, count) in lines.zip(0_u64..) {
        let parts: Vec<_> = line.split(' ').collect();
        match parts.as_slice() {
            ["told", room, seq] => heard.told[room.parse::<usize>().unwrap() - 1] = seq.parse().unwrap(),
            ["over"] => heard.over = true,
            _ => {}
        }
        if heard.over || words.is_some_and(|words| count >= u64::from(words)) {
            break;
        }
    }
    // KILL: nobody in it can do anything more.
    child.kill().unwrap();
    child.wait().unwrap();
}

fn judge(folder: &Path, room: i32, told: u64) {
    let home = folder.join(format!("room-{room}"));
    let file = BufReader::new(std::fs::File::open(home.join(journal::FILE)).unwrap());
    let records = journal::read(file).unwrap().records;
    assert!(records.last().unwrap().seq >= told, "room {room} was told of event {told}, and it is not there");
    let state = resume(&DiskStorage, &home).unwrap().state;
    let starts = std::fs::read_to_string(folder.join(format!("starts-{room}"))).unwrap_or_default().lines().count();
    let step = &state.steps["work.1"];
    if let StepStatus::Failed { why: Failure::Broken { what }, .. } = &step.status {
        // Killed between the decision and the start: that nothing ran is known, and so.
        assert!(what.contains("nothing was run") && starts == 0, "room {room}: {what}, started {starts} times");
        return;
    }
    assert_eq!(starts, 1, "room {room}: {:?}", step.status);
    let done = matches!(step.status, StepStatus::Done { how: Done::Exit { code }, .. } if code == room);
    assert!(done, "room {room}: {:?}", step.status);
    output(&home, room, &state);
    let numbers = records.iter().filter_map(|record| match &record.event {
        Event::StepOutput { output, .. } => Some(output.lines.iter().filter(|line| line.len() == LINES.to_string().len())),
        _ => None,
    });
    let numbers: Vec<u64> = numbers.flatten().filter_map(|line| line.parse().ok()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "room {room} told a line twice, or in another order");
}

/// What the child printed is on disk to the last byte, and every line of it is told or counted.
fn output(home: &Path, room: i32, state: &State) {
    let digits = LINES.to_string().len();
    let printed = (1..=LINES).fold(String::new(), |mut text, number| {
        writeln!(text, "{number:0digits$}").unwrap();
        text
    });
    let log = std::fs::read_to_string(home.join("output/work.1.1.log")).unwrap();
    assert!(log == printed, "room {room}: {} bytes of {} are on disk", log.len(), printed.len());
    let record = std::fs::read_to_string(home.join("held/work.1.1/end.json")).unwrap();
    let hash = Sha256::digest(&printed).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    assert!(record.contains(&hash) && record.contains(&format!("\"bytes\":{}", printed.len())), "{record}");
    let step = &state.steps["work.1"];
    // A line that a reading cut may be told in two pieces.
    let whole = (LINES..LINES + 100).contains(&step.printed);
    assert!(whole, "room {room}: {} lines are told or counted", step.printed);
    assert_eq!(step.heard, printed.len() as u64);
}
