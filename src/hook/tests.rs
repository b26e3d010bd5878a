//! Hooks in real repositories, run by the real git program, with a program of ours that only
//! notes how it was called.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;

/// A file that is open for writing in one thread while another one forks cannot be executed.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Sandbox {
    root: PathBuf,
    repo: PathBuf,
    binary: PathBuf,
    _folder: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Sandbox {
    /// A repository with one commit, in folders whose names are hard on shells.
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("it's \"a\" $HOME `x`");
        let repo = root.join("the repo");
        let binary = root.join("bin dir/taskmaster");
        fs::create_dir_all(&repo).unwrap();
        fs::create_dir_all(binary.parent().unwrap()).unwrap();
        fs::create_dir_all(root.join("empty")).unwrap();
        fs::write(root.join("gitconfig"), "").unwrap();
        let sandbox = Self { root, repo, binary, _folder: folder, _turn: turn };
        sandbox.write_binary(0);
        sandbox.git(&["init", "-q", "-b", "main", "--template="]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        sandbox
    }

    fn write_binary(&self, code: u8) {
        let log = quote(&self.log_path());
        let text =
            format!("#!/bin/sh\n{{ printf '<%s>' \"$@\"; printf ' in:<%s>\\n' \"$(cat)\"; }} >>{log}\nexit {code}\n");
        executable(&self.binary, &text);
    }

    fn log_path(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What the program noted since the last time.
    fn log(&self) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        fs::remove_file(self.log_path()).ok();
        text
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let without_ours = std::env::split_paths(&path)
            .filter(|folder| !folder.join("taskmaster").exists() && !folder.join("git-taskmaster").exists());
        let path = std::env::join_paths(without_ours).unwrap();
        let mut variables = vec![
            ("PATH".into(), path),
            ("HOME".into(), self.root.join("empty").into()),
            ("GIT_CONFIG_GLOBAL".into(), self.root.join("gitconfig").into()),
            ("GIT_CONFIG_SYSTEM".into(), "/dev/null".into()),
            ("GIT_CEILING_DIRECTORIES".into(), self.root.clone().into()),
            ("TZ".into(), "UTC".into()),
            ("LC_ALL".into(), "C".into()),
        ];
        for who in ["AUTHOR", "COMMITTER"] {
            variables.push((format!("GIT_{who}_NAME").into(), "A".into()));
            variables.push((format!("GIT_{who}_EMAIL").into(), "a@example.org".into()));
            variables.push((format!("GIT_{who}_DATE").into(), "2025-01-01T00:00:00Z".into()));
        }
        variables
    }

    fn asking(&self) -> Git {
        Git::sealed(self.environment())
    }

    fn try_git_in(&self, folder: &Path, arguments: &[&str], extra: &[(&str, &str)]) -> Output {
        Command::new("git")
            .env_clear()
            .envs(self.environment())
            .envs(extra.iter().copied())
            .current_dir(folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn try_git(&self, arguments: &[&str]) -> Output {
        self.try_git_in(&self.repo, arguments, &[])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn commit(&self) -> Output {
        self.try_git(&["commit", "-q", "--allow-empty", "-m", "again"])
    }

    fn hook(&self, hook: HookName) -> PathBuf {
        self.repo.join(".git/hooks").join(hook.file_name())
    }

    fn write_hook(&self, hook: HookName, text: &str) {
        fs::create_dir_all(self.repo.join(".git/hooks")).unwrap();
        executable(&self.hook(hook), text);
    }

    fn try_install(
        &self,
        folder: &Path,
        hooks: &[HookName],
        shared: SharedFolder,
    ) -> Result<Vec<Outcome>, InstallError> {
        install(&self.asking(), folder, &self.binary, hooks, shared)
    }

    fn install(&self, hooks: &[HookName]) -> Vec<OutcomeKind> {
        kinds(self.try_install(&self.repo, hooks, SharedFolder::Refuse).unwrap())
    }

    fn uninstall(&self, hooks: &[HookName]) -> Vec<OutcomeKind> {
        kinds(uninstall(&self.asking(), &self.repo, hooks, SharedFolder::Refuse).unwrap())
    }

    fn state(&self, hook: HookName) -> HookState {
        let status = status(&self.asking(), &self.repo).unwrap();
        status.hooks.into_iter().find(|entry| entry.hook == hook).unwrap().state
    }
}

fn kinds(outcomes: Vec<Outcome>) -> Vec<OutcomeKind> {
    outcomes.into_iter().map(|outcome| outcome.kind).collect()
}

fn quote(path: &Path) -> String {
    format!("'{}'", path.to_str().unwrap().replace('\'', r"'\''"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn git_calls_every_hook_with_its_arguments() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.install(&HookName::ALL), vec![OutcomeKind::Created; 8]);
    assert!(sandbox.commit().status.success());
    let log = sandbox.log();
    assert_eq!(
        log.lines().collect::<Vec<_>>(),
        [
            "<hooks><run><pre-commit> in:<>",
            "<hooks><run><prepare-commit-msg><.git/COMMIT_EDITMSG><message> in:<>",
            "<hooks><run><commit-msg><.git/COMMIT_EDITMSG> in:<>",
            "<hooks><run><post-commit> in:<>",
        ]
    );
    sandbox.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "other"]);
    assert!(sandbox.log().ends_with("<hooks><run><post-rewrite><amend> in:<>\n"));
    sandbox.git(&["switch", "-q", "-c", "side", "HEAD~1"]);
    assert!(sandbox.log().starts_with("<hooks><run><post-checkout><"));
    sandbox.git(&["merge", "-q", "main"]);
    assert_eq!(sandbox.log(), "<hooks><run><post-merge><0> in:<>\n");
    sandbox.git(&["init", "-q", "--bare", "../remote.git"]);
    sandbox.git(&["push", "-q", "../remote.git", "main"]);
    assert_eq!(sandbox.log(), "<hooks><run><pre-push><../remote.git><../remote.git> in:<>\n");
}

#[test]
fn exit_code_one_refuses_and_other_failures_do_not() {
    let sandbox = Sandbox::new();
    for hook in [HookName::PreCommit, HookName::PrepareCommitMsg, HookName::CommitMsg] {
        sandbox.install(&[hook]);
        for (code, refused) in [(1, true), (130, true), (2, false), (101, false)] {
            sandbox.write_binary(code);
            let output = sandbox.commit();
            assert_eq!(output.status.success(), !refused, "{hook} {code}: {}", stderr(&output));
            let expect = format!("taskmaster: {hook} ended with exit code {code}; ignored\n");
            assert_eq!(stderr(&output), if refused { String::new() } else { expect });
        }
        sandbox.uninstall(&[hook]);
    }
    sandbox.git(&["init", "-q", "--bare", "../remote.git"]);
    sandbox.install(&[HookName::PrePush]);
    sandbox.write_binary(1);
    assert!(!sandbox.try_git(&["push", "-q", "../remote.git", "main"]).status.success());
    sandbox.write_binary(2);
    assert!(sandbox.try_git(&["push", "-q", "../remote.git", "main"]).status.success());
}

#[test]
fn a_hook_after_the_fact_ignores_the_exit_code() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PostCheckout, HookName::PostCommit]);
    sandbox.write_binary(1);
    assert!(sandbox.try_git(&["switch", "-q", "-c", "side"]).status.success());
    let output = sandbox.commit();
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
    assert_eq!(sandbox.log().lines().count(), 2);
}

