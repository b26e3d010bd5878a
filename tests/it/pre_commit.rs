//! What `pre-commit` compares with what: amends, merges, faults that were there before, transitions.

use super::sandbox::{Ran, Repo, Sandbox};
use super::scenery::{JSON, ONE, THREE, TWO};

const STRICT: &str = "workflow_config:
  mode: enforce
  statuses:
    pending: {category: todo, transitions: [in-progress]}
    in-progress: {category: active, transitions: [done]}
";

fn strict(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(STRICT);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

/// Stages everything and runs git with additions to the environment.
fn git_with(repo: &Repo<'_>, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    repo.git(&["add", "-A"]);
    repo.sandbox.run(&repo.path, "git", arguments, environment)
}

#[track_caller]
fn assert_refused(ran: &Ran, finding: &str) {
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(finding), "{}", ran.stderr);
}

#[test]
fn a_commit_with_the_author_date_of_the_one_before_is_no_amend() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    let now = [("GIT_AUTHOR_DATE", "1760000000 +0000"), ("GIT_COMMITTER_DATE", "1760000000 +0000")];
    repo.mark(THREE, "pending", "in-progress");
    assert_eq!(git_with(&repo, &["commit", "-q", "-m", "Begin"], &now).code, 0);
    repo.mark(THREE, "in-progress", "pending");
    let ran = git_with(&repo, &["commit", "-q", "-m", "--amend"], &now);
    assert_refused(&ran, "task 3 may not go from in-progress to pending");
}

#[test]
fn an_amend_is_judged_from_the_commit_before() {
    for form in [&["--amend", "--no-edit"][..], &["--ame", "-m", "Better"], &["--no-edit", "--amend"]] {
        let sandbox = Sandbox::new();
        let repo = strict(&sandbox);
        repo.mark(THREE, "pending", "in-progress");
        repo.commit_all("Begin");
        repo.mark(THREE, "in-progress", "done");
        let arguments = [&["commit", "-q"], form].concat();
        assert_refused(&git_with(&repo, &arguments, &[]), "task 3 may not go from pending to done");
        repo.mark(THREE, "done", "pending");
        let ran = git_with(&repo, &arguments, &[]);
        assert_eq!(ran.code, 1, "nothing is left of the commit, says git: {ran:?}");
        repo.replace(ONE, "Text that nobody", "Text I");
        let ran = git_with(&repo, &arguments, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
}

/// Without a `git commit` above it the hook can only compare authors.
#[test]
fn where_no_git_is_seen_the_whole_author_tells_an_amend() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    repo.mark(THREE, "pending", "in-progress");
    repo.commit_all("Begin");
    let date = repo.git(&["log", "-1", "--format=@%ad", "--date=raw"]);
    repo.mark(THREE, "in-progress", "pending");
    repo.git(&["add", "-A"]);
    let ring = |name: &str, date: &str| {
        let author = [("GIT_AUTHOR_NAME", name), ("GIT_AUTHOR_EMAIL", "ann@example.com"), ("GIT_AUTHOR_DATE", date)];
        sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &["hooks", "run", "pre-commit"], &author).code
    };
    assert_eq!(ring("ann", &date), 0);
    assert_eq!(ring("Ann's namesake", &date), 1);
    assert_eq!(ring("ann", "@1740000000 +0000"), 1);
}

/// Both sides change the title of task 1; `side` has finished task 3 in the two steps it takes.
fn conflicted(sandbox: &Sandbox) -> Repo<'_> {
    let repo = strict(sandbox);
    repo.git(&["switch", "-q", "-c", "side"]);
    repo.mark(THREE, "pending", "in-progress");
    repo.commit_all("Begin three");
    repo.mark(THREE, "in-progress", "done");
    repo.replace(ONE, "\ntitle: One\n", "\ntitle: Uno\n");
    repo.commit_all("Finish three");
    repo.git(&["switch", "-q", "main"]);
    repo.replace(ONE, "\ntitle: One\n", "\ntitle: Eins\n");
    repo.commit_all("Name it");
    assert_eq!(repo.try_git(&["merge", "-q", "side"]).code, 1);
    repo.git(&["checkout", "-q", "--theirs", ONE]);
    repo
}

#[test]
fn a_merge_answers_only_for_what_is_wrong_on_all_sides() {
    let sandbox = Sandbox::new();
    let repo = conflicted(&sandbox);
    let ran = git_with(&repo, &["commit", "-q", "--no-edit"], &[]);
    assert_eq!((ran.code, repo.status(THREE).as_str()), (0, "done"), "{ran:?}");
}

#[test]
fn a_merge_answers_for_what_it_adds() {
    let sandbox = Sandbox::new();
    let repo = conflicted(&sandbox);
    repo.replace(TWO, "[task_001]", "[task_009]");
    repo.mark(ONE, "pending", "done");
    let ran = git_with(&repo, &["commit", "-q", "--no-edit"], &[]);
    assert_refused(&ran, "2 errors in what you commit");
    assert!(ran.stderr.contains("task 1 may not go from pending to done"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("task 3 may not"), "{}", ran.stderr);
}

#[test]
fn a_second_equal_fault_is_not_an_older_one() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    let fault = "{\"id\": \"no id\", \"title\": \"x\"},";
    repo.replace(JSON, "\"tasks\": [", &format!("\"tasks\": [{fault}"));
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Wrong"]);
    repo.replace(JSON, fault, &format!("{fault}\n{fault}"));
    let ran = git_with(&repo, &["commit", "-q", "-m", "Wrong again"], &[]);
    assert_refused(&ran, "1 error in what you commit");
    assert!(ran.stderr.contains("1 older error not counted"), "{}", ran.stderr);
}

const THREE_JSON: &str = "\"title\": \"Three\",\n      \"status\": \"pending\"";

#[test]
fn a_mirror_that_catches_up_makes_no_transition() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    repo.mark(THREE, "pending", "done");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Wrong"]);
    repo.replace(JSON, THREE_JSON, &THREE_JSON.replace("pending", "done"));
    repo.commit_all("In tasks.json too");
}

#[test]
fn one_transition_in_two_places_is_one_finding() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    repo.mark(THREE, "pending", "done");
    repo.replace(JSON, THREE_JSON, &THREE_JSON.replace("pending", "done"));
    assert_refused(&git_with(&repo, &["commit", "-q", "-m", "Too fast"], &[]), "1 error in what you commit");
}

#[test]
fn a_forbidden_transition_is_shown_where_it_was_written() {
    let sandbox = Sandbox::new();
    let repo = strict(&sandbox);
    repo.replace(JSON, THREE_JSON, &THREE_JSON.replace("pending", "done"));
    let ran = git_with(&repo, &["commit", "-q", "-m", "Too fast"], &[]);
    assert_refused(&ran, "task 3 may not go from pending to done");
    assert!(ran.stderr.contains("tasks/tasks.json") && !ran.stderr.contains("task.md"), "{}", ran.stderr);
}
