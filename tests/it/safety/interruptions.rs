//! Commits that come to nothing: an editor that is given up, another hook that refuses, Ctrl-C.

use std::fs;

use super::super::sandbox::{Ran, Repo, Sandbox};
use super::super::scenery::{ONE, TWO, executable};
use super::policy::Policy;

/// What a commit that came to nothing must not change: references, index, files, notes and the outbox.
fn trace(repo: &Repo<'_>) -> Vec<String> {
    let mut seen = vec![
        repo.git(&["show-ref", "--head"]),
        repo.dirt(),
        repo.git(&["diff"]),
        repo.git(&["diff", "--cached"]),
        repo.git(&["stash", "list"]),
        repo.git(&["config", "--list", "--local"]),
    ];
    // Objects, what git itself notes of an attempt, and lines of the log stay.
    let passing = [".git/objects/", ".git/index", ".git/COMMIT_EDITMSG", ".git/taskmaster/log/"];
    let files = repo.everything();
    seen.extend(files.keys().filter(|path| !passing.iter().any(|start| path.starts_with(start))).cloned());
    seen.extend(locks(repo));
    seen
}

/// Locks that nobody holds any more.
fn locks(repo: &Repo<'_>) -> Vec<String> {
    repo.everything().into_keys().filter(|path| path.rsplit('.').next() == Some("lock")).collect()
}

/// Another tool's part of a hook, beside ours.
fn beside(repo: &Repo<'_>, hook: &str, lines: &str) {
    executable(&repo.path.join(".git/hooks").join(hook), &format!("#!/bin/sh\n{lines}\n"));
    repo.tm(&["hooks", "install", hook]);
    assert!(fs::read_to_string(repo.path.join(".git/hooks").join(hook)).unwrap().contains(lines));
}

/// Runs git in a process group of its own, as a terminal does.
fn in_a_group(repo: &Repo<'_>, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    repo.sandbox.run(&repo.path, "setsid", &[&["-w", "git"], arguments].concat(), environment)
}

/// A status is changed, staged in part, and edited further.
fn changed(repo: &Repo<'_>) {
    repo.mark(ONE, "pending", "done");
    repo.write("code.txt", "staged\n");
    repo.git(&["add", "code.txt", ONE]);
    repo.write("code.txt", "edited\n");
}

/// The same commit without what stood in its way ends like one that nothing ever stood in the way of.
#[track_caller]
fn then_it_goes(repo: &Repo<'_>, policy: Policy, what: &str) {
    let ran = repo.try_git(&["commit", "-q", "-m", "Finish one"]);
    assert!(ran.code == 0 && !ran.stderr.contains("left out"), "{what}: {ran:?}");
    repo.git(&["checkout", "-q", "--", "code.txt"]);
    policy.carry_out(repo);
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{what} {policy:?}");
    assert_eq!(repo.subjects().len(), 3, "{what} {policy:?}: {:?}", repo.subjects());
}

#[test]
fn case_45_an_editor_that_is_given_up_leaves_no_trace() {
    for policy in Policy::BOTH {
        for editor in ["false", "sh -c 'echo > \"$0\"'", "sh -c 'kill -9 $$'"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            changed(&repo);
            let before = trace(&repo);
            for options in [&["commit"][..], &["commit", "-v"], &["commit", "-m", ""]] {
                let ran = in_a_group(&repo, options, &[("GIT_EDITOR", editor)]);
                assert_ne!(ran.code, 0, "{editor} {options:?}: {ran:?}");
                assert_eq!(trace(&repo), before, "{editor} {options:?}: {ran:?}");
            }
            // With an index of git's own.
            for options in [&["commit", "-a"][..], &["commit", ONE]] {
                let ran = in_a_group(&repo, options, &[("GIT_EDITOR", editor)]);
                assert_ne!(ran.code, 0, "{editor} {options:?}: {ran:?}");
                assert_eq!(trace(&repo), before, "{editor} {options:?}: {ran:?}");
            }
            then_it_goes(&repo, policy, editor);
        }
    }
}

