//! From the YAML parser's events to the tree. Size, depth and what aliases multiply are bounded here.

use std::collections::HashMap;
use std::sync::Arc;

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span};

use super::complaint::complain;
use super::{Entry, Extent, Node, Style, Value};
use crate::runbook::notes::Notes;

/// How deep lists and mappings may be nested. A runbook of the deepest kind needs about twelve.
const DEPTH_MAX: usize = 32;
/// How many texts, lists and mappings a file may hold once its aliases are written out.
const NODES_MAX: usize = 100_000;
/// How many keys one mapping may have.
const KEYS_MAX: usize = 2_000;
/// How many bytes of text it may hold once its aliases are written out.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The tree of `text`, or nothing where the YAML itself is broken; what is wrong is in `notes`.
pub(in crate::runbook) fn read<'n>(text: &'n str, notes: &'n mut Notes) -> Option<Node> {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { text, notes, open: Vec::new(), anchors: HashMap::new(), root: None, total: Size::default() };
    loop {
        let (event, span) = match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => return builder.root,
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                let (at, what, help) = complain(text, &error);
                builder.notes.say(at, what, help);
                return None;
            }
        };
        if let Some(tag) = event.tag() {
            let at = extent(text, &span.tag_span().unwrap_or(span));
            let help = "a text that begins with `!` must be in quotes";
            builder.notes.say(at, format!("the tag `{}` means nothing in a runbook", tag.original()), help);
        }
        if !builder.take(event, extent(text, &span)) {
            return None;
        }
    }
}

fn extent(text: &str, span: &Span) -> Extent {
    let start = text.floor_char_boundary(span.start.byte_offset().unwrap_or(0));
    let end = text.floor_char_boundary(span.end.byte_offset().unwrap_or(start)).max(start);
    Extent { start, end }
}

/// How much a node holds, its aliases written out.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    /// Levels of nesting below it, itself included.
    depth: usize,
}

/// A list or mapping whose end was not seen yet.
struct Open {
    extent: Extent,
    anchor: usize,
    size: Size,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Arc<str>, Extent)>, merged: Vec<Node> },
}

struct Builder<'n> {
    text: &'n str,
    notes: &'n mut Notes,
    open: Vec<Open>,
    /// By the parser's number for it. An anchor inside itself is not in here yet when its alias comes.
    anchors: HashMap<usize, (Node, Size)>,
    root: Option<Node>,
    total: Size,
}

