//! A program in a pty with a modelled screen: press keys, wait for text, look at what is left behind.
//!
//! Nothing here sleeps. A wait ends when the text is there, when the program has ended, or at the deadline, and then the
//! test fails with the screen as it was.

#![allow(dead_code, reason = "a small language is complete before every word of it is used")]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use rustix::termios::tcgetattr;
use tempfile::TempDir;

/// Far longer than anything takes on a loaded machine, far shorter than anybody's patience.
const DEADLINE: Duration = Duration::from_mins(1);

/// A program, the terminal it runs in, and a home of its own.
pub(crate) struct Screen {
    /// Nothing once it was closed.
    pty: Mutex<Option<Arc<Pty>>>,
    /// Dropped to make the reader let go of the terminal.
    bell: Mutex<Option<UnixStream>>,
    seen: Arc<Seen>,
    pid: Pid,
    termios_before: String,
    home: Arc<TempDir>,
}

/// What the threads tell the test.
#[derive(Default)]
struct Seen {
    now: Mutex<Now>,
    changed: Condvar,
}

struct Now {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The terminal's other side was closed.
    closed: bool,
    ended: Option<ExitStatus>,
}

impl Default for Now {
    fn default() -> Self {
        Self { parser: vt100::Parser::new(24, 80, 0), raw: Vec::new(), closed: false, ended: None }
    }
}

impl Screen {
    /// The built `warroom` in a terminal of this size.
    pub(crate) fn start(args: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_at_home(args, columns, rows, Arc::new(TempDir::new().unwrap()))
    }

    /// The same with the home (and so the recorded rooms) of another one.
    pub(crate) fn start_at_home(args: &[&str], columns: u16, rows: u16, home: Arc<TempDir>) -> Self {
        Self::program(env!("CARGO_BIN_EXE_warroom"), args, &[], columns, rows, home)
    }

    /// With environment variables beyond the few that every story has.
    pub(crate) fn start_with(args: &[&str], env: &[(&str, &str)], columns: u16, rows: u16) -> Self {
        Self::program(env!("CARGO_BIN_EXE_warroom"), args, env, columns, rows, Arc::new(TempDir::new().unwrap()))
    }

    pub(crate) fn program(
        program: impl AsRef<OsStr>,
        args: &[&str],
        env: &[(&str, &str)],
        columns: u16,
        rows: u16,
        home: Arc<TempDir>,
    ) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let termios_before = termios(&pty);
        let command = Command::new(program)
            .args(args)
            .current_dir(home.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("USER", "ana")
            // Nobody is asked who they are, whoever runs the tests; a story about that says otherwise.
            .env("WARROOM_AS", account())
            .env("HOME", home.path())
            .env("WARROOM_DATA", home.path().join("data"))
            .env("XDG_RUNTIME_DIR", runtime_folder(home.path()))
            .envs(env.iter().copied());
        let child = command.spawn(pts).unwrap();
        let pid = Pid::from_child(&child);
        let pty = Arc::new(pty);
        let seen = Arc::new(Seen::default());
        seen.lock().parser.screen_mut().set_size(rows, columns);
        let (bell, rung) = UnixStream::pair().unwrap();
        read_along(pty.clone(), rung, seen.clone());
        await_end(child, seen.clone());
        let (pty, bell) = (Mutex::new(Some(pty)), Mutex::new(Some(bell)));
        Self { pty, bell, seen, pid, termios_before, home }
    }

    /// Where it keeps what it keeps.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// To start another one in the same place.
    pub(crate) fn shared_home(&self) -> Arc<TempDir> {
        self.home.clone()
    }

    /// A key by its name: `R`, `Enter`, `Esc`, `Tab`, `Shift-Tab`, `Up`, `PageDown`, `F1`, `Ctrl-g`, `Alt-x`, `Space`.
    pub(crate) fn press(&self, key: &str) -> &Self {
        self.write(&bytes_of(key))
    }

    /// Keys one after the other.
    pub(crate) fn type_text(&self, text: &str) -> &Self {
        self.write(text.as_bytes())
    }

    /// What a terminal sends for a paste when bracketed paste is on.
    pub(crate) fn paste(&self, text: &str) -> &Self {
        self.write(format!("\x1b[200~{text}\x1b[201~").as_bytes())
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) -> &Self {
        // The model first, so that what is drawn for the new size never meets the old one.
        // At the smallest sizes it miscounts: there it is larger than what it stands for.
        let model = if rows == 24 { (rows, columns.max(20)) } else { (rows.max(25), columns.max(20)) };
        self.seen.lock().parser.screen_mut().set_size(model.0, model.1);
        self.pty().resize(Size::new(rows, columns)).unwrap();
        self
    }

    pub(crate) fn signal(&self, signal: Signal) -> &Self {
        kill_process(self.pid, signal).unwrap();
        self
    }

