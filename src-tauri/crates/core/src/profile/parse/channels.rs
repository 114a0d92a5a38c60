//! The ways to tell people, read from a profile.

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::super::channels::{
    Address, ChannelKind, ChannelSettings, MailSettings, QuietHours, SecretSource, Security, WebhookFormat,
    WebhookSettings,
};
use super::super::reader::Section;
use super::super::units::shown;
use super::records::{list, time_of_day};
use super::{DAY, SECOND};
use crate::signal::Level;

/// More ways than these are a mistake of whoever wrote the file.
const MOST: usize = 20;

pub(super) fn channels(top: &Section<'_>, home: Option<&Path>) -> Vec<ChannelSettings> {
    let mut seen = HashSet::new();
    let mut channels = Vec::new();
    for section in list(top, "channels", MOST) {
        let name = section.text_or_none("name");
        let kind = section.text("kind");
        let from = level(&section);
        let recoveries = section.flag("recoveries");
        let after = match section.text("after") {
            Some(text) if text.trim().is_empty() => None,
            Some(_) => section.time("after", SECOND..=DAY * 7),
            None => None,
        };
        // All keys are asked for, whatever the kind: each belongs to the list.
        let secret = secret(&section, "secret", home);
        let mail = mail(&section, home, secret.clone(), kind.as_deref() == Some("mail"));
        let webhook = webhook(&section, home, secret, kind.as_deref() == Some("webhook"));
        section.refuse_others();
        let kind = match kind.as_deref() {
            Some("native") => Some(ChannelKind::Native),
            Some("mail") => mail.map(|mail| ChannelKind::Mail(Box::new(mail))),
            Some("webhook") => webhook.map(|webhook| ChannelKind::Webhook(Box::new(webhook))),
            Some(other) => {
                section.wrong(
                    "kind",
                    format!("is {}; it must be \"native\", \"mail\" or \"webhook\"", shown(other)),
                );
                None
            }
            None => None,
        };
        let Some(name) = name else {
            section.wrong("name", "is empty; every channel needs a name of its own");
            continue;
        };
        if !seen.insert(name.clone()) {
            section.wrong(
                "name",
                format!("{} is there twice; every channel needs a name of its own", shown(&name)),
            );
            continue;
        }
        let (Some(kind), Some(from)) = (kind, from) else { continue };
        channels.push(ChannelSettings { name, kind, from, recoveries, after });
    }
    channels
}

fn level(section: &Section<'_>) -> Option<Level> {
    match section.text("from")?.as_str() {
        "yellow" => Some(Level::Yellow),
        "red" => Some(Level::Red),
        other => {
            section.wrong("from", format!("is {}; it must be \"yellow\" or \"red\"", shown(other)));
            None
        }
    }
}

fn mail(
    section: &Section<'_>,
    home: Option<&Path>,
    secret: Option<SecretSource>,
    wanted: bool,
) -> Option<MailSettings> {
    let server = section.text_or_none("server");
    let port = port(section);
    let security = section.text("security");
    let user = section.text_or_none("user");
    let sender = section.text_or_none("sender");
    let to = section.words("to");
    let ca_file = section.text_or_none("ca_file").map(|path| at_home(&path, home));
    if !wanted {
        return None;
    }
    let need = |key: &'static str, value: Option<String>| {
        if value.is_none() {
            section.wrong(key, "is missing; a mail channel needs server, sender and to");
        }
        value
    };
    let (server, sender) = (need("server", server), need("sender", sender));
    for (key, address) in
        sender.iter().map(|address| ("sender", address)).chain(to.iter().map(|to| ("to", to)))
    {
        if address.parse::<lettre::message::Mailbox>().is_err() {
            section.wrong(key, format!("{} is no e-mail address", shown(address)));
        }
    }
    if to.is_empty() {
        section.wrong("to", "is empty; name at least one e-mail address");
    }
    let security = match security.as_deref() {
        Some("tls") => Security::Tls,
        Some("starttls") => Security::StartTls,
        Some("none") => {
            if server.as_deref().is_some_and(|server| !is_here(server)) {
                section.wrong(
                    "security",
                    "\"none\" is for a server on this machine only; use \"tls\" or \"starttls\"",
                );
            }
            Security::None
        }
        other => {
            let is = shown(other.unwrap_or_default());
            section.wrong("security", format!("is {is}; it must be \"tls\", \"starttls\" or \"none\""));
            return None;
        }
    };
    Some(MailSettings { server: server?, port, security, user, secret, sender: sender?, to, ca_file })
}

