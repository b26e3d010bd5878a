//! For documents in any style and any edit: the field has the value, and nothing else is another.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::edit::FieldEdit;
use super::super::json::{Node, NodeKind, Source};
use super::super::patch;
use super::{edit, insert, read, take_out};
use crate::format::new_task::NewTask;
use crate::model::{TaskId, TreePath};

/// How a document is written.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent habit")]
#[derive(Debug, Clone)]
struct Writer {
    unit: Option<&'static str>,
    newline: &'static str,
    spaced: bool,
    inline_lists: bool,
    ascii: bool,
    bom: bool,
    last_newline: bool,
}

impl Writer {
    fn document(&self, value: &Value) -> String {
        let mut text = String::from(if self.bom { "\u{feff}" } else { "" });
        text.push_str(&self.value(value, 0));
        if self.last_newline {
            text.push_str(self.newline);
        }
        text
    }

    fn value(&self, value: &Value, depth: usize) -> String {
        match value {
            Value::Array(items) => {
                let flat = self.inline_lists && !items.iter().any(|item| item.is_object() || item.is_array());
                let items: Vec<String> = items.iter().map(|item| self.value(item, depth + 1)).collect();
                self.between('[', &items, ']', depth, flat)
            }
            Value::Object(members) => {
                let colon = if self.spaced { ": " } else { ":" };
                let member = |(key, value): (&String, &Value)| {
                    format!("{}{colon}{}", self.string(key), self.value(value, depth + 1))
                };
                self.between('{', &members.iter().map(member).collect::<Vec<_>>(), '}', depth, false)
            }
            Value::String(text) => self.string(text),
            other => other.to_string(),
        }
    }

    fn between(&self, open: char, children: &[String], close: char, depth: usize, flat: bool) -> String {
        match self.unit {
            Some(unit) if !flat && !children.is_empty() => {
                let line = |depth: usize| format!("{}{}", self.newline, unit.repeat(depth));
                let children = children.join(&format!(",{}", line(depth + 1)));
                format!("{open}{}{children}{}{close}", line(depth + 1), line(depth))
            }
            _ => format!("{open}{}{close}", children.join(if self.spaced { ", " } else { "," })),
        }
    }

    fn string(&self, text: &str) -> String {
        let escaped = Value::from(text).to_string();
        if !self.ascii {
            return escaped;
        }
        let unit = |unit: u16| {
            char::from_u32(unit.into())
                .filter(char::is_ascii)
                .map_or_else(|| format!("\\u{unit:04x}"), |c| c.to_string())
        };
        escaped.encode_utf16().map(unit).collect()
    }
}

fn writer() -> impl Strategy<Value = Writer> {
    let unit = prop::sample::select(vec![Some("  "), Some("    "), Some("\t"), None]);
    let newline = prop::sample::select(vec!["\n", "\r\n"]);
    (unit, newline, any::<[bool; 5]>()).prop_map(|(unit, newline, [spaced, inline_lists, ascii, bom, last_newline])| {
        Writer { unit, newline, spaced, inline_lists, ascii, bom, last_newline }
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ]{0,8}", any::<String>(), Just("pending".to_owned())]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text().prop_map(Value::from)
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..3)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

fn task(id: usize) -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((prop::sample::select(vec!["title", "notes", "metadata", "é"]), value()), 0..4);
    (text(), prop::option::of(text()), prop::collection::vec(1..9_u32, 0..3), fields).prop_map(
        move |(title, status, dependencies, fields)| {
            let mut task = Map::from_iter([("id".to_owned(), json!(id)), ("title".to_owned(), json!(title))]);
            task.extend(status.map(|status| ("status".to_owned(), json!(status))));
            task.insert("dependencies".to_owned(), json!(dependencies));
            task.extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
            Value::Object(task)
        },
    )
}

/// Two tasks, the first with one subtask.
fn document() -> impl Strategy<Value = Value> {
    (task(1), task(2), task(3), 0..3).prop_map(|(mut first, second, sub, shape)| {
        first["subtasks"] = json!([sub]);
        let tasks = json!([first, second]);
        match shape {
            0 => tasks,
            1 => json!({"meta": {"n": 1}, "tasks": tasks}),
            _ => json!({"other": {"tasks": [{"id": 1, "status": "x"}]}, "master": {"tasks": tasks, "metadata": {}}}),
        }
    })
}

/// The object of a task of [`document`].
fn object<'a>(root: &'a mut Value, task: &str) -> &'a mut Value {
    let tasks = if root.is_array() {
        root
    } else if root.get("meta").is_some() {
        &mut root["tasks"]
    } else {
        &mut root["master"]["tasks"]
    };
    match task {
        "1" => &mut tasks[0],
        "1.3" => &mut tasks[0]["subtasks"][0],
        _ => &mut tasks[1],
    }
}

fn parsed(text: &str) -> Value {
    Source::new(text.as_bytes()).unwrap().parse().unwrap().to_value()
}

