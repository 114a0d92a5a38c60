//! Where this run happens: which profile, which state folder, which screen.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use caretaker_core::paths::{Paths, Platform};
use caretaker_core::profile::{Site, Sites};

use crate::args::Args;
use crate::error::AppError;

/// The surroundings of this run.
#[derive(Debug, Clone)]
pub struct Place {
    /// The profile that was named, or the platform's; it need not exist yet.
    pub profile: PathBuf,
    /// Whether the profile was named: then it counts even while it is missing.
    pub named: bool,
    /// Caretaker's own data.
    pub state_dir: PathBuf,
    /// The user's home folder, for `~` in profiles.
    pub home: Option<PathBuf>,
    /// The platform's places; `None` without a home.
    pub paths: Option<Paths>,
    /// For files that live as long as this run, such as the icon that a Linux panel reads.
    pub scratch: PathBuf,
}

impl Place {
    /// Reads the surroundings from the arguments and the environment.
    ///
    /// # Errors
    /// When there is no home folder and a path depends on it.
    pub fn of(args: &Args) -> Result<Self, AppError> {
        let folder = |key: &str| std::env::var_os(key).map(PathBuf::from).filter(|path| path.is_absolute());
        let file =
            |key: &str| std::env::var_os(key).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
        let home = folder("HOME");
        let paths =
            home.as_deref().map(|home| Paths::of(Platform::current(), home, &|key| std::env::var(key).ok()));
        let nowhere = |option: &str| {
            AppError::system(format!("There is no home folder (HOME is not set); say where with {option}."))
        };
        let profile = args.profile.clone().or_else(|| file("CARETAKER_PROFILE"));
        let named = profile.is_some();
        let state_dir = args
            .state
            .clone()
            .or_else(|| file("CARETAKER_STATE"))
            .or_else(|| paths.as_ref().map(Paths::state_dir))
            .ok_or_else(|| nowhere("--state DIR"))?;
        let profile = profile
            .or_else(|| paths.as_ref().map(Paths::profile_file))
            .ok_or_else(|| nowhere("--profile FILE"))?;
        let scratch = match folder("XDG_RUNTIME_DIR") {
            Some(runtime) => runtime.join("caretaker"),
            None => state_dir.join("run"),
        };
        Ok(Self { profile, named, state_dir, home, paths, scratch })
    }

    /// The profile to watch by; `None` before the first run is done.
    pub fn profile_in_force(&self) -> Option<PathBuf> {
        (self.named || self.profile.exists()).then(|| self.profile.clone())
    }

    /// All ecosystems of this machine; `None` where one profile was named, which is watched alone.
    pub fn sites(&self) -> Option<Sites> {
        (!self.named).then(|| Sites::new(&self.profile, &self.state_dir))
    }

    /// The first ecosystem, whose profile need not be there yet.
    pub fn main_site(&self) -> Site {
        Sites::new(&self.profile, &self.state_dir).main()
    }

    /// The same places around another ecosystem of this machine.
    pub fn at(&self, site: &Site) -> Self {
        Self { profile: site.profile.clone(), state_dir: site.state_dir.clone(), ..self.clone() }
    }

    /// The folder of the demo ecosystem.
    pub fn demo_dir(&self) -> PathBuf {
        self.state_dir.join("demo")
    }
}

/// Prints `text` and gives `code` back; on success to standard output.
pub fn tell(text: &str, code: ExitCode) -> ExitCode {
    // A closed terminal is no reason to fail in another way.
    let _ = if code == ExitCode::SUCCESS {
        writeln!(std::io::stdout(), "{text}")
    } else {
        writeln!(std::io::stderr(), "{text}")
    };
    code
}

/// Sends the log to standard error; `CARETAKER_LOG` chooses how much, warnings by default.
pub fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CARETAKER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
