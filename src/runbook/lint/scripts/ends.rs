//! Commands that never end, or that wait for a person who is not there.

use super::{Code, quote, says};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::{NEVER_ENDS, WANTS_TERMINAL};
use crate::runbook::lint::shell::{Command, Joint, Loop, Word, has_option};

/// Programs that are made for a terminal, whatever they are told.
const SCREENS: [&str; 22] = [
    "htop",
    "btop",
    "atop",
    "iotop",
    "k9s",
    "lazydocker",
    "less",
    "more",
    "most",
    "vi",
    "vim",
    "nvim",
    "nano",
    "emacs",
    "pico",
    "mc",
    "tmux",
    "screen",
    "dialog",
    "whiptail",
    "fzf",
    "visudo",
];

/// Whether a pipe ends what its first command would go on with for ever, because somebody in it may stop reading.
fn is_cut(commands: &[Command]) -> bool {
    let piped = commands.windows(2).take_while(|pair| pair[0].after == Joint::Pipe).map(|pair| &pair[1]);
    piped.into_iter().any(|reader| !reads_all(reader))
}

/// Whether it is known to read whatever comes.
fn reads_all(reader: &Command) -> bool {
    let says = |part: &str| reader.args().iter().any(|word| word.text.contains(part));
    match reader.program() {
        "tee" | "cat" | "jq" | "cut" | "tr" | "sort" | "uniq" | "wc" | "ts" | "tail" => true,
        "grep" | "egrep" | "fgrep" | "rg" => !reader.has_option(&["-q", "-m", "--quiet", "--silent"]) && !says("--max-count"),
        "awk" => !says("exit"),
        "sed" => !says("q"),
        _ => false,
    }
}

/// What to do with what serves until it is stopped.
const BESIDE: &str = "let it run beside the plan: `background:` instead of `run:`";

impl Lint<'_> {
    pub(super) fn ends(&mut self, code: &Code<'_>) {
        for (place, command) in code.script.commands.iter().enumerate() {
            if let Some(instead) = wants_terminal(command) {
                let what = format!("`{}` wants a terminal, and there is none", quote(command));
                self.about(&WANTS_TERMINAL, code, command, what, instead);
            }
            let cut = is_cut(&code.script.commands[place..]) || command.is_limited() || code.may_go_on();
            if let (false, Some(instead)) = (cut, never_ends(command)) {
                let what = format!("`{}` does not end by itself", quote(command));
                self.about(&NEVER_ENDS, code, command, what, instead);
            }
        }
        self.endless_loop(code);
    }

    /// `while true; do … done`, `until false; do … done` that nothing leaves.
    fn endless_loop(&mut self, code: &Code<'_>) {
        if code.may_go_on() {
            return;
        }
        let commands: Vec<&Command> = code.outermost().map(|(_, command)| command).collect();
        let endless = |(place, command): &(usize, &&Command)| {
            let always = match command.condition_of {
                Some(Loop::While) => matches!(command.program(), "true" | ":"),
                Some(Loop::Until) => command.program() == "false",
                None => false,
            };
            let body = commands[place + 1..].iter().take_while(|inner| inner.turns > command.turns);
            let leaves = |inner: &&Command| {
                let out = matches!(inner.program(), "exit" | "return");
                // A loop inside of it is left by its own `break`.
                out || inner.program() == "break" && (inner.turns == command.turns + 1 || inner.args().len() == 1)
            };
            let joined = command.before != Joint::Next || command.after != Joint::Next;
            always && !joined && !body.copied().any(|inner| leaves(&inner))
        };
        if let Some((_, command)) = commands.iter().enumerate().find(endless) {
            self.about(&NEVER_ENDS, code, command, "nothing leaves this loop", "count its turns, or `break` when it is done");
        }
    }
}

