//! Effects of commits that are rewritten, taken back or pruned before they are carried out; and commands that cause
//! one another.

use serde_json::Value;

use super::super::sandbox::Sandbox;
use super::server::Server;
use super::{acting, allow, drain, effect, effects, fire, standing, text};

#[test]
fn what_a_commit_asked_for_that_is_taken_back_waits_until_it_is_there_again() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &format!("    act: {{webhook: {{url: \"{}\"}}}}", server.url), "act", "");
    fire(&repo);
    allow(&repo);
    let commit = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let run = drain(&repo);
    assert_eq!((&run["sent"], &run["off_branch"], server.asked().len()), (&0.into(), &1.into(), 0));
    assert_eq!(standing(&repo).0, "waiting");
    repo.git(&["reset", "-q", "--hard", commit.trim()]);
    let run = drain(&repo);
    assert_eq!((&run["sent"], &run["off_branch"], server.asked().len()), (&1.into(), &0.into(), 1));
}

#[test]
fn what_a_commit_asked_for_that_is_rewritten_is_done_once() {
    for rewrite in [
        &["commit", "-q", "--amend", "-m", "In other words"][..],
        &["commit", "-q", "--amend", "--reset-author", "-m", "By now"],
    ] {
        let server = Server::answering(&["200 OK"]);
        let sandbox = Sandbox::new();
        let repo = acting(&sandbox, &format!("    act: {{webhook: {{url: \"{}\"}}}}", server.url), "act", "");
        fire(&repo);
        let before = repo.git(&["rev-parse", "HEAD"]);
        repo.git(rewrite);
        assert_ne!(repo.git(&["rev-parse", "HEAD"]), before);
        allow(&repo);
        assert_eq!(drain(&repo)["sent"], 1, "{rewrite:?}: {:?}", standing(&repo));
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_doctor_who_skips_an_effect_keeps_what_came_of_it() {
    let server = Server::answering(&["503 Busy\r\nRetry-After: 1000"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &format!("    act: {{webhook: {{url: \"{}\"}}}}", server.url), "act", "");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    for gone in [&["update-ref", "-d", "refs/taskmaster/cursor/main"][..], &["update-ref", "-d", "ORIG_HEAD"]] {
        repo.git(gone);
    }
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "-q", "--prune=now"]);
    repo.try_tm(&["doctor", "--fix"]);
    assert_eq!(standing(&repo), ("skipped".to_owned(), "its commit is gone".to_owned()));
    let shown: Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "show", &key])).unwrap();
    assert_eq!((&shown["deliveries"][0]["receipt"]["status"], &shown["effect"]["attempts"]), (&503.into(), &1.into()));
}

#[test]
fn commands_that_cause_one_another_come_to_an_end() {
    let sandbox = Sandbox::new();
    let file = crate::scenery::THREE;
    // Each run opens the task again, and sets it done once more: an event like the one that has asked for it.
    let command = format!(
        "echo $TASKMASTER_DEPTH >> ../ran; sed -i 's/^status: .*/status: pending/' {file}; git commit -qam open; sed -i 's/^status: .*/status: done/' {file}; git commit -qam shut"
    );
    let repo = acting(&sandbox, &format!("    act: {{run: \"{command}\", retries: 0}}"), "act", "");
    fire(&repo);
    allow(&repo);
    for _ in 0..20 {
        drain(&repo);
    }
    assert_eq!(text(&repo, "ran").lines().collect::<Vec<_>>(), (1..=10).map(|n| n.to_string()).collect::<Vec<_>>());
    let cut: Vec<Value> = effects(&repo).into_iter().filter(|effect| effect["state"] == "skipped").collect();
    assert_eq!(cut.len(), 1, "{cut:#?}");
    assert_eq!(cut[0]["reason"], "ten commands have caused one another: the chain is cut here");
}
