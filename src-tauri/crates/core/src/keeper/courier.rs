//! Carries letters to channels: at once where that is quick, on a thread of its own where a network is waited for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::alerts::{Channel, Letter, Notification, channel};
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::channels::{ChannelKind, ChannelSettings};
use crate::secrets::Secrets;

/// What came of a letter.
#[derive(Debug)]
pub struct Report {
    /// Which.
    pub letter: Letter,
    /// Why the channel did not take it; `None` when it did.
    pub problem: Option<String>,
}

/// Hears of letters that were carried on a thread.
pub type Listener = Arc<dyn Fn(Report) + Send + Sync>;

type Shared = Arc<Mutex<Box<dyn Channel>>>;

/// Carries letters.
pub struct Courier {
    native: Option<Shared>,
    secrets: Arc<Secrets>,
    channels: BTreeMap<String, Shared>,
    settings: Vec<ChannelSettings>,
    listener: Option<Listener>,
}

impl Courier {
    /// A courier with the desktop's own channel, if there is one.
    pub fn new(native: Option<Box<dyn Channel>>, secrets: Secrets) -> Self {
        Self {
            native: native.map(|channel| Arc::new(Mutex::new(channel))),
            secrets: Arc::new(secrets),
            channels: BTreeMap::new(),
            settings: Vec::new(),
            listener: None,
        }
    }

    /// Says who hears of letters that are carried on a thread; without anybody none is.
    pub fn report_to(&mut self, listener: Listener) {
        self.listener = Some(listener);
    }

    /// Where secrets are found.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The same, for whoever works on a thread of their own.
    pub fn shared_secrets(&self) -> &Arc<Secrets> {
        &self.secrets
    }

    /// Whether it can tell anybody anything.
    pub fn is_mute(&self) -> bool {
        self.native.is_none()
    }

    /// Makes ready the channels of a profile; those that stay as they are are kept.
    pub fn equip(&mut self, settings: &[ChannelSettings]) {
        if self.settings == settings {
            return;
        }
        self.channels = settings
            .iter()
            .filter_map(|one| {
                let shared = match &one.kind {
                    ChannelKind::Native => self.native.clone(),
                    _ => channel(one, &self.secrets).map(|made| Arc::new(Mutex::new(made))),
                };
                Some((one.name.clone(), shared?))
            })
            .collect();
        self.settings = settings.to_vec();
    }

    /// Carries a letter; gives what came of it where that is known at once.
    pub fn carry(&self, letter: Letter) -> Option<Report> {
        let Some(channel) = self.channels.get(&letter.channel).cloned() else {
            let problem = Some(format!("there is no channel “{}” here", letter.channel));
            return Some(Report { letter, problem });
        };
        let listener = self.listener.clone().filter(|_| lock(&channel).waits());
        let Some(listener) = listener else {
            let problem = hand_over(&channel, &letter.notification);
            return Some(Report { letter, problem });
        };
        let spare = letter.clone();
        let carried = std::thread::Builder::new().name("courier".into()).spawn(move || {
            let problem = hand_over(&channel, &letter.notification);
            listener(Report { letter, problem });
        });
        carried.err().map(|error| Report {
            letter: spare,
            problem: Some(format!("the system gave no thread: {error}")),
        })
    }

    /// Sends a test by the channel `name`, and calls `done` with what came of it, sooner or later.
    pub fn test(&self, name: &str, now: Instant, done: impl FnOnce(Result<()>) + Send + 'static) {
        let Some(channel) = self.channels.get(name).cloned() else {
            let known: Vec<&str> = self.channels.keys().map(String::as_str).collect();
            let error = Error::new(ErrorKind::NotFound, format!("there is no channel called “{name}”"));
            return done(Err(error.hint(format!("The channels are: {}.", known.join(", ")))));
        };
        let test = Notification::test(name, now);
        let sent = std::thread::Builder::new()
            .name("courier".into())
            .spawn(move || done(lock(&channel).deliver(&test)));
        if let Err(error) = sent {
            tracing::warn!(%error, "no thread for a test");
        }
    }
}

fn hand_over(channel: &Shared, notification: &Notification) -> Option<String> {
    let mut channel = lock(channel);
    let problem = channel.deliver(notification).err()?;
    let problem = match &problem.hint {
        Some(hint) => format!("{problem}. {hint}"),
        None => problem.to_string(),
    };
    tracing::warn!(channel = channel.name(), id = %notification.id, %problem, "notification not taken");
    Some(problem)
}

fn lock(channel: &Shared) -> std::sync::MutexGuard<'_, Box<dyn Channel>> {
    channel.lock().unwrap_or_else(PoisonError::into_inner)
}
