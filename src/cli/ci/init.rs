use clap::{Args, ValueEnum};

use crate::app::{self, AppError, Pipeline, PipelineWriting};
use crate::cli::Context;
use crate::ui::Exit;

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Who runs the pipeline
    provider: Provider,
    /// The command that tests
    #[arg(long, value_name = "COMMAND", default_value = "make test")]
    test: String,
    /// The command that deploys; the variable ENVIRONMENT says where to: production or staging
    #[arg(long, value_name = "COMMAND", default_value = "make deploy")]
    deploy: String,
    /// Only print the file
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Provider {
    /// GitHub Actions: .github/workflows/taskmaster.yml
    Github,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let Provider::Github = arguments.provider;
    let pipeline = Pipeline { test: arguments.test.clone(), deploy: arguments.deploy.clone() };
    let writing = if arguments.dry_run { PipelineWriting::No } else { PipelineWriting::Yes };
    let report = app::init_github(&context.project()?, &pipeline, writing)?;
    let output = context.output;
    if arguments.dry_run {
        output.data(&report.text);
        output.say(&format!("{}: nothing was written (dry run)", report.path));
    } else if report.is_new {
        output.say(&format!("made {}; look at it, and commit it", report.path));
    } else {
        output.say(&format!("{} is there already, and is as it should be", report.path));
    }
    Ok(Exit::Success)
}
