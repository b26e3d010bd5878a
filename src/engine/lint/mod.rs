//! What is hardly meant in the rules of a workflow, though it can be read: one file per lint, and one
//! list that the checks and the documentation read.

mod conflicting_values;
mod different_kinds;
mod duplicate_rule;
mod edit_variable;
mod growing_value;
mod incomplete_channel;
mod logic;
mod long_timeout;
mod made_task;
mod matches_everything;
mod never_acts;
mod no_order;
mod notifications;
mod parameters;
mod rule_loop;
mod status_literal;
mod too_many;
mod unknown_event;
mod unknown_field;
mod unknown_name;
mod unknown_priority;
mod unknown_status;
mod unknown_task;
mod unraised_event;

pub use unknown_field::nearest_field;

use std::collections::HashSet;

use crate::format::workflow::{Condition, Group, Test, Trigger, Workflow};
use crate::model::{Board, Code, Diagnostic};

/// One thing that is looked for.
pub trait Lint: Sync {
    /// The code of its findings.
    fn code(&self) -> Code;

    /// Whether it can be told of a trigger by itself, and of what can be read of one with an error in it.
    fn is_about_one(&self) -> bool {
        true
    }

    /// Looks for it.
    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic>;
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The rules.
    pub workflow: &'a Workflow,
    /// The tasks, for the fields they have.
    pub board: &'a Board,
}

/// Everything that is looked for.
pub const LINTS: &[&dyn Lint] = &[
    &rule_loop::RuleLoop,
    &growing_value::GrowingValue,
    &matches_everything::MatchesEverything,
    &never_acts::NeverActs,
    &duplicate_rule::DuplicateRule,
    &conflicting_values::ConflictingValues,
    &unknown_field::UnknownField,
    &unknown_name::UnknownName,
    &unknown_status::UnknownStatus,
    &status_literal::StatusLiteral,
    &unknown_priority::UnknownPriority,
    &unknown_task::UnknownTask,
    &different_kinds::DifferentKinds,
    &notifications::UnknownMessage,
    &incomplete_channel::IncompleteChannel,
    &long_timeout::LongTimeout,
    &no_order::NoOrder,
    &unknown_event::UnknownEvent,
    &unraised_event::UnraisedEvent,
    &parameters::Parameters,
    &edit_variable::EditVariable,
    &too_many::TooMany,
];

/// Looks for everything, in the order of [`LINTS`], then of the file. Of triggers with errors in them follows what
/// can be told nevertheless.
#[must_use]
pub fn lint(workflow: &Workflow, board: &Board) -> Vec<Diagnostic> {
    let subject = Subject { workflow, board };
    let mut findings: Vec<Diagnostic> = LINTS.iter().flat_map(|lint| lint.look(&subject)).collect();
    let rests = workflow.left_out.iter().filter_map(|left| left.rest.as_deref().cloned());
    let mut whole = workflow.clone();
    whole.triggers.extend(rests);
    if whole.triggers.len() > workflow.triggers.len() {
        let subject = Subject { workflow: &whole, board };
        let again = LINTS.iter().filter(|lint| lint.is_about_one()).flat_map(|lint| lint.look(&subject));
        let known: HashSet<_> = findings.iter().map(key).collect();
        let news: Vec<Diagnostic> = again.filter(|finding| !known.contains(&key(finding))).collect();
        findings.extend(news);
    }
    findings
}

/// What tells findings apart.
fn key(finding: &Diagnostic) -> (Code, String, Option<(usize, usize)>) {
    (finding.code, finding.message.clone(), finding.place.as_ref().map(|place| (place.line, place.column)))
}

impl<'a> Subject<'a> {
    /// The triggers that are not switched off.
    fn enabled(&self) -> impl Iterator<Item = &'a Trigger> {
        self.workflow.triggers.iter().filter(|trigger| trigger.enabled)
    }
}

/// A finding about a trigger, at its name.
fn about(trigger: &Trigger, code: Code, message: String, hint: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, message).at_place(Some(trigger.place.clone())).hint(hint)
}

/// Every test of some conditions, those inside groups too.
fn tests(conditions: &[Condition]) -> Vec<&Test> {
    conditions
        .iter()
        .flat_map(|condition| match condition {
            Condition::Test(test) => vec![test],
            Condition::Group(Group { members, .. }) => tests(members),
            Condition::When(_) => Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod channel_examples;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod reach_examples;
#[cfg(test)]
mod value_examples;
