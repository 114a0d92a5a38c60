//! Where this run happens: which profile, which state folder, which present.

use std::path::PathBuf;
use std::sync::Arc;

use caretaker_core::clock::{Clock, Instant, ShiftedClock, WallClock, Zone};
use caretaker_core::error::{Error, ErrorKind, Result};
use caretaker_core::paths::{Paths, Platform};
use caretaker_core::profile::{self, Profile, Site, Sites, is_site_name};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::args::Cli;

/// Everything a command needs to know about its surroundings.
#[derive(Clone)]
pub struct Place {
    /// The profile that was named, or the platform's.
    pub profile: PathBuf,
    /// The state folder that was named, or the platform's.
    pub state: PathBuf,
    /// The present, real or rehearsed.
    pub clock: Arc<dyn Clock>,
    /// The zone of local times.
    pub zone: Zone,
    /// The user's home folder, for `~` in profiles.
    pub home: Option<PathBuf>,
    /// The platform's places; `None` without a home.
    pub paths: Option<Paths>,
    /// All ecosystems of this machine; `None` without a home.
    pub sites: Option<Sites>,
}

impl Place {
    /// Reads the surroundings from the arguments and the environment.
    ///
    /// # Errors
    /// Usage errors: an unreadable `--at`, or no home folder while a path depends on it.
    pub fn of(cli: &Cli) -> Result<Self> {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let paths =
            home.as_deref().map(|home| Paths::of(Platform::current(), home, &|key| std::env::var(key).ok()));
        let nowhere = |option: &str| {
            Error::new(ErrorKind::Usage, "there is no home folder (HOME is not set)")
                .hint(format!("Say where with {option}."))
        };
        let usual_state = cli.state.clone().or_else(|| paths.as_ref().map(Paths::state_dir));
        let sites = paths
            .as_ref()
            .zip(usual_state.as_ref())
            .map(|(paths, state)| Sites::new(paths.profile_file(), state));
        let site = match (&cli.profile, &sites) {
            (Some(named), _) => site_of(named, sites.as_ref())?,
            (None, Some(sites)) => Some(sites.main()),
            (None, None) => return Err(nowhere("--profile FILE")),
        };
        let (profile, state) = match site {
            // Whoever names one of the machine's ecosystems means its records too.
            Some(site) => (site.profile, site.state_dir),
            None => {
                (cli.profile.clone().unwrap_or_default(), usual_state.ok_or_else(|| nowhere("--state DIR"))?)
            }
        };
        let real_now = WallClock.now();
        let (clock, zone): (Arc<dyn Clock>, Zone) = match &cli.at {
            None => (Arc::new(WallClock), Zone::Machine),
            Some(text) => {
                let (at, zone) = parse_at(text)?;
                (Arc::new(ShiftedClock::starting_at(at, real_now)), zone)
            }
        };
        Ok(Self { profile, state, clock, zone, home, paths, sites })
    }

    /// The same surroundings around another ecosystem of this machine.
    pub fn at(&self, site: &Site) -> Self {
        Self { profile: site.profile.clone(), state: site.state_dir.clone(), ..self.clone() }
    }

    /// All ecosystems of this machine.
    ///
    /// # Errors
    /// `Usage` where there is no home folder in which to look for them.
    pub fn all_sites(&self) -> Result<&Sites> {
        self.sites.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Usage, "there is no home folder (HOME is not set)")
                .hint("Name a profile with --profile FILE.")
        })
    }

    /// All ecosystems of this machine that are watched.
    ///
    /// # Errors
    /// Usage errors: none is there, or there is no home folder in which to look for them.
    pub fn watched(&self) -> Result<Vec<Site>> {
        let sites = self.sites.as_ref().map(Sites::watched).unwrap_or_default();
        if sites.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "no ecosystem of this machine is watched yet")
                .hint("Make a profile with: caretaker profile init --root DIR"));
        }
        Ok(sites)
    }

    /// Loads the profile; a missing one is answered with the command that makes it.
    ///
    /// # Errors
    /// Usage errors that name file, line and key.
    pub fn load_profile(&self) -> Result<Profile> {
        profile::load(&self.profile, self.home.as_deref()).map_err(|errors| {
            let mut error = Error::from(errors);
            // Whatever keeps the profile from being used, the contract's word for it is “wrong usage”.
            error.kind = ErrorKind::Usage;
            error
        })
    }
}

/// The ecosystem of this machine that `--profile` names or whose file it is; `None` for a file of its own.
fn site_of(named: &std::path::Path, sites: Option<&Sites>) -> Result<Option<Site>> {
    let Some(sites) = sites else { return Ok(None) };
    match named.to_str().filter(|text| is_site_name(text)) {
        Some(id) => sites.named(id).map(Some),
        // The first one's file keeps the records that are named beside it, as ever.
        None => Ok(std::path::absolute(named).ok().and_then(|file| sites.of_profile(&file))),
    }
}

/// Reads `2026-12-06T15:00`, with seconds or without, with an offset or in the machine's zone.
fn parse_at(text: &str) -> Result<(Instant, Zone)> {
    let with_offset = text.strip_suffix(['Z', 'z']).map(|rest| format!("{rest}+00:00"));
    let text = with_offset.as_deref().unwrap_or(text);
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok((at.to_utc(), Zone::Fixed(*at.offset())));
    }
    for format in ["%Y-%m-%dT%H:%M%:z", "%Y-%m-%d %H:%M%:z"] {
        if let Ok(at) = DateTime::parse_from_str(text, format) {
            return Ok((at.to_utc(), Zone::Fixed(*at.offset())));
        }
    }
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0)));
    local.and_then(|local| Zone::Machine.instant(local)).map(|at| (at, Zone::Machine)).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("--at “{text}” is no time"))
            .hint("Write it like 2026-12-06T15:00 or 2026-12-06T15:00+01:00.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_keeps_its_zone() {
        let (at, zone) = parse_at("2026-12-06T15:00+01:00").unwrap();
        assert_eq!(at.to_rfc3339(), "2026-12-06T14:00:00+00:00");
        assert_eq!(zone.local(at).to_string(), "2026-12-06 15:00:00");
        assert_eq!(parse_at("2026-12-06T14:00:00Z").unwrap().0, at);
        assert_eq!(parse_at("2026-12-06T14:00Z").unwrap().0, at);
    }

    #[test]
    fn a_bare_word_names_an_ecosystem_and_anything_else_a_file() {
        let sites = Sites::new("/c/caretaker.toml", "/s");
        let at = |text: &str| site_of(std::path::Path::new(text), Some(&sites)).unwrap();
        assert_eq!(at("lab").unwrap().profile, PathBuf::from("/c/ecosystems/lab.toml"));
        assert_eq!(at("lab").unwrap().state_dir, PathBuf::from("/s/ecosystems/lab"));
        assert_eq!(at("/c/ecosystems/lab.toml"), at("lab"));
        assert_eq!(at("main").unwrap().state_dir, PathBuf::from("/s"));
        assert_eq!((at("./lab"), at("lab.toml"), at("/elsewhere/lab.toml")), (None, None, None));
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for text in ["", "tomorrow", "2026-13-01T00:00", "2026-12-06T25:00"] {
            assert_eq!(parse_at(text).unwrap_err().kind, ErrorKind::Usage, "{text}");
        }
    }
}
