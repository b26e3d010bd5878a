//! Any rules on any tree: chains end, planning is repeatable, what is planned is a fixpoint.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::cascade::{DEEPEST, Source, plan_on};
use super::diff::diff;
use super::event::{self, Origin};
use super::plan::{Detail, Plan, RuleState};
use super::redo::Made;
use super::rule::{Index, listening};
use super::workspace::Workspace;
use crate::format::{self, workflow::Workflow};
use crate::model::{Board, CommitId, Snapshot, SourceFile, StatusSet, Timestamp, TreePath};

const STATUSES: [&str; 6] = ["pending", "in_progress", "blocked", "done", "completed", "cancelled"];

/// A `tasks.json` of two tasks with two subtasks each, which wait for earlier ones.
fn any_tree() -> impl Strategy<Value = Snapshot> {
    let task = (0..STATUSES.len(), proptest::collection::vec(1..3_u8, 0..2), 0..3_u8);
    proptest::collection::vec(task, 6).prop_map(|tasks| {
        let entry = |at: usize, id: usize| {
            let (status, dependencies, priority) = &tasks[at];
            let dependencies: Vec<u8> = dependencies.iter().copied().filter(|other| usize::from(*other) < id).collect();
            let priority = ["low", "high", "P1"][usize::from(*priority)];
            json!({"id": id, "title": format!("T{id}"), "status": STATUSES[*status], "dependencies": dependencies,
                   "priority": priority, "updated": "2025-01-15"})
        };
        let top = |at: usize, id: usize| {
            let mut task = entry(at, id);
            task["subtasks"] = json!([entry(at + 1, 1), entry(at + 2, 2)]);
            task
        };
        let text = serde_json::to_string_pretty(&json!({"tasks": [top(0, 1), top(3, 2)]})).unwrap();
        let files = [(TreePath::new("tasks/tasks.json").unwrap(), SourceFile::new(text.as_bytes()))];
        Snapshot { files: files.into_iter().collect(), ..Snapshot::empty() }
    })
}

fn any_condition() -> impl Strategy<Value = Value> {
    let status = || prop::sample::select(STATUSES.to_vec());
    let field = prop::sample::select(vec![
        "status",
        "old_status",
        "parent.status",
        "subtasks.all.status",
        "subtasks.any.status",
        "dependencies.all.status",
        "parent.subtasks.any.status",
        "priority",
    ]);
    let expression = prop::sample::select(vec![
        "status == 'done'",
        "subtasks|length > 1",
        "parent and parent.status != 'done'",
        "dependencies|selectattr('status', 'eq', 'done')|list|length > 0",
        "nowhere == 1",
    ]);
    let operator = prop::sample::select(vec!["equals", "not_equals", "matches"]);
    let leaf = prop_oneof![
        4 => (field, operator, status()).prop_map(|(field, operator, value)| {
            json!({"field": field, "operator": operator, "value": value})
        }),
        1 => Just(json!({"field": "updated", "operator": "older_than", "value": "30d"})),
        1 => expression.prop_map(|text| json!({"when": text})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let kind = prop::sample::select(vec!["all", "any", "none"]);
        (kind, proptest::collection::vec(inner, 1..4)).prop_map(|(kind, members)| json!({ kind: members }))
    })
}

fn any_action() -> impl Strategy<Value = Value> {
    let set = |target: &'static str, status: &'static str| match target {
        "" => json!({"set_status": {"status": status}}),
        task => json!({"set_status": {"status": status, "task": task}}),
    };
    let target = prop::sample::select(vec!["", "", "1", "2.1"]);
    prop_oneof![
        (target, prop::sample::select(STATUSES.to_vec())).prop_map(move |(target, status)| set(target, status)),
        prop::sample::select(vec![
            "trigger_dependent_tasks",
            "roll_up_parent",
            "status_sync",
            "updated_date",
            "update_analytics",
            "send_notifications"
        ])
        .prop_map(Value::from),
    ]
}

