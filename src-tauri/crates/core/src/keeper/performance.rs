//! How the ecosystem performs: its figures of a week, a month or a quarter beside those before and a baseline. What was measured
//! comes first, what is claimed beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Instant, Zone};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::performance::{Became, Change, SpanSums, Step, change};
use crate::judge::{trend, words};
use crate::keeper::journal::Journal;
use crate::keeper::programs::{ProgramKept, last};
use crate::profile::Profile;
use crate::signal::{SignalId, Source, Unit};
use crate::store::{EcosystemId, Entered, Store};
use crate::upkeep::beside;

/// Under which the baseline is remembered.
const BASELINE: &str = "performance baseline";
/// The program whose claims stand beside.
const BENCHMARK: &str = "benchmark";

/// The figures, what was measured first.
const FIGURES: [(SignalId, Source); 8] = [
    (SignalId::ProcessCpu, Source::Measured),
    (SignalId::ProcessMemory, Source::Measured),
    (SignalId::LogsErrors24h, Source::Measured),
    (SignalId::DataSize, Source::Measured),
    (SignalId::ErrorsRate, Source::Claimed),
    (SignalId::ExecutionTime, Source::Claimed),
    (SignalId::SuccessRate, Source::Claimed),
    (SignalId::EfficiencyScore, Source::Claimed),
];

/// How long a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum PerformanceSpan {
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
    /// Ninety-two days.
    Quarter,
}

impl PerformanceSpan {
    /// Its days.
    pub fn days(self) -> u32 {
        match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 92,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    /// The steps in which a trend is looked for: some hundred.
    fn trend_step(self) -> i64 {
        match self {
            Self::Week => 2,
            Self::Month => 6,
            Self::Quarter => 24,
        }
    }
}

/// How it performs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PerformanceShown {
    /// Over which span.
    pub span: PerformanceSpan,
    /// Where it begins; the one before is as long and ends there.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub from: Instant,
    /// Where it ends: the present.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub until: Instant,
    /// When the baseline was kept.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub baseline_at: Option<Instant>,
    /// The span of the baseline.
    pub baseline_span: Option<PerformanceSpan>,
    /// When the benchmark whose claims stand beside was run.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub claimed_at: Option<Instant>,
    /// Its figures, what was measured first.
    pub figures: Vec<PerformanceFigure>,
    /// All of it in one sentence.
    pub says: String,
}

/// One figure of a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PerformanceFigure {
    /// Which signal.
    pub signal: SignalId,
    /// What people call it.
    pub label: String,
    /// Its unit.
    pub unit: Unit,
    /// Whether it was measured, or is what the ecosystem says.
    pub source: Source,
    /// The span.
    pub now: Option<SpanSums>,
    /// The one before.
    pub before: Option<SpanSums>,
    /// The baseline.
    pub baseline: Option<SpanSums>,
    /// How much it changes in a day, where there is a trend.
    pub slope_per_day: Option<f64>,
    /// What the last benchmark claims of it, in the signal's unit.
    pub claimed: Option<String>,
    /// What became of it since the span before.
    pub change: Change,
    /// What became of it since the baseline; `None` where there is none.
    pub since_baseline: Option<Change>,
}

/// A span that others are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Baseline {
    at: Instant,
    span: PerformanceSpan,
    figures: Vec<(SignalId, SpanSums)>,
}

/// The performance of one ecosystem.
pub struct Performance {
    profile: Profile,
    state_dir: PathBuf,
    journal: Journal,
    clock: Arc<dyn Clock>,
    zone: Zone,
}

/// The record while it is read.
type Record = Option<(Store, EcosystemId)>;

impl Performance {
    /// The performance of the ecosystem of `profile`.
    pub fn new(profile: Profile, state_dir: &Path, clock: Arc<dyn Clock>, zone: Zone) -> Self {
        let journal = Journal::new(state_dir, &profile.root);
        Self { state_dir: state_dir.to_owned(), journal, clock, zone, profile }
    }

