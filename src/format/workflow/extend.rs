//! Adding to `workflow.yaml` by inserting bytes: every byte that was there stays.

use serde_json::{Map, Value};

use super::keys::{self, WRAPPER};
use crate::format::patch::{self, Patch};
use crate::format::yaml::{self, Node, NodeKind};
use crate::model::Span;

/// Why nothing could be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError {
    /// The file is not YAML.
    #[error("it is not YAML: {reason}")]
    Broken {
        /// What the reader says.
        reason: String,
    },
    /// Something else stands where it would have to go, or it is written in a way that cannot be added to.
    #[error("nothing can be added to `{key}` there")]
    Unfit {
        /// The key, with those it stands under.
        key: String,
    },
}

/// The names of the triggers in the file, sound or not.
#[must_use]
pub fn trigger_names(bytes: &[u8]) -> Vec<String> {
    let Ok(root) = parse(bytes) else { return Vec::new() };
    let triggers = settings(&root).get("triggers").map(Node::items).unwrap_or_default();
    triggers.iter().filter_map(|item| item.get("name")?.text().map(ToOwned::to_owned)).collect()
}

/// Whether there is a key below the settings.
#[must_use]
pub fn has_key(bytes: &[u8], path: &[&str]) -> bool {
    let Ok(root) = parse(bytes) else { return false };
    path.iter().try_fold(settings(&root), |node, key| node.get(key)).is_some()
}

/// Adds `fragment` to the end of the list or mapping that stands at `path` below the settings, which is
/// made where it is missing. The fragment is YAML in block style without indentation: items of a list
/// (`- name: x`) or entries of a mapping (`key: value`). Indentation and line ends are those of the file.
///
/// # Errors
/// When the file is not YAML, or is written in a way that cannot be added to without changing what it says.
pub fn insert(bytes: &[u8], path: &[&str], fragment: &str) -> Result<Vec<u8>, ExtendError> {
    let unfit = || ExtendError::Unfit { key: path.join(".") };
    let start = start_of(bytes);
    let text = text_of(bytes)?;
    let root = parse(bytes)?;
    let is_wrapped = root.entry(WRAPPER).is_some() || root.is_null();
    let path: Vec<&str> = is_wrapped.then_some(WRAPPER).into_iter().chain(path.iter().copied()).collect();
    let added = yaml::parse(fragment).map_err(|_| unfit())?.to_value();
    let (offset, inserted) = place(text, &root, &path, fragment, &added).ok_or_else(unfit)?;
    let insertion = Patch::new(Span::at(start + offset), inserted);
    // `null` in words makes way for what comes in its place.
    let words = null_in_words(text, &root, &path).map(|span| Patch::new(span.shifted(start), String::new()));
    let patches: Vec<Patch> = words.into_iter().chain([insertion]).collect();
    let result = patch::apply(bytes, &patches).map_err(|_| unfit())?;
    let mut wanted = root.to_value();
    extend(&mut wanted, &path, &added).ok_or_else(unfit)?;
    let read = parse(&result).map_err(|_| unfit())?;
    if read.to_value() == wanted { Ok(result) } else { Err(unfit()) }
}

