use super::remedy::Remedy;
use super::{Ailment, Check, Look, Patient};
use crate::app::AppError;

pub(super) const CHECK: Check = Check {
    name: "cursor",
    about: "processing of a branch stands at a commit that is gone; branches that are gone have left theirs (a note)",
    mends: "forgets it: the branch begins where others that it shares history with were processed, else with its present state. \
            Of a branch that is gone, only where no branch without a cursor could begin there",
    look: Look::Fallible(look),
};

fn look(patient: &Patient<'_>) -> Result<Vec<Ailment>, AppError> {
    let Some(project) = patient.project() else { return Ok(Vec::new()) };
    let repository = &project.repository;
    let cursors = repository.cursors()?;
    let branches = repository.branches()?;
    let mut found = Vec::new();
    let mut left = Vec::new();
    for cursor in &cursors {
        let is_gone = !branches.contains(&cursor.branch);
        match &cursor.commit {
            None => found.push(
                Ailment {
                    place: Some(format!("refs/taskmaster/cursor/{}", cursor.branch)),
                    ..Ailment::fault(
                        format!("processing of `{}` stands at a commit that is gone", cursor.branch.escape_debug()),
                        "taskmaster doctor --fix forgets it; nothing follows then from what came before",
                    )
                }
                .remedy(Remedy::RemoveCursors(vec![cursor.branch.clone()])),
            ),
            Some(commit) if is_gone => left.push((cursor.branch.clone(), commit)),
            Some(_) => {}
        }
    }
    // A branch that has a new name, or was rescued, begins where its old name stood.
    let begins = |branch: &String| !cursors.iter().any(|cursor| cursor.branch == *branch && cursor.commit.is_some());
    let mut beginners = Vec::new();
    for branch in branches.iter().filter(|branch| begins(branch)) {
        beginners.extend(repository.branch_tip(branch)?);
    }
    if repository.branch()?.is_none() {
        beginners.extend(repository.head()?);
    }
    let mut unneeded = Vec::new();
    for (branch, commit) in left {
        let mut needed = false;
        for tip in &beginners {
            needed |= repository.is_ancestor(commit, tip)?;
        }
        if !needed {
            unneeded.push(branch);
        }
    }
    if let Some(first) = unneeded.first() {
        let more = if unneeded.len() > 1 { format!(" and {} more", unneeded.len() - 1) } else { String::new() };
        let what = format!("`{}`{more}: a branch that is gone has left its cursor", first.escape_debug());
        found.push(Ailment::note(what, "taskmaster doctor --fix forgets it").remedy(Remedy::RemoveCursors(unneeded)));
    }
    Ok(found)
}
