use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::super::sandbox::{Repo, Sandbox};
use super::server::Server;
use super::{acting, allow, drain, drain_with, effect, fire, receipt, standing};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A repository with one request that is allowed and has been asked for.
fn asked<'a>(sandbox: &'a Sandbox, url: &str, request: &str, settings: &str) -> Repo<'a> {
    let action = format!("    act: {{webhook: {{url: \"{url}\"{request}}}{settings}}}");
    let repo = acting(sandbox, &action, "act", ", max_retry_attempts: 2");
    fire(&repo);
    allow(&repo);
    repo
}

#[test]
fn a_request_is_signed_and_keeps_its_key_at_every_attempt() {
    let server = Server::answering(&["500 No", "200 OK"]);
    let sandbox = Sandbox::new();
    let repo = asked(
        &sandbox,
        "${HOOK}",
        ", secret: \"${HOOK_SECRET}\", headers: {X-Task: \"{task_id}\", webhook-id: mine}",
        "",
    );
    let environment = [("HOOK", server.url.as_str()), ("HOOK_SECRET", SECRET)];
    assert_eq!(drain_with(&repo, &["--wait"], &environment)["sent"], 1, "{:?}", standing(&repo));
    let asked = server.asked();
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    assert_eq!(asked.len(), 2);
    for request in &asked {
        assert_eq!(request.line, "POST /hook HTTP/1.1");
        assert_eq!(request.header("webhook-id"), Some(key.as_str()));
        assert_eq!(request.header("x-task"), Some("3"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        let timestamp = request.header("webhook-timestamp").unwrap().parse().unwrap();
        let signature = taskmaster::effect::sign(SECRET, &key, timestamp, request.body.as_bytes()).unwrap();
        assert_eq!(request.header("webhook-signature"), Some(signature.as_str()));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(timestamp) < 300);
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!((&body["task"], &body["new"]), (&"3".into(), &"done".into()));
    }
    // No secret, and no address, is kept.
    let kept = repo.tm(&["--json", "outbox", "show", &key]);
    assert!(!kept.contains("MfKQ9r8") && !kept.contains("127.0.0.1"), "{kept}");
    assert_eq!(receipt(&repo)["answer"], "ok");
}

#[test]
fn an_answer_says_whether_to_try_again() {
    for (head, state, reason) in [
        ("204 Done", "sent", "it was carried out"),
        ("302 There\r\nLocation: /elsewhere", "dead", "answered 302: redirects are not followed"),
        ("400 Bad", "dead", "answered 400"),
        ("410 Gone", "dead", "answered 410: nobody wants it there any more"),
        ("408 Slow", "dead", "answered 408"),
        ("429 Many", "dead", "answered 429"),
        ("503 Busy", "dead", "answered 503"),
    ] {
        let server = Server::with(move |_, stream| {
            let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, &server.url, "", "");
        drain(&repo);
        assert_eq!(standing(&repo), (state.to_owned(), reason.to_owned()), "{head}");
        let tries = if ["408 Slow", "429 Many", "503 Busy"].contains(&head) { 3 } else { 1 };
        assert_eq!(server.asked().len(), tries, "{head}");
    }
}

#[test]
fn a_side_that_wants_to_be_left_alone_is() {
    for (asks, least, most) in
        [("120", 119, 121), ("Tue, 31 Dec 2999 23:59:59 GMT", 86_399, 86_401), ("Sun, 06 Nov 1994 08:49:37 GMT", 0, 1)]
    {
        let server = Server::with(move |_, stream| {
            let _ = write!(stream, "HTTP/1.1 429 Many\r\nRetry-After: {asks}\r\nContent-Length: 0\r\n\r\n");
        });
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, &server.url, "", ", retries: 1");
        let before = now();
        drain(&repo);
        if least == 0 {
            assert_eq!(standing(&repo).0, "dead", "{asks}");
            continue;
        }
        let at = effect(&repo)["not_before"].as_u64().unwrap();
        assert!(at >= before + least * 1000 && at <= now() + most * 1000, "{asks}: {before} {at}");
        // It is not asked again before.
        assert_eq!(drain(&repo)["later"], 1);
        assert_eq!(server.asked().len(), 1);
    }
}

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[test]
fn addresses_of_ones_own_are_refused_unless_they_are_allowed() {
    let server = Server::answering(&["200 OK"]);
    let port = server.url.rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"] {
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, &format!("http://{host}:{port}"), "", "");
        repo.git(&["config", "--unset", "taskmaster.privateAddresses"]);
        drain(&repo);
        let (state, reason) = standing(&repo);
        assert_eq!(state, "dead", "{host}: {reason}");
        assert!(reason.contains("is a private one"), "{host}: {reason}");
        assert_eq!(server.asked().len(), 0, "{host}");
    }
}

