//! Every key of `workflow.yaml` this program knows, whether or not it means something yet.
//!
//! One tree, walked once: what is not in it is a warning with a guess at what was meant. Keys
//! that begin with `x-` are the project's own and may stand anywhere.

use super::reader::Reader;
use super::suggest;
use crate::format::yaml::{Entry, Node};
use crate::model::Code;

/// What may stand below a key.
enum Shape {
    /// Anything.
    Free,
    /// A mapping of these keys.
    Keys(&'static [(&'static str, Shape)]),
    /// A list, or a mapping of free names, whose members are mappings of these keys.
    Each(&'static [(&'static str, Shape)]),
    /// A list of conditions, which may hold such lists themselves.
    Conditions,
    /// A mapping of free names to the whole of the settings once more.
    EachSettings,
}

use Shape::{Conditions, Each, EachSettings, Free, Keys};

/// The key everything may be wrapped in.
pub(super) const WRAPPER: &str = "workflow_config";

/// The parts that are kept as values, for whoever uses them.
pub(super) const SECTIONS: [&str; 7] =
    ["endpoints", "execution", "logging", "monitoring", "notifications", "security", "task_integration"];

const SETTINGS: &[(&str, Shape)] = &[
    ("version", Free),
    ("updated", Free),
    ("description", Free),
    ("mode", Free),
    ("git", Keys(GIT)),
    ("task_integration", Keys(TASK_INTEGRATION)),
    ("statuses", Each(STATUS)),
    ("triggers", Each(TRIGGER)),
    ("actions", Each(OWN_ACTION)),
    ("endpoints", Keys(ENDPOINTS)),
    ("monitoring", Keys(MONITORING)),
    ("execution", Keys(EXECUTION)),
    ("notifications", Keys(NOTIFICATIONS)),
    ("security", Keys(SECURITY)),
    ("logging", Keys(LOGGING)),
    ("environments", EachSettings),
];

const GIT: &[(&str, Shape)] = &[
    ("canonical", Free),
    ("executor", Free),
    ("commit", Free),
    ("message", Free),
    ("identity", Keys(&[("name", Free), ("email", Free)])),
    ("rules", Free),
];

const TASK_INTEGRATION: &[(&str, Shape)] = &[
    ("auto_create_tasks", Free),
    ("status_sync", Free),
    ("analytics_tracking", Free),
    ("notification_hooks", Free),
    ("real_time_updates", Free),
    ("default_priority", Free),
    ("default_assignee", Free),
    ("auto_assign_agents", Free),
    ("sync_interval", Free),
    ("sync_timeout", Free),
    ("max_retry_attempts", Free),
    ("track_performance", Free),
    ("track_dependencies", Free),
    ("track_completion_times", Free),
    ("generate_insights", Free),
];

const STATUS: &[(&str, Shape)] =
    &[("name", Free), ("category", Free), ("aliases", Free), ("transitions", Free), ("description", Free)];

const TRIGGER: &[(&str, Shape)] = &[
    ("name", Free),
    ("description", Free),
    ("event", Free),
    ("enabled", Free),
    ("conditions", Conditions),
    ("when", Free),
    ("actions", Free),
    ("timeout", Free),
    ("priority", Free),
    ("reentrant", Free),
];

const CONDITION: &[(&str, Shape)] = &[
    ("field", Free),
    ("operator", Free),
    ("value", Free),
    ("when", Free),
    ("all", Conditions),
    ("any", Conditions),
    ("none", Conditions),
];

const OWN_ACTION: &[(&str, Shape)] = &[
    ("description", Free),
    ("run", Free),
    ("webhook", Free),
    ("set", Free),
    ("create_task", Free),
    ("report", Free),
    ("timeout", Free),
    ("retries", Free),
    ("idempotent", Free),
    ("group", Free),
];

const ENDPOINTS: &[(&str, Shape)] = &[
    ("task_webhook", Free),
    ("analytics_webhook", Free),
    ("status_webhook", Free),
    ("deployment_webhook", Free),
    ("notification_webhook", Free),
    ("slack_webhook", Free),
    ("github_webhook", Free),
    ("email_service", Free),
];

const MONITORING: &[(&str, Shape)] = &[
    ("enabled", Free),
    ("health_check_interval", Free),
    ("performance_tracking", Free),
    ("error_tracking", Free),
    (
        "alert_thresholds",
        Keys(&[
            ("task_failure_rate", Free),
            ("response_time", Free),
            ("queue_depth", Free),
            ("error_rate", Free),
            ("cpu_usage", Free),
            ("memory_usage", Free),
        ]),
    ),
    ("health_endpoints", Free),
];

