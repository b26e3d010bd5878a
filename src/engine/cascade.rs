//! From events to a plan: rules match, actions edit a tree in memory, the difference makes new
//! events, until there are none.

mod budget;
mod carry_out;
mod once;
mod standing;
mod status;

use std::collections::{HashMap, HashSet, VecDeque};

use self::budget::Budget;
use super::action::{self, Context, Meant, Outcome};
use super::event::{self, Event, EventId, Origin, plain};
use super::facts::{EventFacts, Memo};
use super::made_key::MadeKey;
use super::numbering::Beside;
use super::outside::{Outside, Share};
use super::plan::{ActionResult, ActionStep, Detail, Plan, PlannedEffect, RuleState, RuleStep, Step};
use super::rule;
use super::workspace::{Settled, Workspace, shown};
use crate::format::workflow::{ActionCall, Trigger, Workflow};
use crate::model::{Board, Snapshot, StatusSet, TaskId};

/// How many consequences may follow from one another.
pub const DEEPEST: u8 = 10;

/// The events of one commit, or of one call from outside, with the rules they are under.
#[derive(Debug, Clone)]
pub struct Source<'a> {
    /// The rules of the source commit's own tree.
    pub workflow: &'a Workflow,
    /// The environment that effects are planned for; nothing that edits knows it.
    pub environment: Option<&'a str>,
    /// What was derived.
    pub events: Vec<Event>,
    /// Tasks that the commit's message closes.
    pub closes: Vec<TaskId>,
    /// Where the events came from.
    pub origin: Origin,
    /// Events whose effects had their chance before history was rewritten.
    pub inherited: HashSet<EventId>,
    /// Values of fields that commits after this one, or a merged undo, took away again: that was
    /// decided knowing this source, so that it does not set them anew.
    pub left: Vec<Left>,
}

impl<'a> Source<'a> {
    /// Events that nothing was decided about yet, for no environment.
    #[must_use]
    pub fn of(workflow: &'a Workflow, events: Vec<Event>, origin: Origin) -> Self {
        Self {
            workflow,
            environment: None,
            events,
            closes: Vec::new(),
            origin,
            inherited: HashSet::new(),
            left: Vec::new(),
        }
    }
}

/// Plans what follows from `sources`, in order, on top of the tree in `snapshot`, with every reason.
pub fn plan(snapshot: &Snapshot, sources: &[Source<'_>]) -> Plan {
    let statuses = sources.first().map_or_else(StatusSet::default, |source| source.workflow.statuses.clone());
    plan_on(snapshot, &crate::format::board(snapshot, statuses), sources, Detail::Full)
}

/// The same where the board of `snapshot` is known, with as many reasons as are wanted.
pub fn plan_on(snapshot: &Snapshot, board: &Board, sources: &[Source<'_>], detail: Detail) -> Plan {
    plan_in(Workspace::on(snapshot, board), sources, detail)
}

/// The same, where tasks that are made leave free what stands beside the tree.
pub fn plan_around(snapshot: &Snapshot, board: &Board, sources: &[Source<'_>], beside: &Beside) -> Plan {
    plan_in(Workspace::on(snapshot, board).around(beside), sources, Detail::Brief)
}

fn plan_in(workspace: Workspace<'_>, sources: &[Source<'_>], detail: Detail) -> Plan {
    let events = sources.iter().flat_map(|source| &source.events);
    let gone =
        events.filter_map(|event| event.task.as_ref()).filter(|task| !workspace.board().tasks.contains_key(task));
    let gone: Vec<TaskId> = gone.cloned().collect();
    let mut cascade = Cascade::on(workspace.speaking_of(&gone), detail);
    let begun = cascade.stand(sources);
    let mut indexed: Option<(&Workflow, rule::Index<'_>)> = None;
    for (source, chains) in sources.iter().zip(begun) {
        // Commits in a row mostly have one and the same workflow.
        let known = indexed.take().filter(|(workflow, _)| std::ptr::eq(*workflow, source.workflow));
        let (_, index) =
            indexed.insert(known.unwrap_or_else(|| (source.workflow, rule::Index::new(&source.workflow.triggers))));
        cascade.workspace.set_statuses(&source.workflow.statuses);
        cascade.outside = Outside::of(source);
        cascade.run(source, index, chains);
    }
    cascade.write_status();
    let Cascade { mut workspace, mut plan, .. } = cascade;
    plan.files = workspace.changed();
    plan
}

/// A field of a task that was taken out of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The task.
    pub task: TaskId,
    /// The field: `status` wherever it is written, or another one of the task's home.
    pub field: String,
    /// The value it had.
    pub value: String,
}

/// Whether the standing rules apply to an event.
fn is_synced(event: &Event, source: &Source<'_>) -> bool {
    event.is_status() && source.workflow.integration.status_sync == Some(true)
}

struct Cascade<'a> {
    workspace: Workspace<'a>,
    detail: Detail,
    plan: Plan,
    /// What holds for the effects of the source that is being planned.
    outside: Outside,
    /// The tasks that this plan makes, and the trigger that wants each.
    made: HashMap<TaskId, String>,
    /// Whose is what was made for an event.
    taken: HashMap<MadeKey, EventId>,
    /// What was made for events and is there, once somebody has asked.
    known: once::Things,
    /// What may still be planned.
    budget: Budget,
    /// Who wants the overview of the tree, of several the last.
    asked: Option<status::Asked>,
}

/// Whose outcome is carried out.
struct By<'a> {
    trigger: &'a str,
    /// Which of the trigger's actions it is.
    action: usize,
    event: &'a Event,
}

