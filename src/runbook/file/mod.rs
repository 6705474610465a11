//! The file as written: YAML text in, a tree of texts, lists and mappings out, each with its place in the file.
//!
//! For: keeping what a person wrote exactly as written (`1.10` stays `1.10`), and where.
//! May not touch: what keys mean. That is `check`'s business.
//! Start reading at [`read`].

mod complaint;
mod read;

use std::sync::Arc;

pub(super) use read::read;

/// The longest runbook that is read, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A stretch of the file, in bytes from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A piece of the file.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) extent: Extent,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing after the colon, `~` or `null`.
    Nothing,
    /// Shared, so that an alias costs nothing however long its text is.
    Text {
        text: Arc<str>,
        style: Style,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes: only such a text can be a number, `true` or nothing.
    Plain,
    Quoted,
    /// After `|` or `>`.
    Block,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Arc<str>,
    pub(super) key_extent: Extent,
    pub(super) value: Node,
}

impl Node {
    /// What it is, in the words of an error.
    pub(super) fn noun(&self) -> &'static str {
        match &self.value {
            Value::Nothing => "nothing",
            Value::Text { .. } => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// Where an error about the whole of it points: a mapping's first key stands for the mapping.
    pub(super) fn head(&self) -> Extent {
        match &self.value {
            Value::Nothing | Value::Text { .. } => self.extent,
            Value::List(nodes) => nodes.first().map_or(self.extent, Self::head),
            Value::Map(entries) => entries.first().map_or(self.extent, |entry| entry.key_extent),
        }
    }
}
