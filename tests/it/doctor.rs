//! The doctor: each check sees what it is for, in a repository where exactly that is broken, and what is
//! mended is what it says.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use taskmaster::app::CHECKS;

use super::docs::{compare, read, with_part};
use super::sandbox::{Ran, Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{JSON, ONE, TWO, WORKFLOW_FILE, executable};

/// What the doctor finds: check, message, result.
fn findings(ran: &Ran) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let found: Vec<_> =
        findings.map(|finding| (text(finding, "check"), text(finding, "message"), text(finding, "result"))).collect();
    let open = report["open"].as_u64().unwrap();
    assert_eq!(ran.code, i32::from(open > 0), "{ran:?}");
    found
}

/// The doctor says just this one thing.
#[track_caller]
fn sees(repo: &Repo<'_>, check: &str, said: &str, result: &str) {
    let ran = repo.try_tm(&["--json", "doctor"]);
    sees_in(&ran, check, said, result);
}

#[track_caller]
fn sees_in(ran: &Ran, check: &str, said: &str, result: &str) {
    let found = findings(ran);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0.as_str(), found[0].2.as_str()), (check, result), "{found:?}");
    assert!(found[0].1.contains(said), "{found:?}");
}

/// The doctor sees it, mends it, and finds nothing any more.
#[track_caller]
fn sees_and_mends(repo: &Repo<'_>, check: &str, said: &str) {
    sees(repo, check, said, "mendable");
    let fixed = repo.try_tm(&["--json", "doctor", "--fix"]);
    sees_in(&fixed, check, said, "mended");
    is_well(repo);
}

#[track_caller]
fn is_well(repo: &Repo<'_>) {
    let ran = repo.try_tm(&["doctor"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", "nothing is wrong\n"), "{ran:?}");
}

/// Makes a file look as if it had been there for days.
#[track_caller]
fn age(repo: &Repo<'_>, path: &Path) {
    age_to(repo, path, "2020-01-01");
}

#[track_caller]
fn age_to(repo: &Repo<'_>, path: &Path, date: &str) {
    let ran = repo.sandbox.run(&repo.path, "touch", &["-h", "-d", date, path.to_str().unwrap()], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The number of a process that is gone.
fn gone() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn doctor_says_nothing_where_nothing_is_wrong() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.everything();
    is_well(&repo);
    let ran = repo.try_tm(&["doctor", "--fix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(repo.everything() == before, "nothing is written");
    let ran = repo.try_tm(&["doctor", "--verbose"]);
    for check in CHECKS {
        assert!(ran.stderr.contains(&format!("ok: {}\n", check.name)), "{ran:?}");
    }
    assert!(!repo.tm(&["status"]).contains("doctor"));
}

#[test]
fn doctor_works_where_there_is_little() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let nowhere = sandbox.path().join("nowhere");
    fs::create_dir(&nowhere).unwrap();
    let ran = sandbox.run(&nowhere, program, &["--json", "doctor", "--fix"], &[]);
    sees_in(&ran, "repository", "no git repository", "by-hand");
    let bare = sandbox.bare("bare.git");
    assert!(findings(&sandbox.run(&bare, program, &["--json", "doctor", "--fix"], &[])).is_empty());
    let unborn = sandbox.repository("unborn");
    sees(&unborn, "tree", "there is no `.taskmaster` folder", "by-hand");
    let planted = planted(&sandbox);
    planted.git(&["switch", "-q", "--detach"]);
    is_well(&planted);
    // A linked worktree, and a folder deep down.
    planted.git(&["worktree", "add", "-q", "../linked"]);
    let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("linked") };
    is_well(&linked);
    is_well(&Repo { sandbox: &sandbox, path: linked.path.join(".taskmaster/tasks") });
}

#[test]
fn doctor_sees_git() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let old = sandbox.path().join("old");
    fs::create_dir(&old).unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let real = sandbox.run(&repo.path, "sh", &["-c", "command -v git"], &[]).stdout;
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = version ] && {{ echo git version 2.20.1; exit; }}\nexec '{}' \"$@\"\n",
        real.trim()
    );
    executable(&old.join("git"), &script);
    let path = format!("{}:{}", old.display(), std::env::var("PATH").unwrap());
    let ran = sandbox.run(&repo.path, program, &["--json", "doctor", "--fix"], &[("PATH", &path)]);
    sees_in(&ran, "git", "git 2.20 is too old", "by-hand");
    // None at all: said first, and the rest is looked at as far as can be.
    let ran = sandbox.run(&repo.path, program, &["--json", "doctor"], &[("PATH", "/nowhere")]);
    assert_eq!(findings(&ran)[0].0, "git");
}

