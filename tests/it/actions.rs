//! What actions do with unusual wishes: each says what comes of it, or why nothing does.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

use serde_json::{Value, json};

use super::sandbox::{Repo, Sandbox};
use super::scenery::THREE;

/// A repository with the small tree, where these actions follow from the event `it.happened`; `more` are other settings.
fn following<'a>(sandbox: &'a Sandbox, actions: &str, more: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant(&format!(
        "workflow_config:
  mode: commit
  git: {{canonical: main}}
{more}
  triggers:
    - name: it
      event: it.happened
      actions: [{actions}]
"
    ));
    repo.commit_all("Start");
    repo
}

/// What would follow from the event about a task.
#[track_caller]
fn plan(repo: &Repo<'_>, task: &str, data: &Value) -> Value {
    let text = repo.tm(&["--json", "explain", "--event", "it.happened", "--task", task, "--data", &data.to_string()]);
    serde_json::from_str::<Value>(&text).unwrap()["plan"].take()
}

/// What became of the first action: the word for it, and the sentence.
#[track_caller]
fn first(plan: &Value) -> (String, String) {
    let action = &plan["steps"][0]["rules"][0]["actions"][0];
    let text = |key: &str| action[key].as_str().unwrap_or_else(|| panic!("{plan:#}")).to_owned();
    (text("result"), text("detail"))
}

/// The same of one action about a task.
#[track_caller]
fn outcome(actions: &str, more: &str, task: &str) -> (String, String) {
    let sandbox = Sandbox::new();
    first(&plan(&following(&sandbox, actions, more), task, &json!({})))
}

/// The names in texts of effects that stand for nothing, as a warning tells of each.
fn missing(plan: &Value) -> Vec<&str> {
    let warnings = plan["warnings"].as_array().unwrap().iter().map(|warning| warning.as_str().unwrap());
    warnings.map(|warning| warning.split_once("`{").unwrap().1.split_once("}` stands for nothing").unwrap().0).collect()
}

fn nothing(why: &str) -> (String, String) {
    ("nothing".to_owned(), why.to_owned())
}

fn failed(why: &str) -> (String, String) {
    ("failed".to_owned(), why.to_owned())
}

#[test]
fn a_status_may_be_set_for_the_parent() {
    let sandbox = Sandbox::new();
    let repo = following(&sandbox, "{set_status: {task: parent, status: review}}", "");
    let changes = |task: &str| plan(&repo, task, &json!({}))["changes"].take();
    assert_eq!((&changes("1.1")[0]["task"], &changes("1.1")[0]["new"]), (&json!("1"), &json!("review")));
    assert_eq!(changes("3"), json!([]));
    assert_eq!(first(&plan(&repo, "3", &json!({}))), failed("task 3 has no parent"));
}

#[test]
fn an_assignee_is_given_where_there_is_one_to_give_and_nobody_has_the_task() {
    assert_eq!(outcome("assign_default_agent", "", "3"), nothing("task_integration.default_assignee is not set"));
    let settings = "  task_integration: {default_assignee: bob}";
    for (assignee, left) in
        [("[ann, eve]", Some("task 3 is [\"ann\",\"eve\"]'s")), ("7", Some("task 3 is 7's")), ("\"\"", None)]
    {
        let sandbox = Sandbox::new();
        let repo = following(&sandbox, "assign_default_agent", settings);
        repo.replace(THREE, "priority: high", &format!("priority: high\nassignee: {assignee}"));
        repo.commit_all("Whose it is");
        let found = first(&plan(&repo, "3", &json!({})));
        match left {
            Some(why) => assert_eq!(found, nothing(why), "{assignee}"),
            None => assert_eq!(found.0, "changed", "{assignee}: {found:?}"),
        }
    }
}

