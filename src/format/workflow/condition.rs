use std::fmt;

use serde_json::Value;

use super::age::Age;
use super::operator::Arity;
use super::{Expression, FieldPath, Operator, Pattern};
use crate::model::Place;

/// One condition of a trigger: what must be so for the trigger to act.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A field compared with a value.
    Test(Test),
    /// Several conditions as one.
    Group(Group),
    /// `when: EXPRESSION`.
    When(When),
}

impl Condition {
    /// Where it is written.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::Test(test) => &test.place,
            Self::Group(group) => &group.place,
            Self::When(when) => &when.place,
        }
    }

    /// Whether an expression is in it.
    #[must_use]
    pub fn has_expression(&self) -> bool {
        match self {
            Self::Test(_) => false,
            Self::When(_) => true,
            Self::Group(group) => group.members.iter().any(Self::has_expression),
        }
    }

    /// What a line of a truth table says of it: of a group its kind alone.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Group(group) => group.kind.name().to_owned(),
            other => other.to_string(),
        }
    }
}

/// A field, how it is looked at, and what it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What is looked at.
    pub field: FieldPath,
    /// How it is looked at.
    pub operator: Operator,
    /// What it is compared with, as written; `null` for operators that compare with nothing.
    pub value: Value,
    /// The value as the operator needs it.
    pub operand: Operand,
    /// Where it is written.
    pub place: Place,
}

/// Which texts a test of texts fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Some of them.
    Part,
    /// Each, but for an empty one.
    NotEmpty,
    /// Each.
    Every,
}

impl Test {
    /// Which texts it fits, its opposite where the operator is one.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let is_empty = || self.value.as_str() == Some("");
        match (self.operator, &self.operand) {
            (Operator::Matches, Operand::Pattern(pattern)) => pattern.extent(),
            (Operator::Contains | Operator::NotContains | Operator::StartsWith | Operator::EndsWith, _)
                if is_empty() =>
            {
                Extent::Every
            }
            _ => Extent::Part,
        }
    }
}

/// A value made ready for its operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// It is compared as it is.
    Value,
    /// What `matches` looks for.
    Pattern(Pattern),
    /// How long ago, for `older_than`.
    Age(Age),
}

/// Several conditions as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How many of them must hold.
    pub kind: GroupKind,
    /// The conditions, at least one.
    pub members: Vec<Condition>,
    /// Where its key is written.
    pub place: Place,
}

/// How many members of a group must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// Each.
    All,
    /// At least one.
    Any,
    /// Not one.
    None,
}

impl GroupKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::All, Self::Any, Self::None];

    /// Its key in `workflow.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::None => "none",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An expression that must be true.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// The expression.
    pub expression: Expression,
    /// Where it is written.
    pub place: Place,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test(test) => write!(f, "{test}"),
            Self::When(when) => write!(f, "when: {}", when.expression),
            Self::Group(group) => {
                write!(f, "{}: [", group.kind.name())?;
                for (at, member) in group.members.iter().enumerate() {
                    write!(f, "{}{member}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.operator.name())?;
        if self.operator.arity() == Arity::Nothing { Ok(()) } else { write!(f, " {}", Shown(&self.value)) }
    }
}

/// A value as a person would write it in a list of conditions: `[done, failed]`.
pub(crate) struct Shown<'a>(pub(crate) &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) if is_word(text) => f.write_str(text),
            Value::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{}", Shown(item))?;
                }
                f.write_str("]")
            }
            other => write!(f, "{other}"),
        }
    }
}

/// Whether a text without quotes cannot be taken for anything else.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !matches!(text, "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_quoted_only_where_needed() {
        let shown = |value: Value| Shown(&value).to_string();
        assert_eq!(
            shown(json!(["done", "in progress", "5", 5, true, "true"])),
            r#"[done, "in progress", "5", 5, true, "true"]"#
        );
    }
}
