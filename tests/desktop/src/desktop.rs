//! The desktop itself.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use zbus::blocking::{Connection, connection, fdo::DBusProxy};

use crate::started::Started;
use crate::until;

const PATIENCE: Duration = Duration::from_secs(30);

/// One panel along the upper edge, with a tray and a clock.
const PANEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="28"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray"/>
    <property name="plugin-3" type="string" value="clock"/>
  </property>
</channel>
"#;

/// What pages get where they ask for the system's own font; where it is missing, what comes next.
const FONTS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <alias><family>system-ui</family><prefer><family>Inter</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
"#;

/// Without a compositor: no shadows and no fading, so that a picture is finished when its windows are.
const WINDOWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfwm4" version="1.0">
  <property name="general" type="empty">
    <property name="use_compositing" type="bool" value="false"/>
  </property>
</channel>
"#;

/// Notifications appear where they hide neither the icon nor what hangs from it.
const NOTIFICATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-notifyd" version="1.0">
  <property name="notify-location" type="uint" value="1"/>
</channel>
"#;

/// Whether the desktop is light or dark: what GTK is told, and with it WebKit's `prefers-color-scheme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress {
    /// Dark text on light.
    Light,
    /// Light text on dark.
    Dark,
    /// Dark text on light with more contrast, which is `prefers-contrast` to a page.
    Contrast,
}

/// A screen that nobody sees, with window manager, panel and notification daemon, and a home of its own.
pub struct Desktop {
    // Ended in this order: apps first, the screen last.
    programs: Vec<Started>,
    bus: Connection,
    display: String,
    folder: tempfile::TempDir,
}

impl Desktop {
    /// Starts everything and waits until the tray and the notifications are there.
    ///
    /// # Errors
    /// When a program is missing or does not come up.
    pub fn start() -> Result<Self> {
        Self::start_in(Dress::Light)
    }

    /// As [`Desktop::start`], light or dark.
    ///
    /// # Errors
    /// When a program is missing or does not come up.
    pub fn start_in(dress: Dress) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("desktop-").tempdir()?;
        let (home, runtime) = (folder.path().join("home"), folder.path().join("run"));
        let panel = home.join(".config/xfce4/xfconf/xfce-perchannel-xml");
        std::fs::create_dir_all(&panel)?;
        std::fs::write(panel.join("xfce4-panel.xml"), PANEL)?;
        std::fs::write(panel.join("xfce4-notifyd.xml"), NOTIFICATIONS)?;
        std::fs::write(panel.join("xfwm4.xml"), WINDOWS)?;
        let fonts = home.join(".config/fontconfig");
        std::fs::create_dir_all(&fonts)?;
        std::fs::write(fonts.join("fonts.conf"), FONTS)?;
        let gtk = home.join(".config/gtk-3.0");
        std::fs::create_dir_all(&gtk)?;
        let dark = u8::from(dress == Dress::Dark);
        let theme = if dress == Dress::Contrast { "gtk-theme-name=HighContrast\n" } else { "" };
        std::fs::write(
            gtk.join("settings.ini"),
            format!("[Settings]\ngtk-application-prefer-dark-theme={dark}\ngtk-font-name=Inter 10\n{theme}"),
        )?;
        std::fs::create_dir(&runtime)?;
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700))?;

        // The server itself picks a number that nobody uses, and says which when it is ready.
        let mut screen = Started::new(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut number = String::new();
        BufReader::new(screen.stdout().context("no pipe to Xvfb")?).read_line(&mut number)?;
        ensure!(!number.trim().is_empty(), "Xvfb ended before it was ready");
        let display = format!(":{}", number.trim());

        let address = format!("unix:path={}", runtime.join("bus").display());
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", &format!("--address={address}")]);
        surround(&mut daemon, folder.path(), &display);
        let daemon = Started::new(&mut daemon)?;
        let bus = until("the message bus", PATIENCE, || {
            Ok(Some(connection::Builder::address(address.as_str())?.build()?))
        })?;

        let mut desktop = Self { programs: vec![daemon, screen], bus, display, folder };
        desktop.run("xfwm4", &[])?;
        desktop.run("xfce4-panel", &["--disable-wm-check"])?;
        desktop.run(&notification_daemon()?, &[])?;
        for name in ["org.kde.StatusNotifierWatcher", "org.freedesktop.Notifications"] {
            until(name, PATIENCE, || {
                let names = DBusProxy::new(&desktop.bus)?.list_names()?;
                Ok(names.iter().any(|owned| owned.as_str() == name).then_some(()))
            })?;
        }
        Ok(desktop)
    }

    /// A command that will find this desktop, and nothing of the real one.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        surround(&mut command, self.folder.path(), &self.display);
        command
    }

    /// Starts `program`, to end with the desktop.
    fn run(&mut self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Result<()> {
        let started = Started::new(self.command(program).args(arguments))?;
        self.programs.insert(0, started);
        Ok(())
    }

    /// The message bus of this desktop.
    pub fn bus(&self) -> &Connection {
        &self.bus
    }

    /// Where another connection to that bus is made.
    pub fn bus_address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("run/bus").display())
    }

    /// The home folder of whoever uses this desktop.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The X display's name, such as `:1`.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The windows of that title that can be seen, by their numbers.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn windows(&self, title: &str) -> Result<Vec<String>> {
        let mut search = self.command("xdotool");
        search.args(["search", "--onlyvisible", "--name", &format!("^{title}$")]).stdout(Stdio::piped());
        Ok(String::from_utf8(search.output()?.stdout)?.lines().map(str::to_owned).collect())
    }

    /// Presses a key, such as `Escape`, for whatever has the focus.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn press(&self, key: &str) -> Result<()> {
        ensure!(self.command("xdotool").args(["key", key]).status()?.success(), "xdotool pressed no {key}");
        Ok(())
    }

    /// Types a text into whatever has the focus.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn write(&self, text: &str) -> Result<()> {
        ensure!(
            self.command("xdotool").args(["type", "--", text]).status()?.success(),
            "xdotool did not type"
        );
        Ok(())
    }

    /// Keeps a picture of the whole screen.
    ///
    /// # Errors
    /// When ImageMagick is missing or the file cannot be written.
    pub fn picture(&self, file: &Path) -> Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let done = self.command("import").args(["-window", "root"]).arg(file).status()?;
        ensure!(done.success(), "import could not write {}", file.display());
        Ok(())
    }
}

/// Gives `command` the surroundings of this desktop and nothing else.
fn surround(command: &mut Command, folder: &Path, display: &str) {
    let runtime = folder.join("run");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()))
        .env("HOME", folder.join("home"))
        .env("LANG", "C.UTF-8")
        .env("DISPLAY", display)
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("XDG_CURRENT_DESKTOP", "XFCE")
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", runtime.join("bus").display()))
        // No bridge to assistive technology: it would only be looked for, in vain.
        .env("NO_AT_BRIDGE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir(folder);
}

/// The daemon lies outside the search path, in a folder named after the machine's kind.
fn notification_daemon() -> Result<PathBuf> {
    for folder in std::fs::read_dir("/usr/lib")? {
        let daemon = folder?.path().join("xfce4/notifyd/xfce4-notifyd");
        if daemon.exists() {
            return Ok(daemon);
        }
    }
    anyhow::bail!("xfce4-notifyd is not installed")
}
