//! What of the written settings counts: what is broken is left out, and the default holds.

use serde_json::Value;

use super::effective::{Written, add_defaults, written_settings};
use super::{Mode, Setting, SettingOrigin, UnknownEnvironment, read};
use crate::model::{Diagnostic, Place, Severity, TreePath};

/// The settings that are in force, and those that are written and are not.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// In the order of the file, defaults last.
    pub settings: Vec<Setting>,
    /// In the order of the file.
    pub left_out: Vec<Ignored>,
}

/// Something that is written and does not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignored {
    /// Its dotted path: of a trigger, an action or a channel the path that all of its settings begin with.
    pub key: String,
    /// What is written; `None` where several settings are left out together.
    pub value: Option<Value>,
    /// What is wrong.
    pub why: String,
    /// Where.
    pub place: Option<Place>,
}

/// The settings in force of a file in an environment.
///
/// # Errors
/// When there is no environment of that name.
pub fn in_force(path: &TreePath, bytes: &[u8], name: Option<&str>) -> Result<InForce, UnknownEnvironment> {
    let (rules, findings) = read(path, bytes);
    let Written { mut settings, members } = written_settings(path, bytes, name)?;
    let errors: Vec<&Diagnostic> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let mut left_out: Vec<Ignored> = Vec::new();
    let ignored = |key: &str, value: Option<Value>, error: &Diagnostic| Ignored {
        key: key.to_owned(),
        value,
        why: error.message.clone(),
        place: error.place.clone(),
    };
    for member in &members {
        let is_inside = |error: &&&Diagnostic| error.place.as_ref().is_some_and(|place| member.is_spoilt_at(place));
        if let Some(error) = errors.iter().find(is_inside) {
            settings.retain(|setting| !is_below(&setting.key, &member.key));
            left_out.push(ignored(&member.key, None, error));
        }
    }
    settings.retain(|setting| {
        let (SettingOrigin::File(place) | SettingOrigin::Environment { place, .. }) = &setting.origin else {
            return true;
        };
        let is_it = |error: &&&Diagnostic| error.place.as_ref().is_some_and(|at| is_same(at, place));
        let error = errors.iter().find(is_it);
        left_out.extend(error.map(|error| ignored(&setting.key, Some(setting.value.clone()), error)));
        error.is_none()
    });
    // A slip of the keyboard never makes the engine do more.
    let is_mode = |setting: &Setting| setting.key == "mode";
    let observe = Mode::Observe.name();
    if rules.mode == Some(Mode::Observe)
        && let Some(written) =
            settings.iter().find(|setting| is_mode(setting) && setting.value.as_str() != Some(observe))
    {
        let of_git = |error: &&&Diagnostic| {
            let written = settings.iter().filter(|setting| is_below(&setting.key, "git"));
            let ignored = left_out.iter().filter(|ignored| is_below(&ignored.key, "git"));
            let places = written.filter_map(Setting::place).chain(ignored.filter_map(|ignored| ignored.place.as_ref()));
            places.into_iter().any(|place| error.place.as_ref().is_some_and(|at| is_same(at, place)))
        };
        let why = errors.iter().find(of_git).map_or_else(
            || "`mode` or `git` has an error, and the mode is `observe` until it is corrected".to_owned(),
            |error| format!("the mode is `observe` until this is corrected: {}", error.message),
        );
        left_out.push(Ignored {
            key: written.key.clone(),
            value: Some(written.value.clone()),
            why,
            place: written.place().cloned(),
        });
        settings.retain(|setting| !is_mode(setting));
    }
    left_out.sort_by_key(|ignored| ignored.place.as_ref().map(|place| (place.line, place.column)));
    add_defaults(&mut settings);
    Ok(InForce { settings, left_out })
}

/// Whether a setting is the one of that path, or one below it.
pub(super) fn is_below(key: &str, path: &str) -> bool {
    key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn is_same(one: &Place, other: &Place) -> bool {
    (one.line, one.column) == (other.line, other.column)
}
