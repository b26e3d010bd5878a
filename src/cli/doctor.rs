use std::path::PathBuf;

use clap::Args;

use super::{Context, hooks};
use crate::app::{self, CHECKS, DoctorReport, Finding, Gravity, HookFault, Installation, Treated, Treatment};
use crate::hook::{self, Git, HooksStatus, InstallError, SharedFolder};
use crate::ui::{Exit, plural, safe};
use crate::wire::{self, DoctorJson};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Mend what can be mended. Edits, what is staged, commits and other people's files and locks stay
    #[arg(long)]
    fix: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Exit {
    let treatment = if arguments.fix { Treatment::Mend } else { Treatment::Look };
    let report = app::doctor(&context.directory, &Hooks(context), treatment);
    if context.json {
        context.output.data(&wire::pretty(&DoctorJson::of(&report)));
    } else {
        print(&report, context);
    }
    if report.open() == 0 { Exit::Success } else { Exit::Findings }
}

fn print(report: &DoctorReport, context: &Context) {
    let output = context.output;
    for check in CHECKS {
        let mut is_well = true;
        for finding in report.findings.iter().filter(|finding| finding.check == check.name) {
            output.data(&text(finding));
            is_well = false;
        }
        if is_well {
            output.explain(&format!("ok: {}", check.name));
        }
    }
    let (open, mended) = (report.open(), report.findings.iter().filter(|finding| is_mended(finding)).count());
    let mendable = report.findings.iter().filter(|finding| finding.result == Treated::Mendable).count();
    output.say(&match (open, mended) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, _) => format!("{mended} mended, nothing is wrong any more"),
        (_, 0) => format!("{} found", plural(open, "fault", "faults")),
        _ => format!("{mended} mended, {} left", plural(open, "fault", "faults")),
    });
    if mendable > 0 {
        output.say(&format!("{mendable} can be mended: taskmaster doctor --fix"));
    }
}

fn is_mended(finding: &Finding) -> bool {
    matches!(finding.result, Treated::Mended(_))
}

fn text(finding: &Finding) -> String {
    let note = if finding.gravity == Gravity::Note { " (note)" } else { "" };
    let mut lines = vec![format!("{}{note}: {}", finding.check, safe(&finding.what))];
    lines.extend(finding.place.as_ref().map(|place| format!("  at {}", safe(place))));
    lines.push(match &finding.result {
        Treated::Mended(did) => format!("  mended: {}", safe(did)),
        Treated::Failed(why) => format!("  not mended: {}\n  hint: {}", safe(why), safe(&finding.hint)),
        Treated::ByHand | Treated::Mendable => format!("  hint: {}", safe(&finding.hint)),
    });
    lines.push(String::new());
    lines.join("\n")
}

/// The hooks of the repository that the command is run in.
pub(super) struct Hooks<'a>(pub(super) &'a Context);

impl Hooks<'_> {
    fn status(&self) -> Result<HooksStatus, InstallError> {
        match self.0.project() {
            Ok(project) => hook::status(&hooks::git(&project), hooks::place(&project)),
            Err(_) => hook::status(&Git::inherited(), &self.0.directory),
        }
    }
}

impl Installation for Hooks<'_> {
    fn look(&self) -> Vec<HookFault> {
        match (self.status(), std::env::current_exe()) {
            (Ok(status), Ok(program)) => hook::faults(&status, &program),
            (Err(error), _) => vec![unknown(&error.to_string(), error.hint())],
            (_, Err(error)) => vec![unknown(&format!("this program cannot find itself: {error}"), None)],
        }
    }

    fn runs_any(&self) -> bool {
        self.status().is_ok_and(|status| status.hooks.iter().any(|hook| hook.state.runs_ours()))
    }

    fn install(&self) -> Result<String, String> {
        let project = self.0.project().map_err(|error| error.to_string())?;
        let installed = hooks::put_quietly(&project, SharedFolder::Refuse, &[]).map_err(|error| error.to_string())?;
        installed.map_err(|error| error.to_string())?;
        Ok("installed, as taskmaster hooks install does".to_owned())
    }

    fn folder(&self) -> Option<PathBuf> {
        self.status().ok().map(|status| status.folder.path)
    }
}

fn unknown(what: &str, hint: Option<String>) -> HookFault {
    HookFault {
        kind: app::HookFaultKind::ByHand,
        what: what.to_owned(),
        place: None,
        hint: hint.unwrap_or_else(|| "taskmaster hooks status".to_owned()),
    }
}
