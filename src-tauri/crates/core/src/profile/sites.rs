//! The ecosystems of one machine: a profile each, and a folder each for what is remembered of it.
//!
//! The first one's profile lies where the platform keeps it, those that came later beside it in `ecosystems/NAME.toml`.
//! Nothing is shared but the program, so that one that fails, or lies on a volume that hangs, harms no other.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, ErrorKind, Result};

/// The name of the first one, whose profile and records lie at the platform's own places.
pub const MAIN_SITE: &str = "main";
/// Below the folder of the first profile, and below that of the records.
pub(crate) const SITES_FOLDER: &str = "ecosystems";
/// What a profile's name ends in while nobody watches by it.
const OFF: &str = "off";
/// Characters of a name at most.
const LONGEST: usize = 40;

/// One ecosystem: which profile describes it, and where what is remembered of it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name on this machine: small letters, digits, `-` and `_`.
    pub id: String,
    /// Its profile, which need not be there.
    pub profile: PathBuf,
    /// Its records.
    pub state_dir: PathBuf,
}

/// All that there can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sites {
    profile: PathBuf,
    state_dir: PathBuf,
}

/// What changes when a profile comes or goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SitesStamp([Option<SystemTime>; 2]);

impl Sites {
    /// Those beside the first one, whose profile and records lie there.
    pub fn new(profile: impl Into<PathBuf>, state_dir: impl Into<PathBuf>) -> Self {
        Self { profile: profile.into(), state_dir: state_dir.into() }
    }

    /// Where the profiles of all but the first lie.
    pub fn folder(&self) -> PathBuf {
        self.profile.with_file_name(SITES_FOLDER)
    }

    /// Those that are watched, the first one first, then by name.
    pub fn watched(&self) -> Vec<Site> {
        self.with_ending("toml")
    }

    /// Those that were watched once and are not now.
    pub fn off(&self) -> Vec<Site> {
        self.with_ending(OFF)
    }

    /// The first one, whether it is there or not.
    pub fn main(&self) -> Site {
        Site { id: MAIN_SITE.to_owned(), profile: self.profile.clone(), state_dir: self.state_dir.clone() }
    }

    /// The one of this name, whether it is there or not.
    ///
    /// # Errors
    /// `Usage` where that is no name.
    pub fn named(&self, id: &str) -> Result<Site> {
        if !is_site_name(id) {
            return Err(Error::new(ErrorKind::Usage, format!("“{id}” is no name of an ecosystem")).hint(
                format!("Names have small letters, digits, - and _, {LONGEST} characters at most; a file needs a / or a dot."),
            ));
        }
        Ok(if id == MAIN_SITE {
            self.main()
        } else {
            Site {
                id: id.to_owned(),
                profile: self.folder().join(format!("{id}.toml")),
                state_dir: self.state_dir.join(SITES_FOLDER).join(id),
            }
        })
    }

    /// The one that `profile` describes, where it is one of these.
    pub fn of_profile(&self, profile: &Path) -> Option<Site> {
        let id = match profile {
            _ if profile == self.profile => MAIN_SITE,
            _ if profile.parent()? == self.folder() => {
                profile.file_name()?.to_str()?.strip_suffix(".toml")?
            }
            _ => return None,
        };
        self.named(id).ok()
    }

    /// A free place for one that its people call `name`: the first one's while nobody has it.
    pub fn free(&self, name: &str) -> Site {
        let taken = |site: &Site| {
            [site.profile.clone(), off(&site.profile)].iter().any(|path| path.symlink_metadata().is_ok())
        };
        let slug = slug(name);
        let numbered = (2..).map(|number| format!("{slug}-{number}"));
        let names = [MAIN_SITE.to_owned(), slug.clone()].into_iter().chain(numbered);
        let mut free = names.filter_map(|id| self.named(&id).ok()).filter(|site| !taken(site));
        // There is always one: the numbers have no end.
        free.next().unwrap_or_else(|| self.main())
    }

    /// Has one watched no longer, or again; its profile and its records stay.
    ///
    /// # Errors
    /// `NotFound` where there is no such one; when its profile cannot be renamed.
    pub fn turn(&self, id: &str, on: bool) -> Result<Site> {
        let site = self.named(id)?;
        let (from, to) = match on {
            true => (off(&site.profile), site.profile.clone()),
            false => (site.profile.clone(), off(&site.profile)),
        };
        if from.symlink_metadata().is_err() {
            let state = if on { "was put off" } else { "is watched" };
            return Err(Error::new(ErrorKind::NotFound, format!("no ecosystem “{id}” {state}"))
                .hint("`caretaker profile list` shows them."));
        }
        // Never over anything: two profiles of one name would be one too few.
        if to.symlink_metadata().is_ok() {
            return Err(Error::new(ErrorKind::Busy, format!("{} is there already", to.display()))
                .hint("Move one of the two elsewhere."));
        }
        std::fs::rename(&from, &to).map_err(|error| Error::io("rename", &from, error))?;
        Ok(site)
    }

