use super::planned::Planned::{As, Instead};
use super::planned::calls;
use super::{forward_and_back, sample};
use crate::engine::stand_ins::{Answer, StandIns};

#[tokio::test(flavor = "multi_thread")]
async fn moshimoshi_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["kubectl"],
        &[
            "scripts/deploy-production.sh",
            "scripts/test-production-blue.sh",
            "scripts/validate-production.sh",
            "scripts/rollback-production.sh",
        ],
        &[],
        r"
        './scripts/deploy-production.sh '*) printf '%s\n' 'Docker image pushed' 'Blue deployment updated' 'Pods: 3/3 ready' ;;
        './scripts/test-production-blue.sh '*)
            printf '%s\n' 'Health check: 200 OK' 'Ready check: 200 OK' 'Version check: 1.0.0' 'Database connectivity: OK' \
                'Redis connectivity: OK' ;;
        ",
    );
    let server = stand_ins.server(vec![
        ("GET /app/health", Answer::Polled("")),
        (
            "GET /app/metrics",
            Answer::Polled(
                "http_requests_total{code=\"200\"} {n}\nhttp_requests_total{code=\"500\"} 0\napp_restarts_total 0\n\
                 http_request_duration_seconds_bucket{le=\"0.05\"} {n}\nhttp_request_duration_seconds_bucket{le=\"+Inf\"} {n}\n",
            ),
        ),
        ("GET /app/status/system", Answer::Polled(r#"{"cpuPercent": 40, "memoryPercent": 50}"#)),
        ("GET /prometheus/api/v1/alerts", Answer::Polled(r#"{"status": "success", "data": {"alerts": []}}"#)),
        ("GET /prometheus/", Answer::Polled(r#"{"status": "success", "data": {"resultType": "vector", "result": []}}"#)),
        ("POST /cloudflare/", Answer::Called(r#"{"success": true}"#)),
    ]);
    let yaml = sample(
        "moshimoshi.yaml",
        &[
            // It is not eight o'clock whenever this runs.
            ("window: { opens: \"08:00\", closes: \"12:00\" }", ""),
            ("t0: \"08:00\"", ""),
            ("\"06:00\"", "T-2h"),
            ("\"07:00\"", "T-1h"),
            ("\"07:30\"", "T-30m"),
            ("\"09:00\"", "T+1h"),
            ("\"10:30\"", "T+150m"),
            ("\"11:00\"", "T+3h"),
            ("\"12:00\"", "T+4h"),
            ("/health\"", "/health\", every: 200ms"),
            ("/metrics\"", "/metrics\", every: 200ms"),
            ("/status/system\"", "/status/system\", every: 200ms"),
            ("prometheus: \"{{ prometheus }}\"", "prometheus: \"{{ prometheus }}\", every: 200ms"),
        ],
    );
    let at = |name: &str| format!("{server}/{name}");
    let vars = [
        ("target", &*at("app")),
        ("prometheus", &at("prometheus")),
        ("cloudflare", &at("cloudflare")),
        ("CLOUDFLARE_ZONE_ID", "zone"),
        ("CLOUDFLARE_API_TOKEN", "fictional"),
        ("SLACK_WEBHOOK_URL", "http://127.0.0.1:1/hook"),
    ];
    let (forward, back) = forward_and_back(&yaml, &vars, &stand_ins).await;
    let weight = |percent: u8| {
        let patch = format!(r#"{{"metadata":{{"annotations":{{"nginx.ingress.kubernetes.io/canary-weight":"{percent}"}}}}}}"#);
        format!("kubectl patch ingress moshimoshi-ingress-canary -n production -p '{patch}'")
    };
    let (tenth, half, all) = (weight(10), weight(50), weight(100));
    let expected = [
        As("./scripts/deploy-production.sh 1.0.0"),
        As("./scripts/test-production-blue.sh"),
        As(&tenth),
        As(&half),
        As(&all),
        As(r#"kubectl patch service moshimoshi-active -n production -p '{"spec":{"selector":{"version":"blue"}}}'"#),
        As(
            r#"kubectl patch ingress moshimoshi-ingress-canary -n production -p '{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/canary":"false"}}}'"#,
        ),
        Instead(
            "curl -X POST \"https://api.cloudflare.com/client/v4/zones/$ZONE_ID/purge_cache\"",
            r#"POST /cloudflare/client/v4/zones/zone/purge_cache {"purge_everything":true}"#,
            "called by the room, which keeps the token out of the list of processes",
        ),
        As("kubectl exec -n production deployment/redis -- redis-cli FLUSHALL"),
        As("./scripts/validate-production.sh"),
        As("kubectl get pods -n production"),
        As("kubectl get services -n production"),
        As("kubectl get ingress -n production"),
    ];
    assert_eq!(forward, calls(&expected));
    let expected = [Instead(
        "./scripts/rollback-production.sh \"Reason for rollback\"",
        "./scripts/rollback-production.sh it is too slow",
        "the reason is what was said when it was asked for",
    )];
    assert_eq!(back, calls(&expected));
}
