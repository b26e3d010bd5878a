//! A request, signed as Standard Webhooks say: the id is the effect's key and stays the same at every attempt, so that
//! whoever gets it twice can tell.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::http::{Client, Request};
use super::{Attempt, sign};
use crate::format::variable::{self, UnsetVariable};

/// How long a request may take where nothing says.
pub(super) const USUAL_TIMEOUT: Duration = Duration::from_secs(20);

/// A request as written.
pub(super) struct Wanted<'w> {
    pub(super) id: String,
    pub(super) method: &'w str,
    pub(super) url: &'w str,
    pub(super) headers: &'w [(String, String)],
    pub(super) secret: Option<&'w str>,
    pub(super) body: &'w str,
}

/// Sends a request.
pub(super) fn carry_out(client: &Client, wanted: &Wanted<'_>, timeout: Duration) -> Attempt {
    let filled = match fill(wanted) {
        Ok(filled) => filled,
        Err(unset) => return Attempt::held(unset.to_string()),
    };
    let Filled { url, mut headers, secret } = filled;
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let has =
        |headers: &[(String, String)], name: &str| headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    if !has(&headers, "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("webhook-"));
    headers.push(("webhook-id".to_owned(), wanted.id.clone()));
    headers.push(("webhook-timestamp".to_owned(), timestamp.to_string()));
    if let Some(secret) = secret {
        let body = if matches!(wanted.method, "GET" | "DELETE") { "" } else { wanted.body };
        match sign(&secret, &wanted.id, timestamp, body.as_bytes()) {
            Ok(signature) => headers.push(("webhook-signature".to_owned(), signature)),
            Err(error) => return Attempt::held(error.to_string()),
        }
    }
    let body = wanted.body.as_bytes().to_vec();
    client.send(Request { method: wanted.method.to_owned(), url, headers, body, timeout })
}

struct Filled {
    url: String,
    headers: Vec<(String, String)>,
    secret: Option<String>,
}

fn fill(wanted: &Wanted<'_>) -> Result<Filled, UnsetVariable> {
    let headers = wanted.headers.iter().map(|(name, value)| Ok((name.clone(), expand(value)?)));
    Ok(Filled {
        url: expand(wanted.url)?,
        headers: headers.collect::<Result<_, _>>()?,
        secret: wanted.secret.map(expand).transpose()?,
    })
}

/// A value with the variables of this process filled in.
pub(super) fn expand(text: &str) -> Result<String, UnsetVariable> {
    variable::expand(text, &|name| std::env::var(name).ok())
}
