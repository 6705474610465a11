//! Real children.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::{self, BoxFuture};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

use crate::engine::clock::SystemClock;
use crate::engine::hold::{self, Held, HeldHere, Keeping, Unheld};
use crate::engine::spawn::session::{MARK, members};
use crate::engine::spawn::{Child, Exit, Heard, Launch, Spawner, Survivor};
use crate::time::Span;

/// Read from the pipe at once.
const CHUNK: usize = 64 * 1024;

/// How often what survived a KILL is looked for again, and how long apart.
const KILL_ROUNDS: u32 = 100;
const KILL_PAUSE: Span = Span(10);

/// The exit of a child of which nobody can say how it ended: never a success.
const LOST: Exit = Exit::Code(-1);

/// Starts children in a session of their own, so that no terminal can be read, written or borrowed by them.
///
/// A session can only be made by the child itself, between fork and exec. That is done by this program's own hidden
/// command `__exec`, which makes the session and then becomes the program that was meant.
#[derive(Clone, Debug)]
pub struct SystemSpawner {
    shim: Option<PathBuf>,
}

impl SystemSpawner {
    /// By this program's `__exec`, also where its file was replaced or removed meanwhile.
    pub fn new() -> io::Result<Self> {
        let running = Path::new("/proc/self/exe");
        let shim = if running.exists() { running.to_owned() } else { std::env::current_exe()? };
        Ok(Self { shim: Some(shim) })
    }

    /// By the `__exec` of the program at `shim`.
    pub fn through(shim: PathBuf) -> Self {
        Self { shim: Some(shim) }
    }

    /// Without a session, only with a process group: for programs that have no `__exec`.
    pub fn without_session() -> Self {
        Self { shim: None }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place where children are started")]
    fn command(&self, launch: &Launch) -> tokio::process::Command {
        let mut command =
            tokio::process::Command::new(self.shim.as_ref().map_or(launch.program.as_os_str(), |shim| shim.as_os_str()));
        if self.shim.is_some() {
            command.arg("__exec").arg("--").arg(&launch.program);
        } else {
            command.process_group(0);
        }
        command.args(&launch.args).env_clear().envs(launch.env.iter().cloned());
        if let Some(dir) = &launch.dir {
            command.current_dir(dir);
        }
        command
    }
}

impl Spawner for SystemSpawner {
    fn spawn(&self, launch: Launch) -> io::Result<Box<dyn Child>> {
        // One pipe for both streams keeps them in the order in which they were written.
        let (reader, writer) = io::pipe()?;
        let mark = next_mark();
        let mut command = self.command(&launch);
        command.env(MARK, &mark).stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn()?;
        // The command holds the writing end, and with it open the end of the output would never be seen.
        drop(command);
        let pid = child.id().ok_or_else(|| io::Error::other("the child has no process id"))?;
        let output = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        Ok(Box::new(SystemChild { pid, mark, child, exited: false, output: Some(output), buffer: vec![0; CHUNK] }))
    }

    fn hold(&self, launch: Launch, keeping: Keeping) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        if let Some(shim) = self.shim.as_deref() {
            return Box::pin(hold::launch(shim, launch, keeping));
        }
        let held = self.spawn(launch).map(|child| Box::new(HeldHere::new(child, &keeping, Arc::new(SystemClock::new()))) as _);
        Box::pin(future::ready(held.map_err(|error| Unheld::NeverStarted(error.to_string()))))
    }

    fn adopt(&self, keeping: Keeping, from: u64) -> BoxFuture<'_, Result<Box<dyn Held>, Unheld>> {
        Box::pin(hold::adopt(keeping, from))
    }
}

/// Unique on this machine for as long as any child of this process lives.
fn next_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What the hidden `__exec` command does: makes a session, and becomes the program named first in `args`.
/// Comes back only with the reason why it could not.
#[expect(clippy::disallowed_methods, reason = "this is the other half of starting a child")]
pub fn exec_in_new_session(args: &[OsString]) -> io::Error {
    let Some((program, args)) = args.split_first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no program is named");
    };
    // It fails only for the leader of a process group, and that is one already when a shell's job control started it.
    if let Err(error) = rustix::process::setsid() {
        return error.into();
    }
    let error = std::process::Command::new(program).args(args).exec();
    io::Error::new(error.kind(), format!("{} could not be started: {error}", program.display()))
}

#[derive(Debug)]
struct SystemChild {
    pid: u32,
    mark: String,
    child: tokio::process::Child,
    exited: bool,
    output: Option<pipe::Receiver>,
    buffer: Vec<u8>,
}

impl SystemChild {
    /// Signals the process group. After the child's end its number is used only while the group has members, since it
    /// could be somebody else's by then.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        let Some(pid) = pid(self.pid).filter(|_| !self.exited || !self.descendants().is_empty()) else { return Ok(()) };
        match kill_process_group(pid, signal) {
            // The shim has not made its session yet.
            Err(rustix::io::Errno::SRCH) if !self.exited => Ok(kill_process(pid, signal)?),
            // Only those are left that made a session of their own.
            Err(rustix::io::Errno::SRCH) => Ok(()),
            sent => Ok(sent?),
        }
    }
}

impl Child for SystemChild {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn heard(&mut self) -> BoxFuture<'_, Heard> {
        Box::pin(async move {
            let Self { child, exited, output, buffer, .. } = self;
            tokio::select! {
                bytes = read(output, buffer), if output.is_some() => bytes,
                status = child.wait(), if !*exited => {
                    *exited = true;
                    Heard::Exited(status.map_or(LOST, exit_of))
                }
                else => future::pending().await,
            }
        })
    }

    fn terminate(&mut self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    fn kill(&mut self) -> BoxFuture<'_, Vec<Survivor>> {
        Box::pin(async move {
            // The rounds below reach everything where there is a `/proc`; this reaches the most of it where there is none.
            if let Err(error) = self.signal(Signal::KILL) {
                tracing::debug!("process group {} took no KILL: {error}", self.pid);
            }
            for _ in 0..KILL_ROUNDS {
                let left = members(self.pid, &self.mark);
                if left.is_empty() {
                    break;
                }
                // Who forks while being killed is found in the next round; who is gone already needs no signal.
                for survivor in left {
                    let _ = pid(survivor.pid).map(|pid| kill_process(pid, Signal::KILL));
                }
                tokio::time::sleep(KILL_PAUSE.to_std()).await;
            }
            members(self.pid, &self.mark)
        })
    }

    fn descendants(&self) -> Vec<Survivor> {
        members(self.pid, &self.mark).into_iter().filter(|member| member.pid != self.pid).collect()
    }
}

async fn read(output: &mut Option<pipe::Receiver>, buffer: &mut [u8]) -> Heard {
    let Some(pipe) = output else { return future::pending().await };
    match pipe.read(buffer).await {
        Ok(length) if length > 0 => Heard::Output(buffer[..length].to_vec()),
        // An error on reading a pipe leaves nothing to wait for either.
        Ok(_) | Err(_) => {
            *output = None;
            Heard::Closed
        }
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match status.code() {
        Some(code) => Exit::Code(code),
        None => Exit::Signal(status.signal().unwrap_or_default()),
    }
}

fn pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(test)]
#[path = "system_tests.rs"]
mod tests;
