//! Steps held by real shims: what they print and how they end is there, whoever dies.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use warroom::engine::clock::{Clock, SystemClock};
use warroom::engine::hold::{Bounds, Ended, Held, Keeping, News, Unheld, folder};
use warroom::engine::spawn::{Exit, Launch, Spawner, SystemSpawner};
use warroom::engine::steps::mask::Mask;
use warroom::runbook::model::Expect;

const DEADLINE: Duration = Duration::from_mins(1);

struct Bench {
    room: TempDir,
    bounds: Bounds,
    secrets: Vec<&'static str>,
    expect: Expect,
}

impl Bench {
    fn new() -> Self {
        Self { room: tempfile::tempdir().unwrap(), bounds: Bounds::default(), secrets: Vec::new(), expect: Expect::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    fn keeping(&self) -> Keeping {
        Keeping {
            folder: folder(self.room.path(), &"a".into(), 1),
            log: self.path("output/a.1.log"),
            bounds: self.bounds,
            mask: Mask::new(self.secrets.iter().copied()),
            expect: self.expect.clone(),
            capture: Vec::new(),
        }
    }

    fn spawner() -> SystemSpawner {
        SystemSpawner::through(env!("CARGO_BIN_EXE_warroom").into())
    }

    /// Bash, in the room's folder.
    async fn holds(&self, script: &str) -> Box<dyn Held> {
        self.try_hold(script).await.unwrap()
    }

    async fn try_hold(&self, script: &str) -> Result<Box<dyn Held>, Unheld> {
        let env = vec![("PATH".into(), std::env::var_os("PATH").unwrap()), ("WARROOM_STEP".into(), "a".into())];
        let args = vec!["-c".into(), script.into()];
        let launch = Launch { program: "bash".into(), args, env, dir: Some(self.room.path().to_owned()) };
        Self::spawner().hold(launch, self.keeping()).await
    }

    /// As a room does that comes after another.
    async fn finds(&self, from: u64) -> Result<Box<dyn Held>, Unheld> {
        Self::spawner().adopt(self.keeping(), from).await
    }

    fn record(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.keeping().folder.join(name)).unwrap()).unwrap()
    }

    /// The process ids of the shim and of its child.
    fn pids(&self) -> (i32, i32) {
        let held = &self.record("claim.json")["held"];
        let pid = |who: &str| i32::try_from(held[who]["pid"].as_i64().unwrap()).unwrap();
        (pid("shim"), pid("child"))
    }

    async fn has(&self, name: &str) {
        let path = self.path(name);
        until(name, || path.exists()).await;
    }
}

