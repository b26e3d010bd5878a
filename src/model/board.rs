use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::components::components;
use super::{
    Code, Dependency, DependencyReading, Diagnostic, Mirror, Reading, Record, RecordKind, Snapshot, StatusSet, Task,
    TaskId, Tasks, TreePath,
};

/// How many unknown dependencies of one task are named one by one.
const MOST_NAMED: usize = 20;

/// The typed reading of a snapshot: its tasks, what their statuses mean, and what was found wrong.
#[derive(Debug, Clone)]
pub struct Board {
    /// The tasks.
    pub tasks: Tasks,
    /// How statuses are understood.
    pub statuses: StatusSet,
    /// Findings: of the files one by one, then of the tasks together.
    pub diagnostics: Vec<Diagnostic>,
    /// `currentTag` of `state.json`.
    pub current_tag: Option<String>,
}

impl Board {
    /// A board without tasks.
    #[must_use]
    pub fn empty() -> Self {
        Self { tasks: Tasks::default(), statuses: StatusSet::default(), diagnostics: Vec::new(), current_tag: None }
    }

    /// Joins what the files of `snapshot` say. `readings` are in the order of paths.
    #[must_use]
    pub fn build(snapshot: &Snapshot, readings: &[(&TreePath, &Reading)], statuses: StatusSet) -> Self {
        Builder { snapshot, board: Self { statuses, ..Self::empty() }, tasks: Vec::new() }.build(readings)
    }

    /// The tasks whose dependencies name `id`, in order.
    pub fn dependents<'a>(&'a self, id: &'a TaskId) -> impl Iterator<Item = &'a Task> {
        self.tasks.values().filter(move |task| task.dependencies.iter().any(|dependency| dependency.id == *id))
    }

    /// The tasks whose parent is `id`, in order.
    pub fn children<'a>(&'a self, id: &'a TaskId) -> impl Iterator<Item = &'a Task> {
        self.tasks.values().filter(move |task| task.parent.as_ref() == Some(id))
    }

    /// Whether all a task waits for is done. A dependency that does not exist holds it back.
    #[must_use]
    pub fn is_ready(&self, task: &Task) -> bool {
        task.dependencies.iter().all(|dependency| {
            self.tasks
                .get(&dependency.id)
                .is_some_and(|other| self.statuses.category(other.status()) == super::Category::Done)
        })
    }

    /// The mirrors of a task that say something else than its home.
    pub fn drift<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a Mirror> {
        task.mirrors
            .iter()
            .filter(|mirror| mirror.status.as_deref().is_some_and(|status| !self.statuses.same(status, task.status())))
    }
}

struct Builder<'a> {
    snapshot: &'a Snapshot,
    board: Board,
    /// The tasks joined so far, in order.
    tasks: Vec<(TaskId, Task)>,
}

