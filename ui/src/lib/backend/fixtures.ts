import type { Forecast, Found, Incident, Level, Module, Overview, Series, Signal, SignalId, Source, Unit } from '../ipc/types';

/** The moment of all fixtures: just now, so that relative times read as in the app. */
export const AT = new Date(Date.now() - 5_000).toISOString();
const before = (seconds: number) => new Date(Date.parse(AT) - seconds * 1000).toISOString();

function signal(id: SignalId, label: string, unit: Unit, value: number | null, text: string, more: Partial<Signal> = {}): Signal {
  const bands = { yellow: null, red: null };
  const level: Level = value === null && unit !== 'none' ? 'unknown' : 'green';
  return { id, label, value, unit, text, level, source: 'measured', since: before(9_000), bands, reason: '', remedy: null, observed_at: AT, ...more };
}

/** A day of five-minute steps around `base`, the same each time. */
function day(id: SignalId, base: number, swing: number, end?: (at: number, value: number) => number | null): Series {
  let seed = id.length * 7919;
  const noise = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const mean = Array.from({ length: 288 }, (_, at) => {
    const value = Math.max(0, base + swing * (Math.sin(at / 31) * 0.6 + Math.sin(at / 9) * 0.25 + noise() * 0.7));
    return end ? end(at, value) : value;
  });
  return { signal: id, start: before(86_400), step_seconds: 300, mean };
}

const GB = 1e9;
const claimed: { source: Source } = { source: 'claimed' };

function signals(): Signal[] {
  return [
    signal('process.state', 'Process', 'none', null, 'running', { reason: 'Process 4711 is running.' }),
    signal('process.cpu', 'CPU', 'percent', 12.4, '12 %', { bands: { yellow: 50, red: 80 } }),
    signal('process.memory', 'Memory', 'bytes', 1.42 * GB, '1.4 GB', { bands: { yellow: 2 * GB, red: 4 * GB } }),
    signal('disk.free', 'Free disk', 'bytes', 212.6 * GB, '212.6 GB', { bands: { yellow: 20 * GB, red: 10 * GB } }),
    signal('logs.errors_24h', 'Errors, 24 h', 'count', 4, '4', { bands: { yellow: 10, red: 50 } }),
    signal('process.uptime', 'Uptime', 'seconds', 312_000, '3 d 14 h'),
    signal('machine.cpu', 'Machine CPU', 'percent', 23, '23 %'),
    signal('machine.memory', 'Machine memory', 'percent', 61, '61 %'),
    signal('state.age', 'State file', 'seconds', 41, '41 s old'),
    signal('data.size', 'Data', 'bytes', 2.31 * GB, '2.3 GB', { bands: { yellow: 5 * GB, red: 10 * GB } }),
    signal('logs.size', 'Logs', 'bytes', 0.318 * GB, '318 MB'),
    signal('success.rate', 'Success rate', 'percent', 98.2, '98.2 %', { ...claimed, bands: { yellow: 95, red: 90 } }),
    signal('efficiency.score', 'Efficiency', 'percent', 87, '87 %', claimed),
    signal('reports.morning', 'Morning report', 'none', null, 'there since 06:00'),
    signal('reports.evening', 'Evening report', 'none', null, 'due at 18:00'),
    signal('reports.daily_summary', 'Daily summary', 'none', null, 'due at 23:00'),
  ];
}

const CYCLES: [string, number, number, number][] = [
  ['Continuous Learning Engine', 5, 1_041, 0],
  ['Background Process Optimization', 10, 520, 1],
  ['Real-Time Adaptation System', 10, 519, 0],
  ['Meta-Learning Analysis', 15, 347, 3],
  ['Self-Improvement Cycle', 20, 260, 0],
  ['Knowledge Acquisition System', 30, 173, 0],
  ['Evolution Reporting System', 60, 86, 0],
  ['System Evolution Tracking', 60, 86, 0],
  ['Predictive Optimization', 30, 173, 0],
  ['Adaptive Architecture', 45, 115, 0],
];

