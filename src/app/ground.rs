//! Which branch a plan is made for.

use super::Project;
use crate::engine::creation::Ground;
use crate::format::workflow::Workflow;

/// What may be made on a branch, under the rules at its tip.
pub(super) fn ground(project: &Project, workflow: &Workflow, branch: Option<&str>) -> Ground {
    let shared = project.repository.shared_branch(workflow.git.canonical.as_deref());
    match (shared, branch) {
        (Some(shared), Some(branch)) if shared == branch => Ground::Canonical,
        (Some(canonical), _) => Ground::Beside { canonical },
        (None, _) => Ground::Elsewhere,
    }
}
