//! Repositories that are not laid out as usual, or not all there.

use std::fs;
use std::path::Path;

use super::super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::super::scenery::{ONE, THREE, TWO, WORKFLOW_FILE};
use super::policy::Policy;

/// Commits are processed here, edits by command are, and nothing else moves.
#[track_caller]
fn works(repo: &Repo<'_>, policy: Policy, what: &str) {
    let ran = repo.finish_one();
    assert!(!ran.stderr.contains("left out"), "{what} {policy:?}: {ran:?}");
    policy.carry_out(repo);
    assert_eq!(
        (repo.status_at("HEAD", TWO).as_str(), repo.status(TWO).as_str()),
        ("pending", "pending"),
        "{what}: {ran:?}"
    );
    assert_eq!(repo.dirt(), "", "{what} {policy:?}");
    repo.replace(TWO, "[task_001]", "[task_009]");
    assert_eq!(repo.try_git(&["commit", "-q", "-am", "Wrong"]).code, 1, "{what} {policy:?}");
    repo.git(&["checkout", "-q", "HEAD", "--", TWO]);
    repo.tm(&["set-status", "3", "review"]);
    assert_eq!((repo.status_at("HEAD", THREE).as_str(), repo.dirt().as_str()), ("review", ""), "{what} {policy:?}");
    for arguments in [&["list"][..], &["check"], &["status"], &["events", "--all"], &["log"], &["explain", "HEAD"]] {
        let ran = repo.try_tm(arguments);
        assert!(ran.code == 0 && !ran.stderr.contains("error: "), "{what} {policy:?} {arguments:?}: {ran:?}");
    }
}

/// A clone by these options, with an identity and hooks.
fn cloned<'a>(sandbox: &'a Sandbox, source: &Path, options: &[&str], name: &str) -> Repo<'a> {
    let repo = Repo { sandbox, path: sandbox.path().join(name) };
    let url = format!("file://{}", source.display());
    let arguments = [&["clone", "-q"], options, &[&url, repo.path.to_str().unwrap()]].concat();
    let ran = sandbox.run(sandbox.path(), "git", &arguments, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    repo.git(&["config", "user.name", name]);
    repo.git(&["config", "user.email", "clone@example.com"]);
    repo.tm(&["hooks", "install"]);
    repo
}

#[test]
fn case_40_before_the_first_commit() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.tm(&["hooks", "install"]);
        repo.plant(&policy.workflow());
        for arguments in [
            &["list"][..],
            &["check"],
            &["check", "--index"],
            &["status"],
            &["next"],
            &["show", "2"],
            &["events", "--all"],
            &["log"],
            &["sync"],
            &["sync", "-n"],
            &["hooks", "run", "post-commit"],
            &["hooks", "run", "post-checkout"],
        ] {
            let ran = repo.try_tm(arguments);
            assert!(matches!(ran.code, 0 | 3 | 4), "{arguments:?}: {ran:?}");
            assert!(!ran.stderr.contains("defect") && !ran.stderr.contains("panic"), "{arguments:?}: {ran:?}");
            assert!(ran.code == 0 || ran.stderr.contains("there is no commit yet"), "{arguments:?}: {ran:?}");
        }
        assert_eq!(repo.try_tm(&["set-status", "1", "done"]).code, 4);
        // What the first commit brings is checked like any other.
        repo.replace(TWO, "[task_001]", "[task_009]");
        repo.git(&["add", "-A"]);
        assert_eq!(repo.try_git(&["commit", "-q", "-m", "Start"]).code, 1, "{policy:?}");
        repo.replace(TWO, "[task_009]", "[task_001]");
        repo.mark(THREE, "pending", "done");
        let ran = repo.commit_all("Start");
        assert_eq!((repo.subjects().len(), repo.cursor()), (1, repo.head()), "{ran:?}");
        repo.git(&["reset", "-q", "--hard"]);
        repo.mark(THREE, "done", "pending");
        repo.commit_all("Begin again");
        policy.carry_out(&repo);
        works(&repo, policy, "first");
        // A second beginning beside it.
        repo.git(&["switch", "-q", "--orphan", "other"]);
        assert!(matches!(repo.try_tm(&["sync"]).code, 0 | 4));
        repo.plant(&policy.workflow());
        repo.commit_all("Another beginning");
        assert_eq!(repo.subjects(), ["Another beginning"]);
    }
}

