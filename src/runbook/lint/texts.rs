//! Every text of the file: what is still to be filled in, secrets in addresses; scripts are handed on.

use super::Lint;
use super::place::Places;
use super::placeholders::placeholders;
use super::rules::{PLACEHOLDER, SECRET_IN_URL};
use super::vars::Names;
use super::walk::Text;
use crate::runbook::template::Template;
use crate::runbook::words::forms::ReadBy;

impl Lint<'_> {
    pub(super) fn text(&mut self, text: &Text<'_>, names: &mut Names) {
        names.used_in(self.text, text);
        match text.form.read_by {
            ReadBy::People => self.placeholders(text, false),
            ReadBy::Network => {
                self.placeholders(text, false);
                self.secret_address(text);
            }
            ReadBy::Shell => {
                self.placeholders(text, true);
                self.script(text, names);
            }
            ReadBy::Checker => {}
        }
    }

    fn placeholders(&mut self, text: &Text<'_>, code: bool) {
        let found = placeholders(text.value, code);
        if found.is_empty() {
            return;
        }
        let places = Places::of(self.text, text.node, text.value);
        for (start, end) in found {
            let what = format!("`{}` is still to be filled in", &text.value[start..end]);
            self.warn(&PLACEHOLDER, places.extent(start..end), what, "write what is meant, or make it a variable");
        }
    }

    fn secret_address(&mut self, text: &Text<'_>) {
        let Ok(template) = Template::parse(text.value) else { return };
        let secret = template.vars().find(|name| self.runbook.vars.get(*name).is_some_and(|var| var.secret));
        if let Some(name) = secret {
            let places = Places::of(self.text, text.node, text.value);
            let start = text.value.find(name.as_str()).unwrap_or_default();
            let what = format!("the secret `{name}` stands in an address");
            self.warn(&SECRET_IN_URL, places.extent(start..start + name.as_str().len()), what, "send it as a header");
        }
    }
}
