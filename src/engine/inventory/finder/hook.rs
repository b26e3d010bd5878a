use super::{Finder, file_name, no_sections};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Hook scripts: those that a team keeps, and those of this clone.
pub(super) const FINDER: Finder = Finder {
    name: "hooks",
    kind: Kind::Hook,
    files: "hooks of this clone; `.husky/`, `.githooks/`, `githooks/`, `.hooks/`, `hooks/` and `.git-hooks/` where a file in it is called as a hook is",
    names: "the hook",
    runner: None,
    comments: Comments::Hash,
    fits,
    sections: no_sections,
    name_of: |path| Some(file_name(path).to_owned()),
};

const FOLDERS: [&str; 7] = [".husky", ".githooks", "githooks", ".hooks", "hooks", ".git-hooks", "git-hooks"];

/// The hooks that git knows (githooks(5)).
const HOOKS: [&str; 28] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "p4-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
    "p4-prepare-changelist",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

fn fits(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let in_folder = FOLDERS.contains(&file_name(folder));
    // Hook managers run scripts below a folder that is called as the hook is.
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    in_folder && (HOOKS.contains(&stem) || HOOKS.contains(&name)) && !name.ends_with(".sample")
}
