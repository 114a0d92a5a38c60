//! The board on which every loop of this program lays out its newest figures, for whoever collects them: a file, a page.

#[cfg(feature = "otlp")]
mod collector;
mod listener;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::keeper::board::listener::Listener;
use crate::keeper::cost::OwnCostSensor;
use crate::metrics::{OwnCost, Reading, open_metrics};
use crate::profile::MetricsSettings;
use crate::secrets::{Secret, Secrets};

/// The newest figures of all ecosystems that this program watches; clones share them.
#[derive(Clone, Default)]
pub struct Board(Arc<Shared>);

#[derive(Default)]
struct Shared {
    readings: Mutex<BTreeMap<String, Reading>>,
    own: Mutex<OwnCostSensor>,
    listeners: Mutex<HashMap<SocketAddr, Listener>>,
    /// By their addresses.
    #[cfg(feature = "otlp")]
    collectors: Mutex<HashMap<String, collector::Collector>>,
}

impl Board {
    /// Lays out the figures of one ecosystem in place of its last ones.
    pub fn put(&self, reading: Reading) {
        lock(&self.0.readings).insert(reading.id.clone(), reading);
    }

    /// Takes the figures of one ecosystem away: nobody watches it any more.
    pub fn take_away(&self, id: &str) {
        lock(&self.0.readings).remove(id);
    }

    /// Everything that lies there, as OpenMetrics text.
    pub fn text(&self, now: Instant) -> String {
        let (readings, cost) = self.known(now);
        open_metrics(&readings, &host(), cost)
    }

    /// Writes everything where `settings` say so, has it answered and sent where they say so.
    ///
    /// # Errors
    /// Why it could not be written, or not be listened for; each is tried again the next time.
    pub fn show(&self, settings: &MetricsSettings, secrets: &Secrets, now: Instant) -> Result<()> {
        let listened = match settings.listen {
            Some(address) => {
                let token = settings.token.as_ref().map(|source| secrets.get(source)).transpose();
                token.and_then(|token| self.listen(address, token))
            }
            None => Ok(()),
        };
        if let Some(file) = &settings.file {
            write(file, &self.text(now))?;
        }
        #[cfg(feature = "otlp")]
        if let Some(url) = &settings.otlp {
            let token = settings.otlp_token.as_ref().map(|source| secrets.get(source)).transpose()?;
            let collector = lock(&self.0.collectors).entry(url.clone()).or_default().clone();
            let known = || {
                let (readings, cost) = self.known(now);
                (readings, host(), cost)
            };
            collector.send(url, token, known, now)?;
        }
        listened
    }

    /// Everything that lies there, and what Caretaker itself costs.
    fn known(&self, now: Instant) -> (Vec<Reading>, OwnCost) {
        let readings = lock(&self.0.readings).values().cloned().collect();
        (readings, lock(&self.0.own).look(now))
    }

    /// Answers at `address` from now on, to whoever shows `token`; what answers there already goes on.
    fn listen(&self, address: SocketAddr, token: Option<Secret>) -> Result<()> {
        let mut listeners = lock(&self.0.listeners);
        if listeners.get(&address).is_some_and(|listener| listener.asks_for(token.as_ref())) {
            return Ok(());
        }
        // The old one lets go of the address first.
        listeners.remove(&address);
        // Weak: who answers must not keep alive what it tells of.
        let shared = Arc::downgrade(&self.0);
        let text = move |now| shared.upgrade().map(|shared| Board(shared).text(now));
        listeners.insert(address, Listener::start(address, token, text)?);
        Ok(())
    }

    /// Answers at `address` no longer; whoever wants it still says so at the next look.
    pub fn leave(&self, address: SocketAddr) {
        lock(&self.0.listeners).remove(&address);
    }
}

/// The name of this machine.
pub fn host() -> String {
    sysinfo::System::host_name().unwrap_or_else(|_| "localhost".to_owned())
}

/// Replaces the file in one step, without waiting for the disk: the next look writes it anew.
fn write(file: &Path, text: &str) -> Result<()> {
    let failed = |error| Error::io("write", file, error).hint("Mend metrics.file of the profile.");
    let folder = file.parent().unwrap_or(Path::new("/"));
    // Collectors read what ends in .prom, so that half a file must not.
    let mut half = tempfile::Builder::new()
        .prefix(".caretaker-")
        .suffix(".half")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed)?;
    std::io::Write::write_all(&mut half, text.as_bytes()).map_err(failed)?;
    half.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, WallClock};

    #[test]
    fn a_file_is_replaced_whole_and_a_folder_that_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (board, secrets) = (Board::default(), Secrets::new(|_| None));
        board.put(Reading::unknown("main", "vy"));
        let file = dir.path().join("caretaker.prom");
        let settings = MetricsSettings { file: Some(file.clone()), ..MetricsSettings::default() };
        board.show(&settings, &secrets, WallClock.now()).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("caretaker_light{ecosystem=\"vy\"") && text.ends_with("# EOF\n"), "{text}");
        board.take_away("main");
        board.show(&settings, &secrets, WallClock.now()).unwrap();
        assert!(!std::fs::read_to_string(&file).unwrap().contains("vy"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no half file stays");

        let nowhere = dir.path().join("none/caretaker.prom");
        let settings = MetricsSettings { file: Some(nowhere), ..MetricsSettings::default() };
        let error = board.show(&settings, &secrets, WallClock.now()).unwrap_err();
        assert!(error.to_string().contains("none/caretaker.prom"), "{error}");
    }
}
