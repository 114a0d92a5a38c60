//! All ecosystems of this machine: each is watched by a loop of its own, and one of them is shown.

mod row;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use caretaker_core::clock::{WallClock, Zone};
use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::fsio;
use caretaker_core::keeper::{self, Care, Ecosystem, Event, Keeper, Lists, Overview, Plans, Shared};
use caretaker_core::observe::power::MachinePower;
use caretaker_core::observe::process;
use caretaker_core::profile::{self, MAIN_SITE, Site, Sites, SitesStamp};
use caretaker_core::secrets::Secrets;
use tauri::{AppHandle, Manager};

pub use self::row::EcosystemRow;
use crate::error::{AppError, AppResult};
use crate::place::Place;
use crate::{events, notify, panel, tray};

/// The note, in the folder of the records, of which one was shown last.
const SHOWN: &str = "shown";

/// One ecosystem and everything that works for it.
pub(crate) struct Member {
    /// Its name on this machine.
    pub id: String,
    /// Its profile and its records.
    pub place: Place,
    /// The running loop, or why it could not be started.
    pub keeper: AppResult<Keeper>,
    /// Reports and rounds, kept between two questions of the page.
    pub care: Arc<Care>,
}

/// What every command and event handler can reach.
pub(crate) struct Caretaker {
    place: Place,
    /// Where all loops lay their figures out for Prometheus.
    shared: Shared,
    fleet: Mutex<Fleet>,
    /// Plans that were shown and not yet agreed to: of one ecosystem at a time, so that none is carried out on another.
    pub plans: Arc<Plans>,
    /// What was asked of the places that are not on this machine.
    pub lists: Lists,
    /// What the page was last told of all of them.
    told: Mutex<Vec<EcosystemRow>>,
}

struct Fleet {
    members: Vec<Arc<Member>>,
    shown: Arc<Member>,
    stamp: SitesStamp,
}

impl Caretaker {
    /// Starts a loop for each ecosystem of this machine, or one that waits for the first.
    pub fn start(app: &AppHandle, place: Place) -> Self {
        let stamp = place.sites().map(|sites| sites.stamp()).unwrap_or_default();
        let shared = Shared::default();
        let members = members(app, &place, &shared, &[]);
        let shown = remembered(&place, &members);
        let fleet = Mutex::new(Fleet { members, shown, stamp });
        Self { place, shared, fleet, plans: Arc::default(), lists: Lists::default(), told: Mutex::default() }
    }

    fn fleet(&self) -> std::sync::MutexGuard<'_, Fleet> {
        self.fleet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ecosystem that is shown.
    pub fn shown(&self) -> Arc<Member> {
        Arc::clone(&self.fleet().shown)
    }

    /// All of them.
    pub fn members(&self) -> Vec<Arc<Member>> {
        self.fleet().members.clone()
    }

    /// The running loop of the one that is shown.
    pub fn keeper(&self) -> AppResult<Keeper> {
        self.shown().keeper.clone()
    }

    /// The places of the one that is shown.
    pub fn place(&self) -> Place {
        self.shown().place.clone()
    }

    /// The places of the program: those of the first ecosystem.
    pub fn own_place(&self) -> &Place {
        &self.place
    }

    /// All running loops.
    pub fn keepers(&self) -> Vec<Keeper> {
        self.members().iter().filter_map(|member| member.keeper.clone().ok()).collect()
    }

    /// Shows another one.
    ///
    /// # Errors
    /// `NotFound` where no such one is watched.
    pub fn show(&self, app: &AppHandle, id: &str) -> AppResult<Overview> {
        let member = self.member(id)?;
        let before = std::mem::replace(&mut self.fleet().shown, Arc::clone(&member));
        let keeper = member.keeper.clone()?;
        if before.id != member.id {
            let open = panel::is_open(app);
            if let Ok(left) = &before.keeper {
                left.panel_open(false);
            }
            keeper.panel_open(open);
            let note = self.place.state_dir.join(SHOWN);
            if let Err(error) = fsio::write_atomic(&note, id.as_bytes(), 0o600) {
                tracing::info!(%error, "which ecosystem is shown will not be remembered");
            }
        }
        self.present(app);
        Ok(Overview::clone(&keeper.overview()))
    }

