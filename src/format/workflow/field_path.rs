use std::fmt;

/// A dotted path to a field: `status`, `metadata.ci_run`, `parent.status`. Never empty, no part empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<String>);

/// A text that is no [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the name of a field", text.escape_debug())]
pub struct FieldPathError {
    text: String,
}

impl FieldPath {
    /// Checks `text`.
    ///
    /// # Errors
    /// When the text or one of its parts is empty, or holds white space or control characters.
    pub fn parse(text: &str) -> Result<Self, FieldPathError> {
        let sound = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if sound && text.split('.').all(|part| !part.is_empty()) {
            Ok(Self(text.split('.').map(str::to_owned).collect()))
        } else {
            Err(FieldPathError { text: text.to_owned() })
        }
    }

    /// The parts of the path, at least one.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// Which tasks the path goes to, where it goes to several.
    #[must_use]
    pub fn related(&self) -> Option<Related<'_>> {
        let segments = self.segments();
        let parents = segments.iter().take_while(|segment| **segment == "parent").count();
        let (relation, quantifier, field) = match segments.get(parents..)? {
            [relation, quantifier, field @ ..] if !field.is_empty() => (*relation, *quantifier, field.to_vec()),
            _ => return None,
        };
        Some(Related {
            parents,
            relation: Relation::named(relation)?,
            quantifier: Quantifier::named(quantifier)?,
            field,
        })
    }

    /// How values of this field are told apart. `changed_field` is the field the event is about,
    /// which gives `old` and `new` their meaning.
    #[must_use]
    pub fn meaning(&self, changed_field: Option<&str>) -> Meaning {
        let segments = self.segments();
        if segments.contains(&"metadata") || segments.first() == Some(&"data") {
            return Meaning::Plain;
        }
        match segments.as_slice() {
            [.., status, "category"] if named(status, changed_field) == Meaning::Status => Meaning::Category,
            [.., last] => named(last, changed_field),
            [] => Meaning::Plain,
        }
    }
}

/// A field of several tasks at once: `parent.subtasks.all.status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related<'a> {
    /// How many steps up the path begins.
    pub parents: usize,
    /// Which tasks from there.
    pub relation: Relation,
    /// For how many of them the test must hold.
    pub quantifier: Quantifier,
    /// The field of each, at least one part.
    pub field: Vec<&'a str>,
}

/// Which tasks belong to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Those it is divided into.
    Subtasks,
    /// Those it waits for.
    Dependencies,
}

impl Relation {
    /// Its word in a path.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subtasks => "subtasks",
            Self::Dependencies => "dependencies",
        }
    }

    /// The relation of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Subtasks, Self::Dependencies].into_iter().find(|relation| relation.name() == word)
    }
}

/// For how many related tasks a test must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// For each of them, and there is one.
    All,
    /// For at least one.
    Any,
}

impl Quantifier {
    fn named(word: &str) -> Option<Self> {
        match word {
            "all" => Some(Self::All),
            "any" => Some(Self::Any),
            _ => None,
        }
    }
}

/// How values of a field are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// As they are written.
    Plain,
    /// As statuses: all spellings of one status are one value.
    Status,
    /// As categories of statuses: the field is `status.category`, `new.category` or the like.
    Category,
    /// As priorities: `P1` is `high`, and what is more urgent is greater.
    Priority,
    /// As ids of tasks: `task_018` is `18`.
    Id,
}

impl Meaning {
    /// How values of a field of this name are told apart; `changed_field` as in [`FieldPath::meaning`].
    #[must_use]
    pub fn of(name: &str, changed_field: Option<&str>) -> Self {
        named(name, changed_field)
    }
}

fn named(segment: &str, changed_field: Option<&str>) -> Meaning {
    let segment = match (segment, changed_field) {
        ("old" | "new", Some(field)) => field,
        _ => segment.strip_prefix("old_").or_else(|| segment.strip_prefix("new_")).unwrap_or(segment),
    };
    match segment {
        "status" => Meaning::Status,
        "priority" => Meaning::Priority,
        "id" | "task" | "task_id" | "parent" | "parent_task" | "dependencies" => Meaning::Id,
        _ => Meaning::Plain,
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_paths_have_no_empty_part() {
        for bad in ["", ".", "a.", ".a", "a..b", "a b", "a\n"] {
            assert!(FieldPath::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(FieldPath::parse("metadata.ci_run").unwrap().segments(), ["metadata", "ci_run"]);
    }

    #[test]
    fn a_path_may_go_to_several_tasks() {
        let path = |text: &str| FieldPath::parse(text).unwrap();
        let (subtasks, siblings) = (path("subtasks.all.status.category"), path("parent.parent.dependencies.any.id"));
        let (relation, quantifier) = (Relation::Subtasks, Quantifier::All);
        let related = Related { parents: 0, relation, quantifier, field: vec!["status", "category"] };
        assert_eq!(subtasks.related(), Some(related));
        let (relation, quantifier) = (Relation::Dependencies, Quantifier::Any);
        assert_eq!(siblings.related(), Some(Related { parents: 2, relation, quantifier, field: vec!["id"] }));
        for none in
            ["status", "parent.status", "subtasks", "subtasks.all", "subtasks.some.status", "task.subtasks.all.id"]
        {
            assert_eq!(path(none).related(), None, "{none}");
        }
    }

    #[test]
    fn a_field_means_what_its_last_part_says() {
        let meaning = |path: &str, changed| FieldPath::parse(path).unwrap().meaning(changed);
        for path in ["status", "old_status", "new_status", "parent.status", "task.status"] {
            assert_eq!(meaning(path, None), Meaning::Status, "{path}");
        }
        assert_eq!(meaning("new", None), Meaning::Plain);
        assert_eq!(meaning("new", Some("status")), Meaning::Status);
        assert_eq!(meaning("event.old", Some("priority")), Meaning::Priority);
        assert_eq!(meaning("metadata.status", Some("status")), Meaning::Plain);
        assert_eq!(meaning("event.metadata.status", None), Meaning::Plain);
        assert_eq!(meaning("parent.status.category", None), Meaning::Category);
        assert_eq!(meaning("new.category", Some("status")), Meaning::Category);
        assert_eq!(meaning("category", None), Meaning::Plain);
        assert_eq!(meaning("dependencies", None), Meaning::Id);
    }
}
