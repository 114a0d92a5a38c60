import type { Backend } from '../backend/backend';
import type { EcosystemRow } from '../backend/ecosystems';

/** All ecosystems of this machine, with their lights. */
export class Ecosystems {
  rows = $state.raw<EcosystemRow[]>([]);

  readonly #backend: Backend;
  #stop: (() => void) | null = null;
  #closed = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async open(): Promise<void> {
    try {
      const stop = await this.#backend.listenToEcosystems((rows) => this.take(rows));
      if (this.#closed) return stop();
      this.#stop = stop;
      await this.read();
    } catch {
      // Without the list the window shows the one that it shows.
    }
  }

  async read(): Promise<void> {
    this.take(await this.#backend.ecosystems());
  }

  take(rows: EcosystemRow[]): void {
    this.rows = rows;
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
  }
}
