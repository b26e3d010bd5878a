//! The task that a branch is named for: `task/18-parser`, `feature/18.5`, `task-18`. The one rule of it, for
//! every command.

use super::{AppError, Project, View};
use crate::model::{DEFAULT_TAG, Task, TaskId};

/// The folder of branches that are made for a task.
const FOLDER: &str = "task/";

/// How long the words behind the id become.
const LONGEST_SLUG: usize = 40;

/// The task that the branch HEAD is on is named for; `None` where it is named for none that exists.
///
/// # Errors
/// When HEAD cannot be read.
pub fn branch_task<'a>(project: &Project, view: &'a View) -> Result<Option<&'a Task>, AppError> {
    let Some(branch) = project.repository.branch()? else { return Ok(None) };
    Ok(ids_in(&branch).iter().find_map(|id| view.task(id).ok()))
}

/// The task that is named, or else the one the branch is named for.
///
/// # Errors
/// When the named one does not exist, or when none is named and the branch names none either.
pub fn task_or_branch<'a>(project: &Project, view: &'a View, named: Option<&str>) -> Result<&'a Task, AppError> {
    match named {
        Some(text) => view.task(&TaskId::parse(text)?),
        None => branch_task(project, view)?.ok_or(AppError::NoTaskNamed { branch: project.repository.branch()? }),
    }
}

/// The name of a branch for a task: `task/18-write-the-parser`, with the tag as a folder where it has one.
#[must_use]
pub fn branch_name(task: &Task) -> String {
    let tag = if task.id.tag() == DEFAULT_TAG { String::new() } else { format!("{}/", task.id.tag()) };
    let mut slug = String::new();
    for c in task.title().chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    let joint = if slug.is_empty() { "" } else { "-" };
    format!("{FOLDER}{tag}{}{joint}{slug}", task.id.path())
}

/// The ids that a branch's name may mean, the likeliest first.
fn ids_in(branch: &str) -> Vec<TaskId> {
    let (folder, last) = branch.rsplit_once('/').unwrap_or(("", branch));
    let own = format!("{folder}/");
    let tag = own.strip_prefix(FOLDER).map(|tag| tag.trim_end_matches('/')).filter(|tag| !tag.is_empty());
    let mut texts: Vec<&str> = Vec::new();
    texts.extend(leading_number(last));
    // A task may have a word for an id; only a folder of its own says that one is meant.
    if own.starts_with(FOLDER) {
        texts.push(last);
    }
    let plain: Vec<TaskId> = texts.into_iter().filter_map(|text| TaskId::parse(text).ok()).collect();
    let tagged = tag.into_iter().flat_map(|tag| plain.iter().map(move |id| id.with_tag(tag)));
    tagged.chain(plain.iter().cloned()).collect()
}

/// `18.5` of `18.5-parser`, `task-18.5`, `task_018.5_x`; `None` where no number leads.
fn leading_number(name: &str) -> Option<&str> {
    let word = name.get(.."task".len()).filter(|word| word.eq_ignore_ascii_case("task"));
    let rest = word.map_or(name, |word| name.get(word.len()..).unwrap_or_default().trim_start_matches(['-', '_']));
    let rest = rest.strip_prefix('#').unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, behind) = rest.split_at(end);
    let ends = behind.is_empty() || behind.starts_with(['-', '_']);
    (ends && number.starts_with(|c: char| c.is_ascii_digit())).then_some(number.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Snapshot, SourceFile, TreePath};

    fn ids(branch: &str) -> Vec<String> {
        ids_in(branch).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_branch_names_a_task_in_many_ways() {
        for branch in [
            "task/18-parser",
            "18-parser",
            "feature/18-parser",
            "task-18",
            "18",
            "TASK_018-x",
            "a/b/task-18-5",
            "fix/#18",
        ] {
            assert_eq!(ids(branch).first().map(String::as_str), Some("18"), "{branch}");
        }
        assert_eq!(ids("feature/18.5-parser"), ["18.5"]);
        assert_eq!(ids("task/alignment_audit"), ["alignment_audit"]);
        assert_eq!(ids("task/api/18-x").first().map(String::as_str), Some("api:18"));
    }

    #[test]
    fn other_branches_name_none() {
        for branch in ["main", "feature/login", "v2", "18th", "task", "fix/task", "", "release-2", "fix-#18-y", "#"] {
            assert!(ids(branch).is_empty(), "{branch}: {:?}", ids(branch));
        }
    }

    #[test]
    fn the_name_of_a_branch_leads_back_to_its_task() {
        let text =
            "---\ntask_id: task_018\nsubtask_id: null\ntitle: \"Écrire: the parser, at last!\"\nstatus: pending\n---\n";
        let mut snapshot = Snapshot::empty();
        let path = TreePath::new("context/task_018/task.md").unwrap();
        snapshot.files.insert(path, SourceFile::new(text.as_bytes().to_vec()));
        let view = View::of(snapshot);
        let task = view.board.tasks.values().next().unwrap();
        assert_eq!(branch_name(task), "task/18-crire-the-parser-at-last");
        assert_eq!(ids(&branch_name(task)).first(), Some(&task.id.to_string()));
    }
}
