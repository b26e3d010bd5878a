//! The entries of an index file, one after the other, in the format of gitformat-index(5), versions 2 to 4.

use git2::Oid;

/// Time, device, owner and size of the file that an entry was compared with: ten numbers, of which the
/// seventh is the mode.
pub(super) const STAT: usize = 40;
const OBJECT: usize = 20;

const ASSUME_VALID: u16 = 1 << 15;
const EXTENDED: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;
const SKIP_WORKTREE: u16 = 1 << 14;
const NAME: u16 = 0xfff;

const FOLDER: u32 = 0o040_000;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileEntry {
    /// Relative to the repository.
    pub(super) path: Vec<u8>,
    pub(super) blob: Oid,
    pub(super) mode: u32,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(super) stage: u8,
    /// How large the file was; 0 is also written where no file was compared.
    pub(super) size: u32,
    pub(super) hidden: bool,
    pub(super) assumed: bool,
    pub(super) intended: bool,
    /// Where it begins in the index.
    pub(super) at: usize,
}

/// One entry after the other.
pub(super) struct Walk<'a> {
    bytes: &'a [u8],
    /// Where entries end at the latest.
    end: usize,
    version: u32,
    left: u32,
    /// Where the next one begins.
    pub(super) at: usize,
    /// Of the last one; in version 4 the next is told by what it has in common with this.
    pub(super) path: Vec<u8>,
}

pub(super) enum Step {
    Below(FileEntry),
    Beside,
    Over,
}

impl<'a> Walk<'a> {
    pub(super) fn of(bytes: &'a [u8], end: usize) -> Option<Self> {
        let version = number(bytes, 4)?;
        let is_served = bytes.get(..4)? == b"DIRC" && (2..=4).contains(&version);
        is_served.then_some(Self { bytes, end, version, left: number(bytes, 8)?, at: 12, path: Vec::new() })
    }

    /// The next entry below `folder`, `Some(None)` behind the last; `None` where something is not served here.
    #[expect(clippy::option_option, reason = "the outer one is what `?` gives on")]
    pub(super) fn next_below(&mut self, folder: &[u8]) -> Option<Option<FileEntry>> {
        loop {
            match self.next(folder)? {
                Step::Below(entry) => return Some(Some(entry)),
                Step::Beside => {}
                Step::Over => return Some(None),
            }
        }
    }

    pub(super) fn next(&mut self, folder: &[u8]) -> Option<Step> {
        let (bytes, at, end) = (self.bytes, self.at, self.end);
        let Some(left) = self.left.checked_sub(1) else { return Some(Step::Over) };
        let (flags, name) = (short(bytes, at + STAT + OBJECT)?, at + STAT + OBJECT + 2);
        let (extended, name) = if flags & EXTENDED == 0 { (0, name) } else { (short(bytes, name)?, name + 2) };
        let next = if self.version == 4 {
            // So many bytes of the path before are dropped, and this name is put behind the rest.
            let (dropped, from) = variable(bytes, name)?;
            let length = zero(bytes, from, end)?;
            self.path.truncate(self.path.len().checked_sub(dropped)?);
            self.path.extend_from_slice(bytes.get(from..from + length)?);
            from + length + 1
        } else {
            let length = if flags & NAME == NAME { zero(bytes, name, end)? } else { usize::from(flags & NAME) };
            self.path.clear();
            self.path.extend_from_slice(bytes.get(name..name + length)?);
            // Filled up to a multiple of eight bytes, with at least one zero.
            at + (name - at + length + 8) / 8 * 8
        };
        let (mode, is_below) = (number(bytes, at + 24)?, holds(folder, &self.path));
        if mode == FOLDER && (is_below || holds(&self.path, folder)) {
            return None;
        }
        (self.at, self.left) = (next, left);
        if !is_below {
            return Some(Step::Beside);
        }
        Some(Step::Below(FileEntry {
            path: self.path.clone(),
            blob: Oid::from_bytes(bytes.get(at + STAT..at + STAT + OBJECT)?).ok()?,
            mode,
            stage: u8::try_from((flags >> 12) & 3).ok()?,
            size: number(bytes, at + 36)?,
            hidden: extended & SKIP_WORKTREE != 0,
            assumed: flags & ASSUME_VALID != 0,
            intended: extended & INTENT_TO_ADD != 0,
            at,
        }))
    }
}

/// Whether a path is below a folder; every path is below `b""`.
fn holds(folder: &[u8], path: &[u8]) -> bool {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with(b"/"))
}

/// Whether a path stands behind all that are below a folder, in git's order.
pub(super) fn is_behind(path: &[u8], folder: &[u8]) -> bool {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    let mut below = folder.iter().chain(b"/");
    !folder.is_empty() && !holds(folder, path) && path.iter().cmp(below.by_ref()).is_gt()
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// How many bytes there are up to the next zero.
fn zero(bytes: &[u8], from: usize, end: usize) -> Option<usize> {
    bytes.get(from..end)?.iter().position(|byte| *byte == 0)
}

/// A number of variable width, as in packs' offsets, and where it ends.
fn variable(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value.checked_add(1)?.checked_mul(0x80)?.checked_add(usize::from(byte & 0x7f))?;
    }
    Some((value, at + 1))
}
