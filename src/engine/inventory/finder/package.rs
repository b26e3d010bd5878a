use super::{Finder, file_name, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;
use crate::engine::inventory::section::of_yaml;
use crate::format::yaml::Node;

/// The scripts of `package.json`.
pub(super) const FINDER: Finder = Finder {
    name: "package-scripts",
    kind: Kind::Script,
    files: "`package.json`",
    names: "the script; for what stands elsewhere in it, the key at the top",
    runner: Some("npm"),
    comments: Comments::None,
    fits: |path| file_name(path) == "package.json",
    // JSON is YAML, but for tabs between its tokens.
    sections: |text| {
        of_yaml(&text.replace('\t', " "), |root, sections| {
            for part in root.entries() {
                sections.add_from(&part.key, part.key_span.start, &part.value);
            }
            for script in root.get("scripts").map(Node::entries).unwrap_or_default() {
                sections.add_from(&script.key, script.key_span.start, &script.value);
            }
        })
    },
    name_of: no_name,
};
