//! `caretaker forecast`: when a trend reaches its band.

use caretaker_core::error::{Error, ErrorKind};
use caretaker_core::judge::Forecast;
use caretaker_core::keeper::LookBack;
use caretaker_core::profile::ForecastSettings;
use caretaker_core::signal::SignalId;
use serde::Serialize;

use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct ForecastBody {
    forecasts: Vec<Forecast>,
}

/// Shows the forecast of each signal that has a trend, or of one; a signal without a trend has none.
pub fn run(place: &Place, signal: Option<SignalId>) -> anyhow::Result<Reply> {
    if let Some(signal) = signal.filter(|signal| !ForecastSettings::SIGNALS.contains(signal)) {
        let followed: Vec<&str> = ForecastSettings::SIGNALS.iter().map(|id| id.as_str()).collect();
        return Err(Error::new(ErrorKind::Usage, format!("no trend is followed of {signal}"))
            .hint(format!("Trends are followed of: {}.", followed.join(", ")))
            .into());
    }
    let past = LookBack::open(&place.state, place.load_profile()?, place.zone)?;
    let (mut forecasts, enough) = past.forecasts(place.clock.now())?;
    forecasts.retain(|forecast| signal.is_none_or(|signal| forecast.signal == signal));
    let text = match (forecasts.is_empty(), enough) {
        (false, _) => forecasts.iter().map(|one| line(place, one)).collect::<Vec<_>>().join("\n"),
        (true, true) => "No trend.".to_owned(),
        (true, false) => {
            "Too little is on record to see a trend. `caretaker watch`, or the app, records it.".to_owned()
        }
    };
    Reply::new(&ForecastBody { forecasts }, text)
}

fn line(place: &Place, forecast: &Forecast) -> String {
    let Forecast { text, at, confidence, .. } = forecast;
    match at {
        Some(at) => {
            let day = place.zone.local(*at).format("%Y-%m-%d %H:%M");
            format!("{text} ({day}, confidence {:.0} %)", confidence * 100.0)
        }
        None => text.clone(),
    }
}
