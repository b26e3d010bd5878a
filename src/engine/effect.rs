//! What is to happen outside the tree, as data: who is addressed, and the very text each would get.
//!
//! `${VAR}` stays as it is in all of it: values of variables are filled in where an effect is carried
//! out, so that no plan, log or outbox has a secret in it.

use serde_json::Value;

/// What kind of thing an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// Somebody is told.
    Notify,
    /// Somebody is told at once.
    Alert,
    /// A message is sent.
    Send,
    /// A line for the log.
    Log,
    /// Another workflow is asked for.
    Dispatch,
    /// A command.
    Run,
    /// A request.
    Webhook,
}

impl EffectKind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Notify, Self::Alert, Self::Send, Self::Log, Self::Dispatch, Self::Run, Self::Webhook];

    /// Its name in output and in the outbox.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Alert => "alert",
            Self::Send => "send",
            Self::Log => "log",
            Self::Dispatch => "dispatch",
            Self::Run => "run",
            Self::Webhook => "webhook",
        }
    }
}

/// One effect, as an action wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Its kind.
    pub kind: EffectKind,
    /// What is addressed: the action by its name. Part of the effect's key.
    pub destination: String,
    /// The text a person would read.
    pub text: String,
    /// Who gets it, and what each would get.
    pub deliveries: Vec<Delivery>,
    /// The data a program would read.
    pub data: Value,
    /// Names in its templates that stand for nothing, once each; they stay in the texts as `{name}`.
    pub missing: Vec<String>,
}

/// What one channel would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The channel's type: `email`, `slack`, `webhook`, or another.
    pub channel: String,
    /// Where it goes, as people call it.
    pub address: String,
    /// The address of a request, as written; `None` where the settings of the whole have it.
    pub url: Option<String>,
    /// The addresses of a mail, as written.
    pub recipients: Vec<String>,
    /// What a request is signed with, as written.
    pub secret: Option<String>,
    /// The subject, of a mail.
    pub subject: Option<String>,
    /// The text, escaped as the channel wants it.
    pub text: String,
}
