use serde::Serialize;

use super::{FindingJson, SyncJson};
use crate::app::CiReport;

/// `taskmaster.ci/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CiJson {
    schema: &'static str,
    provider: &'static str,
    occasion: &'static str,
    /// The branch that was pushed to, or that the proposal is for.
    branch: Option<String>,
    /// Behind which commit the range begins.
    from: Option<String>,
    to: String,
    findings: Vec<FindingJson>,
    /// How many errors were there before.
    older_errors: usize,
    caused: CausedJson,
    /// Why nothing of that was committed.
    held: Option<String>,
    sync: Option<SyncJson>,
    published: Option<PublishedJson>,
    /// How many effects were taken up that earlier runs have recorded, and nobody has sent.
    taken_up: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CausedJson {
    /// In a few words; empty where nothing follows.
    sentence: String,
    unblocked: Vec<String>,
    statuses: Vec<StatusChangeJson>,
    made: Vec<String>,
    files: usize,
    effects: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StatusChangeJson {
    task: String,
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PublishedJson {
    remote: String,
    branch: String,
    /// Null where there was nothing to push.
    commit: Option<String>,
    /// How often somebody else was faster.
    overtaken: u32,
    /// The user's own commits that were not pushed before and went along.
    along: Vec<String>,
    /// Where the branch takes no pushes: the branch that the commits are on instead.
    proposed: Option<ProposedJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ProposedJson {
    branch: String,
    commit: String,
    /// Its address; null where none could be opened.
    pull_request: Option<String>,
}

impl CiJson {
    /// What a pipeline found and did.
    #[must_use]
    pub fn of(report: &CiReport) -> Self {
        let caused = &report.caused;
        let statuses = caused.statuses.iter().map(|(task, (old, new))| StatusChangeJson {
            task: task.to_string(),
            old: old.clone(),
            new: new.clone(),
        });
        Self {
            schema: "taskmaster.ci/1",
            provider: report.surroundings.provider.name(),
            occasion: report.surroundings.occasion.name(),
            branch: report.surroundings.branch.clone(),
            from: Some(report.from.to_string()),
            to: report.to.to_string(),
            findings: report.findings.iter().map(FindingJson::of).collect(),
            older_errors: report.older,
            caused: CausedJson {
                sentence: caused.sentence(),
                unblocked: caused.unblocked.iter().map(ToString::to_string).collect(),
                statuses: statuses.collect(),
                made: caused.made.iter().map(ToString::to_string).collect(),
                files: caused.files,
                effects: caused.effects,
            },
            held: report.held.clone(),
            sync: report.sync.as_ref().map(SyncJson::of),
            published: report.published.as_ref().map(|published| PublishedJson {
                remote: published.remote.clone(),
                branch: published.branch.clone(),
                commit: published.commit.as_ref().map(ToString::to_string),
                overtaken: published.overtaken,
                along: published.along.iter().map(|(id, _)| id.to_string()).collect(),
                proposed: published.proposed.as_ref().map(|proposed| ProposedJson {
                    branch: proposed.branch.clone(),
                    commit: proposed.commit.to_string(),
                    pull_request: proposed.pull_request.clone(),
                }),
            }),
            taken_up: report.taken_up,
        }
    }
}
