import type { CleanupPlanShown, CleanupShown, KeptAside, Overview, SpaceOf, SpaceShown, TuningPlanShown } from '../ipc/types';
import { AT } from './fixtures';
import * as findings from './findings';
import * as logbook from './logbook';
import * as looks from './looks';
import * as tunings from './tunings';
import type { UpkeepBackend } from './upkeep';

const DAY = 86_400_000;
const before = (days: number) => new Date(Date.parse(AT) - days * DAY).toISOString();

type Note = <T>(what: string, answer: () => T | Promise<T>) => Promise<T>;

const aside = (id: string, days: number, files: number, bytes: number): KeptAside => ({ id, at: before(days), goes_at: before(days - 14), files, bytes });

const EARLIER = [aside('20251209-090000', 7, 18, 96_000_000), aside('20251201-090000', 15, 4, 11_000_000)];

export const cleanups = (kept = EARLIER): CleanupShown => ({ folder: '.caretaker-quarantine', aside: kept, left: [], logs_after: 30 * 86_400, reports_after: 90 * 86_400 });

export function cleanupPlan(number = 1): CleanupPlanShown {
  const file = (path: string, bytes: number, days: number) => ({ path, bytes, until: before(days) });
  return {
    number,
    files: 25,
    bytes: 341_000_000,
    kinds: [
      { what: 'log', files: 22, bytes: 340_600_000, first: [31, 34, 38, 41].map((days, at) => file(`logs/ecosystem.log.${at + 1}`, 15_000_000 + at * 812_000, days)) },
      { what: 'morning', files: 3, bytes: 400_000, first: [92, 93, 94].map((days) => file(`data/reports/morning_report_${before(days).slice(0, 10).replaceAll('-', '')}.txt`, 133_000, days)) },
    ],
    left: [
      { path: 'logs/meta_learning.log.1', why: 'is the newest of its kind' },
      { path: 'logs/old', why: 'is a link' },
    ],
    left_count: 2,
    remove: [aside('20251201-090000', 15, 4, 11_000_000)],
    kept_for: 14 * 86_400,
  };
}

const TREE: Record<SpaceOf, [string, number, number, boolean][]> = {
  data: [
    ['knowledge', 3_420_000_000, 18_211, true],
    ['experiences', 1_310_000_000, 7_002, true],
    ['reports', 214_000_000, 412, true],
    ['ecosystem_state.json', 48_000_000, 1, false],
    ['models', 31_000_000, 12, true],
    ['cache', 4_100, 2, true],
  ],
  logs: [
    ['ecosystem.log', 412_000_000, 1, false],
    ['archive', 198_000_000, 41, true],
    ['stdout.log', 9_000_000, 1, false],
  ],
};

export function space(of: SpaceOf, below: string[]): SpaceShown {
  const share = 0.6 ** below.length;
  const entries = TREE[of].map(([name, bytes, files, folder]) => ({ name, bytes: Math.round(bytes * share), files, folder }));
  const bytes = entries.reduce((sum, one) => sum + one.bytes, 0);
  const top = below.length === 0;
  return {
    path: `/home/me/ecosystem/${of}`,
    below,
    bytes,
    on_disk: Math.round(bytes * 1.01),
    files: entries.reduce((sum, one) => sum + one.files, 0),
    entries,
    more: top && of === 'data' ? [3, 41_000] : [0, 0],
    complete: true,
    yellow: top ? (of === 'data' ? 5e9 : 1e9) : null,
    red: top && of === 'data' ? 10e9 : null,
  };
}

