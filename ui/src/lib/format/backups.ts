import type { BackupKind, BackupShown } from '../ipc/types';
import { words } from '../words';

const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A backup's name as people say it: its kind and the local time in it; another text stays as it is. */
export function called(id: string): string {
  const found = /^(daily|weekly|monthly|manual)-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?:-\d+)?$/.exec(id);
  if (!found) return id;
  const [year, month, day, hour, minute, second] = found.slice(2).map(Number) as [number, number, number, number, number, number];
  return `${words.backup.kind[found[1] as BackupKind]}, ${stamp.format(new Date(year, month - 1, day, hour, minute, second))}`;
}

/** Whether a backup lies nowhere but in the place that is not on this computer. */
export const isOnlyAway = ({ lies }: BackupShown) => lies.includes('away') && !lies.includes('first') && !lies.includes('second');
