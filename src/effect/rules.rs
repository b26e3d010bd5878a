use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::delivery::at;
use crate::format::workflow::{self, Channel, Identity, Workflow};
use crate::model::TreePath;
use crate::store::Intent;

/// A configuration that is allowed: it says how its effects are carried out.
#[derive(Debug, Clone)]
pub struct Rules {
    workflow: Workflow,
    /// The sections that effects are about, as each environment has them.
    sections: BTreeMap<Option<String>, BTreeMap<String, Value>>,
    /// The channels for messages, as each environment has them.
    channels: BTreeMap<Option<String>, Vec<Channel>>,
}

/// How one effect is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Terms {
    /// How long an attempt may take; `None` where only the kind of the effect says.
    pub(super) timeout: Option<Duration>,
    /// How often it is tried again; `None` where nothing of its own says.
    pub(super) retries: Option<u64>,
    /// How often a failure of what may be tried again is.
    pub(super) usual_retries: u64,
    /// How long to wait before the first time.
    pub(super) delay: Duration,
    /// Those of one group go one after another.
    pub(super) group: Option<String>,
    /// Its place in the queue, the lowest first.
    pub(super) rank: u64,
    /// Whether a second attempt does no harm, as its author says.
    pub(super) repeats: Repeats,
}

/// What a second attempt would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// No harm.
    Harmless,
    /// Nobody has said that it does none.
    Unsaid,
}

/// Used where the file does not say.
const CONCURRENT: u64 = 4;
const WORKFLOW_TIMEOUT: u64 = 3600;
/// No run and no attempt takes longer, in seconds: a year. Clocks cannot count without an end.
const LONGEST: u64 = 366 * 24 * 3600;
const RETRIES: u64 = 3;
const RETRY_DELAY: u64 = 30;
/// More at once would be threads that wait for each other.
const MOST_CONCURRENT: u64 = 64;

impl Rules {
    /// What a configuration says.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let workflow = workflow::read(&TreePath::workflow(), text).0;
        let named = workflow.environments.keys().cloned().map(Some);
        let (mut sections, mut channels) = (BTreeMap::new(), BTreeMap::new());
        for environment in std::iter::once(None).chain(named) {
            let outside = workflow.outside(environment.as_deref()).unwrap_or_default();
            sections.insert(environment.clone(), outside.sections);
            channels.insert(environment, outside.notifications.channels);
        }
        Self { workflow, sections, channels }
    }

    fn section(&self, environment: Option<&str>, name: &str) -> &Value {
        let environment = environment.map(ToOwned::to_owned);
        self.sections.get(&environment).and_then(|sections| sections.get(name)).unwrap_or(&Value::Null)
    }

    /// How many effects are carried out at once.
    pub(super) fn concurrent(&self, environment: Option<&str>) -> usize {
        let wanted = at(self.section(environment, "execution"), "/max_concurrent_workflows").as_u64();
        let wanted = wanted.filter(|number| *number > 0).unwrap_or(CONCURRENT);
        usize::try_from(wanted.min(MOST_CONCURRENT)).unwrap_or(1)
    }

    /// How long all effects of a run may take.
    pub(super) fn longest(&self, environment: Option<&str>) -> Duration {
        let wanted = at(self.section(environment, "execution"), "/workflow_timeout").as_u64();
        Duration::from_secs(wanted.filter(|seconds| *seconds > 0).unwrap_or(WORKFLOW_TIMEOUT).min(LONGEST))
    }

    /// Whether there is such an environment.
    pub(super) fn knows(&self, environment: Option<&str>) -> bool {
        self.channels.contains_key(&environment.map(ToOwned::to_owned))
    }

    /// Where messages go.
    pub(super) fn channels(&self, environment: Option<&str>) -> &[Channel] {
        let environment = environment.map(ToOwned::to_owned);
        self.channels.get(&environment).map(Vec::as_slice).unwrap_or_default()
    }

    /// An address under `endpoints`, as written.
    pub(super) fn endpoint(&self, environment: Option<&str>, name: &str) -> Option<String> {
        at(self.section(environment, "endpoints"), &format!("/{name}")).as_str().map(ToOwned::to_owned)
    }

    /// Whose mails are.
    pub(super) fn sender(&self) -> Option<&Identity> {
        self.workflow.git.identity.as_ref()
    }

    /// How an effect is to be carried out.
    pub(super) fn terms(&self, intent: &Intent) -> Terms {
        let execution = self.section(environment(intent), "execution");
        let trigger = self.workflow.triggers.iter().find(|trigger| trigger.name == intent.trigger);
        let event = at(&intent.data, "/event");
        let own = [at(event, "/run/terms"), at(event, "/webhook/terms")].into_iter().find(|terms| !terms.is_null());
        let own = own.cloned().unwrap_or_default();
        let timeout = at(&own, "/timeout").as_u64().or(trigger.and_then(|trigger| trigger.timeout));
        let tries_again = at(execution, "/retry_failed_workflows").as_bool().unwrap_or(true);
        let usual = at(execution, "/max_retry_attempts").as_u64().unwrap_or(RETRIES);
        Terms {
            timeout: timeout.map(|seconds| Duration::from_secs(seconds.min(LONGEST))),
            retries: at(&own, "/retries").as_u64(),
            usual_retries: if tries_again { usual } else { 0 },
            delay: Duration::from_secs(at(execution, "/retry_delay").as_u64().unwrap_or(RETRY_DELAY).min(LONGEST)),
            group: at(&own, "/group").as_str().map(ToOwned::to_owned),
            rank: rank(trigger.and_then(|trigger| trigger.priority.as_deref()), at(execution, "/priority_levels")),
            repeats: if at(&own, "/idempotent").as_bool() == Some(true) { Repeats::Harmless } else { Repeats::Unsaid },
        }
    }
}

/// The environment that an effect was planned for.
pub(super) fn environment(intent: &Intent) -> Option<&str> {
    at(&intent.data, "/environment").as_str()
}

/// The place of a priority: the number that the file gives it, or that of the usual ones. Without one: the middle.
fn rank(priority: Option<&str>, levels: &Value) -> u64 {
    let name = priority.unwrap_or("medium");
    at(levels, &format!("/{name}")).as_u64().unwrap_or(match name {
        "critical" => 1,
        "high" => 2,
        "low" => 4,
        _ => 3,
    })
}
