//! The shim: the process that holds one child. It has a session of its own, threads and blocking reads, and no runtime.
//!
//! The child's process waits at a gate until the claim is safe on disk. One thread then reads what it prints, one waits for
//! every process below, one takes up rooms that ask for it; each room that does has one that tells it and one that listens.
//! While a room reads, the child is read no faster than it; while none does, everything goes to the log.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{WaitOptions, wait};

use crate::engine::clock::{Clock, SystemClock, pause};
use crate::engine::hold::here::DRAIN;
use crate::engine::hold::keep::Keeper;
use crate::engine::hold::record::{Claim, End, Holder, Process, boot_id, claim, write_end};
use crate::engine::hold::share::Share;
use crate::engine::hold::wire::{self, CHUNK, Kind, Order};
use crate::engine::hold::{Keeping, client, tree};
use crate::engine::spawn::{Exit, Launch};
use crate::time::Span;

/// How often an end that the disk does not take is written again, while no room has heard of it.
const AGAIN: Span = Span(1_000);

/// What a shim is told by; it ends what it holds only when a room says so.
const UNHEARD: [i32; 4] =
    [signal_hook::consts::SIGHUP, signal_hook::consts::SIGINT, signal_hook::consts::SIGQUIT, signal_hook::consts::SIGTERM];

/// What the hidden `__hold` command does: takes an order from standard input and holds what it starts until its end.
pub fn hold() -> io::Result<()> {
    detach()?;
    let mut room = UnixStream::from(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    let (Kind::Launch, body) = wire::read(&mut room)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "this command is for warroom itself"));
    };
    let (launch, keeping) = wire::parse::<Order>(&body)?.parts();
    match begin(&launch, &keeping) {
        Ok(begun) => carry_on(begun, &keeping, room),
        Err(error) => {
            // Nothing was let through the gate. Said on disk too, for a room that does not hear it.
            let settled = claim(&keeping.folder, &Claim::Withdrawn);
            let why = settled.err().map_or_else(|| error.to_string(), |settled| format!("{error}; {settled}"));
            wire::write(&room, &wire::message(Kind::End, &End::Broken(why))?)
        }
    }
}

/// Out of the session, the signals and the open files of who started this.
fn detach() -> io::Result<()> {
    // It fails only for who leads a process group already, and then there is no terminal to lose.
    let _ = rustix::process::setsid();
    close_fds::set_fds_cloexec(3, &[]);
    for signal in UNHEARD {
        // A handler, and not to ignore it: children would go on ignoring what is ignored.
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    adopt_orphans()
}

#[cfg(target_os = "linux")]
fn adopt_orphans() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?)
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// A child that has been let through the gate.
struct Begun {
    holder: Holder,
    output: PipeReader,
    listener: UnixListener,
}

fn begin(launch: &Launch, keeping: &Keeping) -> io::Result<Begun> {
    crate::engine::spool::private_folder(&keeping.folder)?;
    let listener = UnixListener::bind(client::short(&keeping.folder)?.path())?;
    let (output, writer) = io::pipe()?;
    let (gate, opener) = io::pipe()?;
    let child = Process::of(spawn(launch, gate, writer)?);
    let holder = Holder { boot: boot_id(), shim: Process::of(std::process::id()), child };
    if !claim(&keeping.folder, &Claim::Held(holder.clone()))? {
        return Err(io::Error::other("it is no longer wanted"));
    }
    // From here on it may run. A child that is gone already has an end that will be heard of.
    let _ = (&opener).write_all(b"g");
    Ok(Begun { holder, output, listener })
}

/// The child's process, waiting at the gate to become the program.
#[expect(clippy::disallowed_methods, reason = "this is where held children are started")]
fn spawn(launch: &Launch, gate: PipeReader, output: PipeWriter) -> io::Result<u32> {
    let running = std::path::Path::new("/proc/self/exe");
    let program = if running.exists() { running.to_owned() } else { std::env::current_exe()? };
    let mut command = Command::new(program);
    command.args(["__exec", "--gated", "--"]).arg(&launch.program).args(&launch.args);
    command.env_clear().envs(launch.env.iter().cloned());
    if let Some(dir) = &launch.dir {
        command.current_dir(dir);
    }
    command.stdin(gate).stdout(output.try_clone()?).stderr(output);
    // It is waited for with all the others.
    Ok(command.spawn()?.id())
}

/// What a gated `__exec` does first: it waits until it may become its program. Whether it may.
pub fn pass_gate() -> io::Result<bool> {
    let mut said = [0];
    let passed = io::stdin().read(&mut said)? == 1;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    close_fds::set_fds_cloexec(3, &[]);
    Ok(passed)
}

