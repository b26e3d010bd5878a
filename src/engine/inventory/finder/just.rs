use super::{Finder, Mark, by_lines, ending, file_name, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Files of just.
pub(super) const FINDER: Finder = Finder {
    name: "just",
    kind: Kind::Target,
    files: "`justfile`, `.justfile`, `*.just`",
    names: "the recipe",
    runner: Some("just"),
    comments: Comments::Hash,
    fits,
    sections: |text| by_lines(text, recipe),
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let name = file_name(path);
    matches!(name, "justfile" | ".justfile") || ending(path, &["just"])
}

/// `name parameters: dependencies`; any other line without white space before it ends a recipe.
fn recipe(line: &str) -> Option<Mark> {
    let begins = line.chars().next()?;
    if begins.is_whitespace() || begins == '#' {
        return None;
    }
    let Some((head, rest)) = line.split_once(':') else { return Some(Mark::Ends) };
    if rest.starts_with('=') || begins == '[' {
        return Some(Mark::Ends);
    }
    let name = head.trim_start_matches('@').split_whitespace().next().unwrap_or_default();
    Some(if name.is_empty() { Mark::Ends } else { Mark::Begins(name.to_owned()) })
}
