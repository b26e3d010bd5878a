//! `${VAR}` and `${VAR:-default}` in values of the configuration; never in data of tasks.
//!
//! - `${NAME}` is the variable; a name has letters, digits and `_`, and does not begin with a digit.
//! - `${NAME:-text}` is the text where the variable is not set or empty; the text ends at the first `}`.
//! - `$${` is `${`. Any other `$` stays, and so do braces that hold no name.
//!
//! One pass: what a variable holds is never looked into again. Values are filled in where an effect is
//! carried out, and nowhere before: plans, logs and the outbox keep the names.

/// A piece of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text that stays.
    Text(&'t str),
    /// A variable.
    Variable {
        /// Its name.
        name: &'t str,
        /// What stands for it where it is not set.
        default: Option<&'t str>,
    },
}

/// A variable that is needed and not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the variable {name} is needed and not set")]
pub struct UnsetVariable {
    /// Its name.
    pub name: String,
}

/// Takes a value apart.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, found) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        rest = if let Some(after) = found.strip_prefix("$${") {
            pieces.push(Piece::Text("${"));
            after
        } else if let Some((piece, after)) = variable(found) {
            pieces.push(piece);
            after
        } else {
            let (dollar, after) = found.split_at(1);
            pieces.push(Piece::Text(dollar));
            after
        };
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

fn variable(text: &str) -> Option<(Piece<'_>, &str)> {
    let (inside, after) = text.strip_prefix("${")?.split_once('}')?;
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    sound.then_some((Piece::Variable { name, default }, after))
}

/// The value with its variables filled in.
///
/// # Errors
/// When a variable without a default is not set, or empty.
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, UnsetVariable> {
    let mut expanded = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => expanded.push_str(text),
            Piece::Variable { name, default } => match (lookup(name).filter(|value| !value.is_empty()), default) {
                (Some(value), _) => expanded.push_str(&value),
                (None, Some(default)) => expanded.push_str(default),
                (None, None) => return Err(UnsetVariable { name: name.to_owned() }),
            },
        }
    }
    Ok(expanded)
}

/// The names of the variables in a value, once each, in order.
#[must_use]
pub fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(text) {
        if let Piece::Variable { name, .. } = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("example.org".to_owned()),
            "NESTED" => Some("${HOST}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn expanded(text: &str) -> String {
        expand(text, &lookup).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn variables_and_defaults() {
        assert_eq!(expanded("https://${HOST}/a"), "https://example.org/a");
        assert_eq!(expanded("${NOBODY:-none}${EMPTY:-empty}"), "noneempty");
        assert_eq!(expanded("${NOBODY:-}."), ".");
        assert_eq!(expanded("${HOST:-x}"), "example.org");
        assert_eq!(expanded("a ${NOBODY}"), "the variable NOBODY is needed and not set");
        assert_eq!(expanded("a ${EMPTY}"), "the variable EMPTY is needed and not set");
    }

    #[test]
    fn one_pass_only() {
        assert_eq!(expanded("${NESTED}"), "${HOST}");
        assert_eq!(expanded("${NOBODY:-${HOST}}"), "${HOST}");
    }

    #[test]
    fn what_is_no_variable_stays() {
        for text in ["$", "5 $", "$HOST", "${", "${}", "${1}", "${a b}", "{HOST}", "$$", "${HOST"] {
            assert_eq!(expanded(text), text);
        }
        assert_eq!(expanded("$${HOST}"), "${HOST}");
        assert_eq!(names("${A}${B:-x}${A}$${C}"), ["A", "B"]);
    }

    proptest! {
        #[test]
        fn a_value_arrives_as_it_is(value in ".+", around in "[a-z$]{0,3}") {
            let text = format!("{around}/${{A}}/{around}");
            let result = expand(&text, &|_| Some(value.clone())).unwrap();
            prop_assert_eq!(result, format!("{around}/{value}/{around}"));
        }
    }
}
