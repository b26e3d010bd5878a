//! Every setting with where it comes from.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::in_force::is_below;
use super::keys::{self, Key, SETTINGS, ValueKind};
use super::reader::{Reader, written};
use super::{UnknownEnvironment, environment, parse, suggest, unwrap};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Place, Span, TreePath};

/// One setting: a value that is no mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its dotted path; members of `channels` and `triggers` by their name in brackets.
    pub key: String,
    /// Its value as written.
    pub value: Value,
    /// Where it comes from.
    pub origin: SettingOrigin,
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingOrigin {
    /// The file.
    File(Place),
    /// The overrides of an environment.
    Environment {
        /// Its name.
        name: String,
        /// Where they are written.
        place: Place,
    },
    /// The key of git's configuration in this clone.
    Git(String),
    /// Nobody has said anything.
    Default,
}

impl Setting {
    /// Where it is written.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match &self.origin {
            SettingOrigin::File(place) | SettingOrigin::Environment { place, .. } => Some(place),
            SettingOrigin::Git(_) | SettingOrigin::Default => None,
        }
    }
}

/// The settings that are written, and what stands together.
pub(super) struct Written {
    pub(super) settings: Vec<Setting>,
    pub(super) members: Vec<Member>,
}

/// A trigger, an action of the project's own, or a member of another list.
pub(super) struct Member {
    /// What the paths of its settings begin with.
    pub(super) key: String,
    /// Its first character, and the last one, by line and column.
    from: (usize, usize),
    to: (usize, usize),
    spoilt: Spoilt,
}

/// Which error leaves all of a member out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoilt {
    /// Any in it.
    ByAny,
    /// One of the whole, which stands where it begins.
    AsWhole,
}

impl Member {
    /// Whether an error at that place leaves it out.
    pub(super) fn is_spoilt_at(&self, place: &Place) -> bool {
        let at = (place.line, place.column);
        match self.spoilt {
            Spoilt::ByAny => (self.from..=self.to).contains(&at),
            Spoilt::AsWhole => at == self.from,
        }
    }
}

/// The settings of a file in an environment, as written, in the order of the file, defaults last. What an
/// environment cannot change keeps its value.
///
/// # Errors
/// When there is no environment of that name.
pub fn effective(path: &TreePath, bytes: &[u8], name: Option<&str>) -> Result<Vec<Setting>, UnknownEnvironment> {
    let mut found = written_settings(path, bytes, name)?.settings;
    add_defaults(&mut found);
    Ok(found)
}

/// The same without defaults.
pub(super) fn written_settings(
    path: &TreePath,
    bytes: &[u8],
    name: Option<&str>,
) -> Result<Written, UnknownEnvironment> {
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader::new(path, bytes, bytes.len() - content.len());
    let root = parse(&mut reader, content, keys::WRAPPER);
    let settings = root.map(|root| unwrap(&mut reader, root));
    let mut found: Vec<Setting> = Vec::new();
    let mut members: Vec<Member> = Vec::new();
    if let Some(settings) = &settings {
        let mut flat = Flat::default();
        for entry in counting(settings.entries()).filter(|entry| entry.key != "environments") {
            flatten(&entry.key, &entry.key, &entry.value, &mut flat);
        }
        let Flat { settings: flat, members: whole } = flat;
        members.extend(whole.into_iter().map(|(key, node)| {
            let at = |offset| {
                let place = reader.place(Span::at(offset));
                (place.line, place.column)
            };
            let is_sound_whole = key.starts_with("triggers[") || key.starts_with("actions.");
            let spoilt = if is_sound_whole { Spoilt::ByAny } else { Spoilt::AsWhole };
            Member { key, from: at(node.span.start), to: at(node.span.end), spoilt }
        }));
        found.extend(flat.into_iter().map(|(key, node)| Setting {
            key,
            value: node.to_value(),
            origin: SettingOrigin::File(reader.place(node.span)),
        }));
    }
    if let Some(name) = name {
        let last = |node, key| written(node, key).map(|entry| &entry.value);
        let environments = settings.as_ref().and_then(|settings| last(settings, "environments"));
        let entries = environments.map(Node::entries).unwrap_or_default();
        // One that is no mapping is none.
        let is_one = |entry: &&Entry| entry.value.is_null() || matches!(entry.value.kind, NodeKind::Mapping { .. });
        let Some(Entry { value: over, .. }) = counting(entries).filter(is_one).find(|entry| entry.key == name) else {
            let known: Vec<String> = entries.iter().filter(is_one).map(|entry| entry.key.clone()).collect();
            let suggestion = suggest::closest(name, known.iter().map(String::as_str)).map(ToOwned::to_owned);
            return Err(UnknownEnvironment { name: name.to_owned(), suggestion, known });
        };
        let mut flat = Flat::default();
        for entry in counting(over.entries()) {
            flatten(&entry.key, &entry.key, &entry.value, &mut flat);
        }
        for (key, node) in flat.settings {
            if keys::reach(&key) != Some(keys::Reach::Effects) {
                continue;
            }
            let place = reader.place(node.span);
            let origin = SettingOrigin::Environment { name: name.to_owned(), place };
            lay_over(&mut found, Setting { key, value: node.to_value(), origin });
        }
    }
    Ok(Written { settings: found, members })
}

