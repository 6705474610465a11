//! Stories of steps: real children, scripted ones, and requests.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::engine::clock::{Clock, SystemClock, VirtualClock};
use crate::engine::net::{FakeNet, NetError, Stage};
use crate::engine::spawn::{Exit, FakeSpawner, Play, SystemSpawner};
use crate::id::VarName;
use crate::room::event::Done;
use crate::runbook::model::{Body, Capture, CaptureFrom, Course, Expect, Method, Request, Shell};
use crate::runbook::template::Template;
use crate::time::{Moment, Span};

const SECRET: &str = "hunter2/x";

/// A step that runs `script`, in a room with a version and a token.
pub(super) fn job(script: &str, folder: &Path) -> Job {
    let values = [("version", "1.2.3"), ("token", SECRET)];
    let values = Values(values.iter().map(|(name, value)| (VarName::new(name), (*value).to_owned())).collect());
    let setting = Setting {
        room: RoomId::new("room-1"),
        folder: folder.to_owned(),
        dir: None,
        values: values.clone(),
        mask: Mask::new([SECRET]),
        reason: None,
    };
    let env = IndexMap::from([("shown".to_owned(), Template::parse("v{{ version }}").unwrap())]);
    let kind = StepKind::Run { script: script.to_owned(), shell: Shell::Bash, env, dir: None, course: Course::Once };
    let mut step = Step::plain(StepId::new("canary.1"), "1.1".to_owned(), "a step".to_owned(), kind);
    step.grace = Span(100);
    Job { step, attempt: 1, setting: Arc::new(setting), values, reason: None, anchor: "a1b2".to_owned(), before: None }
}

fn request(url: &str, folder: &Path) -> Job {
    let mut job = job("", folder);
    let url = Template::parse(url).unwrap();
    job.step.kind = StepKind::Http(Request { method: Method::Post, url, headers: IndexMap::new(), body: None });
    job
}

/// Everything that was heard of a step.
#[derive(Debug, Default)]
struct Heard {
    lines: Vec<String>,
    omitted: u64,
    batch_max: usize,
    captured: Vec<String>,
    ending: Option<Result<Done, Failure>>,
}

impl Heard {
    fn take(&mut self, event: Event) {
        assert!(self.ending.is_none(), "something came after the end: {event:?}");
        match event {
            Event::StepOutput { output, .. } => {
                self.batch_max = self.batch_max.max(output.lines.len());
                self.lines.extend(output.lines);
                self.omitted += output.omitted;
            }
            Event::ValuesCaptured { values, .. } => self.captured.extend(values.into_values()),
            Event::StepDone { how, .. } => self.ending = Some(Ok(how)),
            Event::StepFailed { why, .. } => self.ending = Some(Err(why)),
            other => panic!("a step does not report {other:?}"),
        }
    }

    fn says(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    fn exited(&self, code: i32) {
        assert_eq!(self.ending, Some(Ok(Done::Exit { code })), "{:?}", self.lines);
    }
}

fn real() -> Outside {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let net = Arc::new(FakeNet::new(Arc::clone(&clock)));
    Outside { clock, spawner: Arc::new(SystemSpawner::without_session()), net }
}

async fn hear(job: Job, outside: Outside) -> Heard {
    hear_until(job, outside, "").await
}

/// Runs the step, and asks it to stop when it prints `stop_at`.
async fn hear_until(job: Job, outside: Outside, stop_at: &str) -> Heard {
    let (reports, mut inbox) = mpsc::channel(4);
    let cancel = start(job, outside, reports);
    let mut heard = Heard::default();
    while let Some(report) = inbox.recv().await {
        heard.take(report.event);
        if !stop_at.is_empty() && heard.says(stop_at) {
            cancel.cancel();
        }
    }
    heard
}

fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

#[tokio::test]
async fn a_script_prints_and_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(job("echo one; echo two >&2; printf three", folder.path()), real()).await;
    assert_eq!(heard.lines, ["one", "two", "three"]);
    heard.exited(0);
}