#[test]
fn without_the_program_the_commit_goes_through_with_one_line() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PreCommit]);
    fs::remove_file(&sandbox.binary).unwrap();
    let output = sandbox.commit();
    assert!(output.status.success());
    assert_eq!(stderr(&output), "taskmaster: not found; pre-commit skipped (TASKMASTER=0 silences this)\n");
    let HookState::Installed { binary, binary_exists: false } = sandbox.state(HookName::PreCommit) else { panic!() };
    assert_eq!(binary, sandbox.binary);
}

#[test]
fn a_program_on_the_path_is_found_where_the_recorded_one_is_gone() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PreCommit]);
    let folder = sandbox.binary.parent().unwrap();
    fs::rename(&sandbox.binary, folder.join("git-taskmaster")).unwrap();
    let path = format!("{}:{}", folder.display(), sandbox.environment()[0].1.to_str().unwrap());
    let output = sandbox.try_git_in(&sandbox.repo, &["commit", "-q", "--allow-empty", "-m", "x"], &[("PATH", &path)]);
    assert!(output.status.success());
    assert_eq!(sandbox.log(), "<hooks><run><pre-commit> in:<>\n");
}

#[test]
fn the_switch_turns_it_off() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PreCommit, HookName::PostCommit]);
    sandbox.write_binary(1);
    let arguments = ["commit", "-q", "--allow-empty", "-m", "x"];
    let output = sandbox.try_git_in(&sandbox.repo, &arguments, &[("TASKMASTER", "0")]);
    assert!(output.status.success());
    assert_eq!(stderr(&output) + &sandbox.log(), "");
    assert!(!sandbox.try_git_in(&sandbox.repo, &arguments, &[("TASKMASTER", "1")]).status.success());
}

