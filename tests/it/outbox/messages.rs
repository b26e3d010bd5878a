use std::io::Write as _;

use serde_json::Value;

use super::super::sandbox::{Repo, Sandbox, planted_with, sealed};
use super::super::scenery::{ONE, THREE};
use super::server::Server;
use super::{acting, allow, drain_with, effect, effects, fire, receipt, standing};

/// A repository whose rules tell these channels of a task that is done.
pub(super) fn telling<'a>(sandbox: &'a Sandbox, channels: &str, more: &str) -> Repo<'a> {
    let repo = planted_with(
        sandbox,
        &format!(
            "workflow_config:
  mode: commit
  git: {{canonical: main, identity: {{name: Task Bot, email: bot@example.org}}}}
  execution: {{retry_delay: 0, max_retry_attempts: 1}}
{more}
  notifications:
    channels: [{channels}]
    templates: {{done: \"{{task_title}} <is> & done\"}}
  triggers:
    - name: done
      event: task.status.updated
      timeout: 2
      conditions: [{{field: status, operator: equals, value: done}}]
      actions: [send_notifications]
"
        ),
    );
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    repo.replace(THREE, "title: Three", "title: Three & <!here>");
    fire(&repo);
    allow(&repo);
    repo
}

#[test]
fn a_message_for_slack_is_posted_where_the_settings_say() {
    let common = Server::answering(&["200 OK"]);
    let own = Server::answering(&["200 OK"]);
    for (channel, endpoints, server, named) in [
        ("{type: slack, channel: \"#tasks\"}", "  endpoints: {slack_webhook: \"${COMMON}\"}", &common, Some("#tasks")),
        ("{type: slack, url: \"${OWN}\"}", "  endpoints: {slack_webhook: \"${COMMON}\"}", &own, None),
    ] {
        let sandbox = Sandbox::new();
        let repo = telling(&sandbox, channel, endpoints);
        drain_with(&repo, &[], &[("COMMON", &common.url), ("OWN", &own.url)]);
        assert_eq!(standing(&repo).0, "sent", "{:?}", standing(&repo));
        let asked = server.asked();
        assert_eq!(asked.len(), 1);
        let body: Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!(body["text"], "Three &amp; &lt;!here&gt; <is> & done");
        assert_eq!(body["channel"].as_str(), named);
    }
}

#[test]
fn slack_without_an_address_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: slack, channel: \"#tasks\"}", "");
    let run = drain_with(&repo, &[], &[]);
    let why = "the channel's `url`, and `endpoints.slack_webhook` for it, is missing: write it in the rules, commit them, and allow them (taskmaster allow)";
    assert_eq!((&run["held"][0], standing(&repo).0.as_str()), (&why.into(), "waiting"));
}

#[test]
fn a_channel_that_is_a_webhook_gets_the_event_at_its_address() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let repo = telling(&sandbox, "{type: webhook, url: \"${HOOK}\", secret: \"${KEY}\"}", "");
    drain_with(&repo, &[], &[("HOOK", &server.url), ("KEY", secret)]);
    let asked = server.asked();
    assert_eq!((asked.len(), standing(&repo).0.as_str()), (1, "sent"));
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!((&body["text"], &body["event"]["task"]), (&"Three & <!here> <is> & done".into(), &"3".into()));
    assert!(asked[0].header("webhook-signature").unwrap().starts_with("v1,"));
}

#[test]
fn a_channel_that_has_got_its_message_gets_no_second_one() {
    let good = Server::answering(&["200 OK"]);
    let bad = Server::answering(&["500 No", "200 OK"]);
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: webhook, url: \"${GOOD}\"}, {type: webhook, url: \"${BAD}\"}", "");
    drain_with(&repo, &["--wait"], &[("GOOD", &good.url), ("BAD", &bad.url)]);
    assert_eq!((good.asked().len(), bad.asked().len(), standing(&repo).0.as_str()), (1, 2, "sent"));
    let keys = [&good, &bad].map(|server| server.asked()[0].header("webhook-id").unwrap().to_owned());
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    assert_eq!(keys, [key.clone(), format!("{key}.1")]);
}

