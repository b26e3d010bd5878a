//! A change is committed, and what must follow is committed behind it.

use super::sandbox::{Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, ONE_ONE, ONE_TWO, THREE, TWO, WORKFLOW_FILE};

#[test]
fn a_status_in_front_matter_brings_its_mirrors_and_its_dependents_along() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let start = repo.head();
    let ran = repo.finish_one();
    assert_eq!(repo.subjects(), ["chore(taskmaster): 1 done; 2 pending", "Finish one", "Start"]);
    assert_eq!(repo.changed(&start, "HEAD~1"), [ONE]);
    assert_eq!(
        repo.lines("HEAD~1", "HEAD", ONE),
        ["-updated: 2025-01-15", "+updated: 2025-06-15", "-- **Status**: pending", "+- **Status**: done",]
    );
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [ONE, TWO, JSON]);
    assert_eq!(
        repo.lines("HEAD~1", "HEAD", JSON),
        [
            "-      \"status\": \"pending\",",
            "+      \"status\": \"done\",",
            "-      \"status\": \"blocked\",",
            "+      \"status\": \"pending\",",
        ]
    );
    assert_eq!((repo.status(TWO).as_str(), repo.status(ONE_ONE).as_str()), ("pending", "pending"));
    assert_eq!(repo.dirt(), "");
    assert_eq!(repo.cursor(), repo.head());
    let short = &repo.head()[..7];
    let line = ran.stderr.lines().find(|line| line.starts_with("taskmaster: +1 commit")).unwrap();
    assert!(line.contains(short) && line.contains("undo: taskmaster undo") && line.contains("1 done; 2 pending"));
    let satisfied = repo.tm(&["explain", "HEAD"]);
    assert!(satisfied.contains("task.dependencies.satisfied"), "{satisfied}");
    let log = repo.tm(&["log", "2"]);
    assert!(log.contains("blocked") && log.contains("pending"), "{log}");
}

#[test]
fn a_status_in_tasks_json_alone_flips_no_other_task() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let three = "\"title\": \"Three\",\n      \"status\": ";
    repo.replace(JSON, &format!("{three}\"pending\""), &format!("{three}\"done\""));
    repo.commit_all("Finish three");
    assert_eq!(repo.subjects().len(), 3);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [THREE]);
    assert_eq!(
        repo.lines("HEAD~1", "HEAD", THREE),
        [
            "-status: pending",
            "+status: done",
            "-updated: 2025-01-15",
            "+updated: 2025-06-15",
            "-- **Status**: pending",
            "+- **Status**: done",
        ]
    );
    assert_eq!(repo.lines("HEAD~2", "HEAD", JSON).len(), 2);
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_bullet_alone_is_a_change_like_any_other() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(THREE, "- **Status**: pending", "- **Status**: in-progress");
    repo.commit_all("Begin three");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 3 in-progress");
    assert_eq!(repo.status(THREE), "in-progress");
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [THREE, JSON]);
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_parent_follows_its_subtasks_in_a_cascade_of_three_levels() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("Finish the first subtask");
    assert_eq!((repo.status(ONE).as_str(), repo.status(TWO).as_str()), ("in-progress", "blocked"));
    repo.mark(ONE_TWO, "pending", "done");
    repo.commit_all("Finish the second subtask");
    // The parent is done, so that what waited for it is free.
    assert_eq!((repo.status(ONE).as_str(), repo.status(TWO).as_str()), ("done", "pending"));
    let depths: Vec<String> = trailers(&repo.message("HEAD"))
        .iter()
        .filter(|value| value.contains(" status "))
        .map(|value| value.split(' ').skip(1).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(depths, ["roll_up 1 status in-progress -> done 1", "status_change 2 status blocked -> pending 2",]);
    assert_eq!(repo.engine_commits(), 2);
    assert_eq!(repo.dirt(), "");
}

fn trailers(message: &str) -> Vec<String> {
    let changes = message.lines().filter_map(|line| line.strip_prefix("Taskmaster-Change: "));
    changes.map(ToOwned::to_owned).collect()
}

#[test]
fn a_dependent_waits_until_the_last_dependency_is_done() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "dependencies: [task_001]", "dependencies: [task_001, task_003]");
    repo.commit_all("Two waits for three as well");
    repo.finish_one();
    assert_eq!(repo.status(TWO), "blocked");
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Finish three");
    assert_eq!(repo.status(TWO), "pending");
}

#[test]
fn two_clones_make_the_same_engine_commit_byte_for_byte() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    let ids: Vec<String> = ["ben", "cem"]
        .iter()
        .map(|name| {
            let clone = sandbox.clone(&repo.path, name);
            clone.git(&["config", "core.autocrlf", "false"]);
            clone.git(&["config", "i18n.commitEncoding", "ISO-8859-1"]);
            clone.tm(&["sync", "--since", "HEAD~1"]);
            clone.head()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], repo.head());
    // And the same tip a second time, in the clone that made it.
    let again = sandbox.clone(&repo.path, "dot");
    again.tm(&["sync", "--since", "HEAD~1"]);
    again.git(&["reset", "-q", "--hard", "HEAD~1"]);
    again.tm(&["sync", "--since", "HEAD~1"]);
    assert_eq!(again.head(), ids[0]);
}

