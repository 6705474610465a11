//! Starting the room's process: this same program, in a session of its own, beyond the reach of a logout.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::orders::{Answer, Orders};

/// The answer is one short line.
const ANSWER_MAX: u64 = 64 * 1024;

/// Starts it, and waits until the room can be joined.
pub(super) async fn start(orders: &Orders) -> anyhow::Result<PathBuf> {
    let orders = orders.bytes().context("can't put the room's orders into words")?;
    let myself = std::env::current_exe().context("can't find this program's own file, which keeps the room")?;
    let direct = || command(&myself, &[]);
    let mut answer = None;
    if has_user_systemd() {
        let scope = ["--user", "--scope", "--quiet", "--collect", "--"];
        answer = converse(command("systemd-run".as_ref(), &scope).arg(&myself), &orders).await.ok();
    }
    let answer = match answer {
        Some(answer) => answer,
        None => converse(&mut direct(), &orders).await.context("the room's process did not come up")?,
    };
    match answer {
        Answer::Ready { socket, .. } => Ok(socket),
        Answer::Failed { why } => Err(anyhow::anyhow!("{why}")),
    }
}

/// Whether a service manager of this user can be reached, which keeps a scope beyond the login.
fn has_user_systemd() -> bool {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.is_some_and(|folder| UnixStream::connect(folder.join("systemd/private")).is_ok())
}

#[expect(clippy::disallowed_methods, reason = "the room's process is started here, and nothing else is")]
fn command(program: &std::path::Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

async fn converse(command: &mut Command, orders: &[u8]) -> anyhow::Result<Answer> {
    let mut child: Child = command.arg("__room").spawn().context("can't start it")?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (mut input, output) = (input.context("it has no input")?, output.context("it has no output")?);
    // It may fail before it has read everything; then its answer says why.
    let _ = input.write_all(orders).await;
    drop(input);
    let mut line = String::new();
    BufReader::new(output.take(ANSWER_MAX)).read_line(&mut line).await.context("it can't be heard")?;
    if line.is_empty() {
        let status = child.wait().await.context("it is gone")?;
        anyhow::bail!("it ended before it said anything ({status})");
    }
    serde_json::from_str(&line).context("it is not understood")
}
