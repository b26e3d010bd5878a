//! What the index notes of trees that were written of it (its extension `TREE`, gitformat-index(5)), so
//! that nobody has to make them again.

use git2::Oid;

const OBJECT: usize = 20;

/// The noted trees, each folder before those in it.
#[derive(Debug)]
pub(super) struct CachedTrees {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: Vec<u8>,
    /// How many entries it covers, and its object; `None` where something has changed since.
    noted: Option<(u32, Oid)>,
    /// How many folders in it are noted.
    folders: usize,
}

impl CachedTrees {
    /// Reads the extension; `None` where it is none.
    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let mut nodes = Vec::new();
        while !bytes.is_empty() {
            let name = upto(&mut bytes, 0)?.to_vec();
            let count: i64 = std::str::from_utf8(upto(&mut bytes, b' ')?).ok()?.parse().ok()?;
            let folders = std::str::from_utf8(upto(&mut bytes, b'\n')?).ok()?.parse().ok()?;
            let noted = if let Ok(count) = u32::try_from(count) {
                let (id, rest) = bytes.split_at_checked(OBJECT)?;
                bytes = rest;
                Some((count, Oid::from_bytes(id).ok()?))
            } else {
                None
            };
            nodes.push(Node { name, noted, folders });
        }
        Some(Self { nodes })
    }

    /// As it is written.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for node in &self.nodes {
            bytes.extend_from_slice(&node.name);
            let count = node.noted.map_or_else(|| "-1".to_owned(), |(count, _)| count.to_string());
            bytes.extend_from_slice(format!("\0{count} {}\n", node.folders).as_bytes());
            bytes.extend(node.noted.iter().flat_map(|(_, id)| id.as_bytes()));
        }
        bytes
    }

    /// How many entries all of them cover; `None` where something has changed since.
    pub(super) fn covers(&self) -> Option<u32> {
        self.nodes.first()?.noted.map(|(count, _)| count)
    }

    /// The tree of a folder, where it is noted.
    pub(super) fn id(&self, folder: &[u8]) -> Option<Oid> {
        let at = names(folder).try_fold(0, |at, name| self.child(at, name))?;
        self.nodes.get(at)?.noted.map(|(_, id)| id)
    }

    /// Forgets all trees that a file is part of.
    pub(super) fn forget(&mut self, path: &[u8]) {
        let mut at = Some(0);
        let mut names = names(path);
        while let Some(node) = at.and_then(|at| self.nodes.get_mut(at)) {
            node.noted = None;
            at = at.and_then(|at| self.child(at, names.next()?));
        }
    }

    fn child(&self, at: usize, name: &[u8]) -> Option<usize> {
        let mut child = at + 1;
        for _ in 0..self.nodes.get(at)?.folders {
            if self.nodes.get(child)?.name == name {
                return Some(child);
            }
            child = self.behind(child)?;
        }
        None
    }

    /// Where the next folder on the same level stands.
    fn behind(&self, at: usize) -> Option<usize> {
        let mut left = 1;
        let mut at = at;
        while left > 0 {
            left = left - 1 + self.nodes.get(at)?.folders;
            at += 1;
        }
        Some(at)
    }
}

fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

/// What stands before a byte; the rest begins behind it.
fn upto<'a>(bytes: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let at = bytes.iter().position(|byte| *byte == end)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    *bytes = rest.get(1..)?;
    Some(before)
}
