//! What a plan calls, without a production behind it: programs and a server that write down how they were called.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use tempfile::TempDir;
use warroom::engine::hold::{Held, Keeping, Unheld};
use warroom::engine::spawn::{Child, Launch, Spawner, SystemSpawner};

/// Each call is a line, in the order in which they came. A call in a folder is told by its path, any other by its name.
const STAND_IN: &str = r#"#!/bin/bash
case $0 in ./*) name=$0 ;; *) name=${0##*/} ;; esac
# What reads is written down when what writes to it is over.
if [ "$name" = jq ]; then /bin/cat > /dev/null; fi
echo "$name $*" >> "$CALLS"
case "$name $*" in
"#;

/// A folder with everything that a plan calls in it.
pub(crate) struct StandIns {
    folder: TempDir,
}

impl StandIns {
    /// `answers` are the branches of a `case` over the call: `'npm run build') echo done ;;`.
    pub(crate) fn new(programs: &[&str], scripts: &[&str], files: &[(&str, &str)], answers: &str) -> Self {
        let stand_ins = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(stand_ins.work()).unwrap();
        let text = format!("{STAND_IN}{answers}\nesac\n");
        for program in programs {
            stand_ins.program(&stand_ins.path("bin").join(program), &text);
        }
        for script in scripts {
            stand_ins.program(&stand_ins.work().join(script), &text);
        }
        for (file, text) in files {
            write(&stand_ins.work().join(file), text);
        }
        stand_ins
    }

    fn program(&self, path: &Path, text: &str) {
        write(path, &text.replace("\"$CALLS\"", &format!("'{}'", self.path("calls").display())));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the scripts of the plan begin.
    pub(crate) fn work(&self) -> PathBuf {
        self.path("work")
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    pub(crate) fn spawner(&self) -> Arc<dyn Spawner> {
        let system = SystemSpawner::through(env!("CARGO_BIN_EXE_warroom").into());
        Arc::new(Inside { system, bin: self.path("bin"), work: self.work() })
    }

    /// Starts the server; the answer to a request is the one whose beginning it has.
    pub(crate) fn server(&self, answers: Vec<(&'static str, Answer)>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (calls, answers) = (self.path("calls"), Arc::new(answers));
        std::thread::spawn(move || {
            let looks = Arc::new(AtomicU64::new(0));
            for stream in listener.incoming().flatten() {
                let (calls, answers, looks) = (calls.clone(), Arc::clone(&answers), Arc::clone(&looks));
                std::thread::spawn(move || answer(stream, &calls, &answers, &looks));
            }
        });
        address
    }
}

/// What the server says: `{n}` is a number that grows with every request.
pub(crate) enum Answer {
    /// Asked again and again, and so not written down.
    Polled(&'static str),
    Called(&'static str),
}

fn answer(mut stream: TcpStream, calls: &Path, answers: &[(&str, Answer)], looks: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut request, mut length) = (String::new(), 0);
    reader.read_line(&mut request).ok()?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        length = header.strip_prefix("content-length:").map_or(length, |length| length.trim().parse().unwrap_or(0));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = request.trim_end().trim_end_matches(" HTTP/1.1");
    let known = answers.iter().find(|(beginning, _)| request.starts_with(beginning)).map(|(_, answer)| answer);
    let (status, text) = match known {
        Some(Answer::Polled(text)) => ("200 OK", *text),
        Some(Answer::Called(text)) => {
            let line = format!("{request} {}", String::from_utf8_lossy(&body));
            writeln!(fs::OpenOptions::new().create(true).append(true).open(calls).ok()?, "{}", line.trim_end()).ok()?;
            ("200 OK", *text)
        }
        None => ("404 Not Found", ""),
    };
    let count = looks.fetch_add(1, Ordering::Relaxed) * 10_000_000;
    let text = text.replace("{n}", &count.to_string());
    let length = text.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
        .ok()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Starts what it is given where the stand-ins are.
#[derive(Debug)]
struct Inside {
    system: SystemSpawner,
    bin: PathBuf,
    work: PathBuf,
}

impl Inside {
    fn moved(&self, mut launch: Launch) -> Launch {
        for (_, value) in launch.env.iter_mut().filter(|(name, _)| name == "PATH") {
            let rest = std::mem::take(value);
            value.push(&self.bin);
            value.push(":");
            value.push(rest);
        }
        launch.dir = Some(launch.dir.unwrap_or_else(|| self.work.clone()));
        launch
    }
}

impl Spawner for Inside {
    fn spawn(&self, launch: Launch) -> std::io::Result<Box<dyn Child>> {
        self.system.spawn(self.moved(launch))
    }

    fn hold(&self, launch: Launch, keeping: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        self.system.hold(self.moved(launch), keeping)
    }

    fn adopt(&self, keeping: Keeping, from: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        self.system.adopt(keeping, from)
    }
}
