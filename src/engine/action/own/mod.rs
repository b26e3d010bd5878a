//! Actions that the project declares itself.

mod report;
mod run;
mod set;
mod webhook;

use serde_json::Value;

use super::{Context, Outcome, create_task};
use crate::engine::event::plain;
use crate::engine::{message, template};
use crate::format::workflow::{OwnAction, OwnKind};

/// What follows from an action of the project's own.
pub(in crate::engine) fn plan(context: &Context<'_>, own: &OwnAction) -> Outcome {
    match &own.kind {
        OwnKind::Run(command) => run::plan(context, own, command),
        OwnKind::Webhook(webhook) => webhook::plan(context, own, webhook),
        OwnKind::Set(fields) => set::plan(context, fields),
        OwnKind::CreateTask(parameters) => create_task::make(context, None, parameters, &|name| lookup(context, name)),
        OwnKind::Report(wanted) => report::plan(context, wanted),
    }
}

/// What a name in braces stands for: a parameter of the call, or something of the event.
fn lookup(context: &Context<'_>, name: &str) -> Option<String> {
    let parameter = context.call.and_then(|call| call.parameters.get(name)).map(plain);
    parameter.map_or_else(
        || message::lookup(context, name),
        |text| Some(template::render(&text, &|field| message::lookup(context, field), &str::to_owned).text),
    )
}

/// A text with its names filled in, each value passed through `escape`.
fn filled(context: &Context<'_>, text: &str, escape: &dyn Fn(&str) -> String) -> template::Rendered {
    template::render(text, &|name| lookup(context, name), escape)
}

/// How an effect of the project's own is to be carried out, beside what it is.
fn terms(own: &OwnAction) -> Value {
    serde_json::json!({
        "timeout": own.timeout,
        "retries": own.retries,
        "idempotent": own.idempotent,
        "group": own.group,
        "group_policy": own.policy.name(),
    })
}
