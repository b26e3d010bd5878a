//! Nothing twice: history that is rewritten and cursors that are lost: cases 22 and 23.

use std::fs;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;

/// Rules of all kinds: one that edits, one that makes a task, one that leaves a line.
fn rules(policy: Policy) -> String {
    format!(
        "mode: commit\ngit: {{commit: {policy}}}\ntriggers:\n  - name: free\n    event: task.status.updated\n    \
         conditions: [{{field: new_status, operator: equals, value: done}}]\n    actions:\n      \
         - trigger_dependent_tasks\n      - create_task: {{title: \"Behind {{task.id}}\"}}\n      \
         - log_detail: {{text: \"{{task.id}}\"}}\n"
    )
}

/// Two tasks are done in two commits, what follows is there, and `upstream` has moved on.
fn processed(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    sandbox.prepared(&format!("processed {policy}"), |repo| {
        repo.plant(&rules(policy));
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        repo.git(&["branch", "upstream"]);
        for (path, message) in [(ONE, "Finish one"), (THREE, "Finish three")] {
            repo.mark(path, "pending", "done");
            repo.git(&["commit", "-q", "-a", "-m", message]);
            if policy == Policy::Never {
                repo.tm(&["apply"]);
                repo.git(&["add", "-A"]);
                repo.git(&["commit", "-q", "-m", "What follows"]);
            }
        }
        repo.write("mine.txt", "x\n");
        repo.commit_all("Mine");
        repo.git(&["switch", "-q", "upstream"]);
        repo.write("other.txt", "x\n");
        repo.commit_all("Other");
        repo.git(&["switch", "-q", "main"]);
        assert_eq!(fired(repo), once());
    })
}

/// How many tasks were made, how many lines written, and what stands in the way of task 2.
fn fired(repo: &Repo<'_>) -> (usize, usize, String) {
    let made = repo.tm(&["list", "--automated"]).lines().filter(|line| line.contains("Behind")).count();
    let log = repo.path.join(".git/taskmaster/log/workflow.jsonl");
    let lines = fs::read_to_string(log).unwrap_or_default();
    let lines = lines.lines().filter(|line| line.contains("taskmaster.log-entry/1")).count();
    (made, lines, repo.status(TWO))
}

/// What two tasks that are done set off.
fn once() -> (usize, usize, String) {
    (2, 2, "pending".to_owned())
}

/// Nothing is new, neither now nor at the next commits.
#[track_caller]
fn nothing_fires(repo: &Repo<'_>, policy: Policy, about: &str) {
    let before = repo.git(&["log", "--format=%H"]);
    for (at, arguments) in [&["sync"][..], &["apply"], &["hooks", "run", "post-rewrite"]].into_iter().enumerate() {
        repo.tm(arguments);
        assert_eq!(repo.git(&["log", "--format=%H"]), before, "{policy} {about}: {:?}", repo.subjects());
        assert_eq!((fired(repo), repo.dirt().as_str()), (once(), ""), "{policy} {about} {at}");
    }
    repo.write("next.txt", "x\n");
    repo.commit_all("Next");
    assert_eq!(repo.git(&["log", "-1", "--format=%s"]), "Next", "{policy} {about}");
    assert_eq!((fired(repo), repo.dirt().as_str()), (once(), ""), "{policy} {about}");
}

/// Ways to write the same again, in a shell; the sequence editor is the second word where it is set.
const REWRITES: [(&str, &str); 9] = [
    ("amend", "git commit -q --amend -m 'Mine, better' && git commit -q --amend --no-edit --date=2020-01-01T00:00:00Z"),
    ("amend of all", "git reset -q --soft upstream~1 && git commit -q -m All && git commit -q --amend -m 'All of it'"),
    ("rebase", "git rebase -q upstream"),
    ("rebase that applies", "git rebase -q --apply upstream; git commit -q --allow-empty -m Rung"),
    ("rebase with new dates", "git rebase -q --reset-author-date upstream"),
    ("squash", "GIT_SEQUENCE_EDITOR='sed -i 2,9s/^pick/squash/' git rebase -q -i upstream"),
    ("fixup", "GIT_SEQUENCE_EDITOR='sed -i 2,9s/^pick/fixup/' git rebase -q -i upstream"),
    (
        "squash merge",
        "git switch -q upstream && git merge -q --squash main && git commit -q -m Squashed && git switch -q -C main",
    ),
    (
        "cherry-pick",
        "git switch -q upstream && git cherry-pick upstream~1..main >/dev/null && git switch -q -C main && \
                     git commit -q --allow-empty -m Rung",
    ),
];

#[test]
fn case_22_history_that_is_written_again_fires_nothing_again() {
    for policy in Policy::BOTH {
        for (name, way) in REWRITES {
            let sandbox = Sandbox::new();
            let repo = processed(&sandbox, policy);
            let ran = sandbox.run(&repo.path, "sh", &["-c", way], &[]);
            assert_eq!(ran.code, 0, "{policy} {name}: {ran:?}");
            nothing_fires(&repo, policy, name);
        }
    }
}

/// Together with what is new the old stays old.
#[test]
fn case_22_what_is_new_among_what_is_rewritten_fires_alone() {
    for (name, way) in &REWRITES[2..8] {
        let sandbox = Sandbox::new();
        let repo = processed(&sandbox, Policy::After);
        repo.mark(ONE_ONE, "pending", "done");
        repo.quietly(&["commit", "-q", "-a", "-m", "Finish one one"]);
        let ran = sandbox.run(&repo.path, "sh", &["-c", way], &[]);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
        repo.tm(&["sync"]);
        assert_eq!(fired(&repo), (3, 3, "pending".to_owned()), "{name}: {:?}", repo.subjects());
        repo.tm(&["sync"]);
        assert_eq!((fired(&repo).0, fired(&repo).1, repo.dirt().as_str()), (3, 3, ""), "{name}");
    }
}