#[test]
fn the_inputs_of_a_workflow_are_filled_in_however_deep_they_stand() {
    let sandbox = Sandbox::new();
    let repo = following(
        &sandbox,
        "{trigger_deploy_workflow: {to: \"{where}\", list: [\"{task_id}\", \"{nowhere}\", 7], map: {a: {b: \"{task_title} {nowhere} {never}\"}, c: true}}}",
        "  endpoints: {github: {repository: ann/shop}}",
    );
    let plan = plan(&repo, "3", &json!({"where": "live"}));
    let effect = &plan["effects"][0];
    let body: Value = serde_json::from_str(effect["deliveries"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(
        body["client_payload"]["parameters"],
        json!({"to": "live", "list": ["3", "{nowhere}", 7], "map": {"a": {"b": "Three {nowhere} {never}"}, "c": true}})
    );
    // What stands for nothing is named once.
    assert_eq!(missing(&plan), ["nowhere", "never"], "{plan:#}");
}

#[test]
fn the_body_of_a_request_is_filled_in_however_deep_it_stands() {
    let sandbox = Sandbox::new();
    let repo = following(
        &sandbox,
        "{tell: {to: live}}",
        "  actions:
    tell:
      webhook:
        url: https://example.org/hook
        headers: {X-Where: \"{to} {nowhere}\"}
        body: {task: \"{task_id} \\\"{task_title}\\\"\", list: [\"{to}\", 7, null], deep: {a: {b: \"{nowhere} {never}\"}}}",
    );
    let plan = plan(&repo, "3", &json!({}));
    let effect = &plan["effects"][0];
    let body: Value = serde_json::from_str(effect["deliveries"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"task": "3 \"Three\"", "list": ["live", 7, null], "deep": {"a": {"b": "{nowhere} {never}"}}})
    );
    assert_eq!(missing(&plan), ["nowhere", "never"], "{plan:#}");
}

#[test]
fn a_report_whose_folder_has_no_good_name_is_not_written() {
    let why = "the parameter `name`: `a/b` has other than at most 64 letters, digits, `-` and `_`";
    assert_eq!(outcome("{generate_report: {name: a/b}}", "", "3"), failed(why));
    let long = "r".repeat(65);
    let own = format!("  actions: {{{long}: {{report: \"It happened.\"}}}}");
    assert_eq!(outcome(&long, &own, "3"), failed(&why.replace("a/b", &long)));
}

/// Statuses of which one may go nowhere but to review.
const STEPS: &str = "  statuses:
    - {name: pending, category: todo, transitions: [review]}
    - {name: review, category: review}
    - {name: done, category: done}";

#[test]
fn a_parent_that_may_not_go_there_stays_and_says_why() {
    let sandbox = Sandbox::new();
    let repo = following(&sandbox, "roll_up_parent", STEPS);
    for subtask in ["001", "002"] {
        let path = format!(".taskmaster/context/task_001/subtask_{subtask}.md");
        repo.mark(&path, "pending", "done");
    }
    repo.commit_all("Both are done");
    let found = first(&plan(&repo, "1.1", &json!({})));
    assert_eq!(found, failed("task 1 may not go from pending to done"));
}

#[test]
fn a_task_that_is_none_is_no_task() {
    let (word, why) = outcome("{set_status: {task: \"no such thing\", status: done}}", "", "3");
    assert!(word == "failed" && why.contains("no such thing"), "{word}: {why}");
    assert_eq!(outcome("{set_status: {task: \"99\", status: done}}", "", "3"), failed("there is no task 99"));
}

#[test]
fn a_date_in_a_spelling_of_its_own_is_left_alone_and_said_to_be_so() {
    for (date, why) in [
        ("last week", "`updated` is spelled in a way that is not known: last week"),
        ("15.01.2025", "`updated` is spelled in a way that is not known: 15.01.2025"),
        ("2099-01-01", "`updated` is not older than the commit"),
    ] {
        let sandbox = Sandbox::new();
        let repo = following(&sandbox, "updated_date", "");
        repo.replace(THREE, "updated: 2025-01-15", &format!("updated: {date}"));
        repo.commit_all("Another date");
        assert_eq!(first(&plan(&repo, "3", &json!({}))), nothing(why), "{date}");
    }
}

#[test]
fn a_message_may_name_its_text_and_its_channels() {
    let settings = "  notifications:
    channels: [{type: slack, channel: \"#a\"}, {type: webhook, url: \"https://example.org\"}]
    templates: {short: \"{task_id}: {metadata.build.number} {metadata.build.none}\"}";
    let sandbox = Sandbox::new();
    let repo = following(&sandbox, "{send_word: {template: short, channels: [webhook]}}", settings);
    let plan = plan(&repo, "3", &json!({"build": {"number": 7}}));
    let effect = &plan["effects"][0];
    assert_eq!(effect["text"], "3: 7 {metadata.build.none}");
    assert_eq!(missing(&plan), ["metadata.build.none"], "{plan:#}");
    let channels: Vec<&Value> =
        effect["deliveries"].as_array().unwrap().iter().map(|delivery| &delivery["channel"]).collect();
    assert_eq!(channels, ["webhook"]);
    let none = outcome("{send_word: {template: long}}", settings, "3");
    assert_eq!(none, failed("`notifications.templates` has no `long`"));
}
