//! Several clones of one repository, and history that is rewritten.

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{ONE, ONE_ONE, ONE_TWO, THREE, TWO};

/// A bare repository with the small tree in it.
fn published(sandbox: &Sandbox) -> std::path::PathBuf {
    let bare = sandbox.bare("shared.git");
    let seed = sandbox.clone(&bare, "seed");
    seed.plant(WORKFLOW);
    seed.git(&["checkout", "-q", "-B", "main"]);
    seed.commit_all("Start");
    seed.git(&["push", "-q", "-u", "origin", "main"]);
    bare
}

fn member<'a>(sandbox: &'a Sandbox, bare: &std::path::Path, name: &str) -> Repo<'a> {
    let clone = sandbox.clone(bare, name);
    clone.git(&["config", "pull.rebase", "false"]);
    clone.tm(&["hooks", "install"]);
    clone
}

#[test]
fn pulled_commits_are_only_reported() {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox);
    let (ann, ben) = (sandbox.clone(&bare, "ann"), member(&sandbox, &bare, "ben"));
    ann.mark(ONE, "pending", "done");
    ann.commit_all("Finish one");
    ann.git(&["push", "-q"]);
    let ran = ben.try_git(&["pull", "-q"]);
    assert!(ran.stderr.contains("would follow from pulled commits, which is their authors' to do"), "{ran:?}");
    assert_eq!((ben.head(), ben.cursor(), ben.dirt()), (ann.head(), ann.head(), String::new()));
    // A commit of his own on top is processed; theirs is not.
    ben.mark(THREE, "pending", "done");
    ben.commit_all("Finish three");
    assert_eq!(ben.subjects()[0], "chore(taskmaster): 3 done");
    assert_eq!(ben.status(TWO), "blocked");
    // The very command that was named does it here.
    let since = ran.stderr.split("--since ").nth(1).unwrap().trim();
    ben.tm(&["sync", "--since", since]);
    assert_eq!(ben.status(TWO), "pending");
}

#[test]
fn a_merge_of_pulled_work_brings_only_ones_own() {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox);
    let (ann, ben) = (sandbox.clone(&bare, "ann"), member(&sandbox, &bare, "ben"));
    ann.mark(ONE, "pending", "done");
    ann.commit_all("Finish one");
    ann.git(&["push", "-q"]);
    ben.mark(THREE, "pending", "done");
    ben.commit_all("Finish three");
    ben.git(&["pull", "-q", "--no-edit"]);
    assert_eq!(ben.subjects().iter().filter(|subject| subject.starts_with("chore")).count(), 1);
    assert_eq!((ben.status(TWO).as_str(), ben.dirt().as_str()), ("blocked", ""));
    ben.git(&["push", "-q"]);
    assert_eq!(ben.cursor(), ben.head());
}

#[test]
fn case_44_pull_rebase_fires_nothing_twice_and_loses_nothing() {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox);
    let (ann, ben) = (sandbox.clone(&bare, "ann"), member(&sandbox, &bare, "ben"));
    ann.write("other.txt", "x");
    ann.commit_all("Other");
    ann.git(&["push", "-q"]);
    ben.finish_one();
    ben.mark(THREE, "pending", "done");
    ben.git(&["add", "-A"]);
    ben.quietly(&["commit", "-q", "-m", "Finish three"]);
    ben.git(&["pull", "-q", "--rebase"]);
    assert_eq!(
        ben.subjects(),
        [
            "chore(taskmaster): 3 done",
            "Finish three",
            "chore(taskmaster): 1 done; 2 pending",
            "Finish one",
            "Other",
            "Start",
        ]
    );
    assert_eq!(ben.dirt(), "");
    ben.git(&["push", "-q"]);
}

#[test]
fn a_commit_pushed_before_it_was_processed_stays_ones_own() {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox);
    let ben = member(&sandbox, &bare, "ben");
    ben.mark(ONE, "pending", "done");
    ben.git(&["add", "-A"]);
    ben.quietly(&["commit", "-q", "-m", "Finish one"]);
    let ran = ben.try_git(&["push", "-q"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("1 commit unprocessed: taskmaster sync"), "{}", ran.stderr);
    ben.git(&["push", "-q", "--no-verify"]);
    // Another branch in between changes nothing about that.
    ben.git(&["switch", "-q", "-c", "elsewhere", "HEAD~1"]);
    ben.mark(THREE, "pending", "done");
    ben.commit_all("Finish three");
    assert_eq!(ben.engine_commits(), 1);
    ben.git(&["switch", "-q", "main"]);
    ben.tm(&["sync"]);
    assert_eq!(ben.subjects()[0], "chore(taskmaster): 1 done; 2 pending");
}

#[test]
fn pre_push_only_says_so_where_nothing_is_enforced() {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox);
    let ben = member(&sandbox, &bare, "ben");
    ben.tm(&["hooks", "install", "--mode", "commit"]);
    ben.mark(ONE, "pending", "done");
    ben.git(&["add", "-A"]);
    ben.quietly(&["commit", "-q", "-m", "Finish one"]);
    ben.tm(&["hooks", "install", "--mode", "warn"]);
    let ran = ben.try_git(&["push", "-q"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("unprocessed: taskmaster sync"), "{}", ran.stderr);
}

