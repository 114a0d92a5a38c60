//! `caretaker performance`: the figures of a span beside those before, a baseline, and what is claimed.

use caretaker_core::judge::words;
use caretaker_core::keeper::{Performance, PerformanceFigure, PerformanceShown, said_of_span};
use caretaker_core::signal::Source;
use serde::Serialize;

use crate::args::PerformanceArgs;
use crate::commands::check::plain;
use crate::place::Place;
use crate::render::Reply;

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    shown: PerformanceShown,
    /// Whether this span was kept as the baseline.
    baseline_kept: bool,
}

/// Shows the figures of a span; keeps them as the baseline where that is wanted.
pub fn run(place: &Place, args: &PerformanceArgs) -> anyhow::Result<Reply> {
    let profile = place.load_profile()?;
    let performance =
        Performance::new(profile, &place.state, std::sync::Arc::clone(&place.clock), place.zone);
    // Compared with the baseline that was, not with itself.
    let shown = performance.shown(args.span)?;
    let kept = args.keep_baseline.then(|| performance.keep_baseline(args.span)).transpose()?;
    let mut text = page(place, &shown);
    if let Some(kept) = kept {
        text.push_str(&format!("\nKept as the baseline from now on: {kept} figures."));
    }
    Reply::new(&Body { shown, baseline_kept: kept.is_some() }, text)
}

fn page(place: &Place, shown: &PerformanceShown) -> String {
    let mut lines = vec![shown.says.clone()];
    for (source, title) in [
        (Source::Measured, "Measured:"),
        (Source::Claimed, "Claimed by the ecosystem, which nobody checked:"),
    ] {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.extend(
            shown.figures.iter().filter(|one| one.source == source).flat_map(|one| figure(shown, one)),
        );
    }
    let at = |at| place.zone.local(at).format("%Y-%m-%d %H:%M");
    lines.push(String::new());
    lines.push(match (shown.baseline_at, shown.baseline_span) {
        (Some(then), Some(span)) => {
            format!("The baseline is the {} before {}.", span.word(), at(then))
        }
        _ => "There is no baseline yet: --keep-baseline keeps this span as one.".into(),
    });
    if let Some(then) = shown.claimed_at {
        lines.push(format!("What the benchmark claims is of {}.", at(then)));
    }
    lines.join("\n")
}

fn figure(shown: &PerformanceShown, one: &PerformanceFigure) -> Vec<String> {
    let mut lines = vec![format!("  {}: {}", one.label, one.change.says)];
    let spans = [
        (format!("this {}", shown.span.word()), &one.now),
        ("before".to_owned(), &one.before),
        ("baseline".to_owned(), &one.baseline),
    ];
    lines.extend(spans.iter().filter_map(|(name, sums)| {
        sums.as_ref().map(|sums| format!("      {name:<13} {}", said_of_span(sums, one.unit)))
    }));
    if let Some(change) = &one.since_baseline {
        lines.push(format!("      {:<13} {}", "since then", change.says));
    }
    if let Some(slope) = one.slope_per_day {
        let sign = if slope < 0.0 { "-" } else { "+" };
        lines.push(format!("      {:<13} {sign}{} a day", "trend", words::value(slope.abs(), one.unit)));
    }
    if let Some(claimed) = &one.claimed {
        lines.push(format!("      {:<13} {}", "it claims", plain(claimed)));
    }
    lines
}
