use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{Origin, Setting};
use crate::engine::event::plain;
use crate::engine::rule::{order, same};
use crate::format::workflow::{Extent, Meaning, Operand, Operator, Test};
use crate::model::{Category, Priority, StatusSet};

/// What tests ask of one value: which values they let through.
#[derive(Debug, Default)]
pub(super) struct Demand<'a> {
    meaning: Option<Meaning>,
    /// It is one of each of these.
    one_of: Vec<Vec<Cow<'a, Value>>>,
    /// It is none of these.
    none_of: Vec<&'a Value>,
    /// It is not written as any of these.
    not_written: Vec<&'a Value>,
    /// It is there.
    there: bool,
    /// It is missing, or what nothing can be asked of.
    missing: bool,
    /// It is missing, or no text with a letter in it.
    no_text: bool,
    /// It is greater; `true`: or the same.
    above: Vec<(&'a Value, bool)>,
    /// It is less; `true`: or the same.
    below: Vec<(&'a Value, bool)>,
    /// Tests of its text, and whether they must not hold.
    texts: Vec<(&'a Test, bool)>,
}

/// Whether no event can meet all of some tests, of which some are negated.
pub(super) fn are_contradictory(tests: &[(&Test, bool, Origin)], setting: Setting<'_>) -> bool {
    let mut demands: BTreeMap<String, Demand<'_>> = BTreeMap::new();
    for (test, negated, origin) in tests {
        if (!negated && setting.never_changes(test)) || (*negated && setting.always_changes(test)) {
            return true;
        }
        let Some(asked) = setting.asked(test, *negated) else { continue };
        // An order of expressions is another one than that of conditions: texts are no numbers there.
        let by_order = *origin == Origin::Expression
            && matches!(test.operator, Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte);
        let key = if by_order { format!("when: {}", asked.key) } else { asked.key };
        let demand = demands.entry(key).or_default();
        let meaning = match (by_order, asked.is_category) {
            (true, _) => Meaning::Plain,
            (false, true) => Meaning::Category,
            (false, false) => test.field.meaning(setting.changed_field()),
        };
        demand.meaning = Some(meaning);
        match origin {
            Origin::Condition => demand.add(test, *negated),
            Origin::Expression => demand.add_written(test, *negated),
        }
    }
    let statuses = setting.statuses;
    demands.iter().any(|(key, demand)| {
        let is_there = setting.is_always_there(key) || category_of(key).is_some_and(|of| setting.is_always_there(of));
        demand.is_impossible(statuses)
            || (demand.missing && is_there)
            || (demand.is_positive() && setting.is_never_there(key))
            || (demand.no_text && setting.is_always_text(key))
            || category_of(key).is_some_and(|of| {
                let status = demands.get(of);
                let there = is_there || demand.is_positive() || status.is_some_and(Demand::is_positive);
                there && no_category_is_left(demand, status, statuses)
            })
    }) || (setting.changed_field().is_some() && stays(demands.get("old"), demands.get("new"), statuses))
}

/// The key of the status that a key asks the category of.
fn category_of(key: &str) -> Option<&str> {
    key.strip_suffix(".category")
}

/// Whether no status is left whose category is asked for.
fn no_category_is_left(category: &Demand<'_>, status: Option<&Demand<'_>>, statuses: &StatusSet) -> bool {
    let fits = |found: Category| category.lets_through(&Value::from(found.name()), statuses);
    if !Category::ALL.into_iter().any(fits) {
        return true;
    }
    let Some(status) = status else { return false };
    if let Some(left) = status.left(statuses) {
        return !left.iter().any(|value| fits(statuses.category(&plain(value))));
    }
    // A status that nobody knows counts as one to do.
    let known = statuses.definitions().iter();
    let mut possible = known.filter(|known| status.lets_through(&Value::from(known.name.as_str()), statuses));
    !fits(Category::Todo) && !possible.any(|known| fits(known.category))
}

/// Whether a value that changes would have to be the same before and after.
fn stays(old: Option<&Demand<'_>>, new: Option<&Demand<'_>>, statuses: &StatusSet) -> bool {
    let only = |demand: Option<&Demand<'_>>| {
        let left = demand?.left(statuses)?;
        let mut names = left.iter().map(|value| statuses.canonical(&plain(value)).to_owned());
        let first = names.next()?;
        names.all(|name| name == first).then_some(first)
    };
    only(old).is_some_and(|old| only(new) == Some(old))
}

impl<'a> Demand<'a> {
    fn add(&mut self, test: &'a Test, negated: bool) {
        let one = |value: &'a Value| vec![Cow::Borrowed(value)];
        let values = || match &test.value {
            Value::Array(items) => items.iter().collect(),
            value => vec![value],
        };
        let several = || values().into_iter().map(Cow::Borrowed).collect();
        match (test.operator, negated) {
            // A list is compared as a whole, and an empty one is reported where it is read.
            (Operator::In | Operator::NotIn, _) if test.value.as_array().is_none_or(Vec::is_empty) => {}
            (Operator::Equals, false) | (Operator::NotEquals, true) => self.one_of.push(one(&test.value)),
            (Operator::NotEquals, false) | (Operator::Equals, true) => self.none_of.push(&test.value),
            (Operator::In | Operator::ChangedTo | Operator::ChangedFrom, false) | (Operator::NotIn, true) => {
                self.one_of.push(several());
            }
            (Operator::NotIn, false) | (Operator::In, true) => self.none_of.extend(values()),
            (Operator::NotExists, false) | (Operator::Exists, true) => self.missing = true,
            (Operator::Exists | Operator::OlderThan, false) | (Operator::NotExists, true) => self.there = true,
            (Operator::Gt, false) => self.above.push((&test.value, false)),
            (Operator::Gte, false) => self.above.push((&test.value, true)),
            (Operator::Lt, false) => self.below.push((&test.value, false)),
            (Operator::Lte, false) => self.below.push((&test.value, true)),
            (
                Operator::Contains
                | Operator::NotContains
                | Operator::StartsWith
                | Operator::EndsWith
                | Operator::Matches,
                _,
            ) => self.add_text(test, negated),
            (
                Operator::Changed
                | Operator::ChangedFrom
                | Operator::ChangedTo
                | Operator::OlderThan
                | Operator::Gt
                | Operator::Gte
                | Operator::Lt
                | Operator::Lte,
                _,
            ) => {}
        }
    }

    fn add_text(&mut self, test: &'a Test, negated: bool) {
        let must_not = negated != (test.operator == Operator::NotContains);
        self.texts.push((test, must_not));
        if must_not {
            // What has no text that would fit may be a list, or missing.
            self.no_text |= test.extent() != Extent::Part;
        } else {
            self.there = true;
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
                self.one_of.push(values().into_iter().map(Cow::Borrowed).collect());
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
            && match self.meaning() {
                Meaning::Plain => value == text,
                Meaning::Status => statuses.canonical(value) == text,
                Meaning::Priority => Priority::parse(value).to_string() == text,
                Meaning::Category => value.eq_ignore_ascii_case(text),
                Meaning::Id => false,
            }
    }

    fn meaning(&self) -> Meaning {
        self.meaning.unwrap_or(Meaning::Plain)
    }

    /// Whether it asks for a value that is there.
    fn is_positive(&self) -> bool {
        self.there || !self.one_of.is_empty() || !self.above.is_empty() || !self.below.is_empty()
    }

    /// Whether a value that is there gets through, as far as that can be told.
    fn lets_through(&self, value: &Value, statuses: &StatusSet) -> bool {
        let is = |other: &Value| same(self.meaning(), statuses, value, other);
        let among = |values: &Vec<Cow<'_, Value>>| values.iter().any(|other| is(other));
        self.one_of.iter().all(among)
            && !self.none_of.iter().any(|other| is(other))
            && !self.not_written.iter().any(|text| self.is_written(value, text, statuses))
            && self.fits_order(value)
            && self.fits_texts(value)
    }

    /// Whether it stands between the bounds.
    fn fits_order(&self, value: &Value) -> bool {
        // Ids are the same in spellings that are ordered differently.
        if self.meaning() == Meaning::Id {
            return true;
        }
        let fits = |bound: &Value, wanted: Ordering, or_same: bool| {
            let found = order(self.meaning(), value, bound);
            found == Some(wanted) || (or_same && found == Some(Ordering::Equal))
        };
        self.above.iter().all(|(bound, or_same)| fits(bound, Ordering::Greater, *or_same))
            && self.below.iter().all(|(bound, or_same)| fits(bound, Ordering::Less, *or_same))
    }

    /// Whether its text is as it must be.
    fn fits_texts(&self, value: &Value) -> bool {
        // Statuses and the like have other spellings.
        if self.meaning() != Meaning::Plain || !value.is_string() {
            return true;
        }
        let text = plain(value);
        let holds = |test: &Test| {
            let wanted = plain(&test.value);
            match (test.operator, &test.operand) {
                (Operator::StartsWith, _) => text.starts_with(&wanted),
                (Operator::EndsWith, _) => text.ends_with(&wanted),
                (Operator::Matches, Operand::Pattern(pattern)) => pattern.is_in(&text),
                _ => text.contains(&wanted),
            }
        };
        self.texts.iter().all(|(test, must_not)| holds(test) != *must_not)
    }

    /// The values that are left of those it may be; `None` where it may be any.
    fn left(&self, statuses: &StatusSet) -> Option<Vec<Value>> {
        let first = self.one_of.first()?.iter().flat_map(|value| spellings(value));
        Some(first.filter(|value| self.lets_through(value, statuses)).collect())
    }

    fn is_impossible(&self, statuses: &StatusSet) -> bool {
        if self.missing && self.is_positive() {
            return true;
        }
        if self.left(statuses).is_some_and(|left| left.is_empty()) {
            return true;
        }
        let meaning = self.meaning();
        // Nothing is more urgent than critical, or less than low.
        let is_end =
            |value: &Value, end: Priority| meaning == Meaning::Priority && Priority::parse(&plain(value)) == end;
        self.above.iter().any(|(least, or_same)| {
            (!or_same && is_end(least, Priority::Critical))
                || self.below.iter().any(|(most, or_same_too)| match order(meaning, least, most) {
                    Some(Ordering::Greater) => true,
                    Some(Ordering::Equal) => !(*or_same && *or_same_too),
                    Some(Ordering::Less) | None => false,
                })
        }) || self.below.iter().any(|(most, or_same)| !or_same && is_end(most, Priority::Low))
            || self.texts_exclude_each_other()
    }

    /// Whether of the tests of its text two cannot hold together.
    fn texts_exclude_each_other(&self) -> bool {
        let told = |(test, must_not): &(&'a Test, bool)| (test.operator, plain(&test.value), *must_not);
        let texts: Vec<(Operator, String, bool)> = self.texts.iter().map(told).collect();
        let exclude = |(operator, text, must_not): &(Operator, String, bool)| {
            texts.iter().any(|(other_operator, other, must_not_too)| match (operator, other_operator) {
                (Operator::StartsWith, Operator::StartsWith) if !must_not && !must_not_too => {
                    !text.starts_with(other.as_str()) && !other.starts_with(text.as_str())
                }
                (Operator::EndsWith, Operator::EndsWith) if !must_not && !must_not_too => {
                    !text.ends_with(other.as_str()) && !other.ends_with(text.as_str())
                }
                (Operator::Contains | Operator::NotContains, Operator::Contains | Operator::NotContains) => {
                    text == other && must_not != must_not_too
                }
                (one, two) => one == two && text == other && must_not != must_not_too,
            })
        };
        texts.iter().any(exclude)
    }
}

/// The values that are the same as one: a number is the same as any number of its value, and as the text that it is
/// written as. So a value may be the same as two that are not the same as each other.
fn spellings(value: &Value) -> Vec<Value> {
    let mut all = vec![value.clone()];
    if let Value::String(text) = value {
        let read = serde_json::from_str::<Value>(text).ok().filter(|read| read.is_number() || read.is_boolean());
        all.extend(read.filter(|read| plain(read) == *text));
    }
    let numbers: Vec<f64> = all.iter().filter_map(Value::as_f64).collect();
    for number in numbers {
        all.push(Value::from(number));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number that is cut is not the same, and lets nothing through"
        )]
        let whole = number as i64;
        all.push(Value::from(whole));
    }
    let texts: Vec<Value> = all.iter().filter(|one| !one.is_string()).map(|one| Value::from(plain(one))).collect();
    all.extend(texts);
    all.retain(|one| same(Meaning::Plain, &StatusSet::default(), one, value));
    all
}
