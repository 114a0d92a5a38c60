//! A person who has a keyboard and nothing else.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{Desktop, Page, until};

/// Presses of Tab in which everything of a page is met.
const ROUND: usize = 250;
const PATIENCE: Duration = Duration::from_secs(60);

/// What has the focus, as a reader of the screen says it.
const FOCUSED: &str = "const one = document.activeElement;
    if (!one || one === document.body) return '';
    const label = one.labels?.[0]?.innerText;
    return (one.getAttribute('aria-label') ?? label ?? one.innerText ?? '').replace(/\\s+/g, ' ').trim();";

/// Keys for a page, and what has the focus there.
pub struct Keyboard<'a> {
    desktop: &'a Desktop,
    page: &'a Page,
}

impl<'a> Keyboard<'a> {
    /// The keyboard of `desktop`, for the window that shows `page`.
    pub fn new(desktop: &'a Desktop, page: &'a Page) -> Self {
        Self { desktop, page }
    }

    /// What has the focus.
    ///
    /// # Errors
    /// When the page has gone.
    pub fn focused(&self) -> Result<String> {
        Ok(self.page.run(FOCUSED, &[])?.as_str().unwrap_or_default().to_owned())
    }

    /// Goes on with Tab until what has the focus is called like `name`.
    ///
    /// # Errors
    /// When it is not met in a whole round.
    pub fn tab_to(&self, name: &str) -> Result<()> {
        // Keys go to whatever window has the focus; this one may still be on its way to it.
        until("a window that takes keys", PATIENCE, || {
            Ok((self.page.run("return document.hasFocus()", &[])? == true).then_some(()))
        })?;
        let mut met = Vec::new();
        for _ in 0..ROUND {
            let focused = self.focused()?;
            if focused.contains(name) {
                return Ok(());
            }
            if met.last() != Some(&focused) {
                met.push(focused);
            }
            self.desktop.press("Tab")?;
        }
        bail!("Tab never came to “{name}”, but to {met:?}")
    }

    /// Goes to what is called like `name` as soon as it is there, and presses `key` on it.
    ///
    /// # Errors
    /// When it does not come.
    pub fn press(&self, name: &str, key: &str) -> Result<()> {
        until(&format!("“{name}”"), PATIENCE, || {
            let text = self.page.run("return document.body.innerHTML", &[])?;
            Ok(text.as_str().is_some_and(|html| html.contains(name)).then_some(()))
        })?;
        self.tab_to(name)?;
        self.desktop.press(key)
    }

    /// Goes to the tabs and with the arrow keys to the view `name`.
    ///
    /// # Errors
    /// When there is no such tab.
    pub fn view(&self, name: &str) -> Result<()> {
        let on_tab = "return document.activeElement?.getAttribute('role') === 'tab'";
        for _ in 0..ROUND {
            if self.page.run(on_tab, &[])? == true {
                break;
            }
            self.desktop.press("Tab")?;
        }
        for _ in 0..20 {
            if self.focused()?.contains(name) {
                return Ok(());
            }
            self.desktop.press("Right")?;
        }
        bail!("there is no tab “{name}”")
    }

    /// Types into what has the focus.
    ///
    /// # Errors
    /// When xdotool is missing.
    pub fn write(&self, text: &str) -> Result<()> {
        self.desktop.write(text)
    }
}
