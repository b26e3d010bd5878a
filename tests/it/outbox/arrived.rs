//! Messages of commits that were made on another branch, which was pushed: each is sent once, by the clone in which they were
//! made, however they have come to the shared branch.

use std::path::Path;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, THREE};
use super::{allow, drain, effects};

/// Rules that tell of each change of a status, in a file that all clones write to.
const RULES: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  actions: {tell: {run: \"echo $TASKMASTER_TASK $TASKMASTER_NEW >> ../told\"}}
  triggers:
    - {name: told, event: task.status.updated, actions: [trigger_dependent_tasks, tell]}
";

fn member<'a>(sandbox: &'a Sandbox, bare: &Path, name: &str) -> Repo<'a> {
    let clone = sandbox.clone(bare, name);
    clone.git(&["config", "pull.rebase", "false"]);
    clone.tm(&["hooks", "install"]);
    clone.tm(&["sync"]);
    clone
}

/// A shared repository, two clones with hooks, and a topic branch of Ann's in which the first task is done, pushed.
fn with_topic(sandbox: &Sandbox) -> (std::path::PathBuf, Repo<'_>, Repo<'_>) {
    let (bare, _) = crate::ci::shared(sandbox, RULES);
    let (ann, ben) = (member(sandbox, &bare, "annas"), member(sandbox, &bare, "ben"));
    ann.git(&["switch", "-q", "-c", "topic"]);
    ann.mark(ONE, "pending", "done");
    ann.commit_all("One is done");
    assert_eq!((ann.engine_commits(), effects(&ann).len()), (1, 0), "{:?}", ann.subjects());
    ann.git(&["push", "-q", "-u", "origin", "topic"]);
    (bare, ann, ben)
}

/// What all of them tell together, sorted, once each has pulled.
fn told(clones: &[&Repo<'_>]) -> Vec<String> {
    for clone in clones {
        clone.git(&["switch", "-q", "main"]);
        clone.git(&["pull", "-q"]);
        clone.try_tm(&["sync"]);
        allow(clone);
        drain(clone);
    }
    let text = std::fs::read_to_string(clones[0].sandbox.path().join("told")).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    lines.sort();
    lines
}

fn expected() -> Vec<String> {
    ["1 done", "2 pending"].map(ToOwned::to_owned).to_vec()
}

#[test]
fn a_pushed_branch_that_is_forwarded_to_is_told_of_once() {
    for by_its_author in [true, false] {
        let sandbox = Sandbox::new();
        let (_, ann, ben) = with_topic(&sandbox);
        let who = if by_its_author { &ann } else { &ben };
        who.git(&["fetch", "-q"]);
        who.git(&["switch", "-q", "main"]);
        who.git(&["merge", "-q", "--ff-only", "origin/topic"]);
        who.git(&["push", "-q"]);
        assert_eq!(told(&[&ben, &ann]), expected(), "by its author: {by_its_author}");
    }
}

#[test]
fn a_pushed_branch_that_the_host_merges_is_told_of_once() {
    let author = ["--author", "annas <annas@example.com>"];
    let squash = [&["commit", "-q", "-m", "One is done (#7)"], &author[..]].concat();
    let ways: [&[&[&str]]; 3] = [
        &[&["merge", "-q", "--no-ff", "-m", "Merge pull request #7", "origin/topic"]],
        &[&["merge", "-q", "--squash", "origin/topic"], &squash],
        &[&["cherry-pick", "origin/topic~1", "origin/topic"]],
    ];
    for way in ways {
        let sandbox = Sandbox::new();
        let (bare, ann, ben) = with_topic(&sandbox);
        // No engine is there.
        let host = sandbox.clone(&bare, "host");
        host.write("other.txt", "x");
        host.commit_all("Other");
        for step in way {
            host.git(step);
        }
        host.git(&["push", "-q"]);
        assert_eq!(told(&[&ben, &ann]), expected(), "{way:?}");
        assert_eq!((ann.head(), ben.head()), (host.head(), host.head()), "{way:?}");
    }
}

#[test]
fn a_pushed_branch_that_somebody_merges_is_told_of_once() {
    for by_its_author in [true, false] {
        let sandbox = Sandbox::new();
        let (_, ann, ben) = with_topic(&sandbox);
        let who = if by_its_author { &ann } else { &ben };
        who.git(&["fetch", "-q"]);
        who.git(&["switch", "-q", "main"]);
        who.write("other.txt", "x");
        who.commit_all("Other");
        let merged = who.try_git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/topic"]);
        let said = "which their authors' clones run and send; to do it here: taskmaster sync --since ";
        assert_eq!(merged.stderr.contains(said), !by_its_author, "{merged:?}");
        who.git(&["push", "-q"]);
        assert_eq!(told(&[&ben, &ann]), expected(), "by its author: {by_its_author}");
    }
}

#[test]
fn what_is_merged_or_squashed_here_is_told_of_once() {
    let ways: [&[&[&str]]; 3] = [
        &[&["merge", "-q", "--no-ff", "-m", "Merge", "topic"]],
        &[&["merge", "-q", "--squash", "topic"], &["commit", "-q", "--no-edit"]],
        &[&["rebase", "-q", "main", "topic"], &["switch", "-q", "main"], &["merge", "-q", "--ff-only", "topic"]],
    ];
    for way in ways {
        let sandbox = Sandbox::new();
        let (_, ann, ben) = with_topic(&sandbox);
        ann.git(&["switch", "-q", "main"]);
        ann.write("other.txt", "x");
        ann.commit_all("Other");
        for step in way {
            ann.git(step);
        }
        ann.git(&["push", "-q"]);
        assert_eq!(told(&[&ben, &ann]), expected(), "{way:?}");
    }
}

#[test]
fn what_a_branch_no_longer_does_is_not_told() {
    let sandbox = Sandbox::new();
    let (bare, ann, ben) = with_topic(&sandbox);
    ann.mark(THREE, "pending", "done");
    ann.commit_all("Three is done");
    ann.git(&["reset", "-q", "--hard", "origin/topic"]);
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    let status = ann.tm(&["status"]);
    let said = "3 effects of commits that are not on the shared branch yet: run and sent from here once they are\n";
    assert!(status.contains(said), "{status}");
    let host = sandbox.clone(&bare, "host");
    host.git(&["merge", "-q", "--ff-only", "origin/topic"]);
    host.git(&["push", "-q"]);
    assert_eq!(told(&[&ben, &ann]), ["1 done", "2 pending", "3 review"]);
    assert!(!ann.tm(&["status"]).contains("not on the shared branch yet"));
}
