//! The rules' file by itself, environments, and effects as they would be sent.

use std::fs;

use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, TWO, WORKFLOW_FILE};

const RULES: &str = "workflow_config:
  version: \"2.0\"  # as it came
  mode: commit
  git: {canonical: main}
  notifications:
    channels:
      - type: slack
        channel: '#all'
      - {type: webhook, url: '${HOOK_URL}/x', events: [deployment_complete]}
    templates:
      deployment_success: '{environment} has it'
  triggers:
    - name: finished
      event: task.status.updated
      actions: [send_notifications, trigger_dependent_tasks, trigger_cleanup_workflow]
    - name: shipped
      event: deployment.success
      actions: [notify_all, {close: {to: done}}]
    - name: cleaned
      event: workflow.cleanup.requested
      actions: [note]
  security:
    webhook_secret: '${SECRET}'
  actions:
    close: {set: {status: '{to}'}}
    note: {set: {cleaned: true}}
  endpoints: {slack_webhook: '${SLACK_HOOK}'}
environments:
  live:
    notifications:
      channels:
        - {type: slack, channel: '#live'}
    triggers:
      - {name: shipped, enabled: false}
  quiet:
    notifications: {enabled: false}
";

fn planted(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(RULES);
    repo.commit_all("Start");
    repo
}

#[test]
fn config_show_says_where_each_setting_comes_from() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let text = repo.tm(&["config", "show", "--origin"]);
    for line in [
        "mode = \"commit\"  # config/workflow.yaml:3",
        "notifications.channels[slack].channel = \"#all\"  # config/workflow.yaml:8",
        "notifications.channels[webhook].url = \"${HOOK_URL}/x\"  (HOOK_URL is not set)  # config/workflow.yaml:9",
        "git.executor = \"author\"  # default",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
    }
    repo.git(&["config", "taskmaster.mode", "warn"]);
    assert_eq!(repo.tm(&["config", "show", "--origin", "mode"]), "mode = \"warn\"  # git config taskmaster.mode\n");
    let live = repo.tm(&["config", "show", "--origin", "--env", "live", "notifications.channels"]);
    assert!(live.contains("[slack].channel = \"#live\"  # environment live, config/workflow.yaml:32"), "{live}");
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let variables =
        [("HOOK_URL", "https://hush.example.org"), ("TASKMASTER_ENV", "quiet"), ("WORKFLOW_ENVIRONMENT", "live")];
    let ran = sandbox.run(&repo.path, program, &["config", "show"], &variables);
    assert!(ran.stdout.contains("(HOOK_URL is set)") && !ran.stdout.contains("hush"), "{ran:?}");
    assert!(ran.stdout.contains("notifications.enabled = false"), "TASKMASTER_ENV counts first: {ran:?}");
    let ran = sandbox.run(&repo.path, program, &["config", "show", "notifications"], &variables[2..]);
    assert!(ran.stdout.contains("#live"), "{ran:?}");
    let ran = repo.try_tm(&["config", "show", "--env", "lvie"]);
    assert_eq!(ran.code, 3);
    assert!(
        ran.stderr.contains("there is no environment `lvie`") && ran.stderr.contains("did you mean live?"),
        "{ran:?}"
    );
    let ran = repo.try_tm(&["config", "show", "notification.channels"]);
    assert!(ran.code == 3 && ran.stderr.contains("there is no setting"), "{ran:?}");
}

