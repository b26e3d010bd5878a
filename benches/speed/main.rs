//! How fast the program is, as ratios to commands everybody has, measured in one run.
//!
//! `cargo bench` makes a tree of 10,000 task files in a temporary repository, runs the real program
//! and a yardstick in turn, each in a new process with a warm page cache, and prints medians, the
//! median of the ratios, and the target where there is one. `cargo bench -- --check` ends with 1
//! where a target is missed; `cargo bench -- rules backtest` measures these parts alone (`start`,
//! `reading`, `backtest`, `rules`, `hooks`, `many`, `large`, `json`, `watch`, `outbox`; `--quick` makes a tenth of the saves that
//! `watch` measures, and looks at it for a sixth of the time). It needs `git`, `find`, `cat`, and some
//! minutes.

mod enqueue;
mod measure;
mod outbox;
mod planning;
mod tree;
mod watching;

use std::cell::Cell;
use std::path::Path;
use std::process::{Command, ExitCode};

use enqueue::enqueue;
use measure::{Pair, Spread, pair, pair_of, peak_memory};
use outbox::outbox;
use planning::planning;
use tree::{Objects, Place};
use watching::{Length, watching};

/// Anything that keeps the measuring from being done.
type Failure = Box<dyn std::error::Error>;

const PROGRAM: &str = env!("CARGO_BIN_EXE_taskmaster");

/// What is asked of one measurement.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// At most so many times the yardstick.
    Ratio(f64),
    /// At most so many milliseconds more than the yardstick.
    Behind(f64),
    /// At most so many MiB.
    Memory(f64),
    /// Nothing: for information.
    None,
}

/// The table as it grows.
#[derive(Default)]
struct Report {
    missed: usize,
}

impl Report {
    fn heading() {
        println!("{:<44} {:>10}  {:<30} {:>10} {:>8}  target", "program", "median", "yardstick", "median", "ratio");
    }

    fn time(&mut self, name: &str, yardstick: &str, pair: &Pair, target: Target) {
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let (ours, theirs) = (milliseconds(pair.ours), milliseconds(pair.theirs));
        let (target, met) = match target {
            Target::Ratio(most) => (format!("< {most} x"), pair.ratio < most),
            Target::Behind(most) => (format!("< {most} ms behind"), ours - theirs < most),
            Target::Memory(_) | Target::None => (String::new(), true),
        };
        let verdict = self.verdict(&target, met);
        println!("{name:<44} {ours:>7.1} ms  {yardstick:<30} {theirs:>7.1} ms {:>8.2}  {target}{verdict}", pair.ratio);
    }

    /// A part of a run, whose yardstick is what comes before it: at most so many milliseconds.
    fn part(&mut self, name: &str, yardstick: &str, pair: &Pair, most: f64) {
        let whole = Pair { ours: pair.theirs + pair.ours, theirs: pair.theirs, ratio: pair.ratio + 1.0 };
        self.time(name, yardstick, &whole, Target::Behind(most));
    }

    /// Many times of one thing, of which 99 of a hundred are to take so many milliseconds at the most.
    fn spread(&mut self, name: &str, spread: &Spread, most: f64) {
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        let (median, nearly_all) = (milliseconds(spread.median), milliseconds(spread.nearly_all));
        let others = format!("p95 {:.1} ms, p99", milliseconds(spread.most));
        let target = format!("p99 < {most} ms");
        let verdict = self.verdict(&target, nearly_all < most);
        println!("{name:<44} {median:>7.1} ms  {others:<30} {nearly_all:>7.1} ms {:>8}  {target}{verdict}", "");
    }

    /// Time on the processor, in milliseconds.
    fn processor(&mut self, name: &str, time: Option<std::time::Duration>, most: Option<f64>) {
        let Some(time) = time.map(|time| time.as_secs_f64() * 1000.0) else { return };
        let target = most.map_or_else(String::new, |most| format!("< {most} ms"));
        let verdict = self.verdict(&target, most.is_none_or(|most| time < most));
        println!("{name:<44} {time:>7.2} ms  {:<30} {:>10} {:>8}  {target}{verdict}", "", "", "");
    }