function modules(): Module[] {
  return CYCLES.map(([name, minutes, runs, errors], at) => ({
    name,
    level: 'green',
    status: 'integrated',
    runs,
    errors,
    logged_errors: errors,
    cycle_seconds: minutes * 60,
    last_run: before(40 + ((at * 97) % minutes) * 60),
    reason: 'It runs on time.',
  }));
}

/** A trend that has been seen for two weeks. */
function forecast(signal: SignalId, label: string, slope_per_day: number, band: number, days: number, text: string): Forecast {
  const confidence = Math.min(1, 14 / Math.max(1, days));
  return { signal, label, unit: 'bytes', slope_per_day, reaches: 'yellow', band, at: before(-days * 86_400), confidence, soon: days <= 7, text };
}

export function healthy(): Overview {
  return {
    ecosystem: { name: 'self-evolving-ecosystem', root: '/Users/vy/vy-nexus/self-evolving-ecosystem', profile: '/Users/vy/caretaker.toml', demo: false },
    verdict: {
      at: AT,
      light: 'green',
      summary: 'All is well: running for 3 d 14 h.',
      since: before(2 * 3_600 + 840),
      remedy: null,
      cause: null,
      signals: signals(),
      modules: modules(),
      contradictions: [],
    },
    series: [
      day('process.cpu', 14, 12),
      day('process.memory', 1.3 * GB, 0.25 * GB),
      day('disk.free', 214 * GB, 4 * GB),
      day('logs.errors_24h', 4, 3, (at, value) => (at > 120 && at < 150 ? null : value)),
      day('machine.cpu', 24, 20),
      day('machine.memory', 60, 9),
      day('data.size', 2.3 * GB, 0.03 * GB),
    ],
    errors: {
      count: 4,
      by_module: [
        { module: 'Meta-Learning Analysis', count: 3, last_at: before(5_100), last_message: 'Error in Meta-Learning Analysis: division by zero' },
        { module: 'Background Process Optimization', count: 1, last_at: before(41_000), last_message: 'Error in Background Process Optimization: timed out after 30 s' },
      ],
      gaps: [],
    },
    incidents: [],
    forecasts: [
      forecast('data.size', 'Data', 0.03 * GB, 5 * GB, 90, 'The data folder grows by 30 MB a day and reaches 5 GB in about 90 days.'),
      { ...forecast('logs.size', 'Logs', -2e6, 1 * GB, 0, 'The logs folder shrinks by 2 MB a day.'), reaches: null, band: null, at: null },
    ],
    rounds: { next: { id: 'morning', title: 'Morning round', state: 'due', from: before(1_800), by: before(-2_880), says: 'Morning round, due until 11:30' }, open: 2 },
    channels: [
      { name: 'native', kind: 'native', from: 'yellow', after_seconds: null, failing_since: null, problem: null },
      { name: 'team', kind: 'webhook', from: 'red', after_seconds: 1800, failing_since: before(7_200), problem: 'the webhook did not take the message: it answers 500' },
    ],
    notices: [],
    cost: { cpu_percent: 0.03, memory: 63_400_000 },
    appearance: { icon: 'colour', text: 100 },
  };
}

type Judged = Overview & { verdict: NonNullable<Overview['verdict']> };

/** The healthy ecosystem with one signal changed, which becomes the cause. */
function caused(id: SignalId, change: Partial<Signal>, summary: string, since: number): Judged {
  const overview = healthy() as Judged;
  const verdict = overview.verdict;
  verdict.signals = verdict.signals.map((one) => (one.id === id ? { ...one, ...change, since: before(since) } : one));
  const cause = verdict.signals.find((one) => one.id === id);
  Object.assign(verdict, { light: cause?.level, summary, since: before(since), remedy: cause?.remedy ?? null, cause: id });
  return overview;
}

