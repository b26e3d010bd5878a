//! The process is killed before and behind every step that lasts, and the next run brings all to where it would
//! be had nothing happened. `TASKMASTER_LONG=1` tries every point, and kills the next run as well.

mod scenario;
mod trial;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scenario::{Act, DIARY, Dates, EMIT_DIARY, GOING_BACK, PUBLISHING, SCENARIOS, Scenario};
use taskmaster::store::crash::Step;
use trial::{Look, SYNC, begin, killed};
use world::{World, differences};

use crate::sandbox::Sandbox;

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
fn case_14_killed_at_every_step_of_post_commit_never() {
    is_finished_by_the_next_run("post-commit-never");
}

#[test]
fn case_14_killed_at_every_step_of_post_commit_detached() {
    is_finished_by_the_next_run("post-commit-detached");
}

#[test]
fn case_14_killed_at_every_step_of_quiet_commit() {
    is_finished_by_the_next_run("quiet-commit");
}

#[test]
fn case_14_killed_at_every_step_of_merge() {
    is_finished_by_the_next_run("merge");
}

#[test]
fn case_14_killed_at_every_step_of_migrate() {
    is_finished_by_the_next_run("migrate");
}

#[test]
fn case_14_killed_at_every_step_of_migrate_renumber() {
    is_finished_by_the_next_run("migrate-renumber");
}

#[test]
fn case_14_killed_at_every_step_of_undo_merge() {
    is_finished_by_the_next_run("undo-merge");
}

#[test]
fn case_14_killed_at_every_step_of_migrate_scripts() {
    is_finished_by_the_next_run("migrate-scripts");
}

#[test]
fn case_14_killed_at_every_step_of_migrate_backlog() {
    is_finished_by_the_next_run("migrate-backlog");
}

#[test]
fn case_14_killed_at_every_step_of_migrate_older() {
    is_finished_by_the_next_run("migrate-older");
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
fn case_14_killed_at_every_step_of_emit() {
    is_finished_by_the_next_run("emit");
}

#[test]
fn case_14_killed_at_every_step_of_emit_effects() {
    is_finished_by_the_next_run("emit-effects");
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

#[test]
fn case_20_killed_at_every_step_a_line_of_the_log_is_never_there_twice() {
    is_written_once(&DIARY);
}

#[test]
fn case_20_killed_at_every_step_of_emit_a_line_of_the_log_is_never_there_twice() {
    is_written_once(&EMIT_DIARY);
}

/// A line of the log is written once or not at all, and `status` says where nobody can know.
#[track_caller]
fn is_written_once(scenario: &Scenario) {
    let judge = |world: &World, end: &Look| {
        let is_state = |name: &str| name.contains(".git/taskmaster/outbox/");
        let (mut wanted, mut found) = (end.clone(), world.look(scenario.dates));
        let state = world.states();
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
    let wrong = killed(scenario, &judge);
    assert!(wrong.is_empty(), "{} points\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn case_14_every_step_that_lasts_is_gone_through_somewhere() {
    let mut passed: BTreeSet<String> = BTreeSet::new();
    for scenario in SCENARIOS.iter().chain([&DIARY, &EMIT_DIARY, &GOING_BACK, &PUBLISHING]) {
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

/// What changes a file, a reference or an object.
const LASTING: [&str; 19] = [
    "fs::rename(",
    "fs::remove_file(",
    "fs::remove_dir(",
    "fs::remove_dir_all(",
    "fs::write(",
    "fs::copy(",
    "create_dir_all(",
    ".persist(",
    ".persist_noclobber(",
    ".reference(",
    ".reference_matching(",
    ".delete()",
    ".set_str(",
    ".remove(key)",
    "odb.write(",
    ".inner.blob(",
    ".create_updated(",
    "File::create",
    "create_new(true)",
];

#[test]
fn case_14_nothing_that_lasts_is_done_outside_a_step() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = ["store", "git", "app", "hook"].map(|layer| source.join(layer)).into();
    let (mut steps, mut outside) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("tests")).then_some(path));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            for (at, line) in
                lines.iter().enumerate().filter(|(_, line)| LASTING.iter().any(|call| line.contains(call)))
            {
                // A step begins in the same statement, a few lines above at the most.
                let near = lines.get(at.saturating_sub(6)..=at).unwrap();
                steps += 1;
                if !near.iter().any(|line| line.contains("around(")) {
                    outside.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(steps > 30, "only {steps} were found");
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}
