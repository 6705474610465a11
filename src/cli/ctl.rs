//! `warroom ctl`: every action without a screen, for scripts and for whoever can't use one.

use std::sync::Arc;

use anyhow::Context;

use crate::cli::args::CtlArgs;
use crate::cli::{DONE, FAILED, REFUSED, USAGE, look, out, room};
use crate::engine::clock::SystemClock;
use crate::journal::Anchor;
use crate::link::client::{self, RoomTime, Way};
use crate::link::{Ask, Port, Update};
use crate::plain::{self, Look, Meant, Unsure, Words, Wrong};
use crate::room::{State, apply};

pub(super) fn ctl(args: &CtlArgs) -> anyhow::Result<u8> {
    let found = room::living(args.room.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
    runtime.block_on(async {
        let time = RoomTime::new(Arc::new(SystemClock::new()));
        let way = Way { socket: found.socket, name: args.name.clone(), looks: true };
        let joined = client::join(way, time.clone()).await?;
        let state = joined.picture.state().clone();
        let now = time.now();
        let unknown = |what: String| {
            out::error(&what);
            Ok(USAGE)
        };
        if let Words::Look(Look::Events { follow, since, json }) = &args.words.0 {
            return events(joined.open(), state, *follow, *since, *json).await;
        }
        if let Words::Look(at) = &args.words.0 {
            let anchor = if matches!(at, Look::Status { .. }) { anchor(joined.open()).await } else { None };
            return match look::look(at, &state, anchor.as_ref(), now) {
                Ok(said) => out::line(&said).map(|()| DONE).map_err(Into::into),
                Err(what) => unknown(what),
            };
        }
        match plain::meaning(&args.words.0, &state, now) {
            Ok(meant) => {
                if let Some(Unsure { why, surely }) = plain::unsure(&args.words.0, &meant, &state) {
                    return Ok(refused(&format!("{why}. Nothing was run. If you mean it: {surely}")));
                }
                let code = ask(joined.open(), &state, meant).await?;
                if let (DONE, Some(how)) = (code, room::unnamed(args.name.as_deref())) {
                    out::error(&format!("recorded as unverified: {how}"));
                }
                Ok(code)
            }
            Err(Wrong::Unknown(what)) => unknown(what),
            Err(Wrong::Refused(why)) => Ok(refused(&why)),
        }
    })
}

/// What the journal comes to: the room says it behind its picture.
async fn anchor(mut port: Port) -> Option<Anchor> {
    while let Some(update) = port.updates.recv().await {
        match update {
            Update::Anchor { records, hash } => return Some(Anchor { records, hash }),
            Update::Lost { .. } => return None,
            other if gone(&other).is_some() => return None,
            _ => {}
        }
    }
    None
}

fn refused(why: &str) -> u8 {
    out::error(&format!("refused: {why}"));
    REFUSED
}

async fn ask(mut port: Port, state: &State, meant: Meant) -> anyhow::Result<u8> {
    let code = asked(&mut port, state, meant).await?;
    room::say_goodbye(port).await;
    Ok(code)
}

async fn asked(port: &mut Port, state: &State, meant: Meant) -> anyhow::Result<u8> {
    let id = port.names.next_name();
    let ask = match meant {
        Meant::Look => return Ok(DONE),
        Meant::Act(action) => Ask::Act { id: id.clone(), seen: state.seq, action },
        Meant::Close { why } => Ask::Close { id: id.clone(), why },
    };
    port.asks.send(ask).await.context("the room is gone")?;
    while let Some(update) = port.updates.recv().await {
        match update {
            Update::Accepted { id: answered } if answered == id => return Ok(DONE),
            Update::Refused { id: answered, refusal } if answered == id => {
                return Ok(refused(&refusal.to_string()));
            }
            Update::Waits { id: waits, why } if waits == id => out::error(&format!("waits: {why}")),
            other => {
                if let Some(why) = gone(&other) {
                    anyhow::bail!("no answer: {why}. Whether it was done is in the record: warroom ctl events");
                }
            }
        }
    }
    anyhow::bail!("no answer: the link broke. Whether it was done is in the record: warroom ctl events")
}

/// Why the room says nothing more.
pub(super) fn gone(update: &Update) -> Option<&str> {
    match update {
        Update::Dismissed { why } | Update::Lost { why, .. } | Update::Gone { why } => Some(why),
        Update::Welcome(_)
        | Update::Picture(_)
        | Update::Records(_)
        | Update::Accepted { .. }
        | Update::Refused { .. }
        | Update::Broken(_)
        | Update::JournalFailed { .. }
        | Update::JournalLow { .. }
        | Update::Anchor { .. }
        | Update::NotDurable { .. }
        | Update::Waits { .. }
        | Update::NotRecorded { .. } => None,
    }
}

/// What becomes of a link that was lost.
pub(super) fn waits_for(state: &State) -> String {
    format!("The room is looked for, and rejoined by itself; warroom resume {} takes it up again", state.room())
}

async fn events(mut port: Port, mut state: State, follow: bool, since: u64, json: bool) -> anyhow::Result<u8> {
    if !json {
        let newer = state.log.iter().filter(|line| line.seq > since);
        let text: Vec<_> = newer.map(|line| plain::line(&state, line)).collect();
        if !text.is_empty() && !out::line_heard(&text.join("\n"))? {
            return Ok(DONE);
        }
    }
    if !follow {
        return Ok(DONE);
    }
    let mut lost = None;
    loop {
        let Some(update) = port.updates.recv().await else { return Ok(FAILED) };
        match update {
            Update::Lost { since, why } => {
                let now = if lost.is_none() { "LINK LOST" } else { "still lost" };
                out::error(&format!("{now}: {why}. {}", waits_for(&state)));
                lost.get_or_insert(since);
            }
            Update::Picture(picture) if lost.take().is_some() => {
                let back = picture.state();
                out::error("rejoined");
                let newer: Vec<_> =
                    back.log.iter().filter(|line| line.seq > state.seq).map(|line| plain::line(back, line)).collect();
                if json && back.seq > state.seq {
                    out::error(&format!("events {} to {} came meanwhile: the journal has them", state.seq + 1, back.seq));
                } else if !newer.is_empty() && !out::line_heard(&newer.join("\n"))? {
                    return Ok(DONE);
                }
                state.clone_from(back);
            }
            Update::Records(records) => {
                for record in records.iter().filter(|record| record.seq > state.seq).cloned().collect::<Vec<_>>() {
                    apply(&mut state, &record);
                    let lines = if json { vec![serde_json::to_string(&*record)?] } else { plain::told(&state, &record) };
                    if !lines.is_empty() && !out::line_heard(&lines.join("\n"))? {
                        return Ok(DONE);
                    }
                }
            }
            Update::Picture(picture) if picture.state().seq > state.seq => {
                out::error("some events were left out: this end read too slowly");
                state = picture.state().clone();
            }
            Update::Gone { .. } => return Ok(DONE),
            other => {
                if let Some(why) = gone(&other) {
                    out::error(why);
                    return Ok(FAILED);
                }
            }
        }
    }
}
