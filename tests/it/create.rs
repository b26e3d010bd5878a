//! Tasks that somebody makes by hand.

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{JSON, ONE};

const FOUR: &str = ".taskmaster/context/task_004/task.md";

fn refused(repo: &Repo<'_>, arguments: &[&str], code: i32, why: &str) {
    let before = repo.everything();
    let ran = repo.try_tm(&[&["create"], arguments].concat());
    assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    assert!(ran.stderr.contains(why), "{arguments:?}: {ran:?}");
    assert_eq!(repo.everything(), before, "{arguments:?}");
}

#[test]
fn a_task_is_made_in_a_commit_of_the_users_own() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let depends =
        ["create", "Log: in", "--depends", "#1,task_003", "--description", "With a key.", "--assignee", "ben"];
    assert_eq!(repo.tm(&[&depends[..], &["--priority", "high"]].concat()), format!("4 {FOUR}\n"));
    let text = repo.read(FOUR);
    assert!(text.contains("title: 'Log: in'\nstatus: pending\npriority: high\n"), "{text}");
    assert!(text.contains("dependencies: [task_001, task_003]\n") && text.contains("assignee: ben\n"), "{text}");
    assert!(text.ends_with("\nWith a key.\n") && !text.contains("created_by"), "{text}");
    assert_eq!(repo.subjects(), ["chore(taskmaster): create 4 Log: in", "Start"]);
    assert_eq!(repo.git(&["log", "-1", "--format=%an"]), "ann");
    assert_eq!((repo.dirt().as_str(), repo.cursor()), ("", repo.head()));
    let events = repo.tm(&["events", "HEAD"]);
    assert!(events.contains("task.created 4"), "{events}");
    assert_eq!(repo.tm(&["check"]), "6 tasks: 0 errors, 0 warnings\n");
}

#[test]
fn a_subtask_goes_beside_its_siblings() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let made = ".taskmaster/context/task_001/subtask_003.md";
    assert_eq!(repo.tm(&["create", "More", "--parent", "#1", "--depends", "1.2"]), format!("1.3 {made}\n"));
    let text = repo.read(made);
    assert!(text.contains("subtask_id: subtask_003\n") && text.contains("parent_task: task_001\n"), "{text}");
    assert!(text.contains("dependencies: [subtask_002]\n"), "{text}");
    assert_eq!(repo.tm(&["check"]), "6 tasks: 0 errors, 0 warnings\n");
    // The first one below a task.
    assert_eq!(
        repo.tm(&["create", "First", "--parent", "task_002"]),
        "2.1 .taskmaster/context/task_002/subtask_001.md\n"
    );
    refused(&repo, &["Deeper", "--parent", "1.3"], 3, "no place for subtasks of subtasks");
}

/// What is called so is no example for a task.
#[test]
fn a_folder_of_a_subtasks_own_is_no_style_for_tasks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(".taskmaster/context/task_001/task.md", "---\ntask_id: task_001\nstatus: pending\n---\n");
    repo.write(
        ".taskmaster/context/subtask_001/subtask.md",
        "---\ntask_id: task_001\nsubtask_id: subtask_001\nstatus: pending\n---\n",
    );
    repo.commit_all("Start");
    assert_eq!(repo.tm(&["create", "Two"]), "2 .taskmaster/context/task_002/task.md\n");
}

#[test]
fn a_task_begins_with_the_word_that_the_tree_has_for_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let task = ".taskmaster/context/task_001/task.md";
    repo.write(task, "---\ntask_id: task_001\nstatus: todo\n---\n- **Status**: todo\n");
    repo.commit_all("Start");
    repo.tm(&["create", "Two"]);
    let text = repo.read(&task.replace("001", "002"));
    assert!(text.contains("\nstatus: todo\n") && !text.contains("pending"), "{text}");
    repo.tm(&["create", "Three", "--status", "done"]);
    assert!(repo.read(&task.replace("001", "003")).contains("\nstatus: done\n"));
}

