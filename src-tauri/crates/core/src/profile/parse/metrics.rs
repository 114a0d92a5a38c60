//! Where figures are laid out for Prometheus.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::super::metrics::MetricsSettings;
use super::super::reader::Section;
use super::channels::{at_home, secret, web_address};

pub(super) fn metrics(section: &Section<'_>, home: Option<&Path>) -> Option<MetricsSettings> {
    let (file, listen) = (file(section, home), listen(section));
    let token = secret(section, "token", home);
    let otlp = otlp(section);
    let otlp_token = secret(section, "otlp_token", home);
    section.refuse_others();
    Some(MetricsSettings { file: file?, listen: listen?, token, otlp: otlp?, otlp_token })
}

fn otlp(section: &Section<'_>) -> Option<Option<String>> {
    let text = section.text("otlp")?;
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return Some(None);
    }
    if !cfg!(feature = "otlp") {
        section.wrong("otlp", "names a collector, and this Caretaker was built without the feature otlp");
        return None;
    }
    match web_address(text) {
        Ok(()) => Some(Some(text.to_owned())),
        Err(wrong) => {
            section.wrong("otlp", wrong);
            None
        }
    }
}

fn file(section: &Section<'_>, home: Option<&Path>) -> Option<Option<PathBuf>> {
    let text = section.text("file")?;
    if text.trim().is_empty() {
        return Some(None);
    }
    let path = at_home(text.trim(), home);
    if !path.is_absolute() || path.extension().is_none_or(|ending| ending != "prom") {
        section.wrong(
            "file",
            "must be a whole path that ends in .prom, such as \"/var/lib/node_exporter/caretaker.prom\"",
        );
        return None;
    }
    Some(Some(path))
}

fn listen(section: &Section<'_>) -> Option<Option<SocketAddr>> {
    let text = section.text("listen")?;
    if text.trim().is_empty() {
        return Some(None);
    }
    match text.trim().parse::<SocketAddr>() {
        // Whoever wants figures on the network puts a server with encryption and rights before it.
        Ok(address) if address.ip().is_loopback() && address.port() != 0 => Some(Some(address)),
        _ => {
            section.wrong(
                "listen",
                "must be an address of this machine alone with its port, such as \"127.0.0.1:9464\"",
            );
            None
        }
    }
}
