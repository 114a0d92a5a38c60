//! The loop's thread and the handle to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::alerts::{Channel, Handling};
use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::keeper::board::Board;
use crate::keeper::courier::Report;
use crate::keeper::engine::Engine;
use crate::keeper::overview::Overview;
use crate::observe::power::Power;
use crate::observe::process::Roster;
use crate::secrets::Secrets;

/// What the loop is given: the world, as far as it may touch it.
pub struct Setup {
    /// The profile in force; `None` before the first run.
    pub profile: Option<PathBuf>,
    /// Where the store lives.
    pub state_dir: PathBuf,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The zone of local times.
    pub zone: Zone,
    /// The user's home folder, for `~` in profiles.
    pub home: Option<PathBuf>,
    /// The desktop's own way to tell a person, or a terminal; the others are in the profile.
    pub native: Option<Box<dyn Channel>>,
    /// Where secrets are found.
    pub secrets: Secrets,
    /// Where the machine's power comes from.
    pub power: Arc<dyn Power>,
    /// Time between ticks instead of the profile's; `None` follows the profile.
    pub every: Option<Duration>,
    /// What it has in common with the other loops of this program.
    pub shared: Shared,
}

/// What all loops of a program have in common; clones share it.
#[derive(Clone, Default)]
pub struct Shared {
    /// Where figures are laid out for whoever collects them.
    pub(super) board: Board,
    /// The processes of the machine.
    pub(super) roster: Roster,
}

/// What the loop tells.
#[derive(Debug, Clone)]
pub enum Event {
    /// A tick is done.
    Changed(Arc<Overview>),
}

enum Command {
    CheckNow(oneshot::Sender<Arc<Overview>>),
    PanelOpen(bool),
    Handle(Handling, oneshot::Sender<Result<Arc<Overview>>>),
    Carried(Report),
    Test(String, oneshot::Sender<Result<()>>),
    Tested(String, Option<String>),
    UseProfile(PathBuf, oneshot::Sender<Result<Arc<Overview>>>),
    Stop,
}

/// The handle to the running loop; clones share it.
#[derive(Clone)]
pub struct Keeper {
    commands: mpsc::UnboundedSender<Command>,
    latest: Arc<Mutex<Arc<Overview>>>,
    thread: Arc<Mutex<Option<std::thread::JoinHandle<()>>>>,
}

impl Keeper {
    /// The newest overview, without waiting.
    pub fn overview(&self) -> Arc<Overview> {
        Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks again and waits for the result; gives the newest overview if the loop has ended.
    ///
    /// Must not be called from a thread that runs asynchronous tasks.
    pub fn check_now(&self) -> Arc<Overview> {
        let (reply, answer) = oneshot::channel();
        if self.commands.send(Command::CheckNow(reply)).is_err() {
            return self.overview();
        }
        answer.blocking_recv().unwrap_or_else(|_| self.overview())
    }

    /// Says whether somebody is looking: ticks come closer together then, and the past is shown.
    pub fn panel_open(&self, open: bool) {
        let _ = self.commands.send(Command::PanelOpen(open));
    }

    /// Puts another profile in force and looks at once.
    ///
    /// # Errors
    /// The profile's mistakes; the one before stays in force.
    pub fn use_profile(&self, path: PathBuf) -> Result<Arc<Overview>> {
        self.ask(|reply| Command::UseProfile(path, reply))
    }

    /// Does what a person asks about an incident, at once.
    ///
    /// # Errors
    /// When no such incident is open, or a snooze is too long.
    pub fn handle(&self, handling: Handling) -> Result<Arc<Overview>> {
        self.ask(|reply| Command::Handle(handling, reply))
    }

    /// Sends a test by the channel `name`, and waits until the channel has taken it: handed over, which is all that
    /// anybody can know.
    ///
    /// # Errors
    /// When there is no such channel, or why it did not take it.
    pub fn test_channel(&self, name: &str) -> Result<()> {
        let answer = self.ask(|reply| Command::Test(name.to_owned(), reply));
        let problem = answer.as_ref().err().map(ToString::to_string);
        if !matches!(&answer, Err(error) if error.kind == ErrorKind::NotFound) {
            let _ = self.commands.send(Command::Tested(name.to_owned(), problem));
        }
        answer
    }

    fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<Result<T>>) -> Command) -> Result<T> {
        let ended =
            || Error::new(ErrorKind::System, "Caretaker's loop has ended").hint("Start Caretaker again.");
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).map_err(|_| ended())?;
        answer.blocking_recv().map_err(|_| ended())?
    }

    /// Ends the loop after the current tick and waits until everything is written.
    pub fn stop(&self) {
        let _ = self.commands.send(Command::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// Starts the loop on its own thread; the first tick follows at once.
///
/// # Errors
/// When the system gives no thread. A broken profile is not an error here: the overview says so, and
/// the loop takes the profile as soon as it is mended.
pub fn start(setup: Setup, on_event: impl Fn(Event) + Send + 'static) -> Result<Keeper> {
    let clock = Arc::clone(&setup.clock);
    let (commands, inbox) = mpsc::unbounded_channel();
    let latest = Arc::new(Mutex::new(Arc::new(Overview::empty())));
    // Weak, so that the loop ends when nobody holds a handle to it any more.
    let carried = commands.downgrade();
    let keeper = Keeper { commands, latest: Arc::clone(&latest), thread: Arc::new(Mutex::new(None)) };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|e| Error::new(ErrorKind::System, "the system gave no timer").because(e))?;
    let thread = std::thread::Builder::new()
        .name("keeper".into())
        .spawn(move || {
            // Here, not above: profile and store take their time, and whoever calls has an icon to show.
            let mut engine = Engine::new(setup);
            engine.report_to(Arc::new(move |report| {
                // The loop may have ended meanwhile: then the letter is carried again at the next start.
                if let Some(loop_of) = carried.upgrade() {
                    let _ = loop_of.send(Command::Carried(report));
                }
            }));
            let teller = Teller { latest, on_event };
            runtime.block_on(turn(engine, clock, inbox, teller));
        })
        .map_err(|e| Error::new(ErrorKind::System, "the system gave no thread").because(e))?;
    *keeper.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    Ok(keeper)
}

struct Teller<F> {
    latest: Arc<Mutex<Arc<Overview>>>,
    on_event: F,
}

impl<F: Fn(Event)> Teller<F> {
    fn tell(&self, engine: &Engine) -> Arc<Overview> {
        let overview = Arc::new(engine.overview().clone());
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&overview);
        (self.on_event)(Event::Changed(Arc::clone(&overview)));
        overview
    }
}

