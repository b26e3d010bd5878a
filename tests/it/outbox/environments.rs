use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{ONE, WORKFLOW_FILE};
use super::{acting, allow, drain, drain_with, text};

/// A commit in an environment, by which a task is done.
fn done_in(repo: &Repo<'_>, task: &str, environment: &str) {
    repo.mark(task, "pending", "done");
    let arguments = ["commit", "-q", "-a", "-m", "Done"];
    let ran = repo.sandbox.run(&repo.path, "git", &arguments, &[("TASKMASTER_ENV", environment)]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Rules with two environments, each with these settings of how effects are carried out.
fn with_two<'a>(sandbox: &'a Sandbox, actions: &str, calls: &str, [live, test]: [&str; 2]) -> Repo<'a> {
    let repo = acting(sandbox, actions, calls, "");
    let environments = format!(
        "  environments:\n    live: {{execution: {{{live}}}}}\n    test: {{execution: {{{test}}}}}\n  triggers:\n"
    );
    repo.replace(WORKFLOW_FILE, "  triggers:\n", &environments);
    repo.commit_all("Two environments");
    repo
}

#[test]
fn each_environment_says_how_many_are_carried_out_at_once() {
    // Each waits a while for the other one's sign.
    let command = |mine: &str, theirs: &str| {
        format!(
            "    {mine}: {{run: \"touch ../{mine}$TASKMASTER_TASK; for i in $(seq 30); do test -e ../{theirs}$TASKMASTER_TASK \
             && echo $TASKMASTER_TASK >> ../met && exit; sleep 0.1; done\"}}"
        )
    };
    let actions = [command("one", "two"), command("two", "one")].join("\n");
    let sandbox = Sandbox::new();
    let limits = ["max_concurrent_workflows: 1", "max_concurrent_workflows: 2"];
    let repo = with_two(&sandbox, &actions, "one, two", limits);
    done_in(&repo, super::THREE, "live");
    done_in(&repo, ONE, "test");
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 4);
    let met = text(&repo, "met");
    let count = |task: &str| met.lines().filter(|line| *line == task).count();
    // The second in `live` finds the sign that the first has left.
    assert_eq!((count("3"), count("1")), (1, 2), "{met}");
}

#[test]
fn each_environment_says_how_long_its_effects_may_take() {
    let sandbox = Sandbox::new();
    let actions = "    slow: {run: \"echo $TASKMASTER_TASK >> ../begun; test $TASKMASTER_TASK = 1 || sleep 1000\"}";
    let repo = with_two(&sandbox, actions, "slow", ["workflow_timeout: 1", "workflow_timeout: 600"]);
    done_in(&repo, super::THREE, "live");
    done_in(&repo, ONE, "test");
    allow(&repo);
    let run = drain_with(&repo, &["--wait"], &[]);
    assert_eq!((&run["dead"], &run["sent"]), (&1.into(), &1.into()), "{run}");
}
