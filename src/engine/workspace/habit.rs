//! How a tree spells its statuses.

use crate::model::{Board, RecordKind, Task};

/// Who writes a status so often another way has a habit, whatever stands behind.
const ENOUGH: usize = 100;

/// How places of a kind spell a status in this tree, where they spell it otherwise than it was given: none of them
/// as given, and the most of them so. A bullet repeats its file: only those of files that say `home` are looked at.
pub(super) fn spelled<'a>(given: &str, kind: RecordKind, home: &str, board: &'a Board) -> Option<&'a str> {
    // Each spelling with how often it was seen, and whether it is one of this status.
    let mut found: Vec<(&str, usize, bool)> = Vec::new();
    'all: for task in board.tasks.values() {
        if kind == RecordKind::BodyBullet && task.record.status.as_deref() != Some(home) {
            continue;
        }
        for written in written(task, kind) {
            if written == given {
                return None;
            }
            match found.iter_mut().find(|(known, ..)| *known == written) {
                Some((_, times, is_meant)) => {
                    *times += 1;
                    if *is_meant && *times >= ENOUGH {
                        break 'all;
                    }
                }
                None => found.push((written, 1, board.statuses.same(written, given))),
            }
        }
    }
    found.retain(|(_, _, is_meant)| *is_meant);
    // Of two that are as frequent the first.
    found.into_iter().rev().max_by_key(|(_, times, _)| *times).map(|(written, ..)| written)
}

fn written(task: &Task, kind: RecordKind) -> impl Iterator<Item = &str> {
    let home = Some(&task.record).filter(|record| record.kind == kind).and_then(|record| record.status.as_deref());
    let mirrors = task.mirrors.iter().filter(move |mirror| mirror.kind == kind);
    home.into_iter().chain(mirrors.filter_map(|mirror| mirror.status.as_deref()))
}
