use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::logic::{Formula, Setting, constant, contradicts};
use super::made_task::fulfils_itself;
use super::{Lint, Subject, about};
use crate::engine::action::{self, Meant};
use crate::engine::event::{self, CREATED, STATUS_UPDATED};
use crate::engine::rule::{MapFacts, evaluate};
use crate::format::workflow::{ActionCall, Condition, GroupKind, Meaning, OwnAction, OwnKind, Test, Trigger, Workflow};
use crate::model::{Code, Diagnostic, StatusSet};

/// Triggers whose actions make the events they listen to, through others or at once.
pub(super) struct RuleLoop;

/// Statuses that are followed; triggers rarely set more than three.
const MOST_STATUSES: usize = 8;
/// Values of other fields that are followed.
const MOST_FIELDS: usize = 32;
/// Triggers that are followed.
const MOST_TRIGGERS: usize = 500;
/// Loops that are reported.
const MOST_FINDINGS: usize = 10;

impl Lint for RuleLoop {
    fn code(&self) -> Code {
        Code::RULE_LOOP
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let graph = Graph::new(subject);
        let mut seen: BTreeSet<&Node> = BTreeSet::new();
        let mut told: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
        let mut found = Vec::new();
        for start in graph.edges.keys() {
            if found.len() >= MOST_FINDINGS || seen.contains(start) {
                continue;
            }
            let cycle = graph.cycle(start).and_then(|cycle| graph.with_makers(cycle));
            let ends = |cycle: &Vec<_>| settles(cycle, subject.workflow) || climbs(cycle, subject.workflow);
            let Some(cycle) = cycle.filter(|cycle| !ends(cycle)) else { continue };
            seen.extend(cycle.iter().map(|(_, node)| *node));
            let Some((first, _)) = cycle.first() else { continue };
            if is_excluded(&cycle, &subject.workflow.statuses) {
                continue;
            }
            // The same triggers in another order, or through another of their fields, are no other loop.
            if !told.insert(cycle.iter().map(|(trigger, _)| trigger.name.as_str()).collect()) {
                continue;
            }
            let steps: Vec<String> = cycle
                .iter()
                .map(|(trigger, node)| format!("`{}` {}", trigger.name.escape_debug(), node.raised()))
                .collect();
            let message = format!("triggers may call one another without end: {}, and so on", steps.join(", then "));
            let hint = "a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is \
                        `reentrant`; add conditions that end it";
            found.push(about(first, self.code(), message, hint));
        }
        found
    }
}

/// Whether the triggers of a loop want different things of what stays as it is in it.
fn is_excluded(cycle: &[(&Trigger, &Node)], statuses: &StatusSet) -> bool {
    let Some((Trigger { event, .. }, _)) = cycle.first() else { return false };
    let same_task = cycle.iter().all(|(_, node)| matches!(node, Node::Status(Some(_), _)));
    let changes = |test: &Test| test.field.meaning(Some("status")) != Meaning::Plain || test.operator.is_about_change();
    let conditions = cycle.iter().map(|(trigger, _)| Formula::all(&trigger.conditions).without(&changes));
    same_task && contradicts(&conditions.collect::<Vec<_>>(), Setting { statuses, event })
}

/// Whether a loop through fields comes to an end by itself: a field that its triggers give one fixed value
/// is so already the second time, and then nothing happens.
fn settles(cycle: &[(&Trigger, &Node)], workflow: &Workflow) -> bool {
    let calls = || cycle.iter().flat_map(|(trigger, _)| &trigger.actions);
    let given: BTreeSet<Node> = calls().flat_map(|call| fields_set_by(call, workflow)).collect();
    cycle.iter().any(|(_, node)| match node {
        Node::Field(field, Some(_)) => {
            given.iter().filter(|other| matches!(other, Node::Field(name, _) if name == field)).count() == 1
        }
        _ => false,
    })
}

/// Whether a loop leads from each task to the one above it, and so to an end.
fn climbs(cycle: &[(&Trigger, &Node)], workflow: &Workflow) -> bool {
    let before = cycle.iter().map(|(_, node)| *node).cycle().skip(cycle.len().saturating_sub(1));
    let mut up = false;
    let stays_or_climbs = cycle.iter().zip(before).all(|((trigger, node), before)| {
        let makers = trigger.actions.iter().filter(|call| follows(before, call, workflow).contains(node));
        let targets: BTreeSet<Option<Target>> =
            makers.map(|call| status_set_by(call, workflow).map(|(target, _)| target)).collect();
        up |= targets.iter().all(|target| *target == Some(Target::Parent));
        targets.iter().all(|target| matches!(target, Some(Target::Parent | Target::Same)))
    });
    stays_or_climbs && up
}

