//! A probe that is a loopback address: nothing leaves this machine.

use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;

use crate::web;

/// Asks `url` and returns the body.
pub(super) fn get(url: &str, timeout: Duration, cap: u64) -> Result<Vec<u8>, String> {
    check(url)?;
    // A proxy would lead out of this machine.
    let agent = web::once(timeout).proxy(None).build().new_agent();
    let mut answer = agent.get(url).call().map_err(|e| format!("{url} does not answer: {e}"))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("{url} answers {status}"));
    }
    let mut body = Vec::new();
    let reader = answer.body_mut().as_reader();
    reader.take(cap.saturating_add(1)).read_to_end(&mut body).map_err(|e| format!("{url} broke off: {e}"))?;
    if body.len() as u64 > cap {
        return Err(format!("{url} answers with more than {cap} bytes"));
    }
    Ok(body)
}

/// Accepts `http://` to this machine only; a host name other than `localhost` could point anywhere.
fn check(url: &str) -> Result<(), String> {
    let uri: ureq::http::Uri = url.parse().map_err(|e| format!("{url} is not an address: {e}"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let here =
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if uri.scheme_str() == Some("http") && here {
        return Ok(());
    }
    Err(format!("{url} is refused: a probe asks http:// on this machine only (127.0.0.1, ::1 or localhost)"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_this_machine_is_asked() {
        for url in
            ["http://127.0.0.1:8080/health", "http://localhost/", "http://[::1]:9000/x", "http://127.9.9.9/"]
        {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost@example.com/",
            "http://0.0.0.0/",
            "file:///etc/passwd",
            "health",
            "",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }
}
