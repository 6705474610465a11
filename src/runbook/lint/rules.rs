//! The rules: what each is called, what it finds, and why that matters at night.

use super::super::notes::suggest;

/// Something that a runbook may say, and that an experienced commander would ask about.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// As `# warroom: allow NAME` says it.
    pub name: &'static str,
    /// What it finds, in a line.
    pub finds: &'static str,
    /// Why that matters, and what to do.
    pub why: &'static str,
    /// A line that it finds something in.
    pub wrong: &'static str,
    /// The same as it would be right.
    pub right: &'static str,
}

macro_rules! rules {
    ($($constant:ident = $name:literal, $finds:literal, $why:literal, $wrong:literal => $right:literal;)*) => {
        $(pub(super) static $constant: Rule = Rule { name: $name, finds: $finds, why: $why, wrong: $wrong, right: $right };)*
        /// Every rule, in the order of `warroom check --rules`.
        pub static RULES: &[&Rule] = &[$(&$constant),*];
    };
}

rules! {
    PLACEHOLDER = "placeholder", "what somebody still has to fill in: `[Name]`, `XXX`, `<VERSION>`, `{token}`, `____`, `YYYY-MM-DD`, `…`, `TODO`",
        "At 02:10 nobody remembers what was meant to stand there. Write it, or make it a variable that is asked for at the start.",
        "- run: ./deploy.sh <VERSION>" => "- run: ./deploy.sh \"$version\"";
    MISSING_ENV = "missing-env", "a variable is read from an environment variable that is not set here",
        "The room will not open without it. Set it in the session from which the deployment is run, or give the variable a default.",
        "cf_token: { env: CF_TOKEN, secret: true }" => "export CF_TOKEN=…     # before `warroom run`";
    MISSING_PROGRAM = "missing-program", "a script calls a program that is not on PATH here",
        "The step would fail with exit code 127 in the middle of the plan. Install it, correct its name, or check on the machine \
         from which the deployment is run; `--elsewhere` says that this machine is not the one.",
        "- run: kubeclt apply -f shop.yaml" => "- run: kubectl apply -f shop.yaml";
    PHASES_OVERLAP = "phases-overlap", "a phase is planned to begin before the one before it has ended",
        "One of the two times is wrong, and everything behind them will be late.",
        "{ title: A, at: T, duration: 1h, … }, { title: B, at: T+30m, … }" => "{ title: B, at: T+1h, … }";
    WINDOW_TOO_SHORT = "window-too-short", "the plan and its rollback do not fit into the window",
        "When the last gate says no-go there must be time left for the whole rollback. Begin earlier, cut the plan, or agree on a \
         longer window.",
        "window: { opens: \"22:00\", closes: \"23:00\" }     # with 55 min of phases and a rollback of 10m" =>
        "window: { opens: \"22:00\", closes: \"23:30\" }";
    OUTSIDE_WINDOW = "outside-window", "the plan begins before the window opens, or after it has closed",
        "Nobody agreed to a change at that time. Correct `t0:`, or agree on another window.",
        "t0: \"12:00\"     # with a window from 22:00 to 23:00" => "t0: \"22:15\"";
    STEPS_TOO_LONG = "steps-too-long", "the steps of a phase, or of the rollback, take longer than is planned for it",
        "What is shown as time left is wrong from the start, and the rollback may no longer fit into the window. Plan more time, or \
         cut the steps.",
        "{ title: A, duration: 10m, steps: [ { wait: 2h } ] }" => "{ title: A, duration: 2h, steps: [ { wait: 2h } ] }";
    GATE_TOO_LOOSE = "gate-too-loose", "a gate passes while one of its metrics is critical",
        "The screen says CRIT and the gate says pass: one of the two limits is wrong. Ask the gate for less than the critical \
         band, or add `no critical metrics`.",
        "require: error_rate < 5%     # critical: \"> 1%\"" => "require: error_rate < 0.5%";
    VERIFY_TOO_LOOSE = "verify-too-loose", "a rollback counts as verified at values at which a trigger fires",
        "What was bad enough to go back for cannot be the proof that going back helped. Ask for less than the trigger's limit.",
        "verify: error_rate < 50%     # a trigger fires at `error_rate > 3%`" => "verify: error_rate < 1%";
    NOBODY_VOTES = "nobody-votes", "a gate is polled of a role that nobody is named for, while others are",
        "At the gate nobody has this seat: it waits until the commander gives the role to somebody or records a vote by voice. \
         Say who holds it, by accounts, by a Unix group, or by a contact who is called.",
        "sre: { title: SRE lead }     # polled, and nobody holds it" => "sre: { title: SRE lead, people: [ bob ] }";
    GUESSED_REFUSAL = "guessed-refusal", "verdicts of which the last is taken for a refusal, though it does not read like one",
        "Without `refuses:` the last of several verdicts does not accept the deployment: it then reads NOT ACCEPTED and the exit code is \
         3. Say which of them refuse, or put the one that does last.",
        "verdicts: [ yes, no, partial ]" => "{ verdicts: [ yes, no, partial ], refuses: no }";
    FINDS_ITSELF = "finds-itself", "a search among processes that also finds whoever searches: `pkill -f`, `ps … | grep`",
        "`pkill -f shop` stops every process that mentions `shop`: the `sudo` or `ssh` that it runs under, an editor, a `tail`. \
         `ps | grep shop` always finds the `grep`. Use a PID file, `systemctl`, `pgrep -x`, or `grep '[s]hop'`.",
        "- run: ps aux | grep shop" => "- run: pgrep -x shop";
    MASKED_EXIT = "masked-exit", "a failure that is hidden: `|| true`, a `;` or pipe that ends well, `export X=$(…)`",
        "The step says done whatever happened. Let it fail; if the failure is expected, say so where it is seen: `if ! …; then …`, \
         or `expect: { exit: 1 }`.",
        "- run: ./migrate.sh || true" => "- run: ./migrate.sh";
    IGNORED_EXIT = "ignored-exit", "a command may fail unseen, because others follow and only the last one counts",
        "A script goes on after a command that failed, and its exit code is that of the last one. Begin with `set -e`, or join \
         the commands with `&&`.",
        "- run: ./build.sh; ./deploy.sh" => "- run: ./build.sh && ./deploy.sh";
    CUT_PIPE = "cut-pipe", "a pipe into `head`, which stops reading: with `pipefail` the step may then fail",
        "What still writes into a closed pipe is killed, and steps run with `pipefail`: the step fails on the night on which there is \
         more to print than usual. Read to the end.",
        "- run: kubectl get events | head -20" => "- run: kubectl get events | sed -n 1,20p";
    NEVER_ENDS = "never-ends", "a command that does not end by itself: `tail -f`, `watch`, `kubectl logs -f`",
        "The plan stands still until somebody stops the step, which is then a step that failed. Ask for so much and no more \
         (`tail -n 50`, `--timeout=2m`, `timeout 60 …`), look at it for a while with a `watch:` step, or let it run beside the plan \
         with `background:`.",
        "- run: kubectl logs -f deployment/shop" => "- run: kubectl logs --since=5m deployment/shop";
    WANTS_TERMINAL = "wants-terminal", "a command that wants a terminal or a person: `-it`, `ssh -t`, `top`, `less`, editors",
        "Scripts have empty input and no terminal: it fails at once, or waits for ever. Use what works without (`top -b -n 1`, \
         `kubectl exec pod -- …`), or make it a `manual:` step.",
        "- run: kubectl exec -it shop-0 -- redis-cli ping" => "- run: kubectl exec shop-0 -- redis-cli ping";
    NOT_DANGEROUS = "not-dangerous", "a destructive command in a step that is not marked `dangerous: true`",
        "What cannot be taken back asks once more before it runs. Mark the step, so that Enter alone does not start it.",
        "- run: kubectl delete namespace shop-blue" => "- { run: kubectl delete namespace shop-blue, dangerous: true }";
    NO_TIMEOUT = "no-timeout", "a script calls the network, and nothing says how long it may take",
        "A connection that hangs, hangs for hours. Give the step a `timeout:`; it then fails and can be tried again.",
        "- run: curl -fsS http://shop/ready" => "- { run: curl -fsS http://shop/ready, timeout: 10s }";
    SECRET_IN_URL = "secret-in-url", "a secret stands in an address",
        "Addresses end up in the logs of proxies and servers, and in `ps`. Send it as a header.",
        "health: \"https://shop/health?token={{ token }}\"" => "{ health: \"https://shop/health\", headers: { Authorization: \"Bearer {{ token }}\" } }";
    UNKNOWN_VAR = "unknown-var", "a script uses a variable that neither the runbook nor the script declares",
        "An unset variable is an empty text: `rm -rf \"$dir/data\"` becomes `rm -rf /data`. Correct its name, or declare it under \
         `vars:` (with `env:` if it comes from the environment).",
        "- run: ./deploy.sh \"$verison\"" => "- run: ./deploy.sh \"$version\"";
    NOT_CAPTURED = "not-captured", "a value is used where the step that captures it may not have run",
        "The room does not begin the step: it asks for the value first, and at night somebody has to look it up. Capture it \
         before anything is changed, or say in the script what holds without it: `${backup:-none}`.",
        "rollback: … run: ./restore.sh \"$backup\"     # captured in the third phase" => "{ run: ./restore.sh \"$backup\", when: { ask: Is the database damaged? } }";
    UNUSED_VAR = "unused-var", "a variable is declared and never used",
        "Whoever gives it a value believes that it matters. Use it or remove it; if a script that is called reads it, allow it.",
        "vars: { version: 2.4.0, verison_old: 2.3.0 }" => "vars: { version: 2.4.0 }";
    SOURCE_DOWN = "source-down", "a source does not answer as it should (only with `--probe`)",
        "Its gauges will say `?` and its gates will not pass. Correct the address, open the way, or start the service.",
        "health: \"http://shop:8081/health\"     # nothing listens there" => "health: \"http://shop:8080/health\"";
    UNUSED_ALLOW = "unused-allow", "an `allow` that allows nothing",
        "What it excused is gone, or stands on another line. Remove it: the next one who writes there should be warned.",
        "- run: ./deploy.sh     # warroom: allow masked-exit" => "- run: ./deploy.sh";
}

/// The rule of that name, or the help about a name that is none.
pub fn rule(name: &str) -> Result<&'static Rule, String> {
    let found = RULES.iter().find(|rule| rule.name == name).copied();
    found.ok_or_else(|| suggest(name, RULES.iter().map(|rule| rule.name)).unwrap_or_default())
}