/// What one source's chains have done so far.
#[derive(Default)]
struct Chains {
    queue: VecDeque<(Event, EventId)>,
    /// What the standing rules have done already, by the event.
    stood: HashMap<EventId, Vec<RuleStep>>,
    /// Trigger and task, by the event a chain began with.
    acted: HashSet<(EventId, String, Option<TaskId>)>,
    /// The status each task was last reported to have.
    reported: HashMap<TaskId, String>,
}

impl<'a> Cascade<'a> {
    fn on(workspace: Workspace<'a>, detail: Detail) -> Self {
        Self {
            workspace,
            detail,
            plan: Plan::default(),
            outside: Outside::default(),
            made: HashMap::new(),
            taken: HashMap::new(),
            known: once::Things::default(),
            budget: Budget::default(),
            asked: None,
        }
    }

    /// `chains` are those that the standing rules have begun.
    fn run(&mut self, source: &Source<'_>, index: &rule::Index<'_>, mut chains: Chains) {
        let begun = std::mem::take(&mut chains.queue);
        chains.queue.extend(source.events.iter().map(|event| (event.clone(), event.id.clone())));
        chains.queue.extend(begun);
        for task in &source.closes {
            self.close(task, source, &mut chains);
        }
        while let Some((event, root)) = chains.queue.pop_front() {
            if self.budget.is_spent() {
                break;
            }
            if let Err(why) = self.budget.event(&event.kind) {
                self.plan.steps.push(Step { cut: Some(why), ..Step::of(event) });
                break;
            }
            self.report(&event, &mut chains);
            self.step(event, &root, source, index, &mut chains);
        }
    }

    /// Notes the status that an event reports.
    fn report(&self, event: &Event, chains: &mut Chains) {
        if let (true, Some(task), Some(new)) = (event.is_status(), &event.task, &event.new) {
            let status = self.workspace.board().statuses.canonical(&plain(new)).to_owned();
            chains.reported.insert(task.clone(), status);
        }
    }

    /// A `Closes:` trailer: the task is done, whatever else the commit did to it. What listens to that comes later.
    fn close(&mut self, task: &TaskId, source: &Source<'_>, chains: &mut Chains) {
        let board = self.workspace.board();
        let Some(found) = board.tasks.get(task) else { return };
        let event = event::closes(task, &source.origin);
        let result = match action::set(found, "done", board, source.workflow) {
            Ok(edits) => Outcome::Follows { edits, made: Vec::new(), raised: Vec::new() },
            Err(why) => Outcome::Failed { why },
        };
        let result = self.without_left(result, source);
        let mut raised = Vec::new();
        let done = self.carry_out(&By { trigger: "closes", action: 0, event: &event }, result, source, &mut raised);
        let action = ActionStep { name: "set_status".to_owned(), result: done };
        let rule = RuleStep { name: "closes".to_owned(), state: RuleState::Standing, actions: vec![action] };
        chains.stood.insert(event.id.clone(), vec![rule]);
        chains.queue.push_back((event.clone(), event.id.clone()));
        self.follow(&event, &event.id, source, chains);
    }

