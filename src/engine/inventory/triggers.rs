use super::{Entry, Kind, Subject, Way};
use crate::engine::action::{self, Makes, Meant};
use crate::format::workflow::{ActionCall, OwnKind, Workflow};

/// The triggers of a `workflow.yaml`, one entry for each action. `path` is the file's, relative to the repository.
#[must_use]
pub fn triggers(workflow: &Workflow, path: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for trigger in &workflow.triggers {
        let off = if trigger.enabled { "" } else { ", switched off" };
        let name = format!("{} ({}{off})", trigger.name, trigger.event);
        for call in &trigger.actions {
            let (way, does) = does(call, workflow);
            entries.push(Entry {
                kind: Kind::Trigger,
                path: path.to_owned(),
                line: call.place.line,
                name: Some(name.clone()),
                way,
                subject: Subject::Action,
                what: format!("{}: {does}", call.name),
            });
        }
    }
    entries
}

/// What an action does, as far as its name says it.
fn does(call: &ActionCall, workflow: &Workflow) -> (Way, &'static str) {
    /// Actions whose edits are a task's status.
    const STATUS: [&str; 4] = ["trigger_dependent_tasks", "roll_up_parent", "set_status", "status_sync"];
    match action::resolve(&call.name, workflow) {
        None => (Way::Calls, "nothing is called that"),
        Some(Meant::LeftOut) => (Way::Calls, "left out, for it has errors in it"),
        Some(Meant::BuiltIn(built_in)) if STATUS.contains(&built_in.name()) => (Way::SetsStatus, "edits the tree"),
        Some(Meant::BuiltIn(built_in)) => match built_in.makes() {
            Makes::Edits => (Way::Writes, "edits the tree"),
            Makes::Effects => (Way::Calls, "an effect, recorded"),
            Makes::Nothing => (Way::Reads, "does nothing"),
        },
        Some(Meant::Own(own)) => match &own.kind {
            OwnKind::Run(_) => (Way::Calls, "a command, recorded"),
            OwnKind::Webhook(_) => (Way::Calls, "a web hook, recorded"),
            OwnKind::Set(fields) if fields.iter().any(|(name, _)| name == "status") => {
                (Way::SetsStatus, "edits the tree")
            }
            OwnKind::Set(_) => (Way::Writes, "edits the tree"),
            OwnKind::CreateTask(_) => (Way::Writes, "makes a task"),
            OwnKind::Report(_) => (Way::Writes, "makes a report"),
        },
    }
}
