//! What is sent for an event from outside: once what follows from it is kept, and from whichever branch.

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::super::scenery::THREE;
use super::server::Server;
use super::{allow, drain_with, effects, standing};

const RULES: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  execution: {retry_delay: 0}
  notifications: {channels: [{type: slack, url: \"${HOOK}\"}]}
  triggers:
    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}, send_notifications]}
    - {name: broken, event: deployment.failure, actions: [create_incident_task, send_alert]}
    - {name: changed, event: task.status.updated, conditions: [{field: new, operator: equals, value: cancelled}], actions: [send_alert]}
";
const EMIT: [&str; 6] = ["emit", "deployment.success", "--task", "3", "--id", "7-live"];

fn ready(sandbox: &Sandbox) -> Repo<'_> {
    let repo = planted_with(sandbox, RULES);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    repo
}

#[test]
fn an_emit_that_is_refused_sends_nothing() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    repo.mark(THREE, "pending", "blocked");
    repo.git(&["add", "-A"]);
    let refused = repo.try_tm(&EMIT);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert_eq!(effects(&repo), Vec::<serde_json::Value>::new(), "what was recorded is taken back");
    allow(&repo);
    drain_with(&repo, &["--wait"], &[("HOOK", &server.url)]);
    assert_eq!(server.asked().len(), 0);
    repo.tm(&["deny"]);
    repo.git(&["reset", "-q", "--hard"]);
    let ran = repo.try_tm(&EMIT);
    assert_eq!(ran.code, 0, "{ran:?}");
    allow(&repo);
    drain_with(&repo, &["--wait"], &[("HOOK", &server.url)]);
    assert_eq!((server.asked().len(), standing(&repo).0.as_str()), (1, "sent"));
}

#[test]
fn invariant_14_nothing_is_sent_before_what_follows_is_kept() {
    let server = Server::answering(&["200 OK"]);
    let mut seen = 0;
    // Each step has a point before it and one behind.
    for point in (1..).step_by(2) {
        let sandbox = Sandbox::new();
        let repo = ready(&sandbox);
        let (trace, at) = (sandbox.path().join("trace"), point.to_string());
        let environment = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", at.as_str())];
        let ran = sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &EMIT, &environment);
        let was_killed = ran.code == -1;
        allow(&repo);
        if was_killed {
            let was_kept = repo.engine_commits() > 0;
            let early = drain_with(&repo, &["--wait"], &[("HOOK", &server.url)]);
            assert_eq!(early["sent"] == 1, was_kept, "{point}: {early}");
            repo.tm(&["deny"]);
            let again = repo.try_tm(&EMIT);
            assert_eq!(again.code, 0, "{point}: {again:?}");
            allow(&repo);
        }
        drain_with(&repo, &["--wait"], &[("HOOK", &server.url)]);
        assert_eq!((server.asked().len() - seen, standing(&repo).0.as_str()), (1, "sent"), "{point}: {ran:?}");
        seen = server.asked().len();
        if !was_killed {
            return;
        }
    }
}

#[test]
fn what_has_happened_outside_is_sent_from_whichever_branch() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    repo.git(&["switch", "-q", "-c", "develop"]);
    let ran = repo.try_tm(&EMIT);
    assert_eq!((ran.code, repo.status(THREE).as_str()), (0, "done"), "{ran:?}");
    repo.git(&["switch", "-q", "main"]);
    allow(&repo);
    drain_with(&repo, &["--wait"], &[("HOOK", &server.url)]);
    assert_eq!((server.asked().len(), standing(&repo).0.as_str()), (1, "sent"));
}

#[test]
fn what_is_made_on_the_shared_branch_alone_is_said_and_made_there() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let tasks = || repo.tm(&["list"]).lines().count();
    let before = tasks();
    repo.git(&["switch", "-q", "-c", "develop"]);
    let emit = || repo.try_tm(&["emit", "deployment.failure", "--id", "8"]);
    let ran = emit();
    assert_eq!((ran.code, tasks(), effects(&repo).len()), (1, before, 1), "{ran:?}");
    let said = "not done here: create_incident_task: tasks and reports are made on the branch `main` only; hand the event \
                in there, with the same data: taskmaster emit deployment.failure --id 8\n";
    assert!(ran.stderr.ends_with(said), "{ran:?}");
    repo.git(&["switch", "-q", "main"]);
    let there = emit();
    assert_eq!((there.code, tasks(), effects(&repo).len()), (0, before + 1, 1), "{there:?}");
    assert!(emit().stderr.contains("was handled already"));
}

#[test]
fn where_nobody_knows_the_shared_branch_what_is_left_out_says_so() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, &RULES.replace("  git: {canonical: main}\n", ""));
    repo.git(&["branch", "-q", "topic"]);
    repo.git(&["branch", "-q", "-m", "main", "develop"]);
    let before = repo.tm(&["list"]);
    let ran = repo.try_tm(&["emit", "deployment.failure", "--id", "8"]);
    let said = "not done here: create_incident_task: tasks and reports are made on the shared branch only, and which one \
                that is is not known: write git.canonical\n";
    assert!(ran.code == 1 && ran.stderr.ends_with(said), "{ran:?}");
    assert_eq!(repo.tm(&["list"]), before);
}

#[test]
fn what_waits_for_the_shared_branch_is_said() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    repo.tm(&["sync"]);
    repo.git(&["switch", "-q", "-c", "develop"]);
    repo.mark(THREE, "pending", "cancelled");
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "Cancelled"]);
    let ran = repo.try_tm(&["sync"]);
    let said = "1 effect of this branch is not sent yet: once it is merged into the shared one, from there\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (0, said), "{ran:?}");
}

#[test]
fn a_dry_run_renders_every_message() {
    let sandbox = Sandbox::new();
    let repo = ready(&sandbox);
    let emit = [&EMIT[..], &["-n", "--data", r#"{"environment": "production", "run": {"id": 7}}"#]].concat();
    let shown = repo.try_tm(&emit);
    let text = "deployment.success (environment: production, run: {\"id\":7})\n";
    assert!(shown.stdout.contains("    to ") && shown.stdout.contains(text), "{shown:?}");
    let shown = repo.try_tm(&["set-status", "3", "cancelled", "-n"]);
    assert!(shown.stdout.contains("    to ") && shown.stdout.contains("pending -> cancelled\n"), "{shown:?}");
    assert_eq!(effects(&repo).len(), 0);
}

#[test]
fn a_mode_that_only_looks_says_what_would_be_sent() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, &RULES.replace("mode: commit", "mode: observe"));
    repo.tm(&["hooks", "install"]);
    repo.mark(THREE, "pending", "cancelled");
    let ran = repo.commit_all("Cancelled");
    let said = "taskmaster: would be sent or run: 1 effect, and is not: mode observe (which: taskmaster explain)\n";
    assert!(ran.stderr.contains(said), "{ran:?}");
}
