//! What is wrong with a repository's hooks, in the words of the doctor.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::hook_file::HookFile;
use super::section::recorded_binary;
use super::{FolderKind, HookName, HookState, HooksFolder, HooksStatus, InstallError, OutcomeKind};
use crate::app::{HookFault, HookFaultKind};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is wrong with the hooks. `program` is this one, which installing would name.
#[must_use]
pub fn faults(status: &HooksStatus, program: &Path) -> Vec<HookFault> {
    let folder = &status.folder;
    if folder.kind == FolderKind::Disabled {
        let setting = folder.configured.as_ref();
        let value = setting.map(|setting| setting.value.clone()).unwrap_or_default();
        let scope = setting.map_or_else(|| "local".to_owned(), |setting| setting.scope.clone());
        return vec![by_install_error(&InstallError::Disabled { value, scope }, None)];
    }
    let mut faults: Vec<HookFault> = Vec::new();
    let mut missing = Vec::new();
    for hook in &status.hooks {
        let fault = |kind, what: String, hint: &str| HookFault {
            kind,
            what,
            place: Some(hook.file.clone()),
            hint: hint.to_owned(),
        };
        let by_hand = |what: String, kind: &OutcomeKind| {
            let hint = kind.hint().unwrap_or_else(|| "taskmaster hooks install".to_owned());
            fault(HookFaultKind::ByHand, format!("{}: {what}", hook.hook), &hint)
        };
        faults.extend(match &hook.state {
            HookState::Installed { binary, .. } => program_fault(binary, program),
            HookState::Outdated { binary } => Some(program_fault(binary, program).unwrap_or_else(|| {
                let what = format!("{}: the lines in it are of another version, or were changed", hook.hook);
                fault(HookFaultKind::Stale, what, "taskmaster hooks install")
            })),
            HookState::Missing => {
                missing.push(hook.hook);
                None
            }
            HookState::NotExecutable if has_section(&hook.file) => Some(fault(
                HookFaultKind::Stale,
                format!("{}: not executable, so that git ignores it", hook.hook),
                "taskmaster hooks install",
            )),
            HookState::NotExecutable => {
                Some(by_hand("a script that is not executable, without ours".to_owned(), &OutcomeKind::NotExecutable))
            }
            HookState::Foreign { interpreter } => Some(fault(
                HookFaultKind::ByHand,
                format!("{}: a script for {interpreter}, without ours", hook.hook),
                "taskmaster hooks install prints the lines for it",
            )),
            HookState::Managed(manager) if manager.present => on_path().is_none().then(|| HookFault {
                kind: HookFaultKind::ByHand,
                what: format!("{} runs `taskmaster`, and there is none on PATH", manager.name),
                place: Some(manager.file.clone()),
                hint: format!("put it there, or a link: {}", program.display()),
            }),
            HookState::Managed(manager) => Some(HookFault {
                kind: HookFaultKind::ByHand,
                what: format!("{}: in the hands of {}, without ours", hook.hook, manager.name),
                place: Some(manager.file.clone()),
                hint: "taskmaster hooks install prints the lines for it".to_owned(),
            }),
            HookState::Linked { target } => Some(by_hand(
                format!("a link to {}", target.display()),
                &OutcomeKind::Linked { target: target.clone() },
            )),
            HookState::Broken(error) => {
                Some(fault(HookFaultKind::ByHand, format!("{}: {error}", hook.hook), &error.hint()))
            }
        });
    }
    faults.extend(missing_fault(folder, &missing));
    let mut said: Vec<String> = Vec::new();
    faults.retain(|fault| {
        let is_new = !said.contains(&fault.what);
        said.push(fault.what.clone());
        is_new
    });
    faults
}

/// All that are not there are one fault.
fn missing_fault(folder: &HooksFolder, missing: &[HookName]) -> Option<HookFault> {
    if missing.is_empty() {
        return None;
    }
    let place = Some(folder.path.clone());
    if folder.kind == FolderKind::Outside {
        let scope = folder.configured.as_ref().map(|setting| setting.scope.clone());
        let error = InstallError::Outside { path: folder.path.clone(), scope, own: folder.default.clone() };
        return Some(by_install_error(&error, place));
    }
    let names = missing.iter().map(|hook| hook.file_name()).collect::<Vec<_>>().join(", ");
    let elsewhere = folder.side.hooks().iter().any(|hook| has_section(&folder.default.join(hook.file_name())));
    let what = match &folder.configured {
        Some(setting) if elsewhere && folder.path != folder.default => format!(
            "git runs no hooks from {}, where ours are: core.hooksPath is `{}` ({})",
            folder.default.display(),
            setting.value,
            setting.scope
        ),
        _ => format!("not installed: {names}"),
    };
    let install = match folder.side {
        super::Side::Clone => "taskmaster hooks install",
        super::Side::Server => "taskmaster hooks install --server",
    };
    let none = missing.len() == folder.side.hooks().len() && !elsewhere;
    let kind = match folder.side {
        super::Side::Clone if none => HookFaultKind::Uninstalled,
        super::Side::Clone | super::Side::Server => HookFaultKind::Missing,
    };
    Some(HookFault { kind, what, place, hint: install.to_owned() })
}

fn by_install_error(error: &InstallError, place: Option<PathBuf>) -> HookFault {
    let hint = error.hint().unwrap_or_else(|| "taskmaster hooks install".to_owned());
    HookFault { kind: HookFaultKind::ByHand, what: error.to_string(), place, hint }
}

/// What is wrong with the program that a section names.
fn program_fault(binary: &Path, program: &Path) -> Option<HookFault> {
    let fault = |what: String| {
        Some(HookFault {
            kind: HookFaultKind::Stale,
            what,
            place: Some(binary.to_owned()),
            hint: "taskmaster hooks install names this one".to_owned(),
        })
    };
    if !binary.is_file() {
        return fault("the program that the hooks name is gone".to_owned());
    }
    let (same, this) = (binary.canonicalize().ok(), program.canonicalize().ok());
    if same.is_some() && same == this {
        return None;
    }
    match version_of(binary) {
        Some(version) if version == VERSION => None,
        Some(version) => fault(format!("the hooks run version {version}, and this is {VERSION}")),
        None => fault("the program that the hooks name does not say its version".to_owned()),
    }
}

/// What a program of our name says its version is; no other is run.
fn version_of(binary: &Path) -> Option<String> {
    let name = binary.file_stem()?.to_str()?;
    if !["taskmaster", "git-taskmaster"].contains(&name) {
        return None;
    }
    let output = Command::new(binary).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(ToOwned::to_owned)
}

fn has_section(file: &Path) -> bool {
    matches!(HookFile::read(file), Ok(HookFile::Script { bytes, .. }) if matches!(recorded_binary(&bytes), Ok(Some(_))))
}

/// Where `taskmaster` is on PATH.
fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("taskmaster")).find(|file| file.is_file())
}
