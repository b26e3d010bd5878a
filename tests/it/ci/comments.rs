//! Comments on pull requests beyond the first page, and a server that does not answer.

use std::net::{Shutdown, TcpListener};

use serde_json::{Value, json};

use super::protected::{checkout, commented, serving};
use crate::outbox::server::Server;
use crate::sandbox::Sandbox;

#[test]
fn the_comment_is_looked_for_on_every_page_up_to_a_last_one() {
    let sandbox = Sandbox::new();
    let (ci, target) = checkout(&sandbox);
    let others = |first: u32| (first..first + 100).map(|id| json!({"id": id, "body": "LGTM"})).collect::<Value>();
    let made = serving(vec![("200 OK", json!([])), ("201 Created", json!({}))]);
    commented(&ci, &target, &made, "ann/shop", &["--comment"]);
    let body: Value = serde_json::from_str(&made.asked()[1].body).unwrap();
    let marker = body["body"].as_str().unwrap().lines().next().unwrap().to_owned();
    let second = json!([{"id": 101, "body": format!("{marker}\nold")}]);
    let server = serving(vec![("200 OK", others(1)), ("200 OK", second), ("200 OK", json!({}))]);
    assert_eq!(commented(&ci, &target, &server, "ann/shop", &["--comment"]).code, 0);
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "GET /repos/ann/shop/issues/7/comments?per_page=100&page=1 HTTP/1.1",
            "GET /repos/ann/shop/issues/7/comments?per_page=100&page=2 HTTP/1.1",
            "PATCH /repos/ann/shop/issues/comments/101 HTTP/1.1",
        ]
    );
    // Nobody pages for ever: behind the tenth page a comment is made.
    let endless = serving(vec![("200 OK", others(1))]);
    assert_eq!(commented(&ci, &target, &endless, "ann/shop", &["--comment"]).code, 0);
    let asked = endless.asked();
    assert_eq!((asked.len(), asked[10].line.as_str()), (11, "POST /repos/ann/shop/issues/7/comments HTTP/1.1"));
}

#[test]
fn where_nobody_answers_the_pipeline_goes_on_and_says_why() {
    let sandbox = Sandbox::new();
    let (ci, target) = checkout(&sandbox);
    let broken = Server::with(|_, stream| drop(stream.shutdown(Shutdown::Both)));
    let ran = commented(&ci, &target, &broken, "ann/shop", &["--comment"]);
    assert!(ran.code == 0 && ran.stderr.contains("no comment was made: GitHub did not do it: the connection broke: "));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut nobody = Server::answering(&["200 OK"]);
    nobody.url = format!("http://{}/hook", listener.local_addr().unwrap());
    drop(listener);
    let ran = commented(&ci, &target, &nobody, "ann/shop", &["--comment"]);
    assert!(ran.code == 0 && ran.stderr.contains(": GitHub did not do it: no connection came about"), "{ran:?}");
}
