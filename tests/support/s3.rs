//! A real S3-compatible server over a folder, and a line to it that fails as a test wishes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

/// What the line does with what goes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Everything passes.
    Good,
    /// Each connection is cut after so many bytes to the server.
    CutAfter(usize),
    /// All connections together are cut after so many bytes to the server, and no other comes about.
    DiesAfter(usize),
    /// Each connection is cut after so many bytes from the server.
    CutAnswerAfter(usize),
    /// One bit of each connection changes, after so many bytes to the server.
    Changes(usize),
    /// Every request is answered with this status, and nothing else.
    Answers(u16),
    /// Every request is refused for the clock of whoever asks.
    Skewed,
    /// Every piece of an answer waits.
    Slow(Duration),
    /// Nobody is there.
    Dead,
}

/// The server and the line to it.
pub struct Store {
    /// Where its objects lie.
    pub folder: PathBuf,
    /// Where the line begins.
    pub at: SocketAddr,
    line: Arc<Mutex<Line>>,
    seen: Arc<Seen>,
    _folder: tempfile::TempDir,
}

/// What went over the line.
#[derive(Default)]
struct Seen {
    /// Parts of uploads.
    parts: AtomicUsize,
    /// Bytes to the server since the line was changed last.
    bytes: AtomicUsize,
}

/// The only key that the server takes.
pub const KEY: (&str, &str) = ("caretaker", "wJalrXUtnFEMI");
/// The bucket that is there.
pub const BUCKET: &str = "backups";

impl Store {
    /// Starts both.
    pub fn start() -> Self {
        Self::started(true)
    }

    /// The same of a server that asks for no key.
    pub fn open_to_all() -> Self {
        Self::started(false)
    }

    fn started(asks: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let server = serve(folder.path(), asks);
        let (line, seen) = (Arc::new(Mutex::new(Line::Good)), Arc::<Seen>::default());
        let at = connect(server, Arc::clone(&line), Arc::clone(&seen));
        Self { folder: folder.path().join(BUCKET), at, line, seen, _folder: folder }
    }

    /// Changes what the line does from the next connection on.
    pub fn set(&self, line: Line) {
        self.seen.bytes.store(0, Ordering::SeqCst);
        *self.line.lock().unwrap() = line;
    }

    /// How many parts of uploads were sent over the line so far.
    pub fn parts(&self) -> usize {
        self.seen.parts.load(Ordering::SeqCst)
    }

    /// The `[away]` of a profile that means this store.
    pub fn profile(&self, more: &str) -> String {
        format!(
            "\n[away]\nstore = \"s3://{BUCKET}/mac\"\nendpoint = \"http://{}\"\nkey = \"{}\"\nsecret = \"env:SECRET\"\ntimeout = \"20s\"\n{more}",
            self.at, KEY.0
        )
    }

    /// The objects that lie there, by their names below the bucket, without what belongs to the server.
    pub fn objects(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![self.folder.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    names.push(path.strip_prefix(&self.folder).unwrap().display().to_string());
                }
            }
        }
        names.retain(|name| !name.rsplit('/').next().unwrap().starts_with('.'));
        names.sort();
        names
    }
}

fn serve(folder: &Path, asks: bool) -> SocketAddr {
    let files = s3s_fs::FileSystem::new(folder).unwrap();
    let mut service = S3ServiceBuilder::new(files);
    if asks {
        service.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
    }
    let service = service.build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let service = service.clone();
                tokio::spawn(async move {
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
    at
}

/// A line to `server`, which does what `line` says when a connection is made.
fn connect(server: SocketAddr, line: Arc<Mutex<Line>>, seen: Arc<Seen>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (line, seen) = (*line.lock().unwrap(), Arc::clone(&seen));
            std::thread::spawn(move || carry(client, server, line, &seen));
        }
    });
    at
}

fn carry(mut client: TcpStream, server: SocketAddr, line: Line, seen: &Seen) {
    if line == Line::Dead {
        return;
    }
    let answer = match line {
        Line::Answers(status) => Some((status, String::new())),
        Line::Skewed => Some((403, "<Error><Code>RequestTimeTooSkewed</Code></Error>".to_owned())),
        _ => None,
    };
    if let Some((status, body)) = answer {
        let mut request = [0; 16 * 1024];
        let _ = client.read(&mut request);
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        let _ = client.write_all(answer.as_bytes());
        return;
    }
    let Ok(server) = TcpStream::connect(server) else { return };
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut back, mut answer) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let answers = std::thread::spawn(move || {
        let (mut piece, mut carried) = (vec![0; 64 * 1024], 0);
        while let Ok(count @ 1..) = back.read(&mut piece) {
            if let Line::Slow(wait) = line {
                std::thread::sleep(wait);
            }
            carried += count;
            if matches!(line, Line::CutAnswerAfter(most) if carried > most)
                || answer.write_all(&piece[..count]).is_err()
            {
                break;
            }
        }
        let _ = answer.shutdown(Shutdown::Both);
    });
    let (mut piece, mut carried) = (vec![0; 64 * 1024], 0);
    while let Ok(count @ 1..) = from.read(&mut piece) {
        // A server that asks for no key knows only one way of showing one.
        let key = b"authorization: Bearer";
        if let Some(at) = piece[..count].windows(key.len()).position(|piece| piece == key) {
            piece[at..at + 2].copy_from_slice(b"x-");
        }
        let said = String::from_utf8_lossy(&piece[..count]);
        seen.parts.fetch_add(said.matches("partNumber=").count(), Ordering::SeqCst);
        carried += count;
        let all = seen.bytes.fetch_add(count, Ordering::SeqCst) + count;
        let cut = match line {
            Line::CutAfter(most) => carried > most,
            Line::DiesAfter(most) => all > most,
            _ => false,
        };
        if let Line::Changes(after) = line
            && (carried - count..carried).contains(&after)
        {
            piece[after + count - carried] ^= 1;
        }
        if cut || to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
    let _ = answers.join();
}