async fn until(what: &str, so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(DEADLINE, async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never came to be: {what}"));
}

async fn next(held: &mut dyn Held) -> News {
    tokio::time::timeout(DEADLINE, held.heard()).await.expect("nothing is heard any more")
}

/// All that it prints, what of it is missing, and its end.
async fn rest(held: &mut dyn Held) -> (Vec<u8>, u64, Ended) {
    let (mut output, mut missing) = (Vec::new(), 0);
    loop {
        match next(held).await {
            News::Output(bytes) => output.extend(bytes),
            News::Gap { bytes, .. } => missing += bytes,
            News::Over(ended) => return (output, missing, *ended),
            News::Lost(why) => panic!("lost: {why}"),
        }
    }
}

async fn text(held: &mut dyn Held) -> (String, Ended) {
    let (output, missing, ended) = rest(held).await;
    assert_eq!(missing, 0);
    (String::from_utf8(output).unwrap(), ended)
}

fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

fn is_running(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

fn numbers(to: u64) -> String {
    use std::fmt::Write;
    (1..=to).fold(String::new(), |mut text, number| {
        writeln!(text, "{number}").unwrap();
        text
    })
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[tokio::test]
async fn output_and_exit_reach_the_room_and_stay_on_disk() {
    let bench = Bench::new();
    let mut held = bench.holds("seq 200000; exit 7").await;
    let (said, ended) = text(held.as_mut()).await;
    assert!(said == numbers(200_000));
    assert_eq!((ended.exit, ended.whole, ended.bytes), (Exit::Code(7), true, said.len() as u64));
    assert_eq!(ended.sha256, sha256(said.as_bytes()));
    assert!(fs::read_to_string(bench.keeping().log).unwrap() == said);
    assert_eq!(bench.record("end.json")["ended"]["exit"]["code"], 7);
}

#[tokio::test]
async fn the_child_has_three_open_files_a_session_and_no_terminal() {
    let bench = Bench::new();
    // Without a pipeline, whose ends the shell itself would hold for a moment.
    let mut held = bench
        .holds("f=$(mktemp); ls /proc/$$/fd >$f; tr '\\n' ' ' <$f; rm $f; ps -o sid= -p $$ | tr -d ' '; readlink /proc/$$/fd/0")
        .await;
    let pid = held.pid();
    let (said, _) = text(held.as_mut()).await;
    let lines: Vec<_> = said.lines().collect();
    // Bash keeps 255 for a script of its own.
    assert_eq!(lines, [format!("0 1 2 {pid}").as_str(), "/dev/null"]);
}

#[tokio::test]
async fn nothing_in_the_shims_arguments_or_environment_names_the_step_or_holds_a_secret() {
    let mut bench = Bench::new();
    bench.secrets = vec!["hunter2-hunter2"];
    let mut held = bench.holds("sleep 600").await;
    let (shim, _) = bench.pids();
    let arguments = fs::read(format!("/proc/{shim}/cmdline")).unwrap();
    assert!(arguments.ends_with(b"warroom\0__hold\0"), "{}", String::from_utf8_lossy(&arguments));
    assert_eq!(fs::read(format!("/proc/{shim}/environ")).unwrap(), b"");
    assert_eq!(held.kill().await, []);
    assert_eq!(rest(held.as_mut()).await.2.exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_secret_is_masked_before_it_reaches_the_disk() {
    let mut bench = Bench::new();
    bench.secrets = vec!["hunter2-hunter2"];
    bench.expect.absent = vec!["hunter2".to_owned()];
    let mut held = bench.holds("printf 'a hunter2-'; sleep 0.05; echo 'hunter2 b'").await;
    let (said, ended) = text(held.as_mut()).await;
    assert_eq!(said, "a [secret] b\n");
    assert_eq!(fs::read_to_string(bench.keeping().log).unwrap(), said);
    assert!(ended.unmet.is_some());
}

#[tokio::test]
async fn a_room_that_comes_back_hears_the_output_from_where_it_was() {
    let bench = Bench::new();
    let mut held = bench.holds("echo one; touch begun; while [ ! -e go ]; do sleep 0.01; done; echo two; exit 3").await;
    assert_eq!(next(held.as_mut()).await, News::Output(b"one\n".to_vec()));
    drop(held);
    let mut held = bench.finds(4).await.unwrap();
    fs::write(bench.path("go"), "").unwrap();
    let (said, ended) = text(held.as_mut()).await;
    assert_eq!((said.as_str(), ended.exit), ("two\n", Exit::Code(3)));
}

#[tokio::test]
async fn a_child_goes_on_printing_and_ends_while_no_room_is_there() {
    let mut bench = Bench::new();
    bench.expect.contains = vec!["150000".to_owned()];
    let mut held = bench.holds("echo one; while [ ! -e go ]; do sleep 0.01; done; seq 300000; exit 3").await;
    assert_eq!(next(held.as_mut()).await, News::Output(b"one\n".to_vec()));
    let (shim, _) = bench.pids();
    drop(held);
    fs::write(bench.path("go"), "").unwrap();
    let before = SystemClock::new().wall();
    until("the shim's end", || !is_running(shim)).await;
    let after = SystemClock::new().wall();
    let mut held = bench.finds(4).await.unwrap();
    assert!(held.has_ended(), "it is known before anything else is heard");
    let (said, ended) = text(held.as_mut()).await;
    assert!(said == numbers(300_000));
    assert!(ended.at.is_some_and(|at| at >= before && at <= after), "the real end is recorded: {:?}", ended.at);
    assert_eq!((ended.exit, ended.unmet), (Exit::Code(3), None));
    assert_eq!(ended.sha256, sha256(format!("one\n{said}").as_bytes()));
}

#[tokio::test]
async fn beyond_the_bound_the_beginning_and_the_end_are_kept_and_the_rest_is_counted() {
    let mut bench = Bench::new();
    bench.bounds = Bounds { head: 100_000, tail: 200_000 };
    let held = bench.holds("while [ ! -e go ]; do sleep 0.01; done; seq 300000").await;
    let (shim, _) = bench.pids();
    drop(held);
    fs::write(bench.path("go"), "").unwrap();
    until("the shim's end", || !is_running(shim)).await;
    let (said, missing, ended) = rest(bench.finds(0).await.unwrap().as_mut()).await;
    let printed = numbers(300_000);
    assert_eq!(said.len() as u64 + missing, printed.len() as u64);
    assert!(printed.as_bytes().starts_with(&said[..100_000]) && printed.as_bytes().ends_with(&said[100_000..]));
    assert!(said.len() >= 200_000 && fs::metadata(bench.keeping().log).unwrap().len() < 310_000);
    assert_eq!((ended.sha256, ended.bytes), (sha256(printed.as_bytes()), printed.len() as u64));
    assert_eq!(ended.layout.left_out, missing);
}

#[tokio::test]
async fn a_slow_room_holds_the_child_up_and_loses_nothing() {
    let mut bench = Bench::new();
    bench.bounds = Bounds { head: 100_000, tail: 100_000 };
    let mut held = bench.holds("seq 1000000; touch printed").await;
    assert!(matches!(next(held.as_mut()).await, News::Output(_)));
    // What is read ahead is bounded: then the child waits in its next write.
    let ahead = |name: String| name.rsplit_once(".tail-").and_then(|(_, from)| from.parse().ok()).unwrap_or(0);
    let names = || fs::read_dir(bench.path("output")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    until("a good part is read ahead", || names().map(ahead).max().unwrap_or(0_u64) > 500_000).await;
    assert!(!bench.path("printed").exists());
    let (said, missing, ended) = rest(held.as_mut()).await;
    assert_eq!(missing, 0);
    assert!(ended.bytes == numbers(1_000_000).len() as u64 && numbers(1_000_000).as_bytes().ends_with(&said));
}

#[tokio::test]
async fn the_shim_survives_what_a_terminal_sends_when_it_goes() {
    let bench = Bench::new();
    let mut held = bench.holds("while [ ! -e go ]; do sleep 0.01; done; echo still here").await;
    let (shim, _) = bench.pids();
    for each in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM] {
        signal(shim, each);
    }
    fs::write(bench.path("go"), "").unwrap();
    assert_eq!(text(held.as_mut()).await.0, "still here\n");
}

#[tokio::test]
async fn a_shim_that_was_killed_leaves_its_step_lost_and_never_done() {
    let bench = Bench::new();
    let mut held = bench.holds("sleep 600").await;
    let (shim, child) = bench.pids();
    signal(shim, Signal::KILL);
    let News::Lost(why) = next(held.as_mut()).await else { panic!("not lost") };
    assert!(why.contains(&format!("its own (pid {child}) still runs")), "{why}");
    drop(held);
    assert!(matches!(bench.finds(0).await, Err(Unheld::Unknown(_))));
    assert!(is_running(child), "nobody has signalled it");
    signal(child, Signal::KILL);
}

#[tokio::test]
async fn after_a_start_of_the_host_nothing_is_adopted_and_nobody_is_signalled() {
    let bench = Bench::new();
    let mut held = bench.holds("sleep 600").await;
    let (shim, _) = bench.pids();
    let claim = bench.keeping().folder.join("claim.json");
    let mut record = bench.record("claim.json");
    record["held"]["boot"] = "another".into();
    fs::write(claim, record.to_string()).unwrap();
    let Err(Unheld::Unknown(why)) = bench.finds(0).await else { panic!("adopted") };
    assert!(why.contains("started anew"), "{why}");
    assert!(is_running(shim));
    held.kill().await;
}

#[tokio::test]
async fn another_process_with_the_shims_number_is_not_taken_for_it() {
    let bench = Bench::new();
    let held = bench.holds("sleep 600").await;
    let (shim, child) = bench.pids();
    signal(shim, Signal::KILL);
    signal(child, Signal::KILL);
    drop(held);
    let mut record = bench.record("claim.json");
    // This very process, which was started at another time.
    record["held"]["shim"]["pid"] = std::process::id().into();
    fs::write(bench.keeping().folder.join("claim.json"), record.to_string()).unwrap();
    assert!(matches!(bench.finds(0).await, Err(Unheld::Unknown(_))));
}

#[tokio::test]
async fn what_was_never_begun_is_known_to_be_and_can_not_begin_any_more() {
    let bench = Bench::new();
    let Err(Unheld::NeverStarted(why)) = bench.finds(0).await else { panic!("found") };
    assert!(why.contains("nothing was run"), "{why}");
    let late = bench.try_hold("touch ran").await;
    assert!(matches!(late, Err(Unheld::NeverStarted(_))), "{late:?}");
    assert!(!bench.path("ran").exists());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_before_anything_runs() {
    let bench = Bench::new();
    let launch =
        Launch { program: "bash".into(), args: Vec::new(), env: Vec::new(), dir: Some(Path::new("/nowhere").to_owned()) };
    let held = Bench::spawner().hold(launch, bench.keeping()).await;
    assert!(matches!(held, Err(Unheld::NeverStarted(_))), "{held:?}");
}

#[tokio::test]
async fn everything_below_a_step_is_killed_also_by_a_room_that_came_later() {
    let bench = Bench::new();
    let script = "trap '' TERM; (trap '' TERM; env -i setsid sleep 600 & echo $! >> pids; sleep 600) & \
                  setsid bash -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done' & \
                  while [ $(wc -l < pids 2>/dev/null || echo 0) -lt 2 ]; do sleep 0.01; done; touch grown; wait";
    drop(bench.holds(script).await);
    bench.has("grown").await;
    let mut held = bench.finds(0).await.unwrap();
    held.terminate().await.unwrap();
    assert!(!held.running().is_empty());
    assert_eq!(held.kill().await, []);
    assert_eq!(rest(held.as_mut()).await.2.exit, Exit::Signal(9));
    let pids = fs::read_to_string(bench.path("pids")).unwrap();
    assert!(pids.lines().count() == 2 && pids.lines().all(|pid| !is_running(pid.parse().unwrap())), "{pids}");
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_open_does_not_hold_the_step_open_and_does_not_break() {
    let bench = Bench::new();
    let script = "(while [ ! -e go ]; do sleep 0.01; done; echo late && touch unbroken) & echo begun; exit 4";
    let mut held = bench.holds(script).await;
    let (said, ended) = text(held.as_mut()).await;
    assert_eq!((said.as_str(), ended.exit, ended.whole), ("begun\n", Exit::Code(4), false));
    assert!(!ended.holders.is_empty());
    drop(held);
    fs::write(bench.path("go"), "").unwrap();
    bench.has("unbroken").await;
}
