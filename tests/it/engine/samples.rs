//! The samples live, forward to their end and then back: what really ran is what their plans say, in order.

use std::fs;
use std::path::Path;

use warroom::id::PhaseId;
use warroom::journal::storage::DiskStorage;
use warroom::measure::criterion::{Criterion, Test};
use warroom::room::Action;
use warroom::room::event::{Subject, Vote};
use warroom::room::order;
use warroom::room::state::{Ending, Mark, Stage, State, StepStatus};
use warroom::runbook::model::{FieldKind, Letter, Step, StepKind};
use warroom::time::Span;

use super::live::Live;
use super::stand_ins::{Answer, StandIns};

/// A sample whose times are short: nobody waits a week here.
fn sample(file: &str, shorter: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-runbooks").join(file);
    let mut text = fs::read_to_string(path).unwrap();
    for (long, short) in shorter {
        assert!(text.contains(long), "{file} has no {long}");
        text = text.replace(long, short);
    }
    text
}

/// All that somebody could do next, whether it is time for it or not: the room refuses what it is too early for.
fn deeds(state: &State) -> Vec<Action> {
    let steps: Vec<&Step> = match state.stage {
        Stage::Planned => {
            let mut deeds: Vec<Action> = items(state).collect();
            deeds.push(Action::StartDeployment);
            return deeds;
        }
        Stage::Underway { phase } => state.runbook.phases[phase].steps.iter().collect(),
        Stage::RollingBack => state.runbook.rollback.iter().flat_map(|rollback| &rollback.steps).collect(),
        Stage::Ended(..) => Vec::new(),
    };
    // What runs in the background has to have begun before the next.
    let begins = |step: &&Step| {
        let state = &state.steps[&step.id];
        step.kind.background().is_some() && matches!(state.status, StepStatus::Running { .. }) && state.printed == 0
    };
    if steps.iter().any(begins) {
        return Vec::new();
    }
    let mut deeds: Vec<Action> = steps.iter().filter_map(|step| deed(state, step)).collect();
    if let Stage::Underway { phase } = state.stage {
        deeds.extend(decision(state, phase));
    }
    deeds
}

fn deed(state: &State, step: &Step) -> Option<Action> {
    let id = step.id.clone();
    match (&state.steps[&step.id].status, &step.kind) {
        (StepStatus::Waiting, _) if order::open_question(state, step).is_some() => {
            Some(Action::Answer { of: Subject::Step(id), yes: true })
        }
        (StepStatus::Waiting, StepKind::Choose { .. }) => Some(Action::Choose { step: id, option: Letter(0) }),
        (StepStatus::Waiting, _) => Some(Action::RunStep { step: id }),
        (StepStatus::Running { .. }, StepKind::Manual { .. } | StepKind::Message { .. }) => {
            Some(Action::FinishStep { step: id, note: "done".into() })
        }
        (StepStatus::Running { .. }, StepKind::Until { criteria, .. } | StepKind::Bake { criteria, .. }) => {
            let mut words = criteria.iter().flat_map(|criterion| criterion.test.confirmations());
            let open = words.find(|what| !state.confirmed.contains_key(*what))?;
            Some(Action::Confirm { what: open.to_owned() })
        }
        (StepStatus::Failed { why, .. }, _) => panic!("{} failed: {why:?}; {:?}", step.title, state.steps[&step.id].output),
        _ => None,
    }
}

/// Every item that is open, ticked or filled in.
fn items(state: &State) -> impl Iterator<Item = Action> {
    let all = state.runbook.checklists.iter().flat_map(|list| list.walk());
    all.filter(|(_, item)| item.items.is_empty() && state.items[&item.id].mark == Mark::Open).map(|(_, item)| {
        let id = item.id.clone();
        let Some(field) = &item.field else { return Action::Tick { item: id } };
        let value = match &field.kind {
            FieldKind::Time => "02:10".to_owned(),
            FieldKind::Number => "1".to_owned(),
            FieldKind::Text => "today".to_owned(),
            FieldKind::OneOf(words) => words[0].clone(),
        };
        Action::Fill { item: id, value }
    })
}

