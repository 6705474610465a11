//! From the tree to the [`Runbook`]: every key known, every value of its kind, every name leading somewhere.
//!
//! For: finding all problems at once. A reader that finds one says so and goes on with a stand-in, which nobody sees,
//! because a runbook with problems is never handed out.
//! May not touch: YAML (that is `file`'s), variables' values (those come later).
//! Start reading at [`check`]; each section of the file has its own chapter here.

mod access;
mod against;
mod bands;
mod checklists;
mod comms;
mod contradictions;
mod drafts;
mod expect;
mod fields;
mod guides;
mod metrics;
mod names;
mod people;
mod phases;
mod points;
mod query;
mod request;
mod share;
mod sources;
mod steps;
mod times;
mod triggers;
mod values;
mod vars;
mod watches;

pub(super) use drafts::called;
pub(super) use values::json;

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::id::{ChecklistId, VarName};
use crate::runbook::file::{Extent, Node};
use crate::runbook::load::Depth;
use crate::runbook::model::{Runbook, Trigger};
use crate::runbook::names::Names;
use crate::runbook::notes::Notes;
use crate::runbook::template::Template;
use crate::runbook::words;

/// What `shared_accounts:` may say.
const SHARED: [(&str, bool); 2] = [("allow", true), ("one_seat", false)];

struct Check<'t> {
    depth: Depth,
    text: &'t str,
    notes: &'t mut Notes,
    names: Names,
    /// What the phase that is being read gives to all of its steps.
    phase_env: IndexMap<String, Template>,
    phase_dir: Option<Template>,
    phase_with: IndexMap<VarName, Template>,
    /// The phase is one of several made from one text, so that the ids in it are not its own.
    copied: bool,
    /// Nothing below the item that is being read is required, unless it says so.
    optional: bool,
    /// The checklists that some criterion asks for.
    asked: HashSet<ChecklistId>,
    /// What the failure of a phase leads to.
    failures: Vec<Trigger>,
    /// Phases that are named before they are declared, to be looked up when they are.
    phases_named: Vec<(Arc<str>, Extent)>,
}

/// The runbook that `root` describes. It may be used only where `notes` stayed empty.
pub(super) fn check(depth: Depth, root: &Node, text: &str, notes: &mut Notes) -> Option<Runbook> {
    let mut check = Check {
        depth,
        text,
        notes,
        names: Names::default(),
        phase_env: IndexMap::new(),
        phase_dir: None,
        phase_with: IndexMap::new(),
        copied: false,
        optional: false,
        asked: HashSet::new(),
        failures: Vec::new(),
        phases_named: Vec::new(),
    };
    let fields = check.fields(root, &words::RUNBOOK)?;
    check.version(&fields);
    check.names.rollback = fields.has("rollback");
    let vars = check.vars(fields.get("vars"));
    ["phases", "rollback"].iter().filter_map(|key| fields.get(key)).for_each(|node| check.declare_captures(node));
    let title = check.required(&fields, "a runbook", "title", "title: Release 1.0 to production").map(|node| check.title(node));
    let roles = check.roles(fields.get("roles"));
    let channels = check.channels(fields.get("channels"));
    let messages = check.messages(fields.get("messages"));
    let shared_accounts = fields.get("shared_accounts").and_then(|node| check.choice(node, &SHARED)).unwrap_or_default();
    let sources = check.sources(fields.get("sources"));
    let mut metrics = check.metrics(fields.get("metrics"));
    let (window, zone) = check.window(&fields);
    let mut checklists = check.checklists(fields.get("checklists"));
    let about = fields.get("about").map(|node| check.human(node));
    let t0 = fields.get("t0").and_then(|node| check.clock(node));
    let phases =
        check.required(&fields, "a runbook", "phases", "phases: [ { title: …, steps: […] } ]").map(|node| check.phases(node));
    check.phases_are_there();
    check.phase_bands(fields.get("metrics"), &mut metrics);
    let mut triggers = check.triggers(fields.get("triggers"));
    if let Some(phases) = &phases {
        check.contradictions(&metrics, (phases, fields.get("phases")), (&triggers, fields.get("triggers")));
    }
    triggers.append(&mut check.failures);
    let mut phases = phases.unwrap_or_default();
    check.success(fields.get("success"), &mut phases);
    let rollback = fields.get("rollback").map(|node| check.rollback(node));
    check.asked_for(&mut checklists);
    Some(Runbook {
        title: title.unwrap_or_default(),
        about,
        zone,
        window,
        t0,
        vars,
        roles,
        shared_accounts,
        sources,
        metrics,
        checklists,
        phases,
        triggers,
        rollback,
        contacts: check.contacts(fields.get("contacts")),
        guides: check.guides(fields.get("guides")),
        channels,
        messages,
        sign_off: fields.get("sign_off").and_then(|node| check.sign_off(node)),
        watch: check.watches(fields.get("watch")),
        escalation: check.escalation(fields.get("escalation")),
        document: check.document(fields.get("document")),
    })
}

impl Check<'_> {
    fn version(&mut self, fields: &fields::Fields<'_>) {
        let Some(node) = self.required(fields, "a runbook", "warroom", "warroom: 1") else { return };
        let version = self.raw(node);
        if !version.is_empty() && &*version != "1" {
            self.say(
                node.extent,
                format!("`warroom: {version}` is a format that is not known here"),
                "this program reads `warroom: 1`",
            );
        }
    }

    fn say(&mut self, at: Extent, what: impl Into<String>, help: impl crate::runbook::notes::IntoHelp) {
        self.notes.say(at, what, help);
    }
}
