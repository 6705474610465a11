//! A theme's text: meaning by meaning, `critical: { fg: red, bold: true }`.

use indexmap::IndexMap;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use serde_yaml::Spanned;

use crate::text::clean_line;
use crate::tui::theme::{MEANINGS, Theme, ThemeError};

/// A theme has some twenty short lines.
const BYTES_MAX: usize = 64 * 1_024;

const ATTRIBUTES: [(&str, Modifier); 4] =
    [("bold", Modifier::BOLD), ("dim", Modifier::DIM), ("underline", Modifier::UNDERLINED), ("reverse", Modifier::REVERSED)];

const COLOURS: [&str; 17] = [
    "default",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "dark-gray",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

/// What stands behind `fg:` or `bold:`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Flag(bool),
    Number(u8),
    Text(String),
    Nothing(()),
}

type Look = IndexMap<String, Spanned<Value>>;

/// The theme that `text` describes, laid over `base`.
pub(super) fn read(name: &str, text: &str, base: Theme) -> Result<Theme, ThemeError> {
    if text.len() > BYTES_MAX {
        return Err(ThemeError::TooLong { theme: name.to_owned(), max: BYTES_MAX });
    }
    let wrong = |line: u64, what: String| ThemeError::Wrong { theme: name.to_owned(), line, what };
    let looks: IndexMap<String, Look> = serde_yaml::from_str(text).map_err(|error| {
        let message = error.without_snippet().to_string();
        wrong(
            error.location().map_or(1, |at| at.line()),
            clean_line(message.lines().next().unwrap_or("not a theme")).into_owned(),
        )
    })?;
    let mut theme = base;
    name.clone_into(&mut theme.name);
    for (meaning, look) in &looks {
        let Some(style) = theme.style_mut(meaning) else {
            return Err(wrong(line_of(text, meaning), format!("unknown meaning {}", quoted(meaning, MEANINGS))));
        };
        *style = style_of(look).map_err(|(line, what)| wrong(line.unwrap_or_else(|| line_of(text, meaning)), what))?;
    }
    Ok(theme)
}

/// The style, or what is wrong with it and in which line.
fn style_of(look: &Look) -> Result<Style, (Option<u64>, String)> {
    let mut style = Style::new();
    for (key, value) in look {
        let line = Some(value.defined.line());
        match key.as_str() {
            "fg" => style = style.fg(colour_of(&value.value).map_err(|what| (line, what))?),
            "bg" => style = style.bg(colour_of(&value.value).map_err(|what| (line, what))?),
            other => style = with_attribute(style, other, &value.value).map_err(|what| (line, what))?,
        }
    }
    Ok(style)
}

fn with_attribute(style: Style, key: &str, value: &Value) -> Result<Style, String> {
    let Some((_, modifier)) = ATTRIBUTES.iter().find(|(name, _)| *name == key) else {
        return Err(format!("unknown attribute {}", quoted(key, &["fg", "bg", "bold", "dim", "underline", "reverse"])));
    };
    match value {
        Value::Flag(true) => Ok(style.add_modifier(*modifier)),
        Value::Flag(false) => Ok(style.remove_modifier(*modifier)),
        Value::Number(_) | Value::Text(_) | Value::Nothing(()) => Err(format!("`{key}` is true or false")),
    }
}

fn colour_of(value: &Value) -> Result<Color, String> {
    match value {
        Value::Number(index) => Ok(Color::Indexed(*index)),
        Value::Text(name) if name == "default" => Ok(Color::Reset),
        Value::Text(name) => name.parse().map_err(|_| format!("unknown colour {}", quoted(name, &COLOURS))),
        Value::Nothing(()) => Err("no colour is given: `#` begins a comment, so write \"#ff8800\" in quotes".to_owned()),
        Value::Flag(_) => Err("a colour is a name, a number from 0 to 255, or \"#rrggbb\"".to_owned()),
    }
}

/// The name in quotes, and the known one that is nearest.
fn quoted(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    let shown = clean_line(name);
    match nearest {
        Some((distance, known)) if distance <= 3 => format!("`{shown}`, did you mean `{known}`?"),
        Some(_) | None => format!("`{shown}`, known are {}", known.join(", ")),
    }
}

/// The line in which a key of the first level stands.
fn line_of(text: &str, key: &str) -> u64 {
    let stands = |line: &str| line.trim_start_matches(['"', '\'']).starts_with(key);
    text.lines().position(stands).map_or(1, |index| index as u64 + 1)
}
