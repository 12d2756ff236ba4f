import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from './outcome.ts';
import { type ConnectOptions, connect, type SqlClient } from './sql.ts';

/** How long to wait before the next attempt. `failures`: attempts that failed since the last that succeeded. */
export type Pace = (failures: number, tookMs: number) => number;

/**
 * As a well-written client: at once the first time, but not all in the same instant; then 50 ms doubling to 1 s, each
 * spread over its upper half. Without it a router that accepts and closes is stormed.
 */
export const backOff =
  (next: () => number): Pace =>
  failures =>
    failures === 0 ? 20 * next() : Math.min(1_000, 50 * 2 ** (failures - 1)) * (0.5 + next() / 2);

/** Attempts begin `everyMs` apart at the closest: an instrument must see recovery soon, not be kind. */
export const paced =
  (everyMs: number): Pace =>
  (_, tookMs) =>
    everyMs - tookMs;

/** A connection that is held, and opened anew whenever it is lost, until the signal. */
export class HeldConnection {
  /** When the first attempt has succeeded or failed. */
  readonly tried: Promise<void>;
  readonly #done: Promise<void>;
  #client: SqlClient | undefined;
  #left = false;
  readonly #opening = new AbortController();

  constructor(options: ConnectOptions, pace: Pace, signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.tried = promise;
    this.#done = this.#keep(options, pace, AbortSignal.any([signal, this.#opening.signal]), resolve);
  }

  /** The connection, when it is open and nothing is in flight on it. */
  get free(): SqlClient | undefined {
    const client = this.#client;
    return client?.open && !client.busy ? client : undefined;
  }

  /** Gives the present connection up for a new one. Counts as a failed attempt: the route may lead to the same server. */
  leave(): void {
    this.#left = true;
    this.#client?.close();
  }

  /** What is in flight ends as unknown. */
  abort(code: string): void {
    this.#client?.destroy(new CodedError(code, `${this.#client.where}: given up`));
  }

  /** Closes for good. */
  async close(): Promise<void> {
    this.#opening.abort();
    await this.#client?.close();
    await this.#done;
  }

  async #keep(options: ConnectOptions, pace: Pace, signal: AbortSignal, tried: () => void): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const fromMs = performance.now();
      try {
        const client = await connect(options, signal);
        this.#client = client;
        this.#left = false;
        tried();
        await client.closed;
        failures = this.#left ? failures + 1 : 0;
      } catch {
        // Refused, silent, starting up: whatever it is, the way on is another attempt.
        failures++;
      }
      tried();
      const waitMs = pace(failures, performance.now() - fromMs);
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
    tried();
  }
}
