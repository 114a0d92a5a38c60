//! Files read with a bound and without ever blocking, and written wholly or not at all.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::error::{Error, ErrorKind, Result};

/// Opens a regular file for reading; a FIFO, device, socket or folder is refused by name and never waited for.
///
/// Links are followed: a state file may be one; what lies at the end must be a regular file.
pub fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    open_with(path, OFlags::empty())
}

/// The same, but what stands there must be the regular file itself, not a link to one.
pub fn open_regular_itself(path: &Path) -> Result<(File, Metadata)> {
    open_with(path, OFlags::NOFOLLOW)
}

fn open_with(path: &Path, more: OFlags) -> Result<(File, Metadata)> {
    // NONBLOCK: opening a FIFO without a writer would wait for ever. NOCTTY: a terminal must not become ours.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY | more;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        rustix::io::Errno::LOOP if more.contains(OFlags::NOFOLLOW) => not_regular(path, "a link"),
        // What Linux and macOS answer for a socket.
        rustix::io::Errno::NXIO | rustix::io::Errno::OPNOTSUPP => not_regular(path, "a socket or a device"),
        errno => Error::io("open", path, errno.into()),
    })?;
    let file = File::from(file);
    let metadata = file.metadata().map_err(|e| Error::io("look at", path, e))?;
    if !metadata.is_file() {
        return Err(not_regular(path, kind_of(&metadata)));
    }
    Ok((file, metadata))
}

/// Reads a regular file of at most `max_bytes`; a larger one is refused before a byte of it is read.
pub fn read_bounded(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > max_bytes {
        return Err(too_large(path, metadata.len(), max_bytes));
    }
    // The length is a hint only: the file may grow while it is read.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| Error::io("read", path, e))?;
    let read = bytes.len() as u64;
    if read > max_bytes {
        return Err(too_large(path, read, max_bytes));
    }
    Ok(bytes)
}

/// Reads the end of a regular file: at most `most` bytes of it, and none before byte `from`. Gives where it begins, too.
pub fn read_end(path: &Path, from: u64, most: u64) -> Result<(u64, Vec<u8>)> {
    let cannot = |error| Error::io("read", path, error);
    let (mut file, metadata) = open_regular(path)?;
    let begin = metadata.len().saturating_sub(most).max(from);
    file.seek(SeekFrom::Start(begin)).map_err(cannot)?;
    let mut end = Vec::new();
    file.take(most).read_to_end(&mut end).map_err(cannot)?;
    Ok((begin, end))
}

/// Writes `bytes` to `path` so that a reader sees the old content or the new one, never a mixture.
///
/// `mode` holds the permission bits, such as `0o600`. An existing file is replaced.
pub fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let (temporary, folder) = write_beside(path, &[bytes], mode)?;
    temporary.persist(path).map_err(|e| Error::io("write", path, e.error))?;
    flush_folder(folder)
}

/// Writes `parts`, one after the other, to a new file at `path`; whatever is there already stays and is an error of kind `Busy`.
pub fn create_new_atomic(path: &Path, parts: &[&[u8]], mode: u32) -> Result<()> {
    let (temporary, folder) = write_beside(path, parts, mode)?;
    temporary.persist_noclobber(path).map_err(|e| {
        if e.error.kind() == std::io::ErrorKind::AlreadyExists {
            Error::new(ErrorKind::Busy, format!("{} exists already", path.display()))
                .at(path)
                .hint("Choose another name, or move the existing file away.")
        } else {
            Error::io("create", path, e.error)
        }
    })?;
    flush_folder(folder)
}

/// What tells one state of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The volume.
    pub device: u64,
    /// The file on it.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When its content changed: seconds and nanoseconds since 1970.
    pub modified: (i64, i64),
    /// The same of its entry; changes with the permissions too.
    pub changed: (i64, i64),
}

impl Stamp {
    /// The state that `metadata` tells of.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Bytes on a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What this user can still write, without what the system could purge.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// The room on the volume of `path`.
pub fn room(path: &Path) -> std::io::Result<Room> {
    let volume = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(volume.f_frsize);
    Ok(Room { free: bytes(volume.f_bavail), total: bytes(volume.f_blocks) })
}

/// Makes a folder that only its owner can enter, with its parents; one that is there already stays as it is.
pub fn create_private_dir(path: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| Error::io("create the folder", path, e))
}

/// Makes a folder that only its owner can enter, where nothing is yet.
pub fn create_new_private_dir(path: &Path) -> Result<()> {
    let made = std::fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(|e| Error::io("create the folder", path, e))
}

/// Removes a file; one that is gone is no error.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::io("remove", path, e)),
    }
}

