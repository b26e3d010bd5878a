//! What can be said of conditions without an event: whether they exclude each other.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::engine::event::STATUS_UPDATED;
use crate::engine::rule::{order, same};
use crate::format::workflow::{Condition, EventPattern, Expression, GroupKind, Meaning, Operator, Quantifier, Test};
use crate::model::StatusSet;

/// Tests looked at together; with more of them nothing is said.
const MOST: usize = 100;

/// Conditions as a formula whose negations stand at the tests.
#[derive(Debug, Clone)]
pub(super) enum Formula<'a> {
    Test {
        test: &'a Test,
        negated: bool,
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
            Self::Test { test, .. } if unknown(test) => Self::Open,
            Self::All(members) => Self::All(each(members)),
            Self::Any(members) => Self::Any(each(members)),
            other => other,
        }
    }

    /// That a condition holds, or that it does not.
    pub(super) fn of(condition: &'a Condition, negated: bool) -> Self {
        match condition {
            Condition::Test(test) => Self::Test { test, negated },
            Condition::When(when) => match constant(&when.expression) {
                Some(holds) => Self::Constant(holds != negated),
                None => Self::Open,
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

/// What an expression without names is.
pub(super) fn constant(expression: &Expression) -> Option<bool> {
    if expression.names().next().is_some() { None } else { expression.holds(Map::new()).ok() }
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
    let base = || tests.iter().map(|(test, negated)| Formula::Test { test, negated: *negated });
    choices.iter().filter(|members| members.len() <= MOST).any(|members| {
        members.iter().all(|member| contradicts(&base().chain([(*member).clone()]).collect::<Vec<_>>(), setting))
    })
}

/// Collects what must hold; `false` where something never does.
fn flatten<'f, 'a>(
    parts: &'f [Formula<'a>],
    tests: &mut Vec<(&'a Test, bool)>,
    choices: &mut Vec<&'f [Formula<'a>]>,
) -> bool {
    parts.iter().all(|part| {
        match part {
            Formula::Test { test, negated } => tests.push((test, *negated)),
            Formula::All(members) => return flatten(members, tests, choices),
            Formula::Any(members) => choices.push(members),
            Formula::Constant(holds) => return *holds,
            Formula::Open => {}
        }
        true
    })
}

fn are_contradictory(tests: &[(&Test, bool)], setting: Setting<'_>) -> bool {
    let mut demands: BTreeMap<String, Demand<'_>> = BTreeMap::new();
    for (test, negated) in tests {
        let Some(key) = setting.key(test) else { continue };
        let demand = demands.entry(key).or_default();
        demand.meaning = Some(test.field.meaning(setting.changed_field()));
        demand.add(test, *negated);
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

    fn is_impossible(&self, statuses: &StatusSet) -> bool {
        let meaning = self.meaning.unwrap_or(Meaning::Plain);
        let among = |value: &Value, values: &[&Value]| values.iter().any(|other| same(meaning, statuses, value, other));
        let positive = self.there || !self.one_of.is_empty() || !self.above.is_empty() || !self.below.is_empty();
        if self.missing && positive {
            return true;
        }
        if let Some((first, others)) = self.one_of.split_first() {
            let left =
                |value: &&&Value| others.iter().all(|values| among(value, values)) && !among(value, &self.none_of);
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
