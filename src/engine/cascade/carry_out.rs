//! What actions want is made in memory, and noted change by change.

use serde_json::Value;

use super::super::creation::{CREATED_BY, Creation, ENGINE, EVENT, FILE, GeneratedFile, RecordDraft, TaskDraft};
use super::super::plan::{ActionResult, PlannedChange};
use super::super::redo::Made;
use super::super::workspace::{TaskEdit, Written};
use super::once::{Sought, Standing};
use super::{By, Cascade, Outcome, Source};
use crate::engine::event::{CREATED, Event};
use crate::engine::made_key::{KeyLength, MadeKey};
use crate::format::trailer::{MADE_TASK, NO_TASK};
use crate::model::{Task, TaskId, TreePath};

/// What an outcome has come to so far.
#[derive(Default)]
pub(super) struct Done {
    fields: usize,
    tasks: Vec<TaskId>,
    pub(super) files: Vec<TreePath>,
    /// What was to be made and need not be, in words.
    pub(super) there: Vec<String>,
}

/// Why something is not made anew.
const TAKEN_BACK: &str = "a later commit took it back";

impl Done {
    /// Notes that something need not be made.
    #[expect(clippy::unnecessary_wraps, reason = "as everything that makes something")]
    fn is_there(&mut self, why: String) -> Result<(), String> {
        self.there.push(why);
        Ok(())
    }
}

/// Whether a later commit removed a generated file, or took its change back.
pub(super) fn was_taken_back(source: &Source<'_>, path: &TreePath) -> bool {
    source.left.iter().any(|left| left.field.strip_prefix(FILE) == Some(path.as_str()))
}