export function yellow(): Overview {
  const overview = caused(
    'process.cpu',
    {
      level: 'yellow',
      value: 63,
      text: '63 %',
      reason: 'CPU has been above 50 % for 12 min.',
      remedy: { text: 'Look in the log for the module that runs too often.', action: 'show-log' },
    },
    'CPU at 63 %, above 50 % since 10:30.',
    720,
  );
  overview.series[0] = day('process.cpu', 18, 14, (at, value) => (at > 262 ? value + 42 : value));
  overview.verdict.signals = overview.verdict.signals.map((one) =>
    one.id === 'reports.morning' ? { ...one, level: 'yellow', text: 'late', reason: 'It was due at 06:00 and is not there.' } : one,
  );
  overview.forecasts = [
    forecast('disk.free', 'Free disk', -4.1 * GB, 10 * GB, 5, 'Free disk falls by 4.1 GB a day and reaches 10 GB in about 5 days.'),
    ...overview.forecasts,
  ];
  overview.verdict.contradictions = ['It says that it is healthy, but its CPU use is above the band.'];
  return overview;
}

export function red(): Overview {
  const overview = caused(
    'process.state',
    {
      level: 'red',
      text: 'not running',
      reason: 'No process matches; process 4711 was last seen at 10:39.',
      remedy: { text: 'Start the ecosystem again, then look in the log for what ended it.', action: 'run-system-down' },
    },
    'The process is not running: it ended at 10:39.',
    187,
  );
  if (overview.ecosystem) Object.assign(overview.ecosystem, { name: 'Demo Ecosystem', demo: true });
  const gone: readonly SignalId[] = ['process.cpu', 'process.memory', 'process.uptime'];
  overview.verdict.signals = overview.verdict.signals.map((one) => {
    if (gone.includes(one.id)) return { ...one, level: 'unknown', value: null, text: 'unknown', reason: 'There is no process to measure.' };
    if (one.id !== 'logs.errors_24h') return one;
    return { ...one, level: 'red', value: 57, text: '57', reason: '57 errors are above 50.' };
  });
  overview.series[0] = day('process.cpu', 14, 12, (at, value) => (at > 284 ? null : value));
  overview.series[1] = day('process.memory', 1.3 * GB, 0.25 * GB, (at, value) => (at > 284 ? null : value));
  overview.series[3] = day('logs.errors_24h', 4, 3, (at, value) => (at > 250 ? value + (at - 250) * 1.4 : value));
  overview.errors.count = 57;
  overview.errors.by_module.unshift({
    module: 'EcosystemIntegration',
    count: 53,
    last_at: before(188),
    last_message: "Failed to integrate Meta-Learning Analysis: [Errno 28] No space left on device: 'data/hypotheses/hypotheses.jsonl'",
  });
  overview.verdict.modules = overview.verdict.modules.map((one, at) =>
    at === 3 ? { ...one, level: 'red', status: 'failed', errors: 41, reason: 'It says that it failed.' } : one,
  );
  overview.incidents = [
    {
      id: 'process.state-20251216-103900',
      signal: 'process.state',
      level: 'red',
      state: 'open',
      opened_at: before(187),
      closed_at: null,
      acknowledged_at: null,
      snoozed_until: null,
      flapping: false,
      message: 'The process is not running.',
      remedy: null,
      timeline: [{ at: before(187), kind: 'opened', text: 'The process is not running.' }],
      evidence: null,
      deliveries: [{ kind: 'raised', channel: 'native', at: before(186), problem: null }],
    },
  ];
  return overview;
}