async fn turn<F: Fn(Event)>(
    mut engine: Engine,
    clock: Arc<dyn Clock>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    teller: Teller<F>,
) {
    engine.tick(clock.now());
    teller.tell(&engine);
    let mut next = tokio::time::Instant::now() + engine.interval();
    loop {
        let woken = next.min(wall(engine.due(), &*clock));
        match tokio::time::timeout_at(woken, inbox.recv()).await {
            Err(_elapsed) if woken < next => {
                engine.settle(clock.now());
                teller.tell(&engine);
                // The next look comes when it would have come anyway.
                continue;
            }
            Err(_elapsed) => {
                engine.tick(clock.now());
                teller.tell(&engine);
            }
            Ok(Some(Command::CheckNow(reply))) => {
                engine.look_closely(clock.now());
                let _ = reply.send(teller.tell(&engine));
            }
            Ok(Some(Command::PanelOpen(open))) => {
                engine.panel_open(open);
                if open {
                    engine.tick(clock.now());
                    teller.tell(&engine);
                }
            }
            Ok(Some(Command::Handle(handling, reply))) => {
                let answer = engine.handle(&handling, clock.now());
                let overview = teller.tell(&engine);
                let _ = reply.send(answer.map(|()| overview));
                continue;
            }
            Ok(Some(Command::Carried(report))) => {
                engine.came_back(&report, clock.now());
                teller.tell(&engine);
                continue;
            }
            Ok(Some(Command::Test(name, reply))) => {
                engine.test_channel(&name, clock.now(), move |result| {
                    let _ = reply.send(result);
                });
                continue;
            }
            Ok(Some(Command::Tested(name, problem))) => {
                engine.tested(&name, problem.as_deref(), clock.now());
                continue;
            }
            Ok(Some(Command::UseProfile(path, reply))) => {
                let answer = engine.use_profile(path, clock.now());
                let overview = teller.tell(&engine);
                let _ = reply.send(answer.map(|()| overview));
            }
            Ok(Some(Command::Stop) | None) => break,
        }
        // Counted from now on: a late tick is not caught up, the next one simply follows.
        next = tokio::time::Instant::now() + engine.interval().max(Duration::from_millis(100));
    }
    engine.close(clock.now());
}

/// The timer's time of an instant of the wall clock; far away where there is none.
///
/// Never at once: what is due and cannot be done must not turn the loop into a whirl.
fn wall(due: Option<Instant>, clock: &dyn Clock) -> tokio::time::Instant {
    let now = tokio::time::Instant::now();
    let Some(due) = due else { return now + Duration::from_secs(86_400) };
    now + (due - clock.now()).to_std().unwrap_or_default().max(Duration::from_millis(250))
}
