//! `statuses`: the usual ones with what the project changes, and the project's own.
//!
//! A status of a usual name keeps what is not said of it; aliases are added to the usual ones. A
//! spelling the project claims is taken from the usual status that had it.

use super::reader::{INVALID, Optional, Reader, kind, written};
use super::suggest;
use crate::format::yaml::{Node, NodeKind};
use crate::model::{Category, Code, Span, StatusDefinition, StatusSet};

/// A status as the file writes it.
struct Written<'n> {
    name: String,
    category: Option<Category>,
    aliases: Vec<String>,
    transitions: Option<Vec<String>>,
    node: &'n Node,
    name_span: Span,
}

impl Written<'_> {
    /// Where an alias is written.
    fn alias_span(&self, alias: &str) -> Span {
        let Some(entry) = written(self.node, "aliases") else { return self.name_span };
        let item = entry.value.items().iter().find(|item| item.text() == Some(alias));
        item.map_or(entry.value.span, |item| item.span)
    }
}

pub(super) fn read(reader: &mut Reader<'_>, settings: &Node) -> StatusSet {
    let Some(entry) = written(settings, "statuses") else { return StatusSet::default() };
    let mut own: Vec<Written<'_>> = Vec::new();
    for (name, node) in members(reader, &entry.value) {
        let Ok(status) = read_one(reader, name, node) else { continue };
        match own.iter().find(|other| same_name(&other.name, &status.name)) {
            Some(first) => {
                let message = format!("the status `{}` is defined twice; only the first counts", first.name);
                reader.warn(Code::DUPLICATE_STATUS, status.name_span, message, "join them, or rename one");
            }
            None => own.push(status),
        }
    }
    keep_usual_names(reader, &mut own);
    let set = combine(reader, &own);
    for status in &own {
        for target in status.transitions.iter().flatten() {
            if set.find(target).is_none() {
                let span = written(status.node, "transitions").map_or(status.name_span, |entry| {
                    let item = entry.value.items().iter().find(|item| item.text() == Some(target));
                    item.map_or(entry.value.span, |item| item.span)
                });
                unknown(reader, &set, target, span, &format!("a transition of `{}`", status.name.escape_debug()));
            }
        }
    }
    set
}

/// Reports a word that no status has.
pub(super) fn unknown(reader: &mut Reader<'_>, set: &StatusSet, text: &str, span: Span, within: &str) {
    let names: Vec<&str> = set.definitions().iter().map(|definition| definition.name.as_str()).collect();
    let spellings = set.definitions().iter().flat_map(|definition| {
        std::iter::once(definition.name.as_str()).chain(definition.aliases.iter().map(String::as_str))
    });
    let hint = match suggest::closest(text, spellings) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are {}; define others under `statuses`", names.join(", ")),
    };
    let message = format!("{within} names the unknown status `{}`", text.escape_debug());
    reader.warn(Code::UNKNOWN_STATUS, span, message, hint);
}

/// The members of the mapping or the list, with the name where the mapping has it.
fn members<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Vec<(Option<(&'n str, Span)>, &'n Node)> {
    match &node.kind {
        NodeKind::Mapping { entries, .. } => entries
            .iter()
            .filter(|entry| !entry.key.starts_with("x-"))
            .map(|entry| (Some((entry.key.as_str(), entry.key_span)), &entry.value))
            .collect(),
        NodeKind::Sequence { items, .. } => items.iter().map(|item| (None, item)).collect(),
        NodeKind::Scalar { .. } => {
            let message = format!("`statuses` is {}", kind(node));
            reader.error(INVALID, node.span, message, "it should be a mapping of names, or a list");
            Vec::new()
        }
    }
}

fn read_one<'n>(
    reader: &mut Reader<'_>,
    name: Option<(&str, Span)>,
    node: &'n Node,
) -> Result<Written<'n>, super::reader::Unusable> {
    let says_something = matches!(node.kind, NodeKind::Mapping { .. });
    let is_bare_name = name.is_some() && node.is_null();
    if !(says_something || is_bare_name) {
        let message = format!("a status under `statuses` is {}", kind(node));
        return Err(reader.error(INVALID, node.span, message, "it should be a mapping, such as `{category: done}`"));
    }
    let (name, name_span) = match name {
        Some((key, span)) if !key.trim().is_empty() => (key.trim().to_owned(), span),
        Some((_, span)) => return Err(reader.error(INVALID, span, "a status has no name", "give it one")),
        None => match reader.line(node, "name", "a status")? {
            Some(name) => (name, written(node, "name").map_or(node.span, |entry| entry.value.span)),
            None => return Err(reader.missing(node.span, "name", "a status", "give it one")),
        },
    };
    let within = format!("the status `{}`", name.escape_debug());
    let (category, aliases, transitions) = (
        category(reader, node, &within),
        reader.texts(node, "aliases", &within),
        reader.texts(node, "transitions", &within),
    );
    let (category, aliases, transitions) = (category?, aliases?.unwrap_or_default(), transitions?);
    if category.is_none() && !StatusSet::default().definitions().iter().any(|usual| same_name(&usual.name, &name)) {
        let names = Category::ALL.map(Category::name).join(", ");
        return Err(reader.missing(name_span, "category", &within, &format!("say what it means: one of {names}")));
    }
    Ok(Written { name, category, aliases, transitions, node, name_span })
}

