//! The direction of use between modules, read from the source itself.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. A module may use its own layer's own module and those before it; modules
/// that share a line never know one another.
const LAYERS: [&[&str]; 11] = [
    &["model"],
    &["format"],
    &["engine"],
    &["store"],
    &["git"],
    &["app"],
    &["effect"],
    &["watch"],
    &["ui", "wire"],
    &["hook"],
    &["cli"],
];

/// Modules that take values and give values.
const PURE: [&str; 3] = ["model", "format", "engine"];

/// What a pure module must not mention.
const IMPURE: [&str; 8] =
    ["std::fs", "std::env", "std::process", "SystemTime", "std::net", "git2", "anstream", "Timestamp::now"];

#[test]
fn modules_use_only_what_stands_above_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&source);
    assert!(files.len() > 100, "only {} files were found", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let path = file.strip_prefix(&source).unwrap();
        wrong.extend(forbidden(path, &fs::read_to_string(file).unwrap()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let library = fs::read_to_string(source.join("lib.rs")).unwrap();
    let declared: Vec<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let layers: Vec<&str> = LAYERS.concat();
    assert_eq!(declared, layers, "src/lib.rs lists the modules in the order of the layers");
}

#[test]
fn a_forbidden_direction_is_found() {
    let one = |path: &str, text: &str| forbidden(Path::new(path), text);
    assert!(one("app/sync.rs", "use crate::git::Repository;\nuse super::AppError;").is_empty());
    assert_eq!(one("git/index.rs", "use crate::app::sync;").len(), 1);
    assert_eq!(one("git/index.rs", "use crate::{\n    model::{TaskId, Task},\n    app::sync,\n};").len(), 1);
    assert_eq!(one("git/index.rs", "fn f() { crate::cli::main(); }").len(), 1);
    assert_eq!(one("ui/plan.rs", "use crate::wire::line;").len(), 1);
    assert_eq!(one("wire/plan.rs", "use crate::ui::safe;").len(), 1);
    assert_eq!(one("model/task.rs", "use super::super::engine::plan;").len(), 1);
    assert_eq!(one("engine/plan.rs", "use std::fs;").len(), 1);
    assert_eq!(one("engine/plan.rs", "use std::{fmt, fs};").len(), 1);
    assert!(one("engine/plan.rs", "// std::fs is forbidden here\n/// [`crate::app`]").is_empty());
    assert!(one("store/atomic.rs", "use std::fs;").is_empty());
}

fn forbidden(path: &Path, text: &str) -> Vec<String> {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    let module = parts[0];
    let Some(layer) = layer_of(module) else { return Vec::new() };
    let depth = if parts.last() == Some(&"mod.rs") { parts.len() - 1 } else { parts.len() };
    let lines = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    let code = lines.collect::<Vec<&str>>().join("\n");
    let place = |at: usize| format!("src/{}:{}", path.display(), code[..at].matches('\n').count() + 1);
    let mut wrong = Vec::new();
    for (at, used) in names_after(&code, "crate::").into_iter().chain(names_after(&code, &"super::".repeat(depth))) {
        let Some(other) = layer_of(&used) else { continue };
        if used != module && other >= layer {
            wrong.push(format!("{}: `{module}` must not use `{used}`", place(at)));
        }
    }
    if PURE.contains(&module) {
        let plain = IMPURE.iter().flat_map(|word| code.match_indices(*word)).map(|(at, word)| (at, word.to_owned()));
        let listed = names_after(&code, "std::{").into_iter().map(|(at, name)| (at, format!("std::{name}")));
        for (at, word) in plain.chain(listed.filter(|(_, word)| IMPURE.contains(&word.as_str()))) {
            wrong.push(format!("{}: `{module}` is pure, and mentions `{word}`", place(at)));
        }
    }
    wrong
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The names that follow `prefix`, with their places: one, or where a braced list follows (or `prefix`
/// opens it) the first of each member.
fn names_after(code: &str, prefix: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let list = if prefix.ends_with('{') { Some(rest) } else { rest.strip_prefix('{') };
        let Some(list) = list else {
            names.push((at, identifier(rest)));
            continue;
        };
        let mut level = 0;
        let mut member = String::new();
        for c in list.chars() {
            match c {
                '}' if level == 0 => break,
                '{' => level += 1,
                '}' => level -= 1,
                ',' if level == 0 => names.push((at, identifier(&std::mem::take(&mut member)))),
                c if level == 0 => member.push(c),
                _ => {}
            }
        }
        names.push((at, identifier(&member)));
    }
    names
}

fn identifier(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