/// What may happen, as far as it matters for loops.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// A status changes from one, where it is known, to another.
    Status(Option<String>, String),
    /// Another field gets a value: `None` for one that is made from a template.
    Field(String, Option<String>),
    /// A task is created.
    Created,
    /// An event of another name.
    Named(String),
}

impl Node {
    fn event(&self) -> &str {
        match self {
            Self::Status(..) => STATUS_UPDATED,
            Self::Field(field, _) => event::field_event(field).unwrap_or_default(),
            Self::Created => CREATED,
            Self::Named(name) => name,
        }
    }

    fn is_field(&self) -> bool {
        matches!(self, Self::Field(..))
    }

    fn raised(&self) -> String {
        match self {
            Self::Field(field, Some(value)) => {
                format!("sets `{}` to `{}`", field.escape_debug(), value.escape_debug())
            }
            Self::Field(field, None) => format!("sets `{}` anew", field.escape_debug()),
            Self::Status(_, status) => format!("sets `{}`", status.escape_debug()),
            Self::Created => "creates a task".to_owned(),
            Self::Named(name) => format!("raises `{name}`"),
        }
    }

    fn facts(&self) -> MapFacts {
        match self {
            Self::Status(old, new) => MapFacts::new(json!({
                "event": STATUS_UPDATED, "field": "status", "status": new, "new": new, "new_status": new,
                "old": old, "old_status": old, "task": {"status": new},
            }))
            .with_change("status", json!(old), json!(new)),
            Self::Field(field, new) => MapFacts::new(json!({"event": self.event(), "field": field, "new": new})),
            Self::Created | Self::Named(_) => MapFacts::new(json!({"event": self.event()})),
        }
    }

    /// Whether a field is known.
    fn knows(&self, path: &[&str]) -> bool {
        match (self, path) {
            (Self::Status(..), ["field"] | ["status" | "new" | "new_status", ..] | ["task", "status", ..])
            | (Self::Field(..), ["field"])
            | (Self::Field(_, Some(_)), ["new", ..])
            | (_, ["event"]) => true,
            (Self::Status(old, _), ["old" | "old_status", ..]) => old.is_some(),
            _ => false,
        }
    }
}

/// Which task an action writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The event's.
    Same,
    /// The one that it is part of.
    Parent,
    /// One it names.
    Named,
}

/// The status that a call sets, where it says one.
pub(super) fn status_set_by(call: &ActionCall, workflow: &Workflow) -> Option<(Target, String)> {
    let (target, status) = match action::resolve(&call.name, workflow)? {
        Meant::Own(OwnAction { kind: OwnKind::Set(fields), .. }) => {
            (Target::Same, &fields.iter().find(|(field, _)| field == "status")?.1)
        }
        Meant::BuiltIn(action) if action.name() == "set_status" => {
            let target = match call.parameters.get("task").map(|task| task.as_str()) {
                None => Target::Same,
                Some(Some("parent")) => Target::Parent,
                Some(_) => Target::Named,
            };
            (target, call.parameters.get("status")?)
        }
        _ => return None,
    };
    let status = status.as_str().filter(|status| !status.contains('{'))?;
    Some((target, status.to_owned()))
}

/// The other fields of the event's task that a call sets, by what its events name, and the values: `None` for
/// one that is made from a template.
fn fields_set_by(call: &ActionCall, workflow: &Workflow) -> Vec<Node> {
    let Some(Meant::Own(OwnAction { kind: OwnKind::Set(fields), .. })) = action::resolve(&call.name, workflow) else {
        return Vec::new();
    };
    let node = |(field, value): &(String, Value)| {
        let (name, within) = field.split_once('.').map_or((field.as_str(), None), |(name, rest)| (name, Some(rest)));
        event::field_event(name)?;
        let value = event::plain(value);
        let fixed = within.is_none() && !value.contains('{');
        Some(Node::Field(name.to_owned(), fixed.then_some(value)))
    };
    fields.iter().filter(|(field, _)| field != "status").filter_map(node).collect()
}

