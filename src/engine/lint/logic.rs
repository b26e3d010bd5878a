//! What can be said of conditions without an event: whether they exclude each other.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::event::STATUS_UPDATED;
use crate::engine::rule::{order, same};
use crate::format::workflow::{
    Condition, EventPattern, Expression, FieldPath, GroupKind, Logic, Meaning, Operand, Operator, Quantifier, Test,
    When,
};
use crate::model::{Priority, StatusSet};

/// Tests looked at together; with more of them nothing is said.
const MOST: usize = 100;

/// Where a test stands. Conditions know all spellings of a value; expressions compare it as it is written, once
/// statuses and priorities have their one name, and give any two values an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Condition,
    Expression,
}

/// Conditions as a formula whose negations stand at the tests.
#[derive(Debug, Clone)]
pub(super) enum Formula<'a> {
    Test {
        test: Cow<'a, Test>,
        negated: bool,
        origin: Origin,
    },
    All(Vec<Formula<'a>>),
    Any(Vec<Formula<'a>>),
    /// True or false whatever happens.
    Constant(bool),
    /// Nothing is known.
    Open,
}

impl<'a> Formula<'a> {
    /// That all of some conditions hold.
    pub(super) fn all(conditions: &'a [Condition]) -> Self {
        Self::All(conditions.iter().map(|condition| Self::of(condition, false)).collect())
    }

    /// The same where nothing is known of some tests.
    pub(super) fn without(self, unknown: &dyn Fn(&Test) -> bool) -> Self {
        let each = |members: Vec<Self>| members.into_iter().map(|member| member.without(unknown)).collect();
        match self {
            Self::Test { test, .. } if unknown(&test) => Self::Open,
            Self::All(members) => Self::All(each(members)),
            Self::Any(members) => Self::Any(each(members)),
            other => other,
        }
    }

    /// That a condition holds, or that it does not.
    pub(super) fn of(condition: &'a Condition, negated: bool) -> Self {
        match condition {
            Condition::Test(test) => Self::Test { test: Cow::Borrowed(test), negated, origin: Origin::Condition },
            Condition::When(when) => match constant(&when.expression) {
                Some(holds) => Self::Constant(holds != negated),
                None => Self::of_logic(&when.expression.logic(), when, negated),
            },
            Condition::Group(group) => {
                let inner = negated != (group.kind == GroupKind::None);
                let members = group.members.iter().map(|member| Self::of(member, inner)).collect();
                // "None of them" is "all of their opposites".
                let is_all = group.kind != GroupKind::Any;
                if is_all == negated { Self::Any(members) } else { Self::All(members) }
            }
        }
    }
}

impl Formula<'_> {
    fn of_logic(logic: &Logic<'_>, when: &When, negated: bool) -> Self {
        let each = |parts: &[Logic<'_>]| parts.iter().map(|part| Self::of_logic(part, when, negated)).collect();
        match logic {
            Logic::All(parts) if negated => Self::Any(each(parts)),
            Logic::All(parts) => Self::All(each(parts)),
            Logic::Any(parts) if negated => Self::All(each(parts)),
            Logic::Any(parts) => Self::Any(each(parts)),
            Logic::Not(part) => Self::of_logic(part, when, !negated),
            Logic::Compared { name, operator, value } => {
                let field = FieldPath::parse(name).ok().filter(is_value);
                field.map_or(Self::Open, |field| Self::Test {
                    test: Cow::Owned(Test {
                        field,
                        operator: *operator,
                        value: value.clone(),
                        operand: Operand::Value,
                        place: when.place.clone(),
                    }),
                    negated,
                    origin: Origin::Expression,
                })
            }
            Logic::Other => Self::Open,
        }
    }
}

/// Whether a name of an expression stands for the same value as the path of a condition.
fn is_value(field: &FieldPath) -> bool {
    match field.segments().as_slice() {
        [name] => !matches!(*name, "task" | "parent" | "event" | "subtasks" | "dependencies" | "metadata" | "data"),
        ["task" | "parent" | "event", name] => !matches!(*name, "parent" | "dependencies" | "metadata"),
        ["metadata" | "data", _] => true,
        _ => false,
    }
}

/// What an expression without names is.
pub(super) fn constant(expression: &Expression) -> Option<bool> {
    if expression.names().next().is_some() { None } else { expression.holds([]).ok() }
}

/// Under which circumstances conditions are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) statuses: &'a StatusSet,
    pub(super) event: &'a EventPattern,
}

