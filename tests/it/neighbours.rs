//! Edits of the user's beside the line that the engine changes.

use super::sandbox::{Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, ONE_ONE, TWO};

#[test]
fn an_edit_beside_the_status_does_not_keep_the_engines_out() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(ONE, "priority: high", "priority: low");
    repo.replace(ONE_ONE, "status: pending\n", "status: done\n");
    repo.git(&["add", ONE_ONE]);
    let ran = repo.try_git(&["commit", "-q", "-m", "1.1"]);
    assert!(!ran.stderr.contains("left alone"), "{ran:?}");
    let text = repo.read(ONE);
    assert!(text.contains("status: in-progress\npriority: low\n"), "{text}");
    let mine = repo.git(&["diff", "-U0", "--", ONE]);
    assert!(mine.contains("\n-priority: high\n+priority: low") && mine.matches("\n-").count() == 2, "{mine}");
    repo.git(&["commit", "-q", "-am", "My priority"]);
    assert_eq!(repo.subjects()[0], "My priority", "nothing follows from that");
    assert_eq!(repo.status(ONE), "in-progress");
}

#[test]
fn set_status_sets_it_beside_an_edited_title() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "title: Two", "title: Mine");
    let ran = repo.try_tm(&["set-status", "2", "review"]);
    assert!(ran.code == 0 && !ran.stderr.contains("left alone"), "{ran:?}");
    assert!(repo.read(TWO).contains("title: Mine\nstatus: review\n"));
    assert_eq!(repo.dirt(), format!(" M {TWO}"));
}

#[test]
fn another_status_of_the_users_own_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(TWO, "\nstatus: blocked\n", "\nstatus: cancelled\n");
    let ran = repo.try_tm(&["set-status", "2", "review"]);
    assert!(ran.stderr.contains("left alone"), "{ran:?}");
    assert_eq!(repo.status(TWO), "cancelled");
}

#[test]
fn apply_writes_all_or_nothing_and_can_be_repeated() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&WORKFLOW.replace("  mode: commit\n", "  mode: commit\n  git:\n    commit: never\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.commit_all("One");
    let (one, two) = (repo.read(ONE), repo.read(TWO));
    repo.write(TWO, two.replace("status: blocked", "status: review"));
    let ran = repo.try_tm(&["apply"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_eq!(repo.read(ONE), one, "nothing is half done");
    repo.write(TWO, two.replace("title: Two", "title: Mine"));
    repo.tm(&["apply"]);
    assert!(repo.read(TWO).contains("title: Mine\nstatus: pending\n"), "{}", repo.read(TWO));
    assert!(repo.read(JSON).contains("\"done\""));
}

#[test]
fn set_status_commits_as_the_user_git_knows() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let eve = [("GIT_AUTHOR_NAME", "Eve"), ("GIT_AUTHOR_EMAIL", "eve@example.com")];
    let ran = sandbox.run(&repo.path, program, &["set-status", "3", "review"], &eve);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.git(&["log", "-1", "--format=%an <%ae>", "--", JSON]), "Eve <eve@example.com>");
    repo.git(&["config", "--unset", "user.name"]);
    repo.git(&["config", "--unset", "user.email"]);
    repo.git(&["config", "user.useConfigOnly", "true"]);
    let ran = repo.try_tm(&["set-status", "3", "done"]);
    assert!(ran.code == 3 && ran.stderr.contains("git config user.name"), "{ran:?}");
    assert_eq!(repo.dirt(), "");
}