const EXECUTION: &[(&str, Shape)] = &[
    ("max_concurrent_workflows", Free),
    ("workflow_timeout", Free),
    ("retry_failed_workflows", Free),
    ("max_retry_attempts", Free),
    ("retry_delay", Free),
    ("priority_levels", Free),
    (
        "resource_limits",
        Keys(&[("max_cpu_per_workflow", Free), ("max_memory_per_workflow", Free), ("max_execution_time", Free)]),
    ),
];

const NOTIFICATIONS: &[(&str, Shape)] = &[
    ("enabled", Free),
    (
        "channels",
        Each(&[
            ("type", Free),
            ("enabled", Free),
            ("recipients", Free),
            ("channel", Free),
            ("url", Free),
            ("events", Free),
        ]),
    ),
    ("templates", Free),
];

const SECURITY: &[(&str, Shape)] = &[
    ("webhook_authentication", Free),
    ("api_key_required", Free),
    ("rate_limiting", Free),
    ("max_requests_per_minute", Free),
    ("verify_signatures", Free),
    ("webhook_secret", Free),
    ("allowed_ips", Free),
    ("require_https", Free),
    ("validate_origins", Free),
    ("allowed_origins", Free),
];

const LOGGING: &[(&str, Shape)] = &[
    ("level", Free),
    ("log_workflow_events", Free),
    ("log_api_requests", Free),
    ("log_automation_triggers", Free),
    ("audit_trail", Free),
    ("retention_days", Free),
    ("compress_old_logs", Free),
    (
        "destinations",
        Each(&[
            ("type", Free),
            ("enabled", Free),
            ("path", Free),
            ("max_size", Free),
            ("max_files", Free),
            ("table", Free),
            ("url", Free),
        ]),
    ),
];

/// Reports the keys of the document that are not known, and those written twice.
pub(super) fn check(reader: &mut Reader<'_>, root: &Node) {
    check_twice(reader, root);
    for entry in root.entries() {
        if entry.key == WRAPPER {
            check_keys(reader, &entry.value, SETTINGS, "the settings");
        } else {
            check_entry(reader, entry, SETTINGS, "the settings");
        }
    }
}

fn check_keys(reader: &mut Reader<'_>, node: &Node, keys: &'static [(&'static str, Shape)], within: &str) {
    for entry in node.entries() {
        check_entry(reader, entry, keys, within);
    }
}

fn check_entry(reader: &mut Reader<'_>, entry: &Entry, keys: &'static [(&'static str, Shape)], within: &str) {
    let Some((_, shape)) = keys.iter().find(|(key, _)| *key == entry.key) else {
        if !entry.key.starts_with("x-") {
            report(reader, entry, keys, within);
        }
        return;
    };
    let within = format!("`{}`", entry.key);
    match shape {
        Free => {}
        Keys(inner) => check_keys(reader, &entry.value, inner, &within),
        Each(inner) => {
            let values = entry.value.entries().iter().map(|entry| &entry.value);
            for member in entry.value.items().iter().chain(values) {
                check_keys(reader, member, inner, &within);
            }
        }
        Conditions => {
            for member in entry.value.items() {
                check_keys(reader, member, CONDITION, &within);
            }
        }
        EachSettings => {
            for environment in entry.value.entries() {
                check_keys(reader, &environment.value, SETTINGS, &format!("environment `{}`", environment.key));
            }
        }
    }
}

fn report(reader: &mut Reader<'_>, entry: &Entry, keys: &'static [(&'static str, Shape)], within: &str) {
    let names: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
    let hint = if entry.key == "<<" {
        "merge keys are not resolved here: write the keys out".to_owned()
    } else {
        let more = "begin a key of your own with `x-`";
        match suggest::closest(&entry.key, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}; {more}", names.join(", ")),
        }
    };
    let message = format!("unknown key `{}` in {within}; it has no effect", entry.key.escape_debug());
    reader.warn(Code("unknown-key"), entry.key_span, message, hint);
}

/// Of a key that stands twice in one mapping the last counts, as for every YAML reader.
fn check_twice(reader: &mut Reader<'_>, node: &Node) {
    let entries = node.entries();
    let mut seen = std::collections::BTreeSet::new();
    for entry in entries {
        if !seen.insert(&entry.key) {
            let message = format!("the key `{}` is written twice; only the last counts", entry.key.escape_debug());
            reader.warn(Code("duplicate-key"), entry.key_span, message, "remove one of them");
        }
    }
    for child in entries.iter().map(|entry| &entry.value).chain(node.items()) {
        check_twice(reader, child);
    }
}
