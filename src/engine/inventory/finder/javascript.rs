use super::{Finder, ending, no_name, no_sections};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Scripts in JavaScript and TypeScript, by their ending.
pub(super) const FINDER: Finder = Finder {
    name: "javascript",
    kind: Kind::Script,
    files: "files that end with `.js`, `.mjs`, `.cjs`, `.ts`, `.mts`, `.cts`",
    names: "nothing",
    runner: None,
    comments: Comments::Slashes,
    fits: |path| ending(path, &["js", "mjs", "cjs", "ts", "mts", "cts"]),
    sections: no_sections,
    name_of: no_name,
};
