//! What can be said of conditions without an event: whether they exclude each other.

mod demand;
mod setting;

use std::borrow::Cow;

use crate::format::workflow::{Condition, Expression, FieldPath, GroupKind, Logic, Operand, Test, When};

use demand::are_contradictory;
pub(super) use setting::Setting;

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

    /// That a test holds.
    fn said(test: Test) -> Self {
        Self::Test { test: Cow::Owned(test), negated: false, origin: Origin::Condition }
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
            Logic::Constant(holds) => Self::Constant(*holds != negated),
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
