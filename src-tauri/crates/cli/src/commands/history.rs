//! `caretaker history`: the recorded values of one signal, or of all.

use caretaker_core::error::Result;
use caretaker_core::judge::words;
use caretaker_core::keeper::LookBack;
use caretaker_core::signal::{SignalId, Unit};
use caretaker_core::store::Point;
use chrono::TimeDelta;
use serde::Serialize;

use crate::args::HistoryArgs;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct HistoryBody {
    signal: SignalId,
    points: Vec<Point>,
}

/// Of every signal.
#[derive(Serialize)]
struct AllBody {
    signals: Vec<HistoryBody>,
}

/// Shows the points; steps in which nothing was recorded are left out.
pub fn run(place: &Place, args: &HistoryArgs) -> anyhow::Result<Reply> {
    let past = LookBack::open(&place.state, place.load_profile()?, place.zone)?;
    let now = place.clock.now();
    let since = now - TimeDelta::from_std(args.since)?;
    let body = |signal: SignalId| -> Result<HistoryBody> {
        let mut points = past.series(signal, since, now, args.step)?;
        // Of a signal with numbers, a look that found none is a gap.
        points.retain(|point| point.mean.is_some() || signal.unit() == Unit::None);
        Ok(HistoryBody { signal, points })
    };
    let csv = |signals: &[SignalId]| past.csv(signals, since, now, args.step);
    let Some(signal) = args.signal else {
        let signals = SignalId::ALL.iter().copied().map(body).collect::<Result<_>>()?;
        return Ok(Reply::new(&AllBody { signals }, "")?.instead(csv(SignalId::ALL)?));
    };
    let body = body(signal)?;
    let text = if body.points.is_empty() {
        format!("Nothing is recorded of {signal} yet. `caretaker watch`, or the app, records it.")
    } else {
        table(place, signal, &body.points)
    };
    let reply = Reply::new(&body, text)?;
    Ok(if args.csv { reply.instead(csv(&[signal])?) } else { reply })
}

fn table(place: &Place, signal: SignalId, points: &[Point]) -> String {
    let show =
        |value: Option<f64>| value.map_or_else(String::new, |value| words::value(value, signal.unit()));
    let rows = points.iter().map(|point| {
        let at = place.zone.local(point.at).format("%Y-%m-%d %H:%M");
        match signal.unit() {
            Unit::None => format!("{at}  {}", point.level),
            _ => format!("{at}  {:>12} {:>12} {:>12}", show(point.min), show(point.mean), show(point.max)),
        }
    });
    let head = match signal.unit() {
        Unit::None => signal.label().to_owned(),
        _ => format!("{:<16}  {:>12} {:>12} {:>12}", signal.label(), "least", "mean", "most"),
    };
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}
