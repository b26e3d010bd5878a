//! Effects of commits that are rewritten, taken back or pruned before they are carried out; and commands that cause
//! one another.

use serde_json::Value;

use super::super::sandbox::{Repo, Sandbox};
use super::server::Server;
use super::{acting, allow, drain, drain_with, effect, effects, fire, standing, text};

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

/// Rewrites history at another time, and nothing else in it.
#[track_caller]
fn rewrite_at(repo: &Repo<'_>, time: &str, arguments: &[&str]) {
    let before = repo.head();
    let ran = repo.sandbox.run(&repo.path, "git", arguments, &[("GIT_COMMITTER_DATE", time)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_ne!(repo.head(), before, "{arguments:?}");
}

/// Carries out what waits, by a leave for once: nobody is set off who does it meanwhile.
#[track_caller]
fn send(repo: &Repo<'_>) {
    let shown: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    drain_with(repo, &["--allow", shown["hash"].as_str().unwrap()], &[]);
}

/// All commits behind the first are looked at again: nothing would follow, and nothing is added.
#[track_caller]
fn sync_all(repo: &Repo<'_>, root: &str) {
    let shown = repo.try_tm(&["sync", "-n", "--since", root]);
    assert!(shown.stderr.contains("nothing would follow") && !shown.stdout.contains("webhook"), "{shown:?}");
    repo.tm(&["sync", "--since", root]);
    send(repo);
}

#[test]
fn invariant_11_a_named_range_sends_nothing_again_for_rewritten_commits() {
    for rewrite in [
        &["commit", "-q", "--amend", "-m", "In other words"][..],
        &["rebase", "-q", "--force-rebase", "HEAD~1"],
        &["rebase", "-q", "--force-rebase", "--root"],
    ] {
        for action in ["{webhook: {url: \"URL\"}}", "{run: \"curl -s URL\"}"] {
            let server = Server::answering(&["200 OK"]);
            let sandbox = Sandbox::new();
            let action = action.replace("curl -s URL", "echo ran >> ../ran").replace("URL", &server.url);
            let repo = acting(&sandbox, &format!("    act: {action}"), "act", "");
            let root = || repo.git(&["rev-list", "--max-parents=0", "HEAD"]).trim().to_owned();
            let sent = || server.asked().len() + text(&repo, "ran").lines().count();
            fire(&repo);
            send(&repo);
            assert_eq!(sent(), 1);
            for time in ["2025-03-01T12:00:00Z", "2025-03-02T12:00:00Z"] {
                rewrite_at(&repo, time, rewrite);
                sync_all(&repo, &root());
                assert_eq!((sent(), effects(&repo).len()), (1, 1), "{rewrite:?} {action}");
            }
            // The same again is another event, whenever that was.
            repo.mark(crate::scenery::THREE, "done", "pending");
            repo.commit_all("Open");
            fire(&repo);
            send(&repo);
            assert_eq!(sent(), 2, "{rewrite:?} {action}");
            rewrite_at(&repo, "2025-03-03T12:00:00Z", &["rebase", "-q", "--force-rebase", "HEAD~2"]);
            sync_all(&repo, &root());
            assert_eq!((sent(), effects(&repo).len()), (2, 2), "{rewrite:?} {action}");
        }
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
