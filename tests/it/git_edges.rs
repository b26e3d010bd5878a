//! What git can hold and do that nobody expects: names that are no text, files that are only intended,
//! a HEAD that moves.

use std::fs;
use std::path::Path;

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{JSON, ONE, TWO, WORKFLOW_FILE, script};

/// How often a file with a name that is no text is spoken of.
fn unreadable(text: &str) -> usize {
    text.matches("is no path that can be read").count()
}

/// A task below a folder, and a file, whose names are no UTF-8.
fn plant_foreign_names(repo: &Repo<'_>) {
    use std::os::unix::ffi::OsStrExt as _;
    let context = repo.path.join(".taskmaster/context");
    let folder = context.join(Path::new(std::ffi::OsStr::from_bytes(b"task_\xff9")));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("task.md"), repo.read(TWO)).unwrap();
    fs::write(context.join(Path::new(std::ffi::OsStr::from_bytes(b"caf\xe9.md"))), "text\n").unwrap();
}

#[test]
fn names_that_are_no_text_are_findings_and_the_engine_goes_on() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    plant_foreign_names(&repo);
    let worktree = repo.try_tm(&["check"]);
    repo.git(&["add", "-A"]);
    let staged = repo.try_tm(&["check", "--index"]);
    repo.commit_all("Foreign names");
    let committed = repo.try_tm(&["check", "--at", "HEAD"]);
    for ran in [&worktree, &staged, &committed] {
        assert_eq!(unreadable(&format!("{}{}", ran.stdout, ran.stderr)), 2, "{ran:?}");
    }
    let ran = repo.finish_one();
    assert!(ran.stderr.contains("+1 commit") && !ran.stderr.contains("left out"), "{ran:?}");
    assert_eq!(repo.status(TWO), "pending");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_file_that_is_only_intended_is_not_there_yet() {
    for split in ["false", "true"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.replace(WORKFLOW_FILE, "mode: commit", "mode: enforce");
        let json = repo.read(JSON);
        fs::remove_file(repo.path.join(JSON)).unwrap();
        repo.quietly(&["commit", "-qam", "No tasks.json"]);
        repo.write(JSON, &json);
        repo.git(&["config", "core.splitIndex", split]);
        repo.git(&["update-index", if split == "true" { "--split-index" } else { "--no-split-index" }]);
        repo.git(&["add", "-N", JSON]);
        repo.write("code.txt", "more\n");
        repo.git(&["add", "code.txt"]);
        repo.replace(ONE, "\n# ", "\n\n# ");
        repo.git(&["add", ONE]);
        let ran = repo.try_git(&["commit", "-q", "-m", "Something else"]);
        assert_eq!(ran.code, 0, "split {split}: {ran:?}");
        assert!(!ran.stderr.contains("tasks.json"), "split {split}: {ran:?}");
    }
}

#[test]
fn case_13_head_switched_while_the_commit_is_signed_stays_untouched() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["branch", "other"]);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    let (main, other) = (repo.id("main"), repo.id("other"));
    let signature = "-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n";
    let folder = repo.path.to_str().unwrap();
    let signer = script(
        &sandbox,
        "signer",
        &format!(
            "cat >/dev/null\nenv -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE TASKMASTER=0 \
             git -C '{folder}' switch -q other >&2\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '{signature}'"
        ),
    );
    repo.git(&["config", "gpg.program", &signer]);
    repo.git(&["config", "commit.gpgsign", "true"]);
    let ran = repo.try_tm(&["sync"]);
    assert_eq!(repo.git(&["symbolic-ref", "--short", "HEAD"]), "other", "{ran:?}");
    assert_eq!((repo.id("main"), repo.id("other")), (main, other), "{ran:?}");
    assert_eq!(repo.dirt(), "", "{ran:?}");
}

/// Runs the program with a git that kills it at a call with `call` in its arguments.
fn crash(repo: &Repo<'_>, call: &str, arguments: &[&str]) {
    kill(repo, call, arguments);
    assert_eq!(repo.engine_commits(), 1);
    // As git itself asks for.
    fs::remove_file(repo.path.join(".git/index.lock")).unwrap();
}

/// The same, and the lock it held stays. A split index is the git program's to change.
fn kill(repo: &Repo<'_>, call: &str, arguments: &[&str]) {
    repo.git(&["update-index", "--split-index"]);
    let path = std::env::var("PATH").unwrap();
    fs::create_dir_all(repo.sandbox.path().join("bin")).unwrap();
    let lines = format!("case \"$*\" in *'{call}'*) kill -9 $PPID; exit 1;; esac\nPATH='{path}' exec git \"$@\"");
    script(repo.sandbox, "bin/git", &lines);
    let path = format!("{}:{path}", repo.sandbox.path().join("bin").display());
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, &[("PATH", &path)]);
    assert_eq!(ran.code, -1, "{ran:?}");
}

