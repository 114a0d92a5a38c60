/// Every command that the page may call; build script, capability and handler list are held against it.
pub const COMMANDS: &[&str] = &[
    "overview",
    "check_now",
    "choose_folder",
    "discover",
    "adopt",
    "start_demo",
    "remedy",
    "close_panel",
    "incidents",
    "chart",
    "day",
    "moment",
    "export_history",
    "acknowledge",
    "snooze",
    "test_channel",
];
