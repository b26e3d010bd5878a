//! Pages and parts of pages that are made from the program's own lists.

use std::path::Path;

use taskmaster::engine::lint::LINTS;
use taskmaster::engine::recipe::RECIPES;
use taskmaster::engine::report::{self, Section};
use taskmaster::format::workflow::{Expression, Operator};
use taskmaster::model::{FINDINGS, StatusSet};
use taskmaster::ui::Exit;

use super::{compare, read, with_part};

#[test]
fn docs_cli_is_what_clap_knows() {
    let mut command = taskmaster::cli::command();
    command.build();
    let mut text =
        "# Command line\n\nGenerated from the program; `taskmaster COMMAND --help` prints the same.\n".to_owned();
    describe(&mut text, &mut command, "taskmaster", 2);
    compare("docs/cli.md", &text);
}

fn describe(text: &mut String, command: &mut clap::Command, path: &str, level: usize) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\n{} {path}\n\n```text\n{}\n```\n", "#".repeat(level), lines.join("\n").trim()));
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        let path = format!("{path} {}", inner.get_name());
        describe(text, inner, &path, level + 1);
    }
}

#[test]
fn docs_exit_codes_are_those_of_the_program() {
    let mut text =
        "# Exit codes\n\nFindings and failures never share a number.\n\n| code | meaning |\n|---|---|\n".to_owned();
    for exit in Exit::ALL {
        text.push_str(&format!("| {} | {} |\n", exit.code(), exit.meaning()));
    }
    text.push_str(
        "\nIn hooks only `pre-commit`, `prepare-commit-msg` and `pre-push` can end with 1, and only in the modes `enforce`\n\
         and `commit`. Whatever else goes wrong in a hook, it says so in one line and ends with 0, so that git goes on.\n",
    );
    compare("docs/exit-codes.md", &text);
}

#[test]
fn docs_show_the_recipes_that_there_are() {
    let mut text = "\
# Recipes

Rules that many projects want. `taskmaster init --recipe NAME` adds one to `.taskmaster/config/workflow.yaml`, also to one that is there
already: at the end of its `triggers`, in its own style, and every byte that was there stays. A trigger of the same name is left as it
is. `taskmaster init --recipes` lists them, `taskmaster init --recipes NAME` prints one. Generated from the program.

| recipe | what it does |
|---|---|
"
    .to_owned();
    for recipe in RECIPES {
        text.push_str(&format!("| [{0}](#{0}) | {1} |\n", recipe.name, recipe.about));
    }
    for recipe in RECIPES {
        let yaml = String::from_utf8(recipe.apply(b"").unwrap().bytes).unwrap();
        text.push_str(&format!("\n## {}\n{}\n", recipe.name, recipe.about));
        if !recipe.needs.is_empty() {
            text.push_str(&format!("{}\n", recipe.needs));
        }
        text.push_str(&format!("\n```yaml\n{yaml}```\n"));
    }
    compare("docs/recipes.md", &text);
}

#[test]
fn docs_list_the_reports_that_there_are() {
    let mut kinds = "| what | its parts |\n|---|---|\n".to_owned();
    for kind in report::kinds() {
        let parts: Vec<String> = kind.sections.iter().map(|section| format!("`{}`", section.name())).collect();
        let name = if kind.name == "report" { "any other".to_owned() } else { format!("`{}`", kind.name) };
        kinds.push_str(&format!("| {name} | {} |\n", parts.join(", ")));
    }
    part("report-kinds", &kinds);
    let mut sections = "| part | what it shows |\n|---|---|\n".to_owned();
    for section in Section::ALL {
        sections.push_str(&format!("| `{}` | {} |\n", section.name(), section.about()));
    }
    part("report-sections", &sections);
}

#[test]
fn docs_list_the_operators_that_there_are() {
    let mut table = "| operator | on a missing or `null` field |\n|---|---|\n".to_owned();
    for operator in Operator::ALL {
        let missing = if operator.negates().is_some() { "true" } else { "false" };
        table.push_str(&format!("| `{}` | {missing} |\n", operator.name()));
    }
    part("operators", &table);
}

#[test]
fn docs_list_the_words_of_expressions() {
    let list = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let text = format!("Filters: {}.\n\nTests: {}.\n", list(&Expression::FILTERS), list(&Expression::TESTS));
    part("expressions", &text);
}

#[test]
fn docs_list_the_lints_that_there_are() {
    let mut table = "| finding | what it is |\n|---|---|\n".to_owned();
    for lint in LINTS {
        table.push_str(&format!("| `{}` | {} |\n", lint.code(), lint.code().about()));
    }
    part("lints", &table);
}

#[test]
fn docs_list_the_findings_that_there_are() {
    let mut text = "\
# Findings

Every kind of finding that `taskmaster check`, `config check`, `test` and the hooks print, by the code in brackets behind `error`, `warning` or `note`.
`taskmaster check --explain CODE` prints a line of this table. Generated from the program.

| code | how bad | what it is | what to do |
|---|---|---|---|
"
    .to_owned();
    for finding in FINDINGS {
        let severities: Vec<&str> = finding.severities.iter().map(|severity| severity.name()).collect();
        let (code, about, remedy) = (finding.code, finding.about, finding.remedy);
        text.push_str(&format!("| `{code}` | {} | {about} | {remedy} |\n", severities.join(", ")));
    }
    compare("docs/findings.md", &text);
}

#[test]
fn docs_list_the_statuses_that_there_are() {
    let mut table = "| status | category | also spelled |\n|---|---|---|\n".to_owned();
    for status in StatusSet::default().definitions() {
        table.push_str(&format!("| {} | {} | {} |\n", status.name, status.category.name(), status.aliases.join(", ")));
    }
    part("statuses", &table);
}

/// Parts of one page, which tests write one at a time.
#[track_caller]
pub(super) fn part(name: &str, wanted: &str) {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let page = "docs/workflow-reference.md";
    compare(page, &with_part(&read(page), name, wanted));
    drop(guard);
}

#[test]
fn docs_name_the_tests_of_the_invariants() {
    let mut source = String::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            source.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    let tests = source.lines().filter_map(|line| line.trim().strip_prefix("fn invariant_")?.split_once('('));
    let mut lines: Vec<String> = tests.map(|(name, _)| format!("- `invariant_{name}`\n")).collect();
    lines.sort();
    if lines.is_empty() {
        lines.push("- none yet\n".to_owned());
    }
    compare("docs/architecture.md", &with_part(&read("docs/architecture.md"), "invariants", &lines.concat()));
}