fn start_of(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

fn text_of(bytes: &[u8]) -> Result<&str, ExtendError> {
    let content = bytes.get(start_of(bytes)..).unwrap_or_default();
    std::str::from_utf8(content).map_err(|error| ExtendError::Broken { reason: error.to_string() })
}

fn parse(bytes: &[u8]) -> Result<Node, ExtendError> {
    yaml::parse(text_of(bytes)?).map_err(|error| ExtendError::Broken { reason: error.message })
}

fn settings(root: &Node) -> &Node {
    root.get(WRAPPER).unwrap_or(root)
}

/// Where to insert, and what.
fn place(text: &str, root: &Node, path: &[&str], fragment: &str, added: &Value) -> Option<(usize, String)> {
    let (mut node, mut indentation, mut rest) = (root, 0, path);
    // The key whose value `node` is.
    let mut key_end = None;
    // The column of that key.
    let mut parent = None;
    while let Some((key, deeper)) = rest.split_first() {
        let Some(entry) = node.entries().iter().rev().find(|entry| entry.key == *key) else { break };
        let key_column = column(text, entry.key_span.start);
        (indentation, parent) = (key_column + 2, Some(key_column));
        (node, key_end, rest) = (&entry.value, Some(entry.key_span.end), deeper);
    }
    match &node.kind {
        NodeKind::Sequence { flow: true, items } if rest.is_empty() => {
            let json: Vec<String> = added.as_array()?.iter().map(Value::to_string).collect();
            Some(in_brackets(node, items.last().map(|item| item.span.end), &json.join(", ")))
        }
        NodeKind::Mapping { flow: true, entries } => {
            let value = wrapped_value(rest, added);
            let json: Vec<String> = value
                .as_object()?
                .iter()
                .map(|(key, value)| format!("{}: {value}", Value::from(key.as_str())))
                .collect();
            Some(in_brackets(node, entries.last().map(|entry| entry.value.span.end), &json.join(", ")))
        }
        NodeKind::Sequence { flow: false, items } if rest.is_empty() => {
            let first = items.first()?.span.start;
            let dash = text.get(..first)?.trim_end().strip_suffix('-')?.len();
            let own = own_column(text, dash)?;
            Some(behind(text, end_with_comments(text, node, own, parent), &lines(path, &[], fragment), own))
        }
        NodeKind::Mapping { flow: false, entries } => {
            let own = own_column(text, entries.first()?.key_span.start)?;
            Some(behind(text, end_with_comments(text, node, own, parent), &lines(path, rest, fragment), own))
        }
        NodeKind::Scalar { .. } if node.is_null() => {
            let at = key_end.unwrap_or_else(|| text.trim_end().len());
            Some(behind(text, at, &lines(path, rest, fragment), indentation))
        }
        _ => None,
    }
}

/// `null` or `~` where something is to be added, with the space before it.
fn null_in_words(text: &str, root: &Node, path: &[&str]) -> Option<Span> {
    let (mut node, mut key_end) = (root, None);
    for key in path {
        let Some(entry) = node.entries().iter().rev().find(|entry| entry.key == *key) else { break };
        (node, key_end) = (&entry.value, Some(entry.key_span.end));
    }
    let is_written = node.is_null() && node.span.start < node.span.end;
    let colon = text.get(key_end?..node.span.start)?.find(':')? + key_end? + 1;
    is_written.then(|| Span::new(colon, node.span.end))
}

/// An insertion between brackets, as JSON, which YAML understands in them.
fn in_brackets(node: &Node, last: Option<usize>, json: &str) -> (usize, String) {
    match last {
        Some(end) => (end, format!(", {json}")),
        None => (node.span.start + 1, json.to_owned()),
    }
}

/// An insertion of whole lines behind the line that `at` is in.
fn behind(text: &str, at: usize, lines: &[String], indentation: usize) -> (usize, String) {
    let line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    let has_return = text.get(..line_end).is_some_and(|before| before.ends_with('\r'));
    let offset = line_end - usize::from(has_return);
    let end = if has_return || text.find('\n').is_some_and(|at| text[..at].ends_with('\r')) { "\r\n" } else { "\n" };
    let mut inserted = String::new();
    for line in lines {
        if !(text.is_empty() && inserted.is_empty()) {
            inserted.push_str(end);
        }
        if !line.is_empty() {
            inserted.push_str(&" ".repeat(indentation));
            inserted.push_str(line);
        }
    }
    if text.is_empty() {
        inserted.push_str(end);
    }
    (offset, inserted)
}

/// The fragment's lines below the keys of the path that are still missing; each of those says what it is for.
fn lines(path: &[&str], missing: &[&str], fragment: &str) -> Vec<String> {
    let there = path.len() - missing.len();
    let heads = missing.iter().enumerate().map(|(depth, key)| {
        let above = path.get(..=there + depth).unwrap_or_default();
        format!("{}{key}:{}", "  ".repeat(depth), about(above))
    });
    let below = "  ".repeat(missing.len());
    let indented = |line: &str| if line.is_empty() { String::new() } else { format!("{below}{line}") };
    heads.chain(fragment.trim_end().lines().map(indented)).collect()
}

/// A comment about a setting.
fn about(path: &[&str]) -> String {
    if path == [WRAPPER] {
        return " # all settings stand below this key".to_owned();
    }
    let path: Vec<&str> = path.iter().copied().skip_while(|key| *key == WRAPPER).collect();
    keys::find(&path.join(".")).map_or_else(String::new, |key| format!(" # {}", key.about))
}

/// Where the last thing that a node says ends.
fn content_end(text: &str, node: &Node) -> usize {
    match &node.kind {
        NodeKind::Mapping { flow: false, entries } => entries.last().map_or(node.span.end, |entry| {
            let is_empty = entry.value.span.start == entry.value.span.end;
            if is_empty { entry.key_span.end } else { content_end(text, &entry.value) }
        }),
        NodeKind::Sequence { flow: false, items } => items.last().map_or(node.span.end, |item| content_end(text, item)),
        _ => text.get(..node.span.end).map_or(node.span.end, |before| before.trim_end().len()),
    }
}

/// The same behind the comments that follow and belong to it: those that stand as deep as its members, which
/// are at `own`. Where its key stands there, too, a comment may be about the next key: then only deeper ones.
fn end_with_comments(text: &str, node: &Node, own: usize, parent: Option<usize>) -> usize {
    let content = content_end(text, node);
    let least = if parent.is_some_and(|parent| parent < own) { own } else { own + 1 };
    let Some(mut start) = text.get(content..).and_then(|rest| rest.find('\n')).map(|length| content + length + 1)
    else {
        return content;
    };
    let mut end = content;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let trimmed = line.trim();
        let depth = line.len() - line.trim_start_matches(' ').len();
        if trimmed.starts_with('#') && depth >= least {
            end = start + depth + trimmed.len();
        } else if !trimmed.is_empty() {
            break;
        }
        start += line.len();
    }
    end
}

