//! Whether this machine's user has allowed that what the configuration says is run and sent. The answer is kept
//! in a folder of the user's, so that nothing that a repository brings along can give it.

use std::env;
use std::path::PathBuf;

use super::{AppError, Project};
use crate::format::variable::{self, Piece};
use crate::format::workflow::{self, Channel, Mode, OwnKind, Workflow};
use crate::model::{CommitId, Timestamp, TreePath};
use crate::store::{self, Allowed, Trust};

/// A configuration as a commit has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// SHA-256 of its bytes: 64 hexadecimal digits.
    pub hash: String,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// What was allowed in this clone, beside what HEAD has.
#[derive(Debug)]
pub struct TrustReport {
    /// The configuration of HEAD; `None` where there is none.
    pub configuration: Option<Configuration>,
    /// Whether it is allowed.
    pub leave: Leave,
    /// What is allowed, the latest last.
    pub allowed: Vec<Allowed>,
    /// What the configuration of HEAD would run and whom it would address, as a person would read it.
    pub asks: Vec<String>,
}

/// Whether a configuration is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It is.
    Given,
    /// Another one was: this one has changed since.
    Outdated,
    /// None ever was, or all were denied.
    Missing,
}

impl Leave {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "allowed",
            Self::Outdated => "changed",
            Self::Missing => "not-allowed",
        }
    }
}

/// Why something cannot be allowed, or taken back.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Nowhere to keep what the user has decided.
    #[error("neither XDG_STATE_HOME nor HOME names a folder: what is allowed cannot be known")]
    NoStateFolder,
    /// There is nothing to allow.
    #[error("HEAD has no config/workflow.yaml: there is nothing to allow")]
    NoConfiguration,
    /// The configuration that was named is not the one of HEAD.
    #[error("the configuration of HEAD is not `{}`, but {found}", asked.escape_debug())]
    OtherConfiguration {
        /// The digest that was given.
        asked: String,
        /// The digest of HEAD's.
        found: String,
    },
    /// A text that is no digest.
    #[error("`{}` is no digest of a configuration: those have 64 digits of 0 to 9 and a to f", text.escape_debug())]
    NoDigest {
        /// As it was given.
        text: String,
    },
    /// It was not allowed.
    #[error("`{}` is not allowed in this clone", hash.escape_debug())]
    NotAllowed {
        /// The digest that was given.
        hash: String,
    },
    /// A person could not be asked.
    #[error("there was no answer: {source}")]
    NoAnswer {
        /// The system's words.
        source: std::io::Error,
    },
}

impl TrustError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoStateFolder => Some("set HOME, or XDG_STATE_HOME, to a folder of yours".to_owned()),
            Self::NoConfiguration => Some("taskmaster init makes one; commit it".to_owned()),
            Self::OtherConfiguration { .. } | Self::NoDigest { .. } => {
                Some("see what it asks for: taskmaster allow -n".to_owned())
            }
            Self::NotAllowed { .. } => Some("see what is allowed: taskmaster allow --json -n".to_owned()),
            Self::NoAnswer { .. } => None,
        }
    }
}

/// The user's decisions: below `XDG_STATE_HOME`, or `~/.local/state`.
///
/// # Errors
/// When neither is known.
pub fn decisions() -> Result<Trust, AppError> {
    // A path that is not absolute is to be ignored, as the XDG Base Directory Specification says.
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    Ok(Trust::new(state.ok_or(TrustError::NoStateFolder)?.join("taskmaster")))
}

