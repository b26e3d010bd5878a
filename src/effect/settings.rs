//! How messages are delivered. What a message says, and to whom, is as it was recorded; how it gets there is as the
//! user's configuration says now: the version of HEAD where that is allowed, else the one that was allowed last. What
//! that does not say, the version says that the message was recorded by.

use std::sync::Arc;

use serde_json::{Value, json};

use super::delivery::at;
use super::rules::environment;
use super::{Rules, Site};
use crate::format::mail_address::is_no_mail_address;
use crate::format::workflow::{Channel, Identity};
use crate::store::Intent;

/// The settings that one effect is delivered by; all of them are allowed.
pub(super) struct Settings {
    environment: Option<String>,
    recorded: Arc<Rules>,
    /// `None` where that is the version that it was recorded by.
    now: Option<Arc<Rules>>,
}

impl Settings {
    pub(super) fn of(site: &Site, intent: &Intent, recorded: &Arc<Rules>) -> Self {
        let environment = environment(intent).map(ToOwned::to_owned);
        let now = site
            .in_force()
            .filter(|(hash, now)| intent.config.as_ref() != Some(hash) && now.knows(environment.as_deref()));
        Self { environment, recorded: Arc::clone(recorded), now: now.map(|(_, now)| now) }
    }

    /// An address under `endpoints`, as written.
    pub(super) fn endpoint(&self, name: &str) -> Option<String> {
        self.endpoint_now(name).or_else(|| self.recorded.endpoint(self.environment.as_deref(), name))
    }

    fn endpoint_now(&self, name: &str) -> Option<String> {
        self.now.as_ref()?.endpoint(self.environment.as_deref(), name)
    }

    /// Whose mails are.
    pub(super) fn sender(&self) -> Option<&Identity> {
        self.now.as_ref().and_then(|now| now.sender()).or_else(|| self.recorded.sender())
    }

    /// A delivery as it was recorded, with what its channel says by now of how it is reached. Who was to get it stays; where
    /// nobody was named, those get it who are now, and who was misspelt and was corrected gets it, too.
    pub(super) fn reached(&self, recorded: &Value) -> Value {
        let mut delivery = recorded.clone();
        let Some(channel) = self.channel(recorded) else { return delivery };
        let Some(fields) = delivery.as_object_mut() else { return delivery };
        // The common address of all such channels comes before one that the channel had.
        if channel.url.is_some() || (channel.kind == "slack" && self.endpoint_now("slack_webhook").is_some()) {
            fields.insert("url".to_owned(), json!(channel.url));
        }
        fields.insert("secret".to_owned(), json!(channel.secret));
        if let Some(recipients) = recipients(recorded, &channel.recipients) {
            fields.insert("recipients".to_owned(), json!(recipients));
        }
        delivery
    }

    /// The channel that a delivery was recorded for, as it is now: known by its type and what people call it, or by its
    /// type, where there was one of that and is one. Of several that might be meant it is none.
    fn channel(&self, recorded: &Value) -> Option<&Channel> {
        let now = self.now.as_ref()?.channels(self.environment.as_deref());
        let kind = at(recorded, "/channel").as_str()?;
        let address = at(recorded, "/address").as_str()?;
        let alone = |channels: &mut dyn Iterator<Item = &'_ Channel>| channels.count() == 1;
        let called = || now.iter().filter(|channel| channel.kind == kind && channel.label() == address);
        if alone(&mut called()) {
            return called().next();
        }
        let before = self.recorded.channels(self.environment.as_deref());
        let of_kind = || now.iter().filter(|channel| channel.kind == kind);
        let is_clear = alone(&mut of_kind()) && alone(&mut before.iter().filter(|channel| channel.kind == kind));
        is_clear.then(|| of_kind().next()).flatten()
    }
}

/// Who gets a mail, where that is not as it was recorded: all that are named now where nobody was, and in the place of what is no
/// mail address what stands there now, where all others are the same. So whoever has the mail keeps his number.
fn recipients(recorded: &Value, now: &[String]) -> Option<Vec<String>> {
    let listed = at(recorded, "/recipients").as_array().map(Vec::as_slice).unwrap_or_default();
    let before: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
    // What is corrected to somebody who has it already is left alone.
    let is_kept =
        |(old, new): (&&str, &String)| *old == new || (is_no_mail_address(old) && !before.contains(&new.as_str()));
    let is_mended = before.len() == now.len() && before.iter().zip(now).all(is_kept);
    (before.is_empty() || is_mended).then(|| now.to_vec())
}
