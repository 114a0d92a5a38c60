//! E-mail by SMTP: what the manual does with `mail -s`.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};

use crate::alerts::{Channel, Notification};
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::channels::{MailSettings, Security};
use crate::secrets::Secrets;

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(10);
/// A file of certificates is some kilobytes.
const LARGEST: u64 = 1_000_000;

/// The channel `mail`.
pub struct Mail {
    settings: MailSettings,
    secrets: Arc<Secrets>,
}

impl Mail {
    /// A way to the server that `settings` name.
    pub fn new(settings: MailSettings, secrets: Arc<Secrets>) -> Self {
        Self { settings, secrets }
    }

    fn message(&self, notification: &Notification) -> Result<Message> {
        let address = |text: &str| {
            text.parse::<Mailbox>().map_err(|error| {
                Error::new(ErrorKind::Usage, format!("“{text}” is no e-mail address")).because(error)
            })
        };
        let mut message = Message::builder()
            .from(address(&self.settings.sender)?)
            .subject(one_line(&notification.title))
            .date(notification.at.into())
            .header(ContentType::TEXT_PLAIN);
        for to in &self.settings.to {
            message = message.to(address(to)?);
        }
        message.body(format!("{}\n", notification.body)).map_err(|error| {
            Error::new(ErrorKind::System, "the e-mail cannot be put together").because(error)
        })
    }

    fn transport(&self) -> Result<SmtpTransport> {
        let settings = &self.settings;
        let mut way = SmtpTransport::builder_dangerous(&settings.server).timeout(Some(PATIENCE));
        let (tls, usual) = match settings.security {
            Security::Tls => (Tls::Wrapper(self.tls()?), 465),
            // Required: a server that cannot is not spoken to in the open.
            Security::StartTls => (Tls::Required(self.tls()?), 587),
            Security::None => (Tls::None, 25),
        };
        way = way.tls(tls).port(settings.port.unwrap_or(usual));
        if let Some(user) = &settings.user {
            let password = match &settings.secret {
                Some(source) => self.secrets.get(source)?.reveal().to_owned(),
                None => String::new(),
            };
            way = way.credentials(Credentials::new(user.clone(), password));
        }
        Ok(way.build())
    }

    fn tls(&self) -> Result<TlsParameters> {
        let server = &self.settings.server;
        let mut parameters = TlsParameters::builder(server.clone());
        if let Some(path) = &self.settings.ca_file {
            let pem = fsio::read_bounded(path, LARGEST)?;
            let certificate = Certificate::from_pem(&pem).map_err(|error| {
                Error::new(ErrorKind::Usage, format!("{} is no certificate", path.display())).because(error)
            })?;
            parameters = parameters.add_root_certificate(certificate);
        }
        parameters
            .build()
            .map_err(|error| Error::new(ErrorKind::System, format!("no TLS to {server}")).because(error))
    }
}

impl Channel for Mail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn deliver(&mut self, notification: &Notification) -> Result<()> {
        let message = self.message(notification)?;
        self.transport()?.send(&message).map_err(|error| {
            // It may have been changed since it was read.
            self.secrets.forget();
            Error::new(ErrorKind::System, format!("{} did not take the e-mail", self.settings.server))
                .because(error)
                .hint("Send a test after mending the channel in the profile.")
        })?;
        Ok(())
    }

    fn waits(&self) -> bool {
        true
    }
}

/// A subject has one line: a line break in it would begin a head of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
