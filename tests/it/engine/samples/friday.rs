use super::planned::Planned::{Added, As, Instead, LeftOut};
use super::planned::{NOW, calls};
use super::{forward_and_back, sample};
use crate::engine::stand_ins::{Answer, StandIns};

const SCRIPTS: [&str; 17] = [
    "friday-prod",
    "scripts/validate-env.sh",
    "scripts/test-db-connection.sh",
    "scripts/test-redis-connection.sh",
    "scripts/test-api-connectivity.sh",
    "scripts/warmup-traffic.sh",
    "scripts/monitor-metrics.sh",
    "scripts/verify-performance.sh",
    "scripts/test-api-endpoints.sh",
    "scripts/test-model-cache.sh",
    "scripts/test-concurrent.sh",
    "scripts/monitor-memory.sh",
    "scripts/monitor-cpu.sh",
    "scripts/monitor-disk.sh",
    "scripts/verify-db-integrity.sh",
    "scripts/health-check.sh",
    "scripts/check-performance.sh",
];

const METRICS: Answer = Answer::Polled(
    "process_resident_memory_bytes 8e9\ndb_pool_in_use 10\ndb_pool_max 100\ncache_hits_total {n}\ncache_misses_total 0\n",
);
const PERFORMANCE: Answer = Answer::Polled(r#"{"rps": 3901, "p99": 60, "errorRate": 0.01}"#);
const SYSTEM: Answer = Answer::Polled(r#"{"cpuPercent": 40, "queueDepth": 3, "threads": 90}"#);

#[tokio::test(flavor = "multi_thread")]
async fn friday_runs_to_its_end_and_back_by_the_commands_of_its_plan() {
    let stand_ins = StandIns::new(
        &["go", "file", "sha256sum", "stat", "scp", "ssh", "date", "ps"],
        &SCRIPTS,
        &[],
        r"
        'stat '*) echo 'size 24000000' ;;
        'date '*) echo 20260122-120000 ;;
        'go run '*) echo 'RPS: 3,901' ;;
        'ps aux'*) echo 'friday 1 friday-prod' ;;
        # The log is clean.
        'ssh '*'grep -v '*) exit 1 ;;
        ",
    );
    let server = stand_ins.server(vec![
        ("GET /blue/asked", Answer::Polled("")),
        ("GET /green/asked", Answer::Polled("")),
        ("GET /blue/metrics", METRICS),
        ("GET /green/metrics", METRICS),
        ("GET /blue/stats", PERFORMANCE),
        ("GET /green/stats", PERFORMANCE),
        ("GET /blue/status", SYSTEM),
        ("GET /green/status", SYSTEM),
        (
            "GET /node/metrics",
            Answer::Polled(
                "node_filesystem_avail_bytes 5e11\nnode_filesystem_size_bytes 1e12\nnode_network_receive_bytes_total 1\n\
                 node_network_transmit_bytes_total 1\n",
            ),
        ),
        ("GET /blue/health", Answer::Called("{}")),
        ("GET /green/health", Answer::Called("{}")),
    ]);
    let yaml = sample(
        "friday.yaml",
        &[
            // What the sources ask is not what the steps ask.
            ("\"{{ blue }}/health\"", "\"{{ blue }}/asked\""),
            ("\"{{ green }}/health\"", "\"{{ green }}/asked\""),
            ("/asked\" } }", "/asked\" }, every: 200ms }"),
            ("/metrics\" } }", "/metrics\" }, every: 200ms }"),
            ("/performance\" } }", "/performance\" }, every: 200ms }"),
            ("every: 30s", "every: 200ms"),
            ("wait: 5m", "wait: 1s"),
            ("for: 10m, every: 5s", "for: 1s, every: 1s"),
            ("% in 30m", "% in 2s"),
            ("% of 30m", "% of 2s"),
        ],
    );
    let at = |name: &str| format!("{server}/{name}");
    let vars = [("blue", &*at("blue")), ("green", &at("green")), ("node", &at("node")), ("host", "prod-user@production-server")];
    let (forward, back) = forward_and_back(&yaml, &vars, &stand_ins).await;
    let mut forward: Vec<String> = forward.into_iter().filter(|call| !call.starts_with("date ")).collect();
    let brackets = "without brackets pkill finds the shell that ssh runs it in";
    let outlives = "it has to outlive the connection that starts it";
    let asked = "asked by the room, which a pipe to jq does not hide a failure from";
    let green = format!("ssh prod-user@production-server nohup {GREEN} >> /var/log/friday/production.log 2>&1 &");
    let expected = [
        As("go build -o friday-prod ./cmd/friday"),
        As("file friday-prod"),
        As("sha256sum friday-prod"),
        Added("stat --format size %s friday-prod", "the plan wants more than 10 MB and measures nothing"),
        Instead(
            "friday-prod --validate-config",
            "./friday-prod --validate-config",
            "what was just built, and not what PATH may know",
        ),
        As("./scripts/validate-env.sh"),
        As("go test ./... -v"),
        As("go test -bench=. -benchtime=10s ./benchmarks"),
        As("go test -tags=integration ./integration"),
        As("scp friday-prod prod-user@production-server:/opt/friday/"),
        As("scp config/production.yaml prod-user@production-server:/opt/friday/config/"),
        As("scp -r db/migrations prod-user@production-server:/opt/friday/db/"),
        As("ssh prod-user@production-server \"ls -la /opt/friday/ && chmod +x /opt/friday/friday-prod\""),
        As("ssh prod-user@production-server \"/opt/friday/friday-prod --health-check --log-level=info\""),
        As("ssh prod-user@production-server \"tail -50 /var/log/friday/startup.log\""),
        As("./scripts/test-db-connection.sh production"),
        As("./scripts/test-redis-connection.sh production"),
        As("./scripts/test-api-connectivity.sh production"),
        As("ssh prod-user@production-server \"tar -czf /backups/friday-$(date +%Y%m%d-%H%M%S).tar.gz /opt/friday/\""),
        As(
            "ssh prod-user@production-server \"pg_dump -h localhost friday_prod > /backups/friday-db-$(date +%Y%m%d-%H%M%S).sql\"",
        ),
        As("ssh prod-user@production-server \"ls -lah /backups/ | tail -5\""),
        Instead(
            "ssh prod-user@production-server \"/opt/friday/friday-prod --environment=production --port=8081\"",
            &green,
            outlives,
        ),
        Instead("curl -s http://production-server:8081/health | jq '.'", "GET /green/health", asked),
        As("ssh prod-user@production-server \"sudo /opt/scripts/switch-load-balancer.sh green\""),
        LeftOut("sleep 300", "the room waits, and shows for how long"),
        Instead(
            "ssh prod-user@production-server \"pkill -f 'friday-prod.*port=8080'\"",
            "ssh prod-user@production-server pkill -f '[f]riday-prod.*port=8080'",
            brackets,
        ),
        As("./scripts/warmup-traffic.sh production --duration=2m --rps=1000"),
        As("./scripts/monitor-metrics.sh production --duration=5m --interval=10s"),
        As("go run ./benchmarks/friday_cumulative_benchmark.go --environment=production --duration=60s"),
        As("./scripts/verify-performance.sh production"),
        As("go test -tags=smoke ./tests/smoke -v"),
        As("./scripts/test-api-endpoints.sh production"),
        As("./scripts/test-model-cache.sh production"),
        As("./scripts/test-concurrent.sh production --workers=100"),
        Instead("watch -n 5 'ps aux | grep friday-prod | grep -v grep'", "ps aux", "the room does it again and again"),
        As("./scripts/monitor-memory.sh production --duration=10m"),
        As("./scripts/monitor-cpu.sh production --duration=10m"),
        As("./scripts/monitor-disk.sh production --duration=10m"),
        Added(
            "ssh prod-user@production-server test -r /var/log/friday/production.log",
            "no lines are no proof where none can be read",
        ),
        As("ssh prod-user@production-server \"grep -i error /var/log/friday/production.log | wc -l\""),
        As("ssh prod-user@production-server \"tail -100 /var/log/friday/production.log | grep -v 'INFO'\""),
    ];
    let mut expected = calls(&expected);
    // The monitors run beside each other, and one of them again and again.
    let monitors = expected.iter().position(|call| call == "ps aux").unwrap();
    expected[monitors..monitors + 4].sort();
    forward[monitors..].sort_by_key(|call| if call.starts_with("ssh") { String::from("~") } else { call.clone() });
    forward.dedup();
    assert_eq!(forward, expected);
    let restored = format!("ssh prod-user@production-server psql -h localhost -d friday_prod -f /backups/friday-db-{NOW}.sql");
    let blue = format!("ssh prod-user@production-server nohup {BLUE} >> /var/log/friday/production.log 2>&1 &");
    let expected = [
        As("ssh prod-user@production-server \"sudo /opt/scripts/switch-load-balancer.sh blue\""),
        Instead(
            "ssh prod-user@production-server \"pkill -f 'friday-prod.*port=8081'\"",
            "ssh prod-user@production-server pkill -f '[f]riday-prod.*port=8081'",
            brackets,
        ),
        Instead(
            "ssh prod-user@production-server \"/opt/friday-old/friday-prod --environment=production --port=8080\"",
            &blue,
            outlives,
        ),
        Instead("curl -s http://production-server:8080/health | jq '.'", "GET /blue/health", asked),
        Instead(
            "ssh prod-user@production-server \"pg_restore -h localhost -d friday_prod /backups/friday-db-*.sql\"",
            &restored,
            "pg_restore reads no plain SQL, and there may be more than one backup",
        ),
        As("./scripts/verify-db-integrity.sh production"),
        As("./scripts/health-check.sh production"),
        As("./scripts/check-performance.sh production"),
        As("ssh prod-user@production-server \"tail -50 /var/log/friday/production.log\""),
    ];
    assert_eq!(back, calls(&expected));
}

const GREEN: &str = "/opt/friday/friday-prod --environment=production --port=8081";
const BLUE: &str = "/opt/friday-old/friday-prod --environment=production --port=8080";
