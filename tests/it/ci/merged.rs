//! Pull requests of steps, merged in each way that a host offers.

use std::path::Path;

use super::protected::{protect, unprotect};
use super::sent::{RULES, send, told};
use super::shared;
use crate::sandbox::{Ran, Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO};

/// How a host merges a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    Commit,
    /// With the messages of all commits.
    Squash,
    /// With its title alone.
    Title,
    Rebase,
}

pub(super) const STEPS: &str = "origin/taskmaster-steps/main";

pub(super) fn set(clone: &Repo<'_>, task: &str, status: &str) -> Ran {
    let arguments = ["update-task-status", "--push", "--task-id", task, "--status", status];
    let ran = clone.github(&arguments, "workflow_dispatch", "{}", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

/// Merges what a branch at the remote has into the shared one, as GitHub does: who merges commits, the authors stay.
pub(super) fn merge(sandbox: &Sandbox, bare: &Path, ann: &Repo<'_>, branch: &str, way: Merge) {
    unprotect(bare);
    ann.git(&["fetch", "-q"]);
    match way {
        Merge::Commit => drop(ann.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request #8", branch])),
        Merge::Squash | Merge::Title => {
            let messages = ann.git(&["log", "--reverse", "--format=* %B", &format!("main..{branch}")]);
            ann.git(&["merge", "-q", "--squash", branch]);
            let message = match way {
                Merge::Title => "Tasks (#8)".to_owned(),
                _ => format!(
                    "Tasks (#8)\n\n{messages}\n\n---------\n\nCo-authored-by: taskmaster <engine@taskmaster.invalid>"
                ),
            };
            ann.git(&["commit", "-q", "-m", &message]);
        }
        Merge::Rebase => {
            let range = format!("main..{branch}");
            let host = ["-c", "user.name=Host", "-c", "user.email=host@example.org"];
            ann.git(&[&host[..], &["cherry-pick", "--allow-empty", &range]].concat());
        }
    }
    ann.git(&["push", "-q"]);
    protect(sandbox);
}

/// A commit of Ann's, which she may push.
pub(super) fn push(sandbox: &Sandbox, bare: &Path, ann: &Repo<'_>, message: &str) {
    unprotect(bare);
    ann.commit_all(message);
    ann.git(&["push", "-q"]);
    protect(sandbox);
}

/// What the proposal of the steps would change, file by file.
fn proposed(ann: &Repo<'_>) -> String {
    ann.git(&["fetch", "-q"]);
    ann.git(&["diff", "--name-only", "origin/main", STEPS, "--", ".taskmaster/context"])
}

const WAYS: [Merge; 4] = [Merge::Commit, Merge::Squash, Merge::Title, Merge::Rebase];

#[test]
fn what_a_person_decides_behind_the_merge_of_a_proposal_stays() {
    for way in WAYS {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, RULES);
        protect(&sandbox);
        set(&sandbox.clone(&bare, "one"), "1", "done");
        merge(&sandbox, &bare, &ann, STEPS, way);
        assert_eq!((ann.status(ONE), ann.status(TWO)), ("done".to_owned(), "pending".to_owned()));
        ann.mark(ONE, "done", "pending");
        ann.mark(TWO, "pending", "blocked");
        push(&sandbox, &bare, &ann, "Not done after all");
        // The host has left the branch there.
        set(&sandbox.clone(&bare, "two"), "3", "testing");
        assert_eq!(proposed(&ann), THREE, "{way:?}");
        assert_eq!(ann.id(&format!("{STEPS}^")), ann.head(), "{way:?}");
    }
}

#[test]
fn what_steps_have_proposed_and_nobody_has_merged_is_proposed_on() {
    for way in [Merge::Squash, Merge::Rebase] {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, RULES);
        protect(&sandbox);
        let (one, two) = (sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two"));
        set(&one, "1", "done");
        ann.git(&["fetch", "-q"]);
        let first = ann.id(STEPS);
        // This one was proposed in the same moment in which the first was merged.
        set(&two, "3", "review");
        merge(&sandbox, &bare, &ann, &first, way);
        ann.mark(ONE, "done", "pending");
        push(&sandbox, &bare, &ann, "Not done after all");
        set(&sandbox.clone(&bare, "three"), "2", "testing");
        assert_eq!(proposed(&ann), format!("{TWO}\n{THREE}"), "{way:?}");
        let shown = |path: &str| ann.git(&["show", &format!("{STEPS}:{path}")]);
        assert!(shown(TWO).contains("status: testing") && shown(THREE).contains("status: testing"), "{way:?}");
        let all = ann.git(&["log", "--format=%an %s", &format!("origin/main..{STEPS}")]);
        assert!(!all.contains("1 done") && all.contains("3 review"), "{all}");
    }
}

#[test]
fn a_proposal_of_which_a_person_has_undone_a_part_is_left_to_people() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, RULES);
    protect(&sandbox);
    let step = ["update-task-status", "--push", "--task-id", "1", "--status", "done", "--metadata", r#"{"run": "7"}"#];
    let one = sandbox.clone(&bare, "one").github(&step, "workflow_dispatch", "{}", &[]);
    assert_eq!(one.code, 0, "{one:?}");
    // The same by hand, and back again: the run is in the proposal alone.
    for (old, new) in [("pending", "done"), ("done", "pending")] {
        ann.mark(ONE, old, new);
        push(&sandbox, &bare, &ann, new);
    }
    ann.git(&["fetch", "-q"]);
    let before = ann.id(STEPS);
    let two = sandbox.clone(&bare, "two");
    let step = ["update-task-status", "--push", "--task-id", "3", "--status", "testing"];
    let ran = two.github(&step, "workflow_dispatch", "{}", &[]);
    assert!(ran.code == 3 && ran.stderr.contains("merge its pull request first"), "{ran:?}");
    ann.git(&["fetch", "-q"]);
    assert_eq!((ann.id(STEPS), two.dirt()), (before, String::new()));
}

#[test]
fn an_event_that_was_merged_with_others_is_known_again() {
    let sandbox = Sandbox::new();
    let deployed = "    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}]}\n";
    let (bare, ann) = shared(&sandbox, &format!("{RULES}{deployed}"));
    protect(&sandbox);
    let emit = ["emit", "deployment.success", "--push", "--task", "3", "--id", "7-production"];
    let one = sandbox.clone(&bare, "one");
    set(&one, "1", "testing");
    assert_eq!(one.github(&emit, "push", "{}", &[]).code, 0);
    merge(&sandbox, &bare, &ann, STEPS, Merge::Squash);
    set(&sandbox.clone(&bare, "two"), "2", "testing");
    let again = sandbox.clone(&bare, "three").github(&emit, "push", "{}", &[]);
    assert!(again.code == 0 && again.stderr.contains("was handled already"), "{again:?}");
}

#[test]
fn what_a_step_has_sent_is_not_sent_again_however_its_proposal_is_merged() {
    // Also where no run has come before the step: one that was started by hand, say.
    for (way, is_first) in [Merge::Commit, Merge::Squash, Merge::Rebase].map(|way| [(way, false), (way, true)]).concat()
    {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, RULES);
        let start = ann.head();
        if !is_first {
            ann.write("README", "Hello\n");
            ann.commit_all("Hello");
            ann.git(&["push", "-q"]);
            assert_eq!(sandbox.clone(&bare, "zero").pushed(&start).code, 0);
        }
        protect(&sandbox);
        let one = sandbox.clone(&bare, "one");
        set(&one, "3", "testing");
        set(&one, "1", "testing");
        set(&one, "1", "done");
        let all = ["1 done", "1 testing", "2 pending", "3 testing"];
        assert_eq!((send(&one).code, told(&sandbox)), (0, all.map(ToOwned::to_owned).to_vec()), "{way:?}");
        let before = ann.head();
        merge(&sandbox, &bare, &ann, STEPS, way);
        // The host has taken the branch away.
        ann.git(&["push", "-q", "origin", ":taskmaster-steps/main"]);
        let two = sandbox.clone(&bare, "two");
        let ran = two.pushed(&before);
        assert_eq!((ran.code, send(&two).code), (0, 0), "{way:?}: {ran:?}");
        assert_eq!(told(&sandbox), all, "{way:?}, first: {is_first}");
        // All of it was sent up to here: the list has nothing to say of single ones.
        ann.git(&["fetch", "-q", "origin", "refs/taskmaster/sent/main"]);
        let list = ann.git(&["log", "-1", "--format=%B", "FETCH_HEAD"]);
        assert!(list.contains("up-to ") && !list.contains("\nsent "), "{way:?}, first: {is_first}: {list}");
        // What nobody has sent is taken up by the next run; this was.
        let three = sandbox.clone(&bare, "three");
        let ran = three.pushed(&before);
        assert_eq!((ran.code, send(&three).code, told(&sandbox).len()), (0, 0, 4), "{way:?}: {ran:?}");
        // The same once more is something new.
        let before = ann.head();
        ann.mark(ONE, "done", "pending");
        push(&sandbox, &bare, &ann, "Not done after all");
        ann.mark(ONE, "pending", "done");
        push(&sandbox, &bare, &ann, "Done");
        let four = sandbox.clone(&bare, "four");
        let ran = four.pushed(&before);
        assert_eq!((ran.code, send(&four).code), (0, 0), "{way:?}: {ran:?}");
        assert_eq!(told(&sandbox).iter().filter(|line| *line == "1 done").count(), 2, "{way:?}, first: {is_first}");
    }
}