#[test]
fn doctor_sees_repository() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (arguments, said) in [
        (&["init", "-q", "--ref-format=reftable", "x"][..], "reftable"),
        (&["init", "-q", "--object-format=sha256", "x"], "SHA-256"),
    ] {
        let _ = fs::remove_dir_all(sandbox.path().join("x"));
        let ran = sandbox.run(sandbox.path(), "git", arguments, &[]);
        if ran.code != 0 {
            continue; // A git that does not know it.
        }
        let odd = Repo { sandbox: &sandbox, path: sandbox.path().join("x") };
        sees(&odd, "repository", said, "by-hand");
    }
    // Only root can give a repository away.
    if std::os::unix::fs::chown(repo.path.join(".git"), Some(4_321), None).is_ok()
        && std::os::unix::fs::chown(&repo.path, Some(4_321), None).is_ok()
    {
        let ran = repo.try_tm(&["doctor"]);
        assert!(ran.stdout.contains("owned by another user") && ran.stdout.contains("safe.directory"), "{ran:?}");
        assert_eq!(ran.code, 1);
    }
}

#[test]
fn doctor_sees_switched_off() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "taskmaster.enabled", "false"]);
    sees(&repo, "switched-off", "switched off in this clone", "by-hand");
    repo.git(&["config", "--unset", "taskmaster.enabled"]);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(&repo.path, program, &["--json", "doctor"], &[("TASKMASTER", "0")]);
    sees_in(&ran, "switched-off", "TASKMASTER=0", "by-hand");
    assert_eq!(ran.code, 0, "it may be meant so");
}

#[test]
fn doctor_sees_tree() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    fs::rename(repo.path.join(".taskmaster"), sandbox.path().join("away")).unwrap();
    sees(&repo, "tree", "there is no `.taskmaster` folder", "by-hand");
}

#[test]
fn doctor_sees_tracking() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".gitignore", "task_004*\n");
    repo.write(".taskmaster/context/task_004.md", "---\ntask_id: task_004\ntitle: Four\nstatus: pending\n---\n");
    sees(&repo, "tracking", "`.taskmaster/context/task_004.md`: ignored by git", "by-hand");
    repo.write(".gitignore", "");
    sees(&repo, "tracking", "in no commit yet", "by-hand");
    assert_eq!(repo.try_tm(&["doctor"]).code, 0, "only a note");
    let other = sandbox.repository("other");
    other.plant(WORKFLOW);
    other.write(".gitignore", ".taskmaster\n");
    other.commit_all("Start");
    other.tm(&["hooks", "install"]);
    sees(&other, "tracking", "git ignores .taskmaster", "by-hand");
}

#[test]
fn doctor_sees_rules() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(WORKFLOW_FILE, "  mode: commit\n", "  mode: [\n");
    sees(&repo, "rules", "", "by-hand");
}

#[test]
fn doctor_sees_mode() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "taskmaster.mode", "comit"]);
    sees(&repo, "mode", "`comit` is no mode", "by-hand");
    repo.try_tm(&["doctor", "--fix"]);
    assert_eq!(repo.git(&["config", "taskmaster.mode"]), "comit", "which one was meant is for the user to say");
}

#[test]
fn doctor_sees_identity() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "--unset", "user.name"]);
    repo.git(&["config", "--unset", "user.email"]);
    repo.git(&["config", "user.useConfigOnly", "true"]);
    sees(&repo, "identity", "does not know your name", "by-hand");
}

#[test]
fn doctor_sees_shared_branch() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(WORKFLOW_FILE, "  mode: commit\n", "  mode: commit\n  git:\n    canonical: trunk\n");
    sees(&repo, "shared-branch", "`trunk` does not exist", "by-hand");
    repo.git(&["branch", "trunk"]);
    is_well(&repo);
}