impl Builder<'_> {
    fn build(mut self, readings: &[(&TreePath, &Reading)]) -> Board {
        self.board.diagnostics.extend(self.snapshot.problems.iter().cloned());
        let mut places: Vec<(&TreePath, &Arc<Record>)> = Vec::with_capacity(readings.len() * 2);
        for (path, reading) in readings {
            self.board.diagnostics.extend(reading.diagnostics.iter().cloned());
            if let Some(tag) = &reading.current_tag {
                self.board.current_tag = Some(tag.clone());
            }
            places.extend(reading.records.iter().map(|record| (*path, record)));
        }
        // Files stand nearly in the order of their tasks, which this sort makes use of.
        places.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        self.tasks.reserve(places.len());
        for records in places.chunk_by_mut(|(_, a), (_, b)| a.id == b.id) {
            // Of two tasks.json the one under tasks/ is current; its path is the longer one.
            records.sort_by_key(|(path, record)| {
                (record.kind, record.kind == RecordKind::TasksJson && path.folder().is_none())
            });
            self.join(records);
        }
        self.board.tasks = std::mem::take(&mut self.tasks).into_iter().collect();
        self.read_dependencies();
        self.find_cycles();
        self.board
    }

    /// Joins the records of one task, the one with the most authority first.
    fn join(&mut self, records: &[(&TreePath, &Arc<Record>)]) {
        let Some(id) = records.first().map(|(_, record)| record.id.clone()) else { return };
        let Some((path, home)) = records.first().filter(|(_, record)| record.kind.is_home()).copied() else {
            if let Some((path, record)) = records.iter().find(|(_, record)| record.kind == RecordKind::GeneratedText) {
                let message = format!("`{path}` was generated for task {id}, which does not exist any more");
                let finding = Diagnostic::note(Code::STALE_GENERATED_TEXT, message).about(&id);
                self.report(finding, path, record.span);
            }
            return;
        };
        let mut mirrors = Vec::new();
        let mut seen = BTreeSet::from([(path, home.kind)]);
        for (other, record) in records.iter().skip(1).copied() {
            let twice_here = !seen.insert((other, record.kind));
            let two_files = record.kind == RecordKind::FrontMatter;
            if record.kind.is_home() && (twice_here || two_files) {
                let message = format!("task {id} is written twice; the first is in `{path}`");
                let finding = Diagnostic::error(Code::DUPLICATE_ID, message)
                    .about(&id)
                    .hint("give one of them an id of its own; until then only the first counts");
                self.report(finding, other, record.span);
            } else if !twice_here {
                mirrors.push(Mirror { path: other.clone(), kind: record.kind, status: record.status.clone() });
            }
        }
        // Mostly there is one, of many tasks, and the board stays as long as a watcher runs.
        mirrors.shrink_to_fit();
        let parent = match &home.parent {
            Some(text) if !home.nested => TaskId::parse(text).ok().map(|parent| parent.with_tag(id.tag())),
            _ => id.parent().filter(|_| home.nested),
        };
        if let Some(status) = &home.status
            && self.board.statuses.find(status).is_none()
        {
            let known: Vec<&str> =
                self.board.statuses.definitions().iter().map(|definition| definition.name.as_str()).collect();
            let finding = Diagnostic::warning(
                Code::UNKNOWN_STATUS,
                format!("task {id} has the unknown status `{}`; it counts as todo", status.escape_debug()),
            )
            .about(&id)
            .hint(format!("known are {}; define others under `statuses:` in config/workflow.yaml", known.join(", ")));
            self.report(finding, path, home.status_span.unwrap_or(home.span));
        }
        let task = Task {
            id: id.clone(),
            path: path.clone(),
            record: home.clone(),
            parent,
            dependencies: Vec::new(),
            mirrors,
        };
        self.tasks.push((id, task));
    }

    /// Looks every dependency up. A bare number in a subtask can mean a sibling or a task at the
    /// top; all such are first taken for siblings, and those that stand in a cycle then for the top.
    fn read_dependencies(&mut self) {
        let known: HashSet<TaskId> = self.board.tasks.keys().cloned().collect();
        let mut read: Vec<(TaskId, Vec<Dependency>)> = Vec::new();
        let mut ambiguous = false;
        for task in self.board.tasks.values() {
            let mut dependencies: Vec<Dependency> =
                task.record.dependencies.iter().filter_map(|written| first_reading(&known, task, written)).collect();
            dependencies.shrink_to_fit();
            ambiguous |= dependencies.iter().any(|dependency| dependency.reading == DependencyReading::Sibling);
            if !dependencies.is_empty() {
                read.push((task.id.clone(), dependencies));
            }
        }
        if ambiguous {
            let edges: Vec<_> = read.iter().map(|(id, list)| (id, list.as_slice())).collect();
            let component: HashMap<TaskId, usize> =
                components(&edges).into_iter().map(|(id, number)| (id.clone(), number)).collect();
            for (id, dependencies) in &mut read {
                for dependency in dependencies.iter_mut() {
                    let in_cycle = dependency.id == *id
                        || component.get(id).is_some_and(|own| component.get(&dependency.id) == Some(own));
                    if dependency.reading == DependencyReading::Sibling
                        && in_cycle
                        && let Ok(top) = TaskId::parse(&dependency.written)
                    {
                        dependency.id = top.with_tag(id.tag());
                        dependency.reading = DependencyReading::TopLevel;
                    }
                }
            }
        }
        let mut findings = Vec::new();
        for (id, dependencies) in &read {
            let unknown: Vec<&Dependency> =
                dependencies.iter().filter(|dependency| !known.contains(&dependency.id)).collect();
            let named = unknown.iter().take(MOST_NAMED);
            let mut messages: Vec<String> = named
                .map(|dependency| {
                    format!("task {id} depends on `{}`, which does not exist", dependency.written.escape_debug())
                })
                .collect();
            if unknown.len() > MOST_NAMED {
                messages.push(format!("task {id} depends on {} more that do not exist", unknown.len() - MOST_NAMED));
            }
            findings.extend(
                messages
                    .into_iter()
                    .map(|message| (id.clone(), Diagnostic::error(Code::UNKNOWN_DEPENDENCY, message).about(id))),
            );
        }
        // Both are in the order of ids.
        let mut read = read.into_iter().peekable();
        for task in self.board.tasks.values_mut() {
            if let Some((_, dependencies)) = read.next_if(|(id, _)| *id == task.id) {
                task.dependencies = dependencies;
            }
        }
        for (id, finding) in findings {
            let finding = finding.hint("remove it, or add the task it names");
            self.report_task(finding, &id);
        }
    }

    fn find_cycles(&mut self) {
        let read: Vec<(&TaskId, &[Dependency])> = self
            .board
            .tasks
            .values()
            .filter(|task| !task.dependencies.is_empty())
            .map(|task| (&task.id, task.dependencies.as_slice()))
            .collect();
        let mut members: BTreeMap<usize, Vec<&TaskId>> = BTreeMap::new();
        for (id, number) in components(&read) {
            members.entry(number).or_default().push(id);
        }
        let mut cycles: Vec<Vec<TaskId>> =
            members.into_values().filter(|ids| ids.len() > 1).map(|ids| ids.into_iter().cloned().collect()).collect();
        for (id, dependencies) in &read {
            if dependencies.iter().any(|dependency| dependency.id == **id) {
                cycles.push(vec![(*id).clone()]);
            }
        }
        cycles.sort();
        for cycle in cycles {
            let Some(first) = cycle.first() else { continue };
            let message = if cycle.len() == 1 {
                format!("task {first} depends on itself")
            } else {
                let names: Vec<String> = cycle.iter().map(ToString::to_string).collect();
                format!("tasks {} depend on each other in a cycle", names.join(", "))
            };
            let finding = Diagnostic::error(Code::DEPENDENCY_CYCLE, message)
                .about(first)
                .hint("none of them can ever become ready: remove one of the dependencies");
            self.report_task(finding, first);
        }
    }

    fn report_task(&mut self, finding: Diagnostic, id: &TaskId) {
        if let Some(task) = self.board.tasks.get(id) {
            let (path, span) = (task.path.clone(), task.record.dependencies_span.unwrap_or(task.record.span));
            self.report(finding, &path, span);
        }
    }

    fn report(&mut self, finding: Diagnostic, path: &TreePath, span: super::Span) {
        let bytes = self.snapshot.bytes(path).unwrap_or_default();
        self.board.diagnostics.push(finding.at(path, bytes, span));
    }
}

