//! Steps: what is done, and what must be seen for a success.

use super::forms::{AT, CRITERION, ID, PLAIN, PLANNED, REGEX, REQUEST_LINE, SCRIPT, SPAN, TEXT, URL};
use super::people::LINKS;
use super::plan::WHEN;
use super::{Key, Part, Takes, key};

const SHELLS: &[(&str, &str)] = &[("bash", "`bash -o pipefail`"), ("sh", "POSIX `sh`, which knows no pipefail")];

/// The kinds of steps that run a script of their own.
const SCRIPTS: &[&str] = &["run", "background", "watch"];

pub static STEP: Part = Part {
    name: "step",
    noun: "a step",
    about: "One thing that is done. The key that says what it does gives the step its kind. Steps run one after the other: those \
            that a person or a machine does begin with a key, the others by themselves.",
    one_of: &["run", "background", "watch", "until", "manual", "http", "wait", "bake", "message", "choose", "group"],
    any_of: &[],
    keys: &[
        key("id", ID, "id: switch-over", "What the journal calls it.").or("its place: `canary.1`"),
        key("title", TEXT, "title: Send 10 % to blue", "What people call it.").or("its first command, request or time"),
        key("about", TEXT, "about: Green stays as it is.", "What one should know before it."),
        LINKS,
        key(
            "run",
            SCRIPT,
            "run: |\n  # 1. Apply\n  kubectl apply -f deployment.yaml\n  # 2. Wait for it\n  kubectl rollout status deployment/shop",
            "A script, run from a private file, with empty input and no terminal. Variables reach it as environment: `$version`. \
             Its comments `# 1. …` are its outline.",
        ),
        key(
            "background",
            SCRIPT,
            "background: node servers/monitor.js",
            "A script that runs on beside the steps after it, and is stopped at the end of its phase.",
        ),
        key(
            "watch",
            SCRIPT,
            "watch: kubectl get pods\nfor: 10m\nevery: 5s",
            "A script that is looked at for a time, then stopped; that is its success.",
        ),
        key(
            "until",
            Takes::Either(&[Takes::OneOrMore(&CRITERION), Takes::Part(&PROBE)]),
            "until: health is up\ntimeout: 20m",
            "Waits for something outside: criteria, somebody's word (`operator confirms \"…\"`), or a probe that is run. Begins by itself, except with a probe: that is a script, and waits for a key.",
        ),
        key("manual", TEXT, "manual: Open the shop. Does it look right?", "What a person does, and then says that it is done."),
        key(
            "http",
            Takes::Either(&[REQUEST_LINE, Takes::Part(&REQUEST)]),
            "http: POST http://127.0.0.1:8080/deploy",
            "A request: a line, or its parts as keys.",
        ),
        key("wait", SPAN, "wait: 30s", "Lets time pass; begins by itself."),
        key(
            "bake",
            SPAN,
            "bake: 10m\nwhile: [ error_rate < 0.5%, health is up ]",
            "Holds for a time while criteria stay true; begins by itself. Only time whose evidence was good counts.",
        ),
        key(
            "message",
            TEXT,
            "message: Deployment of {{ version }} begins\nto: team",
            "A text for people, in its place among the steps: written here, or the name of one of `messages:`. Whoever has sent it \
             says so.",
        ),
        key(
            "choose",
            TEXT,
            "choose: How do we deploy?\noptions:\n  - { title: Blue-green, steps: [ { run: ./blue-green.sh } ] }\n  - { title: Direct, steps: [ { run: ./direct.sh } ] }",
            "A question with several answers. The steps of the one that is chosen are next; the others are left out.",
        ),
        key(
            "group",
            TEXT,
            "group: Watch everything\nsteps: [ { run: ./memory.sh }, { run: ./cpu.sh } ]",
            "Steps that run beside each other. One key starts them all.",
        ),
        key(
            "while",
            Takes::OneOrMore(&CRITERION),
            "bake: 10m\nwhile: error_rate < 0.5%",
            "What must stay true. A criterion that fails ends the bake; one that is not known stops its clock.",
        )
        .beside(&["bake"]),
        key(
            "for",
            SPAN,
            "until: error_rate < 0.5%\nfor: 2h",
            "How long it is watched; or how long what is waited for must have been true without a break.",
        )
        .beside(&["watch", "until"]),
        key("every", SPAN, "watch: kubectl get pods\nfor: 1m\nevery: 5s", "The script is run again so often.")
            .or("once")
            .beside(&["watch"]),
        key(
            "keep",
            Takes::Either(&[Takes::Flag, Takes::Word(KEEP)]),
            "background: ./server --port 8081\nkeep: true",
            "It runs on for good: nothing here stops it, neither the end of the plan nor a rollback, and the screen says that it was \
             left running. `keep: plan` stops it at the end of the plan.",
        )
        .or("false: it is stopped at the end of its phase")
            .beside(&["background"]),
        key("to", Takes::OneOrMore(&Takes::Name("channel")), "message: Done\nto: team", "The channels it goes to.")
            .beside(&["message"]),
        key("subject", TEXT, "message: All went well.\nsubject: Deployed", "What stands above the text.").beside(&["message"]),
        key(
            "options",
            Takes::List(&Takes::Part(&OPTION)),
            "choose: Smoke test\noptions:\n  - { title: As a script, steps: [ { run: ./smoke.sh } ] }\n  - { title: With npm, steps: [ { run: npm test } ] }",
            "What can be chosen, A first.",
        )
        .beside(&["choose"]),
        key(
            "steps",
            Takes::List(&Takes::Part(&STEP)),
            "group: Both\nsteps: [ { run: ./a.sh }, { run: ./b.sh } ]",
            "What runs beside each other.",
        )
        .beside(&["group"]),
        key("shell", Takes::Word(SHELLS), "shell: sh", "What reads the script.").or("bash").beside(SCRIPTS),
        key("env", Takes::Named("NAME", &TEXT), "env: { REGION: eu }", "More environment for the script, beside the phase's.")
            .beside(SCRIPTS),
        key("dir", TEXT, "dir: /srv/shop", "The folder that the script begins in.")
            .or("the phase's, or where the runbook was started")
            .beside(SCRIPTS),
        key("timeout", SPAN, "timeout: 2m", "The step fails when it takes longer.")
            .or("no limit")
            .beside(&["run", "http", "manual", "until", "message"]),
        key("grace", SPAN, "grace: 30s", "On cancel: the time between TERM and KILL, for the whole tree of processes.")
            .or("10s")
            .beside(&["run", "background", "watch", "until"]),
        key("duration", PLANNED, "duration: 2m..5m", "How long it is expected to take; a range: late after the first, too late after the second."),
        key("at", AT, "at: T+30m", "When it is planned; shown, not waited for.").or("right after the one before"),
        WHEN,
        key(
            "each",
            Takes::Named("NAME", &Takes::List(&TEXT)),
            "run: ssh \"$host\" uptime\neach: { host: [ web-1, web-2 ] }",
            "The step stands for several, one for each value, which it finds under that name.",
        ),
        key(
            "expect",
            Takes::Either(&[Takes::Part(&OUTPUT), Takes::Part(&ANSWER)]),
            "expect: { stdout: patched }",
            "What must be seen for a success, beyond exit code 0 or a status below 400.",
        )
        .beside(&["run", "watch", "http"]),
        key(
            "verify",
            Takes::OneOrMore(&Takes::Either(&[CRITERION, Takes::Part(&STEP)])),
            "verify: [ health is up, look at the dashboard, { run: ./check.sh } ]",
            "What shows that it did what it was to do: a criterion that must come true within two minutes, `look at …` for a \
             person, or a step. Begins by itself after it; if it fails, both can be run again.",
        )
        .beside(&["run", "background", "http", "manual", "message"]),
        key(
            "capture",
            Takes::Either(&[PLAIN, Takes::Named("NAME", &PLAIN)]),
            "run: ./backup.sh\ncapture: { backup: 'written to (\\S+)', rows: $.count }",
            "Takes values from the output for the steps after it, also those of the rollback: `$backup`, `{{ backup }}`. A name \
             alone takes the last line, or what a person types into a manual step; else a regular expression or a JSON path. A step \
             that uses a value which nothing has captured is not begun: the value is asked for, unless the script says what holds \
             without it (`${backup:-none}`).",
        )
        .beside(&["run", "watch", "http", "manual"]),
        key(
            "outline",
            Takes::List(&Takes::Either(&[TEXT, Takes::Named("TITLE", &SPAN)])),
            "outline: [ Traffic to green: 30s, Caches are cleared: 30s ]",
            "What a step of many parts does, in order.",
        )
        .or("the comments `# 1. …` of its script")
        .beside(&["run", "background", "watch", "http", "manual"]),
        key("optional", Takes::Flag, "optional: true", "It may be skipped without a reason.").or("false"),
        key("dangerous", Takes::Flag, "dangerous: true", "Asks once more before it runs.")
            .or("false")
            .beside(&["run", "background", "http", "manual", "message", "group"]),
        key(
            "point_of_no_return",
            TEXT,
            "point_of_no_return: The old tables are dropped",
            "Why nothing leads back once it has begun. Asks once more; from then on no trigger rolls back by itself.",
        )
        .beside(&["run", "background", "http", "manual"]),
        key("second_person", Takes::Flag, "second_person: true", "Somebody besides the one who runs it has to agree before.")
            .or("false")
            .beside(&["run", "background", "http", "manual", "group"]),
        key("warn", TEXT, "warn: From here on everybody uses the new version.", "Shown before it runs."),
        key("owner", Takes::Name("role"), "owner: sre", "The role that sees to it."),
    ],
};

