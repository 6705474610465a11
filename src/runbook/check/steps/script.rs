//! Scripts: their text, their environment, and the outline that their comments give.

use crate::runbook::check::Check;
use crate::runbook::check::fields::Fields;
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Course, Ends, Shell, StepKind};
use crate::runbook::notes::nearest;
use crate::runbook::words;
use crate::time::Span;

/// The longest script, in bytes.
const SCRIPT_BYTES_MAX: usize = 256 * 1024;
/// How often something is looked at that is waited for, or watched.
const EVERY_DEFAULT: Span = Span(10_000);

impl Check<'_> {
    /// A `run`, `background` or `watch` step: `node` is its script.
    pub(super) fn scripted(&mut self, fields: &Fields<'_>, node: &Node, course: Course) -> StepKind {
        let shells = [("bash", Shell::Bash), ("sh", Shell::Sh)];
        let shell = fields.get("shell").and_then(|node| self.choice(node, &shells)).unwrap_or(Shell::Bash);
        let mut env = self.phase_env.clone();
        env.extend(self.templates(fields.get("env"), "environment variables"));
        self.env_names(fields.get("env"));
        let dir = fields.get("dir").map(|node| self.template(node)).or_else(|| self.phase_dir.clone());
        StepKind::Run { script: self.script(node, shell), shell, env, dir, course }
    }

    pub(super) fn background(&mut self, fields: &Fields<'_>, node: &Node) -> StepKind {
        let until = match fields.get("keep") {
            Some(node) if matches!(&node.value, Value::Text { text, .. } if &**text == "plan") => Ends::Plan,
            Some(node) if self.flag(node) => Ends::Never,
            None | Some(_) => Ends::Phase,
        };
        self.scripted(fields, node, Course::Background { until })
    }

    pub(super) fn watch_step(&mut self, fields: &Fields<'_>, node: &Node) -> StepKind {
        let span = self.required(fields, "a `watch` step", "for", "for: 10m").map(|node| self.positive_span(node));
        let every = fields.get("every").map(|node| self.positive_span(node));
        if let (Some(node), Some(every), Some(span)) = (fields.get("every"), every, span)
            && span > Span::ZERO
            && every > span
        {
            self.say(node.extent, format!("no second look every {every} within {span}"), "look more often, or for longer");
        }
        self.scripted(fields, node, Course::Watch { span: span.unwrap_or_default(), every })
    }

    /// `until: health is up`, or `until: { run: ./ready.sh, every: 10s }`.
    pub(super) fn until(&mut self, fields: &Fields<'_>, node: &Node) -> Option<StepKind> {
        if let Value::Map(_) = node.value {
            let probe = self.fields(node, &words::PROBE)?;
            let script = self.required(&probe, "a probe", "run", "run: ./ready.sh")?;
            if let Some(entry) = fields.entry("for") {
                let help = "make it a criterion on a `script` source, or write the wait into the script";
                self.say(entry.key_extent, "`for` cannot stand beside a probe that is run", help);
            }
            let every = probe.get("every").map_or(EVERY_DEFAULT, |node| self.positive_span(node));
            return Some(self.scripted(&probe, script, Course::Until { every }));
        }
        let hold = fields.get("for").map(|node| self.positive_span(node)).unwrap_or_default();
        let timeout = fields.get("timeout").and_then(|node| self.maybe_span(node));
        if let (Some(node), Some(timeout)) = (fields.get("timeout"), timeout.filter(|timeout| *timeout < hold)) {
            let help = format!("after {timeout} it has failed, and it must hold for {hold}");
            self.say(node.extent, "the timeout is shorter than what is waited for", help);
        }
        let criteria = self.criteria(Some(node));
        let flaws: Vec<_> = criteria.iter().filter_map(|criterion| self.names.too_short(&criterion.test, hold)).collect();
        for (what, help) in flaws {
            self.say(fields.get("for").map_or(node.extent, |node| node.extent), what, help);
        }
        Some(StepKind::Until { hold, criteria })
    }

    /// The script as written. Its variables are environment variables: text put into it would become code.
    pub(in crate::runbook::check) fn script(&mut self, node: &Node, shell: Shell) -> String {
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

    pub(in crate::runbook::check) fn env_names(&mut self, node: Option<&Node>) {
        let Some(Value::Map(entries)) = node.map(|node| &node.value) else { return };
        for entry in entries {
            if !crate::runbook::check::vars::is_env_name(&entry.key) {
                let help = "letters, digits and `_`, beginning with a letter";
                self.say(entry.key_extent, format!("`{}` cannot be an environment variable", entry.key), help);
            }
        }
    }
}

/// `# 1. Fill the caches`: what a script of many lines says of itself.
pub(super) fn outline(script: &str) -> Vec<(String, Option<Span>)> {
    let heading = |line: &str| {
        let text = line.trim().strip_prefix('#')?.trim_start();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let title = text[digits..].strip_prefix(['.', ')'])?.trim();
        (digits > 0 && digits < 3 && !title.is_empty()).then(|| (title.to_owned(), None))
    };
    script.lines().filter_map(heading).take(OUTLINE_MAX).collect()
}

/// Parts of a script that are shown.
const OUTLINE_MAX: usize = 30;
