//! `migrate --from backlog`: the tasks of a Backlog.md folder, in one commit that can be taken back.

use serde_json::Value;

use super::init::on_a_terminal;
use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE};

const BODY: &str = "\n## Description\n\n<!-- SECTION:DESCRIPTION:BEGIN -->\nA \\ text\t \n---\n<!-- SECTION:DESCRIPTION:END -->\n\n\
                    ## Acceptance Criteria\n<!-- AC:BEGIN -->\n- [x] #1 It is so\n- [ ] #2 **Status**: open\n<!-- AC:END -->\n\n\
                    ## Implementation Plan\n\n1. One\n\n\n## Implementation Notes\n\nNo newline at the end";

fn task(id: &str, status: &str, more: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: 'Task: {id}'\nstatus: {status}\nassignee:\n  - '@ann'\ncreated_date: '2025-06-08 09:30'\n\
         labels: [a, \"b c\"]\n{more}ordinal: 1000\n---\n{BODY}"
    )
}

/// A folder as Backlog.md leaves one: every folder, ids in the spellings of several versions, settings of its own.
fn team(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    let settings = "project_name: \"x\"\ndefault_status: \"Inbox\"\nstatuses: [\"Inbox\", \"In Progress\", \"QA\", \"Shipped\"]\n\
                    task_prefix: \"back\"\n";
    repo.write("backlog/config.yml", settings);
    let files = [
        ("tasks/back-1 - One.md", task("BACK-1", "In Progress", "dependencies: [task-2]\npriority: high\n")),
        ("tasks/back-1.02 - Inner.md", task("BACK-1.02", "Inbox", "dependencies: []\nparent_task_id: BACK-1\n")),
        ("completed/back-2 - Two.md", task("task-2", "Shipped", "dependencies: []\nmilestone: m-1\n")),
        ("drafts/draft-1 - Idea.md", task("DRAFT-1", "Draft", "")),
        ("archive/tasks/back-1 - Old.md", task("BACK-1", "To Do", "")),
        ("tasks/readme.md", "Notes\n".to_owned()),
    ];
    for (path, text) in files {
        repo.write(&format!("backlog/{path}"), text);
    }
    repo.commit_all("Start");
    repo
}

fn tree(repo: &Repo<'_>) -> String {
    repo.git(&["rev-parse", "HEAD^{tree}"])
}

#[track_caller]
fn refused(repo: &Repo<'_>, arguments: &[&str], code: i32, said: &[&str]) {
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_tm(&[&["migrate", "--from", "backlog"], arguments].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    for said in said {
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt), "nothing changes");
}

