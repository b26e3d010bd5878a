use serde_json::json;

use super::*;

fn edited(text: &str, task: &str, path: &[&str], value: impl Into<Value>) -> Result<String, EditError> {
    let field = FieldEdit { path: path.iter().map(|key| (*key).to_owned()).collect(), value: value.into() };
    let patches = edit(text.as_bytes(), &TaskId::parse(task).unwrap(), &field)?;
    Ok(String::from_utf8(patch::apply(text.as_bytes(), &patches).unwrap()).unwrap())
}

/// `before` with the field set is `after`, and setting it again changes nothing.
fn check(before: &str, task: &str, path: &[&str], value: impl Into<Value>, after: &str) {
    let value = value.into();
    assert_eq!(edited(before, task, path, value.clone()).unwrap(), after);
    assert_eq!(edited(after, task, path, value).unwrap(), after);
}

const PLAIN: &str = "{
  \"master\": {
    \"tasks\": [
      {
        \"id\": 1,
        \"title\": \"a\",
        \"dependencies\": [],
        \"status\": \"pending\",
        \"subtasks\": [
          {
            \"id\": 1,
            \"title\": \"b\"
          }
        ]
      },
      {
        \"id\": 2,
        \"dependencies\": [
          1
        ],
        \"metadata\": {}
      }
    ]
  }
}";

