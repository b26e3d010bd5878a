use serde_json::json;

use super::*;
use crate::model::{Category, Severity};

const SMALL: &str = include_str!("../../../fixtures/valid/workflow/small.yaml");
const FULL: &str = include_str!("../../../fixtures/valid/workflow/full.yaml");
const OWN: &str = include_str!("../../../fixtures/valid/workflow/own.yaml");
const LIST: &str = include_str!("../../../fixtures/valid/workflow/list.yaml");
const TREES: &str = include_str!("../../../fixtures/valid/workflow/trees.yaml");
const TRIGGERS: &str = include_str!("../../../fixtures/invalid/workflow/triggers.yaml");
const SETTINGS: &str = include_str!("../../../fixtures/invalid/workflow/settings.yaml");
const SUSPICIOUS: &str = include_str!("../../../fixtures/invalid/workflow/suspicious.yaml");
const CONFLICT: &str = include_str!("../../../fixtures/invalid/workflow/conflict.yaml");
const SYNTAX: &str = include_str!("../../../fixtures/invalid/workflow/syntax.yaml");

pub(super) fn read_bytes(bytes: &[u8]) -> (Workflow, Vec<Diagnostic>) {
    read(&TreePath::new("config/workflow.yaml").unwrap(), bytes)
}

/// Reads a file nothing is to be said about.
fn clean(text: &str) -> Workflow {
    let (workflow, diagnostics) = read_bytes(text.as_bytes());
    assert_eq!(diagnostics, []);
    workflow
}