#[test]
fn a_branch_names_the_parent() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (branch, id) in [("task/2-login", "2.1"), ("feature/2-x", "2.2"), ("2-y", "2.3"), ("task-2", "2.4")] {
        repo.git(&["switch", "-q", "-c", branch]);
        let ran = repo.try_tm(&["create", "Part"]);
        assert!(ran.stdout.starts_with(&format!("{id} ")), "{branch}: {ran:?}");
        assert!(ran.stderr.contains(&format!("part of task 2, since the branch is `{branch}`")), "{ran:?}");
    }
    assert!(repo.tm(&["create", "Whole", "--no-parent"]).starts_with("4 "));
    assert!(repo.tm(&["create", "Other", "--parent", "3"]).starts_with("3.1 "));
    // The same names of branches count as for show.
    for (branch, id) in [("task/77-nothing", "5"), ("fix-#3-y", "6"), ("v3", "7")] {
        repo.git(&["switch", "-q", "-c", branch]);
        assert!(repo.tm(&["create", "Whole"]).starts_with(&format!("{id} ")), "{branch}");
        assert_eq!(repo.try_tm(&["show"]).code, 3, "{branch}");
    }
    repo.git(&["switch", "-q", "-c", "task/1.1-one-one"]);
    refused(&repo, &["Deeper"], 3, "task 1.1 is a subtask");
    repo.git(&["switch", "-q", "-c", "fix/#3"]);
    assert!(repo.tm(&["create", "Part"]).starts_with("3.2 "));
}

#[test]
fn a_priority_that_the_tree_has_will_do() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(ONE, "priority: high", "priority: blocker");
    repo.commit_all("A word of our own");
    for word in ["blocker", "urgent", "P1", "low"] {
        repo.tm(&["create", "X", "--priority", word]);
    }
    assert!(repo.read(FOUR).contains("priority: blocker\n"));
    refused(&repo, &["X", "--priority", "zzz"], 3, "known are critical, high, medium, low, blocker\n");
}

#[test]
fn a_description_keeps_its_words_whatever_ends_its_lines() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.tm(&["create", "X", "--description", "one\rtwo\r\nthree\u{85}four\u{2028}five"]);
    assert!(repo.read(FOUR).ends_with("\none\ntwo\nthree\nfour\u{2028}five\n"), "{:?}", repo.read(FOUR));
}

#[test]
fn a_text_may_begin_with_a_hyphen() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.tm(&["create", "- 5 degrees", "--description", "- first\n- second", "--priority", "high"]);
    let text = repo.read(FOUR);
    assert!(text.contains("title: '- 5 degrees'\n") && text.contains("priority: high\n"), "{text}");
    assert!(text.ends_with("\n- first\n- second\n"), "{text}");
    for word in ["--priorty", "-x"] {
        refused(&repo, &[word], 2, "there is no such option");
        refused(&repo, &[word, "A title"], 2, "");
    }
}

#[test]
fn a_list_takes_a_task_by_added_lines() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["rm", "-rq", ".taskmaster/context"]);
    repo.commit_all("List alone");
    assert_eq!(repo.tm(&["create", "Four", "--depends", "3", "--status", "wip"]), format!("4 {JSON}\n"));
    let lines = repo.lines("HEAD~1", "HEAD", JSON);
    let expected = [
        "+    },",
        "+    {",
        "+      \"id\": 4,",
        "+      \"title\": \"Four\",",
        "+      \"status\": \"in-progress\",",
        "+      \"dependencies\": [",
        "+        3",
        "+      ]",
    ];
    assert_eq!(lines, expected);
    assert!(repo.tm(&["create", "Part", "--parent", "3"]).starts_with("3.1 "));
    assert_eq!((repo.tm(&["check"]).as_str(), repo.dirt().as_str()), ("7 tasks: 0 errors, 0 warnings\n", ""));
}

