//! What a step's script is started with: its file, its folder, its environment.
//!
//! The environment is the console's own, since the tools a plan calls live on it, except for what would change what
//! a script means (`BASH_ENV`, `LD_PRELOAD` and their kin), wait for a person, or lead back to the console's terminal.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::engine::spawn::Launch;
use crate::engine::spool::{file_name, private_file};
use crate::engine::steps::{Job, Setting};
use crate::runbook::model::{Course, Shell, StepKind};

pub(in crate::engine) type Variable = (OsString, OsString);

/// Variables that are not handed on: they change what shells and interpreters do, or belong to this terminal.
const DROPPED: [&str; 32] = [
    "BASH_ENV",
    "ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "IFS",
    "CDPATH",
    "GLOBIGNORE",
    "PROMPT_COMMAND",
    "POSIXLY_CORRECT",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PERL5OPT",
    "PERL5DB",
    "RUBYOPT",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "EDITOR",
    "VISUAL",
    "GIT_EDITOR",
    "LESS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "GIT_ASKPASS",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "SSH_TTY",
    "COLUMNS",
    "LINES",
    "WINDOWID",
    "OLDPWD",
];
const DROPPED_BEGINNINGS: [&str; 4] = ["LD_", "DYLD_", "BASH_FUNC_", "WARROOM_"];