    pub(crate) fn wait_for(&self, text: &str) -> &Self {
        self.wait_until(&format!("{text:?} to appear"), |now| contents(now).contains(text))
    }

    /// Waits until all of these stand there at once.
    pub(crate) fn wait_for_all(&self, texts: &[&str]) -> &Self {
        self.wait_until(&format!("all of {texts:?} to appear"), |now| {
            let screen = contents(now);
            texts.iter().all(|text| screen.contains(text))
        })
    }

    /// Waits until the screen as text is as wanted.
    pub(crate) fn wait_until_text(&self, what: &str, there: impl Fn(&str) -> bool) -> &Self {
        self.wait_until(what, |now| there(&contents(now)))
    }

    pub(crate) fn wait_gone(&self, text: &str) -> &Self {
        self.wait_until(&format!("{text:?} to go"), |now| !contents(now).contains(text))
    }

    pub(crate) fn wait_for_main_screen(&self) -> &Self {
        self.wait_until("the main screen", |now| !now.parser.screen().alternate_screen())
    }

    /// Waits until these bytes were written to the terminal so many times.
    pub(crate) fn wait_for_raw(&self, bytes: &[u8], times: usize) -> &Self {
        self.wait_until(&format!("{:?} {times} times", String::from_utf8_lossy(bytes)), |now| {
            now.raw.windows(bytes.len()).filter(|window| *window == bytes).count() >= times
        })
    }

    /// Waits until the program is stopped, as by Ctrl-Z, or has ended.
    pub(crate) fn wait_stopped(&self) -> &Self {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.pid), options).unwrap().unwrap();
        assert!(status.stopped(), "it ended instead of being stopped");
        self
    }

    /// Waits until everything pressed so far was answered on the screen: a key that only repaints is answered last.
    pub(crate) fn wait_answered(&self) -> &Self {
        const CLEARED: &[u8] = b"\x1b[2J";
        let before = self.seen.lock().raw.len();
        self.press("Ctrl-l");
        self.wait_until("a whole frame", |now| {
            let cleared = now.raw[before..].windows(CLEARED.len()).any(|window| window == CLEARED);
            // A frame is painted from the top, and its last row, the keys, is empty only where there is no room for them.
            let (rows, columns) = now.parser.screen().size();
            let last = now.parser.screen().rows(0, columns).last().unwrap_or_default();
            cleared && (rows != 24 || !last.trim().is_empty())
        })
    }

    /// Closes the terminal under the program, as when a connection breaks.
    pub(crate) fn close(self) -> Self {
        drop(self.bell.lock().unwrap().take());
        self.wait_until("the reader to let go", |now| now.closed);
        drop(self.pty.lock().unwrap().take());
        self
    }

    /// Waits for the alternate screen, which is when a full-screen program has begun to draw.
    pub(crate) fn wait_for_full_screen(&self) -> &Self {
        self.wait_until("the alternate screen", |now| now.parser.screen().alternate_screen())
    }

    /// What stands on the screen, a line per row, without blanks at the ends.
    pub(crate) fn text(&self) -> String {
        contents(&self.seen.lock())
    }

    /// Everything that was written to the terminal so far.
    pub(crate) fn raw_bytes(&self) -> Vec<u8> {
        self.seen.lock().raw.clone()
    }

    /// Waits for the end. A signal counts as shells count it: 128 and its number.
    pub(crate) fn exit_code(&self) -> i32 {
        self.wait_until("the program to end", |now| now.closed && now.ended.is_some());
        let status = self.seen.lock().ended.unwrap();
        status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
    }

    /// The terminal as the next program finds it: main screen, visible cursor, nothing switched on, the old line settings.
    pub(crate) fn assert_terminal_restored(&self) -> &Self {
        let now = self.seen.lock();
        let screen = now.parser.screen();
        let all = contents(&now);
        assert!(!screen.alternate_screen(), "the alternate screen was not left\n{all}");
        assert!(!screen.hide_cursor(), "the cursor is still hidden\n{all}");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on\n{all}");
        assert!(!screen.application_cursor() && !screen.application_keypad(), "application keys are still on\n{all}");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still captured\n{all}");
        assert_eq!(screen.fgcolor(), vt100::Color::Default, "a colour is still on\n{all}");
        assert!(!screen.bold() && !screen.inverse() && !screen.underline(), "an attribute is still on\n{all}");
        drop(now);
        assert_eq!(termios(&self.pty()), self.termios_before, "the line settings differ");
        self
    }

    fn pty(&self) -> Arc<Pty> {
        self.pty.lock().unwrap().clone().expect("the terminal was closed")
    }

    fn write(&self, bytes: &[u8]) -> &Self {
        (&*self.pty()).write_all(bytes).unwrap();
        self
    }

    fn wait_until(&self, what: &str, there: impl Fn(&Now) -> bool) -> &Self {
        let go_on = |now: &mut Now| !(there(now) || now.closed && now.ended.is_some());
        let waited = self.seen.changed.wait_timeout_while(self.seen.lock(), DEADLINE, go_on);
        let (now, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !there(&now) {
            let how = now.ended.map_or_else(|| format!("after {DEADLINE:?}"), |status| format!("and it ended with {status}"));
            let screen = contents(&now);
            drop(now);
            panic!("waited for {what}, {how}:\n{screen}");
        }
        self
    }
}

