//! Clients that talk nonsense, do not read, or fall silent: only they are dropped, with the reason.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use warroom::engine::clock::{SystemClock, VirtualClock};
use warroom::link::wire::{DEAD, PROTOCOL};
use warroom::room::{Action, State, snapshot};
use warroom::time::{Moment, Span};

use super::live::{Another, Live};

const PLAN: &str = r#"
warroom: 1
title: Strangers
vars: { go_file: "" }
checklists:
  - { title: Before, items: [ { item: Look, required: true } ] }
phases:
  - id: work
    title: Work
    steps:
      - { run: 'until [ -e "$go_file" ]; do seq 100000 100400; done' }
"#;

/// In all, by how many at a time.
const CONVERSATIONS: u64 = 10_000;
const AT_ONCE: u64 = 8;

fn note(text: &str) -> Action {
    Action::Note { text: text.to_owned() }
}

fn hello(name: &str) -> Vec<u8> {
    let (version, fold) = (env!("CARGO_PKG_VERSION"), snapshot::fold());
    format!("{{\"protocol\":{PROTOCOL},\"version\":\"{version}\",\"fold\":\"{fold}\",\"name\":\"{name}\"}}\n").into_bytes()
}

/// Whether the log tells this of eve.
fn eve(state: &State, what: &str) -> bool {
    state.log.iter().any(|line| line.text.contains("eve") && line.text.contains(what))
}

/// Eve, as far as her greeting.
async fn ghost(room: &mut Live, socket: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    stream.write_all(&hello("eve")).await.unwrap();
    room.until("eve is in", |state| eve(state, "joined")).await;
    stream
}

/// The same numbers for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides.max(1) as u64) as usize
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..=self.roll(most)).map(|_| self.roll(256) as u8).collect()
    }

    /// What a client says, with something wrong in it: mostly in its greeting, so that not all of them come in.
    fn conversation(&mut self) -> Vec<u8> {
        let greeting = hello("eve");
        let rest = br#"{"ask":{"act":{"id":"0123456789abcdef0123456789abcdef-1","seen":3,"action":{"tick":{"item":"before.1"}}}}}
"beat"
{"ask":{"break":"down"}}
{"ask":{"close":{"id":"0123456789abcdef0123456789abcdef-2","why":"enough"}}}
"leave"
"#;
        let mut said = [&greeting[..], rest].concat();
        let (from, to) = if self.roll(16) == 0 { (greeting.len(), said.len()) } else { (0, greeting.len()) };
        let at = from + self.roll(to - from);
        match self.roll(6) {
            0 => (0..=self.roll(8)).for_each(|_| said[from + self.roll(to - from)] ^= 1 << self.roll(8)),
            1 => said.truncate(at),
            2 => drop(said.splice(at..at, self.bytes(200))),
            3 => drop(said.splice(from.., self.bytes(2_000))),
            4 => said.rotate_left(1 + at),
            _ if self.roll(20) == 0 => drop(said.splice(at..at, std::iter::repeat_n(b' ', 70_000))),
            _ => drop(said.splice(at..at, vec![b'['; 500])),
        }
        said
    }
}

