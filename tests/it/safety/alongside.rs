//! Several at once, and others who commit in their own ways.

use std::collections::BTreeMap;
use std::fs;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;

const PROGRAM: &str = env!("CARGO_BIN_EXE_taskmaster");

/// The outbox's intents, by name.
fn intents(repo: &Repo<'_>) -> BTreeMap<String, Vec<u8>> {
    let folder = repo.path.join(".git/taskmaster/outbox/intents");
    let read =
        |entry: fs::DirEntry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).into_iter().flatten().map(|entry| read(entry.unwrap())).collect()
}

#[test]
fn case_26_many_at_once_carry_one_change_out_once() {
    for policy in Policy::BOTH {
        let undisturbed = {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.finish_one();
            policy.carry_out(&repo);
            (intents(&repo), repo.id("HEAD^{tree}"))
        };
        for round in 0..4 {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.mark(ONE, "pending", "done");
            repo.git(&["add", "-A"]);
            // The clock of the undisturbed run: keys hang on the commit, and the commit on its date.
            repo.git(&["version"]);
            let commands = "\"$0\" sync & \"$0\" hooks run post-commit & git switch -q main & \"$0\" apply & \
                            \"$0\" sync --since HEAD~1 & \"$0\" hooks run post-merge 0 & wait";
            let script = match policy {
                // A commit with its hooks in the midst of the others, which begin before it is there.
                Policy::After => {
                    format!("(git commit -q -m 'Finish one') & {}; {commands}", commands.replace("--since HEAD~1", ""))
                }
                Policy::Never => {
                    "git commit -q -m 'Finish one'; \"$0\" apply & \"$0\" apply & \"$0\" hooks run post-commit & \
                                  \"$0\" sync -n & \"$0\" apply & wait"
                        .to_owned()
                }
            };
            let ran = sandbox.run(&repo.path, "sh", &["-c", &script, PROGRAM], &[]);
            if repo.subjects()[0] == "Start" {
                // Git found the index locked by another git, as it would without the engine.
                repo.git(&["commit", "-q", "-m", "Finish one"]);
            }
            repo.tm(&["sync", "-n"]);
            if policy == Policy::After {
                repo.tm(&["sync"]);
                assert_eq!(repo.engine_commits(), 1, "round {round}: {:?} {ran:?}", repo.subjects());
            } else {
                drop(repo.try_tm(&["apply"]));
                repo.git(&["commit", "-q", "-am", "What follows"]);
            }
            assert_eq!(repo.subjects().len(), 3, "{policy:?} round {round}: {:?} {ran:?}", repo.subjects());
            assert_eq!(repo.id("HEAD^{tree}"), undisturbed.1, "{policy:?} round {round}: {ran:?}");
            assert_eq!(intents(&repo).len(), undisturbed.0.len(), "{policy:?} round {round}: {ran:?}");
            assert_eq!(repo.dirt(), "", "{policy:?} round {round}: {ran:?}");
            assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "");
        }
    }
}

/// A commit as a library makes it: no hook rings.
fn by_library(repo: &Repo<'_>, message: &str) {
    let inner = git2::Repository::open(&repo.path).unwrap();
    let mut index = inner.index().unwrap();
    index.add_all(["."], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = inner.find_tree(index.write_tree().unwrap()).unwrap();
    let parent = inner.head().unwrap().peel_to_commit().unwrap();
    let author = git2::Signature::new("Lib", "lib@example.com", &git2::Time::new(1_750_100_000, 60)).unwrap();
    inner.commit(Some("HEAD"), &author, &author, message, &tree, &[&parent]).unwrap();
}

/// What happened unseen is there after the next doorbell, once.
#[track_caller]
fn caught_up(repo: &Repo<'_>, policy: Policy, what: &str) {
    repo.write("next.txt", what);
    repo.git(&["add", "next.txt"]);
    let ran = repo.try_git(&["commit", "-q", "-m", "Next"]);
    assert_eq!(ran.code, 0, "{what}: {ran:?}");
    policy.carry_out(repo);
    assert_eq!(
        (repo.status_at("HEAD", TWO).as_str(), repo.status(TWO).as_str()),
        ("pending", "pending"),
        "{what} {policy:?}"
    );
    assert_eq!(repo.dirt(), "", "{what} {policy:?}");
    let commits = repo.subjects().len();
    for _ in 0..2 {
        repo.tm(&["sync"]);
    }
    assert_eq!(repo.subjects().len(), commits, "{what} {policy:?}");
    assert_eq!(repo.engine_commits(), usize::from(policy == Policy::After), "{what} {policy:?}");
}

#[test]
fn case_27_commits_of_other_libraries_are_caught_up() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.mark(ONE, "pending", "done");
        by_library(&repo, "Finish one");
        repo.mark(ONE_ONE, "pending", "done");
        by_library(&repo, "And its subtask");
        assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""));
        caught_up(&repo, policy, "library");
        if policy == Policy::After {
            assert_eq!(repo.message("HEAD").matches("Taskmaster-Caused-By: ").count(), 2);
        }
    }
}