fn webhook(
    section: &Section<'_>,
    home: Option<&Path>,
    secret: Option<SecretSource>,
    wanted: bool,
) -> Option<WebhookSettings> {
    let url = section.text_or_none("url");
    let url_secret = self::secret(section, "url_secret", home);
    let format = section.text("format");
    let template = section.text_or_none("template");
    let ca_file = section.text_or_none("ca_file").map(|path| at_home(&path, home));
    if !wanted {
        return None;
    }
    let url = match (url, url_secret) {
        (Some(url), None) => {
            if let Err(wrong) = web_address(&url) {
                section.wrong("url", wrong);
            }
            Address::Plain(url)
        }
        (None, Some(secret)) => Address::Secret(secret),
        (Some(_), Some(_)) => {
            section.wrong("url", "`url` and `url_secret` are both set; keep one of them");
            return None;
        }
        (None, None) => {
            section.wrong(
                "url",
                "is missing; a webhook needs url, or url_secret where the address itself is the secret",
            );
            return None;
        }
    };
    let format = match format.as_deref() {
        Some("slack") => WebhookFormat::Slack,
        Some("ntfy") => WebhookFormat::Ntfy,
        Some("json") => {
            let template = template.unwrap_or_default();
            if let Err(wrong) = crate::profile::fill_template(&template, |_| Some(String::new())) {
                section.wrong("template", wrong);
            }
            WebhookFormat::Json(template)
        }
        other => {
            let is = shown(other.unwrap_or_default());
            section.wrong("format", format!("is {is}; it must be \"slack\", \"ntfy\" or \"json\""));
            return None;
        }
    };
    Some(WebhookSettings { url, format, secret, ca_file })
}

fn port(section: &Section<'_>) -> Option<u16> {
    let found = section.value("port")?;
    match found.item.as_integer().map(u16::try_from) {
        Some(Ok(0)) => None,
        Some(Ok(port)) => Some(port),
        _ => {
            section.wrong("port", "must be a whole number from 1 to 65535, or 0 for the usual one");
            None
        }
    }
}

pub(super) fn secret(section: &Section<'_>, key: &'static str, home: Option<&Path>) -> Option<SecretSource> {
    let text = section.text_or_none(key)?;
    let source = match text.split_once(':') {
        Some(("keychain", name)) if !name.trim().is_empty() => SecretSource::Keychain(name.trim().to_owned()),
        Some(("env", name)) if !name.trim().is_empty() => SecretSource::Variable(name.trim().to_owned()),
        Some(("file", path)) if !path.trim().is_empty() => SecretSource::File(at_home(path.trim(), home)),
        _ => {
            // Not shown: it may be the secret itself.
            section.wrong(
                key,
                "must say where the secret lies, never the secret itself: \"keychain:NAME\", \"env:NAME\" or \"file:/PATH\"",
            );
            return None;
        }
    };
    Some(source)
}

pub(super) fn at_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Accepts `https://`, and `http://` to this machine.
///
/// # Errors
/// What is wrong with it, without the address, which may be a secret.
pub fn web_address(url: &str) -> Result<(), String> {
    let wrong =
        || "is no address that may be sent to; it must be https://…, or http:// to this machine".to_owned();
    let uri: ureq::http::Uri = url.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?;
    let bare = !uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        Some("https") if bare => Ok(()),
        Some("http") if bare && is_here(host) => Ok(()),
        _ => Err(wrong()),
    }
}

fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Quiet hours; `None` where there are none.
pub(super) fn quiet(section: &Section<'_>) -> Option<QuietHours> {
    let time = |key: &'static str| {
        let text = section.text_or_none(key)?;
        let time = time_of_day(&text);
        if time.is_none() {
            section.wrong(key, format!("{} is no time of day; write it like \"22:00\"", shown(&text)));
        }
        time
    };
    let (from, until) = (time("from"), time("until"));
    let red = section.flag("red");
    section.refuse_others();
    match (from, until) {
        (Some(from), Some(until)) if from == until => {
            section.wrong(
                "until",
                "is the same as `from`: nothing would ever be told; change one, or leave both empty",
            );
            None
        }
        (Some(from), Some(until)) => Some(QuietHours { from, until, red }),
        (Some(_), None) if !section.sets("until") || section.text_or_none("until").is_none() => {
            section.wrong("from", "has no end; set `until` too");
            None
        }
        (None, Some(_)) if section.text_or_none("from").is_none() => {
            section.wrong("until", "has no beginning; set `from` too");
            None
        }
        _ => None,
    }
}
