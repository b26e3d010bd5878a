//! The process is killed before and behind every step that lasts, and the next run brings all to where it would
//! be had nothing happened. `TASKMASTER_LONG=1` tries every point, and kills the next run as well.

mod scenario;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use scenario::{Act, DIARY, Dates, GOING_BACK, Next, SCENARIOS, Scenario};
use taskmaster::store::crash::Step;
use world::{World, differences};

use crate::sandbox::{Repo, Sandbox};

const SYNC: Act = Act::Engine(&["sync"]);

/// Points are tried in so many threads: they wait for the disk more than they compute.
const THREADS: usize = 4;

fn is_long() -> bool {
    std::env::var_os("TASKMASTER_LONG").is_some_and(|value| value == "1")
}

/// The repository that a scenario begins in.
fn begin<'a>(sandbox: &'a Sandbox, scenario: &Scenario) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    // A dozen files less to copy each time.
    std::fs::remove_dir_all(repo.path.join(".git/hooks")).unwrap();
    (scenario.prepare)(&repo);
    repo
}

/// The run that a user makes next; `None` where there is nothing left to do.
fn next_act(scenario: &Scenario, world: &World, head: &str, end: &Look) -> Option<Act> {
    let is_committed = world.head() != head;
    match scenario.next {
        Next::Again | Next::Ring | Next::Unless if !is_committed => {
            let is_done = scenario.next == Next::Unless && world.look(scenario.dates) == *end;
            (!is_done).then_some(scenario.act)
        }
        Next::Ring => Some(Act::Engine(&["hooks", "run", "post-commit"])),
        Next::Again | Next::Sync | Next::Unless => Some(SYNC),
    }
}

/// The points worth a kill. Between one step and the next nothing lasts: to be killed behind the one is to be
/// killed before the other.
fn points(trace: &[String]) -> Vec<usize> {
    let mut behind = false;
    let mut worth = Vec::new();
    for (number, line) in (1..).zip(trace) {
        if is_long() || !(behind && line.starts_with("before")) {
            worth.push(number);
        }
        behind = line.starts_with("after");
    }
    worth
}

type Look = BTreeMap<String, String>;

/// Says what is wrong with a world that should have come to an end.
type Judge<'a> = dyn Fn(&World, &Look) -> Vec<String> + Sync + 'a;

