use serde_json::{Map, Value};

use super::super::dates;
use super::super::edit::EditError;
use super::super::json::{Member, Node, NodeKind, Source};
use super::super::new_task::{DATES, NewTask, respell};
use super::super::patch::{self, Patch};
use super::edit::{read_error, text_of};
use super::print::{self, Layout};
use super::style::{self, Style};
use super::walk::{Walk, walk};
use crate::model::{DEFAULT_TAG, Span, TaskId};

/// The patch that adds a task behind the last one of its list: the `tasks` of its tag, or the `subtasks`
/// of its parent. Every other byte stays.
///
/// It has the keys of the last task of the list, in that order and style; where the list is empty, those
/// of another task.
///
/// # Errors
/// When the bytes are no JSON, have no list for it, or have a task of that id.
pub fn insert(bytes: &[u8], task: &NewTask) -> Result<Vec<Patch>, EditError> {
    put(bytes, &task.id, task.id.parent().as_ref(), &|found, list| Value::Object(Draft { task, found, list }.members()))
}

/// The bytes with a task that is a value already, behind the last one of its list: the `tasks` of its tag, or the
/// `subtasks` of `parent`.
///
/// # Errors
/// As for [`insert`].
pub fn insert_value(bytes: &[u8], task: &TaskId, parent: Option<&TaskId>, value: &Value) -> Result<Vec<u8>, EditError> {
    let patches = put(bytes, task, parent, &|_, _| value.clone())?;
    patch::apply(bytes, &patches).map_err(|error| refuse(&error.to_string()))
}

/// What a task is written as, by the others of the document and the list it goes into.
type Written<'a> = dyn for<'doc, 'text> Fn(&Walk<'doc, 'text>, Option<&'doc Node<'text>>) -> Value + 'a;

fn put(bytes: &[u8], task: &TaskId, parent: Option<&TaskId>, written: &Written<'_>) -> Result<Vec<Patch>, EditError> {
    let source = Source::new(bytes).map_err(|error| read_error(bytes, &error))?;
    let root = source.parse().map_err(|error| read_error(bytes, &error))?;
    let text = text_of(bytes)?;
    let found = walk(&root);
    if found.entries.iter().any(|entry| entry.id == *task) {
        return Err(refuse("a task of that id is there already"));
    }
    let place = Place::find(&root, &found, task.tag(), parent)?;
    let style = Style::of(text, &root);
    let value = written(&found, place.list);
    let patch = place.patch(text, &style, &value);
    let patches = vec![patch];
    let spliced = patch::apply(bytes, &patches).map_err(|error| refuse(&error.to_string()))?;
    let again = Source::new(&spliced).map_err(|error| refuse(&error.message))?;
    let after = again.parse().map_err(|error| refuse(&error.message))?;
    if !place.is_all(&root, &after, &value) {
        return Err(refuse("more than one task would be added"));
    }
    Ok(patches)
}

/// The bytes without some tasks; `None` where one of them is not there, or is written in a way that it
/// cannot be taken out alone.
#[must_use]
pub fn take_out(bytes: &[u8], tasks: &[TaskId]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for task in tasks {
        let source = Source::new(&bytes).ok()?;
        let root = source.parse().ok()?;
        let found = walk(&root);
        let entry = found.entries.iter().find(|entry| entry.id == *task)?;
        let parent = task.parent().filter(|_| entry.nested);
        let list = Place::find(&root, &found, task.tag(), parent.as_ref()).ok()?.list?;
        let items = list.items()?;
        let at = items.iter().position(|item| item.span == entry.node.span)?;
        let before = at.checked_sub(1).and_then(|at| items.get(at));
        let span = match (before, items.get(at + 1)) {
            (Some(before), _) => Span::new(before.span.end, entry.node.span.end),
            (None, Some(next)) => Span::new(entry.node.span.start, next.span.start),
            (None, None) => Span::new(list.span.start + 1, list.span.end - 1),
        };
        let shorter = patch::apply(&bytes, &[Patch::new(span, "")]).ok()?;
        drop(found);
        drop(root);
        drop(source);
        bytes = shorter;
    }
    Some(bytes)
}

