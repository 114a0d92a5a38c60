import type { BackupKind, BackupRecord, BackupShown, BackupsShown, BackupState, FilesShown, PruneShown, RestorePlan } from '../ipc/types';
import { AT } from './fixtures';

const before = (hours: number) => new Date(Date.parse(AT) - hours * 3_600_000).toISOString();

function record(kind: BackupKind, hours: number, state: BackupState = 'good', parent: string | null = null): BackupRecord {
  const id = `${kind}-${before(hours).slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
  return {
    id,
    kind,
    created_at: before(hours),
    path: `/home/me/backups/ecosystem-${kind}/ecosystem-${id}.tar.gz`,
    parent,
    chain: parent ? 1 : 0,
    needs: parent ? [parent] : [],
    files: 20_000,
    bytes: 1_080_000_000,
    bytes_in: parent ? 3_000_000 : 1_080_000_000,
    bytes_out: parent ? 1_200_000 : 422_000_000,
    seconds: 4.2,
    archive: 'ab'.repeat(32),
    verified_at: state === 'damaged' ? null : before(hours),
    drilled_at: kind === 'monthly' ? before(hours - 1) : null,
    drill_seconds: kind === 'monthly' ? 3.4 : null,
    drill_program: null,
    drill_failed: null,
    drill_verified: null,
    copied_at: null,
    unstable: [],
    losses: 0,
    state,
    problem: state === 'damaged' ? 'the archive is damaged: its bytes are not those that were written' : null,
  };
}

/** A week of backups, one of them damaged. */
export function backups(): BackupsShown {
  const weekly = record('weekly', 60);
  const shown = (one: BackupRecord, kept: string | null): BackupShown => ({ record: one, kept, lies: one.kind === 'daily' ? ['first', 'away'] : ['first', 'second', 'away'] });
  return {
    folder: '/home/me/backups',
    name: 'Self-evolving ecosystem',
    bytes: 1_300_000_000,
    undo: null,
    kept: null,
    second: { folder: '/Volumes/Safe/ecosystem', there: true, copies: 9, bytes: 3_400_000_000 },
    away: { place: 's3://backups/mac', copies: 4, bytes: 1_720_000_000, waiting: 1, waiting_bytes: 1_200_000, problem: null },
    foreign: [
      { path: '/home/me/backups/ecosystem-weekly-20251207.tar.gz', bytes: 431_000_000, written_at: before(200), layout: 'weekly', verified_at: before(30), problem: null },
      { path: '/home/me/backups/ecosystem-daily/ecosystem-daily-20251130.tar.gz', bytes: 430_000_000, written_at: before(400), layout: 'script', verified_at: null, problem: null },
      { path: '/home/me/backups/ecosystem-notes.tar.gz', bytes: 1_200, written_at: before(900), layout: null, verified_at: null, problem: null },
    ],
    backups: [
      shown(record('daily', 9, 'good', weekly.id), 'last of 16 December'),
      shown(record('daily', 33, 'good', weekly.id), 'last of 15 December'),
      shown(weekly, 'last of week 50'),
      shown(record('monthly', 230), 'last of December 2025'),
      shown(record('weekly', 230, 'damaged'), 'not proven: it is left alone'),
      { ...shown(record('monthly', 950), null), lies: ['away'] },
    ],
  };
}

/** The same after a restore. */
export function restored(id: string): BackupsShown {
  return {
    ...backups(),
    undo: id,
    kept: { id, restored_at: before(0), undone: false, folder: '/home/me/ecosystem/.caretaker-restore-20251216-120000', files: 20_000, bytes: 1_080_000_000 },
  };
}

export function prunePlan(): PruneShown {
  const [goes, stays] = [record('daily', 220).id, record('daily', 9).id];
  return {
    first: { remove: [goes], bytes: 1_200_000, keep: [[record('weekly', 60).id, `${stays} needs it`], [stays, 'last of 16 December']] },
    second: { remove: [], bytes: 0, keep: [[stays, 'last of 16 December']] },
  };
}

export function files(part: string): FilesShown {
  const all: [string, number][] = [
    ['config/settings.yaml', 812],
    ['data/ecosystem_state.json', 4_211],
    ['data/knowledge/items.jsonl', 93_000_000],
  ];
  const first = all.filter(([name]) => name.includes(part));
  return { count: first.length, first };
}

export function plan(id: string): RestorePlan {
  return {
    id,
    created_at: before(9),
    archives: ['/home/me/backups/ecosystem-weekly/one.tar.gz'],
    places: ['/home/me/ecosystem/data', '/home/me/ecosystem/config'],
    into_place: true,
    files: 20_000,
    bytes: 1_080_000_000,
    free: 80_000_000_000,
    new: { count: 2, first: ['data/a.json', 'data/b.json'] },
    changed: { count: 1, first: ['data/ecosystem_state.json'] },
    removed: { count: 0, first: [] },
  };
}
