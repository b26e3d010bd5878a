//! The rules' file by itself: what it amounts to, what is wrong with it, and its layout.

use std::path::{Path, PathBuf};

use serde_json::{Number, Value};

use super::check::workflow_findings;
use super::project::nearest;
use super::{AppError, Project};
use crate::format::variable;
use crate::format::workflow::keys::{self, Fate, ValueKind};
use crate::format::workflow::{self, Ignored, InForce, Setting, SettingOrigin};
use crate::model::{Board, Code, Diagnostic, TreePath};
use crate::store::{self, Replaced};

/// What settings amount to.
#[derive(Debug)]
pub struct ConfigShown {
    /// The environment that was chosen.
    pub environment: Option<String>,
    /// The settings asked for, and for each of the variables in it whether it is set.
    pub settings: Vec<(Setting, Vec<(String, bool)>)>,
    /// What is written and does not count.
    pub left_out: Vec<Ignored>,
}

/// What is wrong with a file of rules.
#[derive(Debug)]
pub struct ConfigCheck {
    /// The file as it was named.
    pub file: String,
    /// The findings, in the order of the file.
    pub findings: Vec<Diagnostic>,
}

/// A file brought to the newest layout.
#[derive(Debug)]
pub struct UpgradeReport {
    /// The file as it was named.
    pub file: String,
    /// The path it is shown by.
    pub path: TreePath,
    /// The version it had.
    pub from: Option<String>,
    /// Its bytes before.
    pub before: Vec<u8>,
    /// Its bytes afterwards.
    pub after: Vec<u8>,
}

/// Whether an upgrade is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeWrite {
    /// The file is replaced.
    File,
    /// It is only shown.
    Nothing,
}

/// A file of rules on disk.
struct RulesFile {
    place: PathBuf,
    shown: String,
    path: TreePath,
    bytes: Option<Vec<u8>>,
    /// What is there instead of a file of its own.
    instead: Option<&'static str>,
}

impl RulesFile {
    fn of_project(project: &Project) -> Result<Self, AppError> {
        let place = project.on_disk(&TreePath::workflow())?;
        let shown = project.repository.full_path(&TreePath::workflow());
        let is_linked = project.repository.is_linked(&TreePath::workflow())?;
        let instead = instead_of_file(&place, is_linked);
        Ok(Self { bytes: store::read(&place)?, place, shown, path: TreePath::workflow(), instead })
    }

    fn named(folder: &Path, file: &Path) -> Result<Self, AppError> {
        let place = folder.join(file);
        let (path, instead) = (rules_path(file), instead_of_file(&place, place.is_symlink()));
        Ok(Self { bytes: store::read(&place)?, place, shown: file.display().to_string(), path, instead })
    }

    /// # Errors
    /// When something else is in the file's place.
    fn known(&self) -> Result<(), AppError> {
        let error = |what| AppError::NoRules { path: self.shown.clone(), what };
        self.instead.map_or(Ok(()), |what| Err(error(what)))
    }

    fn content(&self) -> Result<&[u8], AppError> {
        self.known()?;
        self.bytes.as_deref().ok_or_else(|| AppError::NoFile { path: self.shown.clone() })
    }
}

fn instead_of_file(place: &Path, is_linked: bool) -> Option<&'static str> {
    if is_linked {
        return Some("is a link or stands behind one");
    }
    store::is_occupied(place).then_some("is a folder, or no plain file")
}

/// What findings in a file of rules outside the tree's own place call it: its path as it was named, or its name
/// where that is none that a tree could have.
#[must_use]
pub fn rules_path(file: &Path) -> TreePath {
    let whole = file.to_str().and_then(|text| TreePath::new(text).ok());
    let name = || file.file_name().and_then(|name| TreePath::new(name.to_string_lossy()).ok());
    whole.or_else(name).unwrap_or_else(TreePath::workflow)
}

fn rules_file(folder: &Path, file: Option<&Path>) -> Result<RulesFile, AppError> {
    match file {
        Some(file) => RulesFile::named(folder, file),
        None => RulesFile::of_project(&Project::open(folder)?),
    }
}

