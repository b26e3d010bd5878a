use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use clap::Args;

use super::{Context, Environment, now};
use crate::app::{AppError, WatchSettings};
use crate::format::workflow::WatchPolicy;
use crate::ui::{Exit, Foot, Verbosity, render_watch};
use crate::watch::{Bell, Scene, WatchRequest, watch};
use crate::wire::{self, WatchJson};

/// How often files are looked at where the system gives no notices, unless it is said.
const EVERY: u64 = 1000;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which edits are committed as yours: those that are events, all, or none. Not given: `git.watch` of workflow.yaml
    #[arg(long, value_name = "WHICH")]
    commit: Option<Which>,
    /// How long files must have been left alone before they are looked at
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 75, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    settle: u64,
    /// How long files that are written again and again are waited for
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    patience: u64,
    /// Look from time to time, instead of being told by the system
    #[arg(long, value_name = "MILLISECONDS", num_args = 0..=1, default_missing_value = "1000", value_parser = clap::value_parser!(u64).range(20..=3_600_000))]
    poll: Option<u64>,
    #[command(flatten)]
    environment: Environment,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Which {
    /// Those that are events
    Events,
    /// All
    All,
    /// None: what follows is written into the files
    Never,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let policy = arguments.commit.map(|which| match which {
        Which::Events => WatchPolicy::Events,
        Which::All => WatchPolicy::All,
        Which::Never => WatchPolicy::Never,
    });
    let request = WatchRequest {
        settings: WatchSettings {
            policy,
            quiet: Duration::from_millis(arguments.settle),
            patience: Duration::from_millis(arguments.patience),
        },
        every: Duration::from_millis(arguments.poll.unwrap_or(EVERY)),
        bell: if arguments.poll.is_some() { Bell::Clock } else { Bell::Notices },
    };
    let open = || {
        let project = context.project()?.in_environment(arguments.environment.name());
        project.know_environment()?;
        Ok(project)
    };
    let mut foot = Foot::default();
    let mut show = |scene: Scene<'_>| match show(&scene, &mut foot, context) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    watch(&open, &request, &wire::run_lines, &now, &mut show)?;
    context.output.end_foot();
    Ok(Exit::Success)
}

fn show(scene: &Scene<'_>, foot: &mut Foot, context: &Context) -> io::Result<()> {
    let output = context.output;
    if context.json {
        return match WatchJson::of(scene, now()) {
            Some(line) => output.stream_of_data(&wire::line(&line)),
            None => Ok(()),
        };
    }
    if output.verbosity == Verbosity::Quiet && !scene.is_fault() {
        return Ok(());
    }
    for line in render_watch(scene) {
        output.above_foot(&line)?;
        foot.overwritten();
    }
    match foot.note(scene) {
        Some(line) => output.foot(&line),
        None => Ok(()),
    }
}
