use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::reader::{INVALID, Optional, Reader, written};
use super::{
    CommitPolicy, Executor, GitSettings, Identity, Mode, TaskIntegration, Trigger, WatchPolicy, keys, suggest,
};
use crate::format::yaml::{Node, NodeKind};
use crate::model::Code;

/// Layouts this program was made for.
const VERSIONS: [&str; 2] = ["2.0", "2.1"];

/// How messages call the mapping that holds everything.
const SETTINGS: &str = "the settings";

pub(super) fn version(reader: &mut Reader<'_>, settings: &Node) -> Option<String> {
    let version = reader.text(settings, "version", SETTINGS).ok().flatten()?;
    if !VERSIONS.contains(&version.as_str())
        && let Some(entry) = written(settings, "version")
    {
        let message = format!("the version `{}` is not known", version.escape_debug());
        let hint = format!("known are {}; the file is read as the newest of them", VERSIONS.join(", "));
        reader.warn(Code::UNKNOWN_VERSION, entry.value.span, message, hint);
    }
    Some(version)
}

pub(super) fn mode_and_git(reader: &mut Reader<'_>, settings: &Node) -> (Option<Mode>, GitSettings) {
    let before = reader.errors();
    let mode = reader.word::<Mode>(settings, "mode", SETTINGS).ok().flatten();
    let git = match reader.mapping(settings, "git", SETTINGS) {
        Ok(Some(node)) => git(reader, node),
        _ => GitSettings::default(),
    };
    if reader.errors() > before { (Some(Mode::Observe), git) } else { (mode, git) }
}

fn git(reader: &mut Reader<'_>, node: &Node) -> GitSettings {
    GitSettings {
        canonical: canonical(reader, node).ok().flatten(),
        executor: reader.word::<Executor>(node, "executor", "`git`").ok().flatten().unwrap_or_default(),
        commit: reader.word::<CommitPolicy>(node, "commit", "`git`").ok().flatten().unwrap_or_default(),
        watch: reader.word::<WatchPolicy>(node, "watch", "`git`").ok().flatten().unwrap_or_default(),
        message: message(reader, node),
        identity: identity(reader, node).ok().flatten(),
        rules: reader.line(node, "rules", "`git`").ok().flatten(),
    }
}

/// The template of subjects. A name in it that stands for nothing would stay in every one of them.
fn message(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    let text = reader.text(node, "message", "`git`").ok().flatten()?;
    let mut rest = text.replace("{{", "").replace("${", "");
    while let Some((_, behind)) = rest.split_once('{') {
        let Some((inside, after)) = behind.split_once('}') else { break };
        let is_name = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && inside.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if is_name && inside != "summary" {
            let span = written(node, "message").map_or(node.span, |entry| entry.value.span);
            let message = format!("`message` of `git` has the name `{{{inside}}}`, which stands for nothing");
            reader.warn(Code::UNKNOWN_NAME, span, message, "`{summary}` is the only one there is");
        }
        rest = after.to_owned();
    }
    Some(text)
}

fn canonical(reader: &mut Reader<'_>, node: &Node) -> Optional<String> {
    match reader.line(node, "canonical", "`git`") {
        Ok(Some(branch)) if branch.contains(char::is_whitespace) || branch.starts_with('-') => {
            let span = written(node, "canonical").map_or(node.span, |entry| entry.value.span);
            let message = format!("`canonical` of `git` cannot be `{}`", branch.escape_debug());
            Err(reader.error(INVALID, span, message, "it should be the name of a branch, such as `main`"))
        }
        other => other,
    }
}

fn identity(reader: &mut Reader<'_>, node: &Node) -> Optional<Identity> {
    let Some(identity) = reader.mapping(node, "identity", "`git`")? else { return Ok(None) };
    let mut part = |key: &str| {
        let Some(text) = reader.line(identity, key, "`identity`")? else {
            return Err(reader.missing(identity.span, key, "`identity`", "write both a `name` and an `email`"));
        };
        if text.contains(['<', '>']) {
            let span = written(identity, key).map_or(identity.span, |entry| entry.value.span);
            let message = format!("`{key}` of `identity` has `<` or `>` in it");
            return Err(reader.error(INVALID, span, message, "write the bare name and the bare address"));
        }
        Ok(text)
    };
    let (name, email) = (part("name"), part("email"));
    Ok(Some(Identity { name: name?, email: email? }))
}

/// The values are checked with those of every other section.
pub(super) fn integration(settings: &Node) -> TaskIntegration {
    let Some(node) = written(settings, "task_integration").map(|entry| &entry.value) else {
        return TaskIntegration::default();
    };
    let switch = |key: &str| written(node, key)?.value.as_bool();
    let line = |key: &str| {
        let text = written(node, key)?.value.text()?.trim();
        (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
    };
    TaskIntegration {
        status_sync: switch("status_sync"),
        auto_create_tasks: switch("auto_create_tasks"),
        analytics_tracking: switch("analytics_tracking"),
        notification_hooks: switch("notification_hooks"),
        auto_assign_agents: switch("auto_assign_agents"),
        default_priority: line("default_priority"),
        default_assignee: line("default_assignee"),
    }
}

pub(super) fn sections(reader: &mut Reader<'_>, settings: &Node) -> BTreeMap<String, Value> {
    let mut sections = BTreeMap::new();
    for name in keys::SECTIONS {
        if let Ok(Some(node)) = reader.mapping(settings, name, SETTINGS) {
            sections.insert(name.to_owned(), node.to_value());
        }
    }
    sections
}

pub(super) fn environments(reader: &mut Reader<'_>, settings: &Node, triggers: &[Trigger]) -> Map<String, Value> {
    let mut environments = Map::new();
    let Ok(Some(node)) = reader.mapping(settings, "environments", SETTINGS) else { return environments };
    for entry in node.entries() {
        match &entry.value.kind {
            NodeKind::Mapping { .. } => {
                environments.insert(entry.key.clone(), entry.value.to_value());
                known_triggers(reader, &entry.value, triggers);
            }
            _ if entry.value.is_null() => {
                environments.insert(entry.key.clone(), Value::Object(Map::new()));
            }
            _ => {
                let message = format!("the environment `{}` is not a mapping", entry.key.escape_debug());
                reader.error(INVALID, entry.value.span, message, "write the settings it overrides, by key");
            }
        }
    }
    environments
}

/// Reports triggers that an environment switches and nobody has.
fn known_triggers(reader: &mut Reader<'_>, environment: &Node, triggers: &[Trigger]) {
    for item in environment.get("triggers").map(Node::items).unwrap_or_default() {
        let Some((name, node)) = item.get("name").and_then(|node| Some((node.text()?, node))) else { continue };
        let names: Vec<&str> = triggers.iter().map(|trigger| trigger.name.as_str()).collect();
        if !names.contains(&name) {
            let message = format!("there is no trigger `{}` to switch", name.escape_debug());
            reader.warn(Code::UNKNOWN_TRIGGER, node.span, message, suggest::hint(name, &names));
        }
    }
}

/// What an action's name may be, for people.
pub(super) const ACTION_NAME_HINT: &str = "a name has letters, digits, `_`, `-` and `.` only";

/// Whether a text can name an action.
pub(super) fn is_action_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
