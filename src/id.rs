//! Names by which the parts of a runbook refer to each other.
//!
//! For: one newtype per kind of name, so that a step's name cannot be taken for a phase's.
//! May not touch: anything else. Whether a name exists is `runbook::check`'s business.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What belongs to each name. They come out of one checked file, so the hash need not stand up to an attacker: it is looked
/// up several times for each number that is measured.
pub type ById<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The same in the order of the file.
pub type InOrder<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: &str) -> Self {
                Self(Arc::from(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

names! {
    /// A phase of the plan, as written under `id:`.
    PhaseId
    /// A step: its own `id:`, or the phase's and its place in it (`canary.2`, `rollback.1`).
    StepId
    /// A checklist, by its title turned into a name (`the-evening-before`).
    ChecklistId
    /// An item of a checklist: the checklist's name and the item's place (`the-evening-before.2.1`).
    ItemId
    /// A metric, the key under `metrics:`.
    MetricId
    /// A source, the key under `sources:`.
    SourceId
    /// A role, the key under `roles:`.
    RoleId
    /// A trigger: its own `id:`, or `trigger-1`, `trigger-2` … in the order of the file.
    TriggerId
    /// A variable, the key under `vars:`.
    VarName
    /// A channel, the key under `channels:`.
    ChannelId
    /// A watch after the deployment: its own `id:`, or its title turned into a name.
    WatchId
    /// One run of one runbook.
    RoomId
    /// A person at a terminal.
    OperatorId
    /// One thing that was asked, unique for ever: the client's own random id and a count.
    AskId
    /// What spoke for and against GO when somebody voted, in a few digits.
    EvidenceMark
}
