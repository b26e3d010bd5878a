use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Args;

use super::Context;
use crate::app::{self, AppError, Leave, TrustError, TrustReport};
use crate::model::TreePath;
use crate::ui::{Exit, plural, render_patch, safe};
use crate::wire::{self, AllowJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The digest of the configuration, all 64 digits: allowed without a question where HEAD has that one,
    /// and refused where it has another
    #[arg(value_name = "HASH")]
    hash: Option<String>,
    /// Only show what would be allowed, with the whole text of the rules
    #[arg(short = 'n', long, conflicts_with = "hash")]
    dry_run: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let report = app::trust(&project)?;
    let Some(configuration) = &report.configuration else { return Err(TrustError::NoConfiguration.into()) };
    if !context.json {
        show(&report, context);
        if arguments.dry_run {
            whole(&configuration.text, context);
        } else if report.leave != Leave::Given {
            let path = project.repository.full_path(&TreePath::workflow());
            context.output.say(&format!("the whole text: git show HEAD:{}", safe(&path)));
        }
    }
    let hash = match &arguments.hash {
        Some(hash) => Some(hash.as_str()),
        None if report.leave == Leave::Given || arguments.dry_run => None,
        None if context.json || !io::stdin().is_terminal() => None,
        None => asked()?.then_some(configuration.hash.as_str()),
    };
    let mut leave = report.leave;
    if let Some(hash) = hash {
        app::allow(&project, &report, hash, super::now())?;
        leave = Leave::Given;
    }
    if context.json {
        context.output.data(&wire::pretty(&AllowJson::of(
            &report,
            leave,
            project.repository.full_path(&TreePath::workflow()),
        )));
    } else {
        let word = if leave == Leave::Given { "allowed" } else { "not allowed" };
        context.output.data(&format!("{word}: {}\n", configuration.hash));
        if leave != Leave::Given && !arguments.dry_run {
            context.output.say(&format!("to allow it: taskmaster allow {}", configuration.hash));
        }
    }
    Ok(if leave == Leave::Given || arguments.dry_run { Exit::Success } else { Exit::Findings })
}

/// What is asked for, or what has changed since something was allowed.
fn show(report: &TrustReport, context: &Context) {
    let Some(configuration) = &report.configuration else { return };
    match (report.leave, report.allowed.last()) {
        (Leave::Outdated, Some(last)) => {
            context.output.data(&render_patch(
                &TreePath::workflow(),
                Some(last.text.as_bytes()),
                Some(&configuration.text),
            ));
        }
        (Leave::Missing, _) => {
            for ask in &report.asks {
                context.output.data(&format!("{}\n", safe(ask)));
            }
            if report.asks.is_empty() {
                context.output.say("the configuration runs nothing and addresses nobody");
            } else {
                let parts = plural(report.asks.len(), "part", "parts");
                context.output.say(&format!("{parts} of the configuration would act outside the tree"));
            }
        }
        _ => {}
    }
}

/// The rules as they are committed, line by line.
fn whole(text: &[u8], context: &Context) {
    context.output.say("the whole text, which is what is allowed:");
    for line in String::from_utf8_lossy(text).lines() {
        context.output.data(&format!("{}\n", safe(line)));
    }
}

/// The answer of a person at a terminal. Anything but a yes is a no.
fn asked() -> Result<bool, AppError> {
    let mut stderr = io::stderr().lock();
    // Where nobody can be asked nobody says yes.
    let _ = io::Write::write_all(&mut stderr, b"allow this configuration to run and send in this clone? [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|source| TrustError::NoAnswer { source })?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
