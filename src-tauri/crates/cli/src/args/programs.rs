//! `caretaker run …` and `caretaker performance …` as people type them.

use caretaker_core::keeper::PerformanceSpan;
use clap::Args;

/// `caretaker run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A program of the profile, such as benchmark; all of them are listed otherwise
    pub name: Option<String>,
    /// Keep this run as the one that later ones are compared with
    #[arg(long, requires = "name")]
    pub baseline: bool,
}

/// `caretaker performance`
#[derive(Debug, Args)]
pub struct PerformanceArgs {
    /// week, month or quarter, beside the one before
    #[arg(long, default_value = "week", value_parser = parse_performance_span, value_name = "SPAN")]
    pub span: PerformanceSpan,
    /// Keep this span as the one that later ones are compared with
    #[arg(long)]
    pub keep_baseline: bool,
}

fn parse_performance_span(text: &str) -> Result<PerformanceSpan, String> {
    let all = [PerformanceSpan::Week, PerformanceSpan::Month, PerformanceSpan::Quarter];
    all.into_iter()
        .find(|span| span.word() == text)
        .ok_or_else(|| "the spans are: week, month, quarter".to_owned())
}
