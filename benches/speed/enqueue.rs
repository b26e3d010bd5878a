//! What a run of the engine spends for recording one effect, with all that belongs to it: the difference between a commit that
//! asks for effects and the same commit where nothing does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::tree::Place;
use crate::{Failure, PROGRAM, Report};

/// How many tasks a commit changes, each of which asks for an effect.
const TASKS: usize = 50;

/// How often it is measured, one with the other by turns.
const ROUNDS: usize = 11;

/// Nobody has allowed it: what is recorded is not begun to be carried out.
const ASKING: &str = "  triggers:\n    - {name: done, event: task.status.updated, actions: [tell]}\n";

/// What it is called, and what is to be reached.
pub(crate) fn enqueue(place: &Place, report: &mut Report) -> Result<(), Failure> {
    let asking = repository(place, "asking", ASKING)?;
    let plain = repository(place, "plain", "")?;
    let mut each = Vec::new();
    for round in 0..ROUNDS {
        let status = if round % 2 == 0 { "done" } else { "pending" };
        let (with, without) = (round_of(place, &asking, status)?, round_of(place, &plain, status)?);
        each.push((with.as_secs_f64() - without.as_secs_f64()) * 1000.0 / f64::from(u32::try_from(TASKS)?));
    }
    let recorded = fs::read_dir(asking.join(".git/taskmaster/outbox/intents"))?.count();
    if recorded != TASKS * ROUNDS {
        return Err(format!("{recorded} effects were recorded").into());
    }
    each.sort_by(f64::total_cmp);
    let each = each.get(ROUNDS / 2).copied().unwrap_or_default();
    report.number("an effect more in a run of the engine", each, "ms", each < 2.0, "< 2 ms");
    Ok(())
}

/// A repository with tasks and rules, all of it processed.
fn repository(place: &Place, name: &str, triggers: &str) -> Result<PathBuf, Failure> {
    let path = place.path(name);
    fs::create_dir_all(path.join(".taskmaster/config"))?;
    let rules = format!(
        "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  actions:\n    tell: {{webhook: {{url: \"https://example.org/\"}}}}\n{triggers}"
    );
    fs::write(path.join(".taskmaster/config/workflow.yaml"), rules)?;
    place.git(&path, &["init", "-q", "-b", "main"])?;
    for (key, value) in [("user.name", "Speed"), ("user.email", "speed@example.com"), ("gc.auto", "0")] {
        place.git(&path, &["config", key, value])?;
    }
    commit(place, &path, "pending")?;
    sync(place, &path)?;
    Ok(path)
}

/// How long the run takes for a commit by which all tasks get a status.
fn round_of(place: &Place, path: &Path, status: &str) -> Result<Duration, Failure> {
    commit(place, path, status)?;
    sync(place, path)
}

fn commit(place: &Place, path: &Path, status: &str) -> Result<(), Failure> {
    for task in 1..=TASKS {
        let folder = path.join(format!(".taskmaster/context/task_{task:03}"));
        fs::create_dir_all(&folder)?;
        let text =
            format!("---\ntask_id: task_{task:03}\ntitle: Topic {task}\nstatus: {status}\n---\n\n# Topic {task}\n");
        fs::write(folder.join("task.md"), text)?;
    }
    place.git(path, &["add", "."])?;
    place.git(path, &["commit", "-q", "-m", status])
}

/// How long what is behind every hook takes.
fn sync(place: &Place, path: &Path) -> Result<Duration, Failure> {
    let mut command = place.command(path, PROGRAM, &["sync"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let took = start.elapsed();
    if status.success() { Ok(took) } else { Err(format!("sync: {status}").into()) }
}