/// The settings in force in the worktree's file, those at and below `key` where one is given.
///
/// # Errors
/// When the file cannot be read, or the chosen environment or the key is not known.
pub fn show_config(project: &Project, key: Option<&str>) -> Result<ConfigShown, AppError> {
    let file = RulesFile::of_project(project)?;
    file.known()?;
    let bytes = file.bytes.as_deref().unwrap_or_default();
    let (rules, _) = workflow::read(&file.path, bytes);
    let environment = project.environment(&rules).map(ToOwned::to_owned);
    let InForce { mut settings, mut left_out } = workflow::in_force(&file.path, bytes, environment.as_deref())?;
    settings.retain(|setting| keys::has_effect(&setting.key));
    if let Some(mode) =
        project.repository.config_text("taskmaster.mode").filter(|name| workflow::Mode::named(name).is_some())
    {
        settings.retain(|setting| setting.key != "mode");
        left_out.retain(|ignored| ignored.key != "mode");
        let origin = SettingOrigin::Git("taskmaster.mode".to_owned());
        settings.insert(0, Setting { key: "mode".to_owned(), value: Value::String(mode), origin });
    }
    if let Some(key) = key {
        let below =
            |name: &str| name.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let known: Vec<String> = settings.iter().map(|setting| setting.key.clone()).collect();
        settings.retain(|setting| below(&setting.key));
        left_out.retain(|ignored| below(&ignored.key) || key.starts_with(&ignored.key));
        if settings.is_empty() && left_out.is_empty() && keys::find(key).is_none() {
            return Err(AppError::UnknownSetting { text: key.to_owned(), suggestion: nearest(key, &known) });
        }
    }
    for setting in &mut settings {
        hide(&setting.key, &mut setting.value);
        count(&setting.key, &mut setting.value);
    }
    for Ignored { key, value, .. } in &mut left_out {
        if let Some(value) = value {
            hide(key, value);
        }
    }
    let settings = settings.into_iter().map(|setting| {
        let mut names = Vec::new();
        variables_in(&setting.value, &mut names);
        (setting, names)
    });
    Ok(ConfigShown { environment, settings: settings.collect(), left_out })
}

/// A secret that is written out is not repeated.
fn hide(key: &str, value: &mut Value) {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if !value.is_null() && keys::shows_secret(key, &text) {
        *value = Value::String("(written out, not shown)".to_owned());
    }
}

/// A number is one however it is spelt: elsewhere `0.80` is kept as it is written.
fn count(key: &str, value: &mut Value) {
    let is_number = |key: &keys::Key| {
        matches!(key.value, ValueKind::Share | ValueKind::Number(_) | ValueKind::Count(_) | ValueKind::Whole(_))
    };
    if keys::find(key).is_some_and(is_number)
        && let Some(text) = value.as_str().map(str::trim)
    {
        let whole = text.parse::<u64>().ok().map(Number::from);
        let number = whole.or_else(|| text.parse().ok().and_then(Number::from_f64));
        *value = number.map_or_else(|| value.clone(), Value::Number);
    }
}

