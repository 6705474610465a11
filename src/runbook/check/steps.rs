//! `steps:` what is done. A step's kind is the key that it carries.

use super::Check;
use super::expect::Seen;
use super::fields::Fields;
use crate::id::StepId;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Planned, Shell, Step, StepKind};
use crate::runbook::notes::nearest;
use crate::runbook::template::Template;
use crate::runbook::words;
use crate::time::Span;

const GRACE_DEFAULT: Span = Span(10_000);
/// The longest script, in bytes.
const SCRIPT_BYTES_MAX: usize = 256 * 1024;
/// The longest title that is made from a script.
const TITLE_CHARS_MAX: usize = 60;

impl Check<'_> {
    /// Steps are numbered `2.1`, `2.2` … and called `canary.1`, `canary.2` … unless they have an id.
    pub(super) fn steps(&mut self, node: Option<&Node>, parent: &str, prefix: &str) -> Vec<Step> {
        if let Some(node @ Node { value: Value::List(nodes), .. }) = node
            && nodes.is_empty()
        {
            self.say(node.head(), "a list without a step", "add one: `- run: echo hello`");
        }
        let nodes = self.list(node, "steps");
        let separator = if prefix == "R" { "" } else { "." };
        let number = |place: usize| format!("{prefix}{separator}{}", place + 1);
        let read = nodes.iter().enumerate();
        read.filter_map(|(place, node)| self.step(node, &format!("{parent}.{}", place + 1), number(place))).collect()
    }

    fn step(&mut self, node: &Node, place: &str, number: String) -> Option<Step> {
        let fields = self.fields(node, &words::STEP)?;
        let entry = self.only_kind(&fields)?;
        self.strays(&fields, &entry.key);
        let seen = if &*entry.key == "http" { Seen::Answer } else { Seen::Output };
        let kind = self.step_kind(&fields, entry)?;
        let expect = fields.get("expect").filter(|_| kind.runs_outside());
        Some(Step {
            id: self.step_id(&fields, place),
            number,
            title: fields.get("title").map_or_else(|| default_title(&kind, &entry.value), |node| self.title(node)),
            owner: fields.get("owner").map(|node| self.role(node)),
            duration: fields.get("duration").and_then(|node| self.planned(node)).or_else(|| own_duration(&kind)),
            timeout: fields.get("timeout").map(|node| self.positive_span(node)),
            expect: self.expect(expect, seen),
            grace: fields.get("grace").map_or(GRACE_DEFAULT, |node| self.span(node)),
            optional: fields.get("optional").is_some_and(|node| self.flag(node)),
            dangerous: fields.get("dangerous").is_some_and(|node| self.flag(node)),
            warn: fields.get("warn").map(|node| self.human(node)),
            kind,
        })
    }

    fn step_id(&mut self, fields: &Fields<'_>, place: &str) -> StepId {
        let Some(node) = fields.get("id") else { return StepId::new(place) };
        let id = self.id(node).unwrap_or_default();
        if let (Err(first), false) = (self.names.steps.add(&id, node.extent, ()), id.is_empty()) {
            self.notes.say_twice(node.extent, format!("a second step called `{id}`"), first);
        }
        StepId::new(&id)
    }

    /// The one key that says what the step does.
    fn only_kind<'n>(&mut self, fields: &Fields<'n>) -> Option<&'n Entry> {
        let kinds = fields.kinds();
        if let Some(second) = kinds.get(1) {
            let what = format!("a step does one thing, not `{}` and `{}`", kinds[0].key, second.key);
            self.say(second.key_extent, what, "make two steps of it");
        }
        if kinds.is_empty() && !fields.misspelt {
            self.say(fields.head, "this step does nothing", format!("give it one of {}", words::STEP.one_of.join(", ")));
        }
        kinds.first().copied().filter(|entry| !matches!(entry.value.value, Value::Nothing))
    }

    fn step_kind(&mut self, fields: &Fields<'_>, entry: &Entry) -> Option<StepKind> {
        let node = &entry.value;
        Some(match &*entry.key {
            "run" => {
                let shells = [("bash", Shell::Bash), ("sh", Shell::Sh)];
                let shell = fields.get("shell").and_then(|node| self.choice(node, &shells)).unwrap_or(Shell::Bash);
                let env = self.templates(fields.get("env"), "environment variables");
                self.env_names(fields.get("env"));
                StepKind::Run {
                    script: self.script(node, shell),
                    shell,
                    env,
                    dir: fields.get("dir").map(|node| self.template(node)),
                }
            }
            "manual" => StepKind::Manual { instruction: self.instruction(node) },
            "http" => StepKind::Http(self.request(node)?),
            "wait" => StepKind::Wait { span: self.positive_span(node) },
            _ => self.bake(fields, entry),
        })
    }

    fn bake(&mut self, fields: &Fields<'_>, entry: &Entry) -> StepKind {
        if !fields.has("while") && !fields.misspelt {
            let help = "add `while: [ health is up ]`, or make it a `wait:`";
            self.say(entry.key_extent, "a bake that watches nothing", help);
        }
        let (span, criteria) = (self.positive_span(&entry.value), self.criteria(fields.get("while")));
        let flaws: Vec<_> = criteria.iter().filter_map(|criterion| self.names.too_short(&criterion.test, span)).collect();
        for (what, help) in flaws {
            self.say(entry.value.extent, what, help);
        }
        StepKind::Bake { span, criteria }
    }

    fn instruction(&mut self, node: &Node) -> Template {
        let instruction = self.template(node);
        if instruction.written().trim().is_empty() && matches!(node.value, Value::Text { .. }) {
            self.say(node.extent, "an empty instruction", "say what the person has to do");
        }
        instruction
    }

    /// The script as written. Its variables are environment variables: text put into it would become code.
    pub(super) fn script(&mut self, node: &Node, shell: Shell) -> String {
        let script = self.raw(node);
        if script.trim().is_empty() && matches!(node.value, Value::Text { .. }) {
            self.say(node.extent, "an empty script", "write a command, or make it a `manual:` step");
        }
        if script.len() > SCRIPT_BYTES_MAX {
            let help = "put it into a file of its own and call that";
            self.say(node.extent, format!("a script of more than {} KiB", SCRIPT_BYTES_MAX >> 10), help);
            return String::new();
        }
        self.shebang(node, &script, shell);
        self.braces(node, &script);
        script.to_string()
    }

    /// `#!/usr/bin/python3` would be read as a comment, and what follows as shell commands.
    fn shebang(&mut self, node: &Node, script: &str, shell: Shell) {
        let first = script.trim_start().lines().next().unwrap_or_default().trim_end();
        if first.starts_with("#!") {
            let help = match shell {
                Shell::Bash => "scripts are run by bash; set `shell:` or call the interpreter",
                Shell::Sh => "this script is run by sh; remove it, or call the interpreter",
            };
            let at = self.word_inside(node, first);
            self.say(at, "a shebang has no effect", help);
        }
    }

    /// `{{ version }}` in a script, which is not filled in there.
    fn braces(&mut self, node: &Node, script: &str) {
        let mut rest = script;
        while let Some(open) = rest.find("{{") {
            let Some(length) = rest[open..].find("}}") else { break };
            let written = &rest[open..open + length + 2];
            let name = written[2..length].trim();
            // `{{.State}}` and `{{ end }}` belong to docker and kubectl.
            if let Some(var) =
                nearest(name, self.names.vars.all()).filter(|var| *var == name || name.len() > 3).map(str::to_owned)
            {
                let at = self.word_inside(node, written);
                let help = format!("variables reach a script as environment: write `\"${var}\"`");
                self.say(at, format!("`{written}` inside a script"), help);
            }
            rest = &rest[open + length + 2..];
        }
    }

    fn env_names(&mut self, node: Option<&Node>) {
        let Some(Value::Map(entries)) = node.map(|node| &node.value) else { return };
        for entry in entries {
            if !super::vars::is_env_name(&entry.key) {
                let help = "letters, digits and `_`, beginning with a letter";
                self.say(entry.key_extent, format!("`{}` cannot be an environment variable", entry.key), help);
            }
        }
    }
}