/// The path that decisions about a clone are kept under.
#[must_use]
pub fn clone_path(project: &Project) -> PathBuf {
    let folder = project.repository.common_dir();
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// The configuration of a commit; `None` where it has none.
///
/// # Errors
/// When the commit cannot be read.
pub fn configuration(project: &Project, commit: &CommitId) -> Result<Option<Configuration>, AppError> {
    let path = project.repository.full_path(&TreePath::workflow());
    let text = project.repository.file_in_commit(commit, &path)?;
    Ok(text.map(|text| Configuration { hash: Trust::hash(&text), text }))
}

/// What is allowed in this clone, and what HEAD asks for.
///
/// # Errors
/// When the repository or the decisions cannot be read.
pub fn trust(project: &Project) -> Result<TrustReport, AppError> {
    let configuration = match project.repository.head()? {
        Some(head) => configuration(project, &head)?,
        None => None,
    };
    let allowed = decisions()?.allowed(&clone_path(project))?;
    let is_given = |hash: &str| allowed.iter().any(|one| one.hash == hash);
    let leave = match &configuration {
        Some(configuration) if is_given(&configuration.hash) => Leave::Given,
        _ if allowed.is_empty() => Leave::Missing,
        _ => Leave::Outdated,
    };
    let asks = configuration.as_ref().map_or_else(Vec::new, |configuration| asks(&read(&configuration.text)));
    Ok(TrustReport { configuration, leave, allowed, asks })
}

/// Allows the configuration of HEAD, which the report shows: it must be the one of that digest.
///
/// # Errors
/// When it is another one, or that cannot be written.
pub fn allow(project: &Project, report: &TrustReport, hash: &str, now: Timestamp) -> Result<(), AppError> {
    let configuration = report.named(hash)?;
    Ok(decisions()?.allow(&clone_path(project), &record(project, configuration, now))?)
}

impl TrustReport {
    /// How far the engine goes in this clone, by the configuration of HEAD.
    #[must_use]
    pub fn mode(&self, project: &Project) -> Mode {
        let workflow = self.configuration.as_ref().map(|configuration| read(&configuration.text));
        project.mode(&workflow.unwrap_or_default())
    }

    /// The configuration of HEAD, where it is the one of that digest.
    ///
    /// # Errors
    /// When it is another one, or there is none.
    pub fn named(&self, hash: &str) -> Result<&Configuration, TrustError> {
        let Some(configuration) = &self.configuration else { return Err(TrustError::NoConfiguration) };
        // The whole digest, so that nobody can make a file that begins alike.
        if configuration.hash != hash.trim().to_ascii_lowercase() {
            return Err(TrustError::OtherConfiguration { asked: hash.to_owned(), found: configuration.hash.clone() });
        }
        Ok(configuration)
    }
}

/// A decision about a configuration of this clone.
pub(super) fn record(project: &Project, configuration: &Configuration, now: Timestamp) -> Allowed {
    Allowed::new(&clone_path(project), &configuration.text, &now.to_string(), &who(project))
}

/// Takes back what was allowed: one configuration, or all of this clone. Gives their digests.
///
/// # Errors
/// When the one named was not allowed, or that cannot be written.
pub fn deny(project: &Project, hash: Option<&str>, now: Timestamp) -> Result<Vec<String>, AppError> {
    let trust = decisions()?;
    let mut allowed = trust.allowed(&clone_path(project))?;
    if let Some(hash) = hash {
        allowed.retain(|one| one.hash == hash.trim().to_ascii_lowercase());
        if allowed.is_empty() {
            return Err(TrustError::NotAllowed { hash: hash.to_owned() }.into());
        }
    }
    for one in &allowed {
        let mut denied = one.clone();
        (denied.at, denied.who) = (now.to_string(), who(project));
        trust.deny(&clone_path(project), &denied)?;
    }
    Ok(allowed.into_iter().map(|one| one.hash).collect())
}

/// Who decides: the account, as the system says, and who git commits for here, which anybody can write.
fn who(project: &Project) -> String {
    let account = store::account();
    match project.repository.user() {
        Ok(person) => format!("{account}, git: {person}"),
        Err(_) => account,
    }
}

/// A configuration, as far as it can be read.
pub(super) fn read(text: &[u8]) -> Workflow {
    workflow::read(&TreePath::workflow(), text).0
}

/// What a configuration runs and whom it addresses.
fn asks(workflow: &Workflow) -> Vec<String> {
    let mut asks = Vec::new();
    for (name, own) in &workflow.own_actions {
        match &own.kind {
            OwnKind::Run(command) => asks.push(format!("{name} runs: {command}")),
            OwnKind::Webhook(webhook) => {
                let keys = webhook.headers.iter().filter_map(|(header, value)| {
                    let keys = variables(value);
                    (!keys.is_empty()).then(|| format!(", {header} with {}", keys.join(" and ")))
                });
                let keys: String = keys.chain(signed(webhook.secret.as_deref())).collect();
                asks.push(format!("{name} sends: {} {}{keys}", webhook.method, shown(&webhook.url)));
            }
            OwnKind::Set(_) | OwnKind::CreateTask(_) | OwnKind::Report(_) => {}
        }
    }
    let named = workflow.environments.keys().map(|name| Some(name.as_str()));
    for environment in std::iter::once(None).chain(named) {
        let Ok(outside) = workflow.outside(environment) else { continue };
        let channels = outside.notifications.channels.iter().filter(|channel| channel.enabled);
        let endpoint = |name: &str| outside.sections.get("endpoints").and_then(|all| all.get(name)?.as_str());
        for channel in channels {
            let line = format!("messages go to: {}", told(channel, &endpoint));
            if !asks.contains(&line) {
                asks.push(line);
            }
        }
        let github = outside.sections.get("endpoints").and_then(|endpoints| endpoints.get("github"));
        if let Some(repository) = github.and_then(|github| github.get("repository")?.as_str()) {
            let token = github.and_then(|github| github.get("token")?.as_str()).unwrap_or("${GITHUB_TOKEN}");
            let api = github.and_then(|github| github.get("api")?.as_str());
            let at = api.map_or_else(String::new, |api| format!(" at {}", shown(api)));
            let line = format!("workflows are started in: {repository}{at}, with {}", variables(token).join(" and "));
            if !asks.contains(&line) {
                asks.push(line);
            }
        }
    }
    asks
}

/// A channel, whom it reaches and where.
fn told<'e>(channel: &'e Channel, endpoint: &dyn Fn(&str) -> Option<&'e str>) -> String {
    let common = match channel.kind.as_str() {
        "slack" => endpoint("slack_webhook"),
        "email" => endpoint("email_service"),
        _ => None,
    };
    let people = (!channel.recipients.is_empty()).then(|| channel.recipients.join(", "));
    let whom = channel.channel.clone().or(people).map_or_else(String::new, |whom| format!(" {whom}"));
    let address = if channel.kind == "email" { common } else { channel.url.as_deref().or(common) };
    let at = address.map_or_else(String::new, |address| {
        format!(" at {}", if channel.kind == "slack" { without_path(address) } else { shown(address) })
    });
    let keys: String = signed(channel.secret.as_deref()).collect();
    format!("{}{whom}{at}{keys}", channel.kind)
}

