//! A message for Slack, by an incoming webhook. Slack has no way to tell that a message came twice.

use std::time::Duration;

use serde_json::json;

use super::Attempt;
use super::http::{Client, Request};
use super::webhook::expand;

/// Posts a message; `text` is escaped already.
pub(super) fn carry_out(client: &Client, url: Option<&str>, channel: &str, text: &str, timeout: Duration) -> Attempt {
    let Some(url) = url else {
        return Attempt::unwritten("the channel's `url`, and `endpoints.slack_webhook` for it, is missing");
    };
    let url = match expand(url) {
        Ok(url) => url,
        Err(unset) => return Attempt::held(unset.to_string()),
    };
    // An address stands there where the channel has no name.
    let message = match channel.strip_prefix("slack ").filter(|name| name.starts_with(['#', '@'])) {
        Some(name) => json!({ "channel": name, "text": text }),
        None => json!({ "text": text }),
    };
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = message.to_string().into_bytes();
    client.send_alone(Request { method: "POST".to_owned(), url, headers, body, timeout })
}
