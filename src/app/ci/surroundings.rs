//! What a pipeline says of itself, in the environment of its steps. The names are those of the providers' manuals:
//! GitHub's "Variables reference" and "Webhook events and payloads", GitLab's "Predefined CI/CD variables reference", and those of
//! Jenkins' Git and Branch API plugins.

use std::env;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::CiError;
use crate::app::AppError;
use crate::store;

/// Who runs a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions.
    Github,
    /// GitLab CI/CD.
    Gitlab,
    /// Jenkins.
    Jenkins,
    /// None that is known here: the command line says what is to be looked at.
    Other,
}

impl Provider {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::Other => "other",
        }
    }
}

/// What a pipeline runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Commits are on their branch.
    Push,
    /// Commits are proposed for a branch: a pull request or a merge request, be it from a fork.
    Proposal,
}

impl Occasion {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Proposal => "proposal",
        }
    }
}

/// What a pipeline says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// Who runs it.
    pub provider: Provider,
    /// What for.
    pub occasion: Occasion,
    /// The branch that is pushed to, or that a proposal is for.
    pub branch: Option<String>,
    /// Where it begins: the branch before the push, the base of a proposal. `None` where that is not said.
    pub from: Option<String>,
    /// Where it ends. `None` is HEAD.
    pub to: Option<String>,
    /// The last commit that is proposed. Where the end merges it, the proposal begins at what it is merged into.
    pub proposed: Option<String>,
    /// A file that takes Markdown for the people who look at the run.
    pub summary: Option<PathBuf>,
    /// The number of the pull request, where it is none of a fork.
    pub pull_request: Option<u64>,
}

/// Reads the file that a variable names; `None` where there is none.
type EventFile<'a> = dyn Fn(&Path) -> Result<Option<Vec<u8>>, AppError> + 'a;

impl Surroundings {
    /// What this process's environment says.
    ///
    /// # Errors
    /// When the file with the event cannot be read.
    pub fn of_process() -> Result<Self, AppError> {
        let event = |path: &Path| Ok(store::read(path)?);
        Self::of(&|name| env::var(name).ok(), &event)
    }

    /// What some variables say; `event` reads the file that one of them names.
    ///
    /// # Errors
    /// When that file cannot be read, or is no JSON.
    pub fn of(variable: &dyn Fn(&str) -> Option<String>, event: &EventFile<'_>) -> Result<Self, AppError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if variable("GITHUB_ACTIONS").is_some() {
            return github(&variable, event);
        }
        if variable("GITLAB_CI").is_some() {
            return Ok(gitlab(&variable));
        }
        if variable("JENKINS_URL").is_some() {
            return Ok(jenkins(&variable));
        }
        Ok(Self {
            provider: Provider::Other,
            occasion: Occasion::Push,
            branch: None,
            from: None,
            to: None,
            proposed: None,
            summary: None,
            pull_request: None,
        })
    }

    /// Whether a pipeline runs here at all.
    #[must_use]
    pub fn is_pipeline(&self) -> bool {
        self.provider != Provider::Other
    }
}

fn github(variable: &dyn Fn(&str) -> Option<String>, event: &EventFile<'_>) -> Result<Surroundings, AppError> {
    let payload = match variable("GITHUB_EVENT_PATH") {
        Some(path) => match event(Path::new(&path))? {
            Some(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| CiError::Event { reason: format!("GITHUB_EVENT_PATH: {error}") })?,
            None => return Err(CiError::Event { reason: "GITHUB_EVENT_PATH names no file".to_owned() }.into()),
        },
        None => Value::Null,
    };
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).and_then(commit);
    let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
    let summary = variable("GITHUB_STEP_SUMMARY").map(PathBuf::from);
    // `pull_request_target` runs with the rights of the base: it is a proposal all the same.
    if let Some(base) = variable("GITHUB_BASE_REF").filter(|_| name.starts_with("pull_request")) {
        return Ok(Surroundings {
            provider: Provider::Github,
            occasion: Occasion::Proposal,
            from: text("/pull_request/base/sha").or_else(|| Some(format!("origin/{base}"))),
            branch: Some(base),
            // What is checked out is the merge; of `pull_request_target` it is the base, and the head is in the event.
            to: if name == "pull_request_target" { text("/pull_request/head/sha") } else { None },
            proposed: text("/pull_request/head/sha"),
            summary,
            pull_request: number(&payload),
        });
    }
    let occasion =
        if name.starts_with("pull_request") || name == "merge_group" { Occasion::Proposal } else { Occasion::Push };
    let is_branch = variable("GITHUB_REF_TYPE").is_none_or(|kind| kind == "branch");
    Ok(Surroundings {
        provider: Provider::Github,
        occasion,
        branch: variable("GITHUB_REF_NAME").filter(|_| is_branch),
        from: text("/before").or_else(|| text("/merge_group/base_sha")),
        to: variable("GITHUB_SHA"),
        proposed: None,
        summary,
        pull_request: None,
    })
}

/// The number of a pull request from the repository itself: one of a fork gets no comment.
fn number(payload: &Value) -> Option<u64> {
    let name = |side: &str| payload.pointer(&format!("/pull_request/{side}/repo/full_name")).and_then(Value::as_str);
    let number = payload.pointer("/pull_request/number").and_then(Value::as_u64)?;
    (name("head").is_some() && name("head") == name("base")).then_some(number)
}

