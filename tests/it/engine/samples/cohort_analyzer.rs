use super::planned::Planned::{As, Instead, LeftOut};
use super::planned::calls;
use super::{forward_and_back, sample};
use crate::engine::stand_ins::{Answer, StandIns};

#[tokio::test(flavor = "multi_thread")]
async fn cohort_analyzer_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["git", "npm", "node", "cat", "jq", "pkill"],
        &[],
        &[("package.json", "{}")],
        r"
        'node '*) echo monitoring; exec sleep 600 ;;
        # Nothing here stops it: it ends by itself.
        'npm run start'*) echo serving; exec sleep 3 ;;
        ",
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
    let (canary, ramp, all, none) = (weights("0.99", "0.01"), weights("0.9", "0.1"), weights("0", "1"), weights("1", "0"));
    let asked = "asked by the room, which fails where the balancer does";
    let post = "curl -X POST http://load-balancer:8080/config/traffic-weights";
    let expected = [
        As("git checkout feature/phase-3-sprint-1-real-data"),
        As("npm install"),
        As("npm run build:analyzer"),
        As("node servers/deployment-monitor.js"),
        Instead(post, &canary, asked),
        As("cat /tmp/deployment-metrics.json"),
        As("jq '.canary'"),
        Instead(post, &ramp, asked),
        As("node servers/deployment-monitor.js"),
        As("cat /tmp/deployment-metrics.json"),
        As("jq '.ramp'"),
        Instead(post, &all, asked),
        As("node servers/deployment-monitor.js --production"),
    ];
    assert_eq!(forward, calls(&expected));
    let expected = [
        Instead("curl http://load-balancer:8080/metrics | jq '.latency'", "GET /balancer/metrics", asked),
        Instead(post, &none, asked),
        LeftOut("sleep 30", "the room waits, and shows for how long"),
        Instead("curl http://load-balancer:8080/metrics | jq '.errorRate'", "GET /balancer/metrics", asked),
        As("pkill -f \"ultra_fast_analyzer\""),
        As("npm run start:analyzer:original"),
    ];
    assert_eq!(back, calls(&expected));
}
