import { asFailure, type Failure } from '../backend/backend';

/** A search that asks one question at a time, and then the newest. */
export class Search<Hit> {
  text = $state('');
  hits = $state.raw<Hit[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  #asking = false;
  readonly #ask: (text: string) => Promise<Hit[]>;

  constructor(ask: (text: string) => Promise<Hit[]>) {
    this.#ask = ask;
  }

  /** What is looked for; a single letter is in everything. */
  get wanted(): string {
    const text = this.text.trim();
    return text.length < 2 ? '' : text;
  }

  async run(): Promise<void> {
    if (this.wanted === '') this.hits = null;
    if (this.#asking || this.wanted === '') return;
    this.#asking = true;
    try {
      let asked: string;
      do {
        asked = this.wanted;
        const hits = await this.#ask(asked);
        if (this.wanted !== '') [this.hits, this.failure] = [hits, null];
      } while (this.wanted !== asked && this.wanted !== '');
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.#asking = false;
    }
  }
}