fn column(text: &str, at: usize) -> usize {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    at - line
}

/// The column, where nothing but spaces stands before it.
fn own_column(text: &str, at: usize) -> Option<usize> {
    let column = column(text, at);
    text.get(at - column..at)?.bytes().all(|byte| byte == b' ').then_some(column)
}

fn wrapped_value(keys: &[&str], value: &Value) -> Value {
    keys.iter().rev().fold(value.clone(), |inner, key| Value::Object(Map::from_iter([((*key).to_owned(), inner)])))
}

/// What the file is to say afterwards.
fn extend(value: &mut Value, path: &[&str], added: &Value) -> Option<()> {
    if value.is_null() {
        *value = wrapped_value(path, added);
        return Some(());
    }
    let Some((key, rest)) = path.split_first() else {
        match (value, added) {
            (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
            (Value::Object(entries), Value::Object(more)) => entries.extend(more.clone()),
            _ => return None,
        }
        return Some(());
    };
    let inner = value.as_object_mut()?.entry((*key).to_owned()).or_insert(Value::Null);
    extend(inner, rest, added)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "- name: b # new\n  event: task.created\n";

    #[track_caller]
    fn triggers(before: &str, after: &str) {
        let result = insert(before.as_bytes(), &["triggers"], ITEM).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(result.as_deref(), Ok(after), "{before}");
    }

    #[test]
    fn a_list_grows_in_the_style_it_has() {
        triggers(
            "workflow_config:\n  triggers:\n    - name: a # first\n      event: x # y\n  # behind\n  mode: warn\n",
            "workflow_config:\n  triggers:\n    - name: a # first\n      event: x # y\n    - name: b # new\n      event: task.created\n  # behind\n  mode: warn\n",
        );
        triggers(
            "triggers:\n- name: a\n  text: |\n    one\n    two\n\n\nmode: warn",
            "triggers:\n- name: a\n  text: |\n    one\n    two\n- name: b # new\n  event: task.created\n\n\nmode: warn",
        );
        triggers("triggers:\n-   name: a", "triggers:\n-   name: a\n- name: b # new\n  event: task.created");
        triggers(
            "triggers:\r\n  - {name: a}\r\nmode: warn\r\n",
            "triggers:\r\n  - {name: a}\r\n  - name: b # new\r\n    event: task.created\r\nmode: warn\r\n",
        );
        triggers("\u{feff}triggers: []\n", "\u{feff}triggers: [{\"name\":\"b\",\"event\":\"task.created\"}]\n");
        triggers(
            "triggers: [\n  {name: a},\n]\n",
            "triggers: [\n  {name: a}, {\"name\":\"b\",\"event\":\"task.created\"},\n]\n",
        );
    }

    #[test]
    fn comments_stay_with_what_they_stand_below() {
        let new = "- name: b # new\n";
        for (kept, behind) in [
            ("triggers:\n  - name: a\n    # - one\n\n  # - name: c\n", "\n# x\nmode: warn\n"),
            ("triggers:\n- name: a\n  # - one\n", "# the mode\nmode: warn\n"),
            ("triggers:\r\n  - name: a\r\n    # - one\r\n", "mode: warn\r\n"),
            ("triggers:\n  - name: a\n    # - one\n", ""),
        ] {
            let bytes = insert(format!("{kept}{behind}").as_bytes(), &["triggers"], new).unwrap();
            let after = String::from_utf8(bytes).unwrap();
            let added = after.strip_prefix(kept).and_then(|rest| rest.strip_suffix(behind)).map(str::trim);
            assert_eq!(added, Some(new.trim()), "{after}");
        }
    }

    #[test]
    fn a_list_is_made_where_there_is_none() {
        let new = "triggers: # the rules\n    - name: b # new\n      event: task.created\n";
        triggers("workflow_config:\n  mode: warn\n", &format!("workflow_config:\n  mode: warn\n  {new}"));
        triggers(
            "# only words\n",
            &format!("# only words\nworkflow_config: # all settings stand below this key\n  {new}"),
        );
        triggers("", &format!("workflow_config: # all settings stand below this key\n  {new}"));
        triggers("workflow_config:\n", &format!("workflow_config:\n  {new}"));
        triggers(
            "mode: warn\ntriggers: # none yet\n",
            "mode: warn\ntriggers: # none yet\n  - name: b # new\n    event: task.created\n",
        );
        triggers(
            "{mode: warn}\n",
            "{mode: warn, \"triggers\": [{\"event\":\"task.created\",\"name\":\"b\"}]}\n"
                .replace("{\"event\":\"task.created\",\"name\":\"b\"}", "{\"name\":\"b\",\"event\":\"task.created\"}")
                .as_str(),
        );
    }

    #[test]
    fn null_in_words_makes_way() {
        for null in ["null", "~"] {
            triggers(
                &format!("mode: warn\ntriggers: {null} # none yet\nx-more: 1\n"),
                "mode: warn\ntriggers: # none yet\n  - name: b # new\n    event: task.created\nx-more: 1\n",
            );
        }
    }

    #[test]
    fn a_mapping_deeper_down_grows_too() {
        let path = ["notifications", "templates"];
        let add = |before: &str| {
            insert(before.as_bytes(), &path, "x: \"{task_id}\"\n").map(|bytes| String::from_utf8(bytes).unwrap())
        };
        assert_eq!(
            add("mode: warn\nnotifications:\n  enabled: true\n").unwrap(),
            "mode: warn\nnotifications:\n  enabled: true\n  templates: # texts by name\n    x: \"{task_id}\"\n"
        );
        assert_eq!(
            add("notifications:\n    templates:\n        y: z\n").unwrap(),
            "notifications:\n    templates:\n        y: z\n        x: \"{task_id}\"\n"
        );
        assert_eq!(
            add("notifications: {enabled: true}\n").unwrap(),
            "notifications: {enabled: true, \"templates\": {\"x\":\"{task_id}\"}}\n"
        );
        assert!(has_key(b"notifications: {templates: {y: z}}", &["notifications", "templates", "y"]));
        assert!(!has_key(b"notifications: {templates: {y: z}}", &["notifications", "templates", "x"]));
    }

    #[test]
    fn what_cannot_be_added_to_is_left_alone() {
        for text in ["triggers: none\n", "triggers: {}\n", "- a\n", "a: &x [1]\ntriggers: *x\n", "just text\n"] {
            let result = insert(text.as_bytes(), &["triggers"], ITEM);
            assert_eq!(result, Err(ExtendError::Unfit { key: "triggers".to_owned() }), "{text}");
        }
        assert!(matches!(insert(b"a: [", &["triggers"], ITEM), Err(ExtendError::Broken { .. })));
        assert!(matches!(insert(b"a: \xff", &["triggers"], ITEM), Err(ExtendError::Broken { .. })));
    }

    #[test]
    fn triggers_are_known_by_their_names() {
        assert_eq!(trigger_names(b"triggers: [{name: a, event: 1}, {event: x}, 5]"), ["a"]);
        assert_eq!(trigger_names(b"workflow_config:\n  triggers:\n    - name: b\n"), ["b"]);
    }

    proptest::proptest! {
        #[test]
        fn every_byte_that_was_there_stays(
            indent in 0..5_usize, dash in 0..3_usize, tail in "(\n|# x\n|mode: warn\n|  # y\n){0,3}", end in "\n|",
        ) {
            let pad = " ".repeat(indent);
            let before = format!("a: 1\ntriggers:\n{pad}-{}name: a\n{tail}z: [1]{end}", " ".repeat(dash + 1));
            if let Ok(after) = insert(before.as_bytes(), &["triggers"], ITEM) {
                let after = String::from_utf8(after).unwrap();
                let cut = (0..=before.len()).find(|at| {
                    after.starts_with(&before[..*at]) && after.ends_with(&before[*at..])
                        && after.len() > before.len()
                });
                proptest::prop_assert!(cut.is_some());
                proptest::prop_assert_eq!(trigger_names(after.as_bytes()), ["a", "b"]);
            }
        }
    }
}
