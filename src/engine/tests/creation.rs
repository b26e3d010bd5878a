//! Tasks and files that plans make.

use super::*;
use crate::engine::creation::{CreateError, GeneratedFile, Ground, TaskDraft, is_automated};
use crate::engine::workspace::{Workspace, Written};

const RULES: &str = "triggers:\n\
    \x20 - name: incident\n    event: task.status.updated\n    actions:\n      - create_incident_task: {parent: \"{task.id}\"}\n      - create_task: {title: \"Look into {task_title}\", tags: [a, b]}\n\
    \x20 - name: begin\n    event: task.created\n    conditions: [{field: type, operator: equals, value: automation}]\n    actions:\n      - set_status: {status: in-progress}\n";

fn on(ground: Ground, events: Vec<Event>, tree: &Tree, rules: &Workflow) -> Plan {
    let origin = Origin { ground, ..origin() };
    let source = Source::of(rules, events, origin);
    plan(&tree.snapshot(), &[source])
}

/// An event from outside with some data, and the titles and priorities of the tasks that it makes.
fn made(actions: &str, settings: &str, metadata: &Value) -> Vec<String> {
    let rules = format!("{settings}triggers:\n  - {{name: out, event: deployment.failure, actions: [{actions}]}}\n");
    let mut event = Event::of_tree("deployment.failure", (None, None), &origin());
    event.metadata = metadata.as_object().unwrap().clone();
    let tree = Tree::default().markdown("7", "pending", "[]");
    let plan = on(Ground::Canonical, vec![event], &tree, &workflow(&rules));
    let board = tree.after(&plan).board();
    let mut tasks: Vec<String> = board
        .tasks
        .values()
        .filter(|task| is_automated(task))
        .map(|task| {
            let field = |name: &str| task.record.fields.get(name).map(event::plain).unwrap_or_default();
            format!(
                "{} {:?} {} {} {}",
                task.id,
                task.title(),
                task.record.priority.as_deref().unwrap_or("-"),
                field("type"),
                field("assignee")
            )
        })
        .collect();
    tasks.extend(plan.warnings());
    tasks
}

#[test]
fn titles_and_priorities_come_from_the_name_the_call_and_the_event() {
    let data = json!({"environment": "production", "error_message": "disk\n full"});
    assert_eq!(
        made("create_deployment_task, create_incident_task, create_emergency_task, create_clean_up_task", "", &data),
        [
            "8 \"Deployment: production\" - automation ",
            "9 \"Incident: disk full\" high automation ",
            "10 \"Emergency: disk full\" critical automation ",
            "11 \"Clean up: production\" - automation ",
        ]
    );
    let settings = "task_integration: {default_priority: low, default_assignee: night_shift}\n";
    let call = "{create_task: {title: \"Mend {environment}\", priority: high, type: bug, assignee: \"{who|ann}\"}}";
    assert_eq!(
        made(&format!("{call}, create_deployment_task"), settings, &data),
        ["8 \"Mend production\" high bug ann", "9 \"Deployment: production\" low automation night_shift"]
    );
    assert_eq!(made("create_deployment_task", "", &json!({})), ["8 \"Deployment\" - automation "]);
}

#[test]
fn tags_are_filled_in() {
    let rules =
        "triggers:\n  - {name: out, event: x, actions: [create_task: {title: X, tags: [ops, \"{environment}\", 3]}]}\n";
    let mut event = Event::of_tree("x", (None, None), &origin());
    event.metadata = json!({"environment": "live {who}"}).as_object().unwrap().clone();
    let tree = Tree::default().markdown("7", "pending", "[]");
    let board = tree.after(&on(Ground::Canonical, vec![event], &tree, &workflow(rules))).board();
    let made = board.tasks.values().find(|task| is_automated(task)).unwrap();
    assert_eq!(made.record.fields.get("tags"), Some(&json!(["ops", "live {who}", 3])));
}

#[test]
fn what_cannot_be_made_is_said() {
    for (call, why) in [
        ("create_task", "no title: give the parameter `title`"),
        ("{create_task: {title: \"{who| }\"}}", "no title: give the parameter `title`"),
        ("{create_task: {title: \"X {nobody}\"}}", "`{nobody}` of `title` stands for nothing"),
        ("{create_task: {title: X, assignee: \"{nobody}\"}}", "`{nobody}` of `assignee` stands for nothing"),
        ("{create_task: {title: X, tags: [a, \"{nobody}\"]}}", "`{nobody}` of `tags` stands for nothing"),
        ("{create_task: {title: X, parent: 9}}", "there is no task 9"),
        ("{create_task: {title: X, parent: a b}}", "the parameter `parent`: `a b` is not a task id"),
        ("{create_task: {title: X, status: odd}}", "there is no status `odd`"),
        (
            "{create_task: {title: X, description: \"<<<<<<< x\"}}",
            "the new task would not be read back as it is meant: the file has a conflict marker",
        ),
    ] {
        let name = "create_task";
        assert_eq!(made(call, "", &json!({})), [format!("out: {name}: {why}")], "{call}");
    }
    let off = "task_integration: {auto_create_tasks: false}\n";
    assert_eq!(made("create_deployment_task", off, &json!({})), [""; 0]);
}

#[test]
fn nothing_is_made_beside_the_shared_branch() {
    let (before, after) =
        (Tree::default().markdown("1", "pending", "[]"), Tree::default().markdown("1", "failed", "[]"));
    let rules = workflow(RULES);
    let events = events(&before, &after);
    for ground in [Ground::Elsewhere, Ground::Beside { canonical: "main".to_owned() }] {
        assert!(on(ground, events.clone(), &after, &rules).changes_nothing());
    }
    assert_eq!(
        changes(&on(Ground::Canonical, events, &after, &rules)),
        [
            "1.1 task null -> pending (incident, 1)",
            "2 task null -> pending (incident, 1)",
            "1.1 status pending -> in-progress (begin, 2)",
            "1.1 status@body pending -> in-progress (begin, 2)",
            "2 status pending -> in-progress (begin, 2)",
            "2 status@body pending -> in-progress (begin, 2)",
        ]
    );
}

