import type { Finding, Measure } from '../../model.ts';

/** A duration for a sentence: `240 ms`, `3.4 s`. */
export function duration(ms: number): string {
  return Math.abs(ms) < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** A measured duration for a sentence: `3.4 s`, or `3.1 s to 3.4 s` where the bracket is that wide. */
export function measured(measure: Measure): string {
  if (typeof measure === 'number') return duration(measure);
  if (measure.upper === null) return `over ${duration(measure.lower)}, still open at the end`;
  const [lower, upper] = [duration(measure.lower), duration(measure.upper)];
  return lower === upper ? upper : `${lower} to ${upper}`;
}

/** Milliseconds to the whole microsecond: what is recorded is no finer, and differences of decimals have a tail. */
export function toMicros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** `1 write`, `2 writes`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A finding that says why nothing can be said. */
export function cannotTell(...doubts: [string, ...string[]]): Finding {
  return { summary: doubts[0], measures: {}, evidence: [], doubts };
}