    /// Changes whenever a profile comes or goes.
    pub fn stamp(&self) -> SitesStamp {
        let changed = |folder: &Path| folder.metadata().and_then(|is| is.modified()).ok();
        SitesStamp([self.profile.parent().and_then(changed), changed(&self.folder())])
    }

    fn with_ending(&self, ending: &str) -> Vec<Site> {
        let there = |site: &Site| match ending {
            OFF => off(&site.profile).symlink_metadata().is_ok(),
            _ => site.profile.symlink_metadata().is_ok(),
        };
        let ending = if ending == OFF { ".toml.off" } else { ".toml" };
        let entries = std::fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let mut ids: Vec<String> = entries
            .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(ending).map(str::to_owned))
            .filter(|id| id != MAIN_SITE)
            .collect();
        ids.sort();
        std::iter::once(MAIN_SITE.to_owned())
            .chain(ids)
            .filter_map(|id| self.named(&id).ok())
            .filter(there)
            .collect()
    }
}

/// What a profile is called while nobody watches by it.
pub(crate) fn off(profile: &Path) -> PathBuf {
    let mut name = profile.as_os_str().to_owned();
    name.push(".");
    name.push(OFF);
    PathBuf::from(name)
}

/// Whether `text` can be the name of an ecosystem, rather than a file.
pub fn is_site_name(text: &str) -> bool {
    let fine = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fine) && !text.starts_with('-')
}

/// A name that can be a file's: what is no letter or digit becomes one dash.
fn slug(name: &str) -> String {
    let parts: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    // Room is left for a number.
    let slug: String = parts.join("-").chars().take(LONGEST - 8).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() || slug == MAIN_SITE { "ecosystem".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(dir: &Path) -> Sites {
        Sites::new(dir.join("config/caretaker.toml"), dir.join("state"))
    }

    fn put(site: &Site) {
        std::fs::create_dir_all(site.profile.parent().unwrap()).unwrap();
        std::fs::write(&site.profile, "x").unwrap();
    }

    fn ids(of: &[Site]) -> Vec<&str> {
        of.iter().map(|site| site.id.as_str()).collect()
    }

    #[test]
    fn the_first_has_the_places_of_old_and_others_have_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let sites = sites(dir.path());
        let first = sites.free("My Eco");
        assert_eq!((&*first.id, &first.profile), ("main", &dir.path().join("config/caretaker.toml")));
        assert_eq!(first.state_dir, dir.path().join("state"));
        put(&first);
        let second = sites.free("My Eco");
        assert_eq!(second.profile, dir.path().join("config/ecosystems/my-eco.toml"));
        assert_eq!(second.state_dir, dir.path().join("state/ecosystems/my-eco"));
        put(&second);
        let third = sites.free("My: Eco!");
        assert_eq!(third.id, "my-eco-2");
        put(&third);
        assert_eq!(ids(&sites.watched()), ["main", "my-eco", "my-eco-2"]);
        assert_eq!(sites.of_profile(&second.profile), Some(second));
        assert_eq!(sites.of_profile(&dir.path().join("elsewhere.toml")), None);
    }

    #[test]
    fn what_is_put_off_keeps_its_place_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let sites = sites(dir.path());
        put(&sites.named("main").unwrap());
        put(&sites.named("lab").unwrap());
        let before = sites.stamp();
        sites.turn("main", false).unwrap();
        sites.turn("lab", false).unwrap();
        assert_ne!(sites.stamp(), before);
        assert_eq!((ids(&sites.watched()), ids(&sites.off())), (vec![], vec!["main", "lab"]));
        assert_eq!(sites.free("lab").id, "lab-2", "its name stays its own");
        assert_eq!(sites.turn("lab", false).unwrap_err().kind, ErrorKind::NotFound);
        sites.turn("lab", true).unwrap();
        assert_eq!(ids(&sites.watched()), ["lab"]);
        std::fs::write(dir.path().join("config/ecosystems/lab.toml.off"), "another").unwrap();
        assert_eq!(sites.turn("lab", false).unwrap_err().kind, ErrorKind::Busy);
        assert_eq!(std::fs::read(sites.named("lab").unwrap().profile).unwrap(), b"x");
    }

    #[test]
    fn a_name_is_never_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let sites = sites(dir.path());
        for name in ["", "..", "a/b", "a.toml", "Ä", "-x", "A", &"x".repeat(41)] {
            assert_eq!(sites.named(name).unwrap_err().kind, ErrorKind::Usage, "{name}");
        }
        std::fs::create_dir_all(sites.folder().join("sub")).unwrap();
        for stranger in ["notes.txt", "Upper.toml", ".toml", "a b.toml", "main.toml"] {
            std::fs::write(sites.folder().join(stranger), "x").unwrap();
        }
        assert_eq!(ids(&sites.watched()), Vec::<&str>::new());
        for hostile in ["", "…", "main", &"é".repeat(90), &"long ".repeat(30)] {
            let id = slug(hostile);
            assert!(is_site_name(&format!("{id}-1000")) && id != MAIN_SITE, "{hostile}: {id}");
        }
    }
}