/// What requests are signed with, by the names of its variables.
fn signed(secret: Option<&str>) -> impl Iterator<Item = String> {
    let keys = secret.map(variables).filter(|keys| !keys.is_empty());
    keys.map(|keys| format!(", signed with {}", keys.join(" and "))).into_iter()
}

/// The names of the variables in a value.
fn variables(text: &str) -> Vec<&str> {
    let pieces = variable::pieces(text).into_iter();
    pieces.filter_map(|piece| if let Piece::Variable { name, .. } = piece { Some(name) } else { None }).collect()
}

/// Where the path of an address is the password: who knows it may post.
const SECRET_PATHS: [&str; 6] =
    ["slack.com", "discord.com", "discordapp.com", "webhook.office.com", "chat.googleapis.com", "hooks.zapier.com"];

/// An address without what may be a secret in it: who asks, and what stands behind the path. Variables stand there by
/// their names.
fn shown(address: &str) -> String {
    let (_, place, _) = parts(address);
    let name = place.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_known =
        |known: &str| name.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    if SECRET_PATHS.iter().any(|known| is_known(known)) {
        return without_path(address);
    }
    let (scheme, place, path) = parts(address);
    format!("{scheme}{place}{path}")
}

/// The same without the path, where that is the password.
fn without_path(address: &str) -> String {
    let (scheme, place, path) = parts(address);
    if path.len() < 2 {
        return format!("{scheme}{place}{path}");
    }
    let keys = variables(path).into_iter().fold(String::new(), |all, name| all + "${" + name + "}");
    format!("{scheme}{place}/...{keys}")
}