#[tokio::test]
async fn exit_codes_decide_and_a_broken_pipe_of_commands_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("exit 3", None, Err(Failure::Exit { code: 3 })),
        ("false | true", None, Err(Failure::Exit { code: 1 })),
        ("exit 3", Some(3), Ok(Done::Exit { code: 3 })),
        ("true", Some(3), Err(Failure::Unmet { what: "exit code 3 was expected, and it was 0".to_owned() })),
        ("kill -9 $$", None, Err(Failure::Signal { signal: 9 })),
    ];
    for (script, wanted, ending) in cases {
        let mut job = job(script, folder.path());
        job.step.expect.exit = wanted;
        assert_eq!(hear(job, real()).await.ending, Some(ending), "{script}");
    }
}

#[tokio::test]
async fn exit_code_0_is_no_success_when_more_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("echo '{\"replicas\": 2}'", folder.path());
    job.step.expect.json = vec![("$.replicas".to_owned(), json!(3))];
    let ending = hear(job, real()).await.ending;
    assert_eq!(ending, Some(Err(Failure::Unmet { what: "$.replicas is 2, not 3".to_owned() })));
}

#[tokio::test]
async fn variables_arrive_as_environment_and_are_never_shell_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("printf '%s\\n' \"$version\" \"$shown\" \"$nasty\" \"$WARROOM_STEP\"", folder.path());
    let setting = Setting { mask: Mask::default(), ..Arc::into_inner(job.setting).unwrap() };
    let nasty = "'; exit 9; $(exit 9) `exit 9` \"";
    job.values.0.insert(VarName::new("nasty"), nasty.to_owned());
    job.setting = Arc::new(setting);
    let heard = hear(job, real()).await;
    assert_eq!(heard.lines, ["1.2.3", "v1.2.3", nasty, "canary.1"]);
}

#[tokio::test]
async fn a_script_that_kills_by_name_does_not_find_itself() {
    let folder = tempfile::tempdir().unwrap();
    for shell in [Shell::Bash, Shell::Sh] {
        let mut step = job("tr '\\0' ' ' < /proc/$$/cmdline; echo; echo \"$0\"", folder.path());
        let StepKind::Run { shell: used, .. } = &mut step.step.kind else { unreachable!() };
        *used = shell;
        let heard = hear(step, real()).await;
        heard.exited(0);
        assert!(heard.says("WARROOM_SCRIPT"), "{:?}", heard.lines);
        assert!(!heard.says("canary") && !heard.says("cmdline") && !heard.says(&folder.path().display().to_string()));
    }
}

#[tokio::test]
async fn standard_input_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(job("cat; read -r line || echo nothing to read", folder.path()), real()).await;
    assert_eq!(heard.lines, ["nothing to read"]);
}

#[tokio::test]
async fn nothing_the_console_has_open_is_inherited() {
    let folder = tempfile::tempdir().unwrap();
    let journal = std::fs::File::create(folder.path().join("journal")).unwrap();
    let heard = hear(job("exec ls -l /proc/self/fd", folder.path()), real()).await;
    drop(journal);
    assert!(heard.says("0 -> /dev/null") && heard.says("1 -> pipe:") && heard.says("2 -> pipe:"));
    assert!(!heard.says("journal") && !heard.says("canary.1.1.log"), "{:?}", heard.lines);
}

#[tokio::test]
async fn a_secret_never_leaves_here() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo \"a $token b\"; printf hun; sleep 0.01; echo ter2/x; printf 'hun\\e[1mter2/x\\n'; exit 0";
    let mut job = job(script, folder.path());
    job.step.expect.absent = vec![SECRET.to_owned()];
    let heard = hear(job, real()).await;
    assert_eq!(heard.lines, ["a [secret] b", "[secret]", "[secret]"]);
    assert_eq!(heard.ending, Some(Err(Failure::Unmet { what: "the output contains `[secret]`".to_owned() })));
    let spooled = std::fs::read_to_string(folder.path().join("output/canary.1.1.log")).unwrap();
    assert!(!spooled.contains(SECRET) && spooled.contains("a [secret] b"));
}

