//! The index file, read as far as one folder needs it, and changed where an entry stands.
//!
//! Reading it whole, every name of a large repository included, takes longer than all else a hook
//! does. The format is that of gitformat-index(5), versions 2 to 4; a file with anything in it that
//! is not served here (a split or sparse index, an extension that is required and unknown) is left to
//! the git program.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;

use git2::Oid;
use sha1::{Digest as _, Sha1};

use super::cached_trees::CachedTrees;
use super::file_stat::FileStat;
use super::index_walk::{FileEntry, STAT, Step, Walk, is_behind, number};

const HASH: usize = 20;

/// Where the checksum stands.
const CHECKSUM: SeekFrom = SeekFrom::End(-20);

/// What stands in the place of the checksum of a file that is still worked on: see [`seal`].
const UNSEALED: [u8; HASH] = [0xff; HASH];

/// How much of the end is looked through for what git has noted there, one after the other: some hundred folders,
/// some thousand.
const TAILS_SEARCHED: [u64; 2] = [32 * 1024, 256 * 1024];

/// How much of the beginning is read first where only that is looked at.
const BEGINNING: u64 = 128 * 1024;

/// An index file.
#[derive(Debug, Default)]
pub(super) struct IndexFile {
    bytes: Vec<u8>,
    entries: Vec<FileEntry>,
    extensions: Vec<Extension>,
}

/// What stands behind the entries.
#[derive(Debug)]
struct Extension {
    name: [u8; 4],
    /// With its name and size.
    range: Range<usize>,
}

