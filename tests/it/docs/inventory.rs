//! docs/scripts.md shows what the inventory looks at and the words that it uses.

use taskmaster::engine::inventory::{FINDERS, OLD_PATHS, Subject, Way};

use super::{compare, read, with_part};

#[test]
fn docs_list_what_the_inventory_looks_at() {
    let mut page = read("docs/scripts.md");
    let mut part = |name: &str, head: &str, rows: Vec<[&str; 3]>| {
        let columns = head.matches('|').count() - 1;
        let mut text = format!("{head}\n|{}\n", "---|".repeat(columns));
        for row in rows {
            text.push_str(&format!("| {} |\n", row[..columns].join(" | ")));
        }
        page = with_part(&page, name, &text);
    };
    let finders = FINDERS.iter().map(|finder| [finder.kind.name(), finder.files, finder.names]).collect();
    part("finders", "| kind | files | name |", finders);
    let code = |name: &str| format!("`{name}`");
    let ways: Vec<(String, &str)> = Way::ALL.iter().map(|way| (code(way.name()), way.about())).collect();
    part("ways", "| way | meaning |", ways.iter().map(|(name, about)| [name, *about, ""]).collect());
    let subjects: Vec<(String, &str)> = Subject::ALL.iter().map(|one| (code(one.name()), one.about())).collect();
    part("subjects", "| subject | meaning |", subjects.iter().map(|(name, about)| [name, *about, ""]).collect());
    let paths: Vec<(String, String)> = OLD_PATHS.iter().map(|path| (code(path.old), code(path.new))).collect();
    part(
        "old-paths",
        "| where it was | where it is |",
        paths.iter().map(|(old, new)| [old.as_str(), new, ""]).collect(),
    );
    compare("docs/scripts.md", &page);
}
