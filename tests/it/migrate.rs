//! `migrate`: the tree in the other layout in one commit, and back again.

use serde_json::Value;

use super::init::on_a_terminal;
use super::sandbox::{Ran, Repo, Sandbox, planted};
use super::scenery::{JSON, ONE};

/// A list with one of everything that Markdown cannot say.
const LIST: &str = r#"{
  "master": {
    "tasks": [
      {"id": 1, "title": "One: - # \"x\"", "status": "pending", "priority": "high", "dependencies": [], "n": 1.10,
        "description": "a\n---\nb", "details": null, "subtasks": [{"id": 1, "title": "Caf\u00e9", "status": "done"}]},
      {"id": "2", "title": " ", "status": "Done", "dependencies": [1, "1.1"], "status2": {"a": [1, {}]}}
    ],
    "metadata": {"created": "x"}
  },
  "odd": {"tasks": []}
}"#;

pub(super) fn listed(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.write(JSON, LIST);
    repo.write("code.txt", "mine\n");
    repo.commit_all("Start");
    repo
}

pub(super) fn tree(repo: &Repo<'_>) -> String {
    repo.git(&["rev-parse", "HEAD^{tree}"])
}

#[track_caller]
pub(super) fn refused(repo: &Repo<'_>, arguments: &[&str], code: i32, said: &[&str]) -> Ran {
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_tm(&[&["migrate"], arguments].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    for said in said {
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt), "nothing changes");
    ran
}

#[test]
fn a_tree_goes_there_and_back_to_the_same_tree_in_one_commit_each() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let first = tree(&repo);
    let before = repo.tm(&["list", "--json"]);
    repo.tm(&["migrate"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): migrate 3 tasks to markdown");
    assert_eq!(repo.dirt(), "");
    let paths = repo.git(&["ls-files", ".taskmaster"]);
    let expected = [
        ".taskmaster/context/task_001/subtask_001.md",
        ONE,
        ".taskmaster/context/task_002/task.md",
        ".taskmaster/migrated/manifest.json",
        ".taskmaster/migrated/tasks/tasks.json",
    ];
    assert_eq!(paths.lines().collect::<Vec<_>>(), expected);
    let ids = |text: &str| -> Vec<(Value, Value)> {
        let read: Value = serde_json::from_str(text).unwrap();
        let tasks = read["tasks"].as_array().unwrap().iter();
        tasks.map(|task| (task["id"].clone(), task["status"].clone())).collect()
    };
    assert_eq!(ids(&repo.tm(&["list", "--json"])), ids(&before));
    assert!(repo.try_tm(&["migrate", "--to", "markdown"]).stderr.contains("migrated to markdown already"));
    repo.tm(&["migrate"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): migrate 3 tasks back to tasks-json");
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

#[test]
fn what_is_edited_in_between_is_taken_along() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.tm(&["migrate"]);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    repo.tm(&["migrate", "--to", "tasks-json"]);
    assert_eq!(repo.read(JSON), LIST.replace("\"status\": \"pending\"", "\"status\": \"done\""));
}

#[test]
fn a_half_migrated_tree_is_refused_whole() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let first = tree(&repo);
    for to in ["tasks-json", "markdown"] {
        let away = if to == "tasks-json" { JSON } else { ONE };
        let list = repo.read(away);
        repo.tm(&["migrate"]);
        let migrated = repo.head();
        // A merge has brought a file again, with what another clone has written in it.
        repo.write(away, list.replacen("pending", "done", 1));
        repo.commit_all("Merged");
        let path = away.strip_prefix(".taskmaster/").unwrap();
        refused(&repo, &["--to", to], 3, &["half migrated", &format!("{path}: `status` of task 1\n"), "git rm"]);
        // What no other place says, too.
        let title = if to == "tasks-json" { list.replacen("One: -", "Two: -", 1) } else { format!("{list}More.\n") };
        repo.write(away, title);
        repo.commit_all("Merged again");
        let other = if to == "tasks-json" { ": `title` of task 1\n" } else { ": another text\n" };
        refused(&repo, &["--to", to], 3, &["half migrated", path, other]);
        // As it was put away it says nothing new.
        repo.write(away, list);
        repo.commit_all("As it was");
        repo.tm(&["migrate", "--to", to]);
        if to == "tasks-json" {
            assert_eq!(tree(&repo), first);
            repo.git(&["reset", "-q", "--hard", &migrated]);
            repo.git(&["rm", "-qr", ".taskmaster/migrated"]);
            repo.commit_all("No way back");
        }
    }
}