impl Setting<'_> {
    fn changed_field(self) -> Option<&'static str> {
        (self.event.as_str() == STATUS_UPDATED).then_some("status")
    }

    /// One name for each value, however many paths lead to it; `None` where they lead to several.
    fn key(self, test: &Test) -> Option<String> {
        if test.field.related().is_some_and(|related| related.quantifier == Quantifier::Any) {
            return None;
        }
        // What they are told apart by depends on the field that has changed.
        if self.changed_field().is_none() && test.field.segments().iter().any(|part| matches!(*part, "old" | "new")) {
            return None;
        }
        let path = test.field.to_string();
        let path = path.strip_prefix("event.").unwrap_or(&path);
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let first = match (self.changed_field(), first) {
            (Some(_), "status" | "new_status") => "new",
            (Some(_), "old_status") => "old",
            (_, first) => first,
        };
        Some(rest.map_or_else(|| first.to_owned(), |rest| format!("{first}.{rest}")))
    }
}

/// What tests ask of one value.
#[derive(Debug, Default)]
struct Demand<'a> {
    meaning: Option<Meaning>,
    /// It is one of each of these.
    one_of: Vec<Vec<&'a Value>>,
    /// It is none of these.
    none_of: Vec<&'a Value>,
    /// It is not written as any of these.
    not_written: Vec<&'a Value>,
    /// It is there.
    there: bool,
    /// It is missing.
    missing: bool,
    /// It is greater; `true`: or the same.
    above: Vec<(&'a Value, bool)>,
    /// It is less; `true`: or the same.
    below: Vec<(&'a Value, bool)>,
}

/// Whether no event can meet all of `parts`. `false` says nothing.
pub(super) fn contradicts(parts: &[Formula<'_>], setting: Setting<'_>) -> bool {
    let mut tests = Vec::new();
    let mut choices = Vec::new();
    if !flatten(parts, &mut tests, &mut choices) {
        return true;
    }
    if tests.len() > MOST {
        return false;
    }
    if are_contradictory(&tests, setting) {
        return true;
    }
    let base = || {
        tests.iter().map(|(test, negated, origin)| Formula::Test {
            test: Cow::Borrowed(*test),
            negated: *negated,
            origin: *origin,
        })
    };
    choices.iter().filter(|members| members.len() <= MOST).any(|members| {
        members.iter().all(|member| contradicts(&base().chain([(*member).clone()]).collect::<Vec<_>>(), setting))
    })
}

/// Collects what must hold; `false` where something never does.
fn flatten<'f, 'a>(
    parts: &'f [Formula<'a>],
    tests: &mut Vec<(&'f Test, bool, Origin)>,
    choices: &mut Vec<&'f [Formula<'a>]>,
) -> bool {
    parts.iter().all(|part| {
        match part {
            Formula::Test { test, negated, origin } => tests.push((test.as_ref(), *negated, *origin)),
            Formula::All(members) => return flatten(members, tests, choices),
            Formula::Any(members) => choices.push(members),
            Formula::Constant(holds) => return *holds,
            Formula::Open => {}
        }
        true
    })
}

fn are_contradictory(tests: &[(&Test, bool, Origin)], setting: Setting<'_>) -> bool {
    let mut demands: BTreeMap<String, Demand<'_>> = BTreeMap::new();
    for (test, negated, origin) in tests {
        let Some(key) = setting.key(test) else { continue };
        // An order of expressions is another one than that of conditions: texts are no numbers there.
        let by_order = *origin == Origin::Expression
            && matches!(test.operator, Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte);
        let key = if by_order { format!("when: {key}") } else { key };
        let demand = demands.entry(key).or_default();
        let meaning = if by_order { Meaning::Plain } else { test.field.meaning(setting.changed_field()) };
        demand.meaning = Some(meaning);
        match origin {
            Origin::Condition => demand.add(test, *negated),
            Origin::Expression => demand.add_written(test, *negated),
        }
    }
    demands.values().any(|demand| demand.is_impossible(setting.statuses))
}

impl<'a> Demand<'a> {
    fn add(&mut self, test: &'a Test, negated: bool) {
        let values = || match &test.value {
            Value::Array(items) => items.iter().collect(),
            value => vec![value],
        };
        match (test.operator, negated) {
            // A list is compared as a whole, and an empty one is reported where it is read.
            (Operator::In | Operator::NotIn, _) if test.value.as_array().is_none_or(Vec::is_empty) => {}
            (Operator::Equals, false) | (Operator::NotEquals, true) => self.one_of.push(vec![&test.value]),
            (Operator::NotEquals, false) | (Operator::Equals, true) => self.none_of.push(&test.value),
            (Operator::In | Operator::ChangedTo, false) | (Operator::NotIn, true) => self.one_of.push(values()),
            (Operator::NotIn, false) | (Operator::In, true) => self.none_of.extend(values()),
            (Operator::NotExists, false) | (Operator::Exists, true) => self.missing = true,
            (Operator::Gt, false) => self.above.push((&test.value, false)),
            (Operator::Gte, false) => self.above.push((&test.value, true)),
            (Operator::Lt, false) => self.below.push((&test.value, false)),
            (Operator::Lte, false) => self.below.push((&test.value, true)),
            (
                Operator::Exists
                | Operator::Contains
                | Operator::StartsWith
                | Operator::EndsWith
                | Operator::Matches
                | Operator::OlderThan,
                false,
            )
            | (Operator::NotExists | Operator::NotContains, true) => self.there = true,
            (
                Operator::Changed
                | Operator::ChangedFrom
                | Operator::ChangedTo
                | Operator::Contains
                | Operator::NotContains
                | Operator::StartsWith
                | Operator::EndsWith
                | Operator::Matches
                | Operator::OlderThan
                | Operator::Gt
                | Operator::Gte
                | Operator::Lt
                | Operator::Lte,
                _,
            ) => {}
        }
    }

    /// What an expression asks. It does not hold where a value is missing, but an order may where it is `none`.
    fn add_written(&mut self, test: &'a Test, negated: bool) {
        let values = || match &test.value {
            Value::Array(items) => items.iter().collect(),
            value => vec![value],
        };
        // Texts have an order of their own there.
        let number = || Some(&test.value).filter(|value| value.is_number());
        match (test.operator, negated) {
            (Operator::Equals | Operator::In, false) | (Operator::NotEquals | Operator::NotIn, true) => {
                self.one_of.push(values());
            }
            (Operator::NotEquals | Operator::NotIn, false) | (Operator::Equals | Operator::In, true) => {
                self.not_written.extend(values());
            }
            (Operator::Gt, false) | (Operator::Lte, true) => self.above.extend(number().map(|value| (value, false))),
            (Operator::Gte, false) | (Operator::Lt, true) => self.above.extend(number().map(|value| (value, true))),
            (Operator::Lt, false) | (Operator::Gte, true) => self.below.extend(number().map(|value| (value, false))),
            (Operator::Lte, false) | (Operator::Gt, true) => self.below.extend(number().map(|value| (value, true))),
            _ => {}
        }
    }

    /// Whether an expression certainly sees a value as a text that is written in it.
    fn is_written(&self, value: &Value, text: &Value, statuses: &StatusSet) -> bool {
        let (Some(value), Some(text)) = (value.as_str(), text.as_str()) else { return false };
        // `5` and `true` may be no texts in the task's file.
        let is_word = text.starts_with(char::is_alphabetic) && !matches!(text, "true" | "false");
        is_word
            && match self.meaning.unwrap_or(Meaning::Plain) {
                Meaning::Plain => value == text,
                Meaning::Status => statuses.canonical(value) == text,
                Meaning::Priority => Priority::parse(value).to_string() == text,
                Meaning::Category | Meaning::Id => false,
            }
    }

    fn is_impossible(&self, statuses: &StatusSet) -> bool {
        let meaning = self.meaning.unwrap_or(Meaning::Plain);
        let among = |value: &Value, values: &[&Value]| values.iter().any(|other| same(meaning, statuses, value, other));
        let positive = self.there || !self.one_of.is_empty() || !self.above.is_empty() || !self.below.is_empty();
        if self.missing && positive {
            return true;
        }
        if let Some((first, others)) = self.one_of.split_first() {
            let written = |value: &Value| self.not_written.iter().any(|text| self.is_written(value, text, statuses));
            let left = |value: &&&Value| {
                others.iter().all(|values| among(value, values)) && !among(value, &self.none_of) && !written(value)
            };
            if first.iter().find(left).is_none() {
                return true;
            }
        }
        self.above.iter().any(|(least, or_same)| {
            self.below.iter().any(|(most, or_same_too)| match order(meaning, least, most) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => !(*or_same && *or_same_too),
                Some(Ordering::Less) | None => false,
            })
        })
    }
}
