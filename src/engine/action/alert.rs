use super::{About, Action, Context, Makes, Outcome};
use crate::engine::effect::EffectKind;
use crate::engine::message;

/// Messages that cannot wait
pub(super) struct Alert;

impl Action for Alert {
    fn name(&self) -> &'static str {
        "alert_*"
    }

    fn is_named(&self, name: &str) -> bool {
        name.strip_prefix("alert_").is_some_and(|rest| !rest.is_empty())
    }

    fn about(&self) -> About {
        About {
            writes: "no file: an effect `alert`, with the fitting text for each channel that wants it; recorded in the outbox once for each event, trigger and action",
            nothing: "where `notifications.enabled` or `task_integration.notification_hooks` is `false`; fails where the named template is not there",
            parameters: message::PARAMETERS,
        }
    }

    fn makes(&self) -> Makes {
        Makes::Effects
    }

    fn plan(&self, context: &Context<'_>) -> Outcome {
        message::plan(context, EffectKind::Alert, "alert_message")
    }
}
