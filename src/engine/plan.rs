//! A plan: what would be edited and sent, and why. Data only; nothing has happened yet.

use std::collections::HashSet;

use serde_json::Value;

use super::effect::Effect;
use super::event::{Event, EventId};
use super::redo::Made;
use super::rule::Verdict;
use crate::format::trailer::ChangeTrailer;
use crate::model::{TaskId, TreePath};

/// Everything that follows from some events.
#[derive(Debug, Clone, Default)]
#[must_use = "a plan changes nothing until it is applied"]
pub struct Plan {
    /// The files that change.
    pub files: Vec<PlannedFile>,
    /// Each change of a field, in the order it was decided.
    pub changes: Vec<PlannedChange>,
    /// The edits that these changes were, to be made again where a file has moved on.
    pub made: Vec<Made>,
    /// What is to happen outside the tree.
    pub effects: Vec<PlannedEffect>,
    /// Each event and what the rules made of it.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The event that an effect follows from, where the plan tells of it.
    #[must_use]
    pub fn event_of(&self, effect: &PlannedEffect) -> Option<&Event> {
        self.steps.iter().find(|step| step.event.id == effect.event).map(|step| &step.event)
    }

    /// Whether nothing would be edited.
    #[must_use]
    pub fn changes_nothing(&self) -> bool {
        self.files.is_empty()
    }

    /// What a person should know: what failed, and one sentence about triggers that have errors in them.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.failures().chain(self.left_out())
    }

    /// Conditions that could not be decided, actions that failed, chains that were cut. Each once, however many
    /// events it is so for.
    pub fn failures(&self) -> impl Iterator<Item = String> {
        let mut said = HashSet::new();
        let all = self.steps.iter().flat_map(|step| {
            let cut = step.cut.iter().cloned();
            let failed = step.rules.iter().flat_map(|rule| {
                rule.actions.iter().filter_map(move |action| match &action.result {
                    ActionResult::Failed { why } => Some(format!("{}: {}: {why}", rule.name, action.name)),
                    _ => None,
                })
            });
            let undecided = step.rules.iter().flat_map(|rule| {
                let (RuleState::Fired(verdict) | RuleState::Unfulfilled(verdict)) = &rule.state else {
                    return Vec::new();
                };
                verdict.failures().map(|failure| format!("{}: {failure}", rule.name)).collect()
            });
            cut.chain(undecided).chain(failed)
        });
        all.filter(move |warning| said.insert(warning.clone()))
    }

    /// One sentence about the triggers that would have been asked, and have errors in them.
    fn left_out(&self) -> Option<String> {
        const MOST: usize = 5;
        let rules = self.steps.iter().flat_map(|step| &step.rules);
        let mut names: Vec<&str> = Vec::new();
        for rule in rules.filter(|rule| matches!(rule.state, RuleState::LeftOut)) {
            if !names.contains(&rule.name.as_str()) {
                names.push(&rule.name);
            }
        }
        let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
        let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
        let have = if names.len() == 1 { "is left out: it has an error" } else { "are left out: they have errors" };
        (!names.is_empty()).then(|| format!("{}{more} {have}; see: taskmaster config check", quoted.join(", ")))
    }

    /// Names in the texts of effects that stand for nothing, each once with who uses it. Others are not told of
    /// them: what an event from outside brings along differs from one to the next.
    #[must_use]
    pub fn missing_names(&self) -> Vec<String> {
        let mut said = HashSet::new();
        let all = self.effects.iter().flat_map(|effect| {
            let (trigger, action) = (&effect.trigger, &effect.action);
            let names = effect.effect.missing.iter();
            names.map(move |name| format!("{trigger}: {action}: `{{{name}}}` stands for nothing and stays in the text"))
        });
        all.filter(|warning| said.insert(warning.clone())).collect()
    }
}

/// How much a plan tells of the rules that did not act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every rule with the reason of every condition: for explaining.
    Full,
    /// Rules that acted, and those that a person should know of, with what could not be decided alone.
    Brief,
}

impl Detail {
    /// Whether a plan tells of a rule.
    #[must_use]
    pub fn tells(self, rule: &RuleStep) -> bool {
        match (self, &rule.state) {
            (Self::Full, _) | (_, RuleState::Standing | RuleState::Fired(_) | RuleState::LeftOut) => true,
            (Self::Brief, RuleState::Unfulfilled(verdict)) => verdict.failures().next().is_some(),
            (Self::Brief, RuleState::Disabled | RuleState::Repeated | RuleState::Superseded) => false,
        }
    }
}

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Which file.
    pub path: TreePath,
    /// Its bytes now; `None` where it is new.
    pub before: Option<Vec<u8>>,
    /// Its bytes afterwards.
    pub after: Vec<u8>,
    /// How the change is made on other bytes of the file.
    pub merge: Merge,
}