/// `3:7 warning unknown-key: ... (hint)`, one line each, in the order of the file.
pub(super) fn shown(diagnostics: &[Diagnostic]) -> String {
    let mut lines: Vec<((usize, usize), String)> = diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.place.as_ref().unwrap();
            let (severity, code) = (diagnostic.severity.name(), diagnostic.code);
            let hint = diagnostic.hint.as_deref().unwrap();
            let (line, column) = (place.line, place.column);
            ((line, column), format!("{line}:{column} {severity} {code}: {}\n    {hint}", diagnostic.message))
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

fn names(workflow: &Workflow) -> Vec<&str> {
    workflow.triggers.iter().map(|trigger| trigger.name.as_str()).collect()
}

#[test]
fn a_small_file() {
    let workflow = clean(SMALL);
    assert_eq!(workflow.version.as_deref(), Some("2.0"));
    assert_eq!((workflow.mode, &workflow.git), (None, &GitSettings::default()));
    assert_eq!(workflow.integration.status_sync, Some(true));
    assert_eq!(workflow.integration.analytics_tracking, Some(false));
    assert_eq!(workflow.integration.notification_hooks, None);
    assert_eq!(names(&workflow), ["on_status", "on_release"]);
    let first = &workflow.triggers[0];
    assert_eq!((first.event.as_str(), first.enabled, first.reentrant), ("task.status.updated", true, false));
    assert_eq!((first.conditions.len(), first.timeout), (0, None));
    let actions: Vec<(&str, usize)> = first.actions.iter().map(|call| (call.name.as_str(), call.place.line)).collect();
    assert_eq!(actions, [("update_analytics", 14), ("trigger_dependent_tasks", 15)]);
    assert_eq!((first.place.line, first.place.column), (11, 13));
    assert_eq!(workflow.sections["monitoring"]["alert_thresholds"]["queue_depth"], json!(40));
}

#[test]
fn a_file_with_every_section() {
    let workflow = clean(FULL);
    assert_eq!(names(&workflow), ["finished", "made by hand", "suite_passed", "alarm", "shipped", "deployment_failed"]);
    let conditions: Vec<String> =
        workflow.triggers.iter().flat_map(|trigger| &trigger.conditions).map(ToString::to_string).collect();
    assert_eq!(
        conditions,
        [
            "status in [done, failed, cancelled]",
            "type not_equals robot",
            "test_result equals passed",
            "metadata.branch starts_with release/",
        ]
    );
    assert!(!workflow.triggers[1].enabled);
    assert_eq!(workflow.triggers[3].timeout, Some(240));
    assert_eq!(workflow.triggers[3].priority.as_deref(), Some("high"));
    assert_eq!(workflow.integration.default_assignee.as_deref(), Some("night_shift"));
    assert_eq!(workflow.sections.keys().map(String::as_str).collect::<Vec<_>>(), keys::SECTIONS);
    assert_eq!(workflow.sections["endpoints"]["slack_webhook"], json!("${CHAT_URL}"));
    assert_eq!(workflow.sections["notifications"]["templates"]["task_completed"], json!("'{task_title}' is finished"));
    assert_eq!(workflow.environments["live"]["notifications"]["channels"][0]["channel"], json!("#live"));
}

#[test]
fn conditions_are_trees() {
    let shown: Vec<String> =
        clean(TREES).triggers.iter().flat_map(|trigger| &trigger.conditions).map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    status changed_to [done, cancelled]
    any: [priority gte high, all: [title matches "(?i)^release [0-9]+", none: [created older_than "1d12h", created older_than P30D]]]
    when: old_status != 'blocked' and subtasks|length > 1
    subtasks.all.status.category in [done, cancelled]
    dependencies.any.status not_equals done
    parent.subtasks.any.assignee not_exists
    parent.parent.status exists
    when: parent and parent.status in ['pending', 'in-progress'] or dependencies|selectattr('status_category', 'ne', 'done')|list|length == 0
    "#);
}

#[test]
fn groups_have_a_greatest_depth() {
    let nested = |depth: usize| {
        let (open, close) = ("{any: [".repeat(depth), "]}".repeat(depth));
        let condition = format!("{open}{{field: status, operator: exists}}{close}");
        read_bytes(format!("triggers: [{{name: a, event: x, actions: [b], conditions: [{condition}]}}]").as_bytes())
    };
    assert_eq!((nested(16).0.triggers.len(), nested(16).1), (1, Vec::new()));
    let (workflow, findings) = nested(17);
    assert!(workflow.triggers.is_empty() && findings[0].message.contains("more than 16 deep"), "{findings:?}");
}

#[test]
fn ten_thousand_triggers_are_read() {
    let text = (0..10_000).fold("triggers:\n".to_owned(), |text, at| {
        text + &format!(
            "- name: t{at}\n  event: task.status.updated\n  conditions:\n  - {{field: kind, operator: equals, value: \
             k{at}}}\n  - {{field: status, operator: in, value: [done, failed, cancelled]}}\n  actions: [update_analytics]\n"
        )
    });
    assert_eq!(clean(&text).triggers.len(), 10_000);
}

#[test]
fn a_file_without_the_wrapper_and_with_everything_of_its_own() {
    let workflow = clean(OWN);
    assert_eq!(workflow.version.as_deref(), Some("2.1"));
    assert_eq!(workflow.mode, Some(Mode::Enforce));
    assert_eq!(
        workflow.git,
        GitSettings {
            canonical: Some("trunk".to_owned()),
            executor: Executor::Ci,
            commit: CommitPolicy::Never,
            watch: WatchPolicy::All,
            message: Some("follow-up: {summary}".to_owned()),
            identity: Some(Identity { name: "Task Robot".to_owned(), email: "robot@example.org".to_owned() }),
            rules: Some("1".to_owned()),
        }
    );
    let reopened = &workflow.triggers[0];
    assert!(reopened.reentrant);
    assert_eq!(reopened.conditions[2].to_string(), "assignee exists");
    let calls: Vec<(&str, Value)> =
        reopened.actions.iter().map(|call| (call.name.as_str(), Value::Object(call.parameters.clone()))).collect();
    assert_eq!(
        calls,
        [
            ("tell_crew", json!({"topic": "{task_title}"})),
            ("set_status", json!({"status": "drafting"})),
            ("roll_up_parent", json!({})),
        ]
    );
    assert_eq!(workflow.own_actions.keys().collect::<Vec<_>>(), ["tell_crew"]);
    assert_eq!(workflow.own_actions["tell_crew"].timeout, Some(20));
    assert_eq!(workflow.own_actions["tell_crew"].place.line, 26);
}

#[test]
fn statuses_add_to_the_usual_ones() {
    let statuses = clean(OWN).statuses;
    assert_eq!(statuses.canonical("shipped"), "done");
    assert_eq!(statuses.canonical("completed"), "done");
    assert!(statuses.allows("done", "in_progress"));
    assert!(!statuses.allows("done", "pending"));
    assert_eq!(statuses.category("drafting"), Category::Active);
    // A spelling the project claims is no longer that of the usual status.
    assert_eq!(statuses.canonical("WIP"), "drafting");
    assert_eq!(statuses.canonical("started"), "in-progress");
    assert_eq!(statuses.category("deferred"), Category::Blocked);

    let listed = clean(LIST).statuses;
    assert_eq!(listed.category("icebox"), Category::Todo);
    assert_eq!(listed.canonical("completed"), "Completed");
    assert_eq!(listed.canonical("finished"), "done");
}

#[test]
fn nothing_is_switched_on_by_nothing() {
    for text in ["", "# only a comment\n", "---\n", "workflow_config:\n", "\u{feff}"] {
        assert_eq!(clean(text), Workflow::default(), "{text:?}");
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_do_not_matter() {
    let expected = clean(FULL);
    let (crlf, diagnostics) = read_bytes(format!("\u{feff}{}", FULL.replace('\n', "\r\n")).as_bytes());
    assert_eq!(diagnostics, []);
    assert_eq!(crlf, expected);
}

#[test]
fn broken_triggers_are_left_out() {
    let (workflow, diagnostics) = read_bytes(TRIGGERS.as_bytes());
    assert_eq!(names(&workflow), ["sound"]);
    insta::assert_snapshot!(shown(&diagnostics), @r"
    9:11 error invalid-workflow: a condition of trigger `no field` has no `field`
        name the field it looks at, such as `status`
    14:37 error invalid-workflow: a condition of trigger `no such operator` has the unknown operator `equal`
        did you mean `equals`?
    18:21 error invalid-workflow: `when` of trigger `trees` is no expression: unexpected input after expression
        write what is true or false, such as `status == 'done' and subtasks|length > 2`
    20:52 error invalid-workflow: `value` of a condition of trigger `trees` is not what `matches` takes: unclosed group
        write a regular expression, such as `^release/[0-9]+`; one that is too large is better split in two
    21:57 error invalid-workflow: `value` of a condition of trigger `trees` is not what `older_than` takes: ` ` is no unit here
        write a number and a unit of w, d, h, m or s, such as `30d` or `1d12h`, or ISO 8601, such as `P30D`
    22:57 error invalid-workflow: `value` of a condition of trigger `trees` is not what `older_than` takes: months and years have no fixed length
        write a number and a unit of w, d, h, m or s, such as `30d` or `1d12h`, or ISO 8601, such as `P30D`
    23:19 error invalid-workflow: `field` of a condition of trigger `trees` is `subtasks.status`, and `subtasks` are several tasks
        say of how many: `subtasks.all.status` or `subtasks.any.status`
    24:19 error invalid-workflow: `field` of a condition of trigger `trees` is `subtasks.all.parent.status`, which goes on from several tasks to others
        name a field of theirs; `parent` may only stand before, as in `parent.subtasks.all.status`
    25:11 error invalid-workflow: a condition of trigger `trees` asks with `changed_to` what became of other tasks
        an event changes one task; look at its own fields, or at what `status` is there now
    26:11 error invalid-workflow: the group `any` of trigger `trees` has no conditions
        list its conditions, each after a `-`
    27:54 error invalid-workflow: a condition of trigger `trees` has `when` beside `any`
        write them as two conditions
    28:51 error invalid-workflow: a condition of trigger `trees` has the unknown operator `equal`
        did you mean `equals`?
    29:26 error invalid-workflow: `when` of a condition of trigger `trees` is no expression: there is no filter `lenght`: did you mean `length`?
        write what is true or false, such as `status == 'done' and subtasks|length > 2`
    30:17 error invalid-workflow: `when` of a condition of trigger `trees` is a list
        write what is true or false, such as `status == 'done' and subtasks|length > 2`
    31:17 error invalid-workflow: `when` of a condition of trigger `trees` is no expression: `now` cannot be called: there are no functions
        write what is true or false, such as `status == 'done' and subtasks|length > 2`
    34:14 error invalid-workflow: `event` of trigger `bad event` cannot be `Task Created`: an event name cannot have `T` in it
        write a dotted name in small letters, such as `task.status.updated` or `task.*`
    36:7 error invalid-workflow: trigger 6 has no `name`
        give it one: reports and commits name the trigger
    40:16 error invalid-workflow: `enabled` of trigger `values` is the text `yes`
        it should be `true` or `false`, without quotes
    41:16 error invalid-workflow: `timeout` of trigger `values` is the number 0.5
        it should be a whole number of seconds, at least 1
    43:48 error invalid-workflow: `value` of a condition of trigger `values` is the text `done`
        `in` takes a list, such as `[done, failed]`
    44:11 error invalid-workflow: a condition of trigger `values` with `equals` has no `value`
        write what the field is compared with; use `not_exists` for a field without a value
    45:54 error invalid-workflow: `value` of a condition of trigger `values` is `false`
        `exists` takes no `value`; for the opposite use another operator
    46:48 error invalid-workflow: `value` of a condition of trigger `values` is a list
        `gt` takes one text or number
    47:19 error invalid-workflow: `field` of a condition of trigger `values`: `a b` is not the name of a field
        write a dotted path, such as `parent.status`
    49:11 error invalid-workflow: an action of trigger `values` is not a name with parameters
        write `name`, `name: {parameter: value}` or `{name: .., with: {parameter: value}}`
    50:11 error invalid-workflow: an action of trigger `values` cannot have the name `rm -rf /`
        a name has letters, digits, `_`, `-` and `.` only
    51:11 error invalid-workflow: an action of trigger `values` is a list
        write `name`, `name: {parameter: value}` or `{name: .., with: {parameter: value}}`
    52:21 error invalid-workflow: an action of trigger `values` has the unknown key `wiht`
        parameters stand under `with`
    53:7 error invalid-workflow: trigger 8 is the text `just a text`
        it should be a mapping with `name`, `event` and `actions`
    54:13 error invalid-workflow: `name` of trigger 9 has control characters or line ends
        write it on one line
    56:16 error invalid-workflow: `actions` of trigger 9 is the text `notify`
        it should be a list, each item after a `-`
    ");
}

#[test]
fn broken_settings_are_left_out() {
    let (workflow, diagnostics) = read_bytes(SETTINGS.as_bytes());
    insta::assert_snapshot!(shown(&diagnostics), @r"
    2:12 error invalid-workflow: `version` of the settings is a list
        it should be a text
    3:9 error invalid-workflow: `mode` of the settings cannot be `enforced`
        did you mean `enforce`?
    5:16 error invalid-workflow: `canonical` of `git` cannot be `my branch`
        it should be the name of a branch, such as `main`
    6:15 error invalid-workflow: `executor` of `git` cannot be `pipeline`
        known are author, ci, server
    7:13 error invalid-workflow: `commit` of `git` cannot be `true`
        known are after, never
    8:15 error invalid-workflow: `identity` has no `email`
        write both a `name` and an `email`
    8:22 error invalid-workflow: `name` of `identity` has `<` or `>` in it
        write the bare name and the bare address
    10:18 error invalid-workflow: `status_sync` of `task_integration` is the text `yes`
        it should be `true` or `false`, without quotes
    13:21 error invalid-workflow: `category` of the status `odd` cannot be `doing`
        known are todo, active, blocked, review, done, failed, cancelled
    14:5 error invalid-workflow: the status `lost` has no `category`
        say what it means: one of todo, active, blocked, review, done, failed, cancelled
    15:11 error invalid-workflow: a status under `statuses` is the text `finished`
        it should be a mapping, such as `{category: done}`
    16:23 error invalid-workflow: `aliases` of the status `review` is the text `merged`
        it should be a list of texts
    18:11 error invalid-workflow: `tell` of `actions` is the text `./tell`
        it should be a mapping, `key: value` on lines of its own
    19:5 error invalid-workflow: `two words` cannot be the name of an action
        a name has letters, digits, `_`, `-` and `.` only
    20:5 error invalid-workflow: the action `empty` says nothing
        write one of `run:`, `webhook:`, `set:`, `create_task:` and `report:`
    21:15 error invalid-workflow: `monitoring` of the settings is the text `on`
        it should be a mapping, `key: value` on lines of its own
    23:13 error invalid-workflow: the environment `laptop` is not a mapping
        write the settings it overrides, by key
    25:5 error invalid-workflow: `triggers` of the settings is a mapping
        it should be a list, each item after a `-`
    ");
    assert_eq!(workflow.integration.status_sync, None);
    assert_eq!(workflow.integration.auto_create_tasks, Some(true));
    assert_eq!((workflow.version, workflow.git), (None, GitSettings::default()));
    assert_eq!(workflow.statuses, StatusSet::default());
    assert!(workflow.own_actions.is_empty() && workflow.sections.len() == 1 && workflow.environments.is_empty());
}

#[test]
fn what_is_hardly_meant_is_a_warning() {
    let (workflow, diagnostics) = read_bytes(SUSPICIOUS.as_bytes());
    insta::assert_snapshot!(shown(&diagnostics), @r"
    2:12 warning unknown-version: the version `3.0` is not known
        known are 2.0, 2.1; the file is read as the newest of them
    3:3 warning unknown-key: unknown key `trigers` in the settings; it has no effect
        did you mean `triggers`?
    5:5 warning unknown-key: unknown key `alert_threshold` in `monitoring`; it has no effect
        did you mean `alert_thresholds`?
    6:5 warning unknown-key: unknown key `colour` in `monitoring`; it has no effect
        known are enabled, health_check_interval, performance_tracking, error_tracking, alert_thresholds, health_endpoints; begin a key of your own with `x-`
    7:3 warning unknown-key: unknown key `<<` in the settings; it has no effect
        merge keys are not resolved here: write the keys out
    9:54 warning unknown-status: a transition of `shipping` names the unknown status `dlivered`
        known are pending, in-progress, testing, blocked, deferred, review, done, failed, cancelled, shipping, sending; define others under `statuses`
    10:43 warning duplicate-status: `shipping` is claimed by the statuses `shipping` and `sending`
        it counts as `shipping`; remove it from the other
    14:7 warning unknown-key: unknown key `reentrent` in `triggers`; it has no effect
        did you mean `reentrant`?
    15:17 warning unknown-priority: `priority` of trigger `twice` is the unknown level `hgih`
        did you mean `high`?
    17:46 warning unknown-status: a condition of trigger `twice` names the unknown status `dnoe`
        did you mean `done`?
    18:52 warning suspicious-condition: a condition of trigger `twice` compares `status` with a list
        one value is never a list; use `in` or `not_in`
    19:61 warning unknown-category: a condition of trigger `twice` names the unknown category `complete`
        known are todo, active, blocked, review, done, failed, cancelled
    20:47 warning suspicious-condition: a condition of trigger `twice` compares `title` with an empty list: it never holds
        add what it is to be compared with
    22:13 warning duplicate-trigger: there is another trigger of the name `twice`
        rename one: reports and environments tell them apart by name
    22:13 warning no-actions: trigger `twice` has no actions; it has no effect
        list what should follow under `actions`
    24:7 warning duplicate-key: the key `event` is written twice; only the last counts
        remove one of them
    25:1 warning duplicate-key: `version` stands inside `workflow_config` and beside it; the one inside counts
        remove one of them
    30:25 warning unknown-key: unknown key `chanel` in `channels`; it has no effect
        did you mean `channel`?
    ");
    assert_eq!(names(&workflow), ["twice", "twice"]);
    assert_eq!(workflow.version.as_deref(), Some("3.0"));
    assert_eq!(workflow.triggers[1].event.as_str(), "task.deleted");
    assert_eq!(workflow.statuses.canonical("shipping"), "shipping");
}

#[test]
fn a_trigger_whose_conditions_are_misspelt_is_left_out() {
    for (key, meant) in [
        ("conditons", "conditions"),
        ("Conditions", "conditions"),
        ("condition", "conditions"),
        ("wehn", "when"),
        ("enabeld", "enabled"),
        ("disabled", "enabled"),
        ("if", "when"),
    ] {
        let text = format!(
            "triggers:\n  - {{name: a, event: x, {key}: [], actions: [notify_a]}}\n  - {{name: b, event: x, x-when: 1, colour: 2, actions: [notify_a]}}\n"
        );
        let (workflow, diagnostics) = read_bytes(text.as_bytes());
        assert_eq!(names(&workflow), ["b"], "{key}");
        let left_out: Vec<&str> = workflow.left_out.iter().map(|trigger| trigger.name.as_str()).collect();
        assert_eq!(left_out, ["a"]);
        let shown = shown(&diagnostics);
        let message = format!("2:25 error unknown-key: `{key}` of trigger `a` is no key, and nearly `{meant}`\n");
        assert!(shown.starts_with(&message) && shown.contains("unknown key `colour`"), "{shown}");
        assert_eq!(diagnostics.len(), 2, "{shown}");
    }
}

#[test]
fn ten_thousand_large_patterns_are_bounded_together() {
    let rule = |number: usize| {
        format!(
            "- {{name: t{number}, event: x, conditions: [{{field: a, operator: matches, value: 'x{number}\\w{{10}}y[a-z]{{50}}'}}], actions: [log_a]}}\n"
        )
    };
    let text = format!("triggers:\n{}", (0..10_000).map(rule).collect::<String>());
    let (workflow, diagnostics) = read_bytes(text.as_bytes());
    // So many of them fit, whatever the machine is.
    assert_eq!((workflow.triggers.len(), workflow.left_out.len()), (109, 9_891));
    insta::assert_snapshot!(shown(&diagnostics), @r"
    111:76 error costly-patterns: the patterns before this one need more than 64 MiB: it is left out, and 9890 more
        write them shorter: counted repetitions such as `\w{50}` are what makes them large
    ");
}

#[test]
fn a_trigger_with_a_merge_key_is_left_out() {
    let text = "x-base: &base {when: \"false\", enabled: false}\ntriggers:\n  - {<<: *base, name: a, event: x, actions: [notify_a]}\n";
    let (workflow, diagnostics) = read_bytes(text.as_bytes());
    assert!(workflow.triggers.is_empty());
    insta::assert_snapshot!(shown(&diagnostics), @r"
    3:6 error unknown-key: `<<` of trigger `a` brings nothing along, be it `conditions` or `enabled`
        merge keys are not resolved here: write the keys out
    ");
}

#[test]
fn what_stands_for_nothing_in_settings_is_found() {
    let text = "git: {message: \"{sumary} {{x} ${Y}: {summary}\"}\nnotifications: {channels: [{}, {type: slack}, {url: http://x}]}\n\
                environments: {live: {notifications: {channels: [{url: http://x}]}, triggers: [{name: a, enabeld: false}]}}\n\
                actions:\n  s: {set: {\"a..b\": 3}}\n  t: {set: {\" a\": 3}}\n  u: {set: {a.b: 3}}\n";
    let (workflow, diagnostics) = read_bytes(text.as_bytes());
    assert_eq!(workflow.own_actions.keys().collect::<Vec<_>>(), ["u"]);
    insta::assert_snapshot!(shown(&diagnostics), @r"
    1:16 warning unknown-name: `message` of `git` has the name `{sumary}`, which stands for nothing
        `{summary}` is the only one there is
    2:28 error invalid-workflow: a member of `channels` has no `type`, and is left out
        write a text
    2:47 error invalid-workflow: a member of `channels` has no `type`, and is left out
        write a text
    3:87 warning unknown-trigger: there is no trigger `a` to switch
        nothing is known here
    3:90 error unknown-key: unknown key `enabeld` in `triggers`; it has no effect
        did you mean `enabled`?
    5:13 error invalid-workflow: `a..b` in `set` of the action `s` is not the name of a field
        write a dotted path without empty parts, such as `metadata.run`
    6:13 error invalid-workflow: ` a` in `set` of the action `t` is not the name of a field
        write a dotted path without empty parts, such as `metadata.run`
    ");
}

#[test]
fn a_file_that_cannot_be_read_counts_as_empty() {
    let unread = Workflow { mode: Some(Mode::Observe), ..Workflow::default() };
    let check = |bytes: &[u8], expected: &str| {
        let (workflow, diagnostics) = read_bytes(bytes);
        assert_eq!(workflow, unread, "{expected}");
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Error));
        let text = shown(&diagnostics);
        assert!(text.lines().count() == 2 && text.starts_with(expected), "{text}");
    };
    check(CONFLICT.as_bytes(), "3:1 error conflict-markers: the file has conflict markers of a merge");
    check(SYNTAX.as_bytes(), "2:12 error invalid-workflow: the file is not YAML: unclosed quote");
    check(
        format!("mode: warn\nx-y: {}\n", "z".repeat(10_000)).as_bytes(),
        "2:1 error invalid-workflow: a line is longer",
    );
    check(b"- a\n- b\n", "1:1 error invalid-workflow: the file is a list");
    check(b"just words\n", "1:1 error invalid-workflow: the file is the text `just words`");
    check(b"\xef\xbb\xbfmode: warn\nx-y: \xff\n", "2:6 error not-utf8: the file is not UTF-8");
}

#[test]
fn a_wrapper_that_is_no_mapping_is_an_error() {
    let (workflow, diagnostics) = read_bytes(b"workflow_config: [a]\n");
    assert_eq!(workflow, Workflow::default());
    assert!(shown(&diagnostics).starts_with("1:18 error invalid-workflow: `workflow_config` of the file is a list"));
}

#[test]
fn a_mistake_in_mode_or_git_never_makes_the_engine_do_more() {
    let mode = |text: &str| read_bytes(text.as_bytes()).0.mode;
    assert_eq!(mode("mode: commit\n"), Some(Mode::Commit));
    assert_eq!(mode("mode: comit\n"), Some(Mode::Observe));
    assert_eq!(mode("mode: commit\ngit: {executor: pipeline}\n"), Some(Mode::Observe));
    assert_eq!(mode("mode: commit\ngit: [executor]\n"), Some(Mode::Observe));
    // A mistake elsewhere leaves it.
    assert_eq!(mode("mode: commit\ntriggers: {}\n"), Some(Mode::Commit));
}

#[test]
fn anchors_serve_triggers_too() {
    let text = "x-list: &list [notify]\ntriggers:\n  - {name: a, event: task.created, actions: *list}\n";
    assert_eq!(clean(text).triggers[0].actions[0].name, "notify");
}

#[test]
fn own_names_of_operators_and_statuses_are_found_in_lists() {
    let text = "statuses: {shipped: {category: done}}\ntriggers:\n  - name: a\n    event: task.status.updated\n    \
                conditions:\n      - {field: new, operator: in, value: [Shipped, DONE]}\n    actions: [x]\n";
    assert_eq!(clean(text).triggers.len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_and_every_finding_has_a_place(cuts in proptest::collection::vec((0usize..2000, ".{0,6}"), 0..6)) {
        for source in [OWN, TRIGGERS, SETTINGS, SUSPICIOUS] {
            let mut bytes = source.as_bytes().to_vec();
            for (at, text) in &cuts {
                let at = at % (bytes.len() + 1);
                bytes.splice(at..(at + text.len()).min(bytes.len()), text.bytes());
            }
            let (_, diagnostics) = read_bytes(&bytes);
            proptest::prop_assert!(diagnostics.iter().all(|found| found.place.is_some() && found.hint.is_some()));
        }
    }
}

#[test]
fn places_are_those_of_the_whole_file() {
    let path = TreePath::new("config/workflow.yaml").unwrap();
    for text in [SUSPICIOUS.to_owned(), format!("\u{feff}{}", SUSPICIOUS.replace("colour", "cölour"))] {
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let reader = Reader::new(&path, text.as_bytes(), start);
        for at in (0..text.len() - start).filter(|at| text.is_char_boundary(at + start)) {
            let plain = crate::model::Place::of(&path, text.as_bytes(), Span::at(at + start));
            let place = reader.place(Span::at(at));
            assert_eq!((place.line, place.column, place.excerpt), (plain.line, plain.column, plain.excerpt), "{at}");
        }
    }
}
