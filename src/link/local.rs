//! A client in the room's own process.

use tokio::sync::mpsc;

use crate::link::outbox::{Found, Inbox};
use crate::link::{Ask, AskNames, Call, GuestId, Leaving, Port, Update, outbox};
use crate::room::people::Person;

/// Joins the room behind `calls`. The port lives as long as the client does: dropping it leaves the room.
pub fn join(calls: mpsc::Sender<Call>, guest: GuestId, person: Person, capacity: usize) -> Port {
    let (ask, asks) = mpsc::channel(capacity);
    let (update, updates) = mpsc::channel(capacity);
    tokio::spawn(serve(calls, guest, person, asks, update));
    Port { asks: ask, updates, names: AskNames::of(guest) }
}

async fn serve(
    calls: mpsc::Sender<Call>,
    guest: GuestId,
    person: Person,
    mut asks: mpsc::Receiver<Ask>,
    updates: mpsc::Sender<Update>,
) {
    let (outbox, mut inbox) = outbox::pair();
    let _ = calls.send(Call::Join { guest, person, outbox }).await;
    let mut asking = true;
    loop {
        let call = tokio::select! {
            ask = asks.recv(), if asking => {
                // Who asks nothing more may still want to hear how the room ends.
                let Some(ask) = ask else { asking = false; continue };
                Call::Ask { guest, ask }
            }
            // An operator who left wants no more news.
            () = updates.closed() => break,
            handed = hand_on(&mut inbox, &updates) => match handed {
                Handed::On => continue,
                Handed::Behind => Call::CatchUp { guest },
                Handed::Over => break,
            },
        };
        if calls.send(call).await.is_err() {
            // The engine has ended; its last words may still wait.
            while let Handed::On = hand_on(&mut inbox, &updates).await {}
            return;
        }
    }
    let _ = calls.send(Call::Leave { guest, how: Leaving::Quit }).await;
}

enum Handed {
    On,
    Behind,
    Over,
}

/// Room first, then what goes into it: nothing is lost where this is dropped while it waits.
async fn hand_on(inbox: &mut Inbox, updates: &mpsc::Sender<Update>) -> Handed {
    let Ok(room) = updates.reserve().await else { return Handed::Over };
    match inbox.next().await {
        Found::Update(update) => room.send(*update),
        Found::Behind => return Handed::Behind,
        Found::Closed => return Handed::Over,
    }
    Handed::On
}
