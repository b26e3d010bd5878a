//! What a trigger may call: one file per action, and one list that the engine, the documentation
//! and the checks read.

mod alert;
mod assign_default_agent;
mod create_analytics_entry;
mod create_task;
mod dispatch;
mod generate_report;
mod log;
mod notify;
mod own;
mod roll_up_parent;
mod send;
mod set_status;
mod status_sync;
mod trigger_dependent_tasks;
mod update_analytics;
mod update_project_status;
mod updated_date;

use serde_json::Value;

use super::creation::Creation;
use super::effect::Effect;
use super::event::Event;
use super::fuel::Fuel;
use super::links::Links;
use super::workspace::TaskEdit;
use crate::format::workflow::{ActionCall, OutsideSettings, OwnAction, OwnKind, Trigger, Workflow};
use crate::model::{Board, Task, Timestamp};

pub(super) use create_task::{texts as texts_of, written as written_task};
pub use dispatch::requested_event;
pub use generate_report::{folder as report_folder, sections as report_sections};
pub use log::{LEVELS as LOG_LEVELS, level_named};
pub use set_status::{UnknownStatus, places, set, unknown};

/// One kind of action.
pub trait Action: Sync {
    /// Its name, or that of its family with `*` for the part that varies.
    fn name(&self) -> &'static str;

    /// Whether a name of `workflow.yaml` means this action.
    fn is_named(&self, name: &str) -> bool {
        name == self.name()
    }

    /// What the reference says of it.
    fn about(&self) -> About;

    /// Where what it does is seen.
    fn makes(&self) -> Makes {
        Makes::Edits
    }

    /// What follows from one event. Changes nothing.
    fn plan(&self, context: &Context<'_>) -> Outcome;
}

/// What the reference says of an action.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Which file and field, from what to what.
    pub writes: &'static str,
    /// When it does nothing, and when it fails.
    pub nothing: &'static str,
    /// What it may be called with.
    pub parameters: &'static [Parameter],
}

/// Where what an action does is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// In the tree: it edits or makes files, in the engine commit.
    Edits,
    /// Outside the tree: it is recorded, and nothing is edited.
    Effects,
    /// Nowhere.
    Nothing,
}

/// One thing that an action may be called with.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its key.
    pub name: &'static str,
    /// What its value is.
    pub kind: ParameterKind,
    /// What it means, and what holds where it is not written.
    pub about: &'static str,
}

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A text.
    Text,
    /// A text with names in braces.
    Template,
    /// A text, a number, `true` or `false`.
    Scalar,
    /// A list of texts.
    Texts,
    /// Anything.
    Any,
}

impl Parameter {
    /// The name that stands for every parameter that has no entry of its own.
    pub const ANY_OTHER: &'static str = "*";
}

impl ParameterKind {
    /// What the value should be, for a person.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Template => "a text, which may have names in braces",
            Self::Scalar => "a text, a number, `true` or `false`",
            Self::Texts => "a list of texts",
            Self::Any => "anything",
        }
    }
}

/// What an action may look at.
pub struct Context<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The task it happened to, as it is now.
    pub task: Option<&'a Task>,
    /// All tasks as they are now.
    pub board: &'a Board,
    /// Which of them name which.
    pub links: &'a Links,
    /// The rules.
    pub workflow: &'a Workflow,
    /// The settings of effects, with what an environment changes: nothing that edits may look at them.
    pub outside: &'a OutsideSettings,
    /// The trigger that acts; `None` for a rule that always applies.
    pub trigger: Option<&'a Trigger>,
    /// How the trigger calls the action; `None` for a rule that always applies.
    pub call: Option<&'a ActionCall>,
    /// The date of the source commit: the only time that edits may know.
    pub moment: Option<Timestamp>,
    /// What templates have cost so far.
    pub fuel: &'a Fuel,
}

impl<'a> Context<'a> {
    /// The task with the facts that a text is to name: of one that is gone, those that it had.
    #[must_use]
    pub fn task_then(&self) -> Option<&'a Task> {
        self.event.gone.as_deref().or(self.task)
    }

    /// Why there is no task to act on.
    fn no_task(&self) -> String {
        match &self.event.task {
            Some(id) if self.event.gone.is_some() => format!("task {id} is gone"),
            Some(id) => format!("there is no task {id}"),
            None => "the event is about no task".to_owned(),
        }
    }

    /// A parameter of the call as text.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.call?.parameters.get(name)?.as_str()
    }
}

/// What an action wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// These edits, then these new tasks and files, and these events once all are made.
    Follows {
        /// The edits.
        edits: Vec<TaskEdit>,
        /// What is to be made. On another branch than the shared one none of this outcome happens.
        made: Vec<Creation>,
        /// Events that are no difference between boards.
        raised: Vec<Event>,
    },
    /// Something outside the tree.
    Effect {
        /// What is to happen.
        effect: Box<Effect>,
        /// Events that come of asking for it.
        raised: Vec<Event>,
    },
    /// It is as it should be.
    Nothing {
        /// Why.
        why: String,
    },
    /// It cannot be done.
    Failed {
        /// Why.
        why: String,
    },
}

