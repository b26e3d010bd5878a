//! Values of actions and in expressions that cannot be meant.

use super::examples::{codes_on, found, found_among, found_in, trigger};

const CREATED: &str = "task.created";

#[test]
fn values_of_actions_that_fail_or_that_nobody_knows() {
    let own = "actions:\n  \
               a: {report: {name: ../.., sections: [bord], titel: x}}\n  \
               b: {create_task: {title: x, priority: bogus, parnt: 3, parent: '99', tags: a}}\n  \
               c: {set: {priority: hihg}}\n  \
               d: {report: {name: weekly, title: '{task_titel}'}}\n  \
               e: {set: {owner: '{whoo} {who} {anything} {task.titel}'}}\n";
    let rules = [
        trigger(
            "good",
            CREATED,
            "",
            "set_status: {task: parent, status: done}, e: {who: '{actor}'}, create_task: {title: x, parent: 1, priority: P1}",
        ),
        trigger(
            "bad",
            CREATED,
            "",
            "set_status: {task: nosuch, status: done}, create_task: {title: x, priority: bogus, parent: 9}",
        ),
        trigger("words", CREATED, "", "set_status: {task: parnet, status: done}, generate_report: {name: a/b}"),
        trigger(
            "braces",
            CREATED,
            "",
            "set_status: {task: '{task.parent}', status: done}, trigger_x: {of: '{task_titel}'}",
        ),
    ];
    let settings = "task_integration: {default_priority: hgih}\n";
    insta::assert_snapshot!(found_in(&format!("{settings}{own}triggers:\n{}", rules.concat())), @r#"
        rule-loop 9: triggers may call one another without end: `good` creates a task, then `bad` creates a task, and so on (a chain is cut after 10 consequences, and a trigger acts once on a task in it unless it is `reentrant`; add conditions that end it)
        unknown-name 12: `trigger_x` of trigger `braces` has the name `{task_titel}`, which stands for nothing (did you mean `{task_title}`?)
        unknown-name 6: the action `d` has the name `{task_titel}`, which stands for nothing (did you mean `{task_title}`?)
        unknown-name 7: the action `e` has the name `{whoo}`, which stands for nothing (did you mean `{who}`?)
        unknown-name 7: the action `e` has the name `{anything}`, which stands for nothing (no task has such a field: correct the name, or give it a default: `{anything|none}`)
        unknown-name 7: the action `e` has the name `{task.titel}`, which stands for nothing (did you mean `{task.title}`?)
        unknown-priority 10: `create_task` of trigger `bad` sets the unknown priority `bogus` (usual are critical, high, medium, low; no task has another word)
        unknown-priority 4: the action `b` sets the unknown priority `bogus` (usual are critical, high, medium, low; no task has another word)
        unknown-priority 5: the action `c` sets the unknown priority `hihg` (did you mean `high`?)
        unknown-priority 1: `default_priority` is the unknown priority `hgih` (did you mean `high`?)
        unknown-task 4: `parent` of the action `b` is `99`, and there is no such task (write the id of a task, or `{task.id}` for the event's)
        unknown-task 10: `task` of `set_status` of trigger `bad` is `nosuch`, and there is no such task (write the id of a task, or `parent`)
        unknown-task 10: `parent` of `create_task` of trigger `bad` is `9`, and there is no such task (write the id of a task, or `{task.id}` for the event's)
        unknown-task 11: `task` of `set_status` of trigger `words` is `parnet`, and there is no such task (did you mean `parent`?)
        unknown-task 12: `task` of `set_status` of trigger `braces` is `{task.parent}`, which is no task: the action fails each time (write an id, or `parent`; names in braces are not filled in here)
        action-parameters 3: the action `a` fails each time: the parameter `name`: `../..` has other than at most 64 letters, digits, `-` and `_` (it is a folder below `reports/`, and never another place)
        action-parameters 3: the action `a` fails each time: the parameter `sections`: a report has no part `bord`; there are event, data, task, subtasks, dependents, failed, open, board, progress (write parts that a report has)
        action-parameters 3: `report` of the action `a` takes no `titel`; it has no effect (did you mean `title`?)
        action-parameters 4: `create_task` of the action `b` takes no `parnt`; it has no effect (did you mean `parent`?)
        action-parameters 4: `tags` in `create_task` of the action `b` is `"a"` (it should be a list of texts)
        action-parameters 11: `generate_report` of trigger `words` fails each time: the parameter `name`: `a/b` has other than at most 64 letters, digits, `-` and `_` (it is a folder below `reports/`, and never another place)
        "#);
}

#[test]
fn what_fails_each_time_is_an_error() {
    let sound = |action: &str| errors(&format!("triggers:\n{}", trigger("a", CREATED, "", action)));
    for action in [
        "create_task: {}",
        "create_task: {title: ' '}",
        "create_task: {title: null}",
        "generate_report: {sections: [opn]}",
        "generate_x_report: {sections: [opn]}",
    ] {
        assert_eq!(sound(action), ["action-parameters"], "{action}");
    }
    for action in ["create_x_task: {}", "create_task: {title: x}", "generate_report: {sections: [open]}"] {
        assert_eq!(sound(action), [""; 0], "{action}");
    }
    for (own, wrong) in [
        ("create_task: {}", 1),
        ("create_task: {priority: high}", 1),
        ("create_task: {title: x}", 0),
        ("report: {sections: [opn]}", 1),
        ("report: {sections: [open]}", 0),
    ] {
        assert_eq!(errors(&format!("actions:\n  a: {{{own}}}\n")).len(), wrong, "{own}");
    }
}

#[test]
fn a_variable_in_what_is_edited_stays_as_it_is_written() {
    let own = "actions:\n  mark: {set: {note: '{note}'}}\n  tell: {run: ./tell}\n";
    for (call, codes) in [
        ("create_task: {title: 'of ${HOME}'}", &["edit-variable"][..]),
        ("create_task: {title: x, tags: [a, '${HOME}']}", &["edit-variable"]),
        ("generate_report: {title: '${HOME}'}", &["edit-variable"]),
        ("mark: {note: '${HOME}'}", &["edit-variable"]),
        ("mark: {note: '{actor}'}", &[]),
        ("tell: {note: '${HOME}'}", &[]),
        ("notify_all: {text: '${HOME}'}", &[]),
    ] {
        assert_eq!(errors(&format!("{own}triggers:\n{}", trigger("a", CREATED, "", call))), codes, "{call}");
    }
}

/// The codes of the findings that are errors.
fn errors(text: &str) -> Vec<String> {
    use crate::model::Severity;
    let (workflow, _) = crate::format::workflow::read(&crate::model::TreePath::workflow(), text.as_bytes());
    let board = crate::format::board(&crate::model::Snapshot::empty(), workflow.statuses.clone());
    let findings = super::lint(&workflow, &board);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.code.to_string()).collect()
}

#[test]
fn texts_that_are_compared_with_numbers() {
    let tasks = r#"{"tasks": [{"id": 1, "title": "x", "points": 3, "spoints": "5", "odd": 1}, {"id": 2, "odd": "2"}]}"#;
    let when = |event: &str, text: &str| {
        let rule = trigger("a", event, &format!("{{when: \"{text}\"}}"), "log_a");
        let all = found_among(&format!("triggers:\n{rule}"), tasks);
        all.lines().filter(|line| line.starts_with("different-kinds")).collect::<Vec<_>>().join("\n")
    };
    for text in
        ["points == '3'", "kind == 'a' or not ('3' != task.points)", "spoints == 5", "title == 5", "depth == '1'"]
    {
        assert_eq!(when(CREATED, text).lines().count(), 1, "{text}");
    }
    for text in [
        "points == 3",
        "spoints == '5'",
        "odd == 1 or odd == '2'",
        "unknown == 1 or unknown == 'a'",
        "new == 5",
        "points > '3'",
    ] {
        assert_eq!(when(CREATED, text), "", "{text}");
    }
    assert_eq!(when("deployment.success", "title == 5 or points == '3'"), "");
    insta::assert_snapshot!(when(CREATED, "spoints == 5"), @"different-kinds 2: `when` of trigger `a` compares `spoints`, which is a text, with `5`: that can never be decided (write `spoints|int`, or put the number in quotes)");
}

#[test]
fn words_of_expressions_that_nobody_knows() {
    insta::assert_snapshot!(
        found(&[
            trigger("slip", CREATED, "{when: \"priority == 'hihg' or 'P1' == task.priority\"}", "log_a"),
            trigger("condition", CREATED, "{field: priority, operator: in, value: [high, hihg, P2]}", "log_b"),
            trigger("inner", CREATED, "{when: \"task.statsu == 'done' or subtasks|selectattr('risk_levl', 'eq', 'x')|map(attribute='titel')|list\"}", "log_c"),
            trigger("good", CREATED, "{when: \"priority in ['high', 'low'] and task.risk_level == 'x' and kind == 'hihg'\"}", "log_d"),
        ].concat()),
        @r#"
        unknown-field 4: trigger `inner` looks at the field `statsu`, which no task has (did you mean `status`?)
        unknown-field 4: trigger `inner` looks at the field `risk_levl`, which no task has (did you mean `risk_level`?)
        unknown-field 4: trigger `inner` looks at the field `titel`, which no task has (did you mean `title`?)
        priority-literal 2: `P1` in `when` of trigger `slip` is another name of the priority `high`, and priorities have their one name there (write `high`; `field: priority, operator: equals` knows all names)
        unknown-priority 2: `when` of trigger `slip` names the unknown priority `hihg` (did you mean `high`?)
        unknown-priority 3: a condition of trigger `condition` names the unknown priority `hihg` (did you mean `high`?)
        "#
    );
}

#[test]
fn a_name_that_no_task_has_stands_for_nothing_where_nothing_else_fills_it_in() {
    let found = |text: &str| {
        let all = found_in(text);
        all.lines().filter(|line| line.starts_with("unknown-name")).count()
    };
    let told = |event: &str, conditions: &str| {
        format!(
            "triggers:\n{}",
            trigger("a", event, conditions, "notify_all: {text: '{zone} {old} {risk_level} {assignee}'}")
        )
    };
    for event in [CREATED, "task.status.updated", "task.deleted"] {
        assert_eq!(found(&told(event, "")), 1, "{event}");
    }
    // What comes from outside brings names along.
    for event in ["deployment.success", "task.stale", "task.*"] {
        assert_eq!(found(&told(event, "")), 0, "{event}");
    }
    // A field that rules ask for, or write, is one that tasks have or come to have.
    assert_eq!(found(&told(CREATED, "{field: zone, operator: equals, value: a}")), 0);
    assert_eq!(found(&format!("{}actions: {{mark: {{set: {{zone: a}}}}}}\n", told(CREATED, ""))), 0);
    // A template and an action of the project's own are for whoever uses them.
    let used = |event: &str| {
        format!(
            "triggers:\n{}notifications: {{templates: {{a: '{{zone}}'}}}}\nactions: {{tell: {{webhook: {{url: 'https://example.org', body: {{x: '{{zone}}'}}}}}}}}\n",
            trigger("a", event, "", "notify_all, tell")
        )
    };
    assert_eq!((found(&used(CREATED)), found(&used("deployment.success"))), (2, 0));
    let given = used(CREATED).replace("tell]", "tell: {zone: b}]").replace("templates: {a: '{zone}'}", "templates: {}");
    assert_eq!(found(&given), 0);
}

#[test]
fn slips_behind_a_status_and_the_event_are_found() {
    let status = "task.status.updated";
    for (event, conditions) in [
        (status, "{field: status.categroy, operator: equals, value: done}"),
        (status, "{field: new.categry, operator: equals, value: done}"),
        (status, "{field: old.catgory, operator: equals, value: done}"),
        (status, "{field: task.status.categroy, operator: equals, value: done}"),
        ("task.created", "{field: parent.status.categry, operator: equals, value: done}"),
        ("task.created", "{field: subtasks.any.status.categry, operator: equals, value: done}"),
        ("task.created", "{when: \"event.typ == 'task.created'\"}"),
        ("task.created", "{field: event.actr, operator: exists}"),
    ] {
        assert_eq!(codes_on(event, conditions), ["unknown-field"], "{event} {conditions}");
    }
    for (event, conditions) in [
        (status, "{field: new.category, operator: equals, value: done}"),
        ("task.field.updated", "{field: new.categry, operator: equals, value: done}"),
        ("deployment.success", "{field: event.typ, operator: equals, value: done}"),
        ("task.created", "{field: event.type, operator: exists}"),
        ("task.created", "{field: metadata.status.categry, operator: equals, value: done}"),
    ] {
        let codes = codes_on(event, conditions);
        assert!(!codes.iter().any(|code| code == "unknown-field"), "{event} {conditions}: {codes:?}");
    }
    for (conditions, code) in [
        ("{when: \"priority > 'hihg'\"}", "unknown-priority"),
        ("{when: \"'hihg' <= parent.priority\"}", "unknown-priority"),
    ] {
        let codes = codes_on("task.created", conditions);
        assert!(codes.iter().any(|found| found == code), "{conditions}: {codes:?}");
    }
}
