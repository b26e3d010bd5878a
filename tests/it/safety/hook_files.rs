//! The hook files themselves: where they are, what stands in them, and what is left of ours.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, TWO};
use super::policy::Policy;

/// Hook files by name: their bytes and their mode; a link by where it points.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let bytes = if metadata.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path).unwrap_or_default()
        };
        found.insert(path.file_name().unwrap().to_string_lossy().into_owned(), (bytes, metadata.permissions().mode()));
    }
    found
}

/// Hooks of others, in every shape there is.
fn furnish(folder: &Path, shift: usize) {
    let shapes: [(&[u8], u32); 12] = [
        (b"#!/bin/sh\necho other\n", 0o755),
        (b"#!/bin/sh\nexec true \"$@\"", 0o700),
        (b"#!/bin/sh\r\necho other\r\n", 0o775),
        (b"", 0o755),
        (b"#!/usr/bin/env python3\nprint('other')\n", 0o755),
        (b"#!/bin/bash -eu\nset -o pipefail\nif true; then\n  exit 0\nfi", 0o755),
        (b"#!/bin/sh\necho not executable\n", 0o644),
        (b"#!/bin/sh\n# caf\xe9, in no encoding in particular\nexit 0\n", 0o755),
        (b"\xef\xbb\xbf#!/bin/sh\necho bom\n", 0o755),
        (b"#!/bin/sh\ncat <<'EOF'\n# >>> somebody's own section >>>\nEOF\n\n\n\n", 0o755),
        (b"#!/bin/sh\n. \"$(dirname \"$0\")/shared.sh\"\nexit $?\n", 0o511),
        (b"\x7fELF\0\0\0not a script\xff", 0o755),
    ];
    let hooks = [
        "pre-commit",
        "prepare-commit-msg",
        "commit-msg",
        "post-commit",
        "post-merge",
        "post-rewrite",
        "post-checkout",
        "pre-push",
    ];
    fs::create_dir_all(folder).unwrap();
    for (hook, (bytes, mode)) in hooks.into_iter().zip(shapes.into_iter().cycle().skip(shift)) {
        fs::write(folder.join(hook), bytes).unwrap();
        fs::set_permissions(folder.join(hook), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(folder.join("shared.sh"), "true\n").unwrap();
    fs::write(folder.join("post-update"), "#!/bin/sh\nexit 0\n").unwrap();
}

#[test]
fn case_31_uninstalling_gives_every_hook_back() {
    for shift in 0..12 {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&Policy::After.workflow());
        repo.commit_all("Start");
        let hooks = repo.path.join(".git/hooks");
        furnish(&hooks, shift);
        if shift == 0 {
            fs::rename(hooks.join("pre-push"), sandbox.path().join("elsewhere")).unwrap();
            symlink(sandbox.path().join("elsewhere"), hooks.join("pre-push")).unwrap();
        }
        let (before, config) = (files(&hooks), repo.read(".git/config"));
        // Installed twice, in parts, with another mode, and taken out twice.
        drop(repo.try_tm(&["hooks", "install"]));
        drop(repo.try_tm(&["hooks", "install", "--mode", "warn"]));
        drop(repo.try_tm(&["hooks", "install", "post-commit"]));
        assert_ne!(files(&hooks), before, "{shift}: something was installed");
        repo.tm(&["hooks", "uninstall", "pre-commit", "post-commit"]);
        repo.tm(&["hooks", "uninstall"]);
        assert!(files(&hooks) == before, "{shift}: {:?}", repo.tm(&["hooks", "status"]));
        assert_eq!(repo.read(".git/config"), config, "{shift}");
        repo.tm(&["hooks", "uninstall"]);
        assert!(files(&hooks) == before, "{shift}");
    }
}

/// What others add around our section while it is there stays when it goes.
#[test]
fn case_31_what_others_add_meanwhile_stays() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    let hook = repo.path.join(".git/hooks/post-commit");
    let ours = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, format!("{ours}echo added >>.git/added\n")).unwrap();
    repo.finish_one();
    assert_eq!((repo.engine_commits(), repo.read(".git/added").as_str()), (1, "added\n"));
    repo.tm(&["hooks", "uninstall"]);
    let left = fs::read_to_string(&hook).unwrap();
    assert!(left.ends_with("echo added >>.git/added\n") && !left.contains("hooks run"), "{left}");
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Again"]);
    assert_eq!((repo.engine_commits(), repo.read(".git/added").as_str()), (1, "added\nadded\n"));
    let names: Vec<String> = files(&repo.path.join(".git/hooks")).into_keys().collect();
    assert!(!names.iter().any(|name| name == "pre-commit"), "{names:?}");
}