/// Scheme, host and path of an address, without who asks and what stands behind the path.
fn parts(address: &str) -> (&str, &str, &str) {
    let (scheme, rest) = address.split_at(address.find("://").map_or(0, |at| at + 3));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (scheme, place.rsplit_once('@').map_or(place, |(_, host)| host), path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_configuration_asks_for_is_told() {
        let workflow = read(
            b"actions:\n  build: {run: make}\n  tell: {webhook: {url: 'https://example.org/${A}'}}\n\
              notifications:\n  channels:\n    - {type: slack, channel: '#a'}\n    - {type: email, enabled: false}\n\
              environments:\n  live:\n    notifications: {channels: [{type: slack, channel: '#b'}]}\nendpoints: {github: {repository: a/b}}\n",
        );
        assert_eq!(
            asks(&workflow),
            [
                "build runs: make",
                "tell sends: POST https://example.org/${A}",
                "messages go to: slack #a",
                "workflows are started in: a/b, with GITHUB_TOKEN",
                "messages go to: slack #b"
            ]
        );
    }

    #[test]
    fn where_the_path_is_the_password_it_is_not_told() {
        let workflow = read(
            b"actions:\n  tell: {webhook: {url: 'https://discord.com/api/webhooks/7/sesame'}}\nnotifications:\n  channels:\n\
              \x20   - {type: slack, url: 'https://hooks.slack.com/services/T0/B0/sesame'}\n\
              \x20   - {type: slack, url: 'https://chat.example.org/hooks/${KEY}'}\n\
              \x20   - {type: slack, url: 'https://chat.example.org/'}\n\
              \x20   - {type: webhook, url: 'https://notslack.com/b'}\n\
              endpoints: {slack_webhook: '${HOOK:-https://hooks.slack.com/services/sesame}'}\n",
        );
        assert_eq!(
            asks(&workflow),
            [
                "tell sends: POST https://discord.com/...",
                "messages go to: slack at https://hooks.slack.com/...",
                "messages go to: slack at https://chat.example.org/...${KEY}",
                "messages go to: slack at https://chat.example.org/",
                "messages go to: webhook at https://notslack.com/b",
            ]
        );
        assert_eq!(shown("${HOOK:-https://hooks.slack.com/services/sesame}"), "${HOOK:-https://hooks.slack.com/...");
    }

    #[test]
    fn where_messages_go_is_told_without_secrets() {
        let workflow = read(
            b"actions:\n  tell: {webhook: {url: 'https://ann:sesame@example.org/a?token=sesame', secret: '${KEY}', \
              headers: {Authorization: 'Bearer ${TOKEN}', X-Task: '3'}}}\nnotifications:\n  channels:\n\
              \x20   - {type: slack, channel: '#a'}\n    - {type: slack, url: '${OWN}'}\n\
              \x20   - {type: webhook, url: 'https://example.org/b', secret: '${KEY}'}\n\
              \x20   - {type: email, recipients: [ann@example.org]}\n\
              endpoints: {slack_webhook: '${HOOK}', email_service: 'smtps://ann:${PASSWORD}@mail.example.org'}\n",
        );
        assert_eq!(
            asks(&workflow),
            [
                "tell sends: POST https://example.org/a, Authorization with TOKEN, signed with KEY",
                "messages go to: slack #a at ${HOOK}",
                "messages go to: slack at ${OWN}",
                "messages go to: webhook at https://example.org/b, signed with KEY",
                "messages go to: email ann@example.org at smtps://mail.example.org",
            ]
        );
    }
}