/// The bytes without a field of a task; `None` where it cannot be taken out alone. Of several records with that id it is
/// the first.
#[must_use]
pub fn without_field(bytes: &[u8], task: &TaskId, field: &str) -> Option<Vec<u8>> {
    let source = Source::new(bytes).ok()?;
    let root = source.parse().ok()?;
    let found = walk(&root);
    let node = found.entries.iter().find(|entry| entry.id == *task)?.node;
    let members = node.members();
    let Some(at) = members.iter().position(|member| member.key == field) else { return Some(bytes.to_vec()) };
    let member = members.get(at)?;
    let before = at.checked_sub(1).and_then(|at| members.get(at));
    let span = match (before, members.get(at + 1)) {
        (Some(before), _) => Span::new(before.value.span.end, member.value.span.end),
        (None, Some(next)) => Span::new(member.key_span.start, next.key_span.start),
        (None, None) => Span::new(node.span.start + 1, node.span.end - 1),
    };
    let shorter = patch::apply(bytes, &[Patch::new(span, "")]).ok()?;
    let text = std::str::from_utf8(&shorter).ok()?;
    serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}')).ok()?;
    // A key can be there twice.
    without_field(&shorter, task, field)
}

fn refuse(reason: &str) -> EditError {
    EditError::Unsafe { field: "tasks".to_owned(), reason: reason.to_owned() }
}

/// Where a task goes.
struct Place<'doc, 'text> {
    /// The object that has, or is to have, the list; `None` where the list is the root.
    owner: Option<&'doc Node<'text>>,
    /// The list's key.
    key: &'static str,
    /// The list; `None` where it is missing or null.
    list: Option<&'doc Node<'text>>,
}

impl<'doc, 'text> Place<'doc, 'text> {
    fn find(
        root: &'doc Node<'text>,
        found: &Walk<'doc, 'text>,
        tag: &str,
        parent: Option<&TaskId>,
    ) -> Result<Self, EditError> {
        if let Some(parent) = parent {
            let entry = found.entries.iter().find(|entry| entry.id == *parent).ok_or(EditError::NoSuchRecord)?;
            if entry.node.name() != "an object" {
                return Err(refuse("the parent is a plain text; make it an object with an id first"));
            }
            return Self::of(Some(entry.node), "subtasks");
        }
        if root.items().is_some() && tag == DEFAULT_TAG {
            return Ok(Self { owner: None, key: "tasks", list: Some(root) });
        }
        let legacy = root.get("tasks").is_some_and(|tasks| tasks.items().is_some()) && tag == DEFAULT_TAG;
        let owner = if legacy { Some(root) } else { root.get(tag) };
        match owner {
            Some(owner) if owner.name() == "an object" => Self::of(Some(owner), "tasks"),
            None if root.members().is_empty() && root.name() == "an object" && tag == DEFAULT_TAG => {
                Self::of(Some(root), "tasks")
            }
            _ => Err(refuse(&format!("the file has no list of tasks for the tag `{tag}`"))),
        }
    }

    fn of(owner: Option<&'doc Node<'text>>, key: &'static str) -> Result<Self, EditError> {
        let list = owner.and_then(|owner| owner.get(key)).filter(|list| !list.is_null());
        match list {
            Some(list) if list.items().is_none() => Err(refuse(&format!("`{key}` is {}, not a list", list.name()))),
            list => Ok(Self { owner, key, list }),
        }
    }

