//! Which folder it is.

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn a_relative_hooks_path_is_taken_from_the_top() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.hooksPath", "my hooks"]);
    let below = sandbox.repo.join("a/b");
    fs::create_dir_all(&below).unwrap();
    let outcomes = sandbox.try_install(&below, &[HookName::PreCommit], SharedFolder::Refuse).unwrap();
    assert_eq!(outcomes[0].file, sandbox.repo.join("my hooks/pre-commit"));
    assert_eq!(status(&sandbox.asking(), &below).unwrap().folder.kind, FolderKind::Worktree);
    assert!(sandbox.commit().status.success());
    assert_eq!(sandbox.log(), "<hooks><run><pre-commit> in:<>\n");
}

#[test]
fn a_shared_folder_is_only_written_to_when_asked_for() {
    let sandbox = Sandbox::new();
    let shared = sandbox.root.join("shared");
    sandbox.git(&["config", "--global", "core.hooksPath", shared.to_str().unwrap()]);
    let error = sandbox.try_install(&sandbox.repo, &[HookName::PreCommit], SharedFolder::Refuse).unwrap_err();
    assert!(matches!(&error, InstallError::Outside { scope: Some(scope), .. } if scope == "global"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("global")));
    assert!(!shared.exists());
    sandbox.try_install(&sandbox.repo, &[HookName::PreCommit], SharedFolder::Write).unwrap();
    assert!(shared.join("pre-commit").exists());
    assert!(uninstall(&sandbox.asking(), &sandbox.repo, &HookName::ALL, SharedFolder::Refuse).is_err());

    // The way out that the hint names.
    let InstallError::Outside { own, .. } = error else { panic!() };
    sandbox.git(&["config", "core.hooksPath", own.to_str().unwrap()]);
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Created]);
    assert!(sandbox.hook(HookName::PreCommit).exists());
}

#[test]
fn a_hooks_folder_that_is_a_link_to_outside_is_shared_too() {
    let sandbox = Sandbox::new();
    let shared = sandbox.root.join("shared");
    fs::create_dir(&shared).unwrap();
    symlink(&shared, sandbox.repo.join(".git/hooks")).unwrap();
    let error = sandbox.try_install(&sandbox.repo, &[HookName::PreCommit], SharedFolder::Refuse).unwrap_err();
    assert!(matches!(error, InstallError::Outside { scope: None, .. }));
}

#[test]
fn hooks_that_are_switched_off_are_said_to_be() {
    let sandbox = Sandbox::new();
    for value in ["", "/dev/null"] {
        sandbox.git(&["config", "core.hooksPath", value]);
        let error = sandbox.try_install(&sandbox.repo, &HookName::ALL, SharedFolder::Write).unwrap_err();
        assert!(matches!(&error, InstallError::Disabled { value: is, .. } if is == value), "{error}");
        assert!(error.hint().unwrap().contains("--local --unset"));
        let status = status(&sandbox.asking(), &sandbox.repo).unwrap();
        assert_eq!((status.folder.kind, status.hooks.len()), (FolderKind::Disabled, 0));
    }
    sandbox.git(&["config", "--local", "--unset", "core.hooksPath"]);
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Created]);
}

#[test]
fn linked_worktrees_share_hooks_unless_they_have_their_own() {
    let sandbox = Sandbox::new();
    sandbox.git(&["worktree", "add", "-q", "../linked"]);
    let linked = sandbox.root.join("linked");
    let outcomes = sandbox.try_install(&linked, &[HookName::PreCommit], SharedFolder::Refuse).unwrap();
    assert_eq!(outcomes[0].kind, OutcomeKind::Created);
    assert!(sandbox.hook(HookName::PreCommit).exists());
    assert!(sandbox.commit().status.success());
    let arguments = ["commit", "-q", "--allow-empty", "-m", "x"];
    assert!(sandbox.try_git_in(&linked, &arguments, &[]).status.success());
    assert_eq!(sandbox.log().lines().count(), 2);

    sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    let own = ["config", "--worktree", "core.hooksPath", ".own"];
    assert!(sandbox.try_git_in(&linked, &own, &[]).status.success());
    let found = status(&sandbox.asking(), &linked).unwrap().folder;
    assert_eq!(found.path, linked.join(".own"));
    assert_eq!(found.configured, Some(Configured { value: ".own".to_owned(), scope: "worktree".to_owned() }));
    assert_eq!(found.below_top(), Some(PathBuf::from(".own")));
    assert_eq!(status(&sandbox.asking(), &sandbox.repo).unwrap().folder.kind, FolderKind::Repository);
    sandbox.try_install(&linked, &[HookName::PreCommit], SharedFolder::Refuse).unwrap();
    assert!(sandbox.try_git_in(&linked, &arguments, &[]).status.success());
    assert_eq!(sandbox.log().lines().count(), 1);
}

#[test]
fn no_repository_is_an_error() {
    let sandbox = Sandbox::new();
    let error = status(&sandbox.asking(), &sandbox.root.join("empty")).unwrap_err();
    assert!(matches!(error, InstallError::Folder(FolderError::NoRepository { .. })), "{error}");
}