#[test]
fn the_rest_of_a_hook_sees_nothing_of_ours() {
    let sandbox = Sandbox::new();
    let seen = quote(&sandbox.root.join("seen"));
    for shebang in ["#!/bin/sh", "#!/bin/sh -eu", "#!/bin/bash -eu"] {
        for exit in [0, 1, 7] {
            let script = format!(
                "{shebang}\nbegan=$?\nset -e\necho \"$began ${{tm-unset}} $# $1 $2 $(cat)\" >{seen}\nexit {exit}\n"
            );
            sandbox.write_hook(HookName::PrePush, &script);
            assert_eq!(sandbox.install(&[HookName::PrePush]), [OutcomeKind::Added]);
            for code in [0, 2] {
                sandbox.write_binary(code);
                let mut child = Command::new(sandbox.hook(HookName::PrePush))
                    .args(["origin", "a url"])
                    .env_clear()
                    .envs(sandbox.environment())
                    .stdin(Stdio::piped())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                child.stdin.take().unwrap().write_all(b"refs/heads/main 1 refs/heads/main 2\n").unwrap();
                assert_eq!(child.wait().unwrap().code(), Some(exit), "{shebang}");
                let saw = fs::read_to_string(sandbox.root.join("seen")).unwrap();
                assert_eq!(saw, "0 unset 2 origin a url refs/heads/main 1 refs/heads/main 2\n", "{shebang}");
                assert_eq!(sandbox.log(), "<hooks><run><pre-push><origin><a url> in:<>\n");
            }
            fs::remove_file(sandbox.root.join("seen")).unwrap();
            sandbox.write_binary(1);
            let status = Command::new(sandbox.hook(HookName::PrePush)).status().unwrap();
            assert_eq!(status.code(), Some(1));
            assert!(!sandbox.root.join("seen").exists(), "a refusal ends the hook at once");
            sandbox.log();
        }
    }
}

#[test]
fn it_runs_before_whatever_ends_the_script() {
    let sandbox = Sandbox::new();
    let shapes =
        ["#!/bin/sh\nexec true\n", "#!/bin/sh\nexit 0", "exit 0\n", "#!/bin/sh\n# words\n\nif :; then exit; fi\n"];
    for shape in shapes {
        sandbox.write_hook(HookName::PreCommit, shape);
        assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Added]);
        assert!(sandbox.commit().status.success(), "{shape}");
        assert_eq!(sandbox.log(), "<hooks><run><pre-commit> in:<>\n", "{shape}");
    }
}

#[test]
fn uninstalling_gives_files_back_with_their_modes() {
    let sandbox = Sandbox::new();
    let shapes = [
        "",
        "#!/bin/sh",
        "#!/bin/sh\n",
        "#!/bin/sh\necho a",
        "#!/bin/sh\necho a\n",
        "#!/bin/sh\r\necho a\r\n",
        "#!/bin/sh\r\n# a",
        "#!/bin/sh\n\n# a\n\nexec ./b \"$@\"\n",
        "#!/bin/bash\nset -euo pipefail\n./a\n",
        "echo a\n",
        "# a\n",
        "\u{feff}#!/bin/sh\necho ä\n",
    ];
    for (at, shape) in shapes.into_iter().enumerate() {
        sandbox.write_hook(HookName::PreCommit, shape);
        let bits = if at % 2 == 0 { 0o755 } else { 0o700 };
        fs::set_permissions(sandbox.hook(HookName::PreCommit), fs::Permissions::from_mode(bits)).unwrap();
        assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Added], "{shape:?}");
        assert!(matches!(sandbox.state(HookName::PreCommit), HookState::Installed { binary_exists: true, .. }));
        assert_eq!(mode(&sandbox.hook(HookName::PreCommit)), bits);
        assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Unchanged], "{shape:?}");
        assert_eq!(sandbox.uninstall(&[HookName::PreCommit]), [OutcomeKind::Removed]);
        assert_eq!(fs::read_to_string(sandbox.hook(HookName::PreCommit)).unwrap(), shape);
        assert_eq!(mode(&sandbox.hook(HookName::PreCommit)), bits);
        assert_eq!(sandbox.uninstall(&[HookName::PreCommit]), [OutcomeKind::NotInstalled]);
    }
}

