//! The short form at work: a pipeline that sets statuses, and commits that do.

use super::{AUTOMATION, PIPELINE, with_rules};
use crate::sandbox::Sandbox;
use crate::scenery::{JSON, ONE, THREE, TWO};

/// What a pipeline calls, with what it knows of itself.
const STATUSES: [(&str, &str, &str); 3] = [
    ("testing", "{\"ci_run\": \"4711\", \"branch\": \"main\"}", "testing"),
    ("completed", "{\"deployment\": \"success\", \"environment\": \"production\"}", "done"),
    ("failed", "{\"deployment\": \"failed\", \"error\": \"the pipeline failed\"}", "failed"),
];

#[test]
fn a_pipeline_sets_each_of_its_statuses() {
    for rules in [PIPELINE, AUTOMATION] {
        for (status, metadata, meant) in STATUSES {
            let sandbox = Sandbox::new();
            let repo = with_rules(&sandbox, rules);
            repo.tm(&["update-task-status", "--task-id", "1", "--status", status, "--metadata", metadata]);
            assert_eq!(repo.status(ONE), meant, "one name for each, in every place");
            let list: serde_json::Value = serde_json::from_str(&repo.read(JSON)).unwrap();
            assert_eq!(list["tasks"][0]["status"], meant);
            let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["show", "1", "--json"])).unwrap();
            let metadata: serde_json::Value = serde_json::from_str(metadata).unwrap();
            for (key, value) in metadata.as_object().unwrap() {
                let text = shown.to_string();
                assert!(text.contains(&format!("\"{key}\":{value}")), "{key} {value} in {text}");
            }
            assert_eq!(repo.status(TWO), if meant == "done" { "pending" } else { "blocked" }, "{status}");
            // Mails have no sender in one of them; nothing else is wrong.
            let text = repo.tm(&["check"]);
            let unsent = text.matches("warning[incomplete-channel]: ").count();
            assert!(text.contains(" 0 errors, ") && text.matches("warning[").count() == unsent, "{text}");
        }
    }
}

#[test]
fn a_pipeline_goes_through_its_statuses_and_sets_none_twice() {
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, PIPELINE);
    for (status, metadata, _) in &STATUSES[..2] {
        repo.tm(&["update-task-status", "--task-id", "task_003", "--status", status, "--metadata", metadata]);
    }
    let text = repo.read(THREE);
    assert!(text.contains("status: done\n") && text.contains("ci_run") && text.contains("environment"), "{text}");
    let head = repo.head();
    let again = ["update-task-status", "--task-id", "3", "--status", "completed", "--metadata", STATUSES[1].1];
    repo.tm(&again);
    assert_eq!(repo.head(), head, "it is completed already");
}

#[test]
fn a_commit_frees_what_waited_and_tells_whom_it_should() {
    for (rules, addresses) in [(PIPELINE, &[][..]), (AUTOMATION, &["webhook ${HOOK_URL}"][..])] {
        let sandbox = Sandbox::new();
        let repo = with_rules(&sandbox, rules);
        repo.finish_one();
        assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (1, "pending"));
        assert_eq!(repo.dirt(), "");
        let outbox = repo.path.join(".git/taskmaster/outbox/intents");
        let intents: Vec<serde_json::Value> = std::fs::read_dir(outbox)
            .unwrap()
            .map(|entry| serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap())
            .filter(|intent: &serde_json::Value| intent["action"] == "send_notifications" && intent["task"] == "1")
            .collect();
        let [intent] = &intents[..] else { panic!("{intents:#?}") };
        let to = intent["data"]["deliveries"].as_array().unwrap().iter();
        assert_eq!(to.map(|to| to["address"].as_str().unwrap()).collect::<Vec<_>>(), addresses);
    }
}
