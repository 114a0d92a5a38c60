//! Every notification that an app sends, as it goes over the message bus to the real daemon.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use zbus::Message;
use zbus::blocking::{Connection, MessageIterator, connection};
use zbus::message::Type;
use zbus::zvariant::OwnedValue;

use crate::Desktop;

/// One notification as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The app's name for itself.
    pub app: String,
    /// The number of the notification that it takes the place of; 0 for a new one.
    pub replaces: u32,
    /// The bold line.
    pub summary: String,
    /// The text below.
    pub body: String,
    /// What its buttons say.
    pub actions: Vec<String>,
    /// The number that the daemon gave it, once it has answered.
    pub id: Option<u32>,
    serial: u32,
    sender: String,
}

/// Listens to all notifications from now on.
pub struct Notices {
    heard: Arc<Mutex<Vec<Notice>>>,
}

impl Notices {
    /// Starts to listen; everything sent after this returned is heard.
    ///
    /// # Errors
    /// When the bus allows no listening.
    pub fn listen(desktop: &Desktop) -> Result<Self> {
        // A connection that listens may not speak: it needs one of its own.
        let ear = connection::Builder::address(desktop.bus_address().as_str())?.build()?;
        let messages = MessageIterator::from(&ear);
        let rules = [
            "type='method_call',interface='org.freedesktop.Notifications',member='Notify'",
            "type='method_return',sender='org.freedesktop.Notifications'",
        ];
        ear.call_method(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            Some("org.freedesktop.DBus.Monitoring"),
            "BecomeMonitor",
            &(rules.as_slice(), 0_u32),
        )?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&heard);
        // Ends by itself when the bus does.
        std::thread::Builder::new().name("notices".into()).spawn(move || listen(ear, messages, &writer))?;
        Ok(Self { heard })
    }

    /// What was heard so far.
    pub fn heard(&self) -> Vec<Notice> {
        lock(&self.heard).clone()
    }
}

fn listen(ear: Connection, messages: MessageIterator, heard: &Mutex<Vec<Notice>>) {
    for message in messages {
        let Ok(message) = message else { break };
        let header = message.header();
        match header.message_type() {
            Type::MethodCall if header.member().is_some_and(|member| member == "Notify") => {
                if let Ok(notice) = read(&message) {
                    lock(heard).push(notice);
                }
            }
            Type::MethodReturn => {
                let to = header.destination().map(ToString::to_string);
                let answers = header.reply_serial().map(u32::from);
                if let Some(notice) = lock(heard)
                    .iter_mut()
                    .find(|notice| Some(&notice.sender) == to.as_ref() && Some(notice.serial) == answers)
                {
                    notice.id = message.body().deserialize::<u32>().ok();
                }
            }
            _ => {}
        }
    }
    drop(ear);
}

fn read(message: &Message) -> Result<Notice> {
    type Sent = (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedValue>, i32);
    let (app, replaces, _icon, summary, body, actions, ..): Sent = message.body().deserialize()?;
    let header = message.header();
    Ok(Notice {
        app,
        replaces,
        summary,
        body,
        // Names and words by turns.
        actions: actions.into_iter().skip(1).step_by(2).collect(),
        id: None,
        serial: u32::from(header.primary().serial_num()),
        sender: header.sender().map(ToString::to_string).unwrap_or_default(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