/// Says it in a few pieces and listens to the end, which the room makes.
async fn talk(socket: &Path, said: &[u8], dice: &mut Dice) {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let (first, second) = said.split_at(dice.roll(said.len() + 1));
    // The room may have enough before all of it is said.
    let _ = stream.write_all(first).await;
    tokio::task::yield_now().await;
    let _ = stream.write_all(second).await;
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn stranger(socket: PathBuf, seed: u64) {
    let mut dice = Dice(seed);
    for _ in 0..CONVERSATIONS / AT_ONCE {
        let said = dice.conversation();
        talk(&socket, &said, &mut dice).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_broken_conversations_disturb_nobody_else() {
    let mut room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(SystemClock::new()));
    let mut bob = Another::through(&door.socket, "bob").await.unwrap();
    let mut strangers = JoinSet::new();
    for seed in 0..AT_ONCE {
        strangers.spawn(stranger(door.socket.clone(), seed));
    }
    while !strangers.is_empty() {
        room.ask(Action::Tick { item: "before.1".into() }).await.ask(Action::Untick { item: "before.1".into() }).await;
        let seq = room.state.seq;
        bob.until(|state| state.seq >= seq).await;
        while let Some(ended) = strangers.try_join_next() {
            ended.unwrap();
        }
    }
    bob.ask(note("all is well")).await;
    assert_eq!(bob.welcomes, 1, "bob's link never broke");
    Another::through(&door.socket, "late").await.unwrap().ask(note("there is room")).await;
    assert!(room.state.closed.is_none() && room.state.started.is_none(), "a stranger's word counts nothing");
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_reads_a_flood_is_dropped_with_the_reason_and_nobody_else_notices() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let mut room = Live::open(PLAN, &[("go_file", go.to_str().unwrap())]);
    let clock = Arc::new(VirtualClock::at(Moment(0)));
    let (hers, his) = (room.door(clock.clone()), room.door(Arc::new(SystemClock::new())));
    let mut bob = Another::through(&his.socket, "bob").await.unwrap();
    let mut stream = ghost(&mut room, &hers.socket).await;
    room.ask(Action::Tick { item: "before.1".into() }).await.ask(Action::StartDeployment).await;
    room.ask(Action::RunStep { step: "work.1".into() }).await;
    // So much is only written once the room has heard most of it: she is there, and does not read.
    let beat = [&b"\"beat\""[..], &vec![b' '; 60_000], b"\n"].concat();
    'there: loop {
        clock.advance(Span(DEAD.0 / 4));
        for _ in 0..10 {
            if stream.write_all(&beat).await.is_err() {
                break 'there;
            }
        }
        bob.ask(note("still here")).await;
    }
    room.until("eve is dropped", |state| eve(state, "it does not read")).await;
    bob.ask(note("nothing happened")).await;
    assert_eq!(bob.welcomes, 1, "bob's link never broke");
    std::fs::File::create(go).unwrap();
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_falls_silent_is_dropped_and_told_why() {
    let mut room = Live::open(PLAN, &[]);
    let clock = Arc::new(VirtualClock::at(Moment(0)));
    let door = room.door(clock.clone());
    let mut stream = ghost(&mut room, &door.socket).await;
    let heard = tokio::spawn(async move {
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        heard
    });
    while !eve(&room.state, "left") {
        clock.advance(DEAD);
        room.ask(note("time passes")).await;
    }
    assert!(eve(&room.state, "nothing was heard from it"));
    assert!(heard.await.unwrap().ends_with("{\"dismissed\":{\"why\":\"nothing was heard from it\"}}\n"));
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_person_is_let_in_beside_their_ghost() {
    let mut room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(VirtualClock::at(Moment(0))));
    let stream = ghost(&mut room, &door.socket).await;
    let mut herself = Another::through(&door.socket, "eve").await.unwrap();
    herself.ask(note("it is me")).await;
    drop(stream);
    herself.ask(note("and still me")).await;
    room.until("her note", |state| eve(state, "and still me")).await;
    assert!(!eve(&room.state, "left"), "she is here with the other one");
    drop(herself);
    room.until("she is gone", |state| eve(state, "left")).await;
    room.close().await;
}

/// The kernel says who is at the other end, whatever the files' modes have become.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a process of another account is started here")]
async fn another_account_is_not_let_in_even_where_somebody_opened_the_socket_to_all() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root becomes another account");
        return;
    }
    let room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(SystemClock::new()));
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("stranger.pl");
    let script = "use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un($ARGV[0])) or die \"no way in\\n\"; print scalar <$s>;";
    std::fs::write(&program, script).unwrap();
    let comes = || {
        let mut perl = std::process::Command::new("perl");
        perl.arg(&program).arg(&door.socket).uid(65_534).gid(65_534);
        perl.output().ok()
    };
    let open = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    open(folder.path(), 0o755);
    let Some(closed) = comes() else {
        eprintln!("SKIPPED: there is no perl to come with");
        return;
    };
    assert!(String::from_utf8_lossy(&closed.stderr).contains("no way in"), "{closed:?}");

    for path in door.socket.ancestors().skip(1).take(2) {
        open(path, 0o755);
    }
    open(&door.socket, 0o666);
    let turned_away = String::from_utf8_lossy(&comes().unwrap().stdout).into_owned();
    assert!(turned_away.starts_with("{\"refused\"") && turned_away.contains("65534"), "{turned_away:?}");
}
