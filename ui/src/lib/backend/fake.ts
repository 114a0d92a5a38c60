import type { BackupsShown, Overview } from '../ipc/types';
import type { Backend, Failure, JobState } from './backend';
import { desk } from './desk';
import { emergencies } from './emergencies';
import * as fixtures from './fixtures';
import { neighbours } from './neighbours';
import * as papers from './papers';
import * as past from './past';
import { Book } from './rounds';
import * as roundsPast from './rounds-past';
import * as vault from './vault';
import { workshop } from './workshop';

const SCENES = {
  healthy: fixtures.healthy,
  yellow: fixtures.yellow,
  red: fixtures.red,
  unknown: fixtures.unknown,
  'broken-profile': fixtures.brokenProfile,
  'first-run': fixtures.firstRun,
  'first-tick': fixtures.firstTick,
} satisfies Record<string, () => Overview>;

/** The states that the page can be shown in. */
export const scenes = [...Object.keys(SCENES), 'loading', 'error'] as Scene[];
export type Scene = keyof typeof SCENES | 'loading' | 'error';

export const isScene = (text: string): text is Scene => (scenes as string[]).includes(text);

export const failure: Failure = {
  code: 'busy',
  message: 'cannot open history.db: another program holds it',
  hint: 'Quit the other program that uses it, then try again.',
};

/** A fake that remembers what was asked of it and can send snapshots. */
export interface Fake extends Backend {
  asked: string[];
  send(overview: Overview): void;
  tellJob(job: JobState | null): void;
  tellView(view: string): void;
  book: Book;
  machine: ReturnType<typeof neighbours>['machine'];
}