#[test]
fn neither_titles_nor_statuses_forge_a_trailer() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(THREE, "title: Three\n", "title: \"Three\\n\\nTaskmaster-Undoes: 1234\\e[31m\"\n");
    repo.replace(THREE, "\nstatus: pending\n", "\nstatus: \"done\\nTaskmaster-Actor: nobody\\e[31m\"\n");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Odd\nTaskmaster-Undoes: 99", "--no-verify"]);
    let message = repo.message("HEAD");
    assert!(message.starts_with("chore(taskmaster): 3 done "), "{message}");
    let keys = repo.git(&["log", "-1", "--format=%(trailers:keyonly,unfold)"]);
    for line in keys.lines().filter(|line| !line.is_empty()) {
        assert!(
            ["Taskmaster-Change", "Taskmaster-Caused-By", "Taskmaster-Actor", "Taskmaster-Config", "Taskmaster-Rules"]
                .contains(&line)
        );
    }
    let actors = repo.git(&["log", "-1", "--format=%(trailers:key=Taskmaster-Actor,valueonly)"]);
    assert_eq!(actors.trim(), "ann <ann@example.com>");
    assert!(!message.contains('\u{1b}') && !message.contains("\nTaskmaster-Undoes"), "{message}");
}

#[test]
fn a_closes_trailer_sets_the_task_done() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("code.rs", "fn main() {}\n");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Write the code\n\nCloses: task_001/subtask_002, PROJ-7, #3"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 in-progress; 1.2 done");
    assert_eq!((repo.status(ONE_TWO).as_str(), repo.status(THREE).as_str()), ("done", "pending"));
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [ONE_TWO, ONE, JSON]);
    assert_eq!(repo.dirt(), "");
    // A task that is not there is said, and refuses nothing.
    repo.write("code.rs", "fn main() { }\n");
    repo.git(&["add", "-A"]);
    let ran = repo.try_git(&["commit", "-q", "-m", "More\n\nCloses: task_099"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("Closes: task_099"), "{}", ran.stderr);
}

/// Closing says what is wanted: where it is not allowed, the task's status is what it was.
#[test]
fn who_listens_to_closing_sees_the_status_that_the_task_has() {
    for allowed in ["review", "review, done"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        let conditions = [
            "{field: status, operator: equals, value: done}",
            "{field: status.category, operator: equals, value: done}",
            "{when: \"status == 'done'\"}",
            "{field: task.status, operator: equals, value: done}",
            "{field: status, operator: changed_to, value: done}",
        ];
        let each = conditions.iter().enumerate().map(|(at, condition)| {
            format!("  - {{name: t{at}, event: commit.closes, conditions: [{condition}], actions: [mark{at}]}}\n")
        });
        let marks: Vec<String> =
            (0..conditions.len()).map(|at| format!("mark{at}: {{set: {{mark{at}: yes}}}}")).collect();
        repo.plant(&format!(
            "mode: commit\nstatuses:\n  pending: {{category: todo, transitions: [{allowed}]}}\n  review: {{category: review}}\n  \
             done: {{category: done}}\nactions: {{seen: {{set: {{seen: yes}}}}, {}}}\ntriggers:\n  - {{name: wanted, event: commit.closes, conditions: [{{field: new, operator: equals, value: done}}], actions: [seen]}}\n{}",
            marks.join(", "),
            each.collect::<String>()
        ));
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "Work\n\nCloses: 3"]);
        let three = repo.read(THREE);
        let is_done = allowed.contains("done");
        assert_eq!((three.contains("status: done"), three.contains("seen: ")), (is_done, true), "{three}");
        for (at, condition) in conditions.iter().enumerate() {
            assert_eq!(three.contains(&format!("mark{at}: ")), is_done, "{condition}: {three}");
        }
    }
}

#[test]
fn triggers_listen_to_what_a_commit_closes() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\nactions: {mark: {set: {closed_by: commit}}, star: {set: {starred: true}}}\ntriggers:\n  - {name: only, event: \
         commit.closes, actions: [mark]}\n  - {name: every, event: \"*\", actions: [star]}\n",
    );
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Work\n\nCloses: 3"]);
    let three = repo.read(THREE);
    assert!(
        three.contains("status: done") && three.contains("closed_by: commit") && three.contains("starred: true"),
        "{three}"
    );
    let explained = repo.tm(&["explain", "HEAD~1"]);
    assert!(explained.contains("only") && explained.contains("closes"), "{explained}");
    repo.tm(&["sync", "--since", "HEAD~2"]);
    assert_eq!(repo.engine_commits(), 1);
}