#[test]
fn config_check_finds_what_is_wrong_with_any_file() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = repo.try_tm(&["config", "check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("note") && ran.stdout.contains("security: webhook_secret"), "{ran:?}");
    assert!(ran.stdout.ends_with("0 errors, 0 warnings\n"), "{ran:?}");
    let outside = sandbox.path().join("loose.yaml");
    fs::write(&outside, "mode: comit\nactions: {set_status: {run: x}}\nlogging: {level: LOUD}\n").unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(sandbox.path(), program, &["config", "check", "loose.yaml"], &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for part in
        ["did you mean `commit`?", "loose.yaml:1:7", "yours is never called", "cannot be `LOUD`", "2 errors, 1 warning"]
    {
        assert!(ran.stdout.contains(part), "{part} is missing in {}", ran.stdout);
    }
    let ran = sandbox.run(sandbox.path(), program, &["config", "check", "none.yaml"], &[]);
    assert!(ran.code == 3 && ran.stderr.contains("there is no file `none.yaml`"), "{ran:?}");
}

#[test]
fn config_check_names_the_calls_of_an_action_that_is_left_out() {
    let sandbox = Sandbox::new();
    let text =
        "actions:\n  alert_ops: {run: ./x, timeout: 0}\ntriggers:\n  - {name: t, event: x, actions: [alert_ops]}\n";
    fs::write(sandbox.path().join("loose.yaml"), text).unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(sandbox.path(), program, &["config", "check", "loose.yaml"], &[]);
    assert!(
        ran.stdout.contains("trigger `t` calls the action `alert_ops`, which is left out for its errors"),
        "{ran:?}"
    );
    assert!(ran.stdout.ends_with("1 error, 1 warning\n"), "{ran:?}");
}

/// Of a long line what stands around the place is shown, and the arrow is right below it.
#[test]
fn a_finding_far_along_a_line_is_shown_with_what_stands_around_it() {
    let sandbox = Sandbox::new();
    let check = |before: usize, behind: usize| {
        let text = format!(
            "x-{}: 1\ntriggers: [{{name: a, description: \"{}\", event: task.created, actions: [notify_all: {{text: x, chanels: [b]}}], x-more: \"{}\"}}]\n",
            "k".repeat(10),
            "é".repeat(before),
            "b".repeat(behind),
        );
        fs::write(sandbox.path().join("loose.yaml"), text).unwrap();
        let program = env!("CARGO_BIN_EXE_taskmaster");
        sandbox.run(sandbox.path(), program, &["config", "check", "loose.yaml"], &[]).stdout
    };
    for (before, behind) in [(10, 10), (120, 20), (160, 10), (190, 400), (700, 10), (3000, 3000)] {
        let shown = check(before, behind);
        let lines: Vec<&str> = shown.lines().collect();
        let arrow = lines.iter().position(|line| line.contains('^')).unwrap_or_else(|| panic!("{before}: {shown}"));
        let column = lines[arrow].chars().take_while(|letter| *letter != '^').count();
        let pointed: String = lines[arrow - 1].chars().skip(column).take(10).collect();
        assert_eq!(pointed, "notify_all", "{before}: {shown}");
        assert!(lines[arrow - 1].chars().count() < 160, "{before}: {shown}");
        // The place is that of the file.
        let at = 70 + before;
        assert!(shown.contains(&format!("loose.yaml:2:{at}")), "{before} {at}: {shown}");
    }
}

#[test]
fn config_check_names_the_value_that_is_empty_and_the_alias_that_is_taken() {
    let sandbox = Sandbox::new();
    let check = |text: &str| {
        fs::write(sandbox.path().join("loose.yaml"), text).unwrap();
        let program = env!("CARGO_BIN_EXE_taskmaster");
        sandbox.run(sandbox.path(), program, &["config", "check", "loose.yaml"], &[]).stdout
    };
    let empty = check(
        "triggers:\n  - name: a\n    event: x.y\n    conditions: [{field: status, operator: equals, value: null}]\n    \
         actions: [notify_all]\n",
    );
    assert!(empty.contains("`value` of a condition of trigger `a` with `equals` is empty"), "{empty}");
    // Another name for what the spelling meant before is no loss.
    let taken = check(
        "statuses:\n  pending: {aliases: [finished]}\n  drafting: {category: active, aliases: [wip]}\n  \
         done: {aliases: [shipped]}\n",
    );
    let message = "`finished` is claimed by the status `pending`, and is usually another name of `done`";
    assert!(taken.contains(message) && taken.contains("it counts as `pending`"), "{taken}");
    assert!(taken.ends_with("0 errors, 1 warning\n"), "{taken}");
}

#[test]
fn config_upgrade_changes_the_version_and_nothing_else() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let head = repo.head();
    let ran = repo.try_tm(&["config", "upgrade", "--dry-run"]);
    assert!(ran.code == 0 && ran.stdout.contains("+  version: \"2.1\"  # as it came"), "{ran:?}");
    assert_eq!(repo.read(WORKFLOW_FILE), RULES);
    repo.tm(&["config", "upgrade"]);
    assert_eq!(repo.read(WORKFLOW_FILE), RULES.replace("\"2.0\"", "\"2.1\""));
    assert_eq!((repo.head(), repo.dirt().as_str()), (head, " M .taskmaster/config/workflow.yaml"));
    let again = repo.try_tm(&["config", "upgrade"]);
    assert!(again.code == 0 && again.stderr.contains("has version 2.1 already"), "{again:?}");
    repo.write(WORKFLOW_FILE, "version: '2.0'\nmode: comit\n");
    let ran = repo.try_tm(&["config", "upgrade"]);
    assert!(ran.code == 3 && ran.stderr.contains("the file has 1 error"), "{ran:?}");
    assert_eq!(repo.read(WORKFLOW_FILE), "version: '2.0'\nmode: comit\n");
}

#[test]
fn explain_says_what_an_event_from_outside_would_do() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.everything();
    let event =
        ["explain", "--event", "deployment.success", "--data", "{\"environment\":\"production\"}", "--task", "3"];
    let text = repo.tm(&event);
    for part in [
        "deployment.success 3",
        "shipped fires",
        "-status: pending",
        "+status: done",
        "notify notify_all [",
        "]: production has it",
        "to slack #all: production has it",
        "to webhook ${HOOK_URL}/x: {\"text\":\"production has it\"",
        "workflow.cleanup.requested",
        "+cleaned: true",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    assert_eq!(repo.everything(), before);
    let live = repo.tm(&[&event[..], &["--env", "live"]].concat());
    assert!(live.contains("the environment `live` wants no effects of this trigger"), "{live}");
    assert!(live.contains("+status: done") && live.contains("to slack #live: "), "{live}");
    let quiet = repo.tm(&[&event[..], &["--env", "quiet"]].concat());
    assert!(
        quiet.contains("switched off by `notifications.enabled: false`") && quiet.contains("+status: done"),
        "{quiet}"
    );
    for (arguments, code, message) in [
        (&["explain", "--event", "Deployment"][..], 3, "no event is called `Deployment`"),
        (&["explain", "--event", "a.*"], 3, "it has a `*`"),
        (&["explain", "--event", "a", "--data", "[]"], 2, "the data is not a JSON object"),
        (&["explain", "--event", "a", "--task", "99"], 3, "there is no task 99"),
        (&["explain", "--env", "none"], 3, "there is no environment `none`"),
    ] {
        let ran = repo.try_tm(arguments);
        assert!(ran.code == code && ran.stderr.contains(message), "{arguments:?}: {ran:?}");
    }
}

/// Invariant 6: the same commit whatever the environment, and effects that differ with it.
#[test]
fn what_is_edited_is_the_same_in_every_environment() {
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut commits = Vec::new();
    let mut texts = Vec::new();
    for environment in ["", "live", "quiet", "unknown"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.tm(&["sync"]);
        repo.tm(&["hooks", "install"]);
        repo.mark(ONE, "pending", "done");
        repo.git(&["add", "-A"]);
        let path =
            format!("{}:{}", std::path::Path::new(program).parent().unwrap().display(), std::env::var("PATH").unwrap());
        let variables = [("TASKMASTER_ENV", environment), ("PATH", path.as_str())];
        let ran = sandbox.run(&repo.path, "git", &["commit", "-q", "-m", "One is done"], &variables);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(repo.engine_commits(), 1, "{ran:?}");
        assert_eq!(repo.status(TWO), "pending");
        commits.push(repo.head());
        let outbox = repo.path.join(".git/taskmaster/outbox/intents");
        let mut intents: Vec<serde_json::Value> = fs::read_dir(outbox)
            .into_iter()
            .flatten()
            .map(|entry| serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap())
            .collect();
        intents.sort_by_key(|intent| intent["data"]["kind"].to_string());
        let kinds: Vec<String> = intents
            .iter()
            .map(|intent| {
                let to =
                    intent["data"]["deliveries"].as_array().unwrap().iter().map(|to| to["address"].as_str().unwrap());
                format!("{} {}", intent["data"]["kind"].as_str().unwrap(), to.collect::<Vec<_>>().join(","))
            })
            .collect();
        let mut kinds = kinds;
        kinds.dedup();
        texts.push(kinds.join(" "));
    }
    commits.dedup();
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert_eq!(texts, ["dispatch  send slack #all", "dispatch  send slack #live", "dispatch ", ""]);
}

/// A clone chooses one of several trees with `taskmaster.tree`; each has the statuses of its own rules.
#[test]
fn each_tree_of_a_repository_has_its_own_statuses() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    for (tree, statuses) in [("", "baking: {category: active}"), ("kitchen/", "proving: {category: active}")] {
        repo.write(&format!("{tree}{WORKFLOW_FILE}"), format!("mode: commit\nstatuses: {{{statuses}}}\n"));
        let task = "---\ntask_id: task_001\ntitle: Bread\nstatus: pending\n---\n";
        repo.write(&format!("{tree}{ONE}"), task);
    }
    repo.commit_all("Start");
    for (tree, own, others) in [(".taskmaster", "baking", "proving"), ("kitchen/.taskmaster", "proving", "baking")] {
        repo.git(&["config", "taskmaster.tree", tree]);
        let ran = repo.try_tm(&["set-status", "1", others]);
        assert!(ran.code != 0 && ran.stderr.contains(others), "{tree}: {ran:?}");
        repo.tm(&["set-status", "1", own]);
        let file = format!("{}{ONE}", tree.strip_suffix(".taskmaster").unwrap());
        assert_eq!(repo.status(&file), own);
        assert_eq!(repo.changed("HEAD~1", "HEAD"), [file]);
    }
}

#[test]
fn a_kind_of_finding_is_explained() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let told = repo.tm(&["config", "check", "--explain", "never-acts"]);
    assert!(told.starts_with("never-acts (warning)\n") && told.contains("\nwhat to do: "), "{told}");
    assert_eq!(repo.tm(&["check", "--explain", "never-acts"]), told);
    let unknown = repo.try_tm(&["check", "--explain", "never-act"]);
    assert!(unknown.code != 0 && unknown.stderr.contains("did you mean never-acts?"), "{}", unknown.stderr);
}