    /// Writes a profile for the ecosystem in `root`, watches it from now on, and shows it.
    ///
    /// # Errors
    /// `Busy` where that folder is watched already; those of looking and writing.
    pub fn adopt(&self, app: &AppHandle, root: &Path) -> AppResult<Overview> {
        let found = profile::discover(root, &process::list())?;
        let known =
            self.members().iter().filter_map(|member| member.ecosystem()).find(|one| one.root == found.root);
        if let Some(known) = known {
            let twice = Error::new(ErrorKind::Busy, format!("{} is watched already", found.root));
            return Err(twice.hint(format!("It is shown as “{}”.", known.name)).into());
        }
        let site = match self.place.sites() {
            Some(sites) => sites.free(&found.name),
            None => self.place.main_site(),
        };
        profile::write_profile(&site.profile, &profile::render_profile(&found))?;
        // The loop that has waited for the first one takes it.
        let waiting = self.members().into_iter().find(|member| member.id == site.id);
        match waiting {
            Some(member) => {
                member.keeper.clone()?.use_profile(site.profile.clone())?;
            }
            None => self.follow(app),
        }
        notify::ask_permission();
        self.show(app, &site.id)?;
        Ok(Overview::clone(&self.keeper()?.check_now()))
    }

    /// All ecosystems of this machine.
    ///
    /// # Errors
    /// `Usage` where one profile was named at the start, which is watched alone.
    pub fn all_sites(&self) -> AppResult<Sites> {
        self.place.sites().ok_or_else(|| {
            Error::new(ErrorKind::Usage, "Caretaker was started for one profile")
                .hint("Start it without --profile to watch several.")
                .into()
        })
    }

    /// The one of this name.
    ///
    /// # Errors
    /// `NotFound` where no such one is watched.
    pub fn member(&self, id: &str) -> AppResult<Arc<Member>> {
        let found = self.fleet().members.iter().find(|member| member.id == id).cloned();
        found.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no ecosystem “{id}” is watched"))
                .hint("It was put off, or its profile is gone.")
                .into()
        })
    }

    /// Has one watched no longer, or again.
    ///
    /// # Errors
    /// `NotFound` where there is no such one, or a profile was named at the start.
    pub fn turn(&self, app: &AppHandle, id: &str, on: bool) -> AppResult<Vec<EcosystemRow>> {
        let sites = self.all_sites()?;
        sites.turn(id, on)?;
        self.follow(app);
        Ok(self.rows())
    }

    /// Whether a profile came or went since they were followed last.
    fn is_behind(&self) -> bool {
        self.place.sites().is_some_and(|sites| sites.stamp() != self.fleet().stamp)
    }

    /// Starts what has a profile and is not watched yet, and ends what has none any more, where that changed.
    pub fn follow(&self, app: &AppHandle) {
        let Some(sites) = self.place.sites() else { return };
        let stamp = sites.stamp();
        let ended = {
            let mut fleet = self.fleet();
            if fleet.stamp == stamp {
                return;
            }
            fleet.stamp = stamp;
            let before = std::mem::take(&mut fleet.members);
            fleet.members = members(app, &self.place, &self.shared, &before);
            let kept = |member: &Arc<Member>| fleet.members.iter().any(|now| Arc::ptr_eq(now, member));
            let ended: Vec<_> = before.into_iter().filter(|member| !kept(member)).collect();
            if !kept(&fleet.shown.clone()) {
                fleet.shown = remembered(&self.place, &fleet.members);
                if let Ok(keeper) = &fleet.shown.keeper {
                    keeper.panel_open(panel::is_open(app));
                }
            }
            ended
        };
        for keeper in ended.iter().filter_map(|member| member.keeper.as_ref().ok()) {
            keeper.stop();
        }
        // One that waited for its profile, or showed the demo meanwhile, takes it now that it is there.
        for member in self.members() {
            if member.place.profile.exists()
                && !member.has_its_profile()
                && let Ok(keeper) = &member.keeper
                && let Err(error) = keeper.use_profile(member.place.profile.clone())
            {
                tracing::warn!(%error, "a new profile cannot be used");
            }
        }
        self.present(app);
        if let Ok(keeper) = self.keeper() {
            events::tell_page(app, events::OVERVIEW, &*keeper.overview());
        }
    }

    /// What the window lists: those that are watched, then those that were put off.
    pub fn rows(&self) -> Vec<EcosystemRow> {
        let shown = self.shown();
        let watched = self.members().into_iter().map(|member| {
            let is_shown = member.id == shown.id;
            EcosystemRow::watched(&member, is_shown)
        });
        let off = self.place.sites().map(|sites| sites.off()).unwrap_or_default();
        watched.chain(off.into_iter().map(EcosystemRow::off)).collect()
    }

    /// Shows the worst light in the bar, and tells the page of all where that changed.
    pub fn present(&self, app: &AppHandle) {
        let (members, shown) = {
            let fleet = self.fleet();
            (fleet.members.clone(), Arc::clone(&fleet.shown))
        };
        let others: Vec<Arc<Overview>> = members
            .iter()
            .filter(|member| member.id != shown.id)
            .filter_map(|member| Some(member.keeper.as_ref().ok()?.overview()))
            .collect();
        match &shown.keeper {
            Ok(keeper) => tray::show(app, &keeper.overview(), &others, None),
            Err(error) => tray::show(app, &Overview::empty(), &others, Some(&error.message)),
        }
        if !panel::is_open(app) {
            return;
        }
        let rows = self.rows();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != rows {
            events::tell_page(app, events::ECOSYSTEMS, &rows);
            *told = rows;
        }
    }

    /// Ends all loops and waits until everything is written.
    pub fn stop(&self) {
        for keeper in self.keepers() {
            keeper.stop();
        }
    }
}

