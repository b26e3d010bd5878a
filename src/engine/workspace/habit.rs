//! How a tree spells its statuses.

use crate::model::{Board, RecordKind, Task};

/// How places of a kind spell a status in this tree, where they spell it otherwise than it was given: none of them
/// as given, and the most of them so. A bullet repeats its file: only those of files that say `home` are looked at.
pub(super) fn spelled<'a>(given: &str, kind: RecordKind, home: &str, board: &'a Board) -> Option<&'a str> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for task in board.tasks.values() {
        if kind == RecordKind::BodyBullet && task.record.status.as_deref() != Some(home) {
            continue;
        }
        for written in written(task, kind) {
            if written == given {
                return None;
            }
            match found.iter_mut().find(|(known, _)| *known == written) {
                Some((_, times)) => *times += 1,
                None => found.push((written, 1)),
            }
        }
    }
    found.retain(|(written, _)| board.statuses.same(written, given));
    // Of two that are as frequent the first.
    found.into_iter().rev().max_by_key(|(_, times)| *times).map(|(written, _)| written)
}

fn written(task: &Task, kind: RecordKind) -> impl Iterator<Item = &str> {
    let home = Some(&task.record).filter(|record| record.kind == kind).and_then(|record| record.status.as_deref());
    let mirrors = task.mirrors.iter().filter(move |mirror| mirror.kind == kind);
    home.into_iter().chain(mirrors.filter_map(|mirror| mirror.status.as_deref()))
}
