use std::time::{SystemTime, UNIX_EPOCH};

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::server::Server;
use super::{acting, allow, drain, drain_with, effect, effects, fire, standing, text};

/// A repository with one command that fails each time, under these settings of `execution`.
fn failing<'a>(sandbox: &'a Sandbox, execution: &str) -> Repo<'a> {
    let repo = planted_with(
        sandbox,
        &format!(
            "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  execution: {{{execution}}}\n  actions:\n\
             \x20   act: {{idempotent: true, run: \"echo tried >> ../tries; exit 1\"}}\n  triggers:\n\
             \x20   - {{name: done, event: task.status.updated, actions: [act]}}\n"
        ),
    );
    fire(&repo);
    allow(&repo);
    repo
}

#[test]
fn a_failure_is_tried_again_as_the_settings_say() {
    for (execution, tries) in [
        ("retry_delay: 0, retry_failed_workflows: false, max_retry_attempts: 5", 1),
        ("retry_delay: 0, retry_failed_workflows: true, max_retry_attempts: 5", 6),
        ("retry_delay: 0, max_retry_attempts: 1", 2),
        ("retry_delay: 0", 4),
    ] {
        let sandbox = Sandbox::new();
        let repo = failing(&sandbox, execution);
        drain_with(&repo, &["--wait"], &[]);
        assert_eq!(text(&repo, "tries").lines().count(), tries, "{execution}");
        assert_eq!(standing(&repo).0, "dead");
    }
}

#[test]
fn what_failed_waits_before_it_is_tried_again() {
    let sandbox = Sandbox::new();
    let repo = failing(&sandbox, "retry_delay: 86400");
    drain(&repo);
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let at = effect(&repo)["not_before"].as_u64().unwrap();
    // Any time up to the delay, and no longer than a quarter of an hour.
    assert!(at <= now + 15 * 60 * 1000, "{now} {at}");
    assert_eq!(standing(&repo), ("waiting".to_owned(), "exit code 1".to_owned()));
    assert_eq!((drain(&repo)["later"].as_u64(), text(&repo, "tries").as_str()), (Some(1), "tried\n"));
}

#[test]
fn a_trigger_says_how_long_its_effects_may_take() {
    let sandbox = Sandbox::new();
    let repo = planted_with(
        &sandbox,
        "workflow_config:\n  mode: commit\n  git: {canonical: main}\n  actions:\n    act: {run: \"sleep 1000\"}\n\
         \x20   own: {run: \"sleep 1.5\", timeout: 60}\n  triggers:\n\
         \x20   - {name: done, event: task.status.updated, timeout: 1, actions: [act, own]}\n",
    );
    fire(&repo);
    allow(&repo);
    let run = drain(&repo);
    // What an action says of itself counts more.
    assert_eq!((&run["dead"], &run["sent"]), (&1.into(), &1.into()));
    let dead = effects(&repo).into_iter().find(|effect| effect["state"] == "dead").unwrap();
    assert_eq!(dead["reason"], "it took longer than 1 seconds, and was killed");
}

#[test]
fn a_run_ends_when_its_time_is_over() {
    let sandbox = Sandbox::new();
    let actions = "    first: {run: \"sleep 1000\"}\n    second: {run: \"echo second >> ../ran\"}";
    let repo = acting(&sandbox, actions, "first, second", ", max_concurrent_workflows: 1, workflow_timeout: 1");
    fire(&repo);
    allow(&repo);
    let run = drain_with(&repo, &["--wait"], &[]);
    assert_eq!((&run["dead"], &run["later"]), (&1.into(), &1.into()));
    assert_eq!(text(&repo, "ran"), "");
    // The next one has its own time.
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "second\n");
}

#[test]
fn nothing_is_begun_that_would_be_cut_short() {
    let sandbox = Sandbox::new();
    // The first takes more than half of the time.
    let actions = "    first: {run: \"sleep 2.5\"}\n    second: {run: \"echo second >> ../ran\"}";
    let repo = acting(&sandbox, actions, "first, second", ", max_concurrent_workflows: 1, workflow_timeout: 4");
    fire(&repo);
    allow(&repo);
    let run = drain_with(&repo, &["--wait"], &[]);
    assert_eq!((&run["later"], text(&repo, "ran").as_str()), (&1.into(), ""), "{run}");
    let second = effects(&repo).into_iter().find(|effect| effect["action"] == "second").unwrap();
    assert_eq!((&second["state"], &second["attempts"]), (&"waiting".into(), &0.into()), "{second}");
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(text(&repo, "ran"), "second\n");
}

#[test]
fn a_wait_that_is_cut_is_said() {
    let server = Server::answering(&["429 Too Many\r\nRetry-After: 180000"]);
    let sandbox = Sandbox::new();
    let actions = format!("    tell: {{webhook: {{url: \"{}\"}}, idempotent: true, retries: 2}}", server.url);
    let repo = acting(&sandbox, &actions, "tell", "");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    let (state, reason) = standing(&repo);
    assert!(state == "waiting" && reason.ends_with("; it asks for 50 hours, of which 24 are waited"), "{reason}");
}

#[test]
fn what_no_run_has_time_for_is_cut_to_what_is_left_and_says_both_limits() {
    let sandbox = Sandbox::new();
    let actions = "    first: {run: \"sleep 1000\", timeout: 500, idempotent: true, retries: 1}";
    let repo = acting(&sandbox, actions, "first", ", workflow_timeout: 1");
    fire(&repo);
    allow(&repo);
    // It is tried as often as it says, each time for as long as a run takes, and then given up.
    drain(&repo);
    let (state, reason) = standing(&repo);
    assert_eq!((state.as_str(), effect(&repo)["attempts"].as_u64()), ("waiting", Some(1)), "{reason}");
    assert!(
        reason.contains("was killed; an attempt at it may take 500 seconds, and was cut to what was left of the 1 seconds of `execution.workflow_timeout`"),
        "{reason}"
    );
    drain(&repo);
    assert_eq!(standing(&repo).0, "dead", "{:?}", standing(&repo));
}
