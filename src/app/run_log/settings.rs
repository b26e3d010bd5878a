//! What `logging` of `workflow.yaml` says that has a meaning here.

use std::time::Duration;

use serde_json::Value;

use crate::engine::action;
use crate::format::workflow::Workflow;
use crate::store::{Aside, LogLimits};

/// The log's file name, unless the configuration gives another.
const NAME: &str = "workflow.jsonl";

/// How weighty a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For those who look for a defect.
    Debug,
    /// What was done.
    Info,
    /// What somebody should look at.
    Warning,
    /// What could not be done, or was refused.
    Error,
    /// What a rule calls critical; no run is that by itself.
    Critical,
}

impl LogLevel {
    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    pub(super) fn named(text: &str) -> Option<Self> {
        let name = action::level_named(text)?;
        [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical]
            .into_iter()
            .find(|level| level.name() == name)
    }
}

/// How the log is kept. What is not written, or makes no sense, is as by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Lines below it are not written.
    pub level: LogLevel,
    /// Whether events are in the lines.
    pub events: Listing,
    /// Whether triggers and their actions are in the lines.
    pub triggers: Listing,
    /// Whether anything is written at all.
    pub writes: Writing,
    /// The file's name, without folders.
    pub name: String,
    /// How much is kept.
    pub limits: LogLimits,
}

/// Whether something is listed in the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// It is.
    Listed,
    /// It is not.
    Omitted,
}

/// Whether the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: LogLevel::Info,
            events: Listing::Listed,
            triggers: Listing::Listed,
            writes: Writing::On,
            name: NAME.to_owned(),
            limits: LogLimits { max_bytes: 10 << 20, max_files: 5, keep: None, aside: Aside::Plain },
        }
    }
}

impl LogSettings {
    /// What the rules' file says of the log, in an environment; outside of all where it has none of that name.
    #[must_use]
    pub fn of(workflow: &Workflow, environment: Option<&str>) -> Self {
        let mut settings = Self::default();
        let outside = environment.and_then(|name| workflow.outside(Some(name)).ok());
        let sections = outside.as_ref().map_or(&workflow.sections, |outside| &outside.sections);
        let Some(logging) = sections.get("logging") else { return settings };
        let listing = |key: &str| match logging.get(key).and_then(Value::as_bool) {
            Some(false) => Listing::Omitted,
            _ => Listing::Listed,
        };
        (settings.events, settings.triggers) = (listing("log_workflow_events"), listing("log_automation_triggers"));
        let level = logging.get("level").and_then(Value::as_str).and_then(LogLevel::named);
        settings.level = level.unwrap_or(settings.level);
        let days = logging.get("retention_days").and_then(Value::as_u64).filter(|days| *days > 0);
        settings.limits.keep = days.map(|days| Duration::from_secs(days.saturating_mul(86_400)));
        if logging.get("compress_old_logs").and_then(Value::as_bool) == Some(true) {
            settings.limits.aside = Aside::Packed;
        }
        let destinations = logging.get("destinations").and_then(Value::as_array);
        let is_file = |value: &&Value| value.get("type").and_then(Value::as_str) == Some("file");
        let Some(file) = destinations.and_then(|all| all.iter().find(is_file)) else { return settings };
        if file.get("enabled").and_then(Value::as_bool) == Some(false) {
            settings.writes = Writing::Off;
        }
        if let Some(name) = file.get("path").and_then(Value::as_str).and_then(file_name) {
            name.clone_into(&mut settings.name);
        }
        if let Some(bytes) = file.get("max_size").and_then(size) {
            settings.limits.max_bytes = bytes.clamp(10 << 10, 1 << 30);
        }
        if let Some(files) = file.get("max_files").and_then(Value::as_u64) {
            settings.limits.max_files = u32::try_from(files.clamp(1, 100)).unwrap_or(1);
        }
        settings
    }
}

/// The last part of a path, where it is a plain name: a repository's configuration does not choose where
/// on the disk is written.
fn file_name(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = !name.is_empty() && name.len() <= 100 && name.chars().all(plain);
    (fits && !name.starts_with('.') && !name.to_ascii_lowercase().ends_with(".lock")).then_some(name)
}

/// `10MB`, `512 KiB`, `1048576`: bytes.
fn size(value: &Value) -> Option<u64> {
    if let Some(bytes) = value.as_u64() {
        return Some(bytes);
    }
    let text = value.as_str()?.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::workflow;
    use crate::model::TreePath;

    fn of(yaml: &str) -> LogSettings {
        LogSettings::of(&workflow::read(&TreePath::workflow(), yaml.as_bytes()).0, None)
    }

    #[test]
    fn the_file_says_how_the_log_is_kept() {
        assert_eq!(of(""), LogSettings::default());
        let settings = of("logging:
  level: WARNING
  log_workflow_events: false
  log_automation_triggers: false
  retention_days: 14
  compress_old_logs: true
  destinations:
    - {type: console}
    - {type: file, path: logs/engine.log, max_size: 5MB, max_files: 3}
");
        assert_eq!(
            settings,
            LogSettings {
                level: LogLevel::Warning,
                events: Listing::Omitted,
                triggers: Listing::Omitted,
                writes: Writing::On,
                name: "engine.log".to_owned(),
                limits: LogLimits {
                    max_bytes: 5 << 20,
                    max_files: 3,
                    keep: Some(Duration::from_hours(14 * 24)),
                    aside: Aside::Packed,
                },
            }
        );
        assert_eq!(of("logging: {destinations: [{type: file, enabled: false}]}").writes, Writing::Off);
    }

    #[test]
    fn a_level_has_several_words() {
        for (word, level) in [
            ("DEBUG", LogLevel::Debug),
            ("trace", LogLevel::Debug),
            ("Warn", LogLevel::Warning),
            ("ERROR", LogLevel::Error),
            ("failure", LogLevel::Error),
            ("CRITICAL", LogLevel::Critical),
            ("emergency", LogLevel::Critical),
        ] {
            assert_eq!(of(&format!("logging: {{level: {word}}}")).level, level, "{word}");
        }
        assert!(LogLevel::Error < LogLevel::Critical);
    }

    #[test]
    fn a_path_gives_a_name_and_nothing_else() {
        for (path, name) in [
            ("/etc/cron.d/evil", "evil"),
            ("../../x.log", "x.log"),
            ("C:\\\\logs\\\\y.log", "y.log"),
            ("..", NAME),
            (".hidden", NAME),
            ("a b", NAME),
            ("dir/", NAME),
            ("x.lock", NAME),
        ] {
            let settings = of(&format!("logging: {{destinations: [{{type: file, path: \"{path}\"}}]}}"));
            assert_eq!(settings.name, name, "{path}");
        }
    }

    #[test]
    fn sizes_have_units_and_bounds() {
        let bytes =
            |size: &str| of(&format!("logging: {{destinations: [{{type: file, max_size: {size}}}]}}")).limits.max_bytes;
        assert_eq!((bytes("20000"), bytes("1 GB"), bytes("64kb")), (20_000, 1 << 30, 65_536));
        assert_eq!((bytes("1"), bytes("99999GB"), bytes("large")), (10 << 10, 1 << 30, 10 << 20));
    }
}
