use super::{Finder, Mark, by_lines, file_name, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::{Section, Sections, items, of_yaml, text_of};
use crate::format::yaml::Node;

/// The files of hook managers.
pub(super) const FINDER: Finder = Finder {
    name: "hook-managers",
    kind: Kind::Hook,
    files: "`lefthook` and `.lefthook` as `.yml`, `.yaml`, `.toml`, `.json`; `.pre-commit-config.yaml`; `prek.toml`",
    names: "the hook and its command, or the hook's id",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections,
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let name = file_name(path);
    let stem = name.trim_start_matches('.');
    let is_lefthook = ["lefthook.", "lefthook-local."].iter().any(|begin| {
        stem.strip_prefix(begin).is_some_and(|ending| matches!(ending, "yml" | "yaml" | "toml" | "json" | "jsonc"))
    });
    is_lefthook || matches!(name, ".pre-commit-config.yaml" | ".pre-commit-config.yml" | "prek.toml")
}

fn sections(text: &str) -> Vec<Section> {
    let read = of_yaml(text, visit);
    if read.is_empty() { by_lines(text, header) } else { read }
}

fn visit(root: &Node, sections: &mut Sections<'_>) {
    for repository in root.get("repos").map(items).unwrap_or_default() {
        for hook in repository.get("hooks").map(items).unwrap_or_default() {
            sections.add(text_of(hook, &["id", "name"]).unwrap_or("a hook"), hook);
        }
    }
    for hook in root.entries().iter().filter(|entry| entry.key != "repos") {
        sections.add_from(&hook.key, hook.key_span.start, &hook.value);
        for part in ["commands", "scripts"] {
            for command in hook.value.get(part).map(Node::entries).unwrap_or_default() {
                sections.add_from(format!("{} / {}", hook.key, command.key), command.key_span.start, &command.value);
            }
        }
        for job in hook.value.get("jobs").map(items).unwrap_or_default() {
            if let Some(name) = text_of(job, &["name", "run", "script"]) {
                sections.add(format!("{} / {name}", hook.key), job);
            }
        }
    }
}

/// `[pre-commit.commands.lint]` of TOML, and `id = "..."` of a hook in a list.
fn header(line: &str) -> Option<Mark> {
    let line = line.trim();
    if let Some(inside) = line.strip_prefix('[') {
        let name = inside.trim_start_matches('[').split(']').next().unwrap_or_default();
        if name.starts_with("repos") {
            return Some(Mark::Ends);
        }
        return Some(Mark::Begins(name.replace(".commands.", " / ").replace(".scripts.", " / ")));
    }
    let id = line.strip_prefix("id")?.trim_start().strip_prefix('=')?.trim();
    Some(Mark::Begins(id.trim_matches(['"', '\'']).to_owned()))
}