/// The event that a call raises by name.
pub(super) fn event_raised_by(call: &ActionCall, workflow: &Workflow) -> Option<String> {
    match action::resolve(&call.name, workflow)? {
        Meant::BuiltIn(action) if action.name() == "trigger_*" => action::requested_event(&call.name),
        _ => None,
    }
}

fn creates(call: &ActionCall, workflow: &Workflow) -> bool {
    match action::resolve(&call.name, workflow) {
        Some(Meant::Own(own)) => matches!(own.kind, OwnKind::CreateTask(_)),
        Some(Meant::BuiltIn(_)) => call.name.starts_with("create_") && call.name.ends_with("task"),
        Some(Meant::LeftOut) | None => false,
    }
}

/// What follows from what, through which trigger.
struct Graph<'a> {
    edges: BTreeMap<Node, Vec<(&'a Trigger, Node)>>,
}

impl<'a> Graph<'a> {
    fn new(subject: &Subject<'a>) -> Self {
        let (workflow, statuses) = (subject.workflow, &subject.workflow.statuses);
        let acts = |trigger: &&Trigger| {
            let matters = |call: &ActionCall| {
                status_set_by(call, workflow).is_some()
                    || event_raised_by(call, workflow).is_some()
                    || creates(call, workflow)
                    || (trigger.reentrant && !fields_set_by(call, workflow).is_empty())
            };
            trigger.actions.iter().any(matters)
        };
        let triggers: Vec<&Trigger> = subject.enabled().filter(acts).take(MOST_TRIGGERS).collect();
        let mut graph = Self { edges: nodes(&triggers, workflow).into_iter().map(|node| (node, Vec::new())).collect() };
        let known: BTreeSet<Node> = graph.edges.keys().cloned().collect();
        for (node, edges) in &mut graph.edges {
            let facts = node.facts();
            for trigger in triggers.iter().filter(|trigger| trigger.event.matches(node.event())) {
                let holds = decide_all(&trigger.conditions, node, &facts, statuses);
                // What a new task says is not known; only what certainly acts on it is taken to.
                let acts = if *node == Node::Created { holds == Some(true) } else { holds != Some(false) };
                if !acts && *node == Node::Created && holds.is_none() && fulfils_itself(trigger, workflow) {
                    edges.push((*trigger, Node::Created));
                }
                if acts {
                    let next = trigger.actions.iter().flat_map(|call| follows(node, call, workflow));
                    // What is not `reentrant` acts once on a task: it keeps no chain through fields going.
                    let goes_on = |next: &Node| trigger.reentrant || !(node.is_field() || next.is_field());
                    for next in next.filter(|next| known.contains(next) && goes_on(next)) {
                        // One trigger for each step is enough to show a loop; it takes two to make tasks in turn.
                        let in_turn = (node, &next) == (&Node::Created, &Node::Created);
                        if in_turn || !edges.iter().any(|(_, other)| *other == next) {
                            edges.push((*trigger, next));
                        }
                    }
                }
            }
        }
        graph
    }

    /// A loop, where the tasks made in it set it going again: a trigger is not set going by a task that it
    /// has made, unless it is `reentrant`, but two of them are by each other's.
    fn with_makers<'s>(&'s self, cycle: Vec<(&'a Trigger, &'s Node)>) -> Option<Vec<(&'a Trigger, &'s Node)>> {
        let mut makers = cycle.iter().filter(|(_, node)| **node == Node::Created).map(|(trigger, _)| *trigger);
        let Some(first) = makers.next() else { return Some(cycle) };
        if first.reentrant || makers.any(|other| other.name != first.name) {
            return Some(cycle);
        }
        let [(_, node)] = cycle.as_slice() else { return None };
        let mut others = self.edges.get(*node).into_iter().flatten();
        let (other, _) = others.find(|(trigger, next)| next == *node && trigger.name != first.name)?;
        Some(vec![(first, *node), (*other, *node)])
    }

    /// The shortest way from a node back to it: each trigger and what it leads to.
    fn cycle<'s>(&'s self, start: &'s Node) -> Option<Vec<(&'a Trigger, &'s Node)>> {
        let mut reached: BTreeMap<&'s Node, (&'s Node, &'a Trigger)> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for (trigger, next) in self.edges.get(node).into_iter().flatten() {
                if reached.contains_key(next) {
                    continue;
                }
                reached.insert(next, (node, trigger));
                if next != start {
                    queue.push_back(next);
                    continue;
                }
                let mut steps = Vec::new();
                let mut at = next;
                while let Some((before, trigger)) = reached.get(at) {
                    steps.push((*trigger, at));
                    at = before;
                    if at == start {
                        break;
                    }
                }
                steps.reverse();
                return Some(steps);
            }
        }
        None
    }
}