const KEEP: &[(&str, &str)] = &[("plan", "it is stopped at the end of the plan")];

pub static PROBE: Part = Part {
    name: "probe",
    noun: "a probe",
    about: "A script that is run again and again until it succeeds.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("run", SCRIPT, "run: ./is-ready.sh", "The script; exit code 0 ends the waiting.").needed(),
        key("every", SPAN, "every: 30s", "How long after one run the next begins.").or("10s"),
        key("shell", Takes::Word(SHELLS), "shell: sh", "What reads the script.").or("bash"),
        key("env", Takes::Named("NAME", &TEXT), "env: { REGION: eu }", "More environment for the script."),
        key("dir", TEXT, "dir: /srv/shop", "The folder that the script begins in."),
    ],
};

pub static OPTION: Part = Part {
    name: "option",
    noun: "an option",
    about: "One answer to the question of a `choose` step, and what is done then.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("title", TEXT, "title: Blue-green", "What it is called.").needed(),
        key("about", TEXT, "about: recommended, no downtime", "What speaks for it."),
        key(
            "steps",
            Takes::List(&Takes::Part(&STEP)),
            "steps: [ { run: ./blue-green.sh } ]",
            "What is done. Without steps nothing is.",
        ),
    ],
};

const METHODS: &[(&str, &str)] = &[
    ("GET", "reads"),
    ("HEAD", "reads without the body"),
    ("POST", "sends"),
    ("PUT", "replaces"),
    ("PATCH", "changes"),
    ("DELETE", "deletes"),
];

