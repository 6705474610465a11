//! What somebody still has to fill in: how people write that it is missing.

/// Words in brackets that are no placeholders, but what logs and people write so.
const MEANT: [&str; 14] =
    ["OK", "INFO", "WARN", "WARNING", "ERROR", "FAIL", "FAILED", "PASS", "DEBUG", "FATAL", "NOTE", "Y", "N", "SKIP"];
/// Words that say that something is missing.
const TO_DO: [&str; 8] = ["TODO", "TBD", "FIXME", "CHANGEME", "CHANGE_ME", "REPLACEME", "REPLACE_ME", "???"];

/// As forms write dates that are missing.
const DATES: [&str; 4] = ["YYYY-MM-DD", "YYYY/MM/DD", "DD.MM.YYYY", "DD/MM/YYYY"];

/// Where placeholders stand; in shell code, brackets and angles often mean something else.
pub(super) fn placeholders(text: &str, code: bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, word) in words(text) {
        let bare = word.trim_matches(|c: char| matches!(c, '.' | ',' | ':' | ';' | '"' | '\'' | '(' | ')' | '!'));
        let place = start + word.find(bare).unwrap_or_default();
        // `…` and `...` stand for something only where they stand alone, or for the rest of an address.
        let alone = word == "…" || word == "...";
        if alone {
            found.push((start, start + word.len()));
        } else if let Some(address) = cut_address(word) {
            let place = start + word.find(address).unwrap_or_default();
            found.push((place, place + address.len()));
        } else if TO_DO.contains(&bare) || is_crosses(bare) || !code && is_amount(bare) {
            found.push((place, place + bare.len()));
        }
    }
    found.extend(enclosed(text, '<', '>').into_iter().filter(|(start, end)| is_angled(&text[start + 1..end - 1], code)));
    found.extend(underscores(text).filter(|(start, end)| !code || is_word(text, *start, *end)));
    if !code {
        found.extend(enclosed(text, '{', '}').into_iter().filter(|(start, end)| is_braced(text, *start, *end)));
        found.extend(DATES.iter().flat_map(|date| dates(text, date)));
        let linked = |end: usize| text[end..].starts_with(['(', '[', ':']);
        let brackets = enclosed(text, '[', ']').into_iter();
        found.extend(brackets.filter(|(start, end)| !linked(*end) && is_bracketed(&text[start + 1..end - 1])));
    }
    found.sort_unstable();
    found
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let at = start;
        start += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((at, word))
    })
}

/// `XXX`, `XXX-XXXX`, `+1-555-XXXX`; not the six of `mktemp`.
fn is_crosses(word: &str) -> bool {
    let longest = word.split(|c| c != 'X').map(str::len).max().unwrap_or_default();
    let own = |part: &str| part.bytes().all(|byte| byte == b'X') || part.bytes().all(|byte| byte.is_ascii_digit());
    (3..6).contains(&longest) && word.split(['-', '+', '@', '.', '/', '(', ')']).all(own)
}

/// `$XX`, `$XXK`, `$X.XM`
fn is_amount(word: &str) -> bool {
    let amount = word.strip_prefix(['$', '€', '£']).map(|rest| rest.trim_end_matches(['K', 'k', 'M', 'm', 'B']));
    amount.is_some_and(|amount| amount.matches('X').count() > 1 && amount.chars().all(|c| matches!(c, 'X' | '.' | ',')))
}

/// `https://hooks.slack.com/...`
fn cut_address(word: &str) -> Option<&str> {
    let address = word.trim_matches(['"', '\'', '(', ')', '<', '>', ',', ';']);
    let cut = address.contains("://") && (address.ends_with("/...") || address.ends_with("/…"));
    cut.then_some(address)
}

/// Three underscores and more, in which somebody is to write; not those inside a name, nor a line drawn under a text.
fn underscores(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let of_a_name = |c: char| c.is_alphanumeric();
    let mut end = 0;
    text.match_indices("___").filter_map(move |(start, _)| {
        if start < end {
            return None;
        }
        end = start + text[start..].bytes().take_while(|byte| *byte == b'_').count();
        let (before, after) = (&text[..start], &text[end..]);
        let line = (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
        let drawn = line && text.trim_end().contains('\n');
        let named = before.ends_with(of_a_name) || after.starts_with(of_a_name);
        (!drawn && !named).then_some((start, end))
    })
}

/// Whether it stands between spaces.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let space = |c: char| c.is_whitespace();
    (start == 0 || text[..start].ends_with(space)) && (end == text.len() || text[end..].starts_with(space))
}

