use super::{About, Action, Context, Makes, Outcome};
use crate::engine::effect::EffectKind;
use crate::engine::message;

/// Messages
pub(super) struct Send;

impl Action for Send {
    fn name(&self) -> &'static str {
        "send_*"
    }

    fn is_named(&self, name: &str) -> bool {
        name.strip_prefix("send_").is_some_and(|rest| !rest.is_empty())
    }

    fn about(&self) -> About {
        About {
            writes: "no file: an effect `send`, with the fitting text for each channel that wants it; recorded in the outbox once for each event, trigger and action",
            nothing: "where `notifications.enabled` or `task_integration.notification_hooks` is `false`; fails where the named template is not there",
            parameters: message::PARAMETERS,
        }
    }

    fn makes(&self) -> Makes {
        Makes::Effects
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        message::plan(context, EffectKind::Send, "send_message")
    }
}
