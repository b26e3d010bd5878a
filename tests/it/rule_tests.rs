//! `taskmaster test`: the rules against what is expected of them.

use super::sandbox::{Ran, Repo, Sandbox, planted};

const TESTS: &str = ".taskmaster/tests/rules.yaml";

/// Runs the tests in `text`, and sees that nothing is written.
#[track_caller]
fn tested(repo: &Repo<'_>, text: &str, arguments: &[&str], code: i32) -> Ran {
    repo.write(TESTS, text);
    let before = (repo.dirt(), repo.head());
    let ran = repo.try_tm(&[&["test"], arguments].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    assert_eq!((repo.dirt(), repo.head()), before);
    ran
}

#[test]
fn rule_tests_of_the_sample_pass() {
    let sandbox = Sandbox::new();
    let sample = sandbox.path().join("sample");
    let made = sandbox.run(
        sandbox.path(),
        env!("CARGO_BIN_EXE_taskmaster"),
        &["demo", "--dir", sample.to_str().unwrap()],
        &[],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let ran = sandbox.run(&sample, env!("CARGO_BIN_EXE_taskmaster"), &["test"], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "4 of 4 cases passed\n"), "{ran:?}");
    // They are no decoration: without a rule they fail.
    let rules = sample.join(".taskmaster/config/workflow.yaml");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text.replace("- trigger_dependent_tasks", "- update_analytics")).unwrap();
    let ran = sandbox.run(&sample, env!("CARGO_BIN_EXE_taskmaster"), &["test"], &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.ends_with("2 of 4 cases passed\n"), "{ran:?}");
}

#[test]
fn rule_tests_say_what_did_not_follow_and_what_was_not_expected() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let text = "cases:\n  - name: two waits for one\n    when: {set: {task: 1, status: done}}\n    expect:\n      edits:\n        \
                - 3 status pending -> done\n        - 2 status blocked -> pending\n";
    let ran = tested(&repo, text, &[], 1);
    assert!(ran.stdout.contains("failed two waits for one (tests/rules.yaml:2)\n"), "{ran:?}");
    assert!(ran.stdout.contains("- 3 status pending -> done (line 6: did not follow)\n"), "{ran:?}");
    assert!(ran.stdout.contains("+ 1 status@tasks/tasks.json pending -> done (not expected)\n"), "{ran:?}");
    assert!(!ran.stdout.contains("2 status blocked -> pending"), "{ran:?}");
    let json = tested(&repo, text, &["--json"], 1);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["schema"], &json["cases"], &json["failed"]), (&"taskmaster.test/1".into(), &1.into(), &1.into()));
    assert_eq!(json["files"][0]["cases"][0]["differences"][0]["missing"][0], "3 status pending -> done");
}

#[test]
fn rule_tests_try_other_rules_and_events_from_outside() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let rules = "triggers:\n  - name: deployed\n    event: deployment.success\n    conditions:\n      - {field: environment, \
                 operator: equals, value: production}\n    actions:\n      - set_status: {status: done}\n      - notify_team\n";
    repo.write("other.yaml", rules);
    let text = "given:\n  files:\n    context/task_007/task.md: |\n      ---\n      task_id: 7\n      status: review\n      ---\n\
                cases:\n  - name: production\n    when: {event: deployment.success, task: 7, data: {environment: production}}\n    \
                expect:\n      triggers: [deployed]\n      edits: [7 status review -> done]\n      effects: [notify_team]\n      \
                files:\n        context/task_007/task.md: |\n          ---\n          task_id: 7\n          status: done\n          ---\n  \
                - name: staging\n    when: {event: deployment.success, task: 7, data: {environment: staging}}\n    \
                expect: nothing\n";
    let ran = tested(&repo, text, &["--config", "other.yaml"], 0);
    assert_eq!(ran.stdout, "2 of 2 cases passed\n");
    assert_eq!(tested(&repo, text, &["--config", "other.yaml", "staging"], 0).stdout, "1 of 1 case passed\n");
    // With the tree's own rules nobody listens.
    assert_eq!(tested(&repo, text, &["production"], 1).stdout.lines().last(), Some("0 of 1 case passed"));
}