/// Dates that nobody filled in. In parentheses they say how to fill in one.
fn dates<'t>(text: &'t str, date: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let found = text.match_indices(date).map(|(start, date)| (start, start + date.len()));
    found.filter(|(start, end)| !(text[..*start].ends_with('(') && text[*end..].starts_with(')')))
}

/// `{token}`; not the `{{ token }}` that is filled in, nor what programs call so: `${token}`, `%{http_code}`, `awk '{print}'`,
/// `GET /orders/{id}`.
fn is_braced(text: &str, start: usize, end: usize) -> bool {
    let inner = &text[start + 1..end - 1];
    let named = inner.starts_with(|c: char| c.is_ascii_alphabetic())
        && inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let meant = text[..start].ends_with(['{', '$', '%', '#', '@', '\'', '\\']) || text[end..].starts_with('}');
    let word = text[..start].rsplit(char::is_whitespace).next().unwrap_or_default();
    named && !meant && (!word.ends_with('/') || word.contains("://"))
}

/// Short pieces between two signs, on one line.
fn enclosed(text: &str, open: char, close: char) -> Vec<(usize, usize)> {
    let pieces = text.match_indices(open).filter_map(|(start, _)| {
        let rest = &text[start + 1..];
        let length = rest.char_indices().take(50).find(|(_, c)| *c == close || *c == open || *c == '\n')?;
        (length.1 == close && length.0 > 0).then_some((start, start + 1 + length.0 + 1))
    });
    pieces.collect()
}

/// `<VERSION>`, `<your-host>`; in prose also `<new version>`.
fn is_angled(inner: &str, code: bool) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (c == ' ' && !code);
    let capitals = inner.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    let begins = inner.starts_with(|c: char| c.is_ascii_alphabetic());
    begins && inner.chars().all(named) && (capitals || inner.contains(['-', '_', ' ']) && !inner.starts_with(' '))
}

/// `[Name]`, `[Your name]`, `[DATE]`.
fn is_bracketed(inner: &str) -> bool {
    let named = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '/' | '\'');
    inner.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 2)
        && inner.starts_with(char::is_uppercase)
        && inner.chars().all(named)
        && !MEANT.contains(&inner)
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn what_is_to_be_filled_in_is_told_from_what_is_meant() {
        let found = |text: &str, code| {
            placeholders(text, code).into_iter().map(|(start, end)| text[start..end].to_owned()).collect::<Vec<_>>()
        };
        let cases: [(&str, &[&str]); 18] = [
            ("Call [Name] at XXX-XXXX", &["[Name]", "XXX-XXXX"]),
            ("Release <VERSION> by <your name>, TODO.", &["<VERSION>", "<your name>", "TODO"]),
            ("kubectl patch ingress …", &["…"]),
            ("Waiting… for [OK] or [the docs](http://x) [DB](x)", &[]),
            ("a < 5 and b > 3, x[0], [x], <b>", &[]),
            ("Ask ??? about (TBD)", &["???", "TBD"]),
            ("page 10 ... 12 of MAXXX", &["..."]),
            ("Look at 'XXX'", &["XXX"]),
            ("+1-XXX-XXX-XXXX", &["+1-XXX-XXX-XXXX"]),
            ("+1-555-XXXX or +1-XXX", &["+1-555-XXXX", "+1-XXX"]),
            ("Ring +1-XXX-1234 now: 5XX are over, +1-555-1234", &["+1-XXX-1234"]),
            ("It costs $XXK, or $XX; $X is a share", &["$XXK", "$XX"]),
            ("https://a/?t={token} or by {your-name}", &["{token}", "{your-name}"]),
            ("{{ token }} {{token}} ${token} %{code} {print $1} '{print}' {} {1} {a,b} GET /orders/{id}", &[]),
            ("https://hooks.slack.com/... and \"https://x/…\", ./... /...", &["https://hooks.slack.com/...", "https://x/…"]),
            ("Backup of YYYY-MM-DD, date (YYYY-MM-DD)?", &["YYYY-MM-DD"]),
            ("Signed: ____ (___) a___b __init__", &["____", "___"]),
            ("Title\n____\ntext", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(found(text, false), expected, "{text}");
        }
        assert_eq!(found("____", false), ["____"]);
        assert_eq!(found("curl https://hooks.slack.com/... ${token} {{ token }} {token} ___ a=___", true).len(), 2);
        assert_eq!(found("deploy <VERSION> [A-Z] a<b>c $(mktemp -t x.XXXXXX) go test ./... ", true), ["<VERSION>"]);
    }
}