/// Waiting and baking take as long as they say.
fn own_duration(kind: &StepKind) -> Option<Planned> {
    match kind {
        StepKind::Wait { span } | StepKind::Bake { span, .. } => Some(Planned { expected: *span, limit: *span }),
        StepKind::Run { .. } | StepKind::Manual { .. } | StepKind::Http(_) => None,
    }
}

/// What a step without a title is called: its first command, its request, its time.
fn default_title(kind: &StepKind, node: &Node) -> String {
    match kind {
        StepKind::Run { script, .. } => first_command(script),
        StepKind::Manual { .. } => match &node.value {
            Value::Text { text, .. } => clipped(text.trim().lines().next().unwrap_or_default()),
            Value::Nothing | Value::List(_) | Value::Map(_) => String::new(),
        },
        StepKind::Http(request) => clipped(&format!("{} {}", request.method.word(), request.url.written())),
        StepKind::Wait { span } => format!("Wait {span}"),
        StepKind::Bake { span, .. } => format!("Bake {span}"),
    }
}

fn first_command(script: &str) -> String {
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let says_little = |line: &str| line.starts_with('#') || line.starts_with("set -");
    let command = lines.clone().find(|line| !says_little(line)).or_else(|| lines.next());
    clipped(command.unwrap_or_default())
}

fn clipped(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS_MAX {
        return line;
    }
    let kept: String = line.chars().take(TITLE_CHARS_MAX - 1).collect();
    format!("{kept}…")
}
