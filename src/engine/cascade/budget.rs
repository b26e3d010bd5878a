//! How much one plan may come to, whatever the rules say. Counts alone, and never time: the same events and
//! rules end at the same place wherever they are planned.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::super::action::Outcome;
use super::super::creation::{Creation, MOST_TASKS, TaskDraft};
use super::super::effect::Effect;
use super::super::event::EventId;
use super::super::fuel::{Fuel, Purpose};
use super::super::plan::{Detail, RuleState, RuleStep};
use super::super::rule::ConditionResult;

/// Bytes of text that edits, new tasks, files and effects may have together.
const MOST_TEXT: usize = 16 << 20;
/// Effects that may be planned.
const MOST_EFFECTS: usize = 10_000;
/// Files that may be generated for one event each.
const MOST_RECORDS: usize = 10_000;
/// Events that may be looked at, those that people made among them.
const MOST_EVENTS: usize = 100_000;
/// How often a trigger may be asked about an event.
const MOST_VISITS: usize = 2_000_000;
/// How often triggers may fire and call actions.
const MOST_CALLS: usize = 200_000;
/// How often `reentrant` triggers may act again on tasks on which they have acted, in what follows from one event:
/// where each makes two events, a chain of any depth has too many ends.
const MOST_AGAIN: usize = 100;
/// The same in a whole plan.
const MOST_AGAIN_IN_ALL: usize = 1_000;
/// Rules that did not act of which a step tells.
const MOST_ROWS: usize = 200;
/// The same in a whole plan.
const MOST_ROWS_IN_ALL: usize = 20_000;
/// Bytes that the reasons of rules may have together.
const MOST_REASONS: usize = 16 << 20;

/// What one plan has used up. All of its sources share it.
#[derive(Debug, Default)]
pub(super) struct Budget {
    text: usize,
    effects: usize,
    records: usize,
    tasks: usize,
    events: usize,
    visits: usize,
    calls: usize,
    /// How often triggers that may act again have done so, by the event a chain began with.
    again: HashMap<EventId, usize>,
    again_in_all: usize,
    rows: usize,
    reasons: usize,
    /// What conditions and templates have cost.
    pub(super) fuel: Fuel,
    /// Triggers with a failure, or an error, of which a step tells.
    told: HashSet<String>,
    /// What has been used up, and said to be.
    said: BTreeSet<Limit>,
}

/// What may be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Limit {
    Text,
    Effects,
    Records,
    Tasks,
    Events,
    Visits,
    Calls,
    Steps,
    Again,
    AgainInAll,
}

impl Limit {
    /// Whether nothing more is planned once it is reached.
    fn ends_all(self) -> bool {
        matches!(self, Self::Text | Self::Events | Self::Visits | Self::Calls | Self::Steps)
    }

    fn message(self) -> String {
        match self {
            Self::Text => format!("more than {} MiB of text would be written at once", MOST_TEXT >> 20),
            Self::Effects => format!("more than {MOST_EFFECTS} effects would be planned at once"),
            Self::Records => format!("more than {MOST_RECORDS} files would be generated at once"),
            Self::Tasks => format!("more than {MOST_TASKS} tasks would be made at once"),
            Self::Events => format!("more than {MOST_EVENTS} events would be looked at"),
            Self::Visits => format!("triggers would be asked more than {MOST_VISITS} times"),
            Self::Calls => format!("triggers would act more than {MOST_CALLS} times"),
            Self::Steps => {
                format!("conditions and templates would take more than {} million steps", Fuel::MOST / 1_000_000)
            }
            Self::Again => format!("acted again {MOST_AGAIN} times"),
            Self::AgainInAll => format!("acted again {MOST_AGAIN_IN_ALL} times in all"),
        }
    }
}

impl Budget {
    /// Whether the rest of the plan is left out.
    pub(super) fn is_spent(&self) -> bool {
        self.said.iter().any(|limit| limit.ends_all())
    }

    /// One more event; why the plan ends here.
    pub(super) fn event(&mut self, kind: &str) -> Result<(), String> {
        self.events += 1;
        self.within(self.events, MOST_EVENTS, Limit::Events).map_err(|limit| cut(kind, limit))
    }

