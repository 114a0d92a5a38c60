//! Sealing by age: to recipients or by a passphrase, so that `age -d` opens it too, and opening.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::str::FromStr;

use age::secrecy::{ExposeSecret, SecretString};
use age::stream::StreamReader;
use age::{DecryptError, Decryptor, Encryptor, IdentityFile, scrypt, x25519};
use sha2::{Digest, Sha256};

use crate::backup::tree::Hash;
use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::{SealSettings, SealedTo};
use crate::progress::Progress;
use crate::secrets::Secrets;

/// How hard a passphrase may be made to try, as the exponent of two: a minute on a slow machine.
const HARDEST: u8 = 22;
/// Bytes that are sealed at once.
const PIECE: usize = 256 * 1024;

/// What seals and opens.
pub(super) struct Keys<'a> {
    settings: &'a SealSettings,
    secrets: &'a Secrets,
}

/// Something that opens what is sealed.
pub(super) type Identity = Box<dyn age::Identity + Send + Sync>;

impl<'a> Keys<'a> {
    pub fn new(settings: &'a SealSettings, secrets: &'a Secrets) -> Self {
        Self { settings, secrets }
    }

    /// To whom it seals, in one word; what was sealed to others is sealed anew.
    pub fn name(&self) -> String {
        match &self.settings.to {
            SealedTo::Recipients(all) => all.join(" "),
            SealedTo::Passphrase(_) => "passphrase".into(),
        }
    }

    fn encryptor(&self) -> Result<Encryptor> {
        match &self.settings.to {
            SealedTo::Passphrase(source) => {
                let passphrase = self.secrets.get(source)?;
                Ok(Encryptor::with_user_passphrase(SecretString::from(passphrase.reveal().to_owned())))
            }
            SealedTo::Recipients(all) => {
                let wrong = |what: String| {
                    Error::new(ErrorKind::Usage, what).hint("Mend recipients in [away] of the profile.")
                };
                let known: Vec<x25519::Recipient> = all
                    .iter()
                    .map(|one| {
                        x25519::Recipient::from_str(one)
                            .map_err(|why| wrong(format!("{one} is no key to seal to: {why}")))
                    })
                    .collect::<Result<_>>()?;
                Encryptor::with_recipients(known.iter().map(|one| one as &dyn age::Recipient))
                    .map_err(|why| wrong(format!("nothing can be sealed to these keys: {why}")))
            }
        }
    }

    /// Seals the file at `from` into a new one at `to`; its hash and size.
    ///
    /// # Errors
    /// When one cannot be read or the other not be written; a person cancelled: nothing is at `to` then.
    pub fn seal_file(&self, from: &Path, to: &Path, progress: &dyn Progress) -> Result<(Hash, u64)> {
        fsio::remove(to)?;
        let sealed = self.seal_into(from, to, progress);
        if sealed.is_err() {
            let _ = fsio::remove(to);
        }
        sealed
    }

    fn seal_into(&self, from: &Path, to: &Path, progress: &dyn Progress) -> Result<(Hash, u64)> {
        let (mut file, about) = fsio::open_regular(from)?;
        let wrote = |error| Error::io("write", to, error);
        let out = Hashed { file: fsio::create_private(to)?, hash: Sha256::new(), size: 0 };
        let mut writer = self.encryptor()?.wrap_output(out).map_err(wrote)?;
        let (mut piece, mut done) = (vec![0; PIECE], 0);
        loop {
            let count = file.read(&mut piece).map_err(|error| Error::io("read", from, error))?;
            if count == 0 {
                break;
            }
            writer.write_all(&piece[..count]).map_err(wrote)?;
            done += count as u64;
            progress.bytes(done, about.len());
            progress.go_on()?;
        }
        let Hashed { file, hash, size } = writer.finish().map_err(wrote)?;
        file.sync_all().map_err(wrote)?;
        Ok((hash.finalize().into(), size))
    }

    /// Seals a few bytes.
    ///
    /// # Errors
    /// When there is nobody to seal to.
    pub fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let cannot = |error| Error::new(ErrorKind::System, "sealing failed").because(error);
        let mut writer = self.encryptor()?.wrap_output(Vec::new()).map_err(cannot)?;
        writer.write_all(bytes).map_err(cannot)?;
        writer.finish().map_err(cannot)
    }

    /// What opens what was sealed.
    ///
    /// # Errors
    /// `Denied` where the profile does not say where the key lies; when it cannot be had, or is none.
    pub fn identities(&self) -> Result<Vec<Identity>> {
        match (&self.settings.to, &self.settings.identity) {
            (SealedTo::Passphrase(source), _) => Ok(vec![by_passphrase(self.secrets.get(source)?.reveal())]),
            (SealedTo::Recipients(_), Some(source)) => identities_of(self.secrets.get(source)?.reveal()),
            (SealedTo::Recipients(_), None) => Err(no_key()),
        }
    }
}

