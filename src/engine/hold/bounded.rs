//! Output kept within bounds: its beginning and its end, and a count of what was between.
//!
//! The beginning goes to the log itself. What comes after it goes to two segments beside it in turn, so that at least the last
//! half of the bound is there; when all has been printed they are put behind the beginning.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::spool::private_folder;

/// Bytes kept of one attempt: of its beginning, and at most of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    pub head: u64,
    pub tail: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { head: 32 * 1024 * 1024, tail: 32 * 1024 * 1024 }
    }
}

/// Where in the finished log which bytes of the output are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Bytes from the beginning.
    pub head: u64,
    /// Bytes of the words that tell what is not there.
    pub note: u64,
    /// Which byte of the output the rest begins with, and how many it has.
    pub tail_from: u64,
    pub tail: u64,
    /// Bytes printed, and of them left out, with the lines that ended there.
    pub total: u64,
    pub left_out: u64,
    pub left_out_lines: u64,
}

/// A stretch of the output, or of what is missing of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    Gap { bytes: u64, lines: u64 },
}

#[derive(Debug)]
struct Segment {
    start: u64,
    length: u64,
    lines: u64,
    path: PathBuf,
    file: File,
}

#[derive(Debug)]
pub(super) struct Bounded {
    path: PathBuf,
    bounds: Bounds,
    head: Option<File>,
    head_length: u64,
    tail: VecDeque<Segment>,
    total: u64,
    left_out: u64,
    left_out_lines: u64,
    /// Why nothing more is kept.
    failed: Option<String>,
    /// Once it is in order.
    finished: Option<Layout>,
}

impl Bounded {
    /// Without a place on the disk it counts, and keeps nothing.
    pub(super) fn create(path: &Path, bounds: Bounds) -> Self {
        let made = path.parent().map_or(Ok(()), private_folder).and_then(|()| new_file(path));
        let (head, failed) = made.map_or_else(|error| (None, Some(error.to_string())), |file| (Some(file), None));
        let path = path.to_owned();
        let (tail, finished) = (VecDeque::new(), None);
        Self { path, bounds, head, head_length: 0, tail, total: 0, left_out: 0, left_out_lines: 0, failed, finished }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = match self.failed {
                Some(_) => 0,
                None => self.take(bytes).unwrap_or_else(|error| {
                    self.failed = Some(error.to_string());
                    0
                }),
            };
            let taken = if self.failed.is_some() {
                self.left_out += bytes.len() as u64;
                self.left_out_lines += lines(bytes);
                bytes.len()
            } else {
                taken
            };
            self.total += taken as u64;
            bytes = &bytes[taken..];
        }
    }

    /// As much as fits where the end of the output is now.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fits = |room: u64| usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let room = self.bounds.head - self.head_length;
        if let (Some(head), 1..) = (&mut self.head, room) {
            let count = fits(room);
            head.write_all(&bytes[..count])?;
            self.head_length += count as u64;
            return Ok(count);
        }
        let half = (self.bounds.tail / 2).max(1);
        if self.tail.back().is_none_or(|last| last.length >= half) {
            self.next_segment()?;
        }
        let Some(last) = self.tail.back_mut() else { return Ok(0) };
        let count = fits(half - last.length);
        last.file.write_all(&bytes[..count])?;
        last.length += count as u64;
        last.lines += lines(&bytes[..count]);
        Ok(count)
    }

    fn next_segment(&mut self) -> io::Result<()> {
        if self.tail.len() > 1
            && let Some(oldest) = self.tail.pop_front()
        {
            self.left_out += oldest.length;
            self.left_out_lines += oldest.lines;
            fs::remove_file(&oldest.path)?;
        }
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".tail-{}", self.total));
        let path = PathBuf::from(path);
        let file = new_file(&path)?;
        self.tail.push_back(Segment { start: self.total, length: 0, lines: 0, path, file });
        Ok(())
    }

    /// What is there from a byte on; nothing is read behind the end.
    pub(super) fn read(&self, from: u64, max: usize) -> Piece {
        if let (Some(layout), Some(head)) = (&self.finished, &self.head) {
            let missing = Piece::Gap { bytes: self.total - from, lines: 0 };
            return read_finished(head, layout, from, max).unwrap_or(missing);
        }
        if from < self.head_length
            && let Some(head) = &self.head
        {
            return self.piece(head, from, self.head_length - from, from, max);
        }
        if let Some(segment) = self.tail.iter().find(|segment| (segment.start..segment.start + segment.length).contains(&from)) {
            let within = from - segment.start;
            return self.piece(&segment.file, within, segment.length - within, from, max);
        }
        let next = self.tail.iter().map(|segment| segment.start).find(|start| *start > from).unwrap_or(self.total);
        Piece::Gap { bytes: next - from, lines: self.left_out_lines }
    }

    fn piece(&self, file: &File, offset: u64, left: u64, from: u64, max: usize) -> Piece {
        let mut bytes = vec![0; max.min(usize::try_from(left).unwrap_or(usize::MAX))];
        match file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Piece::Bytes(bytes),
            // What the disk no longer gives is missing, and said to be.
            Err(_) => Piece::Gap { bytes: left.min(self.total - from), lines: 0 },
        }
    }

    /// Puts all of it into one file, safe on disk.
    pub(super) fn finish(&mut self) -> io::Result<Layout> {
        let mut layout = Layout {
            head: self.head_length,
            note: 0,
            tail_from: self.tail.front().map_or(self.total, |first| first.start),
            tail: self.tail.iter().map(|segment| segment.length).sum(),
            total: self.total,
            left_out: self.left_out,
            left_out_lines: self.left_out_lines,
        };
        let Some(head) = &mut self.head else { return Ok(layout) };
        // A write that failed halfway left something behind what counts.
        head.set_len(self.head_length)?;
        if self.left_out > 0 {
            let note = format!("\n[warroom: {} of {} bytes were not kept here]\n", self.left_out, self.total);
            head.write_all(note.as_bytes())?;
            layout.note = note.len() as u64;
        }
        for segment in &self.tail {
            io::copy(&mut File::open(&segment.path)?.take(segment.length), head)?;
        }
        head.sync_all()?;
        for segment in self.tail.drain(..) {
            fs::remove_file(&segment.path)?;
        }
        self.finished = Some(layout);
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
        Ok(layout)
    }
}