#[test]
fn rule_tests_that_are_broken_are_errors_with_their_place() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = tested(
        &repo,
        "cases:\n  - name: a\n    when: {set: {task: 1}}\n    expect: nothing\n  - name: b\n    when: {set: {task: 9, status: \
         done}}\n    expect: nothing\n  - name: c\n    when: {closes: 1}\n    expect: {edit: []}\n",
        &[],
        1,
    );
    assert!(ran.stdout.contains("--> tests/rules.yaml:3:"), "{ran:?}");
    assert!(ran.stdout.contains("`set` sets nothing"), "{ran:?}");
    assert!(ran.stdout.contains("the tree of the test has no task 9"), "{ran:?}");
    assert!(ran.stdout.contains("did you mean `edits`?"), "{ran:?}");
    let unknown = tested(&repo, "cases:\n  - {name: a, when: {event: x.y, task: 9}, expect: nothing}\n", &[], 1);
    assert!(unknown.stdout.contains("the tree of the test has no task 9"), "{unknown:?}");
    let list = tested(&repo, "- x\n", &[], 1);
    assert!(list.stdout.contains("it should be a mapping with the key `cases`"), "{list:?}");
    let other = tested(&repo, "cases:\n  - {name: a, when: {event: x.y}, expect: everything}\n", &[], 1);
    let wanted = "it should be `nothing`, or a mapping with some of edits, effects, triggers, events, failures, files";
    assert!(other.stdout.contains("`expect` of case `a` is the text `everything`"), "{other:?}");
    assert!(other.stdout.contains(wanted), "{other:?}");
    let empty = tested(&repo, "cases: []\n", &[], 0);
    assert!(empty.stdout.contains("the file has no cases"), "{empty:?}");
    let none = tested(&repo, "cases: []\n", &["zebra"], 3);
    assert!(none.stderr.contains("no case has `zebra` in its name"), "{none:?}");
}

#[test]
fn rule_tests_hold_a_failed_action_against_the_rules() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("other.yaml", "triggers:\n  - {name: odd, event: x.y, actions: [no_such_thing]}\n");
    let case = |expect: &str| format!("cases:\n  - name: a\n    when: {{event: x.y}}\n    expect: {expect}\n");
    let ran = tested(&repo, &case("{triggers: [odd]}"), &["--config", "other.yaml"], 1);
    assert!(ran.stdout.contains("no action is called `no_such_thing` (not expected)"), "{ran:?}");
    tested(&repo, &case("{failures: [no action is called]}"), &["--config", "other.yaml"], 0);
}

#[test]
fn rule_tests_of_broken_rules_name_the_file_to_look_at() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("other.yaml", "triggers:\n  - {name: a, event: B, actions: [x]}\n");
    let case = "cases:\n  - name: a\n    when: {event: x.y}\n    expect: nothing\n";
    let ran = tested(&repo, case, &["--config", "other.yaml"], 0);
    assert!(ran.stderr.ends_with("counts as absent: taskmaster config check other.yaml\n"), "{ran:?}");
}

#[test]
fn effects_of_an_environment_can_be_expected() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\ntriggers:\n  - {name: tell, event: task.status.updated, actions: [notify_all]}\n\
         notifications: {templates: {task_status_updated: here}}\n\
         environments:\n  live:\n    notifications: {templates: {task_status_updated: there}}\n",
    );
    repo.commit_all("Start");
    let case = |name: &str, keys: &str, effect: &str| {
        format!(
            "  - name: {name}\n    when: {{set: {{task: 3, status: done}}}}\n{keys}    expect: {{effects: [\"notify_all: {effect}\"]}}\n"
        )
    };
    let (plain, live) = (case("plain", "", "here"), case("live", "    env: live\n", "there"));
    assert_eq!(tested(&repo, &format!("cases:\n{plain}{live}"), &[], 0).stdout, "2 of 2 cases passed\n");
    let there = case("option", "", "there");
    tested(&repo, &format!("cases:\n{there}{live}"), &["--env", "live"], 0);
    let unknown = tested(&repo, &format!("cases:\n{}", case("x", "    env: lief\n", "here")), &[], 1);
    assert!(unknown.stdout.contains("failed x") && unknown.stdout.contains("lief"), "{unknown:?}");
    assert_eq!(repo.try_tm(&["test", "--env", "lief"]).code, 3);
    // Who runs the tests has no say in what they mean.
    let program = env!("CARGO_BIN_EXE_taskmaster");
    repo.write(TESTS, format!("cases:\n{plain}"));
    let ran = sandbox.run(&repo.path, program, &["test"], &[("TASKMASTER_ENV", "live")]);
    assert_eq!(ran.stdout, "1 of 1 case passed\n", "{ran:?}");
}
