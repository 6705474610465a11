//! Everything that a shim's child has started, found by descent: who loses its parent becomes a child of the shim.

use rustix::process::{Pid, Signal};

use crate::engine::clock::pause;
use crate::engine::spawn::{Member, Survivor, descendants, started};
use crate::time::Span;

/// How often what survived a KILL is looked for again, and how long apart.
const KILL_ROUNDS: u32 = 100;
const KILL_PAUSE: Span = Span(10);

/// How often a TERM is sent to who was forked while it was sent.
const TERM_ROUNDS: u32 = 3;

/// What runs below the process `root`.
pub(super) fn running(root: u32) -> Vec<Survivor> {
    descendants(root).into_iter().map(Member::survivor).collect()
}

/// TERM to the child and its process group, each member once.
pub(super) fn terminate(root: u32, group: u32) {
    let mut told = Vec::new();
    for _ in 0..TERM_ROUNDS {
        let new: Vec<_> = descendants(root)
            .into_iter()
            .filter(|one| (one.group == group || one.pid == group) && !told.contains(&one.pid))
            .collect();
        if new.is_empty() {
            return;
        }
        for member in new {
            signal(&member, Signal::TERM);
            told.push(member.pid);
        }
    }
}

/// KILL to all of them until nothing is left, or nothing more can be done.
pub(super) fn kill(root: u32) -> Vec<Survivor> {
    for _ in 0..KILL_ROUNDS {
        let left = descendants(root);
        if left.is_empty() {
            return Vec::new();
        }
        // Who forks while being killed is found in the next round.
        for member in &left {
            signal(member, Signal::KILL);
        }
        pause(KILL_PAUSE);
    }
    running(root)
}

/// A number that was given to another process meanwhile is not signalled: the process is held by a descriptor first, and then
/// looked at again.
#[cfg(target_os = "linux")]
fn signal(member: &Member, signal: Signal) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    let Some(pid) = pid(member.pid) else { return };
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if started(member.pid) == Some(member.start) {
        // It may have ended by now, which is what was wanted.
        let _ = pidfd_send_signal(process, signal);
    }
}

#[cfg(not(target_os = "linux"))]
fn signal(member: &Member, signal: Signal) {
    if started(member.pid) == Some(member.start) {
        let _ = pid(member.pid).map(|pid| rustix::process::kill_process(pid, signal));
    }
}

fn pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}
