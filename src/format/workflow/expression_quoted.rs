//! Names that stand in quotes in an expression, as arguments of filters: of tests, of other filters, and of fields.

use super::expression::{Expression, ExpressionError};
use super::expression_words::{is_name, unquoted, words};
use super::suggest;

/// Refuses names of filters and tests in quotes that there are not: `select('nonr')`, `map('uper')`.
pub(super) fn check_quoted(text: &str) -> Result<(), ExpressionError> {
    let all = words(text);
    for (at, window) in all.windows(3).enumerate() {
        let [bar, filter, bracket] = window else { continue };
        if (*bar, *bracket) != ("|", "(") {
            continue;
        }
        let (place, known, what): (usize, &[&str], &str) = match *filter {
            "select" | "reject" => (at + 3, &Expression::TESTS, "test"),
            "selectattr" | "rejectattr" if all.get(at + 4) == Some(&",") => (at + 5, &Expression::TESTS, "test"),
            "map" => (at + 3, &Expression::FILTERS, "filter"),
            _ => continue,
        };
        let Some(word) = all.get(place).copied() else { continue };
        let Some(name) = unquoted(word).filter(|name| !known.contains(name)) else { continue };
        // The words are parts of the text.
        let range = text.find(word).map(|start| start..start + word.len());
        let message = format!("there is no {what} `{}`: {}", name.escape_debug(), suggest::hint(name, known));
        return Err(ExpressionError { message, range });
    }
    Ok(())
}

impl Expression {
    /// The names with dots in it, each with all that follows: `event.type`, `parent.status.category`.
    #[must_use]
    pub fn paths(&self) -> Vec<&str> {
        words(self.as_str()).into_iter().filter(|word| is_name(word) && word.contains('.')).collect()
    }

    /// The names whose order with a text is asked for, each with such a text as it is written: of `a.b > 'x'` and
    /// `'x' <= a.b`.
    #[must_use]
    pub fn ordered(&self) -> Vec<(&str, &str)> {
        let all = words(self.as_str());
        let sides = all.windows(3).filter(|window| matches!(window.get(1), Some(&("<" | "<=" | ">" | ">="))));
        let named = sides.filter_map(|window| match *window {
            [name, _, text] if is_name(name) => Some((name, unquoted(text)?)),
            [text, _, name] if is_name(name) => Some((name, unquoted(text)?)),
            _ => None,
        });
        named.collect()
    }

    /// The fields of tasks that it names behind another name or in quotes: of `task.owner` `owner`, and of
    /// `subtasks|selectattr('kind', 'eq', 'x')|map(attribute='size')` `kind` and `size`.
    #[must_use]
    pub fn inner_fields(&self) -> Vec<&str> {
        let all = words(self.as_str());
        let mut found = Vec::new();
        for (at, word) in all.iter().enumerate() {
            let next = |further: usize| all.get(at + further).copied().unwrap_or_default();
            let mut parts = word.split('.');
            if is_name(word) && matches!(parts.next(), Some("task" | "parent")) {
                found.extend(parts.find(|part| *part != "parent"));
            }
            if *word == "|" && matches!(next(1), "selectattr" | "rejectattr") && next(2) == "(" {
                found.extend(unquoted(next(3)));
            }
            if *word == "attribute" && next(1) == "=" {
                found.extend(unquoted(next(2)));
            }
        }
        // Of a dotted name the first part is the field.
        found.into_iter().filter_map(|name| name.split('.').next()).filter(|name| !name.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_behind_other_names_are_told() {
        let text = "task.owner == 'x' and parent.parent.size and subtasks|selectattr('kind.a', 'eq', 'b')|map(attribute='points')|sum > 3 and x.y";
        assert_eq!(Expression::parse(text).unwrap().inner_fields(), ["owner", "size", "kind", "points"]);
    }
}