#[test]
fn what_may_have_happened_is_not_repeated_for_what_has_failed_beside_it() {
    for second in ["500 No", "held"] {
        // It takes the message, and hangs up without a word.
        let hanging = Server::with(|_, stream| drop(stream.shutdown(std::net::Shutdown::Both)));
        let good = Server::answering(&["500 No", "200 OK"]);
        let sandbox = Sandbox::new();
        let channels = "{type: slack, url: \"${BAD}\"}, {type: webhook, url: \"${GOOD}\"}";
        let repo = telling(&sandbox, channels, "");
        if second == "held" {
            drain_with(&repo, &[], &[("BAD", &hanging.url)]);
            assert_eq!(standing(&repo).0, "waiting", "{second}: {:?}", standing(&repo));
        }
        drain_with(&repo, &["--wait"], &[("BAD", &hanging.url), ("GOOD", &good.url)]);
        let (state, reason) = standing(&repo);
        assert_eq!((hanging.asked().len(), good.asked().len(), state.as_str()), (1, 2, "parked"), "{second}: {reason}");
        assert!(reason.contains("might do it twice"), "{reason}");
        let shown = repo.tm(&["outbox", "show", effect(&repo)["key"].as_str().unwrap()]);
        let became = |part: &str, said: &str| shown.lines().any(|line| line.starts_with(part) && line.contains(said));
        assert!(became("delivery 0 to ", ": left to you: "), "{shown}");
        assert!(became("delivery 1 to ", ": done"), "{shown}");
        // A person may want what is open once more, and nothing else.
        repo.tm(&["outbox", "retry", effect(&repo)["key"].as_str().unwrap()]);
        drain_with(&repo, &["--wait"], &[("BAD", &good.url), ("GOOD", &hanging.url)]);
        assert_eq!((hanging.asked().len(), good.asked().len(), standing(&repo).0.as_str()), (1, 3, "sent"));
    }
}

