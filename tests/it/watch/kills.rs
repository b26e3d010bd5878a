//! A watcher that is killed is followed by one that finishes what it has begun.

use std::fs;

use super::{RULES, Watch, commits, repository};
use crate::sandbox::Sandbox;
use crate::scenery::{JSON, ONE, THREE, TWO};

fn undisturbed() -> [&'static str; 3] {
    ["ann: Start", "ann: chore(taskmaster): 1 done", "taskmaster: chore(taskmaster): 1 done; 2 pending"]
}

#[test]
fn what_was_saved_before_a_kill_is_done_by_the_next() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    repo.replace(THREE, "Text that nobody touches.", "Edited before.");
    let watch = Watch::over(&repo, &[]);
    watch.signal("-STOP");
    repo.mark(ONE, "pending", "done");
    watch.kill();
    let mut next = Watch::over(&repo, &[]);
    next.until_done();
    let said = next.end();
    assert_eq!(said[0]["beginning"]["catches_up"], true);
    assert_eq!(
        (commits(&repo), repo.dirt().trim()),
        (undisturbed().map(String::from).to_vec(), format!("M {THREE}").as_str())
    );
    // One that ends by itself leaves nothing to catch up with.
    repo.mark(ONE, "done", "review");
    let said = Watch::over(&repo, &[]).end();
    assert_eq!(said[0]["beginning"]["catches_up"], false);
    assert_eq!(commits(&repo).len(), 3);
}

/// Killed at each step that lasts, from the save to the end of what follows.
#[test]
fn case_14_a_watcher_that_is_killed_anywhere_is_finished_by_the_next() {
    let long = std::env::var_os("TASKMASTER_LONG").is_some_and(|value| value == "1");
    let sandbox = Sandbox::new();
    let run = |at: Option<usize>| {
        let name = format!("{}", at.unwrap_or_default());
        let repo = sandbox.repository(&format!("at-{name}"));
        repo.git(&["config", "user.name", "ann"]);
        repo.plant(RULES);
        repo.commit_all("Start");
        let trace = sandbox.path().join(format!("trace-{name}"));
        let at = at.map(|at| at.to_string());
        let mut environment = vec![("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap())];
        environment.extend(at.as_ref().map(|at| ("TASKMASTER_CRASH_AT", at.as_str())));
        let mut watch = Watch::begun(&repo, &[], &environment);
        let mut begun = 0;
        if at.is_none() {
            watch.until("began");
            begun = fs::read_to_string(&trace).unwrap().lines().count();
            repo.mark(ONE, "pending", "done");
            watch.until_done();
            watch.end();
        } else {
            watch.until("began");
            repo.mark(ONE, "pending", "done");
            let (code, said) = watch.wait();
            assert_eq!(code, None, "{name}: {said:#?}");
            let mut next = Watch::over(&repo, &[]);
            repo.mark(THREE, "pending", "review");
            next.until_one("committed", |line| {
                line["subject"].as_str().is_some_and(|subject| subject.contains("3 review"))
            });
            next.until("followed");
            next.end();
        }
        let texts = [ONE, TWO, JSON].map(|path| repo.read(path).replace("\"review\"", "\"pending\""));
        let fsck = repo.git(&["fsck", "--strict", "--no-dangling"]);
        let all: Vec<String> = commits(&repo);
        ((texts, repo.dirt(), fsck), all, begun + 1..fs::read_to_string(&trace).unwrap().lines().count() + 1)
    };
    let (end, all, points) = run(None);
    assert_eq!(all, undisturbed());
    let every = if long { 1 } else { 7 };
    for at in points.step_by(every) {
        let (killed, all, _) = run(Some(at));
        assert_eq!(killed, end, "killed at {at}");
        let mine = all.iter().filter(|commit| commit.starts_with("ann: chore") && commit.contains("1 done")).count();
        let engines = all.iter().filter(|commit| commit.contains("2 pending")).count();
        assert_eq!((mine, engines), (1, 1), "killed at {at}: {all:#?}");
    }
}
