//! Who belongs to a child: its session, its process group, and whoever carries its mark.

use std::fs;

use crate::engine::spawn::Survivor;

/// A process below another.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Member {
    pub(in crate::engine) pid: u32,
    pub(in crate::engine) name: String,
    pub(in crate::engine) group: u32,
    pub(in crate::engine) start: u64,
}

impl Member {
    pub(in crate::engine) fn survivor(self) -> Survivor {
        Survivor { pid: self.pid, name: self.name }
    }
}

/// When a process was started, in ticks since the host was; `None` when it runs no more.
pub(in crate::engine) fn started(pid: u32) -> Option<u64> {
    stat(pid).filter(|stat| !stat.dead).map(|stat| stat.start)
}

/// All that runs below a process, however it was started.
pub(in crate::engine) fn descendants(root: u32) -> Vec<Member> {
    let all: Vec<(u32, Stat)> = pids().filter_map(|pid| Some((pid, stat(pid)?))).collect();
    let mut below = vec![root];
    let mut at = 0;
    while let Some(parent) = below.get(at).copied() {
        below.extend(all.iter().filter(|(_, stat)| stat.parent == parent).map(|(pid, _)| *pid));
        at += 1;
    }
    let living = all.into_iter().filter(|(pid, stat)| *pid != root && !stat.dead && below.contains(pid));
    living
        .map(|(pid, Stat { name, group, start, .. })| Member { pid, name: crate::text::clean(&name).into_owned(), group, start })
        .collect()
}

fn pids() -> impl Iterator<Item = u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(pid: u32) -> Option<Stat> {
    Stat::parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// The environment variable by which a child's descendants are found again, also when they made a session of their own.
pub(super) const MARK: &str = "WARROOM_CHILD";

/// The processes that belong to the child `leader`, itself included while it runs. Zombies are dead already.
pub(super) fn members(leader: u32, mark: &str) -> Vec<Survivor> {
    pids().filter_map(|pid| member(pid, leader, mark)).collect()
}

fn member(pid: u32, leader: u32, mark: &str) -> Option<Survivor> {
    let stat = stat(pid)?;
    let ours = stat.group == leader || stat.session == leader || carries(pid, mark);
    (ours && !stat.dead).then(|| Survivor { pid, name: crate::text::clean(&stat.name).into_owned() })
}

fn carries(pid: u32, mark: &str) -> bool {
    let wanted = format!("{MARK}={mark}");
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes())
}

/// The part of `/proc/PID/stat` that matters here.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    name: String,
    dead: bool,
    parent: u32,
    group: u32,
    session: u32,
    start: u64,
}

impl Stat {
    /// `4711 (name) S 1 4711 4711 …`, where the name may hold anything, brackets and spaces too.
    fn parse(line: &str) -> Option<Self> {
        let (open, close) = (line.find('(')?, line.rfind(')')?);
        let mut fields = line.get(close + 1..)?.split_ascii_whitespace();
        let state = fields.next()?;
        Some(Self {
            name: line.get(open + 1..close)?.to_owned(),
            dead: matches!(state, "Z" | "X" | "x"),
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            // The 22nd of all fields.
            start: fields.nth(15)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_brackets_does_not_move_the_fields() {
        let stat = Stat::parse("4711 (a) S 1 (b)) Z 1 20 30 0 8 9 10 11 12 13 14 15 16 17 18 19 20 21 2200 23").unwrap();
        assert_eq!(stat, Stat { name: "a) S 1 (b)".to_owned(), dead: true, parent: 1, group: 20, session: 30, start: 2_200 });
    }
}
