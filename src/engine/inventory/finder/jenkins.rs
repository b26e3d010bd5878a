use super::{Finder, Mark, by_lines, ending, file_name, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Pipelines of Jenkins.
pub(super) const FINDER: Finder = Finder {
    name: "jenkins",
    kind: Kind::Step,
    files: "`Jenkinsfile`, `Jenkinsfile.*`, `*.jenkinsfile`",
    names: "the stage, or `post`",
    runner: None,
    comments: Comments::Slashes,
    fits,
    sections: |text| by_lines(text, stage),
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let name = file_name(path);
    name == "jenkinsfile" || name.starts_with("jenkinsfile.") || ending(path, &["jenkinsfile"])
}

/// `stage('Test') {` begins a stage, and so does `post {`.
fn stage(line: &str) -> Option<Mark> {
    let line = line.trim();
    if line.strip_prefix("post").is_some_and(|rest| rest.trim_start().starts_with('{')) {
        return Some(Mark::Begins("post".to_owned()));
    }
    let inside = line.strip_prefix("stage")?.trim_start().strip_prefix('(')?.trim_start();
    let quote = inside.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(Mark::Begins(inside.strip_prefix(quote)?.split(quote).next().unwrap_or_default().to_owned()))
}
