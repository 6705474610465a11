use std::fs;

use super::planned::Planned::{As, Instead, LeftOut};
use super::planned::calls;
use super::{forward_and_back, sample};
use crate::engine::stand_ins::{Answer, StandIns};

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
        'jq '*) for rule in $(seq 22); do echo "\"Rule$rule\""; done ;;
        'curl '*rules) echo '{}' ;;
        # More than a pipe holds.
        'curl '*) printf '%s\n' '# HELP truth_score how true' 'truth_score 0.97'; seq --format 'more %.0f' 100000 ;;
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
            // Those of the steps, and not of the watch.
            ("            every: 5m\n            for: 1h", "            every: 1s\n            for: 1s"),
            (", every: 5m, for: 1h }", ", every: 1s, for: 1s }"),
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
    // Those of the first hour run beside each other, and may find the time for a second look.
    let before = forward.iter().rposition(|call| call.starts_with("jq ")).map_or(0, |last| last + 1);
    let mut first_hour = forward.split_off(before);
    first_hour.sort();
    first_hour.dedup();
    forward.extend(first_hour);
    let asked = "asked by the room, which sees the status as well as the answer";
    let in_its_folder = "the folder is said once for all of the phase";
    let directly = "of the other option, which was not chosen";
    let expected = [
        As("git status"),
        As("git log -1"),
        As("./scripts/health-check.sh"),
        As("npm run build"),
        As("npm test -- tests/staging/smoke-tests.test.ts"),
        As("docker --version"),
        Instead("cd monitoring && docker compose config && cd ..", "docker compose config", in_its_folder),
        As("git rev-parse HEAD"),
        As("git rev-parse --abbrev-ref HEAD"),
        As("docker compose up -d"),
        As("docker compose ps"),
        Instead("curl -s http://localhost:9090/-/healthy", "GET /prometheus/-/healthy", asked),
        Instead("curl -s http://localhost:3001/api/health", "GET /grafana/api/health", asked),
        Instead("curl -s http://localhost:9093/-/healthy", "GET /alertmanager/-/healthy", asked),
        As("./scripts/deploy-production.sh"),
        LeftOut("npm ci --production", directly),
        LeftOut("npm run build", directly),
        LeftOut("pm2 restart claude-flow", directly),
        LeftOut("systemctl restart claude-flow", directly),
        As("./scripts/health-check.sh"),
        As("./scripts/smoke-test.sh"),
        LeftOut("npm test -- tests/staging/smoke-tests.test.ts", directly),
        As("curl http://localhost:3000/metrics | head -20"),
        As("sqlite3 .swarm/memory.db \"SELECT COUNT(*) FROM memory_entries;\""),
        As("curl http://localhost:9090/api/v1/rules"),
        As("jq '.data.groups[].rules[].name'"),
        As("./scripts/health-check.sh"),
        As("curl -s http://localhost:3000/metrics"),
    ];
    let here =
        |call: String| call.replace("http://localhost:3000", &at("app")).replace("http://localhost:9090", &at("prometheus"));
    assert_eq!(forward, calls(&expected).into_iter().map(here).collect::<Vec<_>>());
    let expected = [
        LeftOut("./scripts/rollback.sh", "it asks, and nobody would answer"),
        As("./scripts/rollback.sh --force"),
        LeftOut("./scripts/rollback.sh <git-sha>", directly),
        As("./scripts/health-check.sh"),
        As("npm test -- tests/staging/smoke-tests.test.ts"),
    ];
    assert_eq!(back, calls(&expected));
    let backups = fs::read_dir(stand_ins.work().join(".swarm/backups")).unwrap();
    let backup = backups.map(|entry| entry.unwrap().path()).next().unwrap();
    for file in ["memory.db.gz", "settings.json", "package.json", "backup-metadata.json"] {
        assert!(backup.join(file).is_file(), "{file} is not in the backup");
    }
}
