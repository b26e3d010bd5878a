use super::{Finder, Mark, by_lines, ending, file_name, no_name};
use crate::engine::inventory::Kind;
use crate::engine::inventory::line::Comments;

/// Makefiles.
pub(super) const FINDER: Finder = Finder {
    name: "make",
    kind: Kind::Target,
    files: "`Makefile`, `GNUmakefile`, `Makefile.*`, `*.mk`",
    names: "the target, or what is defined",
    runner: Some("make"),
    comments: Comments::Hash,
    fits,
    sections: |text| by_lines(text, rule),
    name_of: no_name,
};

fn fits(path: &str) -> bool {
    let name = file_name(path);
    matches!(name, "makefile" | "gnumakefile") || name.starts_with("makefile.") || ending(path, &["mk"])
}

/// `target: prerequisites`, `define NAME`, and any other line that is no recipe's.
fn rule(line: &str) -> Option<Mark> {
    let begins = line.chars().next()?;
    if begins.is_whitespace() || begins == '#' {
        return None;
    }
    if let Some(name) = line.strip_prefix("define ") {
        return Some(Mark::Begins(format!("define {}", name.trim())));
    }
    let Some((targets, rest)) = line.split_once(':') else {
        // A line of a definition, or one of a condition, goes on with what it stands in.
        return (line.trim_end() == "endef" || line.contains('=')).then_some(Mark::Ends);
    };
    let is_setting = rest.starts_with('=') || rest.starts_with(":=") || targets.contains(['=', '$']) && rest.is_empty();
    if is_setting || targets.contains('=') {
        return Some(Mark::Ends);
    }
    let names: Vec<&str> = targets.split_whitespace().collect();
    let is_target = names.first().is_some_and(|name| !name.starts_with('.'));
    Some(if is_target { Mark::Begins(names.join(" ")) } else { Mark::Ends })
}

/// What a rule's target needs, where a line is one: the words behind its colon.
pub(in crate::engine::inventory) fn needed(line: &str) -> Option<&str> {
    match rule(line.lines().next()?)? {
        Mark::Begins(name) if !name.starts_with("define ") => line.split_once(':').map(|(_, needed)| needed),
        // Targets of make's own (`.PHONY`) run nothing.
        _ if line.starts_with('.') && !line.contains('=') => Some(""),
        _ => None,
    }
}
