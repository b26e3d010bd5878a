//! Pull requests on GitHub, for a pipeline that is to open or comment on one: through the API that the pipeline names, with
//! the token that it was given.

use std::env;
use std::time::Duration;

use serde_json::{Value, json};

use super::Network;
use super::dispatch::{headers, said};
use super::http::{Client, Request};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// As much of an answer as is read: a hundred comments of 64 KiB.
const LONGEST_ANSWER: u64 = 8 << 20;
/// As many pages of comments as are looked through.
const MOST_PAGES: u32 = 10;
/// As much text as a pull request or a comment takes.
const LONGEST_TEXT: usize = 65_000;

/// A repository on GitHub, as a pipeline may use it.
pub struct Github {
    client: Client,
    api: String,
    repository: String,
    token: String,
}

/// A pull request as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The branch with the commits.
    pub head: String,
    /// The branch that they are for.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its text, in Markdown.
    pub body: String,
}

/// Why GitHub did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("GitHub did not do it: {why}")]
pub struct GithubError {
    why: String,
}

impl Github {
    /// The repository that this process's environment names; `None` where there is no token, or no pipeline of GitHub's.
    #[must_use]
    pub fn of_process() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let api = variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
        Some(Self {
            // The pipeline's own server may be in a network of one's own.
            client: Client::new(Network::Any),
            api: api.trim_end_matches('/').to_owned(),
            repository: variable("GITHUB_REPOSITORY")?,
            token: variable("GITHUB_TOKEN")?,
        })
    }

    /// Opens a pull request, or updates the one that is open for these branches. Gives its address.
    ///
    /// # Errors
    /// When GitHub does not answer, or refuses.
    pub fn propose(&self, proposal: &Proposal) -> Result<String, GithubError> {
        let owner = self.repository.split('/').next().unwrap_or_default();
        let Proposal { head, base, title, body } = proposal;
        let query = format!("pulls?state=open&head={}:{}&base={}", encoded(owner), encoded(head), encoded(base));
        let open = self.ask("GET", &query, &Value::Null)?;
        let body = shortened(body);
        let found = match open.get(0).and_then(|found| found.get("number")?.as_u64()) {
            Some(number) => self.ask("PATCH", &format!("pulls/{number}"), &json!({ "title": title, "body": body }))?,
            None => self.ask("POST", "pulls", &json!({ "title": title, "head": head, "base": base, "body": body }))?,
        };
        Ok(found.get("html_url").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Comments on a pull request: the comment that begins with that line is updated, and made where there is none.
    ///
    /// # Errors
    /// When GitHub does not answer, or refuses.
    pub fn comment(&self, number: u64, marker: &str, text: &str) -> Result<(), GithubError> {
        let body = shortened(&format!("{marker}\n{text}")).to_owned();
        for page in 1..=MOST_PAGES {
            let listed =
                self.ask("GET", &format!("issues/{number}/comments?per_page=100&page={page}"), &Value::Null)?;
            let listed = listed.as_array().map(Vec::as_slice).unwrap_or_default();
            let text = |comment: &Value| comment.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
            if let Some(comment) = listed.iter().find(|comment| text(comment).lines().next() == Some(marker)) {
                // GitHub keeps line ends as browsers send them.
                if text(comment).replace("\r\n", "\n").trim_end() == body.trim_end() {
                    return Ok(());
                }
                let id = comment.get("id").and_then(Value::as_u64).unwrap_or_default();
                return self.ask("PATCH", &format!("issues/comments/{id}"), &json!({ "body": body })).map(drop);
            }
            if listed.len() < 100 {
                break;
            }
        }
        self.ask("POST", &format!("issues/{number}/comments"), &json!({ "body": body })).map(drop)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, GithubError> {
        let request = Request {
            method: method.to_owned(),
            url: format!("{}/repos/{}/{path}", self.api, self.repository),
            headers: headers(&self.token),
            body: body.to_string().into_bytes(),
            timeout: TIMEOUT,
        };
        match self.client.ask_alone(request, LONGEST_ANSWER) {
            Ok(answer) if (200..300).contains(&answer.status) => {
                Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
            }
            Ok(answer) => Err(GithubError { why: format!("answered {}{}", answer.status, said(&answer.body)) }),
            Err(attempt) => Err(GithubError { why: attempt.outcome.why().to_owned() }),
        }
    }
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or_default()
}

/// Text in a query of an address.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