/// Adds what holds where nothing is written.
pub(super) fn add_defaults(settings: &mut Vec<Setting>) {
    defaults(SETTINGS, "", settings);
}

/// The entries of a mapping: of a key that is written twice the last.
fn counting(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let last: HashMap<&str, usize> = entries.iter().enumerate().map(|(at, entry)| (entry.key.as_str(), at)).collect();
    entries
        .iter()
        .enumerate()
        .filter(move |(at, entry)| last.get(entry.key.as_str()) == Some(at))
        .map(|(_, entry)| entry)
}

/// Puts a setting in the place of what it replaces.
fn lay_over(settings: &mut Vec<Setting>, setting: Setting) {
    let below = |key: &str| key.strip_prefix(&setting.key).is_some_and(|rest| rest.starts_with(['.', '[']));
    let above = |key: &str| setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', '[']));
    let at = settings.iter().position(|known| known.key == setting.key || below(&known.key) || above(&known.key));
    settings.retain(|known| known.key != setting.key && !below(&known.key) && !above(&known.key));
    // Behind its neighbours where it is new.
    let parent = setting.key.rsplit_once('.').map_or("", |(parent, _)| parent);
    let beside = settings.iter().rposition(|known| !parent.is_empty() && known.key.starts_with(parent));
    let at = at.or(beside.map(|at| at + 1)).unwrap_or(settings.len()).min(settings.len());
    settings.insert(at, setting);
}

/// Settings by their paths, and what several of them are parts of.
#[derive(Default)]
struct Flat<'n> {
    settings: Vec<(String, &'n Node)>,
    members: Vec<(String, &'n Node)>,
}

fn flatten<'n>(path: &str, name: &str, node: &'n Node, into: &mut Flat<'n>) {
    match &node.kind {
        NodeKind::Mapping { entries, .. } if !entries.is_empty() => {
            for entry in counting(entries) {
                let below = format!("{path}.{}", entry.key);
                if path == "actions" {
                    into.members.push((below.clone(), &entry.value));
                }
                flatten(&below, &entry.key, &entry.value, into);
            }
        }
        NodeKind::Sequence { items, .. } if environment::identity(name).is_some() && !items.is_empty() => {
            let identity = environment::identity(name).unwrap_or_default();
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for (at, item) in items.iter().enumerate() {
                let called =
                    item.get(identity).and_then(Node::text).map_or_else(|| (at + 1).to_string(), str::to_owned);
                let count = seen.entry(called.clone()).or_default();
                *count += 1;
                let member = if *count > 1 { format!("{path}[{called}#{count}]") } else { format!("{path}[{called}]") };
                into.members.push((member.clone(), item));
                flatten(&member, "", item, into);
            }
        }
        _ => into.settings.push((path.to_owned(), node)),
    }
}

/// Adds what holds for keys that are not written and have a default.
fn defaults(keys: &'static [Key], path: &str, found: &mut Vec<Setting>) {
    for key in keys {
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        match (key.value, key.default) {
            (ValueKind::Keys(inner), _) => defaults(inner, &path, found),
            (_, Some(default)) if !found.iter().any(|setting| is_below(&setting.key, &path)) => {
                let value = match default {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    text => text.parse::<u64>().map_or_else(|_| Value::String(text.to_owned()), Value::from),
                };
                found.push(Setting { key: path, value, origin: SettingOrigin::Default });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = include_str!("../../../fixtures/valid/workflow/full.yaml");

    fn shown(text: &str, environment: Option<&str>) -> Vec<String> {
        let settings = effective(&TreePath::workflow(), text.as_bytes(), environment).unwrap();
        let shown = settings.iter().map(|setting| {
            let origin = match &setting.origin {
                SettingOrigin::File(place) => place.line.to_string(),
                SettingOrigin::Environment { name, place } => format!("{name}:{}", place.line),
                SettingOrigin::Git(key) => key.clone(),
                SettingOrigin::Default => "default".to_owned(),
            };
            format!("{} = {} ({origin})", setting.key, setting.value)
        });
        shown.collect()
    }

    #[test]
    fn each_setting_has_its_origin() {
        let text = "mode: warn\nnotifications:\n  channels:\n    - type: slack\n      channel: '#all'\n      events: [a]\n\
                    environments:\n  live:\n    mode: commit\n    notifications:\n      enabled: false\n      channels:\n\
                    \x20       - {type: slack, channel: '#live'}\n        - {type: email}\n";
        let base = shown(text, None);
        assert!(base.contains(&"mode = \"warn\" (1)".to_owned()), "{base:#?}");
        assert!(base.contains(&"notifications.enabled = true (default)".to_owned()), "{base:#?}");
        let live = shown(text, Some("live"));
        insta::assert_snapshot!(live[..6].join("\n"), @r##"
        mode = "warn" (1)
        notifications.channels[slack].type = "slack" (live:13)
        notifications.channels[slack].channel = "#live" (live:13)
        notifications.channels[slack].events = ["a"] (6)
        notifications.enabled = false (live:11)
        notifications.channels[email].type = "email" (live:14)
        "##);
        assert!(effective(&TreePath::workflow(), text.as_bytes(), Some("lvie")).is_err());
    }

    #[test]
    fn an_environment_gives_free_names_their_values() {
        let text = "notifications: {templates: {mine: here, yours: here}}\nexecution: {priority_levels: {urgent: 1}}\n\
                    environments:\n  live:\n    notifications: {templates: {mine: there}}\n    \
                    execution: {priority_levels: {urgent: 9}}\n    statuses: {mine: {category: done}}\n";
        let live = shown(text, Some("live"));
        for line in [
            "notifications.templates.mine = \"there\" (live:5)",
            "notifications.templates.yours = \"here\" (1)",
            "execution.priority_levels.urgent = 9 (live:6)",
        ] {
            assert!(live.contains(&line.to_owned()), "{line}: {live:#?}");
        }
        assert!(!live.iter().any(|line| line.starts_with("statuses")), "{live:#?}");
    }

    #[test]
    fn the_key_that_counts_is_the_one_that_is_shown() {
        let text = "mode: warn\nnotifications: {enabled: true}\nenvironments: {old: {}}\nworkflow_config:\n  mode: commit\n  \
                    notifications: {on_failure: [a], on_failure: [b]}\n  environments:\n    prod: {notifications: {enabled: false}}\n";
        let base = shown(text, None);
        let at = |key: &str| base.iter().filter(|line| line.starts_with(key)).cloned().collect::<Vec<_>>();
        assert_eq!(at("mode "), ["mode = \"commit\" (5)"]);
        assert_eq!(at("notifications.enabled "), ["notifications.enabled = true (default)"]);
        assert_eq!(at("notifications.on_failure "), ["notifications.on_failure = [\"b\"] (6)"]);
        assert!(shown(text, Some("prod")).contains(&"notifications.enabled = false (prod:8)".to_owned()));
        assert!(effective(&TreePath::workflow(), text.as_bytes(), Some("old")).is_err());
    }

    #[test]
    fn laid_over_and_merged_are_the_same() {
        let (workflow, _) = super::super::read(&TreePath::workflow(), FULL.as_bytes());
        for name in workflow.environments.keys() {
            let settings = effective(&TreePath::workflow(), FULL.as_bytes(), Some(name)).unwrap();
            let sections = workflow.outside(Some(name)).unwrap().sections;
            let mut compared = 0;
            for setting in settings.iter().filter(|setting| setting.origin != SettingOrigin::Default) {
                let pointer = format!("/{}", setting.key.replace('.', "/"));
                let Some(section) = setting.key.split('.').next().and_then(|name| sections.get(name)) else { continue };
                if setting.key.contains('[') {
                    continue;
                }
                let inner = pointer.splitn(3, '/').nth(2).unwrap();
                assert_eq!(section.pointer(&format!("/{inner}")), Some(&setting.value), "{name} {}", setting.key);
                compared += 1;
            }
            assert!(compared > 20, "{compared}");
        }
    }
}
