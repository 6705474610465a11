//! Numbers that a script prints.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use regex::Regex;

use crate::engine::Outside;
use crate::engine::poll::{Found, Told};
use crate::engine::spawn::{Child, Exit, Heard, Launch};
use crate::engine::spool::private_file;
use crate::engine::steps::Setting;
use crate::engine::steps::environment::{common, set};
use crate::id::{MetricId, SourceId};
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;
use crate::measure::{json, output};
use crate::time::{Moment, Span};

/// What a script may print.
const OUTPUT_MAX: usize = 1 << 20;

/// What is kept of what it says on standard error.
const ERRORS_MAX: usize = 4_096;

/// How long the end of a killed script is waited for.
const KILLED: Span = Span(1_000);

/// Standard error is kept apart, so that a warning is never taken for the number, and only its beginning, so that no disk
/// fills. The script itself is in a file that no argument names.
const WRAPPED: &str = "exec 3>&1\n{ . \"$WARROOM_SCRIPT\"; } 2>&1 >&3 3>&- </dev/null | \
                       { exec >\"$WARROOM_ERRORS\" 3>&-; head -c 4096; exec cat >/dev/null; }";

pub(super) struct Script {
    id: SourceId,
    setting: Arc<Setting>,
    text: String,
    wants: Vec<(MetricId, Unit, Way)>,
}

/// How a number is found in the output.
pub(super) enum Way {
    Last,
    Path(String),
    Regex(Result<Regex, String>),
}

impl Script {
    pub(super) fn new(id: SourceId, setting: Arc<Setting>, text: String, wants: Vec<(MetricId, Unit, Way)>) -> Self {
        Self { id, setting, text, wants }
    }

    /// Runs it once, to its end or to the deadline.
    pub(super) async fn run(&self, outside: &Outside, deadline: Span) -> Told {
        let (launch, errors) = self.launch()?;
        let child = outside.spawner.spawn(launch).map_err(|error| format!("bash could not be started: {error}"))?;
        let mut run = Run { child, kept: Vec::new(), flooded: false, exit: None, closed: false };
        let late = outside.clock.now() + deadline;
        run.listen(outside, late).await;
        match run.exit.filter(|_| run.closed && !run.flooded) {
            None => {
                run.child.kill().await;
                let until = outside.clock.now() + KILLED;
                run.listen(outside, until).await;
                if run.flooded {
                    return Err(format!("printed more than {} KiB", OUTPUT_MAX >> 10));
                }
                Err(format!("not done after {deadline}"))
            }
            Some(Exit::Code(0)) => Ok(Found { status: 0, readings: self.read(&run.kept), ..Found::default() }),
            Some(Exit::Code(code)) => Err(failed(&format!("exit code {code}"), &errors)),
            Some(Exit::Signal(signal)) => Err(failed(&format!("ended by signal {signal}"), &errors)),
        }
    }

    /// Without a number for a reason that the script itself gave, or that it was not done.
    pub(super) fn missed(&self, why: &str) -> Vec<(MetricId, Reading)> {
        self.wants.iter().map(|(id, ..)| (id.clone(), Reading::Invalid(why.to_owned()))).collect()
    }

    fn read(&self, output: &[u8]) -> Vec<(MetricId, Reading)> {
        let text = String::from_utf8_lossy(output);
        let document = serde_json::from_slice::<serde_json::Value>(output);
        let reading = |unit: &Unit, way: &Way| match (way, &document) {
            (Way::Last, _) => output::last_number(unit, &text),
            (Way::Regex(Ok(expression)), _) => output::found(expression, unit, &text),
            (Way::Regex(Err(why)), _) => Reading::Invalid(why.clone()),
            (Way::Path(path), Ok(document)) => json::read(path, unit, document),
            (Way::Path(_), Err(error)) => Reading::Invalid(format!("the output is no valid JSON: {error}")),
        };
        self.wants.iter().map(|(id, unit, way)| (id.clone(), reading(unit, way))).collect()
    }

    /// Writes the script where only its owner can read it. Returns also where its errors will be.
    fn launch(&self) -> Result<(Launch, PathBuf), String> {
        let folder = self.setting.folder.join("scripts");
        let file = folder.join(format!("source.{}.sh", self.id));
        let errors = folder.join(format!("source.{}.err", self.id));
        let written = private_file(&file).and_then(|mut file| file.write_all(self.text.as_bytes()));
        written
            .and_then(|()| private_file(&errors).map(drop))
            .map_err(|error| format!("the script can't be written: {error}"))?;
        let whole = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let mut env = common(&self.setting, std::env::vars_os());
        set(&mut env, "WARROOM_SOURCE", self.id.as_str().into());
        set(&mut env, "WARROOM_SCRIPT", whole(&file).into());
        set(&mut env, "WARROOM_ERRORS", whole(&errors).into());
        let args = ["-o", "pipefail", "-c", WRAPPED].map(Into::into).to_vec();
        Ok((Launch { program: "bash".into(), args, env, dir: self.setting.dir.clone() }, errors))
    }
}

/// `exit code 7: connection refused`: the last line on standard error says mostly why.
fn failed(how: &str, errors: &PathBuf) -> String {
    let said = fs::read(errors).unwrap_or_default();
    let said = String::from_utf8_lossy(&said[..said.len().min(ERRORS_MAX)]).into_owned();
    match said.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => format!("{how}: {}", crate::text::clip(&crate::text::clean_line(line), 200)),
        None => how.to_owned(),
    }
}

struct Run {
    child: Box<dyn Child>,
    kept: Vec<u8>,
    flooded: bool,
    exit: Option<Exit>,
    closed: bool,
}

impl Run {
    /// Until it has ended and said all, or said too much, or `until`.
    async fn listen(&mut self, outside: &Outside, until: Moment) {
        while !(self.flooded || self.closed && self.exit.is_some()) {
            tokio::select! {
                biased;
                heard = self.child.heard() => match heard {
                    Heard::Output(bytes) => {
                        self.flooded = self.kept.len() + bytes.len() > OUTPUT_MAX;
                        if !self.flooded {
                            self.kept.extend_from_slice(&bytes);
                        }
                    }
                    Heard::Closed => self.closed = true,
                    Heard::Exited(exit) => self.exit = Some(exit),
                },
                () = outside.clock.sleep_until(until) => return,
            }
        }
    }
}

/// When the room closes, what it asked is not left running.
impl Drop for Run {
    fn drop(&mut self) {
        if self.exit.is_none() {
            // It may just have ended by itself.
            let _ = self.child.terminate();
        }
    }
}
