use serde_json::{Map, Value, json};

use super::super::{Context, Outcome};
use crate::engine::effect::{Effect, EffectKind};
use crate::engine::message;
use crate::format::workflow::OwnAction;

/// A command, as written: data of events never goes into its text, but beside it, and so does what it is called with.
pub(super) fn plan(context: &Context<'_>, own: &OwnAction, command: &str) -> Outcome {
    let name = context.call.map_or("run", |call| call.name.as_str());
    let mut missing = Vec::new();
    let parameters = context.call.map(|call| &call.parameters).into_iter().flatten();
    let parameters: Map<String, Value> =
        parameters.map(|(name, value)| (name.clone(), message::filled(context, value, &mut missing))).collect();
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
        missing,
    })
}