#[test]
fn what_is_no_address_is_given_up() {
    for url in ["ftp://example.org/", "example.org", "http://", "https:///x", "http://a b/", ""] {
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, "${HOOK:-}", "", "");
        drain_with(&repo, &[], &[("HOOK", url)]);
        assert_eq!(standing(&repo).0, "dead", "{url}: {:?}", standing(&repo));
    }
}

#[test]
fn a_secret_that_is_not_set_is_waited_for() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, &server.url, ", secret: \"${HOOK_SECRET}\"", "");
    let run = drain_with(&repo, &["--wait"], &[]);
    assert_eq!(run["held"], serde_json::json!(["the variable HOOK_SECRET is needed and not set"]));
    assert_eq!((standing(&repo).0.as_str(), effect(&repo)["attempts"].as_u64()), ("waiting", Some(0)));
    drain_with(&repo, &[], &[("HOOK_SECRET", "short")]);
    assert_eq!(standing(&repo).1, "the secret does not begin with `whsec_`");
    assert_eq!(server.asked().len(), 0);
    assert_eq!(drain_with(&repo, &[], &[("HOOK_SECRET", SECRET)])["sent"], 1);
}

#[test]
fn an_answer_without_an_end_is_not_read_to_it() {
    let server = Server::with(|_, stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n\r\n");
        let chunk = [b'x'; 4096];
        while stream.write_all(&chunk).is_ok() {}
    });
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, &server.url, "", "");
    assert_eq!(drain(&repo)["sent"], 1);
    assert!(receipt(&repo)["answer"].as_str().unwrap().len() <= 1024);
}

#[test]
fn an_answer_that_does_not_come_leaves_a_person_to_decide() {
    for (settings, state) in [(", timeout: 1", "parked"), (", timeout: 1, idempotent: true, retries: 0", "dead")] {
        // Nobody takes the connection up, or says a word.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, &format!("http://{}/", listener.local_addr().unwrap()), "", settings);
        drain(&repo);
        let (found, reason) = standing(&repo);
        assert!(found == state && reason.starts_with("no answer within 1 seconds"), "{found}: {reason}");
        if state == "parked" {
            let status = repo.tm(&["status"]);
            assert!(status.contains("1 effect is left to you: whether it happened is not known"), "{status}");
        }
    }
}

#[test]
fn an_answer_that_comes_byte_by_byte_has_as_long_as_any() {
    let server = Server::with(|_, stream| {
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x')) {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, &server.url, "", ", timeout: 1");
    drain(&repo);
    assert_eq!(standing(&repo).0, "parked");
}

#[test]
fn a_host_that_nobody_is_at_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    for (url, why) in [(url.as_str(), "no connection came about"), ("http://nowhere.invalid/", "the host is not known")]
    {
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, url, "", "");
        drain_with(&repo, &["--wait"], &[]);
        let (state, reason) = standing(&repo);
        assert!(state == "dead" && reason.contains(why), "{state}: {reason}");
        assert_eq!(effect(&repo)["attempts"], 3);
    }
}

#[test]
fn what_speaks_no_tls_is_told_apart_from_what_does() {
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let repo =
        asked(&sandbox, &server.url.replace("http:", "https:"), "", ", retries: 0, idempotent: true, timeout: 5");
    drain(&repo);
    let (state, reason) = standing(&repo);
    assert_eq!((state.as_str(), server.asked().len()), ("dead", 0), "{reason}");
}