#[test]
fn undo_takes_exactly_it_back() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let first = tree(&repo);
    repo.tm(&["migrate"]);
    let there = tree(&repo);
    assert!(repo.tm(&["explain"]).contains("writes the tasks in another layout"), "{}", repo.tm(&["explain"]));
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
    // A way back is taken back as well.
    repo.tm(&["migrate"]);
    repo.tm(&["migrate"]);
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.dirt()), (there, String::new()));
}

#[test]
fn undo_names_what_was_edited_since_and_refuses() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.tm(&["migrate"]);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    let ran = repo.try_tm(&["undo"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("`context/task_001/task.md` has changed since"), "{ran:?}");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn contradictions_are_listed_and_refused_until_one_side_is_preferred() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(
        JSON,
        "\"title\": \"Three\",\n      \"status\": \"pending\"",
        "\"title\": \"3\",\n      \"status\": \"done\"",
    );
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Drift"]);
    let first = tree(&repo);
    for to in ["markdown", "tasks-json"] {
        let ran = refused(&repo, &["--to", to], 3, &["contradict each other", "--prefer"]);
        let table = "task  field   markdown  tasks.json  who is right\n3     title   Three     3           nobody has said\n\
                     3     status  pending   done        nobody has said\n";
        assert_eq!(ran.stdout, table);
        let json = refused(&repo, &["--to", to, "--json"], 3, &[]);
        let json: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["conflicts"][1]["json"], "done");
        for (prefer, status) in [("markdown", "pending"), ("json", "done"), ("newest", "done")] {
            let dry = repo.tm(&["migrate", "--to", to, "--prefer", prefer, "--dry-run"]);
            assert!(dry.contains(&format!("{}: ", if prefer == "markdown" { "markdown" } else { "json" })), "{dry}");
            assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()), "a dry run writes nothing");
            repo.tm(&["migrate", "--to", to, "--prefer", prefer]);
            assert!(repo.tm(&["show", "3", "--json"]).contains(&format!("\"status\": \"{status}\"")));
            assert!(repo.git(&["log", "-1", "--format=%B"]).contains(" was right.\n"));
            repo.tm(&["migrate"]);
            assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()), "{to} {prefer}");
        }
    }
}

#[test]
fn nothing_follows_from_a_migration() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let count = || repo.subjects().len();
    for to in ["markdown", "tasks-json", "tasks-json", "markdown"] {
        let before = count();
        repo.tm(&["migrate", "--to", to]);
        assert_eq!(count(), before + 1);
        let ran = repo.try_tm(&["sync"]);
        assert!(ran.stderr.contains("nothing is new"), "{ran:?}");
        assert_eq!(repo.tm(&["events", "HEAD~1..HEAD"]), "");
    }
    // Where something else waits, that alone follows.
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Finish one"]);
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "markdown"]);
    repo.tm(&["sync"]);
    let events = repo.tm(&["events", "HEAD~1..HEAD"]);
    assert!(!events.contains("description"), "{events}");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_dirty_tree_is_refused_whole() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.write(JSON, LIST.replace("pending", "done"));
    refused(&repo, &[], 3, &["changes that no commit has", "tasks/tasks.json\n"]);
    repo.git(&["add", "-A"]);
    repo.write(JSON, LIST);
    refused(&repo, &[], 3, &["tasks/tasks.json\n"]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.write(".taskmaster/context/task_009/task.md", "---\ntask_id: 9\n---\n");
    refused(&repo, &[], 3, &["context/task_009/task.md\n"]);
    repo.git(&["clean", "-qfd"]);
    // What is no part of the tree is nobody's business.
    repo.write("code.txt", "edited\n");
    repo.tm(&["migrate"]);
    assert_eq!(repo.dirt(), " M code.txt");
}

