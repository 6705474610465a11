//! `http:` a request, as `POST http://…` or with its parts as keys.

use indexmap::IndexMap;

use super::Check;
use super::values::json;
use crate::runbook::file::{Node, Value};
use crate::runbook::model::{Body, Method, Request};
use crate::runbook::notes::suggest;
use crate::runbook::template::Template;
use crate::runbook::words;

const METHODS: [Method; 6] = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];

impl Check<'_> {
    pub(super) fn request(&mut self, node: &Node) -> Option<Request> {
        if let Value::Text { text, .. } = &node.value {
            return Some(self.request_line(text, node));
        }
        let fields = self.fields(node, &words::REQUEST)?;
        let url = self.required(&fields, "a request", "url", "url: http://…").map(|node| self.url(node));
        let body = fields.get("body").map(|node| self.body(node));
        let method = fields.get("method").map(|node| (self.raw(node), node));
        let method = method.map(|(word, node)| self.method(&word, node));
        let default = if body.is_some() { Method::Post } else { Method::Get };
        let mut headers = self.templates(fields.get("headers"), "headers");
        self.header_names(fields.get("headers"));
        says_json(&mut headers, fields.get("body"));
        Some(Request { method: method.unwrap_or(default), url: url.unwrap_or_default(), headers, body })
    }

    fn request_line(&mut self, line: &str, node: &Node) -> Request {
        let (method, url) = match line.trim().split_once(char::is_whitespace) {
            Some((word, url)) if word.bytes().all(|byte| byte.is_ascii_alphabetic()) => (self.method(word, node), url.trim()),
            _ => (Method::Get, line.trim()),
        };
        Request { method, url: self.url_of(url, node), headers: IndexMap::new(), body: None }
    }

    fn method(&mut self, word: &str, node: &Node) -> Method {
        let found = METHODS.into_iter().find(|method| method.word() == word);
        found.unwrap_or_else(|| {
            let help = suggest(&word.to_uppercase(), METHODS.iter().map(|method| method.word()));
            let at = self.word_inside(node, word);
            self.say(at, format!("`{word}` is not a method"), help);
            Method::Get
        })
    }

    /// A text as it is, or a mapping as JSON.
    fn body(&mut self, node: &Node) -> Body {
        match &node.value {
            Value::Nothing | Value::Text { .. } => Body::Text(self.template(node)),
            Value::List(_) | Value::Map(_) => Body::Json(self.template_of(&json(node).to_string(), node)),
        }
    }
}

/// A body that is JSON is sent as such, unless the plan says otherwise.
fn says_json(headers: &mut IndexMap<String, Template>, body: Option<&Node>) {
    let is_json = match body.map(|node| &node.value) {
        Some(Value::Map(_) | Value::List(_)) => true,
        Some(Value::Text { text, .. }) => text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("{{"),
        Some(Value::Nothing) | None => false,
    };
    if is_json && !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        headers.extend(Template::parse("application/json").ok().map(|value| ("Content-Type".to_owned(), value)));
    }
}