/// Said to every tool that would otherwise ask a question or open a pager.
const FIXED: [(&str, &str); 7] = [
    ("TERM", "dumb"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("AWS_PAGER", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("DEBIAN_FRONTEND", "noninteractive"),
];

/// How the shell is told its script. Neither the script nor its file's name is in the arguments: a script that says
/// `pkill -f canary` would find itself there.
const SOURCE: &str = ". \"$WARROOM_SCRIPT\"";

const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// Writes the step's script where only its owner can read it, and tells how to start it. The error is in words.
pub(super) fn prepare(job: &Job) -> Result<Launch, String> {
    let StepKind::Run { script, shell, course, .. } = &job.step.kind else {
        return Err(format!("a step of the kind `{}` has no script", job.step.kind.word()));
    };
    let folder = &job.setting.folder;
    let file = folder.join("scripts").join(format!("{}.{}.sh", file_name(&job.step.id), job.attempt));
    let written = private_file(&file).and_then(|mut file| file.write_all(repeated(script, *course).as_bytes()));
    written.map_err(|error| format!("the script can't be written to {}: {error}", file.display()))?;
    let (program, args): (&str, &[&str]) = match shell {
        Shell::Bash => ("bash", &["-o", "pipefail", "-c", SOURCE]),
        Shell::Sh => ("sh", &["-c", SOURCE]),
    };
    let mut env = environment(job, std::env::vars_os());
    env.push(("WARROOM_SCRIPT".into(), fs::canonicalize(&file).unwrap_or(file).into()));
    Ok(Launch { program: program.into(), args: args.iter().map(Into::into).collect(), env, dir: dir(job)? })
}

/// What is looked at again and again is a loop around the script, in a shell of its own each time.
fn repeated(script: &str, course: Course) -> Cow<'_, str> {
    match course {
        Course::Once | Course::Background { .. } | Course::Watch { every: None, .. } => Cow::Borrowed(script),
        Course::Watch { every: Some(every), .. } => {
            Cow::Owned(format!("while :; do (\n{script}\n) || :; sleep {}; done\n", every.as_seconds()))
        }
        Course::Until { every } => Cow::Owned(format!("until (\n{script}\n); do sleep {}; done\n", every.as_seconds())),
    }
}

/// The folder it runs in: the step's, taken from the room's where it is not absolute.
fn dir(job: &Job) -> Result<Option<PathBuf>, String> {
    let StepKind::Run { dir: Some(dir), .. } = &job.step.kind else { return Ok(job.setting.dir.clone()) };
    let dir = PathBuf::from(dir.render(&job.values));
    let dir = job.setting.dir.as_deref().unwrap_or_else(|| Path::new("")).join(dir);
    if dir.is_dir() { Ok(Some(dir)) } else { Err(format!("there is no folder {}", dir.display())) }
}

/// What is inherited, then what tools are told, then the plan's variables, the step's, and the room's own.
fn environment(job: &Job, inherited: impl Iterator<Item = Variable>) -> Vec<Variable> {
    let setting = &job.setting;
    let mut env = common(setting, inherited);
    let mut set = |name: &str, value: OsString| set(&mut env, name, value);
    for (name, value) in &job.values.0 {
        set(name.as_str(), value.into());
    }
    if let StepKind::Run { env: own, .. } = &job.step.kind {
        for (name, value) in own {
            set(name, value.render(&job.values).into());
        }
    }
    set("WARROOM_ROOM", setting.room.as_str().into());
    set("WARROOM_STEP", job.step.id.as_str().into());
    set("WARROOM_ATTEMPT", job.attempt.to_string().into());
    set("WARROOM_ANCHOR", job.anchor.as_str().into());
    if let Some(reason) = &job.reason {
        set("WARROOM_REASON", reason.into());
    }
    env
}

/// What every script of a room finds, whoever runs it.
pub(in crate::engine) fn common(setting: &Setting, inherited: impl Iterator<Item = Variable>) -> Vec<Variable> {
    let mut env: Vec<Variable> = inherited.filter(|(name, _)| is_handed_on(name)).collect();
    set(&mut env, "PATH", search_path(std::env::var_os("PATH")));
    for (name, value) in FIXED {
        set(&mut env, name, value.into());
    }
    for (name, value) in &setting.values.0 {
        set(&mut env, name.as_str(), value.into());
    }
    set(&mut env, "WARROOM_ROOM", setting.room.as_str().into());
    env
}

pub(in crate::engine) fn set(env: &mut Vec<Variable>, name: &str, value: OsString) {
    env.retain(|(known, _)| known != name);
    env.push((name.into(), value));
}

fn is_handed_on(name: &OsString) -> bool {
    // A name that is not text can't be one of those listed.
    let name = name.to_string_lossy();
    !DROPPED.contains(&name.as_ref()) && !DROPPED_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// Without the places that depend on the folder one is in.
fn search_path(inherited: Option<OsString>) -> OsString {
    let inherited = inherited.unwrap_or_default();
    let absolute = std::env::split_paths(&inherited).filter(|place| place.is_absolute());
    std::env::join_paths(absolute).ok().filter(|path| !path.is_empty()).unwrap_or_else(|| PATH_DEFAULT.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::steps::tests::job;

    fn value<'a>(env: &'a [Variable], name: &str) -> Option<&'a str> {
        env.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str())
    }

    #[test]
    fn what_would_change_a_scripts_meaning_is_not_handed_on() {
        let inherited = ["BASH_ENV", "ENV", "LD_PRELOAD", "BASH_FUNC_ls%%", "WARROOM_REASON", "KUBECONFIG", "HTTPS_PROXY"];
        let folder = tempfile::tempdir().unwrap();
        let env = environment(&job("true", folder.path()), inherited.iter().map(|name| (name.into(), "x".into())));
        let handed: Vec<_> = inherited.iter().filter(|name| value(&env, name).is_some()).collect();
        assert_eq!(handed, [&"KUBECONFIG", &"HTTPS_PROXY"]);
        assert_eq!(value(&env, "TERM"), Some("dumb"));
    }

    #[test]
    fn the_step_knows_what_it_is_and_its_own_variables_win() {
        let folder = tempfile::tempdir().unwrap();
        let mut job = job("true", folder.path());
        job.reason = Some("error rate".to_owned());
        let env = environment(&job, std::iter::once(("version".into(), "inherited".into())));
        let names = ["version", "shown", "WARROOM_STEP", "WARROOM_ATTEMPT", "WARROOM_REASON", "WARROOM_ANCHOR"];
        let values: Vec<_> = names.iter().map(|name| value(&env, name).unwrap()).collect();
        assert_eq!(values, ["1.2.3", "v1.2.3", "canary.1", "1", "error rate", "a1b2"]);
        assert_eq!(env.iter().filter(|(name, _)| name == "version").count(), 1);
    }

    #[test]
    fn the_search_path_has_no_place_that_depends_on_the_folder() {
        assert_eq!(search_path(Some(".:/usr/bin::bin:/bin".into())), OsString::from("/usr/bin:/bin"));
        assert_eq!(search_path(Some(".".into())), OsString::from(PATH_DEFAULT));
    }
}