/// Task 1 has followed its subtask, where that was committed.
fn pending_again(repo: &Repo<'_>, policy: Policy) {
    if policy == Policy::After {
        repo.mark(ONE, "in-progress", "pending");
        repo.quietly(&["commit", "-q", "-am", "Pending again"]);
    }
}

#[test]
fn case_40_a_shallow_clone_and_the_same_when_it_is_whole() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let source = policy.planted(&sandbox);
        source.write("code.txt", "x");
        source.commit_all("Code");
        source.tm(&["set-status", "1.1", "in-progress"]);
        source.write("code.txt", "y");
        source.commit_all("More code");
        let repo = cloned(&sandbox, &source.path, &["--depth", "1"], "shallow");
        assert_eq!(repo.git(&["rev-parse", "--is-shallow-repository"]), "true");
        for arguments in [
            &["list", "--at", "HEAD"][..],
            &["events"],
            &["events", "HEAD"],
            &["events", "--all"],
            &["explain"],
            &["explain", "HEAD"],
            &["log"],
            &["log", "1"],
            &["sync", "-n"],
            &["backtest", "--with", ".taskmaster/config/workflow.yaml"],
        ] {
            let ran = repo.try_tm(arguments);
            assert!(matches!(ran.code, 0 | 2), "{arguments:?}: {ran:?}");
            assert!(!ran.stderr.contains("object not found") && !ran.stderr.contains("names no commit"), "{ran:?}");
        }
        pending_again(&repo, policy);
        works(&repo, policy, "shallow");
        let subjects = repo.subjects().len();
        repo.git(&["fetch", "-q", "--unshallow"]);
        repo.tm(&["hooks", "run", "post-merge", "0"]);
        let all = repo.subjects();
        assert_eq!(
            all.len(),
            subjects + source.subjects().len() - 1,
            "{policy:?}: nothing is done for old commits: {all:?}"
        );
        repo.tm(&["set-status", "3", "done"]);
        assert_eq!(repo.dirt(), "");
        // The boundary, amended, has no history in common with anything: a new beginning.
        let repo = cloned(&sandbox, &source.path, &["--depth", "1"], "amended");
        repo.git(&["commit", "-q", "--amend", "-m", "Code, amended"]);
        repo.tm(&["sync"]);
        assert_eq!((repo.subjects(), repo.cursor()), (vec!["Code, amended".to_owned()], repo.head()));
        // Deepened and cut again, with work on top.
        let repo = cloned(&sandbox, &source.path, &["--depth", "2"], "deeper");
        repo.git(&["fetch", "-q", "--depth", "1"]);
        pending_again(&repo, policy);
        works(&repo, policy, "cut again");
    }
}

#[test]
fn case_40_a_bare_repository_is_read_by_revision_and_refused_by_name() {
    let sandbox = Sandbox::new();
    let source = planted(&sandbox);
    source.finish_one();
    let path = sandbox.path().join("bare.git");
    source.git(&["clone", "-q", "--bare", source.path.to_str().unwrap(), path.to_str().unwrap()]);
    let bare = Repo { sandbox: &sandbox, path };
    bare.git(&["update-ref", "-d", "refs/taskmaster/cursor/main"]);
    let before = (bare.git(&["show-ref"]), bare.everything());
    for (arguments, text) in [
        (&["list", "--at", "HEAD"][..], "Three"),
        (&["show", "2", "--at", "main"], "Two"),
        (&["check", "--at", "main"], "5 tasks: 0 errors"),
        (&["events", "HEAD~1"], "task.status.updated"),
        (&["explain", "HEAD~1"], "2"),
        (&["log"], "2"),
        (&["log", "2"], "pending"),
    ] {
        let ran = bare.try_tm(arguments);
        assert!(ran.code == 0 && ran.stdout.contains(text), "{arguments:?}: {ran:?}");
    }
    for arguments in [&["list"][..], &["check"], &["next"], &["set-status", "3", "done", "--no-commit"], &["init"]] {
        let ran = bare.try_tm(arguments);
        assert!(ran.code == 3 || ran.code == 4, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("a bare repository has no files to work on\nhint: "), "{arguments:?}: {ran:?}");
    }
    let ran = bare.try_tm(&["status"]);
    assert!(!ran.stderr.contains("defect") && ran.code != 2, "{ran:?}");
    assert_eq!(bare.git(&["show-ref"]), before.0);
    assert!(bare.everything() == before.1);
}

