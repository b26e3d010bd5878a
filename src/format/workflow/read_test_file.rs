use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::reader::{INVALID, Optional, Reader, Unusable, kind, written};
use super::suggest;
use super::test_file::{Expected, ExpectedLine, Given, TestCase, TestFile, TestStep};
use super::test_keys::{CASE, EXPECTED, FILE, GIVEN, KINDS_OF_STEP, STEP, names};
use crate::format::yaml::{Entry, Node, NodeKind};
use crate::model::{Code, DEFAULT_TAG, Diagnostic, Span, TaskId, Timestamp, TreePath};

/// 2025-01-01T00:00:00Z: when everything happens in a case that says no date.
const USUAL_DATE: Timestamp = Timestamp { seconds: 1_735_689_600, offset_minutes: 0 };

/// Reads a file of tests. A case with an error in it is left out.
#[must_use]
pub fn read_tests(path: &TreePath, bytes: &[u8]) -> (TestFile, Vec<Diagnostic>) {
    let content = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader::new(path, bytes, bytes.len() - content.len());
    let mut file = TestFile::default();
    if let Some(root) = super::parse(&mut reader, content, "cases") {
        known(&mut reader, &root, &names(FILE), "the file");
        file.cases = cases(&mut reader, &root);
    }
    (file, reader.diagnostics)
}

fn cases(reader: &mut Reader<'_>, root: &Node) -> Vec<TestCase> {
    let usual = match (given(reader, root, "the file"), date(reader, root, "the file")) {
        (Ok(given), Ok(date)) => Common { given, date },
        _ => return Vec::new(),
    };
    let items = match reader.list(root, "cases", "the file") {
        Ok(Some(items)) => items,
        Ok(None) => {
            reader.missing(root.span, "cases", "the file", "list the cases, each with `name`, `when` and `expect`");
            return Vec::new();
        }
        Err(Unusable) => return Vec::new(),
    };
    if items.is_empty() {
        let span = written(root, "cases").map_or(root.span, |entry| entry.key_span);
        let hint = "list them, each with `name`, `when` and `expect`";
        reader.warn(Code::NO_CASES, span, "the file has no cases: `cases` is an empty list", hint);
    }
    let mut names = BTreeSet::new();
    let mut cases = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let errors = reader.errors();
        let case = case(reader, item, at + 1, &usual);
        if let Ok(case) = case
            && reader.errors() == errors
        {
            if !names.insert(case.name.clone()) {
                let span = written(item, "name").map_or(item.span, |entry| entry.value.span);
                let message = format!("there is another case of the name `{}`", case.name.escape_debug());
                reader.warn(Code::DUPLICATE_CASE, span, message, "rename one: reports tell them apart by name");
            }
            cases.push(case);
        }
    }
    cases
}

/// What a case takes from its file where it says nothing itself.
struct Common {
    given: Option<Given>,
    date: Option<Timestamp>,
}

fn case(reader: &mut Reader<'_>, item: &Node, number: usize, usual: &Common) -> Result<TestCase, Unusable> {
    let unnamed = format!("case {number}");
    if !matches!(item.kind, NodeKind::Mapping { .. }) {
        let message = format!("{unnamed} is {}", kind(item));
        return Err(reader.error(
            INVALID,
            item.span,
            message,
            "it should be a mapping with `name`, `when` and `expect`",
        ));
    }
    let Some(name) = reader.line(item, "name", &unnamed)? else {
        return Err(reader.missing(item.span, "name", &unnamed, "say in words what must follow"));
    };
    let within = format!("case `{}`", name.escape_debug());
    known(reader, item, &names(CASE), &within);
    let (given, date) = (given(reader, item, &within)?, date(reader, item, &within)?);
    let environment = reader.line(item, "env", &within)?;
    let (steps, expected) = (steps(reader, item, &within), expected(reader, item, &within));
    let place = reader.place(written(item, "name").map_or(item.span, |entry| entry.value.span));
    Ok(TestCase {
        name,
        given: given.or_else(|| usual.given.clone()).unwrap_or(Given::Here),
        date: date.or(usual.date).unwrap_or(USUAL_DATE),
        environment,
        steps: steps?,
        expected: expected?,
        place,
    })
}

