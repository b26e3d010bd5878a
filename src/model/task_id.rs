use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The tag of tasks that name none: legacy files, Markdown files, and the tag `master` itself.
pub const DEFAULT_TAG: &str = "master";

const LONGEST: usize = 200;

/// One task, whichever way a file or a person spells it.
///
/// `18`, `"18"`, `task_18`, `TASK-018` are the same task; `18.5` and `task_018/subtask_005` its
/// fifth subtask; `feature-x:18.5` the one of that name under a tag. Slugs and UUIDs are ids too.
/// Ids order as people count: 2 before 10, a task before its subtasks, tags apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskId {
    tag: Option<Arc<str>>,
    /// Segments joined by `.`; numbers without leading zeros.
    path: Arc<str>,
}

/// Why a text is no task id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskIdError {
    /// Nothing in it.
    #[error("the task id is empty")]
    Empty,
    /// More than 200 bytes.
    #[error("the task id is longer than {LONGEST} bytes")]
    TooLong,
    /// A character that no id has, so that an id can never act as a path or break a line.
    #[error("`{}` is not a task id", text.escape_debug())]
    Malformed {
        /// The text as it was given.
        text: String,
    },
}

impl TaskId {
    /// Reads any spelling of an id.
    ///
    /// # Errors
    /// When the text is empty, too long, or holds what no id holds (white space, control
    /// characters, `..`, a path other than `task_N/subtask_N`).
    pub fn parse(text: &str) -> Result<Self, TaskIdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TaskIdError::Empty);
        }
        if text.len() > LONGEST {
            return Err(TaskIdError::TooLong);
        }
        let malformed = || TaskIdError::Malformed { text: text.to_owned() };
        let (tag, rest) = match text.split_once(':') {
            Some((tag, rest)) if is_tag(tag) => (Some(tag), rest),
            Some(_) => return Err(malformed()),
            None => (None, text),
        };
        let rest = rest.strip_prefix('#').unwrap_or(rest);
        let mut path = String::with_capacity(rest.len());
        let parts: Vec<&str> = rest.split('/').collect();
        if parts.len() > 1 && !parts.iter().skip(1).all(|part| numbered(part).is_some()) {
            return Err(malformed());
        }
        for segment in parts.iter().flat_map(|part| part.split('.')) {
            if !is_segment(segment) {
                return Err(malformed());
            }
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(numbered(segment).unwrap_or(segment));
        }
        Ok(Self::from_parts(tag, path.into()))
    }

    /// Reads an id that stands in a task of a tag: where it names none, that one is meant.
    ///
    /// # Errors
    /// As [`TaskId::parse`].
    pub fn parse_within(text: &str, tag: &str) -> Result<Self, TaskIdError> {
        let id = Self::parse(text)?;
        // `master:1` names the usual tag, which `1` does not.
        Ok(if text.contains(':') { id } else { id.with_tag(tag) })
    }

    /// The id of a subtask as it is written inside its parent: `5`, `subtask_005`, or the whole
    /// `18.5` again.
    ///
    /// # Errors
    /// As [`TaskId::parse`].
    pub fn child(&self, text: &str) -> Result<Self, TaskIdError> {
        let own = Self::parse(text)?;
        let inside = own.path.strip_prefix(&*self.path).is_some_and(|rest| rest.starts_with('.'));
        let path = if inside { own.path } else { format!("{}.{}", self.path, own.path).into() };
        if path.len() > LONGEST {
            return Err(TaskIdError::TooLong);
        }
        Ok(Self { tag: self.tag.clone(), path })
    }

    /// The same task number under another tag.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self::from_parts(Some(tag), self.path.clone())
    }

    /// The tag, [`DEFAULT_TAG`] where none was named.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.tag.as_deref().unwrap_or(DEFAULT_TAG)
    }

    /// The id without its tag: `18.5`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The parts of the id: `18`, `5`.
    #[must_use = "iterators are lazy"]
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.path.split('.')
    }

    /// The last part: `5` of `18.5`.
    #[must_use]
    pub fn last_segment(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// `18` of `18.5`; `None` for a task at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.path.rsplit_once('.')?;
        Some(Self { tag: self.tag.clone(), path: parent.into() })
    }

    fn from_parts(tag: Option<&str>, path: Arc<str>) -> Self {
        Self { tag: tag.filter(|tag| *tag != DEFAULT_TAG).map(Into::into), path }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tag {
            Some(tag) => write!(f, "{tag}:{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl std::str::FromStr for TaskId {
    type Err = TaskIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Ord for TaskId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.tag.cmp(&other.tag).then_with(|| compare_paths(self.path.as_bytes(), other.path.as_bytes()))
    }
}

impl PartialOrd for TaskId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Segment by segment; sorting ten thousand tasks is mostly this.
fn compare_paths(left: &[u8], right: &[u8]) -> Ordering {
    let segments = |path: &'_ [u8]| path.iter().position(|byte| *byte == b'.').unwrap_or(path.len());
    let (mut left, mut right) = (left, right);
    loop {
        let ((a, left_rest), (b, right_rest)) = (left.split_at(segments(left)), right.split_at(segments(right)));
        let decided = compare_segments(a, b);
        if decided != Ordering::Equal {
            return decided;
        }
        match (left_rest.split_first(), right_rest.split_first()) {
            (Some((_, rest)), Some((_, other))) => (left, right) = (rest, other),
            (rest, other) => return rest.is_some().cmp(&other.is_some()),
        }
    }
}

/// Numbers by value and before words; numbers have no leading zeros, so longer is larger.
fn compare_segments(a: &[u8], b: &[u8]) -> Ordering {
    let is_number = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    match (is_number(a), is_number(b)) {
        (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `5` of `5`, `005`, `task_005`, `subtask-5`, `TASK-5`; `None` for anything else.
fn numbered(segment: &str) -> Option<&str> {
    let digits = segment.find(|c: char| c.is_ascii_digit()).map(|at| segment.split_at(at));
    let (word, digits) = digits?;
    let word = word.trim_end_matches(['_', '-']);
    let known = word.is_empty() && segment.len() == digits.len()
        || word.eq_ignore_ascii_case("task")
        || word.eq_ignore_ascii_case("subtask");
    if !known || !is_number(digits) {
        return None;
    }
    let trimmed = digits.trim_start_matches('0');
    Some(if trimmed.is_empty() { "0" } else { trimmed })
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '@' | '~'))
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        TaskId::parse(text).map_or_else(|error| format!("error: {error}"), |id| id.to_string())
    }

    #[test]
    fn every_spelling_is_one_id() {
        for text in ["18", " 18 ", "018", "task_18", "task_018", "TASK-018", "task-18", "#18", "master:18"] {
            assert_eq!(normal(text), "18", "{text}");
        }
        for text in ["18.5", "task_018/subtask_005", "18/5", "task_018.5", "018.005"] {
            assert_eq!(normal(text), "18.5", "{text}");
        }
        assert_eq!(normal("feature-x:18.5"), "feature-x:18.5");
        assert_eq!(normal("alignment_audit"), "alignment_audit");
        assert_eq!(normal("task_login"), "task_login");
        assert_eq!(normal("0"), "0");
        assert_eq!(normal("550e8400-e29b-41d4-a716-446655440000"), "550e8400-e29b-41d4-a716-446655440000");
    }

    #[test]
    fn an_id_cannot_be_a_path_or_a_line() {
        for text in ["../../x", "a/b", "/etc", "1\n2", "1..2", ".", "a b", "1 -> 2", "x:", ":1", "\u{1b}[31m"] {
            assert!(TaskId::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(TaskId::parse("  "), Err(TaskIdError::Empty));
        assert_eq!(TaskId::parse(&"9".repeat(201)), Err(TaskIdError::TooLong));
    }

    #[test]
    fn children_are_named_by_number_or_in_full() {
        let parent = TaskId::parse("x:18").unwrap();
        for text in ["5", "subtask_005", "18.5", "task_018/subtask_005"] {
            assert_eq!(parent.child(text).unwrap().to_string(), "x:18.5", "{text}");
        }
        assert_eq!(parent.child("5").unwrap().parent(), Some(parent));
    }

    #[test]
    fn ids_order_as_people_count() {
        let mut ids: Vec<TaskId> =
            ["10", "2", "b", "2.10", "2.9", "x:1", "a"].iter().map(|text| TaskId::parse(text).unwrap()).collect();
        ids.sort();
        let sorted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(sorted, ["2", "2.9", "2.10", "10", "a", "b", "x:1"]);
    }

    /// The order as it is defined, one segment after the other.
    fn plain_order(a: &TaskId, b: &TaskId) -> Ordering {
        let key = |id: &TaskId| -> Vec<(bool, usize, String)> {
            let word = |segment: &str| !is_number(segment);
            let length = |segment: &str| if word(segment) { 0 } else { segment.len() };
            id.segments().map(|segment| (word(segment), length(segment), segment.to_owned())).collect()
        };
        (&a.tag, key(a)).cmp(&(&b.tag, key(b)))
    }

    proptest::proptest! {
        #[test]
        fn the_quick_order_is_the_plain_one(
            texts in proptest::collection::vec("([a-b]:)?([0-9]{1,3}|[a-b]{1,2}-?)(\\.([0-9]{1,2}|[a-b0-9]{1,3})){0,3}", 2),
        ) {
            let ids: Vec<TaskId> = texts.iter().map(|text| TaskId::parse(text).unwrap()).collect();
            proptest::prop_assert_eq!(ids[0].cmp(&ids[1]), plain_order(&ids[0], &ids[1]));
            proptest::prop_assert_eq!(ids[0] == ids[1], ids[0].cmp(&ids[1]) == Ordering::Equal);
        }
    }
}
