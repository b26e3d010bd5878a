//! A bare repository that processes what is pushed to it, behind the push.

use std::fs::{self, File, OpenOptions};
use std::sync::mpsc;
use std::time::Duration;

use super::super::sandbox::{Repo, Sandbox, WORKFLOW, profile};
use super::super::scenery::{ONE, THREE, TWO, executable};

const HOOK: &str = "hooks/post-receive";

/// A bare repository with the small tree in it and the server's hook, and a clone without hooks.
fn served<'a>(sandbox: &'a Sandbox, executor: &str) -> (Repo<'a>, Repo<'a>) {
    let server = Repo { sandbox, path: sandbox.bare("shared.git") };
    let ann = sandbox.clone(&server.path, "ann");
    ann.plant(&WORKFLOW.replace("  mode: commit\n", &format!("  mode: commit\n  git:\n    executor: {executor}\n")));
    ann.commit_all("Start");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    server.tm(&["hooks", "install", "--server"]);
    (server, ann)
}

/// Holds up whoever processes what is pushed.
fn hold_up(server: &Repo<'_>) -> File {
    let path = server.path.join("taskmaster/server.lock");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let lock = OpenOptions::new().create(true).append(true).open(path).unwrap();
    lock.lock().unwrap();
    lock
}

/// Pushes while the processing is held up; a push that waits for it fails here and does not hang. A hook that
/// works itself would be cut off in the end, and say so.
#[track_caller]
fn push(repo: &Repo<'_>, arguments: &[&str], held: &File) {
    let (done, returned) = mpsc::channel();
    let path = repo.path.clone();
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let home = repo.sandbox.path().join("home");
    std::thread::spawn(move || {
        // Both outputs are pipes: this returns when the last process that has them is gone.
        let output = std::process::Command::new("git")
            .arg("push")
            .args(arguments)
            .current_dir(path)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("LC_ALL", "C.UTF-8")
            .envs(profile())
            .output()
            .unwrap();
        let _ = done.send(output);
    });
    let Ok(output) = returned.recv_timeout(Duration::from_mins(1)) else {
        held.unlock().unwrap();
        panic!("the push waits for what follows it");
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.success(), said.as_str()), (true, ""));
}

/// Waits for another process, whose end nobody is told of.
#[track_caller]
fn until(what: &str, mut seen: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if seen() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} never came");
}

fn subject(server: &Repo<'_>, branch: &str) -> String {
    server.git(&["log", "-1", "--format=%s", branch])
}

#[test]
fn case_39_a_push_returns_before_the_server_has_looked() {
    let sandbox = Sandbox::new();
    let (server, ann) = served(&sandbox, "server");
    let held = hold_up(&server);
    ann.finish_one();
    let before = ann.head();
    push(&ann, &["-q", "origin", "HEAD"], &held);
    assert_eq!(server.id("main"), before, "the push has returned, and nothing has followed yet");
    held.unlock().unwrap();
    until("the engine commit", || server.id("main") != before);
    assert_eq!(server.id("main~1"), before);
    assert_eq!(subject(&server, "main"), "chore(taskmaster): 1 done; 2 pending");
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.id("HEAD"), ann.dirt().as_str()), (server.id("main"), ""));
    assert_eq!((ann.status(TWO).as_str(), ann.status(ONE).as_str()), ("pending", "done"));
    // The cursor stands at it: a second look finds nothing.
    until("the cursor", || server.cursor() == server.id("main"));
    server.tm(&["sync"]);
    assert_eq!(server.id("main~1"), before);
    assert_eq!(server.git(&["fsck", "--strict"]), "");
}