impl Outcome {
    fn edits(edits: Vec<TaskEdit>, otherwise: impl Into<String>) -> Self {
        if edits.is_empty() {
            Self::Nothing { why: otherwise.into() }
        } else {
            Self::Follows { edits, made: Vec::new(), raised: Vec::new() }
        }
    }

    /// New tasks and files, and nothing else.
    fn made(made: Vec<Creation>) -> Self {
        Self::Follows { edits: Vec::new(), made, raised: Vec::new() }
    }

    pub(super) fn effect(effect: Effect) -> Self {
        Self::Effect { effect: Box::new(effect), raised: Vec::new() }
    }

    fn nothing(why: impl Into<String>) -> Self {
        Self::Nothing { why: why.into() }
    }

    fn failed(why: impl Into<String>) -> Self {
        Self::Failed { why: why.into() }
    }
}

/// Every action a trigger may call. The first whose name fits is meant.
pub const ACTIONS: &[&dyn Action] = &[
    &trigger_dependent_tasks::TriggerDependentTasks,
    &roll_up_parent::RollUpParent,
    &set_status::SetStatus,
    &status_sync::StatusSync,
    &updated_date::UpdatedDate,
    &create_task::CreateTask,
    &assign_default_agent::AssignDefaultAgent,
    &update_analytics::UpdateAnalytics,
    &create_analytics_entry::CreateAnalyticsEntry,
    &generate_report::GenerateReport,
    &update_project_status::UpdateProjectStatus,
    &send::Send,
    &notify::Notify,
    &alert::Alert,
    &dispatch::Dispatch,
    &log::Log,
];

/// The rules that apply to every change of a status where `task_integration.status_sync` is on.
pub const STANDING: &[&dyn Action] = &[&status_sync::StatusSync, &updated_date::UpdatedDate];

/// The action a name of `workflow.yaml` means.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Action> {
    ACTIONS.iter().find(|action| action.is_named(name)).copied()
}

/// What a name in a trigger means.
pub enum Meant<'a> {
    /// An action of the project's own.
    Own(&'a OwnAction),
    /// An action of the project's own that has errors in it: it does nothing.
    LeftOut,
    /// A built-in action, or a family of them.
    BuiltIn(&'static dyn Action),
}

impl Meant<'_> {
    /// What follows from one event. Changes nothing.
    #[must_use]
    pub fn plan(&self, context: &Context<'_>) -> Outcome {
        if let Some(name) = context.call.and_then(|call| self.variables(call).next()) {
            let name = name.escape_debug();
            return Outcome::failed(format!(
                "the parameter `{name}` has a variable in it, and what is edited has none"
            ));
        }
        match self {
            Self::Own(own) => own::plan(context, own),
            Self::LeftOut => {
                let name = context.call.map(|call| call.name.as_str()).unwrap_or_default();
                Outcome::failed(format!("left out: `actions.{}` has errors in it", name.escape_debug()))
            }
            Self::BuiltIn(action) => action.plan(context),
        }
    }

    /// The parameters of a call that have a variable of the environment in them, where the action edits: what is edited never
    /// depends on that.
    pub(super) fn variables<'c>(&self, call: &'c ActionCall) -> impl Iterator<Item = &'c str> + use<'c> {
        let edits = match self {
            Self::Own(own) => matches!(own.kind, OwnKind::Set(_) | OwnKind::CreateTask(_) | OwnKind::Report(_)),
            Self::LeftOut => false,
            Self::BuiltIn(action) => action.makes() == Makes::Edits,
        };
        call.parameters.iter().filter(move |(_, value)| edits && has_variable(value)).map(|(name, _)| name.as_str())
    }
}

/// Whether a value has `${..}` in it, however deep.
fn has_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(has_variable),
        Value::Object(members) => members.values().any(has_variable),
        _ => false,
    }
}

/// What a name in a trigger means: a built-in action of that very name, else one that is declared
/// under `actions`, else the family that the name belongs to.
#[must_use]
pub fn resolve<'a>(name: &str, workflow: &'a Workflow) -> Option<Meant<'a>> {
    let built_in = find(name);
    if !built_in.is_none_or(is_family) || !workflow.declares(name) {
        return built_in.map(Meant::BuiltIn);
    }
    // One that cannot be read is not another one, whatever family its name belongs to.
    Some(workflow.own_actions.get(name).map_or(Meant::LeftOut, Meant::Own))
}

/// Whether an action is known by the beginning or the end of its names.
#[must_use]
pub fn is_family(action: &dyn Action) -> bool {
    action.name().contains('*')
}