fn gitlab(variable: &dyn Fn(&str) -> Option<String>) -> Surroundings {
    let proposal = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
    let base = variable("CI_MERGE_REQUEST_DIFF_BASE_SHA");
    let before = variable("CI_COMMIT_BEFORE_SHA").as_deref().and_then(commit);
    Surroundings {
        provider: Provider::Gitlab,
        occasion: if proposal.is_some() { Occasion::Proposal } else { Occasion::Push },
        from: match &proposal {
            Some(target) => base.or_else(|| Some(format!("origin/{target}"))),
            None => before,
        },
        branch: proposal.or_else(|| variable("CI_COMMIT_BRANCH")),
        to: variable("CI_COMMIT_SHA"),
        // Said where the result of merging is what the pipeline runs for.
        proposed: variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        summary: None,
        pull_request: None,
    }
}

fn jenkins(variable: &dyn Fn(&str) -> Option<String>) -> Surroundings {
    let target = variable("CHANGE_TARGET");
    let branch = variable("BRANCH_NAME").or_else(|| variable("GIT_LOCAL_BRANCH")).or_else(|| {
        let name = variable("GIT_BRANCH")?;
        Some(name.strip_prefix("origin/").map_or(name.clone(), ToOwned::to_owned))
    });
    Surroundings {
        provider: Provider::Jenkins,
        occasion: if target.is_some() { Occasion::Proposal } else { Occasion::Push },
        from: match &target {
            Some(target) => Some(format!("origin/{target}")),
            // Of a run that failed the commits were not processed: the next one takes them along.
            None => variable("GIT_PREVIOUS_SUCCESSFUL_COMMIT").or_else(|| variable("GIT_PREVIOUS_COMMIT")),
        },
        branch: target.or(branch),
        to: variable("GIT_COMMIT"),
        proposed: None,
        summary: None,
        pull_request: None,
    }
}

/// A commit's id; the zeros that stand for none are none.
fn commit(text: &str) -> Option<String> {
    (!text.bytes().all(|byte| byte == b'0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], event: &str) -> Surroundings {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Surroundings::of(&variable, &|_| Ok(Some(event.as_bytes().to_vec()))).unwrap()
    }

    #[test]
    fn github_says_what_was_pushed() {
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", "/event.json"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_SHA", "bbb"),
            ("GITHUB_BASE_REF", ""),
            ("GITHUB_STEP_SUMMARY", "/summary.md"),
        ];
        let found = read(&variables, r#"{"before": "aaa", "after": "bbb"}"#);
        let words = (found.provider, found.occasion, found.branch.as_deref(), found.from.as_deref());
        assert_eq!(words, (Provider::Github, Occasion::Push, Some("main"), Some("aaa")));
        assert_eq!((found.to.as_deref(), found.summary), (Some("bbb"), Some(PathBuf::from("/summary.md"))));
        let new = read(&variables, r#"{"before": "0000000000000000000000000000000000000000"}"#);
        assert_eq!(new.from, None, "a new branch begins nowhere");
    }

    #[test]
    fn github_says_what_is_proposed() {
        for (name, to) in [("pull_request", None), ("pull_request_target", Some("ccc"))] {
            let variables = [
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", name),
                ("GITHUB_EVENT_PATH", "/event.json"),
                ("GITHUB_REF_NAME", "7/merge"),
                ("GITHUB_SHA", "bbb"),
                ("GITHUB_BASE_REF", "develop"),
            ];
            let found = read(&variables, r#"{"pull_request": {"base": {"sha": "aaa"}, "head": {"sha": "ccc"}}}"#);
            let words = (found.occasion, found.branch.as_deref(), found.from.as_deref(), found.to.as_deref());
            assert_eq!(words, (Occasion::Proposal, Some("develop"), Some("aaa"), to));
            assert_eq!(found.proposed.as_deref(), Some("ccc"));
        }
    }

    #[test]
    fn an_event_that_cannot_be_read_is_said() {
        let variable = |name: &str| name.starts_with("GITHUB").then(|| "x".to_owned());
        for event in [None, Some(b"{".to_vec())] {
            let error = Surroundings::of(&variable, &|_| Ok(event.clone())).unwrap_err();
            assert!(error.to_string().contains("GITHUB_EVENT_PATH"), "{error}");
        }
    }

    #[test]
    fn gitlab_and_jenkins_say_it_their_way() {
        let pushed = [
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_BRANCH", "main"),
            ("CI_COMMIT_BEFORE_SHA", "aaa"),
            ("CI_COMMIT_SHA", "bbb"),
        ];
        let found = read(&pushed, "");
        assert_eq!((found.occasion, found.branch.as_deref()), (Occasion::Push, Some("main")));
        assert_eq!((found.from.as_deref(), found.to.as_deref()), (Some("aaa"), Some("bbb")));
        let proposed = [
            ("GITLAB_CI", "true"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "aaa"),
            ("CI_COMMIT_BEFORE_SHA", "0000000000000000000000000000000000000000"),
            ("CI_COMMIT_SHA", "bbb"),
        ];
        let found = read(&proposed, "");
        assert_eq!((found.occasion, found.from.as_deref()), (Occasion::Proposal, Some("aaa")));
        let jenkins = [("JENKINS_URL", "http://x"), ("GIT_BRANCH", "origin/main"), ("GIT_PREVIOUS_COMMIT", "aaa")];
        let found = read(&jenkins, "");
        assert_eq!((found.branch.as_deref(), found.from.as_deref(), found.to), (Some("main"), Some("aaa"), None));
        let found = read(&[("JENKINS_URL", "http://x"), ("CHANGE_TARGET", "main")], "");
        assert_eq!((found.occasion, found.from.as_deref()), (Occasion::Proposal, Some("origin/main")));
        assert!(!read(&[], "").is_pipeline() && read(&pushed, "").is_pipeline());
    }
}
