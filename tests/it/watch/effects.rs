//! What was recorded is run and sent while a watcher runs.

use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use super::{HANG, Watch, commits};
use crate::outbox::server::Server;
use crate::outbox::{acting, allow, effects, fire, standing};
use crate::sandbox::{Sandbox, planted_with};
use crate::scenery::{ONE, THREE, TWO, WORKFLOW_FILE};

fn tell(server: &Server, settings: &str) -> String {
    format!("    act: {{webhook: {{url: \"{}\"}}{settings}}}", server.url)
}

/// Whether a line is about an effect that has come to this.
fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |line| line["effect"]["state"] == state
}

#[test]
fn what_waits_is_sent_and_said() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ""), "act", "");
    fire(&repo);
    allow(&repo);
    let mut watch = Watch::over(&repo, &[]);
    let sent = watch.until_one("effect", is("sent"));
    let key = effects(&repo)[0]["key"].as_str().unwrap().to_owned();
    assert_eq!((&sent["effect"]["key"], &sent["effect"]["task"]), (&Value::from(key.as_str()), &"3".into()));
    let queued = watch.said.iter().find(|line| line["what"] == "queued").unwrap();
    assert_eq!(
        queued["outbox"],
        serde_json::json!({"ready": 1, "later": 0, "off_branch": 0, "not_allowed": 0, "held": 0})
    );
    watch.until_one("queued", |line| line["outbox"]["ready"] == 0);
    // What a save asks for follows it.
    repo.mark(ONE, "pending", "done");
    watch.until_one("effect", is("sent"));
    watch.end();
    let keys: Vec<_> = server.asked().iter().map(|asked| asked.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!((keys.len(), keys[0].as_str()), (2, key.as_str()));
    assert!(effects(&repo).iter().all(|effect| effect["state"] == "sent"));
}

#[test]
fn what_fails_is_tried_again_when_its_time_comes() {
    let server = Server::answering(&["503 Busy\r\nRetry-After: 1", "500 No", "200 OK"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ""), "act", "");
    fire(&repo);
    allow(&repo);
    let mut watch = Watch::over(&repo, &[]);
    let first = watch.until_one("effect", is("waiting"));
    assert!(first["effect"]["not_before"].is_u64(), "{first}");
    let sent = watch.until_one("effect", is("sent"));
    assert_eq!(sent["effect"]["attempts"], 3);
    watch.end();
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn what_is_given_up_or_left_to_a_person_is_said() {
    for (answer, settings, state) in [("400 Bad", "", "dead"), ("", ", timeout: 1", "parked")] {
        let server = Server::with(move |_, stream| {
            if !answer.is_empty() {
                let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
            }
        });
        let sandbox = Sandbox::new();
        let repo = acting(&sandbox, &tell(&server, settings), "act", "");
        fire(&repo);
        allow(&repo);
        let mut watch = Watch::over(&repo, &[]);
        let said = watch.until_one("effect", |line| line["effect"]["state"] != "waiting");
        assert_eq!(said["effect"]["state"], state, "{said}");
        watch.end();
        assert_eq!(standing(&repo).0, state);
    }
}

#[test]
fn nothing_is_sent_that_is_not_allowed_until_it_is() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ""), "act", "");
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(THREE, "pending", "done");
    let queued = watch.until("queued");
    assert_eq!((&queued["outbox"]["not_allowed"], server.asked().len()), (&1.into(), 0));
    allow(&repo);
    watch.until_one("effect", is("sent"));
    watch.end();
}

#[test]
fn what_was_missing_is_sent_once_it_is_written_and_allowed() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let rules = |url: &str| {
        format!(
            "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  notifications: {{channels: [{{type: slack, channel: \"#a\"{url}}}]}}\n\
             \x20 triggers:\n    - {{name: done, event: task.status.updated, actions: [send_notifications]}}\n"
        )
    };
    let repo = planted_with(&sandbox, &rules(""));
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    fire(&repo);
    allow(&repo);
    let mut watch = Watch::over(&repo, &[]);
    watch.until_one("effect", is("waiting"));
    let mended = rules(&format!(", url: \"{}\"", server.url));
    repo.write(WORKFLOW_FILE, &mended);
    // The watcher may be first.
    while repo.git(&["show", &format!("HEAD:{WORKFLOW_FILE}")]).trim() != mended.trim() {
        repo.try_git(&["commit", "-q", "-m", "Mend the rules", "--", WORKFLOW_FILE]);
    }
    allow(&repo);
    watch.until_one("effect", is("sent"));
    watch.end();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn in_another_mode_than_commit_nothing_is_sent() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ""), "act", "");
    fire(&repo);
    allow(&repo);
    repo.git(&["config", "taskmaster.mode", "observe"]);
    let mut watch = Watch::over(&repo, &[]);
    repo.mark(TWO, "blocked", "pending");
    watch.until("edited");
    assert_eq!((server.asked().len(), standing(&repo).0.as_str()), (0, "waiting"));
    repo.git(&["config", "taskmaster.mode", "commit"]);
    watch.until_one("effect", is("sent"));
    watch.end();
}

#[test]
fn no_look_waits_for_an_effect_and_an_end_finishes_it() {
    let (arrived, arrivals) = channel();
    let (release, released) = channel::<()>();
    let (arrived, released) = (Mutex::new(arrived), Mutex::new(released));
    let server = Server::with(move |_, stream| {
        arrived.lock().unwrap().send(()).unwrap();
        released.lock().unwrap().recv_timeout(HANG).unwrap();
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ", timeout: 100"), "act", ", max_concurrent_workflows: 1");
    fire(&repo);
    allow(&repo);
    let mut watch = Watch::over(&repo, &[]);
    arrivals.recv_timeout(HANG).unwrap();
    // While nobody answers, saves are committed.
    repo.mark(ONE, "pending", "done");
    watch.until_done();
    assert_eq!(commits(&repo).last().unwrap(), "ann: chore(taskmaster): 1 done");
    watch.signal("-INT");
    watch.until("ending");
    release.send(()).unwrap();
    let (code, said) = watch.wait();
    assert_eq!(code, Some(0), "{said:#?}");
    // The one in hand came to its end, the other waits.
    let mut states: Vec<_> = effects(&repo).iter().map(|effect| effect["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    assert_eq!(states, ["sent", "waiting"]);
    assert!(said.iter().any(is("sent")), "{said:#?}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn lines_for_a_person_say_what_became_of_an_effect() {
    let server = Server::answering(&["200 OK", "400 Bad"]);
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, &tell(&server, ""), "act, act", ", max_concurrent_workflows: 1");
    fire(&repo);
    allow(&repo);
    let output = sandbox.path().join("said");
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let file = fs::File::create(&output).unwrap();
    let mut command = crate::sandbox::sealed(sandbox.path(), &repo.path, program, &["watch"], "1760000000 +0000", &[]);
    let mut child = command.stdout(file).spawn().unwrap();
    while effects(&repo).iter().any(|effect| !matches!(effect["state"].as_str(), Some("sent" | "dead"))) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(ended.success() && child.wait().unwrap().success());
    let said = fs::read_to_string(output).unwrap();
    for line in ["outbox: 2 effects queued", "sent ", "given up "] {
        assert!(said.lines().any(|said| said.starts_with(line)), "{line}: {said}");
    }
    assert!(said.contains(" done act 3: answered 400; taskmaster outbox show "), "{said}");
}