fn never_ends(command: &Command) -> Option<&'static str> {
    let has = |options: &[&str]| command.has_option(options);
    match command.program() {
        "tail" => has(&["-f", "-F", "--follow"])
            .then_some("say how much: `tail -n 50`, or look at it for a while: `watch:` with `for: 5m`"),
        "watch" => Some("ask once, or let the room do it: `watch:` with `every: 5s` and `for: 5m`"),
        "journalctl" => has(&["-f", "--follow"])
            .then_some("say from when: `journalctl --since -5min`, or look at it for a while: `watch:` with `for: 5m`"),
        "dmesg" => has(&["-w", "-W", "--follow"]).then_some("ask once: `dmesg`"),
        "ping" => (!has(&["-c", "-w"])).then_some("say how often: `ping -c 3`"),
        "yes" => Some("say it as often as it is asked for: `printf 'y\\ny\\n'`"),
        "sleep" => {
            let for_ever = |word: &Word| matches!(&*word.text, "infinity" | "inf");
            command.args().iter().any(for_ever).then_some("say how long: `wait: 5m`, or let what is waited for say so: `until:`")
        }
        "nc" | "ncat" | "netcat" => (has(&["-l", "--listen"]) && !has(&["-w"])).then_some(BESIDE),
        "socat" => command.args().iter().any(|word| word.text.to_uppercase().contains("LISTEN:")).then_some(BESIDE),
        "ssh" => has(&["-N"]).then_some(BESIDE),
        "python" | "python3" => says(command, "http.server").then_some(BESIDE),
        "kubectl" | "oc" => kubectl(command),
        "docker" | "podman" | "docker-compose" => docker(command),
        _ => None,
    }
}

fn kubectl(command: &Command) -> Option<&'static str> {
    let has = |options: &[&str]| command.has_option(options);
    if says(command, "logs") && has(&["-f", "--follow"]) {
        return Some("say how much: `kubectl logs --since=5m`, or look at it for a while: `watch:` with `for: 5m`");
    }
    if says(command, "get") && has(&["-w", "--watch", "--watch-only"]) {
        return Some("wait for what you look for: `kubectl wait --for=… --timeout=2m`");
    }
    (says(command, "port-forward") || says(command, "proxy")).then_some(BESIDE)
}

fn docker(command: &Command) -> Option<&'static str> {
    let has = |options: &[&str]| command.has_option(options);
    if says(command, "logs") && has(&["-f", "--follow"]) {
        return Some("say how much: `--tail 50`, or look at it for a while: `watch:` with `for: 5m`");
    }
    if says(command, "stats") && !has(&["--no-stream"]) {
        return Some("ask once: `--no-stream`");
    }
    let composed = command.program() == "docker-compose" || says(command, "compose");
    (composed && says(command, "up") && !has(&["-d", "--detach"]))
        .then_some("leave it running: `up -d`, or beside the plan: `background:` instead of `run:`")
}

fn wants_terminal(command: &Command) -> Option<&'static str> {
    let program = command.program();
    let has = |options: &[&str]| command.has_option(options);
    let piped = command.before == Joint::Pipe;
    match program {
        "top" => (!has(&["-b"])).then_some("ask once: `top -b -n 1`"),
        "ssh" => {
            let options: Vec<_> = command.args().iter().take_while(|word| word.text.starts_with('-')).cloned().collect();
            has_option(&options, &["-t"]).then_some("leave `-t` out")
        }
        "docker" | "podman" | "docker-compose" => {
            let own = before_container(command);
            own.is_some_and(|own| has_option(own, &["-t", "--tty"])).then_some("leave `-it` out")
        }
        "kubectl" | "oc" => {
            let run = says(command, "exec") || says(command, "run") || says(command, "attach") || says(command, "debug");
            let edit = says(command, "edit").then_some("change it by `kubectl patch` or `apply`");
            (run && has(&["-t", "--tty"])).then_some("leave `-it` out").or(edit)
        }
        "crontab" => has(&["-e"]).then_some("write it to a file: `crontab FILE`"),
        "git" => (says(command, "rebase") && has(&["-i"]) || says(command, "add") && has(&["-p"])).then_some("do it before"),
        // A loop reads lines out of a file or a pipe; alone it asks a person.
        "read" => (has(&["-p"]) && !piped && command.input.is_empty()).then_some("ask with a `manual:` step before"),
        _ => SCREENS.contains(&program).then_some("use what prints and ends, or make it a `manual:` step"),
    }
}

/// The options of `docker exec` and `docker run`, before the container or image: what follows is the command inside.
fn before_container(command: &Command) -> Option<&[Word]> {
    let args = command.args();
    let start = args.iter().take(4).position(|word| matches!(&*word.text, "run" | "exec"))? + 1;
    let length = args[start..].iter().take_while(|word| word.text.starts_with('-')).count();
    Some(&args[start..start + length])
}
