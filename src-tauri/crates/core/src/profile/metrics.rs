//! Where figures are laid out for Prometheus.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::channels::SecretSource;

/// Where figures are laid out for Prometheus, or sent to; nowhere by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricsSettings {
    /// A file for node_exporter's textfile collector, absolute.
    pub file: Option<PathBuf>,
    /// An address of this machine where they can be asked for.
    pub listen: Option<SocketAddr>,
    /// What whoever asks must show.
    pub token: Option<SecretSource>,
    /// The collector that they are sent to, by OTLP over HTTP.
    pub otlp: Option<String>,
    /// What is shown to it.
    pub otlp_token: Option<SecretSource>,
}

impl MetricsSettings {
    /// Whether they are laid out anywhere.
    pub fn any(&self) -> bool {
        self.file.is_some() || self.listen.is_some() || self.otlp.is_some()
    }
}