impl IndexFile {
    /// Reads the entries below `folder`, `b""` for all; `None` where the file is the git program's to read.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn read(path: &Path, folder: &[u8]) -> io::Result<Option<Self>> {
        Ok(bytes_of(path)?.map_or_else(|| Some(Self::default()), |bytes| Self::parse(bytes, folder)))
    }

    /// The same, of a file that is to be changed: nothing that is damaged gets a good checksum.
    ///
    /// # Errors
    /// When the file is there and cannot be read, and with [`io::ErrorKind::InvalidData`] where its checksum is not
    /// that of its content.
    pub(super) fn read_to_change(path: &Path, folder: &[u8]) -> io::Result<Option<Self>> {
        let Some(bytes) = bytes_of(path)? else { return Ok(Some(Self::default())) };
        Self::checked(bytes, folder, |_| ())
    }

    /// The same, of what such a file holds, while something else is done with that.
    ///
    /// # Errors
    /// With [`io::ErrorKind::InvalidData`] where its checksum is not that of its content.
    pub(super) fn checked(
        bytes: Vec<u8>,
        folder: &[u8],
        beside: impl FnOnce(&[u8]) + Send,
    ) -> io::Result<Option<Self>> {
        // What allocates stays on this thread: where others do, the allocator keeps what each of them has freed.
        let (is_sound, outline) = std::thread::scope(|scope| {
            let checked = scope.spawn(|| is_sound(&bytes));
            scope.spawn(|| beside(&bytes));
            let outline = outline(&bytes, folder);
            (checked.join(), outline)
        });
        if !is_sound.map_err(|_| io::Error::other("a thread ended unexpectedly"))? {
            let why = "its checksum is not that of its content; see git fsck";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(outline.map(|(entries, extensions)| Self { bytes, entries, extensions }))
    }

    fn parse(bytes: Vec<u8>, folder: &[u8]) -> Option<Self> {
        let (entries, extensions) = outline(&bytes, folder)?;
        Some(Self { bytes, entries, extensions })
    }

    /// The entries below `folder`, of a file that is read no further than these go; none where the file is not there, or
    /// the git program's to read.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn entries_below(path: &Path, folder: &[u8]) -> io::Result<Vec<FileEntry>> {
        let file = match fs::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let (length, mut bytes) = (file.metadata()?.len(), Vec::new());
        let mut part = BEGINNING;
        loop {
            let read = (&file).take(part).read_to_end(&mut bytes)?;
            let is_all = read == 0 || bytes.len() as u64 >= length;
            match Self::first_below(&bytes, folder) {
                Some(entries) => return Ok(entries),
                None if is_all => return Ok(Self::parse(bytes, folder).map_or_else(Vec::new, |file| file.entries)),
                None => part = bytes.len() as u64,
            }
        }
    }

    /// The entries below `folder`, where the beginning of a file has an entry behind them.
    fn first_below(beginning: &[u8], folder: &[u8]) -> Option<Vec<FileEntry>> {
        let mut walk = Walk::of(beginning, beginning.len())?;
        let mut entries = Vec::new();
        loop {
            match walk.next(folder)? {
                Step::Below(entry) => entries.push(entry),
                Step::Beside if is_behind(&walk.path, folder) => return Some(entries),
                Step::Beside => {}
                Step::Over => return None,
            }
        }
    }

    /// The tree that the entries below `folder` make up, where git has noted it and nothing has changed since, told
    /// from the end of the file alone; `None` where that cannot be told so.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn noted_tree(path: &Path, folder: &[u8]) -> io::Result<Option<Oid>> {
        let mut file = match fs::File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut header = [0; 12];
        let length = file.metadata()?.len();
        if length < TAILS_SEARCHED.into_iter().max().unwrap_or_default() || file.read_exact(&mut header).is_err() {
            return Ok(None);
        }
        let Some(count) = number(&header, 8) else { return Ok(None) };
        for searched in TAILS_SEARCHED {
            file.seek(io::SeekFrom::Start(length - searched))?;
            let mut tail = Vec::new();
            file.read_to_end(&mut tail)?;
            if let Some(trees) = noted_in(&tail, count) {
                return Ok(trees.id(folder));
            }
        }
        Ok(None)
    }

    /// The entries below the folder, in git's order.
    pub(super) fn entries(&self) -> &[FileEntry] {
        &self.entries
    }

    /// The tree that the entries below `folder` make up, where git has noted it and nothing has changed since.
    pub(super) fn tree(&self, folder: &[u8]) -> Option<Oid> {
        let extension = self.extensions.iter().find(|extension| &extension.name == b"TREE")?;
        CachedTrees::parse(self.bytes.get(extension.content())?)?.id(folder)
    }

    /// Writes the whole of it into `file`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(&self, file: &mut File) -> io::Result<()> {
        file.write_all(&self.bytes)
    }

    /// Writes those parts of it into `file` that have changed since that was written. It is still to be worked on: its
    /// checksum is made by [`IndexFile::write_changes`] or [`seal`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write_unsealed(&self, file: &mut File, changed: &[Range<usize>]) -> io::Result<()> {
        let Some((content, hash)) = self.bytes.split_last_chunk::<HASH>() else { return Err(without_checksum()) };
        file.set_len(self.bytes.len() as u64)?;
        file.seek(CHECKSUM)?;
        file.write_all(if has_hash(hash) { &UNSEALED } else { hash })?;
        for range in changed {
            file.seek(SeekFrom::Start(range.start as u64))?;
            file.write_all(content.get(range.clone()).unwrap_or_default())?;
        }
        Ok(())
    }

    /// The same, and the checksum of all.
    ///
    /// # Errors
    /// When the file cannot be written. It is unsealed then.
    pub(super) fn write_changes(&mut self, file: &mut File, changed: &[Range<usize>]) -> io::Result<()> {
        let Some((content, hash)) = self.bytes.split_last_chunk_mut::<HASH>() else { return Err(without_checksum()) };
        if has_hash(hash) {
            *hash = Sha1::digest(&*content).into();
        }
        let hash = *hash;
        self.write_unsealed(file, changed)?;
        file.seek(CHECKSUM)?;
        file.write_all(&hash)
    }

    /// Gives entries these modes and blobs; all else in them stays, but their files are no longer taken for what is
    /// staged unseen. Where the file has changed by that; `None` where one is no plain entry of the folder, or the index
    /// has what is not served here: it is not to be written then.
    pub(super) fn set(&mut self, blobs: &[(&[u8], u32, Oid)]) -> Option<Vec<Range<usize>>> {
        // A monitor of the file system, for one, keeps a list of its own of what is as it was.
        let served = [b"TREE", b"REUC", b"UNTR", b"EOIE", b"IEOT", b"sdir"];
        if self.extensions.iter().any(|extension| !served.contains(&&extension.name)) {
            return None;
        }
        let mut changed = Vec::new();
        for (path, mode, blob) in blobs {
            let entry = self.plain(path)?;
            changed.push(entry.at..entry.at + STAT + HASH);
            self.put_stat(&entry, *mode, FileStat::UNKNOWN)?;
            put(&mut self.bytes, entry.at + STAT, blob.as_bytes())?;
            let known = self.entries.iter_mut().find(|known| known.at == entry.at)?;
            (known.mode, known.blob, known.size) = (*mode, *blob, 0);
        }
        let mut tail = Vec::new();
        let mut extensions = Vec::new();
        let begin = self.extensions.first().map_or(self.bytes.len().checked_sub(HASH)?, |first| first.range.start);
        for extension in &self.extensions {
            let start = tail.len();
            match &extension.name {
                b"TREE" => {
                    let mut trees = CachedTrees::parse(self.bytes.get(extension.content())?)?;
                    for (path, ..) in blobs {
                        trees.forget(path);
                    }
                    let content = trees.to_bytes();
                    tail.extend_from_slice(b"TREE");
                    tail.extend_from_slice(&u32::try_from(content.len()).ok()?.to_be_bytes());
                    tail.extend_from_slice(&content);
                }
                // Where things stand, for reading with several threads: git does without.
                b"EOIE" | b"IEOT" => continue,
                _ => tail.extend_from_slice(self.bytes.get(extension.range.clone())?),
            }
            extensions.push(Extension { name: extension.name, range: begin + start..begin + tail.len() });
        }
        let hash = *self.bytes.last_chunk::<HASH>()?;
        self.bytes.truncate(begin);
        self.bytes.extend_from_slice(&tail);
        self.bytes.extend_from_slice(&hash);
        self.extensions = extensions;
        changed.push(begin..begin + tail.len());
        Some(changed)
    }

    /// Notes what files on disk have been compared with their entries; where the file has changed by that.
    pub(super) fn note(&mut self, files: &[(&[u8], FileStat)]) -> Option<Vec<Range<usize>>> {
        let mut changed = Vec::new();
        for (path, stat) in files {
            let entry = self.plain(path)?;
            self.put_stat(&entry, entry.mode, *stat)?;
            changed.push(entry.at..entry.at + STAT);
        }
        Some(changed)
    }

    fn plain(&self, path: &[u8]) -> Option<FileEntry> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_slice().cmp(path)).ok()?;
        self.entries.get(at).filter(|entry| entry.stage == 0 && !entry.intended).cloned()
    }

    fn put_stat(&mut self, entry: &FileEntry, mode: u32, FileStat { mut numbers }: FileStat) -> Option<()> {
        numbers[6] = mode;
        put(&mut self.bytes, entry.at, &numbers.map(u32::to_be_bytes).concat())
    }
}

