//! The names in docs/library.md are those of the program.

use taskmaster::engine::event::alias::ALIASES;

use super::{compare, read, with_part};

#[test]
fn docs_library_lists_other_names_of_events() {
    let mut table = "| name | event |\n|---|---|\n".to_owned();
    for (alias, event) in ALIASES {
        table.push_str(&format!("| `{alias}` | `{event}` |\n"));
    }
    compare("docs/library.md", &with_part(&read("docs/library.md"), "event-aliases", &table));
}
