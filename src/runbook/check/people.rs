//! `roles:` who has a say, and `contacts:` whom to call.

use indexmap::IndexMap;

use super::Check;
use crate::id::RoleId;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Contact, May, Role, SignOff};
use crate::runbook::names::RoleName;
use crate::runbook::notes::suggest;
use crate::runbook::words;

/// The role that who has the conn holds, where the runbook names nobody for it.
const COMMANDER: &str = "commander";

const MAY: [(&str, May); 3] = [("command", May::Command), ("vote", May::Vote), ("observe", May::Observe)];

/// What is said of a deployment where the runbook names no words for it.
const VERDICTS: [&str; 3] = ["accepted", "accepted with remarks", "refused"];

impl Check<'_> {
    pub(super) fn sign_off(&mut self, node: &Node) -> Option<SignOff> {
        let fields = self.fields(node, &words::SIGN_OFF)?;
        let mut roles = Vec::new();
        let given = self.required(&fields, "a sign-off", "roles", "roles: [ commander, sre ]");
        for node in self.some(given, "roles") {
            let role = self.role(node);
            if roles.contains(&role) {
                self.say(node.extent, format!("`{role}` signs twice"), "each role signs once");
            }
            roles.push(role);
        }
        let question = fields.get("question").map(|node| self.title(node));
        let mut verdicts: Vec<String> = Vec::new();
        for node in self.some(fields.get("verdicts"), "texts") {
            let verdict = self.title(node);
            if verdicts.contains(&verdict) {
                self.say(node.extent, format!("`{verdict}` is a verdict twice"), "each verdict says something else");
            }
            verdicts.push(verdict);
        }
        let verdicts = if verdicts.is_empty() { VERDICTS.map(str::to_owned).to_vec() } else { verdicts };
        let refuses = self.refusals(fields.get("refuses"), &verdicts);
        let required = fields.get("required").is_none_or(|node| self.flag(node));
        Some(SignOff {
            question: question.unwrap_or_else(|| "Is the deployment accepted?".to_owned()),
            roles,
            verdicts,
            refuses,
            required,
        })
    }

    /// The verdicts that do not accept it: as it says, else the last of several (which `check` asks about where its words do not
    /// say no).
    fn refusals(&mut self, given: Option<&Node>, verdicts: &[String]) -> Vec<String> {
        if given.is_none() {
            return verdicts.iter().skip(1).next_back().cloned().into_iter().collect();
        }
        let mut refuses = Vec::new();
        for node in self.some(given, "texts") {
            let verdict = self.title(node);
            if !verdicts.contains(&verdict) {
                let help = suggest(&verdict, verdicts.iter().map(String::as_str));
                let help = help.or_else(|| Some(format!("the verdicts are {}", verdicts.join(", "))));
                self.say(node.extent, format!("`{verdict}` is not one of the verdicts"), help);
            }
            refuses.push(verdict);
        }
        refuses
    }

    pub(super) fn roles(&mut self, node: Option<&Node>) -> IndexMap<RoleId, Role> {
        let entries = self.entries(node, "roles");
        entries.iter().map(|entry| (RoleId::new(&entry.key), self.role_of(entry))).collect()
    }

    fn role_of(&mut self, entry: &Entry) -> Role {
        self.name(&entry.key, entry.key_extent);
        let usual = if &*entry.key == COMMANDER { May::Command } else { May::Vote };
        let role = match &entry.value.value {
            Value::Nothing => Role { may: usual, ..Role::titled(&entry.key) },
            Value::Text { .. } => Role { may: usual, ..Role::titled(&self.title(&entry.value)) },
            Value::List(_) | Value::Map(_) => self.long_role(&entry.key, &entry.value, usual),
        };
        let votes = role.may > May::Observe;
        // The file already refuses the same key twice in one mapping.
        let _ = self.names.roles.add(&entry.key, entry.key_extent, RoleName { votes });
        role
    }

    fn long_role(&mut self, name: &str, node: &Node, usual: May) -> Role {
        let fields = self.fields(node, &words::ROLE);
        let value = |key| fields.as_ref().and_then(|fields| fields.get(key));
        let title = value("title").map_or_else(|| name.to_owned(), |node| self.title(node));
        let phone = value("phone").map(|node| self.human(node));
        let people = self.staff(value("people"));
        let mut flag = |key| value(key).map(|node| self.flag(node));
        let (votes, veto, waive) = (flag("votes"), flag("veto").unwrap_or(false), flag("waive").unwrap_or(false));
        let may = value("may").and_then(|node| self.choice(node, &MAY));
        if let (Some(node), Some(_)) = (value("votes"), may) {
            self.say(node.extent, "`votes:` and `may:` say the same", "keep `may: command`, `may: vote` or `may: observe`");
        }
        let may = may.unwrap_or(if votes == Some(false) { May::Observe } else { usual });
        if let (Some(node), true, May::Observe) = (value("veto"), veto, may) {
            self.say(node.extent, format!("`{name}` has a veto and does not vote"), "write `may: vote`");
        }
        let group = value("group").map(|node| self.raw(node).to_string()).filter(|group| !group.is_empty());
        Role { title, phone, may, people, group, veto, waive }
    }

    fn staff(&mut self, node: Option<&Node>) -> Vec<String> {
        let mut people = Vec::new();
        for node in self.some(node, "people") {
            let name = self.raw(node).to_string();
            if people.contains(&name) {
                self.say(node.extent, format!("`{name}` is named twice"), "each holds the role once");
            }
            people.push(name);
        }
        people
    }

    pub(super) fn contacts(&mut self, node: Option<&Node>) -> Vec<Contact> {
        self.list(node, "contacts").iter().filter_map(|node| self.contact(node)).collect()
    }

    fn contact(&mut self, node: &Node) -> Option<Contact> {
        let fields = self.fields(node, &words::CONTACT)?;
        let name = self.required(&fields, "a contact", "name", "name: Ana").map(|node| self.title(node));
        let mut text = |key| fields.get(key).map(|node| self.human(node));
        Some(Contact {
            name: name.unwrap_or_default(),
            role: text("role"),
            phone: text("phone"),
            email: text("email"),
            link: text("link"),
        })
    }
}