impl Drop for Screen {
    /// The program is the leader of its session, so that what it started in the foreground goes with it.
    fn drop(&mut self) {
        if self.seen.lock().ended.is_none() {
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
        // The last of a home takes with it what outlived its screens: rooms, also those that only come up, and their steps.
        if Arc::strong_count(&self.home) == 1 {
            // What was just being started is found when it is looked for once more.
            loop {
                let left = given(self.home.path());
                if left.is_empty() {
                    break;
                }
                for pid in left {
                    let _ = kill_process(pid, Signal::KILL);
                }
                std::thread::yield_now();
            }
        }
    }
}

/// What an own account would be called by.
pub(crate) fn account() -> String {
    warroom::serve::peer::operator_here(None).to_string()
}

/// Where the sockets of this home lie.
fn runtime_folder(home: &Path) -> PathBuf {
    let folder = home.join("run");
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.unwrap();
    folder
}

/// Every process that was given this home.
fn given(home: &Path) -> Vec<Pid> {
    let home = home.as_os_str().as_encoded_bytes();
    let numbers =
        std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let ours = |pid: &i32| {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(home.len()).any(|part| part == home)
    };
    numbers.filter(ours).filter_map(Pid::from_raw).collect()
}

/// The processes of the rooms that live in this home, by the signs beside their sockets.
pub(crate) fn rooms_of(home: &Path) -> Vec<Pid> {
    let pid = |found: &warroom::serve::Found| i32::try_from(found.sign.pid).ok().and_then(Pid::from_raw);
    warroom::serve::live_in(&home.join("run/warroom")).iter().filter_map(pid).collect()
}

impl Seen {
    /// A test that failed while it held the lock must not hide why.
    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, how: impl FnOnce(&mut Now)) {
        how(&mut self.lock());
        self.changed.notify_all();
    }
}

fn contents(now: &Now) -> String {
    now.parser.screen().contents()
}

/// Feeds the model until the other side is closed, which Linux tells with an error and others with an end.
fn read_along(pty: Arc<Pty>, rung: UnixStream, seen: Arc<Seen>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        let rings = || {
            let mut either = [PollFd::new(&*pty, PollFlags::IN), PollFd::new(&rung, PollFlags::IN)];
            poll(&mut either, None).unwrap();
            !either[1].revents().is_empty()
        };
        while !rings() {
            let Ok(length @ 1..) = (&*pty).read(&mut bytes) else { break };
            seen.change(|now| {
                now.raw.extend_from_slice(&bytes[..length]);
                now.parser.process(&bytes[..length]);
            });
        }
        drop(pty);
        seen.change(|now| now.closed = true);
    });
}

fn await_end(mut child: Child, seen: Arc<Seen>) {
    std::thread::spawn(move || {
        let status = child.wait().unwrap();
        seen.change(|now| now.ended = Some(status));
    });
}

fn termios(pty: &Pty) -> String {
    format!("{:#?}", tcgetattr(pty).unwrap())
}

fn bytes_of(key: &str) -> Vec<u8> {
    if let Some(rest) = key.strip_prefix("Alt-") {
        return [vec![0x1b], bytes_of(rest)].concat();
    }
    if let Some(letter) = key.strip_prefix("Ctrl-") {
        let [letter] = letter.as_bytes() else { panic!("no key is called {key:?}") };
        return vec![letter.to_ascii_uppercase() & 0x1f];
    }
    let named: &[u8] = match key {
        "Enter" => b"\r",
        "Esc" => b"\x1b",
        "Tab" => b"\t",
        "Shift-Tab" => b"\x1b[Z",
        "Space" => b" ",
        "Backspace" => b"\x7f",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        "Right" => b"\x1b[C",
        "Left" => b"\x1b[D",
        "Home" => b"\x1b[H",
        "End" => b"\x1b[F",
        "Delete" => b"\x1b[3~",
        "PageUp" => b"\x1b[5~",
        "PageDown" => b"\x1b[6~",
        "F1" => b"\x1bOP",
        one if one.chars().count() == 1 => one.as_bytes(),
        other => panic!("no key is called {other:?}"),
    };
    named.to_vec()
}
