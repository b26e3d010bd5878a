//! What changes while a run of the outbox goes on: what was allowed is denied, what waits is wanted now.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::super::sandbox::{Repo, Sandbox, sealed};
use super::server::Server;
use super::{acting, allow, effect, effects, fire};

/// A server that keeps the first request waiting until it is let go, and answers it with `head`.
pub(crate) fn holding(head: &'static str) -> (Server, Receiver<()>, Sender<()>) {
    let (came, coming) = channel();
    let (go, going) = channel::<()>();
    let hold = Arc::new(Mutex::new((came, going)));
    let server = Server::with(move |number, stream| {
        if number == 0 {
            let hold = hold.lock().unwrap();
            hold.0.send(()).unwrap();
            let _ = hold.1.recv();
            let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n");
        } else {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (server, coming, go)
}

/// A run of the outbox that waits for what is to be tried again.
pub(crate) fn waiting_run(repo: &Repo<'_>) -> Child {
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let arguments = ["outbox", "run", "--wait"];
    let mut command = sealed(repo.sandbox.path(), &repo.path, program, &arguments, "1760000000 +0000", &[]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn what_is_denied_while_a_run_goes_on_is_not_begun_any_more() {
    for head in ["200 OK", "503 Busy"] {
        let (server, coming, go) = holding(head);
        let sandbox = Sandbox::new();
        let url = &server.url;
        let action =
            |name: &str| format!("    {name}: {{webhook: {{url: \"{url}\"}}, idempotent: true, retries: 5}}\n");
        let actions = [action("one"), action("two")].concat();
        let repo = acting(&sandbox, &actions, "one, two", ", max_concurrent_workflows: 1");
        fire(&repo);
        allow(&repo);
        let mut run = waiting_run(&repo);
        coming.recv().unwrap();
        repo.tm(&["deny"]);
        go.send(()).unwrap();
        run.wait().unwrap();
        assert_eq!(server.asked().len(), 1, "{head}");
        let waiting = effects(&repo).iter().filter(|effect| effect["state"] == "waiting").count();
        assert_eq!(waiting, if head == "200 OK" { 1 } else { 2 }, "{head}");
    }
}

#[test]
fn a_run_that_waits_notices_what_is_wanted_now() {
    let (server, coming, go) = holding("429 Many\r\nRetry-After: 3600");
    let sandbox = Sandbox::new();
    let actions = format!("    one: {{webhook: {{url: \"{}\"}}, retries: 5}}", server.url);
    let repo = acting(&sandbox, &actions, "one", ", workflow_timeout: 30");
    fire(&repo);
    allow(&repo);
    let mut run = waiting_run(&repo);
    coming.recv().unwrap();
    go.send(()).unwrap();
    while effect(&repo)["not_before"].is_null() {
        std::thread::yield_now();
    }
    repo.tm(&["outbox", "retry", effect(&repo)["key"].as_str().unwrap()]);
    run.wait().unwrap();
    assert_eq!((server.asked().len(), effect(&repo)["state"].as_str()), (2, Some("sent")));
}

#[test]
fn a_time_without_an_end_is_one_all_the_same() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let actions = format!("    one: {{webhook: {{url: \"{}\"}}, timeout: {}}}", server.url, i64::MAX);
    let repo = acting(&sandbox, &actions, "one", &format!(", workflow_timeout: {}", i64::MAX));
    fire(&repo);
    allow(&repo);
    assert_eq!(super::drain(&repo)["sent"], 1);
}
