//! What an environment changes: settings of effects, never what is edited.
//!
//! Mappings merge deeply; `channels` by `type`, `triggers` by `name`; any other list is replaced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Notifications, Workflow, keys, suggest};

/// An environment that the file does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no environment `{}`", name.escape_debug())]
pub struct UnknownEnvironment {
    /// As it was asked for.
    pub name: String,
    /// The closest known one.
    pub suggestion: Option<String>,
    /// All known ones.
    pub known: Vec<String>,
}

/// The settings of effects, as one environment or none has them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutsideSettings {
    /// The environment; `None` for what stands outside `environments`.
    pub environment: Option<String>,
    /// Who is told what.
    pub notifications: Notifications,
    /// `task_integration.notification_hooks`, where it is written.
    pub notification_hooks: Option<bool>,
    /// The sections with the overrides in them, by name.
    pub sections: BTreeMap<String, Value>,
    /// What the environment says of triggers' `enabled`: it switches their effects alone.
    pub switches: BTreeMap<String, bool>,
}

impl Workflow {
    /// The settings of effects in an environment.
    ///
    /// # Errors
    /// When there is no environment of that name.
    pub fn outside(&self, environment: Option<&str>) -> Result<OutsideSettings, UnknownEnvironment> {
        let nothing = Map::new();
        let over = match environment {
            Some(name) => {
                self.know_environment(name)?;
                self.environments.get(name).and_then(Value::as_object).unwrap_or(&nothing)
            }
            None => &nothing,
        };
        let mut sections = self.sections.clone();
        for name in keys::SECTIONS {
            if let Some(value) = over.get(name).filter(|value| value.is_object()) {
                let base = sections.remove(name).unwrap_or(Value::Null);
                sections.insert(name.to_owned(), merge(&base, value));
            }
        }
        let named = over.get("triggers").and_then(Value::as_array).into_iter().flatten();
        let switches = named
            .filter_map(|trigger| {
                let name = trigger.get("name")?.as_str()?.to_owned();
                // Who has misspelt it did not mean to be told more.
                trigger.get("enabled").map(|value| (name, value.as_bool().unwrap_or(false)))
            })
            .collect();
        let integration = sections.get("task_integration");
        let hooks = integration.and_then(|section| section.get("notification_hooks")).filter(|value| !value.is_null());
        Ok(OutsideSettings {
            environment: environment.map(ToOwned::to_owned),
            notifications: Notifications::of(sections.get("notifications")),
            notification_hooks: hooks.map(|value| value.as_bool().unwrap_or(false)),
            sections,
            switches,
        })
    }

    /// Whether the file has an environment.
    ///
    /// # Errors
    /// When it has not.
    pub fn know_environment(&self, name: &str) -> Result<(), UnknownEnvironment> {
        if self.environments.contains_key(name) {
            return Ok(());
        }
        let known: Vec<String> = self.environments.keys().cloned().collect();
        let suggestion = suggest::closest(name, known.iter().map(String::as_str)).map(ToOwned::to_owned);
        Err(UnknownEnvironment { name: name.to_owned(), suggestion, known })
    }
}

impl UnknownEnvironment {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.suggestion {
            Some(meant) => format!("did you mean {meant}?"),
            None if self.known.is_empty() => "the file has no `environments`".to_owned(),
            None => format!("known are {}", self.known.join(", ")),
        }
    }
}

/// A value with what another says instead.
#[must_use]
pub fn merge(base: &Value, over: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (base, over) else { return over.clone() };
    let mut merged = old.clone();
    for (key, value) in new {
        let before = old.get(key).unwrap_or(&Value::Null);
        let combined = match (identity(key), before, value) {
            (Some(identity), Value::Array(before), Value::Array(items)) => {
                Value::Array(merge_by(identity, before, items))
            }
            _ => merge(before, value),
        };
        merged.insert(key.clone(), combined);
    }
    Value::Object(merged)
}

/// The key that members of a list are told apart by, for the two lists that merge.
pub(super) fn identity(list: &str) -> Option<&'static str> {
    match list {
        "channels" => Some("type"),
        "triggers" => Some("name"),
        _ => None,
    }
}

/// Each member of `over` goes into all of `base` that are called the same; a new name is added.
fn merge_by(identity: &str, base: &[Value], over: &[Value]) -> Vec<Value> {
    let mut merged = base.to_vec();
    let names: BTreeSet<String> = base.iter().filter_map(|member| name_of(member, identity)).collect();
    for member in over {
        match name_of(member, identity).filter(|name| names.contains(name)) {
            Some(name) => {
                for old in merged.iter_mut().filter(|old| name_of(old, identity).as_ref() == Some(&name)) {
                    *old = merge(old, member);
                }
            }
            None => merged.push(member.clone()),
        }
    }
    merged
}

fn name_of(member: &Value, identity: &str) -> Option<String> {
    member.get(identity)?.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::TreePath;

    fn read(text: &str) -> Workflow {
        super::super::read(&TreePath::workflow(), text.as_bytes()).0
    }

    #[test]
    fn mappings_merge_deeply_and_lists_are_replaced() {
        let base = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        assert_eq!(merge(&base, &json!({"a": {"c": [3]}})), json!({"a": {"b": 1, "c": [3]}, "d": 1}));
        assert_eq!(merge(&base, &json!({"a": 5})), json!({"a": 5, "d": 1}));
        assert_eq!(merge(&base, &json!({})), base);
    }

    #[test]
    fn channels_merge_by_type() {
        let base = json!({"channels": [{"type": "slack", "channel": "#all", "events": ["x"]}, {"type": "email"}]});
        let over = json!({"channels": [{"type": "slack", "channel": "#live"}, {"type": "webhook"}]});
        assert_eq!(
            merge(&base, &over),
            json!({"channels": [{"type": "slack", "channel": "#live", "events": ["x"]}, {"type": "email"}, {"type": "webhook"}]})
        );
    }

    #[test]
    fn an_environment_changes_effects_and_nothing_else() {
        let workflow = read(
            "mode: warn\nnotifications: {templates: {a: b}}\n\
             environments:\n  live:\n    mode: commit\n    notifications: {enabled: false}\n\
             \x20   triggers: [{name: x, enabled: false}]\n",
        );
        let base = workflow.outside(None).unwrap();
        let live = workflow.outside(Some("live")).unwrap();
        assert!(base.notifications.enabled && !live.notifications.enabled);
        assert_eq!(live.notifications.templates["a"], "b");
        assert_eq!(live.switches.get("x"), Some(&false));
        assert_eq!(base.switches.len(), 0);
        assert_eq!(workflow.mode, Some(super::super::Mode::Warn));
    }

    #[test]
    fn an_unknown_environment_is_an_error_with_a_guess() {
        let workflow = read("environments: {live: {}, laptop: {}}\n");
        let error = workflow.outside(Some("lvie")).unwrap_err();
        assert_eq!(error.to_string(), "there is no environment `lvie`");
        assert_eq!(error.hint(), "did you mean live?");
        assert_eq!(workflow.outside(Some("zzzzzz")).unwrap_err().hint(), "known are live, laptop");
        assert_eq!(read("").outside(Some("a")).unwrap_err().hint(), "the file has no `environments`");
    }
}
