//! Files of tests: schemas/tests.schema.json and the tables of docs/testing-rules.md, made from the one list of keys.

use serde_json::{Map, Value, json};
use taskmaster::format::workflow::read_tests;
use taskmaster::format::workflow::test_keys::{CASE, EXPECTED, FILE, GIVEN, KINDS_OF_STEP, STEP, TestKey, TestValue};
use taskmaster::format::yaml;
use taskmaster::model::{Severity, TreePath};

use super::schema::pretty;
use super::{compare, project_file, read, with_part};

const SCHEMA: &str = "schemas/tests.schema.json";

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tests of rules",
        "description": "A file of .taskmaster/tests/: what the rules must do.",
        "$ref": "#/$defs/file",
        "$defs": {
            "file": mapping(FILE, &["cases"]),
            "case": mapping(CASE, &["name", "when", "expect"]),
            "given": mapping(GIVEN, &[]),
            "step": step(),
            "expected": not_empty(mapping(EXPECTED, &[])),
        },
    })
}

fn mapping(keys: &[TestKey], needed: &[&str]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = value(key.value);
        schema["description"] = json!(key.about);
        properties.insert(key.name.to_owned(), schema);
    }
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { "^x-": true },
        "additionalProperties": false,
    });
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    schema
}

/// The same with at least one key.
fn not_empty(mut schema: Value) -> Value {
    schema["minProperties"] = json!(1);
    schema
}

/// A step says one thing that happens.
fn step() -> Value {
    let mut schema = mapping(STEP, &[]);
    let kinds = STEP.iter().take(KINDS_OF_STEP);
    schema["oneOf"] = kinds.map(|key| json!({ "required": [key.name] })).collect();
    let others: Map<String, Value> =
        STEP.iter().skip(KINDS_OF_STEP).map(|key| (key.name.to_owned(), json!(["event"]))).collect();
    schema["dependentRequired"] = Value::Object(others);
    schema
}

fn value(kind: TestValue) -> Value {
    let id = json!({ "type": ["string", "number"] });
    let either = |word: &str, reference: &str| json!({ "anyOf": [{ "const": word }, { "$ref": reference }] });
    match kind {
        TestValue::Line => json!({ "type": ["string", "number", "boolean"] }),
        TestValue::Date => json!({ "type": "string" }),
        TestValue::TaskId => id,
        TestValue::TaskIds => json!({ "anyOf": [&id, { "type": "array", "items": &id }] }),
        TestValue::Given => either("here", "#/$defs/given"),
        TestValue::Tasks => json!({
            "type": ["array", "null"],
            "items": { "type": "object", "properties": { "id": id }, "required": ["id"] },
        }),
        TestValue::Files => json!({
            "type": ["object", "null"],
            "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
        }),
        TestValue::Set => {
            json!({ "type": "object", "properties": { "task": id }, "required": ["task"], "minProperties": 2 })
        }
        TestValue::Data => json!({ "type": ["object", "null"] }),
        TestValue::Steps => {
            json!({ "anyOf": [{ "type": "array", "items": { "$ref": "#/$defs/step" } }, { "$ref": "#/$defs/step" }] })
        }
        TestValue::Expected => either("nothing", "#/$defs/expected"),
        // `send_notifications: text` is a mapping to YAML.
        TestValue::Lines => json!({
            "type": ["array", "null"],
            "items": { "anyOf": [
                { "type": ["string", "number", "boolean"] },
                {
                    "type": "object",
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": { "type": ["string", "number", "boolean"] },
                },
            ] },
        }),
        TestValue::Cases => json!({ "type": "array", "items": { "$ref": "#/$defs/case" } }),
    }
}

#[test]
fn schemas_of_tests_are_those_of_the_program() {
    compare(SCHEMA, &pretty(&schema()));
}

#[test]
fn docs_list_the_keys_of_tests() {
    let page = "docs/testing-rules.md";
    let mut text = read(page);
    for (name, keys) in [("file", FILE), ("case", CASE), ("given", GIVEN), ("step", STEP), ("expect", EXPECTED)] {
        let mut table = "| key | meaning |\n|---|---|\n".to_owned();
        for key in keys {
            table.push_str(&format!("| `{}` | {} |\n", key.name, key.about));
        }
        text = with_part(&text, &format!("test-keys-{name}"), &table);
    }
    compare(page, &text);
}

#[test]
fn schema_of_tests_accepts_what_is_read_and_rejects_what_is_not() {
    let schema: Value = serde_json::from_str(&read(SCHEMA)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut count = 0;
    for folder in ["fixtures/sample/.taskmaster/tests", ".taskmaster/tests"] {
        for entry in std::fs::read_dir(project_file(folder)).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let value = yaml::parse(&text).unwrap().to_value();
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
            count += 1;
        }
    }
    assert!(count >= 2, "{count}");
    let case = |rest: &str| format!("cases:\n  - {{name: a, {rest}}}\n");
    let set = "when: {set: {task: 1, status: done}}";
    for text in [
        "cases: []\n".to_owned(),
        format!("given: here\ndate: 2025-01-31\nx-own: 1\n{}", case(&format!("{set}, expect: nothing"))),
        case(&format!("given: {{tasks: [{{id: 1}}], files: {{}}}}, {set}, expect: {{edits: [], effects: [a: b, c]}}")),
        case("when: [{closes: 1}, {closes: [1, 1.2]}, {files: {a.md: null}}], expect: {edits: []}"),
        case("when: {event: a.b, task: 1, data: {c: [d]}}, expect: {files: {a.md: x}}"),
        // Broken ones.
        "given: here\n".to_owned(),
        "cases: {a: b}\n".to_owned(),
        "case: []\ncases: []\n".to_owned(),
        case("when: {closes: 1}"),
        case("expect: nothing"),
        case("when: {closes: 1}, expect: all"),
        case("when: {closes: 1, event: a}, expect: nothing"),
        case("when: {task: 1}, expect: nothing"),
        case("when: {closes: 1, task: 1}, expect: nothing"),
        case("when: {set: {task: 1}}, expect: nothing"),
        case("when: {set: {status: done}}, expect: nothing"),
        case("when: {closes: 1}, expect: {}"),
        case("when: {closes: 1}, expect: {edit: []}"),
        case("when: {closes: 1}, expect: {edits: a}"),
        case("when: {closes: 1}, expect: {edits: [[a]]}"),
        case("given: there, when: {closes: 1}, expect: nothing"),
        case("given: {task: []}, when: {closes: 1}, expect: nothing"),
        case("given: {tasks: [{title: a}]}, when: {closes: 1}, expect: nothing"),
    ] {
        let (_, findings) = read_tests(&TreePath::new("tests/a.yaml").unwrap(), text.as_bytes());
        let is_read = findings.iter().all(|finding| finding.severity < Severity::Error);
        let value = yaml::parse(&text).unwrap().to_value();
        assert_eq!(validator.is_valid(&value), is_read, "{text}{findings:?}");
    }
}
