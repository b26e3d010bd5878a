//! What `migrate` does with single fields, tags and lines: who is right of each, where new tasks go, what is shown.

use super::migrate::{listed, refused, tree};
use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{JSON, ONE};

const TWO_TAGS: &str = r#"{
  "master": {"tasks": [{"id": 2, "title": "Two", "status": "pending", "dependencies": [], "subtasks": []}]},
  "x": {"tasks": [{"id": 7, "title": "Seven", "status": "pending", "dependencies": [], "subtasks": []}]}
}
"#;

fn tagged<'a>(sandbox: &'a Sandbox, name: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.write(JSON, TWO_TAGS);
    repo.commit_all("Start");
    repo
}

fn commit_drift(repo: &Repo<'_>, message: &str) {
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message]);
}

#[test]
fn new_tasks_go_where_the_tasks_of_their_tag_are() {
    let sandbox = Sandbox::new();
    // Of the usual tag, in the list, while another one is migrated.
    let repo = tagged(&sandbox, "a");
    repo.tm(&["migrate", "--tag", "x"]);
    assert_eq!(repo.tm(&["create", "More"]), format!("3 {JSON}\n"));
    assert_eq!(repo.tm(&["create", "More", "--tag", "x"]), "x:8 .taskmaster/context/x/task_008/task.md\n");
    assert_eq!(repo.tm(&["create", "More"]), format!("4 {JSON}\n"));
    repo.tm(&["migrate", "--tag", "x"]);
    assert_eq!(repo.git(&["ls-files", ".taskmaster/context"]), "");
    let list = repo.tm(&["list"]);
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(ids, ["2", "3", "4", "x:7", "x:8"]);
    // The other way round.
    let repo = tagged(&sandbox, "b");
    repo.tm(&["migrate", "--tag", "master"]);
    assert_eq!(repo.tm(&["create", "More", "--tag", "x"]), format!("x:8 {JSON}\n"));
    assert_eq!(repo.tm(&["create", "More"]), "3 .taskmaster/context/task_003/task.md\n");
}

#[test]
fn the_newest_place_is_right_field_by_field() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let three = ".taskmaster/context/task_003/task.md";
    let change = |path: &str, old: &str, new: &str| {
        repo.replace(path, old, new);
        commit_drift(&repo, new);
    };
    change(three, "\nstatus: pending", "\nstatus: review");
    change(JSON, "\"title\": \"Three\"", "\"title\": \"Third\"");
    change(
        JSON,
        "\"title\": \"Third\",\n      \"status\": \"pending\"",
        "\"title\": \"Third\",\n      \"status\": \"blocked\"",
    );
    change(three, "\nstatus: review", "\nstatus: done");
    let first = tree(&repo);
    for to in ["markdown", "tasks-json"] {
        let ran = repo.try_tm(&["migrate", "--to", to, "--prefer", "newest"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.stdout.contains("3     title   Three     Third       -        json: it was changed last"),
            "{ran:?}"
        );
        assert!(
            ran.stdout.contains("3     status  done      blocked     pending  markdown: it was changed last"),
            "{ran:?}"
        );
        let shown = repo.tm(&["show", "3", "--json"]);
        assert!(shown.contains("\"title\": \"Third\"") && shown.contains("\"status\": \"done\""), "{shown}");
        repo.tm(&["migrate"]);
        assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()), "{to}");
    }
    // One commit that changes both tells nothing.
    repo.replace(three, "\npriority: ", "\npriority: x");
    repo.replace(JSON, "\"title\": \"Third\"", "\"title\": \"3\"");
    repo.replace(three, "title: Three", "title: Drei");
    commit_drift(&repo, "Both");
    refused(&repo, &["--to", "markdown", "--prefer", "newest"], 3, &["nobody has said", "contradict each other"]);
}

#[test]
fn a_field_that_was_removed_is_not_there_on_the_way_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list =
        "{\"tasks\": [{\"points\": 3, \"id\": 1, \"title\": \"A\", \"status\": \"done\", \"owner\": \"ann\"}]}\n";
    repo.write(JSON, list);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    repo.replace(ONE, "points: 3\n", "");
    repo.replace(ONE, "owner: ann\n", "");
    repo.commit_all("Neither");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), "{\"tasks\": [{\"id\": 1, \"title\": \"A\", \"status\": \"done\"}]}\n");
    // And in a file that was there first.
    let repo = sandbox.repository("bob");
    let file = "---\ntask_id: 1\ntitle: A\nstatus: done\npoints: 3\ntags:\n  - a\n  - b\nowner: ann\n---\n\n# A\n";
    repo.write(ONE, file);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    let read: serde_json::Value = serde_json::from_str(&repo.read(JSON)).unwrap();
    let mut without = read.clone();
    let task = without["master"]["tasks"][0].as_object_mut().unwrap();
    assert!(task.shift_remove("tags").is_some() && task.shift_remove("owner").is_some(), "{read}");
    repo.write(JSON, serde_json::to_string_pretty(&without).unwrap());
    repo.commit_all("Neither");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(ONE), "---\ntask_id: 1\ntitle: A\nstatus: done\npoints: 3\n---\n\n# A\n");
}

