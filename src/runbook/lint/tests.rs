//! What is asked about, and what is not: each row is a piece of a runbook and the warnings about it.

use super::{Here, RULES, examine};

/// A machine that has `TOKEN` in its environment, and these programs.
const PROGRAMS: [&str; 8] = ["kubectl", "curl", "ssh", "grep", "ps", "deploy", "sudo", "cat"];

fn warned(text: &str) -> Vec<String> {
    let env = |name: &str| name == "TOKEN";
    let program = |name: &str| PROGRAMS.contains(&name);
    let here = Here { env: &env, program: &program, down: None };
    said(text, Some(here))
}

fn said(text: &str, here: Option<Here<'_>>) -> Vec<String> {
    let (_, warnings) = examine("plan.yaml", text, here).unwrap_or_else(|problems| panic!("{problems}"));
    let line = |one: &super::Warning| format!("{}:{} {}", one.problem.line, one.problem.column, one.rule.name);
    warnings.warnings.iter().map(line).collect()
}

/// A plan whose only step has these lines; the first is line 6, its text begins in column 9.
fn step(lines: &str) -> String {
    let lines = lines.replace('\n', "\n        ");
    format!("warroom: 1\ntitle: x\nphases:\n  - title: a\n    steps:\n      - {lines}\n")
}

