import type { SignalId } from '../ipc/types';

/** Where the thresholds of a signal come from. */
type Origin = 'manual' | 'own' | 'none';

/** What each signal means, for somebody who meets it for the first time. */
const signals: Record<SignalId, { means: string; from: Origin }> = {
  'process.state': { means: 'Whether the ecosystem’s process is there: found by its argument, working directory and owner, never by a name alone.', from: 'manual' },
  'process.uptime': { means: 'How long it has been running. A short time means that it was started anew.', from: 'none' },
  'process.cpu': { means: 'What it and its children use of all cores together, averaged over some minutes, so that one busy moment is no alarm.', from: 'manual' },
  'process.memory': { means: 'The memory that it and its children hold.', from: 'manual' },
  'machine.cpu': { means: 'What everything on this computer uses. Others may use it too, so it colours nothing.', from: 'none' },
  'machine.memory': { means: 'How much of the memory of this computer is in use. It colours nothing.', from: 'none' },
  'disk.free': { means: 'What is free on the volume that holds the ecosystem, as `df` counts it; space that macOS could free is not counted.', from: 'manual' },
  'data.size': { means: 'How much the data folder takes.', from: 'manual' },
  'logs.size': { means: 'How much the logs folder takes.', from: 'manual' },
  'logs.errors_24h': { means: 'Records of the logs with the level of an error, by the time that they carry, less those that somebody dealt with.', from: 'manual' },
  'state.age': { means: 'How long ago the ecosystem saved its state. It saves it when it stops, unless the profile says otherwise.', from: 'none' },
  'modules.failing': { means: 'Modules that say of themselves that they failed.', from: 'manual' },
  'modules.error_share': { means: 'Errors per run of the module with most of them, by its own count.', from: 'manual' },
  'errors.rate': { means: 'Errors per completed cycle, by the ecosystem’s own count.', from: 'manual' },
  'success.rate': { means: 'The share of its work that succeeded, by its own count.', from: 'manual' },
  'efficiency.score': { means: 'The ecosystem’s own score of itself.', from: 'manual' },
  'execution.time': { means: 'How long one piece of work takes on average, by its own count.', from: 'manual' },
  'reports.morning': { means: 'Whether this morning’s report is there: late after half an hour, missing after half a day. While the computer sleeps the clock stands.', from: 'manual' },
  'reports.evening': { means: 'Whether the evening’s report is there: late after half an hour, missing after half a day.', from: 'manual' },
  'reports.daily_summary': { means: 'Whether the summary of the day is there: late after half an hour, missing after half a day.', from: 'manual' },
  'reports.other': { means: 'Whether the other reports that the profile names are there.', from: 'own' },
  'backup.daily': { means: 'How old the newest backup is of which every byte was read back, of whatever kind.', from: 'own' },
  'backup.weekly': { means: 'How old the newest proven backup is that holds everything.', from: 'own' },
  'backup.monthly': { means: 'How old the newest proven monthly archive is.', from: 'own' },
  'backup.drill': { means: 'How long ago a backup was restored into a scratch folder and every file compared.', from: 'own' },
  'settings.drift': { means: 'Files of code and settings that changed since somebody reviewed them, and that Caretaker did not change itself.', from: 'own' },
  'checklists.overdue': { means: 'Rounds that nobody did in time. It turns yellow at most.', from: 'own' },
  forecast: { means: 'When the first trend reaches its threshold, if things go on as they do.', from: 'own' },
  'alerts.delivery': { means: 'Ways of telling you that fail: a mail server that refuses, an address that does not answer.', from: 'own' },
  contradictions: { means: 'What the ecosystem says of itself and measurements refute.', from: 'own' },
};

/** What the window explains where a figure stands. */
export const help = {
  signals,
  about: (label: string) => `What is ${label}?`,
  measured: 'Measured from outside.',
  claimed: 'What the ecosystem says of itself: it can make the light worse, never better.',
  from: {
    manual: 'By default the thresholds are those of the maintenance manual.',
    own: 'By default the thresholds are Caretaker’s own.',
    none: 'It has no thresholds.',
  } satisfies Record<Origin, string>,
  yellow: (value: string, lower: boolean) => (lower ? `Yellow at ${value} or less` : `Yellow from ${value}`),
  red: (value: string, lower: boolean) => (lower ? `red below ${value}` : `red above ${value}`),
  change: 'Settings ▸ Alerts changes them.',
};