#[test]
fn a_value_is_replaced_where_it_stands() {
    check(PLAIN, "1", &["status"], "done", &PLAIN.replace("pending", "done"));
    check(PLAIN, "1.1", &["title"], "é \"q\"\n/\u{1}", &PLAIN.replace("\"b\"", r#""é \"q\"\n/\u0001""#));
    check(PLAIN, "1", &["status"], Value::Null, &PLAIN.replace("\"pending\"", "null"));
    check(PLAIN, "1", &["status"], "pending", PLAIN);
}

#[test]
fn every_other_byte_stays() {
    for before in [
        "\u{feff}{\r\n\t\"tasks\" : [ {\"id\":\"1\",\"status\" :\"x\" , \"z\":1.10} ]\r\n}\r\n",
        "[{\"id\":1,\"status\":\"x\",\"u\":\"\\ud83d \\/\"}]",
    ] {
        check(before, "1", &["status"], "y", &before.replace("\"x\"", "\"y\""));
    }
}

#[test]
fn of_several_the_right_one_is_edited() {
    let tags =
        r#"{"x": {"tasks": [{"id": 1, "s": "a"}]}, "master": {"tasks": [{"id": 1, "s": "b"}, {"id": 1, "s": "c"}]}}"#;
    check(tags, "1", &["s"], "N", &tags.replace("\"b\"", "\"N\""));
    check(tags, "x:1", &["s"], "N", &tags.replace("\"a\"", "\"N\""));
    let twice = r#"[{"id": 1, "s": "a", "s": "b"}]"#;
    check(twice, "1", &["s"], "a", &twice.replace("\"b\"", "\"a\""));
    check(twice, "1", &["t"], "c", r#"[{"id": 1, "s": "a", "s": "b", "t": "c"}]"#);
}

#[test]
fn a_new_field_goes_behind_the_last() {
    check(PLAIN, "1.1", &["status"], "done", &PLAIN.replace("\"b\"\n", "\"b\",\n            \"status\": \"done\"\n"));
    check(
        PLAIN,
        "2",
        &["metadata", "ci", "run"],
        7,
        &PLAIN.replace(
            "\"metadata\": {}",
            "\"metadata\": {\n          \"ci\": {\n            \"run\": 7\n          }\n        }",
        ),
    );
    check("[{\"id\":1}]", "1", &["status"], "x", "[{\"id\":1,\"status\":\"x\"}]");
    check("[{\"id\": 1}]", "1", &["status"], "x", "[{\"id\": 1, \"status\": \"x\"}]");
    check("[{ \"id\": 1 }]", "1", &["m", "r"], 1, "[{ \"id\": 1, \"m\": { \"r\": 1 } }]");
    check("[{ \"id\": 1, \"m\": {} }]", "1", &["m", "r"], 1, "[{ \"id\": 1, \"m\": { \"r\": 1 } }]");
    check("[{ \"id\": 1, \"m\": null }]", "1", &["m", "r"], 1, "[{ \"id\": 1, \"m\": { \"r\": 1 } }]");
    check(
        "[\r\n\t{\r\n\t\t\"id\": 1\r\n\t}\r\n]",
        "1",
        &["l"],
        json!([1]),
        "[\r\n\t{\r\n\t\t\"id\": 1,\r\n\t\t\"l\": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n]",
    );
    check("[{\"id\": 1, \"subtasks\": [{}]}]", "1.1", &["s"], 1, "[{\"id\": 1, \"subtasks\": [{\"s\": 1}]}]");
}

#[test]
fn arrays_keep_their_layout() {
    let lines = "[\n  {\n    \"id\": 1,\n    \"dependencies\": [\n      2,\n      3.10\n    ]\n  }\n]";
    check(lines, "1", &["dependencies"], json!(["3.10", "4"]), &lines.replace("2,\n      3.10", "3.10,\n      4"));
    check(lines, "1", &["dependencies"], json!([]), &lines.replace("[\n      2,\n      3.10\n    ]", "[]"));
    check(
        lines,
        "1",
        &["labels"],
        json!(["a", {"b": []}]),
        &lines
            .replace("]\n  }", "],\n    \"labels\": [\n      \"a\",\n      {\n        \"b\": []\n      }\n    ]\n  }"),
    );
    let inline = "[\n  {\"id\": 1, \"dependencies\": [ 2,3 ]},\n  {\n    \"id\": 2,\n    \"dependencies\": []\n  }\n]";
    check(inline, "1", &["dependencies"], json!([2, 4, 5]), &inline.replace("2,3", "2,4,5"));
    check(inline, "2", &["dependencies"], json!([1]), &inline.replace("[]", "[ 1 ]"));
    let empty = "[\n  {\n    \"id\": 2,\n    \"dependencies\": []\n  }\n]";
    check(empty, "2", &["dependencies"], json!(["x"]), &empty.replace("[]", "[\n      \"x\"\n    ]"));
}

#[test]
fn dependencies_keep_the_habit_of_the_file() {
    let numbers = r#"[{"id": 1, "dependencies": [2, 3]}, {"id": 4, "dependencies": []}]"#;
    check(numbers, "1", &["dependencies"], json!(["2", "5", "slug"]), &numbers.replace("[2, 3]", "[2, 5, \"slug\"]"));
    check(numbers, "4", &["dependencies"], json!(["1"]), &numbers.replace("[]", "[1]"));
    check(numbers, "1", &["dependencies"], json!(["2", "3"]), numbers);
    let texts = r#"[{"id": 1, "dependencies": ["2", "TASK-003"]}, {"id": 4}]"#;
    check(texts, "1", &["dependencies"], json!([3, 5]), &texts.replace(r#""2", "TASK-003""#, r#""TASK-003", "5""#));
    check(texts, "4", &["dependencies"], json!([1]), &texts.replace("4}", r#"4, "dependencies": ["1"]}"#));
    let joined = r#"[{"id": 1, "dependencies": ["2,3"], "labels": ["7"]}]"#;
    check(joined, "1", &["dependencies"], json!(["2", "3"]), joined);
    check(joined, "1", &["labels"], json!([7]), &joined.replace(r#"["7"]"#, "[7]"));
    let floats = r#"[{"id": 1, "dependencies": [1.10, 1.1]}]"#;
    check(floats, "1", &["dependencies"], json!(["1.1"]), &floats.replace("1.10, 1.1", "1.1"));
}

#[test]
fn a_file_of_ascii_stays_one() {
    let lower = r#"[{"id": 1, "title": "caf\u00e9", "status": "x"}]"#;
    check(lower, "1", &["status"], "é😀", &lower.replace("\"x\"", r#""\u00e9\ud83d\ude00""#));
    let digits = r#"[{"id": 1, "title": "a \u2013 b", "status": "x"}]"#;
    check(digits, "1", &["status"], "é", &digits.replace("\"x\"", r#""\u00e9""#));
    let upper = r#"[{"id": 1, "title": "\u2013 caf\u00E9", "status": "x"}]"#;
    check(upper, "1", &["status"], "é", &upper.replace("\"x\"", r#""\u00E9""#));
    for raw in [
        r#"[{"id": 1, "title": "\u001b \\u00e9", "status": "x"}]"#,
        r#"[{"id": 1, "title": "\u00e9ß", "status": "x"}]"#,
    ] {
        check(raw, "1", &["status"], "é", &raw.replace("\"x\"", "\"é\""));
    }
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let refused = |text: &str, path: &[&str]| edited(text, "1", path, "x").unwrap_err().to_string();
    assert_eq!(refused("[]", &["status"]), "the file has no such task");
    assert_eq!(
        refused("[\n{\"id\": 1,}]", &["status"]),
        "the file cannot be read: line 2: trailing commas are not allowed"
    );
    assert!(refused("[{\"id\": 1, \"m\": 2}]", &["m", "x"]).contains("`m` is a number, not an object"));
    assert!(refused("[{\"id\": 1}]", &[]).contains("no field is named"));
    let text = r#"[{"id": 2, "subtasks": ["plain"]}]"#;
    assert!(edited(text, "2.1", &["status"], "x").unwrap_err().to_string().contains("plain text"));
}
