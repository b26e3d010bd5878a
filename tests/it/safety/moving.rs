//! HEAD moves while the engine commits: case 13.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, THREE, TWO};
use super::policy::Policy;
use super::scenes::{LOCKED, PLANNED, STAGING, Times, meanwhile};

/// Task 1 is done in a commit that no hook has seen, on a repository with another branch.
fn waiting(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    let repo = policy.planted(sandbox);
    repo.git(&["branch", "other"]);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
    repo
}

/// What the user does, and what the branch `main` is to have, newest first, when the engine has run.
struct Move {
    does: &'static str,
    code: i32,
    main: &'static [&'static str],
}

const ENGINE: &str = "chore(taskmaster): 1 done; 2 pending";

const MOVES: [Move; 8] = [
    Move {
        does: "echo x > code.txt && git add code.txt && git commit -q -m Code",
        code: 0,
        main: &[ENGINE, "Code", "Finish one", "Start"],
    },
    // The plan itself is another one now.
    Move {
        does: "sed -i 's/^status: pending/status: done/' .taskmaster/context/task_003/task.md && git commit -q -a -m Three",
        code: 0,
        main: &["chore(taskmaster): 1, 3 done; 2 pending", "Three", "Finish one", "Start"],
    },
    // Somebody has done by hand what would follow.
    Move {
        does: "sed -i 's/^status: blocked/status: review/' .taskmaster/context/task_002/task.md && git commit -q -a -m Two",
        code: 0,
        main: &["chore(taskmaster): 1 done; 2 review", "Two", "Finish one", "Start"],
    },
    Move { does: "git commit -q --amend -m Better", code: 0, main: &[ENGINE, "Better", "Start"] },
    Move { does: "git reset -q --hard HEAD~1", code: 0, main: &["Start"] },
    Move { does: "git switch -q other", code: 0, main: &["Finish one", "Start"] },
    Move { does: "git switch -q --detach", code: 4, main: &["Finish one", "Start"] },
    Move {
        does: "git switch -q other && git commit -q --allow-empty -m Other && git switch -q main && \
               git merge -q --no-commit --no-ff other",
        code: 4,
        main: &["Finish one", "Start"],
    },
];

#[test]
fn case_13_a_head_that_moves_behind_the_plan_is_planned_for_anew() {
    for (Move { does, code, main }, policy) in MOVES.into_iter().zip(Policy::BOTH.into_iter().cycle()) {
        let sandbox = Sandbox::new();
        let repo = waiting(&sandbox, policy);
        let (ran, codes) = meanwhile(&repo, PLANNED, Times::Once, does, &["sync"]);
        assert_eq!((ran.code, codes), (code, vec!["0".to_owned()]), "{does}: {ran:?}");
        assert_eq!(repo.git(&["log", "--format=%s", "main"]).lines().collect::<Vec<_>>(), main, "{does}");
        assert_eq!((repo.dirt().as_str(), repo.path.join(".git/index.lock").exists()), ("", false), "{does}");
        assert_eq!(repo.git(&["log", "--format=%s", "other", "--grep=chore"]), "", "{does}");
        // What waits is made up for, once.
        if code == 4 {
            drop(repo.try_git(&["merge", "--abort"]));
            repo.git(&["switch", "-q", "main"]);
            repo.tm(&["sync"]);
            assert_eq!((repo.subjects()[0].as_str(), repo.engine_commits()), (ENGINE, 1), "{does}");
        }
    }
}

/// Plumbing moves a branch whatever is locked.
#[test]
fn case_13_a_branch_that_moves_under_the_lock_is_never_moved_back() {
    for (moment, policy) in [LOCKED, STAGING].into_iter().zip(Policy::BOTH) {
        let sandbox = Sandbox::new();
        let repo = waiting(&sandbox, policy);
        let does = "git update-ref refs/heads/main $(git commit-tree -p HEAD -m Plumbing HEAD^{tree})";
        let (ran, codes) = meanwhile(&repo, moment, Times::Once, does, &["sync"]);
        assert_eq!((ran.code, codes), (0, vec!["0".to_owned()]), "{moment}: {ran:?}");
        assert_eq!(repo.subjects(), [ENGINE, "Plumbing", "Finish one", "Start"], "{moment}");
        assert_eq!((repo.dirt().as_str(), repo.status(TWO).as_str()), ("", "pending"), "{moment}");
    }
}

#[test]
fn case_13_a_branch_that_keeps_moving_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = waiting(&sandbox, Policy::After);
    let does = "git commit -q --allow-empty -m More";
    let (ran, codes) = meanwhile(&repo, PLANNED, Times::Always, does, &["sync"]);
    assert_eq!((ran.code, codes.len()), (4, 3), "{ran:?}");
    assert!(ran.stderr.contains("the branch keeps moving"), "{ran:?}");
    assert_eq!((repo.subjects().len(), repo.engine_commits(), repo.dirt().as_str()), (5, 0, ""));
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Rest"]);
    assert_eq!((repo.subjects()[0].as_str(), repo.engine_commits()), (ENGINE, 1));
}

/// A command asks for what it asks for, also behind what somebody else was faster with.
#[test]
fn case_13_a_command_begins_anew_behind_whoever_was_faster() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    let does = format!("sed -i 's/^status: pending/status: review/' {THREE} && git commit -q -a -m Review");
    let (ran, _) = meanwhile(&repo, PLANNED, Times::Once, &does, &["set-status", "3", "done"]);
    assert!(ran.code == 0 && ran.stderr.contains("task 3: review -> done"), "{ran:?}");
    assert_eq!(
        (repo.status_at("HEAD", THREE).as_str(), repo.subjects().contains(&"Review".to_owned())),
        ("done", true)
    );
    assert_eq!((repo.status(THREE).as_str(), repo.dirt().as_str()), ("done", ""));
}
