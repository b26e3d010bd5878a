//! Branches that take no pushes from a pipeline, and comments on pull requests.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{CI, shared, with_one_done};
use crate::outbox::server::Server;
use crate::sandbox::{Ran, Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO, script};

const REVIEW: &str = "    - name: review
      event: task.status.updated
      conditions: [{field: status, operator: equals, value: review}]
      actions: [{set_status: {status: testing}}, send_notifications]
";

/// The shared repository takes no pushes to main from here on, in GitHub's words.
pub(super) fn protect(sandbox: &Sandbox) {
    let lines = "test \"$1\" != refs/heads/main || { echo 'GH006: Protected branch update failed' >&2; exit 1; }";
    script(sandbox, "shared.git/hooks/update", lines);
}

pub(super) fn unprotect(bare: &Path) {
    fs::remove_file(bare.join("hooks/update")).unwrap();
}

/// The step of a push to main, of a pipeline that may use the API of a server.
fn pushed_with(ci: &Repo<'_>, before: &str, server: &Server, more: &[&str]) -> Ran {
    let api = server.url.trim_end_matches("/hook").to_owned();
    let environment =
        [("GITHUB_API_URL", api.as_str()), ("GITHUB_REPOSITORY", "ann/shop"), ("GITHUB_TOKEN", "ghs_secret")];
    ci.github(&[more, &["ci", "run"]].concat(), "push", &format!(r#"{{"before": "{before}"}}"#), &environment)
}

/// A server that answers one request after the other with these documents.
pub(super) fn serving(answers: Vec<(&'static str, Value)>) -> Server {
    Server::with(move |number, stream| {
        let (head, body) = answers.get(number).or(answers.last()).unwrap();
        let body = body.to_string();
        let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    })
}

#[test]
fn what_a_protected_branch_does_not_take_is_proposed_and_kept_up_to_date() {
    let sandbox = Sandbox::new();
    let rules = format!("{}{REVIEW}", CI.replace("roll_up_parent]", "roll_up_parent, send_notifications]"));
    let (bare, ann) = shared(&sandbox, &rules);
    let start = ann.head();
    ann.done_one();
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let first = sandbox.clone(&bare, "first");
    let ran = first.pushed(&start);
    assert_eq!((ran.code, ran.stdout.lines().next()), (0, Some("taskmaster: unblocks 2; 2 effects")), "{ran:?}");
    assert!(ran.stderr.contains("main takes no pushes; pushed ") && ran.stderr.contains(" to origin/taskmaster/main"));
    assert!(ran.stderr.contains("open a pull request from taskmaster/main into main"), "{ran:?}");
    ann.git(&["fetch", "-q"]);
    assert_eq!((ann.id("origin/main"), ann.id("origin/taskmaster/main^")), (ann.head(), ann.head()));
    // The next push: the proposal has what follows from both, on top of it.
    unprotect(&bare);
    let middle = ann.head();
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let second = sandbox.clone(&bare, "second");
    let ran = second.pushed(&middle);
    assert!(ran.code == 0 && ran.stderr.contains("to origin/taskmaster/main"), "{ran:?}");
    ann.git(&["fetch", "-q"]);
    assert_eq!(ann.id("origin/taskmaster/main^"), ann.head());
    let shown = |path: &str| ann.git(&["show", &format!("origin/taskmaster/main:{path}")]);
    assert!(shown(TWO).contains("status: pending") && shown(THREE).contains("status: testing"));
    // Effects that the first run has recorded are not recorded again.
    let tasks = |repo: &Repo<'_>| -> Vec<String> {
        let listed: Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "list", "--all"])).unwrap();
        let mut tasks: Vec<String> =
            listed["effects"].as_array().unwrap().iter().map(|one| one["task"].as_str().unwrap().to_owned()).collect();
        tasks.dedup();
        tasks
    };
    assert_eq!((tasks(&first), tasks(&second)), (vec!["1".to_owned(), "2".to_owned()], vec!["3".to_owned()]));
    // Merged, nothing is left, also where somebody decides otherwise.
    unprotect(&bare);
    let before = ann.head();
    ann.git(&["merge", "-q", "--ff-only", "origin/taskmaster/main"]);
    ann.mark(TWO, "pending", "blocked");
    ann.commit_all("Not yet");
    ann.git(&["push", "-q"]);
    protect(&sandbox);
    let last = sandbox.clone(&bare, "last");
    let ran = last.pushed(&before);
    assert!(ran.code == 0 && !ran.stderr.contains("takes no pushes"), "{ran:?}");
    assert_eq!(last.id("origin/main"), ann.head());
}