    fn patch(&self, text: &str, style: &Style, value: &Value) -> Patch {
        let print = |indent: Option<&str>| print::value(value, "", indent, style);
        match (self.list, self.owner) {
            (Some(array), _) => match array.items().unwrap_or_default() {
                [.., last] => {
                    let items = array.items().unwrap_or_default();
                    let before = items.len().checked_sub(2).and_then(|at| items.get(at));
                    let start = before.map_or(array.span.start + 1, |before| before.span.end);
                    let lead = style::between(text, start, last.span.start);
                    let at = Span::at(last.span.end);
                    match lead.rsplit_once('\n') {
                        Some((_, indent)) if indent.trim().is_empty() => {
                            let inline = style::is_inline(text, last) == Some(true);
                            let value = print(Some(indent).filter(|_| !inline));
                            Patch::new(at, format!(",{}{indent}{value}", style.newline))
                        }
                        _ => {
                            let comma = if before.is_some() && lead.starts_with(',') { lead } else { &style.comma };
                            Patch::new(at, format!("{comma}{}", print(None)))
                        }
                    }
                }
                [] => Patch::new(array.span, Self::whole(text, style, value, array.span.start)),
            },
            (None, Some(owner)) => match owner.member(self.key) {
                Some(member) => Patch::new(member.value.span, Self::whole(text, style, value, member.key_span.start)),
                None => self.member(text, style, value, owner),
            },
            (None, None) => Patch::new(Span::at(0), String::new()),
        }
    }

    /// The list with the task alone, on the line that `at` is on.
    fn whole(text: &str, style: &Style, value: &Value, at: usize) -> String {
        let lines = text.trim_end().contains('\n');
        let indent = Some(style::indent(text, at)).filter(|_| lines);
        let layout = print::array_layout(indent, style);
        let item = print::value(value, "", print::inner(&layout), style);
        print::items_in(&[item], &layout, style)
    }

    /// The list as a new member behind the last one of its object.
    fn member(&self, text: &str, style: &Style, value: &Value, owner: &Node<'_>) -> Patch {
        let key = print::string(self.key, style.wide);
        let printed = |indent: Option<&str>| {
            let layout = print::array_layout(indent, style);
            let item = print::value(value, "", print::inner(&layout), style);
            format!("{key}{}{}", style.colon, print::items_in(&[item], &layout, style))
        };
        let Some(last) = owner.members().last() else {
            let lines = text.trim_end().contains('\n');
            let indent = Some(style::indent(text, owner.span.start)).filter(|_| lines);
            let layout = print::object_layout(indent, style);
            let inside = printed(print::inner(&layout));
            let text = match &layout {
                Layout::Inline { pad, .. } => format!("{pad}{inside}{pad}"),
                Layout::Lines { inner, outer } => format!("{0}{inner}{inside}{0}{outer}", style.newline),
            };
            return Patch::new(Span::new(owner.span.start + 1, owner.span.end - 1), text);
        };
        let at = Span::at(last.value.span.end);
        if style::is_inline(text, owner) == Some(true) {
            return Patch::new(at, format!("{}{}", style.comma, printed(None)));
        }
        let indent = style::indent(text, last.key_span.start);
        Patch::new(at, format!(",{}{indent}{}", style.newline, printed(Some(indent))))
    }

    /// Whether `after` is `before` with the value at the end of the list, and nothing else.
    fn is_all(&self, before: &Node<'_>, after: &Node<'_>, value: &Value) -> bool {
        if self.list.is_some_and(|list| list.span == before.span) {
            let (Some(items), Some(found)) = (before.items(), after.items()) else { return false };
            return found.len() == items.len() + 1
                && items.iter().zip(found).all(|(item, found)| same(item, found))
                && found.last().is_some_and(|last| last.to_value() == *value);
        }
        let is_owner = self.list.is_none() && self.owner.is_some_and(|owner| owner.span == before.span);
        match (&before.kind, &after.kind) {
            (NodeKind::Array(items), NodeKind::Array(found)) => {
                items.len() == found.len() && items.iter().zip(found).all(|(a, b)| self.is_all(a, b, value))
            }
            (NodeKind::Object(members), NodeKind::Object(found)) => {
                let is_new = |member: &Member<'_>| {
                    is_owner && member.key == self.key && member.value.to_value() == Value::Array(vec![value.clone()])
                };
                let (others, new): (Vec<_>, Vec<_>) = found.iter().partition(|member| !is_new(member));
                let kept: Vec<_> = members.iter().filter(|member| !is_owner || member.key != self.key).collect();
                usize::from(is_owner) == new.len()
                    && kept.len() == others.len()
                    && kept.iter().zip(others).all(|(a, b)| a.key == b.key && self.is_all(&a.value, &b.value, value))
            }
            (before, after) => before == after,
        }
    }
}

