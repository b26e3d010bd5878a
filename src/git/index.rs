//! The index as it is read: as far as the tree needs it, by the git program where the file is one of its own.

use std::collections::{HashMap, HashSet};
use std::fs;

use git2::Oid;

use super::index_file::IndexFile;
use super::program::Program;
use super::{GitError, Repository};
use crate::store::LARGEST_FILE;

/// One entry of the index below the tree's folder, with its path relative to it.
pub(super) struct IndexEntry {
    /// As bytes: git does not ask for text.
    pub(super) path: Vec<u8>,
    pub(super) blob: Oid,
    pub(super) mode: i32,
    /// Kept out of the worktree by a sparse checkout.
    pub(super) hidden: bool,
    /// The user has told git not to look at the file (`--assume-unchanged`).
    pub(super) assumed: bool,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(super) stage: u8,
    /// How large the file was when it was staged.
    pub(super) size: Size,
}

/// How large a file is, where that is known without asking the object database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// So many bytes.
    Known(u64),
    /// Not known.
    Unknown,
}

const EMPTY_BLOB: &str = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
pub(super) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

impl Repository {
    /// The entries of the tree's folder at stage 0, in order; conflicts show as their "ours" side.
    pub(super) fn staged_entries(&self) -> Result<Vec<IndexEntry>, GitError> {
        let all = self.index_entries()?;
        let mut entries: Vec<IndexEntry> = Vec::with_capacity(all.len());
        for entry in all {
            let again = entries.last().is_some_and(|last| last.path == entry.path);
            if entry.stage == 0 || (!again && entry.stage == 2) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn index_entries(&self) -> Result<Vec<IndexEntry>, GitError> {
        let folder = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let Some(file) = self.index_file()? else {
            return self.listed_entries(&folder).map_err(|error| match error {
                // What git says of an index that it cannot read either.
                GitError::Program { message, .. } => self.unreadable(std::io::Error::other(message)),
                other => other,
            });
        };
        let entries = file.entries().iter().filter(|entry| !entry.intended);
        Ok(entries
            .filter_map(|entry| {
                Some(IndexEntry {
                    path: entry.path.strip_prefix(folder.as_bytes())?.to_vec(),
                    blob: entry.blob,
                    mode: i32::try_from(entry.mode).ok()?,
                    hidden: entry.hidden,
                    assumed: entry.assumed,
                    stage: entry.stage,
                    size: if entry.size == 0 { Size::Unknown } else { Size::Known(entry.size.into()) },
                })
            })
            .collect())
    }

    /// How large so many blobs of the tree are, by their ids, as far as the index tells that faster than the object
    /// database, which is slow to say it. Only what is small enough to be read is told.
    pub(super) fn staged_sizes(&self, blobs: usize) -> HashMap<Oid, Size> {
        /// So many bytes of an index are read in the time that asking for one blob takes.
        const WORTH_A_BLOB: u64 = 8 * 1024;
        let length = fs::metadata(&self.index).map_or(u64::MAX, |metadata| metadata.len());
        if length / WORTH_A_BLOB > blobs as u64 {
            return HashMap::new();
        }
        let entries = IndexFile::entries_below(&self.index, self.prefix.as_bytes()).unwrap_or_default();
        let small = entries.into_iter().filter(|entry| entry.size != 0 && u64::from(entry.size) <= LARGEST_FILE);
        small.map(|entry| (entry.blob, Size::Known(entry.size.into()))).collect()
    }

    /// Whether the index has a file of the tree.
    pub(super) fn tracks_tree(&self) -> bool {
        self.index_entries().is_ok_and(|entries| !entries.is_empty())
    }

    /// The tree's folder as it is staged, where git has noted its object and nothing has changed since.
    pub(super) fn staged_tree(&self) -> Result<Option<Oid>, GitError> {
        let folder = self.prefix.as_bytes();
        let noted = IndexFile::noted_tree(&self.index, folder).map_err(|source| self.unreadable(source))?;
        Ok(match noted {
            None => self.index_file()?.and_then(|file| file.tree(folder)),
            noted => noted,
        })
    }

    fn index_file(&self) -> Result<Option<IndexFile>, GitError> {
        IndexFile::read(&self.index, self.prefix.as_bytes()).map_err(|source| self.unreadable(source))
    }

    fn unreadable(&self, source: std::io::Error) -> GitError {
        GitError::Io { doing: "reading the index at", path: self.index.clone(), source }
    }

    /// Split and sparse indexes are the git program's to read.
    fn listed_entries(&self, folder: &str) -> Result<Vec<IndexEntry>, GitError> {
        let mut entries: Vec<IndexEntry> = Program::of(self)
            .run(&["--literal-pathspecs", "ls-files", "-z", "--stage", "-v", "--", self.pathspec()], &[])?
            .split(|byte| *byte == 0)
            .filter_map(Listed::parse)
            .filter_map(|listed| {
                Some(IndexEntry {
                    path: listed.path.strip_prefix(folder.as_bytes())?.to_vec(),
                    blob: listed.blob,
                    mode: listed.mode,
                    hidden: listed.hidden,
                    assumed: listed.assumed,
                    stage: listed.stage,
                    size: Size::Unknown,
                })
            })
            .collect();
        // Only where it can make a difference: the list does not tell what is merely intended to be added.
        if entries.iter().any(|entry| entry.blob.to_string() == EMPTY_BLOB) {
            let arguments = ["--literal-pathspecs", "diff-index", "--cached", "--ita-invisible-in-index"];
            let arguments = [&arguments[..], &["--name-only", "-z", EMPTY_TREE, "--", self.pathspec()]].concat();
            let output = Program::of(self).run(&arguments, &[])?;
            let added: HashSet<&[u8]> =
                output.split(|byte| *byte == 0).filter_map(|path| path.strip_prefix(folder.as_bytes())).collect();
            entries.retain(|entry| entry.stage != 0 || added.contains(entry.path.as_slice()));
        }
        Ok(entries)
    }

    /// The tree's folder as git's program wants it named.
    pub(super) fn pathspec(&self) -> &str {
        if self.prefix.is_empty() { "." } else { &self.prefix }
    }
}

/// One line of `git ls-files -z --stage -v`.
pub(super) struct Listed<'a> {
    pub(super) path: &'a [u8],
    pub(super) blob: Oid,
    pub(super) mode: i32,
    pub(super) hidden: bool,
    pub(super) assumed: bool,
    pub(super) stage: u8,
}

impl<'a> Listed<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let at = line.iter().position(|byte| *byte == b'\t')?;
        let (fields, path) = (line.get(..at)?, line.get(at + 1..)?);
        let mut fields = std::str::from_utf8(fields).ok()?.split(' ');
        let (tag, mode, blob, stage) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        Some(Self {
            path,
            blob: Oid::from_str(blob).ok()?,
            mode: i32::from_str_radix(mode, 8).ok()?,
            hidden: tag.eq_ignore_ascii_case("S"),
            assumed: tag.starts_with(|c: char| c.is_ascii_lowercase()),
            stage: stage.parse().ok()?,
        })
    }
}