#[test]
fn doctor_sees_hooks() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let hooks = repo.path.join(".git/hooks");
    let hook = hooks.join("post-commit");
    let written = fs::read_to_string(&hook).unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");

    fs::remove_file(&hook).unwrap();
    sees_and_mends(&repo, "hooks", "not installed: post-commit");
    assert_eq!(fs::read_to_string(&hook).unwrap(), written);

    // Somebody's script has lost the section, and its bytes stay around the new one.
    executable(&hook, "#!/bin/sh\necho mine\n");
    sees_and_mends(&repo, "hooks", "not installed: post-commit");
    assert!(fs::read_to_string(&hook).unwrap().ends_with("\necho mine\n"));

    fs::write(&hook, written.replace("exit 0", "exit 00")).unwrap();
    sees_and_mends(&repo, "hooks", "of another version, or were changed");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    sees_and_mends(&repo, "hooks", "not executable");

    // The program has moved, or is another one.
    let moved = sandbox.path().join("moved/taskmaster");
    for each in fs::read_dir(&hooks).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&each).unwrap();
        fs::write(&each, text.replace(program, moved.to_str().unwrap())).unwrap();
    }
    assert!(repo.tm(&["status"]).ends_with("\n1 fault in the installation - taskmaster doctor\n"));
    sees(&repo, "hooks", "the program that the hooks name is gone", "mendable");
    executable(&moved, "#!/bin/sh\necho taskmaster 0.0.1\n");
    sees_and_mends(&repo, "hooks", "the hooks run version 0.0.1");
    assert!(fs::read_to_string(&hook).unwrap().contains(program));

    // Out of git's reach.
    fs::create_dir(repo.path.join("elsewhere")).unwrap();
    repo.git(&["config", "core.hooksPath", "elsewhere"]);
    sees_and_mends(&repo, "hooks", "core.hooksPath is `elsewhere` (local)");
    repo.git(&["config", "core.hooksPath", "/dev/null"]);
    sees(&repo, "hooks", "hooks are switched off", "by-hand");
    let outside = sandbox.path().join("outside");
    fs::create_dir(&outside).unwrap();
    repo.git(&["config", "core.hooksPath", outside.to_str().unwrap()]);
    sees(&repo, "hooks", "outside this repository", "by-hand");
    repo.try_tm(&["doctor", "--fix"]);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    repo.git(&["config", "--unset", "core.hooksPath"]);

    // What is in other hands is for people to mend.
    let by_hand = |text: &str, said: &str| {
        executable(&hook, text);
        sees(&repo, "hooks", said, "by-hand");
        repo.try_tm(&["doctor", "--fix"]);
        assert_eq!(fs::read_to_string(&hook).unwrap(), text);
    };
    by_hand("#!/usr/bin/env python3\n", "a script for python3");
    by_hand("#!/bin/sh\n# >>> taskmaster >>>\n", "has no end");
    by_hand("#!/bin/sh\ncall_lefthook()\n{ :; }\n", "in the hands of lefthook, without ours");
    fs::remove_file(&hook).unwrap();
    symlink("/nowhere", &hook).unwrap();
    sees(&repo, "hooks", "a link to /nowhere", "by-hand");
}

#[test]
fn doctor_sees_hooks_that_were_never_installed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    assert_eq!(repo.try_tm(&["doctor"]).code, 0, "only a note");
    sees_and_mends(&repo, "hooks", "not installed: pre-commit, ");
    // What was there before is the beginning.
    assert_eq!(repo.cursor(), repo.head());
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("+1 commit"), "{ran:?}");
}

