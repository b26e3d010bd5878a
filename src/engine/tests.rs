//! The engine as a whole, on trees in memory.

mod creation;
mod gone;
mod ids;
mod lost_actions;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::cascade::{DEEPEST, Source, plan};
use super::diff::{apply, diff};
use super::event::{self, Event, Origin, STATUS_UPDATED};
use super::plan::{ActionResult, Plan, RuleState};
use crate::format::{self, workflow::Workflow};
use crate::model::{Board, CommitId, Snapshot, SourceFile, Span, StatusSet, TaskId, Timestamp, TreePath};

/// A tree in memory.
#[derive(Debug, Clone, Default)]
struct Tree(BTreeMap<TreePath, String>);

impl Tree {
    fn with(mut self, path: &str, text: &str) -> Self {
        self.0.insert(TreePath::new(path).unwrap(), text.to_owned());
        self
    }

    fn replace(self, path: &str, old: &str, new: &str) -> Self {
        let text = self.0[&TreePath::new(path).unwrap()].replace(old, new);
        self.with(path, &text)
    }

    fn markdown(self, id: &str, status: &str, dependencies: &str) -> Self {
        let name = format!("context/task_{id:0>3}/task.md");
        let text = format!(
            "---\ntask_id: task_{id:0>3}\nsubtask_id: null\ntitle: T{id}\nstatus: {status}\ndependencies: {dependencies}\n\
             updated: 2025-01-15\n---\n\n## Metadata\n- **Status**: {status}\n"
        );
        self.with(&name, &text)
    }

    fn snapshot(&self) -> Snapshot {
        let files = self.0.iter().map(|(path, text)| (path.clone(), SourceFile::new(text.as_bytes()))).collect();
        Snapshot { files, ..Snapshot::empty() }
    }

    fn board(&self) -> Board {
        format::board(&self.snapshot(), StatusSet::default())
    }

    fn after(&self, plan: &Plan) -> Self {
        let mut tree = self.clone();
        for file in &plan.files {
            tree.0.insert(file.path.clone(), String::from_utf8(file.after.clone()).unwrap());
        }
        tree
    }
}

fn workflow(text: &str) -> Workflow {
    let (workflow, findings) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    assert_eq!(findings, []);
    workflow
}

fn origin() -> Origin {
    Origin {
        commit: Some(CommitId::new("1".repeat(40)).unwrap()),
        time: Some(Timestamp { seconds: 1_763_856_000, offset_minutes: 0 }),
        ..Origin::default()
    }
}

fn events(before: &Tree, after: &Tree) -> Vec<Event> {
    let (before, after) = (before.board(), after.board());
    event::derive(&diff(&before, &after), &before, &after, &origin()).events
}

fn follow(before: &Tree, after: &Tree, workflow: &Workflow) -> Plan {
    follow_on(after, events(before, after), workflow)
}

fn follow_on(tree: &Tree, events: Vec<Event>, workflow: &Workflow) -> Plan {
    let source = Source::of(workflow, events, origin());
    plan(&tree.snapshot(), &[source])
}

/// Each change as `task field old -> new (rule, depth)`.
fn changes(plan: &Plan) -> Vec<String> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    plan.changes
        .iter()
        .map(|change| {
            let (old, new) = (shown(&change.old), shown(&change.new));
            format!("{} {} {old} -> {new} ({}, {})", change.task, change.field, change.trigger, change.depth)
        })
        .collect()
}

const SYNC: &str = "task_integration:\n  status_sync: true\n";

