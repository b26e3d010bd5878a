use std::path::PathBuf;

use clap::Args;

use super::{Context, Explained};
use crate::app::{self, AppError};
use crate::model::Severity;
use crate::ui::{Exit, plural, render_diagnostic};
use crate::wire::{self, ConfigCheckJson};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file; that of the tree where it is not given
    file: Option<PathBuf>,
    #[command(flatten)]
    explained: Explained,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    if let Some(said) = arguments.explained.say(context) {
        return said;
    }
    let report = app::check_config(&context.directory, arguments.file.as_deref())?;
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if context.json {
        context.output.data(&wire::pretty(&ConfigCheckJson::of(&report)));
    } else {
        for finding in &report.findings {
            context.output.data(&format!("{}\n\n", render_diagnostic(finding)));
        }
        let (errors, warnings) = (plural(errors, "error", "errors"), plural(warnings, "warning", "warnings"));
        context.output.data(&format!("{errors}, {warnings}\n"));
    }
    Ok(if errors == 0 { Exit::Success } else { Exit::Findings })
}