/// Kills one scenario at each of its points; gives what is wrong then.
fn killed(scenario: &Scenario, judge: &Judge<'_>) -> Vec<String> {
    let sandbox = Sandbox::new();
    let repo = begin(&sandbox, scenario);
    let (root, start) = (sandbox.path().to_owned(), repo.path.clone());
    let undisturbed = World::copy(&root, &start, "undisturbed");
    let (ran, trace) = undisturbed.traced(scenario.act, None);
    assert_eq!(ran.code, 0, "{}: {ran:?}", scenario.name);
    let head = World::at(&root, &start).head();
    let commits = scenario.next == Next::Again && undisturbed.head() != head;
    if commits {
        undisturbed.act(SYNC, &[]);
    }
    let end = undisturbed.look(scenario.dates);
    let points = points(&trace);
    assert!(points.len() > 1, "{}: {trace:?}", scenario.name);
    let (turn, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let one = |number: usize, second: Option<usize>| {
        let name = format!("{number}-{}", second.unwrap_or_default());
        let world = World::copy(&root, &start, &name);
        let (ran, passed) = world.traced(scenario.act, Some(number));
        let mut found = Vec::new();
        if passed.get(..number) != trace.get(..number) {
            found.push(format!("it went another way: {passed:?} {ran:?}"));
        }
        // A hook that is killed does not end the git that has rung.
        if matches!(scenario.act, Act::Engine(_)) && ran.code != -1 && passed.len() == number {
            found.push(format!("it was not killed: {ran:?}"));
        }
        // A second kill, in the run that was to make up for the first.
        let reached = second.is_none_or(|second| {
            let next = next_act(scenario, &world, &head, &end);
            next.is_some_and(|next| world.traced(next, Some(second)).1.len() >= second)
        });
        if let Some(next) = next_act(scenario, &world, &head, &end) {
            let ran = world.act(next, &[]);
            if ran.code != 0 {
                found.push(format!("the next run fails: {ran:?}"));
            }
            if commits {
                world.act(SYNC, &[]);
            }
        }
        found.extend(judge(&world, &end));
        // What is finished stays so.
        if is_long() {
            let before = world.look(scenario.dates);
            world.act(SYNC, &[]);
            found.extend(differences(&before, &world.look(scenario.dates)));
        }
        let point = trace.get(number - 1).map_or("", String::as_str);
        let place = format!("{} at {number} ({point}), then {second:?}", scenario.name);
        wrong.lock().unwrap().extend(found.into_iter().map(|what| format!("== {place}\n{what}")));
        std::fs::remove_dir_all(world.path.parent().unwrap()).unwrap();
        reached
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(number) = points.get(turn.fetch_add(1, Ordering::Relaxed)) {
                    one(*number, None);
                    if is_long() {
                        let mut second = 1;
                        while one(*number, Some(second)) {
                            second += 1;
                        }
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// The end of each killed run is that of the undisturbed one.
#[track_caller]
fn is_finished_by_the_next_run(name: &str) {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
    let judge = |world: &World, end: &Look| differences(end, &world.look(scenario.dates));
    let today = || std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let day = today();
    let mut wrong = killed(scenario, &judge);
    // Files that say the day say another one behind midnight.
    if scenario.dates == Dates::Clock && today() != day {
        wrong = killed(scenario, &judge);
    }
    assert!(wrong.is_empty(), "{} points\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_scenario_has_a_test_of_its_own() {
    let source = include_str!("crash.rs");
    for scenario in SCENARIOS {
        assert!(
            source.contains(&format!("\n    is_finished_by_the_next_run(\"{}\");", scenario.name)),
            "{}",
            scenario.name
        );
    }
}

#[test]
fn case_14_killed_at_every_step_of_post_commit() {
    is_finished_by_the_next_run("post-commit");
}

#[test]
fn case_14_killed_at_every_step_of_post_commit_list() {
    is_finished_by_the_next_run("post-commit-list");
}

#[test]
fn case_14_killed_at_every_step_of_post_commit_never() {
    is_finished_by_the_next_run("post-commit-never");
}

#[test]
fn case_14_killed_at_every_step_of_post_commit_detached() {
    is_finished_by_the_next_run("post-commit-detached");
}

#[test]
fn case_14_killed_at_every_step_of_merge() {
    is_finished_by_the_next_run("merge");
}

#[test]
fn case_14_killed_at_every_step_of_sync() {
    is_finished_by_the_next_run("sync");
}

#[test]
fn case_14_killed_at_every_step_of_sync_list() {
    is_finished_by_the_next_run("sync-list");
}

#[test]
fn case_14_killed_at_every_step_of_sync_beside_edits() {
    is_finished_by_the_next_run("sync-beside-edits");
}

#[test]
fn case_14_killed_at_every_step_of_sync_creates() {
    is_finished_by_the_next_run("sync-creates");
}

#[test]
fn case_14_killed_at_every_step_of_sync_effects() {
    is_finished_by_the_next_run("sync-effects");
}

#[test]
fn case_14_killed_at_every_step_of_sync_rotates() {
    is_finished_by_the_next_run("sync-rotates");
}

#[test]
fn case_14_killed_at_every_step_of_apply() {
    is_finished_by_the_next_run("apply");
}

#[test]
fn case_14_killed_at_every_step_of_apply_commit() {
    is_finished_by_the_next_run("apply-commit");
}

#[test]
fn case_14_killed_at_every_step_of_repair() {
    is_finished_by_the_next_run("repair");
}

#[test]
fn case_14_killed_at_every_step_of_set_status() {
    is_finished_by_the_next_run("set-status");
}

#[test]
fn case_14_killed_at_every_step_of_set_status_worktree() {
    is_finished_by_the_next_run("set-status-worktree");
}

#[test]
fn case_14_killed_at_every_step_of_create() {
    is_finished_by_the_next_run("create");
}

#[test]
fn case_14_killed_at_every_step_of_create_worktree() {
    is_finished_by_the_next_run("create-worktree");
}

#[test]
fn case_14_killed_at_every_step_of_next_branch() {
    is_finished_by_the_next_run("next-branch");
}

#[test]
fn case_14_killed_at_every_step_of_undo() {
    is_finished_by_the_next_run("undo");
}

#[test]
fn case_14_killed_at_every_step_of_init() {
    is_finished_by_the_next_run("init");
}

#[test]
fn case_14_killed_at_every_step_of_init_commit() {
    is_finished_by_the_next_run("init-commit");
}

#[test]
fn case_14_killed_at_every_step_of_hooks_install() {
    is_finished_by_the_next_run("hooks-install");
}

#[test]
fn case_14_killed_at_every_step_of_hooks_uninstall() {
    is_finished_by_the_next_run("hooks-uninstall");
}

/// A line of the log is written once or not at all, and `status` says where nobody can know.
#[test]
fn case_20_killed_at_every_step_a_line_of_the_log_is_never_there_twice() {
    let judge = |world: &World, end: &Look| {
        let is_state = |name: &str| name.starts_with("file .git/taskmaster/outbox/");
        let (mut wanted, mut found) = (end.clone(), world.look(DIARY.dates));
        let states = |all: &Look| {
            let states = all.iter().filter(|(name, _)| name.contains("/outbox/state/"));
            states.map(|(_, text)| text.clone()).collect::<Vec<String>>().concat()
        };
        let state = states(&found);
        wanted.retain(|name, _| !is_state(name));
        found.retain(|name, _| !is_state(name));
        let mut wrong = differences(&wanted, &found);
        let told = world.act(Act::Engine(&["status"]), &[]).stdout.contains("1 line of the log may be missing");
        let is_right = match world.diary() {
            1 if state.contains("\"sent\"") => !told,
            0 | 1 => state.contains("\"begun\"") && told,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{} lines, told {told}, {state}", world.diary()));
        }
        wrong
    };
    let wrong = killed(&DIARY, &judge);
    assert!(wrong.is_empty(), "{} points\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn case_14_every_step_that_lasts_is_gone_through_somewhere() {
    let mut passed: BTreeSet<String> = BTreeSet::new();
    for scenario in SCENARIOS.iter().chain([&DIARY, &GOING_BACK]) {
        let sandbox = Sandbox::new();
        let repo = begin(&sandbox, scenario);
        let world = World::copy(sandbox.path(), &repo.path, "traced");
        passed.extend(world.traced(scenario.act, None).1);
    }
    // What a killed run has left is removed by the next.
    let sandbox = Sandbox::new();
    let sync = SCENARIOS.iter().find(|scenario| scenario.name == "sync").unwrap();
    let repo = begin(&sandbox, sync);
    let world = World::copy(sandbox.path(), &repo.path, "traced");
    let (_, trace) = world.traced(SYNC, None);
    let at = trace.iter().position(|line| line == "after index-edit").unwrap();
    let world = World::copy(sandbox.path(), &repo.path, "killed");
    world.traced(SYNC, Some(at + 1));
    passed.extend(world.traced(SYNC, None).1);
    for step in Step::ALL {
        for side in ["before", "after"] {
            let point = format!("{side} {}", step.name());
            assert!(passed.remove(&point), "no scenario passes `{point}`");
        }
    }
    assert!(passed.is_empty(), "points of no step: {passed:?}");
}
