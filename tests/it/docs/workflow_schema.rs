//! schemas/workflow.schema.json, made from the one list of keys.

use serde_json::{Map, Value, json};
use taskmaster::engine::action::{ACTIONS, About, Parameter};
use taskmaster::format::workflow::keys::{Key, Need, SETTINGS, Service, ValueKind, WRAPPER};
use taskmaster::format::workflow::{Operator, OwnKind};
use taskmaster::model::Category;

/// Where a mapping stands: in an environment most of what is needed elsewhere may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Settings,
    Environment,
}

/// The whole schema.
pub(super) fn schema() -> Value {
    let mut properties = Map::new();
    properties.insert(WRAPPER.to_owned(), json!({ "$ref": "#/$defs/settings" }));
    for key in SETTINGS {
        let reference = format!("#/$defs/settings/properties/{}", key.name);
        properties.insert(key.name.to_owned(), json!({ "$ref": reference }));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "workflow.yaml",
        "description":
            "The rules of a .taskmaster/ tree. All settings stand under `workflow_config`, or at the top.",
        "type": ["object", "null"],
        "properties": properties,
        "patternProperties": { "^x-": true },
        "additionalProperties": false,
        "$defs": {
            "call": call(),
            "condition": condition(),
            "settings": mapping(SETTINGS, Standing::Settings, "null"),
            "environment": mapping(SETTINGS, Standing::Environment, "null"),
        },
    })
}

/// A condition: its value as its operator takes it, and no group without members.
fn condition() -> Value {
    let mut schema = mapping(ValueKind::Conditions.keys(), Standing::Settings, "");
    for group in ["all", "any", "none"] {
        schema["properties"][group]["minItems"] = json!(1);
    }
    let scalar = ["string", "number", "boolean"];
    let wanted = |operator: Operator| match operator {
        Operator::Exists | Operator::NotExists | Operator::Changed => None,
        Operator::Equals | Operator::NotEquals => Some(json!({ "not": { "type": "null" } })),
        Operator::In | Operator::NotIn => Some(json!({ "type": "array", "items": { "type": scalar } })),
        Operator::ChangedFrom | Operator::ChangedTo => {
            Some(json!({ "type": ["string", "number", "boolean", "array"], "items": { "type": scalar } }))
        }
        _ => Some(json!({ "type": scalar })),
    };
    let mut groups: Vec<(Value, Vec<&str>)> = Vec::new();
    for operator in Operator::ALL {
        let Some(wanted) = wanted(operator) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == wanted) {
            Some((_, names)) => names.push(operator.name()),
            None => groups.push((wanted, vec![operator.name()])),
        }
    }
    let tests = groups.into_iter().map(|(wanted, names)| {
        json!({
            "if": { "properties": { "operator": { "enum": names } }, "required": ["operator"] },
            "then": { "properties": { "value": wanted }, "required": ["value"] },
        })
    });
    schema["allOf"] = tests.collect();
    let mut forms = vec![json!({ "required": ["field", "operator"] })];
    forms.extend(["when", "all", "any", "none"].map(|form| json!({ "required": [form] })));
    schema["oneOf"] = json!(forms);
    schema
}

/// A mapping of keys; `or` is another type it may have.
fn mapping(keys: &'static [Key], standing: Standing, or: &str) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut value = value(key.value, standing);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".to_owned(), json!(key.about));
            if let Some(default) = key.default {
                let default = match default {
                    "true" => json!(true),
                    "false" => json!(false),
                    text => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
                };
                value.insert("default".to_owned(), default);
            }
        }
        // What is needed is not empty.
        if key.needed == Need::Needed && matches!(key.value, ValueKind::Text) {
            value["pattern"] = json!("\\S");
        }
        properties.insert(key.name.to_owned(), value);
    }
    let kinds = if or.is_empty() { json!("object") } else { json!(["object", or]) };
    let mut schema = json!({
        "type": kinds,
        "properties": properties,
        "patternProperties": { "^x-": true },
        "additionalProperties": false,
    });
    let needed = keys.iter().filter(|key| key.needed == Need::Needed);
    let identities = ["name", "type"];
    let needed: Vec<&str> =
        needed.map(|key| key.name).filter(|name| standing == Standing::Settings || identities.contains(name)).collect();
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    schema
}

