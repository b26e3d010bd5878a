//! The ways in which a tool that commits in other people's repositories could hurt them: each a
//! numbered promise, and each promise at least one test named `case_NN_...`, on real repositories.

mod again;
mod alongside;
mod amends;
mod clones;
mod concurrency;
mod conflicts;
mod crash;
pub(super) mod dice;
mod doorbells;
mod effect_keys;
mod filters;
mod formats;
mod hook_files;
mod index;
mod index_age;
mod interruptions;
mod late_looks;
mod managers;
mod many_files;
mod moving;
mod places;
mod policy;
mod promises;
mod rewriting;
mod scenes;
mod server;
mod sharing;
mod signing;
mod under_way;
mod worktree;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use promises::PROMISES;

use super::docs::{compare, read, with_part};

/// The tests of each case, by number.
fn tests() -> BTreeMap<usize, Vec<String>> {
    let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for line in fs::read_to_string(&path).unwrap().lines() {
                let Some(rest) = line.strip_prefix("fn case_") else { continue };
                let (number, _) = rest.split_once('_').unwrap();
                let name = rest.split_once('(').unwrap().0;
                found.entry(number.parse().unwrap()).or_default().push(format!("case_{name}"));
            }
        }
    }
    found
}

#[test]
fn docs_say_which_tests_hold_each_promise() {
    let mut tests = tests();
    let mut table = "| # | promise | held by |\n|---|---|---|\n".to_owned();
    for (number, promise) in (1..).zip(PROMISES) {
        let mut names = tests.remove(&number).unwrap_or_default();
        names.sort();
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        table.push_str(&format!("| {number} | {promise} | {} |\n", names.join("<br>")));
    }
    assert!(tests.is_empty(), "tests of cases that are not in the list: {tests:?}");
    compare("docs/safety.md", &with_part(&read("docs/safety.md"), "cases", &table));
}
