//! Files of the worktree in the form that commits have them in: with the line ends and through the filters that
//! git's attributes ask for (gitattributes(5), git-config(1) `core.autocrlf`).

use git2::{AttrCheckFlags, AttrValue};

use super::program::Program;
use super::{GitError, Repository};
use crate::store::crash::{Step, around};

/// What git's attributes ask for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The bytes as they are.
    Plain,
    /// LF where the worktree has CRLF.
    LineEnds,
    /// What only the git program can make.
    Filtered,
}

impl Repository {
    /// The bytes of a file as a commit would have them. `path` is relative to the repository; `committed` is what the
    /// last commit has.
    ///
    /// # Errors
    /// When the git program, or a filter that it runs, fails.
    pub fn cleaned(&self, path: &str, bytes: Vec<u8>, committed: Option<&[u8]>) -> Result<Vec<u8>, GitError> {
        if Some(bytes.as_slice()) == committed {
            return Ok(bytes);
        }
        match self.form(path) {
            Form::Plain => Ok(bytes),
            // As git: a binary file stays as it is, and so does one that was committed with CRLF.
            Form::LineEnds if bytes.contains(&0) || committed.is_some_and(has_crlf) => Ok(bytes),
            Form::LineEnds => Ok(without_returns(&bytes)),
            Form::Filtered => {
                let hash = ["hash-object", "-w", "--stdin", &format!("--path={path}")];
                let blob = around(Step::Object, || Program::of(self).run(&hash, &bytes))?;
                Program::of(self).run(&["cat-file", "blob", String::from_utf8_lossy(&blob).trim()], &[])
            }
        }
    }

    fn form(&self, path: &str) -> Form {
        let value = |name: &str| {
            let text = self.inner.get_attr_bytes(std::path::Path::new(path), name, AttrCheckFlags::default());
            text.ok().flatten().map(ToOwned::to_owned)
        };
        let is = |value: &Option<Vec<u8>>, wanted: &[AttrValue<'_>]| {
            wanted.contains(&AttrValue::from_bytes(value.as_deref()))
        };
        let unset = [AttrValue::Unspecified, AttrValue::False];
        if ["filter", "working-tree-encoding", "ident"].iter().any(|name| !is(&value(name), &unset)) {
            return Form::Filtered;
        }
        let (text, ends) = (value("text"), value("eol"));
        if is(&text, &[AttrValue::False]) {
            return Form::Plain;
        }
        let converts = self.config_text("core.autocrlf").is_some_and(|value| value != "false");
        if converts || !is(&text, &unset) || !is(&ends, &unset) { Form::LineEnds } else { Form::Plain }
    }
}

fn has_crlf(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair == b"\r\n")
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    let kept = bytes.iter().zip(next).filter(|(byte, next)| !(**byte == b'\r' && *next == Some(&b'\n')));
    kept.map(|(byte, _)| *byte).collect()
}
