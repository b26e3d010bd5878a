use serde_json::json;

use super::super::{Context, Outcome};
use crate::engine::effect::{Effect, EffectKind};
use crate::engine::message;
use crate::format::workflow::OwnAction;

/// A command, as written: data of events never goes into its text, but beside it.
pub(super) fn plan(context: &Context<'_>, own: &OwnAction, command: &str) -> Outcome {
    let name = context.call.map_or("run", |call| call.name.as_str());
    let parameters = context.call.map(|call| call.parameters.clone()).unwrap_or_default();
    let mut data = message::data(context);
    if let Some(data) = data.as_object_mut() {
        data.insert("run".to_owned(), json!({ "command": command, "with": parameters, "terms": super::terms(own) }));
    }
    Outcome::effect(Effect {
        kind: EffectKind::Run,
        destination: name.to_owned(),
        text: command.to_owned(),
        deliveries: Vec::new(),
        data,
        missing: Vec::new(),
    })
}
