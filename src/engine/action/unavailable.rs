use super::{About, Action, Context, Makes, Outcome};

/// Names in use for actions that this version knows of and does not carry out.
pub(super) struct Unavailable;

const NAMES: [&str; 3] = ["create_analytics_entry", "update_project_status", "generate_report"];

impl Action for Unavailable {
    fn name(&self) -> &'static str {
        "create_analytics_entry, generate_report, generate_*_report, update_project_status"
    }

    fn is_named(&self, name: &str) -> bool {
        NAMES.contains(&name) || (name.starts_with("generate_") && name.ends_with("_report"))
    }

    fn about(&self) -> About {
        About {
            writes: "no file: known by name and not carried out by this version",
            nothing: "always",
            parameters: &[],
        }
    }

    fn makes(&self) -> Makes {
        Makes::Nothing
    }

    fn plan(&self, _: &Context<'_>) -> Outcome {
        Outcome::nothing("not carried out by this version of taskmaster")
    }
}
