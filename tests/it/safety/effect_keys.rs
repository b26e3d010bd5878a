//! The keys of effects: what is tried again is known again.

use std::collections::BTreeMap;
use std::fs;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::ONE;
use super::policy::Policy;

/// The files of a folder of the outbox, by name.
fn files(repo: &Repo<'_>, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = repo.path.join(".git/taskmaster/outbox").join(folder);
    let read =
        |entry: fs::DirEntry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).into_iter().flatten().map(|entry| read(entry.unwrap())).collect()
}

/// Task 1 is finished and nothing has followed yet; how that comes is left to the test.
fn waiting(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    let repo = policy.planted(sandbox);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-q", "-am", "Finish one"]);
    repo
}

fn carry_out(policy: Policy) -> &'static [&'static str] {
    match policy {
        Policy::After => &["sync"],
        Policy::Never => &["apply"],
    }
}

#[test]
fn case_21_an_effect_that_is_tried_again_has_the_key_it_had() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = waiting(&sandbox, policy);
        repo.tm(carry_out(policy));
        let (intents, states) = (files(&repo, "intents"), files(&repo, "state"));
        assert!(!intents.is_empty() && intents.len() == states.len());
        let source = repo.git(&["log", "-1", "--format=%H", "--grep", "^Finish one"]);
        let again = |what: &str| {
            drop(repo.try_tm(&["sync", "--since", &format!("{source}~1")]));
            assert_eq!(
                (files(&repo, "intents"), files(&repo, "state")),
                (intents.clone(), states.clone()),
                "{policy:?} {what}"
            );
        };
        again("as it is");
        // Killed between an intent and its state; before the first intent; after some of them.
        fs::remove_dir_all(repo.path.join(".git/taskmaster/outbox/state")).unwrap();
        again("without states");
        for taken in 1..=intents.len() {
            for name in intents.keys().take(taken) {
                for folder in ["intents", "state"] {
                    fs::remove_file(repo.path.join(".git/taskmaster/outbox").join(folder).join(name)).unwrap();
                }
            }
            again("without the first intents");
        }
        fs::remove_dir_all(repo.path.join(".git/taskmaster/outbox")).unwrap();
        repo.git(&["update-ref", "-d", "refs/taskmaster/cursor/main"]);
        again("without an outbox and a cursor");
    }
}

/// Killed at each point of a run, and run again: the keys are those of an undisturbed run.
#[test]
fn case_21_keys_are_the_same_after_a_run_that_was_killed() {
    for policy in Policy::BOTH {
        let undisturbed = {
            let sandbox = Sandbox::new();
            let repo = waiting(&sandbox, policy);
            repo.tm(carry_out(policy));
            files(&repo, "intents")
        };
        let mut killed = 0;
        for call in 1.. {
            let sandbox = Sandbox::new();
            let repo = waiting(&sandbox, policy);
            let (trace, at) = (sandbox.path().join("trace"), call.to_string());
            let environment = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", &at)];
            let ran = sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), carry_out(policy), &environment);
            let made = files(&repo, "intents");
            assert!(made.iter().all(|(key, bytes)| undisturbed.get(key) == Some(bytes)), "{policy:?} point {call}");
            repo.tm(carry_out(policy));
            assert_eq!(files(&repo, "intents"), undisturbed, "{policy:?} point {call}: {ran:?}");
            assert_eq!(files(&repo, "state").len(), undisturbed.len(), "{policy:?} point {call}");
            if ran.code != -1 {
                break;
            }
            killed += 1;
        }
        assert!(killed >= usize::from(policy == Policy::After) * 3, "{policy:?}: killed {killed} times");
    }
}

/// The key hangs on what happened, not on the clone that sees it.
#[test]
fn case_21_another_clone_gives_the_same_effect_the_same_key() {
    let sandbox = Sandbox::new();
    let repo = waiting(&sandbox, Policy::After);
    let clone = sandbox.clone(&repo.path, "clone");
    repo.tm(&["sync"]);
    clone.tm(&["sync", "--since", "HEAD~1"]);
    assert_eq!(files(&repo, "intents"), files(&clone, "intents"));
    assert!(!files(&clone, "intents").is_empty());
}
