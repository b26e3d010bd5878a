//! Effects as they would be sent, on trees in memory.

use serde_json::{Value, json};

use super::cascade::{Source, plan};
use super::effect::EffectKind;
use super::event::{Event, Origin, STATUS_UPDATED};
use super::plan::{ActionResult, Plan, RuleState};
use crate::format::{self, workflow::Workflow};
use crate::model::{CommitId, Snapshot, SourceFile, TaskId, TreePath};

const FULL: &str = include_str!("../../fixtures/valid/workflow/full.yaml");

fn read(text: &str) -> Workflow {
    let (workflow, findings) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    assert_eq!(findings, []);
    workflow
}

fn tree(status: &str) -> Snapshot {
    let path = TreePath::new("context/task_001/task.md").unwrap();
    let text = format!(
        "---\ntask_id: task_001\nsubtask_id: null\ntitle: A <b> & \"c\"\nstatus: {status}\nowner: ann\n---\n\n## Metadata\n"
    );
    Snapshot { files: [(path, SourceFile::new(text.as_bytes()))].into_iter().collect(), ..Snapshot::empty() }
}

fn origin() -> Origin {
    Origin { commit: Some(CommitId::new("1".repeat(40)).unwrap()), ..Origin::default() }
}

fn outside(kind: &str, data: &Value) -> Event {
    let mut event = Event::of_tree(kind, (None, None), &origin());
    event.metadata = data.as_object().unwrap().clone();
    event
}

fn status(new: &str) -> Event {
    let id = TaskId::parse("1").unwrap();
    Event::about(STATUS_UPDATED, &id, Some("status"), (Some(json!("pending")), Some(json!(new))), &origin())
}

fn follow(workflow: &Workflow, environment: Option<&str>, event: Event, status: &str) -> Plan {
    let source = Source {
        workflow,
        environment,
        events: vec![event],
        closes: Vec::new(),
        origin: origin(),
        inherited: std::collections::HashSet::new(),
        left: Vec::new(),
    };
    plan(&tree(status), &[source])
}

/// `kind action: text` of each effect, and below it what each channel gets.
fn effects(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for planned in &plan.effects {
        let effect = &planned.effect;
        lines.push(format!("{} {}: {}", effect.kind.name(), effect.destination, effect.text));
        for to in &effect.deliveries {
            let subject = to.subject.as_ref().map(|subject| format!(" ({subject})")).unwrap_or_default();
            lines.push(format!("  {}{subject}: {}", to.address, to.text));
        }
    }
    lines.join("\n")
}

/// `trigger action: result` of each action.
fn results(plan: &Plan) -> Vec<String> {
    let rules = plan.steps.iter().flat_map(|step| &step.rules);
    rules
        .flat_map(|rule| rule.actions.iter().map(move |action| (rule, action)))
        .map(|(rule, action)| {
            let result = match &action.result {
                ActionResult::Changed { fields } => format!("changed {fields}"),
                ActionResult::Made { tasks, files } => format!("made {tasks:?} {files:?}"),
                ActionResult::Raised { events, without } => format!("raised {events} {without:?}"),
                ActionResult::Effect { .. } => "effect".to_owned(),
                ActionResult::Nothing { why } | ActionResult::Failed { why } => why.clone(),
            };
            format!("{} {}: {result}", rule.name, action.name)
        })
        .collect()
}

const CHANNELS: &str = "notifications:
  channels:
    - {type: email, recipients: [ann@example.org], events: [task_failed, critical_error]}
    - {type: slack, channel: '#all', events: [finished, deployment_complete]}
    - {type: webhook, url: '${HOOK_URL}', events: [all]}
    - {type: pager, enabled: false}
  templates:
    task_completed: '*{task_title}* is done'
    task_failed: '{task_title} failed'
