use super::{About, Action, Context, Outcome};

/// Names in use for actions that this version knows of and does not carry out.
pub(super) struct Unavailable;

const NAMES: [&str; 4] = ["assign_default_agent", "create_analytics_entry", "update_project_status", "generate_report"];

impl Action for Unavailable {
    fn name(&self) -> &'static str {
        "create_*, generate_*_report, update_project_status, assign_default_agent"
    }

    fn is_named(&self, name: &str) -> bool {
        NAMES.contains(&name)
            || (name.starts_with("create_") && name.ends_with("_task"))
            || (name.starts_with("generate_") && name.ends_with("_report"))
    }

    fn about(&self) -> About {
        About {
            writes: "no file: known by name and not carried out by this version",
            nothing: "always",
            parameters: &[],
        }
    }

    fn plan(&self, _: &Context<'_>) -> Outcome {
        Outcome::nothing("not carried out by this version of taskmaster")
    }
}
