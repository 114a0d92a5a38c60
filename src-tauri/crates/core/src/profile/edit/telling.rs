//! Who is told what, when and by which way: read for a form, and written back.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Editing, set};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::channels::{
    Address, ChannelKind, ChannelSettings, MailSettings, SecretSource, Security, WebhookFormat,
    WebhookSettings,
};
use crate::profile::model::{NotifyFrom, Profile};
use crate::signal::{Level, SignalId};

/// Who is told what, as a form shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Telling {
    /// When people are left alone.
    pub quiet: QuietDraft,
    /// From which colour on each signal is told.
    pub signals: Vec<ToldFrom>,
    /// The ways to tell.
    pub channels: Vec<ChannelDraft>,
}

/// Quiet hours as a form shows them; empty times mean none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct QuietDraft {
    /// When they begin, `22:00`.
    pub from: String,
    /// When they end.
    pub until: String,
    /// Whether red comes through.
    pub red: bool,
}

/// From which colour on a signal is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ToldFrom {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// From where on.
    pub from: NotifyFrom,
}

/// A channel as a form shows it: each key of the profile as text; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the keys are those of config/default.toml, where each is explained")]
pub struct ChannelDraft {
    pub name: String,
    pub kind: String,
    pub from: String,
    pub recoveries: bool,
    pub after: String,
    pub server: String,
    pub port: u16,
    pub security: String,
    pub user: String,
    pub secret: String,
    pub sender: String,
    pub to: Vec<String>,
    pub url: String,
    pub url_secret: String,
    pub format: String,
    pub template: String,
    pub ca_file: String,
}

/// One change of who is told what.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum TellingChange {
    /// Other quiet hours.
    Quiet {
        /// The new ones.
        quiet: QuietDraft,
    },
    /// A signal is told from another colour on.
    Signal {
        /// Which one.
        signal: SignalId,
        /// From where on.
        from: NotifyFrom,
    },
    /// A channel is added, or takes the place of the one called `before`.
    Channel {
        /// The one that it replaces; `None` = a new one.
        before: Option<String>,
        /// The channel.
        channel: Box<ChannelDraft>,
    },
    /// A channel is taken out.
    NoChannel {
        /// Which one.
        name: String,
    },
}

/// Who is told what by this profile.
pub fn telling(profile: &Profile) -> Telling {
    let time = |time: NaiveTime| time.format("%H:%M").to_string();
    let quiet = profile.quiet.as_ref().map_or_else(
        || QuietDraft { red: true, ..QuietDraft::default() },
        |quiet| QuietDraft { from: time(quiet.from), until: time(quiet.until), red: quiet.red },
    );
    let told = |signal: SignalId| ToldFrom {
        signal,
        label: signal.label().to_owned(),
        from: profile.alerts.notify_from(signal),
    };
    Telling {
        quiet,
        signals: SignalId::ALL.iter().copied().map(told).collect(),
        channels: profile.channels.iter().map(draft_of).collect(),
    }
}

impl Editing {
    /// The text after a change of who is told what, and the profile that it says.
    ///
    /// # Errors
    /// When the file is no profile now, or would be none after it: the mistake with its line and key. `NotFound` when
    /// the channel that is meant is not there.
    pub fn with_telling(&self, change: &TellingChange) -> Result<(String, Profile)> {
        let (_, now) = self.changed(|_| Ok(()))?;
        self.changed(|document| match change {
            TellingChange::Quiet { quiet } => {
                for (key, time) in [("from", &quiet.from), ("until", &quiet.until)] {
                    set(document, &["quiet"], key, Value::from(time.trim()));
                }
                set(document, &["quiet"], "red", Value::from(quiet.red));
                Ok(())
            }
            TellingChange::Signal { signal, from } => {
                let word = match from {
                    NotifyFrom::Never => "never",
                    NotifyFrom::Yellow => "yellow",
                    NotifyFrom::Red => "red",
                };
                set(document, &["alerts", "signals", signal.as_str()], "notify", Value::from(word));
                Ok(())
            }
            TellingChange::Channel { before, channel } => {
                let tables = channel_tables(document, &now);
                let place = before.as_deref().map(|name| place_of(&now, name)).transpose()?;
                match place.and_then(|place| tables.get_mut(place)) {
                    Some(table) => fill(table, channel),
                    None => {
                        let mut table = Table::new();
                        fill(&mut table, channel);
                        tables.push(table);
                    }
                }
                Ok(())
            }
            TellingChange::NoChannel { name } => {
                let place = place_of(&now, name)?;
                let tables = channel_tables(document, &now);
                tables.remove(place);
                if tables.is_empty() {
                    document.insert("channels", Item::Value(Value::Array(Array::new())));
                }
                Ok(())
            }
        })
    }
}

fn place_of(profile: &Profile, name: &str) -> Result<usize> {
    profile.channels.iter().position(|channel| channel.name == name).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("there is no channel “{name}” in the profile"))
            .hint("Look at what the profile says now.")
    })
}

