//! One page on this machine alone: `/metrics`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::clock::{Clock, Instant, WallClock};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics;
use crate::secrets::Secret;

/// Who asks slowly is left.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many may ask at once.
const AT_ONCE: usize = 16;

/// Answers until it is dropped.
pub(super) struct Listener {
    token: Option<Secret>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What every answer needs.
struct Page<T> {
    address: SocketAddr,
    token: Option<Secret>,
    text: T,
}

impl Listener {
    /// Answers at `address` with what `text` gives, on a thread of its own.
    ///
    /// # Errors
    /// When the address is taken, or the system gives no thread.
    pub fn start<T>(address: SocketAddr, token: Option<Secret>, text: T) -> Result<Self>
    where
        T: Fn(Instant) -> Option<String> + Send + Sync + 'static,
    {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Busy, format!("metrics cannot be answered at {address}"))
                .because(error)
                .hint("Another program may listen there: choose another port for metrics.listen.")
        };
        let bound = std::net::TcpListener::bind(address).map_err(failed)?;
        bound.set_nonblocking(true).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let page = Arc::new(Page { address, token: token.clone(), text });
        let (stop, stopped) = oneshot::channel();
        let answering = move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(bound) else { return };
                tokio::select! { _ = stopped => {}, () = answer_all(listener, page) => {} }
            });
        };
        let thread = std::thread::Builder::new().name("metrics".into()).spawn(answering).map_err(failed)?;
        Ok(Self { token, stop: Some(stop), thread: Some(thread) })
    }

    /// Whether that is what must be shown.
    pub fn asks_for(&self, token: Option<&Secret>) -> bool {
        self.token.as_ref() == token && self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer_all<T>(listener: TcpListener, page: Arc<Page<T>>)
where
    T: Fn(Instant) -> Option<String> + Send + Sync + 'static,
{
    let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of handles, for example: others must get some first.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let page = Arc::clone(&page);
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(|request| {
                let answer = page.answer(&request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = tokio::time::timeout(PATIENCE, connection).await;
        });
    }
}

impl<T: Fn(Instant) -> Option<String>> Page<T> {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let headers = request.headers();
        if !self.is_meant(headers) {
            return said(StatusCode::MISDIRECTED_REQUEST, "This answers for this machine alone.\n");
        }
        if request.uri().path() != "/metrics" {
            return said(StatusCode::NOT_FOUND, "The figures are at /metrics.\n");
        }
        if request.method() != Method::GET {
            return said(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered.\n");
        }
        if !self.is_allowed(headers) {
            return said(StatusCode::UNAUTHORIZED, "A bearer token is needed.\n");
        }
        let Some(text) = (self.text)(WallClock.now()) else {
            return said(StatusCode::SERVICE_UNAVAILABLE, "Nobody watches any more.\n");
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(metrics::CONTENT_TYPE));
        response
    }

    /// Whether this machine was asked by a name of its own: a page in a browser must not reach it by another's.
    fn is_meant(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return true };
        let name = host.strip_suffix(&format!(":{}", self.address.port())).unwrap_or(host);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    fn is_allowed(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        // Hashes are compared, so that the time it takes tells nothing of the token.
        Sha256::digest(shown) == Sha256::digest(token.reveal())
    }
}

fn said(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::profile::channels::SecretSource;
    use crate::secrets::Secrets;

    fn ask(at: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn free() -> SocketAddr {
        std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
    }

    #[test]
    fn it_answers_one_page_to_whoever_shows_the_token_and_asks_for_this_machine() {
        let token = Secrets::new(|_| Some("s3cret".into())).get(&SecretSource::Variable("X".into())).unwrap();
        let at = free();
        let listener = Listener::start(at, Some(token), |_| Some("caretaker_light 0\n".into())).unwrap();
        let get = |path: &str, host: &str, more: &str| {
            ask(at, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"))
        };
        let own = at.to_string();
        let fine = get("/metrics", &own, "Authorization: Bearer s3cret\r\n");
        assert!(fine.starts_with("HTTP/1.1 200") && fine.ends_with("caretaker_light 0\n"), "{fine}");
        assert!(fine.contains("application/openmetrics-text"), "{fine}");
        for (path, host, more, code) in [
            ("/metrics", &*own, "", "401"),
            ("/metrics", &own, "Authorization: Bearer s3cre\r\n", "401"),
            ("/metrics", "evil.example", "Authorization: Bearer s3cret\r\n", "421"),
            ("/", &own, "Authorization: Bearer s3cret\r\n", "404"),
        ] {
            let answer = get(path, host, more);
            assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{path} {host}: {answer}");
        }
        assert!(ask(at, "no http at all\r\n\r\n").starts_with("HTTP/1.1 400"));
        drop(listener);
        assert!(TcpStream::connect(at).is_err(), "it let go of its address");
    }

    #[test]
    fn an_address_that_is_taken_is_said() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let at = taken.local_addr().unwrap();
        let error = Listener::start(at, None, |_| None).err().unwrap();
        assert!(error.to_string().contains(&at.to_string()), "{error}");
    }
}
