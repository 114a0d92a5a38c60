//! The page inside an app's window, driven as a browser is: by WebKit's own driver over plain HTTP.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{Desktop, Started, until};

const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE: Duration = Duration::from_secs(60);

/// A page that is being driven; the driver and the app it started end with it.
pub struct Page {
    agent: ureq::Agent,
    session: String,
    _driver: Started,
}

impl Page {
    /// Starts `app` under the driver, and calls `open` so that the app makes the window which it would not make by itself.
    ///
    /// # Errors
    /// When the driver is missing, or the app shows no page.
    pub fn start(
        desktop: &Desktop,
        app: &Path,
        surroundings: impl FnOnce(&mut Command) -> &mut Command,
        open: impl FnOnce() -> Result<()>,
    ) -> Result<Self> {
        let port = free_port()?;
        let mut command = desktop.command("WebKitWebDriver");
        // The web view lets itself be driven only where this is set.
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Started::new(surroundings(&mut command))?;
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let base = format!("http://127.0.0.1:{port}");
        until("the web driver", PATIENCE, || {
            Ok(ask(&agent, "GET", &format!("{base}/status"), None)?["ready"].as_bool().filter(|ready| *ready))
        })?;
        let wish = json!({"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": app, "args": []}
        }}});
        // The driver answers only once there is a page, which the app makes when it is asked for.
        let asking = {
            let (agent, url) = (agent.clone(), format!("{base}/session"));
            std::thread::spawn(move || ask(&agent, "POST", &url, Some(&wish)))
        };
        open()?;
        let answer = asking.join().map_err(|_| anyhow::anyhow!("the driver's thread ended early"))??;
        let id = answer["sessionId"].as_str().context("the driver gave no session")?;
        Ok(Self { agent, session: format!("{base}/session/{id}"), _driver: driver })
    }

    /// What the script returns; `arguments` are its own.
    ///
    /// # Errors
    /// When the page threw, or has gone.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.ask("POST", "execute/sync", Some(&json!({"script": script, "args": arguments})))
    }

    /// The text that a reader sees in the first element that `selector` finds.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, selector: &str) -> Result<String> {
        // The driver's own answer is empty for text in a clamped box; what the page itself lays out is not.
        let script = "return document.querySelector(arguments[0])?.innerText ?? null";
        let text = self.run(script, &[selector.into()])?;
        Ok(text.as_str().with_context(|| format!("no element for {selector}"))?.to_owned())
    }

    /// Waits until what a reader sees in the first element that `selector` finds holds `text`.
    ///
    /// # Errors
    /// When it does not within `limit`; what it says instead.
    pub fn says(&self, selector: &str, text: &str, limit: Duration) -> Result<()> {
        until(&format!("a page that says “{text}”"), limit, || {
            let said = self.text(selector)?;
            if said.contains(text) { Ok(Some(())) } else { bail!("it says “{said}”") }
        })
    }

    /// Waits until what the page says now is on the screen.
    ///
    /// # Errors
    /// When the page has gone.
    pub fn painted(&self) -> Result<()> {
        let script = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))";
        self.run_to_its_end(script)?;
        Ok(())
    }

    /// What the script gives to the function that is its first argument.
    ///
    /// # Errors
    /// When the page threw, never called it, or has gone.
    pub fn run_to_its_end(&self, script: &str) -> Result<Value> {
        self.ask("POST", "execute/async", Some(&json!({"script": script, "args": []})))
    }

    /// Clicks the first element that `selector` finds, as soon as there is one.
    ///
    /// # Errors
    /// When none comes, or it cannot be clicked.
    pub fn click(&self, selector: &str) -> Result<()> {
        self.click_on("css selector", selector)
    }

    /// Clicks the button that says `label`, as soon as there is one.
    ///
    /// # Errors
    /// When none comes, or it cannot be clicked.
    pub fn press(&self, label: &str) -> Result<()> {
        self.click_on("xpath", &format!("//button[normalize-space()='{label}']"))
    }

    /// The page paints its light first and the rest of itself a moment later, so a reader waits, and so does this.
    fn click_on(&self, using: &str, way: &str) -> Result<()> {
        until(&format!("a click on {way}"), PATIENCE, || {
            let found = self.ask("POST", "element", Some(&json!({"using": using, "value": way})))?;
            let element = found[ELEMENT].as_str().with_context(|| format!("no element for {way}"))?;
            self.ask("POST", &format!("element/{element}/click"), Some(&json!({})))?;
            Ok(Some(()))
        })
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        ask(&self.agent, method, &format!("{}/{path}", self.session), body)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Closes the app as a user would; the driver's end takes what is left.
        let _ = ask(&self.agent, "DELETE", &self.session, None);
    }
}

fn ask(agent: &ureq::Agent, method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
    let request =
        ureq::http::Request::builder().method(method).uri(url).header("content-type", "application/json");
    let mut response = agent.run(request.body(body.map(Value::to_string).unwrap_or_default())?)?;
    let status = response.status();
    let mut answer: Value = serde_json::from_str(&response.body_mut().read_to_string()?)?;
    let value = answer["value"].take();
    if !status.is_success() {
        bail!("the web driver refused {method} {url}: {} {}", value["error"], value["message"]);
    }
    Ok(value)
}

/// A port of the loopback interface that nobody uses at this moment.
fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
