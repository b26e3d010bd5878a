//! Every key of `workflow.yaml`: what its value is, what it means, and what becomes of it.
//!
//! One tree. The checks of unknown keys and of values, the tables of the reference and
//! `schemas/workflow.schema.json` are made from it.

mod check;
mod sections;
mod settings;

pub(super) use check::{MERGE, NO_MERGE, check, misspelt_condition};
pub use settings::SETTINGS;
use settings::{CONDITION, TRIGGER};

pub use super::address::Service;
use super::secret;

/// The key everything may be wrapped in.
pub const WRAPPER: &str = "workflow_config";

/// The parts that are kept as values, for whoever uses them.
pub(super) const SECTIONS: [&str; 7] =
    ["endpoints", "execution", "logging", "monitoring", "notifications", "security", "task_integration"];

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value is.
    pub value: ValueKind,
    /// What it means, in one line.
    pub about: &'static str,
    /// What becomes of it.
    pub fate: Fate,
    /// What it has a say in.
    pub reach: Reach,
    /// What holds where it is not written, as it would be written.
    pub default: Option<&'static str>,
    /// Whether its mapping makes no sense without it.
    pub needed: Need,
}

/// What becomes of a key that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does what it says.
    Obeyed,
    /// It is about carrying out effects. This version records effects and does not carry them out.
    Recorded,
    /// It is understood, and has no meaning here: why.
    Understood(&'static str),
}

/// What a key has a say in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is edited, too: an environment cannot change it.
    Edits,
    /// Nothing but what happens outside the tree: environments may change it.
    Effects,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Its mapping is no use without it.
    Needed,
    /// It may be left out.
    Optional,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy)]