#[test]
fn a_team_comes_over_in_one_commit_and_can_go_back() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    let first = tree(&repo);
    let dry = repo.try_tm(&["migrate", "--from", "backlog", "--dry-run"]);
    assert!(
        dry.stdout.contains("+++ b/context/task_001/task.md") && dry.stdout.contains("+status: in-progress"),
        "{dry:?}"
    );
    assert!(dry.stderr.contains("status `Shipped` becomes `done` in 1 task\n"), "{dry:?}");
    assert!(dry.stderr.contains("backlog/tasks/readme.md is no task and stays"), "{dry:?}");
    assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()), "a dry run writes nothing");
    let ran = repo.try_tm(&["migrate", "--from", "backlog"]);
    assert!(ran.stderr.contains("`backlog` stays as it is") && ran.stderr.contains("migrated 5 tasks"), "{ran:?}");
    assert_eq!(repo.dirt(), "");
    let one = format!(
        "---\ntask_id: task_001\nsubtask_id: null\nbacklog_id: BACK-1\ntitle: 'Task: BACK-1'\nstatus: in-progress\n\
         assignee:\n  - '@ann'\ncreated: '2025-06-08 09:30'\nlabels: [a, \"b c\"]\ndependencies: [task_002]\n\
         priority: high\nordinal: 1000\n---\n{BODY}"
    );
    assert_eq!(repo.read(ONE), one);
    let inner = repo.read(".taskmaster/context/task_001/subtask_002.md");
    assert!(inner.contains("\nsubtask_id: subtask_002\n") && inner.contains("\nparent_task: task_001\n"), "{inner}");
    assert!(repo.read(".taskmaster/context/task_002/task.md").contains("\nstatus: done\n"));
    let listed: Value = serde_json::from_str(&repo.tm(&["list", "--json"])).unwrap();
    let ids: Vec<&str> = listed["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "1.2", "2", "archive:1", "drafts:1"]);
    assert_eq!(repo.try_tm(&["check"]).code, 0);
    // Nothing follows from it, and it is taken back exactly.
    assert_eq!(repo.tm(&["events", "HEAD~1..HEAD"]), "");
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

#[test]
fn it_can_become_a_list_of_tasks_and_be_found_without_being_named() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    let first = tree(&repo);
    let json: Value = serde_json::from_str(&repo.tm(&["migrate", "--to", "tasks-json", "--json"])).unwrap();
    assert_eq!(json["tasks"].as_array().unwrap().len(), 5, "{json}");
    let imported = repo.head();
    let list: Value = serde_json::from_str(&repo.read(JSON)).unwrap();
    let one = &list["master"]["tasks"][0];
    assert_eq!((&one["id"], &one["status"], &one["labels"][1]), (&1.into(), &"in-progress".into(), &"b c".into()));
    assert_eq!(list["drafts"]["tasks"][0]["title"], "Task: DRAFT-1");
    assert!(!repo.path.join(ONE).exists());
    // The way back gives the files that an import makes.
    repo.tm(&["migrate"]);
    assert!(repo.read(ONE).ends_with(BODY));
    repo.tm(&["undo"]);
    repo.tm(&["undo", &imported]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
    // A list that cannot be read is a fault to mend, not a reason to look elsewhere.
    repo.write(JSON, "{\"tasks\": [}");
    repo.commit_all("Broken");
    let ran = repo.try_tm(&["migrate"]);
    assert!(ran.code == 3 && ran.stderr.contains("not everything can be read"), "{ran:?}");
}

#[test]
fn what_nobody_here_knows_is_refused_with_a_list() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    repo.write("backlog/tasks/back-3 - Three.md", task("BACK-3", "QA", ""));
    repo.commit_all("A task in test");
    refused(&repo, &[], 3, &["`QA` in 1 task\n", "--map-status \"QA=review\""]);
    refused(&repo, &["--map-status", "QA"], 2, &["STATUS=STATUS"]);
    refused(&repo, &["--map-status", "QA=nonsense"], 3, &["nonsense"]);
    repo.tm(&["migrate", "--from", "backlog", "--map-status", "qa=Review"]);
    assert!(repo.read(".taskmaster/context/task_003/task.md").contains("\nstatus: review\n"));
}

#[test]
fn on_a_terminal_it_is_asked_what_a_status_means() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    repo.write("backlog/tasks/back-3 - Three.md", task("BACK-3", "QA", ""));
    repo.commit_all("A task in test");
    let head = repo.head();
    let ran = on_a_terminal(&repo, "\\n", "migrate --from backlog", &[]);
    assert!(ran.stdout.contains("What does `QA` mean, in 1 task? (pending, "), "{ran:?}");
    assert!(ran.stdout.contains("statuses mean nothing here"), "{ran:?}");
    assert_eq!(repo.head(), head);
    let ran = on_a_terminal(&repo, "review\\n", "migrate --from backlog", &[]);
    assert!(ran.stdout.contains("status `QA` becomes `review` in 1 task"), "{ran:?}");
    assert!(repo.read(".taskmaster/context/task_003/task.md").contains("\nstatus: review\n"));
}

#[test]
fn ids_that_are_there_are_refused_or_numbered_on() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    repo.write(JSON, r#"{"tasks": [{"id": 1, "title": "Mine", "status": "pending"}]}"#);
    repo.commit_all("A list");
    refused(&repo, &[], 3, &["these ids already", "1\n", "--ids number-on"]);
    repo.tm(&["migrate", "--from", "backlog", "--ids", "number-on"]);
    assert!(repo.read(".taskmaster/context/task_003/task.md").contains("backlog_id: BACK-1\n"));
    assert!(repo.read(".taskmaster/context/task_003/subtask_002.md").contains("parent_task: task_003\n"));
    assert!(repo.tm(&["show", "1"]).contains("Mine"));
    refused(&repo, &[], 3, &["these ids already"]);
}

#[test]
fn what_cannot_be_read_or_is_in_no_commit_is_refused_whole() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    repo.write("backlog/tasks/back-9 - New.md", task("BACK-9", "Inbox", ""));
    refused(&repo, &[], 3, &["changes that no commit has", "backlog/tasks/back-9 - New.md\n"]);
    repo.write("backlog/tasks/back-9 - New.md", "---\nid: BACK-9\ntitle: a: b\n---\n");
    repo.commit_all("Broken");
    refused(&repo, &[], 3, &["not everything can be read", "backlog/tasks/back-9 - New.md:3: "]);
    repo.write("backlog/tasks/back-9 - New.md", task("back-01", "Inbox", ""));
    repo.commit_all("Twice");
    refused(
        &repo,
        &[],
        3,
        &["two files have one id", "1: backlog/tasks/back-1 - One.md and backlog/tasks/back-9 - New.md\n"],
    );
    repo.write("backlog/tasks/back-9 - New.md", "---\nid: BACK-9\ntitle: a: b\n---\n");
    repo.commit_all("Broken again");
    repo.tm(&["migrate", "--from", "backlog", "--skip-unreadable"]);
    let message = repo.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("- could not be read: backlog/tasks/back-9 - New.md:3: "), "{message}");
}

