//! The overview of the tree, made once when all else is planned: what it shows then is the tree that the
//! plan leaves, so that planning again finds it as it should be.

use super::super::creation::GeneratedFile;
use super::super::event::Event;
use super::super::plan::{ActionResult, Plan};
use super::super::report::{self, Material};
use super::carry_out::{Done, was_taken_back};
use super::{By, Cascade, Source};
use crate::model::TreePath;

/// An action that wants the overview.
pub(super) struct Asked {
    event: Event,
    trigger: String,
    action: usize,
}

impl Cascade<'_> {
    /// Notes that an action wants the overview, unless what it led to was taken back.
    #[expect(clippy::unnecessary_wraps, reason = "as everything that makes something")]
    pub(super) fn ask_for_status(&mut self, by: &By<'_>, source: &Source<'_>, done: &mut Done) -> Result<(), String> {
        let path = TreePath::known(report::PROJECT_STATUS);
        if was_taken_back(source, &path) {
            done.there.push("a later commit took it back".to_owned());
        } else {
            done.there.push(format!("{path} says so already"));
            let (event, trigger) = (by.event.clone(), by.trigger.to_owned());
            self.asked = Some(Asked { event, trigger, action: by.action });
        }
        Ok(())
    }

    /// Writes the overview for the last action that wants it, if it says anything else than the one
    /// that is there.
    pub(super) fn write_status(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        self.workspace.refresh();
        let board = self.workspace.board();
        let task = asked.event.task.as_ref().and_then(|id| board.tasks.get(id));
        let material = Material { event: &asked.event, task, board, links: self.workspace.links() };
        let bytes = report::project_status(&material).into_bytes();
        let path = TreePath::known(report::PROJECT_STATUS);
        if self.workspace.bytes(&path).is_some_and(|there| report::says_the_same(there, &bytes)) {
            return;
        }
        let mut done = Done::default();
        let by = By { trigger: &asked.trigger, action: asked.action, event: &asked.event };
        let result = match self.generate(&by, &GeneratedFile { path, bytes }, &mut done) {
            Ok(()) => ActionResult::Made { tasks: Vec::new(), files: done.files },
            Err(why) => ActionResult::Failed { why },
        };
        replace(&mut self.plan, &asked, result);
    }
}

/// Says what came of an action that was answered later.
fn replace(plan: &mut Plan, asked: &Asked, result: ActionResult) {
    let steps = plan.steps.iter_mut().rev().filter(|step| step.event.id == asked.event.id);
    let mut rules = steps.flat_map(|step| step.rules.iter_mut()).filter(|rule| rule.name == asked.trigger);
    if let Some(step) = rules.find_map(|rule| rule.actions.get_mut(asked.action)) {
        step.result = result;
    }
}
