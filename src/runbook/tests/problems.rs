//! One mistake, one message: each row is a piece of a runbook and all that is said about it.

use super::{told, with, with_step};

#[track_caller]
fn each(cases: &[(String, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(told(text), *expected, "\n{text}");
    }
}

#[test]
fn of_the_whole_file() {
    each(&[
        (String::new(), &["1:1+1 there is nothing in this file | a runbook begins with `warroom: 1`, a `title:` and `phases:`"]),
        (
            "warroom: 2\nabout: x\n".to_owned(),
            &[
                "1:1+7 a runbook needs `phases:` | add `phases: [ { title: …, steps: […] } ]`",
                "1:1+7 a runbook needs `title:` | add `title: Release 1.0 to production`",
                "1:10+1 `warroom: 2` is a format that is not known here | this program reads `warroom: 1`",
            ],
        ),
        (with("title: Again"), &["4:1+5 `title` is written twice | the first one is at line 2"]),
        (with("roles:"), &["4:1+5 `roles` has no value | write one behind the colon, or remove the key"]),
        (with("contacs: []"), &["4:1+7 unknown key `contacs` in a runbook | did you mean `contacts`?"]),
        (
            with("contacts: Ana"),
            &["4:11+3 a list of contacts was expected; this is a text | begin each one with `- `, or put them in `[ ]`"],
        ),
        (with("timezone: Berlin"), &["4:11+6 unknown time zone `Berlin` | did you mean `Europe/Berlin`?"]),
        (with("t0: 9am"), &["4:5+3 `9am` is not a time of day | write it like `09:00`, from 00:00 to 23:59"]),
        (
            with("window: { opens: 08:00, closes: 08:00 }"),
            &["4:33+5 the window closes when it opens | a closing time before the opening one is on the next day"],
        ),
    ]);
}

#[test]
fn of_variables() {
    each(&[
        (
            with("vars: { a-b: 1, PATH: x, token: { secret: true, default: x }, key: { env: $KEY } }"),
            &[
                "4:9+3 `a-b` cannot be the name of a variable | it becomes an environment variable of the scripts: letters, digits and `_`",
                "4:17+4 the shell itself uses `PATH` | choose another name",
                "4:49+7 a secret with a default | a runbook is no place for a secret: take it from the environment with `env: NAME`",
                "4:75+4 `$KEY` cannot be an environment variable | write the name alone, without `$`: letters, digits and `_`",
            ],
        ),
        (
            with("vars: { host: a, url: 'http://{{ host }}/' }"),
            &[
                "4:31+2 a variable inside the value of a variable | write the value out, or use both variables where they are needed",
            ],
        ),
        (
            with("vars: { version: 1 }\nabout: \"to {{ verison }}\""),
            &["5:15+7 unknown variable `verison` | did you mean `version`?"],
        ),
        (with("about: \"{{ version }\""), &["4:9+2 `{{` without its `}}` | a variable is written `{{ name }}`"]),
        (with("about: see {{ x }}"), &["4:15+1 unknown variable `x` | declare it under `vars:`"]),
    ]);
}

#[test]
fn of_sources() {
    let source = |text: &str| with(&format!("sources: {{ app: {text} }}"));
    each(&[
        (
            source("{ every: 5s }"),
            &[
                "4:19+5 nothing says what to poll | add `health:`, `scrape:`, `json:` or `prometheus:` with an address, or a `script:`",
            ],
        ),
        (
            source("{ scrape: \"http://a/\", json: \"http://a/\" }"),
            &["4:40+4 a source is one thing, not `scrape` and `json` | make two sources of it"],
        ),
        (
            source("{ scrape: localhost:9090 }"),
            &["4:27+14 this is not an http address | write it like `http://127.0.0.1:8080/health` or `{{ target }}/health`"],
        ),
        (source("{ scrape: \"http://a/\", every: 5 }"), &["4:47+1 `5` is not a duration | it needs a unit: `5s`, `5m` or `5h`"]),
        (
            source("{ scrape: \"http://a/\", every: 2s, deadline: 5s }"),
            &[
                "4:61+2 the deadline is longer than the interval | a source is asked once at a time: make `every` at least as long as `deadline`",
            ],
        ),
        (
            source("{ health: \"http://a/\", expect: { status: ok, json: { status: up } } }"),
            &[
                "4:58+2 `ok` is not a number that can stand here | write a whole number from 100 to 599",
                "4:70+6 `status` is not a JSON path | a JSON path begins at the root: `$.status`",
            ],
        ),
    ]);
}

#[test]
fn of_metrics() {
    let metric = |text: &str| {
        with(&format!(
            "sources: {{ app: {{ scrape: \"http://a/\" }}, up: {{ health: \"http://a/\" }} }}\nmetrics: {{ m: {text} }}"
        ))
    };
    each(&[
        (metric("{ source: ap, query: x }"), &["5:25+2 unknown source `ap` | did you mean `app`? sources are defined at line 4"]),
        (
            metric("{ source: up, query: x }"),
            &["5:25+2 `up` is a health source | a health source is up or down and has no numbers: use another kind of source"],
        ),
        (metric("{ source: app, json: $.x }"), &["5:30+4 `json` cannot stand here | use `query:` with this source"]),
        (metric("{ source: app }"), &["5:17+6 a metric needs `query:` | add `query: process_resident_memory_bytes`"]),
        (
            metric("{ source: app, query: \"sum(rate(x[1m])\" }"),
            &["5:41+1 this is not PromQL | the parser says: unclosed left parenthesis"],
        ),
        (
            metric("{ source: app, query: 100 * (foo(x) + 1) }"),
            &["5:44+3 this is not PromQL | the parser says: unknown function with name 'foo'"],
        ),
        (
            metric("{ source: app, query: \"sum(x) + ) 3\" }"),
            &["5:47+1 this is not PromQL | the parser says: unexpected right parenthesis ')'"],
        ),
        (
            metric("{ source: app, query: x, unit: ms, normal: < 1GB, warning: 5 .. 1, critical: lots }"),
            &[
                "5:58+5 `< 1GB` is not a range | write it in ms, or correct the metric's `unit:`",
                "5:74+6 `5 .. 1` is not a range | the lower end comes first: `0.1 .. 1`",
                "5:92+4 `lots` is not a range | write it like `< 0.1`, `0.1 .. 1` or `\">= 3\"`",
            ],
        ),
        (
            with("sources: { app: { scrape: \"http://a/\" } }\nmetrics: { for: { source: app, query: x } }"),
            &["5:12+3 a metric cannot be called `for` | criteria would read it as one of their own words: choose another name"],
        ),
    ]);
}

#[test]
fn of_checklists() {
    each(&[
        (
            with(
                "checklists: [ { title: A, due: soon, items: [ { item: x, owner: bo, field: { ask: When, kind: tme } }, { itm: y } ] }, { title: a, items: [ z ] } ]",
            ),
            &[
                "4:32+4 `soon` is not a planned time | write it like `09:00`, `T+1h`, `T-30m`, `T+1d 14:00`, `Wed 18:00` or `2026-10-31 14:00`",
                "4:65+2 unknown role `bo` | add it under `roles:`",
                "4:95+3 `tme` is not one of the words that can stand here | did you mean `time`?",
                "4:106+3 unknown key `itm` in an item | did you mean `item`?",
                "4:129+1 a second checklist called `a` | give one of them another `id:`",
            ],
        ),
        (
            with("checklists: [ { title: A, items: [ { item: x, field: { ask: When }, items: [ y ] } ] } ]"),
            &[
                "4:47+5 `field` cannot stand here | an item with items of its own is done when they are: put the field into one of them",
            ],
        ),
    ]);
}

#[test]
fn of_steps() {
    each(&[
        (
            with_step("{ title: x }"),
            &[
                "5:9+5 this step does nothing | give it one of run, background, watch, until, manual, http, wait, bake, message, choose, group",
            ],
        ),
        (with_step("{ run: x, bake: 1m }"), &["5:17+4 a step does one thing, not `run` and `bake` | make two steps of it"]),
        (with_step("{ rnu: x }"), &["5:9+3 unknown key `rnu` in a step | did you mean `run`?"]),
        (
            with_step("{ wait: 1m, shell: sh }"),
            &["5:19+5 `shell` means nothing in a `wait` step | it belongs to steps with `run:` or `background:` or `watch:`"],
        ),
        (
            with_step("{ http: http://a/, grace: 1s }"),
            &[
                "5:26+5 `grace` means nothing in a `http` step | it belongs to steps with `run:` or `background:` or `watch:` or `until:`",
            ],
        ),
        (with_step("{ bake: 5m }"), &["5:9+4 a bake that watches nothing | add `while: [ health is up ]`, or make it a `wait:`"]),
        (
            with_step("{ bake: 5m, while: [] }"),
            &["5:26+2 an empty list of criteria always holds | write a criterion into it, or remove the key"],
        ),
        (with_step("{ wait: 0s }"), &["5:15+2 no time at all | write a duration of at least `1s`"]),
        (with_step("{ run: x, dangerous: yes }"), &["5:28+3 `yes` is neither true nor false | write `true` or `false`"]),
        (
            with_step("{ run: x, expect: { status: 200 } }"),
            &[
                "5:27+6 unknown key `status` in what a script is expected to do | known here: exit, stdout, contains, absent, matches, value, number, lines, json",
            ],
        ),
        (
            with_step("{ run: \"deploy {{ version }}\" }"),
            &["5:22+13 `{{ version }}` inside a script | variables reach a script as environment: write `\"$version\"`"],
        ),
        (
            with_step("{ run: \"#!/usr/bin/python3\\nprint(1)\" }, { run: \"#! /bin/sh -e\", shell: sh }"),
            &[
                "5:15+18 a shebang has no effect | scripts are run by bash; set `shell:` or call the interpreter",
                "5:56+13 a shebang has no effect | this script is run by sh; remove it, or call the interpreter",
            ],
        ),
        (with_step("{ http: PSOT http://a/ }"), &["5:15+4 `PSOT` is not a method | did you mean `POST`?"]),
        (
            with_step("{ run: x, owner: ana, duration: 30m..15m }"),
            &[
                "5:24+3 unknown role `ana` | add it under `roles:`",
                "5:39+8 `30m..15m` is not a duration | the shorter one comes first: `15m..30m`",
            ],
        ),
        (with_step("{ id: a, run: x }, { id: a, run: y }"), &["5:32+1 a second step called `a` | the first one is at line 5"]),
    ]);
}

#[test]
fn of_phases_gates_triggers_and_the_rollback() {
    each(&[
        (
            "warroom: 1\ntitle: x\nphases: [ { title: One, steps: [ { run: x } ] }, { title: one, gate: { poll: [ cmd ], no_go: rollback } }, { title: Hold } ]\nroles: { cmdr: Commander }".to_owned(),
            &[
                "3:59+3 a second phase called `one` | the first one is at line 3; give one of them another `id:`",
                "3:80+3 unknown role `cmd` | did you mean `cmdr`? roles are defined at line 4",
                "3:94+8 there is no rollback in this runbook | add `rollback: { budget: 5m, steps: […] }`",
                "3:110+5 a phase with nothing in it | give it `steps:` or a `gate:`",
                "3:117+4 a phase cannot be called `hold` | `no_go:` would take it for its own word: give the phase another `id:`",
            ],
        ),
        (
            with("triggers: [ { when: operator confirms \"x\", then: rolback, during: two }, { for: 5s, then: propose, countdown: 1s } ]"),
            &[
                "4:50+7 `rolback` is not one of the words that can stand here | did you mean `rollback`?",
                "4:67+3 unknown phase `two` | known here: one; phases are defined at line 3",
                "4:76+3 a trigger needs `when:` | add `when: error_rate > 5%`",
                "4:91+7 there is no rollback in this runbook | add `rollback: { budget: 5m, steps: […] }`",
                "4:100+9 nothing is counted down here | only `then: rollback` starts by itself, after a countdown",
            ],
        ),
        (
            with("rollback: { steps: [] }"),
            &[
                "4:13+5 the rollback needs `budget:` | add `budget: 5m`",
                "4:20+2 a list without a step | add one: `- run: echo hello`",
            ],
        ),
        (
            "warroom: 1\ntitle: x\nroles: { sre: { votes: false } }\nphases: [ { title: a, gate: { poll: [ sre, sre ] } } ]".to_owned(),
            &["4:39+3 `sre` does not vote | its role says `votes: false` or `may: observe`", "4:44+3 `sre` is polled twice | each role votes once"],
        ),
    ]);
}

#[test]
fn keys_that_do_not_exist_yet_are_named_as_unknown() {
    for key in ["vaults", "sign_on"] {
        let said = told(&with(&format!("{key}: []")));
        assert_eq!(said.len(), 1);
        assert!(said[0].contains(&format!("unknown key `{key}` in a runbook")), "{said:?}");
    }
}

#[test]
fn a_problem_in_a_script_of_many_lines_points_at_its_line() {
    let text = "warroom: 1\ntitle: x\nvars: { version: 1 }\nphases:\n  - title: a\n    steps:\n      - run: |\n          set -e\n          deploy {{ version }}\n";
    assert_eq!(
        told(text),
        ["9:18+13 `{{ version }}` inside a script | variables reach a script as environment: write `\"$version\"`"]
    );
}

#[test]
fn of_names() {
    each(&[
        (
            with("roles: { on call: x, 2nd: y }"),
            &[
                "4:10+7 `on call` cannot be a name | names are made of letters, digits, `_` and `-`, and begin with a letter",
                "4:22+3 `2nd` cannot be a name | names are made of letters, digits, `_` and `-`, and begin with a letter",
            ],
        ),
        (
            "warroom: 1\ntitle: x\nphases: [ { id: 2, steps: [ { id: a.b, run: x } ] } ]".to_owned(),
            &["3:35+3 `a.b` cannot be an id | ids are made of letters, digits, `_` and `-`"],
        ),
    ]);
}

#[test]
fn of_times_that_no_samples_can_prove() {
    let section = |section: &str| {
        with(&format!(
            "sources: {{ app: {{ scrape: \"http://a/\", every: 10s }}, up: {{ health: \"http://a/\", every: 1s }} }}\nmetrics: {{ m: {{ source: app, query: x, critical: \"> 1\" }} }}\n{section}"
        ))
    };
    let trigger = |trigger: &str| section(&format!("triggers: [ {{ {trigger} }} ]"));
    let short = "is shorter than the interval of the source `app`, 10s | samples cannot prove it: write at least `10s`, or poll `app` more often";
    let cases = [
        (trigger("when: m > 1 for 9s"), format!("6:31+2 `9s` {short}")),
        (trigger("when: no critical metrics for 5s"), format!("6:45+2 `5s` {short}")),
        (trigger("when: m > 1 and health is down, for: 5s"), format!("6:52+2 `5s` {short}")),
        (trigger("when: m grows > 1 in 5s"), format!("6:36+2 `5s` {short}")),
        (section("rollback: { budget: 5m, steps: [ { bake: 5s, while: m < 1 } ] }"), format!("6:42+2 `5s` {short}")),
    ];
    for (text, said) in cases {
        assert_eq!(told(&text), [said], "\n{text}");
    }
    for fine in [
        "when: m > 1 for 10s",
        "when: m > 1",
        "when: m > 1 for 10h",
        "when: health is down, for: 7d",
        "when: health is down, for: 1s",
    ] {
        super::good(&trigger(fine));
    }
    super::good(&section("rollback: { budget: 5m, steps: [ { bake: 10h, while: health is up } ] }"));
}

#[test]
fn of_watches_and_of_lists_for_the_rollback() {
    let watches = "watch:
  - { title: Day, every: 5m, items: [ a ] }
  - { title: Day, every: { 5m: 1h, 30m: 80m }, for: 2h, items: [ b ] }
  - { title: Night, every: 1h, for: 2h, from: nowhere, items: [ c ] }
checklists: [ { title: Back, when: rollback, due: T, items: [ a ] } ]";
    assert_eq!(
        told(&with(watches)),
        [
            "5:7+5 a watch without an end | add `for: 1h`, or a phase: `during: canary`",
            "6:14+3 a second watch called `day` | give one of them another `id:`",
            "6:41+3 no tick every 30:00 before 1h20m | each is counted from the beginning of the watch, and at least one tick has to fit behind the one before",
            "6:48+3 `for` cannot stand beside several rhythms | the last of them says when it ends",
            "7:47+7 `nowhere` is neither a phase nor a planned time | known here: one",
            "8:46+3 `due` cannot stand beside `when: rollback` | nobody plans when that begins",
        ]
    );
}

#[test]
fn of_messages_that_steps_name_and_of_what_channels_are_for() {
    let messages = "messages: { begun: { text: It begins. } }";
    each(&[
        (
            format!("{}\n{messages}", with_step("{ message: begum }")),
            &["5:18+5 unknown message `begum` | did you mean `begun`? messages are defined at line 8"],
        ),
        (
            with("channels: { team: { slack: x, for: [ critical, rolback ] } }"),
            &["4:48+7 `rolback` is not one of the words that can stand here | did you mean `rollback`?"],
        ),
    ]);
}

#[test]
fn of_what_is_there_twice_or_cannot_come_true() {
    each(&[
        (
            with("roles: { qa: QA }\nsign_off: { roles: qa, verdicts: [ a, a ] }"),
            &["5:39+1 `a` is a verdict twice | each verdict says something else"],
        ),
        (
            with_step("{ choose: How, options: [ { title: a }, { title: a } ] }"),
            &["5:56+1 a second option `a` | say what is different about it"],
        ),
        (
            with("checklists: [ { title: x, items: [ a, { item: a }, { item: a, owner: qa } ] } ]\nroles: { qa: QA }"),
            &["4:47+1 a second item `a` in this list | say what is different about it"],
        ),
        (
            with("guides: [ { title: a, text: x }, { title: a, text: y } ]"),
            &["4:43+1 a second guide with the title `a` | give one of them another `title:`"],
        ),
        (
            with("sources: { a: { health: \"http://a/\" } }").replace("run: 'true'", "until: a is up, for: 5m, timeout: 1m"),
            &["3:67+2 the timeout is shorter than what is waited for | after 1:00 it has failed, and it must hold for 5:00"],
        ),
        (
            with("watch: [ { title: a, every: 2h, for: 1h, items: [ x ] } ]"),
            &["4:29+2 no tick every 2h00m before 1h00m | look more often, or for longer"],
        ),
        (
            with_step("{ watch: df, every: 2h, for: 1h }"),
            &["5:27+2 no second look every 2h00m within 1h00m | look more often, or for longer"],
        ),
    ]);
}
