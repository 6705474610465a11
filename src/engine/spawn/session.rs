//! Who belongs to a child: its session, its process group, and whoever carries its mark.

use std::fs;

use crate::engine::spawn::Survivor;

/// The environment variable by which a child's descendants are found again, also when they made a session of their own.
pub(super) const MARK: &str = "WARROOM_CHILD";

/// The processes that belong to the child `leader`, itself included while it runs. Zombies are dead already.
pub(super) fn members(leader: u32, mark: &str) -> Vec<Survivor> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| member(pid, leader, mark)).collect()
}

fn member(pid: u32, leader: u32, mark: &str) -> Option<Survivor> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = Stat::parse(&String::from_utf8_lossy(&stat))?;
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
    group: u32,
    session: u32,
}

impl Stat {
    /// `4711 (name) S 1 4711 4711 …`, where the name may hold anything, brackets and spaces too.
    fn parse(line: &str) -> Option<Self> {
        let (open, close) = (line.find('(')?, line.rfind(')')?);
        let mut fields = line.get(close + 1..)?.split_ascii_whitespace();
        let state = fields.next()?;
        let _parent = fields.next()?;
        Some(Self {
            name: line.get(open + 1..close)?.to_owned(),
            dead: matches!(state, "Z" | "X" | "x"),
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_brackets_does_not_move_the_fields() {
        let stat = Stat::parse("4711 (a) S 1 (b)) Z 1 20 30 0 -1").unwrap();
        assert_eq!(stat, Stat { name: "a) S 1 (b)".to_owned(), dead: true, group: 20, session: 30 });
    }
}
