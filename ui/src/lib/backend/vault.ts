import type { BackupKind, BackupRecord, BackupShown, BackupsShown, BackupState, FilesShown, RestorePlan } from '../ipc/types';
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
  const shown = (one: BackupRecord, kept: string | null): BackupShown => ({ record: one, kept });
  return {
    folder: '/home/me/backups',
    name: 'Self-evolving ecosystem',
    bytes: 1_300_000_000,
    undo: null,
    backups: [
      shown(record('daily', 9, 'good', weekly.id), 'last of 16 December'),
      shown(record('daily', 33, 'good', weekly.id), 'last of 15 December'),
      shown(weekly, 'last of week 50'),
      shown(record('monthly', 230), 'last of December 2025'),
      shown(record('weekly', 230, 'damaged'), 'not proven: it is left alone'),
    ],
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
