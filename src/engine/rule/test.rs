//! One field compared with one value.

use serde_json::Value;

use super::Change;
use super::compare::{age, order, same, word};
use super::evaluate::World;
use crate::engine::fuel::Fuel;
use crate::format::workflow::{Age, Meaning, Operand, Operator, Shown, Test};

/// Steps that any test takes.
const LOOKING: u64 = 4;
/// Steps that each value takes that is compared.
const COMPARING: u64 = 2;

/// The value, whether the test holds, and why.
pub(super) fn judge(test: &Test, world: &World<'_>) -> (Option<Value>, bool, String) {
    let judge = Judge::new(test, world);
    let path = test.field.segments();
    let path = judge.asked(&path);
    let actual = judge.read(world.facts.get(path));
    if test.operator.is_about_change() {
        world.spend(judge.steps(actual.as_ref()));
        let (holds, why) = judge.judge_change(world.facts.change(path));
        return (actual, holds, why);
    }
    world.spend(judge.steps(actual.as_ref()));
    let holds = judge.holds_for(actual.as_ref());
    let why = world.why(|| judge.why(actual.as_ref()));
    (actual, holds, why)
}

/// A test with what its values mean.
pub(super) struct Judge<'a> {
    test: &'a Test,
    world: &'a World<'a>,
    meaning: Meaning,
}

impl<'a> Judge<'a> {
    pub(super) fn new(test: &'a Test, world: &'a World<'a>) -> Self {
        Self { test, world, meaning: test.field.meaning(world.changed_field) }
    }

    /// The path that is asked for: of `status.category` the status.
    pub(super) fn asked<'p>(&self, path: &'p [&'p str]) -> &'p [&'p str] {
        match (self.meaning, path) {
            (Meaning::Category, [status @ .., _]) => status,
            _ => path,
        }
    }

    /// A value as it is compared: of a status its category, where that is meant. `null` is none.
    pub(super) fn read(&self, value: Option<Value>) -> Option<Value> {
        let value = value.filter(|value| !value.is_null())?;
        match self.meaning {
            Meaning::Category => word(&value).map(|text| Value::from(self.world.statuses.category(&text).name())),
            _ => Some(value),
        }
    }

    /// Steps that it takes to decide the test for a value.
    pub(super) fn steps(&self, actual: Option<&Value>) -> u64 {
        let size = actual.map_or(0, Fuel::of_value);
        let wanted = || u64::try_from(self.test.value.as_array().map_or(1, Vec::len)).unwrap_or(u64::MAX);
        match (&self.test.operand, actual) {
            (Operand::Pattern(pattern), Some(Value::String(text))) => size.saturating_add(pattern.steps(text)),
            // Each of the wanted ones is compared, as a status or an id where it is one.
            _ => size.saturating_add(wanted().saturating_mul(COMPARING)).saturating_add(LOOKING),
        }
    }

    /// Whether the test holds for a value, which may be missing.
    pub(super) fn holds_for(&self, actual: Option<&Value>) -> bool {
        let operator = self.test.operator;
        let positive = operator.negates().unwrap_or(operator);
        actual.is_some_and(|actual| self.is(positive, actual)) != operator.negates().is_some()
    }

    /// Whether a positive operator holds for a value that is there.
    fn is(&self, operator: Operator, actual: &Value) -> bool {
        let wanted = &self.test.value;
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
            Operator::Matches => match &self.test.operand {
                Operand::Pattern(pattern) => word(actual).is_some_and(|text| pattern.is_in(&text)),
                Operand::Value | Operand::Age(_) => false,
            },
            Operator::OlderThan => match &self.test.operand {
                Operand::Age(least) => self.seconds_since(actual).is_some_and(|seconds| seconds > least.seconds()),
                Operand::Value | Operand::Pattern(_) => false,
            },
            // The opposites and the changes are decided by other means.
            Operator::NotEquals
            | Operator::NotIn
            | Operator::NotExists
            | Operator::NotContains
            | Operator::Changed
            | Operator::ChangedFrom
            | Operator::ChangedTo => false,
        }
    }

    fn judge_change(&self, change: Option<Change>) -> (bool, String) {
        let Some(change) = change else {
            return (false, self.world.why(|| "this event did not change it".to_owned()));
        };
        let change = Change { old: self.read(change.old), new: self.read(change.new) };
        let side = match self.test.operator {
            Operator::ChangedFrom => &change.old,
            Operator::ChangedTo => &change.new,
            _ => &None,
        };
        let is_same = match (&change.old, &change.new) {
            (Some(old), Some(new)) => self.same(old, new),
            (None, None) => true,
            _ => false,
        };
        let fits = self.test.operator == Operator::Changed || side.as_ref().is_some_and(|value| self.is_one_of(value));
        let show = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "missing".to_owned(), |value| format!("`{}`", Shown(value)))
        };
        let spelling = if is_same { ": the same in another spelling" } else { "" };
        let why = || format!("it was {}, it is {}{spelling}", show(&change.old), show(&change.new));
        (fits && !is_same, self.world.why(why))
    }

    fn same(&self, a: &Value, b: &Value) -> bool {
        same(self.meaning, self.world.statuses, a, b)
    }

    /// Whether a value is the wanted one, or one of the wanted ones.
    fn is_one_of(&self, actual: &Value) -> bool {
        match &self.test.value {
            Value::Array(wanted) => wanted.iter().any(|wanted| self.same(actual, wanted)),
            wanted => self.same(actual, wanted),
        }
    }

    /// How long a date lies behind the event.
    fn seconds_since(&self, actual: &Value) -> Option<i64> {
        age(actual, self.world.facts.moment()?)
    }

    fn why(&self, actual: Option<&Value>) -> String {
        let Some(actual) = actual else { return "it is missing".to_owned() };
        let written = format!("it is `{}`", Shown(actual));
        match self.test.operator {
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte
                if order(self.meaning, actual, &self.test.value).is_none() =>
            {
                return format!("{written}, which has no order with `{}`", Shown(&self.test.value));
            }
            Operator::OlderThan => {
                return match (self.world.facts.moment(), self.seconds_since(actual)) {
                    (None, _) => format!("{written}, and the event has no time to compare it with"),
                    (_, None) => format!("{written}, which is no date"),
                    (_, Some(seconds)) if seconds < 0 => format!("{written}, after the event"),
                    (_, Some(seconds)) => format!("{written}, {} before the event", Age::of_seconds(seconds)),
                };
            }
            _ => {}
        }
        if self.meaning == Meaning::Status
            && let Some(text) = word(actual)
        {
            return match self.world.statuses.find(&text) {
                Some(found) if found.name != text => format!("{written}, which means `{}`", found.name),
                Some(_) => written,
                None => format!("{written}, an unknown status"),
            };
        }
        written
    }
}
