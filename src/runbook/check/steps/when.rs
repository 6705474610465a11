//! `when:` whether something applies; `each:` what is done for each of several.

use crate::id::VarName;
use crate::runbook::check::Check;
use crate::runbook::file::{Node, Value};
use crate::runbook::model::When;
use crate::runbook::notes::suggest;
use crate::runbook::template::Template;
use crate::runbook::words;

/// Values of one `each:`.
const EACH_MAX: usize = 100;
const FORMS: &str = "write `name`, `not name`, `name == value`, `name != value` or `{ ask: … }`";

impl Check<'_> {
    pub(in crate::runbook::check) fn when(&mut self, node: &Node) -> Option<When> {
        if let Value::Map(_) = node.value {
            let fields = self.fields(node, &words::CONDITION)?;
            let ask = self.required(&fields, "a condition", "ask", "ask: Is a restore needed?")?;
            return Some(When::Ask { question: self.title(ask) });
        }
        let text = self.raw(node);
        if text.is_empty() {
            return None;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let compared = |sign| text.split_once(sign).map(|(name, value)| (name.trim(), value.trim().to_owned()));
        let (name, is, value) = match (compared("=="), compared("!="), words.as_slice()) {
            (Some((name, value)), _, _) => (name, true, Some(value)),
            (None, Some((name, value)), _) => (name, false, Some(value)),
            (None, None, ["not", name]) => (*name, false, None),
            (None, None, [name]) => (*name, true, None),
            (None, None, _) => {
                self.say(node.extent, format!("`{}` is not a condition", text.trim()), FORMS);
                return None;
            }
        };
        self.condition_on(name, node)?;
        Some(When::Var { name: VarName::new(name), is, value })
    }

    /// A condition is decided before the room opens, and its value is shown: no secret, and nothing captured later.
    fn condition_on(&mut self, name: &str, node: &Node) -> Option<()> {
        let at = self.word_inside(node, name);
        match self.names.vars.get(name) {
            None => {
                let help = suggest(name, self.names.vars.all()).or_else(|| Some("declare it under `vars:`".to_owned()));
                self.say(at, format!("unknown variable `{name}`"), help);
                None
            }
            Some(var) if var.secret => {
                self.say(at, format!("the secret `{name}` cannot be used here"), "the reason is shown and recorded");
                None
            }
            Some(var) if var.captured => {
                let help = "it is captured while the plan runs: ask instead, `when: { ask: … }`";
                self.say(at, format!("`{name}` is not known when the room opens"), help);
                None
            }
            Some(_) => Some(()),
        }
    }

    /// `each: { host: [ web-1, web-2 ] }`: the name and its values. Other steps have none.
    pub(in crate::runbook::check) fn each_of(&mut self, node: &Node) -> Option<(VarName, Vec<Template>)> {
        let Value::Map(entries) = &node.value else { return None };
        let each = &entries.iter().find(|entry| &*entry.key == "each")?.value;
        let [entry] = self.entries(Some(each), "a name with its values") else {
            self.say(each.head(), "`each` goes through one list", "write it like `each: { host: [ web-1, web-2 ] }`");
            return None;
        };
        self.var_name(&entry.key, entry.key_extent);
        let nodes = self.list(Some(&entry.value), "values");
        if nodes.is_empty() || nodes.len() > EACH_MAX {
            let help = format!("write from 1 to {EACH_MAX}");
            self.say(entry.value.head(), format!("{} values", nodes.len()), help);
            return None;
        }
        let values = nodes.iter().map(|node| self.template(node)).collect();
        Some((VarName::new(&entry.key), values))
    }

    /// Makes a name known within one step or phase; whether it was new.
    pub(in crate::runbook::check) fn declare_local(&mut self, name: &VarName) -> bool {
        let local = crate::runbook::names::VarName { secret: false, captured: false };
        self.names.vars.add(name.as_str(), crate::runbook::file::Extent::default(), local).is_ok()
    }

    pub(in crate::runbook::check) fn forget_local(&mut self, name: &VarName, added: bool) {
        if added {
            self.names.vars.forget(name.as_str());
        }
    }
}