fn decision(state: &State, phase: usize) -> Vec<Action> {
    let (plan, gate) = (&state.runbook.phases[phase], &state.phases[phase].gate);
    let (Some(asked), Some(_)) = (&plan.gate, gate.open) else { return Vec::new() };
    let confirmed = asked.require.iter().filter_map(|criterion| match criterion {
        Criterion { test: Test::Confirmed { what }, .. } if !state.confirmed.contains_key(what) => {
            Some(Action::Confirm { what: what.clone() })
        }
        _ => None,
    });
    let phase: &PhaseId = &plan.id;
    // Votes on evidence that has changed since are given again.
    let votes = asked.poll.iter().map(|role| Action::Vote {
        phase: phase.clone(),
        role: role.clone(),
        vote: Vote::Go,
        reason: String::new(),
        by_voice: true,
        saw: None,
    });
    confirmed.chain(votes).chain([Action::Go { phase: phase.clone(), waiver: None }]).collect()
}

/// Somebody does whatever can be done, until this is so.
async fn play(room: &mut Live, so: impl Fn(&State) -> bool) {
    // Nothing of a shortened plan takes as long.
    let began = room.state.at;
    while !so(&room.state) {
        let mut refused = Vec::new();
        let seq = room.state.seq;
        for deed in deeds(&room.state) {
            let (asked, runs) = (format!("{deed:?}"), matches!(deed, Action::RunStep { .. }));
            match room.tries(deed).await {
                // What comes next is seen only when this has begun.
                Ok(()) if runs => break,
                Ok(()) => {}
                Err(refusal) => refused.push(format!("{asked}: {refusal}")),
            }
        }
        assert!(room.state.at - began < Span::seconds(60), "{:?} goes on for ever: {refused:#?}", room.state.stage);
        room.until("something happens", |state| state.seq > seq || so(state)).await;
    }
}

async fn forward_and_back(yaml: &str, vars: &[(&str, &str)], stand_ins: &StandIns) -> (Vec<String>, Vec<String>) {
    let mut room = Live::open_with(stand_ins.spawner(), &DiskStorage, tempfile::tempdir().unwrap(), yaml, vars);
    play(&mut room, |state| matches!(state.stage, Stage::Ended(..))).await;
    assert!(matches!(room.state.stage, Stage::Ended(Ending::Completed, _)), "{:?}", room.state.stage);
    let forward = stand_ins.calls();
    room.ask(Action::RollBack { reason: "it is too slow".into() }).await;
    play(&mut room, |state| matches!(state.stage, Stage::Ended(..))).await;
    let Stage::Ended(Ending::RolledBack { verified: true }, _) = room.close().await.stage else { panic!("it is not back") };
    let back = stand_ins.calls().split_off(forward.len());
    (forward, back)
}

/// A command as the plan has it, and what has become of it.
enum Planned {
    As(&'static str),
    /// The plan's, what runs, and why.
    Instead(&'static str, &'static str, &'static str),
    /// What the plan does not have, and why.
    Added(&'static str, &'static str),
    /// What is not run, and why.
    LeftOut(&'static str, &'static str),
}
use Planned::{Added, As, Instead, LeftOut};

/// What the stand-ins write down when all of this runs as it is said to.
fn calls(planned: &[Planned]) -> Vec<String> {
    let ran = planned.iter().filter_map(|planned| match planned {
        As(command) => Some(called(command)),
        Instead(command, ran, why) => {
            assert!(called(command) != *ran && !why.is_empty(), "{ran} is what the plan has");
            Some((*ran).to_owned())
        }
        Added(ran, why) => (!why.is_empty()).then(|| (*ran).to_owned()),
        LeftOut(command, why) => {
            assert!(!why.is_empty(), "{command} is left out for no reason");
            None
        }
    });
    ran.collect()
}

/// A command line as the program gets it: without quotes, and without what the shell does behind it.
fn called(command: &str) -> String {
    let (mut quote, mut plain) = (None::<char>, String::new());
    for letter in command.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (None, '|' | '<' | '>' | '&') => break,
            (Some(open), _) if open == letter => quote = None,
            _ => plain.push(letter),
        }
    }
    plain.trim_end().replace("$(date +%Y%m%d-%H%M%S)", NOW)
}

