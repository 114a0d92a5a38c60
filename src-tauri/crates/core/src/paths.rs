//! Where Caretaker keeps its own files on each platform. Pure: home and environment are handed in.

use std::path::{Path, PathBuf};

/// The conventions that decide where files lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Everything under `~/Library/Application Support`.
    MacOs,
    /// The XDG base directories.
    Linux,
}

impl Platform {
    /// The platform this was built for.
    pub fn current() -> Self {
        if cfg!(target_os = "macos") { Platform::MacOs } else { Platform::Linux }
    }
}

/// The folders of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Where the profile lies.
    pub config_dir: PathBuf,
    /// Where the database, the journal and the lock lie.
    pub state_dir: PathBuf,
    /// The entry that starts the app at login; `None` on macOS, which keeps that itself.
    pub at_login: Option<PathBuf>,
    /// The link to the command line that the app makes.
    pub tool: PathBuf,
    /// What `caretaker service install` leads to: the service's file first, then what its manager makes of it.
    pub service: Vec<PathBuf>,
}

impl Paths {
    /// Finds the folders of the user whose home is `home`; `env` looks a variable up.
    ///
    /// A relative XDG folder counts for nothing, as its specification says.
    pub fn of(platform: Platform, home: &Path, env: &dyn Fn(&str) -> Option<String>) -> Self {
        match platform {
            Platform::MacOs => {
                let support = home.join("Library/Application Support/Caretaker");
                let tool = home.join(".local/bin/caretaker");
                let service = vec![home.join("Library/LaunchAgents/app.caretaker.watch.plist")];
                Self { state_dir: support.join("State"), config_dir: support, at_login: None, tool, service }
            }
            Platform::Linux => {
                let folder = |key: &str, otherwise: &str| {
                    env(key)
                        .map(PathBuf::from)
                        .filter(|path| path.is_absolute())
                        .unwrap_or_else(|| home.join(otherwise))
                };
                let config = folder("XDG_CONFIG_HOME", ".config");
                Self {
                    service: ["caretaker.service", "default.target.wants/caretaker.service"]
                        .map(|file| config.join("systemd/user").join(file))
                        .to_vec(),
                    at_login: Some(config.join("autostart/caretaker.desktop")),
                    config_dir: config.join("caretaker"),
                    state_dir: folder("XDG_DATA_HOME", ".local/share").join("caretaker"),
                    tool: home.join(".local/bin/caretaker"),
                }
            }
        }
    }

    /// The profile that counts where none is named.
    pub fn profile_file(&self) -> PathBuf {
        self.config_dir.join("caretaker.toml")
    }

    /// The folder for what Caretaker remembers.
    pub fn state_dir(&self) -> PathBuf {
        self.state_dir.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_its_places() {
        let home = Path::new("/home/me");
        let mac = Paths::of(Platform::MacOs, home, &|_| Some("/ignored".into()));
        let support = "/home/me/Library/Application Support/Caretaker";
        assert_eq!(mac.profile_file(), Path::new(support).join("caretaker.toml"));
        assert_eq!(mac.state_dir(), Path::new(support).join("State"));

        let plain = Paths::of(Platform::Linux, home, &|_| None);
        assert_eq!(plain.profile_file(), Path::new("/home/me/.config/caretaker/caretaker.toml"));
        assert_eq!(plain.state_dir(), Path::new("/home/me/.local/share/caretaker"));

        let set = Paths::of(Platform::Linux, home, &|key| match key {
            "XDG_CONFIG_HOME" => Some("/cfg".into()),
            "XDG_DATA_HOME" => Some("relative".into()),
            _ => None,
        });
        assert_eq!(set.profile_file(), Path::new("/cfg/caretaker/caretaker.toml"));
        assert_eq!(set.at_login.as_deref(), Some(Path::new("/cfg/autostart/caretaker.desktop")));
        assert_eq!(set.state_dir(), Path::new("/home/me/.local/share/caretaker"));
    }
}
