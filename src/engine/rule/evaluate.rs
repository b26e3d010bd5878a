use std::cell::Cell;

use serde_json::Value;

use super::{Facts, expression, related, test};
use crate::engine::fuel::Purpose;
use crate::engine::plan::Detail;
use crate::format::workflow::{Condition, Group, GroupKind};
use crate::model::StatusSet;

/// Whether all conditions hold, and what became of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether all hold; without conditions, true.
    pub holds: bool,
    /// One line for each condition, in order; none is skipped because another failed. Of [`decide`]
    /// those alone that could not be decided.
    pub lines: Vec<ConditionResult>,
}

impl Verdict {
    /// What could not be decided, as `condition: why`.
    pub fn failures(&self) -> impl Iterator<Item = String> {
        let mut found = Vec::new();
        self.lines.iter().for_each(|line| line.collect_failures(&mut found));
        found.into_iter()
    }
}

/// What became of one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionResult {
    /// The condition as written: `status in [done, failed]`; of a group its kind, `any`.
    pub condition: String,
    /// The field's value; `None` where it is missing or `null`, and for groups and expressions. Of
    /// several tasks the list of their values.
    pub actual: Option<Value>,
    /// Whether it holds.
    pub holds: bool,
    /// Whether it could not be decided. It does not hold then, and neither does a group that hangs on it.
    pub failed: bool,
    /// Why: a lower-case fragment.
    pub why: String,
    /// The members of a group, in order, each decided.
    pub members: Vec<ConditionResult>,
}

impl ConditionResult {
    fn has_failures(&self) -> bool {
        (self.failed && self.members.is_empty()) || self.members.iter().any(Self::has_failures)
    }

    fn collect_failures(&self, found: &mut Vec<String>) {
        if self.failed && self.members.is_empty() {
            found.push(format!("{}: {}", self.condition, self.why));
        }
        self.members.iter().for_each(|member| member.collect_failures(found));
    }
}

/// Decides every condition.
///
/// A field that is missing or `null` makes positive operators false and negative ones true. Fields
/// are compared by their [`Meaning`](crate::format::workflow::Meaning): statuses through `statuses`,
/// `status.category` by the name of the category, ids and priorities in all their spellings.
/// `contains`, `starts_with`, `ends_with` and `matches` look at texts as they are written. What is
/// asked of several tasks does not hold where there are none. An expression that fails is undecided:
/// a group holds only if it does so whatever the undecided would be.
#[must_use]
pub fn evaluate(conditions: &[Condition], facts: &dyn Facts, statuses: &StatusSet) -> Verdict {
    let about = facts.get(&["field"]);
    let about = about.as_ref().and_then(Value::as_str);
    let world = World::new(facts, statuses, about, Detail::Full);
    let mut verdict = Verdict { holds: true, lines: Vec::new() };
    for condition in conditions {
        // What `decide` would not look at is looked at for the reasons alone.
        let line = if verdict.holds || condition.has_expression() {
            judge(condition, &world)
        } else {
            world.telling(|| judge(condition, &world))
        };
        verdict.holds &= line.holds;
        verdict.lines.push(line);
    }
    verdict
}

/// Decides the same without saying why, and without looking at more than it takes: what is told is
/// only what could not be decided.
#[must_use]
pub fn decide(conditions: &[Condition], facts: &dyn Facts, statuses: &StatusSet) -> Verdict {
    let about = facts.get(&["field"]);
    let about = about.as_ref().and_then(Value::as_str);
    let world = World::new(facts, statuses, about, Detail::Brief);
    let mut verdict = Verdict { holds: true, lines: Vec::new() };
    for condition in conditions {
        // Only an expression can fail, which is told even where something else settles it.
        if verdict.holds || condition.has_expression() {
            let line = judge(condition, &world);
            verdict.holds &= line.holds;
            verdict.lines.extend(Some(line).filter(ConditionResult::has_failures));
        }
    }
    verdict
}

