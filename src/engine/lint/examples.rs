use super::*;
use crate::format;
use crate::model::{Snapshot, SourceFile, StatusSet, TreePath};

/// What is found in some triggers, by lint: `code line: message (hint)`.
pub(super) fn found(triggers: &str) -> String {
    found_in(&format!("triggers:\n{triggers}"))
}

pub(super) fn found_in(text: &str) -> String {
    let tasks = r#"{"tasks": [{"id": 1, "title": "x", "status": "pending", "risk_level": "low"}]}"#;
    found_among(text, tasks)
}

/// The same where these are the tasks.
pub(super) fn found_among(text: &str, tasks: &str) -> String {
    let (workflow, _) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    let files = [(TreePath::new("tasks/tasks.json").unwrap(), SourceFile::new(tasks.as_bytes()))].into_iter().collect();
    let board = format::board(&Snapshot { files, ..Snapshot::empty() }, StatusSet::default());
    let shown = |finding: &Diagnostic| {
        let (line, hint) = (finding.place.as_ref().unwrap().line, finding.hint.as_deref().unwrap());
        format!("{} {line}: {} ({hint})", finding.code, finding.message)
    };
    lint(&workflow, &board).iter().map(shown).collect::<Vec<_>>().join("\n")
}

pub(super) fn trigger(name: &str, event: &str, conditions: &str, actions: &str) -> String {
    format!("- {{name: {name}, event: {event}, conditions: [{conditions}], actions: [{actions}]}}\n")
}

fn status(name: &str, conditions: &str, sets: &str) -> String {
    trigger(name, "task.status.updated", conditions, &format!("set_status: {{status: {sets}}}"))
}

#[test]
fn codes_are_told_apart() {
    let codes: std::collections::BTreeSet<_> = LINTS.iter().map(|lint| lint.code()).collect();
    assert_eq!(codes.len(), LINTS.len());
}

#[test]
fn nothing_is_said_of_what_is_meant() {
    let rules = [
        trigger(
            "a",
            "task.status.updated",
            "{field: status, operator: equals, value: done}",
            "trigger_dependent_tasks, roll_up_parent",
        ),
        trigger("b", "task.dependencies.satisfied", "", "set_status: {status: in-progress}"),
        trigger(
            "c",
            "deployment.success",
            "{field: anything_at_all, operator: gt, value: 5}",
            "create_deployment_task",
        ),
        trigger(
            "d",
            "task.created",
            "{field: type, operator: not_equals, value: automation}",
            "create_task: {title: x}",
        ),
        trigger("e", "task.*", "", "log_it"),
        status("f", "{field: status, operator: equals, value: review}", "testing"),
        status("g", "{field: status, operator: equals, value: failed}", "blocked"),
        trigger(
            "h",
            "task.status.updated",
            "{any: [{field: status, operator: equals, value: done}, {field: status, operator: equals, value: failed}]}",
            "log_it",
        ),
    ];
    assert_eq!(found(&rules.concat()), "");
}

