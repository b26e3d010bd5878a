//! schemas/task.schema.json, made from the list of fields of front matter.

use serde_json::{Map, Value, json};
use taskmaster::format::front_matter::{self, FIELDS, FieldKind};
use taskmaster::format::yaml;
use taskmaster::model::{Severity, TreePath};

use super::schema::pretty;
use super::{compare, project_file, read};

fn schema() -> Value {
    let mut properties = Map::new();
    for field in FIELDS {
        let mut value = match field.kind {
            FieldKind::Id => json!({ "type": ["string", "number", "null"] }),
            FieldKind::Text => json!({ "type": ["string", "number", "boolean", "null"] }),
            FieldKind::Ids => json!({
                "type": ["array", "string", "number", "null"],
                "items": { "type": ["string", "number"] },
            }),
            FieldKind::Any => json!({}),
        };
        value["description"] = json!(field.about);
        properties.insert(field.name.to_owned(), value);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "front matter of a task",
        "description": "The front matter of a task's Markdown file. Any other key is kept as it is.",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": true,
    })
}

#[test]
fn schemas_of_tasks_are_those_of_the_program() {
    compare("schemas/task.schema.json", &pretty(&schema()));
}

#[test]
fn schema_of_tasks_accepts_what_is_read_and_rejects_what_is_not() {
    let schema: Value = serde_json::from_str(&read("schemas/task.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut count = 0;
    for entry in walkdir::WalkDir::new(project_file("fixtures/sample/.taskmaster/context")) {
        let path = entry.unwrap().into_path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            let front = text.split("---\n").nth(1).unwrap();
            assert!(validator.is_valid(&yaml::parse(front).unwrap().to_value()), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 6, "{count}");
    let path = TreePath::new("context/task_001/task.md").unwrap();
    for front in [
        "task_id: 1\nstatus: done",
        "task_id: task_001\ntitle: 5\ndependencies: [1, task_002]\nown: {a: [b]}",
        "title: without an id",
        "dependencies: 18.3",
        "status: [done]",
        "status: {a: b}",
        "task_id: [1]",
        "- a list",
    ] {
        let reading = front_matter::read(&path, format!("---\n{front}\n---\n").as_bytes());
        let is_read = reading.diagnostics.iter().all(|finding| finding.severity < Severity::Warning);
        assert_eq!(validator.is_valid(&yaml::parse(front).unwrap().to_value()), is_read, "{front}");
    }
}
