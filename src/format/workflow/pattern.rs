use std::fmt;

use regex::{Regex, RegexBuilder};

use super::Extent;

/// A regular expression whose cost grows with the text alone, however it is written.
#[derive(Clone)]
pub struct Pattern {
    regex: Regex,
    /// How much of a pattern it is; one that is compiled to more looks longer at each byte.
    weight: u64,
}

/// A text that is no [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not written as a regular expression.
    #[error("{reason}")]
    Syntax {
        /// What is wrong: a lower-case fragment.
        reason: String,
    },
    /// It would need too much memory.
    #[error("it is too large")]
    TooLarge,
}

impl Pattern {
    /// Bytes of a text that are looked at; what stands behind them is not.
    pub const LONGEST_TEXT: usize = 16 * 1024;
    /// Bytes a compiled pattern may have, and the steps that it takes for a byte of text up to there; the last are the
    /// most. Patterns that count what may be counted in many ways, such as `[ab]*a[ab]{100}c`, were measured to take
    /// that many times 40 to 300 ns.
    const SIZES: [(usize, u64); 5] = [(1024, 1), (4 * 1024, 4), (16 * 1024, 20), (64 * 1024, 64), (512 * 1024, 256)];
    /// Characters a pattern may have.
    const LONGEST: usize = 1_000;
    /// How deep its groups may be nested.
    const DEEPEST: u32 = 50;

    /// Compiles `text`. Flags such as `(?i)` may stand in it.
    ///
    /// # Errors
    /// When it is no regular expression, or one that is too large.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.chars().count() > Self::LONGEST {
            return Err(PatternError::TooLarge);
        }
        for (size, weight) in Self::SIZES {
            match RegexBuilder::new(text).size_limit(size).nest_limit(Self::DEEPEST).build() {
                Ok(regex) => return Ok(Self { regex, weight }),
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(other) => {
                    let shown = other.to_string();
                    let last = shown.lines().last().unwrap_or_default();
                    let reason = last.trim().trim_start_matches("error: ").to_owned();
                    return Err(PatternError::Syntax { reason });
                }
            }
        }
        Err(PatternError::TooLarge)
    }

    /// Which texts it fits, as far as a hundred of very different ones tell.
    #[must_use]
    pub fn extent(&self) -> Extent {
        let long = "a b-c 1, D\u{e9}\u{6f22}. ".repeat(100);
        let one = (' '..='~').chain(['\u{e4}', '\u{df}', '\u{6f22}', '\u{3c9}', '\u{1f980}', '\u{2014}']);
        let mut some = one.map(String::from).chain(["ab".to_owned(), long]);
        match (some.all(|text| self.is_in(&text)), self.is_in("")) {
            (true, true) => Extent::Every,
            (true, false) => Extent::NotEmpty,
            (false, _) => Extent::Part,
        }
    }

    /// Steps that [`Pattern::is_in`] takes at most, whatever the text is.
    #[must_use]
    pub fn steps(&self, text: &str) -> u64 {
        let bytes = u64::try_from(text.len().min(Self::LONGEST_TEXT)).unwrap_or(u64::MAX);
        (bytes + 16).saturating_mul(self.weight)
    }

    /// Whether a part of `text` fits. Of a long text the first [`Pattern::LONGEST_TEXT`] bytes count.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let mut end = text.len().min(Self::LONGEST_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.regex.is_match(text.get(..end).unwrap_or_default())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.regex.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_a_part_of_a_text() {
        let fits = |pattern: &str, text: &str| Pattern::parse(pattern).unwrap().is_in(text);
        assert!(fits("log(in|out)", "fix logout"));
        assert!(!fits("^log(in|out)", "fix logout"));
        assert!(fits("(?i)^FIX", "fix it"));
        assert!(fits(r"^\w+ schön$", "sehr schön"));
    }

    #[test]
    fn a_pattern_that_fits_everything_is_told() {
        let extent = |pattern: &str| Pattern::parse(pattern).unwrap().extent();
        for every in ["", "^", "$", ".*", "a*", "^.*$", "(?i)x?"] {
            assert_eq!(extent(every), Extent::Every, "{every}");
        }
        for not_empty in [".", ".+", "^.", "^.+$"] {
            assert_eq!(extent(not_empty), Extent::NotEmpty, "{not_empty}");
        }
        for part in ["a", "^a*$", r"\S", "[^#]", "^.{0,40}$", "^.$", r"\w"] {
            assert_eq!(extent(part), Extent::Part, "{part}");
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_text_counts() {
        let long = "ü".repeat(Pattern::LONGEST_TEXT);
        let pattern = Pattern::parse("x").unwrap();
        assert!(!pattern.is_in(&format!("{long}x")));
        assert!(pattern.is_in(&format!("x{long}")));
    }

    #[test]
    fn what_is_costly_elsewhere_is_cheap_or_an_error() {
        assert!(!Pattern::parse("^(a+)+$").unwrap().is_in(&format!("{}b", "a".repeat(10_000))));
        assert_eq!(Pattern::parse(r"(\w{100}){100}"), Err(PatternError::TooLarge));
        assert_eq!(Pattern::parse(&"a".repeat(1_001)), Err(PatternError::TooLarge));
        let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
        assert!(matches!(Pattern::parse(&deep), Err(PatternError::Syntax { .. })));
        assert_eq!(Pattern::parse("a(").unwrap_err().to_string(), "unclosed group");
    }
}
