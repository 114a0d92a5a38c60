//! What the stand-in knows of itself: its modules, its counters, and how it writes them down.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{Local, NaiveDateTime, Timelike as _};
use serde_json::json;

use super::log::Log;
use crate::create::traceback;
use crate::error::{At, Result};
use crate::modules::{MODULES, Module, phase};
use crate::reports::Kind;
use crate::scenario::Scenario;
use crate::seed::Seed;

/// The module that is at fault where one is.
const FAULTY: usize = 3;
/// The module of the error storm.
const STORMY: usize = 5;
/// Errors that the storm begins with.
const STORM: usize = 36;

/// One module's standing.
#[derive(Debug, Clone, Default)]
struct Standing {
    status: &'static str,
    runs: u32,
    errors: u32,
    last_run: Option<NaiveDateTime>,
    /// Switched off in its settings when the process began.
    off: bool,
}

/// The stand-in's own view of itself.
#[derive(Debug)]
pub struct Life {
    root: PathBuf,
    scenario: Scenario,
    log: Log,
    began: Instant,
    modules: Vec<Standing>,
    learned: u32,
    optimized: u32,
    adapted: u32,
    predicted: u32,
    reports: u32,
    recovered: u32,
    phase: &'static str,
    failing: bool,
    seed: Seed,
}

impl Life {
    /// Begins a new life in `root`.
    pub fn begin(root: &Path, scenario: Scenario) -> Result<Self> {
        let mut log = Log::open(root.join("logs/ecosystem.log"))?;
        log.write("INFO", "Starting the ecosystem with 10 modules", "")?;
        let standing = |module: &Module| Standing {
            status: "not_integrated",
            off: is_off(root, module),
            ..Standing::default()
        };
        let modules = MODULES.iter().map(standing).collect();
        Ok(Self {
            root: root.to_owned(),
            scenario,
            log,
            began: Instant::now(),
            modules,
            learned: 0,
            optimized: 0,
            adapted: 0,
            predicted: 0,
            reports: 0,
            recovered: 0,
            phase: "",
            failing: false,
            seed: Seed::new(u64::from(Local::now().num_seconds_from_midnight())),
        })
    }

    /// The modules' cycles.
    pub fn cycles(&self) -> Vec<Duration> {
        MODULES.iter().map(|m| Duration::from_secs(u64::from(m.minutes) * 60)).collect()
    }

    /// Integrates all modules.
    pub fn integrate(&mut self) -> Result<()> {
        for (module, standing) in MODULES.iter().zip(&mut self.modules) {
            if standing.off {
                self.log.write("INFO", &format!("{} is switched off", module.name), "")?;
                continue;
            }
            standing.status = "integrated";
            self.log.write("INFO", &format!("Integrated {}", module.name), "")?;
        }
        if self.scenario == Scenario::ErrorStorm {
            for _ in 0..STORM {
                self.storm_on()?;
            }
        }
        Ok(())
    }

    /// Runs a module once.
    pub fn cycle(&mut self, n: usize) -> Result<()> {
        let module = &MODULES[n];
        if self.modules[n].off {
            return Ok(());
        }
        let now = Local::now();
        let today = phase(now.hour());
        if today != self.phase {
            self.phase = today;
            self.log.write("INFO", &format!("Entering phase {today}"), "")?;
        }
        self.modules[n].runs += 1;
        self.modules[n].last_run = Some(now.naive_local());
        if self.scenario == Scenario::ModuleFailure && n == FAULTY {
            return self.fail(module, n);
        }
        let busy = if (6..22).contains(&now.hour()) { 3 } else { 1 };
        let figure = self.seed.between(2, 15) * busy;
        match module.key {
            "continuous_learning" | "knowledge_acquisition" => self.learned += figure,
            "background_optimization" | "self_improvement" => self.optimized += 1,
            "realtime_adaptation" | "adaptive_architecture" => self.adapted += 1,
            "predictive_optimization" => self.predicted += figure,
            _ => {}
        }
        let said = self.seed.pick(&module.says).replace("{}", &figure.to_string());
        let took = self.seed.between(12, 940);
        self.log.write("INFO", &format!("{}: {said} ({took} ms)", module.name), "")
    }

    /// A run that fails: two records in the log, afterwards warnings, so that the module alone turns red.
    fn fail(&mut self, module: &Module, n: usize) -> Result<()> {
        let standing = &mut self.modules[n];
        standing.errors += 1;
        standing.status = "failed";
        let message = format!("Error in {}: {}", module.name, module.fails);
        match standing.errors {
            1 => self.log.write("ERROR", &message, &traceback(module, module.fails)),
            2 => self.log.write("ERROR", &message, ""),
            _ => self.log.write(
                "WARNING",
                &format!("{} is still failing, next try at its cycle", module.name),
                "",
            ),
        }
    }

