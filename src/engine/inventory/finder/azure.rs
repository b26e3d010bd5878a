use super::{Finder, file_name, is_yaml, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::{Section, Sections, items, of_yaml, text_of};
use crate::format::yaml::Node;

/// Pipelines of Azure.
pub(super) const FINDER: Finder = Finder {
    name: "azure-pipelines",
    kind: Kind::Step,
    files: "`azure-pipelines*.yml`, `.azure-pipelines/`, `.azuredevops/`",
    names: "the stage, the job and the step",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections,
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let in_folder = [".azure-pipelines/", ".azuredevops/"].iter().any(|folder| path.contains(folder));
    is_yaml(path) && (file_name(path).starts_with("azure-pipelines") || in_folder)
}

fn sections(text: &str) -> Vec<Section> {
    of_yaml(text, |root, sections| visit(root, "", sections))
}

/// Stages hold jobs, jobs hold steps, and any of the three may stand at the top.
fn visit(node: &Node, above: &str, sections: &mut Sections<'_>) {
    for (list, keys) in [
        ("stages", ["displayName", "stage"].as_slice()),
        ("jobs", &["displayName", "job", "deployment"]),
        ("steps", &["displayName", "name", "task", "script", "bash", "pwsh", "powershell", "template"]),
    ] {
        for (at, item) in node.get(list).map(items).unwrap_or_default().iter().enumerate() {
            let name = text_of(item, keys).map_or_else(|| format!("{list} {}", at + 1), |name| name.trim().to_owned());
            let path = if above.is_empty() { name } else { format!("{above} / {name}") };
            sections.add(path.clone(), item);
            if list != "steps" {
                visit(item, &path, sections);
            }
        }
    }
}
