//! A workflow of GitHub Actions is started through GitHub's API. That knows no keys: a request that may have arrived is
//! left to a person.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::http::{Answer, Client, Request};
use super::webhook::expand;
use super::{Attempt, Outcome};

/// As much as GitHub takes: inputs and payloads end below 64 KiB ("REST API endpoints for workflows", "Create a repository
/// dispatch event").
const LONGEST: usize = 65_535;
/// As many inputs as a workflow takes.
const MOST_INPUTS: usize = 25;
/// As much of an answer as is read.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// How long GitHub asks to wait where it says nothing better ("Rate limits for the REST API").
const USUAL_WAIT: Duration = Duration::from_mins(1);

/// Asks for a start; `url` and `token` as written.
pub(super) fn carry_out(client: &Client, url: &str, token: &str, body: &str, timeout: Duration) -> Attempt {
    if let Err(why) = fits(body) {
        return Attempt::refused(why);
    }
    let (url, token) = match (expand(url), expand(token)) {
        (Ok(url), Ok(token)) => (url, token),
        (Err(unset), _) | (_, Err(unset)) => return Attempt::held(unset.to_string()),
    };
    let body = body.as_bytes().to_vec();
    let request = Request { method: "POST".to_owned(), url, headers: headers(&token), body, timeout };
    match client.ask_alone(request, LONGEST_ANSWER) {
        Ok(answer) => Attempt { outcome: judged(&answer, SystemTime::now()), receipt: answer.receipt() },
        Err(attempt) => attempt,
    }
}

/// The headers of any request to GitHub's API.
pub(super) fn headers(token: &str) -> Vec<(String, String)> {
    [
        ("accept", "application/vnd.github+json"),
        ("content-type", "application/json"),
        ("x-github-api-version", "2022-11-28"),
        ("authorization", &format!("Bearer {token}")),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Whether GitHub would take a body at all.
fn fits(body: &str) -> Result<(), String> {
    let size = body.len();
    if size > LONGEST {
        return Err(format!("its payload has {size} bytes, and GitHub takes {LONGEST}"));
    }
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let inputs = value.get("inputs").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    if inputs > MOST_INPUTS {
        return Err(format!("it has {inputs} inputs, and GitHub takes {MOST_INPUTS}"));
    }
    Ok(())
}

/// What an answer means.
fn judged(answer: &Answer, now: SystemTime) -> Outcome {
    let said = said(&answer.body);
    match answer.status {
        200..=299 => Outcome::Sent,
        300..=399 => Outcome::Refused {
            why: format!("answered {}: the repository has another name or place now{said}", answer.status),
        },
        401 => Outcome::Refused { why: format!("answered 401: the token is not known, or not any more{said}") },
        403 | 429 => match limit(answer, now) {
            Some(after) => Outcome::Failed {
                why: format!("answered {}: too many requests{said}", answer.status),
                after: Some(after),
            },
            None if answer.status == 429 => {
                Outcome::Failed { why: format!("answered 429: too many requests{said}"), after: Some(USUAL_WAIT) }
            }
            None => Outcome::Refused { why: format!("answered 403: the token may not start workflows there{said}") },
        },
        404 => Outcome::Refused {
            why: format!("answered 404: no such repository or workflow, or none that the token may see{said}"),
        },
        422 => Outcome::Refused { why: format!("answered 422: the workflow does not take that{said}") },
        408 | 425 | 503 => Outcome::Failed { why: format!("answered {}{said}", answer.status), after: answer.after() },
        // It may have got as far as starting it.
        500.. => Outcome::Unknown { why: format!("answered {}{said}", answer.status) },
        other => Outcome::Refused { why: format!("answered {other}{said}") },
    }
}

/// How long a limit lasts, where the answer is about one.
fn limit(answer: &Answer, now: SystemTime) -> Option<Duration> {
    if let Some(after) = answer.after() {
        return Some(after);
    }
    if answer.header("x-ratelimit-remaining").map(str::trim) == Some("0") {
        let reset: Option<u64> = answer.header("x-ratelimit-reset").and_then(|text| text.trim().parse().ok());
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        return Some(reset.map_or(USUAL_WAIT, |reset| Duration::from_secs(reset.saturating_sub(now))));
    }
    let text = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    text.contains("secondary rate limit").then_some(USUAL_WAIT)
}

/// GitHub's own words, in one line; nothing where it has none.
pub(super) fn said(body: &[u8]) -> String {
    const LONGEST: usize = 200;
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(message) = value.get("message").and_then(Value::as_str) else { return String::new() };
    let line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    format!(" ({})", line.trim())
}
