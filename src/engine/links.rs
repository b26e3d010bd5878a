//! Which tasks name which, looked up once for a board however many events ask.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::model::{Board, Task, TaskId};

type Names = HashMap<TaskId, Vec<TaskId>>;

/// The dependents and children of every task of one board, found when somebody first asks. They
/// hold as long as no task comes, goes, or waits for others than before.
#[derive(Debug, Default)]
pub struct Links {
    dependents: OnceCell<Names>,
    children: OnceCell<Names>,
}

impl Links {
    /// What [`Board::dependents`] gives.
    pub fn dependents<'a>(&'a self, board: &'a Board, id: &TaskId) -> impl Iterator<Item = &'a Task> {
        let names = self
            .dependents
            .get_or_init(|| collect(board, |task| task.dependencies.iter().map(|dependency| &dependency.id).collect()));
        tasks(board, names.get(id))
    }

    /// What [`Board::children`] gives.
    pub fn children<'a>(&'a self, board: &'a Board, id: &TaskId) -> impl Iterator<Item = &'a Task> {
        let names = self.children.get_or_init(|| collect(board, |task| task.parent.iter().collect()));
        tasks(board, names.get(id))
    }
}

fn tasks<'a>(board: &'a Board, names: Option<&'a Vec<TaskId>>) -> impl Iterator<Item = &'a Task> {
    names.into_iter().flatten().filter_map(|id| board.tasks.get(id))
}

fn collect(board: &Board, named: impl Fn(&Task) -> Vec<&TaskId>) -> Names {
    let mut links = Names::new();
    for task in board.tasks.values() {
        for name in named(task) {
            let list = links.entry(name.clone()).or_default();
            if list.last() != Some(&task.id) {
                list.push(task.id.clone());
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;
    use crate::model::{Snapshot, SourceFile, StatusSet, TreePath};

    #[test]
    fn links_are_what_the_board_finds() {
        let text = r#"{"tasks": [{"id": 1, "subtasks": [{"id": 1}, {"id": 2, "dependencies": [1, 1]}]},
            {"id": 2, "dependencies": [1, 1, 9]}, {"id": 3, "dependencies": [2, 1]}]}"#;
        let file = SourceFile::new(text.as_bytes());
        let files = [(TreePath::new("tasks/tasks.json").unwrap(), file)].into_iter().collect();
        let board = format::board(&Snapshot { files, ..Snapshot::empty() }, StatusSet::default());
        let links = Links::default();
        assert_eq!(links.dependents(&board, &TaskId::parse("1").unwrap()).count(), 2);
        for id in ["1", "1.1", "1.2", "2", "3", "9"].map(|id| TaskId::parse(id).unwrap()) {
            assert!(links.dependents(&board, &id).eq(board.dependents(&id)), "{id}");
            assert!(links.children(&board, &id).eq(board.children(&id)), "{id}");
        }
    }
}