/// What a dependency means before anything is known of cycles.
fn first_reading(known: &HashSet<TaskId>, task: &Task, written: &str) -> Option<Dependency> {
    let plain = |id: TaskId, reading| Some(Dependency { id, written: written.to_owned(), reading });
    let own = TaskId::parse_within(written, task.id.tag()).ok()?;
    // With a tag it is named in full.
    if written.contains(':') {
        return plain(own, DependencyReading::Plain);
    }
    let parent = task.parent.as_ref().filter(|_| task.record.nested);
    let Some(parent) = parent.filter(|_| own.segments().count() == 1) else {
        return plain(own, DependencyReading::Plain);
    };
    let sibling = parent.child(written).ok()?;
    let starts = |word: &str| written.trim().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts("task") {
        return plain(own, DependencyReading::Plain);
    }
    if starts("subtask") {
        return plain(sibling, DependencyReading::Plain);
    }
    match (known.contains(&sibling), known.contains(&own)) {
        (true, true) => plain(sibling, DependencyReading::Sibling),
        (false, true) => plain(own, DependencyReading::Plain),
        _ => plain(sibling, DependencyReading::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    /// Tasks as `(id, nested, dependencies)`.
    fn board(tasks: &[(&str, bool, &[&str])]) -> Board {
        let records = tasks
            .iter()
            .map(|(id, nested, dependencies)| {
                let mut record = Record::new(TaskId::parse(id).unwrap(), RecordKind::TasksJson, Span::at(0));
                record.nested = *nested;
                record.dependencies = dependencies.iter().map(|text| (*text).to_owned()).collect();
                Arc::new(record)
            })
            .collect();
        let reading = Reading { records, ..Reading::default() };
        Board::build(&Snapshot::empty(), &[(&TreePath::new("tasks.json").unwrap(), &reading)], StatusSet::default())
    }

    fn dependencies(board: &Board, id: &str) -> Vec<String> {
        let task = &board.tasks[&TaskId::parse(id).unwrap()];
        task.dependencies.iter().map(|dependency| dependency.id.to_string()).collect()
    }

    fn codes(board: &Board) -> Vec<&str> {
        board.diagnostics.iter().map(|finding| finding.code.as_str()).collect()
    }

    #[test]
    fn bare_numbers_in_subtasks_mean_siblings_unless_that_is_a_cycle() {
        let plain = board(&[("1", false, &[]), ("2", false, &[]), ("2.1", true, &[]), ("2.2", true, &["1"])]);
        assert_eq!(dependencies(&plain, "2.2"), ["2.1"]);
        let cyclic = board(&[("1", false, &[]), ("2", false, &[]), ("2.1", true, &["2"]), ("2.2", true, &["1"])]);
        assert_eq!(dependencies(&cyclic, "2.1"), ["2"]);
        assert_eq!(dependencies(&cyclic, "2.2"), ["1"]);
        let own = board(&[("1", false, &[]), ("2", false, &[]), ("2.1", true, &["1"])]);
        assert_eq!(dependencies(&own, "2.1"), ["1"]);
        assert!(codes(&own).is_empty());
    }

    #[test]
    fn spelled_out_dependencies_are_never_guessed() {
        let board = board(&[("1", false, &[]), ("2.1", true, &[]), ("2.3", true, &["task_001", "subtask_001", "2.1"])]);
        assert_eq!(dependencies(&board, "2.3"), ["1", "2.1", "2.1"]);
    }

    #[test]
    fn cycles_duplicates_and_dangling_dependencies_are_found() {
        let board = board(&[("1", false, &["2"]), ("2", false, &["1"]), ("3", false, &["3", "9"]), ("3", false, &[])]);
        assert_eq!(codes(&board), ["duplicate-id", "unknown-dependency", "dependency-cycle", "dependency-cycle"]);
        assert!(board.diagnostics[2].message.contains("1, 2"));
    }
}
