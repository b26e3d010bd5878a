use std::collections::BTreeMap;
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
    /// Those before it in the file need too much memory together.
    #[error("the patterns before it are too large together")]
    Costly,
}

/// How much memory the patterns of one file may take as they are compiled: that is also what it takes to compile them.
#[derive(Debug)]
pub struct PatternRoom {
    left: usize,
    /// Equal patterns are compiled once.
    known: BTreeMap<String, Result<Pattern, PatternError>>,
}

impl PatternRoom {
    /// Bytes that all patterns of a file may have together, each attempt to compile one counted with what it may need.
    pub const MOST: usize = 64 * 1024 * 1024;

    /// Compiles `text`, or finds it compiled already.
    ///
    /// # Errors
    /// As [`Pattern::parse`], and where there is no room left.
    pub fn compile(&mut self, text: &str) -> Result<Pattern, PatternError> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let made = Pattern::within(text, &mut self.left);
        // What is refused unseen need not be kept.
        if made != Err(PatternError::Costly) {
            self.known.insert(text.to_owned(), made.clone());
        }
        made
    }

    /// Bytes that were taken.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        Self::MOST - self.left
    }
}

impl Default for PatternRoom {
    fn default() -> Self {
        Self { left: Self::MOST, known: BTreeMap::new() }
    }
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
        let mut left = usize::MAX;
        Self::within(text, &mut left)
    }

    /// The same where so many bytes are left for it; each attempt takes what it may need.
    fn within(text: &str, left: &mut usize) -> Result<Self, PatternError> {
        if text.chars().count() > Self::LONGEST {
            return Err(PatternError::TooLarge);
        }
        for (size, weight) in Self::SIZES {
            *left = left.checked_sub(size).ok_or(PatternError::Costly)?;
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
    fn the_room_for_patterns_ends() {
        let mut room = PatternRoom::default();
        let mut large = (0..).map(|number| room.compile(&format!("x{number}\\w{{10}}y[a-z]{{50}}")));
        let made = large.by_ref().take_while(Result::is_ok).count();
        assert_eq!(made, PatternRoom::MOST / Pattern::SIZES.map(|(size, _)| size).iter().sum::<usize>());
        assert_eq!(large.next(), Some(Err(PatternError::Costly)));
        drop(large);
        // What is compiled already takes no more, and nothing takes more than there is.
        let taken = room.taken();
        assert!(room.compile("x0\\w{10}y[a-z]{50}").is_ok());
        assert_eq!(room.taken(), taken);
        let mut room = PatternRoom::default();
        assert!((0..10_000).all(|number| room.compile(&format!("^release/{number}")).is_ok()));
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
