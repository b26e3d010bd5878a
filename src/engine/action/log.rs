use serde_json::json;

use super::{About, Action, Context, Makes, Outcome, Parameter, ParameterKind};
use crate::engine::effect::{Effect, EffectKind};
use crate::engine::{message, template};

/// Lines for the log: `log_*`.
pub(super) struct Log;

impl Action for Log {
    fn name(&self) -> &'static str {
        "log_*"
    }

    fn is_named(&self, name: &str) -> bool {
        name.strip_prefix("log_").is_some_and(|rest| !rest.is_empty())
    }

    fn about(&self) -> About {
        About {
            writes: "no file of the tree: an effect `log`, a line with a level and a text; written into the log of the clone that commits what follows, on any branch, once for each event, trigger and action",
            nothing: "never: a line is planned each time",
            parameters: &[
                Parameter {
                    name: "text",
                    kind: ParameterKind::Template,
                    about: "the line; the event and its task where it is not written",
                },
                Parameter {
                    name: "level",
                    kind: ParameterKind::Text,
                    about: "`debug`, `info`, `warning`, `error` or `critical`; where it is not written, the one in the action's name (`log_critical_event`), or `info`",
                },
            ],
        }
    }

    fn makes(&self) -> Makes {
        Makes::Effects
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        let name = context.call.map_or("log_event", |call| call.name.as_str());
        let is_change = context.event.old.is_some() || context.event.new.is_some();
        let written = context.parameter("text").unwrap_or(if context.event.task.is_some() && is_change {
            "{event}: task {task.id} '{task_title}' {old|none} -> {new|none}"
        } else if context.event.task.is_some() {
            "{event}: task {task.id} '{task_title}'"
        } else if context.event.metadata.get("error_message").is_some_and(|message| !message.is_null()) {
            "{event}: {error_message}"
        } else {
            "{event}"
        });
        let text = template::render(written, &|field| message::lookup(context, field), &str::to_owned);
        let level = context.parameter("level").unwrap_or_else(|| level_in(name));
        let mut data = message::data(context);
        if let Some(data) = data.as_object_mut() {
            data.insert("level".to_owned(), json!(level));
        }
        Outcome::effect(Effect {
            kind: EffectKind::Log,
            destination: name.to_owned(),
            text: text.text,
            deliveries: Vec::new(),
            data,
            missing: text.missing,
        })
    }
}

/// The words that a level is written by, in any case, each with the level's name.
pub const LEVELS: [(&str, &str); 9] = [
    ("debug", "debug"),
    ("info", "info"),
    ("warning", "warning"),
    ("error", "error"),
    ("critical", "critical"),
    ("trace", "debug"),
    ("warn", "warning"),
    ("failure", "error"),
    ("emergency", "critical"),
];

/// The level that a word means.
#[must_use]
pub fn level_named(word: &str) -> Option<&'static str> {
    LEVELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

/// The level that an action's name has in it.
fn level_in(name: &str) -> &'static str {
    const WORDS: [(&str, &str); 6] = [
        ("critical", "critical"),
        ("emergency", "critical"),
        ("error", "error"),
        ("failure", "error"),
        ("warning", "warning"),
        ("debug", "debug"),
    ];
    let parts: Vec<&str> = name.split(['_', '-', '.']).collect();
    WORDS.iter().find(|(word, _)| parts.contains(word)).map_or("info", |(_, level)| level)
}

#[cfg(test)]
mod tests {
    use super::level_in;

    #[test]
    fn a_name_may_have_a_level_in_it() {
        assert_eq!(level_in("log_critical_event"), "critical");
        assert_eq!(level_in("log_error"), "error");
        assert_eq!(level_in("log_terror"), "info");
    }
}
