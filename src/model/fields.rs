use serde::{Serialize, Serializer};
use serde_json::Value;

/// What a record says besides, by name: few values for each of many records, so that they take no more room than they
/// need.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    /// In the order of names, each of which is there once.
    entries: Vec<(String, Value)>,
}

impl Fields {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).ok().and_then(|at| self.entries.get(at)).map(|(_, value)| value)
    }

    /// Sets a field; gives what it was.
    pub fn insert(&mut self, name: String, value: Value) -> Option<Value> {
        match self.place(&name) {
            Ok(at) => self.entries.get_mut(at).map(|(_, known)| std::mem::replace(known, value)),
            Err(at) => {
                self.entries.reserve_exact(1);
                self.entries.insert(at, (name, value));
                None
            }
        }
    }

    /// Takes a field out; gives what it was.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.place(name).ok().map(|at| self.entries.remove(at).1)
    }

    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.entries.iter().map(|(name, _)| name)
    }

    /// The fields, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_there_once_and_names_are_in_order() {
        let mut fields = Fields::default();
        for (name, value) in [("b", 1), ("a", 2), ("c", 3), ("b", 4)] {
            fields.insert(name.to_owned(), json!(value));
        }
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"a":2,"b":4,"c":3}"#);
        assert_eq!((fields.get("b"), fields.get("d")), (Some(&json!(4)), None));
        assert_eq!((fields.remove("b"), fields.remove("b")), (Some(json!(4)), None));
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["a", "c"]);
    }
}
