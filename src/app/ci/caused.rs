//! What a plan means for the people who wait: which tasks go on, which end.

use std::collections::BTreeMap;

use crate::engine::effect::EffectKind;
use crate::engine::plan::Plan;
use crate::engine::workspace::shown;
use crate::format::trailer::MADE_TASK;
use crate::model::{Category, StatusSet, TaskId};

/// What would follow, or has followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caused {
    /// Tasks that were blocked and are no more.
    pub unblocked: Vec<TaskId>,
    /// Every task whose status changes: what it was, what it is.
    pub statuses: BTreeMap<TaskId, (String, String)>,
    /// Tasks that are made.
    pub made: Vec<TaskId>,
    /// How many files change.
    pub files: usize,
    /// How many effects there are, lines of the log apart.
    pub effects: usize,
}

impl Caused {
    /// What a plan comes to.
    #[must_use]
    pub fn of(plan: &Plan, statuses: &StatusSet) -> Self {
        let effects = plan.effects.iter().filter(|effect| effect.effect.kind != EffectKind::Log).count();
        let mut caused = Self { files: plan.files.len(), effects, ..Self::default() };
        for change in &plan.changes {
            if change.field == MADE_TASK {
                caused.made.push(change.task.clone());
            } else if change.field == "status" {
                let (old, new) = (shown(&change.old), shown(&change.new));
                caused.statuses.entry(change.task.clone()).or_insert((old, String::new())).1 = new;
            }
        }
        caused.statuses.retain(|_, (old, new)| !statuses.same(old, new));
        let is_unblocked = |old: &str, new: &str| {
            let (old, new) = (statuses.category(old), statuses.category(new));
            old == Category::Blocked && matches!(new, Category::Todo | Category::Active)
        };
        let unblocked = caused.statuses.iter().filter(|(_, (old, new))| is_unblocked(old, new));
        caused.unblocked = unblocked.map(|(task, _)| task.clone()).collect();
        caused
    }

    /// In few words: `unblocks 19, 22; 18 done; makes 30`. Empty where nothing follows.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        if !self.unblocked.is_empty() {
            parts.push(format!("unblocks {}", listed(self.unblocked.iter())));
        }
        let mut others: BTreeMap<&str, Vec<&TaskId>> = BTreeMap::new();
        for (task, (_, new)) in self.statuses.iter().filter(|(task, _)| !self.unblocked.contains(task)) {
            others.entry(new).or_default().push(task);
        }
        parts.extend(others.into_iter().map(|(status, tasks)| format!("{} {status}", listed(tasks.into_iter()))));
        if !self.made.is_empty() {
            parts.push(format!("makes {}", listed(self.made.iter())));
        }
        if parts.is_empty() && self.files > 0 {
            parts.push(format!("changes {} file{}", self.files, if self.files == 1 { "" } else { "s" }));
        }
        if self.effects > 0 {
            parts.push(format!("{} effect{}", self.effects, if self.effects == 1 { "" } else { "s" }));
        }
        parts.join("; ")
    }
}

/// Tasks in a row, of many the first ones and how many more.
fn listed<'a>(tasks: impl ExactSizeIterator<Item = &'a TaskId>) -> String {
    const MOST: usize = 20;
    let more = tasks.len().saturating_sub(MOST);
    let named: Vec<String> = tasks.take(MOST).map(ToString::to_string).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}