/// A finished log, read from some byte of the output on.
pub(super) fn read_finished(log: &File, layout: &Layout, from: u64, max: usize) -> io::Result<Piece> {
    let (offset, left) = if from < layout.head {
        (from, layout.head - from)
    } else if from < layout.tail_from {
        return Ok(Piece::Gap { bytes: layout.tail_from - from, lines: layout.left_out_lines });
    } else if from < layout.tail_from + layout.tail {
        (layout.head + layout.note + (from - layout.tail_from), layout.tail_from + layout.tail - from)
    } else {
        return Ok(Piece::Gap { bytes: layout.total - from.min(layout.total), lines: layout.left_out_lines });
    };
    let mut bytes = vec![0; max.min(usize::try_from(left).unwrap_or(usize::MAX))];
    log.read_exact_at(&mut bytes, offset)?;
    Ok(Piece::Bytes(bytes))
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// A new file that only its owner may read. One of this name that is left from before is nobody's any more.
fn new_file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(from: u64, total: u64, read: impl Fn(u64) -> Piece) -> (String, u64) {
        let (mut text, mut missing, mut at) = (String::new(), 0, from);
        while at < total {
            match read(at) {
                Piece::Bytes(bytes) => {
                    at += bytes.len() as u64;
                    text.push_str(&String::from_utf8(bytes).unwrap());
                }
                Piece::Gap { bytes, .. } => {
                    at += bytes;
                    missing += bytes;
                    text.push('~');
                }
            }
        }
        (text, missing)
    }

    #[test]
    fn beginning_and_end_are_kept_and_what_is_between_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output/a.1.log");
        let mut kept = Bounded::create(&path, Bounds { head: 4, tail: 8 });
        for chunk in ["ab\nde", "fg\nijklmn", "opqr\nt"] {
            kept.write(chunk.as_bytes());
        }
        // 4 at the beginning, then segments of 4: efg\n ijkl mnop qr\nt, of which the last two are kept.
        let read = all(0, kept.total(), |from| kept.read(from, 3));
        assert_eq!(read, ("ab\nd~mnopqr\nt".to_owned(), 8));
        let layout = kept.finish().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "ab\nd\n[warroom: 8 of 20 bytes were not kept here]\nmnopqr\nt");
        let log = File::open(&path).unwrap();
        for from in 0..=20 {
            let (finished, missing) = all(from, 20, |at| read_finished(&log, &layout, at, 3).unwrap());
            assert_eq!(finished.len() as u64 - u64::from(missing > 0) + missing, 20 - from);
        }
        assert_eq!((layout.left_out, layout.left_out_lines), (8, 1));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "the segments are gone");
    }

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut kept = Bounded::create(&path, Bounds { head: 4, tail: 8 });
        kept.write(b"0123456789");
        let layout = kept.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "0123456789");
        assert_eq!((layout.note, layout.left_out), (0, 0));
    }

    #[test]
    fn without_a_place_on_the_disk_everything_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("output"), "a file where the folder should be").unwrap();
        let mut kept = Bounded::create(&folder.path().join("output/a.log"), Bounds::default());
        kept.write(b"one\ntwo\n");
        let layout = kept.finish().unwrap();
        assert_eq!((layout.total, layout.left_out, layout.left_out_lines), (8, 8, 2));
        assert!(kept.failed().is_some());
    }
}
