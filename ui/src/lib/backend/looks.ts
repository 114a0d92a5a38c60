import type { Became, PerformanceFigure, PerformanceShown, PerformanceSpan, SettingsReviewShown, SignalId, Source, SpanSums, Unit, VersionShown } from '../ipc/types';
import { AT } from './fixtures';

const before = (days: number) => new Date(Date.parse(AT) - days * 86_400_000).toISOString();

const sums = (mean: number): SpanSums => ({ mean, p95: mean * 1.4, worst: mean * 1.9, days: 7, by_day: [0.9, 1.1, 1, 0.95, 1.2, 1.05, 0.8].map((share) => mean * share) });

function figure(signal: SignalId, label: string, unit: Unit, now: number | null, was: number | null, became: Became, says: string, source: Source = 'measured'): PerformanceFigure {
  return { signal, label, unit, source, now: now === null ? null : sums(now), before: was === null ? null : sums(was), baseline: null, slope_per_day: null, claimed: signal === 'process.cpu' ? '12 %' : null, change: { became, says }, since_baseline: null };
}

/** A week that was calmer than the one before. */
export function performance(span: PerformanceSpan, baseline: boolean): PerformanceShown {
  const figures = [
    figure('process.cpu', 'CPU', 'percent', 27, 41, 'better', '27 % instead of 41 %'),
    figure('process.memory', 'Memory', 'bytes', 1.62e9, 1.4e9, 'worse', '1.6 GB instead of 1.4 GB'),
    figure('logs.errors_24h', 'Errors, 24 h', 'count', 4, 4, 'same', 'as before'),
    figure('success.rate', 'Success rate', 'percent', 98, 97, 'same', 'as before', 'claimed'),
    figure('efficiency.score', 'Efficiency', 'none', null, null, 'unknown', 'nothing is on record', 'claimed'),
  ];
  return {
    span,
    from: before(7),
    until: AT,
    baseline_at: baseline ? AT : null,
    baseline_span: baseline ? span : null,
    claimed_at: before(3),
    figures: baseline ? figures.map((one) => ({ ...one, baseline: one.now, since_baseline: one.now && { became: 'same', says: 'as at the baseline' } })) : figures,
    says: 'CPU became better, memory worse, 1 of 3 figures is as before.',
  };
}

export function review(done: boolean): SettingsReviewShown {
  const setting = (key: string, value: string, line: number) => ({ key, value, line, secret: false, usual: null, changed: false, before: null, unknown: false });
  return {
    reviewed_at: done ? AT : before(33),
    note: done ? null : 'All as agreed.',
    seen: 'abc123',
    files: [
      {
        name: 'config/continuous_learning.yaml',
        new: false,
        settings: [
          done ? setting('cycle_minutes', '10', 4) : { ...setting('cycle_minutes', '10', 4), changed: true, before: '5', usual: '5' },
          setting('enabled', 'true', 5),
          { ...setting('sources.api_key', 'sk-a…', 9), secret: true },
        ],
        removed: done ? [] : [['old_key', '3']],
      },
      { name: 'config/swarm.yaml', new: !done, settings: [{ ...setting('agents', '12', 1), unknown: !done }], removed: [] },
    ],
    broken: [{ name: 'config/old.yaml', why: 'line 7: the key “enabled” is there twice', hint: 'Take one of them out.' }],
    gone: done ? [] : ['config/legacy.yaml'],
    drift: done ? [] : [{ path: 'ecosystem/main.py', how: 'changed' }, { path: 'config/swarm.yaml', how: 'new' }],
    commit: null,
    changed: done ? 0 : 2,
    unknown: done ? 0 : 1,
  };
}

export function version(month: string | null, written: boolean): VersionShown {
  const text = '- It ran 99.2 % of the time.\n- CPU: mean 27 %, worst 71 %; the month before 41 %\n- Incidents: 3 (CPU 2, Process 1)\n- Findings open: 2\n';
  return {
    month: month ?? '2025-12',
    title: `Version ${(month ?? '2025-12').replace('-', '.')}`,
    text,
    path: '/home/me/ecosystem/VERSION_HISTORY.md',
    action: written ? 'replace' : 'add',
    before: written ? text : null,
    refused: null,
    can_undo: written ? `Version ${(month ?? '2025-12').replace('-', '.')}` : null,
  };
}
