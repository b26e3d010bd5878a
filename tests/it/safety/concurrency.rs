//! Eight processes at once on one repository, each doing what people, scripts and the engine do there. In
//! the end everything that anybody was told is done is there, and every event was handled once.
//!
//! What git itself does not do safely beside another git is done by one at a time: nobody writes a file
//! while somebody stashes it. The engine knows nothing of that, and is in between whenever it likes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::RwLock;
use std::thread;

use super::dice::{Dice, times};
use crate::sandbox::{Repo, Sandbox};

/// Processes at once.
const WORKERS: usize = 8;
const STATUSES: [&str; 3] = ["pending", "in-progress", "review"];

/// Each status has its line in the log, and its bullet follows.
const RULES: &str = "mode: commit
task_integration: {status_sync: true}
triggers:
  - {name: seen, event: task.status.updated, actions: [{log_seen: {text: \"{task_id} {old_status} {new_status}\"}}]}
";

/// What one worker was told is done.
#[derive(Default)]
struct Told {
    /// Words that are in a commit.
    committed: Vec<String>,
    /// Words that are in a file, staged or not, put aside, or in a commit.
    written: Vec<String>,
}

struct Worker<'a> {
    repo: &'a Repo<'a>,
    keyboard: &'a RwLock<()>,
    at: usize,
    dice: Dice,
    told: Told,
    /// Words in the worker's notes that no commit is known to have.
    open: Vec<String>,
    words: usize,
}

impl Worker<'_> {
    fn step(&mut self) {
        match self.dice.below(20) {
            0..=4 => self.set_status(),
            5 => drop(self.repo.try_tm(&["sync"])),
            6..=8 => self.edit_status_by_hand(),
            9..=11 => self.write_notes(),
            12 => self.by_hand(&["add", &self.notes()]),
            13..=15 => self.commit_notes(),
            16 => self.alone(&["checkout", "-q", if self.at.is_multiple_of(2) { "main" } else { "side" }]),
            17 => self.rebase(),
            18 => self.alone(&["stash", "push", "-q"]),
            _ => self.alone(&["stash", "pop", "-q"]),
        }
    }

    fn alone(&self, arguments: &[&str]) {
        let guard = self.keyboard.write().unwrap();
        self.repo.try_git(arguments);
        drop(guard);
    }

    /// What is not committed is put aside meanwhile. Where another process holds the index, or has committed on the
    /// branch since git looked at it, git stops. To abort would put the branch back to where git had seen it.
    fn rebase(&self) {
        let guard = self.keyboard.write().unwrap();
        let branch = self.repo.git(&["branch", "--show-current"]);
        if self.repo.try_git(&["stash", "push", "-q"]).code == 0 {
            if self.repo.try_git(&["rebase", "-q", "--force-rebase", "HEAD~2"]).code != 0 {
                self.repo.try_git(&["rebase", "--quit"]);
                while self.repo.try_git(&["checkout", "-q", "-f", &branch]).code != 0 {}
            }
            self.repo.try_git(&["stash", "pop", "-q"]);
        }
        drop(guard);
    }

    fn by_hand(&self, arguments: &[&str]) {
        let guard = self.keyboard.read().unwrap();
        self.repo.try_git(arguments);
        drop(guard);
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word-{}-{}.", self.at, self.words)
    }

    fn notes(&self) -> String {
        format!("notes/{}.txt", self.at)
    }

    /// The engine's edit, with a word that is in no other.
    fn set_status(&mut self) {
        let word = self.word();
        let status = *self.dice.one_of(&STATUSES);
        let metadata = format!("{{\"mark\": \"{word}\"}}");
        let ran = self.repo.try_tm(&["set-status", &self.at.to_string(), status, "--metadata", &metadata]);
        if ran.code == 0 {
            self.told.committed.push(word);
        }
    }

    /// A person's edit of a task, committed by its path.
    fn edit_status_by_hand(&mut self) {
        let status = *self.dice.one_of(&STATUSES);
        let guard = self.keyboard.read().unwrap();
        let path = task_path(self.at);
        let text = self.repo.read(&path);
        let line =
            |line: &str| if line.starts_with("status: ") { format!("status: {status}\n") } else { format!("{line}\n") };
        if !text.contains("<<<<<<<") {
            self.repo.write(&path, text.lines().map(line).collect::<Vec<_>>().concat());
            self.repo.try_git(&["commit", "-q", "-m", "By hand", "--", &path]);
        }
        drop(guard);
    }

    fn write_notes(&mut self) {
        let word = self.word();
        let guard = self.keyboard.read().unwrap();
        let text = fs::read_to_string(self.repo.path.join(self.notes())).unwrap_or_default();
        self.repo.write(&self.notes(), format!("{text}{word}\n"));
        self.told.written.push(word.clone());
        self.open.push(word);
        drop(guard);
    }

    fn commit_notes(&mut self) {
        let notes = self.notes();
        let guard = self.keyboard.read().unwrap();
        self.repo.try_git(&["add", &notes]);
        if self.repo.try_git(&["commit", "-q", "-m", "Notes", "--", &notes]).code == 0 {
            // What was stashed meanwhile is not in this commit, and still somewhere.
            let text = self.repo.read(&notes);
            let (there, elsewhere) = self.open.drain(..).partition(|word| text.contains(word.as_str()));
            self.open = elsewhere;
            self.told.committed.extend::<Vec<String>>(there);
        }
        drop(guard);
    }
}

fn task_path(worker: usize) -> String {
    format!(".taskmaster/context/task_{worker:03}/task.md")
}

fn prepared(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.write(".taskmaster/config/workflow.yaml", RULES);
    for worker in 1..=WORKERS {
        let text = format!(
            "---\ntask_id: task_{worker:03}\ntitle: Work of {worker}\nstatus: pending\n---\n\n# Work\n\none\ntwo\nthree\n\n\
             - **Status**: pending\n"
        );
        repo.write(&task_path(worker), text);
        repo.write(&format!("notes/{worker}.txt"), "begin\n");
    }
    repo.commit_all("Start");
    for file in ["one", "two", "three"] {
        repo.write(file, "x");
        repo.commit_all(file);
    }
    repo.git(&["branch", "side"]);
    repo.tm(&["hooks", "install"]);
    repo
}

/// Lets all of them work, then brings the repository to rest.
fn work(repo: &Repo<'_>, seed: u64, steps: usize) -> Told {
    let keyboard = RwLock::new(());
    let worker = |at: usize| {
        let dice = Dice::new(seed * 100 + u64::try_from(at).unwrap());
        let mut worker =
            Worker { repo, keyboard: &keyboard, at, dice, told: Told::default(), open: Vec::new(), words: 0 };
        (0..steps).for_each(|_| worker.step());
        worker.told
    };
    let told = thread::scope(|scope| {
        let running: Vec<_> = (1..=WORKERS).map(|at| scope.spawn(move || worker(at))).collect();
        running.into_iter().map(|running| running.join().unwrap()).collect::<Vec<_>>()
    });
    repo.try_git(&["reset", "-q"]);
    repo.git(&["add", "-A"]);
    repo.try_git(&["commit", "-q", "-m", "Rest", "--no-verify"]);
    for branch in ["side", "main"] {
        repo.git(&["checkout", "-q", branch]);
        repo.tm(&["sync"]);
    }
    assert_eq!(repo.dirt(), "");
    told.into_iter().fold(Told::default(), |mut all, one| {
        all.committed.extend(one.committed);
        all.written.extend(one.written);
        all
    })
}

/// How many lines a change of a status must have, and how many it may have.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    least: usize,
    most: usize,
}

/// Each change of a status, once however often its commit was rewritten: task, old and new. What one branch has done
/// and another does too, as a squash merge and a cherry-pick would, needs no line of its own.
fn transitions(repo: &Repo<'_>, taken: &[String]) -> BTreeMap<String, Lines> {
    let mut found: BTreeMap<String, Lines> = BTreeMap::new();
    let all: Vec<&str> = ["--branches"].into_iter().chain(taken.iter().map(String::as_str)).collect();
    for branch in ["main", "side"] {
        for (change, count) in transitions_on(repo, &[branch]) {
            let lines = found.entry(change).or_default();
            lines.least = lines.least.max(count);
        }
    }
    for (change, count) in transitions_on(repo, &all) {
        found.entry(change).or_default().most = count;
    }
    found
}

/// What was the tip until `git stash push` took it back: that resets the branch to where it has read HEAD, before it
/// takes the lock, and who has committed in between is not on the branch any more.
fn taken_back(repo: &Repo<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for branch in ["main", "side"] {
        let log = repo.read(&format!(".git/logs/refs/heads/{branch}"));
        for line in log.lines().filter(|line| line.ends_with("\treset: moving to HEAD")) {
            let mut ids = line.split(' ');
            let (old, new) = (ids.next().unwrap(), ids.next().unwrap());
            found.extend((old != new).then(|| old.to_owned()));
        }
    }
    found
}

fn transitions_on(repo: &Repo<'_>, branches: &[&str]) -> BTreeMap<String, usize> {
    let log = ["log", "-p", "-U0", "--format=commit %ad %an", "--date=raw"];
    let log = [&log[..], branches, &["--", ".taskmaster"]].concat();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut found = BTreeMap::new();
    for commit in repo.git(&log).split("commit ").skip(1) {
        let (date, files) = commit.split_once('\n').unwrap();
        for file in files.split("diff --git ").skip(1) {
            let after = |sign: &str| file.lines().find_map(|line| line.strip_prefix(sign));
            let (Some(old), Some(new)) = (after("-status: "), after("+status: ")) else { continue };
            // Each edit of the engine has a word of its own, each commit by hand a date.
            let lines: String = file.lines().filter(|line| line.starts_with('+')).collect();
            if seen.insert(format!("{date} {lines}")) {
                let task = after("+++ b/.taskmaster/context/task_").unwrap().split('/').next().unwrap();
                *found.entry(format!("{} {old} {new}", task.trim_start_matches('0'))).or_default() += 1;
            }
        }
    }
    found
}

/// The lines that the rule has written into the log, and that no event has two of them.
fn logged(repo: &Repo<'_>) -> BTreeMap<String, usize> {
    let log = repo.read(".git/taskmaster/log/workflow.jsonl");
    let mut found = BTreeMap::new();
    let mut events = BTreeSet::new();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        if text("schema") == "taskmaster.log-entry/1" {
            assert!(events.insert(text("event")), "twice: {line}");
            *found.entry(text("text")).or_default() += 1;
        }
    }
    found
}

