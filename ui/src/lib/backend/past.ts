import type { Chart, Day, Moment, SignalId, Span, Telling, Threshold, WhatIf } from '../ipc/types';
import { blank } from '../channels';
import { AT, healthy, pastIncidents } from './fixtures';

const SECONDS: Record<Span, [number, number]> = { '1h': [3_600, 60], '24h': [86_400, 300], '7d': [604_800, 1_800], '30d': [2_592_000, 7_200] };
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** A signal over time, the same each time, with a gap in its middle. */
export function chart(signal: SignalId, span: Span): Chart {
  const known = healthy().verdict?.signals.find((one) => one.id === signal);
  const base = known?.value ?? 10;
  const [back, step] = SECONDS[span];
  const until = Math.floor(Date.parse(AT) / 1000);
  const from = until - back;
  const points = Array.from({ length: back / step }, (_, at) => {
    const mean = base * (1 + 0.25 * Math.sin(at / 17) + 0.1 * Math.sin(at / 3));
    return { at: iso(from + at * step), min: mean * 0.93, mean, max: mean * 1.08, level: 'green' as const };
  }).filter((_, at, all) => at < all.length * 0.42 || at > all.length * 0.5);
  return {
    signal,
    label: known?.label ?? signal,
    unit: known?.unit ?? 'count',
    bands: known?.bands ?? { yellow: null, red: null },
    from: iso(from),
    until: iso(until),
    step_seconds: step,
    points,
  };
}

/** A day with every colour in it. */
export function day(date: string | null): Day {
  const start = new Date(date ? `${date}T00:00:00` : AT);
  start.setHours(0, 0, 0, 0);
  const from = start.getTime() / 1000;
  const hours: [number, Day['strip'][number]['level']][] = [
    [6, null],
    [8, 'green'],
    [1, 'yellow'],
    [2, 'red'],
    [5, 'green'],
    [0.5, 'unknown'],
    [1.5, 'green'],
  ];
  let at = from;
  const strip = hours.map(([length, level]) => {
    const run = { at: iso(at), seconds: length * 3_600, level };
    at += run.seconds;
    return run;
  });
  const local = `${start.getFullYear()}-${String(start.getMonth() + 1).padStart(2, '0')}-${String(start.getDate()).padStart(2, '0')}`;
  return { date: local, from: iso(from), until: iso(at), strip, incidents: pastIncidents() };
}

export function moment(at: string): Moment {
  return {
    at,
    light: 'red',
    signals: [
      { signal: 'modules.failing', label: 'Failing modules', text: '1', level: 'red' },
      { signal: 'process.cpu', label: 'CPU', text: '12 %', level: 'green' },
      { signal: 'disk.free', label: 'Free disk', text: '212.6 GB', level: 'green' },
    ],
    incidents: pastIncidents().slice(-1),
    errors: [{ at, module: 'Meta-Learning Analysis', message: 'Error in Meta-Learning Analysis: division by zero' }],
    gaps: [],
  };
}

export function thresholds(): Threshold[] {
  const one = (signal: SignalId, label: string, unit: Threshold['unit'], yellow: number | null, red: number | null, lower = false): Threshold => ({
    signal,
    label,
    unit,
    lower_is_worse: lower,
    yellow,
    red,
    default_yellow: yellow,
    default_red: red,
  });
  return [
    one('process.cpu', 'CPU', 'percent', 30, 50),
    one('process.memory', 'Memory', 'bytes', 4e9, 6e9),
    { ...one('disk.free', 'Free disk', 'bytes', 20e9, 8e9, true), default_yellow: 10e9, default_red: 5e9 },
    one('logs.errors_24h', 'Errors, 24 h', 'count', 5, 20),
    one('execution.time', 'Execution time', 'milliseconds', 10, 50),
    one('state.age', 'State file', 'seconds', null, null),
  ];
}

export function whatIf(): WhatIf {
  const at = AT;
  return { before: 41, after: 3, missed: [{ signal: 'process.cpu', at, message: 'CPU 63 %.' }], late: [{ signal: 'disk.free', at, seconds: 240 }] };
}

/** Two channels, no quiet hours. */
export function telling(): Telling {
  return {
    quiet: { from: '', until: '', red: true },
    signals: (healthy().verdict?.signals ?? []).map(({ id, label }) => ({ signal: id, label, from: id === 'forecast' ? 'yellow' : 'red' })),
    channels: [
      { ...blank([]), name: 'native', kind: 'native' },
      { ...blank([]), name: 'team', kind: 'webhook', from: 'red', after: '30m', url: 'hooks.example.com' },
    ],
  };
}
