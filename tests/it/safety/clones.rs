//! Teams of clones, some without the engine, that pull and push plainly through a bare repository.

use std::collections::BTreeMap;
use std::path::Path;

use super::dice::{Dice, times};
use crate::sandbox::{Repo, Sandbox};

/// Each transition is recorded once; task 9 waits for a task of each of the first two members.
const RULES: &str = "mode: commit
task_integration: {status_sync: true}
triggers:
  - {name: seen, event: task.status.updated, actions: [create_analytics_entry, trigger_dependent_tasks, roll_up_parent]}
";

const STATUSES: [&str; 4] = ["pending", "in-progress", "review", "done"];

fn task(id: &str, dependencies: &str, status: &str) -> String {
    format!(
        "---\ntask_id: {id}\ntitle: Work on {id}\nstatus: {status}\ndependencies: {dependencies}\n---\n\n# Work\n\none\ntwo\n\
         three\nfour\n\n- **Status**: {status}\n"
    )
}

fn path(id: usize) -> String {
    format!(".taskmaster/context/task_{id:03}/task.md")
}

fn published(sandbox: &Sandbox, members: usize) -> std::path::PathBuf {
    let bare = sandbox.bare("shared.git");
    let seed = sandbox.clone(&bare, "seed");
    seed.git(&["checkout", "-q", "-B", "main"]);
    seed.write(".taskmaster/config/workflow.yaml", RULES);
    for id in 1..=members {
        seed.write(&path(id), task(&format!("task_{id:03}"), "[]", "pending"));
    }
    seed.write(&path(9), task("task_009", "[task_001, task_002]", "blocked"));
    seed.commit_all("Start");
    seed.git(&["push", "-q", "-u", "origin", "main"]);
    bare
}

/// Sets the member's task to another status by hand, in a commit.
fn change(repo: &Repo<'_>, id: usize, dice: &mut Dice, round: usize) {
    let text = repo.read(&path(id));
    let old = text.lines().find_map(|line| line.strip_prefix("status: ")).unwrap().to_owned();
    let others: Vec<&str> = STATUSES.into_iter().filter(|status| *status != old).collect();
    let new: &str = dice.one_of::<&str>(&others);
    repo.mark(&path(id), &old, new);
    repo.write(&format!("notes/{id}-{round}.txt"), "x");
    repo.commit_all(&format!("Round {round} of {id}"));
}

/// Until a push is taken, with a pull before each that was not.
fn share(repo: &Repo<'_>) {
    while repo.try_git(&["push", "-q", "--no-verify"]).code != 0 {
        let pulled = repo.try_git(&["pull", "-q", "--no-edit", "--no-rebase"]);
        assert_eq!(pulled.code, 0, "{pulled:?}");
    }
}

fn rounds(engines: &[bool], seed: u64) {
    let sandbox = Sandbox::new();
    let bare = published(&sandbox, engines.len());
    let join = |id: usize, with_engine: bool| {
        let clone = sandbox.clone(Path::new(&bare), &format!("member{id}"));
        if with_engine {
            clone.tm(&["hooks", "install"]);
        }
        clone
    };
    let team: Vec<(usize, bool, Repo<'_>)> =
        (1..).zip(engines).map(|(id, with_engine)| (id, *with_engine, join(id, *with_engine))).collect();
    let mut dice = Dice::new(seed);
    for round in 0..times(8, 40) {
        for _ in 0..engines.len() {
            let (id, _, member) = dice.one_of(&team);
            match dice.below(4) {
                0 => {
                    let pulled = member.try_git(&["pull", "-q", "--no-edit", "--no-rebase"]);
                    assert_eq!(pulled.code, 0, "seed {seed}: {pulled:?}");
                }
                1 => share(member),
                _ => change(member, *id, &mut dice, round),
            }
        }
    }
    // Two times around: the first brings everybody's work together, the second what followed from it.
    for (_, _, member) in team.iter().chain(&team) {
        share(member);
    }
    for (_, _, member) in &team {
        let pulled = member.try_git(&["pull", "-q", "--ff-only"]);
        assert_eq!(pulled.code, 0, "seed {seed}: {pulled:?}");
    }
    let tip = sandbox.run(&bare, "git", &["rev-parse", "main"], &[]).stdout.trim().to_owned();
    for (id, with_engine, member) in &team {
        assert_eq!(member.head(), tip, "seed {seed}: {id}");
        if *with_engine {
            let again = member.try_tm(&["sync"]);
            assert_eq!((again.code, member.head(), member.dirt()), (0, tip.clone(), String::new()), "{again:?}");
        }
        let wanted = if *with_engine { by_hand(member, *id) } else { 0 };
        let made = records(member).get(&id.to_string()).copied().unwrap_or_default();
        assert_eq!(made, wanted, "seed {seed}: task {id}");
    }
}

/// How often a member has changed a task's status.
fn by_hand(repo: &Repo<'_>, id: usize) -> usize {
    let log = repo.git(&[
        "log",
        "--no-merges",
        "--full-history",
        "-p",
        "-U0",
        "--author=member",
        "--format=",
        "--",
        &path(id),
    ]);
    log.lines().filter(|line| line.starts_with("+status: ")).count()
}

/// How many records there are of transitions, by task.
fn records(repo: &Repo<'_>) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for file in repo.git(&["ls-files", ".taskmaster/reports/analytics"]).lines() {
        let record: serde_json::Value = serde_json::from_str(&repo.read(file)).unwrap();
        let task = record.get("subject").and_then(serde_json::Value::as_str).unwrap().to_owned();
        *found.entry(task).or_default() += 1;
    }
    found
}

#[test]
fn teams_of_two_and_four_pull_and_push_plainly() {
    for seed in 1..=u64::try_from(times(1, 5)).unwrap() {
        rounds(&[true, false], seed);
        rounds(&[true, true], seed);
        rounds(&[true, true, false, true], seed);
    }
}
