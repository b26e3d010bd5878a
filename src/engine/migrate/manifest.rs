//! `migrated/manifest.json`: what a migration made, and how it was asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{MigrationRequest, Refusal, Side, Target, Unreadable};
use crate::format::json::Source;
use crate::model::{FileRole, Snapshot, TaskId, TreePath};

const SCHEMA: &str = "taskmaster.migrated/1";
const FOLDER: &str = "migrated/";

/// What a migration has left in the tree, so that there is a way back.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// How it was asked for.
    pub request: MigrationRequest,
    /// The files that it made or changed.
    pub made: Vec<TreePath>,
    /// The statuses of tasks that stayed where they were: entries of them may have been put away.
    pub standing: BTreeMap<TaskId, String>,
    /// What was said, once it was decided, of the fields that are compared, of tasks that are in several places. Empty
    /// in lists of older versions of the program.
    pub agreed: BTreeMap<TaskId, BTreeMap<String, String>>,
    /// The files that were put away, by where they were, with the ids that git gives their bytes (SHA-1). Empty in
    /// lists of older versions of the program.
    pub put_away: BTreeMap<TreePath, String>,
}

impl Manifest {
    /// Where it stands.
    #[must_use]
    pub fn path() -> TreePath {
        TreePath::known("migrated/manifest.json")
    }

    /// Where a file is put away.
    #[must_use]
    pub fn put_away(path: &TreePath) -> Option<TreePath> {
        TreePath::new(format!("{FOLDER}{path}")).ok()
    }

    /// Where a file was that is put away; `None` for another one.
    #[must_use]
    pub fn original(path: &TreePath) -> Option<TreePath> {
        let original = path.as_str().strip_prefix(FOLDER).filter(|_| *path != Self::path())?;
        TreePath::new(original).ok()
    }

    /// The files that were put away, by where they were.
    #[must_use]
    pub fn originals(snapshot: &Snapshot) -> BTreeMap<TreePath, Vec<u8>> {
        let put_away = snapshot.files.iter().filter(|(path, _)| path.role() == FileRole::Migrated);
        put_away.filter_map(|(path, file)| Some((Self::original(path)?, file.bytes().to_vec()))).collect()
    }

    /// As a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let winners: Map<String, Value> =
            self.request.winners.iter().map(|(task, side)| (task.to_string(), side.name().into())).collect();
        let standing: Map<String, Value> =
            self.standing.iter().map(|(task, status)| (task.to_string(), status.as_str().into())).collect();
        let put_away: Map<String, Value> =
            self.put_away.iter().map(|(path, id)| (path.to_string(), id.as_str().into())).collect();
        let made: Vec<&str> = self.made.iter().map(TreePath::as_str).collect();
        let mut fields: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for ((task, field), side) in &self.request.by_field {
            fields.entry(task.to_string()).or_default().insert(field.clone(), side.name().into());
        }
        let mut value = json!({
            "schema": SCHEMA,
            "to": self.request.target.name(),
            "tag": self.request.tag,
            "winners": winners,
            "made": made,
            "standing": standing,
            "put_away": put_away,
        });
        let agreed: BTreeMap<String, _> = self.agreed.iter().map(|(task, said)| (task.to_string(), said)).collect();
        if let Some(object) = value.as_object_mut().filter(|_| !fields.is_empty()) {
            object.insert("fields".to_owned(), json!(fields));
        }
        if let Some(object) = value.as_object_mut().filter(|_| !agreed.is_empty()) {
            object.insert("agreed".to_owned(), json!(agreed));
        }
        let mut bytes = serde_json::to_vec_pretty(&value).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The one in a tree; `None` where the tree was not migrated.
    ///
    /// # Errors
    /// When it is there and cannot be understood.
    pub fn of(snapshot: &Snapshot) -> Result<Option<Self>, Refusal> {
        let Some(bytes) = snapshot.bytes(&Self::path()) else { return Ok(None) };
        Self::parse(bytes).map(Some).map_err(|reason| Refusal::Manifest { path: Self::path(), reason })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let source = Source::new(bytes).map_err(|error| error.message)?;
        let value = source.parse().map_err(|error| error.message)?.to_value();
        if value.get("schema").and_then(Value::as_str) != Some(SCHEMA) {
            return Err(format!("its schema is not `{SCHEMA}`"));
        }
        let target = value.get("to").and_then(Value::as_str).and_then(Target::named);
        let target = target.ok_or("it does not say to which layout")?;
        let task = |text: &str| TaskId::parse(text).map_err(|error| error.to_string());
        let entries = |key: &str| value.get(key).and_then(Value::as_object).into_iter().flatten();
        let mut winners = BTreeMap::new();
        for (id, side) in entries("winners") {
            let side = side.as_str().and_then(Side::named);
            winners.insert(task(id)?, side.unwrap_or(Side::Markdown));
        }
        let mut by_field = BTreeMap::new();
        for (id, sides) in entries("fields") {
            for (field, side) in sides.as_object().into_iter().flatten() {
                let side = side.as_str().and_then(Side::named);
                by_field.insert((task(id)?, field.clone()), side.unwrap_or(Side::Markdown));
            }
        }
        let mut standing = BTreeMap::new();
        for (id, status) in entries("standing") {
            standing.insert(task(id)?, status.as_str().unwrap_or_default().to_owned());
        }
        let mut agreed = BTreeMap::new();
        for (id, fields) in entries("agreed") {
            let said = fields.as_object().into_iter().flatten();
            let said = said.map(|(field, text)| (field.clone(), text.as_str().unwrap_or_default().to_owned()));
            agreed.insert(task(id)?, said.collect());
        }
        let mut put_away = BTreeMap::new();
        for (path, id) in entries("put_away") {
            let path = TreePath::new(path.as_str()).map_err(|error| error.to_string())?;
            put_away.insert(path, id.as_str().unwrap_or_default().to_owned());
        }
        let made = value.get("made").and_then(Value::as_array).into_iter().flatten();
        let made: Result<Vec<TreePath>, String> = made
            .map(|path| TreePath::new(path.as_str().unwrap_or_default()).map_err(|error| error.to_string()))
            .collect();
        Ok(Self {
            request: MigrationRequest {
                target,
                tag: value.get("tag").and_then(Value::as_str).map(ToOwned::to_owned),
                winners,
                by_field,
                otherwise: Some(Side::Markdown),
                unreadable: Unreadable::Skip,
            },
            made: made?,
            standing,
            agreed,
            put_away,
        })
    }
}
