//! `actions`: what the project declares itself. Each says exactly one of five things.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::address::{self, Service};
use super::reader::{INVALID, Optional, Reader, Unusable, written};
use super::settings::Word;
use super::{read_settings, suggest};
use crate::format::yaml::{Node, NodeKind};
use crate::model::{Code, Place};

/// An action declared under `actions`.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnAction {
    /// What it does.
    pub kind: OwnKind,
    /// Seconds one attempt may take, at least 1.
    pub timeout: Option<u64>,
    /// How often it is tried again.
    pub retries: Option<u64>,
    /// Whether a second attempt does no harm.
    pub idempotent: bool,
    /// Effects of one group are carried out one after another.
    pub group: Option<String>,
    /// What becomes of a new one while others of its group are there.
    pub policy: GroupPolicy,
    /// What it is for.
    pub description: Option<String>,
    /// Where its name is written.
    pub place: Place,
}

/// What becomes of a new effect while others of its group wait or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupPolicy {
    /// It waits its turn.
    #[default]
    Queue,
    /// It takes the place of those that wait. One that runs is finished first.
    Replace,
    /// It is left out.
    Skip,
}

impl GroupPolicy {
    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, policy)| *policy == self).map_or("queue", |(name, _)| name)
    }

    /// The one of that name; the usual one where there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::WORDS.iter().find(|(word, _)| *word == name).map_or(Self::Queue, |(_, policy)| *policy)
    }
}

impl Word for GroupPolicy {
    const WORDS: &'static [(&'static str, Self)] =
        &[("queue", Self::Queue), ("replace", Self::Replace), ("skip", Self::Skip)];
}

/// What an action of the project's own does.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnKind {
    /// A command; an effect.
    Run(String),
    /// A request; an effect.
    Webhook(Webhook),
    /// Fields of the event's task and what they are to be: a value, or a text with names in braces.
    Set(Vec<(String, Value)>),
    /// A task to make, as written.
    CreateTask(Map<String, Value>),
    /// A report to write: a text or a mapping, as written.
    Report(Value),
}

/// A request, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// The address; may have `${VAR}` in it.
    pub url: String,
    /// The method.
    pub method: String,
    /// Headers by name; values may have `${VAR}` and names in braces in them.
    pub headers: BTreeMap<String, String>,
    /// A text with names in braces, or a mapping whose texts have them; `None` sends the event.
    pub body: Option<Value>,
    /// What it is signed with; has `${VAR}` in it.
    pub secret: Option<String>,
}

impl OwnKind {
    /// The keys of which an action has exactly one.
    pub const NAMES: [&str; 5] = ["run", "webhook", "set", "create_task", "report"];

    /// The fields that no action sets.
    pub fn never_set() -> impl Iterator<Item = &'static str> {
        IDENTITY.into_iter().chain(ORIGIN)
    }

    /// The key it is written by.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Webhook(_) => "webhook",
            Self::Set(_) => "set",
            Self::CreateTask(_) => "create_task",
            Self::Report(_) => "report",
        }
    }
}

/// Fields by which a made task is known again, so that its event makes no second one: no action sets them.
const ORIGIN: [&str; 2] = ["created_by", "event"];

/// Fields that say which task a record is, or which others there are: no action sets them.
const IDENTITY: [&str; 9] =
    ["id", "task_id", "subtask_id", "parent_task", "parentId", "subtasks", "dependencies", "task", "tag"];

const ONE_OF: &str = "write one of `run:`, `webhook:`, `set:`, `create_task:` and `report:`";

/// What stands under `actions`.
#[derive(Default)]
pub(super) struct Read {
    /// Those that can be read, by name.
    pub(super) actions: BTreeMap<String, OwnAction>,
    /// The names of the others.
    pub(super) lost: BTreeSet<String>,
}