impl Builder<'_> {
    /// Whether reading can go on.
    fn take(&mut self, event: Event<'_>, extent: Extent) -> bool {
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, extent),
            Event::SequenceStart(_, anchor, _) => self.begin(OpenKind::List(Vec::new()), anchor, extent),
            Event::MappingStart(_, anchor, _) => {
                self.begin(OpenKind::Map { entries: Vec::new(), key: None, merged: Vec::new() }, anchor, extent)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(extent),
            Event::Alias(anchor) => self.alias(anchor, extent),
            Event::UnresolvedAlias(name) => {
                let help =
                    format!("a text that begins with `*` must be in quotes; otherwise `*{name}` repeats what `&{name}` marks");
                self.notes.say(extent, format!("nothing is marked `&{name}`"), help);
                false
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                self.notes.say(extent, "a second document begins here", "a runbook is one document: remove the `---`");
                false
            }
            // The parser's list of events is open-ended; what is left carries no content.
            _ => true,
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, extent: Extent) -> bool {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let nothing = style == Style::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        let value = if nothing && !self.key_is_due() { Value::Nothing } else { Value::Text { text: Arc::from(text), style } };
        let size = Size { nodes: 1, bytes: text.len(), depth: 0 };
        self.finish(Node { extent, value }, anchor, size)
    }

    fn key_is_due(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    fn begin(&mut self, kind: OpenKind, anchor: usize, extent: Extent) -> bool {
        if self.open.len() >= DEPTH_MAX {
            return self.too_deep(extent);
        }
        self.open.push(Open { extent, anchor, size: Size { nodes: 1, bytes: 0, depth: 1 }, kind });
        true
    }

    fn too_deep(&mut self, extent: Extent) -> bool {
        self.notes.say(
            extent,
            format!("nested more than {DEPTH_MAX} levels deep"),
            "a runbook never needs that: is a bracket open?",
        );
        false
    }

    fn end(&mut self, extent: Extent) -> bool {
        let Some(open) = self.open.pop() else { return true };
        let extent = Extent { start: open.extent.start, end: extent.end.max(open.extent.end) };
        let value = match open.kind {
            OpenKind::List(nodes) => Value::List(nodes),
            OpenKind::Map { entries, merged, .. } => Value::Map(merge(entries, merged)),
        };
        self.finish(Node { extent, value }, open.anchor, open.size)
    }

    fn alias(&mut self, anchor: usize, extent: Extent) -> bool {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            self.notes.say(extent, "this repeats a part that it is itself inside of", "write the part out, without `*`");
            return false;
        };
        let (node, size) = (node.clone(), *size);
        self.put(node, size, extent)
    }

    fn finish(&mut self, node: Node, anchor: usize, size: Size) -> bool {
        if anchor > 0 {
            // What is kept for aliases counts as well: anchors in anchors would keep the same part many times.
            self.total.nodes += size.nodes;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let extent = node.extent;
        self.put(node, size, extent)
    }

    /// Puts a complete node where it belongs; `extent` is where it is used, which for an alias is not where it is written.
    fn put(&mut self, node: Node, size: Size, extent: Extent) -> bool {
        // A list or mapping has counted its own content already; only texts and aliases are new.
        let fresh = !matches!(node.value, Value::List(_) | Value::Map(_)) || node.extent != extent;
        let own = if fresh { size } else { Size { nodes: 1, ..Size::default() } };
        self.total.nodes += own.nodes;
        self.total.bytes += own.bytes;
        if self.total.nodes > NODES_MAX || self.total.bytes > BYTES_MAX {
            let help = "aliases (`*name`) count with all that they repeat";
            self.notes.say(extent, format!("more than {NODES_MAX} parts, or {} MiB of text", BYTES_MAX >> 20), help);
            return false;
        }
        if self.open.len() + size.depth > DEPTH_MAX {
            return self.too_deep(extent);
        }
        if let Some(open) = self.open.last_mut() {
            open.size.nodes += size.nodes;
            open.size.bytes += size.bytes;
            open.size.depth = open.size.depth.max(size.depth + 1);
        }
        self.place(node, extent)
    }

    /// Into the list or mapping that is open, as its next element, key or value.
    fn place(&mut self, node: Node, extent: Extent) -> bool {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return true;
        };
        match &mut open.kind {
            OpenKind::List(nodes) => nodes.push(node),
            OpenKind::Map { key: key @ None, .. } => match node.value {
                Value::Text { text, .. } => *key = Some((text, extent)),
                Value::Nothing | Value::List(_) | Value::Map(_) => {
                    return self.odd_key(extent);
                }
            },
            OpenKind::Map { entries, key, merged } => {
                let Some((name, key_extent)) = key.take() else { return true };
                if &*name == "<<" {
                    if matches!(node.value, Value::Nothing | Value::Text { .. }) {
                        self.notes.say(
                            key_extent,
                            "`<<` takes over the keys of a mapping",
                            "write `<<: *name` with what `&name` marks",
                        );
                    }
                    merged.push(node);
                } else if let Some(first) = entries.iter().find(|entry| entry.key == name) {
                    self.notes.say_twice(key_extent, format!("`{name}` is written twice"), first.key_extent);
                } else if entries.len() == KEYS_MAX {
                    self.notes.say(key_extent, format!("more than {KEYS_MAX} keys in one mapping"), None);
                    return false;
                } else {
                    entries.push(Entry { key: name, key_extent, value: node });
                }
            }
        }
        true
    }

    /// `health: {{ target }}/health` is a mapping whose key is a mapping, as YAML sees it.
    fn odd_key(&mut self, extent: Extent) -> bool {
        if self.text[..extent.start].ends_with('{') && self.text[extent.start..].starts_with('{') {
            let extent = Extent { start: extent.start - 1, end: extent.end };
            let what = "this text begins with `{{`, which YAML reads as something else";
            self.notes.say(extent, what, "a text that begins with `{{` must be in quotes");
        } else {
            self.notes.say(extent, "this key is not a word", "a text that begins with `{` or `[` must be in quotes");
        }
        false
    }
}

/// `<<: *defaults`: what is not written here comes from there.
fn merge(mut entries: Vec<Entry>, merged: Vec<Node>) -> Vec<Entry> {
    for node in merged {
        match node.value {
            Value::Map(others) => {
                for other in others {
                    if entries.len() < KEYS_MAX && entries.iter().all(|entry| entry.key != other.key) {
                        entries.push(other);
                    }
                }
            }
            Value::List(nodes) => entries = merge(entries, nodes),
            Value::Nothing | Value::Text { .. } => {}
        }
    }
    entries
}