#[test]
fn case_44_a_feature_branch_merged_here_brings_its_transitions() {
    for with_engine in [true, false] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.git(&["switch", "-q", "-c", "feature"]);
        repo.mark(ONE, "pending", "done");
        repo.git(&["add", "-A"]);
        if with_engine {
            repo.git(&["commit", "-q", "-m", "Finish one"]);
        } else {
            repo.quietly(&["commit", "-q", "-m", "Finish one"]);
        }
        repo.quietly(&["switch", "-q", "main"]);
        repo.write("other.txt", "x");
        repo.commit_all("Other");
        let ran = repo.try_git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let first = repo.git(&["log", "--first-parent", "--format=%s"]);
        let newest = first.lines().next().unwrap();
        assert_eq!(newest, if with_engine { "Merge" } else { "chore(taskmaster): 1 done; 2 pending" });
        assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{with_engine}");
    }
}

/// A branch that was pushed is merged by somebody: what follows on the shared branch is the merger's to do, and where
/// they have no engine, it is reported to whoever pulls.
#[test]
fn a_pushed_feature_branch_is_done_by_who_merges_it() {
    let rules =
        format!("{WORKFLOW}    - {{name: follow, event: task.status.updated, actions: [create_follow_task]}}\n");
    for with_engine in [true, false] {
        let sandbox = Sandbox::new();
        let bare = published(&sandbox);
        let (ann, ben) = (member(&sandbox, &bare, "ann"), member(&sandbox, &bare, "ben"));
        let cid = if with_engine { member(&sandbox, &bare, "cid") } else { sandbox.clone(&bare, "cid") };
        ann.write(".taskmaster/config/workflow.yaml", &rules);
        ann.commit_all("Rules");
        ann.git(&["push", "-q"]);
        ann.git(&["switch", "-q", "-c", "feature"]);
        // The engine does not see it, and no task is made beside the shared branch.
        ann.mark(ONE, "pending", "done");
        ann.quietly(&["commit", "-qam", "Finish one"]);
        ann.quietly(&["push", "-q", "-u", "origin", "feature"]);
        ben.git(&["pull", "-q"]);
        cid.git(&["pull", "-q"]);
        cid.git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/feature"]);
        let made = with_engine.then_some("chore(taskmaster): 1 done; 2 pending; 4, 5 made");
        assert_eq!(cid.subjects().iter().find(|subject| subject.contains("made")).map(String::as_str), made);
        cid.git(&["push", "-q"]);
        let ran = ben.try_git(&["pull", "-q"]);
        let told = ran.stderr.split("--since ").nth(1).map(str::trim);
        assert_eq!(told.is_none(), with_engine, "{ran:?}");
        if let Some(since) = told {
            ben.tm(&["sync", "--since", since]);
            assert_eq!((ben.status(TWO).as_str(), ben.engine_commits()), ("pending", 1));
        }
        // Nobody does it a second time.
        ben.tm(&["sync"]);
        ben.git(&["push", "-q"]);
        for other in [&ann, &cid] {
            other.git(&["switch", "-q", "main"]);
            other.git(&["pull", "-q"]);
            other.try_tm(&["sync"]);
            assert_eq!(other.engine_commits(), 1);
        }
    }
}

#[test]
fn case_44_a_squash_merge_is_a_commit_like_any_other() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.finish_one();
    repo.mark(ONE_TWO, "pending", "in-progress");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Begin"]);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--squash", "feature"]);
    repo.git(&["commit", "-q", "--no-edit"]);
    // Only what had not followed on the branch follows now.
    assert_eq!(repo.engine_commits(), 1);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1.2 in-progress");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn case_17_an_interrupted_merge_is_processed_when_it_is_committed() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(ONE, "pending", "done");
    repo.write("clash.txt", "theirs");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
    repo.git(&["switch", "-q", "main"]);
    repo.write("clash.txt", "ours");
    repo.commit_all("Clash");
    assert_ne!(repo.try_git(&["merge", "feature"]).code, 0);
    let ran = repo.try_tm(&["sync"]);
    assert!(matches!(ran.code, 0 | 4) && repo.engine_commits() == 0, "{ran:?}");
    let ran = repo.try_tm(&["set-status", "3", "done"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    repo.write("clash.txt", "both");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--no-edit"]);
    assert_eq!((repo.engine_commits(), repo.status(TWO).as_str(), repo.dirt().as_str()), (1, "pending", ""));
}

#[test]
fn case_23_a_lost_cursor_or_another_history_is_a_new_beginning() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
    repo.git(&["update-ref", "-d", "refs/taskmaster/cursor/main"]);
    repo.tm(&["sync"]);
    assert_eq!((repo.subjects().len(), repo.cursor()), (2, repo.head()));
    // History that never met the old one.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.quietly(&["commit", "-q", "-m", "Another beginning"]);
    repo.quietly(&["branch", "-f", "main", "other"]);
    repo.quietly(&["switch", "-q", "main"]);
    repo.tm(&["sync"]);
    assert_eq!((repo.subjects().len(), repo.cursor()), (1, repo.head()));
}

#[test]
fn case_27_what_no_hook_saw_is_caught_up_at_the_next_commit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    let tree = repo.git(&["write-tree"]);
    let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "By plumbing", &tree]);
    repo.git(&["update-ref", "refs/heads/main", &commit]);
    repo.mark(ONE_ONE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Quiet"]);
    assert_eq!(repo.engine_commits(), 0);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1, 1.1 done; 2 pending");
    assert_eq!(repo.message("HEAD").matches("Taskmaster-Caused-By: ").count(), 2);
    assert_eq!(repo.dirt(), "");
}