/// A file that the commit makes, or takes away again: the next run brings it where it belongs.
#[test]
fn a_file_that_was_not_there_is_finished_like_any_other() {
    let rules =
        "mode: commit\ntriggers: [{name: t, event: task.status.updated, actions: [{create_task: {title: New}}]}]\n";
    for call in ["cat-file", "add --refresh"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(rules);
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        let made = ".taskmaster/context/task_004/task.md";
        repo.mark(ONE, "pending", "done");
        repo.quietly(&["commit", "-qam", "Finish one"]);
        crash(&repo, call, &["sync"]);
        assert!(journal(&repo));
        // Committed now, the index would take it away again.
        repo.write("code.txt", "x");
        repo.git(&["add", "code.txt"]);
        assert_eq!(repo.try_git(&["commit", "-q", "-m", "Code"]).code, 1, "{call}");
        repo.git(&["rm", "-q", "--cached", "code.txt"]);
        std::fs::remove_file(repo.path.join("code.txt")).unwrap();
        assert!(repo.try_tm(&["sync"]).stderr.contains(MENDED), "{call}");
        assert_eq!((repo.dirt().as_str(), journal(&repo)), ("", false), "{call}");
        assert!(repo.read(made).contains("title: New"));
        if call == "cat-file" {
            continue;
        }
        kill(&repo, "update-index", &["undo"]);
        fs::remove_file(repo.path.join(".git/index.lock")).unwrap();
        assert_eq!(repo.engine_commits(), 1, "the branch moves behind the index");
        repo.tm(&["undo"]);
        assert_eq!((repo.dirt().as_str(), repo.engine_commits()), ("", 2));
        assert!(!repo.path.join(made).exists());
    }
}

fn journal(repo: &Repo<'_>) -> bool {
    repo.path.join(".git/taskmaster-commit").exists()
}

const MENDED: &str = "finished what was interrupted";

#[test]
fn a_commit_that_was_killed_behind_the_branch_is_finished_by_the_next_run() {
    for (call, arguments) in [
        ("add --refresh", &["sync"][..]),
        ("hash-object", &["sync"]),
        ("add --refresh", &["set-status", "3", "done"]),
        ("hash-object", &["undo"]),
    ] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.mark(ONE, "pending", "done");
        repo.quietly(&["commit", "-qam", "Finish one"]);
        // The user's own: staged elsewhere, and an edit of a file that follows.
        repo.write("code.txt", "staged\n");
        repo.git(&["add", "code.txt"]);
        let edited = repo.read(ONE) + "\nA note of mine.\n";
        repo.write(ONE, &edited);
        crash(&repo, call, &["sync"]);
        assert!(journal(&repo));
        assert_ne!(repo.git(&["diff", "--cached", "--name-only"]), "code.txt", "{call}: the reversal");
        let ran = repo.try_tm(arguments);
        assert_eq!(ran.code, 0, "{call} {arguments:?}: {ran:?}");
        assert_eq!(ran.stderr.matches(MENDED).count(), 1, "{call} {arguments:?}: {ran:?}");
        assert!(!journal(&repo));
        assert_eq!(repo.git(&["diff", "--cached", "--name-only"]), "code.txt", "{call} {arguments:?}");
        assert_eq!(repo.git(&["diff", "--name-only"]), ONE, "{call} {arguments:?}");
        assert!(repo.read(ONE).contains("A note of mine."));
        let ran = repo.try_tm(&["sync"]);
        assert!(!ran.stderr.contains(MENDED), "{ran:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_lock_of_a_run_that_was_killed_is_known_again_and_nothing_is_left_behind() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    kill(&repo, "add --refresh", &["sync"]);
    fs::write(repo.path.join(".taskmaster/context/task_002/.taskmaster-abcdefgh12345678.tmp"), "half").unwrap();
    let ran = repo.try_tm(&["sync"]);
    assert!(ran.code == 0 && ran.stderr.contains(MENDED), "{ran:?}");
    assert_eq!(repo.dirt(), "");
    let left = fs::read_dir(repo.path.join(".git")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<String> = left.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| name.contains("lock") || name.starts_with("taskmaster-")), "{left:?}");
}

#[test]
fn a_commit_that_would_reverse_what_was_interrupted_is_refused_until_it_is_finished() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    crash(&repo, "add --refresh", &["sync"]);
    repo.write("code.txt", "mine\n");
    repo.git(&["add", "code.txt"]);
    let ran = repo.try_git(&["commit", "-q", "-m", "Mine"]);
    assert!(ran.code == 1 && ran.stderr.contains("run: taskmaster sync"), "{ran:?}");
    repo.tm(&["sync"]);
    repo.git(&["commit", "-q", "-m", "Mine"]);
    assert_eq!(repo.git(&["show", "--format=", "--name-only"]), "code.txt");
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""));
}

#[test]
fn what_was_interrupted_and_is_gone_is_forgotten() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    crash(&repo, "add --refresh", &["sync"]);
    repo.quietly(&["reset", "-q", "--hard", "HEAD~1"]);
    let before = (repo.id("HEAD"), repo.dirt());
    let looked = repo.try_tm(&["sync", "--dry-run"]);
    assert!(journal(&repo), "a look writes nothing: {looked:?}");
    repo.write("code.txt", "mine\n");
    repo.git(&["add", "code.txt"]);
    let lock = repo.path.join(".git/index.lock");
    fs::write(&lock, "somebody's").unwrap();
    let held = repo.try_tm(&["set-status", "3", "done"]);
    assert_ne!(held.code, 0, "{held:?}");
    assert!(journal(&repo) && lock.exists(), "nobody's lock is taken: {held:?}");
    fs::remove_file(&lock).unwrap();
    let ran = repo.try_tm(&["sync"]);
    assert!(!ran.stderr.contains(MENDED), "{ran:?}");
    assert!(!journal(&repo));
    assert_eq!(before.1, "");
    assert_eq!(repo.read("code.txt"), "mine\n");
}

#[test]
fn an_index_that_nobody_can_read_is_said_to_be_one() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".git/index", "DIRC, not");
    let ran = repo.try_tm(&["check", "--index"]);
    assert!(ran.code != 0 && ran.stderr.contains("reading the index at "), "{ran:?}");
}
