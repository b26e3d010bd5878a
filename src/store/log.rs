use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::crash::{Step, around};
use super::error::io as failed;
use super::{StoreError, Turn};

/// A file of lines that grows at its end, and is put aside under a number once it is large:
/// `name`, `name.1`, `name.2`, the newest first; packed, `name.1`, `name.2.gz`, `name.3.gz`.
#[derive(Debug, Clone)]
pub struct LogFile {
    path: PathBuf,
}

/// How much of a log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes a file may have before it is put aside.
    pub max_bytes: u64,
    /// Files that are kept, the one that grows included.
    pub max_files: u32,
    /// Files that were put aside and not written for longer than this are removed.
    pub keep: Option<Duration>,
    /// What becomes of files that were put aside.
    pub aside: Aside,
}

/// What becomes of files that were put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// They stay as they are.
    Plain,
    /// All but the newest are packed with gzip: a process that opened that one before it was put aside may still
    /// write its line into it.
    Packed,
}

/// What a packed file's name ends with.
const PACKED: &str = ".gz";

impl LogFile {
    /// The log `name` below `store`, the program's folder in the common git directory.
    #[must_use]
    pub fn new(store: &Path, name: &str) -> Self {
        Self { path: store.join("log").join(name) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds whole lines in one write, so that those of other processes stand before or behind them. Waits
    /// for nobody.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub fn append(&self, lines: &str, limits: LogLimits) -> Result<(), StoreError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        for path in [folder, &self.path] {
            if path.is_symlink() {
                let why = io::Error::other("it is a link, and links are never followed");
                return Err(failed("opening", path)(why));
            }
        }
        if !folder.is_dir() {
            around(Step::Folder, || fs::create_dir_all(folder)).map_err(failed("creating", folder))?;
        }
        let size = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        if size > 0 && size + lines.len() as u64 > limits.max_bytes {
            self.rotate(lines.len() as u64, limits)?;
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).append(true).read(true).open(&self.path).map_err(failed("opening", &self.path))?;
        // A full disk may have cut the last line off.
        let mut bytes = if ends_a_line(&mut file) { Vec::new() } else { b"\n".to_vec() };
        bytes.extend_from_slice(lines.as_bytes());
        around(Step::LogLines, || file.write_all(&bytes)).map_err(failed("writing", &self.path))
    }

    /// Puts the file aside, unless somebody else is about to.
    fn rotate(&self, more: u64, limits: LogLimits) -> Result<(), StoreError> {
        let Ok(_turn) = Turn::take(&self.beside("lock"), "")? else { return Ok(()) };
        let size = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        if size == 0 || size + more <= limits.max_bytes {
            return Ok(());
        }
        let kept = limits.max_files.saturating_sub(1);
        for number in (1..kept).rev() {
            self.move_up(number)?;
        }
        if kept == 0 {
            around(Step::LogRotation, || fs::remove_file(&self.path)).map_err(failed("removing", &self.path))?;
        } else {
            around(Step::LogRotation, || fs::rename(&self.path, self.beside("1")))
                .map_err(failed("renaming", &self.path))?;
        }
        if limits.aside == Aside::Packed {
            // One that cannot be packed stays as it is.
            let _ = self.pack(2);
        }
        self.forget_old(limits);
        Ok(())
    }

    /// Gives a file that was put aside the next number, in place of what has that one.
    fn move_up(&self, number: u32) -> Result<(), StoreError> {
        let Some((from, ending)) = self.aside(number) else { return Ok(()) };
        if let Some((known, _)) = self.aside(number + 1) {
            around(Step::LogRotation, || fs::remove_file(&known)).map_err(failed("removing", &known))?;
        }
        let to = self.beside(&format!("{}{ending}", number + 1));
        around(Step::LogRotation, || fs::rename(&from, &to)).map_err(failed("renaming", &from))
    }

    /// Packs a file that was put aside. It is whole at any time, under the one name or the other.
    fn pack(&self, number: u32) -> io::Result<()> {
        let (from, part) = (self.beside(&number.to_string()), self.beside("part"));
        if !from.is_file() {
            return Ok(());
        }
        let mut plain = File::open(&from)?;
        // What an interrupted run has left, or a link.
        let _ = around(Step::LogRotation, || fs::remove_file(&part));
        around(Step::LogRotation, || {
            let mut packed = GzEncoder::new(File::create_new(&part)?, Compression::default());
            io::copy(&mut plain, &mut packed)?;
            // How old it is counts from its last line.
            packed.finish()?.set_modified(plain.metadata()?.modified()?)
        })?;
        around(Step::LogRotation, || fs::rename(&part, self.beside(&format!("{number}{PACKED}"))))?;
        around(Step::LogRotation, || fs::remove_file(&from))
    }

    /// The file with that number, as it is or packed, and what its name ends with.
    fn aside(&self, number: u32) -> Option<(PathBuf, &'static str)> {
        let mut kinds = ["", PACKED].into_iter().map(|ending| (self.beside(&format!("{number}{ending}")), ending));
        kinds.find(|(path, _)| path.is_file())
    }

