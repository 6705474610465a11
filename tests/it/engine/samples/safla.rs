use std::fs;

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
