//! The way to an OpenTelemetry collector: figures and events go there over HTTP, on a thread of their own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use prost::Message;

use super::lock;
use crate::clock::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::otlp::{Told, events, metrics};
use crate::metrics::{OwnCost, Reading};
use crate::secrets::Secret;
use crate::web;

/// How long an exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Figures are sent no more often.
const AGAIN: TimeDelta = TimeDelta::seconds(10);
/// Bytes of an answer that are read.
const MOST: u64 = 64 * 1024;

/// What is known of the way there; clones share it.
#[derive(Clone, Default)]
pub(super) struct Collector(Arc<Way>);

#[derive(Default)]
struct Way {
    under_way: AtomicBool,
    sent: Mutex<Sent>,
}

#[derive(Default)]
struct Sent {
    tried: Option<Instant>,
    /// Why the last try failed.
    failed: Option<String>,
    told: Told,
}

impl Collector {
    /// Begins to send what is `known` to the collector at `url`, unless that was done just now.
    ///
    /// # Errors
    /// Why the last try failed; it is tried again, and events that were not told of are told of then.
    pub fn send(
        &self,
        url: &str,
        token: Option<Secret>,
        known: impl FnOnce() -> (Vec<Reading>, String, OwnCost),
        now: Instant,
    ) -> Result<()> {
        let failed = {
            let mut sent = lock(&self.0.sent);
            let lately = sent.tried.is_some_and(|at| now - at < AGAIN && at <= now);
            if !lately && !self.0.under_way.swap(true, Ordering::AcqRel) {
                sent.tried = Some(now);
                let (this, url, (readings, host, cost)) = (self.clone(), url.to_owned(), known());
                let sending = move || this.exchange(&url, token.as_ref(), &readings, &host, cost, now);
                if std::thread::Builder::new().name("otlp".into()).spawn(sending).is_err() {
                    self.0.under_way.store(false, Ordering::Release);
                }
            }
            sent.failed.clone()
        };
        match failed {
            None => Ok(()),
            Some(why) => {
                Err(Error::new(ErrorKind::System, format!("the collector at {url} took nothing: {why}"))
                    .hint("Mend metrics.otlp of the profile, or start the collector; it is tried again."))
            }
        }
    }

    fn exchange(
        &self,
        url: &str,
        token: Option<&Secret>,
        readings: &[Reading],
        host: &str,
        cost: OwnCost,
        now: Instant,
    ) {
        let told = lock(&self.0.sent).told.clone();
        let figures = metrics(readings, host, cost, now).encode_to_vec();
        let mut done = post(&format!("{url}/v1/metrics"), token, &figures);
        let mut next = None;
        if let (Ok(()), Some((request, told))) = (&done, events(readings, &told, host, now)) {
            done = post(&format!("{url}/v1/logs"), token, &request.encode_to_vec());
            next = done.is_ok().then_some(told);
        }
        let mut sent = lock(&self.0.sent);
        sent.failed = done.err();
        if let Some(next) = next {
            sent.told = next;
        }
        self.0.under_way.store(false, Ordering::Release);
    }
}

/// Sends a message; why it was not taken, in words.
fn post(url: &str, token: Option<&Secret>, body: &[u8]) -> Result<(), String> {
    let agent = web::once(PATIENCE).build().new_agent();
    let mut request = agent.post(url).content_type("application/x-protobuf");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {}", token.reveal()));
    }
    let mut answer = request.send(body).map_err(|error| error.to_string())?;
    let status = answer.status();
    let _ = answer.body_mut().with_config().limit(MOST).read_to_vec();
    if status.is_success() { Ok(()) } else { Err(format!("it answers {status}")) }
}