    /// Lets the flapping module change sides; does nothing in other scenarios.
    pub fn flap(&mut self) -> Result<()> {
        if self.scenario != Scenario::Flapping || self.modules[FAULTY].off {
            return Ok(());
        }
        self.failing = !self.failing;
        let module = &MODULES[FAULTY];
        if self.failing {
            self.modules[FAULTY].status = "failed";
            self.log.write("WARNING", &format!("{} gave up: {}", module.name, module.fails), "")
        } else {
            self.modules[FAULTY].status = "integrated";
            self.recovered += 1;
            self.log.write("INFO", &format!("Integrated {} again", module.name), "")
        }
    }

    /// Adds an error to the storm, which the process itself does not count; does nothing in other scenarios.
    pub fn storm_on(&mut self) -> Result<()> {
        if self.scenario != Scenario::ErrorStorm || self.modules[STORMY].off {
            return Ok(());
        }
        let module = &MODULES[STORMY];
        self.log.write("ERROR", &format!("Error in {}: {}", module.name, module.fails), "")
    }

    /// Writes down what kills it.
    pub fn crash(&mut self) -> Result<()> {
        let module = &MODULES[FAULTY];
        let message = format!("Unhandled exception in {}: {}", module.name, module.fails);
        self.log.write("CRITICAL", &message, &traceback(module, module.fails))
    }

    /// Writes down an ordinary thing.
    pub fn info(&mut self, message: &str) -> Result<()> {
        self.log.write("INFO", message, "")
    }

    /// Notes that a report was written.
    pub fn reported(&mut self, kind: Kind) -> Result<()> {
        self.reports += 1;
        self.log.write("INFO", &format!("Evolution Reporting System: {} report written", kind.id()), "")
    }

    /// Appends the health check's line.
    pub fn health_check(&mut self) -> Result<()> {
        let path = self.root.join("logs/health.log");
        let sound = self.modules.iter().filter(|m| m.status == "integrated").count();
        let line = format!("{} state=running modules={sound}/10\n", Local::now().format("%Y-%m-%d %H:%M:%S"));
        let mut file = OpenOptions::new().create(true).append(true).open(&path).at(&path)?;
        file.write_all(line.as_bytes()).at(&path)
    }

    /// Saves the state in place, as a real ecosystem does: a reader may meet it half written.
    pub fn save(&self, state: &str) -> Result<()> {
        let path = self.root.join("data/ecosystem_state.json");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).at(folder)?;
        }
        let mut text = format!("{:#}\n", self.state(state));
        if self.scenario == Scenario::CorruptState {
            text.truncate(text.find("\"modules\"").unwrap_or(text.len()) / 2);
        }
        fs::write(&path, text).at(&path)
    }

    fn state(&self, state: &str) -> serde_json::Value {
        let time = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        let mut modules = serde_json::Map::new();
        for (module, standing) in MODULES.iter().zip(&self.modules) {
            modules.insert(
                module.name.into(),
                json!({"status": standing.status, "run_count": standing.runs,
                    "error_count": standing.errors, "last_run": standing.last_run.map(time)}),
            );
        }
        json!({
            "timestamp": time(Local::now().naive_local()),
            "state": state,
            "metrics": {
                "uptime_hours": self.began.elapsed().as_secs_f64() / 3600.0,
                "total_cycles_completed": self.modules.iter().map(|m| m.runs).sum::<u32>(),
                "learning_events": self.learned,
                "optimizations_applied": self.optimized,
                "adaptations_made": self.adapted,
                "predictions_generated": self.predicted,
                "reports_created": self.reports,
                "errors_encountered": self.modules.iter().map(|m| m.errors).sum::<u32>(),
                "errors_recovered": self.recovered,
            },
            "modules": modules,
        })
    }

    /// Ends in order.
    pub fn end(&mut self) -> Result<()> {
        self.save("shutdown")?;
        self.log.write("INFO", "Stopping: state saved to data/ecosystem_state.json", "")
    }
}

/// Whether a module's settings switch it off; settings that cannot be read switch nothing off.
fn is_off(root: &Path, module: &Module) -> bool {
    let path = root.join(format!("config/{}_config.yaml", module.key));
    let text = fs::read_to_string(path).unwrap_or_default();
    let switch = text.lines().find_map(|line| line.strip_prefix("enabled:"));
    switch.and_then(|value| value.split('#').next()).is_some_and(|value| value.trim() == "false")
}