#[test]
fn rules_that_loop() {
    let is = |value: &str| format!("{{field: status, operator: equals, value: {value}}}");
    insta::assert_snapshot!(found(&[status("back", &is("done"), "pending"), status("forth", &is("todo"), "completed")].concat()), @r"
    rule-loop 3: triggers may call one another without end: `forth` sets `done`, then `back` sets `pending`, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
    ");
    // Conditions, transitions, and being there already end a chain.
    let ended = [status("back", &is("done"), "pending"), status("forth", &is("review"), "done")].concat();
    assert_eq!(found(&ended), "");
    assert_eq!(found(&status("always", "", "review")), "");
    let once = "{field: old_status, operator: equals, value: review}";
    assert_eq!(
        found(
            &[status("back", &is("done"), "pending"), status("forth", &format!("{}, {once}", is("pending")), "done")]
                .concat()
        ),
        ""
    );
    let rules = [status("back", &is("done"), "pending"), status("forth", &is("pending"), "done")].concat();
    let statuses = "statuses:\n  - {name: done, category: done, transitions: [review]}\n";
    assert_eq!(found_in(&format!("{statuses}triggers:\n{rules}")), "");
    // Who makes a task is not set going by it.
    let more = trigger("more", "task.created", "", "create_task: {title: next}");
    assert_eq!(found(&more), "");
    insta::assert_snapshot!(found(&more.replace("{name: more", "{reentrant: true, name: more")), @r"
    rule-loop 2: triggers may call one another without end: `more` creates a task, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
    ");
    let other = trigger("other", "task.created", "", "create_task: {title: another}");
    insta::assert_snapshot!(found(&[more, other].concat()), @r"
    rule-loop 2: triggers may call one another without end: `more` creates a task, then `other` creates a task, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
    ");
    insta::assert_snapshot!(
        found(&[
            trigger("one", "workflow.ping.requested", "", "trigger_pong_workflow"),
            trigger("two", "workflow.pong.requested", "", "trigger_ping"),
        ].concat()),
        @r"
        rule-loop 2: triggers may call one another without end: `one` raises `workflow.pong.requested`, then `two` raises `workflow.ping.requested`, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
        "
    );
}

#[test]
fn rules_that_loop_through_other_fields() {
    let found =
        |actions: &str, triggers: &[&str]| found_in(&format!("actions:\n{actions}triggers:\n{}", triggers.concat()));
    let on = |name: &str, event: &str, field: &str, action: &str| {
        let condition = format!("{{field: field, operator: equals, value: {field}}}");
        trigger(name, event, &condition, action).replace("{name", "{reentrant: true, name")
    };
    let more = on("more", "task.field.updated", "notes", "grow");
    let grow = "  grow: {set: {notes: \"{new}!\"}}\n";
    insta::assert_snapshot!(found(grow, &[&more]), @r#"
        rule-loop 4: triggers may call one another without end: `more` sets `notes` anew, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
        "#);
    // It acts once on a task where it may, or hears of other fields alone, or sets what is so already.
    assert_eq!(found(grow, &[&more.replace("reentrant: true, ", "")]), "");
    assert_eq!(found(grow, &[&on("more", "task.field.updated", "size", "grow")]), "");
    let other = found(grow, &[&on("more", "task.priority.updated", "notes", "grow")]);
    assert!(other.starts_with("never-acts 4: ") && other.lines().count() == 1, "{other}");
    assert_eq!(found("  grow: {set: {notes: new}}\n", &[&more]), "");
    // Two fields that are set to and fro, each by the other's event.
    let two = "  up: {set: {size: 2, priority: high}}\n  down: {set: {size: 1, priority: low}}\n";
    let up = on("up", "task.field.updated", "size", "up");
    let down = on("down", "task.priority.updated", "priority", "down");
    insta::assert_snapshot!(found(two, &[&up, &down]), @r#"
        rule-loop 6: triggers may call one another without end: `down` sets `size` to `1`, then `up` sets `priority` to `high`, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
        "#);
    assert_eq!(found(&two.replace("size: 1", "size: 2"), &[&up, &down]), "");
}

#[test]
fn values_that_grow_and_names_that_expressions_do_not_know() {
    let action = |text: &str| found_in(&format!("actions: {{grow: {{set: {{title: \"{text}\"}}}}}}\n"));
    insta::assert_snapshot!(action("{title}{task.title} {task_title}"), @r#"
        growing-value 1: the action `grow` sets `title` to 3 times what it was (name it once: `{title}`; a text of more than 64 KiB is refused)
        "#);
    assert_eq!(action("{title} {{title}} {status}"), "");
    let when = |text: &str| found(&trigger("w", "task.status.updated", &format!("{{when: \"{text}\"}}"), "log_it"));
    insta::assert_snapshot!(when("status in ['Done', 'completed'] or new == 'finished'"), @r#"
        status-literal 2: `Done` in `when` of trigger `w` is another name of the status `done`, and statuses have their one name there (write `done`; `field: status, operator: equals` knows all names)
        status-literal 2: `completed` in `when` of trigger `w` is another name of the status `done`, and statuses have their one name there (write `done`; `field: status, operator: equals` knows all names)
        status-literal 2: `finished` in `when` of trigger `w` is another name of the status `done`, and statuses have their one name there (write `done`; `field: status, operator: equals` knows all names)
        "#);
    let others = [
        "'Done' != task.status",
        "(parent.status not in ['Done'])",
        "not old_status == 'completed' and title == 'x'",
        "priority == 'high' or new_status == 'Done'",
    ];
    for text in others {
        assert_eq!(when(text).lines().count(), 1, "{text}");
    }
    let others = [
        "priority == 'completed'",
        "status == 'done' and priority == 'completed'",
        "status == 'done' and priority == 'new'",
        "status == 'done' and metadata.test_result|default('') == 'failure'",
        "status == 'done' and title is endingwith 'resolved'",
        "status == 'done' and metadata.status == 'completed'",
        "status|upper == 'DONE'",
        "'DONE' == status|upper",
        "status == 'Done'|lower",
        "status in ['Done'|lower]",
        "title ~ status == 'Done'",
        "kind in ['Done', status]",
    ];
    for text in others {
        assert!(!when(text).contains("status"), "{text}");
    }
    let field =
        |event: &str| found(&trigger("w", event, "{when: \"field == 'stage' and new == 'completed'\"}", "log_it"));
    assert_eq!(field("task.field.updated"), "");
    assert_eq!(field("'task.*'"), "");
    assert!(field("task.status.updated").contains("status-literal 2: `completed`"));
    assert_eq!(when("status != 'done'"), "");
}

#[test]
fn rules_that_match_everything_or_nothing() {
    insta::assert_snapshot!(
        found(&[
            trigger("all", "'*'", "", "log_a"),
            trigger("either", "task.created", "{any: [{field: kind, operator: equals, value: a}, {field: kind, operator: not_equals, value: a}]}", "log_b"),
            trigger("yes", "task.created", "{when: 1 < 2}", "log_c"),
            trigger("both", "task.status.updated", "{field: status, operator: equals, value: done}, {field: new_status, operator: in, value: [failed, cancelled]}", "log_d"),
            trigger("groups", "task.created", "{field: risk_level, operator: exists}, {any: [{field: risk_level, operator: not_exists}, {when: false}]}", "log_e"),
            trigger("none", "task.created", "{none: [{field: kind, operator: equals, value: a}]}, {field: kind, operator: equals, value: a}", "log_f"),
            trigger("range", "task.created", "{field: points, operator: gt, value: 5}, {field: points, operator: lte, value: 5}", "log_g"),
        ].concat()),
        @r"
        matches-everything 2: trigger `all` acts on every event (name the event it is for, or a family such as `task.*`, or add conditions)
        matches-everything 3: a condition of trigger `either` always holds: any: [kind equals a, kind not_equals a] (remove it, or correct what it compares)
        matches-everything 4: a condition of trigger `yes` always holds: when: 1 < 2 (remove it, or correct what it compares)
        never-acts 5: trigger `both` never acts: its conditions can never hold together (all conditions of a trigger must hold; put alternatives under `any`)
        never-acts 6: trigger `groups` never acts: its conditions can never hold together (all conditions of a trigger must hold; put alternatives under `any`)
        never-acts 7: trigger `none` never acts: its conditions can never hold together (all conditions of a trigger must hold; put alternatives under `any`)
        never-acts 8: trigger `range` never acts: its conditions can never hold together (all conditions of a trigger must hold; put alternatives under `any`)
        "
    );
}

#[test]
fn rules_that_stand_in_each_others_way() {
    insta::assert_snapshot!(
        found(&[
            status("one", "{field: kind, operator: equals, value: a}", "done"),
            status("same", "{field: kind, operator: equals, value: a}", "done"),
            status("other", "{field: size, operator: gt, value: 5}", "review"),
            status("apart", "{field: kind, operator: equals, value: b}, {field: size, operator: lte, value: 5}", "testing"),
        ].concat()),
        @r"
        rule-loop 2: triggers may call one another without end: `one` sets `done`, then `other` sets `review`, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
        duplicate-rule 3: trigger `same` does what `one` does already (remove one of them)
        conflicting-values 4: triggers `one` and `other` may both act on one `task.status.updated`, and set the status to `done` and to `review` (the later one wins; give them conditions that exclude each other)
        "
    );
}

#[test]
fn rules_that_set_one_field_to_different_values() {
    let own = "actions:\n  a: {set: {owner: ann}}\n  b: {set: {owner: bob}}\n  c: {set: {owner: '{task_title}'}}\n";
    let rules = [
        trigger("first", "task.*", "", "a"),
        trigger("second", "task.created", "", "b"),
        trigger("open", "task.created", "", "c"),
        trigger("elsewhere", "deployment.success", "", "b"),
        trigger("up", "task.deleted", "", "set_status: {task: parent, status: done}"),
        trigger("down", "task.deleted", "", "set_status: {task: parent, status: review}"),
    ];
    insta::assert_snapshot!(found_in(&format!("{own}triggers:\n{}", rules.concat())), @r#"
        conflicting-values 7: triggers `first` and `second` may both act on one `task.created`, and set the field `owner` to `ann` and to `bob` (the later one wins; give them conditions that exclude each other)
        conflicting-values 11: triggers `up` and `down` may both act on one `task.deleted`, and set the status of the parent to `done` and to `review` (the later one wins; give them conditions that exclude each other)
        "#);
}

#[test]
fn names_and_kinds_that_are_slips() {
    insta::assert_snapshot!(
        found(&[
            trigger("fields", "task.created", "{field: staus, operator: exists}, {field: parent.titel, operator: exists}, {field: subtasks.all.risk_levl, operator: exists}, {when: \"priorty == 'high'\"}, {field: metadata.staus, operator: exists}", "log_a"),
            trigger("order", "task.created", "{field: status, operator: gt, value: pending}, {field: points, operator: lt, value: many}, {field: status, operator: older_than, value: 1d}", "log_b"),
            trigger("near", "task.status.update", "", "log_c"),
            trigger("stem", "taks.*", "", "log_d"),
            trigger("own", "task.status.changed", "", "log_e"),
            trigger("far", "somebody.elses.event", "", "log_f"),
            trigger("with", "task.created", "", "set_status: {staus: done, task: [1]}, roll_up_parent: {deep: true}"),
            trigger("loud", "task.created", "", "log_a: {level: crtical}, log_b: {level: 5}, log_c: {level: WARN}"),
        ].concat()),
        @r#"
        unknown-field 2: trigger `fields` looks at the field `staus`, which no task has (did you mean `status`?)
        unknown-field 2: trigger `fields` looks at the field `titel`, which no task has (did you mean `title`?)
        unknown-field 2: trigger `fields` looks at the field `risk_levl`, which no task has (did you mean `risk_level`?)
        unknown-field 2: trigger `fields` looks at the field `priorty`, which no task has (did you mean `priority`?)
        no-order 3: a condition of trigger `order` is always false: `status gt pending`, and statuses have no order (use `equals` or `in` for words, `status.category` for kinds of statuses)
        no-order 3: a condition of trigger `order` is always false: `points lt many`, and `many` is no number, date or priority (use `equals` or `in` for words, `status.category` for kinds of statuses)
        no-order 3: a condition of trigger `order` is always false: `status older_than "1d"`, and it is no date (use `equals` or `in` for words, `status.category` for kinds of statuses)
        unknown-event 4: trigger `near` listens to `task.status.update`, which nothing raises (did you mean `task.status.updated`?)
        unknown-event 5: trigger `stem` listens to `taks.*`, which nothing raises (did you mean `task.*`?)
        unknown-event 6: trigger `own` listens to `task.status.changed`, which nothing raises (known of tasks are task.created, task.deleted, task.status.updated, task.priority.updated, task.dependencies.updated, task.dependencies.satisfied, task.field.updated, task.stale, task.drift.detected)
        action-parameters 8: `set_status` of trigger `with` takes no parameter `staus`; it has no effect (did you mean `status`?)
        action-parameters 8: the parameter `task` of `set_status` of trigger `with` is `[1]` (it should be a text, a number, `true` or `false`)
        action-parameters 8: `roll_up_parent` of trigger `with` takes no parameter `deep`; it has no effect (it takes none)
        action-parameters 9: the parameter `level` of `log_a` of trigger `loud` is the unknown level `crtical` (did you mean `critical`?)
        action-parameters 9: the parameter `level` of `log_b` of trigger `loud` is the unknown level `5` (known are debug, info, warning, error, critical)
        "#
    );
}

#[test]
fn very_many_triggers_are_said_and_looked_through() {
    let many = |count: usize| {
        let rule = |at: usize| {
            let conditions = format!("{{field: kind, operator: equals, value: k{at}}}");
            status(&format!("t{at}"), &conditions, ["done", "pending", "review"][at % 3])
        };
        found(&(0..count).map(rule).collect::<String>())
    };
    assert_eq!(many(500).lines().filter(|line| line.contains("too-many")).count(), 0);
    let found = many(10_001);
    insta::assert_snapshot!(found.lines().last().unwrap(), @r"
    too-many-triggers 2: there are 10001 triggers: every command reads them all (conditions and templates often make one trigger of many)
    ");
}

#[test]
fn names_in_templates_that_stand_for_nothing() {
    let calls = trigger(
        "call",
        "task.created",
        "",
        "notify_all: {text: \"{task_titel} {task.statsu|x} {task_risk_level} {anything} {old_statsu} {task.labels}\"}",
    );
    let text = format!("triggers:\n{calls}notifications: {{templates: {{done: \"{{task_titel}} {{task_owner}}\"}}}}\n");
    let (workflow, _) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    let tasks = r#"{"tasks": [{"id": 1, "title": "x", "status": "pending", "risk_level": "low"}]}"#;
    let files = [(TreePath::new("tasks/tasks.json").unwrap(), SourceFile::new(tasks.as_bytes()))].into_iter().collect();
    let board = format::board(&Snapshot { files, ..Snapshot::empty() }, StatusSet::default());
    let shown = |finding: &Diagnostic| {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        format!("{} {line}: {} ({})", finding.code, finding.message, finding.hint.as_deref().unwrap())
    };
    insta::assert_snapshot!(
        lint(&workflow, &board).iter().map(shown).collect::<Vec<_>>().join("\n"),
        @r"
    unknown-name 3: the template `done` has the name `{task_titel}`, which stands for nothing (did you mean `{task_title}`?)
    unknown-name 3: the template `done` has the name `{task_owner}`, which stands for nothing (no task has such a field: correct the name, or give it a default: `{task_owner|none}`)
    unknown-name 2: `notify_all` of trigger `call` has the name `{task_titel}`, which stands for nothing (did you mean `{task_title}`?)
    unknown-name 2: `notify_all` of trigger `call` has the name `{anything}`, which stands for nothing (no task has such a field: correct the name, or give it a default: `{anything|none}`)
    unknown-name 2: `notify_all` of trigger `call` has the name `{old_statsu}`, which stands for nothing (did you mean `{old_status}`?)
    "
    );
}

/// The lines of what is found in one trigger with some conditions, and all after them up to the code.
fn codes(conditions: &str) -> Vec<String> {
    codes_on("task.status.updated", conditions)
}

/// The same for some event.
pub(super) fn codes_on(event: &str, conditions: &str) -> Vec<String> {
    let rule = trigger("a", event, conditions, "log_a");
    found(&rule).lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn expressions_that_are_never_true() {
    for when in [
        "status == 'done' and status == 'pending'",
        "priority > 3 and priority < 2",
        "status == 'done' and not (status == 'done')",
        "status == 'done' and new == 'pending'",
        "task.owner in ['a', 'b'] and (task.owner == 'c' or task.owner not in ['a', 'b'])",
        "not (points >= 3) and not (points <= 3)",
        "old_status == 'completed' and old_status == 'pending'",
        "status != 'done' and status == 'completed'",
        "kind == 'a' and subtasks|length > 2 and kind == 'b'",
    ] {
        assert!(codes(&format!("{{when: \"{when}\"}}")).contains(&"never-acts".to_owned()), "{when}");
    }
    for (conditions, place) in [
        ("{when: \"status == 'done'\"}, {field: status, operator: equals, value: pending}", 2),
        ("{field: owner, operator: not_exists}, {when: \"owner == 'ann'\"}", 2),
        ("{field: kind, operator: equals, value: a}, {any: [{when: \"kind == 'b'\"}, {when: \"kind != 'a'\"}]}", 2),
    ] {
        let rule = format!("- {{name: a, event: task.status.updated, conditions: [{conditions}], actions: [log_a]}}\n");
        let line = format!("never-acts {place}: trigger `a` never acts: its conditions can never hold together");
        assert!(found(&rule).starts_with(&line), "{conditions}: {}", found(&rule));
    }
    insta::assert_snapshot!(
        found("- name: a\n  event: task.created\n  when: kind == 'a' and kind == 'b'\n  actions: [log_a]\n"),
        @"never-acts 4: trigger `a` never acts: `kind == 'a' and kind == 'b'` can never be true (`and` asks for both sides; put alternatives between `or`)"
    );
}

#[test]
fn expressions_that_may_be_true() {
    for conditions in [
        "{when: \"status == 'done' or status == 'pending'\"}",
        "{when: \"points > 3 and points < 5\"}",
        "{when: \"points > '9' and points < '10'\"}",
        "{when: \"points == 5 and points != '5'\"}",
        "{when: \"status == 'done' and status != 'pending'\"}",
        "{when: \"old == 'pending' and new == 'done'\"}",
        "{when: \"priority != 'P1' and priority == 'high'\"}",
        "{when: \"parent != '5'\"}, {field: parent, operator: equals, value: 5}",
        "{when: \"points > 9\"}, {field: points, operator: lt, value: 5}",
        "{when: \"points < 9\"}, {field: points, operator: not_exists}",
        "{when: \"kind|lower == 'a' and kind == 'A'\"}",
        "{when: \"kind == 'a' if owner == 'x' else kind == 'b'\"}",
        "{when: \"kind is none or kind == 'a'\"}, {field: kind, operator: not_exists}",
    ] {
        assert!(!codes(conditions).contains(&"never-acts".to_owned()), "{conditions}");
    }
    // What `old` is told apart by is not known here.
    let rule =
        trigger("a", "task.*", "{when: \"old == 'done'\"}, {field: old, operator: equals, value: completed}", "log_a");
    assert_eq!(found(&rule), "");
}

#[test]
fn statuses_in_expressions_that_nobody_knows() {
    insta::assert_snapshot!(
        found(&[
            trigger("slip", "task.created", "{when: \"status == 'complted' or status in ['pendng', 'done']\"}", "log_a"),
            trigger("none", "task.status.updated", "{when: \"new == 'zzzzzzzz' and title == 'zzz'\"}", "log_b"),
        ].concat()),
        @r"
        unknown-status 2: `when` of trigger `slip` names the unknown status `complted` (did you mean `done`?)
        unknown-status 2: `when` of trigger `slip` names the unknown status `pendng` (did you mean `pending`?)
        unknown-status 3: `when` of trigger `none` names the unknown status `zzzzzzzz` (known are pending, in-progress, testing, blocked, deferred, review, done, failed, cancelled; define others under `statuses`)
        "
    );
}

#[test]
fn what_can_be_told_of_a_trigger_with_an_error_is_told() {
    let broken = "- {name: a, event: task.created, timeout: soon, conditions: [{field: staus, operator: exists}, \
                  {field: kind, operator: nearly, value: 1}, {when: \"status == 'complted'\"}, \
                  {when: \"kind == 'a' and kind == 'b'\"}], actions: [set_status: {staus: done}]}\n";
    let sound = trigger("b", "task.created", "{field: titel, operator: exists}", "log_b");
    let found = found(&format!("{broken}{sound}"));
    let codes: Vec<&str> = found.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        codes,
        ["unknown-field 3", "never-acts 2", "unknown-field 2", "unknown-status 2", "action-parameters 2"],
        "{found}"
    );
}

#[test]
fn a_chain_up_the_parents_ends() {
    let up = |task: &str| {
        found(
            &[
                trigger(
                    "up",
                    "task.status.updated",
                    "{field: status, operator: equals, value: done}",
                    &format!("set_status: {{task: {task}, status: review}}"),
                ),
                trigger(
                    "on",
                    "task.status.updated",
                    "{field: status, operator: equals, value: review}",
                    "set_status: {status: done}",
                ),
            ]
            .concat(),
        )
    };
    assert!(!up("parent").contains("rule-loop"), "{}", up("parent"));
    assert!(up("'18'").contains("rule-loop"), "{}", up("'18'"));
}

#[test]
fn an_event_that_no_action_raises_is_found() {
    let waiting = trigger("waiting", "task.dependencies.satisfied", "", "set_status: {status: in-progress}");
    insta::assert_snapshot!(found(&waiting), @"unraised-event 2: trigger `waiting` listens to `task.dependencies.satisfied`, which nothing raises here (call `trigger_dependent_tasks` from a trigger for `task.status.updated`)");
    let raising = trigger("raising", "task.status.updated", "", "trigger_dependent_tasks");
    assert!(!found(&format!("{waiting}{raising}")).contains("unraised-event"));
}