#[test]
fn generated_files_are_written_whole_and_only_where_they_belong() {
    let path = TreePath::new("reports/week.md").unwrap();
    let own_mark = "<!-- written by taskmaster: it replaces the whole file -->\n";
    let tree = Tree::default().markdown("1", "pending", "[]").with("reports/old.md", "one\n");
    let start = tree.with("reports/project-status.md", &format!("{own_mark}one\n")).snapshot();
    let mut workspace = Workspace::new(&start, &StatusSet::default());
    let mut write = |path: &TreePath, text: &str| {
        workspace.write_generated(&GeneratedFile { path: path.clone(), bytes: text.as_bytes().to_vec() })
    };
    assert_eq!(write(&path, "new\n"), Ok(Written::New));
    assert_eq!(write(&path, "new\n"), Ok(Written::AsItWas));
    let old = TreePath::new("reports/old.md").unwrap();
    assert_eq!(write(&old, "one\n"), Ok(Written::AsItWas));
    assert_eq!(write(&old, "two\n"), Err(CreateError::Foreign { path: old.clone() }), "somebody else's");
    let within = TreePath::new("reports/old.md/new.md").unwrap();
    assert_eq!(write(&within, ""), Err(CreateError::Taken { path: old }));
    let own = TreePath::new("reports/project-status.md").unwrap();
    assert_eq!(write(&own, &format!("{own_mark}two\n")), Ok(Written::Changed));
    let task = TreePath::new("context/task_001/task.md").unwrap();
    assert_eq!(write(&task, ""), Err(CreateError::NotGenerated { path: task.clone() }));
    let files: Vec<(String, bool)> =
        workspace.changed().into_iter().map(|file| (file.path.to_string(), file.before.is_some())).collect();
    assert_eq!(files, [("reports/project-status.md".to_owned(), true), ("reports/week.md".to_owned(), false)]);
    assert!(workspace.settle().is_none(), "they say nothing of tasks");
}

proptest! {
    #[test]
    fn a_plan_that_makes_tasks_is_a_plan_once(before in any_tree(), after in any_tree()) {
        let rules = workflow(&format!("task_integration:\n  status_sync: true\n{RULES}"));
        let events = events(&before, &after);
        let first = on(Ground::Canonical, events.clone(), &after, &rules);
        let tree = after.after(&first);
        let made = first.changes.iter().filter(|change| change.field == "task").count();
        prop_assert_eq!(tree.board().tasks.len(), after.board().tasks.len() + made);
        let errors = |tree: &Tree| tree.board().diagnostics.iter().filter(|finding| finding.severity == crate::model::Severity::Error).count();
        prop_assert!(errors(&tree) <= errors(&after));
        prop_assert_eq!(changes(&on(Ground::Canonical, events, &tree, &rules)), Vec::<String>::new());
    }

    #[test]
    fn a_plan_that_writes_reports_is_a_plan_once(before in any_tree(), after in any_tree()) {
        let reports = "triggers:\n\
            \x20 - name: report\n    event: task.*\n    conditions: [{field: event, operator: not_equals, value: task.field.updated}]\n    \
                 actions: [update_project_status, generate_report, create_analytics_entry]\n\
            \x20 - name: later\n    event: task.field.updated\n    actions: [{set_status: {status: review}}]\n";
        let rules = workflow(reports);
        let events = events(&before, &after);
        let first = on(Ground::Canonical, events.clone(), &after, &rules);
        let tree = after.after(&first);
        let statuses = first.changes.iter().filter(|change| change.field == "file@reports/project-status.md").count();
        prop_assert_eq!(statuses, usize::from(first.steps.iter().any(|step| step.rules.iter().any(|rule| {
            rule.name == "report" && matches!(rule.state, crate::engine::plan::RuleState::Fired(_))
        }))));
        prop_assert_eq!(changes(&on(Ground::Canonical, events, &tree, &rules)), Vec::<String>::new());
    }

    #[test]
    fn a_board_gains_the_task_and_nothing_else(tree in any_tree(), title in "\\PC{0,20}", text in "(\\PC|\n){0,40}", below in any::<bool>()) {
        let board = tree.board();
        let parent = board.tasks.keys().next().filter(|_| below).cloned();
        let dependencies: Vec<TaskId> = board.tasks.keys().next_back().cloned().into_iter().collect();
        let draft = TaskDraft { title, description: Some(text), parent, dependencies, ..TaskDraft::default() };
        let start = tree.snapshot();
        let mut workspace = Workspace::new(&start, &StatusSet::default());
        match workspace.make_task(&draft, origin().time) {
            Ok(made) => {
                let mut after = Tree(tree.0.clone());
                for file in workspace.changed() {
                    after.0.insert(file.path, String::from_utf8(file.after).unwrap());
                }
                let mut expected = modelled(&after.board());
                let task = expected.remove(&made.task.id).unwrap();
                prop_assert_eq!(task.title(), &made.task.title);
                prop_assert_eq!(expected, modelled(&board));
            }
            Err(error) => {
                prop_assert!(workspace.changed().is_empty());
                prop_assert_eq!(modelled(workspace.board()), modelled(&board));
                prop_assert!(matches!(error, CreateError::NoTitle | CreateError::NoWord { .. } | CreateError::NotReadBack { .. }), "{}", error);
            }
        }
    }
}
