use serde::Serialize;

use super::outbox::OutboxEffectJson;
use super::{CloudEvent, FindingJson, PlanJson, SyncJson};
use crate::app::{Beginning, Hold, LeftWhy, Sight};
use crate::effect::{News, Queued};
use crate::model::{Timestamp, TreePath};
use crate::watch::{Polling, Scene};

/// `taskmaster.watch/1`: one line for each thing that a watcher sees or does.
#[derive(Debug, Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WatchJson {
    schema: &'static str,
    time: String,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    beginning: Option<BeginningJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<CloudEvent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<OutboxEffectJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<QueuedJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct QueuedJson {
    /// Waiting for their turn.
    ready: usize,
    /// Waiting for their time.
    later: usize,
    /// Waiting for their commit, which is not on its branch, or not pushed yet.
    off_branch: usize,
    not_allowed: usize,
    /// Waiting for something that is missing here.
    held: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct BeginningJson {
    tasks: usize,
    mode: &'static str,
    commits: &'static str,
    catches_up: bool,
}

impl WatchJson {
    /// The line of a scene; `None` where programs need none.
    #[must_use]
    pub fn of(scene: &Scene<'_>, time: Timestamp) -> Option<Self> {
        let line = match scene {
            Scene::Looked(..) => return None,
            Scene::Polls(why, _) => Self { what: "polling", reason: Some(polling(why)), ..Self::default() },
            Scene::Fault(text) => Self { what: "failed", reason: Some((*text).to_owned()), ..Self::default() },
            Scene::Sight(sight) => Self::of_sight(sight),
            Scene::Effects(news) => Self::of_news(news),
        };
        Some(Self { schema: "taskmaster.watch/1", time: time.rfc3339().unwrap_or_default(), ..line })
    }

    fn of_news(news: &News) -> Self {
        let empty = Self::default();
        match news {
            News::Queued(Queued { ready, later, off_branch, not_allowed, held }) => {
                let (ready, later, off_branch) = (*ready, *later, *off_branch);
                let outbox = QueuedJson { ready, later, off_branch, not_allowed: *not_allowed, held: *held };
                Self { what: "queued", outbox: Some(outbox), ..empty }
            }
            News::Settled(effect) => {
                Self { what: "effect", effect: Some(OutboxEffectJson::of(&effect.0, &effect.1)), ..empty }
            }
            News::Elsewhere(holder) => Self { what: "elsewhere", reason: Some(holder.clone()), ..empty },
            News::Ending(_) => Self { what: "ending", ..empty },
            News::Failed(why) => Self { what: "failed", reason: Some(why.clone()), ..empty },
        }
    }

    fn of_sight(sight: &Sight) -> Self {
        let names = |files: &[TreePath]| files.iter().map(ToString::to_string).collect::<Vec<_>>();
        let empty = Self::default();
        match sight {
            Sight::Began(beginning) => {
                let Beginning { branch, tasks, mode, policy, catches_up } = beginning;
                let (mode, commits) = (mode.name(), policy.name());
                let beginning = BeginningJson { tasks: *tasks, mode, commits, catches_up: *catches_up };
                Self { what: "began", branch: branch.clone(), beginning: Some(beginning), ..empty }
            }
            Sight::Before { files } => {
                Self { what: "left", files: names(files), reason: Some("edited before".to_owned()), ..empty }
            }
            Sight::Switched { branch } => Self { what: "switched", branch: branch.clone(), ..empty },
            Sight::Edited { events, files } => {
                let events = events.iter().map(CloudEvent::of).collect();
                Self { what: "edited", files: names(files), events, ..empty }
            }
            Sight::Unfinished { finding } => {
                Self { what: "unfinished", findings: vec![FindingJson::of(finding)], ..empty }
            }
            Sight::Locked { file, lock } => Self {
                what: "unfinished",
                files: names(std::slice::from_ref(file)),
                reason: Some(format!("{lock} is beside it")),
                ..empty
            },
            Sight::Refused { findings, files } => {
                let findings = findings.iter().map(FindingJson::of).collect();
                Self { what: "refused", files: names(files), findings, ..empty }
            }
            Sight::Left { why, files } => {
                Self { what: "left", files: names(files), reason: Some(left(*why).to_owned()), ..empty }
            }
            Sight::Committed { id, subject, files, findings } => Self {
                what: "committed",
                files: names(files),
                findings: findings.iter().map(FindingJson::of).collect(),
                commit: Some(id.to_string()),
                subject: Some(subject.clone()),
                ..empty
            },
            Sight::Followed(report) => Self { what: "followed", sync: Some(SyncJson::of(report)), ..empty },
            Sight::Acts { mode, policy, findings } => Self {
                what: "acts",
                findings: findings.iter().map(FindingJson::of).collect(),
                reason: Some(format!("mode {}, commits {}", mode.name(), policy.name())),
                ..empty
            },
            Sight::Written { plan, files } => {
                Self { what: "written", files: names(files), plan: Some(PlanJson::of(plan)), ..empty }
            }
            Sight::Would { plan, mode } => Self {
                what: "would",
                plan: Some(PlanJson::of(plan)),
                reason: Some(format!("mode {}", mode.name())),
                ..empty
            },
            Sight::Held(hold) => Self { what: "held", reason: Some(held(*hold)), ..empty },
            Sight::Resumed => Self { what: "resumed", ..empty },
            Sight::Failed(error) => Self { what: "failed", reason: Some(error.to_string()), ..empty },
        }
    }
}

fn left(why: LeftWhy) -> &'static str {
    match why {
        LeftWhy::NoEvent => "no event",
        LeftWhy::Staged => "staged",
        LeftWhy::Unwatched => "unwatched",
        LeftWhy::Uncommitted => "uncommitted",
        LeftWhy::Rules => "rules",
        LeftWhy::Ended => "ended",
        LeftWhy::Ignored => "ignored",
        LeftWhy::Unsigned => "unsigned",
    }
}

fn held(hold: Hold) -> String {
    match hold {
        Hold::Git(why) => why.to_string(),
        Hold::Locked => "git is at work".to_owned(),
        Hold::Committing => "a git commit is under way".to_owned(),
        Hold::Writing(process) => format!("process {process} is writing a file of the tree"),
        Hold::NoTree => "no tree".to_owned(),
        Hold::SwitchedOff => "switched off".to_owned(),
    }
}

fn polling(why: &Polling) -> String {
    match why {
        Polling::Asked => "asked for".to_owned(),
        Polling::Network(name) => format!("file system {name}"),
        Polling::Deaf(words) => words.clone(),
    }
}
