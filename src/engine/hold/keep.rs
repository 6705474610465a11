//! What a child prints, on its way to the disk: secrets taken out, watched for what is expected, counted and hashed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use sha2::{Digest, Sha256};

use crate::engine::hold::Keeping;
use crate::engine::hold::bounded::{Bounded, Piece};
use crate::engine::hold::record::Ended;
use crate::engine::spawn::{Exit, Survivor};
use crate::engine::steps::capture::Captures;
use crate::engine::steps::expect::Watcher;
use crate::engine::steps::mask::{Mask, MaskStream};
use crate::id::VarName;
use crate::time::Moment;

pub(super) struct Keeper {
    mask: Mask,
    masked: MaskStream,
    watcher: Watcher,
    captures: Captures,
    kept: Bounded,
    hash: Sha256,
}

impl Keeper {
    pub(super) fn new(keeping: &Keeping) -> Self {
        Self {
            mask: keeping.mask.clone(),
            masked: MaskStream::new(keeping.mask.clone()),
            watcher: Watcher::new(&keeping.expect, "the output"),
            captures: Captures::new(&keeping.capture),
            kept: Bounded::create(&keeping.log, keeping.bounds),
            hash: Sha256::new(),
        }
    }

    /// What of it may be shown now.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.watcher.push(bytes);
        self.captures.push(bytes);
        let clear = self.masked.push(bytes);
        self.keep(&clear);
        clear
    }

    /// What was held back to the end.
    pub(super) fn rest(&mut self) -> Vec<u8> {
        let clear = self.masked.finish();
        self.keep(&clear);
        clear
    }

    fn keep(&mut self, clear: &[u8]) {
        self.hash.update(clear);
        self.kept.write(clear);
    }

    pub(super) fn read(&self, from: u64, max: usize) -> Piece {
        self.kept.read(from, max)
    }

    pub(super) fn total(&self) -> u64 {
        self.kept.total()
    }

    /// Puts the log in order, and tells all that is known at the end, with what the wall clock showed. After [`Keeper::rest`].
    pub(super) fn end(&mut self, (exit, at): (Exit, Option<Moment>), whole: bool, holders: Vec<Survivor>) -> Ended {
        let finished = self.kept.finish();
        let unkept = self.kept.failed().map(str::to_owned).or_else(|| finished.as_ref().err().map(io::Error::to_string));
        let total = self.kept.total();
        let layout = finished.unwrap_or_default();
        let hash = std::mem::take(&mut self.hash).finalize();
        let sha256 = hash.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        // Words on what was expected quote what was printed.
        let unmet = self.watcher.unmet().map(|what| self.mask.text(&what));
        let (captured, missing) = match self.captures.values(&self.mask) {
            Ok(captured) => (captured, None),
            Err(what) => (BTreeMap::<VarName, String>::new(), Some(self.mask.text(&what))),
        };
        let unmet = unmet.or(missing);
        Ended { exit, at, printed: None, whole, unmet, captured, holders, bytes: total, sha256, layout, unkept }
    }
}
