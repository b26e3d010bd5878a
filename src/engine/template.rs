//! Texts with names in braces: `Task '{task_title}' completed`.
//!
//! - `{name}` is what the name stands for; a name has letters, digits, `_`, `-` and `.`, and begins
//!   with a letter or `_`. `{name|text}` is the text where the name stands for nothing.
//! - `{{` is `{` and `}}` is `}`. Braces around anything but a name stay as they are.
//! - `${...}` stays as it is: variables belong to the configuration, never to data of tasks.
//!
//! One pass: what a name stands for is never looked into again. A text ends after 64 KiB: a value that is
//! made of itself would soon be longer than any memory.

/// Bytes that a text may have.
pub const LONGEST: usize = 65_536;

/// A text with its names replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The names that stand for nothing and have no default, once each, in order; they stay in the
    /// text as `{name}`. Of a text that is cut, those up to there.
    pub missing: Vec<String>,
    /// Whether there would be more of the text than [`LONGEST`] bytes.
    pub cut: bool,
}

impl Rendered {
    fn push(&mut self, text: &str) {
        let end = text.floor_char_boundary(LONGEST.saturating_sub(self.text.len()));
        self.text.push_str(text.get(..end).unwrap_or_default());
        self.cut |= end < text.len();
    }
}

/// Replaces the names in `template`. Values pass through `escape`; the template's own text and its
/// defaults do not, since their author knew the destination.
pub fn render(template: &str, lookup: &dyn Fn(&str) -> Option<String>, escape: &dyn Fn(&str) -> String) -> Rendered {
    let mut rendered = Rendered { text: String::with_capacity(template.len()), missing: Vec::new(), cut: false };
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}', '$']) {
        let (before, found) = rest.split_at(at);
        rendered.push(before);
        let (piece, length) = next(found, lookup, escape);
        match piece {
            Piece::Literal(text) => rendered.push(text),
            Piece::Value(text) => rendered.push(&text),
            Piece::Missing(name) => {
                rendered.push(found.get(..length).unwrap_or_default());
                if !rendered.missing.iter().any(|known| known == name) {
                    rendered.missing.push(name.to_owned());
                }
            }
        }
        rest = found.get(length..).unwrap_or_default();
        // What stands behind the end need not be looked up.
        if rendered.cut {
            return rendered;
        }
    }
    rendered.push(rest);
    rendered
}

/// Why a field or parameter does not get a text that was cut.
#[must_use]
pub fn too_long(name: &str) -> String {
    format!("`{name}` would be longer than {} KiB", LONGEST / 1024)
}

enum Piece<'t> {
    Literal(&'t str),
    Value(String),
    Missing(&'t str),
}

/// What `text`, which begins with `{`, `}` or `$`, begins with, and how many bytes that takes.
fn next<'t>(
    text: &'t str,
    lookup: &dyn Fn(&str) -> Option<String>,
    escape: &dyn Fn(&str) -> String,
) -> (Piece<'t>, usize) {
    let literal = |length: usize| Piece::Literal(text.get(..length).unwrap_or_default());
    if text.starts_with("${") {
        let length = text.find('}').map_or(text.len(), |end| end + 1);
        return (literal(length), length);
    }
    if text.starts_with("{{") || text.starts_with("}}") {
        return (literal(1), 2);
    }
    let inside = text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside);
    let Some(inside) = inside else { return (literal(1), 1) };
    let (name, default) = match inside.split_once('|') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return (literal(1), 1);
    }
    let piece = match (lookup(name), default) {
        (Some(value), _) => Piece::Value(escape(&value)),
        (None, Some(default)) => Piece::Literal(default),
        (None, None) => Piece::Missing(name),
    };
    (piece, inside.len() + 2)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "task_title" => Some("Log in".to_owned()),
            "task.title" => Some("<b>".to_owned()),
            "nested" => Some("{task_title} ${HOME} {{".to_owned()),
            "empty" => Some(String::new()),
            _ => None,
        }
    }

    fn rendered(template: &str) -> String {
        render(template, &lookup, &str::to_owned).text
    }

    #[test]
    fn names_and_defaults() {
        assert_eq!(rendered("Task '{task_title}' completed"), "Task 'Log in' completed");
        assert_eq!(rendered("{task.title}{task_title}"), "<b>Log in");
        assert_eq!(rendered("{nobody|someone else}"), "someone else");
        assert_eq!(rendered("{task_title|none}"), "Log in");
        assert_eq!(rendered("{nobody|}."), ".");
        assert_eq!(rendered("[{empty|none}]"), "[]");
    }

    #[test]
    fn what_is_missing_stays_and_is_listed_once() {
        let result = render("{a}{b.c}{a}{d|e}", &lookup, &str::to_owned);
        assert_eq!(result.text, "{a}{b.c}{a}e");
        assert_eq!(result.missing, ["a", "b.c"]);
    }

    #[test]
    fn values_are_never_looked_into_again() {
        assert_eq!(rendered("{nested}"), "{task_title} ${HOME} {{");
    }

    #[test]
    fn variables_stay() {
        assert_eq!(rendered("${task_title}"), "${task_title}");
        assert_eq!(rendered("${task_title:-{task_title}}"), "${task_title:-{task_title}}");
        assert_eq!(rendered("${{ secrets.KEY }}"), "${{ secrets.KEY }}");
        assert_eq!(rendered("5 $ {task_title}"), "5 $ Log in");
        assert_eq!(rendered("${open"), "${open");
    }

    #[test]
    fn braces_that_hold_no_name_stay() {
        assert_eq!(rendered("{{task_title}}"), "{task_title}");
        assert_eq!(rendered(r#"{"text": "{task_title}"}"#), r#"{"text": "Log in"}"#);
        assert_eq!(rendered("{} { } {1} {a b} } {open"), "{} { } {1} {a b} } {open");
        assert_eq!(rendered("ü{task_title}ü"), "üLog inü");
    }

    #[test]
    fn only_values_are_escaped() {
        let escape = |text: &str| text.replace('<', "&lt;");
        let result = render("<i>{task.title}{none|<br>}", &lookup, &escape);
        assert_eq!(result.text, "<i>&lt;b><br>");
    }

    #[test]
    fn a_text_ends() {
        let long = |template: &str| render(template, &|_| Some("ä".repeat(LONGEST / 4)), &str::to_owned);
        let whole = long("{a}{a}");
        assert_eq!((whole.text.len(), whole.cut), (LONGEST, false));
        let cut = long("x{a}{a}{a}");
        assert_eq!((cut.text.len(), cut.cut), (LONGEST - 1, true));
    }

    proptest! {
        #[test]
        fn doubled_braces_print_any_text(text in "[^$]*") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(rendered(&doubled), text);
        }

        #[test]
        fn any_value_arrives_as_it_is(value in ".*", template in "[{}$a|]*") {
            let whole = render("<{a}>", &|_| Some(value.clone()), &str::to_owned);
            prop_assert_eq!(whole.text, format!("<{value}>"));
            let _ = render(&template, &|_| Some(value.clone()), &str::to_owned);
        }
    }
}