#[test]
fn a_dependency_names_the_usual_tag_from_another_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = r#"{"master": {"tasks": [{"id": 1, "title": "A", "status": "pending"}]},
 "x": {"tasks": [{"id": 1, "title": "B", "status": "done"}, {"id": 2, "title": "C", "status": "pending", "dependencies": ["master:1"]}]}}"#;
    repo.write(JSON, list);
    repo.commit_all("Start");
    let needs = || {
        let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["show", "x:2", "--json"])).unwrap();
        shown["dependencies"][0]["id"].clone()
    };
    assert_eq!(needs(), "1");
    repo.tm(&["migrate"]);
    assert_eq!(needs(), "1");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), list);
    repo.tm(&["migrate", "--renumber", "1=5"]);
    assert_eq!(needs(), "5");
    assert_eq!(repo.read(JSON), list.replace("\"master:1\"", "\"master:5\"").replacen("\"id\": 1", "\"id\": 5", 1));
}

#[test]
fn a_tree_that_git_ignores_is_named_so() {
    let sandbox = Sandbox::new();
    for ignored in [".taskmaster", ".taskmaster/tasks/"] {
        let repo = sandbox.repository(ignored.trim_end_matches('/').rsplit('/').next().unwrap());
        repo.write(".gitignore", format!("{ignored}\n"));
        repo.write(".taskmaster/config.json", "{}");
        repo.write(JSON, TWO_TAGS);
        repo.commit_all("Start");
        for arguments in [&[][..], &["--dry-run"], &["--to", "tasks-json"]] {
            refused(&repo, arguments, 3, &["git ignores `.taskmaster", "git add -f"]);
        }
        repo.git(&["add", "-f", ".taskmaster"]);
        repo.git(&["commit", "-q", "-m", "All the same"]);
        repo.tm(&["migrate"]);
    }
}

#[test]
fn a_dry_run_names_files_where_they_stand_and_quiet_is_quiet() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("root");
    repo.write("tasks/tasks.json", TWO_TAGS);
    repo.commit_all("Start");
    let shown = repo.tm(&["migrate", "--to", "tasks-json", "--dry-run"]);
    assert!(shown.contains("--- a/../tasks/tasks.json\n+++ /dev/null\n"), "{shown}");
    assert!(shown.contains("--- /dev/null\n+++ b/tasks/tasks.json\n"), "{shown}");
    let repo = planted(&sandbox);
    repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"\\u0009Third\"");
    commit_drift(&repo, "Drift");
    let ran = repo.try_tm(&["migrate", "-q", "--to", "markdown", "--prefer", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran:?}");
    // What would be done is what was asked for.
    let ran = repo.try_tm(&["migrate", "-q", "--dry-run"]);
    assert!(ran.stdout.contains("+++ ") && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn tabs_are_tabs_in_a_diff() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, "{\n\t\"tasks\": [{\"id\": 1, \"title\": \"A\", \"status\": \"done\"}]\n}\n");
    repo.write("Makefile", "a:\n\tcat .taskmaster/tasks.json\n");
    repo.commit_all("Start");
    let shown = repo.tm(&["migrate", "--scripts", "--dry-run"]);
    assert!(shown.contains("\n-\tcat .taskmaster/tasks.json\n+\tcat .taskmaster/tasks/tasks.json\n"), "{shown}");
}

#[test]
fn an_edit_where_nothing_reads_it_is_shown_by_a_log_that_shows_merges() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.tm(&["migrate"]);
    repo.replace(".taskmaster/migrated/tasks/tasks.json", "pending", "done");
    commit_drift(&repo, "Merged");
    let ran = repo.try_tm(&["check"]);
    assert!(ran.stdout.contains("git log -p -m --first-parent"), "{ran:?}");
}

