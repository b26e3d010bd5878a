use std::fs;
use std::process::Command;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, THREE};
use super::{acting, allow, drain, effects, fire, text};

/// An action that says that it has run, in a group of that policy.
fn grouped(name: &str, policy: &str) -> String {
    format!("    {name}: {{group: deploy, group_policy: {policy}, run: \"echo {name} $TASKMASTER_TASK >> ../ran\"}}")
}

/// The states and reasons of all effects, the first recorded first, keys as they are.
fn told(repo: &Repo<'_>) -> Vec<(String, String, String)> {
    let text = |effect: &serde_json::Value, name: &str| effect[name].as_str().unwrap().to_owned();
    effects(repo).iter().map(|one| (text(one, "key"), text(one, "state"), text(one, "reason"))).collect()
}

#[test]
fn a_new_one_takes_the_place_of_those_that_wait() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &grouped("act", "replace"), "act", "");
    fire(&repo);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("One is done");
    let told = told(&repo);
    let by = format!("replaced by {} of its group `deploy`", &told[1].0[..12]);
    assert_eq!((told[0].1.as_str(), told[0].2.as_str(), told[1].1.as_str()), ("skipped", by.as_str(), "waiting"));
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "act 1\n");
    assert!(repo.tm(&["outbox", "list", "--all"]).contains("replaced by "), "it can be seen");
}

#[test]
fn a_new_one_is_left_out_while_one_waits() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &grouped("act", "skip"), "act", "");
    fire(&repo);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("One is done");
    let told = told(&repo);
    let why = format!("left out: of its group `deploy` {} waits", &told[0].0[..12]);
    assert_eq!((told[0].1.as_str(), told[1].1.as_str(), told[1].2.as_str()), ("waiting", "skipped", why.as_str()));
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "act 3\n");
    // Now none waits, and the next one is taken.
    repo.tm(&["deny"]);
    repo.mark(THREE, "done", "pending");
    repo.commit_all("Again");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!(text(&repo, "ran"), "act 3\nact 3\n");
}

#[test]
fn a_new_one_is_left_out_while_one_runs_and_replaces_none_that_runs() {
    for (policy, ran, state) in [("skip", "act 3\n", "skipped"), ("replace", "act 3\nact 1\n", "sent")] {
        let sandbox = Sandbox::new();
        // It says that it has begun, and goes on when it is told to.
        let action = format!(
            "    act: {{group: deploy, group_policy: {policy}, timeout: 20, run: \"echo > ../begun; cat ../go; echo act $TASKMASTER_TASK >> ../ran\"}}"
        );
        let repo = acting(&sandbox, &action, "act", "");
        for pipe in ["begun", "go"] {
            let made = Command::new("mkfifo").arg(sandbox.path().join(pipe)).status().unwrap();
            assert!(made.success());
        }
        fire(&repo);
        std::thread::scope(|scope| {
            let drained = scope.spawn(|| {
                allow(&repo);
                drain(&repo);
            });
            fs::read(sandbox.path().join("begun")).unwrap();
            repo.mark(ONE, "pending", "done");
            repo.commit_all("One is done");
            assert_eq!(effects(&repo)[0]["state"], "running");
            let found = told(&repo);
            if policy == "skip" {
                assert!(found[1].2.starts_with("left out: of its group `deploy`") && found[1].2.ends_with(" runs"));
            }
            fs::write(sandbox.path().join("go"), "").unwrap();
            if policy == "replace" {
                fs::read(sandbox.path().join("begun")).unwrap();
                fs::write(sandbox.path().join("go"), "").unwrap();
            }
            drained.join().unwrap();
        });
        assert_eq!((text(&repo, "ran").as_str(), effects(&repo)[1]["state"].as_str()), (ran, Some(state)), "{policy}");
    }
}

#[test]
fn each_of_one_commit_meets_those_before_it() {
    let sandbox = Sandbox::new();
    let actions =
        [grouped("first", "queue"), grouped("second", "queue"), grouped("third", "replace"), grouped("fourth", "skip")];
    let repo = acting(&sandbox, &actions.join("\n"), "first, second, third, fourth", "");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!(text(&repo, "ran"), "third 3\n");
    // Another group is nobody's concern.
    let sandbox = Sandbox::new();
    let actions = [grouped("first", "queue"), grouped("second", "skip").replace("deploy", "other")];
    let repo = acting(&sandbox, &actions.join("\n"), "first, second", "");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 2);
}

#[test]
fn rules_that_nobody_has_allowed_replace_nothing_that_is() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &grouped("act", "replace"), "act", "");
    fire(&repo);
    allow(&repo);
    // Somebody else's version of the file.
    repo.replace(super::super::scenery::WORKFLOW_FILE, "  actions:\n", "  # changed\n  actions:\n");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("One is done");
    assert_eq!(told(&repo).iter().map(|one| one.1.as_str()).collect::<Vec<_>>(), ["waiting", "waiting"]);
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "act 3\n");
}
