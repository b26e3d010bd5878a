//! The tables of keys in docs/workflow-reference.md, from the one list of keys.

use taskmaster::engine::naming::{ALSO_CALLED, TEST_RESULTS};
use taskmaster::format::workflow::keys::{self, Fate, Key, Reach, ValueKind};

use super::generated::part;

/// The parts of the page and the mapping each shows; `""` is the top.
const PARTS: [(&str, &str); 14] = [
    ("keys-top", ""),
    ("keys-git", "git"),
    ("keys-task_integration", "task_integration"),
    ("keys-statuses", "statuses"),
    ("keys-triggers", "triggers"),
    ("keys-actions", "actions"),
    ("keys-webhook", "actions.webhook"),
    ("keys-notifications", "notifications"),
    ("keys-channels", "notifications.channels"),
    ("keys-endpoints", "endpoints"),
    ("keys-monitoring", "monitoring"),
    ("keys-execution", "execution"),
    ("keys-security", "security"),
    ("keys-logging", "logging"),
];

/// Mappings that are shown in the table of the one they stand in.
const INLINE: [&str; 4] = ["identity", "alert_thresholds", "resource_limits", "destinations"];

#[test]
fn docs_list_the_keys_that_there_are() {
    for (name, path) in PARTS {
        let keys = if path.is_empty() { keys::SETTINGS } else { keys::find(path).unwrap().value.keys() };
        let mut table = "| key | value | meaning | becomes | by environment |\n|---|---|---|---|---|\n".to_owned();
        rows(&mut table, keys, "");
        part(name, &table);
    }
}

fn rows(table: &mut String, keys: &'static [Key], before: &str) {
    for key in keys {
        let name = format!("{before}{}", key.name);
        let becomes = match key.fate {
            _ if matches!(key.value, ValueKind::Environments) => "see [below](#environments)".to_owned(),
            _ if !key.value.keys().is_empty() => "as its keys say".to_owned(),
            Fate::Obeyed => "obeyed".to_owned(),
            Fate::Recorded => "recorded".to_owned(),
            Fate::Understood(why) => format!("nothing: {why}"),
        };
        let default = key.default.map(|default| format!("; default `{default}`")).unwrap_or_default();
        let environment = if key.reach == Reach::Effects { "yes" } else { "no" };
        let value = match key.value {
            ValueKind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            ValueKind::Keys(_) | ValueKind::Named(_) | ValueKind::Environments => "a mapping".to_owned(),
            ValueKind::Calls | ValueKind::Conditions | ValueKind::List(_) => "a list".to_owned(),
            ValueKind::Switch => "`true`, `false`".to_owned(),
            other => other.wanted(),
        };
        table.push_str(&format!("| `{name}` | {value} | {} | {becomes}{default} | {environment} |\n", key.about));
        if INLINE.contains(&key.name) {
            rows(table, key.value.keys(), &format!("{name}."));
        }
    }
}

#[test]
fn docs_list_what_else_events_are_called() {
    let mut table = "| event | also called |\n|---|---|\n".to_owned();
    let named = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    for (event, names) in ALSO_CALLED {
        table.push_str(&format!("| `{event}` | {} |\n", named(names)));
    }
    for (result, names) in TEST_RESULTS {
        table.push_str(&format!("| `testing.completed` with `test_result: {result}` | {} |\n", named(names)));
    }
    part("event-names", &table);
}
