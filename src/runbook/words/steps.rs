//! Steps: what is done, and what must be seen for a success.

use super::forms::{ID, PLANNED, REGEX, REQUEST_LINE, SCRIPT, SPAN, TEXT, URL};
use super::{Key, Part, Takes, key};

const SHELLS: &[(&str, &str)] = &[("bash", "`bash -o pipefail`"), ("sh", "POSIX `sh`, which knows no pipefail")];

pub static STEP: Part = Part {
    name: "step",
    noun: "a step",
    about: "One thing that is done. The key that says what it does gives the step its kind.",
    one_of: &["run", "manual", "http", "wait", "bake"],
    any_of: &[],
    keys: &[
        key("id", ID, "id: switch-over", "What the journal calls it.").or("its place: `canary.1`"),
        key("title", TEXT, "title: Send 10 % to blue", "What people call it.").or("its first command, request or time"),
        key(
            "run",
            SCRIPT,
            "run: |\n  # 1. Apply\n  kubectl apply -f deployment.yaml\n  # 2. Wait for it\n  kubectl rollout status deployment/shop",
            "A script, run from a private file, with empty input and no terminal. Variables reach it as environment: `$version`. \
             Its comments are its outline.",
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
            "while",
            Takes::OneOrMore(&super::forms::CRITERION),
            "bake: 10m\nwhile: error_rate < 0.5%",
            "What must stay true. A criterion that fails ends the bake; one that is not known stops its clock.",
        )
        .beside(&["bake"]),
        key("shell", Takes::Word(SHELLS), "shell: sh", "What reads the script.").or("bash").beside(&["run"]),
        key("env", Takes::Named("NAME", &TEXT), "env: { REGION: eu }", "More environment for the script.").beside(&["run"]),
        key("dir", TEXT, "dir: /srv/shop", "The folder that the script begins in.")
            .or("where the runbook was started")
            .beside(&["run"]),
        key("timeout", SPAN, "timeout: 2m", "The step fails when it takes longer.")
            .or("no limit")
            .beside(&["run", "http", "manual"]),
        key("grace", SPAN, "grace: 30s", "On cancel: the time between TERM and KILL, for the whole tree of processes.")
            .or("10s")
            .beside(&["run"]),
        key("duration", PLANNED, "duration: 2m..5m", "How long it is expected to take."),
        key(
            "expect",
            Takes::Either(&[Takes::Part(&OUTPUT), Takes::Part(&ANSWER)]),
            "expect: { stdout: patched }",
            "What must be seen for a success, beyond exit code 0 or a status below 400.",
        )
        .beside(&["run", "http"]),
        key("optional", Takes::Flag, "optional: true", "It may be skipped without a reason.").or("false"),
        key("dangerous", Takes::Flag, "dangerous: true", "Asks once more before it runs.")
            .or("false")
            .beside(&["run", "http", "manual"]),
        key("warn", TEXT, "warn: From here on everybody uses the new version.", "Shown before it runs."),
        key("owner", Takes::Name("role"), "owner: sre", "The role that sees to it."),
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
        JSON,
    ],
};