pub enum ValueKind {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// A text with names in braces.
    Template,
    /// A text that nobody should read in the file: `${VAR}`.
    Secret,
    /// `true` or `false`.
    Switch,
    /// A whole number of that unit, at least 1.
    Count(&'static str),
    /// A whole number of that unit, 0 included.
    Whole(&'static str),
    /// A number from 0 to 1.
    Share,
    /// A number that is not negative.
    Number(&'static str),
    /// A number of bytes, `100MB` or `4096`.
    Bytes,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of an operator.
    Operator,
    /// A category of statuses.
    Category,
    /// An address of such a service.
    Address(Service),
    /// A list of texts.
    Texts,
    /// A mapping of free names to texts with names in braces.
    Templates,
    /// A mapping of headers of a request to texts with names in braces.
    Headers,
    /// A mapping of fields of a task to single values.
    Fields,
    /// A mapping of free names to whole numbers.
    Levels,
    /// A list of conditions, which may hold such lists themselves.
    Conditions,
    /// A list of actions, each a name or a mapping.
    Calls,
    /// A mapping of these keys.
    Keys(&'static [Key]),
    /// A list of mappings of these keys.
    List(&'static [Key]),
    /// A list of mappings of these keys, or a mapping of free names to such mappings.
    ListOrNamed(&'static [Key]),
    /// A mapping of free names to mappings of these keys.
    Named(&'static [Key]),
    /// A mapping of free names to the settings once more.
    Environments,
}

impl ValueKind {
    /// What it should be, for a person: the end of "it should be ...".
    #[must_use]
    pub fn wanted(self) -> String {
        match self {
            Self::Any => "anything".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Template => "a text, with names in braces".to_owned(),
            Self::Secret => "a text, best `${NAME}` of a variable".to_owned(),
            Self::Switch => "`true` or `false`, without quotes".to_owned(),
            Self::Count(unit) => format!("a whole number of {unit}, at least 1"),
            Self::Whole(unit) => format!("a whole number of {unit}"),
            Self::Share => "a number from 0 to 1".to_owned(),
            Self::Number(unit) => format!("a number of {unit}, not negative"),
            Self::Bytes => "a number of bytes, such as `4096` or `100MB`".to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Operator => "an operator".to_owned(),
            Self::Category => "a category".to_owned(),
            Self::Address(Service::Web) => "an address, best `${NAME}` of a variable where it is secret".to_owned(),
            Self::Address(Service::Mail) => "a mail server's address, best `${NAME}` of a variable".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
            Self::Templates | Self::Headers => "a mapping of names to texts".to_owned(),
            Self::Fields => "a mapping of fields, `metadata.run` for one inside another, to single values".to_owned(),
            Self::Levels => "a mapping of names to whole numbers".to_owned(),
            Self::Calls | Self::Conditions | Self::List(_) => "a list, each item after a `-`".to_owned(),
            Self::Keys(_) | Self::Named(_) | Self::Environments => {
                "a mapping, `key: value` on lines of its own".to_owned()
            }
            Self::ListOrNamed(_) => "a list, or a mapping of names".to_owned(),
        }
    }

    /// What each member of a mapping of free names is.
    pub(super) fn each(self) -> Self {
        match self {
            Self::Levels => Self::Whole("steps"),
            _ => Self::Template,
        }
    }

    /// The keys of the mappings in it.
    #[must_use]
    pub fn keys(self) -> &'static [Key] {
        match self {
            Self::Keys(keys) | Self::List(keys) | Self::ListOrNamed(keys) | Self::Named(keys) => keys,
            Self::Environments => SETTINGS,
            Self::Conditions => CONDITION,
            _ => &[],
        }
    }
}

impl Key {
    /// Whether its value is a secret, or has one in it, that is written out.
    pub(super) fn shows_secret(&self, text: &str) -> bool {
        match self.value {
            ValueKind::Secret => secret::is_written_out(text),
            ValueKind::Address(_) => secret::is_in_address(text),
            _ => false,
        }
    }

    const fn obeyed(name: &'static str, value: ValueKind, about: &'static str) -> Self {
        Self { name, value, about, fate: Fate::Obeyed, reach: Reach::Effects, default: None, needed: Need::Optional }
    }

    const fn recorded(name: &'static str, value: ValueKind, about: &'static str) -> Self {
        Self { fate: Fate::Recorded, ..Self::obeyed(name, value, about) }
    }

    const fn understood(name: &'static str, value: ValueKind, about: &'static str, why: &'static str) -> Self {
        Self { fate: Fate::Understood(why), ..Self::obeyed(name, value, about) }
    }

    const fn edits(self) -> Self {
        Self { reach: Reach::Edits, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn needed(self) -> Self {
        Self { needed: Need::Needed, ..self }
    }
}

/// The key at a dotted path of the settings, `[..]` behind a name left out: `triggers[x].enabled`, `actions.x.run`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Key> {
    let mut keys = SETTINGS;
    let mut found: Option<&'static Key> = None;
    let mut free = false;
    for part in parts(path) {
        match keys.iter().find(|key| key.name == part) {
            Some(key) if !free => {
                keys = key.value.keys();
                found = Some(key);
                free = matches!(key.value, ValueKind::Named(_) | ValueKind::Environments);
            }
            _ if free => free = false,
            _ => return None,
        }
    }
    found
}

/// Whether a setting at a dotted path is a secret, or has one in it, that is written out.
#[must_use]
pub fn shows_secret(path: &str, text: &str) -> bool {
    if let Some(key) = find(path) {
        return key.shows_secret(text);
    }
    // A header, or something inside what should be a text.
    let mut above = path;
    while let Some((shorter, name)) = above.rsplit_once('.') {
        match find(shorter) {
            Some(Key { value: ValueKind::Headers, .. }) => return secret::is_in_header(name, text),
            Some(key) => return key.shows_secret(text),
            None => above = shorter,
        }
    }
    false
}

/// What a setting at a dotted path has a say in: as its key, or as the key that a free name stands below. `None`
/// where no key is known that it begins with.
#[must_use]
pub fn reach(path: &str) -> Option<Reach> {
    let mut keys = SETTINGS;
    let mut reach = None;
    for part in parts(path) {
        let Some(key) = keys.iter().find(|key| key.name == part) else { break };
        (keys, reach) = (key.value.keys(), Some(key.reach));
    }
    reach
}

/// Whether a setting at a dotted path is one: a key that is known, or a free name where there are such. What is
/// unknown has no effect.
#[must_use]
pub fn has_effect(path: &str) -> bool {
    let mut keys = SETTINGS;
    for part in parts(path) {
        let Some(key) = keys.iter().find(|key| key.name == part) else { return false };
        match key.value {
            // A free name stands next, or a list that `parts` has left out the brackets of.
            ValueKind::Named(_) | ValueKind::ListOrNamed(_) | ValueKind::Environments => return true,
            other if other.keys().is_empty() => return true,
            other => keys = other.keys(),
        }
    }
    true
}

/// The names of a dotted path, without what stands in brackets.
fn parts(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for character in path.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => parts.push(String::new()),
            other if depth == 0 => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
            _ => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(keys: &'static [Key], visit: &mut dyn FnMut(&'static Key)) {
        for key in keys {
            visit(key);
            let nested = ["all", "any", "none"].contains(&key.name);
            if !nested && !matches!(key.value, ValueKind::Environments) {
                walk(key.value.keys(), visit);
            }
        }
    }

    #[test]
    fn every_key_says_what_it_means_in_one_line() {
        let mut count = 0;
        walk(SETTINGS, &mut |key| {
            count += 1;
            assert!(!key.about.is_empty() && !key.about.contains('\n'), "{}", key.name);
            if let Fate::Understood(why) = key.fate {
                assert!(!why.is_empty(), "{}", key.name);
            }
        });
        assert!(count > 100, "{count}");
    }

    #[test]
    fn keys_are_found_by_their_path() {
        assert_eq!(find("monitoring.alert_thresholds.cpu_usage").unwrap().name, "cpu_usage");
        assert_eq!(find("notifications.channels[slack #a.b].events").unwrap().name, "events");
        assert_eq!(find("triggers[a.b].enabled").unwrap().default, Some("true"));
        assert!(find("monitoring.colour").is_none());
        assert_eq!(reach("notifications.templates.mine"), Some(Reach::Effects));
        assert_eq!((reach("git.mine"), reach("mine")), (Some(Reach::Edits), None));
    }
}