impl Member {
    /// What is watched; `None` before the first run.
    pub fn ecosystem(&self) -> Option<Ecosystem> {
        self.keeper.as_ref().ok()?.overview().ecosystem.clone()
    }

    /// Whether its loop watches by its own profile; until there is one it waits, or shows the demo.
    fn has_its_profile(&self) -> bool {
        self.ecosystem().is_some_and(|ecosystem| Path::new(&ecosystem.profile) == self.place.profile)
    }

    fn start(app: &AppHandle, id: &str, place: Place, shared: &Shared) -> Self {
        let keeper = start_keeper(app, id, &place, shared);
        if let Err(error) = &keeper {
            tracing::error!(message = %error.message, id, "the loop did not start");
        }
        Self { id: id.to_owned(), place, keeper, care: Arc::default() }
    }
}

/// One for each profile that is there; those of `before` that have one go on.
fn members(app: &AppHandle, place: &Place, shared: &Shared, before: &[Arc<Member>]) -> Vec<Arc<Member>> {
    let mut sites: Vec<Site> = place.sites().map(|sites| sites.watched()).unwrap_or_default();
    if sites.is_empty() {
        // A loop that watches what was named, or waits until there is something to watch.
        sites.push(place.main_site());
    }
    let member = |site: Site| {
        let goes_on = before.iter().find(|member| member.id == site.id).cloned();
        goes_on.unwrap_or_else(|| Arc::new(Member::start(app, &site.id, place.at(&site), shared)))
    };
    sites.into_iter().map(member).collect()
}

/// The one that was shown last, else the first.
fn remembered(place: &Place, members: &[Arc<Member>]) -> Arc<Member> {
    let id = fsio::read_bounded(&place.state_dir.join(SHOWN), 100).ok();
    let id = id.as_deref().and_then(|id| std::str::from_utf8(id).ok()).unwrap_or(MAIN_SITE);
    let known = members.iter().find(|member| member.id == id).or_else(|| members.first());
    // There is always one: see `members`.
    known.map_or_else(|| unreachable!("a fleet without members"), Arc::clone)
}

fn start_keeper(app: &AppHandle, id: &str, place: &Place, shared: &Shared) -> AppResult<Keeper> {
    let setup = keeper::Setup {
        profile: place.profile_in_force(),
        state_dir: place.state_dir.clone(),
        clock: Arc::new(WallClock),
        zone: Zone::Machine,
        home: place.home.clone(),
        native: Some(Box::new(notify::Native::new(app.clone(), id))),
        secrets: Secrets::new(|name| std::env::var(name).ok()),
        power: Arc::new(MachinePower),
        every: None,
        shared: shared.clone(),
    };
    let (app, id) = (app.clone(), id.to_owned());
    keeper::start(setup, move |Event::Changed(overview)| relay(&app, &id, &overview)).map_err(AppError::from)
}

/// From a loop to what is on the screen: in the bar always, in the page while there is one that shows it.
fn relay(app: &AppHandle, id: &str, overview: &Overview) {
    // A loop that is faster than the start is shown by the start.
    let Some(caretaker) = app.try_state::<Caretaker>() else { return };
    caretaker.present(app);
    if caretaker.shown().id == id {
        events::tell_page(app, events::OVERVIEW, overview);
    }
    if caretaker.is_behind() {
        // By another thread: this one may be the loop that is to end.
        let app = app.clone();
        tauri::async_runtime::spawn_blocking(move || app.state::<Caretaker>().follow(&app));
    }
}
