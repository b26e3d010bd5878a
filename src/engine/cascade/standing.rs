//! The rules that apply to every change of a status, whatever the triggers say.

use std::collections::HashMap;

use super::super::action::{self, Meant};
use super::super::event::{Event, EventId};
use super::super::plan::{ActionStep, RuleState, RuleStep};
use super::{By, Cascade, Chains, Source, is_synced};
use crate::model::TaskId;

impl Cascade<'_> {
    /// Brings the tasks into step whose status people have changed, before any trigger looks at one: what
    /// it finds must not depend on which event comes first. Gives what each source has begun.
    ///
    /// Of several changes of one task the last one counts. A task that a commit closes is left to that.
    pub(super) fn stand(&mut self, sources: &[Source<'_>]) -> Vec<Chains> {
        let mut last: HashMap<&TaskId, &EventId> = HashMap::new();
        for source in sources.iter().filter(|source| source.events.iter().any(|event| is_synced(event, source))) {
            self.workspace.set_statuses(&source.workflow.statuses);
            let events = source.events.iter().filter(|event| is_synced(event, source) && !self.is_superseded(event));
            last.extend(events.filter_map(|event| Some((event.task.as_ref()?, &event.id))));
        }
        sources.iter().map(|source| self.begin(source, &last)).collect()
    }

    fn begin(&mut self, source: &Source<'_>, last: &HashMap<&TaskId, &EventId>) -> Chains {
        let mut chains = Chains::default();
        let counts = |event: &&Event| {
            let task = event.task.as_ref();
            is_synced(event, source)
                && task.is_some_and(|task| last.get(task) == Some(&&event.id) && !source.closes.contains(task))
        };
        for event in source.events.iter().filter(counts) {
            self.workspace.set_statuses(&source.workflow.statuses);
            self.report(event, &mut chains);
            let rules = self.stand_for(event, &event.id, source, &mut chains);
            chains.stood.insert(event.id.clone(), rules);
        }
        chains
    }

    /// What the standing rules do about one event.
    pub(super) fn stand_for(
        &mut self,
        event: &Event,
        root: &EventId,
        source: &Source<'_>,
        chains: &mut Chains,
    ) -> Vec<RuleStep> {
        let mut rules = Vec::new();
        for standing in action::STANDING {
            let outcome = self.ask(&Meant::BuiltIn(*standing), event, source, None);
            let by = By { trigger: standing.name(), action: 0, event };
            let mut raised = Vec::new();
            let result = self.carry_out(&by, outcome, source, &mut raised);
            chains.queue.extend(raised.into_iter().map(|event| (event, root.clone())));
            let actions = vec![ActionStep { name: standing.name().to_owned(), result }];
            rules.push(RuleStep { name: standing.name().to_owned(), state: RuleState::Standing, actions });
            self.follow(event, root, source, chains);
        }
        rules
    }
}