#[test]
fn a_lock_that_was_left_is_named() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let lock = repo.path.join(".git/refs/heads/main.lock");
    std::fs::write(&lock, "").unwrap();
    refused(&repo, &[], 4, &["/.git/refs/heads/main.lock` is there", "remove that file"]);
    let ran = repo.try_tm(&["set-status", "1", "done"]);
    assert!(ran.code == 4 && ran.stderr.contains("main.lock"), "{ran:?}");
    std::fs::remove_file(&lock).unwrap();
    repo.tm(&["migrate"]);
}

#[test]
fn a_list_that_cannot_be_read_is_no_reason_to_take_another() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(".taskmaster/tasks.json", "{ <<<");
    repo.write("tasks/tasks.json", LIST);
    repo.commit_all("Start");
    for to in ["markdown", "tasks-json"] {
        refused(&repo, &["--to", to], 3, &["tasks.json:1: ", "tasks/tasks.json beside the tree", "--from root"]);
    }
    repo.tm(&["migrate", "--from", "root", "--skip-unreadable"]);
    assert_eq!(repo.try_tm(&["list"]).stdout.lines().count(), 3);
}

#[test]
fn unfinished_merges_are_not_now() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    repo.git(&["switch", "-q", "-c", "other"]);
    repo.write(JSON, LIST.replace("pending", "review"));
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "main"]);
    repo.write(JSON, LIST.replace("pending", "done"));
    repo.commit_all("Main");
    assert_eq!(repo.try_git(&["merge", "-q", "other"]).code, 1);
    refused(&repo, &[], 4, &["a merge is not finished"]);
}

#[test]
fn what_cannot_be_read_is_listed_and_refused_or_left_out() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let broken = "---\ntask_id: 7\nstatus: a: b\n---\n";
    repo.write(".taskmaster/context/task_007/task.md", broken);
    repo.commit_all("Broken");
    let first = tree(&repo);
    refused(&repo, &[], 3, &["not everything can be read", "context/task_007/task.md:3: "]);
    repo.tm(&["migrate", "--to", "markdown", "--skip-unreadable"]);
    let message = repo.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("- could not be read: context/task_007/task.md:3: "), "{message}");
    assert_eq!(repo.read(".taskmaster/context/task_007/task.md"), broken);
    repo.tm(&["migrate"]);
    assert_eq!(tree(&repo), first);
}

#[test]
fn names_that_differ_by_case_are_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, r#"{"tasks": [{"id": "Login", "title": "A"}, {"id": "login", "title": "B"}]}"#);
    repo.commit_all("Start");
    refused(&repo, &[], 3, &["context/Login/task.md and context/login/task.md"]);
    // So are those of files that are no tasks, and of folders.
    repo.write(JSON, r#"{"tasks": [{"id": 1, "title": "A"}]}"#);
    repo.write(".taskmaster/context/Task_001/notes.txt", "x");
    repo.commit_all("Notes");
    refused(&repo, &[], 3, &["context/Task_001/notes.txt and context/task_001/task.md"]);
}

