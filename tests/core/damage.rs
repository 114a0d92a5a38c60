//! A record that turns out to be damaged while it is in use: set aside, said, and what is open is not lost.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use caretaker_core::clock::{Clock, FixedClock, Zone};
use caretaker_core::keeper::{Engine, LookBack, Setup, Shared};
use caretaker_core::profile::load;
use caretaker_core::secrets::Secrets;
use caretaker_core::signal::{Level, SignalId};
use caretaker_core::store::Store;
use chrono::{FixedOffset, TimeDelta, TimeZone, Utc};

#[test]
fn a_record_damaged_in_its_middle_is_set_aside_and_what_is_open_is_on_the_fresh_one() {
    let dir = tempfile::tempdir().unwrap();
    let (root, state) = (dir.path().join("eco"), dir.path().join("state"));
    std::fs::create_dir_all(root.join("logs")).unwrap();
    std::fs::create_dir_all(root.join("data")).unwrap();
    let file = dir.path().join("caretaker.toml");
    let text = format!(
        "reports = []\nmodules = []\nlogs = []\n[ecosystem]\nroot = {root:?}\n[state]\nfile = \"\"\n"
    );
    caretaker_core::profile::write_profile(&file, &text).unwrap();
    let begin = Utc.with_ymd_and_hms(2025, 12, 16, 3, 0, 0).unwrap();
    // More of a past than fits into the store's memory: what lies on disk must be read again and again.
    let mut store = Store::open(&state).unwrap().store;
    let of = store.ecosystem(&root).unwrap();
    let looks: Vec<_> = SignalId::ALL.iter().map(|signal| (*signal, Some(1.5), Level::Green)).collect();
    for back in (1..1400).rev() {
        store.record(of, begin - TimeDelta::minutes(back), Level::Green, &looks).unwrap();
    }
    drop(store);
    let clock = Arc::new(FixedClock::new(begin));
    let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
    let mut engine = Engine::new(Setup {
        profile: Some(file.clone()),
        state_dir: state.clone(),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        zone,
        home: None,
        native: None,
        secrets: Secrets::new(|_| None),
        power: Arc::new(caretaker_core::observe::power::MachinePower),
        every: None,
        shared: Shared::default(),
    });
    let mut tick = || {
        clock.advance(TimeDelta::seconds(30));
        engine.tick(clock.now());
        engine.overview().clone()
    };
    let mut last = tick();
    for _ in 0..40 {
        last = tick();
    }
    let mut open: Vec<String> = last.incidents.iter().map(|incident| incident.id.clone()).collect();
    open.sort();
    assert!(!open.is_empty(), "the process is gone, which is an incident");

    // Everything behind the first page, where the version stands, is noise now.
    let store = state.join("caretaker.sqlite3");
    let database = std::fs::OpenOptions::new().write(true).open(&store).unwrap();
    let length = database.metadata().unwrap().len();
    database.write_all_at(&vec![0xA5; usize::try_from(length).unwrap() - 4096], 4096).unwrap();

    let said = |overview: &caretaker_core::keeper::Overview| {
        overview.notices.iter().any(|notice| notice.text.contains("set aside"))
    };
    for _ in 0..60 {
        last = tick();
        if said(&last) {
            break;
        }
    }
    assert!(said(&last), "it says so: {:?}", last.notices);
    assert!(state.join("caretaker.damaged-1.sqlite3").exists(), "nothing is thrown away");
    for _ in 0..3 {
        last = tick();
    }
    assert!(
        !last.notices.iter().any(|notice| notice.text.starts_with("The history cannot")),
        "{:?}",
        last.notices
    );
    let record = LookBack::open(&state, load(&file, None).unwrap(), zone).unwrap();
    let mut known: Vec<String> =
        record.incidents().unwrap().into_iter().map(|incident| incident.id).collect();
    known.sort();
    assert_eq!(known, open, "what is open is on the fresh record");
}
