//! Checks a document against the tree of keys: what is not in it is a warning with a guess at what was
//! meant, what is of the wrong kind an error where it would have had an effect. Keys that begin with
//! `x-` are the project's own and may stand anywhere.

use std::collections::BTreeSet;

use super::super::address::is_address;
use super::super::reader::{INVALID, Reader, kind};
use super::super::secret::is_in_header;
use super::super::suggest;
use super::{Fate, Key, Need, Reach, SETTINGS, TRIGGER, ValueKind, WRAPPER};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Code, Span};

/// The parts whose readers say themselves what is wrong with a value.
const READ_ELSEWHERE: [&str; 7] = ["version", "mode", "git", "statuses", "triggers", "actions", "environments"];

/// Entries of a mapping up to which each is compared with each before it.
const FEW: usize = 16;

/// Where a key stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In a part whose reader checks its values.
    Read,
    /// In a part that nobody reads further.
    Kept,
    /// In an environment.
    Environment,
}

/// Reports the keys of the document that are not known, those written twice, and values of the wrong
/// kind where no reader does.
pub(in super::super) fn check(reader: &mut Reader<'_>, root: &Node) {
    check_twice(reader, root);
    for entry in root.entries() {
        let inside = [entry];
        let settings: Vec<&Entry> =
            if entry.key == WRAPPER { entry.value.entries().iter().collect() } else { inside.to_vec() };
        for entry in settings {
            let standing = if READ_ELSEWHERE.contains(&entry.key.as_str()) { Standing::Read } else { Standing::Kept };
            check_entry(reader, entry, SETTINGS, "the settings", standing);
        }
    }
}

fn check_keys(reader: &mut Reader<'_>, node: &Node, keys: &'static [Key], within: &str, standing: Standing) {
    for entry in node.entries() {
        check_entry(reader, entry, keys, within, standing);
    }
}

fn check_entry(reader: &mut Reader<'_>, entry: &Entry, keys: &'static [Key], within: &str, standing: Standing) {
    let Some(key) = keys.iter().find(|key| key.name == entry.key) else {
        if !entry.key.starts_with("x-") {
            report(reader, entry, keys, within, standing);
        }
        return;
    };
    let at_top = std::ptr::eq(keys, SETTINGS);
    if standing == Standing::Environment && key.reach == Reach::Edits {
        let message = format!("`{}` in {within} has no effect: an environment changes effects alone", entry.key);
        let hint = "what is edited must be the same everywhere; write it outside `environments`";
        reader.warn(Code::ENVIRONMENT_EDITS, entry.key_span, message, hint);
        return;
    }
    // The readers of whole parts have said so where one is no mapping.
    let said = standing == Standing::Read || (at_top && standing == Standing::Kept);
    if !said && !check_value(reader, entry, key, within) {
        return;
    }
    check_time(reader, entry, key, within);
    check_secret(reader, entry, key, within);
    if standing != Standing::Read {
        check_address(reader, entry, key, within);
    }
    // Put into words only where something stands below.
    let inner = || format!("`{}`", entry.key);
    match key.value {
        ValueKind::Keys(keys) => check_keys(reader, &entry.value, keys, &inner(), standing),
        ValueKind::Conditions => {
            let inner = inner();
            for member in entry.value.items() {
                check_keys(reader, member, key.value.keys(), &inner, standing);
            }
        }
        ValueKind::List(keys) | ValueKind::ListOrNamed(keys) | ValueKind::Named(keys) => {
            let inner = inner();
            let values = entry.value.entries().iter().map(|entry| &entry.value);
            for member in entry.value.items().iter().chain(values) {
                if standing != Standing::Read && !matches!(member.kind, NodeKind::Mapping { .. }) {
                    let message = format!("a member of {inner} is {}", kind(member));
                    say(reader, key.fate, member.span, message, "it should be a mapping, such as `{type: slack}`");
                }
                check_keys(reader, member, keys, &inner, standing);
                if standing == Standing::Kept {
                    check_needed(reader, member, keys, &inner);
                }
            }
        }
        ValueKind::Environments if standing == Standing::Environment => {
            let message = format!("`{}` in {within} has no effect: environments do not nest", entry.key);
            reader.warn(Code::ENVIRONMENT_EDITS, entry.key_span, message, "write each environment for itself");
        }
        ValueKind::Environments => {
            for environment in entry.value.entries() {
                let within = format!("environment `{}`", environment.key.escape_debug());
                check_keys(reader, &environment.value, SETTINGS, &within, Standing::Environment);
            }
        }
        _ => {}
    }
}

