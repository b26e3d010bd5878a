use serde_json::Value;

use super::Formula;
use crate::engine::event::{
    CLOSES, CREATED, DELETED, DEPENDENCIES_SATISFIED, DEPENDENCIES_UPDATED, FIELD_UPDATED, PRIORITY_UPDATED,
    STATUS_UPDATED,
};
use crate::format::workflow::{EventPattern, FieldPath, Operand, Operator, Quantifier, Test};
use crate::model::{Place, StatusSet};

/// Fields that every task has, whatever stands in its file, and that are texts; a title may be an empty one.
const TEXTS: [&str; 5] = ["id", "title", "status", "tag", "path"];
/// The other fields that every task has.
const OTHERS: [&str; 1] = ["dependencies"];

/// Under which circumstances conditions are looked at.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Setting<'a> {
    pub(in super::super) statuses: &'a StatusSet,
    pub(in super::super) event: &'a EventPattern,
}

/// Which value of an event a test asks for.
pub(super) struct Asked {
    /// One name for each value, however many paths lead to it.
    pub(super) key: String,
    /// Whether it is the category of a status.
    pub(super) is_category: bool,
}

impl Setting<'_> {
    pub(super) fn changed_field(self) -> Option<&'static str> {
        match self.event.as_str() {
            STATUS_UPDATED => Some("status"),
            _ => None,
        }
    }

    /// Which value a test asks for; `None` where that cannot be told of one, or where its opposite is about others.
    pub(super) fn asked(self, test: &Test, negated: bool) -> Option<Asked> {
        match test.field.related().map(|related| related.quantifier) {
            // That not all are so says nothing of each.
            Some(Quantifier::Any) => return None,
            Some(Quantifier::All) if negated => return None,
            _ => {}
        }
        // What they are told apart by depends on the field that has changed.
        if self.changed_field().is_none() && test.field.segments().iter().any(|part| matches!(*part, "old" | "new")) {
            return None;
        }
        let path = test.field.to_string();
        let path = path.strip_prefix("event.").unwrap_or(&path);
        let path = if path == "status_category" { "status.category" } else { path };
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let first = match (self.changed_field(), first) {
            (Some("status"), "status") if test.operator == Operator::ChangedFrom => "old",
            (Some(_), "status" | "new_status") => "new",
            (Some(_), "old_status") => "old",
            (_, first) => first,
        };
        let key = rest.map_or_else(|| first.to_owned(), |rest| format!("{first}.{rest}"));
        let is_category = path == "status.category" && test.field.segments() == ["status_category"];
        Some(Asked { key, is_category })
    }

    /// Whether the event is about a task that is there: one of this name and no other, and none from outside.
    fn is_about_a_task(self) -> bool {
        let names =
            [CREATED, STATUS_UPDATED, PRIORITY_UPDATED, DEPENDENCIES_UPDATED, DEPENDENCIES_SATISFIED, FIELD_UPDATED];
        names.contains(&self.event.as_str())
    }

    /// Whether the value at a key is always there.
    pub(super) fn is_always_there(self, key: &str) -> bool {
        self.is_always_text(key) || (self.is_of_the_task(key) && OTHERS.contains(&name_of(key)))
    }

    /// Whether the value at a key is always a text, and never an empty one.
    pub(super) fn is_always_text(self, key: &str) -> bool {
        self.is_of_the_task(key) && TEXTS.contains(&name_of(key))
    }

    /// Whether the value at a key is what the task has. What the event says of the field that it is about may be
    /// nothing: the line was taken out of the file, and was not there before it was written.
    fn is_of_the_task(self, key: &str) -> bool {
        let may_be_changed = match self.event.as_str() {
            STATUS_UPDATED => key == "status",
            DEPENDENCIES_UPDATED => key == "dependencies",
            FIELD_UPDATED => !key.starts_with("task."),
            _ => false,
        };
        self.is_about_a_task() && !may_be_changed
    }

    /// Whether nothing ever has a value at a key, as long as no task has a field of that name.
    pub(super) fn is_never_there(self, key: &str) -> bool {
        let others = [CLOSES, CREATED, DELETED, PRIORITY_UPDATED, DEPENDENCIES_UPDATED, DEPENDENCIES_SATISFIED];
        matches!(key, "new_status" | "old_status") && others.contains(&self.event.as_str())
    }

    /// Whether this event always does what a test asks of it.
    pub(super) fn always_changes(self, test: &Test) -> bool {
        let path = test.field.to_string();
        test.operator == Operator::Changed
            && self.event.as_str() == STATUS_UPDATED
            && path.strip_prefix("task.").unwrap_or(&path) == "status"
    }

    /// Whether this event never does what a test asks of it: it changes another field, or none.
    pub(super) fn never_changes(self, test: &Test) -> bool {
        let changed = match self.event.as_str() {
            STATUS_UPDATED => "status",
            PRIORITY_UPDATED => "priority",
            DEPENDENCIES_UPDATED => "dependencies",
            CREATED | DELETED | DEPENDENCIES_SATISFIED => "",
            _ => return false,
        };
        let path = test.field.to_string();
        test.operator.is_about_change() && path.strip_prefix("task.").unwrap_or(&path) != changed
    }

    /// What this event says of itself, whatever happens.
    pub(in super::super) fn implied(self, place: &Place) -> Vec<Formula<'static>> {
        let name = self.event.as_str();
        if name.contains('*') {
            return Vec::new();
        }
        let mut known = vec![("event", Operator::Equals, Value::from(name)), ("depth", Operator::Gte, Value::from(0))];
        match name {
            STATUS_UPDATED => known.push(("field", Operator::Equals, "status".into())),
            PRIORITY_UPDATED => known.push(("field", Operator::Equals, "priority".into())),
            DEPENDENCIES_UPDATED => known.push(("field", Operator::Equals, "dependencies".into())),
            FIELD_UPDATED => {
                let others = ["status", "priority", "dependencies"].map(Value::from);
                known.push(("field", Operator::NotIn, Value::from(others.to_vec())));
            }
            _ => {}
        }
        let formula = |(field, operator, value): (&str, Operator, Value)| {
            let field = FieldPath::parse(field).ok()?;
            Some(Formula::said(Test { field, operator, value, operand: Operand::Value, place: place.clone() }))
        };
        known.into_iter().filter_map(formula).collect()
    }
}

fn name_of(key: &str) -> &str {
    key.strip_prefix("task.").unwrap_or(key)
}
