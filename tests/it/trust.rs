//! What the configuration runs and sends is the user's to allow, in each clone and for each version of it.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use super::sandbox::{Repo, Sandbox, planted_with};
use super::scenery::WORKFLOW_FILE;

const RULES: &str = "workflow_config:
  mode: commit
  actions:
    build: {run: make all}
    tell: {webhook: {url: \"https://example.org/${CHANNEL}\"}}
  notifications:
    channels: [{type: slack, channel: \"#tasks\"}]
";

/// What `allow` says of HEAD's configuration, without allowing it.
#[track_caller]
fn state(repo: &Repo<'_>) -> Value {
    serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap()
}

fn hash(repo: &Repo<'_>) -> String {
    state(repo)["hash"].as_str().unwrap().to_owned()
}

/// The files of the decisions, and the lines of their log.
fn decisions(sandbox: &Sandbox) -> (Vec<PathBuf>, Vec<Value>) {
    let folder = sandbox.path().join("home/.local/state/taskmaster");
    let mut files = Vec::new();
    for clone in fs::read_dir(folder.join("allowed")).into_iter().flatten() {
        files.extend(fs::read_dir(clone.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    let log = fs::read_to_string(folder.join("decisions.jsonl")).unwrap_or_default();
    (files, log.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_configuration_is_allowed_by_its_name_and_denied_again() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let shown = state(&repo);
    assert_eq!(shown["state"], "not-allowed");
    assert_eq!(
        shown["asks"],
        serde_json::json!([
            "build runs: make all",
            "tell sends: POST https://example.org/${CHANNEL}",
            "messages go to: slack #tasks"
        ])
    );
    let hash = hash(&repo);
    let ran = repo.try_tm(&["allow", &hash]);
    assert_eq!((ran.code, ran.stdout.lines().last()), (0, Some(format!("allowed: {hash}").as_str())));
    assert_eq!(state(&repo)["state"], "allowed");
    let (files, log) = decisions(&sandbox);
    assert_eq!(files.len(), 1);
    assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((log[0]["decision"].as_str(), log[0]["hash"].as_str()), (Some("allow"), Some(hash.as_str())));

    assert_eq!(repo.tm(&["deny"]), format!("denied: {hash}\n"));
    assert_eq!(state(&repo)["state"], "not-allowed");
    let (files, log) = decisions(&sandbox);
    assert_eq!((files.len(), log.len()), (0, 2));
    assert_eq!(log[1]["decision"], "deny");
    assert!(log.iter().all(|line| line["at"].is_string() && line["who"].is_string()), "{log:?}");
    let ran = repo.try_tm(&["deny", &hash]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn nobody_at_a_terminal_and_no_name_allow_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    for arguments in [&["allow"][..], &["allow", "--json"], &["allow", &"0".repeat(64)], &["allow", &hash(&repo)[..32]]]
    {
        let ran = repo.try_tm(arguments);
        assert_ne!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert_eq!(state(&repo)["state"], "not-allowed", "{arguments:?}");
    }
    assert_eq!(decisions(&sandbox).0.len(), 0);
}

#[test]
fn a_changed_configuration_asks_again_and_shows_the_difference() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let first = hash(&repo);
    repo.tm(&["allow", &first]);
    repo.replace(WORKFLOW_FILE, "make all", "make everything");
    // What is not committed asks for nothing yet.
    assert_eq!(state(&repo)["state"], "allowed");
    repo.commit_all("Another command");
    assert_eq!(state(&repo)["state"], "changed");
    let ran = repo.try_tm(&["allow"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("-    build: {run: make all}\n+    build: {run: make everything}\n"), "{ran:?}");
    // The name of the earlier one is not that of this one.
    assert_eq!(repo.try_tm(&["allow", &first]).code, 3);
    repo.tm(&["allow", &hash(&repo)]);
    assert_eq!(state(&repo)["state"], "allowed");
    assert_eq!(state(&repo)["allowed"].as_array().unwrap().len(), 2);
}

#[test]
fn a_decision_counts_for_one_clone_and_from_one_user() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    repo.tm(&["allow", &hash(&repo)]);
    let other = sandbox.clone(&repo.path, "bob");
    assert_eq!(state(&other)["state"], "not-allowed");

    let file = decisions(&sandbox).0.remove(0);
    // Another repository's decision, put where ours would be.
    let theirs = fs::read_to_string(&file).unwrap().replace("/ann/.git", "/eve/.git");
    let ours = fs::read_to_string(&file).unwrap();
    fs::write(&file, theirs).unwrap();
    assert_eq!(state(&repo)["state"], "not-allowed");
    // Another text under the same name.
    fs::write(&file, ours.replace("make all", "make none")).unwrap();
    assert_eq!(state(&repo)["state"], "not-allowed");
    fs::write(&file, ours).unwrap();
    assert_eq!(state(&repo)["state"], "allowed");
    // What others can write says nothing.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = repo.try_tm(&["allow", "-n"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("others may write it"), "{ran:?}");
}

#[test]
fn what_is_allowed_the_first_time_can_be_read_whole() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let ran = repo.try_tm(&["allow", "-n"]);
    assert!(ran.stdout.contains(RULES), "{ran:?}");
    let shown = state(&repo);
    let path = shown["path"].as_str().unwrap();
    assert_eq!(repo.git(&["show", &format!("HEAD:{path}")]) + "\n", RULES);
    assert_eq!(shown["text"], RULES);
    let ran = repo.try_tm(&["allow"]);
    assert!(ran.stderr.contains(&format!("the whole text: git show HEAD:{path}")), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_clone_whose_path_is_no_text_is_allowed_like_any() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let odd = sandbox.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    fs::rename(&repo.path, &odd).unwrap();
    let repo = Repo { sandbox: &sandbox, path: odd };
    let ran = repo.try_tm(&["allow", &hash(&repo)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(state(&repo)["state"], "allowed");
    repo.tm(&["deny"]);
    assert_eq!(state(&repo)["state"], "not-allowed");
}

#[test]
fn a_leave_for_one_run_is_logged_with_the_account_that_gave_it() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let hash = hash(&repo);
    let arguments = ["outbox", "run", "--allow", &hash];
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(&repo.path, program, &arguments, &[("USER", "mallory"), ("LOGNAME", "mallory")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (files, log) = decisions(&sandbox);
    assert_eq!((files.len(), log.len()), (0, 1), "nothing is allowed behind it");
    assert_eq!((log[0]["decision"].as_str(), log[0]["hash"].as_str()), (Some("allow-once"), Some(hash.as_str())));
    let who = log[0]["who"].as_str().unwrap();
    assert!(who.contains("uid ") && who.contains(", git: ") && !who.contains("mallory"), "{who}");
}
