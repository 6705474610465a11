//! What a room and a shim say to each other: a letter, a length, and bytes.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::hold::Keeping;
use crate::engine::hold::bounded::Bounds;
use crate::engine::hold::record::{Holder, Printed};
use crate::engine::spawn::Launch;
use crate::engine::steps::mask::Mask;
use crate::runbook::model::{Capture, Expect};

/// Output sent at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// No frame is longer: an environment with the largest variables fits.
const FRAME_MAX: usize = 64 * 1024 * 1024;

const HEAD: usize = 5;

/// What a frame is; as a byte on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the shim: what to start and how to keep it. Answered by `Held` or `End`.
    Launch,
    /// To the shim: from which byte on the output is wanted. Answered by `Held`.
    From,
    Terminate,
    /// Answered by `Killed`.
    Kill,
    /// To the room: who holds the child.
    Held,
    Output,
    Gap,
    /// The last word.
    End,
    Killed,
}

impl Kind {
    const ALL: [Self; 9] =
        [Self::Launch, Self::From, Self::Terminate, Self::Kill, Self::Held, Self::Output, Self::Gap, Self::End, Self::Killed];

    fn byte(self) -> u8 {
        match self {
            Self::Launch => b'L',
            Self::From => b'F',
            Self::Terminate => b'T',
            Self::Kill => b'K',
            Self::Held => b'H',
            Self::Output => b'O',
            Self::Gap => b'G',
            Self::End => b'E',
            Self::Killed => b'D',
        }
    }
}

/// All that the shim has to know. It holds secrets, and goes over the wire only.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
    folder: PathBuf,
    log: PathBuf,
    bounds: Bounds,
    secrets: Vec<String>,
    expect: Expect,
    capture: Vec<Capture>,
}

impl Order {
    pub(super) fn new(launch: Launch, keeping: Keeping) -> Self {
        let Launch { program, args, env, dir } = launch;
        let Keeping { folder, log, bounds, mask, expect, capture } = keeping;
        let secrets = mask.secrets().to_vec();
        Self { program, args, env, dir, folder, log, bounds, secrets, expect, capture }
    }

    pub(super) fn parts(self) -> (Launch, Keeping) {
        let Self { program, args, env, dir, folder, log, bounds, secrets, expect, capture } = self;
        let mask = Mask::new(secrets.iter().map(String::as_str));
        (Launch { program, args, env, dir }, Keeping { folder, log, bounds, mask, expect, capture })
    }
}

/// Who holds the child, and what it had printed before this room was there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Greeted {
    #[serde(flatten)]
    pub(super) holder: Holder,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) printed: Option<Printed>,
}

/// Output that is missing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Missing {
    pub(super) bytes: u64,
    pub(super) lines: u64,
}

pub(super) fn frame(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.push(kind.byte());
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend_from_slice(body);
    frame
}

pub(super) fn message(kind: Kind, body: &impl Serialize) -> io::Result<Vec<u8>> {
    Ok(frame(kind, &serde_json::to_vec(body)?))
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(body)?)
}

/// The first frame of `bytes` once it is whole, and how many bytes it takes.
pub(super) fn first(bytes: &[u8]) -> io::Result<Option<(Kind, usize)>> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
    let (kind, length) = read_head(*head)?;
    Ok((rest.len() >= length).then_some((kind, HEAD + length)))
}

/// What is in a whole frame.
pub(super) fn body(frame: &[u8]) -> &[u8] {
    frame.get(HEAD..).unwrap_or_default()
}

/// Waits for a frame, and its body.
pub(super) fn read(stream: &mut impl Read) -> io::Result<(Kind, Vec<u8>)> {
    let mut head = [0; HEAD];
    stream.read_exact(&mut head)?;
    let (kind, length) = read_head(head)?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((kind, body))
}

pub(super) fn write(mut stream: impl Write, frame: &[u8]) -> io::Result<()> {
    stream.write_all(frame)
}

fn read_head(head: [u8; HEAD]) -> io::Result<(Kind, usize)> {
    let [kind, length @ ..] = head;
    let known = Kind::ALL.into_iter().find(|known| known.byte() == kind);
    let length = u32::from_le_bytes(length) as usize;
    match known {
        Some(kind) if length <= FRAME_MAX => Ok((kind, length)),
        Some(_) | None => Err(io::Error::new(io::ErrorKind::InvalidData, "this is no frame")),
    }
}
