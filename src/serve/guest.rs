//! One conversation: a handshake in time, then asks in and news out, until one side has enough.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::engine::clock::Clock;
use crate::link::outbox::{Found, Inbox};
use crate::link::wire::{self, BEAT, DEAD, Entry, Greeting, HANDSHAKE, Hello, Lines, PROTOCOL, ToClient, ToRoom, WireError};
use crate::link::{Batch, Call, GuestId, Leaving, Picture, Update, outbox};
use crate::room::{Record, snapshot};
use crate::serve::House;
use crate::serve::peer::Peer;
use crate::time::Moment;

/// Tells somebody why they are not let in. Who does not read it is not waited for.
pub(super) fn turn_away(stream: &UnixStream, why: &str) {
    let refused = Greeting::Refused { why: why.to_owned() };
    if let Ok(line) = wire::line(&refused) {
        let _ = stream.try_write(&line);
    }
}

/// Sees one client through from its first word to its last.
pub(super) async fn receive(stream: UnixStream, (peer, others): (Peer, usize), house: House) {
    let (input, mut output) = stream.into_split();
    let mut lines = Lines::of(input, wire::TO_ROOM_MAX);
    let hello = match in_time(&*house.clock, lines.next()).await {
        Some(Ok(Some(hello))) => hello,
        Some(Ok(None)) => return,
        Some(Err(error)) => return refuse(&house, &mut output, &peer, &format!("no greeting, but {error}")).await,
        None => return refuse(&house, &mut output, &peer, "no greeting in time").await,
    };
    if let Some(why) = skewed(&hello) {
        return refuse(&house, &mut output, &peer, &why).await;
    }
    let guest = match GuestId::random() {
        Ok(guest) => guest,
        Err(error) => return refuse(&house, &mut output, &peer, &format!("no random numbers: {error}")).await,
    };
    let person = peer.person(hello.name.as_deref());
    let you = person.operator.clone();
    let (room, folder) = (house.room.clone(), house.folder.clone());
    let entry = Entry { guest, you: you.clone(), room, folder, now: house.room_clock.now(), others };
    let (outbox, inbox) = outbox::pair();
    let looks = hello.looks;
    let greeted = in_time(&*house.clock, wire::send(&mut output, &Greeting::Welcome(entry))).await;
    let comes = if looks { Call::Look { guest, person, outbox } } else { Call::Join { guest, person, outbox } };
    if !matches!(greeted, Some(Ok(()))) || house.calls.send(comes).await.is_err() {
        return;
    }
    tracing::info!("{you} joined from uid {} ({guest})", peer.uid);
    let how = converse(lines, output, inbox, guest, &house).await;
    tracing::info!("{you} left: {how:?} ({guest})");
    let _ = house.calls.send(Call::Leave { guest, how }).await;
}

async fn in_time<T>(clock: &dyn Clock, what: impl Future<Output = T>) -> Option<T> {
    let deadline = clock.now() + HANDSHAKE;
    tokio::select! {
        biased;
        done = what => Some(done),
        () = clock.sleep_until(deadline) => None,
    }
}

async fn refuse(house: &House, output: &mut OwnedWriteHalf, peer: &Peer, why: &str) {
    tracing::warn!("{} (uid {}) is not let in: {why}", peer.account, peer.uid);
    let refused = Greeting::Refused { why: why.to_owned() };
    let _ = in_time(&*house.clock, wire::send(output, &refused)).await;
}

/// Why two versions can't talk, and which of them is to be changed.
fn skewed(hello: &Hello) -> Option<String> {
    let ours = env!("CARGO_PKG_VERSION");
    let theirs: String = crate::text::clean_line(&hello.version).chars().take(40).collect();
    let todo = match hello.protocol.cmp(&PROTOCOL) {
        std::cmp::Ordering::Less => "yours is older: update it, or use the version that opened the room",
        std::cmp::Ordering::Greater => "the room's is older: attach with the version that opened it",
        std::cmp::Ordering::Equal if hello.fold == snapshot::fold() => return None,
        std::cmp::Ordering::Equal => "they are not the same build: attach with the program that opened the room",
    };
    Some(format!(
        "the room was opened by warroom {ours} (protocol {PROTOCOL}) and this is warroom {theirs} (protocol {}); {todo}",
        hello.protocol
    ))
}

async fn converse(
    lines: Lines<OwnedReadHalf>,
    mut output: OwnedWriteHalf,
    inbox: Inbox,
    guest: GuestId,
    house: &House,
) -> Leaving {
    let how = tokio::select! {
        how = hear(lines, guest, house) => how,
        how = tell(&mut output, inbox, guest, house) => how,
    };
    if let Leaving::Lost(why) = &how
        && let Ok(line) = wire::line(&ToClient::Dismissed { why: why.clone() })
    {
        // Who is dropped for not reading is not waited for.
        let _ = output.as_ref().try_write(&line);
    }
    let _ = output.shutdown().await;
    how
}