pub(super) fn read(reader: &mut Reader<'_>, settings: &Node) -> Read {
    let mut actions = BTreeMap::new();
    let Ok(Some(node)) = reader.mapping(settings, "actions", "the settings") else {
        // A list of actions, instead of their mapping.
        let items = settings.get("actions").map(Node::items).unwrap_or_default();
        let names = items.iter().flat_map(Node::entries).map(|entry| entry.key.clone());
        return Read { actions, lost: names.collect() };
    };
    for entry in node.entries() {
        if entry.key.starts_with("x-") {
            continue;
        }
        if !read_settings::is_action_name(&entry.key) {
            let message = format!("`{}` cannot be the name of an action", entry.key.escape_debug());
            reader.error(INVALID, entry.key_span, message, read_settings::ACTION_NAME_HINT);
        } else if let Ok(Some(definition)) = reader.mapping(node, &entry.key, "`actions`") {
            let errors = reader.errors();
            let place = reader.place(entry.key_span);
            let read = read_one(reader, definition, &entry.key, place);
            // An action that has lost a part of itself would do something else.
            if let Ok(action) = read
                && reader.errors() == errors
            {
                actions.insert(entry.key.clone(), action);
            }
        } else if entry.value.is_null() {
            let message = format!("the action `{}` says nothing", entry.key);
            reader.error(INVALID, entry.key_span, message, ONE_OF);
        }
    }
    let names = node.entries().iter().map(|entry| &entry.key);
    let lost = names.filter(|name| !name.starts_with("x-") && !actions.contains_key(*name)).cloned().collect();
    Read { actions, lost }
}

fn read_one(reader: &mut Reader<'_>, node: &Node, name: &str, place: Place) -> Result<OwnAction, Unusable> {
    let within = format!("the action `{name}`");
    let said: Vec<&str> = OwnKind::NAMES.into_iter().filter(|kind| written(node, kind).is_some()).collect();
    let timeout = reader.count(node, "timeout", &within, "seconds");
    let retries = retries(reader, node, &within);
    let idempotent = reader.switch(node, "idempotent", &within);
    let group = reader.line(node, "group", &within);
    let policy = reader.word(node, "group_policy", &within);
    let description = reader.text(node, "description", &within);
    let kind = match said.as_slice() {
        [kind] => read_kind(reader, node, kind, &within),
        [] => Err(reader.error(INVALID, node.span, format!("{within} does nothing"), ONE_OF)),
        [_, second, ..] => {
            let span = written(node, second).map_or(node.span, |entry| entry.key_span);
            let message = format!("{within} says {} at once", said.join(" and "));
            Err(reader.error(INVALID, span, message, "make each an action of its own, and call them one after another"))
        }
    };
    Ok(OwnAction {
        kind: kind?,
        timeout: timeout?,
        retries: retries?,
        idempotent: idempotent?.unwrap_or(false),
        group: group?,
        policy: policy?.unwrap_or_default(),
        description: description?,
        place,
    })
}

fn retries(reader: &mut Reader<'_>, node: &Node, within: &str) -> Optional<u64> {
    let Some(entry) = written(node, "retries") else { return Ok(None) };
    match entry.value.text().map(str::parse::<u64>) {
        Some(Ok(number)) => Ok(Some(number)),
        _ => Err(reader.wrong_kind(entry, within, "a whole number of attempts")),
    }
}

fn read_kind(reader: &mut Reader<'_>, node: &Node, kind: &str, within: &str) -> Result<OwnKind, Unusable> {
    let unusable = || Unusable;
    match kind {
        "run" => Ok(OwnKind::Run(reader.text(node, kind, within)?.ok_or_else(unusable)?)),
        "webhook" => {
            let inner = reader.mapping(node, kind, within)?.ok_or_else(unusable)?;
            Ok(OwnKind::Webhook(webhook(reader, inner, within)?))
        }
        "set" => {
            let inner = reader.mapping(node, kind, within)?.ok_or_else(unusable)?;
            Ok(OwnKind::Set(fields(reader, inner, within)?))
        }
        "create_task" => {
            let inner = reader.mapping(node, kind, within)?.ok_or_else(unusable)?;
            refuse_variables(reader, inner, kind, within)?;
            let members = inner.entries().iter().map(|entry| (entry.key.clone(), entry.value.to_value()));
            Ok(OwnKind::CreateTask(members.collect()))
        }
        _ => {
            let entry = written(node, kind).ok_or(Unusable)?;
            if matches!(entry.value.kind, NodeKind::Sequence { .. }) {
                return Err(reader.wrong_kind(entry, within, "a text or a mapping"));
            }
            refuse_variables(reader, &entry.value, kind, within)?;
            Ok(OwnKind::Report(entry.value.to_value()))
        }
    }
}