impl Cascade<'_> {
    /// Makes an outcome's edits, tasks and files in memory and notes each as a change.
    pub(super) fn carry_out(
        &mut self,
        by: &By<'_>,
        outcome: Outcome,
        source: &Source<'_>,
        raised: &mut Vec<Event>,
    ) -> ActionResult {
        let (edits, made, mut events) = match self.affordable(outcome, source) {
            Outcome::Follows { edits, made, raised } => (edits, made, raised),
            Outcome::Effect { effect, raised: mut events } => {
                raised.append(&mut events);
                return ActionResult::Effect { text: effect.text };
            }
            Outcome::Nothing { why } => return ActionResult::Nothing { why },
            Outcome::Failed { why } => return ActionResult::Failed { why },
        };
        let news = events.len();
        raised.append(&mut events);
        let mut done = Done::default();
        for edit in &edits {
            if let Err(why) = self.edit(by, edit, &mut done) {
                return ActionResult::Failed { why };
            }
        }
        let several = made.len() > 1;
        for (at, creation) in made.into_iter().enumerate() {
            let result = match creation {
                // Each of several is one of its own.
                Creation::Task(draft) => self.make(by, draft, source, if several { at + 1 } else { 0 }, &mut done),
                Creation::Record(draft) => self.record(by, draft, source, &mut done),
                Creation::ProjectStatus => self.ask_for_status(by, source, &mut done),
            };
            if let Err(why) = result {
                return ActionResult::Failed { why };
            }
        }
        match (done, news) {
            (Done { tasks, files, .. }, _) if !tasks.is_empty() || !files.is_empty() => {
                ActionResult::Made { tasks, files }
            }
            (Done { fields: 0, there, .. }, 0) => ActionResult::Nothing {
                why: if there.is_empty() { "it is so already".to_owned() } else { there.join("; ") },
            },
            (Done { fields: 0, .. }, events) => ActionResult::Raised { events, without: None },
            (Done { fields, .. }, _) => ActionResult::Changed { fields },
        }
    }

    /// What of an outcome may be made on this branch and in this plan: all of it, or nothing.
    fn affordable(&mut self, outcome: Outcome, source: &Source<'_>) -> Outcome {
        let Outcome::Follows { made, .. } = &outcome else { return outcome };
        match source.origin.ground.refusal().filter(|_| !made.is_empty()) {
            Some(why) => Outcome::Nothing { why },
            None => self.budget.afford(outcome),
        }
    }

    fn edit(&mut self, by: &By<'_>, edit: &TaskEdit, done: &mut Done) -> Result<(), String> {
        let old = self.workspace.apply(edit);
        let Some(old) = old.map_err(|error| format!("task {} in {}: {error}", edit.task, edit.path))? else {
            return Ok(());
        };
        done.fields += 1;
        let home: Option<&Task> = self.workspace.board().tasks.get(&edit.task);
        let field = edit.label(home);
        self.plan.made.push(Made::Edit { edit: edit.clone(), old: old.clone() });
        self.note(by, edit.task.clone(), field, (old, edit.edit.value.clone()));
        Ok(())
    }

    /// Makes a task, unless there is one for this event and action, or there was and somebody took it away.
    fn make(
        &mut self,
        by: &By<'_>,
        mut draft: TaskDraft,
        source: &Source<'_>,
        number: usize,
        done: &mut Done,
    ) -> Result<(), String> {
        self.workspace.refresh();
        let removed = source.left.iter().filter(|left| left.field == EVENT);
        let sought = Sought {
            trigger: &format!("{}#{number}", by.trigger),
            length: KeyLength::Whole,
            removed: removed.filter_map(|left| MadeKey::parse(&left.value)).collect(),
        };
        let key = match self.look(by, source, &sought) {
            Standing::There(id) => return done.is_there(format!("task {id} was made for this event")),
            Standing::TakenBack => return done.is_there(TAKEN_BACK.to_owned()),
            Standing::Free(key) => key,
        };
        let made_here = [(CREATED_BY, format!("{ENGINE}/{}", by.trigger)), (EVENT, key.to_string())];
        draft.fields.retain(|(field, _)| made_here.iter().all(|(own, _)| field != own));
        draft.fields.extend(made_here.map(|(field, text)| (field.to_owned(), Value::String(text))));
        let made = self.workspace.make_task(&draft, source.origin.time).map_err(|error| error.to_string())?;
        let id = made.task.id.clone();
        let status = Value::String(made.task.status.clone());
        self.plan.made.push(Made::Task(made));
        self.note(by, id.clone(), MADE_TASK.to_owned(), (Value::Null, status));
        self.made.insert(id.clone(), by.trigger.to_owned());
        self.known.add(key, id.to_string());
        done.tasks.push(id);
        Ok(())
    }

    pub(super) fn generate(&mut self, by: &By<'_>, file: &GeneratedFile, done: &mut Done) -> Result<(), String> {
        let written = self.workspace.write_generated(file).map_err(|error| error.to_string())?;
        let (old, new) = match written {
            Written::AsItWas => {
                done.there.push(format!("{} says so already", file.path));
                return Ok(());
            }
            Written::New => (Value::Null, "made"),
            Written::Changed => (Value::from("made"), "made anew"),
        };
        let nobody = || TaskId::parse(NO_TASK).map_err(|error| error.to_string());
        let task = by.event.task.clone().map_or_else(nobody, Ok)?;
        self.note(by, task, format!("{FILE}{}", file.path), (old, Value::from(new)));
        done.files.push(file.path.clone());
        Ok(())
    }

    /// Makes a file for one event, unless there is one, or there was and somebody took it away.
    fn record(&mut self, by: &By<'_>, draft: RecordDraft, source: &Source<'_>, done: &mut Done) -> Result<(), String> {
        let removed = source.left.iter().filter_map(|left| TreePath::new(left.field.strip_prefix(FILE)?).ok());
        let sought = Sought {
            trigger: by.trigger,
            length: KeyLength::Cut,
            removed: removed.filter_map(|path| MadeKey::of_file(&path)).collect(),
        };
        let key = match self.look(by, source, &sought) {
            Standing::There(path) => return done.is_there(format!("{path} was made for this event")),
            Standing::TakenBack => return done.is_there(TAKEN_BACK.to_owned()),
            Standing::Free(key) => key,
        };
        let moment = source.origin.authored.or(source.origin.time);
        let path = draft.path(moment, &key).map_err(|error| error.to_string())?;
        self.generate(by, &GeneratedFile { path: path.clone(), bytes: draft.bytes }, done)?;
        self.known.add(key, path.to_string());
        Ok(())
    }

    fn note(&mut self, by: &By<'_>, task: TaskId, field: String, (old, new): (Value, Value)) {
        self.plan.changes.push(PlannedChange {
            event: by.event.id.clone(),
            trigger: by.trigger.to_owned(),
            task,
            field,
            old,
            new,
            depth: by.event.depth.saturating_add(1),
        });
    }

    /// Whether a task was made by this trigger in this plan, or the event is that it was made by it: who squashes an
    /// engine commit into one of his own brings the task himself.
    pub(super) fn made_by(&self, task: &Task, event: &Event, trigger: &str) -> bool {
        let maker = || task.record.fields.get(CREATED_BY)?.as_str()?.strip_prefix(ENGINE)?.strip_prefix('/');
        self.made.get(&task.id).is_some_and(|maker| maker == trigger)
            || (event.kind == CREATED && maker() == Some(trigger))
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::engine::creation::Ground;
    use crate::engine::event::Origin;
    use crate::engine::plan::Detail;
    use crate::engine::workspace::Workspace;
    use crate::format::trailer::ChangeTrailer;
    use crate::format::workflow::Workflow;
    use crate::model::{Snapshot, StatusSet};

    #[test]
    fn a_generated_file_is_listed_and_made_once() {
        let empty = Snapshot::empty();
        let mut cascade = Cascade::on(Workspace::new(&empty, &StatusSet::default()), Detail::Full);
        let workflow = Workflow::default();
        let mut source = Source::of(&workflow, Vec::new(), Origin { ground: Ground::Canonical, ..Origin::default() });
        let event = Event::of_tree("deployment.success", (None, None), &Origin::default());
        let path = TreePath::new("reports/week/1d902e0d6c33a859.md").unwrap();
        let outcome = || {
            let draft = RecordDraft { folder: "week".to_owned(), extension: "md", bytes: b"# Week\n".to_vec() };
            Outcome::Follows { edits: Vec::new(), made: vec![Creation::Record(draft)], raised: Vec::new() }
        };
        let by = By { trigger: "weekly", action: 0, event: &event };
        let mut raised = Vec::new();
        let result = cascade.carry_out(&by, outcome(), &source, &mut raised);
        assert!(matches!(&result, ActionResult::Made { files, .. } if *files == [path.clone()]), "{result:?}");
        let line = cascade.plan.changes[0].trailer().to_string();
        assert!(line.ends_with(" weekly - file@reports/week/1d902e0d6c33a859.md % -> made 1"), "{line}");
        assert_eq!(ChangeTrailer::parse(&line), Some(cascade.plan.changes[0].trailer()));
        let again = cascade.carry_out(&by, outcome(), &source, &mut raised);
        assert!(matches!(again, ActionResult::Nothing { .. }), "{again:?}");
        source.origin.ground = Ground::Elsewhere;
        let elsewhere = cascade.carry_out(&by, outcome(), &source, &mut raised);
        assert!(matches!(&elsewhere, ActionResult::Nothing { why } if why.contains("git.canonical")), "{elsewhere:?}");
        assert_eq!(cascade.plan.changes.len(), 1);
    }
}