/// All that may follow from some triggers.
fn nodes(triggers: &[&Trigger], workflow: &Workflow) -> BTreeSet<Node> {
    let calls = || triggers.iter().flat_map(|trigger| &trigger.actions);
    let set = calls().filter_map(|call| status_set_by(call, workflow));
    let canonical = |status: String| workflow.statuses.canonical(&status).to_owned();
    let all: BTreeSet<String> = set.map(|(_, status)| canonical(status)).collect();
    let statuses: Vec<String> = all.into_iter().take(MOST_STATUSES).collect();
    let mut nodes: BTreeSet<Node> =
        calls().filter_map(|call| event_raised_by(call, workflow)).map(Node::Named).collect();
    if calls().any(|call| creates(call, workflow)) {
        nodes.insert(Node::Created);
    }
    let reentrant = triggers.iter().filter(|trigger| trigger.reentrant).flat_map(|trigger| &trigger.actions);
    nodes.extend(reentrant.flat_map(|call| fields_set_by(call, workflow)).take(MOST_FIELDS));
    for new in &statuses {
        nodes.insert(Node::Status(None, new.clone()));
        nodes.extend(statuses.iter().filter(|old| *old != new).map(|old| Node::Status(Some(old.clone()), new.clone())));
    }
    nodes
}

/// What a call leads to; nothing where nothing changes, or nothing is known.
fn follows(node: &Node, call: &ActionCall, workflow: &Workflow) -> Vec<Node> {
    if let Some(name) = event_raised_by(call, workflow) {
        return vec![Node::Named(name)];
    }
    if creates(call, workflow) {
        return vec![Node::Created];
    }
    let mut nodes = fields_set_by(call, workflow);
    nodes.retain(|next| next != node || matches!(next, Node::Field(_, None)));
    nodes.extend(status_set_by(call, workflow).and_then(|(target, status)| {
        let status = workflow.statuses.canonical(&status).to_owned();
        match (node, target) {
            (Node::Status(_, now), _) if *now == status => None,
            (Node::Status(_, now), Target::Same) if !workflow.statuses.allows(now, &status) => None,
            (Node::Status(_, now), Target::Same) => Some(Node::Status(Some(now.clone()), status)),
            _ => Some(Node::Status(None, status)),
        }
    }));
    nodes
}

/// Whether conditions hold by what is known; `None` where it depends on more.
fn decide_all(conditions: &[Condition], node: &Node, facts: &MapFacts, statuses: &StatusSet) -> Option<bool> {
    let known = |condition: &Condition| match condition {
        Condition::Test(test) => {
            let known = test.field.related().is_none() && node.knows(&test.field.segments());
            known.then(|| evaluate(std::slice::from_ref(condition), facts, statuses).holds)
        }
        Condition::When(when) => constant(&when.expression),
        Condition::Group(_) => None,
    };
    all(conditions.iter().map(|condition| decide(condition, &known)))
}

/// Whether a condition holds, by what is known of those that are no groups.
pub(super) fn decide(condition: &Condition, known: &dyn Fn(&Condition) -> Option<bool>) -> Option<bool> {
    match condition {
        Condition::Test(_) | Condition::When(_) => known(condition),
        Condition::Group(group) => {
            let members = group.members.iter().map(|member| decide(member, known));
            match group.kind {
                GroupKind::All => all(members),
                // "Any" is that not all are not so.
                GroupKind::Any => all(members.map(not)).map(|holds| !holds),
                GroupKind::None => all(members.map(not)),
            }
        }
    }
}

fn not(holds: Option<bool>) -> Option<bool> {
    holds.map(|holds| !holds)
}

fn all(mut members: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    let fails = members.any(|member| {
        known &= member.is_some();
        member == Some(false)
    });
    match (fails, known) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    }
}
