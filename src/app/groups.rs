//! Groups of effects: what becomes of a new one while others of its group wait or run. That is decided as it is
//! recorded, since by the time it is carried out nobody knows any more what ran then.

use std::collections::HashMap;

use serde_json::Value;

use crate::format::workflow::GroupPolicy;
use crate::store::{Intent, IntentState, Outbox, Standing, StoreError};

/// The effects of groups that wait or run, as far as somebody has asked for them.
pub(super) struct Groups<'a> {
    outbox: &'a Outbox,
    members: Option<HashMap<String, Vec<Member>>>,
    /// Those whose place new ones have taken, as they stood before.
    pub(super) replaced: Vec<(String, Standing)>,
}

struct Member {
    key: String,
    config: Option<String>,
    state: IntentState,
}

impl<'a> Groups<'a> {
    pub(super) fn of(outbox: &'a Outbox) -> Self {
        Self { outbox, members: None, replaced: Vec::new() }
    }

    /// Whether an effect may be recorded as one that waits: else why it is left out. Those of its group whose place it
    /// takes are left out before, so that a run that is killed in between does it again. A configuration that nobody
    /// has allowed never keeps another one's effects from being carried out.
    pub(super) fn admit(
        &mut self,
        intent: &Intent,
        is_allowed: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, StoreError> {
        let Some((group, policy)) = terms(intent) else { return Ok(None) };
        let was_asked = self.members.is_some();
        // Most groups only queue: then the outbox need not be read.
        if (policy == GroupPolicy::Queue && !was_asked) || self.outbox.has(&intent.key) {
            return Ok(None);
        }
        let members = self.members()?.entry(group.to_owned()).or_default();
        let mut weighs = |hash: Option<&String>| hash.is_some_and(|hash| is_allowed(hash));
        if policy == GroupPolicy::Skip {
            let first = members.iter().find(|one| one.config == intent.config || weighs(one.config.as_ref()));
            if let Some(Member { key, state, .. }) = first {
                let does = if *state == IntentState::Running { "runs" } else { "waits" };
                return Ok(Some(format!("left out: of its group `{group}` {} {does}", short(key))));
            }
        }
        let mut replaced = Vec::new();
        if policy == GroupPolicy::Replace {
            let may_all = weighs(intent.config.as_ref());
            members.retain(|one| {
                let goes = one.state == IntentState::Waiting && (may_all || one.config == intent.config);
                replaced.extend(goes.then(|| one.key.clone()));
                !goes
            });
        }
        members.push(Member { key: intent.key.clone(), config: intent.config.clone(), state: IntentState::Waiting });
        for key in replaced {
            // Somebody may have taken it up meanwhile.
            let Some((_, mut standing)) = self.outbox.look(&key)? else { continue };
            if standing.state == IntentState::Waiting {
                self.replaced.push((key.clone(), standing.clone()));
                standing.state = IntentState::Skipped;
                standing.not_before = None;
                standing.reason = format!("replaced by {} of its group `{group}`", short(&intent.key));
                self.outbox.put(&key, &standing)?;
            }
        }
        Ok(None)
    }

    fn members(&mut self) -> Result<&mut HashMap<String, Vec<Member>>, StoreError> {
        let read = match self.members.take() {
            Some(members) => members,
            None => read(self.outbox)?,
        };
        Ok(self.members.insert(read))
    }
}

/// The effects of groups that wait or run now.
fn read(outbox: &Outbox) -> Result<HashMap<String, Vec<Member>>, StoreError> {
    let mut members: HashMap<String, Vec<Member>> = HashMap::new();
    for (intent, standing) in outbox.list(&[IntentState::Waiting, IntentState::Running])? {
        if let Some((group, _)) = terms(&intent) {
            let member = Member { key: intent.key.clone(), config: intent.config.clone(), state: standing.state };
            members.entry(group.to_owned()).or_default().push(member);
        }
    }
    Ok(members)
}

/// The group of an effect, and what is said of it.
fn terms(intent: &Intent) -> Option<(&str, GroupPolicy)> {
    let event = intent.data.get("event")?;
    let terms = ["run", "webhook"].into_iter().find_map(|kind| event.get(kind)?.get("terms"))?;
    let policy = terms.get("group_policy").and_then(Value::as_str).unwrap_or_default();
    Some((terms.get("group")?.as_str()?, GroupPolicy::named(policy)))
}

fn short(key: &str) -> &str {
    key.get(..12).unwrap_or(key)
}
