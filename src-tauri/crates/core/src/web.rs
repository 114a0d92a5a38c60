//! How anything on the web is asked: once, no further than the address that a person named.

use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

/// The settings of one who asks once and waits `patience` at most.
///
/// A redirect leads somewhere that nobody named: it is an answer like any other, and no success. Nothing is kept open for a next time.
pub fn once(patience: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_idle_connections(0)
}
