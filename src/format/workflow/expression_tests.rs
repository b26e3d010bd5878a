use serde_json::json;

use super::*;

fn given(values: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&str, KnownValue)> {
    values.iter().map(|(name, value)| (name.as_str(), KnownValue::new(value.clone(), 1)))
}

fn eval(text: &str, values: Value) -> Result<bool, String> {
    let Value::Object(values) = values else { panic!("no object") };
    Expression::parse(text).unwrap().holds(given(&values)).map_err(|error| error.message)
}

fn refused(text: &str) -> String {
    let error = Expression::parse(text).unwrap_err();
    let range = error.range.map(|range| text[range].to_owned()).unwrap_or_default();
    format!("{} [{range}]", error.message)
}

#[test]
fn expressions_are_true_or_false() {
    let values = json!({"status": "done", "subtasks": [{"id": "1.1", "points": 3}, {"id": "1.2", "points": 5}]});
    for (text, expect) in [
        ("status == 'done'", true),
        ("status in ['failed', 'done'] and not (status == 'x')", true),
        ("subtasks|length > 2", false),
        ("subtasks|map(attribute='points')|sum == 8", true),
        ("subtasks|selectattr('points', 'gt', 4)|list|length == 1", true),
        ("subtasks|selectattr('assignee', 'defined')|list", false),
        ("assignee is defined and assignee == 'ann'", false),
        ("assignee|default('nobody') == 'nobody'", true),
        ("status is not none and status is startingwith('do')", true),
        ("'yes *(x) | nothing' if status else ''", true),
        ("not status == 'x' and not (status == 'x') and status != 'x'", true),
        ("subtasks[0].points == 3 and subtasks[1]['points'] != 3 and subtasks|length == 2", true),
        ("status ~ 's' == 'dones' and 1 + 2 == 3 and -1 == 1 - 2 and '5'|int == 5", true),
        ("status == none or status == true or (status == 'done') == false", false),
        ("{'a': status == 'done'}['a'] and [status == 'x', 2] == [false, 2]", true),
        ("'=' == '=' and 'a == b' != 'x'", true),
        ("status == 'x' if subtasks == [] else status == 'done'", true),
        ("subtasks|selectattr('points', 'eq', 3)|list|length == 1", true),
    ] {
        assert_eq!(eval(text, values.clone()), Ok(expect), "{text}");
    }
    let names: Vec<String> =
        Expression::parse("task.title == title and 'x' in metadata").unwrap().names().map(str::to_owned).collect();
    assert_eq!(names, ["metadata", "task", "title"]);
}

#[test]
fn what_cannot_be_decided_is_said() {
    insta::assert_snapshot!(
        [
            eval("stat == 'done'", json!({})),
            eval("task.owner == 'ann'", json!({"task": {}})),
            eval("spoints == 5", json!({"spoints": "5"})),
            eval("5 != spoints", json!({"spoints": "5"})),
            eval("kind == 'a' or spoints == 5", json!({"kind": "b", "spoints": "5"})),
        ]
        .map(|result| result.unwrap_err())
        .join("\n"),
        @r"
        undefined value: `stat` is undefined
        undefined value: `task.owner` is undefined
        invalid operation: a text and a number are never the same: write `|int` or `|float` behind the text
        invalid operation: a number and a text are never the same: write `|int` or `|float` behind the text
        invalid operation: a text and a number are never the same: write `|int` or `|float` behind the text
        "
    );
}

