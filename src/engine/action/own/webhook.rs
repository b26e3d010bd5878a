use serde_json::{Value, json};

use super::super::{Context, Outcome};
use crate::engine::effect::{Delivery, Effect, EffectKind};
use crate::engine::message;
use crate::engine::template::Rendered;
use crate::format::workflow::{OwnAction, Webhook};

/// A request: the address as written, headers on one line each, the body as JSON.
pub(super) fn plan(context: &Context<'_>, own: &OwnAction, webhook: &Webhook) -> Outcome {
    let name = context.call.map_or("webhook", |call| call.name.as_str());
    let mut data = message::data(context);
    let mut missing = Vec::new();
    let body = match &webhook.body {
        None => data.to_string(),
        // The author of a text has written its quotation marks: values must not end them.
        Some(Value::String(text)) => taken(super::filled(context, text, &message::json_text), &mut missing),
        Some(other) => rendered(context, other, &mut missing).to_string(),
    };
    let headers = webhook.headers.iter().map(|(header, text)| {
        let value = without_variables(&taken(super::filled(context, text, &hidden), &mut missing));
        (header.clone(), Value::String(message::header(&value)))
    });
    let headers: serde_json::Map<String, Value> = headers.collect();
    if let Some(data) = data.as_object_mut() {
        let request = json!({
            "method": webhook.method,
            "url": webhook.url,
            "headers": headers,
            "terms": super::terms(own),
        });
        data.insert("webhook".to_owned(), request);
    }
    let address = format!("{} {}", webhook.method, webhook.url);
    let delivery = Delivery {
        channel: "webhook".to_owned(),
        address: address.clone(),
        url: Some(webhook.url.clone()),
        recipients: Vec::new(),
        secret: webhook.secret.clone(),
        subject: None,
        text: body,
    };
    Outcome::effect(Effect {
        kind: EffectKind::Webhook,
        destination: name.to_owned(),
        text: address,
        deliveries: vec![delivery],
        data,
        missing,
    })
}

/// What stands for a dollar sign of a value until the whole text is there.
const DOLLAR: char = '\u{e024}';

/// A value in a text whose variables are filled in when it is sent: its own signs must not begin one, nor together with
/// what stands behind it.
fn hidden(value: &str) -> String {
    value.replace('$', DOLLAR.encode_utf8(&mut [0; 4]))
}

/// The text with the dollar signs of values, written so that they begin no variable.
fn without_variables(text: &str) -> String {
    text.replace(&format!("{DOLLAR}{{"), "$${").replace(DOLLAR, "$")
}

/// A text; the names in it that stand for nothing are noted once.
fn taken(rendered: Rendered, missing: &mut Vec<String>) -> String {
    let news = rendered.missing.into_iter().filter(|name| !missing.contains(name));
    let news: Vec<String> = news.collect();
    missing.extend(news);
    rendered.text
}

/// A mapping whose texts are filled in. Nothing is escaped: it is printed as JSON afterwards.
fn rendered(context: &Context<'_>, value: &Value, missing: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => Value::String(taken(super::filled(context, text, &str::to_owned), missing)),
        Value::Array(items) => Value::Array(items.iter().map(|item| rendered(context, item, missing)).collect()),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), rendered(context, value, missing)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}
