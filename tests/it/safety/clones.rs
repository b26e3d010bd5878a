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
    repo.mark(&path(id), &old, others[dice.below(others.len())]);
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
    let join = |at: usize, with_engine: bool| {
        let clone = sandbox.clone(Path::new(&bare), &format!("member{at}"));
        if with_engine {
            clone.tm(&["hooks", "install"]);
        }
        clone
    };
    let team: Vec<Repo<'_>> = engines.iter().enumerate().map(|(at, with)| join(at, *with)).collect();
    let mut dice = Dice::new(seed);
    for round in 0..times(8, 40) {
        for _ in 0..engines.len() {
            let at = dice.below(engines.len());
            match dice.below(4) {
                0 => {
                    let pulled = team[at].try_git(&["pull", "-q", "--no-edit", "--no-rebase"]);
                    assert_eq!(pulled.code, 0, "seed {seed}: {pulled:?}");
                }
                1 => share(&team[at]),
                _ => change(&team[at], at + 1, &mut dice, round),
            }
        }
    }
    // Two times around: the first brings everybody's work together, the second what followed from it.
    for member in team.iter().chain(&team) {
        share(member);
    }
    for member in &team {
        let pulled = member.try_git(&["pull", "-q", "--ff-only"]);
        assert_eq!(pulled.code, 0, "seed {seed}: {pulled:?}");
    }
    let tips: Vec<String> = team.iter().map(Repo::head).collect();
    assert!(tips.iter().all(|tip| *tip == tips[0]), "seed {seed}: {tips:?}");
    for (at, member) in team.iter().enumerate().filter(|(at, _)| engines[*at]) {
        assert_eq!(member.dirt(), "", "seed {seed}: {at}");
        let again = member.try_tm(&["sync"]);
        assert_eq!((again.code, member.head()), (0, tips[0].clone()), "seed {seed}: {again:?}");
    }
    let made = records(&team[0]);
    for (id, with_engine) in engines.iter().enumerate() {
        let wanted = if *with_engine { by_hand(&team[0], id + 1) } else { 0 };
        assert_eq!(
            made.get(&(id + 1).to_string()).copied().unwrap_or_default(),
            wanted,
            "seed {seed}: task {}",
            id + 1
        );
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
        let task = record["subject"].as_str().or_else(|| record["data"]["task"].as_str()).unwrap().to_owned();
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