#[test]
fn case_45_another_hook_that_fails_leaves_no_trace() {
    for policy in Policy::BOTH {
        for hook in ["pre-commit", "prepare-commit-msg", "commit-msg"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            beside(&repo, hook, "echo 'no, says another tool' >&2\nexit 7");
            changed(&repo);
            let before = trace(&repo);
            for options in [&["-m", "Finish one"][..], &["-a", "-m", "Finish one"], &["-m", "Finish one", ONE]] {
                let ran = repo.try_git(&[&["commit", "-q"], options].concat());
                assert_ne!(ran.code, 0, "{hook} {options:?}: {ran:?}");
                assert_eq!(ran.stderr, "no, says another tool\n", "{hook} {options:?}");
                assert_eq!(trace(&repo), before, "{hook} {options:?}");
            }
            beside(&repo, hook, "exit 0");
            then_it_goes(&repo, policy, hook);
        }
        // Behind the commit there is nothing left to refuse: what follows has followed.
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        beside(&repo, "post-commit", "exit 7");
        changed(&repo);
        then_it_goes(&repo, policy, "post-commit");
    }
}

#[test]
fn case_45_ctrl_c_before_the_commit_leaves_no_trace() {
    for policy in Policy::BOTH {
        for moment in ["pre-commit", "prepare-commit-msg", "commit-msg", "editor"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            if moment != "editor" {
                beside(&repo, moment, "kill -INT 0\nsleep 5");
            }
            changed(&repo);
            let before = trace(&repo);
            let editor = [("GIT_EDITOR", if moment == "editor" { "sh -c 'kill -INT 0; exit 1'" } else { "true" })];
            for options in [&["commit", "-q"][..], &["commit", "-q", "-a"], &["commit", "-q", ONE]] {
                let ran = in_a_group(&repo, &[options, &["-e", "-m", "Finish one"]].concat(), &editor);
                assert_ne!(ran.code, 0, "{moment}: {ran:?}");
                assert_eq!(trace(&repo), before, "{moment} {options:?}: {ran:?}");
            }
            if moment != "editor" {
                beside(&repo, moment, "exit 0");
            }
            then_it_goes(&repo, policy, moment);
        }
    }
}

/// At every step that lasts which the engine takes during a commit: whatever was interrupted, nobody's lock is
/// left, the index reverses nothing once the next run is through, and the end is that of an undisturbed run.
#[test]
fn case_45_ctrl_c_at_any_moment_of_a_commit_ends_as_if_nothing_had_been() {
    for policy in Policy::BOTH {
        let mut interrupted = 0;
        for call in 1.. {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            let start = repo.head();
            changed(&repo);
            let (trace, at, signal) = (sandbox.path().join("trace"), call.to_string(), sandbox.path().join("signal"));
            // As Ctrl-C does: the whole group is interrupted.
            executable(&signal, "#!/bin/sh\nkill -INT 0\n");
            let environment = [
                ("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()),
                ("TASKMASTER_CRASH_AT", &at),
                ("TASKMASTER_CRASH_RUN", signal.to_str().unwrap()),
            ];
            let ran = in_a_group(&repo, &["commit", "-q", "-m", "Finish one"], &environment);
            let calls = fs::read_to_string(trace).unwrap().lines().count();
            assert_eq!(locks(&repo), Vec::<String>::new(), "{policy:?} point {call}: {ran:?}");
            if repo.head() == start {
                // It was the commit itself that was interrupted.
                repo.git(&["commit", "-q", "-m", "Finish one"]);
            }
            if policy == Policy::After {
                repo.tm(&["sync"]);
            }
            repo.git(&["checkout", "-q", "--", "code.txt"]);
            policy.carry_out(&repo);
            assert_eq!(repo.subjects().len(), 3, "{policy:?} point {call}: {:?}", repo.subjects());
            assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{policy:?} point {call}");
            assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "", "{policy:?} point {call}");
            assert!(!repo.path.join(".git/taskmaster-commit").exists(), "{policy:?} point {call}");
            if calls < call {
                break;
            }
            interrupted += 1;
        }
        assert!(interrupted >= usize::from(policy == Policy::After) * 3, "{policy:?}: {interrupted} moments");
    }
}
