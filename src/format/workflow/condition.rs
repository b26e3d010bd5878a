use std::fmt;

use serde_json::Value;

use crate::model::Place;

/// One condition of a trigger: what must be so for the trigger to act.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What is looked at.
    pub field: FieldPath,
    /// How it is looked at.
    pub operator: Operator,
    /// What it is compared with; `null` for operators that compare with nothing.
    pub value: Value,
    /// Where it is written.
    pub place: Place,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.operator.name())?;
        if self.operator.arity() == Arity::Nothing { Ok(()) } else { write!(f, " {}", Shown(&self.value)) }
    }
}

/// A dotted path to a field: `status`, `metadata.ci_run`, `parent.status`. Never empty, no part empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<String>);

/// A text that is no [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the name of a field", text.escape_debug())]
pub struct FieldPathError {
    text: String,
}

impl FieldPath {
    /// Checks `text`.
    ///
    /// # Errors
    /// When the text or one of its parts is empty, or holds white space or control characters.
    pub fn parse(text: &str) -> Result<Self, FieldPathError> {
        let sound = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if sound && text.split('.').all(|part| !part.is_empty()) {
            Ok(Self(text.split('.').map(str::to_owned).collect()))
        } else {
            Err(FieldPathError { text: text.to_owned() })
        }
    }

    /// The parts of the path, at least one.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// How values of this field are told apart. `changed_field` is the field the event is about,
    /// which gives `old` and `new` their meaning.
    #[must_use]
    pub fn meaning(&self, changed_field: Option<&str>) -> Meaning {
        let segments = self.segments();
        if segments.contains(&"metadata") {
            return Meaning::Plain;
        }
        match segments.as_slice() {
            [.., status, "category"] if named(status, changed_field) == Meaning::Status => Meaning::Category,
            [.., last] => named(last, changed_field),
            [] => Meaning::Plain,
        }
    }
}

/// How values of a field are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// As they are written.
    Plain,
    /// As statuses: all spellings of one status are one value.
    Status,
    /// As categories of statuses: the field is `status.category`, `new.category` or the like.
    Category,
    /// As priorities: `P1` is `high`, and what is more urgent is greater.
    Priority,
    /// As ids of tasks: `task_018` is `18`.
    Id,
}

fn named(segment: &str, changed_field: Option<&str>) -> Meaning {
    let segment = match (segment, changed_field) {
        ("old" | "new", Some(field)) => field,
        _ => segment.strip_prefix("old_").or_else(|| segment.strip_prefix("new_")).unwrap_or(segment),
    };
    match segment {
        "status" => Meaning::Status,
        "priority" => Meaning::Priority,
        "id" | "task" | "task_id" | "parent" | "parent_task" | "dependencies" => Meaning::Id,
        _ => Meaning::Plain,
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// How a condition looks at its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// The field has this value.
    Equals,
    /// The field does not have this value, or is missing.
    NotEquals,
    /// The field has one of these values.
    In,
    /// The field has none of these values, or is missing.
    NotIn,
    /// The field is there and is not `null`.
    Exists,
    /// The field is missing or `null`.
    NotExists,
    /// The event changed the field.
    Changed,
    /// The event changed the field, which had this value, or one of these.
    ChangedFrom,
    /// The event changed the field, which now has this value, or one of these.
    ChangedTo,
    /// The field is greater.
    Gt,
    /// The field is greater or the same.
    Gte,
    /// The field is less.
    Lt,
    /// The field is less or the same.
    Lte,
    /// The list has this item, the text has this part, or the mapping has this key.
    Contains,
    /// The opposite of [`Operator::Contains`]; true where the field is missing.
    NotContains,
    /// The text begins so.
    StartsWith,
    /// The text ends so.
    EndsWith,
}

/// What kind of value an operator compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    /// None at all.
    Nothing,
    /// A text, a number, `true` or `false`.
    Scalar,
    /// A scalar or a list of scalars.
    ScalarOrList,
    /// A list of scalars.
    List,
    /// Anything but `null`.
    Anything,
}

impl Operator {
    /// All operators, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::Equals,
        Self::NotEquals,
        Self::In,
        Self::NotIn,
        Self::Exists,
        Self::NotExists,
        Self::Changed,
        Self::ChangedFrom,
        Self::ChangedTo,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
    ];

    /// The operator's name in `workflow.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Exists => "exists",
            Self::NotExists => "not_exists",
            Self::Changed => "changed",
            Self::ChangedFrom => "changed_from",
            Self::ChangedTo => "changed_to",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
        }
    }

    /// The operator of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// The operator this one is the opposite of. Such an operator is true on a missing field, every
    /// other one is false there.
    #[must_use]
    pub fn negates(self) -> Option<Self> {
        match self {
            Self::NotEquals => Some(Self::Equals),
            Self::NotIn => Some(Self::In),
            Self::NotExists => Some(Self::Exists),
            Self::NotContains => Some(Self::Contains),
            _ => None,
        }
    }

    pub(crate) fn arity(self) -> Arity {
        match self {
            Self::Exists | Self::NotExists | Self::Changed => Arity::Nothing,
            Self::Equals | Self::NotEquals => Arity::Anything,
            Self::In | Self::NotIn => Arity::List,
            Self::ChangedFrom | Self::ChangedTo => Arity::ScalarOrList,
            _ => Arity::Scalar,
        }
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
    fn names_are_read_back() {
        for operator in Operator::ALL {
            assert_eq!(Operator::named(operator.name()), Some(operator));
        }
        assert_eq!(Operator::named("Equals"), None);
    }

    #[test]
    fn field_paths_have_no_empty_part() {
        for bad in ["", ".", "a.", ".a", "a..b", "a b", "a\n"] {
            assert!(FieldPath::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(FieldPath::parse("metadata.ci_run").unwrap().segments(), ["metadata", "ci_run"]);
    }

    #[test]
    fn a_field_means_what_its_last_part_says() {
        let meaning = |path: &str, changed| FieldPath::parse(path).unwrap().meaning(changed);
        for path in ["status", "old_status", "new_status", "parent.status", "task.status"] {
            assert_eq!(meaning(path, None), Meaning::Status, "{path}");
        }
        assert_eq!(meaning("new", None), Meaning::Plain);
        assert_eq!(meaning("new", Some("status")), Meaning::Status);
        assert_eq!(meaning("event.old", Some("priority")), Meaning::Priority);
        assert_eq!(meaning("metadata.status", Some("status")), Meaning::Plain);
        assert_eq!(meaning("event.metadata.status", None), Meaning::Plain);
        assert_eq!(meaning("parent.status.category", None), Meaning::Category);
        assert_eq!(meaning("new.category", Some("status")), Meaning::Category);
        assert_eq!(meaning("category", None), Meaning::Plain);
        assert_eq!(meaning("dependencies", None), Meaning::Id);
    }

    #[test]
    fn values_are_quoted_only_where_needed() {
        let shown = |value: Value| Shown(&value).to_string();
        assert_eq!(
            shown(json!(["done", "in progress", "5", 5, true, "true"])),
            r#"[done, "in progress", "5", 5, true, "true"]"#
        );
    }
}
