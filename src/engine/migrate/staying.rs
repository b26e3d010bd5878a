//! What of a Backlog.md folder is no task.

use super::Backlog;

/// What else Backlog.md keeps in folders of its own: one of it, several, and the folders.
const OTHERS: [(&str, &str, &[&str]); 3] = [
    ("document", "documents", &["docs/"]),
    ("decision", "decisions", &["decisions/"]),
    ("milestone", "milestones", &["milestones/", "archive/milestones/"]),
];

/// A line for each kind of what stays where it is.
pub(super) fn staying(backlog: &Backlog) -> Vec<String> {
    let kind =
        |path: &str| OTHERS.iter().position(|(_, _, folders)| folders.iter().any(|folder| path.starts_with(folder)));
    let (one, several) = ("other file", "other files");
    let mut lines = Vec::new();
    for wanted in (0..OTHERS.len()).map(Some).chain([None]) {
        let paths = backlog.others.iter().filter(|path| kind(path) == wanted);
        let paths: Vec<String> = paths.map(|path| format!("{}/{path}", backlog.folder)).collect();
        let words = wanted.and_then(|at| OTHERS.get(at)).map_or((one, several), |(one, several, _)| (*one, *several));
        match paths.len() {
            0 => {}
            1 => lines.push(format!("1 {} stays where it is: {}", words.0, paths.concat())),
            more => lines.push(format!("{more} {} stay where they are: {}", words.1, paths.join(", "))),
        }
    }
    lines
}