/// A change that is made anew, after it was taken back, is new: whatever another branch has of its kind.
#[test]
fn case_22_what_is_done_again_after_a_squash_merge_fires_again() {
    let sandbox = Sandbox::new();
    let repo = processed(&sandbox, Policy::After);
    repo.git(&["switch", "-q", "upstream"]);
    repo.git(&["merge", "-q", "--squash", "main"]);
    repo.git(&["commit", "-q", "-m", "Squashed"]);
    assert_eq!(fired(&repo), once());
    repo.mark(THREE, "done", "pending");
    repo.commit_all("Three is open");
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Finish three again");
    assert_eq!(fired(&repo).1, 3);
}

/// A cursor is lost in each of these ways; that of an older branch may be left.
const LOSSES: [(&str, &str); 5] = [
    ("gone", "git for-each-ref --format='delete %(refname)' refs/taskmaster | git update-ref --stdin"),
    (
        "gone, and an old one is left",
        "git update-ref refs/taskmaster/cursor/old upstream~1 && git branch old upstream~1 && \
                                      git update-ref -d refs/taskmaster/cursor/main",
    ),
    (
        "points at nothing",
        "git for-each-ref --format='delete %(refname)' refs/taskmaster | git update-ref --stdin && \
                           mkdir -p .git/refs/taskmaster/cursor && \
                           echo 1234567890123456789012345678901234567890 > .git/refs/taskmaster/cursor/main",
    ),
    (
        "with all notes but the log",
        "mkdir keep && mv .git/taskmaster/log keep && rm -rf .git/taskmaster .git/refs/taskmaster && \
                    mkdir .git/taskmaster && mv keep/log .git/taskmaster && rmdir keep",
    ),
    (
        "of another history",
        "git update-ref refs/taskmaster/cursor/main $(git commit-tree -m Elsewhere HEAD^{tree}) && \
                            for name in upstream; do git update-ref -d refs/taskmaster/cursor/$name; done",
    ),
];

#[test]
fn case_23_a_lost_cursor_is_a_new_beginning() {
    for policy in Policy::BOTH {
        for (name, loss) in LOSSES {
            let sandbox = Sandbox::new();
            let repo = processed(&sandbox, policy);
            // Somebody has set it back since: that stays, whatever is seen anew.
            repo.mark(TWO, "pending", "blocked");
            repo.commit_all("Two waits");
            let ran = sandbox.run(&repo.path, "sh", &["-c", loss], &[]);
            assert_eq!(ran.code, 0, "{policy} {name}: {ran:?}");
            let subjects = repo.subjects();
            repo.tm(&["sync"]);
            repo.tm(&["apply"]);
            assert_eq!((repo.subjects(), repo.dirt().as_str()), (subjects, ""), "{policy} {name}");
            assert_eq!(fired(&repo), (2, 2, "blocked".to_owned()), "{policy} {name}");
            assert_eq!(repo.cursor(), repo.head(), "{policy} {name}");
            // From here on it goes on.
            repo.mark(ONE_ONE, "pending", "done");
            repo.git(&["commit", "-q", "-a", "-m", "Finish one one"]);
            repo.tm(&["apply"]);
            assert_eq!(fired(&repo).0, 3, "{policy} {name}");
        }
    }
}

#[test]
fn case_23_a_forced_push_brings_no_storm() {
    for policy in Policy::BOTH {
        for way in ["git reset -q --hard @{u}", "git rebase -q", "git pull -q --rebase"] {
            let sandbox = Sandbox::new();
            let bare = sandbox.bare("shared.git");
            let ann = processed(&sandbox, policy);
            ann.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
            ann.git(&["push", "-q", "-u", "origin", "main"]);
            let ben = sandbox.clone(&bare, "ben");
            ben.tm(&["hooks", "install"]);
            ben.tm(&["sync"]);
            // All of it is written anew without the engine, with more that never followed, and pushed over it.
            ann.quietly(&["reset", "-q", "--hard", "upstream~1"]);
            for (path, old) in [(ONE, "pending"), (ONE_ONE, "pending"), (TWO, "blocked"), (THREE, "pending")] {
                ann.mark(path, old, "done");
                ann.quietly(&["commit", "-q", "-a", "-m", "By force"]);
            }
            ann.quietly(&["push", "-q", "--force"]);
            ben.git(&["fetch", "-q"]);
            let ran = sandbox.run(&ben.path, "sh", &["-c", way], &[]);
            assert_eq!(ran.code, 0, "{policy} {way}: {ran:?}");
            let hook = ben.try_tm(&["hooks", "run", "post-checkout", "a", "b", "1"]);
            assert!(hook.code == 0 && hook.stderr.lines().count() <= 4, "{policy} {way}: {hook:?}");
            ben.tm(&["sync"]);
            ben.tm(&["apply"]);
            assert_eq!((ben.head(), ben.dirt()), (ann.head(), String::new()), "{policy} {way}: {:?}", ben.subjects());
            ben.write("mine.txt", "x\n");
            ben.commit_all("Mine");
            assert_eq!((ben.subjects()[0].as_str(), fired(&ben).0), ("Mine", 0), "{policy} {way}");
        }
    }
}
