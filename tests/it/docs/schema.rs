//! schemas/workflow.schema.json knows the keys that the program knows, no more and no fewer.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use taskmaster::engine::action::ACTIONS;
use taskmaster::format::workflow;
use taskmaster::model::{Severity, TreePath};

use super::{compare, project_file, read, workflow_schema};

#[test]
fn schemas_are_those_of_the_program() {
    compare("schemas/workflow.schema.json", &pretty(&workflow_schema::schema()));
}

#[test]
fn schemas_are_schemas() {
    for entry in walkdir::WalkDir::new(project_file("schemas")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            if let Err(error) = jsonschema::meta::validate(&schema) {
                panic!("{}: {error}", path.display());
            }
        }
    }
}

#[test]
fn schema_of_the_workflow_accepts_what_is_valid_and_rejects_what_is_not() {
    let schema: Value = serde_json::from_str(&read("schemas/workflow.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut count = 0;
    for (path, value) in fixtures("valid") {
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{path}: {}", errors.join("\n"));
        count += 1;
    }
    for (path, value) in fixtures("invalid") {
        assert!(!validator.is_valid(&value), "{path} has a fault that the schema does not see");
        count += 1;
    }
    assert!(count >= 9, "{count}");
    for wrong in [
        json!({"mode": "comit"}),
        json!({"triggers": [{"name": "a"}]}),
        json!({"triggers": [{"name": "a", "event": "x", "actions": [{"a": {}, "b": {}}]}]}),
        json!({"actions": {"a": {"run": "x", "report": "y"}}}),
        json!({"actions": {"a": {"timeout": 5}}}),
        json!({"notifications": {"enabled": "yes"}}),
        json!({"environments": {"live": {"triggers": [{"enabled": false}]}}}),
        json!({"execution": {"workflow_timeout": 0}}),
        json!({"triggers": [{"name": "", "event": "x", "actions": []}]}),
        json!({"triggers": [{"name": "a", "event": " ", "actions": []}]}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    for (condition, holds) in [
        (json!({"field": "a", "operator": "equals"}), false),
        (json!({"field": "a", "operator": "equals", "value": null}), false),
        (json!({"field": "a", "operator": "equals", "value": [1]}), true),
        (json!({"field": "a", "operator": "in", "value": "done"}), false),
        (json!({"field": "a", "operator": "in", "value": ["done", 5]}), true),
        (json!({"field": "a", "operator": "gt", "value": [1]}), false),
        (json!({"field": "a", "operator": "changed_to", "value": "done"}), true),
        (json!({"field": "a", "operator": "exists"}), true),
        (json!({"any": []}), false),
        (json!({"any": [{"field": "a", "operator": "exists"}]}), true),
    ] {
        let rules = json!({"triggers": [{"name": "a", "event": "b", "conditions": [&condition], "actions": ["c"]}]});
        assert_eq!(validator.is_valid(&rules), holds, "{condition}");
        let (_, findings) = workflow::read(&TreePath::workflow(), rules.to_string().as_bytes());
        let is_refused = findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(is_refused, !holds, "{condition}: {findings:?}");
    }
}

/// The files of rules in one folder of the fixtures that are YAML at all.
fn fixtures(folder: &str) -> Vec<(String, Value)> {
    let folder = project_file("fixtures").join(folder).join("workflow");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter_map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let value = taskmaster::format::yaml::parse(&text).ok()?.to_value();
        value.is_object().then(|| (path.display().to_string(), value))
    });
    files.collect()
}

pub(super) fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

/// An editor is told what an action takes; what the program reads is valid all the same.
#[test]
fn schema_of_the_workflow_describes_the_parameters_of_actions() {
    let schema: Value = serde_json::from_str(&read("schemas/workflow.schema.json")).unwrap();
    let [named, short] = &schema["$defs"]["call"]["anyOf"].as_array().unwrap()[..] else { panic!("{schema:#}") };
    let mut count = 0;
    for action in ACTIONS {
        for name in action.name().split(", ") {
            let pattern = format!("^{}$", name.replace('*', ".+"));
            let described =
                if name.contains('*') { &short["patternProperties"][&pattern] } else { &short["properties"][name] };
            let keys: Vec<&String> = described["properties"].as_object().unwrap().keys().collect();
            let known: Vec<&str> =
                action.about().parameters.iter().map(|parameter| parameter.name).filter(|name| *name != "*").collect();
            assert_eq!(keys, known, "{name}");
            let long = named["allOf"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["if"]["properties"]["name"]["pattern"] == *pattern);
            assert_eq!(&long.unwrap()["then"]["properties"]["with"], described, "{name}");
            count += known.len();
        }
    }
    assert!(count >= 15, "{count}");
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (call, holds) in [
        (json!("set_status"), true),
        (json!({"set_status": {"status": "done", "task": 18}}), true),
        (json!({"set_status": {"other": [1]}}), true),
        (json!({"set_status": null}), true),
        (json!({"trigger_rollback_workflow": {"anything": {"at": "all"}}}), true),
        (json!({"name": "set_status", "with": {"status": "done"}}), true),
        (json!({"name": "my_own", "with": {"who": "ann"}}), true),
        (json!({"my_own": {"who": "ann"}}), true),
        (json!({"set_status": "done"}), false),
        (json!({"name": "set_status", "with": "done"}), false),
        (json!({"name": "set_status", "status": "done"}), false),
    ] {
        let document = json!({"triggers": [{"name": "a", "event": "b", "actions": [&call]}]});
        assert_eq!(validator.is_valid(&document), holds, "{call}");
        let text = document.to_string();
        let (_, findings) = workflow::read(&TreePath::new("config/workflow.yaml").unwrap(), text.as_bytes());
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        assert_eq!(errors == 0, holds, "{call}: {findings:?}");
    }
}

/// A key that resembles no other, so that the program answers with all it knows.
const STRANGE: &str = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

#[test]
fn schema_of_the_workflow_has_the_keys_that_are_read() {
    let schema: Value = serde_json::from_str(&read("schemas/workflow.schema.json")).unwrap();
    let root: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let settings = &schema["$defs"]["settings"];
    let mut inner = names(settings);
    inner.insert("workflow_config".to_owned());
    assert_eq!(root, inner, "what stands at the top is what stands in the wrapper");
    let mut containers = 0;
    walk(settings, &|value| value, &mut containers);
    let condition = &schema["$defs"]["condition"];
    for group in ["all", "any", "none"] {
        assert_eq!(condition["properties"][group]["items"]["$ref"], "#/$defs/condition");
    }
    let in_trigger = |value: Value| json!({"triggers": [{"conditions": [value]}]});
    walk(condition, &in_trigger, &mut containers);
    walk(condition, &|value| in_trigger(json!({"any": [value]})), &mut containers);
    assert!(containers >= 15, "only {containers} mappings were compared");
}

/// Compares the keys of a mapping, then of each mapping in it. `place` puts a value where it stands.
fn walk(schema: &Value, place: &dyn Fn(Value) -> Value, containers: &mut usize) {
    *containers += 1;
    let document = place(json!({ STRANGE: 1 }));
    let found = known_to_the_program(&document);
    assert_eq!(found, names(schema), "in {document}");
    for (key, inner) in schema["properties"].as_object().unwrap() {
        let at = |value: Value| place(Value::Object(Map::from_iter([(key.clone(), value)])));
        if inner["properties"].is_object() {
            walk(inner, &at, containers);
        } else if inner["items"]["properties"].is_object() {
            walk(&inner["items"], &|value| at(json!([value])), containers);
        } else if inner["additionalProperties"]["properties"].is_object() {
            walk(&inner["additionalProperties"], &|value| at(json!({ "some": value })), containers);
        } else if let Some(kinds) = inner["anyOf"].as_array().filter(|kinds| kinds[0]["items"].is_object()) {
            walk(&kinds[0]["items"], &|value| at(json!([value])), containers);
            walk(&kinds[1]["additionalProperties"], &|value| at(json!({ "some": value })), containers);
        }
    }
}

fn names(schema: &Value) -> BTreeSet<String> {
    assert_eq!(schema["additionalProperties"], false, "{schema}");
    assert_eq!(schema["patternProperties"], json!({ "^x-": true }), "{schema}");
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

/// The keys the program names where it meets a strange one.
fn known_to_the_program(document: &Value) -> BTreeSet<String> {
    let text = serde_json::to_string_pretty(&json!({ "workflow_config": document })).unwrap();
    let path = TreePath::new("config/workflow.yaml").unwrap();
    let (_, findings) = workflow::read(&path, text.as_bytes());
    let strange =
        findings.iter().find(|finding| finding.code.as_str() == "unknown-key" && finding.message.contains(STRANGE));
    let hint = strange.unwrap_or_else(|| panic!("no unknown key in {text}")).hint.clone().unwrap();
    let list = hint.strip_prefix("known are ").and_then(|rest| rest.split_once(';')).unwrap().0;
    list.split(", ").map(ToOwned::to_owned).collect()
}

#[test]
fn schema_has_the_words_that_are_read() {
    let schema: Value = serde_json::from_str(&read("schemas/workflow.schema.json")).unwrap();
    let settings = &schema["$defs"]["settings"]["properties"];
    let operators: Vec<&str> = workflow::Operator::ALL.iter().map(|operator| operator.name()).collect();
    let conditions = &settings["triggers"]["items"]["properties"]["conditions"];
    assert_eq!(conditions["items"]["$ref"], "#/$defs/condition");
    let condition = &schema["$defs"]["condition"]["properties"];
    let mut written: Vec<&str> = words(&condition["operator"]);
    let mut known = operators.clone();
    written.sort_unstable();
    known.sort_unstable();
    assert_eq!(written, known);
    for word in words(&settings["mode"]) {
        assert!(workflow::Mode::named(word).is_some(), "{word}");
    }
    let categories = taskmaster::model::Category::ALL.map(taskmaster::model::Category::name);
    let status = &settings["statuses"]["anyOf"][0]["items"]["properties"];
    assert_eq!(words(&status["category"]), categories);
}

fn words(schema: &Value) -> Vec<&str> {
    schema["enum"].as_array().unwrap().iter().filter_map(|word| word.as_str()).collect()
}
