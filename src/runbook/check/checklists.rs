//! `checklists:` what people tick and fill in.

use std::collections::HashSet;

use super::Check;
use super::names::slug;
use crate::id::{ChecklistId, ItemId};
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Checklist, Field, FieldKind, Item};
use crate::runbook::words;

impl Check<'_> {
    pub(super) fn checklists(&mut self, node: Option<&Node>) -> Vec<Checklist> {
        let mut ids = HashSet::new();
        let nodes = self.list(node, "checklists");
        nodes.iter().enumerate().filter_map(|(place, node)| self.checklist(node, place + 1, &mut ids)).collect()
    }

    fn checklist(&mut self, node: &Node, number: usize, ids: &mut HashSet<String>) -> Option<Checklist> {
        let fields = self.fields(node, &words::CHECKLIST)?;
        let title_node = self.required(&fields, "a checklist", "title", "title: The evening before");
        let title = title_node.map(|node| self.title(node)).unwrap_or_default();
        let id = match fields.get("id") {
            Some(node) => self.id(node).unwrap_or_default(),
            None => Some(slug(&title)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| format!("checklist-{number}")),
        };
        let at = fields.get("id").or(title_node).map_or(fields.head, |node| node.extent);
        if !ids.insert(id.clone()) {
            self.say(at, format!("a second checklist called `{id}`"), "give one of them another `id:`");
        }
        let id = ChecklistId::new(&id);
        if let (Err(first), false) = (self.names.checklists.add(&title, at, id.clone()), title.is_empty()) {
            self.notes.say_twice(at, format!("a second checklist with the title `{title}`"), first);
        }
        let items = self.required(&fields, "a checklist", "items", "items: [ Backup finished ]");
        let items = self.items(items, id.as_str());
        Some(Checklist { id, title, due: fields.get("due").and_then(|node| self.at(node)), items })
    }

    /// Items are called by their place: `the-evening-before.2.1`.
    fn items(&mut self, node: Option<&Node>, parent: &str) -> Vec<Item> {
        let nodes = self.list(node, "items");
        if let Some(node @ Node { value: Value::List(_), .. }) = node
            && nodes.is_empty()
        {
            self.say(node.head(), "a list without an item", "add one, or remove the key");
        }
        nodes.iter().enumerate().filter_map(|(place, node)| self.item(node, &format!("{parent}.{}", place + 1))).collect()
    }

    fn item(&mut self, node: &Node, id: &str) -> Option<Item> {
        if let Value::Text { .. } = node.value {
            let text = self.title(node);
            return Some(Item { id: ItemId::new(id), text, required: true, owner: None, field: None, items: Vec::new() });
        }
        let fields = self.fields(node, &words::ITEM)?;
        let text = self.required(&fields, "an item", "item", "item: Backup finished").map(|node| self.title(node));
        let items = fields.get("items").map(|node| self.items(Some(node), id)).unwrap_or_default();
        if let (Some(field), false) = (fields.entry("field"), items.is_empty()) {
            let help = "an item with items of its own is done when they are: put the field into one of them";
            self.say(field.key_extent, "`field` cannot stand here", help);
        }
        Some(Item {
            id: ItemId::new(id),
            text: text.unwrap_or_default(),
            required: fields.get("required").is_none_or(|node| self.flag(node)),
            owner: fields.get("owner").map(|node| self.role(node)),
            field: fields.get("field").and_then(|node| self.field(node)),
            items,
        })
    }

    fn field(&mut self, node: &Node) -> Option<Field> {
        let fields = self.fields(node, &words::FIELD)?;
        let ask = self.required(&fields, "a field", "ask", "ask: Backup time").map(|node| self.title(node));
        let kinds = [("time", FieldKind::Time), ("number", FieldKind::Number), ("text", FieldKind::Text)];
        let kind = fields.get("kind").and_then(|node| self.choice(node, &kinds));
        Some(Field { ask: ask.unwrap_or_default(), kind: kind.unwrap_or(FieldKind::Text) })
    }
}
