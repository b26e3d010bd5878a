use serde::Serialize;

use crate::app::{Configuration, Leave, TrustReport};

/// `taskmaster.allow/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AllowJson {
    schema: &'static str,
    /// The digest of HEAD's configuration.
    hash: Option<String>,
    /// Where that stands in the repository: `git show HEAD:<path>` prints it.
    path: String,
    /// The text that the digest is of; of what is no UTF-8 as far as it can be shown.
    text: Option<String>,
    /// `allowed`, `changed` or `not-allowed`.
    state: &'static str,
    /// What it runs and whom it addresses.
    asks: Vec<String>,
    /// What is allowed in this clone, the latest last.
    allowed: Vec<AllowedJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AllowedJson {
    hash: String,
    at: String,
    who: String,
}

/// `taskmaster.deny/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DenyJson {
    schema: &'static str,
    /// The digests of what is allowed no more.
    denied: Vec<String>,
}

impl AllowJson {
    /// What is asked for, and how that stands now.
    #[must_use]
    pub fn of(report: &TrustReport, leave: Leave, path: String) -> Self {
        let text = |configuration: &Configuration| String::from_utf8_lossy(&configuration.text).into_owned();
        let allowed = report.allowed.iter().map(|one| AllowedJson {
            hash: one.hash.clone(),
            at: one.at.clone(),
            who: one.who.clone(),
        });
        Self {
            schema: "taskmaster.allow/1",
            hash: report.configuration.as_ref().map(|configuration| configuration.hash.clone()),
            path,
            text: report.configuration.as_ref().map(text),
            state: leave.name(),
            asks: report.asks.clone(),
            allowed: allowed.collect(),
        }
    }
}

impl DenyJson {
    /// What is allowed no more.
    #[must_use]
    pub fn of(denied: &[String]) -> Self {
        Self { schema: "taskmaster.deny/1", denied: denied.to_vec() }
    }
}
