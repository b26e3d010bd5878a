//! One field of several tasks: `subtasks.all.status`.

use serde_json::Value;

use super::RelatedValue;
use super::evaluate::World;
use super::test::Judge;
use crate::format::workflow::{Quantifier, Related, Shown, Test};

/// Tasks that a reason names.
const NAMED: usize = 3;

/// The values, whether the test holds for as many tasks as asked, and why.
///
/// Where there are no tasks it does not, whatever is asked: "all subtasks are done" is hardly meant
/// of a task that has none.
pub(super) fn judge(test: &Test, related: &Related<'_>, world: &World<'_>) -> (Option<Value>, bool, String) {
    let judge = Judge::new(test, world);
    let mut values = world.facts.related(related.parents, related.relation, judge.asked(&related.field));
    if values.is_empty() {
        return (None, false, world.why(|| format!("there are no {}", related.relation.name())));
    }
    for value in &mut values {
        world.spend(judge.steps(value.value.as_ref()));
        value.value = judge.read(value.value.take());
    }
    let (so, not): (Vec<_>, Vec<_>) = values.iter().partition(|value| judge.holds_for(value.value.as_ref()));
    let all = values.len();
    let holds = match related.quantifier {
        Quantifier::All => not.is_empty(),
        Quantifier::Any => !so.is_empty(),
    };
    let why = || match (related.quantifier, holds) {
        (Quantifier::All, true) => format!("so for all {all}"),
        (Quantifier::All, false) => format!("not so for {} of {all}: {}", not.len(), named(&not)),
        (Quantifier::Any, false) => format!("so for none of {all}: {}", named(&not)),
        (Quantifier::Any, true) => format!("so for {} of {all}: {}", so.len(), named(&so)),
    };
    let why = world.why(why);
    let actual = values.iter().map(|value| value.value.clone().unwrap_or_default()).collect();
    (Some(Value::Array(actual)), holds, why)
}

fn named(values: &[&RelatedValue]) -> String {
    let shown = values.iter().take(NAMED).map(|RelatedValue { task, value }| match value {
        Some(value) => format!("{task} is `{}`", Shown(value)),
        None => format!("{task} has none"),
    });
    let more = if values.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", shown.collect::<Vec<_>>().join(", "))
}
