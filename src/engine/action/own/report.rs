use serde_json::Value;

use super::super::{Context, Outcome, generate_report};
use crate::engine::event::plain;
use crate::engine::report::markdown;

/// A report: a text that is all of it, or what `generate_report` takes. Its folder is called as the action.
pub(super) fn plan(context: &Context<'_>, wanted: &Value) -> Outcome {
    let name = context.call.map_or("report", |call| call.name.as_str());
    match wanted {
        Value::Object(parameters) => {
            generate_report::write(context, name, parameters, &|field| super::lookup(context, field))
        }
        text => generate_report::write_text(name, &super::filled(context, &plain(text), &markdown::line).text),
    }
}