/// A list with statuses in a spelling of its own, and numbers.
const SPELLED: &str = r#"[
  {"id": 1, "title": "One", "status": "completed", "points": 1.50, "text": "1.50"},
  {"id": 2, "title": "Two", "status": "in_progress", "points": 2},
  {"id": 3, "title": "Three", "status": "pending", "points": [1, 2]},
  {"id": 5, "title": "Five", "status": "pending"}
]
"#;

fn file(task: u32) -> String {
    format!(".taskmaster/context/task_00{task}/task.md")
}

#[test]
fn an_edited_status_is_what_was_written_there_and_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, SPELLED);
    repo.write(".taskmaster/tasks/task_003.txt", "# Task ID: 3\n# Title: Three\n# Status: pending\n");
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    let edits = [
        (3, "pending", "completed"),
        (5, "pending", "in_progress"),
        (1, "completed", "done"),
        (2, "in_progress", "In Progress"),
    ];
    for (task, old, new) in edits {
        repo.replace(&file(task), &format!("\nstatus: {old}\n"), &format!("\nstatus: {new}\n"));
    }
    repo.replace(".taskmaster/tasks/task_003.txt", "pending", "done");
    repo.commit_all("Statuses");
    repo.tm(&["migrate"]);
    let mut expected = SPELLED.replace("\"Three\", \"status\": \"pending\"", "\"Three\", \"status\": \"completed\"");
    expected = expected.replace("\"Five\", \"status\": \"pending\"", "\"Five\", \"status\": \"in_progress\"");
    expected = expected.replace("\"One\", \"status\": \"completed\"", "\"One\", \"status\": \"done\"");
    expected = expected.replace("\"Two\", \"status\": \"in_progress\"", "\"Two\", \"status\": \"In Progress\"");
    assert_eq!((repo.read(JSON), repo.dirt()), (expected, String::new()));
    assert!(repo.read(".taskmaster/tasks/task_003.txt").contains("# Status: done\n"));
    // And in files, when a list is edited meanwhile.
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ben");
    let markdown = "---\ntask_id: task_001\ntitle: One\nstatus: completed\n---\n";
    repo.write(ONE, markdown);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    repo.replace(JSON, "\"completed\"", "\"DONE\"");
    repo.commit_all("Done");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(ONE), markdown.replace("completed", "DONE"));
}

#[test]
fn edited_numbers_are_numbers_in_the_list_as_they_were_written() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, SPELLED);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    assert!(repo.read(&file(1)).contains("points: 1.5\ntext: '1.50'\n"));
    repo.replace(&file(1), "points: 1.5\n", "points: 2.50\n");
    repo.replace(&file(1), "text: '1.50'\n", "text: 1.50\n");
    repo.replace(
        &file(2),
        "points: 2\n",
        "points: 1e3\nbig: 12345678901234567890\nsaid: '2.50'\ntagged: !!str 2.50\nodd: 007\n",
    );
    repo.replace(&file(3), "points: [1, 2]\n", "points: [1.50, 2]\nmap: {a: [2.0e1, x]}\n");
    repo.write(&file(7), "---\ntask_id: task_007\ntitle: 2.50\nstatus: pending\nestimate: 0.10\n---\n");
    repo.commit_all("Numbers");
    repo.tm(&["migrate"]);
    let list = repo.read(JSON);
    for expected in [
        "\"points\": 2.50, \"text\": \"1.50\"}",
        "\"points\": 1e3, \"big\": 12345678901234567890, \"odd\": \"007\", \"said\": \"2.50\", \"tagged\": \"2.50\"}",
        "\"points\": [1.50, 2], \"map\": {\"a\": [2.0e1, \"x\"]}}",
        "\"title\": \"2.50\"",
        "\"estimate\": 0.10",
    ] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    let first = tree(&repo);
    repo.tm(&["migrate"]);
    repo.tm(&["migrate"]);
    assert_eq!(tree(&repo), first);
    // The first migration of files.
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ben");
    repo.write(
        ONE,
        "---\ntask_id: task_001\ntitle: One\nstatus: pending\npoints: 2.50\nid: 1.10\nlist: [1.50, 'x']\n---\n",
    );
    repo.commit_all("Start");
    let first = tree(&repo);
    repo.tm(&["migrate"]);
    let list = repo.read(JSON);
    assert!(list.contains("\"points\": 2.50") && list.contains("\"id\": 1,") && list.contains("1.50,"), "{list}");
    repo.tm(&["migrate"]);
    assert_eq!(tree(&repo), first);
}
