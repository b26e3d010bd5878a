use super::{Finder, is_yaml, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::{Section, Sections, items, of_yaml, scalar, text_of};
use crate::format::yaml::Node;

/// Pipelines of `CircleCI`.
pub(super) const FINDER: Finder = Finder {
    name: "circleci",
    kind: Kind::Step,
    files: "`.circleci/*.yml`",
    names: "the job or command and the step",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections,
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    is_yaml(path) && (path.starts_with(".circleci/") || path.contains("/.circleci/"))
}

fn sections(text: &str) -> Vec<Section> {
    of_yaml(text, visit)
}

fn visit(root: &Node, sections: &mut Sections<'_>) {
    for part in ["jobs", "commands"] {
        for job in root.get(part).map(Node::entries).unwrap_or_default() {
            sections.add_from(&job.key, job.key_span.start, &job.value);
            for (at, step) in job.value.get("steps").map(items).unwrap_or_default().iter().enumerate() {
                let run = step.get("run");
                let name = run.and_then(|run| text_of(run, &["name", "command"]).or_else(|| scalar(run)));
                let name = name.map_or_else(|| format!("step {}", at + 1), ToOwned::to_owned);
                sections.add(format!("{} / {}", job.key, name.trim()), step);
            }
        }
    }
}