/// Makes a new file that only its owner can read.
pub fn create_private(path: &Path) -> Result<File> {
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| Error::io("create", path, error))
}

/// Makes an empty file that only its owner can read, unless it is there already.
pub fn touch_private(path: &Path) -> Result<()> {
    let made = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(|_| ()).map_err(|e| Error::io("create", path, e))
}

/// Tells whether neither the group nor others can write: a file that names programs to run must be so.
pub fn is_private(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o022 == 0
}

fn write_beside<'a>(
    path: &'a Path,
    parts: &[&[u8]],
    mode: u32,
) -> Result<(tempfile::NamedTempFile, &'a Path)> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut temporary = tempfile::Builder::new()
        .prefix(".caretaker-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(|e| Error::io("write into", folder, e))?;
    let file = temporary.as_file_mut();
    for part in parts {
        file.write_all(part).map_err(|e| Error::io("write", path, e))?;
    }
    // Set on the open file: the mode asked for counts, whatever the umask is.
    file.set_permissions(std::fs::Permissions::from_mode(mode))
        .map_err(|e| Error::io("set the permissions of", path, e))?;
    file.sync_all().map_err(|e| Error::io("flush", path, e))?;
    Ok((temporary, folder))
}

/// Makes a rename durable: without it a power cut may bring the old name back.
pub fn flush_folder(folder: &Path) -> Result<()> {
    let handle = File::open(folder).map_err(|e| Error::io("open", folder, e))?;
    match handle.sync_all() {
        Ok(()) => Ok(()),
        // Some network and FUSE volumes cannot flush a folder; the file itself is flushed already.
        Err(e) if matches!(e.raw_os_error(), Some(code) if cannot_flush(code)) => Ok(()),
        Err(e) => Err(Error::io("flush", folder, e)),
    }
}

fn cannot_flush(code: i32) -> bool {
    [rustix::io::Errno::INVAL, rustix::io::Errno::NOTSUP].iter().any(|errno| errno.raw_os_error() == code)
}

fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a FIFO (named pipe)"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "not a regular file"
    }
}

fn not_regular(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("{} is {what}, not a regular file", path.display()))
        .at(path)
        .hint("Name a regular file in the profile, or remove what lies there.")
}

fn too_large(path: &Path, size: u64, cap: u64) -> Error {
    Error::new(
        ErrorKind::Damaged,
        format!("{} has {size} bytes; at most {cap} bytes are read", path.display()),
    )
    .at(path)
    .hint("See what writes into it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn reads_up_to_the_cap_and_no_further() {
        let dir = folder();
        let path = dir.path().join("state.json");
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(read_bounded(&path, 5).unwrap(), b"12345");
        let error = read_bounded(&path, 4).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Damaged);
        assert!(error.message.contains("5 bytes") && error.message.contains("4 bytes"), "{error}");
    }

    #[test]
    fn refuses_a_sparse_file_of_5_gb_without_reading_it() {
        let dir = folder();
        let path = dir.path().join("sparse");
        File::create(&path).unwrap().set_len(5_000_000_000).unwrap();
        let error = read_bounded(&path, 16 << 20).unwrap_err();
        assert!(error.message.contains("5000000000"), "{error}");
    }

    #[test]
    fn names_what_is_not_a_regular_file_and_never_waits_for_it() {
        let dir = folder();
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let zero = dir.path().join("zero");
        std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, says) in
            [(fifo.as_path(), "FIFO"), (&zero, "device"), (&socket, "socket"), (dir.path(), "folder")]
        {
            let error = read_bounded(path, 100).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Damaged);
            assert!(error.message.contains(says), "{error}");
        }
        assert_eq!(read_bounded(&dir.path().join("none"), 100).unwrap_err().kind, ErrorKind::NotFound);
    }

    #[test]
    fn replaces_a_file_whole_with_the_mode_asked_for_and_leaves_nothing_behind() {
        let dir = folder();
        let path = dir.path().join("profile.toml");
        write_atomic(&path, b"old", 0o644).unwrap();
        write_atomic(&path, b"new", 0o600).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert!(is_private(&metadata));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn never_creates_over_an_existing_file() {
        let dir = folder();
        let path = dir.path().join("profile.toml");
        create_new_atomic(&path, &[b"mine"], 0o600).unwrap();
        assert_eq!(create_new_atomic(&path, &[b"other"], 0o600).unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn writable_by_the_group_or_others_is_not_private() {
        let dir = folder();
        let path = dir.path().join("profile.toml");
        for (mode, private) in [(0o644, true), (0o664, false), (0o602, false)] {
            write_atomic(&path, b"", mode).unwrap();
            assert_eq!(is_private(&path.metadata().unwrap()), private, "{mode:o}");
        }
    }
}
