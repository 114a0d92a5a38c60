//! Hands notifications to the channels and keeps what came of it.

use crate::alerts::{Channel, Delivery, Notification};
use crate::clock::Instant;

/// Hands one notification to every channel; a channel that fails does not keep the others from it.
pub fn announce(
    channels: &mut [Box<dyn Channel>],
    notification: &Notification,
    now: Instant,
) -> Vec<Delivery> {
    channels
        .iter_mut()
        .map(|channel| {
            let problem = channel.deliver(notification).err().map(|error| error.to_string());
            if let Some(problem) = &problem {
                tracing::warn!(channel = channel.name(), id = %notification.id, %problem, "notification not taken");
            }
            Delivery { kind: notification.kind, channel: channel.name().to_owned(), at: now, problem }
        })
        .collect()
}