fn spellings(node: &Node<'_>, all: &mut Vec<String>) {
    match &node.kind {
        NodeKind::Array(items) => items.iter().for_each(|item| spellings(item, all)),
        NodeKind::Object(members) => members.iter().for_each(|member| spellings(&member.value, all)),
        _ => all.extend(node.scalar().map(str::to_owned)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_edit_changes_its_field_only(
        document in document(),
        writer in writer(),
        task in prop::sample::select(vec!["1", "1.3", "2"]),
        path in prop::sample::select(vec![vec!["status"], vec!["dependencies"], vec!["metadata"], vec!["new"],
            vec!["new", "deep"]]),
        value in value(),
    ) {
        let before = writer.document(&document);
        prop_assert_eq!(&parsed(&before), &document);
        let field = FieldEdit { path: path.iter().map(|key| (*key).to_owned()).collect(), value: value.clone() };
        let id = TaskId::parse(task).unwrap();
        let patches = edit(before.as_bytes(), &id, &field).unwrap();
        let after = String::from_utf8(patch::apply(before.as_bytes(), &patches).unwrap()).unwrap();
        let mut expected = document.clone();
        let found = parsed(&after);
        let target = object(&mut expected, task);
        let keep_habit = path == ["dependencies"];
        let value = if keep_habit { object(&mut found.clone(), task)["dependencies"].clone() } else { value };
        match path.as_slice() {
            [key] => target[*key] = value,
            [key, inner] => target[*key][*inner] = value,
            _ => {}
        }
        prop_assert_eq!(&found, &expected);
        // In the same style: it is what the writer would have written, but for the place of new lists.
        if path == ["status"] && field.value.is_string() && !writer.ascii {
            prop_assert_eq!(&after, &writer.document(&expected));
        }
        prop_assert!(edit(after.as_bytes(), &id, &field).unwrap().is_empty());
    }

    #[test]
    fn a_task_that_is_added_is_the_only_difference(
        document in document(),
        writer in writer(),
        id in prop::sample::select(vec!["3", "1.4", "2.1"]),
        title in text(),
    ) {
        let before = writer.document(&document);
        let path = TreePath::new("tasks.json").unwrap();
        let task = NewTask {
            id: TaskId::parse(id).unwrap(),
            title: title.clone(),
            status: "pending".to_owned(),
            priority: None,
            dependencies: vec![TaskId::parse("1").unwrap()],
            description: None,
            fields: vec![("created_by".to_owned(), json!("x"))],
            moment: None,
        };
        let patches = insert(before.as_bytes(), &task).unwrap();
        prop_assert_eq!(patches.len(), 1);
        let after = String::from_utf8(patch::apply(before.as_bytes(), &patches).unwrap()).unwrap();
        // The bytes before are all there, in their order, around one piece.
        let kept = format!("{}{}", &before[..patches[0].span.start], &before[patches[0].span.end..]);
        prop_assert!(kept.len() == before.len() || patches[0].span.start != patches[0].span.end);
        let ids = |text: &str| -> Vec<String> {
            let reading = read(&path, text.as_bytes());
            reading.records.iter().map(|record| record.id.to_string()).collect()
        };
        let mut expected = ids(&before);
        expected.push(id.to_owned());
        let mut found = ids(&after);
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        prop_assert!(insert(after.as_bytes(), &task).is_err(), "once only");
        if id != "2.1" {
            let back = take_out(after.as_bytes(), std::slice::from_ref(&task.id)).unwrap();
            prop_assert_eq!(String::from_utf8(back).unwrap(), before);
        }
    }

    #[test]
    fn a_status_is_one_line(document in document(), writer in writer(), status in text()) {
        let before = writer.document(&document);
        let path = TreePath::new("tasks.json").unwrap();
        for record in read(&path, before.as_bytes()).records.iter().filter(|record| record.status.is_some()) {
            let patches = edit(before.as_bytes(), &record.id, &FieldEdit::new("status", status.as_str())).unwrap();
            let after = String::from_utf8(patch::apply(before.as_bytes(), &patches).unwrap()).unwrap();
            let differing = before.split('\n').zip(after.split('\n')).filter(|(before, after)| before != after).count();
            prop_assert_eq!(before.split('\n').count(), after.split('\n').count());
            prop_assert_eq!(differing, usize::from(record.status.as_deref() != Some(&status)));
            let again = read(&path, after.as_bytes());
            prop_assert_eq!(again.records.iter().find(|other| other.id == record.id).unwrap().status.as_deref(), Some(&*status));
        }
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>(), document in document(), writer in writer()) {
        let path = TreePath::new("tasks.json").unwrap();
        prop_assert!(!read(&path, &bytes).diagnostics.is_empty() || Source::new(&bytes).unwrap().parse().is_ok());
        let text = writer.document(&document);
        let cut = cut.index(text.len());
        let _ = read(&path, &text.as_bytes()[..cut]);
        let mut replaced = text.into_bytes();
        replaced[cut] = bytes.first().copied().unwrap_or(b'}');
        let _ = read(&path, &replaced);
    }

    #[test]
    fn json_is_what_serde_json_reads(text in "[\\[\\]{}\",:0-9.eE+\\-a\\\\u \n\ttrue/]{0,24}") {
        let ours = Source::new(text.as_bytes()).and_then(|source| source.parse().map(|node| {
            let mut all = Vec::new();
            spellings(&node, &mut all);
            node.to_value()
        }));
        let theirs = serde_json::from_str::<Value>(&text);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Err(_), Err(_)) => {}
            // Numbers beyond the range of f64 and halves of surrogate pairs are JSON for JavaScript.
            (Ok(_), Err(error)) => prop_assert!(text.contains("\\u") || error.to_string().contains("out of range"), "{text:?} {error}"),
            (Err(error), Ok(theirs)) => prop_assert!(false, "{text:?} {error} {theirs}"),
        }
    }
}
