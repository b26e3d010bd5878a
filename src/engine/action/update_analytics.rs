use super::{About, Action, Context, Makes, Outcome};

/// Analytics are derived from git history, so there is nothing to keep up to date in the tree.
pub(super) struct UpdateAnalytics;

impl Action for UpdateAnalytics {
    fn name(&self) -> &'static str {
        "update_analytics"
    }

    fn about(&self) -> About {
        About {
            writes: "no file: analytics come from git history, where the event is recorded already",
            nothing: "always",
            parameters: &[],
        }
    }

    fn makes(&self) -> Makes {
        Makes::Nothing
    }

    fn plan(&self, _: &Context<'_>) -> Outcome {
        Outcome::nothing("git history has the event already")
    }
}