/// Up to six triggers of any sort, as YAML has it.
fn any_workflow() -> impl Strategy<Value = Workflow> {
    let event = prop::sample::select(vec![
        "task.status.updated",
        "task.status.updated",
        "task.*",
        "*",
        "task.dependencies.satisfied",
        "task.field.updated",
    ]);
    let trigger = (
        event,
        proptest::collection::vec(any_condition(), 0..3),
        proptest::collection::vec(any_action(), 1..3),
        any::<bool>(),
        prop::bool::weighted(0.9),
    );
    (proptest::collection::vec(trigger, 0..6), any::<bool>()).prop_map(|(triggers, sync)| {
        let write = |(at, (event, conditions, actions, reentrant, enabled)): (usize, (_, _, _, _, _))| {
            let (event, conditions, actions): (&str, Vec<Value>, Vec<Value>) = (event, conditions, actions);
            let (reentrant, enabled): (bool, bool) = (reentrant, enabled);
            json!({"name": format!("t{at}"), "event": event, "conditions": conditions, "actions": actions,
                   "reentrant": reentrant, "enabled": enabled})
        };
        let triggers: Vec<Value> = triggers.into_iter().enumerate().map(write).collect();
        let text = json!({"task_integration": {"status_sync": sync}, "triggers": triggers}).to_string();
        let text = text.replace("},{", "},\n{");
        let (workflow, findings) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
        assert_eq!(findings, [], "{text}");
        workflow
    })
}

fn board(snapshot: &Snapshot) -> Board {
    format::board(snapshot, StatusSet::default())
}

fn follow(before: &Snapshot, after: &Snapshot, workflow: &Workflow) -> Plan {
    follow_in(before, after, workflow, Detail::Full)
}

fn follow_in(before: &Snapshot, after: &Snapshot, workflow: &Workflow, detail: Detail) -> Plan {
    let origin = Origin {
        commit: Some(CommitId::new("1".repeat(40)).unwrap()),
        time: Some(Timestamp { seconds: 1_763_856_000, offset_minutes: 0 }),
        ..Origin::default()
    };
    let (old, new) = (board(before), board(after));
    let events = event::derive(&diff(&old, &new), &old, &new, &origin).events;
    let source = Source::of(workflow, events, origin);
    plan_on(after, &new, &[source], detail)
}

proptest! {
    #[test]
    fn any_rules_end_and_can_be_planned_again(before in any_tree(), after in any_tree(), rules in any_workflow()) {
        let first = follow(&before, &after, &rules);
        for step in &first.steps {
            prop_assert!(step.event.depth <= DEEPEST);
            for rule in &step.rules {
                if let RuleState::Fired(verdict) = &rule.state {
                    prop_assert!(verdict.lines.iter().all(|line| line.holds && !line.failed));
                }
            }
        }
        let again = follow_in(&before, &after, &rules, Detail::Brief);
        prop_assert_eq!(&first.files, &again.files);
        prop_assert_eq!(&first.changes, &again.changes);
        prop_assert_eq!(&first.effects, &again.effects);
        prop_assert!(first.warnings().eq(again.warnings()), "reasons or not, what a person should know is told");

        // The last word on each field is so already in the files as they are afterwards.
        let mut tree = after.clone();
        for file in &first.files {
            tree.files.insert(file.path.clone(), SourceFile::new(file.after.clone()));
        }
        let last: BTreeMap<_, _> = first
            .made
            .iter()
            .filter_map(|made| match made {
                Made::Edit { edit, .. } => Some(((edit.path.clone(), edit.task.clone(), edit.edit.path.clone()), edit)),
                Made::Task(_) => None,
            })
            .collect();
        let mut workspace = Workspace::new(&tree, &rules.statuses);
        for edit in last.values() {
            prop_assert_eq!(workspace.apply(edit).unwrap(), None);
        }
        prop_assert!(workspace.changed().is_empty());
    }

    #[test]
    fn the_index_of_any_rules_finds_what_looking_at_each_finds(rules in any_workflow()) {
        let index = Index::new(&rules.triggers);
        for event in ["task.status.updated", "task.created", "task", "deployment.success", "task.dependencies.satisfied"] {
            prop_assert!(index.listening(event).eq(listening(&rules.triggers, event)));
        }
    }
}
