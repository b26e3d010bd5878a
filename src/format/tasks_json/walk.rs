//! Where the tasks of a document are, and which id each has.

use std::collections::{HashMap, HashSet};

use super::super::json::{Member, Node, NodeKind};
use crate::model::{Code, DEFAULT_TAG, Severity, Span, TaskId};

/// One task as the document has it.
#[derive(Debug)]
pub(super) struct Entry<'doc, 'text> {
    pub(super) id: TaskId,
    /// Whether it stands in the `subtasks` of another.
    pub(super) nested: bool,
    /// Its object; a string where the subtask is its title only.
    pub(super) node: &'doc Node<'text>,
    /// Where it starts: its id where it has one.
    pub(super) span: Span,
}

/// Something wrong in the document, not yet told of which file.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) severity: Severity,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) hint: &'static str,
    pub(super) span: Span,
    pub(super) task: Option<TaskId>,
}

/// The tasks of a document in its order, each before its subtasks.
#[derive(Debug, Default)]
pub(super) struct Walk<'doc, 'text> {
    pub(super) entries: Vec<Entry<'doc, 'text>>,
    pub(super) problems: Vec<Problem>,
}

/// Finds all tasks: in an array at the root, in `tasks` at the root, and in the `tasks` of each tag.
pub(super) fn walk<'doc, 'text>(root: &'doc Node<'text>) -> Walk<'doc, 'text> {
    let mut walk = Walk::default();
    walk.root(root);
    walk
}

/// The members of an object that count: of each key the last. The others are given to `lost`.
pub(super) fn members<'doc, 'text>(
    object: &'doc Node<'text>,
    mut lost: impl FnMut(&'doc Member<'text>),
) -> impl Iterator<Item = &'doc Member<'text>> {
    let all = object.members();
    let mut latest: HashMap<&str, usize> = HashMap::with_capacity(all.len());
    for (at, member) in all.iter().enumerate() {
        if let Some(earlier) = latest.insert(&member.key, at).and_then(|earlier| all.get(earlier)) {
            lost(earlier);
        }
    }
    all.iter().enumerate().filter(move |(at, member)| latest.get(&*member.key) == Some(at)).map(|(_, member)| member)
}

impl<'doc, 'text> Walk<'doc, 'text> {
    fn root(&mut self, root: &'doc Node<'text>) {
        if root.items().is_some() {
            return self.tasks(root, DEFAULT_TAG);
        }
        if root.members().is_empty() && root.name() != "an object" {
            let message = format!("the file holds {}, not tasks", root.name());
            return self.error(
                Code::NOT_TASKS,
                message,
                "expected is an object with a list `tasks`, or tags",
                root.span,
            );
        }
        let mut lists = 0;
        for member in self.counted(root, None) {
            if member.key == "tasks" && member.value.items().is_some() {
                lists += 1;
                self.tasks(&member.value, DEFAULT_TAG);
                continue;
            }
            // A tag may be called `tasks` too: then it has a list of that name.
            let inner = member.value.get("tasks");
            let tasks = inner.or_else(|| (member.key == "tasks").then_some(&member.value));
            // A plain value is something else, such as a count.
            let Some(tasks) = tasks.filter(|tasks| tasks.scalar().is_none()) else { continue };
            lists += 1;
            if tasks.items().is_none() {
                let message = format!("`tasks` is {}, not a list", tasks.name());
                if tasks.members().is_empty() {
                    self.warning(
                        Code::TASKS_NOT_A_LIST,
                        message,
                        "write `[]` where there are no tasks",
                        tasks.span,
                        None,
                    );
                } else {
                    let hint = "write the tasks as a list, each with its `id`; until then none of them is seen";
                    self.error(Code::TASKS_NOT_A_LIST, message, hint, tasks.span);
                }
                continue;
            }
            if !is_tag(&member.key) {
                let message = format!("`{}` cannot be the name of a tag", member.key.escape_debug());
                let hint = "rename it to letters, digits and - _ . / + @; until then none of its tasks is seen";
                self.error(Code::INVALID_TAG, message, hint, member.key_span);
                continue;
            }
            // Of two lists `tasks` in one tag the last counts, as everywhere.
            self.counted(&member.value, None);
            self.tasks(tasks, &member.key);
        }
        if lists == 0 && !root.members().is_empty() {
            let hint = "expected is an object with a list `tasks`, or tags with one each";
            self.warning(
                Code::NO_TASKS,
                "the file has no list of tasks".to_owned(),
                hint,
                Span::at(root.span.start),
                None,
            );
        }
    }

    fn tasks(&mut self, list: &'doc Node<'text>, tag: &str) {
        for node in list.items().unwrap_or_default() {
            if let Some((id, span)) = self.own_id(node, tag) {
                self.task(Entry { id, nested: false, node, span });
            }
        }
    }