fn category(reader: &mut Reader<'_>, node: &Node, within: &str) -> Optional<Category> {
    let Some(text) = reader.text(node, "category", within)? else { return Ok(None) };
    if let Some(category) = Category::named(&text) {
        return Ok(Some(category));
    }
    let span = written(node, "category").map_or(node.span, |entry| entry.value.span);
    let message = format!("`category` of {within} cannot be `{}`", text.escape_debug());
    Err(reader.error(INVALID, span, message, suggest::hint(&text, &Category::ALL.map(Category::name))))
}

/// Takes away aliases that are the names of usual statuses: those would be gone from the tree, unnoticed.
fn keep_usual_names(reader: &mut Reader<'_>, own: &mut [Written<'_>]) {
    let usual = StatusSet::default();
    for status in own {
        let name = status.name.clone();
        let mut taken = Vec::new();
        status.aliases.retain(|alias| {
            let clash = usual.definitions().iter().find(|usual| same_name(&usual.name, alias));
            let Some(clash) = clash.filter(|usual| !same_name(&usual.name, &name)) else { return true };
            taken.push((alias.clone(), clash.name.clone()));
            false
        });
        for (alias, usual) in taken {
            let (shown, name) = (alias.escape_debug(), name.escape_debug());
            let message =
                format!("`{shown}` is claimed by the status `{name}`, and is the name of the usual status `{usual}`");
            let hint = format!("it counts as `{usual}`; remove the alias");
            let span = status.alias_span(&alias);
            reader.warn(Code::DUPLICATE_STATUS, span, message, hint);
        }
    }
}

fn combine(reader: &mut Reader<'_>, own: &[Written<'_>]) -> StatusSet {
    let claimed = StatusSet::new(own.iter().map(|status| define(status, Category::Todo)).collect());
    for status in own {
        for alias in &status.aliases {
            let owner = claimed.find(alias).map_or("", |definition| definition.name.as_str());
            if !same_name(owner, &status.name) {
                let shown = alias.escape_debug();
                let message = format!("`{shown}` is claimed by the statuses `{owner}` and `{}`", status.name);
                let hint = format!("it counts as `{owner}`; remove it from the other");
                reader.warn(Code::DUPLICATE_STATUS, status.alias_span(alias), message, hint);
            }
        }
    }
    warn_of_taken(reader, own, &claimed);
    let mut definitions = StatusSet::default().definitions().to_vec();
    for usual in &mut definitions {
        usual.aliases.retain(|alias| claimed.find(alias).is_none());
    }
    for status in own {
        match definitions.iter_mut().find(|usual| same_name(&usual.name, &status.name)) {
            Some(usual) => {
                usual.name.clone_from(&status.name);
                usual.category = status.category.unwrap_or(usual.category);
                usual.aliases.extend(status.aliases.iter().cloned());
                if status.transitions.is_some() {
                    usual.transitions.clone_from(&status.transitions);
                }
            }
            None => definitions.push(define(status, status.category.unwrap_or(Category::Todo))),
        }
    }
    StatusSet::new(definitions)
}

/// Reports spellings that are taken from a usual status and mean something else from then on. Whoever wants another
/// name for what the spelling meant before loses nothing.
fn warn_of_taken(reader: &mut Reader<'_>, own: &[Written<'_>], claimed: &StatusSet) {
    let usual = StatusSet::default();
    for status in own {
        let of_name = |set: &StatusSet| set.find(&status.name).map(|definition| definition.category);
        let category = status.category.or_else(|| of_name(&usual));
        for alias in &status.aliases {
            let is_own = claimed.find(alias).is_some_and(|owner| same_name(&owner.name, &status.name));
            let Some(before) = usual.find(alias).filter(|_| is_own) else { continue };
            if same_name(&before.name, &status.name) || Some(before.category) == category {
                continue;
            }
            let (shown, name, before) = (alias.escape_debug(), status.name.escape_debug(), &before.name);
            let message =
                format!("`{shown}` is claimed by the status `{name}`, and is usually another name of `{before}`");
            let hint = format!("it counts as `{name}`; where that is not meant, remove the alias");
            reader.warn(Code::DUPLICATE_STATUS, status.alias_span(alias), message, hint);
        }
    }
}

fn define(status: &Written<'_>, category: Category) -> StatusDefinition {
    StatusDefinition {
        name: status.name.clone(),
        category,
        aliases: status.aliases.clone(),
        transitions: status.transitions.clone(),
    }
}

/// Whether two names differ in nothing but case and the sign between words.
fn same_name(a: &str, b: &str) -> bool {
    StatusSet::new(Vec::new()).same(a, b)
}
