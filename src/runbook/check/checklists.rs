//! `checklists:` what people tick and fill in.

use std::collections::HashSet;

use super::Check;
use super::names::slug;
use crate::id::{ChecklistId, ItemId, VarName};
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Checklist, Field, FieldKind, Item, ListAbout, When};
use crate::runbook::template::{Template, Values};
use crate::runbook::words;
use crate::runbook::written::entry;

/// What `when:` of a checklist may say.
const ABOUT: [(&str, ListAbout); 3] =
    [("start", ListAbout::Start), ("after", ListAbout::After), ("rollback", ListAbout::Rollback)];

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
        let about = fields.get("when").and_then(|node| self.choice(node, &ABOUT)).unwrap_or(ListAbout::Asked);
        if let (Some(entry), true, true) = (fields.entry("due"), fields.has("when"), about == ListAbout::Rollback) {
            self.say(entry.key_extent, "`due` cannot stand beside `when: rollback`", "nobody plans when that begins");
        }
        Some(Checklist { id, title, due: fields.get("due").and_then(|node| self.at(node)), about, items })
    }

    /// Once every criterion is read: the start waits for what is not asked for by one of them.
    pub(super) fn asked_for(&self, lists: &mut [Checklist]) {
        let unasked =
            |list: &&mut Checklist| list.about == ListAbout::Asked && (list.due.is_some() || !self.asked.contains(&list.id));
        lists.iter_mut().filter(unasked).for_each(|list| list.about = ListAbout::Start);
    }

    /// Items are called by their place: `the-evening-before.2.1`.
    pub(super) fn items(&mut self, node: Option<&Node>, parent: &str) -> Vec<Item> {
        let nodes = self.list(node, "items");
        if let Some(node @ Node { value: Value::List(_), .. }) = node
            && nodes.is_empty()
        {
            self.say(node.head(), "a list without an item", "add one, or remove the key");
        }
        let mut all: Vec<Item> = Vec::new();
        for (place, node) in nodes.iter().enumerate() {
            let items = self.each_item(node, &format!("{parent}.{}", place + 1));
            let again = |item: &&Item| all.iter().any(|other| is_again(other, item));
            if let Some(item) = items.iter().find(again) {
                let at = entry(node, "item").map_or_else(|| node.head(), |entry| entry.value.extent);
                self.say(at, format!("a second item `{}` in this list", item.text), "say what is different about it");
            }
            all.extend(items);
        }
        all
    }

    /// An item with `each:` stands for several, one for each value.
    fn each_item(&mut self, node: &Node, id: &str) -> Vec<Item> {
        let Some((name, values)) = self.each_of(node) else { return self.item(node, id).into_iter().collect() };
        let added = self.declare_local(&name);
        let item = self.item(node, id);
        self.forget_local(&name, added);
        let Some(item) = item else { return Vec::new() };
        let several = values.into_iter().enumerate();
        several.map(|(place, value)| one_of_several(&item, &format!("{id}.{}", place + 1), &name, &value)).collect()
    }

    fn item(&mut self, node: &Node, id: &str) -> Option<Item> {
        if let Value::Text { .. } = node.value {
            let text = self.title(node);
            return Some(Item { required: !self.optional, ..Item::plain(ItemId::new(id), text) });
        }
        let fields = self.fields(node, &words::ITEM)?;
        let text = self.required(&fields, "an item", "item", "item: Backup finished").map(|node| self.title(node));
        let required = fields.get("required").map_or(!self.optional, |node| self.flag(node));
        let above = std::mem::replace(&mut self.optional, !required);
        let items = fields.get("items").map(|node| self.items(Some(node), id)).unwrap_or_default();
        self.optional = above;
        if let (Some(field), false) = (fields.entry("field"), items.is_empty()) {
            let help = "an item with items of its own is done when they are: put the field into one of them";
            self.say(field.key_extent, "`field` cannot stand here", help);
        }
        Some(Item {
            id: ItemId::new(id),
            text: text.unwrap_or_default(),
            required,
            owner: fields.get("owner").map(|node| self.role(node)),
            at: fields.get("at").and_then(|node| self.at(node)),
            about: fields.get("about").map(|node| self.human(node)),
            links: fields.get("links").map(|node| self.links(node)).unwrap_or_default(),
            when: fields.get("when").and_then(|node| self.item_when(node)),
            field: fields.get("field").and_then(|node| self.field(node)),
            items,
        })
    }

    fn field(&mut self, node: &Node) -> Option<Field> {
        let fields = self.fields(node, &words::FIELD)?;
        let ask = self.required(&fields, "a field", "ask", "ask: Backup time").map(|node| self.title(node));
        if let Some(of) = fields.get("of") {
            if let Some(entry) = fields.entry("kind") {
                self.say(entry.key_extent, "`kind` cannot stand beside `of`", "one of these words is what is filled in");
            }
            let words: Vec<String> = self.list(Some(of), "words").iter().map(|node| self.title(node)).collect();
            return Some(Field { ask: ask.unwrap_or_default(), kind: FieldKind::OneOf(words) });
        }
        let kinds = [("time", 0), ("number", 1), ("text", 2)];
        let kind = match fields.get("kind").and_then(|node| self.choice(node, &kinds)) {
            Some(0) => FieldKind::Time,
            Some(1) => FieldKind::Number,
            Some(_) | None => FieldKind::Text,
        };
        Some(Field { ask: ask.unwrap_or_default(), kind })
    }

    /// What a person is asked about an item is the item itself: it is ticked, or waived with a reason.
    fn item_when(&mut self, node: &Node) -> Option<When> {
        let when = self.when(node)?;
        if when.question().is_some() {
            self.say(node.head(), "an item asks nobody", "one that does not apply is waived, with the reason");
            return None;
        }
        Some(when)
    }
}

/// Whether nobody could tell them apart; one of two that exclude each other is the only one.
fn is_again(one: &Item, other: &Item) -> bool {
    one.text == other.text && !one.text.is_empty() && one.when == other.when && one.owner == other.owner && one.at == other.at
}

/// The item for one value of its `each:`, with the value in its texts.
fn one_of_several(item: &Item, id: &str, name: &VarName, value: &Template) -> Item {
    let values = Values([(name.clone(), value.written())].into());
    let put = |text: &str| Template::parse(text).map_or_else(|_| text.to_owned(), |template| template.render(&values));
    let text = put(&item.text);
    let text = if text == item.text { format!("{text}: {}", value.written()) } else { text };
    let items = item.items.iter().enumerate();
    Item {
        id: ItemId::new(id),
        text,
        about: item.about.as_deref().map(put),
        items: items.map(|(place, child)| renamed(child, &format!("{id}.{}", place + 1), &put)).collect(),
        ..item.clone()
    }
}

fn renamed(item: &Item, id: &str, put: &impl Fn(&str) -> String) -> Item {
    let items = item.items.iter().enumerate().map(|(place, child)| renamed(child, &format!("{id}.{}", place + 1), put));
    Item { id: ItemId::new(id), text: put(&item.text), items: items.collect(), ..item.clone() }
}
