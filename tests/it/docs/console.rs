//! Runs every command line of the README and the pages under `docs/`.
//!
//! A block of commands is fenced by ```` ```console WORD ````; WORD says where it runs:
//!
//! - `planted`: the small tree of the sandbox with its rules, committed, and hooks in mode `commit`;
//! - `tree`: the same tree without rules and without hooks;
//! - `empty`: a repository without a commit;
//! - `continued`: where the block before it in the same file ended;
//! - `cargo`: not run. Only `cargo` may stand there; `cargo run --release -- ARGUMENTS` is what the
//!   demo's own test runs.
//!
//! A line that begins with `$ ` is a command for `sh`, lines that begin with `> ` go on with it. The
//! lines below it are what it prints, standard output and error together; where there are none, any
//! output is fine. In them `[..]` stands for any text of a line, and a line `...` for any lines. A
//! last line `[exit N]` says that it ends with N; otherwise it must end with 0.

use std::fs;
use std::path::Path;

use super::{project_file, read};
use crate::sandbox::{Repo, Sandbox, WORKFLOW};

struct Block {
    line: usize,
    word: String,
    steps: Vec<Step>,
}

struct Step {
    line: usize,
    command: String,
    output: Vec<String>,
    exit: i32,
}

#[test]
fn docs_commands_run_and_print_what_is_written() {
    let mut pages = vec!["README.md".to_owned()];
    for entry in fs::read_dir(project_file("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(format!("docs/{}", path.file_name().unwrap().to_str().unwrap()));
        }
    }
    pages.sort();
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in &pages {
        let text = read(page);
        let sandbox = Sandbox::new();
        let mut place: Option<Repo<'_>> = None;
        for block in blocks(page, &text) {
            match block.word.as_str() {
                "cargo" => {
                    assert!(block.steps.iter().all(|step| step.command.starts_with("cargo ")), "{page}:{}", block.line);
                    continue;
                }
                "continued" => {}
                word => place = Some(prepare(&sandbox, word, &format!("{page}:{}", block.line), block.line)),
            }
            let repo = place.as_ref().unwrap_or_else(|| panic!("{page}:{}: nothing to continue", block.line));
            for step in &block.steps {
                count += 1;
                wrong.extend(run(repo, step).map(|fault| format!("{page}:{}: $ {}\n{fault}", step.line, step.command)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count >= 20, "only {count} commands were found");
}

fn prepare<'a>(sandbox: &'a Sandbox, word: &str, place: &str, line: usize) -> Repo<'a> {
    let repo = sandbox.repository(&format!("ann{line}"));
    match word {
        "empty" => {}
        "planted" => {
            repo.plant(WORKFLOW);
            repo.commit_all("Start");
            repo.tm(&["hooks", "install", "--mode", "commit"]);
        }
        "tree" => {
            repo.plant("");
            fs::remove_dir_all(repo.path.join(".taskmaster/config")).unwrap();
            repo.commit_all("Start");
        }
        other => panic!("{place}: a console block cannot be `{other}`"),
    }
    repo
}

/// What is wrong with what a command did.
fn run(repo: &Repo<'_>, step: &Step) -> Option<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let script = format!("exec 2>&1\n{}", step.command);
    let ran = repo.sandbox.run(&repo.path, "sh", &["-c", &script], &[("PATH", &path)]);
    if ran.code != step.exit {
        return Some(format!("ended with {}, not {}:\n{}", ran.code, step.exit, ran.stdout));
    }
    let found: Vec<&str> = ran.stdout.lines().collect();
    let wanted: Vec<&str> = step.output.iter().map(String::as_str).collect();
    let fits = wanted.is_empty() || lines_fit(&wanted, &found);
    (!fits).then(|| format!("printed:\n{}\nand not:\n{}", found.join("\n"), wanted.join("\n")))
}

fn blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let word = info.strip_prefix("console").map(|word| word.trim().to_owned());
                assert!(fenced || !matches!(info, "sh" | "bash" | "shell"), "{page}:{number}: use ```console");
                fenced = !fenced;
                open = word.map(|word| Block { line: number, word, steps: Vec::new() });
            }
            (Some(_), Some(_)) => {
                fenced = false;
                blocks.extend(open.take());
            }
            (None, None) => {
                assert!(!line.starts_with("$ "), "{page}:{number}: a command outside a console block");
            }
            (Some(block), None) => add(block, line, &format!("{page}:{number}"), number),
        }
    }
    assert!(open.is_none(), "{page}: a block has no end");
    blocks
}

fn add(block: &mut Block, line: &str, place: &str, number: usize) {
    if let Some(command) = line.strip_prefix("$ ") {
        block.steps.push(Step { line: number, command: command.to_owned(), output: Vec::new(), exit: 0 });
        return;
    }
    let step = block.steps.last_mut().unwrap_or_else(|| panic!("{place}: a block begins with a command"));
    let exit = line.strip_prefix("[exit ").and_then(|rest| rest.strip_suffix(']'));
    match (line.strip_prefix("> ").or_else(|| (line == ">").then_some("")), exit) {
        (Some(more), _) if step.output.is_empty() => {
            step.command.push('\n');
            step.command.push_str(more);
        }
        (_, Some(code)) => step.exit = code.parse().unwrap(),
        _ => step.output.push(line.to_owned()),
    }
}

/// Whether lines are as wanted; `...` stands for any number of them.
fn lines_fit(wanted: &[&str], found: &[&str]) -> bool {
    match (wanted.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&"...", rest)), _) => (0..=found.len()).any(|skipped| lines_fit(rest, &found[skipped..])),
        (Some((line, rest)), Some((text, more))) => line_fits(line, text) && lines_fit(rest, more),
        _ => false,
    }
}

/// Whether a line is as wanted; `[..]` stands for any text.
fn line_fits(wanted: &str, found: &str) -> bool {
    match wanted.split_once("[..]") {
        None => wanted.trim_end() == found.trim_end(),
        Some((before, after)) => found.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_fits(after, &rest[at..]))
        }),
    }
}

#[test]
fn docs_wildcards_stand_for_text_and_lines() {
    assert!(line_fits("a[..]c", "abbc"));
    assert!(line_fits("a[..]", "a"));
    assert!(!line_fits("a[..]c", "abb"));
    assert!(!line_fits("abc", "abcd"));
    assert!(lines_fit(&["...", "b", "..."], &["a", "b", "c", "d"]));
    assert!(lines_fit(&["...", "b"], &["b"]));
    assert!(!lines_fit(&["...", "b"], &["a", "b", "c"]));
    assert!(!lines_fit(&["a"], &["a", "b"]));
}
