//! Tasks that the engine makes, where history is rewritten, merged or taken back.

use super::creation::{FOUR, INCIDENTS, event_of, fail_three, fail_three_in_the_list, incidents, listed};
use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, THREE, TWO};

#[test]
fn invariant_11_rewritten_history_makes_no_second_task() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.git(&["branch", "upstream"]);
    fail_three(&repo);
    // Moved onto something else, the engine commit with it.
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["rebase", "-q", "upstream"]);
    repo.tm(&["sync"]);
    let subjects = ["chore(taskmaster): 4 in-progress", "Three failed", "Other", "Start"];
    assert_eq!(repo.subjects(), subjects);
    // Squashed into one, and amended.
    repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repo.git(&["commit", "-q", "--reuse-message", "ORIG_HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "All of it"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "All of it");
    assert_eq!(repo.tm(&["list"]).lines().count(), 6);
    // Where its commit goes and the source is reworded, the same task is made again.
    let repo = sandbox.repository("ben");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    let made = repo.read(FOUR);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "Reworded"]);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 4 in-progress", "Reworded", "Start"]);
    assert_eq!(event_of(&repo.read(FOUR)), event_of(&made));
}

#[test]
fn undo_takes_a_made_task_away_again_for_good() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let tree = repo.id("HEAD~1^{tree}");
    let shown = repo.tm(&["undo", "-n"]);
    assert!(shown.contains("+++ /dev/null"), "{shown}");
    repo.tm(&["undo"]);
    assert_eq!((repo.id("HEAD^{tree}"), repo.dirt().as_str()), (tree, ""));
    assert!(!repo.path.join(".taskmaster/context/task_004").exists());
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.subjects().len(), 4, "what was taken back does not follow again");
    // And not in a rewritten history either.
    repo.git(&["rebase", "-q", "--force-rebase", "HEAD~3"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.tm(&["list"]).lines().count(), 5);
}

#[test]
fn undo_leaves_a_made_task_that_somebody_has_worked_on() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let engine = repo.head();
    repo.write(FOUR, repo.read(FOUR) + "\nA note.\n");
    repo.commit_all("Note");
    let ran = repo.try_tm(&["undo", &engine]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(repo.read(FOUR).contains("A note."));
}

#[test]
fn undo_takes_an_object_out_of_the_list_whatever_stands_behind_it() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    fail_three_in_the_list(&repo);
    let engine = repo.head();
    let tree = repo.id("HEAD~1^{tree}");
    repo.tm(&["undo"]);
    assert_eq!(repo.id("HEAD^{tree}"), tree);
    repo.git(&["reset", "-q", "--hard", &engine]);
    repo.tm(&["sync"]);
    repo.replace(JSON, "\n    }\n  ]", "\n    },\n    {\n      \"id\": 5,\n      \"title\": \"Five\"\n    }\n  ]");
    repo.commit_all("Five");
    repo.tm(&["undo", &engine]);
    let text = repo.read(JSON);
    assert!(!text.contains("Incident") && text.contains("Five"), "{text}");
    assert_eq!((repo.tm(&["check"]).contains("0 errors"), repo.dirt().as_str()), (true, ""));
}

