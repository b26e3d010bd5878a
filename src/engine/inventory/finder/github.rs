use super::{Finder, is_yaml, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::{Section, Sections, items, of_yaml, text_of};
use crate::format::yaml::Node;

/// Workflows and actions of GitHub, Forgejo and Gitea.
pub(super) const FINDER: Finder = Finder {
    name: "github-actions",
    kind: Kind::Step,
    files: "`.github/workflows/`, `.forgejo/workflows/`, `.gitea/workflows/`; `action.yml`",
    names: "the job and the step",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections,
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let in_folder = [".github/workflows/", ".forgejo/workflows/", ".gitea/workflows/"]
        .iter()
        .any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")));
    let is_action = matches!(super::file_name(path), "action.yml" | "action.yaml");
    is_yaml(path) && (in_folder || is_action)
}

fn sections(text: &str) -> Vec<Section> {
    of_yaml(text, visit)
}

fn visit(root: &Node, sections: &mut Sections<'_>) {
    for job in root.get("jobs").map(Node::entries).unwrap_or_default() {
        sections.add_from(&job.key, job.key_span.start, &job.value);
        steps(&job.key, &job.value, sections);
    }
    if let Some(runs) = root.get("runs") {
        steps("runs", runs, sections);
    }
}

fn steps(job: &str, node: &Node, sections: &mut Sections<'_>) {
    for (at, step) in node.get("steps").map(items).unwrap_or_default().iter().enumerate() {
        let name = text_of(step, &["name", "id", "uses"]);
        let name = name.map_or_else(|| format!("step {}", at + 1), ToOwned::to_owned);
        sections.add(format!("{job} / {name}"), step);
    }
}
