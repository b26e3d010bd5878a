use std::fs;

use super::super::ci::shared;
use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{executable, script};
use super::leave::{holding, waiting_run};
use super::server::Server;
use super::{allow, drain_with, effects, standing};

/// Rules by which a deployment sends a message, and does this before.
fn rules(more: &str) -> String {
    format!(
        "workflow_config:
  mode: commit
  git: {{canonical: main}}
  execution: {{retry_delay: 0}}
  notifications: {{channels: [{{type: slack, url: \"${{HOOK}}\"}}]}}
  triggers:
    - {{name: deployed, event: deployment.success, actions: [{more}send_notifications]}}
"
    )
}

const EDITS: &str = "{set_status: {status: done}}, ";
const EMIT: [&str; 7] = ["emit", "deployment.success", "--task", "3", "--id", "7-live", "--push"];

fn open_network(repo: &Repo<'_>) {
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
}

#[test]
fn of_several_clones_with_the_same_event_one_sends() {
    for more in [EDITS, ""] {
        let server = Server::answering(&["200 OK"]);
        let sandbox = Sandbox::new();
        let (bare, ann) = shared(&sandbox, &rules(more));
        let clones = ["one", "two", "three"].map(|name| sandbox.clone(&bare, name));
        let [first, others @ ..] = &clones;
        let ran = first.try_tm(&EMIT);
        assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
        for other in others {
            let ran = other.try_tm(&EMIT);
            assert!(ran.code == 0 && ran.stderr.contains("was handled already (commit "), "{ran:?}");
            assert!(ran.stderr.contains("1 effect was recorded here and will not be sent"), "{ran:?}");
        }
        for clone in &clones {
            open_network(clone);
            allow(clone);
            drain_with(clone, &["--wait"], &[("HOOK", &server.url)]);
        }
        assert_eq!(server.asked().len(), 1, "{more:?}");
        assert_eq!(standing(first).0, "sent");
        for other in others {
            let (state, reason) = standing(other);
            assert!(state == "skipped" && reason.contains("was pushed first"), "{reason}");
        }
        ann.git(&["pull", "-q"]);
        assert_eq!(ann.git(&["rev-list", "--count", "HEAD"]), "2", "one commit for the event");
        assert_eq!((ann.tm(&["sync"]), ann.dirt().as_str()), (String::new(), ""), "nothing follows from it");
    }
}

#[test]
fn what_was_not_pushed_is_not_sent_and_is_once_it_was() {
    for by_hand in [true, false] {
        let server = Server::answering(&["200 OK"]);
        let sandbox = Sandbox::new();
        let (_, ann) = shared(&sandbox, &rules(EDITS));
        open_network(&ann);
        let protection = sandbox.path().join("shared.git/hooks/pre-receive");
        executable(&protection, "#!/bin/sh\nexit 1\n");
        assert_eq!(ann.try_tm(&EMIT).code, 3);
        allow(&ann);
        let run = drain_with(&ann, &["--wait"], &[("HOOK", &server.url)]);
        assert_eq!((&run["sent"], &run["off_branch"], server.asked().len()), (&0.into(), &1.into(), 0), "{run}");
        assert_eq!(standing(&ann), ("waiting".to_owned(), "it waits for the push to origin/main".to_owned()));
        ann.tm(&["deny"]);
        fs::remove_file(&protection).unwrap();
        if by_hand {
            ann.git(&["push", "-q"]);
        } else {
            let ran = ann.try_tm(&EMIT);
            assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
            assert_eq!(standing(&ann), ("waiting".to_owned(), "it was not tried yet".to_owned()));
        }
        allow(&ann);
        let run = drain_with(&ann, &["--wait"], &[("HOOK", &server.url)]);
        assert_eq!((&run["sent"], server.asked().len()), (&1.into(), 1), "{run}");
    }
}

#[test]
fn an_event_that_is_pushed_while_a_run_goes_on_is_sent_by_that_run() {
    let (server, coming, go) = holding("200 OK");
    let sandbox = Sandbox::new();
    let (_, ann) = shared(&sandbox, &rules(EDITS).replace("${HOOK}", &server.url));
    open_network(&ann);
    ann.tm(&["emit", "deployment.success", "--task", "1", "--id", "first"]);
    allow(&ann);
    let mut run = waiting_run(&ann);
    coming.recv().unwrap();
    let ran = ann.try_tm(&EMIT);
    assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
    // Whose turn it is sees the push by itself; nobody else writes down what stands there.
    let waiting = effects(&ann).into_iter().find(|effect| effect["state"] == "waiting").unwrap();
    assert_eq!(waiting["reason"], "it waits for the push to origin/main");
    go.send(()).unwrap();
    run.wait().unwrap();
    assert_eq!(server.asked().len(), 2);
    assert!(effects(&ann).iter().all(|effect| effect["state"] == "sent"), "{:?}", effects(&ann));
}

#[test]
fn what_only_sends_says_what_becomes_of_it() {
    let sandbox = Sandbox::new();
    let (_, ann) = shared(&sandbox, &rules(""));
    let told = |id: &str| ann.try_tm(&["emit", "deployment.success", "--task", "3", "--id", id]).stderr;
    let first = told("a");
    assert!(first.contains("until you have seen and allowed it: taskmaster allow"), "{first}");
    let second = told("b");
    let wanted = "1 effect queued, for when you allow that: taskmaster allow, then taskmaster outbox run";
    assert!(second.contains(wanted), "{second}");
    allow(&ann);
    let third = told("c");
    assert!(third.contains("1 effect queued: a run of the outbox that goes on by itself carries it out"), "{third}");
    assert_eq!(effects(&ann).len(), 3);
    // The same of what a commit asks for.
    let sandbox = Sandbox::new();
    let changed = rules("").replace("deployment.success", "task.status.updated");
    let (_, ann) = shared(&sandbox, &changed);
    ann.tm(&["sync"]);
    for (task, said) in [
        (super::THREE, "until you have seen and allowed it"),
        (super::super::scenery::ONE, "1 effect queued, for when you allow that"),
    ] {
        ann.mark(task, "pending", "done");
        ann.commit_all("Done");
        let ran = ann.try_tm(&["sync"]);
        assert!(ran.stderr.contains(said) && !ran.stderr.contains("nothing follows"), "{ran:?}");
    }
    let ran = ann.try_tm(&["outbox", "show", "zzz"]);
    assert!(ran.code == 3 && ran.stderr.contains("`zzz` is no key of an effect"), "{ran:?}");
    assert!(ran.stderr.contains("taskmaster outbox list --all shows them"), "{ran:?}");
}

#[test]
fn invariant_14_an_emit_that_is_killed_and_begun_again_sends_once() {
    let server = Server::answering(&["200 OK"]);
    let mut seen = 0;
    // Each step has a point before it and one behind.
    for point in (1..).step_by(2) {
        let sandbox = Sandbox::new();
        let (_, ann) = shared(&sandbox, &rules(EDITS));
        open_network(&ann);
        let (trace, at) = (sandbox.path().join("trace"), point.to_string());
        let environment = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", at.as_str())];
        let ran = sandbox.run(&ann.path, env!("CARGO_BIN_EXE_taskmaster"), &EMIT, &environment);
        let was_killed = ran.code == -1;
        allow(&ann);
        if was_killed {
            // What was not pushed is not sent, whatever was recorded.
            let was_pushed =
                ann.git(&["ls-remote", "origin", "main"]).starts_with(&ann.head()) && ann.engine_commits() > 0;
            let early = drain_with(&ann, &["--wait"], &[("HOOK", &server.url)]);
            assert!(was_pushed || early["sent"] == 0, "{point}: {early}");
            ann.tm(&["deny"]);
            let again = ann.try_tm(&EMIT);
            assert_eq!(again.code, 0, "{point}: {again:?}");
            allow(&ann);
        }
        drain_with(&ann, &["--wait"], &[("HOOK", &server.url)]);
        assert_eq!((server.asked().len() - seen, standing(&ann).0.as_str()), (1, "sent"), "{point}: {ran:?}");
        seen = server.asked().len();
        assert_eq!(ann.engine_commits(), 1, "{point}");
        if !was_killed {
            assert!(point > 20, "only {point} points");
            return;
        }
    }
}

#[test]
fn a_run_that_comes_in_between_sends_nothing_twice() {
    let server = Server::answering(&["200 OK"]);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut seen = 0;
    for point in (1..).step_by(2) {
        let sandbox = Sandbox::new();
        let (_, ann) = shared(&sandbox, &rules(EDITS));
        open_network(&ann);
        let shown: serde_json::Value = serde_json::from_str(&ann.tm(&["allow", "-n", "--json"])).unwrap();
        let hash = shown["hash"].as_str().unwrap();
        let come = format!(
            "unset TASKMASTER_CRASH_TRACE TASKMASTER_CRASH_AT TASKMASTER_CRASH_RUN\ntouch ../came\n\
             HOOK={} '{program}' -C {} outbox run --allow {hash}",
            server.url,
            ann.path.display()
        );
        let (come, trace, at) = (script(&sandbox, "come", &come), sandbox.path().join("trace"), point.to_string());
        let environment = [
            ("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()),
            ("TASKMASTER_CRASH_AT", at.as_str()),
            ("TASKMASTER_CRASH_RUN", come.as_str()),
        ];
        let ran = sandbox.run(&ann.path, program, &EMIT, &environment);
        assert_eq!(ran.code, 0, "{point}: {ran:?}");
        drain_with(&ann, &["--allow", hash], &[("HOOK", &server.url)]);
        assert_eq!((server.asked().len() - seen, standing(&ann).0.as_str()), (1, "sent"), "{point}: {ran:?}");
        seen = server.asked().len();
        if !sandbox.path().join("came").exists() {
            assert!(point > 20, "only {point} points");
            return;
        }
    }
}
