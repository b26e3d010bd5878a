use serde_json::Value;

use super::rules::{Repeats, Terms};
use super::settings::Settings;
use crate::store::Intent;

/// What stands in a document behind a JSON pointer; null where nothing does.
pub(super) fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// One of the things that an intent asks for, as it was planned: variables by their names.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Delivery {
    /// A command.
    Run { command: String },
    /// A request with the effect's key on it.
    Webhook {
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        secret: Option<String>,
        body: String,
        whose: Whose,
    },
    /// A message for Slack.
    Slack { url: Option<String>, channel: String, text: String },
    /// A mail.
    Email { recipients: Vec<String>, subject: String, text: String },
    /// A workflow of GitHub Actions that is to start.
    Github { url: String, token: String, body: String },
    /// Something that nothing here carries out.
    Unknown { why: String },
}

/// Who has asked for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A channel for messages: whoever is behind it knows keys.
    Channel,
    /// An action of the project's own, to whatever service.
    Action,
}

impl Delivery {
    /// What a second attempt would do.
    pub(super) fn repeats(&self, terms: &Terms) -> Repeats {
        match self {
            Self::Webhook { whose: Whose::Channel, .. } => Repeats::Harmless,
            // These are so by what they mean (RFC 9110, 9.2.2).
            Self::Webhook { method, .. } if matches!(method.as_str(), "GET" | "PUT" | "DELETE") => Repeats::Harmless,
            Self::Webhook { .. } | Self::Run { .. } => terms.repeats,
            Self::Slack { .. } | Self::Email { .. } | Self::Github { .. } | Self::Unknown { .. } => Repeats::Unsaid,
        }
    }

    /// How often it is tried again.
    pub(super) fn retries(&self, terms: &Terms) -> u64 {
        match self {
            // A command that has failed has done something.
            Self::Run { .. } if terms.repeats == Repeats::Unsaid => terms.retries.unwrap_or(0),
            _ => terms.retries.unwrap_or(terms.usual_retries),
        }
    }
}

/// What an intent asks for, in order; their places in it are their numbers. Channels are reached as `settings` say, where they
/// are known.
pub(super) fn of(intent: &Intent, settings: Option<&Settings>) -> Vec<Delivery> {
    let data = &intent.data;
    let event = at(data, "/event");
    let kind = at(data, "/kind").as_str().unwrap_or_default();
    if kind == "run" {
        let command = at(event, "/run/command").as_str().unwrap_or_default().to_owned();
        return vec![Delivery::Run { command }];
    }
    let listed = at(data, "/deliveries").as_array().map(Vec::as_slice).unwrap_or_default();
    if kind == "dispatch" {
        return listed.iter().map(dispatch).collect();
    }
    // The address of a request is what the action asks for.
    if kind == "webhook" {
        return listed.iter().map(|delivery| one(delivery, at(event, "/webhook"))).collect();
    }
    let reached = |delivery: &Value| settings.map_or_else(|| delivery.clone(), |settings| settings.reached(delivery));
    listed.iter().map(|delivery| one(&reached(delivery), &Value::Null)).collect()
}

fn dispatch(delivery: &Value) -> Delivery {
    let text = |pointer: &str| at(delivery, pointer).as_str().unwrap_or_default().to_owned();
    match text("/channel").as_str() {
        "github" => Delivery::Github { url: text("/url"), token: text("/secret"), body: text("/text") },
        other => Delivery::Unknown { why: format!("nothing here starts workflows of `{other}`") },
    }
}

fn one(delivery: &Value, request: &Value) -> Delivery {
    let text = |name: &str| at(delivery, &format!("/{name}")).as_str().map(ToOwned::to_owned);
    let channel = text("channel").unwrap_or_default();
    let body = text("text").unwrap_or_default();
    let plain = || vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    match (channel.as_str(), text("url")) {
        ("slack", url) => Delivery::Slack { url, channel: text("address").unwrap_or_default(), text: body },
        ("email", _) => {
            let listed = at(delivery, "/recipients").as_array().map(Vec::as_slice).unwrap_or_default();
            let recipients = listed.iter().filter_map(|text| text.as_str().map(ToOwned::to_owned)).collect();
            Delivery::Email { recipients, subject: text("subject").unwrap_or_default(), text: body }
        }
        (_, None) => {
            Delivery::Unknown { why: format!("the channel `{channel}` has no `url`, and nothing else is known of it") }
        }
        (kind, Some(url)) => Delivery::Webhook {
            method: at(request, "/method").as_str().unwrap_or("POST").to_owned(),
            url,
            headers: match at(request, "/headers").as_object() {
                Some(headers) => headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                    .collect(),
                None if kind == "webhook" => Vec::new(),
                None => plain(),
            },
            secret: text("secret"),
            body,
            whose: if request.is_null() { Whose::Channel } else { Whose::Action },
        },
    }
}