pub static REQUEST: Part = Part {
    name: "request",
    noun: "a request",
    about: "A request with its parts as keys. Answers with a status of 400 and more fail, unless `expect` says otherwise.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("method", Takes::Word(METHODS), "method: PUT", "What is asked.").or("GET; POST with a body"),
        key("url", URL, "url: \"{{ target }}/deploy\"", "Where.").needed(),
        key("headers", Takes::Named("HEADER", &TEXT), "headers: { Authorization: \"Bearer {{ token }}\" }", "Its headers."),
        key(
            "body",
            Takes::Json,
            "body: { version: \"{{ version }}\" }",
            "A text is sent as it is; a mapping or list is sent as JSON, in whose strings variables can't break out.",
        ),
    ],
};

const CONTAINS: Key = key("contains", Takes::OneOrMore(&TEXT), "contains: [ applied, healthy ]", "Texts that must be in it.");
const ABSENT: Key = key("absent", Takes::OneOrMore(&TEXT), "absent: ERROR", "Texts that must not be in it.");
const MATCHES: Key = key(
    "matches",
    Takes::OneOrMore(&REGEX),
    "matches: 'version: 2\\.4\\.\\d+'",
    "Regular expressions that must be found in it; `^` and `$` are the ends of a line.",
);
const JSON: Key = key(
    "json",
    Takes::Named("PATH", &Takes::Json),
    "json: { $.status: healthy }",
    "It is JSON, and each path leads to this value.",
);
const VALUE: Key = key("value", TEXT, "value: 1.0.0", "All of it must be this text, but for white space around it.");
const NUMBER: Key = key(
    "number",
    Takes::Either(&[PLAIN, Takes::Named("EXPRESSION", &PLAIN)]),
    "number: { 'RPS: ([\\d.,]+)': \">= 3895\" }",
    "A number that a regular expression marks with brackets must be so; alone: all of it is the number.",
);

const LINES: Key = key("lines", PLAIN, "lines: \">= 22\"", "How many lines it must have; empty lines at its end do not count.");

pub static OUTPUT: Part = Part {
    name: "output",
    noun: "what a script is expected to do",
    about: "What a script must do for its step to have succeeded: exit code 0 is not always enough.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("exit", Takes::Whole(0, 255), "exit: 3", "The exit code.").or("0"),
        key("stdout", Takes::OneOrMore(&TEXT), "stdout: patched", "The same as `contains`, as one says it."),
        CONTAINS,
        ABSENT,
        MATCHES,
        VALUE,
        NUMBER,
        LINES,
        JSON,
    ],
};

pub static ANSWER: Part = Part {
    name: "answer",
    noun: "an expected answer",
    about: "What a server must answer.",
    one_of: &[],
    any_of: &[],
    keys: &[
        key("status", Takes::Whole(100, 599), "status: 200", "The HTTP status.").or("any below 400; 200 from a source"),
        CONTAINS,
        ABSENT,
        MATCHES,
        VALUE,
        NUMBER,
        LINES,
        JSON,
    ],
};
