//! Events from outside whose commit is pushed at once. Of several clones that hand in the same event one gets its commit onto the
//! branch; that one sends what is to be sent, and the others do not.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::ci::{Published, Refusal, publish};
use super::emit::{Goal, handle};
use super::{AppError, EmitReport, EmitRequest, Project, Recorded, effects, worker};
use crate::git::Deferral;
use crate::store::{IntentState, Outbox, Standing, StoreError};

/// Handles an event from outside and pushes the commit, from the remote's new tip again where somebody else was faster.
/// Effects are carried out once it is there.
///
/// # Errors
/// When it cannot be handled, or not be pushed: then the commit is here, its effects wait, and the same again pushes it.
pub fn emit_and_push(
    project: &Project,
    request: &EmitRequest,
    refusal: Refusal,
) -> Result<(EmitReport, Published), AppError> {
    let repository = &project.repository;
    let branch = repository.branch()?.ok_or(AppError::Deferred(Deferral::Detached))?;
    let remote = repository.remote_of(&branch)?.unwrap_or_default();
    let goal = Goal { remote: &remote, branch: &branch, token: &token() };
    let (mut report, published) = publish(project, refusal, None, |_| handle(project, request, Some(&goal)))?;
    let outbox = Outbox::new(&project.repository.store_dir());
    let mut recorded = Recorded::default();
    let waiting = || {
        let mut waiting: Vec<(String, Option<String>, Standing)> = Vec::new();
        outbox.visit(&[IntentState::Waiting], &mut |_, intent, standing| {
            if standing.push.as_ref().is_some_and(|push| push.event == report.event.as_str()) {
                waiting.push((intent.key, intent.config, standing));
            }
        })?;
        Ok::<_, StoreError>(waiting)
    };
    let mut found = waiting()?;
    let mut turn = None;
    if !found.is_empty() {
        // Whoever is at it sees by itself what is on the branch by now: what that one has begun is not to be called waiting.
        turn = outbox.turn(&format!("taskmaster emit, process {}", std::process::id()))?.ok();
        found = waiting()?;
    }
    for (key, config, mut standing) in found {
        let push = standing.push.take();
        // What a run that was killed has made is this clone's, too.
        let is_ours = report.known.as_ref().is_none_or(|known| known.sender == push.map(|push| push.sender));
        if is_ours {
            "it was not tried yet".clone_into(&mut standing.reason);
            if turn.is_some() {
                outbox.put(&key, &standing)?;
            }
            recorded.waiting += 1;
            recorded.allowed += usize::from(effects::is_allowed(project, &config.unwrap_or_default()));
        } else {
            outbox.skip(&key, "somebody else's commit for the event was pushed first: it is sent from there")?;
            report.left_to_others += 1;
        }
    }
    drop(turn);
    recorded.asks = report.sync.recorded.asks;
    report.sync.recorded = recorded;
    worker::ring(project, &report.sync);
    Ok((report, published))
}

/// A word that nobody else has: the standard library seeds its hash tables from the system's source of random numbers.
pub(super) fn token() -> String {
    let part = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", part(), part())
}