    fn step(
        &mut self,
        event: Event,
        root: &EventId,
        source: &Source<'_>,
        index: &rule::Index<'_>,
        chains: &mut Chains,
    ) {
        let mut step = Step::of(event);
        if step.event.depth >= DEEPEST {
            step.cut = Some(format!("{} after {DEEPEST} consequences: the chain ends here", step.event.kind));
            self.plan.steps.push(step);
            return;
        }
        let mut quiet = 0;
        let stood = chains.stood.remove(&step.event.id);
        if self.is_superseded(&step.event) {
            step.rules.extend(stood.into_iter().flatten());
            for trigger in index.listening(&step.event.kind) {
                if let Err(why) = self.budget.visit(1, &trigger.name) {
                    step.cut = Some(why);
                    break;
                }
                step.rules.extend(self.budget.told(
                    self.detail,
                    RuleStep::of(&trigger.name, RuleState::Superseded),
                    &mut quiet,
                    &mut step.untold,
                ));
            }
            self.plan.steps.push(step);
            return;
        }
        match stood {
            Some(rules) => step.rules.extend(rules),
            None if is_synced(&step.event, source) => {
                step.rules.extend(self.stand_for(&step.event, root, source, chains));
            }
            None => {}
        }
        let (mut raised, mut memo) = (Vec::new(), Memo::default());
        for trigger in index.listening(&step.event.kind) {
            if self.budget.is_spent() {
                break;
            }
            if let Err(why) = self.budget.visit(1, &trigger.name) {
                step.cut = Some(why);
                break;
            }
            let detail = self.budget.detail(self.detail, quiet);
            let of_event = (&step.event, &memo, detail);
            let rule = match self.fire(trigger, of_event, root, source, chains, &mut raised) {
                Ok(rule) => rule,
                Err(why) => {
                    step.cut = why.or(step.cut);
                    RuleStep::of(&trigger.name, RuleState::Repeated)
                }
            };
            let fired = matches!(rule.state, RuleState::Fired(_));
            step.rules.extend(self.budget.told(self.detail, rule, &mut quiet, &mut step.untold));
            if fired {
                memo = Memo::default();
                self.follow(&step.event, root, source, chains);
            }
        }
        for trigger in source.workflow.left_out.iter().filter(|trigger| trigger.listens(&step.event.kind)) {
            step.rules.extend(self.budget.told(
                self.detail,
                RuleStep::of(&trigger.name, RuleState::LeftOut),
                &mut quiet,
                &mut step.untold,
            ));
        }
        for event in raised {
            chains.queue.push_back((event, root.clone()));
        }
        self.plan.steps.push(step);
    }

    /// What a trigger makes of an event; why it may not act any more, where that is to be said.
    fn fire(
        &mut self,
        trigger: &Trigger,
        (event, memo, detail): (&Event, &Memo, Detail),
        root: &EventId,
        source: &Source<'_>,
        chains: &mut Chains,
        raised: &mut Vec<Event>,
    ) -> Result<RuleStep, Option<String>> {
        let mut rule = RuleStep::of(&trigger.name, RuleState::Disabled);
        let share = self.outside.share(trigger);
        if matches!(share, Share::Nothing) {
            return Ok(rule);
        }
        let board = self.workspace.board();
        let task = event.task.as_ref().and_then(|id| board.tasks.get(id));
        let (links, fuel, then) = (self.workspace.links(), &self.budget.fuel, event.gone.as_deref().or(task));
        let facts = EventFacts { event, task: then, board, links, memo, fuel };
        let decide = if detail == Detail::Full { rule::evaluate } else { rule::decide };
        let verdict = decide(&trigger.conditions, &facts, &board.statuses);
        self.budget.decided(&trigger.name).map_err(Some)?;
        if !verdict.holds {
            rule.state = RuleState::Unfulfilled(verdict);
            return Ok(rule);
        }
        // Who makes a task is not set going by it: that would make one after the other.
        let own = !trigger.reentrant && task.is_some_and(|task| self.made_by(task, event, &trigger.name));
        let again = own || !chains.acted.insert((root.clone(), trigger.name.clone(), event.task.clone()));
        if again && !trigger.reentrant {
            rule.state = RuleState::Repeated;
            return Ok(rule);
        }
        if again {
            self.budget.again(root, &trigger.name)?;
        }
        self.budget.fire(trigger.actions.len(), &trigger.name).map_err(Some)?;
        rule.state = RuleState::Fired(verdict);
        for (at, call) in trigger.actions.iter().enumerate() {
            if self.budget.is_spent() {
                break;
            }
            let outcome = match action::resolve(&call.name, source.workflow) {
                Some(action) => self.ask(&action, event, source, Some((trigger, call))),
                None => Outcome::Failed { why: format!("no action is called `{}`", call.name) },
            };
            let (mut outcome, without) = share.of(self.budget.found(outcome));
            if matches!(outcome, Outcome::Effect { .. }) {
                outcome = self.budget.afford(outcome);
            }
            if let Outcome::Effect { effect, .. } = &outcome {
                self.plan.effects.push(PlannedEffect {
                    key: event.id.effect_key(&trigger.name, at, &effect.destination),
                    event: event.id.clone(),
                    trigger: trigger.name.clone(),
                    action: call.name.clone(),
                    index: at,
                    environment: source.environment.map(ToOwned::to_owned),
                    task: event.task.clone(),
                    effect: (**effect).clone(),
                    inherited: source.inherited.contains(root),
                });
            }
            let by = By { trigger: &trigger.name, action: at, event };
            let result = match (self.carry_out(&by, outcome, source, raised), without) {
                (ActionResult::Raised { events, .. }, without) => ActionResult::Raised { events, without },
                (result, _) => result,
            };
            rule.actions.push(ActionStep { name: call.name.clone(), result });
        }
        Ok(rule)
    }