#[test]
fn the_folder_is_the_one_that_the_settings_name() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = repo.try_tm(&["migrate", "--from", "backlog"]);
    assert!(ran.code == 4 && ran.stderr.contains("there is no commit yet"), "{ran:?}");
    repo.write("code.txt", "mine\n");
    repo.commit_all("Start");
    refused(&repo, &[], 3, &["no tasks of Backlog.md", "backlog.config.yml"]);
    repo.write("team/items/tasks/x-5 - Five.md", task("X-5", "Ready to go", ""));
    repo.write(".backlog/tasks/task-6 - Six.md", task("TASK-6", "To Do", ""));
    repo.write("backlog.config.yml", "statuses: [\"Ready to go\", \"Gone\"]\nbacklog_directory: \"./team/items/\"\n");
    repo.commit_all("Two folders");
    repo.tm(&["migrate", "--from", "backlog"]);
    assert_eq!(repo.tm(&["list"]).lines().count(), 1);
    assert!(repo.tm(&["show", "5"]).contains("pending"));
    repo.tm(&["undo"]);
    repo.git(&["rm", "-q", "backlog.config.yml"]);
    repo.commit_all("No settings");
    repo.tm(&["migrate", "--from", "backlog"]);
    assert!(repo.tm(&["show", "6"]).contains("pending"));
}

#[test]
fn a_tree_without_a_folder_of_its_own_gets_one_first() {
    let sandbox = Sandbox::new();
    let repo = team(&sandbox);
    repo.write("tasks/tasks.json", r#"{"tasks": [{"id": 7, "title": "Old", "status": "pending"}]}"#);
    repo.commit_all("An older tree");
    refused(&repo, &[], 3, &["older layout", "--from root"]);
    repo.tm(&["migrate", "--from", "root"]);
    repo.tm(&["migrate", "--from", "backlog"]);
    assert_eq!(repo.tm(&["list"]).lines().count(), 6);
    // What is for an import alone says nothing of another migration.
    for more in [["--map-status", "QA=review"], ["--ids", "number-on"]] {
        let ran = repo.try_tm(&[&["migrate"], &more[..]].concat());
        assert!(ran.code == 3 && ran.stderr.contains("nothing is imported"), "{ran:?}");
    }
}

#[test]
fn what_is_no_task_is_listed_and_archived_drafts_come_along() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("backlog/tasks/task-1 - One.md", task("TASK-1", "To Do", "milestone: m-1\n"));
    repo.write("backlog/drafts/draft-1 - Idea.md", task("DRAFT-1", "Draft", ""));
    repo.write("backlog/archive/drafts/draft-1 - Old.md", task("DRAFT-1", "Draft", ""));
    repo.write("backlog/archive/tasks/task-1 - Old.md", task("TASK-1", "Done", ""));
    repo.write("backlog/docs/guides/doc-1 - Guide.md", "---\nid: doc-1\n---\n");
    repo.write("backlog/docs/doc-2 - Other.md", "---\nid: doc-2\n---\n");
    repo.write("backlog/decisions/decision-1 - Why.md", "---\nid: decision-1\n---\n");
    repo.write("backlog/milestones/m-1 - First.md", "---\nid: m-1\n---\n");
    repo.write("backlog/assets/x.png", "x");
    repo.write("backlog/config.yml", "project_name: x\n");
    repo.commit_all("Start");
    let said = repo.try_tm(&["migrate", "--from", "backlog"]).stderr;
    for line in [
        "2 documents stay where they are: backlog/docs/doc-2 - Other.md, backlog/docs/guides/doc-1 - Guide.md\n",
        "1 decision stays where it is: backlog/decisions/decision-1 - Why.md\n",
        "1 milestone stays where it is: backlog/milestones/m-1 - First.md\n",
        "1 other file stays where it is: backlog/assets/x.png\n",
        "migrated 4 tasks to markdown",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("config.yml"), "{said}");
    let listed = repo.tm(&["list"]);
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(ids, ["1", "archive:1", "archived-drafts:1", "drafts:1"]);
    assert!(repo.git(&["log", "-1", "--format=%B"]).contains("- 1 milestone stays where it is: "));
    assert!(repo.read(".taskmaster/context/task_001/task.md").contains("milestone: m-1\n"));
}