#[test]
fn a_made_task_that_somebody_removes_stays_away() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    repo.git(&["rm", "-q", FOUR]);
    repo.commit_all("Not needed");
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.subjects()[0], "Not needed");
    // Nor does a branch bring it back on which it was made and taken back.
    let repo = sandbox.repository("ben");
    repo.plant(&INCIDENTS.replace("mode: commit\n", "mode: commit\ngit: {canonical: release}\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.git(&["switch", "-q", "-c", "release"]);
    fail_three(&repo);
    repo.tm(&["undo"]);
    assert_eq!(repo.subjects().len(), 4);
    repo.git(&["branch", "-q", "-f", "start", "HEAD~3"]);
    repo.git(&["switch", "-q", "-C", "release", "start"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "release@{2}"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "Merge");
    assert!(!repo.path.join(FOUR).exists());
}

#[test]
fn invariant_11_a_merge_of_a_branch_that_has_made_its_task_makes_no_other() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    repo.git(&["branch", "-q", "done"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "done"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects()[0], "Merge");
    assert_eq!(repo.tm(&["list"]).lines().count(), 6);
}

/// How many tasks the engine has made.
fn automated(repo: &Repo<'_>) -> usize {
    repo.tm(&["list", "--automated"]).lines().count()
}

#[test]
fn history_that_is_written_anew_with_other_dates_makes_no_second_task() {
    type Rewriting = fn(&Repo<'_>);
    let rewritings: [(&str, Rewriting); 7] = [
        ("squashed", |repo| {
            repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
            repo.git(&["commit", "-q", "-m", "Again"]);
        }),
        ("squashed after a sync", |repo| {
            repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
            repo.tm(&["sync"]);
            repo.git(&["commit", "-q", "-m", "Again"]);
        }),
        ("amended", |repo| {
            repo.git(&["reset", "-q", "--soft", "HEAD~1"]);
            repo.git(&["commit", "-q", "--amend", "--reset-author", "--no-edit"]);
        }),
        ("the engine commit kept, the source dated anew", |repo| {
            repo.git(&["rebase", "-q", "--force-rebase", "--reset-author-date", "HEAD~2"]);
        }),
        ("cut in two, the task last", |repo| {
            repo.quietly(&["reset", "-q", "HEAD~2"]);
            repo.quietly(&["commit", "-q", "-m", "Status", THREE]);
            repo.commit_all("Task");
        }),
        ("cut in two, the task first", |repo| {
            repo.quietly(&["reset", "-q", "HEAD~2"]);
            repo.quietly(&["add", FOUR]);
            repo.quietly(&["commit", "-q", "-m", "Task"]);
            repo.commit_all("Status");
        }),
        ("squashed into an older branch", |repo| {
            repo.git(&["switch", "-q", "-c", "other", "HEAD~2"]);
            repo.git(&["merge", "-q", "--squash", "main"]);
            repo.git(&["commit", "-q", "-m", "Squashed"]);
            repo.git(&["checkout", "-q", "-B", "main"]);
        }),
    ];
    for (name, rewrite) in rewritings {
        let sandbox = Sandbox::new();
        let repo = incidents(&sandbox);
        fail_three(&repo);
        rewrite(&repo);
        repo.tm(&["sync"]);
        assert_eq!((automated(&repo), repo.dirt().as_str()), (1, ""), "{name}: {:?}", repo.subjects());
        // The next event is another one, for all that it is equal.
        repo.mark(THREE, "failed", "pending");
        repo.commit_all("Mended");
        fail_three(&repo);
        assert_eq!(automated(&repo), 2, "{name}: {:?}", repo.subjects());
        let root = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
        repo.tm(&["sync", "--since", &root]);
        assert_eq!(automated(&repo), 2, "{name}: {:?}", repo.subjects());
    }
}

#[test]
fn what_a_squash_sums_up_makes_no_second_task() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.mark(THREE, "pending", "in-progress");
    repo.commit_all("Begun");
    repo.mark(THREE, "in-progress", "failed");
    repo.commit_all("Three failed");
    repo.git(&["switch", "-q", "-c", "other", "HEAD~3"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["merge", "-q", "--squash", "main"]);
    repo.git(&["commit", "-q", "-m", "All of it"]);
    // A merge of it, too.
    repo.git(&["switch", "-q", "-C", "main", "HEAD~1"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "other"]);
    repo.tm(&["sync"]);
    assert_eq!((automated(&repo), repo.subjects()[0].as_str()), (1, "Merge"));
    // Another clone squashes what is there.
    let repo = sandbox.repository("ben");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    let clone = sandbox.clone(&repo.path, "cem");
    clone.tm(&["hooks", "install"]);
    clone.tm(&["sync"]);
    clone.git(&["reset", "-q", "--soft", "HEAD~2"]);
    clone.git(&["commit", "-q", "-m", "All of it"]);
    clone.tm(&["sync"]);
    assert_eq!((automated(&clone), clone.subjects()), (1, vec!["All of it".to_owned(), "Start".to_owned()]));
}

#[test]
fn a_made_task_that_is_squashed_in_sets_its_maker_going_no_more_than_before() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\ntriggers:\n  - name: review\n    event: task.created\n    actions:\n      - create_task: {title: \"Review {task_title}\"}\n",
    );
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.tm(&["create", "Mine"]);
    assert_eq!(automated(&repo), 1);
    repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repo.git(&["commit", "-q", "-m", "Again"]);
    assert_eq!((automated(&repo), repo.subjects().len()), (1, 2));
}

#[test]
fn equal_events_of_one_second_make_a_task_each() {
    let second = [("GIT_AUTHOR_DATE", "1750000000 +0000"), ("GIT_COMMITTER_DATE", "1750000000 +0000")];
    for hooks in ["1", "0"] {
        let sandbox = Sandbox::new();
        let repo = incidents(&sandbox);
        for (old, new) in [("pending", "failed"), ("failed", "pending"), ("pending", "failed")] {
            repo.mark(THREE, old, new);
            let environment = [second[0], second[1], ("TASKMASTER", hooks)];
            let ran = sandbox.run(&repo.path, "git", &["commit", "-q", "-a", "-m", new], &environment);
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        repo.tm(&["sync"]);
        assert_eq!(automated(&repo), 2, "{:?}", repo.subjects());
        let root = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
        repo.tm(&["sync", "--since", &root]);
        assert_eq!(automated(&repo), 2, "{:?}", repo.subjects());
    }
}

#[test]
fn undo_is_refused_where_other_tasks_hang_on_a_made_one() {
    let hang = |repo: &Repo<'_>, engine: &str, name: &str| {
        let head = repo.head();
        let ran = repo.try_tm(&["undo", engine]);
        assert_eq!((ran.code, repo.head()), (3, head), "{ran:?}");
        assert!(ran.stderr.contains(&format!("task {name} hangs on task 4")), "{ran:?}");
    };
    let sandbox = Sandbox::new();
    // A subtask in the list, committed and not.
    let repo = listed(&sandbox);
    fail_three_in_the_list(&repo);
    let engine = repo.head();
    repo.tm(&["create", "Mine", "--parent", "4", "--no-commit"]);
    hang(&repo, &engine, "4.1");
    repo.git(&["checkout", "-q", "."]);
    repo.tm(&["create", "Mine", "--parent", "4", "--description", "precious"]);
    hang(&repo, &engine, "4.1");
    assert!(repo.read(JSON).contains("precious"));
    // A file of a subtask, one that only the worktree has, and a task that waits.
    let repo = sandbox.repository("ben");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    let engine = repo.head();
    repo.tm(&["create", "Mine", "--parent", "4", "--no-commit"]);
    hang(&repo, &engine, "4.1");
    repo.commit_all("Mine");
    hang(&repo, &engine, "4.1");
    repo.git(&["rm", "-q", ".taskmaster/context/task_004/subtask_001.md"]);
    repo.commit_all("Not needed");
    repo.tm(&["create", "Later", "--depends", "4"]);
    hang(&repo, &engine, "5");
}

#[test]
fn a_made_task_whose_number_another_clone_took_is_made_again() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    let start = repo.head();
    for rebases in ["true", "false"] {
        repo.git(&["reset", "-q", "--hard", &start]);
        repo.git(&["update-ref", "refs/taskmaster/cursor/main", &start]);
        let clone = sandbox.clone(&repo.path, rebases);
        clone.git(&["config", "pull.rebase", rebases]);
        clone.tm(&["hooks", "install"]);
        clone.tm(&["sync"]);
        fail_three(&repo);
        clone.mark(TWO, "blocked", "failed");
        clone.commit_all("Two failed");
        assert!(clone.read(FOUR).contains("Two"));
        assert_ne!(clone.try_git(&["pull", "-q"]).code, 0);
        if rebases == "true" {
            clone.git(&["rebase", "--skip"]);
        } else {
            clone.git(&["checkout", "-q", "--theirs", FOUR]);
            clone.git(&["add", FOUR]);
            let ran = clone.try_git(&["commit", "-q", "--no-edit"]);
            let said =
                "two branches had made a task 4, and the merge keeps one; to make the other again: taskmaster sync";
            assert!(ran.stderr.contains(said), "{ran:?}");
            clone.tm(&["sync", "--since", &start]);
        }
        assert_eq!((automated(&clone), clone.dirt().as_str()), (2, ""), "{:?}", clone.subjects());
        assert!(clone.read(FOUR).contains("Three"));
        clone.tm(&["sync", "--since", &start]);
        assert_eq!(automated(&clone), 2);
    }
}
