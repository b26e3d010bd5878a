//! Which commits a pipeline runs for, what it says of them, and why it commits nothing of that.

use serde_json::Value;

use super::{CI, shared, with_one_done};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE};

const NOWHERE: &str = "1111111111111111111111111111111111111111";
const NOTHING: &str = "0000000000000000000000000000000000000000";

#[test]
fn why_nothing_is_committed_is_said() {
    for (rules, said) in [
        (CI.replace("mode: commit", "mode: observe"), "taskmaster: unblocks 2 (mode observe)\n"),
        (CI.replace("{executor: ci,", "{executor: ci, commit: never,"), "taskmaster: unblocks 2 (commit: never)\n"),
    ] {
        let sandbox = Sandbox::new();
        let (bare, _, before) = with_one_done(&sandbox, &rules);
        let ci = sandbox.clone(&bare, "ci");
        let head = ci.head();
        let ran = ci.pushed(&before);
        assert_eq!((ran.code, ran.stdout.as_str(), ci.head()), (0, said, head), "{ran:?}");
    }
}

#[test]
fn of_the_shared_branch_nothing_is_new_where_nobody_says_where_it_was() {
    let sandbox = Sandbox::new();
    let (bare, _, _) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    let head = ci.head();
    let ran = ci.pushed(NOTHING);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: nothing follows (nothing is new)\n"), "{ran:?}");
    // Nor is it where the step has no event at all, or nobody knows which branch that is.
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let bare_step = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF_NAME", "main")];
    let ran = sandbox.run(&ci.path, program, &["ci", "run"], &bare_step);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: nothing follows (nothing is new)\n"), "{ran:?}");
    assert_eq!(ci.head(), head);
}

#[test]
fn a_side_branch_begins_where_it_left_the_shared_one() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, &CI.replace("executor: ci, ", ""));
    ann.git(&["switch", "-q", "-c", "side"]);
    ann.done_one();
    ann.git(&["push", "-q", "origin", "side"]);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "side"]);
    let looked = |repo: &Repo<'_>, before: &str| {
        let payload = format!(r#"{{"before": "{before}"}}"#);
        let ran = repo.github(&["ci", "run", "--check"], "push", &payload, &[("GITHUB_REF_NAME", "side")]);
        (ran.code, ran.stdout)
    };
    let said = (0, "taskmaster: unblocks 2 (dry run)\n".to_owned());
    // It is new, and it was forced away from what nobody has any more.
    assert_eq!((looked(&ci, NOTHING), looked(&ci, NOWHERE)), (said.clone(), said.clone()));
    // The remote's is not known: the clone's own counts.
    ann.git(&["remote", "remove", "origin"]);
    assert_eq!(looked(&ann, NOTHING), said);
}

#[test]
fn a_proposal_whose_base_is_not_there_does_not_pass() {
    let sandbox = Sandbox::new();
    let (bare, _, _) = with_one_done(&sandbox, CI);
    let payload = format!(r#"{{"pull_request": {{"base": {{"sha": "{NOWHERE}"}}}}}}"#);
    let ci = sandbox.clone(&bare, "ci");
    let ran = ci.github(&["ci", "run"], "pull_request", &payload, &[("GITHUB_BASE_REF", "main")]);
    assert!(ran.code == 3 && ran.stderr.contains(&format!("`{NOWHERE}` names no commit")), "{ran:?}");
    let ran = ci.github(&["ci", "run"], "push", "{", &[]);
    assert!(ran.code == 3 && ran.stderr.contains("cannot be read: GITHUB_EVENT_PATH"), "{ran:?}");
    assert!(ran.stderr.contains("name the range yourself: --from REVISION --to REVISION"), "{ran:?}");
}

#[test]
fn what_is_made_and_what_only_changes_is_said_where_nobody_knows_the_shared_branch_too() {
    for (action, said) in [("{create_task: {title: More}}", "makes 4"), ("{set_owner: {}}", "changes 1 file")] {
        let sandbox = Sandbox::new();
        let rules = format!(
            "workflow_config:\n  mode: commit\n  actions: {{set_owner: {{set: {{owner: ben}}}}}}\n  triggers:\n    \
             - {{name: follow, event: task.status.updated, actions: [{action}]}}\n"
        );
        let (bare, ann) = shared(&sandbox, &rules);
        ann.mark(THREE, "pending", "review");
        ann.commit_all("Three is to be reviewed");
        ann.git(&["push", "-q"]);
        let ci = sandbox.clone(&bare, "ci");
        ci.git(&["remote", "set-head", "origin", "--delete"]);
        ci.git(&["branch", "-q", "-m", "main", "work"]);
        let ran = ci.try_tm(&["ci", "run", "--check", "--from", "HEAD^"]);
        assert_eq!((ran.code, ran.stdout), (0, format!("taskmaster: {said} (dry run)\n")), "{action}");
        // Where it begins nobody can say then: nothing is new.
        let payload = format!(r#"{{"before": "{NOTHING}"}}"#);
        let ran = ci.github(&["ci", "run", "--check"], "push", &payload, &[("GITHUB_REF_NAME", "work")]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: nothing follows (dry run)\n"), "{ran:?}");
    }
}

#[test]
fn json_says_whose_pipeline_it_is() {
    let sandbox = Sandbox::new();
    let (bare, _, _) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    let program = env!("CARGO_BIN_EXE_taskmaster");
    for (environment, provider, occasion) in [
        (&[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")][..], "gitlab", "proposal"),
        (&[("JENKINS_URL", "http://127.0.0.1"), ("BRANCH_NAME", "main")], "jenkins", "push"),
        (&[], "other", "push"),
    ] {
        let ran = sandbox.run(&ci.path, program, &["--json", "ci", "run", "--check"], environment);
        let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!((&told["provider"], &told["occasion"]), (&provider.into(), &occasion.into()), "{told}");
    }
}

#[test]
fn while_a_merge_is_under_way_nothing_is_committed() {
    let sandbox = Sandbox::new();
    let (bare, _, before) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    let head = ci.head();
    ci.write(".git/MERGE_HEAD", format!("{head}\n"));
    let ran = ci.pushed(&before);
    assert_eq!((ran.code, ci.head()), (4, head), "{ran:?}");
    assert!(!ci.read(ONE).contains("blocked") && ran.stderr.contains("merge"), "{ran:?}");
}