#[tokio::test]
async fn a_child_that_ignores_term_is_killed_after_its_grace() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; echo ready $$; while :; do sleep 1; done";
    let heard = hear_until(job(script, folder.path()), real(), "ready").await;
    assert_eq!(heard.ending, Some(Err(Failure::Cancelled)));
    assert!(heard.says("KILL sent"));
    let pid = heard.lines[0].strip_prefix("ready ").unwrap();
    assert!(!is_running(pid), "{pid} still runs");
}

#[tokio::test]
async fn nothing_that_a_step_started_survives_its_cancel() {
    let folder = tempfile::tempdir().unwrap();
    let script = "(trap '' TERM; sleep 600 & echo pid $!; wait; sleep 600) & \
                  setsid sh -c 'echo pid $$; exec sleep 600' & sleep 0.01; echo ready; wait";
    let heard = hear_until(job(script, folder.path()), real(), "ready").await;
    assert_eq!(heard.ending, Some(Err(Failure::Cancelled)));
    let pids: Vec<_> = heard.lines.iter().filter_map(|line| line.strip_prefix("pid ")).collect();
    assert!(!pids.is_empty());
    assert!(pids.iter().all(|pid| !is_running(pid)), "{:?}", heard.lines);
}

#[tokio::test]
async fn a_child_that_ends_well_on_term_needs_no_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("trap 'echo cleaned up; exit 0' TERM; echo ready; sleep 600 & wait", folder.path());
    job.step.grace = Span::MINUTE;
    let heard = hear_until(job, real(), "ready").await;
    assert_eq!(heard.ending, Some(Err(Failure::Cancelled)));
    assert!(heard.says("cleaned up") && !heard.says("KILL sent"), "{:?}", heard.lines);
}

#[tokio::test]
async fn a_step_that_takes_too_long_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("sleep 600", folder.path());
    job.step.timeout = Some(Span(20));
    let heard = hear(job, real()).await;
    assert_eq!(heard.ending, Some(Err(Failure::TimedOut { after: Span(20) })));
}

#[tokio::test]
async fn what_was_watched_for_its_time_is_judged_by_what_it_printed() {
    let folder = tempfile::tempdir().unwrap();
    let watched = async |expect: Expect| {
        let mut job = job("echo ERROR 7; exec sleep 600", folder.path());
        let course = Course::Watch { span: Span(1_500), every: None };
        let StepKind::Run { course: once, .. } = &mut job.step.kind else { panic!("{:?}", job.step.kind) };
        *once = course;
        job.step.capture = vec![Capture { name: VarName::new("errors"), from: CaptureFrom::Pattern("ERROR (\\d)".to_owned()) }];
        job.step.expect = expect;
        hear(job, real()).await
    };
    let calm = watched(Expect { absent: vec!["PANIC".to_owned()], ..Expect::default() }).await;
    assert_eq!((calm.ending, calm.captured), (Some(Ok(Done::Elapsed)), vec!["7".to_owned()]));
    for expect in [
        Expect { absent: vec!["ERROR".to_owned()], ..Expect::default() },
        Expect { value: Some(String::new()), ..Expect::default() },
        Expect { contains: vec!["nope".to_owned()], ..Expect::default() },
    ] {
        let failed = watched(expect.clone()).await;
        assert!(matches!(failed.ending, Some(Err(Failure::Unmet { .. }))), "{expect:?}: {:?}", failed.ending);
        assert!(failed.captured.is_empty());
    }
}

