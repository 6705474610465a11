use super::planned::Planned::{Added, As, Instead, LeftOut};
use super::planned::calls;
use super::{forward_and_back, sample};
use crate::engine::stand_ins::{Answer, StandIns};

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