export function unknown(): Overview {
  const overview = caused(
    'process.state',
    {
      level: 'unknown',
      text: 'unknown',
      reason: 'The folder cannot be read: permission denied.',
      remedy: { text: 'Allow Caretaker to read the folder in System Settings ▸ Privacy & Security.', action: 'check-again' },
    },
    'It cannot be told: the folder cannot be read.',
    95,
  );
  overview.verdict.signals = overview.verdict.signals.map((one) =>
    one.id.startsWith('machine.') ? one : { ...one, level: 'unknown', value: null, text: 'unknown', reason: one.reason || 'It could not be read.' },
  );
  overview.verdict.modules = [];
  overview.series = overview.series.filter((one) => one.signal.startsWith('machine.'));
  overview.errors = { count: null, by_module: [], gaps: ['logs/ecosystem.log could not be read: permission denied.'] };
  overview.cost = { cpu_percent: null, memory: null };
  return overview;
}

export function brokenProfile(): Overview {
  const overview = healthy();
  overview.notices = [
    {
      text: 'The profile has a mistake in line 14: “bands.cpu.yelow” is not a key. The last good one stays in force.',
      hint: 'Did you mean “yellow”? Correct the line and save.',
    },
  ];
  return overview;
}

export function firstRun(): Overview {
  return { ...healthy(), ecosystem: null, verdict: null, series: [], errors: { count: null, by_module: [], gaps: [] } };
}

export function firstTick(): Overview {
  return { ...healthy(), verdict: null, series: [], cost: { cpu_percent: null, memory: null } };
}

export function found(): Found {
  return {
    root: '/Users/vy/vy-nexus/self-evolving-ecosystem',
    name: 'self-evolving-ecosystem',
    program: 'ecosystem_integration.py',
    running_pid: 4711,
    state_file: 'data/ecosystem_state.json',
    logs: [
      { path: 'logs/ecosystem.log', format: 'python', bytes: 84_200_000 },
      { path: 'logs/error_log.jsonl', format: 'json-lines', bytes: 1_310_000 },
    ],
    reports: [
      { kind: 'morning', pattern: 'reports/morning_{date}.txt', count: 21 },
      { kind: 'evening', pattern: 'reports/evening_{date}.txt', count: 21 },
    ],
    modules: CYCLES.map(([name, cycle_minutes]) => ({ name, cycle_minutes, found_in: 'state file' })),
    notes: ['There is no daily summary in reports: its absence will not count.'],
  };
}

/** What is on record besides what is open. */
export function pastIncidents(): Incident[] {
  const flapped: Incident = {
    id: 'modules.failing-20251215-140200',
    signal: 'modules.failing',
    level: 'red',
    state: 'closed',
    opened_at: before(93_000),
    closed_at: before(88_000),
    acknowledged_at: null,
    snoozed_until: null,
    flapping: false,
    message: '“Meta-Learning Analysis” says it failed.',
    remedy: 'Read what the module logged, and switch it off until it is mended.',
    timeline: [
      { at: before(93_000), kind: 'opened', text: '“Meta-Learning Analysis” says it failed.' },
      { at: before(92_990), kind: 'told', text: 'Told.' },
      { at: before(91_000), kind: 'flapping', text: 'It keeps changing; the worse colour is held until it stands still.' },
      { at: before(88_000), kind: 'closed', text: 'It is over.' },
    ],
    evidence: {
      processes: [
        { pid: 4711, name: 'python3', cpu_seconds: 8_421, memory: 1.42 * GB },
        { pid: 212, name: 'WindowServer', cpu_seconds: 30_211, memory: 0.61 * GB },
      ],
      errors: [{ at: before(93_020), module: 'Meta-Learning Analysis', message: 'Error in Meta-Learning Analysis: division by zero' }],
      data_size: 2.31 * GB,
      logs_size: 0.318 * GB,
      disk_free: 212.6 * GB,
    },
    deliveries: [
      { kind: 'raised', channel: 'native', at: before(92_990), problem: null },
      { kind: 'raised', channel: 'team', at: before(92_980), problem: 'the webhook did not take the message: it answers 500' },
    ],
  };
  return [...(red().incidents ?? []), flapped];
}
