use serde_json::Value;

use super::compare::{order, same, word};
use super::{Change, Facts};
use crate::format::workflow::{Condition, Meaning, Operator, Shown};
use crate::model::StatusSet;

/// Whether all conditions hold, and what became of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether all hold; without conditions, true.
    pub holds: bool,
    /// One line for each condition, in order; none is skipped because another failed.
    pub lines: Vec<ConditionResult>,
}

/// What became of one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionResult {
    /// The condition as written: `status in [done, failed]`.
    pub condition: String,
    /// The field's value; `None` where it is missing or `null`.
    pub actual: Option<Value>,
    /// Whether it holds.
    pub holds: bool,
    /// Why: a lower-case fragment.
    pub why: String,
}

/// Decides every condition.
///
/// A field that is missing or `null` makes positive operators false and negative ones true. Fields
/// are compared by their [`Meaning`]: statuses through `statuses`, `status.category` by the name of
/// the category, ids and priorities in all their spellings. `contains`, `starts_with` and
/// `ends_with` look at texts as they are written.
#[must_use]
pub fn evaluate(conditions: &[Condition], facts: &dyn Facts, statuses: &StatusSet) -> Verdict {
    let about = facts.get(&["field"]);
    let changed_field = about.as_ref().and_then(Value::as_str);
    let lines: Vec<ConditionResult> = conditions
        .iter()
        .map(|condition| {
            let meaning = condition.field.meaning(changed_field);
            Judge { condition, facts, statuses, meaning }.judge()
        })
        .collect();
    Verdict { holds: lines.iter().all(|line| line.holds), lines }
}

struct Judge<'a> {
    condition: &'a Condition,
    facts: &'a dyn Facts,
    statuses: &'a StatusSet,
    meaning: Meaning,
}

impl Judge<'_> {
    fn judge(&self) -> ConditionResult {
        let operator = self.condition.operator;
        let actual = self.actual();
        let (holds, why) = match operator {
            Operator::Changed | Operator::ChangedFrom | Operator::ChangedTo => self.judge_change(),
            _ => {
                let positive = operator.negates().unwrap_or(operator);
                let found = actual.as_ref().is_some_and(|actual| self.is(positive, actual));
                (found != operator.negates().is_some(), self.why(actual.as_ref()))
            }
        };
        ConditionResult { condition: self.condition.to_string(), actual, holds, why }
    }

    /// Whether a positive operator holds for a value that is there.
    fn is(&self, operator: Operator, actual: &Value) -> bool {
        let wanted = &self.condition.value;
        let ordered = || order(self.meaning, actual, wanted);
        let texts = |test: fn(&str, &str) -> bool| {
            word(actual).zip(word(wanted)).is_some_and(|(actual, wanted)| test(&actual, &wanted))
        };
        match operator {
            Operator::Exists => true,
            Operator::Equals => self.same(actual, wanted),
            Operator::In => self.is_one_of(actual),
            Operator::Gt => ordered().is_some_and(std::cmp::Ordering::is_gt),
            Operator::Gte => ordered().is_some_and(std::cmp::Ordering::is_ge),
            Operator::Lt => ordered().is_some_and(std::cmp::Ordering::is_lt),
            Operator::Lte => ordered().is_some_and(std::cmp::Ordering::is_le),
            Operator::Contains => match actual {
                Value::Array(items) => items.iter().any(|item| self.same(item, wanted)),
                Value::Object(entries) => word(wanted).is_some_and(|key| entries.contains_key(&key)),
                _ => texts(|actual, wanted| actual.contains(wanted)),
            },
            Operator::StartsWith => texts(|actual, wanted| actual.starts_with(wanted)),
            Operator::EndsWith => texts(|actual, wanted| actual.ends_with(wanted)),
            // The opposites and the changes are decided above, by other means.
            Operator::NotEquals
            | Operator::NotIn
            | Operator::NotExists
            | Operator::NotContains
            | Operator::Changed
            | Operator::ChangedFrom
            | Operator::ChangedTo => false,
        }
    }

    fn judge_change(&self) -> (bool, String) {
        let Some(change) = self.change() else { return (false, "this event did not change it".to_owned()) };
        let side = match self.condition.operator {
            Operator::ChangedFrom => &change.old,
            Operator::ChangedTo => &change.new,
            _ => &None,
        };
        let is_same = match (&change.old, &change.new) {
            (Some(old), Some(new)) => self.same(old, new),
            (None, None) => true,
            _ => false,
        };
        let fits =
            self.condition.operator == Operator::Changed || side.as_ref().is_some_and(|value| self.is_one_of(value));
        let show = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "missing".to_owned(), |value| format!("`{}`", Shown(value)))
        };
        let spelling = if is_same { ": the same in another spelling" } else { "" };
        (fits && !is_same, format!("it was {}, it is {}{spelling}", show(&change.old), show(&change.new)))
    }

    fn same(&self, a: &Value, b: &Value) -> bool {
        same(self.meaning, self.statuses, a, b)
    }

    /// Whether a value is the wanted one, or one of the wanted ones.
    fn is_one_of(&self, actual: &Value) -> bool {
        match &self.condition.value {
            Value::Array(wanted) => wanted.iter().any(|wanted| self.same(actual, wanted)),
            wanted => self.same(actual, wanted),
        }
    }

    fn actual(&self) -> Option<Value> {
        let value = self.facts.get(self.asked().as_slice()).filter(|value| !value.is_null())?;
        self.read(value)
    }

    fn change(&self) -> Option<Change> {
        let change = self.facts.change(self.asked().as_slice())?;
        let read = |value: Option<Value>| value.filter(|value| !value.is_null()).and_then(|value| self.read(value));
        Some(Change { old: read(change.old), new: read(change.new) })
    }

    /// The path that is asked for: of `status.category` the status.
    fn asked(&self) -> Vec<&str> {
        let mut path = self.condition.field.segments();
        if self.meaning == Meaning::Category {
            path.pop();
        }
        path
    }

    fn read(&self, value: Value) -> Option<Value> {
        match self.meaning {
            Meaning::Category => word(&value).map(|text| Value::from(self.statuses.category(&text).name())),
            _ => Some(value),
        }
    }

    fn why(&self, actual: Option<&Value>) -> String {
        let Some(actual) = actual else { return "it is missing".to_owned() };
        let written = format!("it is `{}`", Shown(actual));
        let ordering = matches!(self.condition.operator, Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte);
        if ordering && order(self.meaning, actual, &self.condition.value).is_none() {
            return format!("{written}, which has no order with `{}`", Shown(&self.condition.value));
        }
        if self.meaning == Meaning::Status
            && let Some(text) = word(actual)
        {
            return match self.statuses.find(&text) {
                Some(found) if found.name != text => format!("{written}, which means `{}`", found.name),
                Some(_) => written,
                None => format!("{written}, an unknown status"),
            };
        }
        written
    }
}