#[test]
fn case_39_pushes_that_come_meanwhile_are_processed_after() {
    let sandbox = Sandbox::new();
    let (server, ann) = served(&sandbox, "server");
    let held = hold_up(&server);
    ann.finish_one();
    push(&ann, &["-q", "origin", "HEAD"], &held);
    ann.mark(THREE, "pending", "done");
    ann.commit_all("Finish three");
    ann.git(&["branch", "side", "HEAD~1"]);
    ann.git(&["tag", "-m", "a tag", "v1"]);
    push(&ann, &["-q", "origin", "main", "side", "v1"], &held);
    // A branch that comes and goes before anybody looks, and one that is forced to another commit.
    push(&ann, &["-q", "origin", "HEAD:brief"], &held);
    push(&ann, &["-q", "origin", ":brief"], &held);
    push(&ann, &["-q", "--force", "origin", "HEAD~2:refs/heads/forced"], &held);
    push(&ann, &["-q", "--force", "origin", "HEAD:refs/heads/forced"], &held);
    held.unlock().unwrap();
    let settled = || {
        ["main", "side", "forced"].iter().all(|branch| {
            let cursor = server.try_git(&["rev-parse", "-q", "--verify", &format!("refs/taskmaster/cursor/{branch}")]);
            cursor.stdout.trim() == server.id(branch) && subject(&server, branch).starts_with("chore(taskmaster): ")
        })
    };
    until("the engine commit of each branch", settled);
    assert_eq!(subject(&server, "side"), "chore(taskmaster): 1 done; 2 pending");
    assert_eq!(server.git(&["log", "--format=%s", "main"]).lines().nth(1), Some("Finish three"));
    assert_eq!(server.git(&["tag", "--list"]), "v1");
    assert_eq!(server.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]), "forced\nmain\nside");
    ann.git(&["pull", "-q"]);
    assert_eq!(ann.status(TWO), "pending");
    assert_eq!(server.tm(&["--json", "sync"]), "", "all of it was processed");
    // Forced back to where it was before: nothing is new, and nothing is wrong.
    let first = ann.git(&["rev-list", "--max-parents=0", "HEAD"]);
    ann.git(&["push", "-q", "--force", "origin", &format!("{first}:refs/heads/forced")]);
    assert_eq!(server.tm(&["--json", "sync"]), "");
    assert_eq!((server.try_tm(&["doctor"]).code, server.id("forced")), (0, first));
    assert_eq!(server.git(&["fsck", "--strict"]), "");
}

#[test]
fn case_39_a_branch_from_before_the_engine_commit_is_processed_too() {
    let sandbox = Sandbox::new();
    let (server, ann) = served(&sandbox, "server");
    ann.finish_one();
    ann.git(&["push", "-q", "origin", "HEAD"]);
    until("the engine commit", || server.id("main") != ann.head() && server.cursor() == server.id("main"));
    // Nobody has pulled it.
    ann.git(&["switch", "-q", "-c", "side"]);
    ann.mark(THREE, "pending", "done");
    ann.commit_all("Finish three");
    ann.git(&["push", "-q", "origin", "side"]);
    until("the engine commit", || server.id("side") != ann.head());
    assert_eq!(subject(&server, "side"), "chore(taskmaster): 3 done");
    assert_eq!(server.git(&["rev-list", "--count", "side", "^main"]), "2", "what one has done is not done again");
}

#[test]
fn case_39_the_server_only_counts_where_others_commit() {
    let sandbox = Sandbox::new();
    let (server, ann) = served(&sandbox, "author");
    ann.finish_one();
    ann.git(&["push", "-q", "origin", "HEAD"]);
    until("the cursor", || server.cursor() == ann.head());
    assert_eq!(server.id("main"), ann.head());
}

#[test]
fn case_39_in_quarantine_nothing_moves() {
    let sandbox = Sandbox::new();
    let (server, ann) = served(&sandbox, "server");
    fs::remove_file(server.path.join(HOOK)).unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    // Whoever calls it too early: the objects are in quarantine still, and git lets no reference move.
    let script = format!("#!/bin/sh\n[ -n \"$GIT_QUARANTINE_PATH\" ] && '{program}' hooks run post-receive\n");
    executable(&server.path.join("hooks/pre-receive"), &script);
    ann.finish_one();
    let held = hold_up(&server);
    push(&ann, &["-q", "origin", "HEAD"], &held);
    held.unlock().unwrap();
    assert!(!server.path.join("taskmaster/log/post-receive.txt").exists(), "nobody was set off");
    assert_eq!(server.id("main"), ann.head());
}