/** An app that plays one scene. */
export function fake(scene: Scene): Fake {
  const listeners = new Set<(overview: Overview) => void>();
  const asked: string[] = [];
  const jobs = new Set<(job: JobState | null) => void>();
  const views = new Set<() => void>();
  let wanted: string | null = null;
  const book = new Book();
  const note = <T>(what: string, answer: () => T | Promise<T>): Promise<T> => {
    asked.push(what);
    return Promise.resolve().then(answer);
  };
  const send = (overview: Overview) => listeners.forEach((tell) => tell(overview));
  const snapshot = (): Overview | Promise<Overview> => {
    if (scene === 'loading') return new Promise(() => {});
    if (scene === 'error') throw failure;
    return SCENES[scene]();
  };

  return {
    asked,
    send,
    book,
    overview: () => note('overview', snapshot),
    checkNow: () => note('check_now', snapshot),
    chooseFolder: () => note('choose_folder', () => fixtures.found().root),
    discover: (root) => note(`discover ${root}`, fixtures.found),
    adopt: (root) => note(`adopt ${root}`, fixtures.healthy),
    startDemo: () => note('start_demo', () => fixtures.red()),
    remedy: (action) => note(`remedy ${action}`, () => {}),
    closePanel: () => note('close_panel', () => {}),
    firstOverview: () => null,
    firstView: () => null,
    incidents: () => note('incidents', () => fixtures.pastIncidents()),
    acknowledge: (id) => note(`acknowledge ${id}`, snapshot),
    snooze: (id, nap) => note(`snooze ${id ?? 'all'} ${nap}`, snapshot),
    chart: (signal, span) => note(`chart ${signal} ${span}`, () => past.chart(signal, span)),
    day: (date) => note(`day ${date ?? 'today'}`, () => past.day(date)),
    moment: (at) => note('moment', () => past.moment(at)),
    exportHistory: (signal) => note(`export_history ${signal}`, () => `/home/me/${signal}.csv`),
    thresholds: () => note('thresholds', () => past.thresholds()),
    tryThresholds: (changes) => note(`try_thresholds ${JSON.stringify(changes)}`, () => past.whatIf()),
    setThresholds: (changes) => note(`set_thresholds ${JSON.stringify(changes)}`, snapshot),
    telling: () => note('telling', () => past.telling()),
    changeTelling: (change) => note(`change_telling ${JSON.stringify(change)}`, snapshot),
    keepSecret: (name) => note(`keep_secret ${name}`, () => {}),
    backups: () => note('backups', () => vault.backups()),
    backupFiles: (id, part) => note(`backup_files ${id} ${part}`, () => vault.files(part)),
    restorePlan: (id, only) => note(`restore_plan ${id} ${only ?? 'all'}`, () => vault.plan(id)),
    backUp: () => note('back_up', () => vault.backups()),
    verifyBackup: (id) => note(`verify_backup ${id}`, (): [string[], BackupsShown] => [[], vault.backups()]),
    drillBackup: (id) => note(`drill_backup ${id}`, (): [number, BackupsShown] => [4.2, vault.backups()]),
    restore: (id, only) => note(`restore ${id} ${only ?? 'all'}`, (): [string, BackupsShown] => ['16 files are back.', vault.restored(id)]),
    sendAway: () => note('send_away', (): [string, BackupsShown] => ['One backup was sent away.', vault.backups()]),
    fetchAway: (id) => note(`fetch_away ${id}`, (): [string, BackupsShown] => ['One backup was brought back.', vault.backups()]),
    undoRestore: () => note('undo_restore', (): [string, BackupsShown] => ['The tree from before is in place again.', vault.backups()]),
    letGo: (folder) => note(`let_go ${folder}`, () => ({ ...vault.backups(), kept: null })),
    prunePlan: () => note('prune_plan', () => vault.prunePlan()),
    prune: (first, second) => note(`prune ${first.length} ${second.length}`, (): [number, BackupsShown] => [first.length + second.length, vault.backups()]),
    reports: (before) => note(`reports ${before ?? 'newest'}`, () => papers.reports(before)),
    report: (kind, date) => note(`report ${kind} ${date ?? 'newest'}`, () => papers.report(kind, date)),
    reviewReport: (kind, date) => note(`review_report ${kind} ${date}`, () => {}),
    searchReports: (text) => note(`search_reports ${text}`, () => papers.search(text)),
    rounds: () => note('rounds', () => book.shown),
    tickItem: (round, slot, item, text) => note(`tick_item ${round} ${item} ${text ?? ''}`.trimEnd(), () => book.tick(round, slot, item, text)),
    untickItem: (round, slot, item) => note(`untick_item ${round} ${item ?? 'all'}`, () => book.untick(round, slot, item)),
    noteItem: (round, slot, item, text) => note(`note_item ${round} ${item} ${text}`, () => book.item(round, slot, item, { note: text })),
    skipRound: (round, slot, item, reason) => note(`skip_round ${round} ${item ?? 'all'} ${reason}`, () => book.skip(round, slot, item, reason)),
    roundHistory: () => note('round_history', () => roundsPast.history()),
    searchRounds: (text) => note(`search_rounds ${text}`, () => roundsPast.search(text)),
    exportRound: (round) => note(`export_round ${round}`, () => `/home/me/${round}.md`),
    ...workshop(note, snapshot),
    ...emergencies(note),
    ...desk(note, snapshot),
    ...neighbours(note, snapshot),
    cancelJob: () => note('cancel_job', () => {}),
    listenToJob: async (tell) => {
      jobs.add(tell);
      return () => jobs.delete(tell);
    },
    listenToView: async (tell) => {
      views.add(tell);
      return () => views.delete(tell);
    },
    tellView: (view) => {
      wanted = view;
      views.forEach((tell) => tell());
    },
    wantedView: async () => {
      const taken = wanted;
      wanted = null;
      return taken;
    },
    tellJob: (job) => jobs.forEach((tell) => tell(job)),
    testChannel: (name) =>
      note(`test_channel ${name}`, () => {
        if (name === 'team') throw failure;
      }),
    listen: async (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
}