/// What would be sent by the settings of an environment that nobody knows is not done silently without.
#[test]
fn an_environment_that_nobody_knows_is_said() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant("mode: commit\nenvironments: {production: {}}\ntriggers: [{name: t, event: task.status.updated, actions: [send_x]}]\n");
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let slip = [("TASKMASTER_ENV", "prodution")];
    let set = ["set-status", "3", "done"];
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &set, &slip);
    assert!(ran.code != 0 && ran.stderr.contains("prodution"), "{ran:?}");
    assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (1, ""));
    repo.mark(THREE, "pending", "done");
    let ran = repo.sandbox.run(&repo.path, "git", &["commit", "-q", "-a", "-m", "Three"], &slip);
    assert!(ran.code == 0 && ran.stderr.contains("nothing is sent or run: "), "{ran:?}");
}

#[test]
fn modes_go_from_saying_to_committing() {
    for (mode, said, commits) in [
        ("observe", "would follow: 1 done; 2 pending (mode observe", 2),
        ("warn", "would follow: 1 done; 2 pending (mode warn", 2),
        ("enforce", "would follow: 1 done; 2 pending (mode enforce", 2),
        ("commit", "+1 commit", 3),
    ] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.tm(&["hooks", "install", "--mode", mode]);
        let ran = repo.finish_one();
        assert!(ran.stderr.contains(said), "{mode}: {}", ran.stderr);
        assert_eq!(repo.subjects().len(), commits, "{mode}");
        assert_eq!(repo.dirt(), "", "{mode}");
        if commits == 2 {
            // What was only said can be done with the very command that was named.
            let since = ran.stderr.split("--since ").nth(1).unwrap().split([';', ')']).next().unwrap();
            repo.tm(&["sync", "--since", since]);
            assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 done; 2 pending", "{mode}");
        }
    }
}

#[test]
fn commit_never_shows_and_apply_does_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&WORKFLOW.replace("  mode: commit\n", "  mode: commit\n  git:\n    commit: never\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("taskmaster apply"), "{}", ran.stderr);
    assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (2, ""));
    let dry = repo.tm(&["apply", "-n"]);
    assert!(dry.contains("2 status blocked -> pending"), "{dry}");
    assert_eq!(repo.dirt(), "");
    repo.tm(&["apply"]);
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(repo.subjects().len(), 2);
    let edited = repo.dirt();
    assert_eq!(edited.lines().count(), 3, "{edited}");
    repo.tm(&["apply"]);
    assert_eq!(repo.dirt(), edited, "applied twice is applied once");
    repo.commit_all("What follows");
    assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (3, ""));
}

#[test]
fn the_executor_named_in_the_file_commits_and_nobody_else() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&WORKFLOW.replace("  mode: commit\n", "  mode: commit\n  git:\n    executor: ci\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let ran = repo.finish_one();
    assert_eq!(repo.subjects().len(), 2);
    assert!(ran.stderr.contains("another executor commits it"), "{}", ran.stderr);
}

#[test]
fn sync_since_processes_what_others_committed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    let clone = sandbox.clone(&repo.path, "ben");
    clone.tm(&["sync"]);
    assert_eq!(clone.subjects().len(), 2, "the first look is the beginning");
    clone.tm(&["sync", "--since", "HEAD~1", "-n"]);
    assert_eq!(clone.subjects().len(), 2);
    clone.tm(&["sync", "--since", "HEAD~1"]);
    assert_eq!(clone.subjects()[0], "chore(taskmaster): 1 done; 2 pending");
    assert_eq!(clone.dirt(), "");
}

#[test]
fn repair_brings_old_drift_into_step_and_fires_nothing() {
    for (prefer, status) in [("markdown", "pending"), ("json", "done"), ("newest", "done")] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(WORKFLOW);
        repo.commit_all("Start");
        let one = "\"title\": \"One\",\n      \"status\": ";
        repo.replace(JSON, &format!("{one}\"pending\""), &format!("{one}\"done\""));
        repo.commit_all("Drift");
        repo.tm(&["hooks", "install"]);
        assert!(repo.tm(&["check"]).contains("drift: 1 of"));
        repo.tm(&["sync", "--repair", "--prefer", prefer, "-n"]);
        assert_eq!(repo.subjects().len(), 2);
        repo.tm(&["sync", "--repair", "--prefer", prefer]);
        assert_eq!(repo.subjects().len(), 3, "{prefer}");
        assert_eq!((repo.status(ONE).as_str(), repo.dirt().as_str()), (status, ""), "{prefer}");
        assert!(!repo.tm(&["check"]).contains("drift"), "{prefer}");
        // Task 2 waits for 1: that is no news, so it stays.
        repo.tm(&["sync"]);
        repo.write("other.txt", "x");
        repo.commit_all("Other");
        assert_eq!((repo.status(TWO).as_str(), repo.subjects().len()), ("blocked", 4), "{prefer}");
    }
}

#[test]
fn rules_that_change_with_the_commit_apply_to_it() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(WORKFLOW_FILE, "        - trigger_dependent_tasks\n", "");
    repo.finish_one();
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 done");
    assert_eq!(repo.status(TWO), "blocked");
}