/// Nothing follows in a bare repository by itself; `sync` there makes the commit where the server is to.
#[test]
fn case_40_sync_in_a_bare_repository_commits_without_files() {
    let sandbox = Sandbox::new();
    let source = planted(&sandbox);
    source.replace(WORKFLOW_FILE, "  mode: commit\n", "  mode: commit\n  git:\n    executor: server\n");
    source.commit_all("The server commits");
    let path = sandbox.path().join("bare.git");
    source.git(&["clone", "-q", "--bare", source.path.to_str().unwrap(), path.to_str().unwrap()]);
    let bare = Repo { sandbox: &sandbox, path };
    bare.tm(&["sync"]);
    source.mark(ONE, "pending", "done");
    source.quietly(&["commit", "-q", "-am", "Finish one"]);
    source.quietly(&["push", "-q", bare.path.to_str().unwrap(), "main"]);
    let ran = bare.try_tm(&["apply"]);
    assert!(ran.code != 0 && ran.stderr.contains("a bare repository has no files to work on"), "{ran:?}");
    bare.tm(&["sync"]);
    assert_eq!((bare.engine_commits(), bare.status_at("main", TWO).as_str()), (1, "pending"));
    assert!(!bare.path.join("index").exists());
    bare.tm(&["sync"]);
    assert_eq!(bare.engine_commits(), 1);
    source.git(&["pull", "-q", bare.path.to_str().unwrap(), "main"]);
    assert_eq!((source.status(TWO).as_str(), source.dirt().as_str(), source.engine_commits()), ("pending", "", 1));
}

#[test]
fn case_40_a_tree_in_a_submodule_and_in_its_superproject() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let library = sandbox.repository("library");
        library.plant(&policy.workflow());
        library.commit_all("Start");
        let outer = policy.planted(&sandbox);
        let allow = ["-c", "protocol.file.allow=always"];
        let add = ["submodule", "--quiet", "add", library.path.to_str().unwrap(), "vendor/library"];
        outer.git(&[&allow[..], &add].concat());
        outer.commit_all("A submodule");
        let inner = Repo { sandbox: &sandbox, path: outer.path.join("vendor/library") };
        inner.git(&["config", "user.name", "ann"]);
        inner.git(&["config", "user.email", "ann@example.com"]);
        inner.git(&["switch", "-q", "-C", "main"]);
        inner.tm(&["hooks", "install"]);
        assert!(outer.path.join(".git/modules/vendor/library/hooks/post-commit").exists());
        let (head, config) = (outer.head(), outer.read(".git/config"));
        works(&inner, policy, "submodule");
        // The superproject sees a new commit of its submodule, and nothing else has happened there.
        assert_eq!((outer.head(), outer.read(".git/config"), outer.dirt()), (head, config, " M vendor/library".into()));
        outer.git(&["commit", "-q", "-am", "The submodule moves"]);
        assert_eq!(outer.engine_commits(), 0);
        works(&outer, policy, "superproject");
        assert_eq!(inner.dirt(), "");
    }
}

#[test]
fn case_40_worktrees_with_relative_paths() {
    for extension in [true, false] {
        for policy in Policy::BOTH {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("linked") };
            repo.git(&["worktree", "add", "-q", "-b", "side", linked.path.to_str().unwrap()]);
            linked.write(".git", "gitdir: ../ann/.git/worktrees/linked\n");
            repo.write(".git/worktrees/linked/gitdir", "../../../../linked/.git\n");
            // What git from 2.48 on notes where it makes such worktrees; an older one refuses the repository.
            let extend = extension && {
                repo.git(&["config", "core.repositoryFormatVersion", "1"]);
                repo.git(&["config", "extensions.relativeWorktrees", "true"]);
                repo.try_git(&["status"]).code == 0
            };
            if extension && !extend {
                assert!(repo.tm(&["list"]).contains("Three"), "read all the same");
                assert!(linked.tm(&["list"]).contains("Three"), "read all the same");
                continue;
            }
            let main = (repo.head(), repo.read(".git/config"));
            works(&linked, policy, "relative worktree");
            assert_eq!((repo.head(), repo.read(".git/config"), repo.dirt()), (main.0, main.1, String::new()));
            works(&repo, policy, "main worktree");
            // Both are moved together.
            fs::create_dir(sandbox.path().join("moved")).unwrap();
            for name in ["ann", "linked"] {
                fs::rename(sandbox.path().join(name), sandbox.path().join("moved").join(name)).unwrap();
            }
            let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("moved/linked") };
            linked.tm(&["set-status", "3", "done"]);
            assert_eq!((linked.status_at("HEAD", THREE).as_str(), linked.dirt().as_str()), ("done", ""));
        }
    }
}