#[test]
fn values_of_one_kind_have_an_order() {
    let values = json!({
        "points": 5, "spoints": "5", "share": 0.5, "due": "2025-03-01", "priority": "high", "odd": "soon", "flag": true, "gone": null,
        "tasks": [{"points": 3}, {"points": 8}, {}],
    });
    for (text, expect) in [
        ("points > 4 and not points >= 5.5 or 1 > 2", true),
        ("points<=5", true),
        ("spoints|int < 6", true),
        ("share + share < 1", false),
        ("0 < points < 9", true),
        ("0 < points == 5 in [5]", true),
        ("1 < points > 9", false),
        ("due >= '2025-02-28' and due < '2025-03-02'", true),
        ("points > 3 if due else points > 9", true),
        ("points - 1 > 2 + 1", true),
        ("9 // 2 > 3 and -points < - 4", true),
        ("(points > 4) == (points < 6)", true),
        ("points > (1 if points > 4 else 9)", true),
        ("[points > 4, points < 4][0] and {'a': points < 4}['a'] == false", true),
        ("tasks|selectattr('points', 'gt', 4)|list|length > 0", true),
        ("tasks|selectattr('points', 'lt', points)|list|length >= 2", false),
        (
            "points is gt 4 and points is not lt(4) and points is not in [6] and 3 not in [points] and not points < 4",
            true,
        ),
        ("'<' in 'a < b' and 'x > y' > 'w'", true),
        ("priority > 'medium' and priority < 'critical' and priority >= 'P1' and 'low' < priority", true),
        ("priority > 'high'", false),
        ("share > 1e-3 and 1 - 1 < 1 and 2-1>0", true),
        ("odd > 'later'", true),
    ] {
        assert_eq!(eval(text, values.clone()), Ok(expect), "{text}");
    }
    let undecided = [
        "spoints > 400",
        "400 > spoints",
        "spoints is gt 400",
        "gone < 4",
        "flag > 0",
        "tasks > 1",
        "odd > 'low'",
        "nobody > 3",
        "tasks[2].points > 3",
    ];
    insta::assert_snapshot!(undecided.map(|text| eval(text, values.clone()).unwrap_err()).join("\n"), @r"
    invalid operation: a text and a number have no order: write `|int` or `|float` behind the text
    invalid operation: a number and a text have no order: write `|int` or `|float` behind the text
    invalid operation: a text and a number have no order: write `|int` or `|float` behind the text
    invalid operation: nothing and a number have no order: ask for `is not none` before
    invalid operation: true or false and a number have no order
    invalid operation: a list and a number have no order
    invalid operation: `soon` is no priority that has an order
    undefined value: `nobody` is undefined
    undefined value: `tasks[2].points` is undefined
    ");
    assert_eq!(refused("0 < (1 < points) < 3"), "it compares a comparison: join them with `and` []");
}

#[test]
fn what_is_no_expression_is_refused_with_its_place() {
    let texts = [
        "",
        "status ==",
        "status = 'x'",
        "'open",
        "range(9)|list",
        "now()",
        "title.upper()",
        "'x' * 99999",
        "2 ** 9",
        "title|tojson",
        "title is callable",
        "{% if x %}",
        "subtasks|map('uper')|list",
        "subtasks|selectattr('status', 'eqq', 'done')|list",
        "subtasks|reject('nonr')|list",
        "a b",
    ];
    insta::assert_snapshot!(texts.map(refused).join("\n"), @r"
    unexpected end of input, expected expression []
    unexpected end of input, expected expression [==]
    unexpected input after expression [=]
    unexpected end of string []
    `range` cannot be called: there are no functions [range]
    `now` cannot be called: there are no functions [now]
    `upper` cannot be called: there are no functions [upper]
    `*` is not understood here [*]
    `*` is not understood here [*]
    there is no filter `tojson`: known are abs, count, default, first, float, int, join, last, length, list, lower, map, max, min, reject, rejectattr, round, select, selectattr, sort, string, sum, trim, unique, upper [tojson]
    there is no test `callable`: known are boolean, defined, endingwith, eq, ge, gt, in, integer, le, lt, mapping, ne, none, number, sequence, startingwith, string [callable]
    unexpected `%` [%]
    there is no filter `uper`: did you mean `upper`? ['uper']
    there is no test `eqq`: did you mean `eq`? ['eqq']
    there is no test `nonr`: did you mean `none`? ['nonr']
    unexpected input after expression [b]
    ");
    assert!(Expression::parse(&"x".repeat(2_001)).is_err());
    assert!(Expression::parse(&format!("{}1{}", "(".repeat(500), ")".repeat(500))).is_err());
    for deep in
        ["not ", "-", "[", "(", "a if a else ", "{1:", "a[", "a.", "a+", "a and ", "a==", "a~", "a|first|", "(-"]
    {
        let repeated = deep.repeat(1_990 / deep.len());
        for text in [format!("{repeated}a"), repeated] {
            // Whatever it is, the stack bears it.
            let _ = Expression::parse(&text).and_then(|found| found.holds([]));
        }
        for count in 1..400 / deep.len() {
            let text = format!("{}a{}", deep.repeat(count), "]".repeat(count));
            let _ = Expression::parse(&text).and_then(|found| found.holds([]));
        }
    }
}

#[test]
fn steps_are_counted() {
    let long = vec!["a"; 60].join("+");
    assert!(eval(&long, json!({"a": 1})).is_ok());
    let items = |count: usize| json!({"items": (0..count).map(|at| json!({"at": at})).collect::<Vec<_>>()});
    let text = "items|map(attribute='at')|list|length > 0";
    assert_eq!(eval(text, items(10_000)), Ok(true));
    assert_eq!(eval(text, items(200_000)), Err("engine ran out of fuel".to_owned()));
}
