//! Rebase, cherry-pick, revert, bisect: the user's commits are those that git makes without the
//! engine, and what follows comes at the tip, at once or at the next commit.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;

/// A feature branch of three unprocessed commits, beside a `main` that has moved on. Everything up
/// to the end is the same with and without hooks, dates included.
fn prepared(sandbox: &Sandbox, policy: Policy, hooks: bool) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(&policy.workflow());
    repo.commit_all("Start");
    repo.git(&["switch", "-q", "-c", "feature"]);
    for (path, message) in [(ONE, "Finish one"), (ONE_ONE, "Finish its subtask"), (THREE, "Finish three")] {
        repo.mark(path, "pending", "done");
        repo.commit_all(message);
    }
    repo.git(&["switch", "-q", "main"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    if hooks {
        repo.git(&["update-ref", "refs/taskmaster/cursor/main", "main"]);
        repo.git(&["update-ref", "refs/taskmaster/cursor/feature", "feature~3"]);
        repo.tm(&["hooks", "install"]);
    } else {
        (0..3).for_each(|_| drop(repo.try_git(&["version"])));
    }
    repo
}

/// Runs the same with and without the engine: the user's commits are the same, and so is what is staged,
/// edited and stashed; gives the repository with the engine.
#[track_caller]
pub(super) fn same(with: &Sandbox, steps: impl Fn(&Repo<'_>)) -> Repo<'_> {
    same_under(Policy::After, with, steps)
}

/// The same where nothing is committed but by the user.
#[track_caller]
pub(super) fn same_under_never(steps: impl Fn(&Repo<'_>)) {
    let sandbox = Sandbox::new();
    let repo = same_under(Policy::Never, &sandbox, steps);
    assert_eq!(repo.engine_commits(), 0);
}

fn same_under(policy: Policy, with: &Sandbox, steps: impl Fn(&Repo<'_>)) -> Repo<'_> {
    let look = |repo: &Repo<'_>| {
        let log = repo.git(&["log", "--format=%H %s"]);
        let mine: Vec<&str> = log.lines().skip_while(|line| line.contains(" chore(taskmaster): ")).collect();
        let others = repo.git(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/stash"]);
        let here = repo.try_git(&["symbolic-ref", "HEAD"]).stdout;
        let others: Vec<&str> = others.lines().filter(|line| !line.ends_with(here.trim())).collect();
        let state: Vec<bool> = ["rebase-merge", "rebase-apply", "sequencer", "CHERRY_PICK_HEAD", "MERGE_HEAD"]
            .map(|name| repo.path.join(".git").join(name).exists())
            .to_vec();
        (mine.join("\n"), others.join("\n"), repo.dirt(), repo.git(&["stash", "list"]), state)
    };
    let without = Sandbox::new();
    let plain = prepared(&without, policy, false);
    let repo = prepared(with, policy, true);
    steps(&plain);
    steps(&repo);
    assert_eq!(look(&repo), look(&plain), "{policy}");
    repo
}

/// Whatever waits is caught up once, at the next commit at the latest.
#[track_caller]
pub(super) fn caught_up(repo: &Repo<'_>, follows: &str) {
    repo.write("next.txt", "x");
    repo.git(&["add", "next.txt"]);
    repo.git(&["commit", "-q", "-m", "Next"]);
    let found: Vec<String> = repo.subjects().into_iter().filter(|subject| subject.starts_with("chore(")).collect();
    assert_eq!(found, [format!("chore(taskmaster): {follows}")]);
    repo.tm(&["sync"]);
    assert_eq!(repo.engine_commits(), 1);
}

pub(super) const ALL: &str = "1, 1.1, 3 done; 2 pending";

#[test]
fn case_07_a_rebase_with_the_merge_backend_makes_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| drop(repo.git(&["rebase", "-q", "main", "feature"])));
    assert_eq!(repo.subjects()[0], format!("chore(taskmaster): {ALL}"));
    assert_eq!((repo.dirt().as_str(), repo.path.join(".git/rebase-merge").exists()), ("", false));
    caught_up(&repo, ALL);
}

#[test]
fn case_18_a_rebase_with_the_apply_backend_makes_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| drop(repo.git(&["rebase", "-q", "--apply", "main", "feature"])));
    assert_eq!(repo.dirt(), "");
    caught_up(&repo, ALL);
}

#[test]
fn case_07_a_rebase_that_reorders_makes_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        let editor = [("GIT_SEQUENCE_EDITOR", "sed -i -e '1{h;d}' -e '2G'")];
        let ran = repo.sandbox.run(&repo.path, "git", &["rebase", "-q", "-i", "main", "feature"], &editor);
        assert_eq!(ran.code, 0, "{ran:?}");
    });
    assert_eq!(repo.subjects()[1..4], ["Finish three", "Finish one", "Finish its subtask"]);
    caught_up(&repo, "1, 1.1, 3 done; 2 pending");
}