    /// So many more rules asked; why the plan ends here.
    pub(super) fn visit(&mut self, rules: usize, trigger: &str) -> Result<(), String> {
        self.visits = self.visits.saturating_add(rules);
        self.within(self.visits, MOST_VISITS, Limit::Visits).map_err(|limit| cut(&format!("`{trigger}`"), limit))
    }

    /// Conditions of a trigger that have been decided; why the plan ends here, and they count for nothing.
    pub(super) fn decided(&mut self, trigger: &str) -> Result<(), String> {
        if self.fuel.is_left(Purpose::Deciding) {
            return Ok(());
        }
        self.said.insert(Limit::Steps);
        Err(cut(&format!("`{trigger}`"), Limit::Steps))
    }

    /// A trigger that fires with so many actions; why the plan ends here.
    pub(super) fn fire(&mut self, actions: usize, trigger: &str) -> Result<(), String> {
        self.calls = self.calls.saturating_add(actions).saturating_add(1);
        self.within(self.calls, MOST_CALLS, Limit::Calls).map_err(|limit| cut(&format!("`{trigger}`"), limit))
    }

    /// A trigger acts once more on a task on which it has acted; why it does not, said for the first one.
    pub(super) fn again(&mut self, root: &EventId, trigger: &str) -> Result<(), Option<String>> {
        let count = self.again.entry(root.clone()).or_default();
        *count = count.saturating_add(1);
        let count = *count;
        let in_all = self.again_in_all;
        let limit = match self.within(count, MOST_AGAIN, Limit::Again) {
            Ok(()) => match self.within(in_all.saturating_add(1), MOST_AGAIN_IN_ALL, Limit::AgainInAll) {
                Ok(()) => {
                    self.again_in_all = in_all.saturating_add(1);
                    return Ok(());
                }
                Err(limit) => limit,
            },
            Err(limit) => limit,
        };
        Err(self.first(limit).then(|| format!("`{trigger}` and others have {}: they no longer do", limit.message())))
    }

    /// An outcome, unless it took too much to find.
    pub(super) fn found(&mut self, outcome: Outcome) -> Outcome {
        match &outcome {
            Outcome::Effect { effect, .. } => self.fuel.spend(Purpose::Deciding, Fuel::of_bytes(of_effect(effect))),
            Outcome::Follows { edits, made, .. } => {
                let edits = edits.iter().map(|edit| weight(&edit.edit.value));
                let text = edits.chain(made.iter().map(of_creation)).fold(0, usize::saturating_add);
                self.fuel.spend(Purpose::Deciding, Fuel::of_bytes(text));
            }
            Outcome::Nothing { .. } | Outcome::Failed { .. } => {}
        }
        if self.fuel.is_left(Purpose::Deciding) {
            return outcome;
        }
        self.said.insert(Limit::Steps);
        Outcome::Failed { why: Limit::Steps.message() }
    }

    /// What of an outcome may be: all of it, or nothing. What is wanted counts, be it there already: planned
    /// again the same is left out.
    pub(super) fn afford(&mut self, outcome: Outcome) -> Outcome {
        if self.is_spent() {
            return Outcome::Nothing { why: "left out: the plan is too large".to_owned() };
        }
        match self.charge(&outcome) {
            Ok(()) => outcome,
            Err(limit) if self.first(limit) => Outcome::Failed { why: limit.message() },
            Err(limit) => Outcome::Nothing { why: format!("left out: {}", limit.message()) },
        }
    }

    fn charge(&mut self, outcome: &Outcome) -> Result<(), Limit> {
        let text = match outcome {
            Outcome::Effect { effect, .. } => of_effect(effect),
            Outcome::Follows { edits, made, .. } => {
                let edits = edits.iter().map(|edit| weight(&edit.edit.value));
                edits.chain(made.iter().map(of_creation)).fold(0, usize::saturating_add)
            }
            Outcome::Nothing { .. } | Outcome::Failed { .. } => return Ok(()),
        };
        self.text = self.text.saturating_add(text);
        self.within(self.text, MOST_TEXT, Limit::Text)?;
        match outcome {
            Outcome::Effect { .. } => {
                self.effects += 1;
                self.within(self.effects, MOST_EFFECTS, Limit::Effects)
            }
            Outcome::Follows { made, .. } => {
                let tasks = made.iter().filter(|creation| matches!(creation, Creation::Task(_))).count();
                let records = made.iter().filter(|creation| matches!(creation, Creation::Record(_))).count();
                self.tasks = self.tasks.saturating_add(tasks);
                self.records = self.records.saturating_add(records);
                if tasks > 0 {
                    self.within(self.tasks, MOST_TASKS, Limit::Tasks)?;
                }
                if records > 0 { self.within(self.records, MOST_RECORDS, Limit::Records) } else { Ok(()) }
            }
            Outcome::Nothing { .. } | Outcome::Failed { .. } => Ok(()),
        }
    }