fn carry_on(begun: Begun, keeping: &Keeping, room: UnixStream) -> io::Result<()> {
    let Begun { holder, output, listener } = begun;
    let (bell, mut ringer) = io::pipe()?;
    let share = Arc::new(Share::new(Keeper::new(keeping), holder));
    let child = share.holder.child.pid;
    let reaping = Arc::clone(&share);
    thread::Builder::new().name("reaper".to_owned()).spawn(move || {
        reap(child, |exit| {
            reaping.exited(exit, SystemClock::new().wall());
            // Who reads the output is woken by it.
            let _ = ringer.write_all(b"x");
        });
    })?;
    // The room may be gone already. What was let through the gate is held all the same.
    let _ = share.take_up(room, 0);
    let serving = Arc::clone(&share);
    thread::Builder::new().name("door".to_owned()).spawn(move || {
        for stream in listener.incoming().flatten() {
            // A room that breaks off while it asks is none.
            let _ = asked_from(&stream).and_then(|from| serving.take_up(stream, from));
        }
    })?;
    let mut pump = Pump { share: &share, output, bell, buffer: vec![0; CHUNK], closed: false };
    pump.run()?;
    let exit = share.exit().map_or((Exit::Code(-1), None), |(exit, wall)| (exit, Some(wall)));
    let end = share.end(exit, pump.closed);
    let mut recorded = write_end(&keeping.folder, &end);
    share.tell_end(end.clone());
    loop {
        let told = share.wait_until_left();
        if recorded.is_ok() || told {
            break;
        }
        pause(AGAIN);
        recorded = write_end(&keeping.folder, &end);
    }
    drop(std::fs::remove_file(keeping.folder.join(client::SOCKET)));
    pump.drain()
}

fn asked_from(mut stream: &UnixStream) -> io::Result<u64> {
    match wire::read(&mut stream)? {
        (Kind::From, body) => wire::parse(&body),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Takes the exit of every process below, so that none stays behind, until there is none.
fn reap(child: u32, told: impl FnOnce(Exit)) {
    let mut told = Some(told);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_pid().cast_unsigned() == child => {
                let signalled = || Exit::Signal(status.terminating_signal().unwrap_or_default());
                let exit = status.exit_status().map_or_else(signalled, Exit::Code);
                if let Some(told) = told.take() {
                    told(exit);
                }
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Reads what the child prints.
struct Pump<'a> {
    share: &'a Share,
    output: PipeReader,
    bell: PipeReader,
    buffer: Vec<u8>,
    closed: bool,
}

impl Pump<'_> {
    /// Until the output has ended and the child too; what others hold open is not waited for long after its exit. Time in which
    /// a room held the reading up does not count.
    fn run(&mut self) -> io::Result<()> {
        let clock = SystemClock::new();
        let mut drained = Span::ZERO;
        while !self.closed || self.share.exit().is_none() {
            self.share.wait_for_reader();
            let exited = self.share.exit().is_some();
            let left = exited.then(|| DRAIN - drained);
            if left.is_some_and(|left| left <= Span::ZERO) {
                break;
            }
            let before = clock.now();
            self.turn(left)?;
            if exited {
                drained += (clock.now() - before).max(Span(1));
            }
        }
        self.share.rest();
        Ok(())
    }

    /// Waits for output or for the child's exit, and takes what there is.
    fn turn(&mut self, left: Option<Span>) -> io::Result<()> {
        let timeout = left.map(|left| Timespec { tv_sec: left.0 / 1_000, tv_nsec: left.0 % 1_000 * 1_000_000 });
        let mut either = [PollFd::new(&self.bell, PollFlags::IN), PollFd::new(&self.output, PollFlags::IN)];
        let waited = if self.closed { &mut either[..1] } else { &mut either[..] };
        // Once it has rung, the bell stays rung.
        let waited = if left.is_some() { &mut waited[1..] } else { waited };
        match poll(waited, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !either[1].revents().is_empty() {
            self.read()?;
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<()> {
        match self.output.read(&mut self.buffer) {
            Ok(0) => self.closed = true,
            Ok(length) => self.share.printed(&self.buffer[..length], SystemClock::new().wall()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Who goes on holding the output open does not break when it prints.
    fn drain(mut self) -> io::Result<()> {
        while !self.closed {
            self.closed = self.output.read(&mut self.buffer)? == 0;
        }
        Ok(())
    }
}

/// A lock whose holder broke down still tells what it holds.
pub(super) fn whole<T>(locked: Result<T, PoisonError<T>>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

/// Signals from a room.
pub(super) fn obey(kind: Kind, holder: &Holder) -> io::Result<Option<Vec<u8>>> {
    match kind {
        Kind::Terminate => {
            tree::terminate(holder.shim.pid, holder.child.pid);
            Ok(None)
        }
        Kind::Kill => Ok(Some(wire::message(Kind::Killed, &tree::kill(holder.shim.pid))?)),
        Kind::Launch | Kind::From | Kind::Held | Kind::Output | Kind::Gap | Kind::End | Kind::Killed => {
            Err(io::ErrorKind::InvalidData.into())
        }
    }
}

/// Standard input of a shim: the room's end of a pair of sockets.
pub(super) fn stdin_of(stream: UnixStream) -> Stdio {
    Stdio::from(std::os::fd::OwnedFd::from(stream))
}
