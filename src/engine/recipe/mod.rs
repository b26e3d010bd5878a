//! Rules that many projects want, ready to be added to `workflow.yaml`: one file each, and one list that
//! the program, the documentation and the tests read.

mod dependants_ready;
mod deploy;
mod notify;
mod parent_done;
mod reopen;
mod stale;

use crate::format::workflow::{ExtendError, has_key, insert, trigger_names};

/// Rules for one purpose.
#[derive(Debug)]
pub struct Recipe {
    /// Its name at the command line: `parent-done`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// What else it needs, for people; empty where nothing.
    pub needs: &'static str,
    /// The triggers, in the order in which they are added.
    pub rules: &'static [Rule],
    /// Texts that messages are made of, under `notifications.templates`: name and YAML.
    pub templates: &'static [(&'static str, &'static str)],
}

/// One trigger.
#[derive(Debug)]
pub struct Rule {
    /// Its name in the file.
    pub name: &'static str,
    /// An item of a list, in YAML; each line says what it is for.
    pub text: &'static str,
}

/// Every recipe there is.
pub const RECIPES: [&Recipe; 6] = [
    &parent_done::RECIPE,
    &dependants_ready::RECIPE,
    &reopen::RECIPE,
    &notify::RECIPE,
    &stale::RECIPE,
    &deploy::RECIPE,
];

/// What came of adding a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// The triggers that were added.
    pub added: Vec<&'static str>,
}

impl Recipe {
    /// The recipe of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RECIPES.into_iter().find(|recipe| recipe.name == name)
    }

    /// Adds the triggers and texts whose names the file does not have. Every byte that was there stays.
    ///
    /// # Errors
    /// When the file is not YAML, or cannot be added to.
    pub fn apply(&self, bytes: &[u8]) -> Result<Applied, ExtendError> {
        let mut applied = Applied { bytes: bytes.to_vec(), added: Vec::new() };
        let there = trigger_names(bytes);
        for rule in self.rules.iter().filter(|rule| !there.iter().any(|name| name == rule.name)) {
            applied.bytes = insert(&applied.bytes, &["triggers"], rule.text)?;
            applied.added.push(rule.name);
        }
        if applied.added.is_empty() {
            return Ok(applied);
        }
        for (name, text) in self.templates {
            if !has_key(&applied.bytes, &["notifications", "templates", name]) {
                applied.bytes = insert(&applied.bytes, &["notifications", "templates"], text)?;
            }
        }
        Ok(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::action;
    use crate::format::workflow;
    use crate::model::TreePath;

    #[test]
    fn each_recipe_is_sound_in_any_file() {
        for recipe in RECIPES {
            for before in
                ["", "workflow_config:\n  mode: warn\n", "triggers:\n- {name: own, event: x, actions: [log_x]}\n"]
            {
                let applied = recipe.apply(before.as_bytes()).unwrap();
                let (workflow, findings) = workflow::read(&TreePath::workflow(), &applied.bytes);
                assert!(findings.is_empty(), "{}: {findings:?}", recipe.name);
                let names: Vec<&str> = recipe.rules.iter().map(|rule| rule.name).collect();
                assert_eq!(applied.added, names);
                for name in names {
                    let trigger = workflow.triggers.iter().find(|trigger| trigger.name == name).unwrap();
                    assert!(trigger.actions.iter().all(|call| action::find(&call.name).is_some()), "{name}");
                }
                let again = recipe.apply(&applied.bytes).unwrap();
                assert_eq!(again, Applied { bytes: applied.bytes, added: Vec::new() }, "{}", recipe.name);
            }
            assert!(Recipe::named(recipe.name).is_some_and(|found| found.about == recipe.about));
            assert!(recipe.about.ends_with('.'));
        }
        assert!(Recipe::named("nothing").is_none());
    }

    #[test]
    fn each_line_of_a_recipe_says_what_it_is_for() {
        for rule in RECIPES.iter().flat_map(|recipe| recipe.rules) {
            for line in rule.text.lines() {
                assert!(line.contains(" # ") || line.trim_start().starts_with("# "), "{}: {line}", rule.name);
            }
        }
    }

    #[test]
    fn a_trigger_of_that_name_stays_as_it_is() {
        let before = b"triggers: [{name: reopen, event: mine, actions: [log_x]}]\n";
        let applied = Recipe::named("reopen").unwrap().apply(before).unwrap();
        assert_eq!(applied, Applied { bytes: before.to_vec(), added: Vec::new() });
    }
}
