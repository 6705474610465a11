//! Calls over the network that nothing limits.

use super::{Code, quote};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::NO_TIMEOUT;
use crate::runbook::lint::shell::Command;

const CALLERS: [&str; 38] = [
    "curl",
    "wget",
    "http",
    "https",
    "ssh",
    "scp",
    "sftp",
    "rsync",
    "kubectl",
    "oc",
    "helm",
    "aws",
    "gcloud",
    "az",
    "psql",
    "mysql",
    "mariadb",
    "mongosh",
    "redis-cli",
    "nc",
    "ncat",
    "telnet",
    "dig",
    "nslookup",
    "ansible",
    "ansible-playbook",
    "terraform",
    "tofu",
    "gh",
    "glab",
    "vault",
    "consul",
    "nomad",
    "argocd",
    "flyctl",
    "pg_dump",
    "pg_restore",
    "grpcurl",
];

/// Programs of which some subcommands do.
const SOMETIMES: [(&str, &[&str]); 7] = [
    ("git", &["push", "pull", "fetch", "clone", "ls-remote"]),
    ("docker", &["push", "pull", "login"]),
    ("podman", &["push", "pull", "login"]),
    ("npm", &["ci", "install", "publish"]),
    ("pip", &["install"]),
    ("apt-get", &["install", "update", "upgrade"]),
    ("twine", &["upload"]),
];

impl Lint<'_> {
    pub(super) fn network(&mut self, code: &Code<'_>) {
        let has_timeout = code.text.around.last().is_some_and(|level| level.part.key("timeout").is_some());
        if !has_timeout || code.text.beside("timeout").is_some() || code.may_go_on() {
            return;
        }
        let calls = |command: &&Command| !command.elsewhere && calls(command);
        if let Some(command) = code.script.commands.iter().find(calls) {
            let what = format!("`{}` calls the network, and the step has no `timeout`", quote(command));
            self.about(&NO_TIMEOUT, code, command, what, "add `timeout: 2m` to the step, or as long as it may take");
        }
    }
}

fn calls(command: &Command) -> bool {
    if command.is_limited() || command.has_option(&["--max-time", "--timeout", "--request-timeout"]) {
        return false;
    }
    let program = command.program();
    let sub = super::subcommand(command.args()).map_or("", |(sub, _)| sub);
    let limited = program == "curl" && command.has_option(&["-m"]);
    !limited && (CALLERS.contains(&program) || SOMETIMES.iter().any(|(name, subs)| *name == program && subs.contains(&sub)))
}