fn date(reader: &mut Reader<'_>, of: &Node, within: &str) -> Optional<Timestamp> {
    let Some(text) = reader.line(of, "date", within)? else { return Ok(None) };
    let day = text.parse::<jiff::civil::Date>().ok().and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let moment = day.map(|day| day.timestamp()).or_else(|| text.parse::<jiff::Timestamp>().ok());
    let Some(moment) = moment else {
        let span = written(of, "date").map_or(of.span, |entry| entry.value.span);
        let message = format!("`date` of {within} is no date");
        return Err(reader.error(INVALID, span, message, "write `2025-01-31` or `2025-01-31T12:00:00Z`"));
    };
    Ok(Some(Timestamp { seconds: moment.as_second(), offset_minutes: 0 }))
}

fn given(reader: &mut Reader<'_>, of: &Node, within: &str) -> Optional<Given> {
    let Some(entry) = written(of, "given") else { return Ok(None) };
    if entry.value.text() == Some("here") {
        return Ok(Some(Given::Here));
    }
    let Some(node) = reader.mapping(of, "given", within)? else { return Ok(None) };
    let within = format!("`given` of {within}");
    known(reader, node, &names(GIVEN), &within);
    let mut files = BTreeMap::new();
    for (path, bytes) in texts_by_path(reader, node, &within)? {
        if let Some(bytes) = bytes {
            files.insert(path, bytes);
        }
    }
    if let Some(items) = reader.list(node, "tasks", &within)? {
        let path = TreePath::new("tasks/tasks.json").map_err(|_| Unusable)?;
        let bytes = tasks_json(reader, items, &within)?;
        if files.insert(path.clone(), bytes).is_some() {
            let span = written(node, "tasks").map_or(node.span, |entry| entry.key_span);
            let message = format!("{within} has both `tasks` and the file `{path}`");
            return Err(reader.error(INVALID, span, message, "`tasks` stand in that file: write one of them"));
        }
    }
    Ok(Some(Given::Files(files)))
}

