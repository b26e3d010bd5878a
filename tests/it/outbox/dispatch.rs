use std::io::Write as _;
use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::server::Server;
use super::{allow, drain, drain_with, effect, effects, fire, receipt, standing};

/// Rules that start a workflow when a task is done; `github` says where.
fn starting<'a>(sandbox: &'a Sandbox, github: &str, call: &str) -> Repo<'a> {
    let rules = format!(
        "workflow_config:
  mode: commit
  git: {{canonical: main}}
  execution: {{retry_delay: 0, max_retry_attempts: 1}}
  endpoints: {{{github}}}
  triggers:
    - name: done
      event: task.status.updated
      conditions: [{{field: status, operator: equals, value: done}}]
      actions: [{call}]
"
    );
    let repo = planted_with(sandbox, &rules);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    repo
}

/// `endpoints.github` of a server.
fn at(server: &Server, more: &str) -> String {
    let api = server.url.trim_end_matches("/hook");
    format!("github: {{api: \"{api}/api/v3\", repository: ann/shop{more}}}")
}

const TOKEN: (&str, &str) = ("GITHUB_TOKEN", "ghs_secret");

#[test]
fn a_workflow_is_started_with_its_inputs() {
    let server = Server::answering(&["204 No Content"]);
    let sandbox = Sandbox::new();
    let github = at(&server, ", token: \"${DEPLOY_TOKEN}\", ref: stable, workflows: {deploy: deploy shop.yml}");
    let repo = starting(&sandbox, &github, "{trigger_deploy_workflow: {task: \"{task_id}\", dry: true, count: 3}}");
    fire(&repo);
    let asked: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    let api = server.url.replace("/hook", "/api/v3");
    let line = format!("workflows are started in: ann/shop at {api}, with DEPLOY_TOKEN");
    assert_eq!(asked["asks"], json!([line]), "{asked}");
    let run = drain_with(&repo, &[], &[("DEPLOY_TOKEN", "ghs_secret")]);
    assert_eq!((&run["not_allowed"], server.asked().len()), (&json!(1), 0));
    allow(&repo);
    assert_eq!(drain(&repo)["held"], json!(["the variable DEPLOY_TOKEN is needed and not set"]));
    assert_eq!(drain_with(&repo, &[], &[("DEPLOY_TOKEN", "ghs_secret")])["sent"], 1, "{:?}", standing(&repo));
    let request = &server.asked()[0];
    assert_eq!(request.line, "POST /api/v3/repos/ann/shop/actions/workflows/deploy%20shop.yml/dispatches HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Bearer ghs_secret"));
    assert_eq!(request.header("accept"), Some("application/vnd.github+json"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body, json!({"ref": "stable", "inputs": {"task": "3", "dry": "true", "count": "3"}}));
    assert_eq!(receipt(&repo)["status"], 204);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    assert!(!repo.tm(&["--json", "outbox", "show", &key]).contains("ghs_secret"));
}

#[test]
fn one_without_a_file_is_started_by_an_event() {
    let server = Server::answering(&["204 No Content"]);
    let sandbox = Sandbox::new();
    let repo = starting(&sandbox, &at(&server, ""), "{trigger_release_workflow: {to: \"{task_title}\"}}");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain_with(&repo, &[], &[TOKEN])["sent"], 1, "{:?}", standing(&repo));
    let request = &server.asked()[0];
    assert_eq!(request.line, "POST /api/v3/repos/ann/shop/dispatches HTTP/1.1");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    let payload = &body["client_payload"];
    assert_eq!((&body["event_type"], payload.as_object().unwrap().len()), (&json!("release"), 9));
    assert_eq!(
        (&payload["event"], &payload["task"], &payload["new"], &payload["trigger"], &payload["commit"]),
        (&json!("task.status.updated"), &json!("3"), &json!("done"), &json!("done"), &json!(repo.head()))
    );
    assert!(payload["parameters"]["to"].as_str().is_some_and(|title| !title.contains('{')), "{payload}");
}

#[test]
fn where_nothing_says_where_nothing_is_started() {
    let sandbox = Sandbox::new();
    let repo = starting(&sandbox, "slack_webhook: x", "trigger_release_workflow");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    let reason = "`endpoints.github` does not say where workflows are started";
    assert_eq!(standing(&repo), ("skipped".to_owned(), reason.to_owned()));
}

#[test]
fn github_says_whether_to_try_again() {
    for (head, body, state, reason) in [
        ("200 OK", "{}", "sent", "it was carried out"),
        ("307 Moved", "{}", "dead", "answered 307: the repository has another name or place now"),
        (
            "401 No",
            r#"{"message": "Bad credentials"}"#,
            "dead",
            "answered 401: the token is not known, or not any more (Bad credentials)",
        ),
        (
            "403 No",
            r#"{"message": "Resource not accessible"}"#,
            "dead",
            "answered 403: the token may not start workflows there (Resource not accessible)",
        ),
        (
            "404 No",
            r#"{"message": "Not\nFound"}"#,
            "dead",
            "answered 404: no such repository or workflow, or none that the token may see (Not Found)",
        ),
        (
            "422 No",
            r#"{"message": "Unexpected inputs"}"#,
            "dead",
            "answered 422: the workflow does not take that (Unexpected inputs)",
        ),
        ("400 No", "no json", "dead", "answered 400"),
        ("503 Busy", "{}", "dead", "answered 503"),
        (
            "502 Broken",
            "{}",
            "parked",
            "answered 502: whether it happened is not known, and a second attempt might do it twice",
        ),
    ] {
        let server = Server::with(move |_, stream| {
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        });
        let sandbox = Sandbox::new();
        let repo = starting(&sandbox, &at(&server, ""), "trigger_release_workflow");
        fire(&repo);
        allow(&repo);
        drain_with(&repo, &[], &[TOKEN]);
        assert_eq!(standing(&repo), (state.to_owned(), reason.to_owned()), "{head}");
        assert_eq!(server.asked().len(), if head.starts_with("503") { 2 } else { 1 }, "{head}");
    }
}