/// What is said about a script on its own, by rule; nothing of what the machine has.
fn about(script: &str) -> Vec<String> {
    let script = script.replace('\n', "\n            ");
    let text = step(&format!("timeout: 1m\nrun: |\n    {}", script.trim_start()));
    said(&text, None).into_iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

#[track_caller]
fn each(cases: &[(&str, &[&str])]) {
    for (script, expected) in cases {
        assert_eq!(about(script), *expected, "\n{script}");
    }
}

#[test]
fn failures_that_nobody_would_see() {
    each(&[
        ("./migrate || true", &["masked-exit"]),
        ("./migrate || echo failed", &["masked-exit"]),
        ("./migrate || { echo failed; exit 1; }", &[]),
        ("[ -f x ] || echo none", &[]),
        ("if ./migrate; then echo yes; fi", &[]),
        ("./migrate\ntrue", &["masked-exit"]),
        ("./migrate; exit 0", &["masked-exit"]),
        ("export X=$(./migrate)", &["masked-exit"]),
        ("x=$(./migrate); echo \"$x\"", &["ignored-exit"]),
        ("x=$(./migrate) && echo \"$x\"", &[]),
        ("x=$(./migrate) || exit 3; echo \"$x\"", &[]),
        ("x=$(date +%s); echo \"$x\"", &[]),
        ("set -e; x=`./migrate`; echo \"$x\"", &[]),
        ("x=$(./migrate)", &[]),
        ("f() { local x=$(./migrate); echo \"$x\"; }; f", &["masked-exit"]),
        ("./a; ./b", &["ignored-exit"]),
        ("./a\n./b\n./c", &["ignored-exit"]),
        ("set -euo pipefail\n./a\n./b", &[]),
        ("./a && ./b", &[]),
        ("./a | ./b", &[]),
        ("set +o pipefail\n./a | ./b", &["masked-exit"]),
        ("ssh host './a | ./b'", &["masked-exit"]),
        ("ssh host 'set -o pipefail; ./a | ./b'", &[]),
        ("ssh host \"bash -o pipefail -c './a | ./b'\"", &[]),
        ("ssh host 'echo a | ./b'", &[]),
        ("ssh host ./a | ./b", &[]),
        ("kubectl exec pod -- sh -c './a | ./b'", &["masked-exit"]),
        ("curl -s http://a/ | jq .status", &["masked-exit"]),
        ("curl -fsS http://a/ | jq .status", &[]),
        ("curl -s --fail-with-body http://a/ | jq .status", &[]),
        ("curl -s -o /dev/null -w '%{http_code}' http://a/ | ./b", &[]),
        ("journalctl -u shop | head -n 5", &["cut-pipe"]),
        ("journalctl -u shop | sed -n 1,5p", &[]),
        ("echo a | head -n 5", &[]),
        ("echo a\nsleep 1\n./b", &[]),
        ("./a\nif [ $? -ne 0 ]; then exit 3; fi", &[]),
    ]);
    assert_eq!(said(&step("{ run: ./a | ./b, shell: sh }"), None), ["6:16 masked-exit"]);
    let seen = step("{ run: \"curl -s http://a/ | jq .status\", timeout: 1m, expect: { contains: up } }");
    assert_eq!(said(&seen, None), [""; 0], "what is expected shows the failure");
}

#[test]
fn commands_that_never_end_or_want_a_person() {
    each(&[
        ("tail -f log", &["never-ends"]),
        ("tail -n 5 log", &[]),
        ("timeout 60 tail -f log", &[]),
        ("tail -f log | grep -m1 ready", &[]),
        ("tail -f log | grep ready | tee seen", &["never-ends"]),
        ("journalctl -f | sed /ready/q", &[]),
        ("watch kubectl get pods", &["never-ends"]),
        ("kubectl -n shop logs -f deploy/shop", &["never-ends"]),
        ("kubectl get pods -w", &["never-ends"]),
        ("docker compose up", &["never-ends"]),
        ("docker compose up -d", &[]),
        ("ping host", &["never-ends"]),
        ("while true; do sleep 1; done", &["never-ends"]),
        ("while true; do [ -f x ] && break; done", &[]),
        ("set -e; while true; do ./a; done; exit 3", &["never-ends"]),
        ("while :; do for i in 1 2; do break; done; done", &["never-ends"]),
        ("until false; do ./a; done", &["never-ends"]),
        ("until false; do ./a && exit 0; done", &[]),
        ("until ./a; do sleep 1; done", &[]),
        ("if true; then ./a; fi", &[]),
        ("sleep infinity", &["never-ends"]),
        ("sleep 5", &[]),
        ("nc -l 8080", &["never-ends"]),
        ("nc -z host 8080", &[]),
        ("kubectl exec -it shop-0 -- sh", &["wants-terminal"]),
        ("kubectl exec shop-0 -- ls -t", &[]),
        ("docker exec -it shop redis-cli", &["wants-terminal"]),
        ("docker exec shop ls -t", &[]),
        ("ssh -t host uptime", &["wants-terminal"]),
        ("ssh host 'top'", &["wants-terminal"]),
        ("top -b -n 1", &[]),
        ("kubectl edit deploy/shop", &["wants-terminal"]),
        ("read -rp 'Go on?' answer", &["wants-terminal"]),
        ("sudo vim /etc/hosts", &["wants-terminal"]),
    ]);
}

#[test]
fn what_cannot_be_taken_back_must_be_marked() {
    let destructive = [
        "rm -rf /srv/old",
        "sudo rm -r x",
        "kubectl delete ns shop",
        "docker system prune -f",
        "terraform destroy -auto-approve",
        "git push --force",
        "git push origin +main",
        "dd if=a of=/dev/sda",
        "mkfs.ext4 /dev/sdb1",
        "shutdown -h now",
        "psql -c 'DROP TABLE users'",
        "psql <<EOF\ndelete from users;\nEOF",
        "ssh host 'rm -rf /srv/old'",
        "docker exec -i pg psql -U shop -c 'DROP TABLE users'",
        "docker compose exec -e A=1 db mysql -e 'TRUNCATE orders'",
        "kubectl exec -n shop pg-0 -- psql -c \"TRUNCATE orders\"",
        "kubectl exec pg-0 -- sh -c \"psql -c 'DROP SCHEMA shop'\"",
        "ssh host \"docker exec pg psql -c 'DROP DATABASE shop'\"",
        "echo 'DROP TABLE users' | psql",
        "echo 'DROP TABLE users' | docker exec -i pg psql",
        "psql <<< 'DELETE FROM users'",
        "kubectl exec -i pg-0 -- psql <<< 'DELETE FROM users'",
        "psql -c 'UPDATE users SET admin = true'",
        "pg_restore --clean -d shop shop.dump",
        "find . -name x -delete",
        "redis-cli flushall",
        "git reset --hard HEAD~1",
        "ls | xargs rm -rf",
    ];
    for script in destructive {
        assert_eq!(about(script), ["not-dangerous"], "{script}");
        let marked = step(&format!("timeout: 1m\ndangerous: true\nrun: |\n    {}", script.replace('\n', "\n            ")));
        assert_eq!(said(&marked, None), [""; 0], "{script}");
    }
    each(&[
        ("rm x", &[]),
        ("rm -rf /tmp/build", &[]),
        ("psql -c 'DELETE FROM users WHERE old'", &[]),
        ("docker exec pg psql -c 'SELECT 1'", &[]),
        ("pg_restore -d shop shop.dump", &[]),
        ("echo 'SELECT 1' | psql", &[]),
        ("echo 'DROP TABLE users; rm -rf /'", &[]),
        ("git push origin main", &[]),
    ]);
    let back = "warroom: 1\ntitle: x\nphases: [ { title: a, steps: [ { run: x } ] } ]\nrollback: { budget: 1m, steps: [ { run: rm -rf /srv/new } ] }\n";
    assert_eq!(said(back, None), [""; 0], "a rollback was asked for");
}

#[test]
fn searches_that_find_the_searcher() {
    each(&[
        ("pkill -f shop", &["finds-itself"]),
        ("pkill -x shop", &[]),
        ("ps aux | grep shop", &["finds-itself"]),
        ("ps aux | sort | grep shop | sed 1q", &["finds-itself"]),
        ("ps aux | grep '[s]hop'", &[]),
        ("ps aux | grep shop | grep -v grep", &[]),
        ("kill $(pgrep -f shop)", &["finds-itself"]),
    ]);
}

#[test]
fn calls_over_the_network_have_an_end() {
    let text = |keys: &str| said(&step(&format!("run: curl -f http://a/{keys}")), None);
    assert_eq!(text(""), ["6:14 no-timeout"]);
    assert_eq!(text("\ntimeout: 5s"), [""; 0]);
    assert_eq!(said(&step("run: curl -m 5 http://a/"), None), [""; 0]);
    assert_eq!(said(&step("run: ./deploy.sh"), None), [""; 0]);
}

#[test]
fn variables_are_declared_and_used() {
    let plan = |vars: &str, rest: &str| {
        said(&format!("warroom: 1\ntitle: x\nvars: {{ {vars} }}\nphases: [ {{ title: a, steps: [ {rest} ] }} ]\n"), None)
    };
    assert_eq!(plan("version: 1", "{ run: 'deploy $version' }"), [""; 0]);
    assert_eq!(plan("version: 1", "{ run: 'deploy $verison $version' }"), ["4:48 unknown-var"]);
    assert_eq!(plan("version: 1", "{ run: deploy }"), ["3:9 unused-var"]);
    assert_eq!(plan("version: 1", "{ manual: 'look at {{ version }}' }"), [""; 0]);
    assert_eq!(
        plan("a: 1", "{ run: 'b=1; c $a $b ${d:-2} $HOME \"$LC_ALL\" $(( i + 1 ))', env: { e: x } }, { run: 'f $e' }"),
        [""; 0]
    );
    assert_eq!(plan("a: 1", "{ run: '. ./env && b $c $a' }"), [""; 0]);
}

#[test]
fn what_this_machine_has_not() {
    let vars = "vars: { token: { env: TOKEN, secret: true }, key: { env: API_KEY }, kind: { env: KIND, default: x } }";
    let run =
        "curl $token $key $kind; kubeclt apply; ./deploy.sh; sudo deploy; helm x; command -v gsed && gsed x; f() { cat; }; f";
    let text =
        format!("warroom: 1\ntitle: x\n{vars}\nphases: [ {{ title: a, steps: [ {{ timeout: 1m, run: 'set -e; {run}' }} ] }} ]\n");
    assert_eq!(warned(&text), ["3:58 missing-env", "4:85 missing-program", "4:126 missing-program"]);
    assert_eq!(said(&text, None), [""; 0]);
    let env = |_: &str| false;
    let here = Here { env: &env, program: &|_| true, down: None };
    let capitals = step("run: deploy $REGION");
    assert_eq!(said(&capitals, Some(here)), ["6:22 unknown-var"]);
    assert_eq!(said(&capitals, None), [""; 0], "another machine may have it");
}

#[test]
fn secrets_stay_out_of_addresses() {
    let text = "warroom: 1\ntitle: x\nvars: { token: { env: T, secret: true } }\nsources: { a: { health: 'http://h/?t={{ token }}' } }\nphases: [ { title: a, steps: [ { timeout: 1s, run: 'curl \"https://h/?t=$token\" -H \"X: $token\"' } ] } ]\n";
    assert_eq!(said(text, None), ["4:41 secret-in-url", "5:73 secret-in-url"]);
}

#[test]
fn the_plan_fits_into_its_times() {
    let plan = |window: &str, phases: &[&str]| {
        let phases: Vec<String> =
            phases.iter().map(|phase| format!("  - {{ title: p, id: {phase}, steps: [ {{ manual: x }} ] }}")).collect();
        let phases = phases.join("\n") + "\n";
        said(
            &format!(
                "warroom: 1\ntitle: x\n{window}\nrollback: {{ budget: 10m, steps: [ {{ manual: x }} ] }}\nphases:\n{phases}"
            ),
            None,
        )
    };
    let window = "window: { opens: \"22:00\", closes: \"00:00\" }";
    assert_eq!(plan(window, &["a, duration: 1h", "b, duration: 50m"]), [""; 0]);
    assert_eq!(plan(window, &["a, duration: 1h", "b, duration: 51m"]), ["3:1 window-too-short"]);
    assert_eq!(
        plan("window: { opens: \"22:00\", closes: \"00:00\" }\nt0: \"22:30\"", &["a, duration: 90m"]),
        ["3:1 window-too-short"]
    );
    assert_eq!(plan("", &["a, at: T, duration: 1h", "b, at: T+30m"]), ["7:28 phases-overlap"]);
    assert_eq!(plan("", &["a, at: T-1h, duration: 1h", "b, at: T, duration: 5m..2h", "c, at: T+5m"]), [""; 0]);
    assert_eq!(plan(window, &["a, at: \"22:30\", duration: 30m", "b, at: \"23:00\""]), [""; 0]);
    assert_eq!(plan(window, &["a, duration: 1h", "b, at: T+24h, duration: 1h"]), [""; 0]);
    assert_eq!(plan(window, &["a, duration: 2h", "b, at: T+24h"]), ["3:1 window-too-short"]);
}

/// What is said of this plan, whose phases begin in line 6.
fn phases(lines: &str, more: &str) -> Vec<String> {
    let metrics = "sources: { app: { scrape: \"http://a/\" } }\nmetrics: { m: { source: app, query: up, critical: \"> 5\" } }";
    said(&format!("warroom: 1\ntitle: x\n{metrics}\nphases:\n{lines}\n{more}\n"), None)
}

#[test]
fn a_phase_for_each_of_several_hides_nothing_about_the_others() {
    let each = "  - { id: z, title: \"Z {{ r }}\", each: { r: [ a, b ] }, at: T-1h, duration: 5m, steps: [ run: echo $r ] }";
    let loose = "  - { id: a, at: T, duration: 30m, gate: { require: m < 50, poll: [ qa ] } }";
    let early = "  - { id: b, at: T+20m, duration: 1h, steps: [ manual: x ] }";
    let more = "roles: { sre: { people: [ ana ] }, qa: QA }\nwindow: { opens: \"10:00\", closes: \"10:10\" }";
    let said = phases(&format!("{each}\n{loose}\n{early}"), more);
    assert_eq!(said, ["7:53 gate-too-loose", "7:69 nobody-votes", "8:18 phases-overlap", "10:1 window-too-short"]);
    assert_eq!(phases(&format!("{loose}\n{early}"), &format!("{more}\nsuccess: m < 3")).len(), 4, "nor does what is a success");
    let used = "  - { id: c, use: a, title: c }";
    assert_eq!(phases(&format!("{}\n{used}", loose.replace(", poll: [ qa ]", "")), ""), ["6:53 gate-too-loose"]);
    assert_eq!(phases(each, ""), [""; 0], "the second of them begins after the first");
}

#[test]
fn a_plan_that_begins_while_the_window_is_closed_is_noticed() {
    let plan = |t0: &str, at: &str| {
        phases(
            &format!("  - {{ id: a, at: {at}, duration: 10m, steps: [ manual: x ] }}"),
            &format!("window: {{ opens: \"10:00\", closes: \"11:00\" }}\n{t0}"),
        )
    };
    assert_eq!(plan("t0: \"12:00\"", "T"), ["8:5 outside-window"]);
    assert_eq!(plan("t0: \"08:00\"", "T"), ["8:5 outside-window"]);
    assert_eq!(plan("", "T+2h"), ["7:1 outside-window"]);
    assert_eq!(plan("t0: \"10:30\"", "T"), [""; 0]);
    assert_eq!(plan("t0: \"10:30\"", "T-1h"), [""; 0], "what is prepared need not wait for the window");
    assert_eq!(plan("t0: \"08:00\"", "T+2h"), [""; 0], "the room counts from before it");
}

#[test]
fn steps_that_take_longer_than_is_planned_for_them_are_noticed() {
    let phase = |steps: &str| phases(&format!("  - {{ id: a, duration: 5m..10m, steps: [ {steps} ] }}"), "");
    assert_eq!(phase("{ wait: 2h }"), ["6:24 steps-too-long"]);
    assert_eq!(phase("{ manual: x, duration: 6m }, { manual: y, duration: 6m }"), ["6:24 steps-too-long"]);
    assert_eq!(phase("{ group: g, steps: [ { wait: 8m }, { wait: 9m } ] }"), [""; 0], "they run beside each other");
    let choice = "{ choose: c, options: [ { title: a, steps: [ { wait: 8m } ] }, { title: b, steps: [ { wait: 9m } ] } ] }";
    assert_eq!(phase(choice), [""; 0], "one of them is run");
    assert_eq!(phase("{ wait: 2h, optional: true }"), [""; 0]);
    let back = "rollback: { budget: 1m, steps: [ { wait: 1h } ] }";
    assert_eq!(phases("  - { id: a, steps: [ manual: x ] }", back), ["7:21 steps-too-long"]);
}

#[test]
fn a_rollback_that_is_verified_by_what_led_to_it_is_noticed() {
    let back = |verify: &str, then: &str| {
        let rollback = format!("rollback: {{ budget: 1m, steps: [ manual: x ], verify: {verify} }}");
        let trigger = format!("triggers: [ {{ when: m > 3, then: {then} }} ]");
        phases("  - { id: a, steps: [ manual: x ] }", &format!("{rollback}\n{trigger}"))
    };
    assert_eq!(back("m < 50", "rollback"), ["7:55 verify-too-loose"]);
    assert_eq!(back("[ m < 3, m < 4 ]", "propose"), ["7:64 verify-too-loose"]);
    assert_eq!(back("m < 3", "rollback"), [""; 0]);
    assert_eq!(back("m < 50", "notify"), [""; 0]);
}

#[test]
fn what_never_ends_is_led_to_the_step_that_is_made_for_it() {
    let help = |run: &str| {
        let (_, warnings) = examine("plan.yaml", &step(&format!("run: {run}")), None).unwrap();
        warnings.warnings.into_iter().find(|one| one.rule.name == "never-ends").and_then(|one| one.problem.help).unwrap()
    };
    for serves in
        ["kubectl port-forward svc/shop 8080:80", "python3 -m http.server", "ssh -N -L 8080:shop:80 host", "docker compose up"]
    {
        assert!(help(serves).contains("`background:`"), "{serves}");
    }
    for looks in ["tail -f log", "watch -n 5 kubectl get pods", "kubectl logs -f deploy/shop", "journalctl -f"] {
        assert!(help(looks).contains("`watch:`"), "{looks}");
    }
}

#[test]
fn what_is_to_be_filled_in_is_found_in_every_text() {
    let text = "warroom: 1\ntitle: Release <VERSION>\ncontacts: [ { name: '[Name]', phone: XXX-XXXX } ]\nphases: [ { title: TODO, steps: [ { run: './deploy <TAG>' }, { http: { url: http://a/, body: { by: '[Name]' } } } ] } ]\n";
    assert_eq!(
        said(text, None),
        ["2:16 placeholder", "3:22 placeholder", "3:38 placeholder", "4:20 placeholder", "4:52 placeholder", "4:101 placeholder"]
    );
}

#[test]
fn what_is_meant_is_allowed_beside_its_place() {
    let of = |lines: &str| said(&step(lines), None);
    assert_eq!(of("run: ./a || true # warroom: allow masked-exit").len(), 0, "in a script the comment is the shell's as well");
    assert_eq!(of("# warroom: allow masked-exit: it may be gone already\nrun: ./a || true"), [""; 0]);
    assert_eq!(of("run: |\n    set -e\n    # warroom: allow masked-exit, never-ends\n    ping a || true"), [""; 0]);
    assert_eq!(of("# warroom: allow masked-exit\n# warroom: allow never-ends\nrun: ping a || true"), [""; 0]);
    assert_eq!(of("# warroom: allow never-ends\nrun: ./a || true"), ["6:26 unused-allow", "7:21 masked-exit"]);
    assert_eq!(of("run: ./a # warroom: allow missing-program"), [""; 0], "on another machine it may be needed");
    let wrong = examine("plan.yaml", &step("# warroom: allow maskd-exit\nrun: ./a"), None).unwrap_err().problems;
    assert_eq!(wrong[0].what, "unknown rule `maskd-exit`");
    assert_eq!((wrong[0].line, wrong[0].column), (6, 26));
    assert_eq!(wrong[0].help.as_deref(), Some("did you mean `masked-exit`?"));
}

#[test]
fn a_warning_points_at_its_command_in_a_script_of_many_lines() {
    let text = step("timeout: 1m\nrun: |\n    # 1. first\n    set -e\n\n    echo a\n    if x; then\n      ./b || true\n    fi");
    assert_eq!(said(&text, None), ["13:22 masked-exit"]);
    assert_eq!(said(&step("run: \"./a ||\\\n  true\""), None).len(), 1);
}

#[test]
fn the_runbooks_that_come_with_the_program_say_nothing_that_is_not_meant() {
    for text in [include_str!("../../../sample-runbooks/demo.yaml"), include_str!("../../../sample-runbooks/first.yaml")] {
        assert_eq!(said(text, None), [""; 0]);
    }
}

#[test]
fn every_rule_has_a_name_of_its_own_and_says_what_to_do() {
    for (place, rule) in RULES.iter().enumerate() {
        assert!(RULES[..place].iter().all(|other| other.name != rule.name));
        assert!(rule.why.ends_with('.') && !rule.finds.ends_with('.'), "{}", rule.name);
    }
}

/// A plan whose gate requires this of `m`, which is critical above 2 %, in the phase `strict` above 1 %.
fn gate(phase: &str, require: &str) -> Vec<String> {
    let bands = "critical: \"> 2\", phases: { strict: { critical: \"> 1\" } }";
    let metric = format!("m: {{ source: app, query: up, unit: \"%\", {bands} }}");
    let other = if phase == "strict" { "easy" } else { "strict" };
    let phases =
        format!("phases:\n  - {{ id: {phase}, gate: {{ require: {require} }} }}\n  - {{ id: {other}, steps: [ run: ./x ] }}\n");
    let text = format!("warroom: 1\ntitle: x\nsources: {{ app: {{ scrape: \"http://a/\" }} }}\nmetrics: {{ {metric} }}\n");
    said(&format!("{text}{phases}"), None)
}

#[test]
fn a_gate_that_passes_what_is_critical_in_its_phase() {
    assert_eq!(gate("easy", "[ m < 5% ]"), ["6:36 gate-too-loose"]);
    assert_eq!(gate("easy", "m < 5% and m != 0%"), ["6:34 gate-too-loose"]);
    assert_eq!(gate("strict", "[ m < 1.5% ]"), ["6:38 gate-too-loose"]);
    for enough in ["[ m < 1.5% ]", "[ m <= 2% ]", "[ m < 5%, no critical metrics ]", "[ m < 5%, m < 1% ]", "[ m > 5% ]"] {
        assert_eq!(gate("easy", enough), [""; 0], "{enough}");
    }
}

#[test]
fn a_value_that_is_used_where_its_capture_may_not_have_run() {
    let dump = "run: ./dump, capture: backup";
    let load = "run: './load $backup'";
    let rules = |said: Vec<String>| said.iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>();
    let plan = |steps: &str| phases(&format!("  - {{ id: a, steps: [ {steps} ] }}"), "");
    let one = |steps: &str| rules(plan(steps));
    assert_eq!(one(&format!("{{ {dump} }}, {{ {load} }}")), [""; 0]);
    assert_eq!(plan(&format!("{{ {load} }}, {{ {dump} }}")), ["6:39 not-captured"], "where the name stands");
    assert_eq!(one(&format!("{{ {dump}, optional: true }}, {{ {load} }}")), ["not-captured"]);
    assert_eq!(one(&format!("{{ {dump}, when: {{ ask: Dump? }}, verify: {{ {load} }} }}")), [""; 0], "it is a part of it");
    assert_eq!(one(&format!("{{ group: g, steps: [ {{ {dump} }}, {{ {load} }} ] }}")), ["not-captured"], "beside each other");
    assert_eq!(one(&format!("{{ {dump}, optional: true }}, {{ run: './load ${{backup:-none}}' }}")), [""; 0]);
    assert_eq!(one(&format!("{{ http: \"GET http://a/{{{{ backup }}}}\" }}, {{ {dump} }}")), ["not-captured"]);
    let shown = one(&format!("{{ title: \"Not {{{{ backup }}}}\", manual: x }}, {{ {dump} }}"));
    assert_eq!(shown, [""; 0], "a title may show the name");

    let back = |steps: &str, load: &str| {
        rules(phases(
            &format!("  - {{ id: a, steps: [ {steps} ] }}"),
            &format!("rollback: {{ budget: 1m, steps: [ {{ {load} }} ] }}"),
        ))
    };
    let first = format!("{{ {dump} }}, {{ run: ./go }}");
    assert_eq!(back(&first, load), [""; 0], "before it there is nothing to roll back");
    let later = format!("{{ run: ./go }}, {{ {dump} }}");
    assert_eq!(back(&later, load), ["not-captured"]);
    assert_eq!(back(&later, &format!("{load}, when: {{ ask: Is it damaged? }}")), [""; 0]);
    assert_eq!(back(&format!("{{ {dump}, optional: true }}"), load), ["not-captured"]);
}

#[test]
fn a_verdict_that_only_its_place_makes_a_refusal_is_asked_about() {
    let of = |keys: &str| {
        let sign_off = format!("sign_off: {{ roles: [ commander ], {keys} }}");
        phases("  - { id: a, steps: [ manual: x ] }", &format!("roles: {{ commander: Commander }}\n{sign_off}"))
    };
    assert_eq!(of("verdicts: [ 'yes', 'no', partial ]"), ["8:47 guessed-refusal"]);
    assert_eq!(of("verdicts: [ 'yes', 'no', partial ], refuses: 'no'"), [""; 0]);
    assert_eq!(of("verdicts: [ 'yes', partial, 'no' ]"), [""; 0]);
    assert_eq!(of("verdicts: [ signed ]"), [""; 0], "one alone refuses nothing");
    assert_eq!(of("question: Was the runbook followed?"), [""; 0], "the usual ones end with refused");
}

#[test]
fn a_seat_that_nobody_has_is_noticed_where_the_plan_says_who_has_the_others() {
    let plan = |roles: &str, more: &str| {
        let gate = "    gate: { question: Go on?, poll: [ commander, sre ] }";
        said(
            &format!("warroom: 1\ntitle: x\nroles: {roles}\n{more}phases:\n  - title: a\n    steps: [ manual: Look ]\n{gate}\n"),
            None,
        )
    };
    let contact = "contacts: [ { name: Bo, role: sre } ]\n";
    assert_eq!(plan("{ commander: { people: [ ana ] }, sre: SRE lead }", ""), ["7:50 nobody-votes"]);
    assert!(plan("{ commander: { people: [ ana ] }, sre: SRE lead }", contact).is_empty(), "they are called");
    assert!(plan("{ commander: { people: [ ana ] }, sre: { people: [ bo ] } }", "").is_empty());
    assert!(plan("{ commander: Commander, sre: { group: release } }", "").is_empty(), "the commander is who has the conn");
    assert!(plan("{ commander: Commander, sre: SRE lead }", "").is_empty(), "the commander gives all roles");
}
