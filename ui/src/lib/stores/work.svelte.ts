import { asFailure, type Failure } from '../backend/backend';

/** Work that a person asked for, one piece at a time: what is under way, and why the last one failed. */
export class Work<What = true> {
  doing = $state.raw<What | null>(null);
  failure = $state.raw<Failure | null>(null);

  /** Does it, unless something is under way already. */
  async run(what: What, work: () => Promise<void>): Promise<void> {
    if (this.doing !== null) return;
    this.doing = what;
    this.failure = null;
    try {
      await work();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.doing = null;
    }
  }
}