#[test]
fn the_lists_in_two_places_and_the_root_array_go_there_and_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(
        ".taskmaster/tasks.json",
        r#"{"meta": {}, "tasks": [{"id": 1, "title": "Old"}, {"id": 4, "title": "Four"}]}"#,
    );
    repo.write(JSON, "[{\"id\": 1, \"title\": \"New\", \"status\": \"done\"}]\r\n");
    repo.commit_all("Start");
    let first = tree(&repo);
    repo.tm(&["migrate", "--prefer", "json"]);
    assert!(repo.read(ONE).contains("title: New\n"));
    assert!(repo.path.join(".taskmaster/context/task_004/task.md").exists());
    repo.tm(&["migrate"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

#[test]
fn a_tree_that_had_no_folder_gets_one_and_its_files_move() {
    let sandbox = Sandbox::new();
    for (to, path) in [("tasks-json", JSON), ("markdown", ONE)] {
        let repo = sandbox.repository(to);
        repo.write("tasks/tasks.json", LIST);
        repo.write("tasks/task_001.txt", "# Task ID: 1\n# Title: One\n# Status: pending\n");
        repo.write("tasks/notes.txt", "mine\n");
        repo.write(".taskmasterconfig", "{}");
        repo.commit_all("Start");
        let first = tree(&repo);
        repo.write("tasks/tasks.json", "[]");
        refused(&repo, &["--to", to], 3, &["tasks/tasks.json\n"]);
        repo.git(&["checkout", "-q", "."]);
        let shown: Value = serde_json::from_str(&repo.tm(&["--json", "migrate", "--to", to, "-n"])).unwrap();
        let removed = |file: &&Value| file["change"] == "removed";
        let removed: Vec<&Value> = shown["files"].as_array().unwrap().iter().filter(removed).collect();
        assert_eq!(removed.len(), 2, "{shown}");
        assert_eq!(removed[1]["path"], "../tasks/tasks.json");
        let said = repo.try_tm(&["migrate", "--to", to]);
        assert!(said.stderr.contains("migrated 3 tasks to ") && said.stderr.contains("move into it"), "{said:?}");
        assert!(said.stderr.contains("`.taskmasterconfig` stays where it is, and nothing here reads it"), "{said:?}");
        assert_eq!(repo.dirt(), "");
        assert!(repo.path.join(path).exists() && repo.path.join(".taskmaster/tasks/task_001.txt").exists());
        assert_eq!(repo.git(&["ls-files", "tasks"]), "tasks/notes.txt", "what is no task stays");
        assert!(!repo.path.join("tasks/tasks.json").exists());
        assert_eq!(repo.tm(&["events", "HEAD~1..HEAD"]), "");
        assert_eq!(repo.tm(&["list"]).lines().count(), 3);
        repo.tm(&["undo"]);
        assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
        assert_eq!(repo.tm(&["list"]).lines().count(), 3);
    }
    let repo = sandbox.repository("none");
    repo.write("code.txt", "mine\n");
    repo.commit_all("Start");
    refused(&repo, &["--from", "root"], 3, &["there is no `.taskmaster` folder"]);
}

#[test]
fn a_second_tag_beside_a_migrated_one_is_refused_and_it_is_said_what_to_do() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = r#"{"a": {"tasks": [{"id": 1, "status": "done"}]}, "b": {"tasks": [{"id": 1, "status": "done"}]}}"#;
    repo.write(JSON, list);
    repo.commit_all("Start");
    repo.tm(&["migrate", "--tag", "a"]);
    for arguments in [&["--tag", "b"][..], &["--tag", "b", "--to", "markdown"]] {
        refused(&repo, arguments, 3, &["the tag `a` was migrated to markdown already", "without --tag"]);
    }
    // What the hint says works.
    repo.tm(&["migrate"]);
    repo.tm(&["migrate"]);
    assert_eq!(repo.git(&["ls-files", ".taskmaster/context"]).lines().count(), 2);
    repo.tm(&["migrate"]);
    repo.tm(&["migrate", "--tag", "a"]);
    repo.tm(&["migrate", "--tag", "a"]);
    assert_eq!(repo.read(JSON), list);
}

#[test]
fn on_a_terminal_it_is_asked_who_is_right() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"3 \\u001b[31m\"");
    repo.commit_all("Another title");
    let head = repo.head();
    for typed in ["\\n", "nobody\\n"] {
        let ran = on_a_terminal(&repo, typed, "migrate --to markdown", &[]);
        assert!(ran.stdout.contains("Who is right? (markdown, json, newest, nobody) [nobody]: "), "{ran:?}");
        assert!(ran.stdout.contains("contradict each other") && !ran.stdout.contains("\u{1b}[31m3"), "{ran:?}");
        assert_eq!(repo.head(), head);
    }
    let ran = on_a_terminal(&repo, "mark\\n", "migrate --to markdown", &[]);
    assert!(ran.stdout.contains("migrated 5 tasks to markdown"), "{ran:?}");
    assert_eq!(repo.dirt(), "");
}
