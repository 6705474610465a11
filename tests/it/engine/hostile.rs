//! A service that goes wrong in every way a service can, while a room watches it: the gauge says what is wrong, and
//! no gate turns GO.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use warroom::measure::judge::Verdict;
use warroom::measure::reading::{Reading, Standing};
use warroom::room::Action;
use warroom::room::event::{Outcome, Vote};
use warroom::room::state::State;
use warroom::time::Span;

use super::live::Live;

const PLAN: &str = r#"
warroom: 1
title: Hostile
vars: { target: { about: the service } }
roles: { commander: Commander }
sources:
  health: { health: "{{ target }}/health", every: 200ms, deadline: 200ms }
  app: { scrape: "{{ target }}/metrics", every: 200ms, deadline: 200ms }
metrics:
  errors: { unit: "%", source: app, query: error_percent, normal: < 1, critical: "> 5" }
phases:
  - id: only
    title: Only
    gate:
      question: Is it good?
      require: [ health is up, errors < 1% ]
      poll: [ commander ]
      no_go: hold
"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Good,
    Hang,
    Status500,
    Garbage,
    WebPage,
    NotANumber,
    Huge,
    SlamsTheDoor,
}

/// Answers each connection in its present mood, then closes it.
fn serve(listener: TcpListener, mood: Arc<Mutex<Mood>>) {
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten() {
            let mood = *mood.lock().unwrap();
            if mood == Mood::Hang {
                held.push(stream);
                continue;
            }
            std::thread::spawn(move || answer(stream, mood));
        }
    });
}

fn answer(mut stream: TcpStream, mood: Mood) {
    let mut request = [0; 4096];
    let count = stream.read(&mut request).unwrap_or(0);
    let metrics = request[..count].starts_with(b"GET /metrics");
    let body: Vec<u8> = match mood {
        Mood::Good if metrics => b"error_percent 0.1\n".to_vec(),
        Mood::Good | Mood::Status500 => b"ok".to_vec(),
        Mood::Garbage => vec![0xff, 0x1b, b'[', b'2', b'J', 0, b'\n', b'{'],
        Mood::WebPage => b"<!doctype html><html><body>Please log in</body></html>".to_vec(),
        Mood::NotANumber => b"error_percent NaN\n".to_vec(),
        Mood::Huge => vec![b'a'; 1024 * 1024],
        Mood::Hang | Mood::SlamsTheDoor => return,
    };
    let status = if mood == Mood::Status500 { "500 Oops" } else { "200 OK" };
    let (kind, repeat) = match mood {
        Mood::WebPage => ("text/html", 1),
        Mood::Huge => ("text/plain", 100),
        _ => ("text/plain", 1),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len() * repeat
    );
    // The room hangs up on what is too long: that is the point.
    let _ = stream.write_all(head.as_bytes());
    for _ in 0..repeat {
        if stream.write_all(&body).is_err() {
            return;
        }
    }
}

fn gauge(state: &State) -> Standing {
    state.metrics["errors"].standing(state.at, Span::seconds(1))
}

fn go() -> Action {
    Action::Go { phase: "only".into(), waiver: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_service_does_the_gauge_says_so_and_no_gate_turns_go() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    let mood = Arc::new(Mutex::new(Mood::Good));
    serve(listener, Arc::clone(&mood));

    let mut room = Live::open(PLAN, &[("target", &target)]);
    room.ask(Action::StartDeployment).await;
    room.until("all is well", |state| gauge(state) == Standing::Number(0.1)).await;
    let vote = Action::Vote {
        phase: "only".into(),
        role: "commander".into(),
        vote: Vote::Go,
        reason: String::new(),
        by_voice: false,
        saw: None,
    };
    room.ask(vote).await;

    let bad = [
        (Mood::Hang, "no answer"),
        (Mood::Status500, "500"),
        (Mood::Garbage, ""),
        (Mood::WebPage, "web page"),
        (Mood::NotANumber, "NaN"),
        (Mood::Huge, "larger than"),
        (Mood::SlamsTheDoor, ""),
    ];
    for (wrong, words) in bad {
        *mood.lock().unwrap() = wrong;
        room.until(&format!("{wrong:?} is noticed"), |state| {
            match state.metrics["errors"].last().map(|sample| &sample.reading) {
                Some(Reading::Missing(why) | Reading::Invalid(why)) => why.contains(words),
                Some(Reading::Number(_)) | None => false,
            }
        })
        .await;
        let verdict = room.state.gate_evidence(0, room.state.at)[1].verdict;
        assert_eq!(verdict, Verdict::Unknown, "{wrong:?}");
        let refusal = room.tries(go()).await.expect_err("GO while the service is broken");
        assert!(refusal.0.contains("GO needs a waiver"), "{wrong:?}: {refusal}");
        *mood.lock().unwrap() = Mood::Good;
        room.until("well again", |state| gauge(state) == Standing::Number(0.1) && up(state)).await;
    }
    room.ask(go()).await;
    room.close().await;
}

fn up(state: &State) -> bool {
    matches!(state.sources["health"].last, Some((_, Outcome::Up { .. })))
}
