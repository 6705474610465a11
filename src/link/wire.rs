//! What goes over the socket: one JSON object per line, bounded both ways.
//!
//! The first line each way is understood by every version; all others are read strictly. A line that is too long, cut off,
//! or not understood ends the conversation and nothing else.

use std::io;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::id::{AskId, OperatorId, RoomId};
use crate::link::{Ask, Fault, GuestId};
use crate::room::{Record, Refusal};
use crate::time::{Moment, Span};

/// What this program speaks. Both sides must speak the same.
pub const PROTOCOL: u32 = 1;

/// The longest line from a client.
pub const TO_ROOM_MAX: usize = 64 * 1024;
/// The longest line from a room. What is longer, a picture, comes in parts.
pub const TO_CLIENT_MAX: usize = 1024 * 1024;
/// A part of a picture, before it is quoted as JSON (which at most doubles what a picture is made of).
pub const PART_MAX: usize = 400 * 1024;

/// How long a handshake may take.
pub const HANDSHAKE: Span = Span(5_000);
/// How often each side says that it is there.
pub const BEAT: Span = Span(5_000);
/// Who has said nothing for so long is taken for dead.
pub const DEAD: Span = Span(20_000);

/// The first line of a client. More fields may come with later versions, so unknown ones are let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// Of warroom, for people.
    pub version: String,
    /// The fold that the client's states are made by.
    pub fold: String,
    /// Who it is, where the account does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only looks, and is not recorded as somebody who came, until it asks for something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToRoom {
    Ask(Ask),
    /// I am still there.
    Beat,
    /// The operator leaves.
    Leave,
}

/// The first line of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Greeting {
    Welcome(Entry),
    Refused { why: String },
}

/// What a client that is let in must know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub guest: GuestId,
    pub you: OperatorId,
    pub room: RoomId,
    /// The room's folder, for who may read it.
    pub folder: PathBuf,
    /// Room time.
    pub now: Moment,
    /// Others of the same account who are there already.
    #[serde(default)]
    pub others: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToClient {
    Picture {
        part: String,
        last: bool,
    },
    Records(Vec<Record>),
    Accepted {
        id: AskId,
    },
    Refused {
        id: AskId,
        refusal: Refusal,
    },
    Broken(Fault),
    JournalFailed {
        why: String,
    },
    JournalLow {
        why: String,
    },
    Anchor {
        records: u64,
        hash: String,
    },
    NotDurable {
        since: Option<Moment>,
    },
    Waits {
        id: AskId,
        why: String,
    },
    NotRecorded {
        what: String,
    },
    Dismissed {
        why: String,
    },
    Gone {
        why: String,
    },
    /// I am still there, and this is the room's time.
    Beat {
        now: Moment,
    },
}

/// Why a conversation can't go on.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("a line of more than {0} bytes")]
    TooLong(usize),
    #[error("a line that is not understood: {0}")]
    NotUnderstood(#[from] serde_json::Error),
    #[error("cut off in the middle of a line")]
    CutOff,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// One line, with its end.
pub fn line(frame: &impl Serialize) -> Result<Vec<u8>, WireError> {
    let mut line = serde_json::to_vec(frame)?;
    line.push(b'\n');
    Ok(line)
}

pub async fn send(output: &mut (impl AsyncWrite + Unpin), frame: &impl Serialize) -> Result<(), WireError> {
    Ok(output.write_all(&line(frame)?).await?)
}

/// Reads line by line, and holds no more than one line and what came with it.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// How far the buffer was searched for a line's end.
    searched: usize,
    max: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub fn of(input: R, max: usize) -> Self {
        Self { input, buffer: Vec::new(), searched: 0, max }
    }

    /// The next frame; `None` where the other side ended in order. Being dropped while it waits loses nothing.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, WireError> {
        let Some(end) = self.fill().await? else { return Ok(None) };
        let frame = serde_json::from_slice(&self.buffer[..end]);
        self.buffer.drain(..=end);
        self.searched = 0;
        Ok(Some(frame?))
    }

    /// Where the first line in the buffer ends.
    async fn fill(&mut self) -> Result<Option<usize>, WireError> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let end = self.searched + end;
                return if end > self.max { Err(WireError::TooLong(self.max)) } else { Ok(Some(end)) };
            }
            self.searched = self.buffer.len();
            if self.searched > self.max {
                return Err(WireError::TooLong(self.max));
            }
            if self.input.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(WireError::CutOff) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8], max: usize) -> Vec<Result<Option<ToRoom>, String>> {
        let mut lines = Lines::of(bytes, max);
        let mut all = Vec::new();
        loop {
            let next = lines.next().await.map_err(|error| error.to_string());
            let over = !matches!(next, Ok(Some(_)));
            all.push(next);
            if over {
                return all;
            }
        }
    }

    #[tokio::test]
    async fn lines_come_one_by_one_however_they_are_cut() {
        let (mut room, client) = tokio::io::duplex(3);
        tokio::spawn(async move {
            room.write_all(b"\"beat\"\n\"leave\"\n").await.unwrap();
        });
        let mut lines = Lines::of(client, 100);
        assert_eq!(lines.next().await.unwrap(), Some(ToRoom::Beat));
        assert_eq!(lines.next().await.unwrap(), Some(ToRoom::Leave));
        assert_eq!(lines.next::<ToRoom>().await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_too_long_cut_off_or_not_understood_is_an_error() {
        assert_eq!(read(b"\"beat\"\n\"bea", 100).await, [Ok(Some(ToRoom::Beat)), Err("cut off in the middle of a line".into())]);
        assert_eq!(read(&[b'x'; 101], 100).await, [Err("a line of more than 100 bytes".into())]);
        let deep = [vec![b'['; 90_000], vec![b'\n']].concat();
        for bad in [&b"{}\n"[..], b"\"dance\"\n", b"\xff\n", b"{\"ask\":{\"break\":\"none\",\"x\":1}}\n", &deep] {
            let said = read(bad, 100_000).await;
            assert!(matches!(&said[..], [Err(why)] if why.starts_with("a line that is not understood")), "{said:?}");
        }
    }
}