#[test]
fn what_was_proposed_for_commits_that_were_forced_away_is_not_proposed_again() {
    let sandbox = Sandbox::new();
    let (bare, ann, start) = with_one_done(&sandbox, &format!("{CI}{REVIEW}"));
    protect(&sandbox);
    assert_eq!(sandbox.clone(&bare, "first").pushed(&start).code, 0);
    unprotect(&bare);
    ann.git(&["reset", "-q", "--hard", &start]);
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q", "-f"]);
    protect(&sandbox);
    let ran = sandbox.clone(&bare, "second").pushed(&start);
    assert!(ran.code == 0 && ran.stderr.contains("to origin/taskmaster/main"), "{ran:?}");
    ann.git(&["fetch", "-q"]);
    assert_eq!(ann.id("origin/taskmaster/main^"), ann.head());
    let shown = |path: &str| ann.git(&["show", &format!("origin/taskmaster/main:{path}")]);
    assert!(shown(TWO).contains("status: blocked") && shown(THREE).contains("status: testing"));
}

#[test]
fn one_pull_request_is_opened_and_then_updated() {
    let sandbox = Sandbox::new();
    let (bare, _, before) = with_one_done(&sandbox, CI);
    protect(&sandbox);
    let address = "https://github.example.org/ann/shop/pull/7";
    let open = json!({"number": 7, "html_url": address});
    let server = serving(vec![
        ("200 OK", json!([])),
        ("201 Created", open.clone()),
        ("200 OK", json!([open])),
        ("200 OK", open),
    ]);
    for number in 0..2 {
        let ci = sandbox.clone(&bare, &format!("ci{number}"));
        let ran = pushed_with(&ci, &before, &server, &[]);
        assert!(ran.code == 0 && ran.stderr.contains(&format!("pull request: {address}")), "{ran:?}");
    }
    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|one| one.line.as_str()).collect();
    let list = "GET /repos/ann/shop/pulls?state=open&head=ann:taskmaster/main&base=main HTTP/1.1";
    assert_eq!(lines, [list, "POST /repos/ann/shop/pulls HTTP/1.1", list, "PATCH /repos/ann/shop/pulls/7 HTTP/1.1"]);
    assert_eq!(asked[1].header("authorization"), Some("Bearer ghs_secret"));
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!((&body["head"], &body["base"]), (&json!("taskmaster/main"), &json!("main")));
    assert_eq!(body["title"], "Tasks: unblocks 2");
}

#[test]
fn where_no_pull_request_can_be_opened_the_branch_is_there_all_the_same() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, CI);
    protect(&sandbox);
    let message = json!({"message": "GitHub Actions is not permitted to create pull requests"});
    let server = serving(vec![("200 OK", json!([])), ("403 No", message)]);
    let ci = sandbox.clone(&bare, "ci");
    let ran = pushed_with(&ci, &before, &server, &["--json"]);
    assert!(ran.code == 0 && ran.stderr.contains("no pull request was opened: "), "{ran:?}");
    assert!(ran.stderr.contains("answered 403 (GitHub Actions is not permitted"), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let proposed = &told["published"]["proposed"];
    assert_eq!((&proposed["branch"], &proposed["pull_request"]), (&json!("taskmaster/main"), &Value::Null), "{told}");
    ann.git(&["fetch", "-q"]);
    assert_eq!(json!(ann.id("origin/taskmaster/main")), proposed["commit"]);
    assert!(ann.git(&["show", &format!("origin/main:{ONE}")]).contains("status: done"));
}