#[test]
fn case_27_what_a_stash_holds_fires_when_it_is_committed() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.mark(ONE, "pending", "done");
        let start = repo.head();
        for _ in 0..2 {
            repo.git(&["stash", "-q"]);
            repo.tm(&["sync"]);
            assert_eq!((repo.head(), repo.dirt().as_str()), (start.clone(), ""));
            repo.git(&["stash", "pop", "-q"]);
            repo.tm(&["sync"]);
            assert_eq!((repo.head(), repo.dirt()), (start.clone(), format!(" M {ONE}")), "a stash is no history");
        }
        repo.quietly(&["commit", "-q", "-am", "Finish one"]);
        caught_up(&repo, policy, "stash");
        // One that waits meanwhile comes out as it went in.
        repo.mark(THREE, "pending", "done");
        repo.git(&["stash", "-q"]);
        repo.tm(&["set-status", "1.2", "in-progress"]);
        repo.git(&["stash", "pop", "-q"]);
        assert_eq!((repo.status(THREE).as_str(), repo.dirt()), ("done", format!(" M {THREE}")));
    }
}

#[test]
fn case_27_what_a_reset_brings_is_caught_up() {
    for policy in Policy::BOTH {
        for kind in ["--hard", "--keep", "--merge", "--soft"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            // A commit beside the branch, made by plumbing.
            repo.mark(ONE, "pending", "done");
            repo.git(&["add", "-A"]);
            let tree = repo.git(&["write-tree"]);
            let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "Finish one", &tree]);
            repo.git(&["reset", "-q", "--hard"]);
            repo.git(&["reset", "-q", kind, &commit]);
            if kind == "--soft" {
                repo.git(&["reset", "-q", "--hard"]);
            }
            assert_eq!((repo.head(), repo.dirt().as_str()), (commit, ""), "{kind}");
            caught_up(&repo, policy, kind);
        }
    }
}

#[test]
fn case_27_patches_and_references_that_are_moved_are_caught_up() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.git(&["switch", "-q", "-c", "side"]);
        repo.mark(ONE, "pending", "done");
        repo.quietly(&["commit", "-q", "-am", "Finish one"]);
        let patch = repo.git(&["format-patch", "-1", "--stdout"]);
        repo.write("../one.patch", format!("{patch}\n"));
        repo.quietly(&["switch", "-q", "main"]);
        repo.git(&["am", "-q", "../one.patch"]);
        assert_eq!(repo.engine_commits(), 0);
        caught_up(&repo, policy, "patch");
        // A branch that is moved where nobody stands, and a fast-forward by plumbing.
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.git(&["switch", "-q", "-c", "side"]);
        repo.mark(ONE, "pending", "done");
        repo.quietly(&["commit", "-q", "-am", "Finish one"]);
        repo.git(&["update-ref", "refs/heads/main", "side"]);
        repo.quietly(&["switch", "-q", "main"]);
        caught_up(&repo, policy, "reference");
    }
}

