//! One good source beside every bad one there is, all at once, over real connections.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::*;
use crate::engine::clock::{Clock as _, SystemClock};
use crate::engine::net::{HttpNet, gzip_of_zeros};
use crate::engine::spawn::SystemSpawner;
use crate::id::RoomId;
use crate::runbook;
use crate::runbook::template::Values;

/// Finds nobody, ever.
struct Lost;

impl reqwest::dns::Resolve for Lost {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(pending())
    }
}

/// A server that treats each connection so after its request, and its port.
async fn server<F>(treat: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> u16
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // A request ends with an empty line; all of these fit into one read.
            let _ = stream.read(&mut [0; 4_096]).await;
            tokio::spawn(treat(stream));
        }
    });
    port
}

/// One that answers with this head, and then this body.
async fn saying(head: &'static str, body: Vec<u8>) -> u16 {
    let body: Arc<[u8]> = body.into();
    server(move |mut stream| {
        let body = Arc::clone(&body);
        async move {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{head}\r\n").as_bytes()).await?;
            stream.write_all(&body).await
        }
    })
    .await
}

async fn hangs(_stream: TcpStream) -> std::io::Result<()> {
    pending().await
}

async fn stops_halfway(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nvalue ").await?;
    pending().await
}

async fn drips(mut stream: TcpStream) -> std::io::Result<()> {
    let clock = SystemClock::new();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n").await?;
    loop {
        stream.write_all(b"x").await?;
        clock.sleep_until(clock.now() + Span(20)).await;
    }
}

async fn never_ends(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n").await?;
    let block = "nobody_wants_this 1\n".repeat(4_096);
    for _ in 0..(1 << 30) / block.len() {
        stream.write_all(block.as_bytes()).await?;
    }
    Ok(())
}

/// A port that takes no connection any more, and what keeps it so.
async fn full() -> (u16, tokio::net::TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    for _ in 0..2 {
        queued.push(TcpStream::connect(address).await.unwrap());
    }
    (address.port(), listener, queued)
}

async fn a_million_series() -> u16 {
    let mut body = String::new();
    for number in 0..1_000_000 {
        use std::fmt::Write as _;
        let _ = writeln!(body, "value{{n=\"{number}\"}} 1");
    }
    saying("Content-Type: text/plain\r\n", body.into_bytes()).await
}

/// Each with its address, its time, and what its gauge has to say.
async fn bad_ones(full: u16) -> Vec<(&'static str, String, &'static str, &'static str)> {
    let at = |port: u16| format!("http://127.0.0.1:{port}/metrics");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("https://{}/metrics", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok(stream) = listener.accept().await {
            held.push(stream);
        }
    });
    let text = "Content-Type: text/plain\r\n";
    let latin = b"value{town=\"K\xf6ln\"} 1\nother 2\n".to_vec();
    let bomb = gzip_of_zeros(200_000_000);
    vec![
        ("dns", "http://shop.example/metrics".to_owned(), "1s", "no answer within 1s (connecting)"),
        ("connect", at(full), "1s", "no answer within 1s (connecting)"),
        ("tls", silent, "1s", "no answer within 1s (connecting)"),
        ("head", at(server(hangs).await), "1s", "no answer within 1s (connected, but silent)"),
        ("half", at(server(stops_halfway).await), "1s", "no answer within 1s (the body stopped halfway)"),
        ("drip", at(server(drips).await), "1s", "no answer within 1s (the body stopped halfway)"),
        ("endless", at(server(never_ends).await), "60s", "body larger than 64 MiB"),
        (
            "bomb",
            at(saying("Content-Type: text/plain\r\nContent-Encoding: gzip\r\n", bomb).await),
            "60s",
            "body larger than 64 MiB",
        ),
        ("latin", at(saying(text, latin).await), "60s", "value, line 1: `K\u{fffd}ln` is not valid UTF-8"),
        ("million", at(a_million_series().await), "60s", "the source exposes more series than are kept"),
        (
            "login",
            at(saying("Content-Type: text/html\r\n", b"<!doctype html>".to_vec()).await),
            "60s",
            "answered a web page, not metrics",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_good_source_beside_every_bad_one_is_polled_as_if_it_were_alone() {
    let (full, _listener, _queued) = full().await;
    let bad = bad_ones(full).await;
    let good = saying("Content-Type: text/plain\r\n", b"value 7\n".to_vec()).await;
    let sources = bad.iter().map(|(name, url, time, _)| {
        format!("  {name}: {{ scrape: '{url}', every: {time}, deadline: {time}, insecure: true, proxy: none }}\n")
    });
    let metrics = bad.iter().map(|(name, ..)| format!("  {name}: {{ source: {name}, query: sum(value) }}\n"));
    let plan = format!(
        "warroom: 1\ntitle: Hostile\nphases: [ {{ id: one, steps: [ {{ run: 'true' }} ] }} ]\n\
         sources:\n  good: {{ scrape: 'http://127.0.0.1:{good}/', every: 10s, deadline: 10s }}\n{}\
         metrics:\n  good: {{ source: good, query: value }}\n{}",
        sources.collect::<String>(),
        metrics.collect::<String>()
    );
    let runbook = runbook::load("hostile.yaml", &plan).unwrap_or_else(|problems| panic!("{problems}"));
    let folder = tempfile::tempdir().unwrap();
    let setting = Setting::new(&runbook, Values::default(), RoomId::new("hostile"), folder.path().to_owned());
    let clock = SystemClock::new();
    let net = HttpNet::new(Arc::new(clock)).resolving(Arc::new(Lost));
    let outside = Outside { clock: Arc::new(clock), spawner: Arc::new(SystemSpawner::without_session()), net: Arc::new(net) };
    let (sender, mut polls) = mpsc::channel(8);
    for poller in pollers(&runbook, &Arc::new(setting), &Place::nowhere()) {
        tokio::spawn(run(poller, outside.clone(), sender.clone()));
    }
    let mut told = BTreeMap::new();
    let mut good_polls = 0;
    while told.len() < bad.len() || good_polls < 2 {
        let Event::SourcePolled { source, mut readings, .. } = polls.recv().await.unwrap().event else { panic!() };
        let reading = readings.remove(0).1;
        if source.as_str() == "good" {
            assert_eq!(reading, Reading::Number(7.0), "after {good_polls} polls, with {told:?}");
            good_polls += 1;
        } else {
            told.insert(source.to_string(), reading);
        }
    }
    for (name, _, _, word) in bad {
        let said = match &told[name] {
            Reading::Missing(why) | Reading::Invalid(why) => why.as_str(),
            Reading::Number(_) => "a number",
        };
        assert!(said.contains(word), "{name}: {:?}, not {word:?}", told[name]);
    }
}
