import type { CourseShown, Deed, RunbookRow, RunbookShown, StepEvidence, StepShown, StepState } from '../ipc/types';
import { AT } from './fixtures';
import type { RunbookBackend } from './runbooks';

type Note = <T>(what: string, answer: () => T | Promise<T>) => Promise<T>;

const evidence = (text: string, level: StepEvidence['level'] = null, details: string[] = []): StepEvidence => ({ text, level, details, at: AT });

const step = (id: string, text: string, why: string, action: Deed | null, seen: StepEvidence[] = []): StepShown => ({
  id,
  text,
  why,
  action,
  changes: action !== null && action !== 'see-light' && action !== 'see-data',
  optional: false,
  may: false,
  choices: [],
  choice: null,
  evidence: seen,
  state: 'open',
  said: null,
  at: null,
  undo: false,
});

const row = (id: string, title: string, about: string, fits: string | null = null): RunbookRow => ({ id, title, about, signals: [], fits, course: null, begun_at: null, incident: null });

const ROWS = [
  row('system-down', 'It is down', 'The process is gone, or it runs and nothing comes from it: no reports, no answer.', 'The process is gone.'),
  row('data-corruption', 'Its data is damaged', 'Files cannot be read, its state makes no sense, or it says what measurements refute.'),
  row('high-errors', 'Too many errors', 'Errors pile up in the log, a module fails, or several do.'),
  row('performance', 'It is slow or greedy', 'It answers slowly, takes more of the machine than it should, or its data grows too large.'),
];

const STEPS: StepShown[] = [
  step('process', 'See whether it runs', 'What runs is asked to end before it is started; two of them would write into the same files.', null, [evidence('It does not run.', 'red')]),
  step('machine', 'See whether the machine has room for it', 'A full disk or a full memory kills it again at once.', null, [evidence('48 GB free.', 'green'), evidence('The machine uses 23 % of its CPU.', 'green')]),
  step('log', 'Read its last words', 'The end of the log mostly names the cause.', null, [
    evidence('The end of logs/ecosystem.log:', null, ['2025-12-16 03:00:01,123 - EcosystemIntegration - CRITICAL - Unhandled exception in Meta-Learning Analysis: division by zero', 'Traceback (most recent call last):', '  File "meta_learning.py", line 212, in cycle', 'ZeroDivisionError: division by zero']),
  ]),
  step('start', 'Start it, or start it anew', 'Most of the time this is all that is needed.', 'restart'),
  step('restore', 'Bring the last proven backup back', 'It does not stay up: its data or its settings may be what kills it.', 'restore', [evidence('The newest proven backup: daily of 06:02, 1,204 files, 812 MB.', 'green')]),
  step('light', 'See what the light says', 'It is over when everything that brought you here is well again.', 'see-light'),
];

const settled = (state: StepState) => state !== 'open' && state !== 'running' && state !== 'broken-off';

const REPORT = '# Demo Ecosystem: Process was red\n\nSince 2025-12-16 03:00:02, for 12 min so far; it goes on.\n\n## The runbook “It is down”\n\n1. See whether it runs: looked at at 03:12:04.\n   - It does not run. (red)\n\n## Why it happened\n\n_The cause, not the first sign of it._\n';

/** A runbook that is gone through without any harm. */
export function emergencies(note: Note): RunbookBackend {
  let steps = STEPS.map((one) => ({ ...one, choices: one.id === 'restore' ? [{ id: 'daily-1', label: 'daily of 06:02, 1,204 files' }] : [], choice: one.id === 'restore' ? 'daily-1' : null }));
  let begun: string | null = null;
  const past: CourseShown[] = [{ id: 'high-errors-20251201-091500', runbook: 'high-errors', begun_at: new Date(Date.parse(AT) - 15 * 86_400_000).toISOString(), ended_at: new Date(Date.parse(AT) - 15 * 86_400_000 + 600_000).toISOString(), summary: '31 errors in 24 h, all in Knowledge Acquisition System.' }];
  const shown = (id: string): RunbookShown => {
    const known = ROWS.find((one) => one.id === id) ?? ROWS[0]!;
    const next = begun === null ? null : (steps.find((one) => !settled(one.state))?.id ?? null);
    const may = (at: number) => begun !== null && steps.slice(0, at).every((one) => settled(one.state));
    return { ...known, course: begun, begun_at: begun && AT, steps: steps.map((one, at) => ({ ...one, may: may(at) })), next };
  };
  const settle = (id: string, name: string, state: StepState, said: string | null, undo = false) => {
    steps = steps.map((one) => (one.id === name ? { ...one, state, said, undo, at: AT } : one.id === 'restore' && name === 'start' && state === 'done' ? { ...one, state: 'not-needed' as const, evidence: [] } : one));
    return shown(id);
  };
  return {
    runbooks: () => note('runbooks', () => ROWS.map((one) => (begun?.startsWith(one.id) ? { ...one, course: begun, begun_at: AT } : one))),
    runbook: (id) => note(`runbook ${id}`, () => shown(id)),
    beginRunbook: (id) =>
      note(`begin_runbook ${id}`, () => {
        begun = `${id}-20251216-031200`;
        return shown(id);
      }),
    stepPlan: (id, name, choice) =>
      note(`step_plan ${id} ${name} ${choice ?? ''}`.trimEnd(), () =>
        name === 'restore'
          ? { title: 'Bring back the backup of 06:02', lines: ['1,204 files, 812 MB', '3 files go back to what they were', 'What is in place now is kept, and comes back with one step.'], choice, confirm: 'Demo Ecosystem' }
          : { title: 'Start “Demo Ecosystem”, which does not run', lines: ['Start it: python3 ecosystem_integration.py', 'See that it is there and stays for 4 s'], choice, confirm: null },
      ),
    doStep: (id, name, choice) => note(`do_step ${id} ${name} ${choice ?? ''}`.trimEnd(), () => settle(id, name, 'done', name === 'light' ? 'It is over. All is well.' : 'It runs as process 4242, for 4 s so far.', name !== 'light')),
    seeStep: (id, name, text) => note(`see_step ${id} ${name} ${text}`.trimEnd(), () => settle(id, name, 'seen', text || null)),
    skipStep: (id, name, reason) => note(`skip_step ${id} ${name} ${reason}`, () => settle(id, name, 'skipped', reason)),
    undoStep: (id, name) => note(`undo_step ${id} ${name}`, () => settle(id, name, 'undone', 'Taken back. Process 4242 has ended.')),
    endRunbook: (id) =>
      note(`end_runbook ${id}`, () => {
        begun = null;
        return REPORT;
      }),
    pastRunbooks: () => note('past_runbooks', () => past),
    runbookReport: (course) => note(`runbook_report ${course}`, () => REPORT),
    saveRunbookReport: (course) => note(`save_runbook_report ${course}`, () => `/home/me/${course}.md`),
  };
}
