import { asFailure, type Backend, type Failure } from '../backend/backend';
import type { Nap, Overview, RemedyAction } from '../ipc/types';

/** What can be under way: a remedy, a check, something about an incident, another ecosystem. */
export type Doing = RemedyAction | 'check' | 'handle' | 'show';

/** The newest snapshot, what is under way and what went wrong. The page has no clock: time moves with each snapshot. */
export class Watch {
  overview = $state.raw<Overview | null>(null);
  /** When the snapshot arrived, in milliseconds. */
  receivedAt = $state(0);
  /** Whether only what came with the window is known yet: the light and its sentence, some seconds old. */
  early = $state(false);
  /** Why there is no snapshot at all. */
  failure = $state.raw<Failure | null>(null);
  /** Why the last click did nothing. */
  refusal = $state.raw<Failure | null>(null);
  /** What is under way: a remedy, or a check. */
  busy = $state<Doing | null>(null);

  readonly #backend: Backend;
  readonly #now: () => number;
  #stop: (() => void) | null = null;
  #closed = false;

  constructor(backend: Backend, now: () => number = Date.now) {
    this.#backend = backend;
    this.#now = now;
  }

  /** Listens, and asks for one snapshot; what came with the window is shown meanwhile. */
  async open(): Promise<void> {
    this.failure = null;
    const first = this.overview ? null : this.#backend.firstOverview();
    if (first) {
      this.take(first);
      this.early = true;
    }
    try {
      // Both at once: each is a way to the app and back, and the panel is empty until the answer is there. Where the
      // light is shown already it gets its frame first: the answer brings ten times as much to lay out.
      const listening = this.#listen();
      if (this.early) await listening;
      const [, asked] = await Promise.all([listening, this.#backend.overview()]);
      // An event may have come first: the newer judgement wins.
      if (!this.overview || this.early || newer(asked, this.overview)) this.take(asked);
    } catch (thrown) {
      // What came with the window is better than nothing.
      this.early = false;
      if (!this.overview) this.failure = asFailure(thrown);
    }
  }

  async #listen(): Promise<void> {
    if (this.#stop) return;
    const stop = await this.#backend.listen((overview) => this.take(overview));
    if (this.#closed) stop();
    else this.#stop = stop;
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    this.#stop = null;
  }

  take(overview: Overview): void {
    this.overview = overview;
    this.early = false;
    this.receivedAt = this.#now();
    this.failure = null;
  }

  checkNow(): Promise<void> {
    return this.#act('check', async () => this.take(await this.#backend.checkNow()));
  }

  remedy(action: RemedyAction): Promise<void> {
    return action === 'check-again' ? this.checkNow() : this.#act(action, () => this.#backend.remedy(action));
  }

  /** Shows another ecosystem of this machine. */
  show(id: string): Promise<void> {
    return this.#act('show', async () => this.take(await this.#backend.showEcosystem(id)));
  }

  acknowledge(id: string): Promise<void> {
    return this.#act('handle', async () => this.take(await this.#backend.acknowledge(id)));
  }

  /** Keeps an incident silent for a while, or wakes it. */
  snooze(id: string, nap: Nap): Promise<void> {
    return this.#act('handle', async () => this.take(await this.#backend.snooze(id, nap)));
  }

  async #act(what: Doing, act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = what;
    this.refusal = null;
    try {
      await act();
    } catch (thrown) {
      this.refusal = asFailure(thrown);
    } finally {
      this.busy = null;
    }
  }
}

function newer(a: Overview, b: Overview): boolean {
  return Date.parse(a.verdict?.at ?? '') >= Date.parse(b.verdict?.at ?? '') || !b.verdict;
}
