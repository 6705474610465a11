//! `roles:` who has a say, and `contacts:` whom to call.

use indexmap::IndexMap;

use super::Check;
use crate::id::RoleId;
use crate::runbook::file::{Entry, Node, Value};
use crate::runbook::model::{Contact, Role};
use crate::runbook::names::RoleName;
use crate::runbook::words;

impl Check<'_> {
    pub(super) fn roles(&mut self, node: Option<&Node>) -> IndexMap<RoleId, Role> {
        let entries = self.entries(node, "roles");
        entries.iter().map(|entry| (RoleId::new(&entry.key), self.role_of(entry))).collect()
    }

    fn role_of(&mut self, entry: &Entry) -> Role {
        self.name(&entry.key, entry.key_extent);
        let (role, votes) = match &entry.value.value {
            Value::Nothing => (Role { title: entry.key.to_string(), phone: None }, true),
            Value::Text { .. } => (Role { title: self.title(&entry.value), phone: None }, true),
            Value::List(_) | Value::Map(_) => self.long_role(&entry.key, &entry.value),
        };
        // The file already refuses the same key twice in one mapping.
        let _ = self.names.roles.add(&entry.key, entry.key_extent, RoleName { votes });
        role
    }

    fn long_role(&mut self, name: &str, node: &Node) -> (Role, bool) {
        let fields = self.fields(node, &words::ROLE);
        let value = |key| fields.as_ref().and_then(|fields| fields.get(key));
        let title = value("title").map_or_else(|| name.to_owned(), |node| self.title(node));
        let phone = value("phone").map(|node| self.human(node));
        let votes = value("votes").is_none_or(|node| self.flag(node));
        (Role { title, phone }, votes)
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
