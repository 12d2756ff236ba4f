import { setTimeout as sleep } from 'node:timers/promises';

/** Operations that were begun and have not ended. */
export class Flights {
  readonly #all = new Set<Promise<void>>();

  get count(): number {
    return this.#all.size;
  }

  /** `flight` records its own end, and rejects for a mistake of ours only: the first such error is thrown by `landed`. */
  add(flight: Promise<void>): void {
    this.#all.add(flight);
    flight.then(
      () => this.#all.delete(flight),
      () => {},
    );
  }

  /** Waits for all of them; what has not ended within the limit is told to by `giveUp`. */
  async landed(withinMs: number, giveUp: () => void): Promise<void> {
    const all = Promise.all(this.#all);
    const over = new AbortController();
    const limit = sleep(withinMs, undefined, { signal: over.signal }).then(giveUp, () => {});
    try {
      await all;
    } finally {
      over.abort();
      await limit;
    }
  }
}
