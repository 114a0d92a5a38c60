//! `caretaker history`: the recorded values of one signal.

use caretaker_core::store::{Point, Store};
use chrono::TimeDelta;
use serde::Serialize;

use crate::args::HistoryArgs;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct HistoryBody {
    signal: caretaker_core::signal::SignalId,
    points: Vec<Point>,
}

/// Shows the points; steps in which nothing was recorded are left out.
pub fn run(place: &Place, args: &HistoryArgs) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let now = place.clock.now();
    let since = now - TimeDelta::from_std(args.since)?;
    let points = match Store::open_read_only(&place.state)? {
        Some(store) => match store.find_ecosystem(&profile.root)? {
            Some(ecosystem) => store.series(ecosystem, args.signal, since, now, args.step)?,
            None => Vec::new(),
        },
        None => Vec::new(),
    };
    let text = if points.is_empty() {
        format!("Nothing is recorded of {} yet. `caretaker watch`, or the app, records it.", args.signal)
    } else {
        let unit = args.signal.unit();
        let show = |value| caretaker_core::judge::words::value(value, unit);
        let rows = points.iter().map(|point| {
            let at = place.zone.local(point.at).format("%Y-%m-%d %H:%M");
            format!("{at}  {:>12} {:>12} {:>12}", show(point.min), show(point.mean), show(point.max))
        });
        let head = format!("{:<16}  {:>12} {:>12} {:>12}", args.signal.label(), "least", "mean", "most");
        std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
    };
    Reply::new(&HistoryBody { signal: args.signal, points }, text)
}
