//! Whatever rules say, a plan is bounded, says so, and leaves out the same when it is made again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cascade::{Source, plan, plan_on};
use super::creation::Ground;
use super::event::{Event, Origin};
use super::facts::{EventFacts, Memo};
use super::fuel::{Fuel, Purpose};
use super::links::Links;
use super::plan::{ActionResult, Detail, Plan, RuleState};
use super::rule;
use crate::format::{self, workflow::Workflow};
use crate::model::{CommitId, Snapshot, SourceFile, TaskId, Timestamp, TreePath};

const EVENT: &str = "deployment.success";

fn rules(text: &str) -> Workflow {
    let (workflow, findings) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    assert_eq!(findings, []);
    workflow
}

/// A trigger that listens to events from outside, `mode` and all of it.
fn acting(settings: &str, actions: &str) -> Workflow {
    rules(&format!("{settings}triggers:\n- {{name: one, event: {EVENT}, reentrant: true, actions: [{actions}]}}\n"))
}

fn tree(description: &str) -> Snapshot {
    let text = format!(r#"{{"tasks": [{{"id": 1, "title": "T", "status": "done", "description": "{description}"}}]}}"#);
    let files: BTreeMap<_, _> =
        [(TreePath::new("tasks/tasks.json").unwrap(), SourceFile::new(text.as_bytes()))].into_iter().collect();
    Snapshot { files, ..Snapshot::empty() }
}

fn origin() -> Origin {
    Origin {
        commit: Some(CommitId::new("1".repeat(40)).unwrap()),
        time: Some(Timestamp { seconds: 1_763_856_000, offset_minutes: 0 }),
        ground: Ground::Canonical,
        ..Origin::default()
    }
}

/// So many events from outside about task 1.
fn events(count: usize) -> Vec<Event> {
    let task = TaskId::parse("1").unwrap();
    (0..count).map(|at| Event::about(EVENT, &task, Some("x"), (None, Some(at.into())), &origin())).collect()
}

fn source(workflow: &Workflow, events: Vec<Event>) -> Source<'_> {
    Source::of(workflow, events, origin())
}

/// What follows in one plan of two sources, and nothing that a second plan on its result would add.
fn planned(workflow: &Workflow, snapshot: &Snapshot, count: usize) -> Plan {
    let mut all = events(count);
    let rest = all.split_off(count / 2);
    let sources = [source(workflow, all), source(workflow, rest)];
    let first = plan(snapshot, &sources);
    let mut after = snapshot.clone();
    for file in &first.files {
        after.files.insert(file.path.clone(), SourceFile::new(file.after.as_slice()));
    }
    let again = plan(&after, &sources);
    assert_eq!(again.files, [], "a plan twice is a plan once");
    assert_eq!(first.failures().collect::<Vec<_>>(), again.failures().collect::<Vec<_>>());
    first
}

fn said(plan: &Plan) -> Vec<String> {
    plan.failures().collect()
}

#[test]
fn text_of_effects_is_bounded_and_said_once() {
    let workflow = acting("", "log_x: {text: '{task.description}'}, log_y: {text: '{task.description}'}");
    let plan = planned(&workflow, &tree(&"a".repeat(60_000)), 1_000);
    let bytes: usize = plan.effects.iter().map(|effect| effect.effect.text.len()).sum();
    assert!((1 << 20..=16 << 20).contains(&bytes), "{bytes}");
    let said = said(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("one: log_"), "{said:?}");
    assert!(said[0].ends_with(": more than 16 MiB of text would be written at once"), "{said:?}");
    assert!(plan.steps.len() < 1_000, "nothing is asked any more");
}

#[test]
fn text_of_edits_is_bounded_and_no_action_is_half_done() {
    let mut fields = String::new();
    for at in 0..20 {
        write!(fields, "f{at}: '{{task.description}}', ").unwrap();
    }
    let settings = format!("actions: {{grow: {{set: {{{fields}}}}}}}\n");
    let workflow = acting(&settings, "grow");
    let plan = planned(&workflow, &tree(&"a".repeat(60_000)), 20);
    let bytes: usize = plan.changes.iter().map(|change| change.new.to_string().len()).sum();
    assert!(bytes <= 17 << 20, "{bytes}");
    let asked = plan.steps.iter().flat_map(|step| &step.rules).flat_map(|rule| &rule.actions);
    let failed = asked.filter(|action| matches!(action.result, ActionResult::Failed { .. })).count();
    assert_eq!(failed, 1);
    assert_eq!(said(&plan), ["one: grow: more than 16 MiB of text would be written at once"]);
}

#[test]
fn effects_are_bounded_and_said_once() {
    let actions: Vec<String> = (0..100).map(|at| format!("log_{at}: {{text: x}}")).collect();
    let plan = planned(&acting("", &actions.join(", ")), &tree(""), 103);
    assert_eq!(plan.effects.len(), 10_000);
    assert_eq!(said(&plan), ["one: log_0: more than 10000 effects would be planned at once"]);
}

