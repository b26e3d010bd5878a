//! What a hook does when git runs it.

use super::*;
use std::io::Write;

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
fn the_program_is_not_started_where_a_shell_can_tell_that_nothing_is_to_do() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PrepareCommitMsg, HookName::CommitMsg]);
    let rung = |arguments: &[&str]| {
        let output = sandbox.try_git(&[&["commit", "-q", "--allow-empty"], arguments].concat());
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{arguments:?}");
        let log = sandbox.log();
        (log.contains("<prepare-commit-msg>"), log.contains("<commit-msg>"))
    };
    let long = "line\n".repeat(200);
    for (message, is_asked) in [
        ("again", false),
        ("", false),
        ("no line end", false),
        ("again\n\nCloses: 1", true),
        ("again\n\ncLOSES: 1", true),
        (long.as_str(), true),
    ] {
        assert_eq!(rung(&["--allow-empty-message", "-m", message]), (true, is_asked), "{message:?}");
    }
    // Below the scissors stands what is no message.
    sandbox.git(&[
        "config",
        "core.editor",
        "printf 'again\\n# ------------------------ >8 ------------------------\\nCloses: 1\\n' >",
    ]);
    assert_eq!(rung(&["--cleanup=scissors"]), (true, false));
    // A commit that is known to be a person's is not guarded, and no other is taken for it.
    let plain = sandbox.repo.join(".git/taskmaster/plain-head");
    fs::create_dir_all(plain.parent().unwrap()).unwrap();
    fs::write(&plain, sandbox.git(&["rev-parse", "HEAD"]) + "\n").unwrap();
    assert!(!rung(&["-m", "x"]).0);
    assert!(rung(&["-m", "x"]).0);
    fs::write(&plain, "").unwrap();
    assert!(rung(&["-m", "x"]).0);
    // Where HEAD is not on a loose branch, the program is asked.
    fs::write(&plain, sandbox.git(&["rev-parse", "HEAD"]) + "\n").unwrap();
    sandbox.git(&["pack-refs", "--all"]);
    assert!(rung(&["-m", "x"]).0);
    sandbox.git(&["switch", "-q", "--detach"]);
    fs::write(&plain, sandbox.git(&["rev-parse", "HEAD"]) + "\n").unwrap();
    assert!(rung(&["-m", "x"]).0);
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
fn a_program_that_cannot_start_does_not_stop_the_commit() {
    let sandbox = Sandbox::new();
    for shebang in ["#!/bin/sh\n", "#!/bin/bash -e\n"] {
        sandbox.write_hook(HookName::PreCommit, shebang);
        sandbox.install(&[HookName::PreCommit]);
        executable(&sandbox.binary, "\u{7f}ELF\u{1}\0\0\0");
        let output = sandbox.commit();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("taskmaster: pre-commit ended with exit code 12"), "{}", stderr(&output));
    }
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
