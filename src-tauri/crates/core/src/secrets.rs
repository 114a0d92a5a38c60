//! Secrets: named in the profile, kept elsewhere, never written down and never shown.

use std::collections::HashMap;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::fsio;
use crate::profile::channels::SecretSource;

/// A password or token of some hundred bytes; what is longer is something else.
const LONGEST: u64 = 16 * 1024;

/// The service under which the keychain keeps what belongs to Caretaker.
const SERVICE: &str = "Caretaker";

/// A secret; whoever prints it sees nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What tells the value of an environment variable.
type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Finds secrets, and remembers those of the keychain: each question to it may ask the person.
pub struct Secrets {
    environment: Environment,
    known: Mutex<HashMap<String, Secret>>,
}

impl Secrets {
    /// Finds secrets; `environment` looks a variable up.
    pub fn new(environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { environment: Box::new(environment), known: Mutex::default() }
    }

    /// The secret that lies at `source`.
    ///
    /// # Errors
    /// Where it lies and why it cannot be had; never any part of it.
    pub fn get(&self, source: &SecretSource) -> Result<Secret> {
        match source {
            SecretSource::Variable(name) => (self.environment)(name).map(Secret).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("the environment variable {name} is not set"))
                    .hint("Set it for the process that runs Caretaker.")
            }),
            SecretSource::File(path) => from_file(path),
            SecretSource::Keychain(name) => {
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(secret) = known.get(name) {
                    return Ok(secret.clone());
                }
                let secret = from_keychain(name)?;
                known.insert(name.clone(), secret.clone());
                Ok(secret)
            }
        }
    }

    /// Puts a secret into the keychain, in place of one that is there.
    ///
    /// # Errors
    /// When the keychain does not take it; never any part of the secret.
    pub fn keep(&self, name: &str, secret: &str) -> Result<()> {
        if name.trim().is_empty() || secret.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "a secret needs a name and a content"));
        }
        let kept = keyring::v1::Entry::new(SERVICE, name).and_then(|entry| entry.set_password(secret));
        self.forget();
        kept.map_err(|error| {
            Error::new(ErrorKind::Denied, format!("the keychain did not take “{name}” of {SERVICE}"))
                .because(error)
                .hint("Write it into a file that only you can read, and name that (file:/PATH).")
        })
    }

    /// Takes a secret out of the keychain; one that is not there is no fault.
    ///
    /// # Errors
    /// When the keychain does not let go of it.
    pub fn remove(&self, name: &str) -> Result<()> {
        let gone = keyring::v1::Entry::new(SERVICE, name).and_then(|entry| entry.delete_credential());
        self.forget();
        match gone {
            Ok(()) | Err(keyring::v1::Error::NoEntry) => Ok(()),
            Err(error) => Err(Error::new(
                ErrorKind::Denied,
                format!("the keychain did not let go of “{name}” of {SERVICE}"),
            )
            .because(error)),
        }
    }

    /// Forgets what the keychain told: the secret was refused, so it may have been changed.
    pub fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn from_keychain(name: &str) -> Result<Secret> {
    let entry = keyring::v1::Entry::new(SERVICE, name).and_then(|entry| entry.get_password());
    entry.map(Secret).map_err(|error| {
        Error::new(ErrorKind::NotFound, format!("the keychain gives no “{name}” of {SERVICE}"))
            .because(error)
            .hint("Put it there, or name a file (file:…) or an environment variable (env:…) in the profile.")
    })
}

fn from_file(path: &Path) -> Result<Secret> {
    let (_, metadata) = fsio::open_regular(path)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Error::new(ErrorKind::Denied, format!("{} can be read by others", path.display()))
            .at(path)
            .hint(format!("chmod 600 {}", path.display())));
    }
    let bytes = fsio::read_bounded(path, LONGEST)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::Damaged, format!("{} holds no text", path.display())).at(path))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(Error::new(ErrorKind::Damaged, format!("{} is empty", path.display())).at(path));
    }
    Ok(Secret(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new(|name| (name == "TOKEN").then(|| "hush".to_owned()))
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_none_is_ever_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fsio::write_atomic(&path, b"hush\n", 0o600).unwrap();
        let source = SecretSource::File(path.clone());
        let secret = secrets().get(&source).unwrap();
        assert_eq!(secret.reveal(), "hush");
        assert!(!format!("{secret:?}").contains("hush"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = secrets().get(&source).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied);
        assert!(!format!("{error:?}").contains("hush"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        assert_eq!(secrets().get(&SecretSource::Variable("TOKEN".into())).unwrap().reveal(), "hush");
        let error = secrets().get(&SecretSource::Variable("NONE".into())).unwrap_err();
        assert!(error.message.contains("NONE"), "{error}");
    }
}