#[test]
fn case_40_a_worktree_that_the_configuration_names() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        let files = Repo { sandbox: &sandbox, path: sandbox.path().join("files") };
        fs::create_dir(&files.path).unwrap();
        fs::rename(repo.path.join(".taskmaster"), files.path.join(".taskmaster")).unwrap();
        repo.git(&["config", "core.worktree", "../../files"]);
        fs::write(files.path.join(".git"), "gitdir: ../ann/.git\n").unwrap();
        works(&files, policy, "core.worktree");
        assert!(!repo.path.join(".taskmaster").exists());
    }
}

#[test]
fn case_40_a_repository_that_the_environment_names() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        let (git_dir, work_tree) = (sandbox.path().join("apart.git"), repo.path.clone());
        fs::rename(repo.path.join(".git"), &git_dir).unwrap();
        let program = env!("CARGO_BIN_EXE_taskmaster");
        for (at, (dir, tree, folder)) in [
            (git_dir.to_str().unwrap(), work_tree.to_str().unwrap(), sandbox.path().to_owned()),
            ("../apart.git", ".", work_tree.clone()),
            ("../../apart.git", "..", work_tree.join(".taskmaster")),
        ]
        .into_iter()
        .enumerate()
        {
            let places = [("GIT_DIR", dir), ("GIT_WORK_TREE", tree)];
            let git = |arguments: &[&str]| {
                let ran = sandbox.run(&folder, "git", arguments, &places);
                assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
                assert!(!ran.stderr.contains("left out"), "{dir} {tree}: {ran:?}");
                ran.stdout.trim_end().to_owned()
            };
            let tm = |arguments: &[&str]| {
                let ran = sandbox.run(&folder, program, arguments, &places);
                assert_eq!(ran.code, 0, "{dir} {tree} {arguments:?}: {ran:?}");
                ran.stdout
            };
            tm(&["hooks", "install"]);
            let (old, new) = if at % 2 == 0 { ("pending", "done") } else { ("done", "pending") };
            repo.mark(ONE, old, new);
            git(&["commit", "-q", "-am", "One"]);
            if policy == Policy::Never {
                tm(&["apply"]);
                git(&["commit", "-q", "-am", "What follows"]);
            }
            assert!(
                repo.read(".taskmaster/tasks/tasks.json").contains(&format!("\"One\",\n      \"status\": \"{new}\""))
            );
            assert_eq!(git(&["status", "--porcelain"]), "", "{dir} {tree}");
            tm(&["set-status", "3", if at % 2 == 0 { "review" } else { "pending" }]);
            assert_eq!(git(&["status", "--porcelain"]), "", "{dir} {tree}");
            assert!(tm(&["list"]).contains("Three"));
        }
    }
}

#[test]
fn case_40_a_tree_that_is_not_at_the_top() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&policy.workflow());
        fs::create_dir_all(repo.path.join("packages/app")).unwrap();
        fs::rename(repo.path.join(".taskmaster"), repo.path.join("packages/app/.taskmaster")).unwrap();
        repo.write("packages/other/code.txt", "x");
        repo.commit_all("Start");
        repo.git(&["config", "taskmaster.tree", "packages/app/.taskmaster"]);
        repo.tm(&["hooks", "install"]);
        let inside = |path: &str| format!("packages/app/{path}");
        repo.mark(&inside(ONE), "pending", "done");
        // From a folder below, as people do.
        let below = Repo { sandbox: &sandbox, path: repo.path.join("packages/other") };
        below.git(&["commit", "-q", "-am", "Finish one"]);
        policy.carry_out(&repo);
        assert_eq!(
            (repo.status_at("HEAD", &inside(TWO)).as_str(), repo.dirt().as_str()),
            ("pending", ""),
            "{policy:?}"
        );
        below.tm(&["set-status", "3", "review"]);
        assert_eq!(
            (repo.status_at("HEAD", &inside(THREE)).as_str(), repo.dirt().as_str()),
            ("review", ""),
            "{policy:?}"
        );
        assert!(!repo.path.join(".taskmaster").exists() && !below.path.join(".taskmaster").exists());
        assert!(below.tm(&["list"]).contains("Three"));
        // The rules of a tree that is switched to another one apply there alone.
        repo.plant(WORKFLOW);
        repo.commit_all("A second tree");
        repo.finish_one();
        assert_eq!(repo.status(TWO), "blocked", "{policy:?}: it is not the tree");
    }
}
