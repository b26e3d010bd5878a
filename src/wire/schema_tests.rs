//! schemas/json: the schema of each document that `--json` prints, made from the structs themselves.
//!
//! `TASKMASTER_BLESS=1 cargo test --lib wire` writes them anew.

use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{
    AllowJson, BacktestJson, CheckJson, CiJson, CloudEvent, ConfigCheckJson, ConfigJson, ConfigUpgradeJson, CreateJson,
    DenyJson, DoctorJson, EditJson, EffectJson, EmitJson, ExplainJson, FindingKindJson, HooksJson, InitJson,
    InventoryJson, ListJson, LogJson, MigrateJson, MigrateScriptsJson, OutboxDecisionJson, OutboxJson, OutboxRunJson,
    RecipesJson, RenumberJson, RepairJson, StatusJson, SyncJson, TaskJson, TestJson, UndoJson, WatchJson,
};

/// Every document by its name in docs/json.md, what it says in `schema`, and its own schema.
fn documents() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("allow", "taskmaster.allow/1", of::<AllowJson>()),
        ("backtest", "taskmaster.backtest/1", of::<BacktestJson>()),
        ("check", "taskmaster.check/1", of::<CheckJson>()),
        ("ci", "taskmaster.ci/1", of::<CiJson>()),
        ("config", "taskmaster.config/1", of::<ConfigJson>()),
        ("config-check", "taskmaster.config-check/1", of::<ConfigCheckJson>()),
        ("config-upgrade", "taskmaster.config-upgrade/1", of::<ConfigUpgradeJson>()),
        ("create", "taskmaster.create/1", of::<CreateJson>()),
        ("deny", "taskmaster.deny/1", of::<DenyJson>()),
        ("doctor", "taskmaster.doctor/1", of::<DoctorJson>()),
        ("edit", "taskmaster.edit/1", of::<EditJson>()),
        ("effect", "taskmaster.effect/1", of::<EffectJson>()),
        ("emit", "taskmaster.emit/1", of::<EmitJson>()),
        ("event", "", of::<CloudEvent>()),
        ("explain", "taskmaster.explain/1", of::<ExplainJson>()),
        ("finding-kind", "taskmaster.finding-kind/1", of::<FindingKindJson>()),
        ("hooks", "taskmaster.hooks/1", of::<HooksJson>()),
        ("init", "taskmaster.init/1", of::<InitJson>()),
        ("inventory", "taskmaster.inventory/1", of::<InventoryJson>()),
        ("list", "taskmaster.list/1", of::<ListJson>()),
        ("log", "taskmaster.log/1", of::<LogJson>()),
        ("migrate", "taskmaster.migrate/1", of::<MigrateJson>()),
        ("migrate-scripts", "taskmaster.migrate-scripts/1", of::<MigrateScriptsJson>()),
        ("outbox", "taskmaster.outbox/1", of::<OutboxJson>()),
        ("outbox-decision", "taskmaster.outbox-decision/1", of::<OutboxDecisionJson>()),
        ("outbox-run", "taskmaster.outbox-run/1", of::<OutboxRunJson>()),
        ("recipes", "taskmaster.recipes/1", of::<RecipesJson>()),
        ("renumber", "taskmaster.renumber/1", of::<RenumberJson>()),
        ("repair", "taskmaster.repair/1", of::<RepairJson>()),
        ("status", "taskmaster.status/1", of::<StatusJson>()),
        ("sync", "taskmaster.sync/1", of::<SyncJson>()),
        ("task", "taskmaster.task/1", of::<TaskJson>()),
        ("test", "taskmaster.test/1", of::<TestJson>()),
        ("watch", "taskmaster.watch/1", of::<WatchJson>()),
        ("undo", "taskmaster.undo/1", of::<UndoJson>()),
    ]
}

fn of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

#[test]
fn schemas_of_documents_are_those_of_the_structs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/json");
    let bless = std::env::var_os("TASKMASTER_BLESS").is_some_and(|value| value == "1");
    for (name, document, mut schema) in documents() {
        schema["title"] = json!(if document.is_empty() { "an event" } else { document });
        if !document.is_empty() {
            schema["properties"]["schema"] = json!({ "const": document });
            let required = schema["required"].as_array_mut().unwrap();
            if !required.contains(&json!("schema")) {
                required.push(json!("schema"));
            }
        }
        let wanted = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = folder.join(format!("{name}.schema.json"));
        if bless {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, wanted).unwrap();
            continue;
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "{name} is stale; bless it: TASKMASTER_BLESS=1 cargo test --lib wire");
    }
}
