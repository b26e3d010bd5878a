use super::{Finder, ending, no_name, no_sections};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Scripts, by their ending or by their first line.
pub(super) const FINDER: Finder = Finder {
    name: "scripts",
    kind: Kind::Script,
    files: "files that end with `.sh`, `.bash`, `.zsh`, `.ksh`, `.fish`, `.py`, `.rb`, `.pl`, `.ps1`; files without an ending that can be executed and begin with `#!`",
    names: "nothing",
    runner: None,
    comments: Comments::Hash,
    fits: |path| ending(path, &["sh", "bash", "zsh", "ksh", "fish", "py", "rb", "pl", "ps1"]),
    sections: no_sections,
    name_of: no_name,
};