/** Upkeep as the fake plays it: it remembers what was put aside. */
export function workshop(note: Note, _snapshot: () => Overview | Promise<Overview>): UpkeepBackend {
  let kept = EARLIER;
  let number = 0;
  let last = tunings.shown().last;
  let planned: TuningPlanShown | null = null;
  const plan = (next: TuningPlanShown) => (planned = { ...next, number: ++number });
  let runs = true;
  let reviewed = false;
  let baseline = false;
  let written = false;
  const notes: string[] = [];
  const accepted = new Map<string, string>();
  return {
    upkeep: () => note('upkeep', () => ({ old: [25, 341_000_000], aside: [22, 107_000_000], tuned: last ? [last.title, last.at] : null, off: 1, findings: [2, 1], entered_at: before(0.1) })),
    cleanups: () => note('cleanups', () => cleanups(kept)),
    cleanupPlan: () => note('cleanup_plan', () => cleanupPlan(++number)),
    cleanUp: (of) =>
      note(`clean_up ${of}`, () => {
        kept = [aside('20251216-120000', 0, 25, 341_000_000), ...EARLIER.slice(0, 1)];
        return { id: '20251216-120000', said: '25 files were put aside, 341 MB. Removed for good of earlier clean-ups: 4 files, 11 MB.', left: [{ path: 'logs/ecosystem.log.9', why: 'was changed meanwhile' }], now: cleanups(kept) };
      }),
    undoCleanup: (id) =>
      note(`undo_cleanup ${id}`, () => {
        kept = kept.filter((one) => one.id !== id);
        return { id: null, said: '25 files of a clean-up are back where they were, 341 MB.', left: [], now: cleanups(kept) };
      }),
    space: (of, below) => note(`space ${of} ${below.join('/')}`.trimEnd(), () => space(of, below)),
    process: () => note('process', () => tunings.process(runs)),
    processPlan: (doing) => note(`process_plan ${doing}`, () => tunings.processPlan(doing)),
    processAct: (doing, again) =>
      note(`process_act ${doing} ${again}`, () => {
        runs = doing !== 'stop';
        return [doing === 'stop' ? 'Process 4711 has ended.' : 'Process 4711 has ended. It runs as process 5102, for 4 s so far.', tunings.process(runs)];
      }),
    tuning: () => note('tuning', () => ({ ...tunings.shown(), last })),
    settings: () => note('settings', () => tunings.settings()),
    modules: () => note('modules', () => tunings.modules()),
    presetPlan: (id) => note(`preset_plan ${id}`, () => plan(tunings.preset(id))),
    settingPlan: (file, key, value) => note(`setting_plan ${file} ${key} ${value}`, () => plan(tunings.byHand(file, key, value))),
    modulePlan: (name, on) => note(`module_plan ${name} ${on}`, () => plan(tunings.module(name, on))),
    tune: (of) =>
      note(`tune ${of}`, () => {
        last = planned ? { title: planned.title, at: AT, changes: planned.changes.map((one) => ({ ...one, before: one.after, after: one.before })), problem: null } : last;
        return `“${planned?.title}”: ${planned?.changes.length} values in 2 settings files changed.`;
      }),
    revertTuning: (at) =>
      note(`revert_tuning ${at}`, () => {
        last = null;
        return '“Calmer” was taken back: every file is as it was before.';
      }),
    journal: (kind, part) => note(`journal ${kind ?? 'all'} ${part}`.trimEnd(), () => logbook.journal(kind, part, notes)),
    noteJournal: (text) => note(`note_journal ${text}`, () => void notes.unshift(text)),
    incidentReport: (id) => note(`incident_report ${id}`, () => logbook.report()),
    exportIncident: (id) => note(`export_incident ${id}`, () => `/home/me/incident-${id}.md`),
    diagnosis: () => note('diagnosis', () => logbook.diagnosis()),
    saveBundle: () => note('save_bundle', () => logbook.bundled()),
    programs: () => note('programs', () => findings.programs()),
    runProgram: (name) => note(`run_program ${name}`, () => [findings.ran(name), findings.programs()]),
    keepBaseline: (name) => note(`keep_baseline ${name}`, () => findings.programs()),
    examined: (kind) => note(`examined ${kind}`, () => (kind === 'audit' ? findings.examined(kind, accepted) : null)),
    examine: (kind) => note(`examine ${kind}`, () => findings.examined(kind, accepted)),
    acceptFinding: (id, reason) =>
      note(`accept_finding ${id} ${reason ?? 'no more'}`, () => {
        if (reason === null) accepted.delete(id);
        else accepted.set(id, reason);
        const [found] = findings.examined('audit', accepted).findings.filter((one) => one.id === id);
        if (!found) throw new Error(`no finding ${id}`);
        return found;
      }),
    performance: (span) => note(`performance ${span}`, () => looks.performance(span, baseline)),
    keepPerformance: (span) =>
      note(`keep_performance ${span}`, () => {
        baseline = true;
        return looks.performance(span, baseline);
      }),
    settingsReview: () => note('settings_review', () => looks.review(reviewed)),
    reviewSettings: (seen, text) =>
      note(`review_settings ${seen} ${text ?? ''}`.trimEnd(), () => {
        reviewed = true;
        return looks.review(reviewed);
      }),
    versionEntry: (month) => note(`version_entry ${month}`, () => looks.version(month, written)),
    writeVersion: (month) =>
      note(`write_version ${month}`, () => {
        written = true;
        return looks.version(month, written);
      }),
    undoVersion: (month) =>
      note(`undo_version ${month}`, () => {
        written = false;
        return ['Version 2025.12 was taken out of VERSION_HISTORY.md: the file is as it was before.', looks.version(month, written)];
      }),
  };
}