#[test]
fn what_a_step_has_not_sent_is_sent_once_its_proposal_is_merged() {
    for way in WAYS {
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, RULES);
        protect(&sandbox);
        // The runner dies before its last step.
        set(&sandbox.clone(&bare, "one"), "1", "done");
        let before = ann.head();
        merge(&sandbox, &bare, &ann, STEPS, way);
        let two = sandbox.clone(&bare, "two");
        let ran = two.pushed(&before);
        assert_eq!((ran.code, send(&two).code), (0, 0), "{way:?}: {ran:?}");
        assert!(told(&sandbox).contains(&"1 done".to_owned()), "{way:?}: {ran:?}");
    }
}

#[test]
fn what_an_event_has_caused_is_not_told_again_by_a_squash() {
    let sandbox = Sandbox::new();
    let deployed = "    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}]}\n";
    let (bare, ann) = shared(&sandbox, &format!("{RULES}{deployed}"));
    protect(&sandbox);
    let emit = ["emit", "deployment.success", "--push", "--task", "1", "--id", "7-production"];
    let one = sandbox.clone(&bare, "one");
    set(&one, "3", "testing");
    assert_eq!(one.github(&emit, "push", "{}", &[]).code, 0);
    let all = ["1 done", "2 pending", "3 testing"];
    assert_eq!((send(&one).code, told(&sandbox)), (0, all.map(ToOwned::to_owned).to_vec()));
    let before = ann.head();
    merge(&sandbox, &bare, &ann, STEPS, Merge::Squash);
    let two = sandbox.clone(&bare, "two");
    assert_eq!((two.pushed(&before).code, send(&two).code), (0, 0));
    assert_eq!(told(&sandbox), all);
}
