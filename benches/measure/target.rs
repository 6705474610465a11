//! Targets that answer, in a process of their own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

pub(crate) const ARG: &str = "as-targets";

const METRICS: usize = 2_000;

/// Ends with whoever holds it.
pub(crate) struct Targets {
    child: Child,
    pub(crate) ports: Vec<u16>,
}

impl Targets {
    pub(crate) fn start(count: usize) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program).args([ARG, &count.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, ports: line.split_whitespace().map(|port| port.parse().unwrap()).collect() }
    }
}

impl Drop for Targets {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Listens on so many ports, and says which.
pub(crate) fn serve(count: usize) {
    let small: Arc<[u8]> = answer(&small()).into();
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<String> = listeners.iter().map(|one| one.local_addr().unwrap().port().to_string()).collect();
    println!("{}", ports.join(" "));
    let threads = listeners.into_iter().map(|listener| {
        let small = Arc::clone(&small);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let small = Arc::clone(&small);
                std::thread::spawn(move || talk(stream, &small));
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
}

/// Answers on one connection until it ends.
fn talk(mut stream: TcpStream, small: &[u8]) {
    let mut asked = [0; 4_096];
    let _ = stream.set_nodelay(true);
    while let Ok(count @ 1..) = stream.read(&mut asked) {
        let sent = match asked[..count].split(|byte| *byte == b' ').nth(1) {
            Some(b"/large") => stream.write_all(&answer(&scrape(50 << 20))),
            Some(b"/million") => stream.write_all(&answer(&million())),
            _ => stream.write_all(small),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.to_vec()].concat()
}

/// What a small service exposes: some 20 kB, a hundred series and a histogram.
fn small() -> Vec<u8> {
    let mut body = String::new();
    let _ = writeln!(body, "# HELP requests_total Requests answered.\n# TYPE requests_total counter");
    for code in 200..300 {
        let _ =
            writeln!(body, "requests_total{{code=\"{code}\",method=\"GET\",path=\"/api/v1/things\",pod=\"blue-7\"}} {code}17");
    }
    let _ = writeln!(body, "# HELP seconds How long they took.\n# TYPE seconds histogram");
    for le in 0..100 {
        let _ = writeln!(body, "seconds_bucket{{method=\"GET\",path=\"/api/v1/things\",pod=\"blue-7\",le=\"{le}\"}} {le}");
    }
    body.into_bytes()
}

/// A wanted name with more series than anybody keeps.
fn million() -> Vec<u8> {
    let mut body = String::new();
    for number in 0..1_000_000 {
        let _ = writeln!(body, "requests_total{{n=\"{number}\"}} 1");
    }
    body.into_bytes()
}

/// What a busy fleet exposes, in so many bytes: 2,000 metrics, every fourth of them a histogram.
pub(crate) fn scrape(bytes: usize) -> Vec<u8> {
    let mut body = String::with_capacity(bytes + 200_000);
    for metric in 0..METRICS {
        let enough = bytes / METRICS * (metric + 1);
        let is_histogram = metric % 4 == 3;
        let (name, kind) = if is_histogram { ("seconds", "histogram") } else { ("requests", "counter") };
        let _ = writeln!(body, "# HELP service_{name}_{metric:04} Work done by part {metric} of the service.");
        let _ = writeln!(body, "# TYPE service_{name}_{metric:04}{} {kind}", if is_histogram { "" } else { "_total" });
        let mut pod = 0;
        while body.len() < enough {
            pod += 1;
            let value = pod * 21;
            let node = "node=\"ip-10-2-14-7.eu-central-1.compute.internal\",namespace=\"production\"";
            let labels =
                format!("method=\"GET\",path=\"/api/v1/things\",{node},instance=\"10.2.14.{pod}:8080\",pod=\"blue-{pod}\"");
            if is_histogram {
                for (place, le) in (1..).zip(["0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "+Inf"]) {
                    let _ = writeln!(body, "service_seconds_{metric:04}_bucket{{{labels},le=\"{le}\"}} {}", value * place);
                }
                let _ = writeln!(body, "service_seconds_{metric:04}_sum{{{labels}}} {value}.25");
                let _ = writeln!(body, "service_seconds_{metric:04}_count{{{labels}}} {value}");
            } else {
                let _ = writeln!(body, "service_requests_{metric:04}_total{{{labels},code=\"200\"}} {value}.5");
            }
        }
    }
    body.into_bytes()
}
