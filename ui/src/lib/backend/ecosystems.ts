import type { Level, Overview } from '../ipc/types';

/** One ecosystem of this machine, as src-tauri/src/fleet/row.rs says it. */
export interface EcosystemRow {
  id: string;
  name: string;
  /** `null` while nothing is watched. */
  root: string | null;
  profile: string;
  light: Level;
  /** Empty before the first look. */
  summary: string;
  shown: boolean;
  /** Whether it is watched, or was put off. */
  watched: boolean;
}

/** The ecosystems of this machine. */
export interface EcosystemsBackend {
  ecosystems(): Promise<EcosystemRow[]>;
  showEcosystem(id: string): Promise<Overview>;
  /** Its profile, records and backups stay. */
  watchEcosystem(id: string, on: boolean): Promise<EcosystemRow[]>;
  /** Calls `tell` when a light among them changes, or one comes or goes. */
  listenToEcosystems(tell: (rows: EcosystemRow[]) => void): Promise<() => void>;
}
