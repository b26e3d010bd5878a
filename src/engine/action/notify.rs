use super::{About, Action, Context, Makes, Outcome};
use crate::engine::effect::EffectKind;
use crate::engine::message;

/// Messages to whoever takes part
pub(super) struct Notify;

impl Action for Notify {
    fn name(&self) -> &'static str {
        "notify_*"
    }

    fn is_named(&self, name: &str) -> bool {
        name.strip_prefix("notify_").is_some_and(|rest| !rest.is_empty())
    }

    fn about(&self) -> About {
        About {
            writes: "no file: an effect `notify`, with the fitting text for each channel that wants it; recorded in the outbox once for each event, trigger and action",
            nothing: "where `notifications.enabled` or `task_integration.notification_hooks` is `false`; fails where the named template is not there",
            parameters: message::PARAMETERS,
        }
    }

    fn makes(&self) -> Makes {
        Makes::Effects
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        message::plan(context, EffectKind::Notify, "notify_message")
    }
}
