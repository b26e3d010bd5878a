//! The program as a library, on real repositories.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use taskmaster::model::TaskId;
use taskmaster::{Engine, HandlerError, HandlerStatus, Keep, Notice};

use super::sandbox::{Repo, Sandbox, planted_with};
use super::scenery::{ONE, THREE, TWO};

const RULES: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  triggers:
    - name: follow
      event: task.status.updated
      actions: [trigger_dependent_tasks, roll_up_parent]
    - name: deployed
      event: deployment.success
      actions: [{set_status: {status: done}}]
";

fn task(text: &str) -> TaskId {
    TaskId::parse(text).unwrap()
}

fn engine(repo: &Repo<'_>) -> Engine {
    Engine::open(&repo.path).unwrap()
}

fn count(notice: &Notice) -> Result<Value, HandlerError> {
    Ok(json!(notice.data.as_object().ok_or("it is no object")?.len()))
}

#[test]
fn handlers_are_called_in_their_order_whatever_becomes_of_one() {
    let mut engine = Engine::new();
    let called = Rc::new(RefCell::new(Vec::new()));
    for name in ["first", "second", "third"] {
        let called = Rc::clone(&called);
        let handler = move |_: &Notice| {
            called.borrow_mut().push(name);
            match name {
                "first" => Err("no".into()),
                "second" => panic!("{}", "really not"),
                _ => Ok(Value::Null),
            }
        };
        engine.on_named("deployment.*", name, handler).unwrap();
    }
    engine.on("task.created", |_| panic!("it is not asked")).unwrap();
    let results = engine.trigger(&Notice::new("DEPLOYMENT_COMPLETE", json!({})).unwrap());
    assert_eq!(*called.borrow(), ["first", "second", "third"]);
    let ends: Vec<_> = results.iter().map(|result| (result.status, result.error.as_deref())).collect();
    let failed = |why| (HandlerStatus::Error, Some(why));
    assert_eq!(ends, [failed("no"), failed("it panicked: really not"), (HandlerStatus::Success, None)]);
    assert!(results.iter().all(|result| result.time.seconds > 1_700_000_000), "{results:?}");
    let names: Vec<_> = [HandlerStatus::Success, HandlerStatus::Error].map(HandlerStatus::name).into();
    assert_eq!(names, ["success", "error"]);
}

#[test]
fn a_handler_has_the_name_of_its_function() {
    let mut engine = Engine::default();
    let first = engine.on("task.created", count).unwrap();
    engine.on("task.created", |_| std::panic::panic_any(7)).unwrap();
    let results = engine.trigger(&Notice::new("task.created", json!({"a": 1})).unwrap());
    assert_eq!((results[0].handler.as_str(), &results[0].result), ("count", &Some(json!(1))));
    assert_eq!(results[1].handler, "a_handler_has_the_name_of_its_function::{{closure}}");
    assert_eq!(results[1].error.as_deref(), Some("it panicked: without a word"));
    assert!(engine.off(first) && !engine.off(first));
    assert_eq!(engine.trigger(&Notice::new("task.created", json!({})).unwrap()).len(), 1);
    for wrong in ["", "Deployment!", "a..b"] {
        assert!(engine.on(wrong, count).is_err() && Notice::new(wrong, json!({})).is_err(), "{wrong}");
    }
    assert!(Notice::new("task.*", json!({})).is_err(), "one event is not many");
}