#[test]
fn case_28_all_and_paths_and_worktrees_check_what_they_commit() {
    for policy in Policy::BOTH {
        for in_worktree in [false, true] {
            let sandbox = Sandbox::new();
            let main = policy.planted(&sandbox);
            let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("linked") };
            main.git(&["worktree", "add", "-q", "-b", "side", linked.path.to_str().unwrap()]);
            let repo = if in_worktree { linked } else { main };
            let fault = |repo: &Repo<'_>| repo.replace(TWO, "[task_001]", "[task_009]");
            let mend = |repo: &Repo<'_>| repo.replace(TWO, "[task_009]", "[task_001]");
            let refused = |options: &[&str]| {
                let before = (repo.head(), repo.dirt());
                let ran = repo.try_git(&[&["commit", "-q", "-m", "Wrong"], options].concat());
                assert_eq!(ran.code, 1, "{options:?}: {ran:?}");
                assert!(ran.stderr.contains("nothing was committed"), "{options:?}: {ran:?}");
                assert_eq!((repo.head(), repo.dirt()), before, "{options:?}");
            };
            // The fault is on disk alone, and committed in every way that takes it from there.
            fault(&repo);
            for options in [&["-a"][..], &[TWO], &["--only", "--", TWO], &["-i", TWO], &[".taskmaster"], &["-ae"]] {
                refused(options);
            }
            // Staged, and another path is committed.
            repo.git(&["add", TWO]);
            repo.mark(THREE, "pending", "done");
            refused(&["-i", THREE]);
            refused(&[]);
            let ran = repo.try_git(&["commit", "-q", "-m", "Three alone", THREE]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_eq!(repo.dirt(), format!("M  {TWO}"), "no staged reversal");
            // The other way round: staged it is right, on disk it is wrong.
            mend(&repo);
            repo.replace(TWO, "Text that nobody", "Text I");
            repo.git(&["add", TWO]);
            fault(&repo);
            let ran = repo.try_git(&["commit", "-q", "-m", "Words"]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_eq!(repo.dirt(), format!(" M {TWO}"));
            refused(&["-a"]);
            mend(&repo);
            policy.carry_out(&repo);
            assert_eq!(repo.status_at("HEAD", THREE), "done");
            assert!(repo.git(&["show", &format!("HEAD:{JSON}")]).contains("\"Three\",\n      \"status\": \"done\""));
        }
    }
}

#[test]
fn case_29_where_the_program_is_gone_git_goes_on() {
    for gone in ["removed", "not executable", "a folder", "cut short"] {
        let sandbox = Sandbox::new();
        let bare = sandbox.bare("shared.git");
        let repo = sandbox.repository("ann");
        repo.plant(&Policy::After.workflow());
        repo.commit_all("Start");
        repo.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
        let program = sandbox.path().join("taskmaster");
        fs::copy(PROGRAM, &program).unwrap();
        let ran = sandbox.run(&repo.path, program.to_str().unwrap(), &["hooks", "install"], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        match gone {
            "not executable" => drop(sandbox.run(&repo.path, "chmod", &["-x", program.to_str().unwrap()], &[])),
            "cut short" => fs::write(&program, &fs::read(PROGRAM).unwrap()[..4096]).unwrap(),
            _ => fs::remove_file(&program).unwrap(),
        }
        if gone == "a folder" {
            fs::create_dir(&program).unwrap();
        }
        // Faults that would be refused, and everything else that rings.
        repo.replace(TWO, "[task_001]", "[task_009]");
        let commands: [&[&str]; 17] = [
            &["commit", "-q", "-am", "Wrong"],
            &["commit", "-q", "--amend", "-m", "Wrong, amended"],
            &["push", "-q", "-u", "origin", "main"],
            &["switch", "-q", "-c", "side"],
            &["commit", "-q", "--allow-empty", "-m", "Side"],
            &["checkout", "-q", "main"],
            &["merge", "-q", "side"],
            &["commit", "-q", "--allow-empty", "-m", "Main"],
            &["switch", "-q", "side"],
            &["commit", "-q", "--allow-empty", "-m", "Side again"],
            &["switch", "-q", "main"],
            &["merge", "-q", "--no-ff", "-m", "Merge", "side"],
            &["rebase", "-q", "--force-rebase", "HEAD~1"],
            &["cherry-pick", "--allow-empty", "side"],
            &["revert", "--no-edit", "--strategy=ours", "HEAD"],
            &["pull", "-q", "--no-rebase"],
            &["push", "-q", "--force"],
        ];
        for arguments in commands {
            if arguments[0] == "revert" {
                continue;
            }
            let ran = repo.try_git(arguments);
            assert_eq!(ran.code, 0, "{gone} {arguments:?}: {ran:?}");
            for line in ran.stderr.lines().filter(|line| line.contains("taskmaster")) {
                assert!(line.len() < 400, "{gone} {arguments:?}: {line}");
            }
            let said = ran.stderr.contains("taskmaster: ");
            assert!(said || arguments[0] != "commit", "{gone} {arguments:?}: it is said: {ran:?}");
        }
        assert_eq!(repo.dirt(), "", "{gone}");
        // Back again, it goes on where it was.
        if gone == "a folder" {
            fs::remove_dir(&program).unwrap();
        }
        drop(fs::remove_file(&program));
        fs::copy(PROGRAM, &program).unwrap();
        repo.replace(TWO, "[task_009]", "[task_001]");
        repo.mark(ONE, "pending", "done");
        repo.commit_all("Finish one");
        assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (1, "pending"), "{gone}");
    }
}

#[test]
fn case_36_a_commit_linter_that_refuses_the_engines_subject_causes_no_loop() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        let hook = "#!/bin/sh\necho linted >>.git/linted\n\
                    if grep -q '^chore(taskmaster)' \"$1\"; then echo 'linter: no such scope' >&2; exit 1; fi\n\
                    grep -q '^[a-z]*: ' \"$1\" || { echo 'linter: no type' >&2; exit 1; }\n";
        repo.git(&["version"]);
        fs::write(repo.path.join(".git/hooks/commit-msg"), hook).unwrap();
        sandbox.run(&repo.path, "chmod", &["+x", ".git/hooks/commit-msg"], &[]);
        repo.tm(&["hooks", "install"]);
        let linted = || fs::read_to_string(repo.path.join(".git/linted")).unwrap_or_default().lines().count();
        repo.mark(ONE, "pending", "done");
        repo.git(&["add", "-A"]);
        // The user's own: refused once, said once, and nothing follows from what is no commit.
        let (head, ran) = (repo.head(), repo.try_git(&["commit", "-q", "-m", "Finish one"]));
        assert_eq!((ran.code, ran.stderr.as_str(), repo.head()), (1, "linter: no type\n", head));
        assert_eq!((linted(), repo.status(TWO).as_str()), (1, "blocked"));
        let ran = repo.try_git(&["commit", "-q", "-m", "feat: finish one"]);
        assert_eq!((ran.code, ran.stderr.contains("linter")), (0, false), "{ran:?}");
        if policy == Policy::Never {
            repo.tm(&["apply"]);
            repo.git(&["commit", "-q", "-am", "chore: what follows"]);
        }
        // The engine's commits, and those of commands, are not shown to it.
        let expected = if policy == Policy::After { 2 } else { 3 };
        assert_eq!((linted(), repo.status(TWO).as_str()), (expected, "pending"), "{policy:?}");
        for _ in 0..3 {
            repo.tm(&["sync"]);
        }
        repo.tm(&["set-status", "3", "done"]);
        repo.tm(&["sync"]);
        assert_eq!((linted(), repo.dirt().as_str()), (expected, ""), "{policy:?}");
        let commits = repo.subjects().len();
        // A team that lints what is pushed as well: refused once each time it is pushed, and nothing is made anew.
        let bare = sandbox.bare("shared.git");
        let linter = "#!/bin/sh\nwhile read old new name; do git log --format=%s $new | grep -q '^chore(taskmaster)' && \
                      { echo 'linter: no such scope' >&2; exit 1; }; done; exit 0\n";
        fs::write(bare.join("hooks/pre-receive"), linter).unwrap();
        sandbox.run(&bare, "chmod", &["+x", "hooks/pre-receive"], &[]);
        for _ in 0..2 {
            let ran = repo.try_git(&["push", "-q", bare.to_str().unwrap(), "main"]);
            assert_ne!(ran.code, 0, "{ran:?}");
            assert_eq!(ran.stderr.matches("no such scope").count(), 1, "{ran:?}");
            repo.tm(&["sync"]);
            assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (commits, ""), "{policy:?}");
        }
    }
}