/// Reports the keys without which a mapping is no use. Of an environment it may be the other half.
fn check_needed(reader: &mut Reader<'_>, node: &Node, keys: &'static [Key], within: &str) {
    let is_missing = |key: &&Key| key.needed == Need::Needed && node.get(key.name).is_none_or(Node::is_null);
    if !matches!(node.kind, NodeKind::Mapping { .. }) {
        return;
    }
    for key in keys.iter().filter(is_missing) {
        let message = format!("a member of {within} has no `{}`, and is left out", key.name);
        say(reader, key.fate, node.span, message, format!("write {}", key.value.wanted()));
    }
}

/// Reports an address that nothing can be sent to.
fn check_address(reader: &mut Reader<'_>, entry: &Entry, key: &Key, within: &str) {
    let (ValueKind::Address(service), Fate::Obeyed) = (key.value, key.fate) else { return };
    if entry.value.text().is_some_and(|text| !entry.value.is_null() && !is_address(text, service)) {
        // What it says may be secret.
        let message = format!("`{}` of {within} is no address", entry.key);
        reader.error(INVALID, entry.value.span, message, service.hint());
    }
}

/// Reports what nobody should read in the file.
fn check_secret(reader: &mut Reader<'_>, entry: &Entry, key: &Key, within: &str) {
    const HINT: &str = "keep it in a variable of the environment, and write `${NAME}` here";
    if let (ValueKind::Headers, headers) = (key.value, entry.value.entries()) {
        for header in headers {
            if header.value.text().is_some_and(|text| is_in_header(&header.key, text)) {
                let message = format!("`{}` of `headers` is a secret written out", header.key.escape_debug());
                reader.warn(Code::SECRET_IN_FILE, header.value.span, message, HINT);
            }
        }
    } else if entry.value.text().is_some_and(|text| key.shows_secret(text)) {
        let is_address = matches!(key.value, ValueKind::Address(_));
        let what = if is_address { "has a secret in it that is" } else { "is a secret" };
        let message = format!("`{}` of {within} {what} written out", entry.key);
        reader.warn(Code::SECRET_IN_FILE, entry.value.span, message, HINT);
    }
}

/// Nobody waits for years: who writes that has taken another unit, or slipped.
const TEN_YEARS_IN_DAYS: u64 = 3653;

/// Reports a time that nobody means.
fn check_time(reader: &mut Reader<'_>, entry: &Entry, key: &Key, within: &str) {
    let (unit, most) = match key.value {
        ValueKind::Count("seconds") | ValueKind::Whole("seconds") => ("seconds", TEN_YEARS_IN_DAYS * 24 * 3600),
        ValueKind::Count("days") | ValueKind::Whole("days") => ("days", TEN_YEARS_IN_DAYS),
        _ => return,
    };
    if entry.value.text().and_then(|text| text.parse::<u64>().ok()).is_some_and(|number| number > most) {
        let message = format!("`{}` of {within} is longer than ten years", entry.key);
        reader.warn(Code::ABSURD_TIME, entry.value.span, message, format!("it counts in {unit}"));
    }
}

/// Whether a value is of the key's kind; a report where not.
fn check_value(reader: &mut Reader<'_>, entry: &Entry, key: &Key, within: &str) -> bool {
    if entry.value.is_null() || fits(&entry.value, key.value) {
        return true;
    }
    if let ValueKind::Templates | ValueKind::Headers | ValueKind::Levels = key.value
        && matches!(entry.value.kind, NodeKind::Mapping { .. })
    {
        let (each, within) = (key.value.each(), format!("`{}`", entry.key));
        for odd in entry.value.entries().iter().filter(|member| !fits_inside(&member.value, each)) {
            let message = format!("`{}` of {within} is {}", odd.key.escape_debug(), kind(&odd.value));
            say(reader, key.fate, odd.value.span, message, format!("it should be {}", each.wanted()));
        }
        return false;
    }
    let (message, hint) = match (key.value, entry.value.text()) {
        (ValueKind::Word(words), Some(text)) => {
            let message = format!("`{}` of {within} cannot be `{}`", entry.key, text.escape_debug());
            (message, suggest::hint(text, words))
        }
        (wanted, _) => {
            let message = format!("`{}` of {within} is {}", entry.key, kind(&entry.value));
            (message, format!("it should be {}", wanted.wanted()))
        }
    };
    say(reader, key.fate, entry.value.span, message, hint);
    false
}

/// An error where the value would have had an effect.
fn say(reader: &mut Reader<'_>, fate: Fate, span: Span, message: String, hint: impl Into<String>) {
    match fate {
        Fate::Obeyed => {
            reader.error(INVALID, span, message, hint);
        }
        Fate::Recorded | Fate::Understood(_) => reader.warn(INVALID, span, message, hint),
    }
}

