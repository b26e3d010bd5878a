//! A watcher at work: from an editor's rename to the engine's commit on the branch, and what watching costs while
//! nothing happens.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use taskmaster::app::Project;
use taskmaster::model::CommitId;

use crate::measure::{Spread, peak_memory_of, processor_time};
use crate::tree::{self, Objects, Place, SUBTASKS};
use crate::{Failure, PROGRAM, Report, Target};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// 1,000 saves on each tree, and a minute without any.
    Full,
    /// A tenth of the saves, and ten seconds.
    Quick,
}

/// The trees: how many tasks, and at most how many milliseconds.
const TREES: [(usize, f64); 3] = [(100, 200.0), (1_000, 200.0), (10_000, 400.0)];

/// How long a commit may take before the measuring is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often the branch is looked at.
const STEP: Duration = Duration::from_micros(500);

/// How long the watcher may take to come to rest behind the last save.
const REST: Duration = Duration::from_secs(3);

/// Saves one task after another under a running watcher.
pub(crate) fn watching(place: &Place, length: Length, report: &mut Report) -> Result<(), Failure> {
    let (saves, minute) = match length {
        Length::Full => (1_000, Duration::from_mins(1)),
        Length::Quick => (100, Duration::from_secs(10)),
    };
    for (tasks, most) in TREES {
        let repository = place.repository(&format!("watch-{tasks}"), &tree::watched_history(tasks), Objects::Packed)?;
        let watcher = Watcher::start(place, &repository)?;
        let at_first = processor_time(watcher.process());
        let times = save_all(&repository, tasks, saves)?;
        report.spread(&format!("save to engine commit ({tasks} tasks)"), &Spread::of(times), most);
        std::thread::sleep(REST);
        let at_last = processor_time(watcher.process());
        let spent = at_first.zip(at_last).map(|(first, last)| last.saturating_sub(first));
        let each = spent.and_then(|spent| spent.checked_div(u32::try_from(saves).ok()?));
        report.processor(&format!("watcher's CPU, one save ({tasks} tasks)"), each, None);
        if tasks == 10_000 {
            std::thread::sleep(minute);
            let idle = at_last.zip(processor_time(watcher.process())).map(|(first, last)| last.saturating_sub(first));
            let idle = idle.map(|idle| idle.mul_f64(60.0 / minute.as_secs_f64()));
            report.processor("watcher's CPU, idle for a minute", idle, Some(10.0));
            report.memory("watcher's memory (10,000 tasks)", peak_memory_of(watcher.process()), Target::Memory(64.0));
        }
    }
    Ok(())
}

/// A running watcher, ended with its value.
struct Watcher(Child);

impl Watcher {
    /// Starts it, and waits until it has begun.
    fn start(place: &Place, repository: &Path) -> Result<Self, Failure> {
        let mut command = place.command(repository, PROGRAM, &["--json", "watch"]);
        let mut watcher = Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
        let mut lines = BufReader::new(watcher.0.stdout.take().ok_or("no output")?).lines();
        for line in &mut lines {
            if line?.contains("\"what\":\"began\"") {
                // Nobody reads on, and a full pipe would stop it.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(watcher);
            }
        }
        Err("the watcher ended before it had begun".into())
    }

    fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Saves so many times, each time another task than before, and gives how long each took to the engine's commit.
fn save_all(repository: &Path, tasks: usize, saves: usize) -> Result<Vec<Duration>, Failure> {
    let project = Project::open(repository)?;
    let mut tip = project.repository.head()?.ok_or("no commit")?;
    let mut times = Vec::with_capacity(saves);
    for save in 0..saves {
        let top = tasks / (SUBTASKS + 1);
        // Each save is in another folder than the one before.
        let (at, part) = (save % top + 1, save / top % SUBTASKS + 1);
        let (path, beside) = written(repository, at, part)?;
        let start = Instant::now();
        fs::rename(beside, path)?;
        tip = next_engine_commit(&project, &tip, start)?;
        times.push(start.elapsed());
        // Who saves again does so while the watcher looks at what it has done itself, or when it is done: at any time.
        std::thread::sleep(Duration::from_millis((save as u64 * 37) % 150));
    }
    Ok(times)
}

/// Writes a task with its other status beside its file, as editors do that then rename. The file, and what is beside it.
fn written(repository: &Path, task: usize, part: usize) -> Result<(std::path::PathBuf, std::path::PathBuf), Failure> {
    let path = repository.join(tree::subtask_path(task, part));
    let text = fs::read_to_string(&path)?;
    let edited = if text.contains("\nstatus: pending\n") {
        text.replace("\nstatus: pending\n", "\nstatus: done\n")
    } else {
        text.replace("\nstatus: done\n", "\nstatus: pending\n")
    };
    if edited == text {
        return Err(format!("{} has another status", path.display()).into());
    }
    let beside = path.with_extension("md.new~");
    fs::write(&beside, edited)?;
    Ok((path, beside))
}

/// Waits until the branch is at a commit of the engine's behind `tip`.
fn next_engine_commit(project: &Project, tip: &CommitId, start: Instant) -> Result<CommitId, Failure> {
    loop {
        let head = project.repository.head()?.ok_or("no commit")?;
        if head != *tip && project.repository.commit(&head)?.message.contains("\nTaskmaster-Rules: ") {
            return Ok(head);
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("no commit of the engine's behind {tip} in {} s", PATIENCE.as_secs()).into());
        }
        std::thread::sleep(STEP);
    }
}