    /// Removes what was put aside and is too old or one too many.
    fn forget_old(&self, limits: LogLimits) {
        let now = SystemTime::now();
        let mut number = 1;
        loop {
            let Some((path, _)) = self.aside(number) else { return };
            let Ok(metadata) = fs::metadata(&path) else { return };
            let age = metadata.modified().ok().and_then(|at| now.duration_since(at).ok());
            let is_old = limits.keep.is_some_and(|keep| age.is_some_and(|age| age > keep));
            if is_old || number >= limits.max_files {
                // One that stays is tried again the next time.
                let _ = around(Step::LogRotation, || fs::remove_file(&path));
            }
            number += 1;
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        name.into()
    }
}

/// Whether what is written next begins a line. A line that somebody is just writing is seen to its end.
fn ends_a_line(file: &mut File) -> bool {
    const LOOKS: u32 = 10;
    for look in 0..LOOKS {
        if has_line_end(file) {
            return true;
        }
        std::thread::sleep(Duration::from_micros(50) * look);
    }
    false
}

fn has_line_end(file: &mut File) -> bool {
    let mut last = [0];
    match file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last)) {
        Ok(()) => last == *b"\n",
        // It is empty.
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: LogLimits = LogLimits { max_bytes: 100, max_files: 3, keep: None, aside: Aside::Plain };

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder.join("log")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_full_file_is_put_aside_and_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::new(folder.path(), "x.jsonl");
        for number in 0..20 {
            log.append(&format!("{{\"number\": {number:030}}}\n"), LIMITS).unwrap();
        }
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.1", "x.jsonl.2", "x.jsonl.lock"]);
        let read = |name: &str| fs::read_to_string(folder.path().join("log").join(name)).unwrap();
        assert!(read("x.jsonl").ends_with("19}\n") && read("x.jsonl.1").ends_with("17}\n"), "{}", read("x.jsonl.1"));
        for name in ["x.jsonl", "x.jsonl.1", "x.jsonl.2"] {
            assert!(read(name).len() <= 100 && read(name).lines().all(|line| line.ends_with('}')));
        }
        // Fewer are kept from now on.
        log.append(&"y".repeat(90), LogLimits { max_files: 1, ..LIMITS }).unwrap();
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (log, other) = (LogFile::new(folder.path(), "x.jsonl"), folder.path().join("other"));
        fs::write(&other, "mine\n").unwrap();
        fs::create_dir(folder.path().join("log")).unwrap();
        std::os::unix::fs::symlink(&other, log.path()).unwrap();
        assert!(log.append("{}\n", LIMITS).unwrap_err().to_string().contains("it is a link"));
        fs::remove_dir_all(folder.path().join("log")).unwrap();
        fs::create_dir(folder.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), folder.path().join("log")).unwrap();
        log.append("{}\n", LIMITS).unwrap_err();
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine\n");
        assert_eq!(fs::read_dir(folder.path().join("elsewhere")).unwrap().count(), 0);
    }

    #[test]
    fn all_but_the_newest_are_packed_where_that_is_wished() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::new(folder.path(), "x.jsonl");
        let line = |number: u32| format!("{number:090}\n");
        let packed = LogLimits { max_files: 4, aside: Aside::Packed, ..LIMITS };
        for number in 0..4 {
            log.append(&line(number), LogLimits { max_files: 4, ..LIMITS }).unwrap();
        }
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.1", "x.jsonl.2", "x.jsonl.3", "x.jsonl.lock"]);
        log.append(&line(4), packed).unwrap();
        // What was put aside before the wish stays plain until it goes.
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.1", "x.jsonl.2.gz", "x.jsonl.3", "x.jsonl.lock"]);
        log.append(&line(5), packed).unwrap();
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.1", "x.jsonl.2.gz", "x.jsonl.3.gz", "x.jsonl.lock"]);
        let file = File::open(folder.path().join("log/x.jsonl.3.gz")).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        assert_eq!(text, line(2));
        log.append(&line(6), LogLimits { keep: Some(Duration::ZERO), ..packed }).unwrap();
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.lock"]);
    }

    #[test]
    fn what_is_older_than_wished_goes() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::new(folder.path(), "x.jsonl");
        let limits = LogLimits { keep: Some(Duration::from_hours(24)), ..LIMITS };
        for _ in 0..2 {
            log.append(&format!("{}\n", "a".repeat(90)), limits).unwrap();
        }
        let old = SystemTime::now() - Duration::from_hours(48);
        let aside = File::options().append(true).open(folder.path().join("log/x.jsonl.1")).unwrap();
        aside.set_modified(old).unwrap();
        log.append(&format!("{}\n", "b".repeat(90)), limits).unwrap();
        assert_eq!(names(folder.path()), ["x.jsonl", "x.jsonl.1", "x.jsonl.lock"]);
    }

    #[test]
    fn a_line_that_was_cut_off_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogFile::new(folder.path(), "x.jsonl");
        log.append("{\"cut", LIMITS).unwrap();
        log.append("{}\n", LIMITS).unwrap();
        assert_eq!(fs::read_to_string(log.path()).unwrap(), "{\"cut\n{}\n");
    }

    #[test]
    fn many_writers_never_tear_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let limits = LogLimits { max_bytes: 20_000, max_files: 50, ..LIMITS };
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let log = LogFile::new(folder.path(), "x.jsonl");
                scope.spawn(move || {
                    for number in 0..100 {
                        let line = format!("<{writer} {number} {}>\n", "x".repeat(number * 3));
                        log.append(&line, limits).unwrap();
                    }
                });
            }
        });
        let mut lines = 0;
        for name in names(folder.path()) {
            let text = fs::read_to_string(folder.path().join("log").join(name)).unwrap();
            for line in text.lines() {
                assert!(line.starts_with('<') && line.ends_with('>') && line.matches('<').count() == 1, "{line}");
                lines += 1;
            }
        }
        assert_eq!(lines, 800);
    }
}