#[test]
fn files_of_ours_go_away_and_nothing_else_is_left() {
    let sandbox = Sandbox::new();
    sandbox.install(&HookName::ALL);
    for hook in HookName::ALL {
        assert!(Command::new("/bin/sh").arg("-n").arg(sandbox.hook(hook)).status().unwrap().success());
        assert_eq!(mode(&sandbox.hook(hook)) & 0o100, 0o100);
    }
    assert_eq!(sandbox.install(&HookName::ALL), vec![OutcomeKind::Unchanged; 8]);
    assert_eq!(sandbox.uninstall(&HookName::ALL), vec![OutcomeKind::Deleted; 8]);
    assert_eq!(fs::read_dir(sandbox.repo.join(".git/hooks")).unwrap().count(), 0);
    assert_eq!(sandbox.git(&["config", "--get", "--default", "none", "core.hooksPath"]), "none");
}

#[test]
fn a_section_from_another_version_is_outdated_and_replaced() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PreCommit]);
    let file = sandbox.hook(HookName::PreCommit);
    let ours = fs::read_to_string(&file).unwrap();
    executable(&file, &ours.replace("hooks run", "hook"));
    assert_eq!(sandbox.state(HookName::PreCommit), HookState::Outdated { binary: sandbox.binary.clone() });
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Updated]);
    assert_eq!(fs::read_to_string(&file).unwrap(), ours);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(sandbox.state(HookName::PreCommit), HookState::NotExecutable);
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Updated]);
    assert_eq!(mode(&file), 0o755);
}

#[test]
fn what_is_not_ours_to_change_is_left_alone() {
    let sandbox = Sandbox::new();
    let file = sandbox.hook(HookName::PreCommit);
    sandbox.write_hook(HookName::PreCommit, "#!/usr/bin/env python3\nprint()\n");
    let [OutcomeKind::Foreign { interpreter, .. }] = &sandbox.install(&[HookName::PreCommit])[..] else { panic!() };
    assert_eq!(interpreter, "python3");
    assert_eq!(fs::read_to_string(&file).unwrap(), "#!/usr/bin/env python3\nprint()\n");

    fs::write(&file, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::NotExecutable]);
    assert!(sandbox.commit().status.success());

    fs::remove_file(&file).unwrap();
    let target = sandbox.root.join("target");
    executable(&target, "#!/bin/sh\n");
    symlink(&target, &file).unwrap();
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Linked { target: target.clone() }]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "#!/bin/sh\n");
    assert_eq!(fs::read_link(&file).unwrap(), target);
}

#[test]
fn one_broken_file_stops_all_before_anything_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write_hook(HookName::PrePush, "#!/bin/sh\n# >>> taskmaster >>>\n");
    let error = sandbox.try_install(&sandbox.repo, &HookName::ALL, SharedFolder::Refuse).unwrap_err();
    assert!(matches!(error, InstallError::Section { .. }));
    assert!(error.hint().is_some());
    assert!(!sandbox.hook(HookName::PreCommit).exists());
    assert_eq!(sandbox.state(HookName::PrePush), HookState::Broken(SectionError::Unterminated { line: 2 }));
}

#[test]
fn the_lines_for_other_languages_work() {
    let sandbox = Sandbox::new();
    for name in ["python3", "node", "perl", "ruby"] {
        let there = Command::new(name).arg("--version").envs(sandbox.environment()).output();
        if !there.is_ok_and(|output| output.status.success()) {
            continue;
        }
        sandbox.write_hook(HookName::PreCommit, &format!("#!/usr/bin/env {name}\n"));
        let [OutcomeKind::Foreign { lines, .. }] = &sandbox.install(&[HookName::PreCommit])[..] else { panic!() };
        let script = format!("#!/usr/bin/env {name}\n{lines}");
        sandbox.write_hook(HookName::PreCommit, &script);
        for (code, refused) in [(0, false), (1, true), (2, false)] {
            sandbox.write_binary(code);
            let output = sandbox.commit();
            assert_eq!(output.status.success(), !refused, "{name} {code}: {}\n{script}", stderr(&output));
            assert_eq!(sandbox.log(), "<hooks><run><pre-commit> in:<>\n", "{name}");
        }
        fs::remove_file(&sandbox.binary).unwrap();
        assert!(sandbox.commit().status.success(), "{name} without the program");
    }
}

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
    sandbox.git(&["config", "core.hooksPath", ".git/hooks"]);
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

fn managed(outcome: &OutcomeKind) -> &Manager {
    match outcome {
        OutcomeKind::Managed(manager) => manager,
        other => panic!("{other:?}"),
    }
}

