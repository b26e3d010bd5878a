use clap::Args;

use crate::app::{self, AppError, CiReport, CiRequest, Reach, RunRecord, Surroundings};
use crate::cli::{Context, Environment, edited};
use crate::effect::{Github, Proposal};
use crate::store;
use crate::ui::{Exit, ci_annotation, ci_proposal, ci_sentence, ci_summary, plural, render_sync, safe};
use crate::wire::{self, CiJson};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Where the commits begin, itself not included, instead of what the pipeline says
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,
    /// Where they end, instead of what the pipeline says
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
    /// Only say what is found and what would follow
    #[arg(long)]
    check: bool,
    /// Fetch what a shallow clone has left out
    #[arg(long)]
    deepen: bool,
    /// Comment on the pull request what merging would cause; with the token in `GITHUB_TOKEN`, and not on one of a fork
    #[arg(long)]
    comment: bool,
    #[command(flatten)]
    environment: Environment,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let mut project = context.project()?.in_pipeline().in_environment(arguments.environment.name());
    project.know_environment()?;
    let mut surroundings = Surroundings::of_process()?;
    if arguments.from.is_some() {
        surroundings.from.clone_from(&arguments.from);
        surroundings.proposed = None;
    }
    if arguments.to.is_some() {
        surroundings.to.clone_from(&arguments.to);
    }
    if surroundings.branch.is_none() {
        surroundings.branch = project.repository.branch()?;
    }
    let reach = if arguments.check { Reach::Look } else { Reach::AsConfigured };
    let mark = app::ci_mark(&project, &surroundings, reach)?;
    if arguments.deepen {
        project = app::deepen(project, &surroundings, mark.as_ref())?;
    }
    // What a person has written is not passed over, as what a pipeline says may be.
    let named_from = arguments.from.as_ref().filter(|_| !project.repository.is_shallow());
    for text in arguments.to.iter().chain(named_from) {
        project.repository.resolve(text)?;
    }
    let request = CiRequest { surroundings, reach, mark, now: crate::cli::now() };
    if request.reach == Reach::AsConfigured {
        context.mend(&project)?;
    }
    let work = || app::run_ci(&project, &request);
    let mut report = Context::logged(&project, "ci", work, |record: &mut RunRecord, report| {
        if let Some(sync) = &report.sync {
            record.note_sync(sync);
        }
    })?;
    propose(&mut report, context);
    if arguments.comment {
        comment(&report, project.repository.prefix(), context);
    }
    say(&report, project.repository.prefix(), context);
    // What was pushed is pushed: the run does not fail for a courtesy.
    if let Some(path) = &report.surroundings.summary
        && let Err(error) = store::append(path, &ci_summary(&report, project.repository.prefix()))
    {
        context.output.say(&format!("no summary was written: {}", safe(&error.to_string())));
    }
    Ok(if report.has_errors() { Exit::Findings } else { Exit::Success })
}

/// The first line of the comment that is updated.
const MARKER: &str = "<!-- taskmaster: what merging would cause -->";

/// Opens a pull request of what the branch did not take. Where that cannot be, the branch with the commits is there all the same.
fn propose(report: &mut CiReport, context: &Context) {
    let text = ci_proposal(report);
    let Some(published) = &mut report.published else { return };
    let (Some(proposed), Some(github)) = (&mut published.proposed, Github::of_process()) else { return };
    let (title, body) = text;
    let proposal = Proposal { head: proposed.branch.clone(), base: published.branch.clone(), title, body };
    match github.propose(&proposal) {
        Ok(address) => proposed.pull_request = Some(address),
        Err(error) => context.output.say(&format!("no pull request was opened: {}", safe(&error.to_string()))),
    }
}

/// Comments on the pull request, where there is one that may be: a pipeline does not fail for that it cannot.
fn comment(report: &CiReport, prefix: &str, context: &Context) {
    let (Some(number), Some(github)) = (report.surroundings.pull_request, Github::of_process()) else { return };
    if let Err(error) = github.comment(number, MARKER, &ci_summary(report, prefix)) {
        context.output.say(&format!("no comment was made: {}", safe(&error.to_string())));
    }
}

fn say(report: &CiReport, prefix: &str, context: &Context) {
    let output = context.output;
    if context.json {
        output.data(&wire::pretty(&CiJson::of(report)));
        return;
    }
    for finding in &report.findings {
        output.data(&ci_annotation(report.surroundings.provider, prefix, finding));
    }
    output.data(&format!("taskmaster: {}\n", safe(&ci_sentence(report))));
    if report.older > 0 {
        output.say(&format!("{} there before: taskmaster check", plural(report.older, "error was", "errors were")));
    }
    for line in report.sync.iter().flat_map(render_sync) {
        output.say(&line);
    }
    edited::published(output, report.published.as_ref());
    if report.taken_up > 0 {
        let (effects, what) =
            (plural(report.taken_up, "effect", "effects"), "that an earlier run has recorded and nobody has sent");
        output.say(&format!("takes up {effects} {what}"));
    }
}