/// Whether a value is of that kind; what stands in collections of mappings is looked at by itself.
fn fits(node: &Node, kind: ValueKind) -> bool {
    let text = || node.text().filter(|text| !text.trim().is_empty());
    let number = || text()?.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let whole = || text()?.parse::<u64>().ok();
    let is_mapping = matches!(node.kind, NodeKind::Mapping { .. });
    let is_list = matches!(node.kind, NodeKind::Sequence { .. });
    match kind {
        ValueKind::Any => true,
        ValueKind::Text
        | ValueKind::Template
        | ValueKind::Secret
        | ValueKind::Address(_)
        | ValueKind::Operator
        | ValueKind::Category => text().is_some(),
        ValueKind::Switch => node.as_bool().is_some(),
        ValueKind::Count(_) => whole().is_some_and(|number| number > 0),
        ValueKind::Whole(_) => whole().is_some(),
        ValueKind::Share => number().is_some_and(|number| number <= 1.0),
        ValueKind::Number(_) => number().is_some(),
        ValueKind::Bytes => text().is_some_and(|text| super::super::quantity::bytes(text).is_some()),
        ValueKind::Word(words) => text().is_some_and(|text| words.contains(&text.trim())),
        ValueKind::Texts => is_list && node.items().iter().all(|item| item.text().is_some_and(|text| !text.is_empty())),
        ValueKind::Templates | ValueKind::Headers | ValueKind::Levels => {
            is_mapping && node.entries().iter().all(|entry| fits_inside(&entry.value, kind.each()))
        }
        ValueKind::Calls | ValueKind::Conditions | ValueKind::List(_) => is_list,
        ValueKind::Keys(_) | ValueKind::Named(_) | ValueKind::Fields | ValueKind::Environments => is_mapping,
        ValueKind::ListOrNamed(_) => is_mapping || is_list,
    }
}

/// The same for what stands in a mapping of free names, where nobody takes a number for a text.
fn fits_inside(node: &Node, kind: ValueKind) -> bool {
    fits(node, kind) && (!matches!(kind, ValueKind::Template) || node.to_value().is_string())
}

/// The key by which YAML 1.1 takes over the keys of another mapping.
pub(in super::super) const MERGE: &str = "<<";
/// What is said of it.
pub(in super::super) const NO_MERGE: &str = "merge keys are not resolved here: write the keys out";

/// What else people write for keys that say when a trigger acts.
const OTHER_WORDS: [(&str, &str); 6] = [
    ("disable", "enabled"),
    ("disabled", "enabled"),
    ("active", "enabled"),
    ("if", "when"),
    ("unless", "when"),
    ("only_if", "when"),
];

/// Which of the keys of a trigger that say when it acts an unknown one of it was most likely to be.
pub(in super::super) fn misspelt_condition(key: &str) -> Option<&'static str> {
    const KEYS: [&str; 3] = ["conditions", "when", "enabled"];
    if key.starts_with("x-") || TRIGGER.iter().any(|known| known.name == key) {
        return None;
    }
    let other = OTHER_WORDS.iter().find(|(word, _)| key.eq_ignore_ascii_case(word)).map(|(_, meant)| *meant);
    other.or_else(|| suggest::closest(key, TRIGGER.iter().map(|known| known.name)).filter(|meant| KEYS.contains(meant)))
}

fn report(reader: &mut Reader<'_>, entry: &Entry, keys: &'static [Key], within: &str, standing: Standing) {
    // The reader of triggers has an error for that.
    let is_in_trigger = std::ptr::eq(keys, TRIGGER);
    let meant = if is_in_trigger { misspelt_condition(&entry.key) } else { None };
    if is_in_trigger && standing == Standing::Read && (entry.key == MERGE || meant.is_some()) {
        return;
    }
    let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let hint = if entry.key == MERGE {
        NO_MERGE.to_owned()
    } else {
        let more = "begin a key of your own with `x-`";
        match suggest::closest(&entry.key, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are {}; {more}", names.join(", ")),
        }
    };
    let message = format!("unknown key `{}` in {within}; it has no effect", entry.key.escape_debug());
    // In an environment, too, the trigger's effects would not be switched as is meant.
    if let Some(meant) = meant {
        reader.error(Code::UNKNOWN_KEY, entry.key_span, message, format!("did you mean `{meant}`?"));
    } else {
        reader.warn(Code::UNKNOWN_KEY, entry.key_span, message, hint);
    }
}

/// Of a key that stands twice in one mapping the last counts, as for every YAML reader.
fn check_twice(reader: &mut Reader<'_>, node: &Node) {
    let entries = node.entries();
    let mut seen = BTreeSet::new();
    for (at, entry) in entries.iter().enumerate() {
        let is_again = match entries.get(..at) {
            Some(before) if entries.len() <= FEW => before.iter().any(|other| other.key == entry.key),
            _ => !seen.insert(&entry.key),
        };
        if is_again {
            let message = format!("the key `{}` is written twice; only the last counts", entry.key.escape_debug());
            reader.warn(Code::DUPLICATE_KEY, entry.key_span, message, "remove one of them");
        }
    }
    for child in entries.iter().map(|entry| &entry.value).chain(node.items()) {
        check_twice(reader, child);
    }
}
