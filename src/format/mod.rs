//! Bytes to model and back, without loss.
//!
//! Reading gives records and diagnostics; editing gives byte-span [patches](patch), never a file
//! written anew. Nothing here knows where the bytes came from.

pub mod body;
pub mod dates;
pub mod edit;
pub mod front_matter;
pub mod generated_text;
pub mod json;
pub mod patch;
pub mod state_json;
pub mod tasks_json;
pub mod trailer;
pub mod workflow;
pub mod yaml;

use edit::{EditError, FieldEdit};
use patch::Patch;

use crate::model::{
    Board, Code, Diagnostic, FileRole, Reading, RecordKind, Snapshot, Span, StatusSet, TaskId, TreePath,
};

/// How the file begins that git-lfs leaves where a file's content was not fetched.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Reads one file by its role.
#[must_use]
pub fn read(path: &TreePath, bytes: &[u8]) -> Reading {
    match path.role() {
        FileRole::Other => Reading::default(),
        _ if bytes.starts_with(LFS_POINTER) => {
            let message = format!("`{path}` is a pointer of git-lfs: its content is not here");
            let finding = Diagnostic::error(Code("lfs-pointer"), message)
                .hint("fetch it: git lfs pull; or keep tasks out of LFS: git lfs untrack")
                .at(path, bytes, Span::at(0));
            Reading { diagnostics: vec![finding], ..Reading::default() }
        }
        FileRole::TaskMarkdown => front_matter::read(path, bytes),
        FileRole::TasksJson => tasks_json::read(path, bytes),
        FileRole::GeneratedText => generated_text::read(path, bytes),
        FileRole::State => state_json::read(path, bytes),
        FileRole::Workflow => Reading::default(),
    }
}

/// Reads every file of a snapshot and joins what they say. A file that another snapshot shares is
/// not read again.
#[must_use]
pub fn board(snapshot: &Snapshot, statuses: StatusSet) -> Board {
    let readings: Vec<(&TreePath, &Reading)> =
        snapshot.files.iter().map(|(path, file)| (path, file.reading(|bytes| read(path, bytes)))).collect();
    Board::build(snapshot, &readings, statuses)
}

/// The patches that change one field of one task in one place of a file.
///
/// # Errors
/// When the file has no such record there, or cannot be edited safely.
pub fn edit(
    path: &TreePath,
    kind: RecordKind,
    bytes: &[u8],
    task: &TaskId,
    edit: &FieldEdit,
    check_mark: body::CheckMark,
) -> Result<Vec<Patch>, EditError> {
    let status = || edit.value.as_str().filter(|_| edit.path == ["status"]);
    let only_status = || EditError::Unsafe {
        field: edit.path.join("."),
        reason: format!("the {} repeats the status alone", kind.name()),
    };
    match kind {
        RecordKind::FrontMatter => front_matter::edit(bytes, edit),
        RecordKind::TasksJson => tasks_json::edit(bytes, task, edit),
        RecordKind::BodyBullet => body::edit_status(bytes, status().ok_or_else(only_status)?, check_mark),
        RecordKind::GeneratedText => generated_text::edit(path, bytes, task, status().ok_or_else(only_status)?),
    }
}