/// What conditions are decided against.
pub(super) struct World<'a> {
    pub(super) facts: &'a dyn Facts,
    pub(super) statuses: &'a StatusSet,
    /// The field the event is about.
    pub(super) changed_field: Option<&'a str>,
    /// Whether anybody wants the reasons.
    pub(super) detail: Detail,
    /// What is looked at now is looked at for.
    purpose: Cell<Purpose>,
}

impl<'a> World<'a> {
    fn new(facts: &'a dyn Facts, statuses: &'a StatusSet, changed_field: Option<&'a str>, detail: Detail) -> Self {
        Self { facts, statuses, changed_field, detail, purpose: Cell::new(Purpose::Deciding) }
    }

    /// Notes that so many steps were taken.
    pub(super) fn spend(&self, steps: u64) {
        self.facts.spend(self.purpose.get(), steps);
    }

    /// Does what nothing depends on but the reasons.
    fn telling<T>(&self, look: impl FnOnce() -> T) -> T {
        let before = self.purpose.replace(Purpose::Telling);
        let found = look();
        self.purpose.set(before);
        found
    }

    /// A reason, where somebody wants it.
    pub(super) fn why(&self, text: impl FnOnce() -> String) -> String {
        if self.detail == Detail::Full { text() } else { String::new() }
    }
}

fn judge(condition: &Condition, world: &World<'_>) -> ConditionResult {
    if !world.facts.may_go_on(world.purpose.get()) {
        let (condition, why) = (condition.label(), "not looked at: too much has been looked at".to_owned());
        return ConditionResult { condition, actual: None, holds: false, failed: false, why, members: Vec::new() };
    }
    let (actual, holds, failed, why, members) = match condition {
        Condition::Test(test) => {
            let (actual, holds, why) = match test.field.related() {
                Some(related) => related::judge(test, &related, world),
                None => test::judge(test, world),
            };
            (actual, holds, false, why, Vec::new())
        }
        Condition::Group(group) => {
            let (holds, failed, why, members) = judge_group(group, world);
            (None, holds, failed, why, members)
        }
        Condition::When(when) => match expression::holds(&when.expression, world) {
            Ok(holds) => {
                let why = world.why(|| if holds { "it is true" } else { "it is false" }.to_owned());
                (None, holds, false, why, Vec::new())
            }
            Err(error) => (None, false, true, format!("it cannot be decided: {error}"), Vec::new()),
        },
    };
    let label = if failed { condition.label() } else { world.why(|| condition.label()) };
    ConditionResult { condition: label, actual, holds, failed, why, members }
}

fn judge_group(group: &Group, world: &World<'_>) -> (bool, bool, String, Vec<ConditionResult>) {
    let mut members: Vec<ConditionResult> = Vec::new();
    let may_settle = !group.members.iter().any(Condition::has_expression);
    let mut settled = false;
    for member in &group.members {
        let line = if settled { world.telling(|| judge(member, world)) } else { judge(member, world) };
        settled |= may_settle && line.holds != (group.kind == GroupKind::All);
        members.push(line);
        if settled && world.detail == Detail::Brief {
            return (group.kind == GroupKind::Any, false, String::new(), Vec::new());
        }
    }
    let count = |wanted: fn(&ConditionResult) -> bool| members.iter().filter(|member| wanted(member)).count();
    let (all, holding, undecided) = (members.len(), count(|member| member.holds), count(|member| member.failed));
    let (holds, hangs) = match group.kind {
        GroupKind::All => (holding == all, holding + undecided == all),
        GroupKind::Any => (holding > 0, true),
        GroupKind::None => (holding + undecided == 0, holding == 0),
    };
    let failed = !holds && undecided > 0 && hangs;
    let undecided = if failed { format!(", {undecided} cannot be decided") } else { String::new() };
    (holds, failed, world.why(|| format!("{holding} of {all} hold{undecided}")), members)
}