#[test]
fn limits_are_waited_for() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let reset = now() + 500;
    for (head, headers, body, least, most) in [
        ("429 Many", "Retry-After: 120".to_owned(), "{}", 119, 121),
        ("403 No", "Retry-After: 120".to_owned(), "{}", 119, 121),
        ("403 No", format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}"), "{}", 300, 501),
        ("403 No", "X: y".to_owned(), r#"{"message": "You have exceeded a secondary rate limit"}"#, 59, 61),
        ("429 Many", "X-RateLimit-Remaining: 4".to_owned(), "{}", 59, 61),
    ] {
        let said = headers.clone();
        let server = Server::with(move |_, stream| {
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {head}\r\n{said}\r\nContent-Length: {length}\r\n\r\n{body}");
        });
        let sandbox = Sandbox::new();
        let repo = starting(&sandbox, &at(&server, ""), "trigger_release_workflow");
        fire(&repo);
        allow(&repo);
        let before = now();
        let run = drain_with(&repo, &[], &[TOKEN]);
        assert_eq!(run["later"], 1, "{headers}: {:?}", standing(&repo));
        let at = effect(&repo)["not_before"].as_u64().unwrap() / 1000;
        assert!(at >= before + least && at <= now() + most, "{headers}: {before} {at}");
    }
}

#[test]
fn a_start_of_which_nobody_knows_is_left_to_a_person() {
    // The request arrives, and the connection ends.
    let server = Server::with(|_, stream| {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let sandbox = Sandbox::new();
    let repo = starting(&sandbox, &at(&server, ""), "trigger_release_workflow");
    fire(&repo);
    allow(&repo);
    drain_with(&repo, &[], &[TOKEN]);
    assert_eq!((standing(&repo).0.as_str(), server.asked().len()), ("parked", 1), "{:?}", standing(&repo));
    // Where nobody has listened, nothing has arrived.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let github = format!("github: {{api: \"http://{}\", repository: a/b}}", listener.local_addr().unwrap());
    drop(listener);
    let sandbox = Sandbox::new();
    let repo = starting(&sandbox, &github, "trigger_release_workflow");
    fire(&repo);
    allow(&repo);
    drain_with(&repo, &[], &[TOKEN]);
    assert_eq!((standing(&repo).0.as_str(), effect(&repo)["attempts"].as_u64()), ("dead", Some(2)));
}

#[test]
fn what_github_would_not_take_is_not_sent() {
    let server = Server::answering(&["204 No Content"]);
    // A line of the rules may not be that long.
    let long: Vec<String> = (0..8).map(|number| format!("i{number}: \"{}\"", "x".repeat(8_200))).collect();
    let many: Vec<String> = (0..26).map(|number| format!("i{number}: x")).collect();
    for (parameters, why) in [(long, "its payload has 65"), (many, "it has 26 inputs, and GitHub takes 25")] {
        let call = format!("{{trigger_deploy_workflow: {{{}}}}}", parameters.join(",\n        "));
        let sandbox = Sandbox::new();
        let repo = starting(&sandbox, &at(&server, ", workflows: {deploy: deploy.yml}"), &call);
        fire(&repo);
        allow(&repo);
        drain_with(&repo, &[], &[TOKEN]);
        let (state, reason) = standing(&repo);
        assert!(state == "dead" && reason.starts_with(why), "{state}: {reason}");
    }
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn an_environment_says_where() {
    let server = Server::answering(&["204 No Content"]);
    let sandbox = Sandbox::new();
    let github = at(&server, ", workflows: {deploy: deploy.yml}");
    let repo = starting(&sandbox, &github, "trigger_deploy_workflow");
    repo.replace(
        super::super::scenery::WORKFLOW_FILE,
        "  triggers:\n",
        "  environments: {live: {endpoints: {github: {repository: ann/live}}}}\n  triggers:\n",
    );
    repo.mark(super::THREE, "pending", "done");
    let ran = repo.sandbox.run(
        &repo.path,
        "git",
        &["commit", "-q", "-a", "-m", "Three is done"],
        &[("TASKMASTER_ENV", "live")],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    allow(&repo);
    drain_with(&repo, &[], &[TOKEN]);
    assert_eq!(effects(&repo)[0]["state"], "sent", "{:?}", standing(&repo));
    assert!(server.asked()[0].line.contains("/repos/ann/live/"), "{:?}", server.asked());
}