#[tokio::test]
async fn a_daemon_that_holds_the_output_open_is_named_and_waited_for_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(job("sleep 600 & echo $!", folder.path()), real()).await;
    heard.exited(0);
    assert!(heard.says("still held open by sleep"), "{:?}", heard.lines);
    let daemon = heard.lines[0].parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
    rustix::process::kill_process(daemon, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn output_that_is_held_open_proves_nothing_absent() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (Expect { contains: vec!["rolled".to_owned()], ..Expect::default() }, true),
        (Expect { absent: vec!["error".to_owned()], ..Expect::default() }, false),
        (Expect { json: vec![("$.replicas".to_owned(), json!(3))], ..Expect::default() }, false),
    ];
    for (expect, is_met) in cases {
        let mut job = job("echo '{\"replicas\": 3}'; echo rolled out; sleep 600 & echo $!", folder.path());
        job.step.expect = expect;
        let heard = hear(job, real()).await;
        let daemon = heard.lines[2].parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(daemon, rustix::process::Signal::KILL).unwrap();
        let what = "the output could not be read to its end, so nothing can be said to be absent".to_owned();
        let ending = if is_met { Ok(Done::Exit { code: 0 }) } else { Err(Failure::Unmet { what }) };
        assert_eq!(heard.ending, Some(ending));
    }
}

#[tokio::test]
async fn a_step_that_asks_and_waits_is_seen_to_ask() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("printf 'Continue? [y/N] '; exec sleep 600", folder.path());
    job.step.timeout = Some(Span::seconds(20));
    let heard = hear_until(job, real(), "Continue?").await;
    assert_eq!(heard.ending, Some(Err(Failure::Cancelled)));
}

#[tokio::test]
async fn endless_output_is_counted_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(job("seq 300000", folder.path()), real()).await;
    heard.exited(0);
    assert_eq!(heard.lines.len() as u64 + heard.omitted, 300_000, "{:?}", heard.lines.last_chunk::<4>());
    assert!(heard.omitted > 0 && heard.batch_max <= 200);
}

#[tokio::test]
async fn a_line_without_an_end_comes_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(job("head -c 20000000 /dev/zero | tr '\\0' x", folder.path()), real()).await;
    heard.exited(0);
    assert!(heard.lines.iter().all(|line| line.chars().count() <= crate::text::LINE_MAX));
    assert_eq!(heard.lines.len() as u64 + heard.omitted, 20_000_000_u64.div_ceil(crate::text::PIECE_MAX as u64));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job("true", folder.path());
    let StepKind::Run { dir, .. } = &mut job.step.kind else { unreachable!() };
    *dir = Some(Template::parse("/nowhere/{{ version }}").unwrap());
    let ending = hear(job, real()).await.ending;
    assert_eq!(ending, Some(Err(Failure::Broken { what: "there is no folder /nowhere/1.2.3".to_owned() })));
}

#[tokio::test]
async fn a_scripted_child_is_late_by_the_virtual_clock() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock::at(Moment(0)));
    let seam: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&clock);
    let spawner = FakeSpawner::new(Arc::clone(&seam));
    let prints = vec![(Span::SECOND, "begun\n".to_owned())];
    spawner.plays("canary.1", Play { prints, takes: Span::HOUR, ignores_term: true, ..Play::default() });
    let net = Arc::new(FakeNet::new(Arc::clone(&seam)));
    let mut job = job("true", folder.path());
    job.step.timeout = Some(Span::minutes(30));
    let hearing = tokio::spawn(hear(job, Outside { clock: seam, spawner: Arc::new(spawner), net }));
    while !hearing.is_finished() {
        if let Some(next) = clock.next_wake() {
            clock.advance(next - clock.now());
        }
        tokio::task::yield_now().await;
    }
    let heard = hearing.await.unwrap();
    assert_eq!(heard.ending, Some(Err(Failure::TimedOut { after: Span::minutes(30) })));
    assert!(heard.says("begun") && clock.now() < Moment(Span::minutes(31).0));
}

fn answering(status: u16, body: &str) -> (Outside, Arc<FakeNet>) {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Moment(0)));
    let net = Arc::new(FakeNet::new(Arc::clone(&clock)));
    net.answers("http://lb/1.2.3", status, "application/json", body);
    let seam = Arc::<FakeNet>::clone(&net);
    (Outside { spawner: Arc::new(FakeSpawner::new(Arc::clone(&clock))), clock, net: seam }, net)
}

