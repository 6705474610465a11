//! The program in a pty, with each piece of its output and when it came.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use tempfile::TempDir;

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const ROWS: u16 = 60;
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    pieces: Receiver<(Instant, Vec<u8>)>,
    pub(crate) screen: vt100::Parser,
    home: TempDir,
    pub(crate) started: Instant,
    /// Bytes written so far.
    pub(crate) written: usize,
}

/// The program that is measured.
pub(crate) fn warroom() -> String {
    std::env::var("WARROOM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_warroom").to_owned())
}

impl Terminal {
    pub(crate) fn start(program: impl AsRef<OsStr>, args: &[&str]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(ROWS, COLUMNS)).unwrap();
        let home = TempDir::new().unwrap();
        let command = Command::new(program)
            .args(args)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("HOME", home.path())
            .env("WARROOM_DATA", home.path().join("data"));
        let pty = Arc::new(pty);
        let (send, pieces) = channel();
        let reader = pty.clone();
        let started = Instant::now();
        let child = command.spawn(pts).unwrap();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 18];
            while let Ok(length @ 1..) = (&*reader).read(&mut bytes) {
                if send.send((Instant::now(), bytes[..length].to_vec())).is_err() {
                    return;
                }
            }
        });
        Self { pty, child, pieces, screen: vt100::Parser::new(ROWS, COLUMNS, 0), home, started, written: 0 }
    }

    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// The screen, its room, and what that started: every process that was given this home.
    pub(crate) fn family(&self) -> Vec<u32> {
        let home = self.home.path().as_os_str().as_bytes();
        let numbers = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let given = |pid: &u32| {
            let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environ.windows(home.len()).any(|part| part == home)
        };
        numbers.filter(given).collect()
    }

    pub(crate) fn press(&self, keys: &str) -> Instant {
        let at = Instant::now();
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
        at
    }

    /// Begins the deployment and runs its first step, up to where that has printed `text`.
    pub(crate) fn begin_and_run(&mut self, text: &str) {
        self.press("b");
        self.wait_for("Enter");
        // A dialog is deaf while nobody can have read it.
        self.watch(Duration::from_secs(1));
        self.press("\r");
        self.watch(Duration::from_secs(2));
        self.press("\r");
        self.wait_for(text);
    }

    /// When the piece of output came after which the screen is as it is waited for.
    pub(crate) fn wait(&mut self, what: &str, there: impl Fn(&str) -> bool) -> Instant {
        let until = Instant::now() + DEADLINE;
        loop {
            let Ok((at, piece)) = self.pieces.recv_timeout(until.saturating_duration_since(Instant::now())) else {
                panic!("{what} did not come:\n{}", self.screen.screen().contents());
            };
            self.take(&piece);
            if there(&self.screen.screen().contents()) {
                return at;
            }
        }
    }

    /// Takes in whatever comes until something is so that the screen does not show.
    pub(crate) fn wait_until(&mut self, what: &str, so: impl Fn() -> bool) {
        let until = Instant::now() + DEADLINE;
        while !so() {
            assert!(Instant::now() < until, "{what} did not come:\n{}", self.screen.screen().contents());
            self.watch(Duration::from_millis(100));
        }
    }

    pub(crate) fn wait_for(&mut self, text: &str) -> Instant {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Takes in whatever comes during `time`.
    pub(crate) fn watch(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            match self.pieces.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((_, piece)) => self.take(&piece),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended:\n{}", self.screen.screen().contents()),
            }
        }
    }

    fn take(&mut self, piece: &[u8]) {
        self.written += piece.len();
        if let Ok(path) = std::env::var("WARROOM_OUTPUT") {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            file.write_all(piece).unwrap();
        }
        self.screen.process(piece);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The room would outlive its screen.
        for pid in self.family() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        let _ = self.child.wait();
    }
}