/// What `date` says.
const NOW: &str = "20260122-120000";

#[tokio::test(flavor = "multi_thread")]
async fn granter_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["docker", "kubectl", "npm", "ps", "psql"],
        &[],
        &[],
        r#"
        'docker exec'*) echo 'CREATE TABLE grants ();' ;;
        'npm run migration:run'*)
            for number in 20260127000050 20260127000100 20260127000200 20260127000300 20260127000400 20260128001000; do
                echo "✅ Migration $number complete"
            done ;;
        'npm run migration:status'*) echo 'all: success' ;;
        'npm run test:smoke'*) printf '%s\n' 'Auth flow' 'Search flow' 'Scraper flow' 'IA flow' 'Health flow' ;;
        'kubectl logs'*) echo 'INFO all is well' ;;
        'ps aux'*) echo 'root 1 init' ;;
        "#,
    );
    let healthy = r#"{"status": "healthy", "services": {"database": "up", "api": "up"}}"#;
    let server = stand_ins.server(vec![
        (
            "GET /backend/metrics",
            Answer::Polled(
                "http_requests_total{code=\"200\"} {n}\nhttp_requests_total{code=\"500\"} 0\n\
                 http_request_duration_seconds_bucket{le=\"0.05\"} {n}\nhttp_request_duration_seconds_bucket{le=\"+Inf\"} {n}\n\
                 db_query_duration_seconds_sum 1\ndb_query_duration_seconds_count {n}\n\
                 process_resident_memory_bytes 5e8\ndb_pool_in_use 20\n",
            ),
        ),
        ("GET /backend/status/system", Answer::Polled(r#"{"cpuPercent": 40}"#)),
        ("GET /backend/asked", Answer::Polled(healthy)),
        ("GET /api/asked", Answer::Polled(healthy)),
        ("GET /frontend/asked", Answer::Polled(healthy)),
        ("GET /backend/health", Answer::Called(healthy)),
        ("GET /api/", Answer::Called(r#"{"name": "somebody"}"#)),
        ("GET /frontend/", Answer::Called("")),
    ]);
    let yaml = sample(
        "granter.yaml",
        &[
            // It is not two o'clock whenever this runs.
            ("t0: \"14:00\"", ""),
            ("due: \"14:00\"", "due: T"),
            ("due: \"15:30\"", "due: T+90m"),
            ("due: \"16:00\"", "due: T+2h"),
            ("due: \"19:00\"", "due: T+5h"),
            ("at: \"13:00\"", "at: T-1h"),
            ("at: \"15:00\"", "at: T+1h"),
            // What the sources ask is not what the steps ask.
            ("backend }}/health\"", "backend }}/asked\", every: 200ms"),
            ("api }}/health\"", "api }}/asked\", every: 200ms"),
            ("frontend }}/health\"", "frontend }}/asked\", every: 200ms"),
            ("/metrics\"", "/metrics\", every: 200ms"),
            ("/status/system\"", "/status/system\", every: 200ms"),
            ("wait: 30s", "wait: 1s"),
            ("bake: 30m", "bake: 1s"),
            ("bake: 3h", "bake: 1s"),
        ],
    );
    let at = |name: &str| format!("{server}/{name}");
    let vars = [("backend", &*at("backend")), ("api", &at("api")), ("frontend", &at("frontend")), ("token", "fictional")];
    let (forward, back) = forward_and_back(&yaml, &vars, &stand_ins).await;
    let twice = "the plan asks it twice in the same phase";
    let zero = "the plan scales to nothing, and a new image brings no pod back";
    let asked = "asked by the room, which sees the status as well as the answer";
    let expected = [
        As("docker exec postgres pg_dump -U granter granter_db > backup-$(date +%Y%m%d-%H%M%S).sql"),
        As("kubectl scale deployment/backend-core --replicas=0"),
        As("ps aux | grep node"),
        As("npm run migration:run -- --env=production"),
        As("npm run migration:status"),
        As("npm run db:health-check"),
        As("kubectl set image deployment/backend-core backend-core=granter/backend-core:v2.0.0"),
        Added("kubectl scale deployment/backend-core --replicas=2", zero),
        As("kubectl rollout status deployment/backend-core --timeout=5m"),
        Instead("curl http://backend:3001/health", "GET /backend/health", asked),
        As("kubectl set image deployment/data-service data-service=granter/data-service:v2.0.0"),
        As("kubectl rollout status deployment/data-service --timeout=5m"),
        As("kubectl set image deployment/web-frontend web-frontend=granter/web-frontend:v2.0.0"),
        As("kubectl rollout status deployment/web-frontend --timeout=5m"),
        As("npm run test:smoke"),
        As("kubectl logs -l app=backend-core --tail=50 | grep ERROR"),
        Instead("curl http://frontend.example.com/health", "GET /frontend/health", asked),
        Instead("curl http://api.example.com/health", "GET /api/health", asked),
        Instead("curl -H \"Authorization: Bearer {token}\" http://api.example.com/auth/me", "GET /api/auth/me", asked),
        Instead("curl http://api.example.com/search?query=test", "GET /api/search?query=test", asked),
        LeftOut("curl http://api.example.com/health", twice),
    ];
    assert_eq!(forward, calls(&expected));
    let expected = [
        As("kubectl scale deployment/backend-core --replicas=0"),
        As("kubectl scale deployment/web-frontend --replicas=0"),
        As("kubectl scale deployment/data-service --replicas=0"),
        LeftOut("kubectl scale deployment/backend-core --replicas=0", "the plan says itself that it is done already"),
        As("psql granter_db < backup-20260303-140000.sql"),
        As("kubectl set image deployment/backend-core backend-core=granter/backend-core:v1.9.0"),
        As("kubectl set image deployment/data-service data-service=granter/data-service:v1.9.0"),
        As("kubectl set image deployment/web-frontend web-frontend=granter/web-frontend:v1.9.0"),
        Added("kubectl scale deployment/backend-core --replicas=2", zero),
        Added("kubectl scale deployment/data-service --replicas=2", zero),
        Added("kubectl scale deployment/web-frontend --replicas=2", zero),
        As("kubectl rollout status deployment/backend-core --timeout=5m"),
        As("kubectl rollout status deployment/web-frontend --timeout=5m"),
        As("kubectl rollout status deployment/data-service --timeout=5m"),
        As("npm run test:smoke"),
    ];
    assert_eq!(back, calls(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn safla_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["git", "npm", "docker", "sqlite3", "curl", "jq"],
        &["scripts/health-check.sh", "scripts/deploy-production.sh", "scripts/smoke-test.sh", "scripts/rollback.sh"],
        &[
            (".env.production", ""),
            (".swarm/memory.db", "rows"),
            (".claude/settings.json", "{}"),
            ("package.json", "{}"),
            ("monitoring/.env.example", ""),
            (".swarm/deployment-production.log", "All systems operational\n"),
            ("logs/error.log", "all is well\n"),
        ],
        r#"
        './scripts/health-check.sh '*)
            printf '%s\n' '✓ Node.js version: v24' '✓ Database connectivity successful' '✓ All health checks passed!' 'System Status: HEALTHY' ;;
        'npm run build'*) printf '%s\n' 'Build completed without errors' '85 files generated' ;;
        'npm test'* | './scripts/smoke-test.sh'*) echo 'Tests:       22 passed, 22 total' ;;
        'docker compose ps'*)
            for service in prometheus grafana alertmanager node-exporter webhook-server; do echo "$service        running"; done ;;
        'sqlite3'*) echo 6331 ;;
        'jq '*length) echo 22 ;;
        'jq '*) echo '"HighErrorRate"' ;;
        'curl '*rules) echo '{}' ;;
        'curl '*) printf '%s\n' '# HELP truth_score how true' 'truth_score 0.97' ;;
        "#,
    );
    let server = stand_ins.server(vec![
        (
            "GET /app/metrics",
            Answer::Polled(
                "http_errors_total 0\nhttp_requests_total {n}\ntruth_score 0.97\nneural_operations_total {n}\ncache_hit_rate 0.9\n\
                 pattern_retrieval_seconds 0.005\nmemory_usage_percent 60\ncpu_usage_percent 40\n\
                 http_request_duration_seconds_bucket{le=\"0.05\"} {n}\nhttp_request_duration_seconds_bucket{le=\"+Inf\"} {n}\n\
                 db_query_duration_seconds_bucket{le=\"0.02\"} {n}\ndb_query_duration_seconds_bucket{le=\"+Inf\"} {n}\n",
            ),
        ),
        ("GET /alertmanager/api", Answer::Polled("[]")),
        ("GET /alertmanager/-/healthy", Answer::Called("OK")),
        ("GET /prometheus/-/healthy", Answer::Called("Prometheus is Healthy.\n")),
        ("GET /grafana/api/health", Answer::Called(r#"{"database": "ok", "version": "11"}"#)),
    ]);
    let monitoring = format!("dir: {}", stand_ins.work().join("monitoring").display());
    let yaml = sample(
        "safla.yaml",
        &[
            // It is not half past two whenever this runs.
            ("window: { opens: \"02:00\", closes: \"05:00\" }\nt0: \"02:30\"\n", ""),
            ("dir: monitoring", &monitoring),
            ("/metrics\" }", "/metrics\", every: 200ms }"),
            ("every: 10s", "every: 200ms"),
            ("every: 30s", "every: 200ms"),
            ("for: 10s", "for: 1s"),
            ("for: 1h", "for: 1s"),
            ("of 24h", "of 2s"),
        ],
    );
    let at = |name: &str| format!("{server}/{name}");
    let vars = [
        ("previous_sha", "1a2b3c4"),
        ("app", &at("app")),
        ("prometheus", &at("prometheus")),
        ("grafana", &at("grafana")),
        ("alertmanager", &at("alertmanager")),
        ("slack_webhook_url", "http://127.0.0.1:1/hook"),
        ("pagerduty_service_key", "fictional"),
    ];
    let (mut forward, back) = forward_and_back(&yaml, &vars, &stand_ins).await;
    // Those of the first hour run beside each other.
    let first_hour = forward.len().saturating_sub(2);
    forward[first_hour..].sort();
    let expected = [
        "git status",
        "git log -1",
        "./scripts/health-check.sh",
        "npm run build",
        "npm test -- tests/staging/smoke-tests.test.ts",
        "docker --version",
        "docker compose config",
        "git rev-parse HEAD",
        "git rev-parse --abbrev-ref HEAD",
        "docker compose up -d",
        "docker compose ps",
        "GET /prometheus/-/healthy",
        "GET /grafana/api/health",
        "GET /alertmanager/-/healthy",
        "./scripts/deploy-production.sh",
        "./scripts/health-check.sh",
        "./scripts/smoke-test.sh",
        "curl APP/metrics",
        "sqlite3 .swarm/memory.db SELECT COUNT(*) FROM memory_entries;",
        "curl PROMETHEUS/api/v1/rules",
        "jq .data.groups[].rules[].name",
        "curl PROMETHEUS/api/v1/rules",
        "jq [.data.groups[].rules[]] | length",
        "./scripts/health-check.sh",
        "curl -s APP/metrics",
    ];
    let expected = expected.map(|call| call.replace("APP", &at("app")).replace("PROMETHEUS", &at("prometheus")));
    assert_eq!(forward, expected);
    let expected =
        ["./scripts/rollback.sh --force", "./scripts/health-check.sh", "npm test -- tests/staging/smoke-tests.test.ts"];
    assert_eq!(back, expected);
    let backups = fs::read_dir(stand_ins.work().join(".swarm/backups")).unwrap();
    let backup = backups.map(|entry| entry.unwrap().path()).next().unwrap();
    for file in ["memory.db.gz", "settings.json", "package.json", "backup-metadata.json"] {
        assert!(backup.join(file).is_file(), "{file} is not in the backup");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cohort_analyzer_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["git", "npm", "node", "cat", "jq", "pkill"],
        &[],
        &[("package.json", "{}")],
        "'node '*) echo monitoring; exec sleep 600 ;;\n",
    );

    let server = stand_ins.server(vec![
        (
            "GET /metrics",
            Answer::Polled(
                "cohort_discovery_requests_per_second 26000\ncohort_discovery_errors_total 0\ncohort_discovery_requests_total {n}\n\
                 cohort_discovery_latency_p99 70\ncohort_discovery_latency_p999 90\nprocess_memory_usage_bytes 8e8\n\
                 process_cpu_percent 40\ncache_hits_total {n}\ncache_misses_total 0\ndb_query_latency_ms 20\n\
                 cohort_discovery_learners_total {n}\ndb_connection_pool_utilization 50\n\
                 cohort_discovery_latency_ms_bucket{le=\"20\"} {n}\ncohort_discovery_latency_ms_bucket{le=\"+Inf\"} {n}\n",
            ),
        ),
        ("GET /balancer/metrics", Answer::Called(r#"{"latency": 70, "errorRate": 0.0}"#)),
        ("POST /balancer/config/traffic-weights", Answer::Called(r#"{"applied": true}"#)),
    ]);
    let yaml = sample(
        "cohort-analyzer.yaml",
        &[
            ("every: 30s", "every: 200ms"),
            ("bake: 2h", "bake: 1s"),
            ("bake: 4h", "bake: 1s"),
            ("for: 7d", "for: 1s"),
            ("wait: 30s", "wait: 1s"),
        ],
    );
    let balancer = format!("{server}/balancer");
    let vars = [("balancer", &*balancer), ("canary", &server), ("ramp", &server), ("production", &server), ("original", &server)];
    let (forward, back) = forward_and_back(&yaml, &vars, &stand_ins).await;
    let weights = |original: &str, ultra_fast: &str| {
        format!("POST /balancer/config/traffic-weights {{\"original\":{original},\"ultra_fast\":{ultra_fast}}}")
    };
    let expected = [
        "git checkout feature/phase-3-sprint-1-real-data",
        "npm install",
        "npm run build:analyzer",
        "node servers/deployment-monitor.js",
        &weights("0.99", "0.01"),
        "cat /tmp/deployment-metrics.json",
        "jq .canary",
        &weights("0.9", "0.1"),
        "node servers/deployment-monitor.js",
        "cat /tmp/deployment-metrics.json",
        "jq .ramp",
        &weights("0", "1"),
        "node servers/deployment-monitor.js --production",
    ];
    assert_eq!(forward, expected);
    let expected = [
        "GET /balancer/metrics",
        &weights("1", "0"),
        "GET /balancer/metrics",
        "pkill -f ultra_fast_analyzer",
        "npm run start:analyzer:original",
    ];
    assert_eq!(back, expected);
}
