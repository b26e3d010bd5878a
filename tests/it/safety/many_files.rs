//! More files at once than anybody could be told of one by one.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO};
use super::policy::Policy;

fn task(number: usize, status: &str) -> String {
    format!(
        "---\ntask_id: task_{number:05}\nsubtask_id: null\ntitle: Number {number}\nstatus: {status}\npriority: low\n\
         dependencies: []\n---\n\n# Number {number}\n"
    )
}

#[test]
fn case_37_tasks_in_new_folders_inside_each_other_are_all_seen() {
    const COUNT: usize = 400;
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        let path = |number: usize| match number % 3 {
            0 => format!(".taskmaster/context/task_{number:05}/task.md"),
            1 => format!(".taskmaster/context/a{number}/b/c/d/e/task_{number:05}/task.md"),
            _ => format!(".taskmaster/context/many/{}/task_{number:05}.md", number / 20),
        };
        for number in 100..100 + COUNT {
            repo.write(&path(number), task(number, "pending"));
        }
        let seen = format!("{} tasks: 0 errors, 0 warnings\n", COUNT + 5);
        assert_eq!(repo.tm(&["check"]), seen);
        repo.git(&["add", "-A"]);
        assert_eq!(repo.tm(&["check", "--index"]), seen);
        let ran = repo.commit_all("Many");
        assert!(!ran.stderr.contains("left out"), "{ran:?}");
        assert_eq!(repo.tm(&["check", "--at", "HEAD"]), seen);
        let events = |revision: &str, kind: &str| {
            repo.tm(&["events", revision, "--json"]).lines().filter(|line| line.contains(kind)).count()
        };
        assert_eq!(events("HEAD", "task.created"), COUNT);
        // All of them are changed at once, by a program that rings nowhere.
        for number in 100..100 + COUNT {
            repo.write(&path(number), task(number, "done"));
        }
        let folder = ".taskmaster/context/late/nested/task_09000";
        repo.write(&format!("{folder}/task.md"), task(9000, "pending"));
        repo.git(&["add", "-A"]);
        repo.quietly(&["commit", "-q", "-m", "All done"]);
        assert_eq!(events("HEAD", "task.status.updated"), COUNT);
        let ran = repo.try_tm(&["sync"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(repo.cursor() == repo.head(), policy == Policy::After || repo.engine_commits() == 0, "{ran:?}");
        let intents = std::fs::read_dir(repo.path.join(".git/taskmaster/outbox/intents")).map_or(0, Iterator::count);
        let each = usize::from(policy == Policy::After) * 2;
        assert!(intents >= COUNT * each / 2, "{policy:?}: {intents}: {ran:?}");
        assert_eq!(repo.dirt(), "");
    }
}

/// Two branches of the same tasks, pending on `main` and done on `many`, made without a checkout.
fn imported(repo: &Repo<'_>, workflow: &str, count: usize) {
    use std::fmt::Write as _;
    let mut stream = String::new();
    for (branch, status, from) in [("main", "pending", ""), ("many", "done", "from refs/heads/main\n")] {
        let message = format!("{status} all\n");
        let _ = write!(stream, "commit refs/heads/{branch}\ncommitter C <c@example.com> 1750000000 +0000\n");
        let _ = write!(stream, "data {}\n{message}{from}", message.len());
        let mut put = |path: &str, text: &str| {
            let _ = write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
        };
        put(".taskmaster/config/workflow.yaml", workflow);
        for number in 1..=count {
            put(&format!(".taskmaster/context/task_{number:05}/task.md"), &task(number, status));
        }
    }
    repo.write("../stream", stream);
    let ran = repo.sandbox.run(&repo.path, "sh", &["-c", "git fast-import --quiet <../stream"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn case_38_a_checkout_of_ten_thousand_files_rings_once_and_fires_nothing() {
    const COUNT: usize = 10_000;
    let sandbox = Sandbox::new();
    let source = sandbox.repository("source");
    imported(&source, &Policy::After.workflow(), COUNT);
    source.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    let repo = sandbox.clone(&source.path, "ann");
    repo.tm(&["hooks", "install"]);
    let rung = || {
        let log = std::fs::read_to_string(repo.path.join(".git/taskmaster/log/workflow.jsonl")).unwrap_or_default();
        log.lines().filter(|line| line.contains("\"taskmaster.run/1\"")).count()
    };
    let (before, main) = (rung(), repo.id("main"));
    let ran = repo.try_git(&["switch", "-q", "many"]);
    // A machine on which it takes longer than a hook may is let go on as well.
    let slow = ran.stderr.contains("longer than 5 seconds");
    assert!(ran.code == 0 && (slow || ran.stderr.is_empty()), "{ran:?}");
    assert!(slow || rung() == before + 1, "one ring");
    assert_eq!((repo.id("main"), repo.head()), (main, repo.id("origin/many")));
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""));
    assert!(!repo.path.join(".git/taskmaster/outbox/intents").exists());
    // The next commit there is about itself alone.
    repo.write("code.txt", "x");
    let ran = repo.commit_all("Code");
    assert!(!ran.stderr.contains("+1 commit"), "{ran:?}");
    assert_eq!(repo.engine_commits(), 0, "{ran:?}");
    assert!(!repo.path.join(".git/taskmaster/outbox/intents").exists());
}

/// Commits of one's own wait for a doorbell that may commit.
#[test]
fn case_38_a_checkout_of_ones_own_commits_fires_nothing() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.git(&["switch", "-q", "-c", "mine"]);
        for (path, old) in [(ONE, "pending"), (TWO, "blocked"), (THREE, "pending")] {
            repo.mark(path, old, "failed");
        }
        repo.quietly(&["commit", "-q", "-am", "All failed"]);
        let head = repo.head();
        for branch in ["main", "mine", "main", "mine"] {
            repo.git(&["switch", "-q", branch]);
            assert_eq!(repo.dirt(), "");
        }
        assert_eq!((repo.head(), repo.engine_commits()), (head, 0), "{policy:?}");
        assert!(!repo.path.join(".git/taskmaster/outbox/intents").exists(), "{policy:?}");
        repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
        policy.carry_out(&repo);
        assert!(repo.git(&["show", &format!("HEAD:{JSON}")]).contains("\"Three\",\n      \"status\": \"failed\""));
    }
}
