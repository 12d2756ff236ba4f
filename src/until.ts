import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly withinMs: number;
  readonly everyMs?: number;
  readonly signal: AbortSignal;
  /** Where the reader should look next, for the message. */
  readonly next?: string;
}

/**
 * Waits for a fact: asks until `ask` answers something, and returns that.
 * An error of `ask` counts as "not yet" and is told if the time runs out.
 * @throws an error `waiting for WHAT: saw LAST after N ms; NEXT`, or the signal's reason.
 */
export async function until<T>(
  what: string,
  ask: (signal: AbortSignal) => Promise<T | undefined>,
  { withinMs, everyMs = 50, signal, next }: UntilOptions,
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  let last: unknown;
  for (;;) {
    signal.throwIfAborted();
    try {
      const answer = await ask(limit);
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      signal.throwIfAborted();
      last = limit.aborted && last ? last : error;
    }
    if (limit.aborted) {
      const saw = last ? `saw ${last instanceof Error ? last.message : String(last)}` : 'it was not so';
      throw new Error(`waiting for ${what}: ${saw} after ${withinMs} ms${next ? `; ${next}` : ''}`, {
        cause: last,
      });
    }
    await sleep(everyMs, undefined, { signal: limit }).catch(() => {});
  }
}
