//! After a link was lost: the room is looked for again and again, until it answers or nobody wants to know any more.
//!
//! Nothing that is asked meanwhile is kept for later: minutes later nobody means it any more.

use tokio::sync::mpsc;

use crate::link::client::{Ends, Joined, RoomTime, Way, asked_as, join};
use crate::link::{Ask, Update};
use crate::room::{Refusal, State};
use crate::time::{Moment, Span};

/// What is waited between two looks: twice as long after each, up to the second.
const LOOK_FIRST: Span = Span(500);
const LOOK_EVERY: Span = Span(4_000);

/// A room whose link was lost.
pub(super) struct Lost<'a> {
    pub(super) way: &'a Way,
    pub(super) time: &'a RoomTime,
    /// As it was when it was joined: another one that answers in its place is not joined.
    pub(super) room: &'a State,
    pub(super) since: Moment,
    pub(super) why: String,
}

/// Tells that the room is lost, and waits until it is back. `None` when nobody waits for it any more.
pub(super) async fn wait(lost: Lost<'_>, ends: &mut Ends) -> Option<Joined> {
    let Lost { way, time, room, since, mut why } = lost;
    let mut told = None;
    let mut pause = LOOK_FIRST;
    loop {
        if told.as_ref() != Some(&why) {
            ends.updates.send(Update::Lost { since, why: why.clone() }).await.ok()?;
            told = Some(why);
        }
        refuse_for(pause, time, ends).await?;
        pause = Span(pause.0 * 2).min(LOOK_EVERY);
        why = match join(way.clone(), time.clone()).await {
            Ok(joined) if is_same(room, joined.picture.state()) => {
                settle(ends, joined.picture.state()).await?;
                return Some(joined);
            }
            Ok(_) => "another room answers in its place".to_owned(),
            Err(error) => error.to_string(),
        };
    }
}

pub(super) fn is_same(room: &State, other: &State) -> bool {
    (room.room(), room.opened_at, &room.opened.host) == (other.room(), other.opened_at, &other.opened.host)
}

/// Lets time pass, in which whatever is asked is refused. `None` when who asks is gone.
async fn refuse_for(span: Span, time: &RoomTime, ends: &mut Ends) -> Option<()> {
    let clock = time.clock();
    let end = clock.now() + span;
    loop {
        tokio::select! {
            biased;
            () = ends.updates.closed() => return None,
            ask = ends.asks.recv() => refuse(&ends.updates, &ask?, "the link to the room is lost").await?,
            () = clock.sleep_until(end) => return Some(()),
        }
    }
}

/// What had been asked and was not answered was recorded, or is not done: it is not asked again by itself.
async fn settle(ends: &mut Ends, state: &State) -> Option<()> {
    while let Ok(ask) = ends.asks.try_recv() {
        refuse(&ends.updates, &ask, "the link to the room was lost").await?;
    }
    for ask in std::mem::take(&mut ends.open) {
        match asked_as(&ask).filter(|id| state.answered(id).is_some()) {
            Some(id) => ends.updates.send(Update::Accepted { id: id.clone() }).await.ok()?,
            None => refuse(&ends.updates, &ask, "the room was lost before it recorded it").await?,
        }
    }
    Some(())
}

async fn refuse(updates: &mpsc::Sender<Update>, ask: &Ask, why: &str) -> Option<()> {
    let Some(id) = asked_as(ask).cloned() else { return Some(()) };
    updates.send(Update::Refused { id, refusal: Refusal::new(format!("not done: {why}")) }).await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::clock::{Clock, VirtualClock};
    use crate::id::AskId;
    use crate::link::client::port;
    use crate::link::{AskNames, GuestId};
    use crate::room::event::{Event, Mode, Opened, Record};
    use crate::room::{Action, apply};

    fn room() -> State {
        let text = "warroom: 1\ntitle: A\nphases: [ { id: a, title: A, steps: [ { manual: Look } ] } ]\n";
        let opened = Opened {
            format: 1,
            room: "room".into(),
            mode: Mode::Live,
            file: "a.yaml".to_owned(),
            runbook: text.to_owned(),
            values: std::collections::BTreeMap::default(),
            t0: None,
            operator: "ana".into(),
            host: "here".to_owned(),
            version: "0".to_owned(),
            rehearsal: None,
        };
        State::open(&opened, Moment(0), Arc::new(crate::runbook::load("a.yaml", text).unwrap()))
    }

    fn note(names: &mut AskNames) -> (AskId, Ask) {
        let id = names.next_name();
        (id.clone(), Ask::Act { id, seen: 0, action: Action::Note { text: "hello".to_owned() } })
    }

    #[tokio::test]
    async fn what_is_asked_of_a_lost_room_is_refused_and_who_stops_waiting_is_let_go() {
        let clock = Arc::new(VirtualClock::at(Moment(1_000)));
        let time = RoomTime::new(Arc::<VirtualClock>::clone(&clock));
        let folder = tempfile::tempdir().unwrap();
        let way = Way { socket: folder.path().join("nobody.sock"), name: None, looks: false };
        let (mut port, mut ends) = port(AskNames::of(GuestId::from_bytes([1; 16])));
        let (id, ask) = note(&mut port.names);
        let person = async {
            let Some(Update::Lost { since, .. }) = port.updates.recv().await else { panic!("not told") };
            assert_eq!(since, Moment(400));
            port.asks.send(ask).await.unwrap();
            let Some(Update::Refused { id: refused, refusal }) = port.updates.recv().await else { panic!("not refused") };
            assert_eq!((refused, refusal.0.as_str()), (id, "not done: the link to the room is lost"));
            // It looks again after a while, and finds another reason.
            clock.advance(LOOK_FIRST);
            let Some(Update::Lost { why, .. }) = port.updates.recv().await else { panic!("not looked for") };
            assert!(why.contains("nobody answers"), "{why}");
            drop(port);
        };
        let state = room();
        let lost = Lost { way: &way, time: &time, room: &state, since: Moment(400), why: "it is gone".to_owned() };
        let (back, ()) = tokio::join!(wait(lost, &mut ends), person);
        assert!(back.is_none());
        assert_eq!(clock.now(), Moment(1_500));
    }

    #[tokio::test]
    async fn what_was_not_answered_is_recorded_or_refused_and_never_asked_again() {
        let (mut port, mut ends) = port(AskNames::of(GuestId::from_bytes([1; 16])));
        let ((known, first), (unknown, second)) = (note(&mut port.names), note(&mut port.names));
        ends.open = vec![first, second];
        let mut state = room();
        let event = Event::Noted { text: "hello".to_owned(), by: "ana".into() };
        apply(&mut state, &Record { seq: 1, at: Moment(5), ask: Some(known.clone()), event });
        settle(&mut ends, &state).await.unwrap();
        assert!(matches!(port.updates.recv().await, Some(Update::Accepted { id }) if id == known));
        assert!(matches!(port.updates.recv().await, Some(Update::Refused { id, .. }) if id == unknown));
        assert!(ends.open.is_empty());
    }

    #[test]
    fn another_room_of_the_same_name_is_not_the_same() {
        let (room, mut other) = (room(), room());
        assert!(is_same(&room, &other));
        other.opened_at = Moment(60_000);
        assert!(!is_same(&room, &other));
    }
}
