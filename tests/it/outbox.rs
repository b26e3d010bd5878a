//! Effects are carried out: once each, where that is allowed, whatever comes in between.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

mod amid;
mod arrived;
mod crash;
mod dispatch;
mod email;
mod email_tls;
mod environments;
mod groups;
mod kills;
pub(crate) mod leave;
mod left_running;
mod mended;
mod messages;
mod order;
mod outside;
mod past;
mod proposals;
mod pushed;
mod recipients;
mod rewritten;
mod run;
pub(crate) mod server;
mod settings;
mod shown;
mod standard;
mod surroundings;
mod unreadable;
mod webhook;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::sandbox::{Ran, Repo, Sandbox, planted_with};
use super::scenery::THREE;

/// A repository whose rules call these actions of its own when a task is done; `execution` has more settings.
pub(super) fn acting<'a>(sandbox: &'a Sandbox, actions: &str, calls: &str, execution: &str) -> Repo<'a> {
    let rules = format!(
        "workflow_config:
  mode: commit
  git: {{canonical: main}}
  execution: {{retry_delay: 0{execution}}}
  actions:
{actions}
  triggers:
    - name: done
      event: task.status.updated
      conditions: [{{field: status, operator: equals, value: done}}]
      actions: [{calls}]
"
    );
    let repo = planted_with(sandbox, &rules);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    repo
}

/// Task 3 is done, in a commit.
#[track_caller]
pub(super) fn fire(repo: &Repo<'_>) -> Ran {
    repo.mark(THREE, "pending", "done");
    repo.commit_all("Three is done")
}

#[track_caller]
pub(super) fn allow(repo: &Repo<'_>) {
    let shown: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    repo.tm(&["allow", shown["hash"].as_str().unwrap()]);
}

/// Runs the outbox with some variables; what it says of itself.
#[track_caller]
fn drain_with(repo: &Repo<'_>, arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    let arguments = [&["--json", "outbox", "run"], arguments].concat();
    let ran = repo.sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &arguments, environment);
    assert!([0, 1, 5].contains(&ran.code), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[track_caller]
fn drain(repo: &Repo<'_>) -> Value {
    drain_with(repo, &[], &[])
}

/// All effects there are.
#[track_caller]
pub(super) fn effects(repo: &Repo<'_>) -> Vec<Value> {
    let mut listed: Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "list", "--all"])).unwrap();
    listed["effects"].as_array_mut().unwrap().drain(..).collect()
}

/// The one effect there is.
#[track_caller]
pub(super) fn effect(repo: &Repo<'_>) -> Value {
    let mut all = effects(repo);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// Its state, and why.
#[track_caller]
pub(super) fn standing(repo: &Repo<'_>) -> (String, String) {
    let effect = effect(repo);
    let text = |name: &str| effect[name].as_str().unwrap().to_owned();
    (text("state"), text("reason"))
}

/// What is kept of the last attempt at the first delivery.
#[track_caller]
fn receipt(repo: &Repo<'_>) -> Value {
    let key = effect(repo)["key"].as_str().unwrap().to_owned();
    let mut shown: Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "show", &key])).unwrap();
    shown["deliveries"][0]["receipt"].take()
}

/// A file beside the repository.
fn beside(repo: &Repo<'_>, name: &str) -> PathBuf {
    repo.sandbox.path().join(name)
}

/// What is in it; nothing where it is not there.
fn text(repo: &Repo<'_>, name: &str) -> String {
    fs::read_to_string(beside(repo, name)).unwrap_or_default()
}
