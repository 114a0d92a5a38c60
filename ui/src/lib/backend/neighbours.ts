import type { Overview } from '../ipc/types';
import type { EcosystemRow, EcosystemsBackend } from './ecosystems';

const row = (id: string, name: string, more: Partial<EcosystemRow> = {}): EcosystemRow => ({
  id,
  name,
  root: `/home/me/${name}`,
  profile: `/home/me/.config/caretaker/ecosystems/${id}.toml`,
  light: 'green',
  summary: 'All is well.',
  shown: false,
  watched: true,
  ...more,
});

/** One that is shown, one that is red, one that was put off. */
export const several = (): EcosystemRow[] => [
  row('main', 'vy-nexus', { shown: true, profile: '/home/me/.config/caretaker/caretaker.toml' }),
  row('lab', 'lab', { light: 'red', summary: 'The process does not run.' }),
  row('old', 'old', { watched: false, root: null, light: 'unknown', summary: '' }),
];

/** The fake machine: one ecosystem, unless a test says otherwise. */
export function neighbours(
  note: <T>(what: string, answer: () => T | Promise<T>) => Promise<T>,
  snapshot: () => Overview | Promise<Overview>,
): EcosystemsBackend & { machine: { rows: EcosystemRow[]; tell: (rows: EcosystemRow[]) => void } } {
  const listeners = new Set<(rows: EcosystemRow[]) => void>();
  const machine = {
    rows: several().slice(0, 1),
    tell: (rows: EcosystemRow[]) => {
      machine.rows = rows;
      listeners.forEach((tell) => tell(rows));
    },
  };
  return {
    machine,
    ecosystems: () => note('ecosystems', () => machine.rows),
    showEcosystem: (id) =>
      note(`show_ecosystem ${id}`, async () => {
        const shown = machine.rows.find((one) => one.id === id);
        machine.tell(machine.rows.map((one) => ({ ...one, shown: one.id === id })));
        const overview = await snapshot();
        return shown && overview.ecosystem ? { ...overview, ecosystem: { ...overview.ecosystem, name: shown.name, profile: shown.profile } } : overview;
      }),
    watchEcosystem: (id, on) => note(`watch_ecosystem ${id} ${on}`, () => (machine.rows = machine.rows.map((one) => (one.id === id ? { ...one, watched: on } : one)))),
    listenToEcosystems: async (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
}
