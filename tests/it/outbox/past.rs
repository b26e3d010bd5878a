use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::{acting, allow, drain, effect, effects, fire, text};

/// Every file in the outbox.
fn files(repo: &Repo<'_>, folder: &str) -> Vec<std::path::PathBuf> {
    let folder = repo.path.join(".git/taskmaster/outbox").join(folder);
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// As if all had been so for forty days.
fn age(repo: &Repo<'_>) {
    let then = SystemTime::now() - Duration::from_hours(40 * 24);
    for path in files(repo, "state") {
        fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
    }
}

#[test]
fn what_is_through_with_for_long_leaves_its_key_alone() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}\n    bad: {run: \"exit 1\"}", "act, bad", "");
    let before = repo.head();
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!((files(&repo, "intents").len(), text(&repo, "ran").as_str()), (2, "ran\n"));
    drain(&repo);
    assert_eq!(files(&repo, "state").len(), 2, "it is too new");
    age(&repo);
    drain(&repo);
    // What was given up waits for a person.
    let left = effect(&repo);
    assert_eq!((left["state"].as_str(), left["action"].as_str()), (Some("dead"), Some("bad")), "{left}");
    assert_eq!(files(&repo, "past").len(), 1);
    // The same history once more sends nothing once more.
    repo.tm(&["sync", "--since", &before]);
    drain(&repo);
    assert_eq!((effects(&repo).len(), text(&repo, "ran").as_str()), (1, "ran\n"));
    assert_eq!(repo.try_tm(&["doctor"]).stdout.matches("effect ").count(), 0);
}

const LOGS: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  triggers:
    - {name: done, event: task.status.updated, actions: [log_error]}
";

#[test]
fn lines_of_the_log_leave_nothing_for_ever_and_nothing_for_others() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, LOGS);
    let before = repo.head();
    fire(&repo);
    let made: Vec<_> = ["intents", "state"].iter().flat_map(|folder| files(&repo, folder)).collect();
    assert_eq!(made.len(), 2);
    for path in made {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    let lines = || {
        fs::read_to_string(repo.path.join(".git/taskmaster/log/workflow.jsonl")).unwrap().matches("log-entry").count()
    };
    assert_eq!(lines(), 1);
    age(&repo);
    // Nobody carries anything out here: whoever writes a line makes room.
    repo.mark(super::THREE, "done", "pending");
    repo.commit_all("Once more");
    assert_eq!((files(&repo, "state").len(), files(&repo, "past").len(), lines()), (1, 1, 2));
    repo.tm(&["sync", "--since", &before]);
    assert_eq!(lines(), 2, "no line is written again");
}
