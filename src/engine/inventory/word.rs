use super::line::Line;

/// A word of a line: what a shell would hold together, mostly, and what stands between quotes and brackets
/// in programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// The word.
    pub(super) text: &'a str,
    /// Where it begins in its line.
    pub(super) start: usize,
    /// The number of the line it stands in.
    pub(super) line: usize,
}

impl Word<'_> {
    /// Its last part, behind the last `/` or `\`.
    pub(super) fn base(&self) -> &str {
        self.text.rsplit(['/', '\\']).next().unwrap_or(self.text)
    }
}

/// The words of a line.
pub(super) fn words<'a>(line: &'a Line<'_>) -> Vec<Word<'a>> {
    let text: &str = &line.text;
    let mut words: Vec<Word<'a>> = Vec::new();
    let mut start = None;
    let mut number = line.number;
    let mut inside_until = 0;
    let end_of = |start: Option<usize>, end: usize, number: usize, words: &mut Vec<Word<'a>>| {
        let Some(start) = start else { return };
        let word = text.get(start..end).unwrap_or_default();
        // What make is told of a recipe's line.
        let plain = word.trim_start_matches(['@', '+']);
        if !plain.is_empty() {
            words.push(Word { text: plain, start: start + word.len() - plain.len(), line: number });
        }
    };
    for (at, c) in text.char_indices() {
        if at < inside_until {
            continue;
        }
        let variable = if c == '$' { variable_end(text, at) } else { None };
        if let Some(end) = variable {
            start.get_or_insert(at);
            inside_until = end;
        } else if is_between(c) {
            end_of(start.take(), at, number, &mut words);
            if c == '\n' {
                number += 1;
            }
        } else {
            start.get_or_insert(at);
        }
    }
    end_of(start, text.len(), number, &mut words);
    words
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'`;|&()<>,=[]{}!#\\".contains(c)
}

/// The end of `${NAME}` or `$(NAME)` at a place: a variable of a shell or of make, part of the word it is in.
fn variable_end(text: &str, at: usize) -> Option<usize> {
    const LONGEST: usize = 64;
    let rest = text.get(at + 1..)?;
    let close = match rest.chars().next()? {
        '{' => '}',
        '(' => ')',
        _ => return None,
    };
    let name = rest.get(1..rest.find(close)?)?;
    let is_name = name.len() <= LONGEST && name.chars().all(|c| c.is_ascii_alphanumeric() || "_:-./%#".contains(c));
    is_name.then(|| at + 1 + 1 + name.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::super::line::{Comments, lines};
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let lines = lines(text, Comments::Hash);
        let found: Vec<&str> = words(&lines[0]).into_iter().map(|word| word.text).collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn words_are_what_stands_between_quotes_and_brackets() {
        check("\t@taskmaster list", &["taskmaster", "list"]);
        check("open('tasks/tasks.json', \"w\")", &["open", "tasks/tasks.json", "w"]);
        check("cat ${ROOT}/tasks/tasks.json>x", &["cat", "${ROOT}/tasks/tasks.json", "x"]);
        check("$(MAKE) tasks", &["$(MAKE)", "tasks"]);
        check("$(call task-event,A)", &["$", "call", "task-event", "A"]);
        check("--status=${{ inputs.task_id }}", &["--status", "$", "inputs.task_id"]);
        check("npm run task:done", &["npm", "run", "task:done"]);
    }

    #[test]
    fn words_know_their_lines() {
        let lines = lines("a \\\n  b", Comments::Hash);
        assert_eq!(words(&lines[0]).iter().map(|word| word.line).collect::<Vec<usize>>(), [1, 2]);
    }
}
