//! What an app's tray icon says, and its menu: read and pressed over the message bus, without pixels.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use zbus::blocking::{Connection, Proxy, fdo::DBusProxy, proxy};
use zbus::names::BusName;
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

use crate::until;

/// One app's icon in the tray.
pub struct Tray {
    bus: Connection,
    owner: String,
    item: Proxy<'static>,
    menu: Proxy<'static>,
}

/// A line as the menu sends it: its number, what it says, what is below it.
type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// How long a line of the menu may take to appear.
const APPEARS: Duration = Duration::from_secs(20);

/// One line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuItem {
    id: i32,
    /// What it says, without the mark for the keyboard.
    pub label: String,
    /// Whether it can be pressed.
    pub enabled: bool,
}

impl Tray {
    /// Waits until the tray holds an icon with a menu, of the process `pid` where one is given.
    ///
    /// # Errors
    /// When none appeared within `limit`.
    pub fn wait(bus: &Connection, pid: Option<u32>, limit: Duration) -> Result<Self> {
        until("an icon in the tray", limit, || {
            let watcher = quiet(
                bus,
                "org.kde.StatusNotifierWatcher".into(),
                "/StatusNotifierWatcher".into(),
                "org.kde.StatusNotifierWatcher",
            )?;
            let items: Vec<String> = watcher.get_property("RegisteredStatusNotifierItems")?;
            for item in items {
                let (owner, path) = match item.find('/') {
                    Some(slash) => (item[..slash].to_owned(), item[slash..].to_owned()),
                    None => (item, "/StatusNotifierItem".to_owned()),
                };
                let name = BusName::try_from(owner.clone())?;
                if pid.is_some_and(|pid| {
                    DBusProxy::new(bus).and_then(|p| Ok(p.get_connection_unix_process_id(name)?)).ok()
                        != Some(pid)
                }) {
                    continue;
                }
                let item = quiet(bus, owner.clone(), path, "org.kde.StatusNotifierItem")?;
                let menu: OwnedObjectPath = item.get_property("Menu")?;
                if menu.as_str() == "/NO_DBUSMENU" {
                    continue;
                }
                let menu = quiet(bus, owner.clone(), menu.to_string(), "com.canonical.dbusmenu")?;
                let tray = Self { bus: bus.clone(), owner, item, menu };
                // The icon is there a moment before its menu is.
                if tray.menu().is_ok_and(|lines| !lines.is_empty()) {
                    return Ok(Some(tray));
                }
            }
            Ok(None)
        })
    }

    /// The process that owns the icon.
    ///
    /// # Errors
    /// When it has gone.
    pub fn pid(&self) -> Result<u32> {
        Ok(DBusProxy::new(&self.bus)?
            .get_connection_unix_process_id(BusName::try_from(self.owner.clone())?)?)
    }

    /// The picture that is shown now.
    ///
    /// # Errors
    /// When the icon has gone.
    pub fn icon(&self) -> Result<PathBuf> {
        let name: String = self.item.get_property("IconName")?;
        Ok(PathBuf::from(name))
    }

    /// The menu, from top to bottom; separators are left out.
    ///
    /// # Errors
    /// When the icon has gone.
    pub fn menu(&self) -> Result<Vec<MenuItem>> {
        // Some apps fill their menu only when it is about to be seen.
        let _: Result<bool, _> = self.menu.call("AboutToShow", &(0_i32,));
        let (_revision, (_root, _properties, children)): (u32, Line) =
            self.menu.call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()))?;
        let mut items = Vec::new();
        for child in children {
            gather(&child, &mut items)?;
        }
        Ok(items)
    }

    /// Every label of the menu.
    ///
    /// # Errors
    /// When the icon has gone.
    pub fn labels(&self) -> Result<Vec<String>> {
        Ok(self.menu()?.into_iter().map(|item| item.label).collect())
    }

    /// Presses the line that says `label`.
    ///
    /// # Errors
    /// When there is none.
    pub fn press(&self, label: &str) -> Result<()> {
        // While the app writes its menu anew, it is not there for a moment.
        let item = until(&format!("“{label}” in the menu"), APPEARS, || {
            Ok(self.menu().ok().and_then(|items| items.into_iter().find(|item| item.label == label)))
        })
        .with_context(|| format!("the menu has {:?}", self.labels().unwrap_or_default()))?;
        self.menu
            .call_method("Event", &(item.id, "clicked", Value::from(0_i32), 0_u32))
            .context("the menu did not answer")?;
        Ok(())
    }
}

/// A proxy that asks anew each time.
fn quiet(bus: &Connection, owner: String, path: String, interface: &'static str) -> Result<Proxy<'static>> {
    Ok(proxy::Builder::new(bus)
        .destination(owner)?
        .path(path)?
        .interface(interface)?
        .cache_properties(CacheProperties::No)
        .build()?)
}

/// Adds the line and what is below it.
fn gather(node: &OwnedValue, items: &mut Vec<MenuItem>) -> Result<()> {
    let node: &Structure<'_> = node.downcast_ref()?;
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = node.fields() else {
        bail!("a menu line of another shape: {node:?}");
    };
    let label: Option<String> = properties.get(&"label")?;
    let enabled: Option<bool> = properties.get(&"enabled")?;
    let visible: Option<bool> = properties.get(&"visible")?;
    if let Some(label) = label.filter(|_| visible.unwrap_or(true)) {
        items.push(MenuItem { id: *id, label: unmarked(&label), enabled: enabled.unwrap_or(true) });
    }
    for child in children.iter() {
        gather(&child.try_to_owned()?, items)?;
    }
    Ok(())
}

/// The label without the underscore that marks a key; a doubled one stands for itself.
fn unmarked(label: &str) -> String {
    label.replace("__", "\u{0}").replace('_', "").replace('\u{0}', "_")
}

#[cfg(test)]
mod tests {
    use super::unmarked;

    #[test]
    fn the_mark_for_the_keyboard_is_taken_off() {
        assert_eq!(unmarked("_Open error__log"), "Open error_log");
    }
}