/// A checkout of a pull request that frees a task, with the commit that it is for.
pub(super) fn checkout(sandbox: &Sandbox) -> (Repo<'_>, String) {
    let (bare, ann) = shared(sandbox, CI);
    let target = ann.head();
    ann.git(&["switch", "-q", "-c", "topic"]);
    ann.done_one();
    ann.git(&["push", "-q", "origin", "topic"]);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "--detach", "origin/topic"]);
    (ci, target)
}

/// A pull request that is looked at, with a server's API; `head` is the repository it comes from.
pub(super) fn commented(ci: &Repo<'_>, target: &str, server: &Server, head: &str, arguments: &[&str]) -> Ran {
    let payload = json!({"pull_request": {
        "number": 7,
        "base": {"sha": target, "repo": {"full_name": "ann/shop"}},
        "head": {"repo": {"full_name": head}},
    }});
    let api = server.url.trim_end_matches("/hook").to_owned();
    let environment = [
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_API_URL", api.as_str()),
        ("GITHUB_REPOSITORY", "ann/shop"),
        ("GITHUB_TOKEN", "ghs_secret"),
    ];
    ci.github(&[&["ci", "run"], arguments].concat(), "pull_request", &payload.to_string(), &environment)
}

#[test]
fn a_pull_request_has_one_comment_which_is_updated() {
    let sandbox = Sandbox::new();
    let (ci, target) = checkout(&sandbox);
    let server = serving(vec![("200 OK", json!([{"id": 1, "body": "LGTM"}])), ("201 Created", json!({}))]);
    // Nobody has asked for one, or it is a stranger's.
    for (head, arguments) in [("ann/shop", &[][..]), ("eve/shop", &["--comment"][..])] {
        let ran = commented(&ci, &target, &server, head, arguments);
        assert!(ran.code == 0 && server.asked().is_empty(), "{ran:?}");
    }
    let ran = commented(&ci, &target, &server, "ann/shop", &["--comment"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let asked = server.asked();
    assert_eq!(asked[0].line, "GET /repos/ann/shop/issues/7/comments?per_page=100&page=1 HTTP/1.1");
    assert_eq!(asked[1].line, "POST /repos/ann/shop/issues/7/comments HTTP/1.1");
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    let body = body["body"].as_str().unwrap();
    assert!(body.starts_with("<!-- taskmaster: ") && body.contains("merging would cause: unblocks 2"), "{body}");
    // The same again says nothing new; another text takes the old one's place.
    let same = serving(vec![("200 OK", json!([{"id": 4, "body": body.replace('\n', "\r\n")}]))]);
    assert_eq!(commented(&ci, &target, &same, "ann/shop", &["--comment"]).code, 0);
    assert_eq!(same.asked().len(), 1);
    let old = format!("{}\nold", body.lines().next().unwrap());
    let changed =
        serving(vec![("200 OK", json!([{"id": 3, "body": "x"}, {"id": 4, "body": old}])), ("200 OK", json!({}))]);
    assert_eq!(commented(&ci, &target, &changed, "ann/shop", &["--comment"]).code, 0);
    assert_eq!(changed.asked()[1].line, "PATCH /repos/ann/shop/issues/comments/4 HTTP/1.1");
    // A token that may not is no reason to fail.
    let refused = serving(vec![("403 No", json!({"message": "Resource not accessible by integration"}))]);
    let ran = commented(&ci, &target, &refused, "ann/shop", &["--comment"]);
    assert!(ran.code == 0 && ran.stderr.contains("no comment was made: "), "{ran:?}");
}

#[test]
fn a_remote_that_says_nothing_is_not_waited_for() {
    let sandbox = Sandbox::new();
    let (_, ann) = shared(&sandbox, CI);
    ann.git(&["remote", "set-url", "origin", "ssh://nowhere.invalid/shared.git"]);
    ann.git(&["config", "core.sshCommand", "sleep 60 #"]);
    ann.git(&["config", "taskmaster.networkTimeout", "1"]);
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id=1", "--status", "done"]);
    assert!(ran.code == 3 && ran.stderr.contains("did not end within 1 seconds"), "{ran:?}");
}