fn webhook(reader: &mut Reader<'_>, node: &Node, within: &str) -> Result<Webhook, Unusable> {
    const METHODS: [&str; 5] = ["POST", "PUT", "PATCH", "GET", "DELETE"];
    let within = format!("`webhook` of {within}");
    let Some(url) = reader.line(node, "url", &within)? else {
        return Err(reader.missing(node.span, "url", &within, "write the address, such as `${HOOK_URL}`"));
    };
    if !address::is_address(&url, Service::Web) {
        let span = written(node, "url").map_or(node.span, |entry| entry.value.span);
        let message = format!("`url` of {within} is no address");
        return Err(reader.error(INVALID, span, message, Service::Web.hint()));
    }
    let method = reader.line(node, "method", &within)?.unwrap_or_else(|| "POST".to_owned());
    if !METHODS.contains(&method.as_str()) {
        let span = written(node, "method").map_or(node.span, |entry| entry.value.span);
        let message = format!("`method` of {within} cannot be `{}`", method.escape_debug());
        return Err(reader.error(INVALID, span, message, suggest::hint(&method, &METHODS)));
    }
    let mut headers = BTreeMap::new();
    if let Some(inner) = reader.mapping(node, "headers", &within)? {
        for entry in inner.entries() {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            match entry.value.text() {
                Some(value)
                    if !entry.key.is_empty() && entry.key.chars().all(is_name) && !value.contains(['\r', '\n']) =>
                {
                    headers.insert(entry.key.clone(), value.to_owned());
                }
                _ => {
                    let message = format!("`{}` of `headers` is no header on one line", entry.key.escape_debug());
                    return Err(reader.error(INVALID, entry.value.span, message, "write `Name: text`"));
                }
            }
        }
    }
    let body = match written(node, "body") {
        Some(entry) if matches!(entry.value.kind, NodeKind::Sequence { .. }) => {
            return Err(reader.wrong_kind(entry, &within, "a text or a mapping"));
        }
        other => other.map(|entry| entry.value.to_value()),
    };
    let secret = reader.line(node, "secret", &within)?;
    Ok(Webhook { url, method, headers, body, secret })
}

fn fields(reader: &mut Reader<'_>, node: &Node, within: &str) -> Result<Vec<(String, Value)>, Unusable> {
    let mut fields = Vec::new();
    for entry in node.entries() {
        if IDENTITY.contains(&entry.key.as_str()) {
            let message = format!("`set` of {within} cannot change `{}`", entry.key);
            let hint = "it says which task this is, or names others; set other fields";
            return Err(reader.error(INVALID, entry.key_span, message, hint));
        }
        if ORIGIN.contains(&entry.key.split('.').next().unwrap_or_default()) {
            let message = format!("`set` of {within} cannot change `{}`", entry.key.escape_debug());
            let hint =
                "a task that an action has made is known again by it, so that it is not made twice; set other fields";
            return Err(reader.error(INVALID, entry.key_span, message, hint));
        }
        if !matches!(entry.value.kind, NodeKind::Scalar { .. }) {
            let message = format!("`{}` in `set` of {within} is no single value", entry.key.escape_debug());
            return Err(reader.error(INVALID, entry.value.span, message, "write a text, a number, `true` or `false`"));
        }
        if entry.key.split('.').any(|part| part.trim() != part || part.is_empty()) {
            let message = format!("`{}` in `set` of {within} is not the name of a field", entry.key.escape_debug());
            let hint = "write a dotted path without empty parts, such as `metadata.run`";
            return Err(reader.error(INVALID, entry.key_span, message, hint));
        }
        if has_variable(&entry.value) {
            return Err(variable(reader, &entry.value, &format!("`{}` in `set`", entry.key.escape_debug()), within));
        }
        fields.push((entry.key.clone(), entry.value.to_value()));
    }
    if fields.is_empty() {
        return Err(reader.error(
            INVALID,
            node.span,
            format!("`set` of {within} names no field"),
            "write `field: value`",
        ));
    }
    Ok(fields)
}

/// Reports a variable in what a task or a report is made of, however deep.
fn refuse_variables(reader: &mut Reader<'_>, node: &Node, kind: &str, within: &str) -> Result<(), Unusable> {
    if has_variable(node) {
        return Err(variable(reader, node, &format!("`{kind}`"), within));
    }
    for entry in node.entries() {
        if has_variable(&entry.value) {
            let which = format!("`{}` in `{kind}`", entry.key.escape_debug());
            return Err(variable(reader, &entry.value, &which, within));
        }
        refuse_variables(reader, &entry.value, kind, within)?;
    }
    node.items().iter().try_for_each(|item| refuse_variables(reader, item, kind, within))
}

fn has_variable(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains("${"))
}

fn variable(reader: &mut Reader<'_>, node: &Node, which: &str, within: &str) -> Unusable {
    let message = format!("{which} of {within} has a variable in it");
    let hint = "what is edited never depends on the environment; use names of the event: {task_title}";
    reader.error(Code::EDIT_VARIABLE, node.span, message, hint)
}
