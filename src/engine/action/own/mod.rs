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
        OwnKind::CreateTask(parameters) => create(context, parameters),
        OwnKind::Report(wanted) => report::plan(context, wanted),
    }
}

/// What a name in braces stands for: a parameter of the call, or something of the event. A parameter that has a name in it
/// which stands for nothing keeps that name in braces.
fn lookup(context: &Context<'_>, name: &str) -> Option<String> {
    match parameter(context, name) {
        Some(rendered) => Some(rendered.text),
        None => message::lookup(context, name),
    }
}

/// A parameter of the call with its names filled in.
fn parameter(context: &Context<'_>, name: &str) -> Option<template::Rendered> {
    let text = context.call.and_then(|call| call.parameters.get(name)).map(plain)?;
    Some(template::render(&text, &|field| message::lookup(context, field), &str::to_owned))
}

/// Why a text cannot be written into the tree: a name in it stands for nothing, or one in a parameter that it names.
fn unfilled(context: &Context<'_>, of: &str, text: &str) -> Option<String> {
    let nothing = std::cell::RefCell::new(None);
    let look = |name: &str| match parameter(context, name) {
        Some(rendered) => {
            if let Some(inner) = rendered.missing.first() {
                let why = || format!("`{{{inner}}}` of the parameter `{name}` stands for nothing");
                nothing.borrow_mut().get_or_insert_with(why);
            }
            Some(rendered.text)
        }
        None => message::lookup(context, name),
    };
    let rendered = template::render(text, &look, &str::to_owned);
    let own = rendered.missing.first().map(|name| format!("`{{{name}}}` of `{of}` stands for nothing"));
    own.or(nothing.into_inner())
}

/// A task, unless a text of it would have a name in it that stands for nothing.
fn create(context: &Context<'_>, parameters: &serde_json::Map<String, Value>) -> Outcome {
    for (of, value) in parameters {
        if let Some(why) = create_task::texts(value).into_iter().find_map(|text| unfilled(context, of, text)) {
            return Outcome::failed(why);
        }
    }
    create_task::make(context, None, parameters, &|name| lookup(context, name))
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
