//! Planning, measured in this process: what it takes above reading the board, and nothing else.

use std::path::Path;
use std::time::Instant;

use taskmaster::app::{Project, View};
use taskmaster::engine::cascade::{self, Source};
use taskmaster::engine::diff::diff;
use taskmaster::engine::event::{self, Origin};
use taskmaster::engine::plan::Detail;

use crate::Failure;
use crate::measure::Pair;

/// How often it is measured.
const RUNS: usize = 9;

/// Plans what follows from the newest commit, beside reading the board at it.
///
/// Each run reads everything anew, rules included, so that nothing compiled or remembered in one is
/// there in the next, as in a hook. Planning begins with the difference of two boards.
pub(crate) fn planning(repository: &Path) -> Result<Pair, Failure> {
    let project = Project::open(repository)?;
    let head = project.repository.head()?.ok_or("no commit")?;
    let commit = project.repository.commit(&head)?;
    let parent = commit.parents.first().ok_or("no parent")?;
    let before = project.commit(parent)?;
    let after = project.commit(&head)?.snapshot;
    let mut pairs = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let view = View::of(after.clone());
        let reading = start.elapsed();

        let start = Instant::now();
        let origin = Origin::of_commit(&commit, None);
        let events = event::derive(&diff(&before.board, &view.board), &before.board, &view.board, &origin).events;
        if events.len() != 1 {
            return Err(format!("{} events instead of one", events.len()).into());
        }
        let source = Source::of(&view.workflow, events, origin);
        let plan = cascade::plan_on(&view.snapshot, &view.board, &[source], Detail::Brief);
        let planning = start.elapsed();
        drop(plan);
        pairs.push((planning, reading));
    }
    Ok(Pair::of(&pairs))
}
