use super::{Finder, file_name, is_yaml, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::{Section, Sections, of_yaml};
use crate::format::yaml::Node;

/// Pipelines of GitLab.
pub(super) const FINDER: Finder = Finder {
    name: "gitlab-ci",
    kind: Kind::Step,
    files: "`.gitlab-ci.yml`, `*.gitlab-ci.yml`, `.gitlab/ci/`",
    names: "the job and its part",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections,
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let name = file_name(path);
    is_yaml(path)
        && (name.ends_with(".gitlab-ci.yml")
            || name.ends_with(".gitlab-ci.yaml")
            || path.starts_with(".gitlab/ci/")
            || path.contains("/.gitlab/ci/"))
}

fn sections(text: &str) -> Vec<Section> {
    of_yaml(text, visit)
}

fn visit(root: &Node, sections: &mut Sections<'_>) {
    for job in root.entries() {
        sections.add_from(&job.key, job.key_span.start, &job.value);
        for part in job.value.entries() {
            if matches!(part.key.as_str(), "before_script" | "script" | "after_script") {
                sections.add_from(format!("{} / {}", job.key, part.key), part.key_span.start, &part.value);
            }
        }
    }
}
