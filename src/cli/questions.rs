//! The few questions of a command, each with an answer that an empty line takes.

use std::io::{self, BufRead};

/// Why there is no answer: the input has ended, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the questions were not answered; nothing was written")]
pub(super) struct Unanswered;

/// Somebody who can be asked.
pub(super) struct Questions<'a, R> {
    input: R,
    /// Shows a question, without ending the line.
    show: &'a dyn Fn(&str),
}

impl<'a, R: BufRead> Questions<'a, R> {
    pub(super) fn new(input: R, show: &'a dyn Fn(&str)) -> Self {
        Self { input, show }
    }

    /// Asks for one of some words until it is given; an empty line takes `default`.
    pub(super) fn one<'w>(&mut self, about: &str, words: &[&'w str], default: &'w str) -> Result<&'w str, Unanswered> {
        let question = format!("{about} ({}) [{default}]: ", words.join(", "));
        loop {
            let line = self.line(&question)?;
            if line.is_empty() {
                return Ok(default);
            }
            let mut near = words.iter().filter(|word| word.starts_with(&line));
            if let (Some(word), None) = (near.next(), near.next()) {
                return Ok(word);
            }
            self.refuse(&line, "one of", words);
        }
    }

    /// Asks for any of some words, with spaces or commas between them, until all that is given are of them;
    /// an empty line takes `default`, `none` none.
    pub(super) fn some<'w>(
        &mut self,
        about: &str,
        words: &[&'w str],
        default: &[&'w str],
    ) -> Result<Vec<&'w str>, Unanswered> {
        let question = format!("{about} ({}; none) [{}]: ", words.join(", "), default.join(", "));
        loop {
            let line = self.line(&question)?;
            match line.as_str() {
                "" => return Ok(default.to_vec()),
                "none" => return Ok(Vec::new()),
                _ => {}
            }
            let given = line.split([',', ' ']).filter(|word| !word.is_empty());
            let find = |given| words.iter().find(|word| **word == given).copied().ok_or(given);
            match given.map(find).collect::<Result<Vec<&str>, &str>>() {
                Ok(known) => return Ok(known),
                Err(unknown) => self.refuse(unknown, "none, or some of", words),
            }
        }
    }

    /// Says what an answer may be.
    fn refuse(&self, given: &str, which: &str, words: &[&str]) {
        (self.show)(&format!("`{}` is no answer: give {which} {}\n", given.escape_debug(), words.join(", ")));
    }

    fn line(&mut self, question: &str) -> Result<String, Unanswered> {
        (self.show)(question);
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            // A line that does not end was cut off: no answer was given.
            Ok(_) if line.ends_with('\n') => Ok(line.trim().to_lowercase()),
            Ok(_) | Err(_) => Err(Unanswered),
        }
    }
}

/// Whether there is somebody to ask: both ends are terminals, and no pipeline runs.
pub(super) fn can_ask() -> bool {
    use io::IsTerminal as _;
    let pipeline = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0");
    io::stdin().is_terminal() && io::stderr().is_terminal() && !pipeline
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn asked<T>(input: &str, ask: impl FnOnce(&mut Questions<'_, &[u8]>) -> T) -> (T, usize) {
        let shown = RefCell::new(0);
        let show = |text: &str| *shown.borrow_mut() += usize::from(text.ends_with(": "));
        let mut questions = Questions::new(input.as_bytes(), &show);
        let answer = ask(&mut questions);
        let shown = *shown.borrow();
        (answer, shown)
    }

    #[test]
    fn one_word_is_taken_in_full_in_part_or_by_default() {
        let words = ["observe", "warn", "commit"];
        let one = |input: &str| {
            let (answer, times) = asked(input, |questions| questions.one("mode", &words, "warn").map_err(|_| ()));
            (answer, times)
        };
        assert_eq!(one("\n"), (Ok("warn"), 1));
        assert_eq!(one(" Commit \n"), (Ok("commit"), 1));
        assert_eq!(one("o\n"), (Ok("observe"), 1));
        assert_eq!(one("x\nnothing\nwarn\n"), (Ok("warn"), 3), "asked again until it is a word");
    }

    #[test]
    fn some_words_are_taken_together() {
        let words = ["a", "b", "c"];
        let some = |input: &str| asked(input, |ask| ask.some("which", &words, &["a"]).map_err(|_| ()));
        assert_eq!(some("\n"), (Ok(vec!["a"]), 1));
        assert_eq!(some("b, c\n"), (Ok(vec!["b", "c"]), 1));
        assert_eq!(some("none\n"), (Ok(vec![]), 1));
        assert_eq!(some("b d\nb\n"), (Ok(vec!["b"]), 2));
    }

    #[test]
    fn an_end_of_the_input_is_no_answer() {
        assert!(asked("", |ask| ask.one("mode", &["a"], "a").is_err()).0);
        assert!(asked("a", |ask| ask.one("mode", &["a"], "a").is_err()).0, "a line that was cut off");
    }
}