#[test]
fn files_are_bounded_and_said_once() {
    let actions: Vec<String> = (0..100).map(|at| format!("generate_r{at}_report")).collect();
    let plan = planned(&acting("", &actions.join(", ")), &tree(""), 102);
    let said = said(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    let is_limit =
        ["more than 10000 files would be generated at once", "more than 16 MiB of text would be written at once"];
    assert!(is_limit.iter().any(|limit| said[0].ends_with(limit)), "{said:?}");
    assert!(plan.files.len() <= 10_000, "{}", plan.files.len());
}

#[test]
fn made_tasks_are_bounded_also_where_they_are_there() {
    let plan = planned(&acting("", "create_task: {title: t}"), &tree(""), 103);
    assert_eq!(plan.changes.iter().filter(|change| change.field == "task").count(), 100);
    assert_eq!(said(&plan), ["one: create_task: more than 100 tasks would be made at once"]);
}

#[test]
fn events_are_bounded_and_said_once() {
    let plan = planned(&rules("mode: commit\n"), &tree(""), 100_010);
    assert_eq!(plan.steps.len(), 100_001);
    let cut =
        "deployment.success: more than 100000 events would be looked at: the plan ends here, and the rest is left out";
    assert_eq!(said(&plan), [cut]);
}

/// Triggers that never fire, as many as are wanted.
fn idle(count: usize) -> Workflow {
    let mut text = "triggers:\n".to_owned();
    for at in 0..count {
        writeln!(text, "- {{name: t{at}, event: {EVENT}, conditions: [{{field: status, operator: equals, value: blocked}}], actions: [log_x]}}").unwrap();
    }
    rules(&text)
}

#[test]
fn asked_triggers_are_bounded_and_said_once() {
    let plan = planned(&idle(2_000), &tree(""), 1_005);
    assert_eq!(plan.steps.len(), 1_001);
    let cut = "`t0`: triggers would be asked more than 2000000 times: the plan ends here, and the rest is left out";
    assert_eq!(said(&plan), [cut]);
    let rows: usize = plan.steps.iter().map(|step| step.rules.len()).sum();
    let untold: usize = plan.steps.iter().map(|step| step.untold).sum();
    assert_eq!((rows, rows + untold), (20_000, 2_000_000));
    assert!(plan.steps.iter().all(|step| step.rules.len() <= 200));
}

#[test]
fn a_failure_is_told_however_many_triggers_there_are() {
    let mut workflow = idle(300);
    let broken = format!("triggers:\n- {{name: broken, event: {EVENT}, when: \"nobody == 1\", actions: [log_x]}}\n");
    workflow.triggers.extend(rules(&broken).triggers);
    let plan = planned(&workflow, &tree(""), 3);
    assert_eq!((plan.steps[0].rules.len(), plan.steps[0].untold), (201, 100));
    assert!(said(&plan).iter().any(|why| why.starts_with("broken: ")), "{:?}", said(&plan));
}

#[test]
fn triggers_that_fire_are_bounded_and_said_once() {
    let actions: Vec<String> = (0..100).map(|at| format!("set_status: {{status: done, x{at}: 1}}")).collect();
    let workflow = acting("", &actions.join(", "));
    let plan = planned(&workflow, &tree(""), 2_000);
    let fired = plan.steps.iter().flat_map(|step| &step.rules);
    assert_eq!(fired.filter(|rule| matches!(rule.state, RuleState::Fired(_))).count(), 200_000 / 101);
    let cut = "`one`: triggers would act more than 200000 times: the plan ends here, and the rest is left out";
    assert_eq!(said(&plan), [cut]);
}

#[test]
fn acting_again_is_bounded_in_a_whole_plan() {
    let ends: Vec<String> = (0..6).map(|at| format!("  e{at}: {{set: {{f{at}: \"{{f{at}|}}x\"}}}}\n")).collect();
    let text = format!(
        "actions:\n{}triggers:\n- {{name: ends, event: '*', reentrant: true, actions: [e0, e1, e2, e3, e4, e5]}}\n",
        ends.concat()
    );
    let workflow = rules(&text);
    let plan = plan(&tree(""), &[source(&workflow, events(30))]);
    let fired = plan.steps.iter().flat_map(|step| &step.rules);
    let fired = fired.filter(|rule| matches!(rule.state, RuleState::Fired(_))).count();
    assert!((1_000..=1_030).contains(&fired), "{fired}");
    let said = said(&plan);
    for often in ["100 times", "1000 times in all"] {
        let cut = format!("`ends` and others have acted again {often}: they no longer do");
        assert_eq!(said.iter().filter(|why| **why == cut).count(), 1, "{said:?}");
    }
}

/// So many triggers, each with what `when` makes of its number.
fn asking(count: usize, when: &dyn Fn(usize) -> String) -> Workflow {
    let trigger = |at| format!("- {{name: t{at}, event: {EVENT}, {}, actions: [log_x]}}\n", when(at));
    rules(&format!("triggers:\n{}", (0..count).map(trigger).collect::<String>()))
}

const STEPS: &str =
    "conditions and templates would take more than 25 million steps: the plan ends here, and the rest is left out";

/// The first trigger of a plan that was not asked any more.
fn cut_at(plan: &Plan) -> (usize, String) {
    let said = said(plan);
    let (who, why) = said.last().unwrap().split_once(": ").unwrap();
    assert_eq!((said.len(), why), (1, STEPS), "{said:?}");
    (plan.steps.len(), who.to_owned())
}

#[test]
fn costly_expressions_are_bounded_and_said_once() {
    let costly = |at| format!("when: \"title|join(title)|join(title)|length == {at}\"");
    let text =
        r#"{"tasks": [{"id": 1, "title": "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "status": "done"}]}"#;
    let file = (TreePath::new("tasks/tasks.json").unwrap(), SourceFile::new(text.as_bytes()));
    let snapshot = Snapshot { files: [file].into_iter().collect(), ..Snapshot::empty() };
    let (steps, _) = cut_at(&planned(&asking(200, &costly), &snapshot, 1_000));
    assert!((10..900).contains(&steps), "{steps}");
}

#[test]
fn failing_expressions_are_bounded_too() {
    let failing = |at| format!("when: \"description|join(description)|length == {at} or nobody\"");
    let plan = planned(&asking(100, &failing), &tree(&"a".repeat(1_000)), 100);
    assert!(plan.steps.len() < 60, "{}", plan.steps.len());
    assert!(said(&plan).iter().any(|why| why.ends_with(STEPS)), "{:?}", said(&plan).last());
}

#[test]
fn patterns_are_bounded_by_what_they_weigh() {
    let pattern = |test: &str| {
        let test = test.to_owned();
        move |_| format!("conditions: [{{field: description, operator: matches, value: '{test}'}}]")
    };
    let snapshot = tree(&"ab".repeat(10_000));
    let (heavy, _) = cut_at(&planned(&asking(100, &pattern("(ab|ba){400}x")), &snapshot, 1_000));
    let (light, _) = cut_at(&planned(&asking(100, &pattern("x")), &snapshot, 1_000));
    assert!(heavy * 10 < light, "{heavy} {light}");
}

#[test]
fn templates_are_bounded_also_where_nothing_comes_of_them() {
    let names = "{task.description|}".repeat(3);
    let ends = format!("{{title: '{names}', status: none such}}");
    let workflow = acting("", &format!("create_task: {ends}"));
    let plan = planned(&workflow, &tree(&"a".repeat(1 << 20)), 2_000);
    assert!(said(&plan).iter().any(|why| why.contains("million steps")), "{:?}", said(&plan));
    assert!(plan.steps.len() < 2_000, "{}", plan.steps.len());
}

#[test]
fn the_reasons_do_not_move_the_end() {
    let list: Vec<String> = (0..300).map(|at| format!("w{at}")).collect();
    let list = list.join(", ");
    let costly = |_| {
        let costly = format!("{{field: description, operator: in, value: [{list}]}}");
        let never = "{field: status, operator: equals, value: blocked}";
        format!(
            "conditions: [{costly}, {{any: [{never}, {costly}]}}, {never}, {costly}, {{none: [{never}, {costly}]}}]"
        )
    };
    let (workflow, snapshot) = (asking(50, &costly), tree("abc"));
    let board = format::board(&snapshot, workflow.statuses.clone());
    let sources = [source(&workflow, events(1_000))];
    let [full, brief] = [Detail::Full, Detail::Brief].map(|detail| plan_on(&snapshot, &board, &sources, detail));
    assert_eq!(said(&full), said(&brief));
    assert_eq!(cut_at(&full), cut_at(&brief));
}

#[test]
fn what_many_rules_ask_alike_is_decided_once() {
    let costly = |_| "when: \"description|join(description)|length == 1\"".to_owned();
    let plan = plan(&tree(&"a".repeat(500)), &[source(&asking(1_000, &costly), events(60))]);
    assert_eq!((plan.steps.len(), said(&plan)), (60, Vec::new()));
}

#[test]
fn a_thousand_rules_on_six_hundred_events_are_no_matter() {
    let usual = |at| format!("when: \"status == 's{at}' and subtasks|length > 2 or priority == 'high'\"");
    let workflow = asking(1_000, &usual);
    let snapshot = tree(&"a".repeat(500));
    let board = format::board(&snapshot, workflow.statuses.clone());
    let (event, links, memo, fuel) = (&events(1)[0], &Links::default(), &Memo::default(), &Fuel::default());
    let task = event.task.as_ref().and_then(|id| board.tasks.get(id));
    let facts = EventFacts { event, task, board: &board, links, memo, fuel };
    // This is the last of six hundred events.
    fuel.spend(Purpose::Deciding, Fuel::MOST / 600 * 599);
    for trigger in &workflow.triggers {
        assert!(!rule::decide(&trigger.conditions, &facts, &board.statuses).holds);
    }
    assert!(fuel.is_left(Purpose::Deciding));
}
