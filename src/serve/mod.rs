//! The room's door: a Unix socket at which people join and leave.
//!
//! For: making the socket where nobody else can reach it, letting in who may come, and carrying messages between each of
//! them and the engine. Whatever a client does, only that client is dropped.
//! May not touch: the room, the journal, the screen. What a client may do there is the room's business.
//! Start reading at [`Door`], then [`folder`] (where the socket is), then [`guest`] (one conversation).

pub mod folder;
mod guest;
pub mod peer;
mod socket;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::id::RoomId;
use crate::link::Call;
use crate::time::Span;

pub use socket::{BindError, Found, Place, Sign, bind, bind_in, live, live_in};

/// Conversations at once.
const GUESTS_MAX: usize = 128;
/// Of them, those of one account that is not the room's own.
const GUESTS_OF_ANOTHER_MAX: usize = 32;
/// Places that only the room's own account may take.
const KEPT_FOR_OWN: usize = 32;

/// How long the door waits when the system lets it take nobody: mostly too many open files.
const PAUSE: Span = Span(100);

/// What every conversation shares.
#[derive(Clone, Debug)]
pub struct House {
    pub room: RoomId,
    /// The room's folder.
    pub folder: PathBuf,
    pub calls: mpsc::Sender<Call>,
    /// By which links are waited for.
    pub clock: Arc<dyn Clock>,
    /// The room's own, which a rehearsal hurries.
    pub room_clock: Arc<dyn Clock>,
    /// The Unix group whose members may come too.
    pub group: Option<peer::Group>,
}

/// An open door. It closes, and the socket goes, when this is dropped.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    place: Place,
    house: House,
    present: Present,
}

/// How many conversations each account has.
#[derive(Clone, Debug, Default)]
struct Present(Arc<Mutex<HashMap<u32, usize>>>);

/// One of them; dropping it makes room for another.
#[derive(Debug)]
struct Ticket {
    present: Present,
    uid: u32,
    /// How many the account had before this one.
    others: usize,
}

impl Door {
    pub fn new(bound: (UnixListener, Place), house: House) -> Self {
        Self { listener: bound.0, place: bound.1, house, present: Present::default() }
    }

    pub fn socket(&self) -> PathBuf {
        self.place.socket().to_owned()
    }

    /// Lets people in for as long as it is waited for.
    pub async fn serve(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => self.receive(stream),
                Err(error) => {
                    tracing::warn!("nobody can be let in at the moment: {error}");
                    let clock = &self.house.clock;
                    clock.sleep_until(clock.now() + PAUSE).await;
                }
            }
        }
    }

    fn receive(&self, stream: UnixStream) {
        let peer = match peer::Peer::of(&stream, self.house.group.as_ref()) {
            Ok(peer) => peer,
            Err(why) => {
                tracing::warn!("turned away: {why}");
                return guest::turn_away(&stream, &why);
            }
        };
        let Some(ticket) = self.present.ticket(peer.uid) else {
            tracing::warn!("turned away: {} conversations are too many, uid {} wants one more", GUESTS_MAX, peer.uid);
            return guest::turn_away(&stream, "too many screens are attached: leave one of them first");
        };
        let (house, others) = (self.house.clone(), ticket.others);
        tokio::spawn(async move {
            guest::receive(stream, (peer, others), house).await;
            drop(ticket);
        });
    }
}

impl Present {
    fn ticket(&self, uid: u32) -> Option<Ticket> {
        let own = rustix::process::getuid().as_raw() == uid;
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = present.values().sum();
        let of_this = present.get(&uid).copied().unwrap_or(0);
        let free = if own { all < GUESTS_MAX } else { all < GUESTS_MAX - KEPT_FOR_OWN && of_this < GUESTS_OF_ANOTHER_MAX };
        if !free {
            return None;
        }
        present.insert(uid, of_this + 1);
        drop(present);
        Some(Ticket { present: self.clone(), uid, others: of_this })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut present = self.present.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = present.get_mut(&self.uid) {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_never_take_all_places() {
        let own = rustix::process::getuid().as_raw();
        let present = Present::default();
        let of_one: Vec<_> = std::iter::from_fn(|| present.ticket(own + 1)).collect();
        assert_eq!(of_one.len(), GUESTS_OF_ANOTHER_MAX);
        let of_many: Vec<_> = (2..=200).filter_map(|uid| present.ticket(own + uid)).collect();
        assert_eq!(of_one.len() + of_many.len(), GUESTS_MAX - KEPT_FOR_OWN);
        let ours: Vec<_> = std::iter::from_fn(|| present.ticket(own)).collect();
        assert_eq!(ours.len(), KEPT_FOR_OWN);
        drop(of_one);
        assert!(present.ticket(own).is_some(), "who leaves makes room");
    }
}