#[test]
fn husky_keeps_its_folder_and_its_lines_work() {
    let sandbox = Sandbox::new();
    let wrapper = "#!/usr/bin/env sh\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ -f \"$s\" ] || exit 0\nsh -e \"$s\" \"$@\"\n";
    fs::create_dir_all(sandbox.repo.join(".husky/_")).unwrap();
    executable(&sandbox.repo.join(".husky/_/pre-commit"), wrapper);
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let outcome = sandbox.install(&[HookName::PreCommit]);
    let manager = managed(&outcome[0]);
    assert_eq!((manager.name, manager.present), ("husky", false));
    assert_eq!(manager.file, sandbox.repo.join(".husky/pre-commit"));
    assert_eq!(fs::read_to_string(sandbox.repo.join(".husky/_/pre-commit")).unwrap(), wrapper);

    fs::write(&manager.file, &manager.snippet).unwrap();
    assert!(managed(&sandbox.install(&[HookName::PreCommit])[0]).present);
    assert!(sandbox.commit().status.success(), "without the program on PATH");
    assert_eq!(sandbox.log(), "");
    let path = format!("{}:/usr/bin:/bin", sandbox.binary.parent().unwrap().display());
    let run = || {
        let arguments = ["commit", "-q", "--allow-empty", "-m", "x"];
        sandbox.try_git_in(&sandbox.repo, &arguments, &[("PATH", &path)]).status.success()
    };
    for (code, passes) in [(0, true), (1, false), (2, true)] {
        sandbox.write_binary(code);
        assert_eq!(run(), passes, "{code}");
        assert_eq!(sandbox.log(), "<hooks><run><pre-commit> in:<>\n");
    }
}

#[test]
fn a_teams_folder_is_for_the_team_to_change() {
    let sandbox = Sandbox::new();
    let folder = sandbox.repo.join(".githooks");
    fs::create_dir(&folder).unwrap();
    executable(&folder.join("pre-commit"), "#!/bin/sh\n");
    sandbox.git(&["add", ".githooks"]);
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    let outcome = sandbox.install(&[HookName::PreCommit, HookName::PostMerge]);
    assert!(managed(&outcome[0]).snippet.starts_with("if command -v taskmaster"));
    assert!(managed(&outcome[1]).snippet.starts_with("#!/bin/sh\n"));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn lefthook_keeps_the_files_it_made_or_will_make() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.repo.join("lefthook.yml"), "pre-push:\n  jobs: []\n").unwrap();
    sandbox.write_hook(
        HookName::CommitMsg,
        "#!/bin/sh\ncall_lefthook()\n{ :; }\ncall_lefthook run \"commit-msg\" \"$@\"\n",
    );
    let hooks = [HookName::PreCommit, HookName::CommitMsg, HookName::PrePush, HookName::PrepareCommitMsg];
    let outcome = sandbox.install(&hooks);
    assert_eq!(outcome[0], OutcomeKind::Created);
    for other in &outcome[1..] {
        assert_eq!(managed(other).name, "lefthook");
    }
    assert!(matches!(sandbox.state(HookName::CommitMsg), HookState::Managed(_)));
    assert_eq!(sandbox.uninstall(&hooks)[0], OutcomeKind::Deleted);
}

#[test]
fn pre_commit_and_prek_keep_the_files_they_made() {
    let sandbox = Sandbox::new();
    let check = |script: &str, name: &str, file: &str| {
        sandbox.write_hook(HookName::PreCommit, script);
        let outcome = sandbox.install(&[HookName::PreCommit, HookName::PostCommit]);
        let manager = managed(&outcome[0]);
        assert_eq!((manager.name, &manager.file), (name, &sandbox.repo.join(file)));
        assert_eq!(fs::read_to_string(sandbox.hook(HookName::PreCommit)).unwrap(), script);
        assert!(matches!(outcome[1], OutcomeKind::Created | OutcomeKind::Unchanged));
    };
    let yaml = ".pre-commit-config.yaml";
    check("#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n", "pre-commit", yaml);
    check(
        "#!/usr/bin/env python3\n\"\"\"File generated by pre-commit: https://pre-commit.com\"\"\"\n",
        "pre-commit",
        yaml,
    );
    check("#!/bin/sh\n# File generated by prek: https://github.com/j178/prek\n", "prek", yaml);
    fs::write(sandbox.repo.join("prek.toml"), "").unwrap();
    check("#!/bin/sh\n# File generated by prek: https://github.com/j178/prek\n", "prek", "prek.toml");
}

#[test]
fn names_are_read_back() {
    for hook in HookName::ALL {
        assert_eq!(hook.file_name().parse(), Ok(hook));
    }
    assert_eq!("pre-rebase".parse::<HookName>(), Err(UnknownHook("pre-rebase".to_owned())));
}
