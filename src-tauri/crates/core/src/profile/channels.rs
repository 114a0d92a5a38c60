//! The ways to tell people, as a profile describes them.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveTime;

use crate::signal::Level;

/// One way to tell people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// What it is called in the window and on record.
    pub name: String,
    /// What kind it is.
    pub kind: ChannelKind,
    /// The least level that it takes.
    pub from: Level,
    /// Whether it hears of what is over.
    pub recoveries: bool,
    /// It hears only of what nobody took note of for this long; `None` = at once.
    pub after: Option<Duration>,
}

/// What kind of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelKind {
    /// The desktop's notifications; a terminal where there is no desktop.
    Native,
    /// E-mail by SMTP.
    Mail(Box<MailSettings>),
    /// A message to an address on the web.
    Webhook(Box<WebhookSettings>),
}

/// E-mail by SMTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The server's name.
    pub server: String,
    /// Its port; `None` = the usual one of `security`.
    pub port: Option<u16>,
    /// How the way there is kept secret.
    pub security: Security,
    /// The name to log in with.
    pub user: Option<String>,
    /// Where the password lies.
    pub secret: Option<SecretSource>,
    /// Whom it comes from.
    pub sender: String,
    /// Whom it goes to.
    pub to: Vec<String>,
    /// A certificate of one's own authority, PEM, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

/// How the way to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is said; refused where the server cannot.
    StartTls,
    /// None: for a server on this machine only.
    None,
}

/// A message to an address on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The address.
    pub url: Address,
    /// What the message looks like.
    pub format: WebhookFormat,
    /// Where the token lies that is sent along.
    pub secret: Option<SecretSource>,
    /// A certificate of one's own authority, PEM, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

/// An address, or where it lies if the address itself is the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// In the profile.
    Plain(String),
    /// Elsewhere.
    Secret(SecretSource),
}

/// What a message to the web looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookFormat {
    /// `{"text": …}`, as Slack and those that copy it take it.
    Slack,
    /// The text as it is, title and priority in the head, as ntfy takes it.
    Ntfy,
    /// JSON with `{title}`, `{body}`, `{level}`, `{kind}`, `{id}` and `{at}` filled in.
    Json(String),
}

/// Where a secret lies; the profile never holds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The keychain, under this name.
    Keychain(String),
    /// An environment variable.
    Variable(String),
    /// A file that only its owner can read.
    File(PathBuf),
}

/// Local wall time in which people are left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends, on the next day where that is earlier than the beginning.
    pub until: NaiveTime,
    /// Whether red comes through all the same.
    pub red: bool,
}
