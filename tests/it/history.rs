//! What history says of tasks: the same in every clone, each change once, with its reason.

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{ONE_ONE, THREE};

/// Task 1.1 is done on a branch, with what follows, and the branch is merged.
fn merged(sandbox: &Sandbox) -> Repo<'_> {
    let repo = planted(sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("Finish its subtask");
    assert_eq!(repo.engine_commits(), 1);
    repo.git(&["switch", "-q", "main"]);
    repo.mark(THREE, "pending", "review");
    repo.commit_all("Review three");
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "feature"]);
    repo
}

#[test]
fn what_history_says_does_not_depend_on_remotes() {
    let sandbox = Sandbox::new();
    let repo = merged(&sandbox);
    let clone = sandbox.clone(&repo.path, "bob");
    let questions = [
        &["events", "--root", "--json"][..],
        &["events", "--all", "--json"],
        &["log", "--json"],
        &["explain", "HEAD", "--json"],
    ];
    let ask = || questions.map(|question| clone.tm(question));
    let with = ask();
    clone.git(&["remote", "remove", "origin"]);
    assert!(with == ask(), "the answers differ");
    assert!(with[0].contains("\"1.1\""), "{}", with[0]);
}