    fn memory(&mut self, name: &str, peak: Option<f64>, target: Target) {
        let Some(peak) = peak else { return };
        let (target, met) = match target {
            Target::Memory(most) => (format!("< {most} MiB"), peak < most),
            _ => (String::new(), true),
        };
        let verdict = self.verdict(&target, met);
        println!("{name:<44} {peak:>6.1} MiB  {:<30} {:>10} {:>8}  {target}{verdict}", "", "", "");
    }

    /// A figure of its own kind.
    fn number(&mut self, name: &str, figure: f64, unit: &str, met: bool, target: &str) {
        let verdict = self.verdict(target, met);
        println!("{name:<44} {figure:>7.2} {unit:<3} {:<30} {:>10} {:>8}  {target}{verdict}", "", "", "");
    }

    fn verdict(&mut self, target: &str, met: bool) -> &'static str {
        self.missed += usize::from(!met);
        match (target.is_empty(), met) {
            (true, _) => "",
            (false, true) => ": met",
            (false, false) => ": MISSED",
        }
    }
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let length = if std::env::args().any(|argument| argument == "--quick") { Length::Quick } else { Length::Full };
    match measure_all(&parts, length) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(missed) => {
            println!("{missed} missed");
            if check { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

/// Measures the named parts; without names all of them.
fn measure_all(parts: &[String], length: Length) -> Result<usize, Failure> {
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let place = Place::new()?;
    let mut report = Report::default();
    Report::heading();
    if wants("watch") {
        watching(&place, length, &mut report)?;
    }
    if wants("outbox") {
        outbox(&place, &mut report)?;
        enqueue(&place, &mut report)?;
    }
    if parts.iter().all(|part| part == "watch" || part == "outbox") && !parts.is_empty() {
        return Ok(report.missed);
    }
    let history = tree::markdown_history();
    let packed = place.repository("packed", &history, Objects::Packed)?;
    if wants("start") {
        start_up(&place, &packed, &mut report)?;
    }
    if wants("reading") {
        reading(&place, &packed, &mut report)?;
    }
    if wants("backtest") {
        backtest(&place, &packed, &mut report)?;
    }
    if wants("rules") {
        rules(&place, &packed, &mut report)?;
    }
    if wants("hooks") {
        hooks(&place, &packed, "packed", &mut report)?;
        let loose = place.repository("loose", &history, Objects::Loose)?;
        hooks(&place, &loose, "loose", &mut report)?;
    }
    if wants("many") {
        many(&place, &packed, &mut report)?;
    }
    if wants("large") {
        let history = tree::large_history();
        let large = place.repository("large", &history, Objects::Packed)?;
        let plain = place.repository("plain", &history, Objects::Packed)?;
        let empty = place.repository("empty", &history, Objects::Packed)?;
        among_many(&place, [&large, &plain, &empty], &mut report)?;
    }
    if wants("json") {
        let json = place.repository("json", &tree::json_history(), Objects::Packed)?;
        tasks_json(&place, &json, &mut report)?;
    }
    Ok(report.missed)
}

fn start_up(place: &Place, repository: &Path, report: &mut Report) -> Result<(), Failure> {
    let version = |program: &str| place.command(repository, program, &["--version"]);
    let measured = pair(|_| Ok(()), || version(PROGRAM), || version("git"))?;
    report.time("taskmaster --version", "git --version", &measured, Target::Behind(5.0));
    Ok(())
}

fn reading(place: &Place, repository: &Path, report: &mut Report) -> Result<(), Failure> {
    let program = |arguments: &[&str]| place.command(repository, PROGRAM, arguments);
    let cat = || cat(place, repository);
    let list = pair(|_| Ok(()), || program(&["list"]), cat)?;
    report.time("list", "cat", &list, Target::Ratio(1.5));
    report.memory("list, memory", peak_memory(program(&["list"]))?, Target::Memory(64.0));
    for arguments in [["next"].as_slice(), &["check"], &["status"], &["list", "--at", "HEAD"]] {
        let measured = pair(|_| Ok(()), || program(arguments), cat)?;
        report.time(&arguments.join(" "), "cat", &measured, Target::None);
    }
    let events = || program(&["events", "HEAD~1..HEAD"]);
    let diff = || place.command(repository, "git", &["diff", "--quiet", "HEAD~1", "HEAD"]);
    report.time("events HEAD~1..HEAD", "git diff HEAD~1 HEAD", &pair(|_| Ok(()), events, diff)?, Target::None);
    let log = || place.command(repository, "git", &["log", "--patch", "--format=%H", "HEAD"]);
    let measured = pair_of(3, |_| Ok(()), || program(&["log"]), log)?;
    report.time(&format!("log ({} commits)", tree::COMMITS), "git log --patch", &measured, Target::None);
    Ok(())
}

/// Old rules against new ones over the whole history, behind the commit that brings all tasks.
fn backtest(place: &Place, repository: &Path, report: &mut Report) -> Result<(), Failure> {
    let rules = place.path("new.yaml");
    std::fs::write(
        &rules,
        "triggers:\n  - {name: parents, event: task.status.updated, actions: [roll_up_parent]}\n  - {name: tell, event: \
         task.status.updated, actions: [notify_team]}\n",
    )?;
    let range = format!("HEAD~{}..HEAD", tree::COMMITS);
    let rules = rules.to_string_lossy().into_owned();
    let ours = || place.command(repository, PROGRAM, &["backtest", "--config", &rules, &range]);
    let theirs = || place.command(repository, PROGRAM, &["events", &range]);
    let measured = pair_of(3, |_| Ok(()), ours, theirs)?;
    report.time(&format!("backtest ({} commits)", tree::COMMITS), "events", &measured, Target::Ratio(3.0));
    Ok(())
}

/// One event under 1,000 triggers, all of which listen to it and have to look at its task.
///
/// What planning takes above reading the board is measured in this process; beside it stands what
/// the larger file costs everybody who reads it.
fn rules(place: &Place, one: &Path, report: &mut Report) -> Result<(), Failure> {
    let many = place.repository("rules", &tree::history_under_many_triggers(), Objects::Packed)?;
    for (repository, triggers, target) in [(&*many, tree::TRIGGERS, 20.0), (one, 1, 20.0)] {
        let name = format!("reading, planning one event ({triggers} triggers)");
        report.part(&name, "reading the board", &planning(repository)?, target);
    }
    for arguments in [["explain", "HEAD"].as_slice(), &["list"]] {
        let name = format!("{} ({} triggers)", arguments.join(" "), tree::TRIGGERS);
        let yardstick = format!("{} (1 trigger)", arguments.join(" "));
        let command = |repository: &Path| place.command(repository, PROGRAM, arguments);
        let measured = pair(|_| Ok(()), || command(&many), || command(one))?;
        report.time(&name, &yardstick, &measured, Target::None);
    }
    Ok(())
}

/// `cat` over the files the program reads, started as a person would.
fn cat(place: &Place, repository: &Path) -> Command {
    place.command(repository, "find", &[".taskmaster", "-type", "f", "-exec", "cat", "{}", "+"])
}

/// One changed and staged task before the commit, one event after it.
fn hooks(place: &Place, repository: &Path, objects: &str, report: &mut Report) -> Result<(), Failure> {
    let program = |arguments: &[&str]| place.command(repository, PROGRAM, arguments);
    let git = |arguments: &[&str]| place.command(repository, "git", arguments);
    let stage = |at: usize, part: usize| {
        tree::set_status(repository, at, part, "pending", "done")?;
        place.git(repository, &["add", "."])
    };
    stage(500, 5)?;
    let pre_commit = || program(&["hooks", "run", "pre-commit"]);
    let measured = pair(|_| Ok(()), pre_commit, || git(&["diff", "--cached", "--quiet"]))?;
    let target = if objects == "packed" { Target::Ratio(30.0) } else { Target::None };
    report.time(&format!("pre-commit ({objects} objects)"), "git diff --cached --quiet", &measured, target);
    place.git(repository, &["commit", "-q", "-m", "one status"])?;
    run(program(&["sync"]))?;
    let at = Cell::new(500);
    let another = |_: usize| {
        at.set(at.get() + 1);
        stage(at.get(), 5)?;
        place.git(repository, &["commit", "-q", "-m", "one status"])
    };
    let post_commit = || program(&["hooks", "run", "post-commit"]);
    let measured = pair(another, post_commit, || git(&["status", "--porcelain"]))?;
    report.time(&format!("post-commit ({objects} objects)"), "git status", &measured, Target::None);
    let next = || {
        at.set(at.get() + 1);
        program(&["set-status", "--no-commit", &format!("{}.5", at.get()), "done"])
    };
    let measured = pair(|_| Ok(()), next, || git(&["status", "--porcelain"]))?;
    report.time(&format!("set-status --no-commit ({objects} objects)"), "git status", &measured, Target::None);
    place.git(repository, &["reset", "-q", "--hard"])?;
    let next = || {
        at.set(at.get() + 1);
        program(&["set-status", &format!("{}.5", at.get()), "done"])
    };
    let measured = pair(|_| Ok(()), next, || git(&["status", "--porcelain"]))?;
    report.time(&format!("set-status ({objects} objects)"), "git status", &measured, Target::None);
    Ok(())
}

/// In a repository of 30,000 files: what the four hooks of a commit cost that have nothing to do, and what the engine
/// takes behind one event. `plain` is the same repository without hooks: each commit finds what the one before has left.
/// `empty` has four hooks that end at once: what git itself takes for hooks (it reads its index again behind them).
fn among_many(place: &Place, [repository, plain, empty]: [&Path; 3], report: &mut Report) -> Result<(), Failure> {
    for hook in ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"] {
        tree::empty_hook(empty, hook)?;
    }
    run(place.command(repository, PROGRAM, &["hooks", "install", "--mode", "commit"]))?;
    let at = Cell::new(0);
    let commit = |repository: &Path| {
        at.set(at.get() + 1);
        let script = format!("echo {} > src/000/000.txt && git commit -q -a -m x", at.get());
        place.command(repository, "sh", &["-c", &script])
    };
    let measured = pair_of(25, |_| Ok(()), || commit(repository), || commit(plain))?;
    report.time("git commit, 4 hooks (30,000 files)", "git commit, no hooks", &measured, Target::Behind(15.0));
    let measured = pair_of(25, |_| Ok(()), || commit(empty), || commit(plain))?;
    report.time("git commit, 4 empty hooks (30,000 files)", "git commit, no hooks", &measured, Target::None);
    run(place.command(repository, PROGRAM, &["hooks", "uninstall"]))?;
    place.git(repository, &["config", "taskmaster.mode", "commit"])?;
    let one = |run: usize| {
        tree::set_home_status(repository, run + 1, 5, "pending", "done")?;
        place.git(repository, &["commit", "-q", "-a", "-m", "one status"])
    };
    let post_commit = || place.command(repository, PROGRAM, &["hooks", "run", "post-commit"]);
    let measured = pair_of(25, one, post_commit, || place.command(repository, "git", &["--version"]))?;
    report.time("post-commit, one event (30,000 files)", "git --version", &measured, Target::Behind(30.0));
    Ok(())
}

/// One commit that sets 600 statuses, and what would follow from it.
fn many(place: &Place, repository: &Path, report: &mut Report) -> Result<(), Failure> {
    for at in 1..=100 {
        for part in 3..=8 {
            tree::set_status(repository, at, part, "pending", "done")?;
        }
    }
    place.git(repository, &["commit", "-q", "-a", "-m", "600 statuses"])?;
    let look = || place.command(repository, PROGRAM, &["sync", "-n"]);
    let measured = pair(|_| Ok(()), look, || cat(place, repository))?;
    report.time("sync -n, 600 statuses in one commit", "cat", &measured, Target::None);
    Ok(())
}

fn tasks_json(place: &Place, repository: &Path, report: &mut Report) -> Result<(), Failure> {
    let program = |arguments: &[&str]| place.command(repository, PROGRAM, arguments);
    let cat = || cat(place, repository);
    report.time("list (tasks.json)", "cat", &pair(|_| Ok(()), || program(&["list"]), cat)?, Target::None);
    report.memory("list (tasks.json), memory", peak_memory(program(&["list"]))?, Target::Memory(64.0));
    let at = Cell::new(500);
    let next = || {
        at.set(at.get() + 1);
        program(&["set-status", "--no-commit", &format!("{}.5", at.get()), "done"])
    };
    report.time("set-status --no-commit (tasks.json)", "cat", &pair(|_| Ok(()), next, cat)?, Target::None);
    Ok(())
}

fn run(mut command: Command) -> Result<(), Failure> {
    let ran = command.output()?;
    match ran.status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("{command:?}: {}", String::from_utf8_lossy(&ran.stderr)).into()),
    }
}