triggers:
  - {name: finished, event: task.status.updated, conditions: [{field: new.category, operator: equals, value: done}], actions: [send_notifications]}
  - {name: broken, event: task.status.updated, conditions: [{field: new.category, operator: equals, value: failed}], actions: [alert_team]}
  - {name: shipped, event: deployment.success, actions: [{notify_all: {text: '{environment} & more', subject: \"a\\r\\nb\"}}]}
";

#[test]
fn each_channel_gets_its_text_by_its_own_names() {
    let rules = read(CHANNELS);
    insta::assert_snapshot!(effects(&follow(&rules, None, status("done"), "done")), @r##"
    send send_notifications: *A <b> & "c"* is done
      slack #all: *A &lt;b&gt; &amp; "c"* is done
      webhook ${HOOK_URL}: {"text":"*A <b> & \"c\"* is done","event":{"type":"task.status.updated","task":"1","title":"A <b> & \"c\"","old":"pending","new":"done","metadata":{}}}
    "##);
    insta::assert_snapshot!(effects(&follow(&rules, None, status("failed"), "failed")), @r##"
    alert alert_team: A <b> & "c" failed
      email ann@example.org (A <b> & "c" failed): A <b> & "c" failed
      webhook ${HOOK_URL}: {"text":"A <b> & \"c\" failed","event":{"type":"task.status.updated","task":"1","title":"A <b> & \"c\"","old":"pending","new":"failed","metadata":{}}}
    "##);
    let shipped = outside("deployment.success", &json!({"environment": "<live>"}));
    insta::assert_snapshot!(effects(&follow(&rules, None, shipped, "done")), @r##"
    notify notify_all: <live> & more
      slack #all: &lt;live&gt; & more
      webhook ${HOOK_URL}: {"text":"<live> & more","event":{"type":"deployment.success","task":null,"title":null,"old":null,"new":null,"metadata":{"environment":"<live>"}}}
    "##);
}

#[test]
fn switches_are_obeyed_and_seen() {
    for (switch, why) in [
        ("notifications: {enabled: false}\n", "switched off by `notifications.enabled: false`"),
        (
            "task_integration: {notification_hooks: false}\n",
            "switched off by `task_integration.notification_hooks: false`",
        ),
    ] {
        let rules = read(&format!(
            "{switch}triggers:\n  - {{name: a, event: x, actions: [send_a, notify_b, alert_c, log_d, trigger_e]}}\n"
        ));
        let plan = follow(&rules, None, outside("x", &json!({})), "done");
        assert_eq!(
            results(&plan),
            [
                format!("a send_a: {why}"),
                format!("a notify_b: {why}"),
                format!("a alert_c: {why}"),
                "a log_d: effect".to_owned(),
                "a trigger_e: effect".to_owned()
            ]
        );
        assert_eq!(plan.effects.len(), 2);
    }
}

#[test]
fn another_workflow_is_asked_for_by_an_event() {
    let rules = read(
        "triggers:\n  - {name: a, event: deployment.failure, actions: [{trigger_rollback_workflow: {to: v1}}]}\n\
         \x20 - {name: b, event: workflow.rollback.requested, actions: [{log_it: {text: '{to} for {environment}, {requested_by}'}}]}\n",
    );
    let plan = follow(&rules, None, outside("deployment.failure", &json!({"environment": "live"})), "done");
    let kinds: Vec<&str> = plan.steps.iter().map(|step| step.event.kind.as_str()).collect();
    assert_eq!(kinds, ["deployment.failure", "workflow.rollback.requested"]);
    insta::assert_snapshot!(effects(&plan), @r##"
    dispatch trigger_rollback_workflow: workflow rollback is asked for: workflow.rollback.requested
    log log_it: v1 for live, a
    "##);
}

#[test]
fn a_name_that_stands_for_nothing_in_a_parameter_edits_nothing() {
    let rules = read(
        "triggers:\n  - {name: a, event: x, actions: [own: {who: '{nobody}'}, own: {who: '{who}'}, own: {who: '{nobody|me}'}, \
         own: {who: '{{nobody}}'}, make: {what: '{nobody}'}, plain, tell: {who: '{nobody}'}]}\n\
         actions:\n\
         \x20 own: {set: {owner: 'by {who}'}}\n\
         \x20 make: {create_task: {title: 'On {what}'}}\n\
         \x20 plain: {create_task: {title: x, description: 'Of {nobody}'}}\n\
         \x20 tell: {webhook: {url: '${HOOK_URL}', body: 'for {who}'}}\n",
    );
    let mut event = outside("x", &json!({"who": "them"}));
    event.task = Some(TaskId::parse("1").unwrap());
    let plan = follow(&rules, None, event, "done");
    insta::assert_snapshot!(results(&plan).join("\n"), @r"
    a own: `{nobody}` of the parameter `who` stands for nothing
    a own: changed 1
    a own: changed 1
    a own: changed 1
    a make: `{nobody}` of the parameter `what` stands for nothing
    a plain: `{nobody}` of `description` stands for nothing
    a tell: effect
    ");
}

#[test]
fn a_workflow_that_asks_for_itself_ends() {
    let rules = read("triggers:\n  - {name: a, event: workflow.*, reentrant: true, actions: [trigger_x_workflow]}\n");
    let plan = follow(&rules, None, outside("workflow.x.requested", &json!({})), "done");
    assert_eq!(plan.steps.len(), usize::from(super::cascade::DEEPEST) + 1);
    assert!(plan.steps.last().unwrap().cut.is_some());
}

const ENVIRONMENTS: &str = "triggers:
  - {name: a, event: x, actions: [notify_a, trigger_b, mark]}
  - {name: off, event: x, enabled: false, actions: [notify_c, mark, trigger_d]}
actions:
  mark: {set: {owner: bob}}
environments:
  quiet: {triggers: [{name: a, enabled: false}]}
  loud: {triggers: [{name: off, enabled: true}]}
";

#[test]
fn an_environment_switches_effects_and_never_edits() {
    let rules = read(ENVIRONMENTS);
    let mut event = outside("x", &json!({}));
    event.task = Some(TaskId::parse("1").unwrap());
    let run = |environment| follow(&rules, environment, event.clone(), "done");
    let (base, quiet, loud, unknown) = (run(None), run(Some("quiet")), run(Some("loud")), run(Some("nowhere")));
    for other in [&quiet, &loud, &unknown] {
        assert_eq!(base.files, other.files);
        assert_eq!(base.changes, other.changes);
    }
    assert_eq!(base.changes.len(), 1);
    assert_eq!(results(&base), ["a notify_a: effect", "a trigger_b: effect", "a mark: changed 1"]);
    let why = "switched off: the environment `quiet` wants no effects of this trigger";
    assert_eq!(
        results(&quiet),
        [format!("a notify_a: {why}"), format!("a trigger_b: raised 1 Some({why:?})"), "a mark: changed 1".to_owned()]
    );
    let why = "the trigger is off, and the environment switches its effects alone";
    assert_eq!(
        results(&loud)[3..],
        ["off notify_c: effect".to_owned(), format!("off mark: {why}"), "off trigger_d: effect".to_owned()]
    );
    assert_eq!(loud.steps.len(), base.steps.len(), "what an environment switches on raises nothing");
    assert!(unknown.effects.is_empty());
    assert!(results(&unknown)[0].ends_with("switched off: there is no environment `nowhere`"));
}

#[test]
fn own_actions_set_fields_and_describe_effects() {
    let rules = read(
        "statuses: {done: {transitions: [review]}}\n\
         triggers:\n  - {name: a, event: x, actions: [mark, {tell: {topic: 'on {event}'}}, hook, close, odd, notify_x, job, look_back, set_status: {status: pending}]}\n\
         actions:\n\
         \x20 mark: {set: {owner: 'by {who}', points: 3, metadata.ci: true}}\n\
         \x20 tell: {run: './tell {task_title}', timeout: 5, group: g}\n\
         \x20 hook: {webhook: {url: '${HOOK_URL}', headers: {X-Title: '{task_title}'}, body: '{\"title\": \"{task_title}\"}'}}\n\
         \x20 close: {set: {status: failed}}\n\
         \x20 odd: {set: {owner: '{nobody}'}}\n\
         \x20 notify_x: {run: own}\n\
         \x20 job: {create_task: {title: x}}\n\
         \x20 look_back: {report: 'After {event}'}\n",
    );
    let mut event = outside("x", &json!({"who": "me"}));
    event.task = Some(TaskId::parse("1").unwrap());
    let plan = follow(&rules, None, event, "done");
    insta::assert_snapshot!(results(&plan).join("\n"), @r##"
    a mark: changed 3
    a tell: effect
    a hook: effect
    a close: task 1 may not go from done to failed
    a odd: `{nobody}` of `owner` stands for nothing
    a notify_x: effect
    a job: made on the shared branch only, and which one that is is not known (git.canonical)
    a look_back: made on the shared branch only, and which one that is is not known (git.canonical)
    a set_status: task 1 may not go from done to pending
    "##);
    insta::assert_snapshot!(effects(&plan), @r##"
    run tell: ./tell {task_title}
    webhook hook: POST ${HOOK_URL}
      POST ${HOOK_URL}: {"title": "A <b> & \"c\""}
    run notify_x: own
    "##);
    let run = plan.effects.iter().find(|planned| planned.effect.kind == EffectKind::Run).unwrap();
    assert_eq!(run.effect.data["run"]["with"]["topic"], json!("on x"));
    let body: Value = serde_json::from_str(&plan.effects[1].effect.deliveries[0].text).unwrap();
    assert_eq!(body, json!({"title": "A <b> & \"c\""}));
    let after = String::from_utf8(plan.files[0].after.clone()).unwrap();
    assert!(after.contains("owner: by me\n") && after.contains("points: 3\n"), "{after}");
}

#[test]
fn every_action_of_a_full_file_means_something() {
    let rules = read(FULL);
    let mut names: Vec<&str> =
        rules.triggers.iter().flat_map(|trigger| trigger.actions.iter().map(|call| call.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 22);
    for name in names {
        assert!(super::action::resolve(name, &rules).is_some(), "{name}");
    }
    let mut failed = Vec::new();
    for (kind, data) in [
        ("deployment.success", json!({"environment": "live"})),
        ("deployment.failure", json!({"environment": "live"})),
        ("system.error.critical", json!({})),
        (
            "testing.completed",
            json!({"test_result": "passed", "branch": "release/1", "task": "1", "status": "testing"}),
        ),
    ] {
        let plan = follow(&rules, Some("live"), outside(kind, &data), "pending");
        assert!(matches!(plan.steps[0].rules[0].state, RuleState::Fired(_)), "{kind}");
        failed.extend(plan.warnings());
    }
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn what_two_events_ask_for_is_asked_for_twice() {
    let rules = read(
        "triggers:
  - {name: ask, event: 'deployment.*', actions: [trigger_check_workflow]}
  - {name: check, event: workflow.check.requested, actions: [notify_all]}
",
    );
    let source = |commit: &str| {
        let origin = Origin { commit: Some(CommitId::new(commit.repeat(40)).unwrap()), ..Origin::default() };
        let event = |kind: &str| Event::of_tree(kind, (None, None), &origin);
        let events = vec![event("deployment.success"), event("deployment.failure")];
        let (closes, left) = (Vec::new(), Vec::new());
        let inherited = std::collections::HashSet::new();
        Source { workflow: &rules, environment: None, events, closes, origin, inherited, left }
    };
    let planned = plan(&tree("pending"), &[source("1")]);
    let told = planned.effects.iter().filter(|effect| effect.action == "notify_all");
    let keys: std::collections::BTreeSet<&str> = told.map(|effect| effect.key.as_str()).collect();
    assert_eq!(keys.len(), 2, "{:?}", planned.effects);
    // The same in another commit is found again by its id in that commit.
    let other = plan(&tree("pending"), &[source("2")]);
    let asked = |plan: &Plan| plan.steps.iter().map(|step| step.event.clone()).collect::<Vec<Event>>();
    let commit = CommitId::new("2".repeat(40)).unwrap();
    for (event, same) in asked(&planned).iter().zip(asked(&other)) {
        assert_eq!((event.id_in(&commit), event.depth), (same.id, same.depth));
    }
}

#[test]
fn what_actions_are_called_with_is_filled_in() {
    let rules = read(
        "triggers:\n\
         \x20 - {name: a, event: x, actions: [{trigger_next_workflow: {of: '{task.id}', list: ['{who}', 3], gone: '{nobody}'}}, {tell: {of: '{task_title}'}}]}\n\
         \x20 - {name: b, event: workflow.next.requested, actions: [mark, {set_status: {task: 1, status: review}}]}\n\
         actions:\n\
         \x20 tell: {run: './tell'}\n\
         \x20 mark: {set: {owner: 'of {of}'}}\n",
    );
    let mut event = outside("x", &json!({"who": "me; rm -rf ~ ${HOME}"}));
    event.task = Some(TaskId::parse("1").unwrap());
    let plan = follow(&rules, None, event, "pending");
    let of = |kind: EffectKind| plan.effects.iter().find(|planned| planned.effect.kind == kind).unwrap();
    let dispatch = &of(EffectKind::Dispatch).effect;
    assert_eq!(dispatch.data["metadata"]["of"], json!("1"));
    assert_eq!(dispatch.data["metadata"]["list"], json!(["me; rm -rf ~ ${HOME}", 3]));
    assert_eq!(dispatch.missing, ["nobody"]);
    let run = &of(EffectKind::Run).effect;
    assert_eq!(
        run.data["run"],
        json!({"command": "./tell", "with": {"of": "A <b> & \"c\""}, "terms": run.data["run"]["terms"]})
    );
    let after = String::from_utf8(plan.files[0].after.clone()).unwrap();
    assert!(after.contains("owner: of 1\n") && after.contains("status: review\n"), "{after}");
}

#[test]
fn a_tasks_own_words_are_no_variables_in_a_header() {
    let rules = read(
        "triggers:\n  - {name: a, event: x, actions: [hook]}\n\
         actions:\n  hook: {webhook: {url: 'https://x.example', headers: {A: '${TOKEN} {one}{two} {three} $5'}}}\n",
    );
    let event = outside("x", &json!({"one": "$", "two": "{SECRET}", "three": "${SECRET} $9 $"}));
    let plan = follow(&rules, None, event, "pending");
    let headers = &plan.effects[0].effect.data["webhook"]["headers"];
    assert_eq!(headers["A"], json!("${TOKEN} $${SECRET} $${SECRET} $9 $ $5"));
}