    /// The figures of the last `span`, beside what there is to compare them with.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn shown(&self, span: PerformanceSpan) -> Result<PerformanceShown> {
        let record = self.record()?;
        let now = self.clock.now();
        let from = now - TimeDelta::days(i64::from(span.days()));
        let baseline: Option<Baseline> = recall(&record, BASELINE)?;
        let benchmark: Option<ProgramKept> = recall(&record, &last(BENCHMARK))?;
        let mut figures = Vec::with_capacity(FIGURES.len());
        for (signal, source) in FIGURES {
            let sums = self.sums(&record, signal, from, now)?;
            let before = self.sums(&record, signal, from - (now - from), from)?;
            let first = baseline.as_ref().and_then(|kept| kept.figures.iter().find(|(id, _)| *id == signal));
            let first = first.map(|(_, sums)| sums.clone());
            let than = format!("the {} before", span.word());
            let since_baseline = baseline.as_ref().map(|kept| {
                change(
                    signal,
                    (sums.as_ref(), span.days()),
                    (first.as_ref(), kept.span.days()),
                    "the baseline",
                )
            });
            figures.push(PerformanceFigure {
                signal,
                label: signal.label().to_owned(),
                unit: signal.unit(),
                source,
                change: change(signal, (sums.as_ref(), span.days()), (before.as_ref(), span.days()), &than),
                since_baseline,
                slope_per_day: self.slope(&record, signal, span, now)?,
                claimed: benchmark.as_ref().and_then(|run| claimed(run, signal)),
                now: sums,
                before,
                baseline: first,
            });
        }
        Ok(PerformanceShown {
            span,
            from,
            until: now,
            baseline_at: baseline.as_ref().map(|kept| kept.at),
            baseline_span: baseline.as_ref().map(|kept| kept.span),
            claimed_at: benchmark.map(|run| run.at),
            says: summary(&figures, span),
            figures,
        })
    }

    /// Keeps the last `span` as the one that others are compared with; how many figures it has.
    ///
    /// # Errors
    /// `NotFound` where nothing is on record; when it cannot be written.
    pub fn keep_baseline(&self, span: PerformanceSpan) -> Result<usize> {
        let shown = self.shown(span)?;
        let figures: Vec<(SignalId, SpanSums)> =
            shown.figures.into_iter().filter_map(|figure| Some((figure.signal, figure.now?))).collect();
        if figures.is_empty() {
            let text =
                format!("nothing is on record of the last {} days: there is nothing to keep", span.days());
            return Err(Error::new(ErrorKind::NotFound, text)
                .hint("`caretaker watch`, or the app, records what it sees."));
        }
        let (count, at) = (figures.len(), shown.until);
        let body = serde_json::to_string(&Baseline { at, span, figures }).map_err(|error| {
            Error::new(ErrorKind::System, "the baseline cannot be written down").because(error)
        })?;
        let mut store = Store::open(&self.state_dir)?.store;
        let ecosystem = store.ecosystem(&self.profile.root)?;
        store.set_notes(ecosystem, &[(BASELINE, body.as_str())])?;
        let text =
            format!("The figures of the last {} were kept as the baseline of performance.", span.word());
        self.journal.note_done(at, Entered::Program, text, None);
        Ok(count)
    }

    fn record(&self) -> Result<Record> {
        let Some(store) = Store::open_read_only(&self.state_dir)? else { return Ok(None) };
        Ok(store.find_ecosystem(&self.profile.root)?.map(|ecosystem| (store, ecosystem)))
    }

    fn sums(
        &self,
        record: &Record,
        signal: SignalId,
        from: Instant,
        until: Instant,
    ) -> Result<Option<SpanSums>> {
        Ok(SpanSums::of(&steps(record, signal, from, until, 1)?, signal.worse(), self.zone))
    }

    fn slope(
        &self,
        record: &Record,
        signal: SignalId,
        span: PerformanceSpan,
        now: Instant,
    ) -> Result<Option<f64>> {
        let from = now - TimeDelta::days(i64::from(span.days()));
        let points = steps(record, signal, from, now, span.trend_step())?;
        let points: Vec<(Instant, f64)> = points.iter().map(|step| (step.at, step.mean)).collect();
        Ok(trend::trend(signal, &points).map(|trend| trend.slope_per_day))
    }
}

/// The steps of so many hours of which something is on record.
fn steps(record: &Record, signal: SignalId, from: Instant, until: Instant, hours: i64) -> Result<Vec<Step>> {
    let Some((store, ecosystem)) = record else { return Ok(Vec::new()) };
    let step = Duration::from_secs(u64::try_from(hours * 3_600).unwrap_or(3_600));
    let points = store.series(*ecosystem, signal, from, until, step)?;
    let step = |point: crate::store::Point| {
        Some(Step { at: point.at, mean: point.mean?, min: point.min?, max: point.max? })
    };
    // The step in which the span ends belongs to the one that begins there.
    Ok(points.into_iter().filter(|point| point.at < until).filter_map(step).collect())
}

/// What is remembered under `key`; what another version wrote and this one cannot read is not.
fn recall<T: serde::de::DeserializeOwned>(record: &Record, key: &str) -> Result<Option<T>> {
    let Some((store, ecosystem)) = record else { return Ok(None) };
    Ok(store.note(*ecosystem, key)?.and_then(|body| serde_json::from_str(&body).ok()))
}

/// What a run of the benchmark claims of a signal, as it stands there.
fn claimed(run: &ProgramKept, signal: SignalId) -> Option<String> {
    let figures = beside(&run.claims, &[], None, None, |_| None);
    let found = figures.into_iter().find(|shown| shown.signal == Some(signal))?;
    Some(crate::profile::number_with_unit(found.figure.value, &found.figure.unit))
}

/// All of it in one sentence.
fn summary(figures: &[PerformanceFigure], span: PerformanceSpan) -> String {
    let of = |became: Became| -> Vec<String> {
        figures.iter().filter(|one| one.change.became == became).map(|one| one.label.clone()).collect()
    };
    let (worse, better, same) = (of(Became::Worse), of(Became::Better), of(Became::Same));
    let unknown = of(Became::Unknown);
    if unknown.len() == figures.len() {
        let days = figures.iter().filter_map(|one| one.now.as_ref()).map(|sums| sums.days).max().unwrap_or(0);
        let days = if days == 1 { "1 day is".to_owned() } else { format!("{days} days are") };
        return format!(
            "It cannot be told whether it became better or worse in this {}: {days} on record.",
            span.word()
        );
    }
    let mut parts = Vec::new();
    let mut part = |names: Vec<String>, word: &str| {
        if !names.is_empty() {
            parts.push(format!("{word}: {}", names.join(", ")));
        }
    };
    part(worse, "worse");
    part(better, "better");
    part(same, "the same");
    part(unknown, "cannot be told");
    format!("Beside the {} before, {}.", span.word(), parts.join("; "))
}

/// The mean, p95 and worst of a span in words.
pub fn said_of_span(sums: &SpanSums, unit: Unit) -> String {
    let value = |number: f64| words::value(number, unit);
    format!("{} mean, {} p95, {} worst", value(sums.mean), value(sums.p95), value(sums.worst))
}
