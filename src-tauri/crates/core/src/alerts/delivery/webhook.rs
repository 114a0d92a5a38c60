//! A message to an address on the web: Slack, ntfy, or any JSON.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::alerts::{Channel, Notification, NotificationKind};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::channels::{Address, WebhookFormat, WebhookSettings};
use crate::profile::{check_web_address, fill_template};
use crate::secrets::Secrets;
use crate::signal::Level;
use crate::web;

/// How long the whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read; nobody needs them, but a connection that is cut looks like a failure over there.
const MOST: u64 = 16 * 1024;
/// A file of certificates is some kilobytes.
const LARGEST: u64 = 1_000_000;

/// The channel `webhook`.
pub struct Webhook {
    settings: WebhookSettings,
    secrets: Arc<Secrets>,
}

/// A message as it is sent.
struct Message {
    body: String,
    content: &'static str,
    heads: Vec<(&'static str, String)>,
}

impl Webhook {
    /// A way to the address that `settings` name.
    pub fn new(settings: WebhookSettings, secrets: Arc<Secrets>) -> Self {
        Self { settings, secrets }
    }

    fn agent(&self) -> Result<ureq::Agent> {
        let mut config = web::once(PATIENCE);
        if let Some(path) = &self.settings.ca_file {
            let pem = fsio::read_bounded(path, LARGEST)?;
            let own: Vec<Certificate<'static>> = parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if own.is_empty() {
                return Err(
                    Error::new(ErrorKind::Usage, format!("{} holds no certificate", path.display())).at(path)
                );
            }
            config =
                config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&own)).build());
        }
        Ok(config.build().new_agent())
    }

    fn send(&self, url: &str, message: &Message) -> Result<()> {
        let refused = |why: String| {
            Error::new(ErrorKind::System, format!("the webhook did not take the message: {why}"))
                .hint("Send a test after mending the channel in the profile.")
        };
        let mut request = self.agent()?.post(url).content_type(message.content);
        for (head, value) in &message.heads {
            request = request.header(*head, value);
        }
        if let Some(source) = &self.settings.secret {
            request =
                request.header("authorization", format!("Bearer {}", self.secrets.get(source)?.reveal()));
        }
        let mut answer =
            request.send(message.body.as_bytes()).map_err(|error| refused(without(url, &error)))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(refused(format!("it answers {status}, a redirect, which is not followed")));
        }
        if !status.is_success() {
            self.secrets.forget();
            return Err(refused(format!("it answers {status}")));
        }
        // Taken: whatever else it says, and however long, changes nothing.
        let _ = std::io::copy(&mut answer.body_mut().as_reader().take(MOST), &mut std::io::sink());
        Ok(())
    }
}

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        let message = message(&self.settings.format, notification)?;
        match &self.settings.url {
            Address::Plain(url) => self.send(url, &message),
            Address::Secret(source) => {
                let secret = self.secrets.get(source)?;
                check_web_address(secret.reveal()).map_err(|wrong| {
                    Error::new(ErrorKind::Usage, format!("the webhook's address {wrong}"))
                })?;
                self.send(secret.reveal(), &message)
            }
        }
    }

    fn waits(&self) -> bool {
        true
    }
}

/// An error's words without the address, which may be a secret.
fn without(url: &str, error: &ureq::Error) -> String {
    error.to_string().replace(url, "its address")
}

fn message(format: &WebhookFormat, told: &Notification) -> Result<Message> {
    let json = |body| Message { body, content: "application/json", heads: Vec::new() };
    match format {
        WebhookFormat::Slack => {
            let text = format!("*{}*\n{}", slack(&told.title), slack(&told.body));
            Ok(json(serde_json::json!({ "text": text }).to_string()))
        }
        WebhookFormat::Ntfy => Ok(Message {
            body: told.body.clone(),
            content: "text/plain; charset=utf-8",
            heads: vec![
                ("title", encoded_word(&told.title)),
                ("priority", priority(told).to_owned()),
                ("tags", tag(told).to_owned()),
            ],
        }),
        WebhookFormat::Json(template) => fill_template(template, |name| {
            Some(match name {
                "title" => told.title.clone(),
                "body" => told.body.clone(),
                "level" => told.level.to_string(),
                "kind" => word(told.kind).to_owned(),
                "id" => told.id.clone(),
                "at" => told.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                _ => return None,
            })
        })
        .map(json)
        .map_err(|wrong| Error::new(ErrorKind::Usage, format!("the template {wrong}"))),
    }
}

/// What Slack would read as markup.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A head takes plain ASCII; anything else is written as RFC 2047 says, which ntfy reads.
fn encoded_word(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        return text.to_owned();
    }
    let quoted: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
    format!("=?UTF-8?Q?{quoted}?=")
}

fn priority(told: &Notification) -> &'static str {
    match (told.kind, told.level) {
        (NotificationKind::Recovered | NotificationKind::Reminder | NotificationKind::Test, _) => "default",
        (_, Level::Red) => "high",
        _ => "default",
    }
}

fn tag(told: &Notification) -> &'static str {
    match (told.kind, told.level) {
        (NotificationKind::Recovered | NotificationKind::Test, _) => "white_check_mark",
        (_, Level::Red) => "rotating_light",
        _ => "warning",
    }
}

/// The word for a kind, as in JSON.
fn word(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Raised => "raised",
        NotificationKind::Repeated => "repeated",
        NotificationKind::Flapping => "flapping",
        NotificationKind::Recovered => "recovered",
        NotificationKind::Reminder => "reminder",
        NotificationKind::Test => "test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str) -> Notification {
        Notification {
            title: title.into(),
            level: Level::Red,
            kind: NotificationKind::Raised,
            ..Notification::test("x", chrono::DateTime::UNIX_EPOCH)
        }
    }

    #[test]
    fn names_from_outside_steer_neither_markup_nor_heads() {
        let hostile = told("<!channel> & *x*\r\nX-Evil: 1");
        let slack = message(&WebhookFormat::Slack, &hostile).unwrap();
        assert!(slack.body.contains("&lt;!channel&gt; &amp;"), "{}", slack.body);
        let ntfy = message(&WebhookFormat::Ntfy, &hostile).unwrap();
        assert!(ntfy.heads.iter().all(|(_, value)| !value.contains(['\r', '\n'])), "{:?}", ntfy.heads);
        assert_eq!(message(&WebhookFormat::Ntfy, &told("Disk is red")).unwrap().heads[0].1, "Disk is red");
    }

    #[test]
    fn a_template_is_filled_with_what_is_told() {
        let template = r#"{"m": "{title}|{level}|{kind}|{id}|{at}"}"#.to_owned();
        let json = message(&WebhookFormat::Json(template), &told("T")).unwrap();
        assert_eq!(json.body, r#"{"m":"T|red|raised|test|1970-01-01T00:00:00Z"}"#);
    }
}