impl Extension {
    /// Without its name and size.
    fn content(&self) -> Range<usize> {
        self.range.start + 8..self.range.end
    }
}

/// The entries below `folder`, and what stands behind all entries; `None` where the file is the git program's to read.
fn outline(bytes: &[u8], folder: &[u8]) -> Option<(Vec<FileEntry>, Vec<Extension>)> {
    let end = bytes.len().checked_sub(HASH)?;
    let mut walk = Walk::of(bytes, end)?;
    let mut entries = Vec::new();
    while let Some(entry) = walk.next_below(folder)? {
        entries.push(entry);
    }
    let mut at = walk.at;
    let mut extensions = Vec::new();
    while at + 8 <= end {
        let name: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let next = at + 8 + number(bytes, at + 4)? as usize;
        // One in small letters changes what the rest means: a split index, or what comes next.
        if next > end || (name.first()?.is_ascii_lowercase() && &name != b"sdir") {
            return None;
        }
        extensions.push(Extension { name, range: at..next });
        at = next;
    }
    (at == end).then_some((entries, extensions))
}

/// What a file holds, where it is there.
fn bytes_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Makes the checksum of an index file that is still without one; its age stays.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn seal(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let written = file.metadata()?.modified()?;
    let mut hash = [0; HASH];
    file.seek(CHECKSUM)?;
    file.read_exact(&mut hash)?;
    if hash != UNSEALED {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let Some((content, _)) = bytes.split_last_chunk::<HASH>() else { return Err(without_checksum()) };
    file.seek(CHECKSUM)?;
    file.write_all(&Sha1::digest(content))?;
    file.set_modified(written)
}

/// Whether a file is what was written, as far as its checksum tells.
fn is_sound(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<HASH>().is_some_and(|(content, hash)| !has_hash(hash) || *hash == *Sha1::digest(content))
}

fn without_checksum() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an index without a checksum")
}

/// `index.skipHash` leaves zeros there.
fn has_hash(hash: &[u8; HASH]) -> bool {
    hash.iter().any(|byte| *byte != 0)
}

/// The trees by the extension in the end of a file; the right one covers all entries, and from it extensions follow
/// one another up to the checksum.
fn noted_in(tail: &[u8], count: u32) -> Option<CachedTrees> {
    let end = tail.len().checked_sub(HASH)?;
    tail.windows(4).enumerate().filter(|(_, name)| name == b"TREE").find_map(|(start, _)| {
        let content = start + 8..start + 8 + number(tail, start + 4)? as usize;
        let mut at = content.end;
        while at < end {
            at += 8 + number(tail, at + 4)? as usize;
        }
        let trees = CachedTrees::parse(tail.get(content)?)?;
        (at == end && trees.covers() == Some(count)).then_some(trees)
    })
}

fn put(bytes: &mut [u8], at: usize, new: &[u8]) -> Option<()> {
    bytes.get_mut(at..at + new.len())?.copy_from_slice(new);
    Some(())
}
