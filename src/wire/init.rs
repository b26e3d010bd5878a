use serde::Serialize;

use crate::app::{Found, InitOutcome, InitReport};
use crate::engine::recipe::Recipe;

/// `taskmaster.init/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InitJson {
    schema: &'static str,
    branch: Option<String>,
    /// Before it; `null` where there is no commit yet.
    head: Option<String>,
    had_tree: bool,
    tasks: usize,
    ignored: bool,
    mode: Option<&'static str>,
    files: Vec<FileJson>,
    recipes: Vec<AppliedJson>,
    commit: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FileJson {
    path: String,
    outcome: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AppliedJson {
    name: &'static str,
    added: Vec<&'static str>,
}

/// `taskmaster.recipes/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecipesJson {
    schema: &'static str,
    recipes: Vec<RecipeJson>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RecipeJson {
    name: &'static str,
    about: &'static str,
    needs: &'static str,
    triggers: Vec<&'static str>,
}

impl InitJson {
    /// What a start found and did.
    #[must_use]
    pub fn of(found: &Found, report: &InitReport) -> Self {
        let file = |file: &crate::app::InitFile| FileJson {
            path: file.path.to_string(),
            outcome: match file.outcome {
                InitOutcome::Created => "created",
                InitOutcome::Extended => "extended",
                InitOutcome::Unchanged => "unchanged",
                InitOutcome::Uncommitted => "uncommitted",
                InitOutcome::Outdated => "outdated",
            },
        };
        let recipes = report.recipes.iter();
        Self {
            schema: "taskmaster.init/1",
            branch: found.branch.clone(),
            head: found.head.as_ref().map(ToString::to_string),
            had_tree: found.has_tree,
            tasks: found.tasks,
            ignored: found.ignored,
            mode: report.mode.map(crate::format::workflow::Mode::name),
            files: report.files.iter().map(file).collect(),
            recipes: recipes.map(|(recipe, added)| AppliedJson { name: recipe.name, added: added.clone() }).collect(),
            commit: report.commit.as_ref().map(ToString::to_string),
        }
    }
}

impl RecipesJson {
    /// Recipes with what they add.
    #[must_use]
    pub fn of(recipes: &[&'static Recipe]) -> Self {
        let recipe = |recipe: &&'static Recipe| RecipeJson {
            name: recipe.name,
            about: recipe.about,
            needs: recipe.needs,
            triggers: recipe.rules.iter().map(|rule| rule.name).collect(),
        };
        Self { schema: "taskmaster.recipes/1", recipes: recipes.iter().map(recipe).collect() }
    }
}
