//! One scenario, killed: at each of its points, and the next run too.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::scenario::{Act, Next, Scenario};
use super::world::{World, differences};
use crate::sandbox::{Repo, Sandbox};

pub(super) const SYNC: Act = Act::Engine(&["sync"]);

const RING: Act = Act::Engine(&["hooks", "run", "post-commit"]);

/// Points are tried in so many threads: they wait for the disk more than they compute.
const THREADS: usize = 4;

fn is_long() -> bool {
    std::env::var_os("TASKMASTER_LONG").is_some_and(|value| value == "1")
}

/// The repository that a scenario begins in.
pub(super) fn begin<'a>(sandbox: &'a Sandbox, scenario: &Scenario) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    // A dozen files less to copy each time.
    std::fs::remove_dir_all(repo.path.join(".git/hooks")).unwrap();
    (scenario.prepare)(&repo);
    repo
}

/// The points worth a kill. Between one step and the next nothing lasts: to be killed behind the one is to be
/// killed before the other.
fn points(trace: &[String], all: bool) -> Vec<usize> {
    let mut behind = false;
    let mut worth = Vec::new();
    for (number, line) in (1..).zip(trace) {
        if all || !(behind && line.starts_with("before")) {
            worth.push(number);
        }
        behind = line.starts_with("after");
    }
    worth
}

pub(super) type Look = BTreeMap<String, String>;

/// Says what is wrong with a world that should have come to an end.
pub(super) type Judge<'a> = dyn Fn(&World, &Look) -> Vec<String> + Sync + 'a;

/// One scenario, and what comes of it where nobody disturbs it.
struct Trial<'a> {
    scenario: &'a Scenario,
    judge: &'a Judge<'a>,
    root: PathBuf,
    start: PathBuf,
    /// The commit that it begins at.
    head: String,
    /// The points that are passed.
    trace: Vec<String>,
    /// Whether it makes a commit; then `sync` is run behind it.
    commits: bool,
    end: Look,
}

impl<'a> Trial<'a> {
    fn new(sandbox: &Sandbox, scenario: &'a Scenario, judge: &'a Judge<'a>) -> Self {
        let repo = begin(sandbox, scenario);
        let (root, start) = (sandbox.path().to_owned(), repo.path);
        let head = World::at(&root, &start).head();
        let undisturbed = World::copy(&root, &start, "undisturbed");
        let (ran, trace) = undisturbed.traced(scenario.act, None);
        assert_eq!(ran.code, 0, "{}: {ran:?}", scenario.name);
        assert!(trace.len() > 2, "{}: {trace:?}", scenario.name);
        let commits = scenario.next == Next::Again && undisturbed.head() != head;
        if commits {
            undisturbed.act(SYNC, &[]);
        }
        let end = undisturbed.look(scenario.dates);
        Self { scenario, judge, root, start, head, trace, commits, end }
    }

    /// The run that a user makes next; `None` where there is nothing left to do.
    fn next_act(&self, world: &World) -> Option<Act> {
        let next = self.scenario.next;
        if next != Next::Sync && world.head() == self.head {
            let is_done = next == Next::Unless && world.look(self.scenario.dates) == self.end;
            return (!is_done).then_some(self.scenario.act);
        }
        Some(if next == Next::Ring { RING } else { SYNC })
    }

    /// Kills it at a point, and the next run at another; gives the points that the last run passed, and what is
    /// wrong.
    fn kill(&self, number: usize, second: Option<usize>) -> (Vec<String>, Vec<String>) {
        let name = format!("{number}-{}", second.unwrap_or_default());
        let world = World::copy(&self.root, &self.start, &name);
        let (ran, passed) = world.traced(self.scenario.act, Some(number));
        let (mut wrong, mut recovery) = (Vec::new(), Vec::new());
        if passed.get(..number) != self.trace.get(..number) {
            wrong.push(format!("it went another way: {passed:?} {ran:?}"));
        }
        // A hook that is killed does not end the git that has rung.
        if matches!(self.scenario.act, Act::Engine(_)) && ran.code != -1 && passed.len() == number {
            wrong.push(format!("it was not killed: {ran:?}"));
        }
        if let (Some(second), Some(next)) = (second, self.next_act(&world)) {
            world.traced(next, Some(second));
        }
        if let Some(next) = self.next_act(&world) {
            let (ran, points) = world.traced(next, None);
            recovery = points;
            if ran.code != 0 {
                wrong.push(format!("the next run fails: {ran:?}"));
            }
        }
        if self.commits {
            world.act(SYNC, &[]);
        }
        wrong.extend((self.judge)(&world, &self.end));
        // What is finished stays so.
        if is_long() {
            let before = world.look(self.scenario.dates);
            world.act(if self.scenario.next == Next::Ring { RING } else { SYNC }, &[]);
            wrong.extend(differences(&before, &world.look(self.scenario.dates)));
        }
        std::fs::remove_dir_all(world.path.parent().unwrap()).unwrap();
        let point = self.trace.get(number - 1).map_or("", String::as_str);
        let place = format!("== {} at {number} ({point}), then {second:?}", self.scenario.name);
        (recovery, wrong.into_iter().map(|what| format!("{place}\n{what}")).collect())
    }
}

/// Kills one scenario at each of its points; gives what is wrong then.
pub(super) fn killed(scenario: &Scenario, judge: &Judge<'_>) -> Vec<String> {
    let sandbox = Sandbox::new();
    let trial = Trial::new(&sandbox, scenario, judge);
    let few = points(&trial.trace, false);
    let points_of_it = points(&trial.trace, is_long());
    let (turn, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(number) = points_of_it.get(turn.fetch_add(1, Ordering::Relaxed)) {
                    let (recovery, found) = trial.kill(*number, None);
                    wrong.lock().unwrap().extend(found);
                    if !is_long() || !few.contains(number) {
                        continue;
                    }
                    for second in points(&recovery, false) {
                        let (_, found) = trial.kill(*number, Some(second));
                        wrong.lock().unwrap().extend(found);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}
