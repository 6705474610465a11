//! How one gets to a source: where it is in which phase, what is shown to it, and whom one trusts to be it.

use indexmap::IndexMap;

use super::Check;
use super::fields::Fields;
use super::names::unknown;
use crate::id::PhaseId;
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Access, Address, Auth, Proxy};
use crate::runbook::template::Template;
use crate::runbook::words;

impl Check<'_> {
    /// One address, or `{ default: …, PHASE: … }`.
    pub(super) fn address(&mut self, node: &Node) -> Address {
        let Value::Map(entries) = &node.value else { return self.url(node).into() };
        let mut usual = None;
        let mut during = IndexMap::new();
        for entry in entries {
            let url = self.url(&entry.value);
            if &*entry.key == "default" {
                usual = Some(url);
                continue;
            }
            self.phases_named.push((entry.key.clone(), entry.key_extent));
            during.insert(PhaseId::new(&entry.key), url);
        }
        if usual.is_none() {
            let help = "add `default: http://…`, for every phase that has no address of its own";
            self.say(node.head(), "nothing says where the source is in other phases", help);
        }
        Address { usual: usual.unwrap_or_default(), during }
    }

    /// Looks up the phases that sources name.
    pub(super) fn phases_are_there(&mut self) {
        for (name, at) in std::mem::take(&mut self.phases_named) {
            if &*name == Address::ROLLBACK {
                if !self.names.rollback {
                    self.say(at, "this runbook has no rollback", "add one under `rollback:`, or remove the key");
                }
                continue;
            }
            if let Some(missing) = unknown(&self.names.phases, &name) {
                let known: Vec<_> = self.names.phases.all().map(|name| format!("`{name}`")).collect();
                let help = missing.suggestion.unwrap_or_else(|| format!("the phases are {}", known.join(", ")));
                self.say(at, format!("unknown phase `{name}`"), help);
            }
        }
    }

    pub(super) fn access(&mut self, fields: &Fields<'_>) -> Access {
        let identity = (self.file(fields, "cert"), self.file(fields, "key"));
        if identity.0.is_some() != identity.1.is_some()
            && let Some(entry) = fields.entry("cert").or_else(|| fields.entry("key"))
        {
            let help = "a client certificate is shown with `cert:` and `key:`, two PEM files";
            self.say(entry.key_extent, "half of a client certificate", help);
        }
        let insecure = fields.get("insecure").is_some_and(|node| self.flag(node));
        if let (true, Some(entry)) = (insecure, fields.entry("ca")) {
            let help = "remove `insecure:`, or `ca:`";
            self.say(entry.key_extent, "nobody is asked for a certificate that any will do for", help);
        }
        Access {
            auth: self.auth(fields),
            ca: self.file(fields, "ca"),
            identity: identity.0.zip(identity.1),
            insecure,
            proxy: fields.get("proxy").map(|node| self.proxy(node)).unwrap_or_default(),
        }
    }

    fn auth(&mut self, fields: &Fields<'_>) -> Option<Auth> {
        if let (Some(_), Some(second)) = (fields.entry("bearer"), fields.entry("basic")) {
            self.say(second.key_extent, "a request is signed in one way, not `bearer` and `basic`", "remove one of them");
        }
        if let Some(node) = fields.get("bearer") {
            return Some(Auth::Bearer(self.credential(node)));
        }
        let fields = fields.get("basic").and_then(|node| self.fields(node, &words::BASIC))?;
        let user = self.required(&fields, "basic", "user", "user: monitor").map(|node| self.template(node));
        let password = self.required(&fields, "basic", "password", "password: \"{{ password }}\"");
        let password = password.map(|node| self.credential(node));
        Some(Auth::Basic { user: user?, password: password? })
    }

    /// Never written out: the runbook's text is in every journal.
    fn credential(&mut self, node: &Node) -> Template {
        let template = self.template(node);
        let is_secret = |name: &str| self.names.vars.get(name).is_none_or(|var| var.secret);
        if !template.vars().any(|name| is_secret(name.as_str())) && matches!(node.value, Value::Text { .. }) {
            let help = "declare it under `vars:` as `token: { env: TOKEN, secret: true }` and write \"{{ token }}\" here";
            self.say(node.extent, "what is secret does not stand in a runbook", help);
        }
        template
    }

    fn file(&mut self, fields: &Fields<'_>, key: &str) -> Option<Template> {
        fields.get(key).map(|node| self.template(node))
    }

    /// `none`, or an address.
    fn proxy(&mut self, node: &Node) -> Proxy {
        match &node.value {
            Value::Text { text, .. } if &**text == "none" => Proxy::Never,
            _ => Proxy::Through(self.url(node)),
        }
    }
}