/// The channels of the file as tables, in their order; those of the defaults where it names none yet.
fn channel_tables<'a>(document: &'a mut DocumentMut, now: &Profile) -> &'a mut ArrayOfTables {
    let item = document.entry("channels").or_insert_with(|| {
        let mut tables = ArrayOfTables::new();
        for channel in &now.channels {
            let mut table = Table::new();
            fill(&mut table, &draft_of(channel));
            tables.push(table);
        }
        Item::ArrayOfTables(tables)
    });
    if !item.is_array_of_tables() {
        let tables = std::mem::take(item).into_array_of_tables().unwrap_or_default();
        *item = Item::ArrayOfTables(tables);
    }
    // It was just made one.
    #[allow(clippy::expect_used, reason = "the line above made it an array of tables")]
    item.as_array_of_tables_mut().expect("an array of tables")
}

/// Sets what differs from what a key that is left out means, and what the table says already.
fn fill(table: &mut Table, channel: &ChannelDraft) {
    let mut text = |key: &str, value: &str, usual: &str| put(table, key, value.into(), value == usual);
    text("name", channel.name.trim(), "");
    text("kind", channel.kind.trim(), "");
    text("from", &channel.from, "yellow");
    text("after", channel.after.trim(), "");
    text("server", channel.server.trim(), "");
    text("security", &channel.security, "tls");
    text("user", channel.user.trim(), "");
    text("secret", channel.secret.trim(), "");
    text("sender", channel.sender.trim(), "");
    text("url", channel.url.trim(), "");
    text("url_secret", channel.url_secret.trim(), "");
    text("format", &channel.format, "slack");
    text("template", &channel.template, "");
    text("ca_file", channel.ca_file.trim(), "");
    put(table, "recoveries", channel.recoveries.into(), channel.recoveries);
    put(table, "port", i64::from(channel.port).into(), channel.port == 0);
    let to: Array = channel.to.iter().map(|one| one.trim()).filter(|one| !one.is_empty()).collect();
    let nobody = to.is_empty();
    put(table, "to", Value::Array(to), nobody);
}

fn put(table: &mut Table, key: &str, value: Value, usual: bool) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None if usual => {}
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn draft_of(channel: &ChannelSettings) -> ChannelDraft {
    let draft = ChannelDraft {
        name: channel.name.clone(),
        from: if channel.from == Level::Red { "red" } else { "yellow" }.into(),
        recoveries: channel.recoveries,
        after: channel.after.map(|after| format!("{}m", after.as_secs().div_ceil(60))).unwrap_or_default(),
        security: "tls".into(),
        format: "slack".into(),
        ..ChannelDraft::default()
    };
    match &channel.kind {
        ChannelKind::Native => ChannelDraft { kind: "native".into(), ..draft },
        ChannelKind::Mail(mail) => mail_draft(mail, draft),
        ChannelKind::Webhook(webhook) => webhook_draft(webhook, draft),
    }
}

fn mail_draft(mail: &MailSettings, draft: ChannelDraft) -> ChannelDraft {
    let security = match mail.security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::None => "none",
    };
    ChannelDraft {
        kind: "mail".into(),
        server: mail.server.clone(),
        port: mail.port.unwrap_or(0),
        security: security.into(),
        user: mail.user.clone().unwrap_or_default(),
        secret: mail.secret.as_ref().map(place).unwrap_or_default(),
        sender: mail.sender.clone(),
        to: mail.to.clone(),
        ca_file: mail.ca_file.as_ref().map(|file| file.display().to_string()).unwrap_or_default(),
        ..draft
    }
}

fn webhook_draft(webhook: &WebhookSettings, draft: ChannelDraft) -> ChannelDraft {
    let (url, url_secret) = match &webhook.url {
        Address::Plain(url) => (url.clone(), String::new()),
        Address::Secret(source) => (String::new(), place(source)),
    };
    let (format, template) = match &webhook.format {
        WebhookFormat::Slack => ("slack", String::new()),
        WebhookFormat::Ntfy => ("ntfy", String::new()),
        WebhookFormat::Json(template) => ("json", template.clone()),
    };
    ChannelDraft {
        kind: "webhook".into(),
        url,
        url_secret,
        format: format.into(),
        template,
        secret: webhook.secret.as_ref().map(place).unwrap_or_default(),
        ca_file: webhook.ca_file.as_ref().map(|file| file.display().to_string()).unwrap_or_default(),
        ..draft
    }
}

fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Keychain(name) => format!("keychain:{name}"),
        SecretSource::Variable(name) => format!("env:{name}"),
        SecretSource::File(path) => format!("file:{}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::editing;
    use super::*;

    const BEFORE: &str = "# Mine.\n[ecosystem]\nroot = \"/eco\"\n\n# How.\n[[channels]]\nname = \"native\" # here\n\
        kind = \"native\"\n\n[[channels]]\nname = \"team\"\nkind = \"webhook\"\nurl = \"https://example.com/x\" # theirs\n";

    fn mail() -> ChannelDraft {
        ChannelDraft {
            name: "mail".into(),
            kind: "mail".into(),
            from: "red".into(),
            recoveries: true,
            after: "30m".into(),
            server: "smtp.example.com".into(),
            security: "starttls".into(),
            user: "me".into(),
            secret: "keychain:smtp".into(),
            sender: "me@example.com".into(),
            to: vec!["you@example.com".into(), " ".into()],
            format: "slack".into(),
            ..ChannelDraft::default()
        }
    }

    fn names(profile: &Profile) -> Vec<&str> {
        profile.channels.iter().map(|channel| channel.name.as_str()).collect()
    }

    #[test]
    fn a_channel_is_added_changed_and_taken_out_and_the_rest_stays_byte_for_byte() {
        let (_dir, first) = editing(BEFORE);
        let add = TellingChange::Channel { before: None, channel: Box::new(mail()) };
        let (text, profile) = first.with_telling(&add).unwrap();
        assert!(text.starts_with(BEFORE), "{text}");
        assert_eq!(names(&profile), ["native", "team", "mail"]);
        let shown = telling(&profile).channels.remove(2);
        assert_eq!(shown, ChannelDraft { to: vec!["you@example.com".into()], ..mail() });

        let mut team = telling(&profile).channels.remove(1);
        team.url = "https://example.com/y".into();
        let change = TellingChange::Channel { before: Some("team".into()), channel: Box::new(team) };
        let (text, _) = first.with_telling(&change).unwrap();
        assert_eq!(text, BEFORE.replace("example.com/x", "example.com/y"));

        let (text, profile) = first.with_telling(&TellingChange::NoChannel { name: "team".into() }).unwrap();
        assert_eq!(text, BEFORE.split("\n[[channels]]\nname = \"team\"").next().unwrap());
        assert_eq!(names(&profile), ["native"]);
        let none = first.with_telling(&TellingChange::NoChannel { name: "other".into() }).unwrap_err();
        assert_eq!(none.kind, ErrorKind::NotFound);
    }

    #[test]
    fn channels_of_the_defaults_stay_when_the_first_own_one_comes_and_none_at_all_can_be_said() {
        for file in ["ecosystem.root = '/eco'\n", "ecosystem.root = '/eco'\nchannels = []\n"] {
            let (_dir, first) = editing(file);
            let defaults = usize::from(!file.contains("channels"));
            let (text, profile) = first
                .with_telling(&TellingChange::Channel { before: None, channel: Box::new(mail()) })
                .unwrap();
            assert_eq!(profile.channels.len(), defaults + 1, "{text}");
        }
        let (_dir, first) = editing("ecosystem.root = '/eco'\n[quiet]\nred = true\n");
        let (text, profile) =
            first.with_telling(&TellingChange::NoChannel { name: "native".into() }).unwrap();
        assert!(profile.channels.is_empty() && text.contains("channels = []"), "{text}");
        let (_dir, inline) =
            editing("channels = [{ name = 'a', kind = 'native' }]\necosystem.root = '/eco'\n");
        let (text, profile) =
            inline.with_telling(&TellingChange::Channel { before: None, channel: Box::new(mail()) }).unwrap();
        assert_eq!(names(&profile), ["a", "mail"], "{text}");
    }

    #[test]
    fn what_would_be_no_channel_is_refused_and_a_secret_itself_is_not_shown() {
        let (_dir, first) = editing(BEFORE);
        let with = |channel: ChannelDraft| {
            let channel = Box::new(channel);
            first.with_telling(&TellingChange::Channel { before: None, channel }).unwrap_err()
        };
        let error = with(ChannelDraft { secret: "hush-hush".into(), ..mail() });
        assert!(error.to_string().contains("secret") && !format!("{error:?}").contains("hush"), "{error:?}");
        let error = with(ChannelDraft { name: "native".into(), ..mail() });
        assert!(error.to_string().contains("native"), "{error}");
    }

    #[test]
    fn quiet_hours_and_the_colour_from_which_a_signal_is_told_are_set() {
        let (_dir, first) = editing(BEFORE);
        let quiet = QuietDraft { from: "22:00".into(), until: "07:00".into(), red: false };
        let (text, profile) = first.with_telling(&TellingChange::Quiet { quiet: quiet.clone() }).unwrap();
        assert!(text.starts_with(BEFORE), "{text}");
        assert_eq!(telling(&profile).quiet, quiet);
        let wrong = QuietDraft { until: String::new(), ..quiet };
        assert!(first.with_telling(&TellingChange::Quiet { quiet: wrong }).is_err());
        let change = TellingChange::Signal { signal: SignalId::DiskFree, from: NotifyFrom::Yellow };
        let (_, profile) = first.with_telling(&change).unwrap();
        assert_eq!(profile.alerts.notify_from(SignalId::DiskFree), NotifyFrom::Yellow);
        assert_eq!(profile.alerts.notify_from(SignalId::DataSize), NotifyFrom::Red);
    }
}