#[test]
fn doctor_sees_locks() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let lock = repo.path.join(".git/index.lock");
    // A run of ours that was killed: its line is in the lock, and nobody holds it.
    fs::write(&lock, "taskmaster 1 .taskmaster-x.tmp\n").unwrap();
    let copy = repo.path.join(".git/taskmaster-index.1");
    fs::copy(repo.path.join(".git/index"), &copy).unwrap();
    age(&repo, &copy);
    let ran = repo.try_tm(&["--json", "doctor", "--fix"]);
    let found = findings(&ran);
    let checks: Vec<&str> = found.iter().map(|finding| finding.0.as_str()).collect();
    assert_eq!(checks, ["locks", "litter"], "{found:?}");
    assert!(found.iter().all(|finding| finding.2 == "mended"), "{found:?}");
    assert!(!lock.exists() && !copy.exists());

    // Of a run that is alive nothing is said.
    fs::write(&lock, "taskmaster 1 .taskmaster-x.tmp\n").unwrap();
    let held = fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    fs::write(&copy, "").unwrap();
    age(&repo, &copy);
    is_well(&repo);
    drop(held);
    fs::remove_file(&copy).unwrap();

    // Somebody else's stays, whatever its age.
    fs::remove_file(&lock).unwrap();
    for name in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        let copy = repo.path.join(format!(".git/taskmaster-index.{}", gone()));
        fs::write(&copy, "").unwrap();
        age(&repo, &copy);
        let lock = repo.path.join(".git").join(name);
        fs::write(&lock, "").unwrap();
        let ran = repo.try_tm(&["--json", "doctor", "--fix"]);
        sees_in(&ran, "litter", "an interrupted run has left", "mended");
        assert!(lock.exists(), "{name}");
        is_well(&repo);
        age_to(&repo, &lock, "2021-01-01");
        fs::write(&copy, "").unwrap();
        age(&repo, &copy);
        let found = findings(&repo.try_tm(&["--json", "doctor", "--fix"]));
        let results: Vec<&str> = found.iter().map(|finding| finding.2.as_str()).collect();
        assert_eq!(results, ["by-hand", "mended"], "{found:?}");
        sees(&repo, "locks", "not taskmaster's", "by-hand");
        repo.try_tm(&["doctor", "--fix"]);
        assert!(lock.exists(), "{name}");
        fs::remove_file(&lock).unwrap();
    }
}

#[test]
fn doctor_sees_interrupted_commit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let start = repo.head();
    repo.finish_one();
    let engine = repo.head();
    // As a run leaves it that is killed behind the move of the branch.
    repo.git(&["read-tree", "HEAD~1"]);
    repo.git(&["checkout-index", "-f", "-a"]);
    let blob = |revision: &str, path: &str| repo.id(&format!("{revision}:{path}"));
    let files: Vec<Value> = repo
        .changed("HEAD~1", "HEAD")
        .iter()
        .map(|path| {
            let (before, after) = (blob("HEAD~1", path), blob("HEAD", path));
            serde_json::json!({
                "path": path.strip_prefix(".taskmaster/").unwrap(), "mode": 0o100_644, "before": before,
                "after": after, "staged_before": before, "staged_after": after,
            })
        })
        .collect();
    let note = serde_json::json!({ "version": 1, "commit": engine, "holder": null, "files": files });
    repo.write(".git/taskmaster-commit", note.to_string());
    // What the user has done since stays.
    repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"Three by hand\"");
    repo.write("staged.txt", "staged\n");
    repo.git(&["add", "staged.txt"]);
    sees(&repo, "interrupted-commit", "would take back", "mendable");
    assert!(repo.tm(&["status"]).contains("1 fault in the installation"));
    let fixed = repo.try_tm(&["--json", "doctor", "--fix"]);
    sees_in(&fixed, "interrupted-commit", "would take back", "mended");
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(repo.dirt(), format!(" M {JSON}\nA  staged.txt"));
    assert!(repo.read(JSON).contains("Three by hand"));
    assert_eq!((repo.head(), repo.id("HEAD~2")), (engine, start));
    is_well(&repo);

    repo.write(".git/taskmaster-commit", "{");
    sees_and_mends(&repo, "interrupted-commit", "cannot be read");
    // In the middle of something it waits, and says so.
    repo.write(".git/taskmaster-commit", "{");
    repo.git(&["switch", "-q", "--detach"]);
    let fixed = repo.try_tm(&["--json", "doctor", "--fix"]);
    sees_in(&fixed, "interrupted-commit", "cannot be read", "failed");
}

#[test]
fn doctor_sees_index() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".git/index", "DIRC and nothing else");
    let ran = repo.try_tm(&["--json", "doctor", "--fix"]);
    let found = findings(&ran);
    assert!(found.iter().any(|finding| finding.0 == "index" && finding.2 == "by-hand"), "{found:?}");
    assert_eq!(repo.read(".git/index"), "DIRC and nothing else");
}