/// How a file's change is made on bytes that somebody has changed meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// By lines, and by fields where lines contradict each other.
    ByLines,
    /// By records alone: a task was made in it, and lines do not tell whether its id is taken by now.
    ByRecords,
}

/// One field that changes, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedChange {
    /// The event it follows from.
    pub event: EventId,
    /// The trigger or standing rule.
    pub trigger: String,
    /// Which task; `-` for a file that is no task's.
    pub task: TaskId,
    /// Which field; `status@<path>` for a mirror, `task` for a task that is made, `file@<path>` for a
    /// generated file.
    pub field: String,
    /// As it was.
    pub old: Value,
    /// As it will be.
    pub new: Value,
    /// Steps away from what a person did, from 1.
    pub depth: u8,
}

impl PlannedChange {
    /// As it is listed in the commit's message.
    #[must_use]
    pub fn trailer(&self) -> ChangeTrailer {
        ChangeTrailer {
            event: self.event.short().to_owned(),
            trigger: self.trigger.clone(),
            task: self.task.clone(),
            field: self.field.clone(),
            old: super::workspace::shown(&self.old),
            new: super::workspace::shown(&self.new),
            depth: self.depth,
        }
    }
}

/// One thing that is to happen outside the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedEffect {
    /// Its key: the same effect is never queued twice.
    pub key: String,
    /// The event it follows from.
    pub event: EventId,
    /// The trigger.
    pub trigger: String,
    /// The action's name in the trigger.
    pub action: String,
    /// Which of the trigger's actions it is.
    pub index: usize,
    /// The environment it was planned for, where there is one.
    pub environment: Option<String>,
    /// The task, if there is one.
    pub task: Option<TaskId>,
    /// What is to happen.
    pub effect: Effect,
    /// Whether it had its chance before history was rewritten, and is not queued again.
    pub inherited: bool,
}

/// One event and what came of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The event.
    pub event: Event,
    /// Each rule that the plan tells of, in the order of the file, the standing ones first.
    pub rules: Vec<RuleStep>,
    /// How many more rules did not act; a step tells of some hundreds.
    pub untold: usize,
    /// Why nothing was made of it, where its chain was cut.
    pub cut: Option<String>,
}

impl Step {
    /// An event of which nothing has been made yet.
    #[must_use]
    pub fn of(event: Event) -> Self {
        Self { event, rules: Vec::new(), untold: 0, cut: None }
    }
}

/// What one rule made of one event.
#[derive(Debug, Clone)]
pub struct RuleStep {
    /// The rule's name.
    pub name: String,
    /// Whether it acted, and if not, why.
    pub state: RuleState,
    /// Each action it called.
    pub actions: Vec<ActionStep>,
}

impl RuleStep {
    /// A rule that has called no action yet.
    #[must_use]
    pub fn of(name: &str, state: RuleState) -> Self {
        Self { name: name.to_owned(), state, actions: Vec::new() }
    }
}

/// Whether a rule acted.
#[derive(Debug, Clone)]
pub enum RuleState {
    /// It always applies.
    Standing,
    /// Its conditions held.
    Fired(Verdict),
    /// A condition did not hold.
    Unfulfilled(Verdict),
    /// It is switched off.
    Disabled,
    /// It has acted on this task in this chain already.
    Repeated,
    /// What the event says is no longer so at the tip.
    Superseded,
    /// It has an error in it, and never acts.
    LeftOut,
}

/// What one action did.
#[derive(Debug, Clone)]
pub struct ActionStep {
    /// Its name as called.
    pub name: String,
    /// What came of it.
    pub result: ActionResult,
}

/// What came of an action.
#[derive(Debug, Clone)]
pub enum ActionResult {
    /// So many fields changed.
    Changed {
        /// How many.
        fields: usize,
    },
    /// These were made.
    Made {
        /// The tasks.
        tasks: Vec<TaskId>,
        /// The generated files.
        files: Vec<TreePath>,
    },
    /// No field had to change, and so many events were raised.
    Raised {
        /// How many.
        events: usize,
        /// Why the effect beside them was not planned.
        without: Option<String>,
    },
    /// An effect was planned.
    Effect {
        /// The text a person would read.
        text: String,
    },
    /// It was as it should be.
    Nothing {
        /// Why.
        why: String,
    },
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
}