fn variables_in(value: &Value, into: &mut Vec<(String, bool)>) {
    match value {
        Value::String(text) => {
            for name in variable::names(text) {
                let is_set = std::env::var_os(name).is_some_and(|value| !value.is_empty());
                if !into.iter().any(|(known, _)| known == name) {
                    into.push((name.to_owned(), is_set));
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| variables_in(item, into)),
        Value::Object(entries) => entries.values().for_each(|value| variables_in(value, into)),
        _ => {}
    }
}

/// Finds everything that is wrong with a file of rules: that of the tree, or any other.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub fn check_config(folder: &Path, file: Option<&Path>) -> Result<ConfigCheck, AppError> {
    let file = rules_file(folder, file)?;
    let bytes = file.content()?;
    let (rules, mut findings) = workflow::read(&file.path, bytes);
    // The fields that tasks have tell a slip of the keyboard from a field of one's own.
    let board = Project::open(folder).and_then(|project| project.worktree()).map(|view| view.board);
    findings.extend(workflow_findings(&rules, &board.unwrap_or_else(|_| Board::empty())));
    findings.sort_by_key(|finding| finding.place.as_ref().map_or((usize::MAX, 0), |place| (place.line, place.column)));
    findings.extend(without_effect(&file.path, bytes));
    Ok(ConfigCheck { file: file.shown, findings })
}

/// A note about all the settings that are understood and have no effect here, and one about those that are
/// recorded alone.
fn without_effect(path: &TreePath, bytes: &[u8]) -> Vec<Diagnostic> {
    let Ok(settings) = workflow::effective(path, bytes, None) else { return Vec::new() };
    let (mut understood, mut recorded): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let in_file = settings.iter().filter(|setting| matches!(setting.origin, SettingOrigin::File(_)));
    for name in in_file.flat_map(names_in) {
        match keys::find(&name).map(|key| key.fate) {
            _ if name.starts_with(DESTINATION) && name.ends_with(']') => understood.push(name),
            Some(Fate::Understood(why)) if why != "for people" => understood.push(name),
            Some(Fate::Recorded) => recorded.push(name),
            _ => {}
        }
    }
    let titles = [
        ("understood, and without a meaning here", understood),
        ("about carrying out effects, which this version only records", recorded),
    ];
    let notes = titles.into_iter().filter(|(_, names)| !names.is_empty()).map(|(title, names)| {
        let note = Diagnostic::note(Code::WITHOUT_EFFECT, format!("{title}: {}", by_section(&names)));
        note.hint("docs/workflow-reference.md says of each why")
    });
    notes.collect()
}

/// `task_integration: a, b; endpoints: c`: the names of each section behind it, in the order of the file.
fn by_section(names: &[String]) -> String {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in names {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (section, rest) = name.split_at(end);
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        match sections.iter_mut().find(|(known, _)| *known == section) {
            Some((_, inside)) => inside.push(rest),
            None => sections.push((section, vec![rest])),
        }
    }
    let shown = sections.iter().map(|(section, inside)| match inside.as_slice() {
        [""] => (*section).to_owned(),
        inside => format!("{section}: {}", inside.join(", ")),
    });
    shown.collect::<Vec<_>>().join("; ")
}

/// What the name of a destination of the log begins with.
const DESTINATION: &str = "logging.destinations[";

/// The name of a setting; of a list of mappings the names of what is in them: `logging.destinations[file].path`.
/// A destination of the log that is no file is one name, whatever it says: nothing is written there.
fn names_in(setting: &Setting) -> Vec<String> {
    let is_list = keys::find(&setting.key).is_some_and(|key| matches!(key.value, ValueKind::List(_)));
    let Some(members) = setting.value.as_array().filter(|_| is_list) else { return vec![setting.key.clone()] };
    let inside = members.iter().enumerate().flat_map(|(at, member)| {
        let kind = member.get("type").and_then(Value::as_str).map_or_else(|| at.to_string(), ToOwned::to_owned);
        let before = format!("{}[{kind}]", setting.key);
        if before.starts_with(DESTINATION)
            && member.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "file")
        {
            return vec![before];
        }
        member.as_object().into_iter().flatten().map(move |(key, _)| format!("{before}.{key}")).collect::<Vec<_>>()
    });
    inside.collect()
}

/// Brings a file of rules to the newest layout, in the worktree alone.
///
/// # Errors
/// When there is no such file, it is broken, or somebody saves it just now.
pub fn upgrade_config(folder: &Path, file: Option<&Path>, write: UpgradeWrite) -> Result<UpgradeReport, AppError> {
    let file = rules_file(folder, file)?;
    let before = file.content()?.to_vec();
    let done =
        workflow::upgrade(&file.path, &before).map_err(|error| AppError::Upgrade { reason: error.to_string() })?;
    if write == UpgradeWrite::File
        && done.bytes != before
        && store::replace(&file.place, Some(&before), &done.bytes)? == Replaced::Newer
    {
        return Err(AppError::Newer { path: file.path });
    }
    Ok(UpgradeReport { file: file.shown, path: file.path, from: done.from, before, after: done.bytes })
}