#[tokio::test]
async fn a_request_is_judged_by_status_and_body() {
    let folder = tempfile::tempdir().unwrap();
    let unmet = |what: &str| Err(Failure::Unmet { what: what.to_owned() });
    let cases = [
        (200, None, "blue", Ok(Done::Status { status: 200 })),
        (503, None, "blue", Err(Failure::Status { status: 503 })),
        (404, Some(404), "blue", Ok(Done::Status { status: 404 })),
        (200, Some(201), "blue", unmet("status 201 was expected, and it was 200")),
        (200, None, "green", unmet("the body does not contain `blue`")),
    ];
    for (status, wanted, body, ending) in cases {
        let mut job = request("http://lb/{{ version }}", folder.path());
        job.step.expect = Expect { status: wanted, contains: vec!["blue".to_owned()], ..Expect::default() };
        let heard = hear(job, answering(status, body).0).await;
        assert_eq!(heard.ending, Some(ending));
        assert_eq!(heard.lines[0], "POST http://lb/1.2.3");
        assert!(heard.says(&format!("HTTP {status} in 0 ms")) && heard.says(body));
    }
}

#[tokio::test]
async fn a_body_of_json_says_that_it_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let json = ("Content-Type".to_owned(), "application/json".to_owned());
    let yaml = ("content-type".to_owned(), "application/yaml".to_owned());
    let cases = [("{\"blue\": 10}", None, vec![json]), ("blue=10", None, vec![]), ("{}", Some(yaml.clone()), vec![yaml])];
    for (body, header, sent) in cases {
        let (outside, net) = answering(200, "");
        let mut job = request("http://lb/{{ version }}", folder.path());
        let StepKind::Http(request) = &mut job.step.kind else { unreachable!() };
        request.body = Some(Body::Text(Template::parse(body).unwrap()));
        request.headers.extend(header.map(|(name, value)| (name, Template::parse(&value).unwrap())));
        hear(job, outside).await;
        assert_eq!(net.calls()[0].headers, sent);
    }
}

#[tokio::test]
async fn an_address_with_a_line_end_in_a_variable_is_never_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (outside, net) = answering(200, "");
    let mut job = request("http://lb/{{ version }}", folder.path());
    job.values.0.insert(VarName::new("version"), "1.2\n.3".to_owned());
    let heard = hear(job, outside).await;
    let why = "bad request: the address holds a line end or another control character; look at the variables in it";
    assert_eq!(heard.ending, Some(Err(Failure::Broken { what: why.to_owned() })));
    assert!(net.calls().is_empty());
}

#[tokio::test]
async fn a_request_without_an_answer_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (outside, net) = answering(200, "");
    net.replies_in("http://lb/1.2.3", Span::ZERO, Err(NetError::NoAnswer { after: Span::SECOND, stage: Stage::Waiting }));
    let job = request("http://lb/{{ version }}", folder.path());
    let heard = hear(job.clone(), outside.clone()).await;
    assert_eq!(heard.ending, Some(Err(Failure::Broken { what: "no answer within 1s (connected, but silent)".to_owned() })));
    let mut timed = job;
    timed.step.timeout = Some(Span::SECOND);
    assert_eq!(hear(timed, outside).await.ending, Some(Err(Failure::TimedOut { after: Span::SECOND })));
}

#[tokio::test]
async fn a_script_that_can_not_be_started_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::at(Moment(0)));
    let spawner = FakeSpawner::new(Arc::clone(&clock));
    spawner.plays("canary.1", Play { broken: Some("no bash here".to_owned()), exit: Exit::Code(0), ..Play::default() });
    let net = Arc::new(FakeNet::new(Arc::clone(&clock)));
    let heard = hear(job("true", folder.path()), Outside { clock, spawner: Arc::new(spawner), net }).await;
    assert_eq!(heard.ending, Some(Err(Failure::Broken { what: "bash could not be started: no bash here".to_owned() })));
}
