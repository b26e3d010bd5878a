//! A watcher whose turn it is not, or who cannot do what it should: it says so once, and comes again.

use std::fs;

use super::Watch;
use crate::outbox::leave::{holding, waiting_run};
use crate::outbox::{acting, allow, effect, fire};
use crate::sandbox::Sandbox;

#[test]
fn whoever_finds_somebody_else_at_it_says_who_and_comes_again() {
    let (server, coming, go) = holding("503 Busy\r\nRetry-After: 1");
    let sandbox = Sandbox::new();
    let actions = format!("    act: {{webhook: {{url: \"{}\"}}, timeout: 100}}", server.url);
    let repo = acting(&sandbox, &actions, "act", "");
    fire(&repo);
    allow(&repo);
    let mut run = waiting_run(&repo);
    coming.recv().unwrap();
    let mut watch = Watch::over(&repo, &[]);
    let elsewhere = watch.until("elsewhere");
    let who = format!("taskmaster outbox run, process {}", run.id());
    assert_eq!(elsewhere["reason"], who.as_str(), "{elsewhere}");
    // The other one is gone before it has heard an answer: what is left is the watcher's.
    run.kill().unwrap();
    run.wait().unwrap();
    go.send(()).unwrap();
    let parked = watch.until_one("effect", |line| line["effect"]["state"] != "waiting");
    assert_eq!(parked["effect"]["state"], "parked", "{parked}");
    assert_eq!(watch.count("elsewhere"), 1, "{:#?}", watch.said);
    watch.end();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_cannot_be_read_is_said_once_and_looked_at_again() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"true\"}", "act", "");
    fire(&repo);
    allow(&repo);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    let state = repo.path.join(format!(".git/taskmaster/outbox/state/{key}.json"));
    let text = fs::read(&state).unwrap();
    fs::remove_file(&state).unwrap();
    fs::create_dir(&state).unwrap();
    let mut watch = Watch::over(&repo, &[]);
    let failed = watch.until("failed");
    assert!(failed["reason"].as_str().is_some_and(|why| why.contains(&format!("state/{key}.json"))), "{failed}");
    fs::remove_dir(&state).unwrap();
    fs::write(&state, text).unwrap();
    watch.until_one("effect", |line| line["effect"]["state"] == "sent");
    assert_eq!(watch.count("failed"), 1, "{:#?}", watch.said);
    watch.end();
}
