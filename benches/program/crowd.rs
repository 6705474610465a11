//! A hundred clients, ten of them processes that are stopped, while a step prints 100 MB: what the room's process needs for them,
//! how soon the commander is answered, and what becomes of those who do not read.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use warroom::link::wire::{BEAT, Hello, PROTOCOL, ToRoom};
use warroom::link::{Ask, AskNames, GuestId};
use warroom::room::{Action, snapshot};
use warroom::serve::{self, Found};

use crate::terminal::{Terminal, warroom};
use crate::{millis, quantile};

const READ: usize = 89;
const STOPPED: usize = 10;
const KEYS: usize = 150;

const RUNBOOK: &str = "\
warroom: 1
title: Crowd
phases:
  - title: Crowd
    steps:
      - title: Print 100 MB
        run: |
          for part in $(seq 22); do
            seq -f \"line %.0f of a deployment that has much to say\" 100000; sleep 0.4
          done
          echo all of it is printed; sleep 600
        timeout: 20m
";

pub(crate) fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crowd.yaml");
    std::fs::write(&file, RUNBOOK).unwrap();
    let mut terminal = Terminal::start(warroom(), &["run", file.to_str().unwrap()]);
    terminal.wait_for("Print 100 MB");
    let found = room_of(&mut terminal);
    let (alone, sockets) = (peak_mib(found.sign.pid), clients(&found));

    let over = Arc::new(AtomicBool::new(false));
    let heard: Arc<Vec<AtomicU64>> = Arc::new((0..READ).map(|_| AtomicU64::new(0)).collect());
    for place in 0..READ {
        let (over, heard) = (over.clone(), heard.clone());
        let stream = join(&found.socket, Some(format!("reader-{place}")));
        thread::spawn(move || read_on(stream, &over, &heard[place]));
    }
    let before = sockets + READ;
    terminal.wait_until("all readers there", || clients(&found) == before);
    let mut stopped: Vec<Child> = (0..STOPPED).map(|_| follower(&terminal, &found)).collect();
    terminal.wait_until("all followers there", || clients(&found) == before + STOPPED);
    terminal.watch(Duration::from_secs(2));
    for follower in &stopped {
        kill_process(Pid::from_child(follower), Signal::STOP).unwrap();
    }

    terminal.begin_and_run("of a deployment that");
    let began = Instant::now();
    let answers = {
        let socket = found.socket.clone();
        thread::spawn(move || asks(&socket))
    };
    let keys = keys(&mut terminal);
    let answers = answers.join().unwrap();
    terminal.wait_for("all of it is printed");
    let took = began.elapsed();
    terminal.wait_until("all who do not read let go", || clients(&found) <= before);
    let gone = began.elapsed();
    let told = heard.iter().filter(|heard| heard.load(Ordering::Relaxed) > 0).count();
    over.store(true, Ordering::Relaxed);
    for (what, mut times) in [("key to its paint", keys), ("ask to its answer", answers)] {
        times.sort_unstable();
        let [half, most, all] = [0.5, 0.99, 1.0].map(|share| millis(quantile(&times, share)));
        println!("crowd     {what}: p50 {half:.1} ms, p99 {most:.1} ms, longest {all:.1} ms (wanted: 50 at p99)");
    }
    println!(
        "crowd     100 MB printed in {:.0} s to {told} who read and {STOPPED} who are stopped, all let go after {:.0} s; the room took \
         {:.1} MiB at most, {alone:.1} before (wanted: 64)",
        took.as_secs_f64(),
        gone.as_secs_f64(),
        peak_mib(found.sign.pid)
    );
    for follower in &mut stopped {
        follower.kill().and_then(|()| follower.wait()).unwrap();
    }
}

/// A person who follows from a terminal of theirs.
fn follower(terminal: &Terminal, found: &Found) -> Child {
    let mut follow = Command::new(warroom());
    follow.args(["ctl", found.sign.room.as_str(), "events", "--follow"]);
    follow.env("HOME", terminal.home()).env("WARROOM_DATA", terminal.home().join("data"));
    follow.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How many are connected to a room.
fn clients(room: &Found) -> usize {
    let (socket, connected) = (room.socket.to_str().unwrap(), " 03 ");
    let table = std::fs::read_to_string("/proc/net/unix").unwrap();
    table.lines().filter(|line| line.ends_with(socket) && line.contains(connected)).count()
}

/// The room comes up while its plan is shown already.
fn room_of(terminal: &mut Terminal) -> Found {
    for _ in 0..200 {
        terminal.watch(Duration::from_millis(100));
        let family = terminal.family();
        let in_its_home = serve::live_in(&terminal.home().join(".cache/warroom/run"));
        let found = serve::live().into_iter().chain(in_its_home).find(|found| family.contains(&found.sign.pid));
        if let Some(found) = found {
            return found;
        }
    }
    panic!("the room did not come up");
}

fn send(stream: &mut UnixStream, message: &impl serde::Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

fn join(socket: &Path, name: Option<String>) -> UnixStream {
    let mut stream = UnixStream::connect(socket).unwrap();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    send(&mut stream, &Hello { protocol: PROTOCOL, version, fold: snapshot::fold(), name, looks: false }).unwrap();
    stream
}

/// Reads all that comes and says now and then that it is there.
fn read_on(mut stream: UnixStream, over: &AtomicBool, heard: &AtomicU64) {
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut bytes = vec![0; 1 << 16];
    let mut beat = Instant::now();
    while !over.load(Ordering::Relaxed) {
        if beat.elapsed() > BEAT.to_std() / 2 {
            beat = Instant::now();
            if send(&mut stream, &ToRoom::Beat).is_err() {
                return heard.store(0, Ordering::Relaxed);
            }
        }
        match stream.read(&mut bytes) {
            Ok(0) => return heard.store(0, Ordering::Relaxed),
            Ok(read) => drop(heard.fetch_add(read as u64, Ordering::Relaxed)),
            Err(_) => {}
        }
    }
}

/// The commander at a second client of theirs: each note is durable before it is answered.
fn asks(socket: &Path) -> Vec<Duration> {
    let mut stream = join(socket, None);
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut names = AskNames::of(GuestId::random().unwrap());
    let mut times = Vec::new();
    for _ in 0..KEYS {
        thread::sleep(Duration::from_millis(40));
        let id = names.next_name();
        let answer = format!("\"{id}\"");
        let asked = Instant::now();
        let action = Action::Note { text: "so far, so good".to_owned() };
        send(&mut stream, &ToRoom::Ask(Ask::Act { id, seen: 0, action })).unwrap();
        let mut line = String::new();
        while !(line.starts_with("{\"accepted\"") && line.contains(&answer)) {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the room let go of its commander");
        }
        times.push(asked.elapsed());
    }
    times
}

fn keys(terminal: &mut Terminal) -> Vec<Duration> {
    let press = |key: usize| {
        let to_output = key.is_multiple_of(2);
        // Not in step with frames and batches.
        terminal.watch(Duration::from_millis(20 + (key as u64 * 7) % 31));
        let pressed = terminal.press(if to_output { "o" } else { "l" });
        terminal.wait("the other screen", |screen| screen.contains(" OUTPUT  ") == to_output) - pressed
    };
    // It ends on the output, where the step's last line is waited for.
    (1..=KEYS).map(press).collect()
}

/// The most that a process ever had in memory.
fn peak_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
}
