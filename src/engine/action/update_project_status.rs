use super::{About, Action, Context, Outcome};
use crate::engine::creation::Creation;

/// Keeps `reports/project-status.md` up to date.
pub(super) struct UpdateProjectStatus;

impl Action for UpdateProjectStatus {
    fn name(&self) -> &'static str {
        "update_project_status"
    }

    fn about(&self) -> About {
        About {
            writes: "the file `reports/project-status.md`, made or replaced whole, once for all that follows: how many tasks have which status, how far each task at the top is, what is under way, what has failed",
            nothing: "where it would say the same, of whatever event; where the change was taken back by a later commit, or the branch is not the shared one; fails where a file of that name was not written by the engine (its first line says so)",
            parameters: &[],
        }
    }

    fn plan(&self, _: &Context<'_>) -> Outcome {
        Outcome::made(vec![Creation::ProjectStatus])
    }
}
