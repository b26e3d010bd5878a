//! The rule language, from `workflow.yaml` to what is shown and done.

use serde_json::Value;

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{ONE_ONE, ONE_TWO, THREE, WORKFLOW_FILE};

const GROUPS: &str = "workflow_config:
  mode: commit
  triggers:
    - name: parent is done
      event: task.status.updated
      when: \"status == 'done' and parent\"
      conditions:
        - any:
            - {field: priority, operator: equals, value: low}
            - all:
                - {field: parent.subtasks.all.status.category, operator: equals, value: done}
                - none: [{field: title, operator: matches, value: \"(?i)^draft\"}]
        - {field: created, operator: older_than, value: P30D}
      actions: [roll_up_parent]
";

fn with_rules<'a>(sandbox: &'a Sandbox, rules: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant(rules);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

#[test]
fn rules_a_parent_is_done_when_all_its_subtasks_are() {
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, GROUPS);
    repo.mark(ONE_ONE, "pending", "completed");
    repo.commit_all("First");
    assert_eq!(repo.engine_commits(), 0);
    let explained = repo.tm(&["explain"]);
    let table: Vec<&str> = explained
        .lines()
        .skip_while(|line| !line.contains("does not fire"))
        .skip(1)
        .take(8)
        .map(str::trim_end)
        .collect();
    assert_eq!(
        table.join("\n"),
        "    false any (0 of 2 hold)
      false priority equals low (it is `high`)
      false all (1 of 2 hold)
        false parent.subtasks.all.status.category equals done (not so for 1 of 2: 1.2 is `todo`)
        true  none (0 of 1 hold)
          false title matches \"(?i)^draft\" (it is `\"One one\"`)
    true  created older_than P30D (it is `\"2025-01-15\"`, 151d15h14m40s before the event)
    true  when: status == 'done' and parent (it is true)"
    );
    repo.mark(ONE_TWO, "pending", "done");
    repo.commit_all("Second");
    assert_eq!(repo.engine_commits(), 1);
    assert!(repo.subjects()[0].contains("1 done"), "{:?}", repo.subjects());

    let explained: Value = serde_json::from_str(&repo.tm(&["explain", "HEAD~1", "--json"])).unwrap();
    let conditions = &explained["plan"]["steps"][0]["rules"][0]["conditions"];
    let inner = &conditions[0]["members"][1]["members"][0];
    assert_eq!(inner["actual"], serde_json::json!(["done", "done"]));
    assert_eq!(
        (&inner["holds"], &inner["failed"], &inner["why"]),
        (&true.into(), &false.into(), &"so for all 2".into())
    );
}

#[test]
fn rules_that_cannot_be_decided_do_nothing_and_are_said_once() {
    let sandbox = Sandbox::new();
    let rules = WORKFLOW.to_owned()
        + "    - name: broken
      event: task.status.updated
      conditions: [{none: [{when: owner == 'ann'}]}]
      actions:
        - set_status: {status: review}
";
    let repo = with_rules(&sandbox, &rules);
    repo.mark(ONE_ONE, "pending", "done");
    repo.mark(THREE, "pending", "done");
    let ran = repo.commit_all("Two");
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("cannot be decided")).collect();
    let expect =
        "taskmaster: broken: when: owner == 'ann': it cannot be decided: undefined value: `owner` is undefined";
    assert_eq!(said, [expect], "{ran:?}");
    assert_eq!((repo.status(ONE_ONE), repo.status(THREE)), ("done".to_owned(), "done".to_owned()));
}

#[test]
fn rules_are_looked_through_by_check_and_let_commits_pass() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let rules = "    - name: back
      event: task.status.updated
      conditions: [{field: staus, operator: equals, value: done}]
      actions:
        - set_status: {status: pending, tsk: 1}
    - name: contradiction
      event: task.status.updated
      conditions:
        - {field: status, operator: equals, value: done}
        - {field: status, operator: equals, value: failed}
      actions: [roll_up_parent]
";
    repo.write(WORKFLOW_FILE, WORKFLOW.to_owned() + rules);
    let ran = repo.try_tm(&["check", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found: Vec<String> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| format!("{} {}", finding["code"].as_str().unwrap(), finding["line"]))
        .collect();
    assert_eq!(found, ["never-acts 25", "unknown-field 22", "action-parameters 24"], "{}", ran.stdout);
    let ran = repo.commit_all("More rules");
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn rules_in_great_number_are_read_and_looked_through() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let rule = |at: usize| {
        let status = ["done", "pending", "review", "testing", "failed"][at % 5];
        format!(
            "    - name: rule {at}\n      event: task.status.updated\n      conditions:\n        \
             - {{field: kind, operator: equals, value: k{at}}}\n      actions:\n        - set_status: {{status: {status}}}\n"
        )
    };
    repo.write(WORKFLOW_FILE, WORKFLOW.to_owned() + &(0..10_000).map(rule).collect::<String>());
    let ran = repo.try_tm(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr.lines().take(20).collect::<String>());
    assert!(
        ran.stdout.contains("there are 10002 triggers"),
        "{}",
        ran.stdout.lines().rev().take(9).collect::<String>()
    );
}
