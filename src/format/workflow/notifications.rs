use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::Reader;
use crate::format::yaml::Node;
use crate::model::Place;

/// `notifications`: who is told what. What is not written switches nothing off; what is misspelt does.
#[derive(Debug, Clone, PartialEq)]
pub struct Notifications {
    /// Whether anybody is told anything.
    pub enabled: bool,
    /// Where messages go.
    pub channels: Vec<Channel>,
    /// Texts by name.
    pub templates: BTreeMap<String, String>,
}

/// Where the parts of `notifications` are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NotificationPlaces {
    /// Each member of `channels`, in order.
    pub channels: Vec<Place>,
    /// Each text under `templates`, by its name.
    pub templates: BTreeMap<String, Place>,
    /// Of each environment the members of its `channels`: their types, and where they are written.
    pub environments: BTreeMap<String, Vec<(String, Place)>>,
}

impl NotificationPlaces {
    pub(super) fn read(reader: &Reader<'_>, settings: &Node) -> Self {
        let section = settings.get("notifications");
        let part = |key: &str| section.and_then(|section| section.get(key));
        let channels = part("channels").map(Node::items).unwrap_or_default();
        let templates = part("templates").map(Node::entries).unwrap_or_default();
        let environments = settings.get("environments").map(Node::entries).unwrap_or_default().iter().map(|entry| {
            let section = entry.value.get("notifications");
            let channels = section.and_then(|section| section.get("channels")).map(Node::items).unwrap_or_default();
            let typed = channels
                .iter()
                .filter_map(|channel| Some((channel.get("type")?.text()?.to_owned(), reader.place(channel.span))));
            (entry.key.clone(), typed.collect())
        });
        Self {
            environments: environments.collect(),
            channels: channels.iter().map(|channel| reader.place(channel.span)).collect(),
            templates: templates.iter().map(|entry| (entry.key.clone(), reader.place(entry.key_span))).collect(),
        }
    }
}

/// One channel, as written: `${VAR}` in it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// `email`, `slack`, `webhook`, or what it is called.
    pub kind: String,
    /// Whether it gets anything.
    pub enabled: bool,
    /// The names of what it gets; `None` for all.
    pub events: Option<Vec<String>>,
    /// Addresses, of an email channel.
    pub recipients: Vec<String>,
    /// The name, of a Slack channel.
    pub channel: Option<String>,
    /// The address, of a webhook or a Slack channel.
    pub url: Option<String>,
    /// What a webhook's requests are signed with.
    pub secret: Option<String>,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { enabled: true, channels: Vec::new(), templates: BTreeMap::new() }
    }
}

impl Notifications {
    /// What a section says.
    #[must_use]
    pub fn of(section: Option<&Value>) -> Self {
        let Some(section) = section else { return Self::default() };
        let channels = section.get("channels").and_then(Value::as_array).into_iter().flatten();
        let templates = section.get("templates").and_then(Value::as_object).into_iter().flatten();
        Self {
            enabled: switch(section.get("enabled")),
            channels: channels.filter_map(Channel::of).collect(),
            templates: templates.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned()))).collect(),
        }
    }
}

impl Channel {
    fn of(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let texts = |value: &Value| -> Vec<String> {
            let items = value.as_array().into_iter().flatten();
            items.filter_map(|item| item.as_str().map(ToOwned::to_owned)).collect()
        };
        Some(Self {
            kind: text("type")?,
            enabled: switch(value.get("enabled")),
            events: value.get("events").filter(|events| !events.is_null()).map(texts),
            recipients: value.get("recipients").map(texts).unwrap_or_default(),
            channel: text("channel"),
            url: text("url"),
            secret: text("secret"),
        })
    }

    /// What people call it: its type and where it goes.
    #[must_use]
    pub fn label(&self) -> String {
        let place = self.channel.clone().or_else(|| self.url.clone());
        let place = place.or_else(|| (!self.recipients.is_empty()).then(|| self.recipients.join(", ")));
        place.map_or_else(|| self.kind.clone(), |place| format!("{} {place}", self.kind))
    }

    /// Whether it gets what has one of these names.
    #[must_use]
    pub fn wants(&self, names: &[String]) -> bool {
        let Some(events) = &self.events else { return true };
        events.iter().any(|event| event == "all" || names.contains(event))
    }
}

/// Not written is on; anything but `true` is off.
fn switch(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_bool() == Some(true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_slip_of_the_keyboard_never_tells_more() {
        assert!(Notifications::of(None).enabled);
        assert!(Notifications::of(Some(&json!({}))).enabled);
        assert!(!Notifications::of(Some(&json!({"enabled": "yes"}))).enabled);
        let odd = json!({"channels": [{"type": "slack", "events": "all"}, {"type": "email", "enabled": 1}, {}]});
        let channels = Notifications::of(Some(&odd)).channels;
        assert_eq!(channels.len(), 2);
        assert!(!channels[0].wants(&["x".to_owned()]));
        assert!(!channels[1].enabled);
    }

    #[test]
    fn channels_choose_by_name() {
        let channel = |events: Value| {
            Notifications::of(Some(&json!({"channels": [{"type": "slack", "channel": "#a", "events": events}]})))
                .channels
                .remove(0)
        };
        let names = ["task_failed".to_owned()];
        assert!(channel(json!(["all"])).wants(&names));
        assert!(channel(json!(null)).wants(&names));
        assert!(channel(json!(["x", "task_failed"])).wants(&names));
        assert!(!channel(json!([])).wants(&names));
        assert_eq!(channel(json!([])).label(), "slack #a");
    }
}