#[test]
fn nothing_is_committed_that_was_not_asked_for() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let dry = repo.tm(&["create", "Four", "-n"]);
    assert!(dry.contains("--- /dev/null\n") && dry.contains("+title: Four\n"), "{dry}");
    assert_eq!(repo.dirt(), "");
    repo.tm(&["create", "Four", "--no-commit"]);
    assert_eq!(repo.dirt(), "?? .taskmaster/context/task_004/");
    // Its number is taken from now on.
    repo.write("code.txt", "staged\n");
    repo.git(&["add", "code.txt"]);
    assert!(repo.tm(&["create", "Five"]).starts_with("5 "));
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [".taskmaster/context/task_005/task.md"]);
    assert_eq!(repo.dirt(), "A  code.txt\n?? .taskmaster/context/task_004/");
    refused(&repo, &["Part", "--parent", "4"], 3, "task 4 is in no commit yet");
}

#[test]
fn an_empty_tree_gets_its_first_task() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(
        ".taskmaster/config/workflow.yaml",
        "task_integration: {default_priority: low, default_assignee: ann, auto_assign_agents: true}\n",
    );
    refused(&repo, &["First"], 4, "make the first one");
    repo.tm(&["create", "First", "--no-commit"]);
    let text = repo.read(".taskmaster/context/task_001/task.md");
    assert!(text.contains("priority: low\n") && text.contains("assignee: ann\n"), "{text}");
    assert_eq!(repo.tm(&["check"]), "1 task: 0 errors, 0 warnings\n");
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    refused(&repo, &[" \n"], 3, "the new task has no title");
    refused(&repo, &["?!"], 3, "the title `?!` has no letter and no digit in it\nhint: say in a few words");
    refused(
        &repo,
        &["X", "--priority", "zzz"],
        3,
        "there is no priority `zzz`\nhint: known are critical, high, medium, low\n",
    );
    refused(&repo, &["X", "--parent", "99"], 3, "there is no task 99");
    refused(&repo, &["X", "--depends", "99"], 3, "there is no task 99");
    refused(&repo, &["X", "--depends", "a b"], 3, "is not a task id");
    refused(&repo, &["X", "--status", "dnoe"], 3, "there is no status `dnoe`");
    refused(&repo, &["X", "--tag", "other"], 3, "no tasks.json has the tag `other`");
    refused(&repo, &["X", "--description", "a\n<<<<<<< b"], 3, "would not be read back as it is meant");
    repo.git(&["checkout", "-q", "--detach"]);
    refused(&repo, &["X"], 4, "HEAD is not on a branch");
}

#[test]
fn every_spelling_of_an_id_is_understood() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for id in ["3", "#3", "task_003", "TASK-3"] {
        assert!(repo.tm(&["show", id]).contains("Three"), "{id}");
    }
    repo.tm(&["set-status", "#3", "review"]);
    assert!(repo.tm(&["log", "#3"]).contains("review"));
    assert_eq!(repo.status(ONE), "pending");
}

#[test]
fn automated_tasks_are_listed_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let rules = "mode: commit\ntriggers:\n  - name: deploy\n    event: task.status.updated\n    actions: [create_deployment_task]\n";
    repo.plant(rules);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    assert_eq!(repo.tm(&["list", "--automated"]), "");
    repo.tm(&["create", "By hand"]);
    repo.tm(&["set-status", "3", "done"]);
    let listed = repo.tm(&["list", "--automated"]);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.contains("Deployment: Three (3)"), "{listed}");
}

#[test]
fn tasks_that_are_made_at_once_all_get_a_number_of_their_own() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let script = "pids=; for i in 1 2 3 4 5 6; do \"$0\" create \"Mine $i\" & pids=\"$pids $!\"; done\n\
                  failed=0; for pid in $pids; do wait $pid || failed=1; done; exit $failed";
    let ran = sandbox.run(&repo.path, "sh", &["-c", script, env!("CARGO_BIN_EXE_taskmaster")], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.tm(&["check"]), "11 tasks: 0 errors, 0 warnings\n");
    assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (7, ""));
}
