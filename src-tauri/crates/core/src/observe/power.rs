//! Where the machine's power comes from, asked of the system.

/// The machine's power.
pub trait Power: Send + Sync {
    /// Whether it comes from the mains; `None` where that cannot be told.
    fn on_mains(&self) -> Option<bool>;
}

/// The power of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachinePower;

impl Power for MachinePower {
    #[cfg(target_os = "linux")]
    fn on_mains(&self) -> Option<bool> {
        by_supplies(std::path::Path::new("/sys/class/power_supply"))
    }

    #[cfg(not(target_os = "linux"))]
    fn on_mains(&self) -> Option<bool> {
        use crate::program::{Program, run};
        let program = Program {
            called: "pmset",
            line: &["/usr/bin/pmset".into(), "-g".into(), "ps".into()],
            folder: std::path::Path::new("/"),
            timeout: std::time::Duration::from_secs(5),
            cap: 65_536,
            pen: &[],
        };
        let ended = run(&program, &crate::progress::Unwatched);
        by_pmset(&String::from_utf8_lossy(&ended.output))
    }
}

/// What the kernel says of all supplies: on battery is a machine whose own battery empties and that nothing feeds.
#[cfg(target_os = "linux")]
fn by_supplies(folder: &std::path::Path) -> Option<bool> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // A machine that knows nothing of batteries has none.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(true),
        Err(_) => return None,
    };
    let (mut fed, mut empties) = (false, false);
    for supply in entries.flatten() {
        let says = |what: &str| {
            let text = std::fs::read_to_string(supply.path().join(what)).unwrap_or_default();
            text.trim().to_owned()
        };
        match says("type").as_str() {
            // That of a mouse says nothing about the machine.
            "Battery" => empties |= says("scope") != "Device" && says("status") == "Discharging",
            _ => fed |= says("online") == "1",
        }
    }
    Some(fed || !empties)
}

/// What `pmset -g ps` says in its first line: `Now drawing from 'Battery Power'`.
#[cfg(any(test, not(target_os = "linux")))]
fn by_pmset(text: &str) -> Option<bool> {
    match text.lines().next()?.split('\'').nth(1)? {
        "AC Power" => Some(true),
        "Battery Power" | "UPS Power" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_machine_is_on_battery_when_its_own_one_empties_and_nothing_feeds_it() {
        let machine = |supplies: &[&[(&str, &str)]]| {
            let dir = tempfile::tempdir().unwrap();
            for (number, files) in supplies.iter().enumerate() {
                let folder = dir.path().join(number.to_string());
                std::fs::create_dir(&folder).unwrap();
                for (name, text) in *files {
                    std::fs::write(folder.join(name), format!("{text}\n")).unwrap();
                }
            }
            by_supplies(dir.path())
        };
        let mains = |online| [("type", "Mains"), ("online", online)];
        let battery = |status| [("type", "Battery"), ("status", status)];
        let mouse = [("type", "Battery"), ("scope", "Device"), ("status", "Discharging")];
        assert_eq!(machine(&[]), Some(true));
        assert_eq!(machine(&[&mains("0"), &battery("Discharging")]), Some(false));
        assert_eq!(machine(&[&mains("1"), &battery("Charging")]), Some(true));
        assert_eq!(
            machine(&[&mains("0"), &[("type", "USB"), ("online", "1")], &battery("Discharging")]),
            Some(true)
        );
        assert_eq!(machine(&[&battery("Discharging")]), Some(false));
        assert_eq!(machine(&[&battery("Full")]), Some(true));
        assert_eq!(machine(&[&mouse]), Some(true));
        assert_eq!(by_supplies(std::path::Path::new("/nowhere/power_supply")), Some(true));
    }

    #[test]
    fn pmset_is_understood() {
        let battery = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=1)\t98%; discharging; 6:01 remaining present: true\n";
        assert_eq!(by_pmset(battery), Some(false));
        assert_eq!(by_pmset("Now drawing from 'AC Power'\n"), Some(true));
        assert_eq!(by_pmset("Now drawing from 'UPS Power'\n -UPS"), Some(false));
        assert_eq!(by_pmset(""), None);
        assert_eq!(by_pmset("No power source\n"), None);
    }
}