/// Takes in what the client asks, as fast as the room takes it.
async fn hear(mut lines: Lines<OwnedReadHalf>, guest: GuestId, house: &House) -> Leaving {
    loop {
        let dead = house.clock.now() + DEAD;
        let frame = tokio::select! {
            biased;
            frame = lines.next() => frame,
            () = house.clock.sleep_until(dead) => return Leaving::Lost("nothing was heard from it".to_owned()),
        };
        let ask = match frame {
            Ok(Some(ToRoom::Ask(ask))) => ask,
            Ok(Some(ToRoom::Beat)) => continue,
            Ok(Some(ToRoom::Leave)) => return Leaving::Quit,
            Ok(None) => return Leaving::Lost("its link is gone".to_owned()),
            Err(WireError::Io(error)) => return Leaving::Lost(format!("its link broke: {error}")),
            Err(error) => return Leaving::Lost(format!("it sent {error}")),
        };
        if house.calls.send(Call::Ask { guest, ask }).await.is_err() {
            // The room has ended; its last words are still to be told.
            std::future::pending::<()>().await;
        }
    }
}

/// Tells the client what happens, and that the room is there.
async fn tell(output: &mut OwnedWriteHalf, mut inbox: Inbox, guest: GuestId, house: &House) -> Leaving {
    let mut beat = house.clock.now() + BEAT;
    loop {
        let update = tokio::select! {
            biased;
            () = house.clock.sleep_until(beat) => {
                beat = house.clock.now() + BEAT;
                let line = wire::line(&ToClient::Beat { now: house.room_clock.now() });
                match patiently(output, line, &*house.clock).await {
                    Ok(()) => continue,
                    Err(why) => return Leaving::Lost(why),
                }
            }
            found = inbox.next() => match found {
                Found::Update(update) => *update,
                Found::Behind => {
                    let _ = house.calls.send(Call::CatchUp { guest }).await;
                    continue;
                }
                Found::Closed => return Leaving::Lost("the room let go of it".to_owned()),
            },
        };
        let over = matches!(update, Update::Gone { .. });
        let Some(lines) = lines_of(update).await else {
            let _ = house.calls.send(Call::CatchUp { guest }).await;
            continue;
        };
        for line in lines {
            if let Err(why) = patiently(output, line, &*house.clock).await {
                return Leaving::Lost(why);
            }
        }
        if over {
            return Leaving::Quit;
        }
    }
}

/// Writes a line; a client that takes nothing of it for long does not read any more.
async fn patiently(output: &mut OwnedWriteHalf, line: Result<Vec<u8>, WireError>, clock: &dyn Clock) -> Result<(), String> {
    let line = line.map_err(|error| error.to_string())?;
    let patience: Moment = clock.now() + DEAD;
    tokio::select! {
        biased;
        written = output.write_all(&line) => written.map_err(|error| format!("its link broke: {error}")),
        () = clock.sleep_until(patience) => Err("it does not read".to_owned()),
    }
}

/// An update as lines; nothing where one would be too long, and a picture has to take its place. What is told to many was
/// put into words once.
async fn lines_of(update: Update) -> Option<Vec<Result<Vec<u8>, WireError>>> {
    let frame = match update {
        Update::Welcome(_) | Update::Lost { .. } => return Some(Vec::new()),
        Update::Picture(picture) => return Some(parts(picture).await),
        Update::Records(batch) => return records(&batch),
        Update::Accepted { id } => ToClient::Accepted { id },
        Update::Refused { id, refusal } => ToClient::Refused { id, refusal },
        Update::Broken(fault) => ToClient::Broken(fault),
        Update::JournalFailed { why } => ToClient::JournalFailed { why },
        Update::JournalLow { why } => ToClient::JournalLow { why },
        Update::Anchor { records, hash } => ToClient::Anchor { records, hash },
        Update::NotDurable { since } => ToClient::NotDurable { since },
        Update::Waits { id, why } => ToClient::Waits { id, why },
        Update::NotRecorded { what } => ToClient::NotRecorded { what },
        Update::Dismissed { why } => ToClient::Dismissed { why },
        Update::Gone { why } => ToClient::Gone { why },
    };
    Some(vec![wire::line(&frame)])
}

fn records(batch: &Batch) -> Option<Vec<Result<Vec<u8>, WireError>>> {
    let json = batch.json()?;
    if json.len() < wire::TO_CLIENT_MAX - 16 {
        return Some(vec![Ok([b"{\"records\":", json.as_bytes(), b"}\n"].concat())]);
    }
    let one = |record: &Arc<Record>| wire::line(&ToClient::Records(vec![(**record).clone()]));
    let lines: Vec<_> = batch.iter().map(one).collect();
    let fit = lines.iter().all(|line| line.as_ref().is_ok_and(|line| line.len() <= wire::TO_CLIENT_MAX));
    fit.then_some(lines)
}

async fn parts(picture: Picture) -> Vec<Result<Vec<u8>, WireError>> {
    // It may be some MiB: the room's other tasks are not kept waiting for it.
    let json: Arc<str> = match tokio::task::spawn_blocking(move || picture.json()).await {
        Ok(json) => json,
        Err(error) => return vec![Err(WireError::Io(std::io::Error::other(error)))],
    };
    let mut rest: &str = &json;
    let mut lines = Vec::new();
    loop {
        let (part, after) = rest.split_at(rest.floor_char_boundary(wire::PART_MAX));
        lines.push(wire::line(&ToClient::Picture { part: part.to_owned(), last: after.is_empty() }));
        if after.is_empty() {
            return lines;
        }
        rest = after;
    }
}