/// Hooks ring in this repository, and what follows is there.
#[track_caller]
fn rings(repo: &Repo<'_>, policy: Policy, what: &str) {
    repo.mark(ONE, "pending", "done");
    let ran = repo.try_git(&["commit", "-q", "-am", "Finish one"]);
    assert_eq!(ran.code, 0, "{what}: {ran:?}");
    assert!(ran.stderr.contains("taskmaster: "), "{what} {policy:?}: {ran:?}");
    policy.carry_out(repo);
    assert_eq!((repo.status_at("HEAD", TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{what} {policy:?}");
}

fn unhooked(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(&policy.workflow());
    repo.write(".gitignore", "/my hooks/\n/own/\n");
    repo.commit_all("Start");
    repo
}

#[test]
fn case_32_a_relative_hooks_path_is_obeyed_from_every_folder() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = unhooked(&sandbox, policy);
        repo.git(&["config", "core.hooksPath", "my hooks"]);
        let config = repo.read(".git/config");
        let below = Repo { sandbox: &sandbox, path: repo.path.join(".taskmaster/context") };
        below.tm(&["hooks", "install"]);
        assert!(repo.path.join("my hooks/post-commit").exists());
        assert!(!below.path.join("my hooks").exists() && !repo.path.join(".git/hooks/post-commit").exists());
        assert_eq!(repo.read(".git/config"), config, "obeyed, and never set");
        rings(&repo, policy, "relative");
        repo.tm(&["hooks", "uninstall"]);
        assert!(files(&repo.path.join("my hooks")).is_empty());
        assert_eq!(repo.read(".git/config"), config);
    }
}

#[test]
fn case_32_a_global_hooks_path_is_left_alone_unless_it_is_asked_for() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = unhooked(&sandbox, policy);
        let other = sandbox.repository("other");
        let (shared, config) = (sandbox.path().join("shared"), sandbox.path().join("home/config"));
        furnish(&shared, 0);
        fs::write(&config, format!("[core]\n\thooksPath = {}\n", shared.display())).unwrap();
        let before = (files(&shared), fs::read(&config).unwrap());
        let global = [("GIT_CONFIG_GLOBAL", config.to_str().unwrap())];
        let tm = |arguments: &[&str]| sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, &global);
        let ran = tm(&["hooks", "install"]);
        assert!(ran.code == 3 && ran.stderr.contains("--shared"), "{ran:?}");
        assert!((files(&shared), fs::read(&config).unwrap()) == before);
        // Asked for, it is written to; other repositories that use it have no tree, and hear nothing.
        fs::remove_file(shared.join("prepare-commit-msg")).unwrap();
        let before = files(&shared);
        drop(tm(&["hooks", "install", "--shared", "pre-commit", "post-commit"]));
        repo.mark(ONE, "pending", "done");
        let ran = sandbox.run(&repo.path, "git", &["commit", "-q", "--no-verify", "-am", "Finish one"], &global);
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran =
            sandbox.run(&other.path, "git", &["commit", "-q", "--no-verify", "--allow-empty", "-m", "x"], &global);
        assert!(ran.code == 0 && !ran.stderr.contains("taskmaster"), "{ran:?}");
        assert_eq!(tm(&["hooks", "uninstall", "--shared"]).code, 0);
        assert!(files(&shared) == before);
    }
}

#[test]
fn case_32_an_empty_hooks_path_means_no_hooks_and_it_is_said() {
    let sandbox = Sandbox::new();
    let repo = unhooked(&sandbox, Policy::After);
    for value in ["", "/dev/null"] {
        repo.git(&["config", "core.hooksPath", value]);
        let config = repo.read(".git/config");
        let ran = repo.try_tm(&["hooks", "install"]);
        assert!(ran.code == 3 && ran.stderr.contains("core.hooksPath"), "{value:?}: {ran:?}");
        assert!(ran.stderr.contains("\nhint: "), "{value:?}: {ran:?}");
        assert_eq!(repo.read(".git/config"), config);
        assert!(!repo.path.join(".git/hooks/post-commit").exists() && !repo.path.join("post-commit").exists());
        assert_eq!(repo.dirt(), "");
    }
}

#[test]
fn case_32_a_worktree_may_have_hooks_of_its_own() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = unhooked(&sandbox, policy);
        repo.git(&["config", "extensions.worktreeConfig", "true"]);
        let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("linked") };
        repo.git(&["worktree", "add", "-q", "-b", "side", linked.path.to_str().unwrap()]);
        linked.git(&["config", "--worktree", "core.hooksPath", "own"]);
        let config = repo.read(".git/config");
        linked.tm(&["hooks", "install"]);
        assert!(linked.path.join("own/post-commit").exists());
        assert!(!repo.path.join("own").exists() && !repo.path.join(".git/hooks/post-commit").exists());
        assert_eq!(repo.read(".git/config"), config);
        rings(&linked, policy, "worktree");
        // The main worktree has none, and gets its own.
        repo.mark(ONE, "pending", "done");
        let ran = repo.try_git(&["commit", "-q", "-am", "Finish one"]);
        assert_eq!((ran.stderr.as_str(), repo.status(TWO).as_str()), ("", "blocked"));
        repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        repo.tm(&["hooks", "install"]);
        assert!(repo.path.join(".git/hooks/post-commit").exists());
        rings(&repo, policy, "main worktree");
        linked.tm(&["hooks", "uninstall"]);
        assert!(files(&linked.path.join("own")).is_empty());
        assert!(repo.path.join(".git/hooks/post-commit").exists());
    }
}