/// Whether two nodes say the same, numbers in the same spelling, wherever they stand.
fn same(before: &Node<'_>, after: &Node<'_>) -> bool {
    match (&before.kind, &after.kind) {
        (NodeKind::Array(a), NodeKind::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (NodeKind::Object(a), NodeKind::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

/// What the new object says, by the keys of its neighbours.
struct Draft<'a, 'doc, 'text> {
    task: &'a NewTask,
    found: &'a Walk<'doc, 'text>,
    list: Option<&'doc Node<'text>>,
}

impl<'doc, 'text> Draft<'_, 'doc, 'text> {
    /// The last object of the list; where there is none, the last task of the same rank, then any.
    fn neighbour(&self) -> Option<&'doc Node<'text>> {
        let nested = self.task.id.parent().is_some();
        let items = self.list.and_then(Node::items).unwrap_or_default();
        let is_object = |node: &&Node<'_>| node.name() == "an object";
        let ranked = || self.found.entries.iter().rev().filter(|entry| entry.nested == nested).map(|entry| entry.node);
        items.iter().rev().find(is_object).or_else(|| ranked().find(is_object))
    }

    fn members(&self) -> Map<String, Value> {
        let task = self.task;
        let nested = task.id.parent().is_some();
        let mut members = Map::new();
        let neighbour = self.neighbour();
        let plain = ["id", "title", "description", "status", "dependencies", "priority"];
        let keys: Vec<&str> = neighbour.map_or_else(
            || plain.into_iter().filter(|key| !nested || *key != "priority").collect(),
            |neighbour| neighbour.members().iter().map(|member| &*member.key).collect(),
        );
        for key in keys {
            let like = neighbour.and_then(|neighbour| neighbour.get(key));
            if let Some(value) = self.value(key, like) {
                members.insert(key.to_owned(), value);
            }
        }
        members.entry("id").or_insert_with(|| self.id(None));
        members.entry("title").or_insert_with(|| task.title.as_str().into());
        if let Some(text) = task.description.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            members.entry("description").or_insert_with(|| text.into());
        }
        members.entry("status").or_insert_with(|| task.status.as_str().into());
        if !task.dependencies.is_empty() {
            members.entry("dependencies").or_insert_with(|| self.dependencies(None));
        }
        if let Some(priority) = &task.priority {
            members.entry("priority").or_insert_with(|| priority.as_str().into());
        }
        for (key, value) in &task.fields {
            members.entry(key.clone()).or_insert_with(|| value.clone());
        }
        members
    }

    fn value(&self, key: &str, like: Option<&Node<'_>>) -> Option<Value> {
        let task = self.task;
        match key {
            "id" => Some(self.id(like)),
            "title" => Some(task.title.as_str().into()),
            "status" => Some(task.status.as_str().into()),
            "priority" => task.priority.as_deref().map(Into::into),
            "dependencies" => Some(self.dependencies(like)),
            "description" => Some(task.description.as_deref().map(str::trim).unwrap_or_default().into()),
            _ if task.field(key).is_some() => task.field(key).cloned(),
            "details" | "testStrategy" => Some("".into()),
            "subtasks" => Some(Value::Array(Vec::new())),
            key if DATES.contains(&key) => {
                let old = like.and_then(|like| like.scalar().map(ToOwned::to_owned))?;
                dates::respell(&old, task.moment?).map(Value::String)
            }
            _ => None,
        }
    }

    /// The id as the neighbour writes its own: a number or a text, alone or with that of the parent.
    fn id(&self, like: Option<&Node<'_>>) -> Value {
        let (id, last) = (&self.task.id, self.task.id.last_segment());
        let number = || last.parse::<u64>().map_or_else(|_| Value::from(last), Value::from);
        // What is spelled as a neighbour and means another number is not spelled so.
        let spelled = |like: &str| {
            let text = respell(last, like, "0");
            if TaskId::parse(&text).is_ok_and(|read| read.path() == last) { text } else { last.to_owned() }
        };
        match (like.map(|like| &like.kind), id.parent()) {
            (Some(NodeKind::String(text)), Some(parent)) => match text.rsplit_once('.') {
                Some((head, tail)) => format!("{}.{}", self.head(&parent, head), spelled(tail)).into(),
                None => spelled(text).into(),
            },
            (Some(NodeKind::String(text)), None) => spelled(text).into(),
            _ => number(),
        }
    }

    /// The parent's id, as it stands before the dot in `head` of a subtask: of this parent, or else of another.
    fn head(&self, parent: &TaskId, head: &str) -> String {
        if TaskId::parse(head).is_ok_and(|read| read.path() == parent.path()) {
            return head.to_owned();
        }
        let is_bare = head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let own = self.written_id(parent).and_then(|own| match &own.kind {
            NodeKind::String(text) if !is_bare => Some(text.to_string()),
            _ => None,
        });
        own.unwrap_or_else(|| parent.path().to_owned())
    }

    /// The id of a task of the document, as it is written.
    fn written_id(&self, id: &TaskId) -> Option<&'doc Node<'text>> {
        self.found.entries.iter().find(|entry| entry.id == *id)?.node.get("id")
    }

    /// The ids of others: a number where numbers are in use and will do, else a text.
    fn dependencies(&self, like: Option<&Node<'_>>) -> Value {
        let task = self.task;
        let first = |node: &'doc Node<'text>| node.get("dependencies")?.items()?.first();
        let here = like.and_then(Node::items).unwrap_or_default().first();
        let habit = here.or_else(|| self.found.entries.iter().find_map(|entry| first(entry.node)));
        let written = task.dependencies.iter().map(|other| {
            // As others are named; where there is nobody who names one, as the task is called itself.
            let texts =
                matches!(habit.or_else(|| self.written_id(other)).map(|like| &like.kind), Some(NodeKind::String(_)));
            let has_word = habit.is_none_or(|like| match &like.kind {
                NodeKind::String(text) => !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'),
                _ => false,
            });
            // Its whole id, which is not a bare number that would mean a sibling.
            if let (true, Some(NodeKind::String(own))) = (has_word, self.written_id(other).map(|own| &own.kind))
                && TaskId::parse(own).is_ok_and(|read| read.path() == other.path())
                && (task.id.parent().is_none() || !own.starts_with(|c: char| c.is_ascii_digit()))
            {
                return Value::String(own.to_string());
            }
            let sibling = other.parent().is_some() && other.parent() == task.id.parent();
            // A bare number in a subtask means a sibling.
            let (text, bare) = match (sibling, task.id.parent()) {
                (true, _) => (other.last_segment().to_owned(), true),
                (false, None) => (other.path().to_owned(), true),
                (false, Some(_)) if other.parent().is_none() => (format!("task_{}", other.path()), false),
                (false, Some(_)) => (other.path().to_owned(), false),
            };
            match text.parse::<u64>() {
                Ok(number) if bare && !texts => Value::from(number),
                _ => Value::String(text),
            }
        });
        Value::Array(written.collect())
    }
}

#[cfg(test)]
#[path = "insert_tests.rs"]
mod tests;