#[test]
fn the_side_that_changed_wins_and_others_stay() {
    let json = r#"{"tasks": [{"id": 1, "status": "pending"}, {"id": 2, "status": "done"}]}"#;
    let before =
        Tree::default().markdown("1", "pending", "[]").markdown("2", "pending", "[]").with("tasks/tasks.json", json);
    let after =
        before.clone().replace("tasks/tasks.json", r#""id": 1, "status": "pending""#, r#""id": 1, "status": "done""#);
    let plan = follow(&before, &after, &workflow(SYNC));
    assert_eq!(
        changes(&plan),
        [
            "1 status pending -> done (status_sync, 1)",
            "1 status@body pending -> done (status_sync, 1)",
            "1 updated 2025-01-15 -> 2025-11-23 (updated_date, 1)",
        ]
    );
    let events: Vec<&str> = plan.steps.iter().map(|step| step.event.kind.as_str()).collect();
    assert_eq!(events, [STATUS_UPDATED], "a home that follows its mirror is no news");
}

#[test]
fn a_date_that_was_set_with_the_status_stays() {
    let before = Tree::default().markdown("1", "pending", "[]");
    let path = "context/task_001/task.md";
    let after = before.clone().replace(path, "\nstatus: pending\n", "\nstatus: done\n");
    let with_its_date = after.clone().replace(path, "2025-01-15", "2025-03-01");
    let dates = |after: &Tree| -> Vec<String> {
        changes(&follow(&before, after, &workflow(SYNC)))
            .into_iter()
            .filter(|line| line.contains(" updated "))
            .collect()
    };
    assert_eq!(dates(&after), ["1 updated 2025-01-15 -> 2025-11-23 (updated_date, 1)"]);
    assert_eq!(dates(&with_its_date), Vec::<String>::new());
}

#[test]
fn a_mirror_that_catches_up_is_no_event() {
    let json = |status: &str| format!(r#"{{"tasks": [{{"id": 1, "status": "{status}"}}]}}"#);
    let before = Tree::default().markdown("1", "done", "[]").with("tasks/tasks.json", &json("pending"));
    let after = before.clone().with("tasks/tasks.json", &json("completed"));
    assert_eq!(events(&before, &after), []);
    let other = before.clone().with("tasks/tasks.json", &json("cancelled"));
    assert_eq!(events(&before, &other).len(), 1);
}

#[test]
fn a_home_of_another_kind_is_no_news_but_a_place_that_changed_is() {
    let json = |status: &str| {
        format!(r#"{{"tasks": [{{"id": 1, "title": "Other", "status": "{status}", "priority": "low"}}]}}"#)
    };
    let path = "context/task_001/task.md";
    let both = Tree::default().markdown("1", "done", "[]").with("tasks/tasks.json", &json("pending"));
    let alone = Tree::default().with("tasks/tasks.json", &json("pending"));
    let unreadable = both.clone().replace(path, "title: T1", "title: [T1");
    for other in [&alone, &unreadable] {
        for (from, to) in [(&both, other), (other, &both)] {
            assert_eq!(events(from, to), []);
            let (old, new) = (from.board(), to.board());
            assert_eq!(modelled(&apply(&diff(&old, &new), &old)), modelled(&new));
        }
        let begun = other.clone().with("tasks/tasks.json", &json("in-progress"));
        let ends = [(&both, &begun, "pending", "in-progress"), (&begun, &both, "in-progress", "pending")];
        for (from, to, old, new) in ends {
            let found = events(from, to);
            let news: Vec<_> = found.iter().map(|event| (event.kind.as_str(), &event.old, &event.new)).collect();
            assert_eq!(news, [(STATUS_UPDATED, &Some(json!(old)), &Some(json!(new)))]);
        }
        // What only catches up with what the home said is no news either.
        assert_eq!(events(&both, &other.clone().with("tasks/tasks.json", &json("completed"))), []);
    }
}

#[test]
fn another_spelling_is_no_event_and_contradictions_are_found() {
    let before = Tree::default().markdown("1", "pending", "[]");
    let path = "context/task_001/task.md";
    assert_eq!(events(&before, &before.clone().replace(path, "status: pending", "status: Todo")), []);
    let torn =
        before.clone().replace(path, "\nstatus: pending", "\nstatus: done").replace(path, "**: pending", "**: failed");
    let (old, new) = (before.board(), torn.board());
    let derived = event::derive(&diff(&old, &new), &old, &new, &Origin::default());
    assert_eq!(derived.conflicts.len(), 1);
    assert_eq!(derived.events.len(), 1);
}

#[test]
fn ids_are_the_same_wherever_they_are_derived_and_differ_by_commit() {
    let before = Tree::default().markdown("1", "pending", "[]");
    let after = Tree::default().markdown("1", "done", "[]");
    let first = &events(&before, &after)[0];
    // The recipe is frozen: ids stand in other people's commits.
    assert_eq!(first.id.as_str(), events(&before, &after)[0].id.as_str());
    let task = TaskId::parse("1").unwrap();
    let values = (Some(json!("pending")), Some(json!("done")));
    let id = Event::about(STATUS_UPDATED, &task, Some("status"), values.clone(), &origin()).id;
    assert_eq!(first.id, id);
    assert_ne!(id, Event::about(STATUS_UPDATED, &task, Some("status"), values, &Origin::default()).id);
    assert_eq!(id.short(), "4723aa23f86c");
}

#[test]
fn freed_tasks_become_pending_and_never_active() {
    let rules = "triggers:\n  - name: free\n    event: task.status.updated\n    actions: [trigger_dependent_tasks]\n";
    let tree = |status: &str| {
        Tree::default()
            .markdown("1", status, "[]")
            .markdown("2", "blocked", "[1]")
            .markdown("3", "pending", "[1]")
            .markdown("4", "blocked", "[1, 2]")
            .markdown("5", "blocked", "[1, 9]")
    };
    let plan = follow(&tree("pending"), &tree("done"), &workflow(rules));
    assert_eq!(changes(&plan), ["2 status blocked -> pending (free, 1)", "2 status@body blocked -> pending (free, 1)"]);
    let satisfied: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.event.kind == event::DEPENDENCIES_SATISFIED)
        .map(|step| format!("{} {}", step.event.task.as_ref().unwrap(), step.event.depth))
        .collect();
    assert_eq!(satisfied, ["2 1", "3 1"]);
}

#[test]
fn tasks_are_freed_only_where_the_transition_is_allowed() {
    let rules = "statuses:\n  - {name: pending, category: todo}\n  - {name: done, category: done}\n  \
                 - {name: blocked, category: blocked, transitions: [done]}\ntriggers:\n  - name: free\n    \
                 event: task.status.updated\n    actions: [trigger_dependent_tasks]\n";
    let tree = |status: &str| Tree::default().markdown("1", status, "[]").markdown("2", "blocked", "[1]");
    let plan = follow(&tree("pending"), &tree("done"), &workflow(rules));
    assert_eq!(changes(&plan), [""; 0]);
    let ActionResult::Failed { why } = &plan.steps[0].rules[0].actions[0].result else { panic!("{:?}", plan.steps) };
    assert_eq!(why, "task 2 may not go from blocked to pending");
}

#[test]
fn what_is_no_longer_so_is_superseded() {
    let rules =
        workflow("triggers:\n  - name: free\n    event: task.status.updated\n    actions: [trigger_dependent_tasks]\n");
    let tree = |status: &str| Tree::default().markdown("1", status, "[]").markdown("2", "blocked", "[1]");
    let events = events(&tree("pending"), &tree("done"));
    let source = Source::of(&rules, events, origin());
    let plan = plan(&tree("pending").snapshot(), &[source]);
    assert!(plan.changes_nothing());
    assert!(matches!(plan.steps[0].rules[0].state, RuleState::Superseded));
}

#[test]
fn a_trigger_finds_all_places_in_step() {
    let json = |status: &str| format!(r#"{{"tasks": [{{"id": 6, "title": "T6", "status": "{status}"}}]}}"#);
    let tree = |second: &str, mirror: &str| {
        let tree = Tree::default().markdown("2", second, "[]").markdown("6", "done", "[2]");
        tree.with("tasks/tasks.json", &json(mirror))
    };
    let (before, after) = (tree("pending", "done"), tree("done", "blocked"));
    let plan = follow(&before, &after, &workflow(ALL_RULES));
    // Task 6 is blocked, as its mirror says, before task 2 frees it.
    let last = changes(&plan).into_iter().rfind(|change| change.starts_with("6 status ")).unwrap();
    assert_eq!(last, "6 status pending -> in-progress (start, 2)");
    let again = follow_on(&after.after(&plan), events(&before, &after), &workflow(ALL_RULES));
    assert_eq!(changes(&again), [""; 0]);
}

#[test]
fn of_two_commits_that_change_a_task_the_later_one_counts() {
    let json = |status: &str| format!(r#"{{"tasks": [{{"id": 1, "title": "T1", "status": "{status}"}}]}}"#);
    let tree =
        |home: &str, mirror: &str| Tree::default().markdown("1", home, "[]").with("tasks/tasks.json", &json(mirror));
    let trees = [tree("pending", "pending"), tree("pending", "done"), tree("blocked", "done")];
    let rules = workflow(SYNC);
    let source = |at: usize| Source::of(&rules, events(&trees[at], &trees[at + 1]), origin());
    let plan = plan(&trees[2].snapshot(), &[source(0), source(1)]);
    assert_eq!(changes(&plan)[0], "1 status@tasks/tasks.json done -> blocked (status_sync, 1)");
    assert!(changes(&plan).iter().all(|change| !change.ends_with("-> done (status_sync, 1)")), "{:?}", changes(&plan));
}

#[test]
fn a_trigger_sees_what_those_before_it_have_done() {
    let all = "conditions: [{field: parent.subtasks.all.status, operator: equals, value: done}]";
    let rules = format!(
        "triggers:\n  - {{name: before, event: task.status.updated, {all}, actions: [log_it]}}\n  \
         - {{name: other, event: task.status.updated, actions: [set_status: {{status: done, task: '1.2'}}]}}\n  \
         - {{name: behind, event: task.status.updated, {all}, actions: [log_it]}}\n"
    );
    let tree = |status: &str| {
        let parts = format!(r#"[{{"id": 1, "status": "{status}"}}, {{"id": 2, "status": "pending"}}]"#);
        Tree::default().with("tasks/tasks.json", &format!(r#"{{"tasks": [{{"id": 1, "subtasks": {parts}}}]}}"#))
    };
    let plan = follow(&tree("pending"), &tree("done"), &workflow(&rules));
    let fired = plan.steps[0].rules.iter().filter(|rule| matches!(rule.state, RuleState::Fired(_)));
    assert_eq!(fired.map(|rule| rule.name.as_str()).collect::<Vec<_>>(), ["other", "behind"]);
}

#[test]
fn a_rule_that_calls_itself_is_cut() {
    let rules = "triggers:\n\
         \x20 - name: back\n    event: task.status.updated\n    reentrant: true\n    actions:\n      - set_status: {status: pending}\n\
         \x20   conditions: [{field: status, operator: equals, value: done}]\n\
         \x20 - name: forth\n    event: task.status.updated\n    reentrant: true\n    actions:\n      - set_status: {status: done}\n\
         \x20   conditions: [{field: status, operator: equals, value: pending}]\n";
    let tree = |status: &str| Tree::default().markdown("1", status, "[]");
    let plan = follow(&tree("pending"), &tree("done"), &workflow(rules));
    assert!(plan.steps.len() <= usize::from(DEEPEST) + 1);
    assert!(plan.steps.last().unwrap().cut.is_some());
    let once =
        follow(&tree("pending"), &tree("done"), &workflow(&rules.replace("reentrant: true", "reentrant: false")));
    assert!(once.steps.iter().any(|step| step.rules.iter().any(|rule| matches!(rule.state, RuleState::Repeated))));
}

/// Values that are made of themselves, and chains with two ends at each step.
#[test]
fn rules_that_grow_are_bounded_and_say_so() {
    let tree = |status: &str| {
        Tree::default()
            .with("tasks/tasks.json", &format!(r#"{{"tasks": [{{"id": 1, "title": "abc", "status": "{status}"}}]}}"#))
    };
    let grow = "actions:\n  grow: {set: {title: \"{title}{title}{title}{title}\", description: \"{title}\"}}\n";
    let one = format!("{grow}triggers:\n- {{name: one, event: task.*, reentrant: true, actions: [grow]}}\n");
    let many: Vec<String> = (0..40).map(|at| format!("- {{name: t{at}, event: task.*, actions: [grow]}}\n")).collect();
    let many = many.concat();
    for rules in [one, format!("{grow}triggers:\n{many}")] {
        let plan = follow(&tree("pending"), &tree("done"), &workflow(&rules));
        let failures: Vec<String> = plan.failures().collect();
        assert!(failures.iter().any(|why| why.ends_with("grow: `title` would be longer than 64 KiB")), "{failures:?}");
        assert!(plan.steps.len() < 1_000, "{}", plan.steps.len());
    }
    let ends: Vec<String> = (0..6).map(|at| format!("  e{at}: {{set: {{f{at}: \"{{f{at}|}}x\"}}}}\n")).collect();
    let ends = ends.concat();
    let both = "actions: [e0, e1, e2, e3, e4, e5]";
    let rules = format!("actions:\n{ends}triggers:\n- {{name: ends, event: task.*, reentrant: true, {both}}}\n");
    let plan = follow(&tree("pending"), &tree("done"), &workflow(&rules));
    let cut = "`ends` and others have acted again 100 times: they no longer do";
    assert!(plan.failures().any(|why| why == cut), "{:?}", plan.failures().collect::<Vec<_>>());
    assert!(plan.steps.len() < 10_000, "{}", plan.steps.len());
}

#[test]
fn actions_that_cannot_be_done_are_said() {
    let rules = "triggers:\n  - name: odd\n    event: task.status.updated\n    actions: [set_status, no_such_thing, send_mail]\n";
    let tree = |status: &str| Tree::default().markdown("1", status, "[]");
    let plan = follow(&tree("pending"), &tree("done"), &workflow(rules));
    assert_eq!(plan.warnings().count(), 2);
    assert_eq!(plan.effects.len(), 1);
    let results = &plan.steps[0].rules[0].actions;
    assert!(matches!(results[2].result, ActionResult::Effect { .. }));
}

const STATUSES: [&str; 6] = ["pending", "in_progress", "blocked", "done", "completed", "cancelled"];

/// Trees of up to six tasks in Markdown, tasks.json, or both, whose mirrors may contradict them.
fn any_tree() -> impl Strategy<Value = Tree> {
    let task = (0..STATUSES.len(), 0..STATUSES.len(), 0..3_u8, proptest::collection::vec(1..7_u8, 0..3));
    proptest::collection::btree_map(1..7_u8, task, 0..6).prop_map(|tasks| {
        let mut tree = Tree::default();
        let mut entries = Vec::new();
        for (id, (home, mirror, places, dependencies)) in tasks {
            let dependencies: Vec<u8> = dependencies.into_iter().filter(|other| *other < id).collect();
            if places != 1 {
                tree = tree.markdown(&id.to_string(), STATUSES[home], &format!("{dependencies:?}"));
            }
            if places != 0 {
                entries.push(json!({"id": id, "title": format!("T{id}"), "status": STATUSES[mirror], "dependencies": dependencies}));
            }
        }
        tree.with("tasks/tasks.json", &serde_json::to_string_pretty(&json!({"tasks": entries})).unwrap())
    })
}

const ALL_RULES: &str = "task_integration:\n  status_sync: true\ntriggers:\n\
    \x20 - name: free\n    event: task.status.updated\n    actions: [trigger_dependent_tasks, roll_up_parent]\n\
    \x20 - name: start\n    event: task.dependencies.satisfied\n    actions:\n      - set_status: {status: in-progress}\n";

/// A board's tasks without the places of their fields in the files.
fn modelled(board: &Board) -> BTreeMap<TaskId, crate::model::Task> {
    let without_places = |task: &crate::model::Task| {
        let mut task = task.clone();
        let record = std::sync::Arc::make_mut(&mut task.record);
        (record.span, record.status_span, record.dependencies_span) = (Span::at(0), None, None);
        task
    };
    board.tasks.iter().map(|(id, task)| (id.clone(), without_places(task))).collect()
}

proptest! {
    #[test]
    fn applying_a_diff_reaches_the_target(before in any_tree(), after in any_tree()) {
        let (before, after) = (before.board(), after.board());
        let reached = apply(&diff(&before, &after), &before);
        prop_assert_eq!(modelled(&reached), modelled(&after));
    }

    #[test]
    fn a_plan_twice_is_a_plan_once(trees in [any_tree(), any_tree(), any_tree()], commits in 1..=2_usize) {
        let rules = workflow(ALL_RULES);
        let (mut sources, mut tree) = (Vec::new(), &trees[0]);
        for (after, digit) in trees[1..=commits].iter().zip(["1", "2"]) {
            let origin = Origin { commit: Some(CommitId::new(digit.repeat(40)).unwrap()), ..origin() };
            let (old, new) = (tree.board(), after.board());
            let events = event::derive(&diff(&old, &new), &old, &new, &origin).events;
            sources.push(Source::of(&rules, events, origin));
            tree = after;
        }
        let first = plan(&tree.snapshot(), &sources);
        let again = plan(&tree.after(&first).snapshot(), &sources);
        prop_assert_eq!(changes(&again), Vec::<String>::new());
    }

    #[test]
    fn what_follows_is_consistent(before in any_tree(), after in any_tree()) {
        let plan = follow(&before, &after, &workflow(ALL_RULES));
        prop_assert!(plan.steps.iter().all(|step| step.event.depth <= DEEPEST));
        let board = after.after(&plan).board();
        for step in &plan.steps {
            let (true, Some(task)) = (step.event.is_status(), &step.event.task) else { continue };
            let task = &board.tasks[task];
            prop_assert_eq!(board.drift(task).count(), 0, "task {} is in step in all its places", task.id);
        }
    }
}
