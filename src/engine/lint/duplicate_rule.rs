use std::collections::HashMap;

use serde_json::Value;

use super::{Lint, Subject, about};
use crate::model::{Code, Diagnostic};

/// Triggers that do once more what another one does.
pub(super) struct DuplicateRule;

impl Lint for DuplicateRule {
    fn code(&self) -> Code {
        Code::DUPLICATE_RULE
    }

    fn is_about_one(&self) -> bool {
        false
    }

    fn look(&self, subject: &Subject<'_>) -> Vec<Diagnostic> {
        let mut seen: HashMap<String, &str> = HashMap::new();
        let mut found = Vec::new();
        for trigger in subject.enabled().filter(|trigger| !trigger.actions.is_empty()) {
            let conditions: Vec<String> = trigger.conditions.iter().map(ToString::to_string).collect();
            let call = |name: &str, parameters| format!("{name} {}", Value::Object(parameters));
            let calls: Vec<String> =
                trigger.actions.iter().map(|action| call(&action.name, action.parameters.clone())).collect();
            let key = format!("{:?}", (trigger.event.as_str(), conditions, calls));
            match seen.get(&key) {
                Some(first) => {
                    let name = trigger.name.escape_debug();
                    let message = format!("trigger `{name}` does what `{}` does already", first.escape_debug());
                    found.push(about(trigger, self.code(), message, "remove one of them"));
                }
                None => {
                    seen.insert(key, &trigger.name);
                }
            }
        }
        found
    }
}