fn value(kind: ValueKind, standing: Standing) -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"] });
    match kind {
        ValueKind::Any => json!({}),
        ValueKind::Text | ValueKind::Template | ValueKind::Secret => scalar,
        ValueKind::Switch => json!({ "type": ["boolean", "null"] }),
        ValueKind::Count(_) => {
            json!({ "type": ["integer", "string", "null"], "minimum": 1, "pattern": "^[1-9][0-9]*$" })
        }
        ValueKind::Whole(_) => json!({ "type": ["integer", "string", "null"], "minimum": 0, "pattern": "^[0-9]+$" }),
        ValueKind::Share => json!({ "type": ["number", "null"], "minimum": 0, "maximum": 1 }),
        ValueKind::Number(_) => json!({ "type": ["number", "null"], "minimum": 0 }),
        ValueKind::Bytes => json!({
            "type": ["integer", "string", "null"],
            "minimum": 0,
            "pattern": "^[0-9]+ *([KkMmGg]([Ii]?[Bb])?|[Bb])?$",
        }),
        ValueKind::Word(words) => words_or_null(words),
        ValueKind::Operator => json!({ "enum": Operator::ALL.map(Operator::name) }),
        ValueKind::Category => words_or_null(&Category::ALL.map(Category::name)),
        ValueKind::Address(service) => {
            let scheme = match service {
                Service::Web => "[Hh][Tt][Tt][Pp][Ss]?",
                Service::Mail => "[Ss][Mm][Tt][Pp][Ss]?",
            };
            json!({ "type": ["string", "null"], "pattern": format!("[$][{{]|^{scheme}://[^/?#]") })
        }
        ValueKind::Texts => {
            json!({ "type": ["array", "null"], "items": { "type": ["string", "number", "boolean"], "minLength": 1 } })
        }
        ValueKind::Templates => json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } }),
        ValueKind::Headers => json!({ "type": ["object", "null"], "additionalProperties": scalar }),
        ValueKind::Fields => json!({
            "type": ["object", "null"],
            "minProperties": 1,
            "propertyNames": { "not": { "enum": OwnKind::never_set().collect::<Vec<_>>() } },
            "additionalProperties": scalar,
        }),
        ValueKind::Levels => {
            json!({ "type": ["object", "null"], "additionalProperties": value(ValueKind::Whole(""), standing) })
        }
        ValueKind::Calls => json!({
            "type": ["array", "null"],
            "items": { "anyOf": [{ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]*$" }, { "$ref": "#/$defs/call" }] },
        }),
        ValueKind::Conditions => json!({ "type": ["array", "null"], "items": { "$ref": "#/$defs/condition" } }),
        ValueKind::Keys(keys) => mapping(keys, standing, "null"),
        ValueKind::List(keys) => json!({ "type": ["array", "null"], "items": mapping(keys, standing, "") }),
        ValueKind::ListOrNamed(keys) => json!({
            "anyOf": [
                { "type": "array", "items": mapping(keys, standing, "") },
                {
                    "type": ["object", "null"],
                    "patternProperties": { "^x-": true },
                    "additionalProperties": mapping(keys, standing, "null"),
                },
            ],
        }),
        ValueKind::Named(keys) => {
            let mut member = mapping(keys, standing, "");
            if standing == Standing::Settings {
                let kinds = OwnKind::NAMES;
                member["oneOf"] = kinds.iter().map(|kind| json!({ "required": [kind] })).collect();
            }
            json!({
                "type": ["object", "null"],
                "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_.-]*$" },
                "patternProperties": { "^x-": true },
                "additionalProperties": member,
            })
        }
        ValueKind::Environments => {
            json!({ "type": ["object", "null"], "additionalProperties": { "$ref": "#/$defs/environment" } })
        }
    }
}

/// An action with parameters: `name: {parameter: value}`, or `{name: .., with: {..}}`. Parameters are described, so
/// that an editor can complete them; what is not described is none of the schema's business.
fn call() -> Value {
    let (mut named, mut families, mut with) = (Map::new(), Map::new(), Vec::new());
    for action in ACTIONS {
        let parameters = parameters(action.about());
        for name in action.name().split(", ") {
            let pattern = format!("^{}$", name.replace('.', "[.]").replace('*', ".+"));
            with.push(json!({
                "if": { "properties": { "name": { "pattern": &pattern } }, "required": ["name"] },
                "then": { "properties": { "with": &parameters } },
            }));
            if name.contains('*') {
                families.insert(pattern, parameters.clone());
            } else {
                named.insert(name.to_owned(), parameters.clone());
            }
        }
    }
    json!({
        "anyOf": [
            {
                "type": "object",
                "properties": { "name": { "type": "string" }, "with": { "type": ["object", "null"] } },
                "required": ["name"],
                "additionalProperties": false,
                "allOf": with,
            },
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": named,
                "patternProperties": families,
                "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_.-]*$" },
                "additionalProperties": { "type": ["object", "null"] },
            },
        ],
    })
}

/// What an action may be called with.
fn parameters(about: About) -> Value {
    let known = about.parameters.iter().filter(|parameter| parameter.name != Parameter::ANY_OTHER);
    let properties: Map<String, Value> = known
        .map(|parameter| {
            let description = format!("{}: {}", parameter.kind.wanted(), parameter.about);
            (parameter.name.to_owned(), json!({ "description": description }))
        })
        .collect();
    json!({ "type": ["object", "null"], "description": about.writes, "properties": properties })
}

fn words_or_null(words: &[&str]) -> Value {
    let mut words: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    words.push(Value::Null);
    json!({ "enum": words })
}
