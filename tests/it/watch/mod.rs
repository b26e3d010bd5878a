//! A real watcher on real repositories: what is saved, by whatever editor, is seen once, and what git does is left to git.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

mod around_git;
mod effects;
mod in_the_way;
mod kills;
mod neighbour;
mod output;
mod policies;
mod renames;
mod saves;
mod turns;
mod waits;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::{Repo, Sandbox, sealed};

/// What nothing takes that goes on: a test that waits so long has failed.
const HANG: Duration = Duration::from_mins(2);

/// Rules by which a task that is done lets others go on.
pub(super) const RULES: &str = "mode: commit
task_integration: {status_sync: true}
triggers:
  - {name: ready, event: task.status.updated, conditions: [{field: status, operator: in, value: [done]}], actions: [trigger_dependent_tasks]}
";

/// A watcher that runs.
pub(super) struct Watch {
    child: Child,
    lines: Receiver<Value>,
    /// What it has said so far.
    pub(super) said: Vec<Value>,
}

impl Watch {
    /// Begins, and waits until the first look is over.
    #[track_caller]
    pub(super) fn over(repo: &Repo<'_>, arguments: &[&str]) -> Self {
        let mut watch = Self::begun(repo, arguments, &[]);
        watch.until("began");
        watch
    }

    pub(super) fn begun(repo: &Repo<'_>, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let arguments = [&["watch", "--json"], arguments].concat();
        let program = env!("CARGO_BIN_EXE_taskmaster");
        let date = "1760000000 +0000";
        let mut command = sealed(repo.sandbox.path(), &repo.path, program, &arguments, date, environment);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (hand, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if hand.send(value).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    /// Waits for a line of this kind, and gives it.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str) -> Value {
        self.until_one(what, |_| true)
    }

    /// Waits for a line of this kind that is meant.
    #[track_caller]
    pub(super) fn until_one(&mut self, what: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let Ok(line) = self.lines.recv_timeout(HANG) else {
                panic!("no {what} among {:#?}", self.said);
            };
            self.said.push(line.clone());
            if line["what"] == what && is_meant(&line) {
                return line;
            }
        }
    }

    /// Waits until an edit is committed and what follows from it is done; gives the commit.
    #[track_caller]
    pub(super) fn until_done(&mut self) -> String {
        let commit = self.until("committed")["commit"].as_str().unwrap().to_owned();
        self.until("followed");
        commit
    }

    /// How many lines of a kind were said.
    pub(super) fn count(&self, what: &str) -> usize {
        self.said.iter().filter(|line| line["what"] == what).count()
    }

    pub(super) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Asks it to end, and waits until it has.
    #[track_caller]
    pub(super) fn end(mut self) -> Vec<Value> {
        self.signal("-INT");
        let status = self.child.wait().unwrap();
        self.said.extend(self.lines.iter());
        assert!(status.success(), "{status:?}: {:#?}", self.said);
        std::mem::take(&mut self.said)
    }

    /// Waits until it has ended by itself.
    pub(super) fn wait(mut self) -> (Option<i32>, Vec<Value>) {
        let status = self.child.wait().unwrap();
        self.said.extend(self.lines.iter());
        (status.code(), std::mem::take(&mut self.said))
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &self.id()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A repository with the small tree and the rules above.
pub(super) fn repository<'a>(sandbox: &'a Sandbox, rules: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant(rules);
    repo.commit_all("Start");
    repo
}

/// Author and subject of each commit, oldest first.
pub(super) fn commits(repo: &Repo<'_>) -> Vec<String> {
    repo.git(&["log", "--reverse", "--format=%an: %s"]).lines().map(ToOwned::to_owned).collect()
}

/// How many commits the engine has made.
pub(super) fn of_the_engine(repo: &Repo<'_>) -> usize {
    commits(repo).iter().filter(|commit| commit.starts_with("taskmaster: ")).count()
}