#[test]
fn doctor_sees_cursor() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let cursor = repo.path.join(".git/refs/taskmaster/cursor/main");
    for broken in ["1234567890123456789012345678901234567890\n", "nonsense\n"] {
        fs::write(&cursor, broken).unwrap();
        sees_and_mends(&repo, "cursor", "processing of `main` stands at a commit that is gone");
        assert!(!cursor.exists());
    }
    // The next look is the beginning, and then all goes on.
    repo.tm(&["sync"]);
    assert_eq!(repo.cursor(), repo.head());
    // A branch that is gone: its cursor may be where another one begins.
    repo.git(&["switch", "-q", "-c", "side"]);
    repo.tm(&["sync"]);
    repo.git(&["branch", "-m", "renamed"]);
    is_well(&repo);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "renamed"]);
    let old = repo.path.join(".git/refs/taskmaster/cursor/side");
    assert!(old.exists());
    let noted = repo.try_tm(&["--json", "doctor"]);
    sees_in(&noted, "cursor", "a branch that is gone has left its cursor", "mendable");
    assert_eq!(noted.code, 0, "only a note");
    repo.tm(&["doctor", "--fix"]);
    assert!(!old.exists());
    is_well(&repo);
}

#[test]
fn doctor_sees_history() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "in-progress");
    repo.quietly(&["commit", "-q", "-am", "Begin with one"]);
    let tree = repo.id("HEAD^{tree}");
    let other = repo.git(&["commit-tree", "-m", "Another beginning", &tree]);
    repo.git(&["update-ref", "refs/heads/main", &other]);
    sees(&repo, "history", "has another history now", "by-hand");
    repo.tm(&["sync"]);
    is_well(&repo);

    // A clone that was cut off above its cursor.
    let origin = planted_at(&sandbox, "origin");
    let url = format!("file://{}", origin.path.display());
    let ran = sandbox.run(sandbox.path(), "git", &["clone", "-q", "--depth", "1", &url, "cut"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let cut = Repo { sandbox: &sandbox, path: sandbox.path().join("cut") };
    cut.git(&["config", "user.name", "cut"]);
    cut.git(&["config", "user.email", "cut@example.com"]);
    cut.tm(&["hooks", "install"]);
    is_well(&cut);
    origin.mark(ONE, "pending", "in-progress");
    origin.quietly(&["commit", "-q", "-am", "Begin with one"]);
    cut.quietly(&["fetch", "-q", "--depth", "1"]);
    cut.quietly(&["reset", "-q", "--hard", "origin/main"]);
    sees(&cut, "history", "the history of this clone is cut off", "by-hand");
}

fn planted_at<'a>(sandbox: &'a Sandbox, name: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.plant(WORKFLOW);
    repo.commit_all("Start");
    repo
}

#[test]
fn doctor_sees_pending() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let note = ".git/taskmaster/pending";
    let head = repo.head();
    repo.write(note, format!("{head}\n1234567890123456789012345678901234567890\nnonsense\n"));
    sees_and_mends(&repo, "pending", "2 of the commits that wait");
    assert_eq!(repo.read(note), format!("{head}\n"));
    repo.write(note, "nonsense\n");
    sees_and_mends(&repo, "pending", "1 of the commits that wait");
    assert!(!repo.path.join(note).exists());
}

