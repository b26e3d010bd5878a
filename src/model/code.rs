//! The kinds of findings: one list, which everything that finds something, the documentation and the command line read.

mod list;

use std::fmt;

use super::Severity;

pub use list::FINDINGS;

/// The stable name of a kind of finding, such as `unknown-dependency`. There are those of [`FINDINGS`] and no others:
/// `Code::UNKNOWN_DEPENDENCY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

/// What is known of a kind of finding.
#[derive(Debug, Clone, Copy)]
pub struct Finding {
    /// Its name.
    pub code: Code,
    /// How bad one of them may be, the mildest first.
    pub severities: &'static [Severity],
    /// What it is, in one line.
    pub about: &'static str,
    /// What to do about it, in one line.
    pub remedy: &'static str,
}

impl Code {
    /// As it is shown and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The code of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FINDINGS.iter().map(|finding| finding.code).find(|code| code.0 == name)
    }

    /// What is known of it.
    #[must_use]
    pub fn finding(self) -> Option<&'static Finding> {
        FINDINGS.iter().find(|finding| finding.code == self)
    }

    /// What it is, in one line.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.finding().map_or("", |finding| finding.about)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_finding_stands_once_in_order_and_says_what_to_do() {
        let names: Vec<&str> = FINDINGS.iter().map(|finding| finding.code.as_str()).collect();
        assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
        for finding in FINDINGS {
            let name = finding.code.as_str();
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
            for text in [finding.about, finding.remedy] {
                assert!(!text.is_empty() && !text.contains(['\n', '|']) && !text.ends_with('.'), "{name}: {text}");
            }
            assert!(finding.severities.is_sorted_by(|a, b| a < b) && !finding.severities.is_empty(), "{name}");
            assert_eq!(Code::named(name), Some(finding.code));
        }
        assert_eq!(Code::named("no-such-code"), None);
    }
}