#[test]
fn eight_at_once_lose_nothing_and_do_nothing_twice() {
    for seed in 1..=u64::try_from(times(1, 10)).unwrap() {
        let sandbox = Sandbox::new();
        let repo = prepared(&sandbox);
        let told = work(&repo, seed, times(12, 60));
        let taken = taken_back(&repo);
        let all = ["log", "--branches", "-p", "-m", "--format="].into_iter().chain(taken.iter().map(String::as_str));
        let history = repo.git(&all.collect::<Vec<_>>());
        for word in &told.committed {
            assert!(history.contains(word.as_str()), "seed {seed}: {word} was committed, and no branch has it");
        }
        let mut everywhere = repo.git(&["log", "--all", "--reflog", "-p", "-m", "--format="]);
        for stash in repo.git(&["stash", "list", "--format=%H"]).lines() {
            everywhere.push_str(&repo.git(&["show", "-m", "-p", stash]));
        }
        for word in &told.written {
            assert!(everywhere.contains(word.as_str()), "seed {seed}: {word} was written, and is gone");
        }
        let (logged, transitions) = (logged(&repo), transitions(&repo, &taken));
        for (change, Lines { least, most }) in &transitions {
            let lines = logged.get(change).copied().unwrap_or_default();
            assert!((*least..=*most).contains(&lines), "seed {seed}: {lines} lines of `{change}`: {least} to {most}");
        }
        let strange: Vec<_> = logged.keys().filter(|change| !transitions.contains_key(*change)).collect();
        assert!(strange.is_empty(), "seed {seed}: {strange:?}");
        repo.git(&["fsck", "--strict", "--no-dangling"]);
        let left = fs::read_dir(repo.path.join(".git")).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("taskmaster-")).collect();
        assert!(left.is_empty() && !repo.path.join(".git/index.lock").exists(), "{left:?}");
    }
}