    /// What ends the whole plan is noted as said: who asks tells it.
    fn within(&mut self, used: usize, most: usize, limit: Limit) -> Result<(), Limit> {
        if used <= most {
            return Ok(());
        }
        if limit.ends_all() && limit != Limit::Text {
            self.said.insert(limit);
        }
        Err(limit)
    }

    /// Whether a limit is to be said now.
    fn first(&mut self, limit: Limit) -> bool {
        self.said.insert(limit)
    }

    /// With how much detail the next rule is decided, in a step that tells of so many that did not act.
    pub(super) fn detail(&self, detail: Detail, told: usize) -> Detail {
        let has_room = told < MOST_ROWS
            && self.rows < MOST_ROWS_IN_ALL
            && self.reasons < MOST_REASONS
            && self.fuel.is_left(Purpose::Telling);
        if has_room { detail } else { Detail::Brief }
    }

    /// A rule, where its step tells of it; else it is counted. The step tells of `quiet` others that did not act.
    pub(super) fn told(
        &mut self,
        detail: Detail,
        rule: RuleStep,
        quiet: &mut usize,
        untold: &mut usize,
    ) -> Option<RuleStep> {
        if !detail.tells(&rule) {
            return None;
        }
        if !self.tells(&rule, *quiet) {
            *untold += 1;
            return None;
        }
        *quiet += usize::from(!matches!(rule.state, RuleState::Standing | RuleState::Fired(_)));
        Some(rule)
    }

    /// Whether a step that tells of so many rules that did not act tells of one more; those that act are always
    /// told of, and of each trigger the first failure.
    fn tells(&mut self, rule: &RuleStep, told: usize) -> bool {
        if let RuleState::Fired(verdict) | RuleState::Unfulfilled(verdict) = &rule.state {
            let lines = verdict.lines.iter().map(of_line).fold(0, usize::saturating_add);
            self.reasons = self.reasons.saturating_add(lines);
        }
        let must = match &rule.state {
            RuleState::Standing | RuleState::Fired(_) => return true,
            RuleState::Unfulfilled(verdict) => verdict.failures().next().is_some() && !self.told.contains(&rule.name),
            RuleState::LeftOut => !self.told.contains(&rule.name),
            RuleState::Disabled | RuleState::Repeated | RuleState::Superseded => false,
        };
        if must {
            self.told.insert(rule.name.clone());
        }
        let tells = must || (told < MOST_ROWS && self.rows < MOST_ROWS_IN_ALL && self.reasons < MOST_REASONS);
        self.rows += usize::from(tells);
        tells
    }
}

fn cut(who: &str, limit: Limit) -> String {
    format!("{who}: {}: the plan ends here, and the rest is left out", limit.message())
}

fn of_line(line: &ConditionResult) -> usize {
    let own = line.condition.len() + line.why.len() + line.actual.as_ref().map_or(0, weight);
    line.members.iter().map(of_line).fold(own, usize::saturating_add)
}

fn of_effect(effect: &Effect) -> usize {
    let deliveries = effect.deliveries.iter().map(|delivery| {
        delivery.text.len() + delivery.address.len() + delivery.subject.as_ref().map_or(0, String::len)
    });
    deliveries.fold(effect.text.len().saturating_add(weight(&effect.data)), usize::saturating_add)
}

fn of_creation(creation: &Creation) -> usize {
    match creation {
        Creation::Task(TaskDraft { title, description, fields, .. }) => {
            let own = title.len() + description.as_ref().map_or(0, String::len);
            fields.iter().map(|(key, value)| key.len() + weight(value)).fold(own, usize::saturating_add)
        }
        Creation::Record(draft) => draft.bytes.len(),
        Creation::ProjectStatus => 0,
    }
}

/// How many bytes a value has, about.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).fold(8, usize::saturating_add),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| key.len() + weight(value)).fold(8, usize::saturating_add)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}
