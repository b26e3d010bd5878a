use serde::Serialize;

/// `taskmaster.hooks/1`: how things stand with each hook, or what became of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HooksJson {
    schema: &'static str,
    hooks: Vec<HookJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HookJson {
    hook: String,
    state: String,
    /// What is left to do by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl HooksJson {
    /// From each hook's name, its state in words, and what is left to do.
    #[must_use]
    pub fn of(hooks: impl IntoIterator<Item = (String, String, Option<String>)>) -> Self {
        let hooks = hooks.into_iter().map(|(hook, state, hint)| HookJson { hook, state, hint }).collect();
        Self { schema: "taskmaster.hooks/1", hooks }
    }
}
