//! A command whose run was killed goes on by itself.

use std::fs;
use std::process::{Child, Stdio};

use super::super::sandbox::{Repo, Sandbox, sealed};
use super::{acting, allow, beside, drain, drain_with, effects, fire, text};

/// A run of the outbox, by itself.
fn begin(repo: &Repo<'_>) -> Child {
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut command =
        sealed(repo.sandbox.path(), &repo.path, program, &["outbox", "run", "--wait"], "1760000000 +0000", &[]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Pipes beside the repository, by which a command and the test wait for each other.
fn pipes(repo: &Repo<'_>, names: &[&str]) {
    for name in names {
        assert_eq!(repo.sandbox.run(repo.sandbox.path(), "mkfifo", &[name], &[]).code, 0);
    }
}

fn states(repo: &Repo<'_>) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    effects(repo).iter().map(|effect| (text(&effect["action"]), text(&effect["state"]))).collect()
}

fn pairs(states: [(&str, &str); 2]) -> Vec<(String, String)> {
    states.map(|(action, state)| (action.to_owned(), state.to_owned())).to_vec()
}

#[test]
fn the_next_of_its_group_waits_for_what_a_killed_run_has_left_running() {
    let sandbox = Sandbox::new();
    let actions = "    first: {group: a, run: \"echo begun > ../begun; read x < ../gate; echo first >> ../ran; echo done > ../done\"}\n\
                   \x20   second: {group: a, run: \"echo second >> ../ran\"}";
    let repo = acting(&sandbox, actions, "first, second", "");
    pipes(&repo, &["begun", "gate", "done"]);
    fire(&repo);
    allow(&repo);
    let mut run = begin(&repo);
    assert_eq!(text(&repo, "begun"), "begun\n");
    run.kill().unwrap();
    run.wait().unwrap();
    let ran = drain(&repo);
    assert_eq!((&ran["sent"], &ran["parked"], text(&repo, "ran").as_str()), (&0.into(), &0.into(), ""), "{ran}");
    assert!(ran["held"][0].as_str().unwrap().contains("still runs"), "{ran}");
    assert_eq!(states(&repo), pairs([("first", "running"), ("second", "waiting")]));
    fs::write(beside(&repo, "gate"), "go\n").unwrap();
    assert_eq!(text(&repo, "done"), "done\n");
    let ran = drain_with(&repo, &["--wait"], &[]);
    assert_eq!((&ran["sent"], &ran["parked"], text(&repo, "ran").as_str()), (&1.into(), &1.into(), "first\nsecond\n"));
    assert_eq!(states(&repo), pairs([("first", "parked"), ("second", "sent")]));
}

#[test]
fn what_is_left_running_is_ended_when_its_time_is_over() {
    let sandbox = Sandbox::new();
    let actions = "    first: {group: a, timeout: 4, run: \"echo $$ > ../begun; sleep 1000\"}\n\
                   \x20   second: {group: a, run: \"echo second >> ../ran\"}";
    let repo = acting(&sandbox, actions, "first, second", "");
    pipes(&repo, &["begun"]);
    fire(&repo);
    allow(&repo);
    let mut run = begin(&repo);
    let process = text(&repo, "begun");
    run.kill().unwrap();
    run.wait().unwrap();
    let ran = drain_with(&repo, &["--wait"], &[]);
    assert_eq!(
        (&ran["sent"], &ran["parked"], text(&repo, "ran").as_str()),
        (&1.into(), &1.into(), "second\n"),
        "{ran}"
    );
    assert!(super::run::is_gone(process.trim()));
}