    fn own_id(&mut self, node: &Node<'_>, tag: &str) -> Option<(TaskId, Span)> {
        if node.name() != "an object" {
            let message = format!("a task is {}, not an object", node.name());
            self.error(Code::NOT_A_TASK, message, "write `{\"id\": ..., \"title\": ...}`", node.span);
            return None;
        }
        let Some(id) = node.get("id").filter(|id| !id.is_null()) else {
            let start = Span::new(node.span.start, node.span.start + 1);
            self.error(
                Code::MISSING_ID,
                "a task has no id".to_owned(),
                "give it one; until then it is not seen",
                start,
            );
            return None;
        };
        let parsed = id_text(id).and_then(|text| TaskId::parse(text).map_err(|error| error.to_string()));
        let parsed = parsed.and_then(|parsed| {
            let foreign = parsed.tag() != DEFAULT_TAG && parsed.tag() != tag;
            if foreign { Err(format!("`{parsed}` stands under the tag `{tag}`")) } else { Ok(parsed) }
        });
        match parsed {
            Ok(parsed) => Some((parsed.with_tag(tag), id.span)),
            Err(message) => {
                self.invalid_id(message, id.span);
                None
            }
        }
    }

    fn task(&mut self, entry: Entry<'doc, 'text>) {
        let (id, node) = (entry.id.clone(), entry.node);
        self.entries.push(entry);
        let Some(subtasks) = node.get("subtasks").filter(|subtasks| !subtasks.is_null()) else { return };
        let Some(items) = subtasks.items() else {
            let message = format!("`subtasks` of task {id} is {}, not a list", subtasks.name());
            let hint = "write `[]` where there are none";
            return self.warning(Code::SUBTASKS_NOT_A_LIST, message, hint, subtasks.span, Some(&id));
        };
        // Subtasks without an id are known by their place, unless another has that number.
        let mut free = items.len();
        let ids: Vec<_> = items.iter().map(|item| child_id(&id, item)).collect();
        let taken: HashSet<String> = if ids.iter().any(Option::is_none) {
            ids.iter().flatten().flatten().map(|child| child.path().to_owned()).collect()
        } else {
            HashSet::new()
        };
        for ((at, item), child) in items.iter().enumerate().zip(ids) {
            match child {
                Some(Ok(child)) => {
                    let span = item.get("id").map_or(item.span, |own| own.span);
                    self.task(Entry { id: child, nested: true, node: item, span });
                }
                Some(Err(message)) => self.invalid_id(message, item.get("id").unwrap_or(item).span),
                None if matches!(item.name(), "an object" | "a string") => {
                    let mut number = at + 1;
                    while taken.contains(&format!("{}.{number}", id.path())) {
                        free += 1;
                        number = free;
                    }
                    let start = Span::new(item.span.start, item.span.start + 1);
                    let Ok(child) = id.child(&number.to_string()) else {
                        self.invalid_id(format!("the id of a subtask of {id} would be too long"), start);
                        continue;
                    };
                    if item.name() == "an object" {
                        let message = format!("a subtask of {id} has no id; it is taken for {child}");
                        let hint = "give it an id: moved to another place it would be another task";
                        self.warning(Code::MISSING_SUBTASK_ID, message, hint, start, Some(&child));
                    }
                    let span = if item.name() == "an object" { start } else { item.span };
                    self.task(Entry { id: child, nested: true, node: item, span });
                }
                None => {
                    let message = format!("a subtask of {id} is {}, not an object", item.name());
                    self.error(Code::NOT_A_TASK, message, "write `{\"id\": ..., \"title\": ...}`", item.span);
                }
            }
        }
    }

    /// The members that count; a finding for each that does not.
    fn counted(&mut self, object: &'doc Node<'text>, task: Option<&TaskId>) -> Vec<&'doc Member<'text>> {
        members(object, |lost| self.problems.push(duplicate_key(lost, task))).collect()
    }

    fn invalid_id(&mut self, message: String, span: Span) {
        let hint = "an id is a number, numbers joined by dots, or a word; until it is one, the task is not seen";
        self.error(Code::INVALID_ID, message, hint, span);
    }

    fn error(&mut self, code: Code, message: String, hint: &'static str, span: Span) {
        self.problems.push(Problem { severity: Severity::Error, code, message, hint, span, task: None });
    }

    fn warning(&mut self, code: Code, message: String, hint: &'static str, span: Span, task: Option<&TaskId>) {
        let problem = Problem { severity: Severity::Warning, code, message, hint, span, task: task.cloned() };
        self.problems.push(problem);
    }
}

/// A member that does not count, since its key comes again.
pub(super) fn duplicate_key(lost: &Member<'_>, task: Option<&TaskId>) -> Problem {
    Problem {
        severity: Severity::Warning,
        code: Code::DUPLICATE_KEY,
        message: format!("`{}` comes again further down; only the last one counts", lost.key.escape_debug()),
        hint: "remove one of them",
        span: lost.key_span,
        task: task.cloned(),
    }
}

/// The id of a subtask as its `id` says; `None` where it has none.
fn child_id(parent: &TaskId, item: &Node<'_>) -> Option<Result<TaskId, String>> {
    let id = item.get("id").filter(|id| !id.is_null())?;
    Some(id_text(id).and_then(|text| parent.child(text).map_err(|error| error.to_string())))
}

fn id_text<'doc>(id: &'doc Node<'_>) -> Result<&'doc str, String> {
    match &id.kind {
        NodeKind::Number(text) => Ok(text),
        NodeKind::String(text) => Ok(text),
        _ => Err(format!("an id is a number or a text, not {}", id.name())),
    }
}

/// Whether ids can carry the name, so that `tag:1` can be read again.
fn is_tag(name: &str) -> bool {
    name == DEFAULT_TAG || TaskId::parse(&format!("{name}:1")).is_ok_and(|id| id.tag() == name)
}