#[test]
fn doctor_sees_outbox() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let folder = repo.path.join(".git/taskmaster/outbox");
    let intent = fs::read_dir(folder.join("intents")).unwrap().next().unwrap().unwrap().path();
    let state = folder.join("state").join(intent.file_name().unwrap());
    let (was_intent, was_state) = (fs::read_to_string(&intent).unwrap(), fs::read_to_string(&state).unwrap());
    is_well(&repo);
    let restore = || {
        fs::write(&intent, &was_intent).unwrap();
        fs::write(&state, &was_state).unwrap();
    };
    let is_skipped = || assert!(fs::read_to_string(&state).unwrap().contains("\"state\": \"skipped\""));

    fs::remove_file(&state).unwrap();
    is_well(&repo); // A run may be at work between the two.
    age(&repo, &intent);
    sees_and_mends(&repo, "outbox", "an intent, and no state");
    is_skipped();
    assert_eq!(fs::read_to_string(&intent).unwrap(), was_intent, "it keeps its key for ever");

    fs::write(&state, "{").unwrap();
    assert!(repo.tm(&["status"]).contains("1 effect cannot be read - taskmaster doctor"));
    sees_and_mends(&repo, "outbox", "its state cannot be read");
    is_skipped();

    restore();
    fs::write(&intent, "nonsense").unwrap();
    fs::write(&state, was_state.replace("\"skipped\"", "\"waiting\"")).unwrap();
    sees_and_mends(&repo, "outbox", "its intent cannot be read");
    is_skipped();

    restore();
    let requires = serde_json::from_str::<Value>(&was_intent).unwrap()["requires"].as_str().unwrap().to_owned();
    fs::write(&intent, was_intent.replace(&requires, &"12".repeat(20))).unwrap();
    is_well(&repo);
    fs::write(&state, was_state.replace("\"skipped\"", "\"waiting\"")).unwrap();
    sees_and_mends(&repo, "outbox", "waits for a commit that is gone");
    is_skipped();

    fs::remove_file(&intent).unwrap();
    sees_and_mends(&repo, "outbox", "a state, and no intent");
    assert!(!state.exists());
}

#[test]
fn doctor_sees_litter() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let left = [
        ".taskmaster/tasks/.taskmaster-abcdefgh12345678.tmp",
        ".git/taskmaster/outbox/.taskmaster-abcdefgh12345678.tmp",
        ".git/hooks/.taskmaster-abcdefgh12345678.tmp",
        ".git/taskmaster-index.1.lock",
    ];
    for path in left {
        let path = path.replace("index.1.", &format!("index.{}.", gone()));
        repo.write(&path, "half");
        assert_eq!(repo.try_tm(&["doctor"]).code, 0, "{path} may be somebody's work of this moment");
        age(&repo, &repo.path.join(&path));
        sees_and_mends(&repo, "litter", "an interrupted run has left");
        assert!(!repo.path.join(&path).exists(), "{path}");
    }
}

#[test]
fn doctor_sees_log() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let folder = repo.path.join(".git/taskmaster/log");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    symlink(sandbox.path(), &folder).unwrap();
    sees(&repo, "log", "is a link", "by-hand");
    fs::remove_file(&folder).unwrap();
    fs::write(&folder, "").unwrap();
    sees(&repo, "log", "is no folder", "by-hand");
}

#[test]
fn doctor_sees_server() {
    let sandbox = Sandbox::new();
    let server = Repo { sandbox: &sandbox, path: sandbox.bare("shared.git") };
    let ann = sandbox.clone(&server.path, "ann");
    ann.plant(&WORKFLOW.replace("  mode: commit\n", "  mode: commit\n  git:\n    executor: server\n"));
    ann.commit_all("Start");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    // The rules leave it to the server, and nobody has told the server.
    sees_and_mends(&server, "hooks", "not installed: post-receive");
    // A push that was not processed: the machine went down behind it.
    fs::remove_file(server.path.join("hooks/post-receive")).unwrap();
    ann.finish_one();
    ann.git(&["push", "-q", "origin", "HEAD"]);
    server.tm(&["hooks", "install", "--server"]);
    sees_and_mends(&server, "server", "`main`: pushed, and not processed");
    assert_eq!(server.git(&["log", "-1", "--format=%s", "main"]), "chore(taskmaster): 1 done; 2 pending");
}

#[test]
fn every_check_of_the_doctor_has_a_test() {
    let source = read("tests/it/doctor.rs");
    for check in CHECKS {
        let name = format!("\nfn doctor_sees_{}()", check.name.replace('-', "_"));
        assert!(source.contains(&name), "there is no test{name}");
    }
}

#[test]
fn docs_list_what_the_doctor_looks_at() {
    let mut table = "| check | what it finds | what `--fix` does |\n|---|---|---|\n".to_owned();
    for check in CHECKS {
        let mends = if check.mends.is_empty() { "nothing: the hint says what to do" } else { check.mends };
        table.push_str(&format!("| `{}` | {} | {mends} |\n", check.name, check.about));
    }
    compare("docs/troubleshooting.md", &with_part(&read("docs/troubleshooting.md"), "doctor", &table));
}