/// What is said where something is sealed and the profile names no key.
pub(super) fn no_key() -> Error {
    Error::new(ErrorKind::Denied, "what lies there is sealed, and the profile names no key that opens it").hint(
        "Name where the key lies (identity in [away] of the profile: \"keychain:NAME\" or \"file:/PATH\"), or open it by hand: age -d -i KEY.",
    )
}

/// What a passphrase opens.
pub(super) fn by_passphrase(passphrase: &str) -> Identity {
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(HARDEST);
    Box::new(identity)
}

/// The keys in the text of a file as `age-keygen` writes it.
///
/// # Errors
/// `Damaged` where there is none in it; never any part of it.
pub(super) fn identities_of(text: &str) -> Result<Vec<Identity>> {
    let none = || {
        Error::new(ErrorKind::Damaged, "the key of the sealed backups is none")
            .hint("It is a line that begins with AGE-SECRET-KEY-1, as `age-keygen` writes it.")
    };
    // What the library says may hold parts of the text.
    let file = IdentityFile::from_buffer(text.as_bytes()).map_err(|_| none())?;
    let all = file.into_identities().map_err(|_| none())?;
    if all.is_empty() { Err(none()) } else { Ok(all) }
}

/// Opens what is sealed; what it gives was proven piece by piece.
///
/// # Errors
/// `Denied` where none of the keys opens it; `Damaged` where it is no sealed archive; those of reading.
pub(super) fn open<R: Read>(sealed: R, keys: &[Identity]) -> Result<StreamReader<BufReader<R>>> {
    let opened = Decryptor::new_buffered(BufReader::new(sealed))
        .and_then(|sealed| sealed.decrypt(keys.iter().map(|one| &**one as &dyn age::Identity)));
    opened.map_err(|error| match error {
        DecryptError::Io(error) => unwrapped(error),
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed => {
            Error::new(ErrorKind::Denied, "the key does not open what lies there")
                .hint("It was sealed to another: look for the key of that time (identity in [away] of the profile).")
        }
        other => Error::new(ErrorKind::Damaged, "what lies there is not what was sealed").because(other),
    })
}

/// All of something small that is sealed, and no more than a byte beyond `most`.
///
/// # Errors
/// As [`open`].
pub(super) fn opened(sealed: &[u8], keys: &[Identity], most: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    open(sealed, keys)?.take(most + 1).read_to_end(&mut content).map_err(unwrapped)?;
    Ok(content)
}

/// An error of ours that went through a reader.
pub(super) fn unwrapped(error: std::io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(error) => Error::new(ErrorKind::Damaged, "what lies there is not what was sealed").because(error),
    }
}

/// A new pair of keys: the text of the file that opens, and to whom one seals.
pub fn new_key(now: &str) -> (String, String) {
    let identity = x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let text =
        format!("# created: {now}\n# public key: {public}\n{}\n", identity.to_string().expose_secret());
    (text, public)
}

/// A file whose bytes are hashed as they are written.
struct Hashed {
    file: File,
    hash: Sha256,
    size: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::channels::SecretSource;

    fn keys_of(identity: &str) -> Secrets {
        let identity = identity.to_owned();
        Secrets::new(move |name| (name == "KEY").then(|| identity.clone()))
    }

    #[test]
    fn what_is_sealed_to_a_key_is_opened_by_it_alone() {
        let ((text, public), (other, _)) = (new_key("today"), new_key("today"));
        let secrets = keys_of(&text);
        let settings = SealSettings {
            to: SealedTo::Recipients(vec![public]),
            identity: Some(SecretSource::Variable("KEY".into())),
        };
        let keys = Keys::new(&settings, &secrets);
        let sealed = keys.seal(b"the content").unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
        assert!(!sealed.windows(11).any(|piece| piece == b"the content"));
        let mut opened = Vec::new();
        open(&sealed[..], &keys.identities().unwrap()).unwrap().read_to_end(&mut opened).unwrap();
        assert_eq!(opened, b"the content");
        let error = open(&sealed[..], &identities_of(&other).unwrap()).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Denied);
        let error = Keys::new(&SealSettings { identity: None, ..settings.clone() }, &secrets).identities();
        assert_eq!(error.err().unwrap().kind, ErrorKind::Denied);
    }

    #[test]
    fn one_changed_byte_is_noticed_wherever_it_is() {
        let (text, public) = new_key("today");
        let settings = SealSettings { to: SealedTo::Recipients(vec![public]), identity: None };
        let secrets = Secrets::new(|_| None);
        let good = Keys::new(&settings, &secrets).seal(&[7; 100_000]).unwrap();
        let keys = identities_of(&text).unwrap();
        for at in (0..good.len()).step_by(997).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let mut out = Vec::new();
            let read =
                open(&bad[..], &keys).and_then(|mut opened| opened.read_to_end(&mut out).map_err(unwrapped));
            assert!(read.is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_not_shown() {
        for text in ["", "AGE-SECRET-KEY-1NONSENSE", "# only a comment"] {
            let error = identities_of(text).err().unwrap();
            assert_eq!(error.kind, ErrorKind::Damaged);
            assert!(!error.to_string().contains("NONSENSE"));
        }
    }
}
