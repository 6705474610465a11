//! The room's door on a real socket: who comes, who is turned away, and that nobody else notices.

use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use warroom::engine::clock::SystemClock;
use warroom::room::{Action, snapshot};

use super::live::{Another, Live};

const PLAN: &str = r"
warroom: 1
title: Two people
checklists:
  - { title: Before, items: [ { item: Look, required: true } ] }
phases:
  - { id: work, title: Work, steps: [ { manual: Look } ] }
";

#[tokio::test(flavor = "multi_thread")]
async fn through_the_door_one_is_in_the_same_room() {
    let mut room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(SystemClock::new()));
    let mut bob = Another::through(&door.socket, "bob").await.unwrap();
    bob.ask(Action::Note { text: "hello".to_owned() }).await;
    room.until("bob's note", |state| state.log.iter().any(|line| line.text.contains("bob"))).await;
    room.ask(Action::Tick { item: "before.1".into() }).await.ask(Action::StartDeployment).await;
    bob.until(|state| state.started.is_some()).await;
    assert_eq!(bob.state, room.state, "both have folded the same");
    let mut late = Another::through(&door.socket, "carl").await.unwrap();
    late.until(|state| state.started.is_some()).await;
    room.close().await;
}

/// What a client that says this is told, until the room has enough of it.
async fn conversation(socket: &Path, said: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    // The room may have enough before all of it is said.
    let _ = stream.write_all(said).await;
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8(heard).unwrap()
}

fn hello(protocol: u32, fold: &str) -> Vec<u8> {
    format!("{{\"protocol\":{protocol},\"version\":\"9.9.9\",\"fold\":\"{fold}\",\"news\":[1]}}\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_told_which_side_is_older_and_what_to_do() {
    let room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(SystemClock::new()));
    let cases = [
        (hello(0, "x"), "yours is older: update it"),
        (hello(2, "x"), "the room's is older: attach with the version that opened it"),
        (hello(1, "x"), "not the same build"),
    ];
    for (said, wanted) in cases {
        let heard = conversation(&door.socket, &said).await;
        assert!(heard.contains(wanted) && heard.contains("9.9.9"), "{heard}");
    }
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_talks_nonsense_is_dropped_with_the_reason_and_nobody_else() {
    let mut room = Live::open(PLAN, &[]);
    let door = room.door(Arc::new(SystemClock::new()));
    let mut bob = Another::through(&door.socket, "bob").await.unwrap();
    let good = hello(1, &snapshot::fold());
    let cases: [(Vec<u8>, &str); 5] = [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "no greeting, but a line that is not understood"),
        (vec![b'x'; 70_000], "a line of more than 65536 bytes"),
        ([&good[..], b"{\"ask\":{\"act\":{\"id\":\"x\"}}}\n"].concat(), "missing field"),
        ([&good[..], &vec![b'['; 60_000], b"\n"].concat(), "a line that is not understood"),
        ([&good[..], &vec![b' '; 70_000]].concat(), "a line of more than 65536 bytes"),
    ];
    for (said, wanted) in cases {
        let heard = conversation(&door.socket, &said).await;
        assert!(heard.contains(wanted), "{:?} was told {heard}", String::from_utf8_lossy(&said[..said.len().min(200)]));
    }
    bob.ask(Action::Note { text: "all is well".into() }).await;
    room.until("bob's note", |state| state.log.iter().any(|line| line.text.contains("all is well"))).await;
    room.close().await;
}
