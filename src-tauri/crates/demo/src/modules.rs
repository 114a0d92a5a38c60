//! The ten modules of the ecosystem: what they are called, how often they run, what they say.

/// One module.
#[derive(Debug)]
pub struct Module {
    /// The name as the state file and the log write it.
    pub name: &'static str,
    /// The first part of its settings file's name.
    pub key: &'static str,
    /// Its cycle in minutes.
    pub minutes: u32,
    /// What it reports of a run, with `{}` for a figure.
    pub says: [&'static str; 3],
    /// What it says when a run fails.
    pub fails: &'static str,
}

/// The modules, in the order in which they are integrated.
pub const MODULES: [Module; 10] = [
    Module {
        name: "Continuous Learning Engine",
        key: "continuous_learning",
        minutes: 5,
        says: ["{} interactions reviewed", "{} patterns reinforced", "{} observations stored"],
        fails: "could not decode the interaction buffer",
    },
    Module {
        name: "Background Process Optimization",
        key: "background_optimization",
        minutes: 10,
        says: ["{} jobs rescheduled", "cache hit rate {} %", "{} idle workers released"],
        fails: "scheduler queue is full",
    },
    Module {
        name: "Real-Time Adaptation System",
        key: "realtime_adaptation",
        minutes: 10,
        says: ["{} thresholds adjusted", "drift of {} % corrected", "{} signals weighed"],
        fails: "division by zero",
    },
    Module {
        name: "Meta-Learning Analysis",
        key: "meta_learning",
        minutes: 15,
        says: ["{} strategies compared", "learning rate raised by {} %", "{} hypotheses ranked"],
        fails: "division by zero",
    },
    Module {
        name: "Self-Improvement Cycle",
        key: "self_improvement",
        minutes: 20,
        says: ["{} hypotheses tested", "{} candidates kept", "experiment gained {} %"],
        fails: "experiment did not converge",
    },
    Module {
        name: "Knowledge Acquisition System",
        key: "knowledge_acquisition",
        minutes: 30,
        says: ["{} facts added", "{} sources read", "{} duplicates merged"],
        fails: "source did not answer in time",
    },
    Module {
        name: "Evolution Reporting System",
        key: "evolution_reporting",
        minutes: 60,
        says: ["{} figures collected", "{} sections drafted", "{} trends noted"],
        fails: "template has no section for this figure",
    },
    Module {
        name: "System Evolution Tracking",
        key: "evolution_tracking",
        minutes: 60,
        says: ["{} versions compared", "{} changes recorded", "{} milestones checked"],
        fails: "version record is missing",
    },
    Module {
        name: "Predictive Optimization",
        key: "predictive_optimization",
        minutes: 30,
        says: ["{} needs predicted", "forecast within {} %", "{} tasks prepared ahead"],
        fails: "not enough samples for a forecast",
    },
    Module {
        name: "Adaptive Architecture",
        key: "adaptive_architecture",
        minutes: 45,
        says: ["{} components weighed", "load spread over {} workers", "{} links pruned"],
        fails: "component graph has a cycle",
    },
];

/// The phase of the day, as the ecosystem names it.
pub fn phase(hour: u32) -> &'static str {
    if (6..12).contains(&hour) { "daytime_learning" } else { "evening_implementation" }
}
