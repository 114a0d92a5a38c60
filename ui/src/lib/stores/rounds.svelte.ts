import { asFailure, type Backend, type Failure, type JobState } from '../backend/backend';
import { needs } from '../format/rounds';
import { duration } from '../format/numbers';
import type { ItemShown, RoundShown, RoundsShown } from '../ipc/types';
import { words } from '../words';
import { Work } from './work.svelte';

/** The rounds as the window knows them, and what a person does about them. */
export class Rounds {
  shown = $state.raw<RoundsShown | null>(null);
  /** Why they could not be read the last time; what was read before stays. */
  failure = $state.raw<Failure | null>(null);
  /** What came of the last click, told in words. */
  said = $state('');
  /** Whether `said` has been there for a snapshot already. */
  #old = false;
  job = $state.raw<JobState | null>(null);
  /** Which long work was begun here. */
  long = $state<'back-up' | 'drill' | null>(null);
  readonly work = new Work<'mark' | 'job'>();

  readonly #backend: Backend;
  /** An answer that comes late must not take the place of a newer one. */
  #turn = 0;
  #reading = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get busy(): boolean {
    return this.work.doing !== null;
  }

  /** Hears of long work; the answer stops it. */
  listen(): () => void {
    const listening = this.#backend.listenToJob((job) => (this.job = job));
    return () => void listening.then((stop) => stop());
  }

  async read(): Promise<void> {
    if (this.#reading || this.busy) return;
    this.#reading = true;
    const turn = ++this.#turn;
    try {
      const shown = await this.#backend.rounds();
      if (turn === this.#turn) [this.shown, this.failure] = [shown, null];
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      this.#reading = false;
    }
  }

  /** Called with each snapshot: what came of a click is not news for ever. */
  fade(): void {
    if (this.#old) this.said = '';
    this.#old = true;
  }

  #say(text: string): void {
    [this.said, this.#old] = [text, false];
  }

  tick(round: RoundShown, item: ItemShown, note: string | null): Promise<boolean> {
    return this.#mark(round, item, () => this.#backend.tickItem(round.id, round.slot, item.id, note));
  }

  untick(round: RoundShown, item: ItemShown): Promise<boolean> {
    return this.#mark(round, item, () => this.#backend.untickItem(round.id, round.slot, item.id));
  }

  skip(round: RoundShown, item: ItemShown | null, reason: string): Promise<boolean> {
    return this.#mark(round, item, () => this.#backend.skipRound(round.id, round.slot, item?.id ?? null, reason));
  }

  reopen(round: RoundShown): Promise<boolean> {
    return this.#mark(round, null, () => this.#backend.untickItem(round.id, round.slot, null));
  }

  /** Keeps what was written; not held up by other work, for whoever writes may be gone in a moment. */
  async note(round: RoundShown, item: ItemShown, text: string): Promise<boolean> {
    const turn = ++this.#turn;
    try {
      const shown = await this.#backend.noteItem(round.id, round.slot, item.id, text);
      if (turn === this.#turn) this.shown = shown;
      return true;
    } catch (thrown) {
      this.work.failure = asFailure(thrown);
      return false;
    }
  }

  exportIt(round: RoundShown): Promise<void> {
    return this.work.run('mark', async () => {
      const file = await this.#backend.exportRound(round.id, round.slot);
      this.#say(file === null ? '' : words.rounds.exported(file));
    });
  }

  backUp(): Promise<void> {
    return this.#long('back-up', async () => {
      await this.#backend.backUp();
      return words.rounds.backedUp;
    });
  }

  drill(): Promise<void> {
    return this.#long('drill', async () => {
      const { backups } = await this.#backend.backups();
      const newest = backups.find(({ record }) => record.state === 'good' || record.state === 'flawed' || record.state === 'unproven');
      if (!newest) return words.rounds.noBackup;
      const [seconds] = await this.#backend.drillBackup(newest.record.id);
      return words.rounds.drilled(duration(Math.max(1, Math.round(seconds))));
    });
  }

  cancelJob(): void {
    this.#backend.cancelJob().catch((thrown: unknown) => (this.work.failure = asFailure(thrown)));
  }

  async #long(what: 'back-up' | 'drill', work: () => Promise<string>): Promise<void> {
    await this.work.run('job', async () => {
      this.#say('');
      this.long = what;
      try {
        this.#say(await work());
      } finally {
        this.long = null;
      }
    });
    await this.read();
  }

  /** Whether it was done; the answer is the new state of everything. */
  async #mark(round: RoundShown, item: ItemShown | null, act: () => Promise<RoundsShown>): Promise<boolean> {
    let done = false;
    await this.work.run('mark', async () => {
      const turn = ++this.#turn;
      const shown = await act();
      if (turn === this.#turn) this.shown = shown;
      const after = shown.rounds.find((one) => one.id === round.id && one.slot === round.slot);
      const now = after?.items.find((one) => one.id === item?.id);
      this.#say(!item || !now ? '' : needs(now) ? words.rounds.toldTakenBack(item.text) : words.rounds.toldTicked(item.text, after?.items.filter(needs).length ?? 0));
      done = true;
    });
    return done;
  }
}