    fn ask(
        &mut self,
        action: &Meant<'_>,
        event: &Event,
        source: &Source<'_>,
        called: Option<(&Trigger, &ActionCall)>,
    ) -> Outcome {
        self.workspace.refresh();
        let board = self.workspace.board();
        let task = event.task.as_ref().and_then(|id| board.tasks.get(id));
        let workflow = source.workflow;
        let (links, moment) = (self.workspace.links(), source.origin.time);
        let (trigger, call, outside) =
            (called.map(|(trigger, _)| trigger), called.map(|(_, call)| call), &self.outside.settings);
        let fuel = &self.budget.fuel;
        let context = Context { event, task, board, links, workflow, outside, trigger, call, moment, fuel };
        let outcome = action.plan(&context);
        self.without_left(outcome, source)
    }

    /// An outcome without what was taken back later.
    fn without_left(&self, mut outcome: Outcome, source: &Source<'_>) -> Outcome {
        let statuses = &self.workspace.board().statuses;
        if let Outcome::Follows { edits, made, raised } = &mut outcome {
            let before = edits.len();
            edits.retain(|edit| {
                let field = edit.edit.path.join(".");
                let value = plain(&edit.edit.value);
                // A date differs with the commit: it counts that it was taken back at all.
                let same = |left: &Left| field != "status" || statuses.same(&left.value, &value);
                !source.left.iter().any(|left| left.task == edit.task && left.field == field && same(left))
            });
            if edits.is_empty() && made.is_empty() && raised.is_empty() && before > 0 {
                return Outcome::Nothing { why: "a later commit took it back".to_owned() };
            }
        }
        outcome
    }

    /// Queues the events that the edits since the last look amount to.
    fn follow(&mut self, cause: &Event, root: &EventId, source: &Source<'_>, chains: &mut Chains) {
        let Some(Settled { changes, before }) = self.workspace.settle() else { return };
        let after = self.workspace.board();
        let derived = event::derive(&changes, &before, after, &source.origin);
        for event in derived.events {
            if let (true, Some(task)) = (event.is_status(), &event.task) {
                let status = after.statuses.canonical(&event.new.as_ref().map(shown).unwrap_or_default()).to_owned();
                // A mirror that follows its task, or a home that follows its mirror, is no news.
                if chains.reported.get(task) == Some(&status) {
                    continue;
                }
                chains.reported.insert(task.clone(), status);
            }
            chains.queue.push_back((event.caused_by(cause), root.clone()));
        }
    }

    /// Whether no place has the status any more that the event reports.
    fn is_superseded(&self, event: &Event) -> bool {
        let board = self.workspace.board();
        let (true, Some(id), Some(new)) = (event.is_status(), &event.task, &event.new) else { return false };
        let Some(task) = board.tasks.get(id) else { return true };
        let new = plain(new);
        let mut written = [task.record.status.as_deref()]
            .into_iter()
            .chain(task.mirrors.iter().map(|mirror| mirror.status.as_deref()));
        !written.any(|status| board.statuses.same(status.unwrap_or("pending"), &new))
    }
}
