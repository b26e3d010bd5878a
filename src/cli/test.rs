use std::path::PathBuf;

use anstyle::AnsiColor;
use clap::Args;

use super::Context;
use crate::app::{self, AppError, CaseReport, CaseResult, TestReport};
use crate::ui::{Exit, Verbosity, plural, render_diagnostic, safe};
use crate::wire::{self, TestJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only cases with this in their name
    #[arg(default_value = "", hide_default_value = true)]
    name: String,
    /// Try the rules in FILE instead of the tree's own
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Plan effects for this environment, in cases that name none themselves (`env`)
    #[arg(long = "env", value_name = "NAME")]
    environment: Option<String>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?.in_environment(arguments.environment.as_deref());
    let config = arguments.config.as_deref().map(|path| context.directory.join(path));
    let report = app::test_rules(&project, &arguments.name, config.as_deref())?;
    let exit = if report.is_sound() { Exit::Success } else { Exit::Findings };
    if context.json {
        context.output.data(&wire::pretty(&TestJson::of(&report)));
        return Ok(exit);
    }
    context.output.data(&text(&report, context));
    if report.broken_rules > 0 {
        let errors = plural(report.broken_rules, "error", "errors");
        let see = match &arguments.config {
            Some(file) => format!("taskmaster config check {}", safe(&file.to_string_lossy())),
            None => "taskmaster check".to_owned(),
        };
        context.output.say(&format!("the rules have {errors}, and what is broken counts as absent: {see}"));
    }
    if report.files.is_empty() {
        context.output.say("no tests: there is no file in .taskmaster/tests/");
    } else if report.cases() == 0 && !arguments.name.is_empty() {
        let message = format!("no case has `{}` in its name", arguments.name);
        context.output.error(&safe(&message), None);
        return Ok(Exit::Failure);
    }
    Ok(exit)
}

fn text(report: &TestReport, context: &Context) -> String {
    let mut text = String::new();
    for file in &report.files {
        for finding in &file.findings {
            text.push_str(&format!("{}\n\n", render_diagnostic(finding)));
        }
        for case in &file.cases {
            text.push_str(&case_text(case, context));
        }
    }
    if report.cases() > 0 {
        let passed = report.cases() - report.failed();
        text.push_str(&format!("{passed} of {} passed\n", plural(report.cases(), "case", "cases")));
    }
    text
}

fn case_text(case: &CaseReport, context: &Context) -> String {
    let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
    let name = safe(&case.name);
    let at = format!("{}:{}", case.place.path, case.place.line);
    match &case.result {
        CaseResult::Passed if context.output.verbosity < Verbosity::Verbose => String::new(),
        CaseResult::Passed => format!("{green}passed{green:#} {name} ({at})\n"),
        CaseResult::Unplayable(error) => format!("{red}failed{red:#} {name} ({at})\n  {}\n", safe(&error.to_string())),
        CaseResult::Differs(differences) => {
            let mut text = format!("{red}failed{red:#} {name} ({at})\n");
            for difference in differences {
                text.push_str(&format!("  {}\n", difference.what));
                for line in &difference.missing {
                    let at = line.place.line;
                    text.push_str(&format!("    {red}- {}{red:#} (line {at}: did not follow)\n", safe(&line.text)));
                }
                for line in &difference.unexpected {
                    let shown = safe(line).replace('\n', "\n      ");
                    text.push_str(&format!("    {green}+ {shown}{green:#} (not expected)\n"));
                }
            }
            text
        }
    }
}