#[test]
fn what_a_killed_run_has_left_open_is_not_repeated_for_what_comes_behind_it() {
    let hanging = Server::with(|_, stream| drop(stream.shutdown(std::net::Shutdown::Both)));
    let process = std::sync::Arc::new(std::sync::Mutex::new(None::<i32>));
    let shared = std::sync::Arc::clone(&process);
    let killing = Server::with(move |number, stream| {
        if number == 0 {
            let process = shared.lock().unwrap().unwrap();
            let process = rustix::process::Pid::from_raw(process).unwrap();
            rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
        }
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let sandbox = Sandbox::new();
    let channels = "{type: slack, url: \"${BAD}\"}, {type: webhook, url: \"${GOOD}\"}";
    let repo = telling(&sandbox, channels, "");
    let environment = [("BAD", hanging.url.as_str()), ("GOOD", killing.url.as_str())];
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let arguments = ["outbox", "run"];
    let mut command = sealed(sandbox.path(), &repo.path, program, &arguments, "1760000000 +0000", &environment);
    // Nothing is killed before it is known.
    let mut known = process.lock().unwrap();
    let mut run = command.stdin(std::process::Stdio::null()).spawn().unwrap();
    *known = Some(i32::try_from(run.id()).unwrap());
    drop(known);
    assert_eq!(run.wait().unwrap().code(), None);
    drain_with(&repo, &["--wait"], &environment);
    let (state, reason) = standing(&repo);
    assert_eq!((hanging.asked().len(), killing.asked().len(), state.as_str()), (1, 2, "parked"), "{reason}");
}

#[test]
fn a_server_that_repeats_what_it_was_told_gives_no_secret_away() {
    let secret = "token-0123456789";
    let server = Server::with(move |_, stream| {
        let body = format!("you said Bearer {secret} at /hook/deep-secret-path");
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    let sandbox = Sandbox::new();
    let action = "    act: {webhook: {url: \"${HOOK}\", headers: {Authorization: \"Bearer ${TOKEN}\"}}}";
    let repo = acting(&sandbox, action, "act", "");
    fire(&repo);
    allow(&repo);
    let hook = format!("{}/deep-secret-path", server.url);
    assert_eq!(drain_with(&repo, &[], &[("HOOK", &hook), ("TOKEN", secret)])["sent"], 1);
    assert_eq!(receipt(&repo)["answer"], "you said Bearer *** at ***");
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    let file = repo.path.join(format!(".git/taskmaster/outbox/state/{key}.json"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("secret"), "{}", file.display());
}

#[test]
fn a_channel_of_another_type_gets_the_plain_text_where_it_has_an_address() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: pager, url: \"${HOOK}\"}", "");
    drain_with(&repo, &[], &[("HOOK", &server.url)]);
    let asked = server.asked();
    assert_eq!(asked[0].body, "Three & <!here> <is> & done");
    assert_eq!(asked[0].header("content-type"), Some("text/plain; charset=utf-8"));

    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: pager}", "");
    drain_with(&repo, &[], &[]);
    assert_eq!(standing(&repo).0, "dead");
}

#[test]
fn what_nobody_wants_to_hear_waits_for_nothing() {
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: slack, channel: \"#tasks\", events: [other]}", "");
    assert_eq!(standing(&repo), ("skipped".to_owned(), "no channel wants it".to_owned()));
}

#[test]
fn four_clones_of_a_team_send_one_message() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let shared = sandbox.bare("shared.git");
    let repo = planted_with(
        &sandbox,
        "workflow_config:\n  mode: commit\n  notifications: {channels: [{type: slack, url: \"${HOOK}\"}]}\n  triggers:\n\
         \x20   - {name: done, event: task.status.updated, actions: [send_notifications]}\n",
    );
    repo.git(&["remote", "add", "origin", shared.to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["fetch", "-q"]);
    let others = ["bob", "cat", "dan"].map(|name| sandbox.clone(&shared, name));
    for clone in &others {
        clone.tm(&["hooks", "install"]);
    }
    let all = [&repo, &others[0], &others[1], &others[2]];
    for clone in all {
        clone.git(&["config", "taskmaster.privateAddresses", "true"]);
        // Before anybody is allowed, so that no hook sends.
        clone.tm(&["sync"]);
    }
    fire(&repo);
    repo.git(&["push", "-q", "origin", "main"]);
    for clone in &others {
        clone.git(&["pull", "-q"]);
        clone.tm(&["sync"]);
    }
    for clone in all {
        allow(clone);
        drain_with(clone, &["--wait"], &[("HOOK", &server.url)]);
    }
    assert_eq!(server.asked().len(), 1);
    assert_eq!(effects(&repo).len(), 1);
}

#[test]
fn a_dry_run_shows_every_message_of_a_range() {
    let sandbox = Sandbox::new();
    let channels =
        "{type: slack, channel: \"#tasks\", url: \"${HOOK}\"}, {type: email, recipients: [\"ann@example.org\"]}";
    let repo = telling(&sandbox, channels, "");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("One is done");
    let keys = || effects(&repo).iter().map(|effect| effect["key"].clone()).collect::<Vec<_>>();
    let recorded = keys();
    let shown = repo.tm(&["sync", "--dry-run", "--since", "HEAD~2"]);
    for line in [
        "    to slack #tasks: Three &amp; &lt;!here&gt; <is> & done",
        "    to email ann@example.org: (Three & <!here> <is> & done) Three & <!here> <is> & done",
        "    to slack #tasks: One <is> & done",
    ] {
        assert!(shown.lines().any(|shown| shown.starts_with(line)), "{line}:\n{shown}");
    }
    assert_eq!(keys(), recorded);
}