#[test]
fn case_07_a_rebase_that_stops_at_a_conflict_makes_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "main"]);
        repo.mark(THREE, "pending", "review");
        repo.git(&["add", "-A"]);
        repo.quietly(&["commit", "-q", "-m", "Review three"]);
        assert_ne!(repo.try_git(&["rebase", "main", "feature"]).code, 0);
        repo.quietly(&["checkout", "--theirs", THREE]);
        repo.git(&["add", "-A"]);
        repo.git(&["rebase", "--continue"]);
    });
    assert_eq!(repo.dirt(), "");
    assert_eq!(repo.engine_commits(), 1);
}

#[test]
fn case_06_a_rebase_with_autostash_gives_the_edits_back() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.git(&["switch", "-q", "feature"]);
        repo.replace(TWO, "Text that nobody", "Text I");
        repo.git(&["rebase", "-q", "--autostash", "main"]);
    });
    assert_eq!(repo.dirt(), format!(" M {TWO}"));
    assert!(repo.read(TWO).contains("Text I touches."));
    caught_up(&repo, ALL);
    assert_eq!(repo.dirt(), format!(" M {TWO}"));
    assert!(repo.read(TWO).contains("Text I touches.") && repo.status(TWO) == "pending");
}

#[test]
fn case_08_cherry_picks_of_one_and_many_make_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| drop(repo.git(&["cherry-pick", "feature~2"])));
    caught_up(&repo, "1 done; 2 pending");
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| drop(repo.git(&["cherry-pick", "feature~3..feature"])));
    assert_eq!((repo.dirt().as_str(), repo.path.join(".git/sequencer").exists()), ("", false));
    caught_up(&repo, ALL);
}

#[test]
fn case_08_reverts_of_one_and_many_make_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "feature"]);
        repo.git(&["revert", "--no-edit", "HEAD"]);
    });
    assert_eq!((repo.status(THREE).as_str(), repo.dirt().as_str()), ("pending", ""));
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "feature"]);
        repo.git(&["revert", "--no-edit", "HEAD~2..HEAD"]);
    });
    assert_eq!((repo.status(THREE).as_str(), repo.dirt().as_str()), ("pending", ""));
    caught_up(&repo, "1 done; 1.1, 3 updated; 2 pending");
}

#[test]
fn case_17_a_bisection_is_not_disturbed() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "feature"]);
        repo.git(&["bisect", "start", "HEAD", "HEAD~3"]);
        repo.git(&["bisect", "good"]);
        repo.git(&["bisect", "good"]);
        repo.git(&["bisect", "reset"]);
    });
    caught_up(&repo, ALL);
}

#[test]
fn case_17_work_on_a_detached_head_waits_for_a_branch() {
    let sandbox = Sandbox::new();
    let repo = prepared(&sandbox, Policy::After, true);
    repo.git(&["switch", "-q", "--detach", "main"]);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    let detached = repo.head();
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""));
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", &detached]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 done; 2 pending");
}
