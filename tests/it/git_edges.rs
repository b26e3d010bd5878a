//! What git can hold and do that nobody expects: names that are no text, files that are only intended,
//! a HEAD that moves.

use std::fs;
use std::path::Path;

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{JSON, ONE, TWO, WORKFLOW_FILE};

/// A program that others call, which runs `lines` in the repository.
fn program(sandbox: &Sandbox, name: &str, lines: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = sandbox.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

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
fn head_switched_while_the_commit_is_signed_stays_untouched() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["branch", "other"]);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-qam", "Finish one"]);
    let (main, other) = (repo.id("main"), repo.id("other"));
    let signature = "-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n";
    let folder = repo.path.to_str().unwrap();
    let signer = program(
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