#[test]
fn a_status_is_set_with_what_follows_and_handlers_are_told() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let mut engine = engine(&repo);
    engine.on("task_status_sync", |notice| Ok(notice.data.clone())).unwrap();
    let metadata = Map::from_iter([("ci_run".to_owned(), json!("77"))]);
    let synced = engine.sync_task_status(&task("task_001"), "completed", metadata).unwrap();
    assert_eq!((repo.status(ONE).as_str(), repo.status(TWO).as_str(), repo.dirt().as_str()), ("done", "pending", ""));
    assert!(repo.subjects()[0].ends_with("2 pending"), "{:?}", repo.subjects());
    let told = synced.results[0].result.clone().unwrap();
    let words = (&told["task_id"], &told["old"], &told["status"], &told["metadata"]["ci_run"]);
    assert_eq!(words, (&json!("1"), &json!("pending"), &json!("done"), &json!("77")));
    assert!(told["timestamp"].as_str().unwrap().contains('T'), "{told}");
    // What cannot be done is told to nobody.
    engine.on("*", |_| panic!("it is not asked")).unwrap();
    for (id, status) in [("77", "done"), ("3", "no-such-status")] {
        let error = engine.sync_task_status(&task(id), status, Map::new()).unwrap_err();
        assert!(error.to_string().contains("there is no "), "{error}");
    }
}

#[test]
fn an_automation_task_is_made_in_the_layout_of_the_tree() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let mut engine = engine(&repo);
    engine.on("TASK_CREATED", |notice| Ok(notice.data["workflow_name"].clone())).unwrap();
    let made = engine.create_automation_task("nightly build", &json!({"branch": "main", "retries": 3})).unwrap();
    assert_eq!((made.task, made.results[0].result.clone()), (task("4"), Some(json!("nightly build"))));
    let shown: Value = serde_json::from_str(&repo.tm(&["--json", "show", "4"])).unwrap();
    let text = shown.to_string();
    for part in ["Automation: nightly build", "automation", "\"branch\":\"main\""] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!((repo.dirt().as_str(), repo.tm(&["check"]).as_str()), ("", "6 tasks: 0 errors, 0 warnings\n"));
    let list = sandbox.repository("ben");
    list.write(
        ".taskmaster/tasks/tasks.json",
        "{\"tasks\": [{\"id\": 1, \"title\": \"One\", \"status\": \"done\"}]}\n",
    );
    list.commit_all("Start");
    let made = Engine::open(&list.path).unwrap().create_automation_task("nightly", &json!({"a": [1]})).unwrap();
    assert_eq!((made.task, made.results), (task("2"), Vec::new()));
    let file: Value = serde_json::from_str(&list.read(".taskmaster/tasks/tasks.json")).unwrap();
    let record = &file["tasks"][1];
    assert_eq!((&record["type"], &record["input_data"]["a"][0]), (&json!("automation"), &json!(1)), "{record}");
}

#[test]
fn an_event_is_handed_in_once_and_its_handlers_are_called_once() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let mut engine = engine(&repo);
    engine.on("deployment.success", count).unwrap();
    let notice = Notice::new("deployment_success", json!({"environment": "production"})).unwrap();
    let (report, results) = engine.emit(&notice, Some(&task("3")), "run-7").unwrap();
    assert!(report.known.is_none() && results.len() == 1, "{report:?}");
    assert_eq!((repo.status(THREE).as_str(), repo.engine_commits()), ("done", 1));
    let (again, results) = engine.emit(&notice, Some(&task("3")), "run-7").unwrap();
    assert!(again.known.is_some() && results.is_empty(), "{again:?}");
    let list = Notice::new("deployment.success", json!([1])).unwrap();
    assert!(engine.emit(&list, None, "run-8").is_err());
}

#[test]
fn what_is_done_can_be_left_to_its_user() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let head = repo.head();
    engine(&repo).keeping(Keep::DryRun).sync_task_status(&task("3"), "done", Map::new()).unwrap();
    assert_eq!((repo.head(), repo.dirt()), (head.clone(), String::new()));
    engine(&repo).keeping(Keep::Worktree).sync_task_status(&task("3"), "done", Map::new()).unwrap();
    assert_eq!((repo.head(), repo.status(THREE)), (head, "done".to_owned()));
    let error = Engine::new().create_automation_task("a", &json!({})).unwrap_err();
    assert_eq!(error.to_string(), "this engine has no repository");
    assert!(Engine::open(sandbox.path()).is_err());
}
