//! What cannot be taken back.

use super::{Code, quote, says, subcommand};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::NOT_DANGEROUS;
use crate::runbook::lint::shell::{Command, Joint};

/// Programs that do nothing else.
const DESTROYERS: [&str; 20] = [
    "mkfs",
    "wipefs",
    "shred",
    "fdisk",
    "parted",
    "sgdisk",
    "shutdown",
    "reboot",
    "halt",
    "poweroff",
    "dropdb",
    "dropuser",
    "userdel",
    "lvremove",
    "vgremove",
    "pvremove",
    "blkdiscard",
    "FLUSHALL",
    "FLUSHDB",
    "pg_resetwal",
];

/// Programs that read SQL.
const DATABASES: [&str; 9] =
    ["psql", "mysql", "mariadb", "sqlite3", "clickhouse-client", "sqlcmd", "cqlsh", "cockroach", "duckdb"];

impl Lint<'_> {
    pub(super) fn harm(&mut self, code: &Code<'_>) {
        // A rollback was asked for, with its reason; one that asks again loses time.
        if code.beside("dangerous") == Some("true") || code.text.inside("rollback") {
            return;
        }
        let key = crate::runbook::words::STEP.key("dangerous");
        if !code.text.around.last().is_some_and(|level| key.is_some() && level.part.key("dangerous").is_some()) {
            return;
        }
        for (place, command) in code.script.commands.iter().enumerate() {
            if destroys(command) || reads_harm(code, place) {
                let what = format!("`{}` cannot be taken back, and the step is not marked", quote(command));
                self.about(&NOT_DANGEROUS, code, command, what, "add `dangerous: true` to the step: it then asks once more");
            }
        }
    }
}

fn destroys(command: &Command) -> bool {
    let has = |options: &[&str]| command.has_option(options);
    let sub = subcommand(command.args()).map_or("", |(sub, _)| sub);
    let program = command.program();
    match program {
        "rm" => has(&["-r", "-R", "--recursive"]) && !only_temporary(command),
        "kubectl" | "oc" => says(command, "delete") || says(command, "drain") || says(command, "replace") && has(&["--force"]),
        "helm" => matches!(sub, "uninstall" | "delete"),
        "terraform" | "tofu" | "pulumi" => says(command, "destroy") || has(&["-destroy", "--destroy"]),
        "docker" | "podman" | "docker-compose" => docker(command),
        "git" => git(command),
        "dd" => command.args().iter().any(|word| word.text.starts_with("of=") && !word.text.starts_with("of=/dev/null")),
        "truncate" => has(&["-s", "--size"]),
        "find" => command.args().iter().any(|word| word.text == "-delete"),
        "rsync" => has(&["--delete", "--delete-after", "--delete-before", "--delete-during", "--delete-excluded"]),
        "redis-cli" => command.args().iter().any(|word| matches!(&*word.text.to_uppercase(), "FLUSHALL" | "FLUSHDB")),
        "aws" => aws(command),
        "gcloud" | "az" | "doctl" | "heroku" | "flyctl" => {
            command.args().iter().any(|word| matches!(&*word.text, "delete" | "destroy" | "apps:destroy" | "pg:reset"))
        }
        "systemctl" => matches!(sub, "poweroff" | "reboot" | "halt"),
        "zpool" | "zfs" => sub == "destroy",
        // It drops what is there before it restores.
        "pg_restore" => has(&["-c", "--clean"]),
        "iptables" | "nft" => has(&["-F", "--flush"]) || sub == "flush",
        _ if DATABASES.contains(&program) => sql(command),
        _ => DESTROYERS.contains(&program) || program.starts_with("mkfs."),
    }
}

/// `echo 'DROP TABLE users' | psql`, also where the database runs in a container.
fn reads_harm(code: &Code<'_>, place: usize) -> bool {
    let commands = &code.script.commands;
    let command = &commands[place];
    if !DATABASES.contains(&command.program()) || command.before != Joint::Pipe {
        return false;
    }
    // What is handed over stands behind all else, and begins within the words of who handed it over.
    let outer = |other: &&Command| !other.elsewhere && other.words.iter().any(|word| word.at == command.at);
    let here = if command.depth == 1 && command.elsewhere { commands.iter().position(|other| outer(&other)) } else { None };
    let here = here.unwrap_or(place);
    let same = |other: &&Command| other.depth == commands[here].depth && other.elsewhere == commands[here].elsewhere;
    let writer = commands[..here].iter().rev().find(same).filter(|other| other.after == Joint::Pipe);
    writer.is_some_and(|writer| matches!(writer.program(), "echo" | "printf" | "cat") && sql(writer))
}

fn only_temporary(command: &Command) -> bool {
    let mut targets = command.args().iter().filter(|word| !word.text.starts_with('-')).peekable();
    targets.peek().is_some()
        && targets.all(|word| word.text.starts_with("/tmp/") && word.text.len() > 5 && !word.text.contains(".."))
}

fn docker(command: &Command) -> bool {
    let has = |options: &[&str]| command.has_option(options);
    let prunes = says(command, "prune");
    let removes_data = says(command, "volume") && says(command, "rm");
    prunes || removes_data || says(command, "down") && has(&["-v", "--volumes"]) || says(command, "rm") && has(&["-f", "--force"])
}

fn git(command: &Command) -> bool {
    let has = |options: &[&str]| command.has_option(options);
    let Some((sub, rest)) = subcommand(command.args()) else { return false };
    match sub {
        "push" => {
            has(&["-f", "--force", "--force-with-lease", "--delete", "--mirror"])
                || rest.iter().any(|word| word.text.starts_with('+'))
        }
        "reset" => has(&["--hard"]),
        "clean" => has(&["-f", "--force"]),
        _ => false,
    }
}

fn aws(command: &Command) -> bool {
    let ends = ["delete-", "terminate-", "deregister-", "purge-"];
    let named = |text: &str| ends.iter().any(|begin| text.starts_with(begin));
    let bucket = says(command, "s3") && (says(command, "rb") || says(command, "rm"));
    bucket || command.args().iter().take(4).any(|word| named(&word.text))
}

/// `DROP TABLE`, `TRUNCATE`, a `DELETE` of everything.
fn sql(command: &Command) -> bool {
    let words = command.args().iter().map(|word| &*word.text).chain([&*command.input]);
    words.flat_map(|text| text.split(';')).any(|statement| {
        let words: Vec<String> = statement.split_whitespace().map(str::to_uppercase).collect();
        let is = |place: usize, of: &[&str]| words.get(place).is_some_and(|word| of.contains(&word.as_str()));
        let dropped = ["TABLE", "DATABASE", "SCHEMA", "VIEW", "INDEX", "COLUMN", "USER", "ROLE", "SEQUENCE", "MATERIALIZED"];
        let drops = (0..words.len()).any(|place| is(place, &["DROP"]) && is(place + 1, &dropped));
        let empties = (0..words.len()).any(|place| is(place, &["TRUNCATE"]) && place + 1 < words.len());
        let all = (0..words.len()).any(|place| is(place, &["DELETE"]) && is(place + 1, &["FROM"]));
        let all = all || is(0, &["UPDATE"]) && words.iter().any(|word| word == "SET");
        drops || empties || all && !words.iter().any(|word| word == "WHERE")
    })
}
