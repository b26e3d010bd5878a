use std::fs;

use super::super::sandbox::Sandbox;
use super::server::Server;
use super::{acting, allow, beside, drain, effects, fire, standing, text};

/// Kills a run of the outbox at each of its points in turn; then another run goes on.
fn at_every_point(actions: &str, mut check: impl FnMut(usize, &super::Repo<'_>, bool)) {
    for point in 1.. {
        let sandbox = Sandbox::new();
        let repo = acting(&sandbox, actions, "act", "");
        fire(&repo);
        allow(&repo);
        let trace = beside(&repo, "trace");
        let at = point.to_string();
        let environment = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", at.as_str())];
        let ran = sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &["outbox", "run"], &environment);
        let was_killed = ran.code == -1;
        assert!(was_killed || fs::read_to_string(&trace).unwrap().lines().count() < point, "{ran:?}");
        drain(&repo);
        check(point, &repo, was_killed);
        if !was_killed {
            assert!(point > 8, "only {point} points");
            return;
        }
    }
}

#[test]
fn invariant_08_a_request_that_may_be_repeated_is_with_the_same_key() {
    let server = Server::answering(&["200 OK"]);
    let mut seen = 0;
    let mut twice = 0;
    at_every_point(
        &format!("    act: {{webhook: {{url: \"{}\"}}, idempotent: true}}", server.url),
        |point, repo, _| {
            assert_eq!(standing(repo).0, "sent", "{point}");
            let asked = server.asked();
            let news = &asked[seen..];
            let key = effects(repo)[0]["key"].as_str().unwrap().to_owned();
            assert!(matches!(news.len(), 1 | 2), "{point}: {news:?}");
            assert!(news.iter().all(|request| request.header("webhook-id") == Some(&key)), "{point}");
            twice += usize::from(news.len() == 2);
            seen = asked.len();
        },
    );
    assert!(twice > 0, "no kill came between the answer and the note of it");
}

#[test]
fn invariant_08_a_command_that_may_not_be_repeated_is_run_at_most_once() {
    let mut parked = 0;
    at_every_point("    act: {run: \"echo ran >> ../ran\"}", |point, repo, _| {
        let ran = text(repo, "ran").lines().count();
        let (state, reason) = standing(repo);
        match state.as_str() {
            "sent" => assert_eq!(ran, 1, "{point}"),
            "parked" => {
                assert!(ran <= 1 && reason.contains("might do it twice"), "{point}: {ran} {reason}");
                parked += 1;
                let status = repo.tm(&["status"]);
                assert!(status.contains("1 effect is left to you"), "{status}");
            }
            other => panic!("{point}: {other} {reason}"),
        }
    });
    assert!(parked > 0);
}

#[test]
fn two_runs_at_once_carry_nothing_out_twice() {
    let sandbox = Sandbox::new();
    // The first one waits for the second to have been turned away.
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let repo = acting(
        &sandbox,
        &format!("    act: {{run: \"echo ran >> ../ran; '{program}' outbox run 2> ../second; echo $? >> ../second\"}}"),
        "act",
        "",
    );
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "ran\n");
    let second = text(&repo, "second");
    assert!(
        second.contains("somebody else is at it: taskmaster outbox run, process") && second.ends_with("4\n"),
        "{second}"
    );
}