#[test]
fn case_31_the_servers_hook_goes_as_it_came() {
    let sandbox = Sandbox::new();
    let server = Repo { sandbox: &sandbox, path: sandbox.bare("shared.git") };
    let hook = server.path.join(HOOK);
    let ran = server.try_tm(&["hooks", "status"]);
    assert_eq!((ran.code, ran.stdout.trim_end()), (1, "post-receive  not installed"), "{ran:?}");
    let ran = server.try_tm(&["hooks", "install"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("taskmaster hooks install --server"), "{ran:?}");
    server.tm(&["hooks", "install", "--server"]);
    assert!(server.tm(&["hooks", "status"]).starts_with("post-receive  installed\n"));
    server.tm(&["hooks", "uninstall"]);
    assert!(!hook.exists());

    // Somebody's own keeps its bytes, and what git writes to it.
    let script = "#!/bin/sh\n# ours\n\nwhile read old new name; do echo \"$name\" >>seen; done";
    executable(&hook, script);
    server.tm(&["hooks", "install", "--server"]);
    assert_ne!(fs::read_to_string(&hook).unwrap(), script);
    let ann = sandbox.clone(&server.path, "ann");
    ann.plant(&WORKFLOW.replace("  mode: commit\n", "  mode: commit\n  git:\n    executor: server\n"));
    ann.commit_all("Start");
    ann.git(&["push", "-q", "origin", "HEAD", "HEAD:other"]);
    assert_eq!(server.read("seen"), "refs/heads/main\nrefs/heads/other\n");
    server.tm(&["hooks", "uninstall"]);
    assert_eq!(fs::read_to_string(&hook).unwrap(), script);

    let ran = ann.try_tm(&["hooks", "install", "--server"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("this repository is not bare"), "{ran:?}");
    let ran = ann.try_tm(&["hooks", "install", "post-receive"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(!ann.path.join(".git/hooks/post-receive").exists());
}

#[test]
fn what_stands_in_a_bare_repository_is_said_by_status_there() {
    let sandbox = Sandbox::new();
    let server = Repo { sandbox: &sandbox, path: sandbox.bare("shared.git") };
    let before = server.tm(&["status"]);
    assert!(before.contains("on main, before the first commit"), "{before}");
    let ann = sandbox.clone(&server.path, "ann");
    ann.plant(
        "workflow_config:
  mode: commit
  git: {executor: server, canonical: main}
  actions: {act: {run: \"true\"}}
  triggers:
    - {name: done, event: task.status.updated, actions: [act]}
",
    );
    ann.commit_all("Start");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    server.tm(&["sync"]);
    ann.mark(THREE, "pending", "done");
    ann.commit_all("Three is done");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    let waits = server.tm(&["status"]);
    assert!(waits.contains("on main, processed up to ") && !waits.contains("up to HEAD"), "{waits}");
    server.tm(&["sync"]);
    let status = server.tm(&["status"]);
    for line in [
        "mode commit",
        "on main, processed up to HEAD",
        "shared branch: main",
        "1 effect waits in the outbox; ",
        "5 tasks: ",
    ] {
        assert!(status.contains(line), "{line}: {status}");
    }
    assert!(status.contains("hooks install --server") && !status.contains("hooks install --mode"), "{status}");
    server.tm(&["hooks", "install", "--server"]);
    let status = server.tm(&["status"]);
    assert!(status.contains("the server's hook is active, mode commit"), "{status}");
    let json: serde_json::Value = serde_json::from_str(&server.tm(&["--json", "status"])).unwrap();
    assert_eq!(json.get("effects_waiting"), Some(&1.into()), "{json}");
}
