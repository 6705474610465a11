//! Who is at the other end of a socket, by the kernel's word, and whether they may come in.

use std::fs;

use tokio::net::UnixStream;

use crate::id::OperatorId;
use crate::room::people::Person;

/// What `/proc` says of a process that nobody logged in for.
const NO_LOGIN: u32 = u32::MAX;

/// Groups of one account that are looked at.
const GROUPS_MAX: usize = 64;

/// A Unix group whose members may join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub gid: u32,
    members: Vec<String>,
}

/// A process that wants in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub uid: u32,
    /// The account's name, or its number where it has none.
    pub account: String,
    /// Who logged in, also where they became somebody else since (`su`, `sudo`).
    pub login_uid: Option<u32>,
    /// The account of that login.
    pub login: Option<String>,
    /// The Unix groups it has, by their names.
    pub groups: Vec<String>,
}

impl Group {
    /// The group of this name on this machine.
    pub fn named(name: &str) -> Result<Self, String> {
        let groups = fs::read_to_string("/etc/group").map_err(|error| format!("can't read /etc/group: {error}"))?;
        Self::find(&groups, name).ok_or_else(|| format!("there is no group {name} on this machine: see /etc/group"))
    }

    /// The group of this name in the text of a group file.
    fn find(groups: &str, name: &str) -> Option<Self> {
        groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let gid = fields.nth(1)?.parse().ok()?;
            let members = fields.next().unwrap_or("").split(',').map(str::trim).filter(|member| !member.is_empty());
            Some(Self { name: name.to_owned(), gid, members: members.map(str::to_owned).collect() })
        })
    }

    fn has(&self, account: &str, gid: u32, others: &[u32]) -> bool {
        gid == self.gid || others.contains(&self.gid) || self.members.iter().any(|member| member == account)
    }
}

impl Peer {
    /// Who is there; or why they are turned away.
    pub(super) fn of(stream: &UnixStream, group: Option<&Group>) -> Result<Self, String> {
        let peer = stream.peer_cred().map_err(|error| format!("the system does not say who it is: {error}"))?;
        let (uid, gid) = (peer.uid(), peer.gid());
        let account = account(uid);
        let pid = peer.pid();
        let own = rustix::process::getuid().as_raw();
        if !admits(own, uid, || group.is_some_and(|group| group.has(&account, gid, &pid.map(groups_of).unwrap_or_default()))) {
            let who = group.map_or_else(String::new, |group| format!(" and members of the group {}", group.name));
            return Err(format!("{account} (uid {uid}) may not join: this room is for uid {own}{who}"));
        }
        let login_uid = pid.and_then(login_uid);
        let login = login_uid.map(self::account);
        let groups = group_names(&account, gid, &pid.map(groups_of).unwrap_or_default());
        Ok(Self { uid, account, login_uid, login, groups })
    }

    /// Who this is in the room. A name that was said comes before the account's: several people may share that.
    pub fn person(&self, said: Option<&str>) -> Person {
        let known = self.login.as_deref().unwrap_or(&self.account);
        Person {
            operator: named(said).unwrap_or_else(|| OperatorId::new(known)),
            account: self.account.clone(),
            uid: self.uid,
            login_uid: self.login_uid,
            groups: self.groups.clone(),
            // The room itself judges that by what else it knows.
            verified: false,
        }
    }
}

/// The room's own account, and the members of its group.
fn admits(own: u32, uid: u32, member: impl FnOnce() -> bool) -> bool {
    own == uid || member()
}

impl Peer {
    /// Whether nothing tells which person this is: nobody logged in for it, as far as the kernel knows, or root did.
    pub fn is_nobody_known(&self) -> bool {
        self.login_uid.is_none_or(|login| login == 0)
    }

    /// The account of this very process.
    pub fn of_this_process() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let pid = own_pid();
        let (account, login_uid) = (account(uid), login_uid(pid));
        let groups = group_names(&account, rustix::process::getgid().as_raw(), &groups_of(pid));
        Self { uid, account, login_uid, login: login_uid.map(self::account), groups }
    }
}

/// What whoever runs this process is called in a room: as they said, or by the account that logged in.
pub fn operator_here(said: Option<&str>) -> OperatorId {
    let here = || account(login_uid(own_pid()).unwrap_or_else(|| rustix::process::getuid().as_raw()));
    named(said).unwrap_or_else(|| OperatorId::new(&here()))
}

fn named(said: Option<&str>) -> Option<OperatorId> {
    said.map(str::trim).filter(|name| !name.is_empty()).map(OperatorId::new)
}

fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// The account of a uid by its name.
pub fn account(uid: u32) -> String {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid {uid}"))
}

fn login_uid(pid: i32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/loginuid")).ok()?;
    text.trim().parse().ok().filter(|uid| *uid != NO_LOGIN)
}

/// The groups that a process has beside its first.
fn groups_of(pid: i32) -> Vec<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap_or("");
    line.split_whitespace().filter_map(|gid| gid.parse().ok()).collect()
}

/// The names of the groups that an account is in, or that its process has.
fn group_names(account: &str, gid: u32, others: &[u32]) -> Vec<String> {
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let names = groups.lines().filter_map(|line| line.split(':').next());
    let has = |name: &&str| Group::find(&groups, name).is_some_and(|group| group.has(account, gid, others));
    names.filter(has).take(GROUPS_MAX).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rooms_account_and_its_groups_members_are_admitted() {
        let group = Group::find("root:x:0:\nrelease:x:500:ana,bob\n", "release").unwrap();
        let cases = [
            ((1000, "owner", 1000, &[][..]), true),
            ((1001, "ana", 1001, &[][..]), true),
            ((1002, "carl", 500, &[][..]), true),
            ((1002, "carl", 1002, &[7, 500][..]), true),
            ((1002, "carl", 1002, &[7][..]), false),
            ((0, "root", 0, &[][..]), false),
        ];
        for ((uid, account, gid, others), admitted) in cases {
            assert_eq!(admits(1000, uid, || group.has(account, gid, others)), admitted, "{account}");
            assert_eq!(admits(1000, uid, || false), uid == 1000, "without a group, {account}");
        }
        assert_eq!(Group::find("root:x:0:\n", "release"), None);
    }

    #[test]
    fn who_became_somebody_else_is_still_known_by_the_login() {
        let peer = |login: Option<&str>| Peer {
            uid: 500,
            account: "deploy".to_owned(),
            login_uid: login.map(|_| 1001),
            login: login.map(str::to_owned),
            groups: Vec::new(),
        };
        assert_eq!(peer(Some("ana")).person(None).operator.as_str(), "ana");
        assert_eq!(peer(None).person(None).operator.as_str(), "deploy");
        assert_eq!(peer(None).person(Some("bob")).operator.as_str(), "bob");
        assert_eq!(peer(None).person(Some("  ")).operator.as_str(), "deploy");
    }
}
