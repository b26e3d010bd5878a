use clap::Args;

use super::{Context, UNREADABLE};
use crate::app::{self, AppError, Configuration, RunRecord};
use crate::effect::{Carried, Course, Drained, Held, Patience, Reins, Site, drain};
use crate::ui::{Exit, plural, safe};
use crate::wire::{self, OutboxRunJson};

#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    /// Go on until nothing is left: wait for what is to be tried again
    #[arg(long)]
    wait: bool,
    /// Allow this configuration for this run alone: its digest, all 64 digits, where HEAD has that one. Beside it, or in the same
    /// text behind a comma or a space, those of older ones that something was recorded under
    #[arg(long, value_name = "HASH")]
    allow: Vec<String>,
    /// As a hook starts it
    #[arg(long, hide = true, conflicts_with_all = ["wait", "allow"])]
    detached: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, AppError> {
    let project = context.project()?;
    let trust = app::trust(&project)?;
    let mut site = Site::of(&project, &trust)?;
    if !arguments.allow.is_empty() {
        site = site.allowing(&app::allow_once(&project, &trust, &arguments.allow, crate::cli::now())?);
    }
    let unsaid = |error: &AppError| {
        let why = "it cannot be said at the remote what is sent, so that another run of the pipeline may send it again";
        context.output.say(&format!("{why}: {}", safe(&error.to_string())));
    };
    let sending = app::Sending::begin(&project, crate::cli::now()).unwrap_or_else(|error| {
        unsaid(&error);
        None
    });
    let patience = if arguments.wait || arguments.detached { Patience::Stay } else { Patience::Due };
    let who = format!("taskmaster outbox run, process {}", std::process::id());
    let work = || {
        let mut held = Held::default();
        let reins = Reins::default();
        let course = Course { patience, who: &who, reins: &reins, held: &mut held, tell: &mut |_| {} };
        Ok(drain(&site, course)?)
    };
    let drained = Context::logged(&project, "outbox run", work, note);
    if let (Some(sending), Ok(Drained::Done(_)) | Err(_)) = (sending, &drained)
        && let Err(error) = sending.end(&project, crate::cli::now())
    {
        unsaid(&error);
    }
    let drained = drained?;
    if context.json {
        context.output.data(&wire::pretty(&OutboxRunJson::of(&drained)));
    }
    let carried = match &drained {
        Drained::Busy(holder) => {
            if !context.json {
                context.output.say(&format!("somebody else is at it: {}", safe(holder)));
            }
            return Ok(if arguments.detached { Exit::Success } else { Exit::NotNow });
        }
        Drained::Done(carried) => carried,
    };
    if !context.json {
        for line in lines(carried) {
            context.output.data(&format!("{line}\n"));
        }
        for why in &carried.held {
            context.output.say(&safe(why));
        }
        if let Some(Configuration { hash: at_head, .. }) = &trust.configuration {
            for hash in carried.unallowed.iter().filter(|hash| *hash != at_head) {
                context.output.say(&older(at_head, hash));
            }
        }
    }
    let waits = carried.not_allowed + carried.off_branch + carried.later > 0 || !carried.held.is_empty();
    Ok(if carried.dead + carried.parked + carried.unreadable > 0 {
        Exit::Findings
    } else if arguments.wait && waits {
        Exit::Held
    } else {
        Exit::Success
    })
}

/// How what was recorded under other rules than those of HEAD is allowed.
fn older(at_head: &str, hash: &str) -> String {
    let hash = safe(hash);
    format!(
        "recorded under the rules {hash}, which are not those of HEAD: allow them beside those: --allow {at_head} --allow {hash}"
    )
}

/// What the log has of it.
fn note(record: &mut RunRecord, drained: &Drained) {
    record.outcome = "nothing";
    match drained {
        Drained::Busy(holder) => record.reason = Some(format!("somebody else is at it: {holder}")),
        Drained::Done(carried) => {
            let told = lines(carried);
            if *carried != Carried::default() {
                record.outcome = "carried-out";
                record.reason = Some(told.join("; "));
            }
            if carried.dead + carried.parked + carried.unreadable > 0 {
                record.warnings.extend(
                    told.into_iter().skip(1).filter(|line| line.contains("outbox list") || line.contains(UNREADABLE)),
                );
            }
            record.warnings.extend(carried.held.iter().cloned());
        }
    }
}

fn lines(carried: &Carried) -> Vec<String> {
    let effects = |count| plural(count, "effect", "effects");
    let mut lines = vec![format!("{} carried out", effects(carried.sent))];
    let more = [
        (carried.dead, "given up - taskmaster outbox list"),
        (carried.parked, "left to you: whether it happened is not known - taskmaster outbox list"),
        (carried.later, "to be tried again later"),
        (carried.off_branch, "for a commit that is not on its branch - taskmaster outbox list"),
        (carried.not_allowed, "not allowed - taskmaster allow"),
        (carried.unreadable, UNREADABLE),
    ];
    lines.extend(
        more.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", effects(count))),
    );
    lines
}