/// Tasks as a `tasks.json` has them: `1.2` stands below `1`.
fn tasks_json(reader: &mut Reader<'_>, items: &[Node], within: &str) -> Result<Vec<u8>, Unusable> {
    let mut tasks: Vec<(TaskId, Value)> = Vec::new();
    for item in items {
        let what = format!("a task in {within}");
        let id = task_id(reader, item, "id", &what)?;
        let Some(id) = id else {
            return Err(reader.missing(item.span, "id", &what, "give each task an id, such as `1` or `1.2`"));
        };
        if id.tag() != DEFAULT_TAG || tasks.iter().any(|(known, _)| *known == id) {
            let message = format!(
                "{what} has the id `{id}`, which {}",
                if id.tag() == DEFAULT_TAG { "another one has" } else { "names a tag" }
            );
            return Err(reader.error(
                INVALID,
                item.span,
                message,
                "write `files:` for tags; give each task its own id",
            ));
        }
        let mut fields = match item.to_value() {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let number = id.to_string();
        let own = number.rsplit('.').next().unwrap_or(&number);
        fields.insert("id".to_owned(), own.parse::<u64>().map_or_else(|_| json!(own), |number| json!(number)));
        fields.entry("title").or_insert_with(|| json!(format!("Task {number}")));
        fields.entry("status").or_insert_with(|| json!("pending"));
        let dependencies = fields.get("dependencies").and_then(Value::as_array).cloned().unwrap_or_default();
        fields.insert("dependencies".to_owned(), dependencies.iter().map(dependency).collect());
        tasks.push((id, Value::Object(fields)));
    }
    // Deepest first, so that each goes into a parent that is complete but for its other children.
    let depth = |id: &TaskId| id.to_string().matches('.').count();
    while let Some(at) = (0..tasks.len()).rev().max_by_key(|at| tasks.get(*at).map_or(0, |(id, _)| depth(id))) {
        if tasks.get(at).is_none_or(|(id, _)| depth(id) == 0) {
            break;
        }
        let (id, task) = tasks.remove(at);
        let text = id.to_string();
        let parent = text.rsplit_once('.').map_or("", |(parent, _)| parent);
        let Some((_, above)) = tasks.iter_mut().find(|(id, _)| id.to_string() == parent) else {
            let span = items.first().map_or(Span::at(0), |item| item.span);
            let message = format!("{within} has the task {id} without its parent {parent}");
            return Err(reader.error(INVALID, span, message, "list the parent too"));
        };
        if let Some(above) = above.as_object_mut() {
            let below = above.entry("subtasks").or_insert_with(|| json!([]));
            if let Some(below) = below.as_array_mut() {
                below.insert(0, task);
            }
        }
    }
    let tasks: Vec<Value> = tasks.into_iter().map(|(_, task)| task).collect();
    let document = json!({ "tasks": tasks, "metadata": {} });
    serde_json::to_vec_pretty(&document).map_err(|_| Unusable)
}

/// An id that cannot be taken for a sibling's.
fn dependency(value: &Value) -> Value {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if text.bytes().all(|byte| byte.is_ascii_digit()) { json!(format!("task_{text}")) } else { json!(text) }
}

fn task_id(reader: &mut Reader<'_>, of: &Node, key: &str, within: &str) -> Optional<TaskId> {
    let Some(text) = reader.line(of, key, within)? else { return Ok(None) };
    TaskId::parse(&text).map(Some).map_err(|error| {
        let span = written(of, key).map_or(of.span, |entry| entry.value.span);
        reader.error(INVALID, span, format!("`{key}` of {within}: {error}"), "write an id, such as `18` or `18.5`")
    })
}

fn steps(reader: &mut Reader<'_>, item: &Node, within: &str) -> Result<Vec<TestStep>, Unusable> {
    let Some(entry) = written(item, "when") else {
        let hint = "say what happens, such as `set: {task: 1, status: done}`";
        return Err(reader.missing(item.span, "when", within, hint));
    };
    let nodes = match &entry.value.kind {
        NodeKind::Sequence { items, .. } => items.as_slice(),
        _ => std::slice::from_ref(&entry.value),
    };
    nodes.iter().map(|node| step(reader, node, within)).collect()
}

fn step(reader: &mut Reader<'_>, node: &Node, within: &str) -> Result<TestStep, Unusable> {
    let within = format!("`when` of {within}");
    let (kinds, with_event) = STEP.split_at(KINDS_OF_STEP);
    let kinds = names(kinds);
    let found: Vec<&Entry> = node.entries().iter().filter(|entry| kinds.contains(&entry.key.as_str())).collect();
    let [what] = found.as_slice() else {
        let message = format!(
            "a step in {within} {}",
            if found.is_empty() { "says nothing that happens" } else { "says several things" }
        );
        let hint = format!("write one of {}, each in a list item of its own", kinds.join(", "));
        return Err(reader.error(INVALID, node.span, message, hint));
    };
    match what.key.as_str() {
        "event" => {
            let mut keys = vec!["event"];
            keys.extend(names(with_event));
            known(reader, node, &keys, &within);
            let Some(kind) = reader.line(node, "event", &within)? else { return Err(Unusable) };
            let data = match reader.mapping(node, "data", &within)?.map(Node::to_value) {
                Some(Value::Object(data)) => data,
                _ => Map::new(),
            };
            Ok(TestStep::Event { kind, task: task_id(reader, node, "task", &within)?, data })
        }
        "set" => {
            known(reader, node, &["set"], &within);
            let Some(set) = reader.mapping(node, "set", &within)? else { return Err(Unusable) };
            let Some(task) = task_id(reader, set, "task", "`set`")? else {
                return Err(reader.missing(set.span, "task", "`set`", "name the task, such as `task: 18`"));
            };
            let Value::Object(mut fields) = set.to_value() else { return Err(Unusable) };
            fields.shift_remove("task");
            if fields.is_empty() {
                let hint = "name a field and its value, such as `status: done`";
                return Err(reader.error(INVALID, set.span, "`set` sets nothing", hint));
            }
            Ok(TestStep::Set { task, fields, place: reader.place(set.span) })
        }
        "closes" => {
            known(reader, node, &["closes"], &within);
            let texts = match what.value.text() {
                Some(text) => vec![text.to_owned()],
                None => reader.texts(node, "closes", &within)?.unwrap_or_default(),
            };
            let ids = texts.iter().map(|text| TaskId::parse(text)).collect::<Result<Vec<_>, _>>();
            ids.map(TestStep::Closes).map_err(|error| {
                reader.error(INVALID, what.value.span, error.to_string(), "write an id or a list of them")
            })
        }
        _ => {
            known(reader, node, &["files"], &within);
            texts_by_path(reader, node, &within).map(TestStep::Files)
        }
    }
}

/// `files`: a text by each path; `null` stands for no file.
fn texts_by_path(
    reader: &mut Reader<'_>,
    of: &Node,
    within: &str,
) -> Result<BTreeMap<TreePath, Option<Vec<u8>>>, Unusable> {
    let mut files = BTreeMap::new();
    let Some(node) = reader.mapping(of, "files", within)? else { return Ok(files) };
    for entry in node.entries() {
        let path = TreePath::new(entry.key.clone()).map_err(|error| {
            reader.error(INVALID, entry.key_span, error.to_string(), "write it relative to `.taskmaster/`")
        })?;
        if !path.role().is_read() {
            let message = format!("`{path}` is a file that the engine does not read");
            reader.warn(Code::UNREAD_FILE, entry.key_span, message, "it can have no effect here");
        }
        let bytes = match (entry.value.is_null(), entry.value.text()) {
            (true, _) => None,
            (false, Some(text)) => Some(text.as_bytes().to_vec()),
            (false, None) => {
                let message = format!("the file `{path}` is {}", kind(&entry.value));
                return Err(reader.error(INVALID, entry.value.span, message, "write its text, as a block after `|`"));
            }
        };
        files.insert(path, bytes);
    }
    Ok(files)
}

fn expected(reader: &mut Reader<'_>, item: &Node, within: &str) -> Result<Expected, Unusable> {
    let Some(entry) = written(item, "expect") else {
        let hint = "say what follows, such as `edits: [1 status in-progress -> done]`, or `expect: nothing`";
        return Err(reader.missing(item.span, "expect", within, hint));
    };
    if entry.value.text() == Some("nothing") {
        let none = || Some(Vec::new());
        return Ok(Expected { edits: none(), effects: none(), ..Expected::default() });
    }
    if !matches!(entry.value.kind, NodeKind::Mapping { .. }) {
        let hint = format!("it should be `nothing`, or a mapping with some of {}", names(EXPECTED).join(", "));
        let message = format!("`expect` of {within} is {}", kind(&entry.value));
        return Err(reader.error(INVALID, entry.value.span, message, hint));
    }
    let node = &entry.value;
    let within = format!("`expect` of {within}");
    known(reader, node, &names(EXPECTED), &within);
    let mut files = BTreeMap::new();
    for (path, bytes) in texts_by_path(reader, node, &within)? {
        files.insert(path, bytes.unwrap_or_default());
    }
    if node.entries().is_empty() {
        let hint = "say what follows, such as `edits: [1 status in-progress -> done]`, or `expect: nothing`";
        return Err(reader.error(INVALID, entry.value.span, format!("{within} expects nothing of anything"), hint));
    }
    let mut lines = |key: &str| lines(reader, node, key, &within);
    Ok(Expected {
        edits: lines("edits")?,
        effects: lines("effects")?,
        triggers: lines("triggers")?,
        events: lines("events")?,
        failures: lines("failures")?,
        files,
    })
}

fn lines(reader: &mut Reader<'_>, of: &Node, key: &str, within: &str) -> Optional<Vec<ExpectedLine>> {
    let Some(items) = reader.list(of, key, within)? else { return Ok(None) };
    let mut lines = Vec::new();
    for item in items {
        // `send_notifications: text` is a mapping to YAML.
        let text = match (&item.kind, item.entries()) {
            (NodeKind::Mapping { .. }, [Entry { key, value, .. }]) if value.text().is_some() => {
                format!("{key}: {}", value.text().unwrap_or_default())
            }
            _ => {
                let Some(text) = item.text() else {
                    let message = format!("`{key}` of {within} has {} in it", kind(item));
                    return Err(reader.error(INVALID, item.span, message, "each item is one line of text"));
                };
                text.to_owned()
            }
        };
        lines.push(ExpectedLine { text: text.trim().to_owned(), place: reader.place(item.span) });
    }
    Ok(Some(lines))
}

fn known(reader: &mut Reader<'_>, node: &Node, keys: &[&str], within: &str) {
    for entry in node.entries() {
        if !keys.contains(&entry.key.as_str()) && !entry.key.starts_with("x-") {
            let message = format!("unknown key `{}` in {within}", entry.key.escape_debug());
            // A misspelt expectation would hold whatever happens.
            reader.error(Code::UNKNOWN_KEY, entry.key_span, message, suggest::hint(&entry.key, keys));
        }
    }
}
